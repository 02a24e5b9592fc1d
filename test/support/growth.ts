/** What the routines of a program cost, as polynomials in its dims. */
import { toNumber } from '../../src/base/rational.ts'
import { analyse } from '../../src/compile.ts'
import { type Extent, addExtents, dimsOf, multiplyExtents } from '../../src/graph/extent.ts'
import type { Derived } from '../../src/graph/network.ts'
import { withTermNames } from '../../src/print/index.ts'
import { batch } from '../../src/schedule/batch.ts'
import { routineOperations } from '../../src/schedule/growth.ts'
import { loopRoutine } from '../../src/schedule/routine.ts'
import { Outside } from '../../src/schedule/storage.ts'
import { TUNING } from '../../src/schedule/tuning.ts'
import { specialise } from '../../src/simplify/index.ts'
import { rootsOf, valuesOf, withRoots } from '../../src/stages.ts'

export interface Counts {
  readonly loss: Extent
  /** Loss and gradients. */
  readonly backward: Extent
  /** The outputs. */
  readonly forward: Extent
  /** The entries of all gradients, which are written whatever they cost. */
  readonly entries: Extent
}

/** What was asked for last, which is asked for again: by `opened`, and to be counted. */
let last: { readonly text: string; readonly found: Derived | string } | undefined

/** The forms for running, or the code of the error for which there are none. */
function specialised(text: string): Derived | string {
  if (last?.text !== text) last = { text, found: derived(text) }
  return last.found
}

function derived(text: string): Derived | string {
  const { graph, mathematics, diagnostics } = analyse(text)
  if (!mathematics) return diagnostics.find(({ severity }) => severity === 'error')!.code
  const { written, simplified } = mathematics
  const named = withRoots(simplified, withTermNames(graph, written, rootsOf(simplified)))
  return withRoots(named, specialise(graph, rootsOf(named), valuesOf(named)))
}

/** The program with its dims left open: all of them, or those that can be. */
export function opened(text: string): string {
  const names = [...text.matchAll(/^dim\s+(.*)$/gm)].flatMap((line) =>
    [...line[1]!.matchAll(/([\p{L}\w]+)\s*=\s*\d+/gu)].map((found) => found[1]!),
  )
  const open = (from: string, name: string): string =>
    from.replace(new RegExp(`(^dim\\b.*?(?<![\\p{L}\\w])${name})\\s*=\\s*\\d+`, 'mu'), '$1')
  const all = names.reduce(open, text)
  const runs = (text: string): boolean => typeof specialised(text) !== 'string'
  if (runs(all)) return all
  return names.reduce((current, name) => {
    const next = open(current, name)
    return runs(next) ? next : current
  }, text)
}

/** Counted in the loops that are made of it. Throws where there are none. */
export function countsOf(text: string): Counts {
  const found = specialised(text)
  if (typeof found === 'string') throw new Error(`${found} in ${text}`)
  const batched = batch(found)
  const count = (name: 'loss' | 'backward' | 'forward'): Extent =>
    routineOperations(loopRoutine(name, batched, new Outside(), TUNING))
  const entries = found.network.params.reduce<Extent>(
    (sum, { symbol }) => addExtents(sum, symbol.shape.reduce(multiplyExtents, 1)),
    0,
  )
  return { loss: count('loss'), backward: count('backward'), forward: count('forward'), entries }
}

const termsOf = (e: Extent): readonly { coefficient: number; dims: ReadonlyMap<string, number> }[] =>
  typeof e === 'number'
    ? [{ coefficient: e, dims: new Map() }]
    : e.terms.map((t) => ({ ...t, coefficient: toNumber(t.coefficient) }))

const powers = (dims: ReadonlyMap<string, number>): number => [...dims.values()].reduce((a, b) => a + b, 0)

/** In one dim, or in all together. */
const degree = (e: Extent, dim?: string): number =>
  Math.max(...termsOf(e).map(({ dims }) => (dim === undefined ? powers(dims) : (dims.get(dim) ?? 0))))

/** The longest dim, and the others where one is far longer. */
const LONG = 1e6
const SHORT = 16

/** With all dims long, or one of them. */
export const valueAt = (e: Extent, long?: string): number =>
  termsOf(e).reduce(
    (sum, { coefficient, dims }) =>
      sum +
      [...dims].reduce(
        (product, [dim, power]) => product * (long === undefined || dim === long ? LONG : SHORT) ** power,
        coefficient,
      ),
    0,
  )

/** What is wrong with what `more` costs beside `less`: where it grows faster, or is over so many times as much. */
export function excess(less: Extent, more: Extent, times: number): string[] {
  const dims = [...new Set([...dimsOf(less), ...dimsOf(more)])]
  const faster = dims.filter((dim) => degree(more, dim) > degree(less, dim))
  const ratio = Math.max(...[undefined, ...dims].map((long) => valueAt(more, long) / valueAt(less, long)))
  return [
    ...faster.map((dim) => `grows faster in ${dim}`),
    ...(degree(more) > degree(less) ? ['grows faster'] : []),
    ...(dims.length > 0 && ratio > times ? [`${ratio.toFixed(1)} times as much`] : []),
  ]
}
