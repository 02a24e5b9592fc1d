/** Handwritten digits (examples/data/digits.bin.gz; scripts/digits.mjs says what is in it): every fifth of each kind is held out. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FILE = new URL('../data/digits.bin.gz', import.meta.url)
const KINDS = 10
const PIXELS = 14 * 14
const BYTES = 1 + PIXELS / 2
const SHADES = 15
/** Of the ink of all pixels of the digits to learn from. */
const MEAN = 0.13
const DEVIATION = 0.28

/** How the networks learn: all digits so many times, in steps of so many, by rates that fall from the first to the last. */
export const LEARNING = {
  digits: { epochs: 5, size: 10, rate: [0.06, 0.002] },
  transformer: { epochs: 3, size: 10, rate: [0.3, 0.02] },
}

/** The digits to learn from and those held out: `x` has the ink of one after the other, `y` which digit each is. */
export function digitsData() {
  const bytes = gunzipSync(readFileSync(FILE))
  const all = Array.from({ length: bytes.length / BYTES }, (_, i) =>
    bytes.subarray(i * BYTES, (i + 1) * BYTES),
  )
  const isHeld = (i) => Math.floor(i / KINDS) % 5 === 4
  return { train: setOf(all.filter((_, i) => !isHeld(i))), test: setOf(all.filter((_, i) => isHeld(i))) }
}

function setOf(digits) {
  const x = new Float32Array(digits.length * PIXELS)
  for (const [i, digit] of digits.entries())
    for (let k = 0; k < PIXELS; k++) {
      const pair = digit[1 + (k >> 1)]
      x[i * PIXELS + k] = ((k % 2 === 0 ? pair >> 4 : pair & 15) / SHADES - MEAN) / DEVIATION
    }
  return { x, y: Uint8Array.from(digits, (digit) => digit[0]), count: digits.length }
}

/** The first digits of a set. */
export const firstOf = ({ x, y }, count) => ({
  x: x.subarray(0, count * PIXELS),
  y: y.subarray(0, count),
  count,
})

/** Some digits of a set, by their places in it. */
function batchOf({ x, y }, places) {
  const batch = { x: new Float32Array(places.length * PIXELS), y: new Uint8Array(places.length) }
  for (const [i, at] of places.entries()) {
    batch.x.set(x.subarray(at * PIXELS, (at + 1) * PIXELS), i * PIXELS)
    batch.y[i] = y[at]
  }
  return batch
}

/** The share of digits that the network tells right. */
export function accuracy({ forward }, params, set) {
  let right = 0
  const { p } = forward(params, { x: set.x })
  for (let i = 0; i < set.count; i++) {
    const row = p.subarray(i * KINDS, (i + 1) * KINDS)
    if (row.indexOf(Math.max(...row)) === set.y[i]) right++
  }
  return right / set.count
}

/** All digits `epochs` times, in another order each time; `each` is told of every epoch. The parameters that come out. */
export function trainOnDigits(module, { train }, { epochs, size, rate: [first, last] }, each = () => {}) {
  const params = module.init(1)
  const steps = Math.floor(train.count / size)
  const order = Array.from({ length: train.count }, (_, i) => i)
  let seed = 1
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      // A linear congruential generator (Numerical Recipes) is random enough for an order.
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      const j = seed % (i + 1)
      ;[order[i], order[j]] = [order[j], order[i]]
    }
    let total = 0
    for (let k = 0; k < steps; k++) {
      const done = (epoch * steps + k) / (epochs * steps - 1)
      total += module.step(
        params,
        batchOf(train, order.slice(k * size, (k + 1) * size)),
        first * (last / first) ** done,
      )
    }
    each(epoch + 1, total / steps)
  }
  return params
}
