/** Values and derivatives by the program as it is written, in high precision, beside those of the code that is made of it. */
import { expect } from 'vitest'
import { compile } from '../../src/compile.ts'
import type { Derived } from '../../src/graph/network.ts'
import {
  type Big,
  type Nested,
  type Tensor,
  bigNumbers,
  doubles,
  evaluate,
  forward,
  mapTensor,
  scalar,
  tensor,
} from '../../src/interpret/index.ts'
import type { StageName } from '../../src/stages.ts'
import type { Fields, Module } from '../compile/support.ts'
import { lowered } from '../lower/lowered.ts'

type Values = Readonly<Record<string, Nested<number>>>
/** The loss and the gradient of each parameter, flat. */
export interface Result {
  readonly loss: number
  readonly grads: Readonly<Record<string, readonly number[]>>
}

export interface Row {
  readonly what: string
  readonly source: string
  readonly params: Values
  readonly data?: Values
  /** What is right where no number system can tell: limits, and the conventions of the language. */
  readonly wanted?: Result
  /** An error that counts for nothing, where a difference to 1 is all that is left: a unit in the last place of 1. */
  readonly absolute?: number
}

export const UNIT = Number.EPSILON
/** Numbers of so many digits. */
const SYSTEMS = new Map<number, Awaited<ReturnType<typeof bigNumbers>>>()
for (const digits of [60, 100, 250, 460, 800]) SYSTEMS.set(digits, await bigNumbers(digits))

/** Those in which 40 digits and more are left of e^(−2x) beside 1, and of e^(−x²/2) with the error function. */
function systemFor({ source, absolute }: Row, tensors: readonly Tensor<number>[]) {
  const size = Math.max(...tensors.flatMap((t) => t.data.filter(Number.isFinite).map(Math.abs)))
  const decades = 0.9 * (/erf|gelu/.test(source) ? size ** 2 / 2 : size)
  // What is as small as that beside 1 counts for nothing where a unit of 1 does.
  const digits = absolute === undefined ? Math.min(45 + decades, 800) : 45
  return [...SYSTEMS].find(([has]) => has >= digits)![1]
}

const asTensor = (v: Nested<number>): Tensor<number> => (typeof v === 'number' ? scalar(v) : tensor(v))
export const tensorsOf = ({ params, data = {} }: Row): Map<string, Tensor<number>> =>
  new Map(Object.entries({ ...params, ...data }).map(([name, v]) => [name, asTensor(v)]))

/** One compilation: the graph that code is made of, and the code. */
interface Found {
  readonly special: Derived
  readonly code: string
}

export function found({ source }: Row, watch?: (stage: StageName, result: unknown) => void): Found {
  let special: Derived | undefined
  const { code, diagnostics } = compile(source, {
    target: 'js',
    formulas: false,
    verify: true,
    observe: (stage, result) => {
      watch?.(stage, result)
      if (stage === 'specialise') special = result as Derived
    },
  })
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  return { special: special!, code: code! }
}

/** By the program as it is written, in forward mode. */
export function exactly(row: Row): Result {
  if (row.wanted) return row.wanted
  const network = lowered(row.source).network!
  const tensors = tensorsOf(row)
  const big = systemFor(row, [...tensors.values()])
  const values = new Map([...tensors].map(([name, t]) => [name, mapTensor(t, (x): Big => big.number(x))]))
  const entries = Object.keys(row.params).flatMap((name) =>
    tensors.get(name)!.data.map((_, index) => ({ name, index })),
  )
  const { values: losses, derivatives } = forward([network.loss!.node], values, entries, big)
  const all = derivatives[0]!.map((t) => big.toNumber(t.data[0]!))
  return {
    loss: big.toNumber(losses[0]!.data[0]!),
    grads: Object.fromEntries(
      Object.keys(row.params).map((p) => [p, all.filter((_, k) => entries[k]!.name === p)]),
    ),
  }
}

export function evaluated(
  { network, gradients }: Derived,
  values: ReadonlyMap<string, Tensor<number>>,
): Result {
  const [loss, ...rest] = evaluate([network.loss!.node, ...gradients.values()], values, doubles)
  const grads = [...gradients.keys()].map(({ name }, i) => [name, rest[i]!.data] as const)
  return { loss: loss!.data[0]!, grads: Object.fromEntries(grads) }
}

export function run(module: Module, row: Row, precision: 'f64' | 'f32'): Result {
  const Real = precision === 'f64' ? Float64Array : Float32Array
  const fields = (values: Values): Fields =>
    Object.fromEntries(
      Object.entries(values).map(([name, v]) => [
        name,
        typeof v === 'number' ? v : Real.from(asTensor(v).data),
      ]),
    )
  const [params, data] = [fields(row.params), fields(row.data ?? {})]
  const grads = module.zeros()
  const loss = module.backward(params, data, grads)
  expect(module.loss(params, data)).toBe(loss)
  const flat = Object.entries(grads).map(
    ([name, v]) => [name, typeof v === 'number' ? [v] : Array.from(v)] as const,
  )
  return { loss, grads: Object.fromEntries(flat) }
}

/** Relative, entry by entry. Numbers below `least` may have vanished. */
export function compare(
  result: Result,
  wanted: Result,
  relative: number,
  absolute: number,
  least: number,
): void {
  const close = (x: number, y: number, what: string): void => {
    if (Object.is(x, y) || x === y) return
    const error = Math.abs(x - y)
    expect(error, `${what} is ${x}, and not ${y}`).toBeLessThanOrEqual(
      relative * Math.abs(y) + absolute + least,
    )
  }
  close(result.loss, wanted.loss, 'the loss')
  expect(Object.keys(result.grads).sort()).toEqual(Object.keys(wanted.grads).sort())
  for (const [name, entries] of Object.entries(wanted.grads)) {
    expect(result.grads[name]!.length).toBe(entries.length)
    entries.forEach((y, i) => close(result.grads[name]![i]!, y, `∂/∂${name} at ${i}`))
  }
}
