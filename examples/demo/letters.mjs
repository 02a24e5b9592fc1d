/**
 * The letters of a book (examples/data/moby-dick.txt: Herman Melville, Moby-Dick, 1851; scripts/moby-dick.mjs says where it is from), in pieces
 * of any length with what follows on each letter. The end of it is held out.
 */
import { readFileSync } from 'node:fs'

const FILE = new URL('../data/moby-dick.txt', import.meta.url)
/** What is in none of them is a space: digits, quotation marks, ends of lines. */
export const ALPHABET = " abcdefghijklmnopqrstuvwxyz,.;'-"
const HELD_OUT = 20_000

/** How the network learns: steps with Adam, each on so many pieces of text, whose lengths are between these two, by a rate that falls to 0. */
export const LEARNING = { steps: 240, size: 32, lengths: [20, 60], rate: 0.02 }

/** The text as places in the alphabet. */
export function lettersData() {
  const text = readFileSync(FILE, 'utf8')
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/—/g, '-')
    .replace(/[!?]/g, '.')
    .replace(/:/g, ';')
    .replace(/[^a-z,.;'-]+/g, ' ')
  const letters = encoded(text)
  return { train: letters.subarray(0, -HELD_OUT), test: letters.subarray(-HELD_OUT) }
}

export const encoded = (text) => Uint8Array.from(text, (letter) => Math.max(0, ALPHABET.indexOf(letter)))

/** The same numbers for the same seed: a linear congruential generator (Numerical Recipes). */
function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** So many pieces of one length from places at random, with nothing remembered: letter t of each of them in x[t], the one behind it in y[t]. */
function pieces(letters, count, length, memory, random) {
  const places = Array.from({ length: count }, () => Math.floor(random() * (letters.length - length)))
  const at = (t) => Uint8Array.from(places, (place) => letters[place + t])
  return {
    x: Array.from({ length }, (_, t) => at(t)),
    y: Array.from({ length }, (_, t) => at(t + 1)),
    s: new Float32Array(count * memory),
  }
}

/** The mean loss of 100 pieces of 100 letters: in nats for a letter. */
export const heldOut = ({ loss, network }, params, letters) =>
  loss(params, pieces(letters, 100, 100, network.dims.H, randomFrom(7)))

/** Trains by the module's own `step`; `each` is told of every step. The parameters that come out. */
export function trainOnLetters(
  module,
  letters,
  { steps, size, lengths: [least, most], rate },
  each = () => {},
) {
  const { init, initState, step, network } = module
  const params = init(1)
  const state = initState(params)
  const random = randomFrom(1)
  for (let k = 1; k <= steps; k++) {
    const length = least + Math.floor(random() * (most - least + 1))
    const data = pieces(letters, size, length, network.dims.H, random)
    each(k, step(params, data, rate * (1 - (k - 1) / steps), state))
  }
  return params
}

/**
 * So many letters behind a beginning, each drawn from what the network says of the next one. A letter is a text of length 1: what is
 * remembered of it, h, is what is given with the next one, as s. At a low temperature what is likely is taken more often than it says.
 */
export function written(
  { forward, network },
  params,
  beginning,
  count,
  { temperature = 0.5, seed = 1 } = {},
) {
  const random = randomFrom(seed)
  const read = (letters, s) => forward(params, { x: Array.from(letters, (l) => Uint8Array.of(l)), s })
  const likely = ({ p }) => p.subarray(p.length - ALPHABET.length)
  let now = read(encoded(beginning), new Float32Array(network.dims.H))
  let text = beginning
  for (let k = 0; k < count; k++) {
    const letter = drawn(likely(now), temperature, random())
    text += ALPHABET[letter]
    now = read([letter], Float32Array.from(now.h))
  }
  return text
}

/** A place at random, by probabilities that are sharpened. */
function drawn(p, temperature, random) {
  const sharp = Array.from(p, (v) => v ** (1 / temperature))
  let left = random * sharp.reduce((a, b) => a + b)
  const place = sharp.findIndex((v) => (left -= v) < 0)
  return place < 0 ? sharp.length - 1 : place
}
