/** A program and parameters that `from-onnx` has written, run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readParameters } from '../../../src/cli/learn/parameters.ts'
import { compile } from '../../../src/compile.ts'
import { type Fieldful, imported } from '../../../src/modules.ts'
import type { Loose } from '../../schedule/built.ts'
import { flat } from '../../schedule/written-out.ts'

export interface Tensor {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
export type Tensors = Readonly<Record<string, Tensor>>

/** With the axis of samples first: how many there are, and the numbers of each. */
function bySample({ shape, values }: Tensor, axis: number): { count: number; samples: number[][] } {
  const count = shape[axis]!
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const samples = Array.from({ length: count }, (_, s) =>
    values.filter((_, i) => Math.floor(i / inner) % count === s),
  )
  return { count, samples }
}

/** The outputs of NAME.net in a folder with the parameters beside it, each as numbers of all samples, one after the other. */
export async function forward(
  dir: string,
  name: string,
  inputs: Tensors,
  axis: number | undefined,
): Promise<Record<string, number[]>> {
  const source = readFileSync(join(dir, `${name}.net`), 'utf8')
  const { code, diagnostics, network } = compile(source, {
    filename: `${name}.net`,
    target: 'js',
    formulas: false,
  })
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  const params: Record<string, Loose> = {}
  for (const { name: param, shape, values } of readParameters(join(dir, `${name}.safetensors`)).tensors)
    params[param] = shape.length === 0 ? values[0]! : Float64Array.from(values)
  const data: Record<string, Loose> = {}
  for (const { symbol } of network!.data.filter((d) => d.role === 'input')) {
    const given = inputs[symbol.name]!
    const array = (values: readonly number[]): Loose =>
      symbol.indexes === undefined ? Float64Array.from(values) : (Int32Array.from(values) as unknown as Loose)
    const { count, samples } =
      axis === undefined ? { count: 1, samples: [[...given.values]] } : bySample(given, axis)
    if (symbol.list === undefined) {
      data[symbol.name] =
        symbol.shape.length === 0 && axis === undefined ? samples[0]![0]! : array(samples.flat())
      continue
    }
    const steps = given.shape.filter((_, a) => a !== axis)[0]!
    const size = samples[0]!.length / steps
    data[symbol.name] = Array.from({ length: steps }, (_, t) =>
      array(Array.from({ length: count }, (_, s) => samples[s]!.slice(t * size, (t + 1) * size)).flat()),
    ) as unknown as Loose
  }
  const module = await imported(code!)
  const outputs = run(() => module.forward(params as Fieldful, data as Fieldful)) as Record<string, Loose>
  return Object.fromEntries(Object.entries(outputs).map(([output, values]) => [output, flat(values)]))
}

/** What a model gives, in the order of samples. */
export const expected = (outputs: Tensors, axis: number | undefined): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [
      name,
      axis === undefined ? [...tensor.values] : bySample(tensor, axis).samples.flat(),
    ]),
  )

export function near(
  found: Record<string, number[]>,
  wanted: Record<string, number[]>,
  tolerance: number,
): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort())
  for (const [name, values] of Object.entries(wanted)) {
    expect(found[name], name).toHaveLength(values.length)
    const off = Math.max(...values.map((v, i) => Math.abs(found[name]![i]! - v) / (1 + Math.abs(v))))
    expect(off, name).toBeLessThan(tolerance)
  }
}

/** Without the stack of an error, which has the whole module as its address. */
function run<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(String(error))
  }
}
