/**
 * The command and the plugins in a few files. Node takes longer to find a hundred small modules than to run them; what a
 * command needs is still loaded when it is called. The library stays as the compiler wrote it, for bundlers to choose from.
 */
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const dir = fileURLToPath(new URL('../dist/src/', import.meta.url))
const plugins = ['vite', 'rollup', 'rolldown', 'webpack', 'rspack', 'esbuild'].map(
  (name) => `plugins/${name}`,
)
rmSync(`${dir}cli/chunks`, { recursive: true, force: true })
const bundle = await rolldown({
  input: Object.fromEntries(['cli/main', ...plugins].map((name) => [name, `${dir}${name}.js`])),
  platform: 'node',
  // Packages stay outside: they are loaded where they are used, and keep their licences.
  external: (id) => /^[a-z@]/.test(id),
})
const { output } = await bundle.write({ dir, format: 'esm', chunkFileNames: 'cli/chunks/[name].js' })
const written = new Set(output.map(({ fileName }) => fileName))
for (const folder of ['cli', 'plugins'])
  for (const file of readdirSync(`${dir}${folder}`, { recursive: true })) {
    const name = `${folder}/${file.replaceAll('\\', '/')}`
    if (name.endsWith('.js') && !written.has(name)) rmSync(`${dir}${name}`)
  }
