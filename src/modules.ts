/** Emitted code, run: made in memory and imported. */
import { type Analysed, type CompileOptions, compile, compileAnalysed } from './compile.ts'
import { bug } from './base/bug.ts'
import {
  type Branch,
  type Field,
  type Item,
  type Leaf,
  batchExtent,
  branches,
  fieldsOf,
  gradientFields,
  isFamily,
  leaves,
} from './emit/fields.ts'
import { sizeOf } from './graph/extent.ts'
import { pathOf } from './graph/member.ts'
import { type Derived, type Network, takesParams } from './graph/network.ts'
import type { Symbol } from './graph/node.ts'
import type { Resolve } from './lower/index.ts'
import { type Computed, type ComputedOutputs, type Point, isBatched } from './interpret/index.ts'

export type Numbers = number | Float64Array | Float32Array | Int32Array | readonly Numbers[]
/** Params, data or gradients: a field for each name, a family as an array of tensors; what instances of layers hold is in objects of theirs (`fieldAt`). */
export type Fieldful = Record<string, Numbers>

/** The field of a name: that of `hidden.W` is `W` of the object `hidden`. */
export const fieldAt = (object: Fieldful, name: string): Numbers =>
  pathOf(name).reduce<unknown>((inner, key) => (inner as Fieldful)[key], object) as Numbers

/** Puts a value into the field of a name. */
export function setField(object: Fieldful, name: string, value: Numbers): void {
  const path = pathOf(name)
  const inner = path.slice(0, -1).reduce<unknown>((o, key) => (o as Fieldful)[key], object)
  ;(inner as Record<string, Numbers>)[path.at(-1)!] = value
}

/** What is used of a module that `build` would write. */
export interface Module {
  forward(...args: readonly (Fieldful | undefined)[]): Fieldful
  loss(params: Fieldful, data: Fieldful, hyper?: Fieldful): number
  backward(params: Fieldful, data: Fieldful, grads: Fieldful, hyper?: Fieldful): number
  step(params: Fieldful, data: Fieldful, rate: number, hyper?: Fieldful): number
  /** `dims`: lengths of families of parameters that are open. */
  init(seed: number, dims?: Readonly<Record<string, number>>): Fieldful
  zeros(dims?: Readonly<Record<string, number>>): Fieldful
}

/** JavaScript as a module, without a file. */
export const imported = async (code: string): Promise<Module> =>
  (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Module

export type Precision = 'f64' | 'f32'

/** A program as JavaScript. */
export interface Made {
  readonly module: Module
  readonly network: Network
  /** The graph that the code is made of, of one sample. */
  readonly running: Derived
}

/** What a program is compiled to, by the values of its dims; undefined where it has errors. */
export type Maker = (dims: ReadonlyMap<string, number>) => Promise<Made | undefined>

/** What was analysed already, with the dims that were given. */
export interface Start {
  readonly analysed: Analysed
  readonly dims: ReadonlyMap<string, number> | undefined
}

/** Each choice of dims is compiled once: judging and measuring ask for the same ones. */
export function makerOf(
  text: string,
  filename: string,
  precision: Precision = 'f64',
  start?: Start,
  resolve?: Resolve,
  loss?: string,
): Maker {
  const known = new Map<string, Promise<Made | undefined>>()
  const started = start && keyOf(start.dims ?? [])
  const make: Maker = async (dims) => {
    let running: Derived | undefined
    const options: CompileOptions = {
      filename,
      resolve,
      loss,
      dims,
      target: 'js',
      precision,
      formulas: false,
      observe: (stage, result) => {
        if (stage === 'specialise') running = result as Derived
      },
    }
    const { code, network } =
      start && keyOf(dims) === started ? compileAnalysed(start.analysed, options) : compile(text, options)
    return code === undefined || network === undefined
      ? undefined
      : { module: ofFirstLoss(await imported(code), network), network, running: running! }
  }
  return (dims) => {
    const key = keyOf(dims)
    const made = known.get(key) ?? make(dims)
    known.set(key, made)
    return made
  }
}

/** Of several losses the first one's functions by their plain names. */
function ofFirstLoss(module: Module, { losses = [] }: Network): Module {
  const [first] = losses
  if (!first || losses.length < 2) return module
  const all = module as unknown as Record<string, unknown>
  const own = ['loss', 'backward', 'step'].map((name) => [name, all[name + first.suffix]] as const)
  return { ...module, ...Object.fromEntries(own) }
}

const keyOf = (dims: Iterable<readonly [string, number]>): string =>
  [...dims]
    .map(([name, length]) => `${name} = ${length}`)
    .sort()
    .join()

/** The dims that a program is compiled with for a point: all lengths but that of the batch, which its data have. */
export const dimsAt = (
  { batch }: Network,
  point: Point,
  given: Iterable<readonly [string, number]> = [],
): ReadonlyMap<string, number> => new Map([...given, ...point.dims].filter(([name]) => name !== batch))

/** An object of a module's interface; a number for rank 0, else a flat array. */
export function fill(
  fields: readonly Field[],
  value: (leaf: string) => readonly number[],
  precision: Precision = 'f64',
): Fieldful {
  const Real = precision === 'f32' ? Float32Array : Float64Array
  const one = (item: Item, given?: readonly number[]): Numbers => {
    if (isFamily(item)) return item.map((inner) => one(inner))
    const numbers = given ?? value(item.name)
    if (item.members !== undefined)
      return listOf(item, numbers).map((own) => one({ ...item, members: undefined }, own))
    if (item.shape.length === 0) return numbers[0]!
    return (item.end === undefined ? Real : Int32Array).from(numbers)
  }
  const objectOf = (all: readonly Branch<Item>[]): Record<string, unknown> =>
    Object.fromEntries(all.map((b) => [b.key, 'inner' in b ? objectOf(b.inner) : one(b.value)]))
  return objectOf(branches(fields.map((f) => ({ path: pathOf(f.name), value: f.item })))) as Fieldful
}

/** The members of a family, each with all samples, from one tensor: its axis comes behind that of the samples. */
function listOf({ members, shape, batched }: Leaf, numbers: readonly number[]): number[][] {
  const own = sizeOf(batched ? shape.slice(1) : shape)
  if (typeof members !== 'number' || own === undefined) return bug('values of a list of any length')
  const samples = Array.from({ length: numbers.length / (members * own) }, (_, sample) => sample * members)
  return Array.from({ length: members }, (_, i) =>
    samples.flatMap((start) => numbers.slice((start + i) * own, (start + i + 1) * own)),
  )
}

/** As many samples as the batch has, of these in turn; a point may be a batch by itself. */
function samplesOf({ batch, data }: Network, points: readonly Point[]): readonly Point[] {
  const isWhole = ({ values }: Point): boolean =>
    data.some(({ symbol }) => isBatched({ shape: symbol.shape }, values.get(symbol.name)!))
  return typeof batch === 'number' && !isWhole(points[0]!)
    ? Array.from({ length: batch }, (_, i) => points[i % points.length]!)
    : points
}

/** What a hunt looks at: the loss and its gradients, or in a program without a loss the outputs. */
export function huntedOf(module: Module, network: Network): (point: Point) => Computed | ComputedOutputs {
  if (network.loss) return runnerOf(module, network)
  const run = outputsOf(module, network)
  return (point) => ({ outputs: run(point) })
}

/**
 * Runs the code at a point: the loss and the gradient by each parameter. For a batch, at several with other data, of which it is the
 * mean; a single one stands for all samples.
 */
export function runnerOf(
  module: Module,
  network: Network,
  precision: Precision = 'f64',
): (...samples: readonly Point[]) => Computed {
  const { batch } = network
  const fields = fieldsOf(network, batchExtent(batch))
  const each = new Set(
    network.data.flatMap(({ symbol: { name, samples } }) => (samples === undefined ? [] : [name])),
  )
  return (...points) => {
    const samples = samplesOf(network, points)
    const param = (name: string): readonly number[] => samples[0]!.values.get(name)!.data
    const batched = (name: string): readonly number[] =>
      each.has(name) ? samples.flatMap((s) => s.values.get(name)!.data) : param(name)
    const grads = module.zeros()
    const hyper = hyperOf(network, ({ name }) => param(name), precision)
    const loss = module.backward(
      fill(fields.params, param, precision),
      fill([...fields.inputs, ...fields.targets], batched, precision),
      grads,
      hyper,
    )
    const found = (gradientFields(network, fields) ?? fields.params).flatMap(({ name, item }) =>
      [...leaves(item)].map(({ leaf, path }) => [leaf.name, flat(at(fieldAt(grads, name), path))] as const),
    )
    return { loss, gradients: new Map(found) }
  }
}

/** Runs `forward` at a point, or at several samples of a batch: the outputs, flat. */
export function outputsOf(
  module: Module,
  network: Network,
  precision: Precision = 'f64',
): (...samples: readonly Point[]) => ReadonlyMap<string, readonly number[]> {
  const { batch } = network
  const fields = fieldsOf(network, batchExtent(batch))
  const each = new Set(
    network.data.flatMap(({ symbol: { name, samples } }) => (samples === undefined ? [] : [name])),
  )
  return (...points) => {
    const samples = samplesOf(network, points)
    const value = (name: string): readonly number[] => samples[0]!.values.get(name)!.data
    const given = (name: string): readonly number[] =>
      each.has(name) ? samples.flatMap((s) => s.values.get(name)!.data) : value(name)
    const found = module.forward(
      ...(takesParams(network) ? [fill(fields.params, value, precision)] : []),
      fill(fields.inputs, given, precision),
      undefined,
      hyperOf(network, ({ name }) => value(name), precision),
    )
    return new Map(
      fields.outputs.flatMap(({ name, item }) =>
        [...leaves(item)].map(({ leaf, path }) => [leaf.name, flat(at(fieldAt(found, name), path))] as const),
      ),
    )
  }
}

const at = (value: Numbers, path: readonly number[]): Numbers =>
  path.reduce<Numbers>((inner, i) => (inner as readonly Numbers[])[i]!, value)

/** What a call of a module gets as its hyperparameters. */
export const hyperOf = (
  { hypers }: Network,
  values: (symbol: Symbol) => readonly number[],
  precision: Precision = 'f64',
): Fieldful =>
  Object.fromEntries(
    hypers.map(({ symbol }) => {
      const list = values(symbol)
      const array = precision === 'f64' ? Float64Array : Float32Array
      return [symbol.name, symbol.shape.length === 0 ? list[0]! : array.from(list)]
    }),
  )

const flat = (value: Numbers): number[] => (typeof value === 'number' ? [value] : [...value].flatMap(flat))
