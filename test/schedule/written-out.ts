/** A program with its recurrences as loops against the same one with their steps written out. */
import { expect } from 'vitest'
import type { CompileOptions } from '../../src/compile.ts'
import type { Network } from '../../src/graph/network.ts'
import type { Symbol } from '../../src/graph/node.ts'
import type { Instruction, Precision, Program } from '../../src/schedule/index.ts'
import { compileShared } from '../support/analysed.ts'
import { type Loose, type Module, load } from './built.ts'

const SAMPLES = 3

/** Members of families in arrays by their indices, as a module wants them. */
function filled(network: Network, kind: 'params' | 'data', precision: Precision): Record<string, Loose> {
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
function results(m: Module, network: Network, precision: Precision): Record<string, number[]> {
  const params = filled(network, 'params', precision)
  const data = filled(network, 'data', precision)
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

/** How many loops over the steps of recurrences a routine has. */
const turnsIn = (list: readonly Instruction[]): number =>
  list.reduce(
    (sum, i) =>
      sum + (i.kind === 'loop' && i.variable.turns === true ? 1 : 0) + ('body' in i ? turnsIn(i.body) : 0),
    0,
  )

/** A module, and the loops over steps in its routines by their names. */
interface Compiled {
  readonly code: string
  readonly network: Network
  readonly turns: ReadonlyMap<string, number>
}

/** What was compiled last, and what it computes with its steps written out: a text is often compiled in several ways. */
let last:
  { source: string; known: Map<string, { network: Network; found: Record<string, number[]> }> } | undefined

function compiled(source: string, options: CompileOptions): Compiled {
  const turns = new Map<string, number>()
  const { code, network, diagnostics } = compileShared(source, {
    target: 'js',
    formulas: false,
    verify: true,
    observe: (stage, result) => {
      if (stage !== 'schedule') return
      for (const { name, body } of (result as Program).routines) turns.set(name, turnsIn(body))
    },
    ...options,
  })
  if (code === undefined || network === undefined)
    throw new Error(diagnostics.map((d) => d.message).join('\n'))
  return { code, network, turns }
}

function writtenOut(
  source: string,
  precision: Precision,
): { network: Network; found: Record<string, number[]> } {
  if (last?.source !== source) last = { source, known: new Map() }
  let known = last.known.get(precision)
  if (!known) {
    const { code, network } = compiled(source, { precision, unrolled: Infinity })
    last.known.set(precision, (known = { network, found: results(load(code), network, precision) }))
  }
  return known
}

/** A program with its recurrences as loops, which computes what it does with all steps written out, to rounding. */
export function agreesWrittenOut(source: string, options: CompileOptions = {}): Compiled {
  const { precision = 'f64' } = options
  const { network, found: want } = writtenOut(source, precision)
  const made = compiled(source, { unrolled: 2, ...options })
  const { code } = made
  const got = results(load(code), network, precision)
  for (const [what, numbers] of Object.entries(want)) {
    const scale = Math.max(0.1, ...numbers.map(Math.abs))
    expect(got[what]!.length).toBe(numbers.length)
    numbers.forEach((x, i) => {
      const y = got[what]![i]!
      if (!(Math.abs(x - y) <= (precision === 'f64' ? 1e-12 : 3e-6) * scale))
        throw new Error(`${what}[${i}]: ${y}, written out ${x}\n${source}\n${code}`)
    })
  }
  return made
}
