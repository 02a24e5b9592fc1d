import type { Span } from '../base/span.ts'
import { type Extent, type Shape, addExtents, dimsOf, openExtent } from '../graph/extent.ts'
import { memberName, memberParts, pathOf } from '../graph/member.ts'
import type { Symbol } from '../graph/node.ts'
import { type Initialiser, type Network, mainOf } from '../graph/network.ts'
import { type Expression, type ObjectField, at, member, num } from './tree.ts'

/** One tensor or number of the module's interface. */
export interface Leaf {
  /** Its name in the program: `x`, `W[2]`. */
  readonly name: string
  /** With the batch axis, where it has one. Rank 0 is a number, not an array. */
  readonly shape: Shape
  /** Whether its first axis is that of the batch. */
  readonly batched: boolean
  /** Of data that are whole numbers from 0 on: the first that is too large. */
  readonly end?: Extent | undefined
  /** Of a family that is one tensor: how many members it has, each of the shape; it is an array of them. */
  readonly members?: Extent | undefined
  /** The index of the first of these. */
  readonly first?: Extent | undefined
  readonly doc: string | undefined
  readonly span: Span
  /** Of a parameter. */
  readonly initialiser?: Initialiser | undefined
}

/** A field holds a leaf, or for a family an array by its first index. */
export type Item = Leaf | readonly Item[]

export interface Field {
  /** The name of the tensor or family: `hidden.W` is in the object `hidden`. */
  readonly name: string
  readonly item: Item
  readonly doc: string | undefined
}

/** The fields of the four objects that cross the border of a module. */
export interface Fields {
  readonly params: readonly Field[]
  readonly inputs: readonly Field[]
  readonly targets: readonly Field[]
  readonly outputs: readonly Field[]
}

export const isFamily = (item: Item): item is readonly Item[] => Array.isArray(item)

/** All leaves of an item in order, each with the indices (from 0) that lead to it. */
export function* leaves(
  item: Item,
  path: readonly number[] = [],
): Generator<{ leaf: Leaf; path: readonly number[] }> {
  if (isFamily(item)) for (const [i, inner] of item.entries()) yield* leaves(inner, [...path, i])
  else yield { leaf: item, path }
}

/** The same with the members of lists of known length one by one. */
export function* tensors(item: Item): Generator<{ leaf: Leaf; path: readonly number[] }> {
  for (const { leaf, path } of leaves(item)) {
    const { members, first, ...one } = leaf
    if (typeof members !== 'number' || first === undefined) yield { leaf, path }
    else
      for (let i = 0; i < members; i++)
        yield {
          leaf: { ...one, name: memberName(leaf.name, [addExtents(first, i)]) },
          path: [...path, i],
        }
  }
}

/** What stands in an object: a value, or an object of its own, which is an instance of a layer. */
export type Branch<T> =
  { readonly key: string; readonly value: T } | { readonly key: string; readonly inner: readonly Branch<T>[] }

/** Things by their names, in objects as their names have it: `hidden.W` is `W` in `hidden`. */
export function branches<T>(
  entries: readonly { readonly path: readonly string[]; readonly value: T }[],
): Branch<T>[] {
  const inside = new Map<string, { path: readonly string[]; value: T }[]>()
  const found: (() => Branch<T>)[] = []
  for (const { path, value } of entries) {
    const [key, ...rest] = path as [string, ...string[]]
    if (rest.length === 0) {
      found.push(() => ({ key, value }))
      continue
    }
    const known = inside.get(key)
    if (known) {
      known.push({ path: rest, value })
      continue
    }
    const own = [{ path: rest, value }]
    inside.set(key, own)
    found.push(() => ({ key, inner: branches(own) }))
  }
  return found.map((make) => make())
}

/** The fields of an object by their names, those of instances in objects of their own. */
export function objectFields(
  entries: readonly (readonly [name: string, value: Expression])[],
): ObjectField[] {
  const written = (all: readonly Branch<Expression>[]): ObjectField[] =>
    all.map((b) => ({
      key: b.key,
      value:
        'inner' in b ? { kind: 'object', fields: written(b.inner), broken: b.inner.length > 2 } : b.value,
    }))
  return written(branches(entries.map(([id, value]) => ({ path: pathOf(id), value }))))
}

/** `object.field[0][1]` */
export function access(object: Expression, field: string, path: readonly number[]): Expression {
  let expression = pathOf(field).reduce(member, object)
  for (const i of path) expression = at(expression, num(i))
  return expression
}

/** The name and the indices of a family's member, `W[2]` or `W[2,1]`; no indices for any other name. */
export function fieldOf(name: string): { field: string; indices: readonly number[] } {
  const member = memberParts(name)
  // Code is of known depth: all indices are numbers.
  return member
    ? { field: member.family, indices: member.indices as readonly number[] }
    : { field: name, indices: [] }
}

/** The fields of a network's objects. */
export function fieldsOf(network: Network, batch: Extent | undefined): Fields {
  const batched = (shape: Shape): Shape => (batch === undefined ? shape : [batch, ...shape])
  const given = ({ samples, shape, list }: Symbol): Shape => {
    const own = shape.filter((_, axis) => axis !== list?.axis)
    return samples === undefined ? own : [samples, ...own]
  }
  const data = (role: 'input' | 'target'): Field[] =>
    group(
      network.data
        .filter((d) => d.role === role)
        .map(({ symbol, doc, span }) => ({
          name: symbol.name,
          shape: given(symbol),
          batched: symbol.samples !== undefined,
          end: endOf(symbol),
          ...membersOf(symbol),
          doc,
          span,
        })),
    )
  const equations = new Map(network.equations.map((e) => [e.name, e]))
  const outputs = network.outputs.map(({ name, node }): Leaf => {
    const equation = equations.get(name)
    return {
      name,
      shape: batched(node.shape),
      batched: batch !== undefined,
      doc: equation?.doc,
      span: equation?.span ?? mainOf(network)!.span,
    }
  })
  const members = new Map<string, number>()
  for (const { name } of network.equations) {
    const { field } = fieldOf(name)
    members.set(field, (members.get(field) ?? 0) + 1)
  }
  return {
    params: group(
      network.params.map((p) => ({
        name: p.symbol.name,
        shape: given(p.symbol),
        batched: false,
        ...membersOf(p.symbol),
        doc: p.doc,
        span: p.span,
        initialiser: p.initialiser,
      })),
    ),
    inputs: data('input'),
    targets: data('target'),
    // One member of a larger family, say the last layer's a[4], is a tensor and no array of one.
    outputs: group(outputs).map((f) =>
      members.get(f.name) === 1 && !equations.has(f.name) ? f : { ...f, item: single(f.item) },
    ),
  }
}

/** The one tensor that a family has; a family of several as it is. */
function single(item: Item): Item {
  const [first, second] = leaves(item)
  return first && !second ? first.leaf : item
}

const membersOf = ({ shape, list }: Symbol): Pick<Leaf, 'members' | 'first'> =>
  list ? { members: shape[list.axis], first: list.from } : {}

/** The fields of what the loss is differentiated by, in that order; undefined where that is all parameters. */
export function gradientFields(network: Network, fields: Fields): readonly Field[] | undefined {
  const { wrt, params, losses = [] } = network
  const all = losses.length > 1 ? [...new Set(losses.flatMap((l) => l.wrt))] : wrt
  const asked = new Set(all.map(({ name }) => name))
  if (params.every(({ symbol }) => asked.has(symbol.name)) && asked.size === params.length) return undefined
  const hypers = network.hypers.map(({ symbol, doc, span }): Field => ({
    name: symbol.name,
    item: { name: symbol.name, shape: symbol.shape, batched: false, doc, span },
    doc,
  }))
  const known = [...fields.params, ...fields.inputs, ...fields.targets, ...hypers]
  return known.filter(({ item }) => [...leaves(item)].some(({ leaf }) => asked.has(leaf.name)))
}

/** The first whole number that index data, or counts, may not be. */
const endOf = ({ indexes, counts }: Symbol): Extent | undefined =>
  indexes ?? (counts === undefined ? undefined : addExtents(counts, 1))

/** The batch as an extent: the open dim of its name, a number, or none. */
export const batchExtent = (batch: Network['batch']): Extent | undefined =>
  typeof batch === 'string' ? openExtent(batch) : batch

interface Indexed {
  readonly indices: readonly number[]
  readonly leaf: Leaf
}

function group(all: readonly Leaf[]): Field[] {
  const fields = new Map<string, Indexed[]>()
  for (const leaf of all) {
    const { field, indices } = fieldOf(leaf.name)
    const known = fields.get(field)
    if (known) known.push({ indices, leaf })
    else fields.set(field, [{ indices, leaf }])
  }
  return [...fields].map(([name, members]) => ({
    name,
    item: nest(members, 0),
    doc: members[0]!.leaf.doc,
  }))
}

function nest(members: readonly Indexed[], depth: number): Item {
  if (members[0]!.indices.length <= depth) return members[0]!.leaf
  const byIndex = new Map<number, Indexed[]>()
  for (const m of members) {
    const index = m.indices[depth]!
    const known = byIndex.get(index)
    if (known) known.push(m)
    else byIndex.set(index, [m])
  }
  return [...byIndex].sort(([a], [b]) => a - b).map(([, inner]) => nest(inner, depth + 1))
}

/** Leaves alike that stand side by side in a family, their indices without gaps: one loop does for all of them. */
export interface Run {
  readonly from: number
  readonly length: number
  readonly first: Item
}

/** The members of a family as runs; a nested family is a run of its own. */
export function runs(items: readonly Item[], alike: (a: Leaf, b: Leaf) => boolean): Run[] {
  const found: Run[] = []
  for (const [i, item] of items.entries()) {
    const last = found.at(-1)
    if (
      last &&
      !isFamily(item) &&
      !isFamily(last.first) &&
      lastIndex(item) === lastIndex(last.first) + last.length &&
      alike(last.first, item)
    )
      found[found.length - 1] = { ...last, length: last.length + 1 }
    else found.push({ from: i, length: 1, first: item })
  }
  return found
}

/** The index of a member within its innermost family. */
export const lastIndex = (leaf: Leaf): number => fieldOf(leaf.name).indices.at(-1) ?? NaN

/** Runs shorter than this are written out. */
export const SHORT_RUN = 3

/** The path of every leaf by its name in the program: for the places of the kernels' buffers. */
export function paths(fields: readonly Field[]): Map<string, { field: string; path: readonly number[] }> {
  const found = new Map<string, { field: string; path: readonly number[] }>()
  for (const { name, item } of fields)
    for (const { leaf, path } of leaves(item))
      found.set(leaf.name, { field: name, path: leaf.members === undefined ? path : [...path, 0] })
  return found
}

/** The names of the open extents in fields. */
export function openDims(fields: readonly Field[]): Set<string> {
  const found = new Set<string>()
  for (const f of fields)
    for (const { leaf } of leaves(f.item))
      for (const e of [...leaf.shape, ...[leaf.end, leaf.members].flatMap((x) => x ?? [])])
        for (const d of dimsOf(e)) found.add(d)
  return found
}

/** An object of vectors: what it holds, and whether the call fills it. */
export interface VectorObject {
  readonly object: string
  readonly type: string
  readonly fields: readonly Field[]
  readonly filled: boolean
}
