/** What the emitted code takes for a loss, for all gradients, and for the same gradients by differences. */
import { random } from '../../base/random.ts'
import { batchExtent, fieldsOf } from '../../emit/fields.ts'
import { type Network, defaultsOf } from '../../graph/network.ts'
import { type Dims, lengthOf, randomValue } from '../../interpret/index.ts'
import { type Fieldful, type Maker, fill, hyperOf } from '../../modules.ts'
import type { Stopwatch, Work } from './stopwatch.ts'

/** Seconds for one evaluation each: of one sample, of a batch where the program says how long it is. */
export interface Cost {
  /** How many numbers are learned: N. */
  readonly parameters: number
  /** One forward pass, up to the loss. */
  readonly forward: number
  /** The loss and its gradients by all parameters. */
  readonly gradients: number
  /** Central differences by all parameters, 2N losses. */
  readonly differences: number
  /** For how many of the parameters the differences were measured; for all of them they take N over that as long. */
  readonly measured: number
}

/** Code that is ready to be measured. */
export interface Subject {
  readonly parameters: number
  readonly forward: Work
  readonly gradients: Work
  /** Central differences by so many of the parameters. */
  readonly differences: (count: number) => Work
}

/** What takes longer is measured for some of the parameters, in seconds: short rounds escape other processes, long ones do not. */
const MOST_DIFFERENCES = 2e-3

/** The costs of several networks, measured in turns; undefined where the code is not optimised in time. */
export function measure(subjects: readonly Subject[], seconds: Stopwatch): (Cost | undefined)[] {
  const forward = seconds(subjects.map((subject) => subject.forward))
  const measured = subjects.map(({ parameters }, i) =>
    Math.min(parameters, Math.max(1, Math.floor(MOST_DIFFERENCES / (2 * (forward[i] ?? Infinity))))),
  )
  const times = seconds(
    subjects.flatMap((subject, i) => [subject.forward, subject.gradients, subject.differences(measured[i]!)]),
  )
  return subjects.map(({ parameters }, i) => {
    const [again, gradients, differences] = times.slice(3 * i, 3 * i + 3)
    if (again === undefined || gradients === undefined || differences === undefined) return undefined
    return {
      parameters,
      forward: Math.min(forward[i] ?? again, again),
      gradients,
      differences: (differences * parameters) / measured[i]!,
      measured: measured[i]!,
    }
  })
}

/** The code of a program for these dims; undefined where there is none, or nothing is learned. */
export async function subjectOf(make: Maker, dims: Dims): Promise<Subject | undefined> {
  const made = await make(dims)
  if (!made) return undefined
  const { module, network } = made
  if (!network.loss || network.params.length === 0) return undefined
  const params = module.init(1)
  const data = dataOf(network, dims)
  const grads = module.zeros()
  const entries = entriesOf(params)
  const defaults = defaultsOf(network.hypers)
  if (entries.length === 0) return undefined
  const moved = mover(entries[0]!)
  const hyper = hyperOf(network, (symbol) => {
    const shape = symbol.shape.map((extent) => lengthOf(extent, dims))
    return defaults.get(symbol.name) ?? randomValue(symbol, shape, 'normal', random(symbol.name), dims).data
  })
  const loss = (): number => module.loss(params, data, hyper)
  return {
    parameters: entries.length,
    forward: () => (moved(), loss()),
    gradients: () => (moved(), module.backward(params, data, grads, hyper)),
    differences: (count) => {
      const some = Array.from({ length: count }, (_, i) => entries[Math.floor((i * entries.length) / count)]!)
      return () => differences(loss, some)
    },
  }
}

/** One number that is learned: its place in an array, or in the object of the parameters. */
interface Entry {
  readonly holder: Record<PropertyKey, number>
  readonly key: PropertyKey
}

function entriesOf(value: unknown): Entry[] {
  return Object.entries(value as Record<string, unknown>).flatMap(([key, part]): Entry[] => {
    if (typeof part === 'number') return [{ holder: value as Entry['holder'], key }]
    if (!(part instanceof Float64Array)) return entriesOf(part)
    const holder = part as unknown as Entry['holder']
    return Array.from(part, (_, i) => ({ holder, key: i }))
  })
}

/** Moves one parameter to and fro by next to nothing: what is constant an engine may compute once for all calls. */
function mover({ holder, key }: Entry): () => void {
  const [here, there] = [holder[key]!, holder[key]! + 1e-9]
  let away = false
  return () => {
    away = !away
    holder[key] = away ? there : here
  }
}

/** Central differences by some parameters, as anyone would write them: their sum. */
function differences(loss: () => number, entries: readonly Entry[]): number {
  const h = 1e-5
  let sum = 0
  for (const { holder, key } of entries) {
    const value = holder[key]!
    holder[key] = value + h
    const above = loss()
    holder[key] = value - h
    const below = loss()
    holder[key] = value
    sum += (above - below) / (2 * h)
  }
  return sum
}

/** Data that respect what is assumed of them; of an open batch one sample. */
function dataOf({ batch, data, ...network }: Network, dims: Dims): Fieldful {
  const samples = typeof batch === 'number' ? batch : 1
  const fields = fieldsOf({ batch, data, ...network }, batchExtent(batch))
  const rng = random('cost')
  const symbols = new Map(data.map(({ symbol }) => [symbol.name, symbol]))
  return fill([...fields.inputs, ...fields.targets], (name) => {
    const symbol = symbols.get(name)!
    const shape = symbol.shape.map((extent) => lengthOf(extent, dims))
    const count = symbol.samples === undefined ? 1 : samples
    return Array.from({ length: count }, () => randomValue(symbol, shape, 'normal', rng, dims).data).flat()
  })
}
