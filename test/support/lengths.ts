/** Code for lengths that are read from the data, against the code for known lengths. */
import { expect } from 'vitest'
import { random } from '../../src/base/random.ts'
import { compile } from '../../src/compile.ts'
import { type Item, batchExtent, fieldsOf, isFamily } from '../../src/emit/fields.ts'
import type { Extent } from '../../src/graph/extent.ts'
import { familyOf } from '../../src/graph/member.ts'
import { type Fieldful, type Module, type Numbers, imported } from '../../src/modules.ts'

const BATCH = 2

/** The module of a program; undefined where it is refused, which must not be a mistake of the compiler. */
export function compiled(source: string, dims: Record<string, number> = {}, unrolled?: number) {
  const made = compile(source, { target: 'js', dims, verify: true, formulas: false, unrolled })
  expect(made.diagnostics.filter((d) => d.code === 'internal-error')).toEqual([])
  return made
}

/** Numbers for all fields of a module of known lengths. */
function drawn(network: NonNullable<ReturnType<typeof compile>['network']>, seed: string) {
  const rng = random(seed)
  const fields = fieldsOf(network, batchExtent(network.batch))
  const symbols = new Map(
    [...network.params, ...network.data].map(({ symbol }) => [familyOf(symbol.name), symbol]),
  )
  const length = (e: Extent): number => (typeof e === 'number' ? e : BATCH)
  const one = (item: Item): Numbers => {
    if (isFamily(item)) return item.map(one)
    const size = item.shape.reduce<number>((n, e) => n * length(e), 1)
    const { end, members } = item
    const next = (): number => (end === undefined ? rng.uniform() * 2 - 1 : rng.integer(0, length(end) - 1))
    const { assumptions } = symbols.get(familyOf(item.name))!
    const last = item.shape.length > 0 ? length(item.shape.at(-1)!) : 1
    const fitting = (list: number[]): number[] => {
      if (assumptions.has('onehot') || assumptions.has('simplex'))
        for (let row = 0; row < size; row += last) {
          const hot = rng.integer(0, last - 1)
          for (let k = 0; k < last; k++) list[row + k] = k === hot ? 1 : 0
        }
      const isPositive = assumptions.has('positive') || assumptions.has('nonnegative')
      if (assumptions.has('symmetric'))
        for (let k = 0; k < last * last; k++) list[k] = list[(k % last) * last + Math.floor(k / last)]!
      return list.map((v) =>
        assumptions.has('binary') ? (v > 0 ? 1 : 0) : isPositive ? 0.1 + Math.abs(v) : v,
      )
    }
    const tensor = (): Numbers => {
      if (item.shape.length === 0) return fitting([next()])[0]!
      const list = fitting(Array.from({ length: size }, next))
      return end === undefined ? Float64Array.from(list) : Int32Array.from(list)
    }
    return members === undefined ? tensor() : Array.from({ length: length(members) }, tensor)
  }
  const all = (list: typeof fields.params): Fieldful =>
    Object.fromEntries(list.map((f) => [f.name, one(f.item)]))
  return { params: all(fields.params), data: all([...fields.inputs, ...fields.targets]) }
}

const flat = (v: Numbers): number[] =>
  typeof v === 'number' ? [v] : [...(v as Iterable<Numbers>)].flatMap(flat)

function expectClose(a: readonly number[], b: readonly number[], what: string): void {
  expect(a.length, what).toBe(b.length)
  const scale = Math.max(1e-6, ...b.map(Math.abs))
  a.forEach((v, i) => {
    if (Number.isFinite(b[i]!) || Number.isFinite(v))
      expect(Math.abs(v - b[i]!) / scale, what).toBeLessThan(1e-8)
  })
}

/** What a module computes, and the parameters after a step. */
function run(m: Module, params: Fieldful, data: Fieldful, dims: Record<string, number>) {
  const grads = m.zeros(dims)
  const loss = m.backward(params, data, grads)
  const after = structuredClone(params)
  m.step(after, data, 0.1)
  return { loss, again: m.loss(params, data), grads, after }
}

/** Two modules of one program, at random data of the lengths of the second one. */
export function expectSame(
  a: Module,
  b: Module,
  network: NonNullable<ReturnType<typeof compile>['network']>,
  seed: string,
  dims: Record<string, number> = {},
): void {
  const { params, data } = drawn(network, seed)
  // The same seed gives the same parameters.
  expect(a.init(7, dims)).toEqual(b.init(7, dims))
  const [x, y] = [run(a, params, data, dims), run(b, params, data, dims)]
  expectClose([x.loss, x.again], [y.loss, y.loss], 'the loss')
  for (const name of Object.keys(y.grads)) {
    expectClose(flat(x.grads[name]!), flat(y.grads[name]!), `the gradient of ${name}`)
    expectClose(flat(x.after[name]!), flat(y.after[name]!), `${name} after a step`)
  }
}

/**
 * A program whose lengths are open, against itself at known ones with all steps written out. False where it has no code for any length.
 */
export async function expectSameAt(
  source: string,
  lengths: readonly Readonly<Record<string, number>>[],
): Promise<boolean> {
  const { code } = compiled(source)
  if (code === undefined) return false
  const open = await imported(code)
  for (const all of lengths) {
    // Those that the program has.
    const dims = Object.fromEntries(
      Object.entries(all).filter(([name]) => new RegExp(`(^|;)\\s*dim\\b.*\\b${name}\\b`, 'm').test(source)),
    )
    const known = compiled(source, dims, Infinity)
    expect(known.code, known.diagnostics.map((d) => d.message).join()).toBeDefined()
    expectSame(open, await imported(known.code!), known.network!, Object.values(dims).join(), dims)
  }
  return true
}
