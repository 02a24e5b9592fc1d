/**
 * The command and the plugins in a few files. Node takes longer to find a hundred small modules than to run them; what a
 * command needs is still loaded when it is called. The library stays as the compiler wrote it, for bundlers to choose from.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../', import.meta.url))
const dir = `${root}dist/src/`
const plugins = ['vite', 'rollup', 'rolldown', 'webpack', 'rspack', 'esbuild'].map(
  (name) => `plugins/${name}`,
)
/** These packages stay outside: users have them, and they are loaded where they are used. Of others the part that is used is put into the files. */
const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const installed = Object.keys({ ...dependencies, ...peerDependencies })

rmSync(`${dir}cli/chunks`, { recursive: true, force: true })
const bundle = await rolldown({
  input: Object.fromEntries(['cli/main', ...plugins].map((name) => [name, `${dir}${name}.js`])),
  platform: 'node',
  external: (id) => installed.some((name) => id === name || id.startsWith(`${name}/`)),
})
const { output } = await bundle.write({ dir, format: 'esm', chunkFileNames: 'cli/chunks/[name].js' })

// What went into these files stands there twice, and nobody imports its types but those of the plugins' options.
const written = new Set(output.map(({ fileName }) => fileName))
const types = new Set([...plugins, 'plugins/options'].map((name) => `${name}.d.ts`))
for (const folder of ['cli', 'plugins'])
  for (const file of readdirSync(`${dir}${folder}`, { recursive: true })) {
    const name = `${folder}/${file.replaceAll('\\', '/')}`
    if (/\.(?:js|d\.ts)$/.test(name) && !written.has(name) && !types.has(name)) rmSync(`${dir}${name}`)
  }

const inside = new Set(
  output.flatMap(({ moduleIds = [] }) =>
    moduleIds.flatMap((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []),
  ),
)
const notices = [...inside].sort().map((name) => {
  const folder = `${root}node_modules/${name}/`
  const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
  const { version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
  return `${name} ${version}\n\n${readFileSync(folder + licence, 'utf8').trim()}\n`
})
writeFileSync(
  `${root}dist/NOTICES.txt`,
  ['Parts of these packages are in files of this one.\n', ...notices].join('\n---\n\n'),
)
