/**
 * Daily weather of New York, 2012 to 2015 (NOAA, from the package @observablehq/sample-datasets), as windows of days with
 * what is to be foretold after each: how much warmer the next day's high is. The last year is held out; what remains
 * sets means and deviations.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const FILE = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/weather.csv')
const CITY = 'New York'
const HELD_OUT = '2015'

/** Windows of so many days. `scale` is the deviation of the highs, in °C: what a target of 1 is. */
export function weatherData(days) {
  const records = readFileSync(FILE, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .filter(([city]) => city === CITY)
    .map(([, date, rain, high, low, wind]) => ({
      date,
      high: Number(high),
      measured: [Number(high), Number(low), Math.log1p(Number(rain)), Number(wind)],
      angle: (2 * Math.PI * (Date.parse(date) / 864e5)) / 365.2425,
    }))
  const known = records.filter(({ date }) => date < HELD_OUT)
  const spreads = known[0].measured.map((_, j) => meanAndSpread(known.map(({ measured }) => measured[j])))
  const scale = spreads[0].spread
  const features = records.map(({ measured, angle }) => [
    ...measured.map((value, j) => (value - spreads[j].mean) / spreads[j].spread),
    Math.sin(angle),
    Math.cos(angle),
  ])
  const samples = records.slice(days).map(({ date, high }, i) => ({
    held: date >= HELD_OUT,
    window: features.slice(i, i + days),
    y: (high - records[i + days - 1].high) / scale,
    // The mean of the season up to 2014 foretells the high itself; here, how much warmer that is than today.
    usual: (usual(known, date) - records[i + days - 1].high) / scale,
  }))
  return {
    train: samples.filter(({ held }) => !held),
    test: samples.filter(({ held }) => held),
    scale,
  }
}

/** The mean of the highs within ten days of a date's place in the year. */
function usual(known, date) {
  const place = (text) => ((Date.parse(text) / 864e5) % 365.2425) / 365.2425
  const near = known.filter((record) => {
    const apart = Math.abs(place(record.date) - place(date))
    return Math.min(apart, 1 - apart) * 365.2425 <= 10
  })
  return near.reduce((sum, { high }) => sum + high, 0) / near.length
}

function meanAndSpread(values) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return { mean, spread: Math.hypot(...values.map((v) => v - mean)) / Math.sqrt(values.length) }
}

/** Samples as a module takes them: x by days, each a B × F array, and y. */
export const batchOf = (samples) => ({
  x: samples[0].window.map((_, t) => Float64Array.from(samples.flatMap(({ window }) => window[t]))),
  y: Float64Array.from(samples, ({ y }) => y),
})

/** The errors of what is foretold without learning, in °C: tomorrow like today, and as the season usually is. */
export const baselines = ({ test, scale }) => ({
  today: scale * rootMeanSquare(test.map(({ y }) => y)),
  season: scale * rootMeanSquare(test.map(({ y, usual }) => y - usual)),
})

/** The examples that learn this, with the rates that they learn at; their windows; how often they see all of it. */
export const RATES = { residual: 0.1, rnn: 0.5, lstm: 1.5 }
export const DAYS = 7
export const EPOCHS = 30
const BATCH = 50

/**
 * Trains a module's network by its own `step`, on batches in an order that is the same each time; `told` hears the mean
 * loss of each epoch. Its errors on the year that was held out, in °C, and the first and last mean loss.
 */
export function trainOnWeather({ init, forward, loss, step }, data, { epochs, rate, seed = 1, told }) {
  const params = init(seed)
  const everything = batchOf(data.train)
  const batches = shuffled(data.train, seed).flatMap((_, i, all) =>
    i % BATCH === 0 ? [batchOf(all.slice(i, i + BATCH))] : [],
  )
  const before = loss(params, everything)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let sum = 0
    for (const batch of batches) sum += step(params, batch, rate * (1 - (epoch - 1) / epochs))
    told?.(epoch, sum / batches.length)
  }
  const test = batchOf(data.test)
  const { ŷ } = forward(params, test)
  const error = data.scale * rootMeanSquare(test.y.map((y, i) => ŷ[i] - y))
  return { before, after: loss(params, everything), error }
}

const rootMeanSquare = (values) => Math.hypot(...values) / Math.sqrt(values.length)

/** The same order for the same seed: Fisher and Yates, with a linear congruential generator. */
function shuffled(list, seed) {
  const result = [...list]
  let state = seed
  for (let i = result.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    ;[result[i], result[j]] = [result[j], result[i]]
  }
  return result
}
