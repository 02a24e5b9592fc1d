/** Programs with layers, and the same with all their parameters written out by hand: these agree in every number. */
import { expect } from 'vitest'
import { compile, type CompileOptions } from '../../src/compile.ts'
import { random } from '../../src/base/random.ts'
import { batchExtent, fieldsOf, tensors } from '../../src/emit/fields.ts'
import type { Resolve } from '../../src/lower/index.ts'
import { type Fieldful, type Numbers, fieldAt, fill, imported } from '../../src/modules.ts'

/** What a parameter is called where it is written out: that of `net.up.W[2]` is `net_up_W[2]`. */
const writtenOut = (name: string): string => name.replaceAll('.', '_')

const at = (value: Numbers, path: readonly number[]): Numbers =>
  path.reduce<Numbers>((inner, i) => (inner as readonly Numbers[])[i]!, value)

/** The loss, the gradients, what a step leaves, and the outputs, at numbers that depend on names alone. */
export async function numbersOf(
  source: string,
  { target = 'js', resolve, batch = 3 }: Pick<CompileOptions, 'target' | 'resolve'> & { batch?: number } = {},
): Promise<Map<string, readonly number[]>> {
  const { code, network, diagnostics } = compile(source, {
    target,
    resolve,
    verify: true,
    formulas: false,
    batch,
  })
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  const module = await imported(code!)
  const fields = fieldsOf(network!, batchExtent(network!.batch))
  const value = (name: string, size: number): number[] => {
    const r = random(writtenOut(name))
    return Array.from({ length: size }, () => r.normal() / 2)
  }
  const sizes = new Map(
    [...fields.params, ...fields.inputs, ...fields.targets].flatMap(({ item }) =>
      [...tensors(item)].map(({ leaf }) => [
        leaf.name,
        leaf.shape.reduce<number>((n, e) => n * (e as number), 1),
      ]),
    ),
  )
  // Params of lists come from `init`, whose arrays are then filled like all others.
  const filled = (object: Fieldful, list: typeof fields.params): Fieldful => {
    for (const { name, item } of list)
      for (const { leaf, path } of tensors(item)) {
        const array = at(fieldAt(object, name), path)
        if (typeof array !== 'number') (array as Float64Array).set(value(leaf.name, sizes.get(leaf.name)!))
      }
    return object
  }
  const params = filled(module.init(1), fields.params)
  const data = fill([...fields.inputs, ...fields.targets], (name) => value(name, sizes.get(name)!))
  const grads = module.zeros()
  const found = new Map<string, readonly number[]>()
  const note = (prefix: string, object: Fieldful, list: typeof fields.params): void => {
    for (const { name, item } of list)
      for (const { leaf, path } of tensors(item)) {
        const one = at(fieldAt(object, name), path)
        found.set(
          prefix + writtenOut(leaf.name),
          typeof one === 'number' ? [one] : [...(one as Float64Array)],
        )
      }
  }
  found.set('loss', [module.backward(params, data, grads)])
  note('grad ', grads, fields.params)
  note(
    '',
    module.forward(
      params,
      fill(fields.inputs, (name) => value(name, sizes.get(name)!)),
    ),
    fields.outputs,
  )
  module.step(params, data, 0.1)
  note('step ', params, fields.params)
  return found
}

/** All numbers of one program are those of the other. */
export function expectSame(
  found: ReadonlyMap<string, readonly number[]>,
  right: ReadonlyMap<string, readonly number[]>,
): void {
  expect([...found.keys()].sort()).toEqual([...right.keys()].sort())
  for (const [name, numbers] of right) {
    const own = found.get(name)!
    expect(own.length, name).toBe(numbers.length)
    numbers.forEach((n, i) => expect(own[i], `${name} ${i}`).toBeCloseTo(n, 10))
  }
}

export async function same(
  layers: string,
  plain: string,
  options: { resolve?: Resolve } = {},
): Promise<void> {
  const right = await numbersOf(plain)
  for (const target of ['js', 'wasm'] as const)
    expectSame(await numbersOf(layers, { target, ...options }), right)
}
