/**
 * The command in a few files. Node takes longer to find a hundred small modules than to run them; what a command needs
 * is still loaded when it is called. The library stays as the compiler wrote it, for bundlers to choose from.
 */
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const dir = fileURLToPath(new URL('../dist/src/cli/', import.meta.url))
const bundle = await rolldown({
  input: `${dir}main.js`,
  platform: 'node',
  // Packages stay outside: they are loaded where they are used, and keep their licences.
  external: (id) => /^[a-z@]/.test(id),
})
const { output } = await bundle.write({ dir, format: 'esm', chunkFileNames: 'chunks/[name].js' })
const written = new Set(output.map(({ fileName }) => fileName))
for (const file of readdirSync(dir)) if (file.endsWith('.js') && !written.has(file)) rmSync(`${dir}${file}`)
