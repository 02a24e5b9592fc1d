/*
 * How many digits emitted code loses over the whole range of a program's inputs, edges included (the points of the hunt that `check`
 * makes): loss and gradients, in double and in single precision, against the truth in high precision.
 */
import { analyse } from '../../dist/src/compile.js'
import { LOST, Truths, extremes, measured, pointFor, random } from '../../dist/src/interpret/index.js'
import { makerOf, runnerOf } from '../../dist/src/modules.js'

/** Half a unit in the last place of 1, and as many digits as there are. */
const PRECISIONS = { f64: { unit: 2 ** -53, digits: 16 }, f32: { unit: 2 ** -24, digits: 7.2 } }
/** Entries of the gradient that are looked at, and how much a point may cost. */
const ENTRIES = 6
const ALLOWANCE = 60_000

/** In single precision the data are rounded first; a point that does not survive that is left out. */
function rounded({ values, ...point }) {
  const data = new Map([...values].map(([name, t]) => [name, { ...t, data: t.data.map(Math.fround) }]))
  const survives = [...values].every(([name, t]) =>
    t.data.every(
      (x, i) =>
        Math.abs(x) === Infinity ||
        (Number.isFinite(data.get(name).data[i]) && (x === 0) === (data.get(name).data[i] === 0)),
    ),
  )
  return survives ? { ...point, values: data } : undefined
}

/**
 * The worst and the mean number of digits lost, over so many points; where the worst is. Undefined where there is no code.
 *
 * @returns {Promise<{ worst: number, mean: number, at: string, output: string } | undefined>}
 */
export async function digitsLost(program, precision, count, name = 'network.net') {
  const { mathematics } = analyse(program, { filename: name })
  if (!mathematics) return undefined
  const { network } = mathematics.written
  const base = pointFor(mathematics.written, 1)
  const made = await makerOf(program, name, precision)(base.dims)
  if (!made) return undefined
  const run = runnerOf(made.module, made.network, precision)
  const { unit, digits } = PRECISIONS[precision]
  const all = network.params.flatMap(({ symbol }) =>
    base.values.get(symbol.name).data.map((_, index) => ({ name: symbol.name, index })),
  )
  const step = Math.max(1, Math.ceil(all.length / ENTRIES))
  const result = { worst: 0, mean: 0, at: '', output: '' }
  let [sum, values, points] = [0, 0, 0]
  for (const one of extremes(network, base, random('accuracy'))) {
    if (points++ >= count) break
    const point = precision === 'f32' ? rounded(one) : one
    if (!point) continue
    const entries = all.filter((_, i) => (i + points) % step === 0)
    const { loss, gradients } = run(point)
    const got = [loss, ...entries.map((e) => gradients.get(e.name)[e.index])]
    for (const { position, want, error } of await measured(
      new Truths(network.loss.node, entries, ALLOWANCE),
      point,
      got,
      precision === 'f64' ? 8 * unit : LOST,
    )) {
      // What is beyond single precision cannot be right in it.
      if (precision === 'f32' && (Math.abs(want) > 3.4e38 || (want !== 0 && Math.abs(want) < 1.2e-38)))
        continue
      const lost = Math.min(digits, Math.max(0, Math.log10(error / unit)))
      sum += lost
      values++
      if (lost > result.worst) {
        const told = [...point.values].map(([n, t]) => `${n} = ${t.data.join(' ')}`).join(', ')
        Object.assign(result, {
          worst: lost,
          at: told,
          output: position === 0 ? 'loss' : `d${entries[position - 1].name}`,
        })
      }
    }
  }
  result.mean = values > 0 ? sum / values : 0
  return result
}
