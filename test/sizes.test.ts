/** What the library weighs on a page: no more than the documentation says, but for a twentieth. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = new URL('../', import.meta.url)
const page = readFileSync(new URL('docs/library.md', root), 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)` of `chainrule(?:\/(\w+))?` +\| (\d+) KB +\| (\d+) KB/gm)].map(
  ([, name, entry = 'index', minified, gzipped]) =>
    [name!, entry, Number(minified), Number(gzipped)] as const,
)

test('the documentation has figures', () => expect(rows).toHaveLength(4))

test.each(rows)('%s of %s: %i KB, gzipped %i KB', async (name, entry, minified, gzipped) => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${name} } from './src/${entry}.ts'`,
      resolveDir: fileURLToPath(root),
      loader: 'js',
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  })
  const [{ contents }] = outputFiles as [(typeof outputFiles)[number]]
  expect(contents.length / 1000).toBeLessThan(1.05 * minified)
  expect(gzipSync(contents, { level: 9 }).length / 1000).toBeLessThan(1.05 * gzipped)
})
