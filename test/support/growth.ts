/** What the routines of a program cost, as polynomials in its dims. */
import { toNumber } from '../../src/base/rational.ts'
import { compile } from '../../src/compile.ts'
import { type Extent, dimsOf } from '../../src/graph/extent.ts'
import type { Derived } from '../../src/graph/network.ts'
import { batch } from '../../src/schedule/batch.ts'
import { routineOperations } from '../../src/schedule/growth.ts'
import { loopRoutine } from '../../src/schedule/routine.ts'
import { Outside } from '../../src/schedule/storage.ts'
import { TUNING } from '../../src/schedule/tuning.ts'

export interface Counts {
  readonly loss: Extent
  /** Loss and gradients. */
  readonly backward: Extent
  /** The outputs. */
  readonly forward: Extent
}

/** The forms for running; undefined where the program has none, as with an open depth. */
function specialised(text: string): Derived | undefined {
  let found: Derived | undefined
  compile(text, {
    formulas: false,
    observe: (stage, result) => {
      if (stage === 'specialise') found = result as Derived
    },
  })
  return found
}

/** The program with its dims left open: all of them, or those that can be. */
export function opened(text: string): string {
  const names = [...text.matchAll(/^dim\s+(.*)$/gm)].flatMap((line) =>
    [...line[1]!.matchAll(/([\p{L}\w]+)\s*=\s*\d+/gu)].map((found) => found[1]!),
  )
  const open = (from: string, name: string): string =>
    from.replace(new RegExp(`(^dim\\b.*?(?<![\\p{L}\\w])${name})\\s*=\\s*\\d+`, 'mu'), '$1')
  const all = names.reduce(open, text)
  if (specialised(all)) return all
  return names.reduce((current, name) => {
    const next = open(current, name)
    return specialised(next) ? next : current
  }, text)
}

/** Counted in the loops that are made of it; undefined where there is no code. */
export function countsOf(text: string): Counts | undefined {
  const derived = specialised(text)
  if (!derived) return undefined
  const batched = batch(derived)
  const count = (name: 'loss' | 'backward' | 'forward'): Extent =>
    routineOperations(loopRoutine(name, batched, new Outside(), TUNING))
  return { loss: count('loss'), backward: count('backward'), forward: count('forward') }
}

const termsOf = (e: Extent): readonly { coefficient: number; dims: ReadonlyMap<string, number> }[] =>
  typeof e === 'number'
    ? [{ coefficient: e, dims: new Map() }]
    : e.terms.map((t) => ({ ...t, coefficient: toNumber(t.coefficient) }))

const powers = (dims: ReadonlyMap<string, number>): number => [...dims.values()].reduce((a, b) => a + b, 0)

/** In one dim, or in all together. */
export const degree = (e: Extent, dim?: string): number =>
  Math.max(...termsOf(e).map(({ dims }) => (dim === undefined ? powers(dims) : (dims.get(dim) ?? 0))))

/** With the same length for all dims. */
export const valueAt = (e: Extent, length: number): number =>
  termsOf(e).reduce((sum, { coefficient, dims }) => sum + coefficient * length ** powers(dims), 0)

/** What is wrong with what `more` costs beside `less`: where it grows faster, or is over so many times as much. */
export function excess(less: Extent, more: Extent, times: number): string[] {
  const dims = [...new Set([...dimsOf(less), ...dimsOf(more)])]
  const faster = dims.filter((dim) => degree(more, dim) > degree(less, dim))
  const ratio = valueAt(more, 1e6) / valueAt(less, 1e6)
  return [
    ...faster.map((dim) => `grows faster in ${dim}`),
    ...(degree(more) > degree(less) ? ['grows faster'] : []),
    ...(dims.length > 0 && ratio > times ? [`${ratio.toFixed(1)} times as much`] : []),
  ]
}
