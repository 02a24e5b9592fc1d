/** Numbers for everything that a module takes, of any network. */
import { type Extent, openExtent } from '../../../src/graph/extent.ts'
import type { Network } from '../../../src/graph/network.ts'
import { pathOf } from '../../../src/graph/member.ts'
import {
  type Branch,
  type Field,
  type Item,
  type Leaf,
  batchExtent,
  branches,
  fieldsOf,
  isFamily,
} from '../../../src/emit/fields.ts'
import type { Precision } from '../../../src/schedule/index.ts'
import { lengthOf } from '../../../src/interpret/evaluate.ts'
import type { Loose } from '../../schedule/built.ts'
import type { Given } from './run.ts'

const SAMPLES = 3
const LENGTH = 4

/** Smooth numbers of ordinary size; whole ones where these are wanted; every open dim has a length. */
export function given(network: Network, precision: Precision): Required<Given> {
  const lengths: Record<string, number> = {}
  for (const [name, extent] of network.dims) if (extent === openExtent(name)) lengths[name] = LENGTH
  if (typeof network.batch === 'string') lengths[network.batch] = SAMPLES
  const length = (e: Extent): number => lengthOf(e, new Map(Object.entries(lengths)))
  let n = 0
  const Real = precision === 'f64' ? Float64Array : Float32Array
  const number = (): number => Math.fround(Math.sin(++n * 12.9898) * 0.6)
  const leaf = ({ members, ...one }: Leaf): Loose =>
    members === undefined
      ? member(one)
      : (Array.from({ length: length(members) }, () => member(one)) as never)
  const member = ({ shape, end }: Leaf): Loose => {
    const size = shape.reduce<number>((p, e) => p * length(e), 1)
    const values = Array.from({ length: size }, (_, i) =>
      end === undefined ? number() : (7 * i + n++) % length(end),
    )
    if (shape.length === 0) return values[0]!
    return (end === undefined ? Real.from(values) : Int32Array.from(values)) as Loose
  }
  const item = (i: Item): Loose => (isFamily(i) ? i.map(item) : leaf(i))
  const object = (fields: readonly Field[]): Record<string, Loose> =>
    nested(branches(fields.map((f) => ({ path: pathOf(f.name), value: f.item }))))
  const nested = (all: readonly Branch<Item>[]): Record<string, Loose> =>
    Object.fromEntries(
      all.map((b) => [b.key, 'inner' in b ? (nested(b.inner) as never) : item(b.value)] as const),
    )
  const fields = fieldsOf(network, batchExtent(network.batch))
  const hyper: Record<string, Loose> = {}
  for (const { symbol, values } of network.hypers)
    hyper[symbol.name] = values
      ? symbol.shape.length === 0
        ? values[0]!.valueOf()
        : Real.from(values.map((v) => v.valueOf()))
      : symbol.shape.length === 0
        ? 0.3
        : Real.from(Array.from({ length: symbol.shape.reduce<number>((p, e) => p * length(e), 1) }, number))
  return {
    params: object(fields.params),
    data: object([...fields.inputs, ...fields.targets]),
    hyper,
    lengths,
  }
}
