/** Values as people give them, as tensors of what the program declares. */
import type { Extent } from '../graph/extent.ts'
import { familyOf, memberName, memberParts } from '../graph/member.ts'
import { type Network, defaultsOf } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { isCoupled } from '../derive/whole-batch.ts'
import { type Dims, lengthOf } from './evaluate.ts'
import { symbolsOf } from './points.ts'
import { type Tensor, sizeOfShape } from './tensor.ts'

/** A number, nested lists of numbers, or a flat row-major array where the shape is known. */
export type Value = number | ArrayLike<number> | readonly Value[]

/** Values by their names; those that an instance of a layer holds may stand in an object of it, as they do in modules. */
export type NamedValues = { readonly [name: string]: Value | NamedValues }

/** Values by their names alone: `W` in `hidden` is `hidden.W`. */
export function byName(values: NamedValues): Record<string, Value> {
  const found: [string, Value][] = []
  const work = Object.entries(values).reverse()
  for (let next = work.pop(); next; next = work.pop()) {
    const [name, value] = next
    if (name.length < LONGEST && isValues(value))
      for (const [key, inner] of Object.entries(value).reverse()) work.push([`${name}.${key}`, inner])
    else found.push([name, value as Value])
  }
  return Object.fromEntries(found)
}

/** Names are never so long: what nests deeper is no value. */
const LONGEST = 10_000

const isValues = (value: Value | NamedValues | null | undefined): value is NamedValues =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/**
 * The values that the roots need, by name, and the lengths of open dims. Hyperparameters have their defaults. Throws a
 * RangeError where a value is missing or does not fit.
 */
export function given(
  network: Network,
  roots: readonly Node[],
  written: NamedValues,
): { readonly tensors: Map<string, Tensor<number>>; readonly dims: Dims } {
  const values = byName(written)
  const defaults = defaultsOf(network.hypers)
  // Where samples have to do with one another, the values are of a batch.
  const batched = isCoupled(roots)
  const needed = symbolsOf(roots).map((symbol) =>
    batched && symbol.samples !== undefined
      ? { ...symbol, shape: [symbol.samples, ...symbol.shape] }
      : symbol,
  )
  const member = memberOf(network, values)
  const found = new Map(
    needed.map((symbol) => [symbol, member(symbol.name) ?? pick(symbol, values, defaults)]),
  )
  const dims = lengthsOf(network, found, values)
  return {
    tensors: new Map(needed.map((symbol) => [symbol.name, tensorOf(symbol, found.get(symbol)!, dims)])),
    dims,
  }
}

/** The value of a member where one is given for its family: nested lists, each from the first index that there is. */
function memberOf(
  { data, params }: Network,
  values: Readonly<Record<string, Value>>,
): (name: string) => Value | undefined {
  const ranges = new Map<string, { readonly first: number; readonly last: number }>()
  const places = (name: string): { readonly key: string; readonly index: number }[] => {
    const member = memberParts(name)
    return (member?.indices ?? []).map((index, axis) => ({
      key: axis === 0 ? member!.family : memberName(member!.family, member!.indices.slice(0, axis)),
      index: index as number,
    }))
  }
  for (const { symbol } of [...data, ...params])
    for (const { key, index } of places(symbol.name)) {
      const { first, last } = ranges.get(key) ?? { first: index, last: index }
      ranges.set(key, { first: Math.min(first, index), last: Math.max(last, index) })
    }
  return (name) => {
    const family = familyOf(name)
    if (family === name || Object.hasOwn(values, name) || !Object.hasOwn(values, family)) return undefined
    let value: Value | undefined = values[family]
    for (const { key, index } of places(name)) {
      const { first, last } = ranges.get(key)!
      const wanted = last - first + 1
      if (typeof value !== 'object' || value.length !== wanted)
        throw new RangeError(`the value of ${key} is not a list of ${wanted}, one for each index`)
      value = value[index - first]
    }
    return value
  }
}

function pick(
  { name, role, shape }: Symbol,
  values: Readonly<Record<string, Value>>,
  defaults: ReadonlyMap<string, readonly number[]>,
): Value {
  const own = defaults.get(name)
  const value = Object.hasOwn(values, name) ? values[name] : shape.length === 0 ? own?.[0] : own
  if (value === undefined) throw new RangeError(`no value is given for the ${role} ${name}`)
  return value
}

/** The lengths of open dims: where an axis is such a dim and nothing else, a nested list shows its length. */
function lengthsOf(
  network: Network,
  given: ReadonlyMap<Symbol, Value>,
  values: Readonly<Record<string, Value>>,
): Map<string, number> {
  const dims = new Map<string, number>()
  for (const [name, extent] of network.dims) {
    const value = values[name]
    if (typeof extent !== 'number' && typeof value === 'number') dims.set(name, value)
  }
  for (const [{ shape }, value] of given) {
    let inner: Value | undefined = value
    for (const extent of shape) {
      if (inner === undefined || typeof inner === 'number') break
      const dim = dimOf(extent)
      if (dim !== undefined && !dims.has(dim)) dims.set(dim, inner.length)
      inner = inner[0]
    }
  }
  return dims
}

function dimOf(extent: Extent): string | undefined {
  if (typeof extent === 'number' || extent.terms.length !== 1) return undefined
  const [{ coefficient, dims }] = extent.terms as [(typeof extent.terms)[number]]
  return coefficient.equals(1) && dims.size === 1 && [...dims.values()][0] === 1
    ? [...dims.keys()][0]
    : undefined
}

/** A value as a tensor of the symbol's shape. */
function tensorOf(symbol: Symbol, value: Value, dims: ReadonlyMap<string, number>): Tensor<number> {
  const { name, shape: extents, indexes, counts } = symbol
  const shape = extents.map((extent) => lengthOf(extent, dims))
  const data: number[] = []
  const walk = (part: Value | undefined, axis: number): void => {
    if (typeof part === 'number') data.push(part)
    else if (
      part === undefined ||
      axis >= shape.length ||
      (part.length !== shape[axis] && !(axis === 0 && part.length === sizeOfShape(shape)))
    )
      throw misfit()
    else for (let i = 0; i < part.length; i++) walk(part[i], axis + 1)
  }
  const misfit = (): RangeError =>
    new RangeError(
      shape.length === 0
        ? `the value of ${name} is not a single number`
        : `the value of ${name} does not have the shape [${shape.join(', ')}]`,
    )
  walk(value, 0)
  if (data.length !== sizeOfShape(shape)) throw misfit()
  const last =
    indexes !== undefined
      ? lengthOf(indexes, dims) - 1
      : counts !== undefined
        ? lengthOf(counts, dims)
        : undefined
  const wrong = last === undefined ? undefined : data.find((x) => !Number.isInteger(x) || x < 0 || x > last)
  if (wrong !== undefined)
    throw new RangeError(`the value of ${name} has ${wrong}, which is no whole number from 0 to ${last}`)
  return { shape, data }
}
