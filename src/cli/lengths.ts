/** A program of open lengths, judged at several: its formulas for a general index, and the module that is built of it once, against the network with all members written out. */
import { type Analysed, type AnalyseOptions, type Mathematics, analyse } from '../compile.ts'
import { givenDims } from '../compiler/run.ts'
import { checkDepths } from '../depths.ts'
import { isCoupled, ofWholeBatch } from '../derive/whole-batch.ts'
import { dimsOf } from '../graph/extent.ts'
import { familyOf } from '../graph/member.ts'
import { type Derived, type Network, openDims } from '../graph/network.ts'
import { EvaluationError, gradientPoints } from '../interpret/index.ts'
import type { Made } from '../modules.ts'
import { rootsOf } from '../stages.ts'
import { type CodeCheck, checkCodeAt } from './emitted.ts'

/** The lengths that are tried. */
const LENGTHS = [1, 2, 3, 5]

export interface LengthsCheck {
  /** Those at which the formulas were expanded, and those at which the module was run. */
  readonly formulas: readonly Lengths[]
  readonly code: readonly Lengths[]
  /** By family, the largest relative error of its gradient. */
  readonly gradients: ReadonlyMap<string, { readonly formulas?: number; readonly code?: number }>
  /** Of the loss that the module returns. */
  readonly loss: number
}

export type Lengths = ReadonlyMap<string, number>

/**
 * Both at the lengths at which there is such a network. Throws an EvaluationError where nothing of it has values.
 *
 * @param made the module, where there is one
 */
export async function checkLengths(
  text: string,
  options: AnalyseOptions,
  { recurrent }: Analysed,
  made: Made | undefined,
): Promise<LengthsCheck> {
  const gradients = new Map<string, { formulas?: number; code?: number }>()
  const note = (by: 'formulas' | 'code', errors: ReadonlyMap<string, number>): void => {
    for (const [name, error] of errors) {
      const own = gradients.get(familyOf(name)) ?? {}
      // NaN is the largest.
      own[by] = Number.isNaN(error) || error > (own[by] ?? -1) ? error : own[by]!
      gradients.set(familyOf(name), own)
    }
  }
  const formulas = recurrent ? checkDepths(text, options, recurrent) : []
  for (const { errors } of formulas) note('formulas', errors)
  const open = recurrent ? openDims(recurrent.network) : made ? openIn(made.network) : []
  const code: Lengths[] = []
  let loss = 0
  if (made)
    for (const [k, length] of LENGTHS.entries()) {
      // Of several dims each has a length of its own, now one the longer and now another.
      const lengths = new Map(open.map((name, i) => [name, length + ((i + k) % open.length)]))
      const found = await codeAt(text, options, made, lengths)
      if (!found) continue
      code.push(lengths)
      note('code', found.gradients)
      loss = Number.isNaN(found.loss) ? NaN : Math.max(loss, found.loss)
    }
  return { formulas: formulas.map((f) => f.depths), code, gradients, loss }
}

/** The dims that a module reads from what it is given. */
const openIn = ({ batch, data, params }: Network): string[] =>
  [...new Set([...data, ...params].flatMap(({ symbol }) => symbol.shape.flatMap(dimsOf)))].filter(
    (name) => name !== batch,
  )

/** Undefined where the program is none with these lengths, or has no point with values. */
async function codeAt(
  text: string,
  options: AnalyseOptions,
  { module }: Made,
  lengths: Lengths,
): Promise<CodeCheck | undefined> {
  const { graph, mathematics } = analyse(text, {
    ...options,
    dims: new Map([...givenDims(options), ...lengths]),
  })
  if (!mathematics) return undefined
  const derived = wholeOf(graph, mathematics)
  try {
    const [point] = await gradientPoints(derived, { seeds: [`lengths ${[...lengths].join(' ')}`] })
    const zeros = (): ReturnType<typeof module.zeros> => module.zeros(Object.fromEntries(lengths))
    return await checkCodeAt({ ...module, zeros }, derived.network, derived, point!)
  } catch (error) {
    if (error instanceof EvaluationError) return undefined
    throw error
  }
}

/** What is judged: one sample, or where samples have to do with one another the batch as a whole. */
export const wholeOf = (graph: Analysed['graph'], { written }: Pick<Mathematics, 'written'>): Derived =>
  isCoupled(rootsOf(written)) ? ofWholeBatch(graph, written) : written
