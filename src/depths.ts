/** Formulas for a general depth, judged: expanded at some depths, they must give what the unrolled network does. */
import { type AnalyseOptions, analyse, givenDims } from './compile.ts'
import type { Recurrent } from './derive/recurrences.ts'
import { openDims } from './graph/network.ts'
import { doubles, evaluateAll, expandRecurrences, holdsAt, pointFor } from './interpret/index.ts'
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

/** The recurrences against the gradients of the unrolled network, at random points, at several depths. */
export function checkDepths(
  text: string,
  options: AnalyseOptions,
  recurrent: Recurrent,
  seed = 1,
): DepthCheck[] {
  return DEPTHS.flatMap((depth) => {
    const depths = new Map(openDims(recurrent.network).map((name) => [name, depth]))
    if (!holdsAt(recurrent, depths)) return []
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
    const values = new Map([...point.values, ...equations.map((e) => [e.name, all.get(e.node)!] as const)])
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
