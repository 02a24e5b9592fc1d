/**
 * Runs a program of this folder: node examples/functions/run.mjs orbit. A bundler strips the types, and its plugin compiles the networks that are
 * imported, with this folder's chainrule.config.js.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import chainrule from '../../dist/src/plugins/rolldown.js'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const out = mkdtempSync(join(tmpdir(), 'chainrule-'))
try {
  for (const name of process.argv.slice(2)) {
    const file = join(out, `${name}.mjs`)
    const bundle = await rolldown({
      input: here(`${name}.ts`),
      plugins: [chainrule({ config: here('chainrule.config.js') })],
    })
    await bundle.write({ file })
    await import(pathToFileURL(file).href)
  }
} finally {
  rmSync(out, { recursive: true, force: true })
}
