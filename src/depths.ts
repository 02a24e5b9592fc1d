/** Formulas for a general depth, judged: expanded at some depths, they must give what the unrolled network does. */
import { analyse } from './compiler/analyse.ts'
import { type AnalyseOptions, givenDims } from './compiler/run.ts'
import type { Recurrent } from './derive/recurrent.ts'
import { type FixedFamily, memberName, memberParts } from './graph/member.ts'
import { type Equation, type Network, openDims } from './graph/network.ts'
import { doubles, evaluateAll, expandRecurrences, holdsAt, pointFor } from './interpret/index.ts'
import type { Tensor } from './interpret/tensor.ts'
import { rootsOf } from './stages.ts'

/** The depths that are tried: those at the ends of ranges are among them. */
const DEPTHS = [1, 2, 3, 5]

/** The formulas at one depth. */
export interface DepthCheck {
  /** The open ranges and their lengths, `L = 2`. */
  readonly depths: ReadonlyMap<string, number>
  /** Of each gradient, by the names of the unrolled network. */
  readonly errors: ReadonlyMap<string, number>
}

/** The lengths of open ranges at which there are formulas to try, the largest last. */
export const depthsOf = (recurrent: Recurrent): ReadonlyMap<string, number>[] =>
  DEPTHS.map((depth) => new Map(openDims(recurrent.network).map((name) => [name, depth]))).filter((depths) =>
    holdsAt(recurrent, depths),
  )

/** The recurrences against the gradients of the unrolled network, at random points, at several depths. */
export function checkDepths(
  text: string,
  options: AnalyseOptions,
  recurrent: Recurrent,
  seed = 1,
): DepthCheck[] {
  return depthsOf(recurrent).flatMap((depths) => {
    const { mathematics } = analyse(text, {
      ...options,
      dims: new Map([...givenDims(options), ...depths]),
    })
    if (!mathematics) return []
    const { written } = mathematics
    const point = pointFor(written, seed)
    const { equations } = written.network
    const all = evaluateAll([...rootsOf(written), ...equations.map((e) => e.node)], point.values, doubles, {
      dims: point.dims,
    })
    const members = new Map([
      ...point.values,
      ...equations.flatMap((e) => [[e.name, all.get(e.node)!] as const, ...membersOf(e, all.get(e.node)!)]),
    ])
    const values = withFixed(members, recurrent.network)
    const found = expandRecurrences(recurrent, new Map([...depths, ...point.dims]), values)
    const errors = new Map<string, number>()
    for (const [{ name }, node] of written.gradients) {
      const wanted = all.get(node)!.data
      const mine = found.get(name)?.data ?? []
      const scale = Math.max(1e-300, ...wanted.map(Math.abs))
      errors.set(
        name,
        wanted.reduce((worst, w, i) => Math.max(worst, Math.abs((mine[i] ?? NaN) - w) / scale), 0),
      )
    }
    return [{ depths, errors }]
  })
}

/** The members of a family that is one tensor where its length is known. */
function membersOf({ name, along }: Equation, { shape, data }: Tensor<number>): [string, Tensor<number>][] {
  if (!along || typeof along.from !== 'number') return []
  const [count = 0, ...own] = shape
  const size = data.length / count
  return Array.from({ length: count }, (_, i) => [
    memberName(name, [(along.from as number) + i]),
    { shape: own, data: data.slice(i * size, (i + 1) * size) },
  ])
}

/** Members by the names that they have as those of families of their own. */
function withFixed(
  members: ReadonlyMap<string, Tensor<number>>,
  { fixed = new Map<string, FixedFamily>() }: Network,
): ReadonlyMap<string, Tensor<number>> {
  const all = new Map(members)
  for (const [name, { family, at }] of fixed)
    for (const [member, value] of members) {
      const parts = memberParts(member)
      if (parts?.family !== family || [...at].some(([i, number]) => parts.indices[i] !== number)) continue
      all.set(
        memberName(
          name,
          parts.indices.filter((_, i) => !at.has(i)),
        ),
        value,
      )
    }
  return withWholes(all)
}

/** Families whose members have one shape, as wholes too: formulas of recurrences may look at all of one. */
function withWholes(members: ReadonlyMap<string, Tensor<number>>): Map<string, Tensor<number>> {
  const families = new Map<string, [at: number, value: Tensor<number>][]>()
  for (const [name, value] of members) {
    const parts = memberParts(name)
    const [at, ...others] = parts?.indices ?? []
    if (typeof at === 'number' && others.length === 0)
      families.set(parts!.family, [...(families.get(parts!.family) ?? []), [at, value]])
  }
  const all = new Map(members)
  for (const [family, list] of families) {
    const [[, first]] = list as [[number, Tensor<number>]]
    if (all.has(family) || list.some(([, { shape }]) => shape.join() !== first.shape.join())) continue
    const data = list.sort(([a], [b]) => a - b).flatMap(([, value]) => [...value.data])
    all.set(family, { shape: [list.length, ...first.shape], data })
  }
  return all
}
