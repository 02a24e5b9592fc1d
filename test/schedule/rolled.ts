/** A network with its turns as loops against the same one unrolled. */
import { expect } from 'vitest'
import type { Derived } from '../../src/graph/network.ts'
import type { Symbol } from '../../src/graph/node.ts'
import type { Precision, ScheduleOptions } from '../../src/schedule/index.ts'
import { TUNING } from '../../src/schedule/tuning.ts'
import { type Loose, type Module, derivedOf, emitted, load } from './built.ts'

const SAMPLES = 3

/** Members of families in arrays by their indices, as a module wants them. */
function filled({ network }: Derived, kind: 'params' | 'data', precision: Precision): Record<string, Loose> {
  const make = precision === 'f64' ? Float64Array : Float32Array
  let n = kind === 'params' ? 0 : 1000
  const number = (): number => Math.sin(++n * 12.9898) * 0.6
  const batched = kind === 'data' && network.batch !== undefined
  const leaf = ({ shape }: Symbol): Loose => {
    if (shape.length === 0 && !batched) return number()
    const size = shape.reduce<number>((p, e) => p * Number(e), batched ? SAMPLES : 1)
    return new make(Array.from({ length: size }, number))
  }
  const tree = new Map<string, unknown>()
  for (const { symbol } of network[kind]) {
    const path = symbol.name.split(/[[\],.]+/).filter((part) => part !== '')
    let at = tree
    for (const part of path.slice(0, -1)) {
      if (!at.has(part)) at.set(part, new Map())
      at = at.get(part) as Map<string, unknown>
    }
    at.set(path.at(-1)!, leaf(symbol))
  }
  const arrays = (v: unknown): Loose =>
    v instanceof Map
      ? [...v.keys()].every((key) => /^\d+$/.test(String(key)))
        ? [...(v as Map<string, unknown>)].sort(([a], [b]) => Number(a) - Number(b)).map(([, x]) => arrays(x))
        : // What an instance of a layer holds is in an object of it.
          (Object.fromEntries([...(v as Map<string, unknown>)].map(([k, x]) => [k, arrays(x)])) as never)
      : (v as Loose)
  return Object.fromEntries([...tree].map(([name, v]) => [name, arrays(v)]))
}

export const flat = (v: Loose): number[] =>
  typeof v === 'number'
    ? [v]
    : Array.isArray(v)
      ? v.flatMap(flat)
      : ArrayBuffer.isView(v)
        ? [...v]
        : Object.values(v as Record<string, Loose>).flatMap(flat)

const all = (o: Record<string, Loose>): number[] => Object.values(o).flatMap(flat)

/** All that a module computes; each routine twice, for the second call finds what the first has left in the workspace. */
function results(m: Module, derived: Derived, precision: Precision): Record<string, number[]> {
  const params = filled(derived, 'params', precision)
  const data = filled(derived, 'data', precision)
  const [grads, again] = [m.zeros(), m.zeros()]
  const losses = [m.loss(params, data), m.backward(params, data, grads)]
  const moved = structuredClone(params)
  losses.push(m.step(moved, data, 0.125), m.loss(params, data), m.backward(params, data, again))
  return {
    loss: losses,
    forward: [...all(m.forward(params, data)), ...all(m.forward(params, data))],
    backward: [...all(grads), ...all(again)],
    step: all(moved),
  }
}

/** How many numbers the workspace of a module without open lengths holds. */
export const workspace = (code: string): number =>
  [...code.matchAll(/\$scratch\d+ = \/\* @__PURE__ \*\/ new Float\d\dArray\((\d+)\)/g)].reduce(
    (sum, [, size]) => sum + Number(size),
    0,
  )

/** How many loops over turns a module has: their variable is `t`. */
export const loops = (code: string): number => code.match(/for \(let t\$?\d* = /g)?.length ?? 0

const ROLLED: ScheduleOptions = {
  precision: 'f64',
  mode: 'loops',
  tuning: { ...TUNING, rollFrom: 1 },
}

/** What was derived last, and what it computes unrolled: a text is often scheduled in several ways. */
let last: { source: string; derived: Derived; unrolled: Map<string, Record<string, number[]>> } | undefined

function derivedOnce(source: string): NonNullable<typeof last> {
  if (last?.source !== source) last = { source, derived: derivedOf(source).derived, unrolled: new Map() }
  return last
}

/** By options that say how, apart from loops. */
function unrolled({ derived, unrolled: known }: NonNullable<typeof last>, options: ScheduleOptions) {
  const flatly = { ...options, roll: false, checkpoint: undefined }
  const key = JSON.stringify(flatly)
  const found = known.get(key) ?? results(load(emitted(derived, flatly)), derived, options.precision)
  known.set(key, found)
  return found
}

/** The code of the rolled one, which is equal to the unrolled one to rounding. */
export function agreesUnrolled(source: string, options: Partial<ScheduleOptions> = {}): string {
  const once = derivedOnce(source)
  const { derived } = once
  const asked = { ...ROLLED, ...options }
  const rolled = emitted(derived, asked)
  const want = unrolled(once, asked)
  const got = results(load(rolled), derived, asked.precision)
  for (const [what, numbers] of Object.entries(want)) {
    const scale = Math.max(0.1, ...numbers.map(Math.abs))
    expect(got[what]!.length).toBe(numbers.length)
    numbers.forEach((x, i) => {
      const y = got[what]![i]!
      if (!(Math.abs(x - y) <= (asked.precision === 'f64' ? 1e-12 : 3e-6) * scale))
        throw new Error(`${what}[${i}]: ${y}, unrolled ${x}\n${source}\n${rolled}`)
    })
  }
  return rolled
}
