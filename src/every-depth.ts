/** Claims about members at a general index, judged for every length: by induction, and by numbers at some lengths. */
import { type Analysed, analyse } from './compiler/analyse.ts'
import { type AnalyseOptions, givenDims } from './compiler/run.ts'
import { type ClaimJudgement, type Effort, type Trial, derivedOf, judgeClaims, tryClaim } from './claims.ts'
import type { Span } from './base/span.ts'
import { Unsupported } from './derive/indices.ts'
import { Opened } from './derive/opened.ts'
import { dimsOf, extentText } from './graph/extent.ts'
import type { Graph } from './graph/graph.ts'
import { type GeneralClaim, type Network, openDims } from './graph/network.ts'
import type { Equality, Refutation } from './interpret/index.ts'
import { type ProofSteps, type Side, operationsOf, proofSteps, simplestSide } from './proofs.ts'
import { type Induction, inductively } from './simplify/induction.ts'

export interface GeneralJudgement extends ClaimJudgement {
  /** How it is proved for all lengths, if it is. */
  readonly induction: Induction | undefined
  /** The same case by case, in text. */
  readonly proof: () => ProofSteps | undefined
  /** The dims that stand for lengths: those by which ranges are open. */
  readonly lengths: readonly string[]
}

/** The lengths at which claims are tried: those at the ends of ranges are among them. */
const LENGTHS = [1, 2, 3, 5]
/** One more where there is no proof: what is right of short ones only may be wrong there. */
const LONGER = 8
/** Multiplications in high precision after which a claim is tried at no greater length. */
const TRYING = { brief: 4_000_000, full: 20_000_000 }

type Dims = ReadonlyMap<string, number>

/** What is known of a program some range of which is open. */
export interface Open {
  readonly graph: Graph
  readonly network: Network
}

/** The network for a general index, where there is one. */
export function openOf({ graph, mathematics, recurrent }: Analysed): Open | undefined {
  const network = recurrent?.network ?? mathematics?.written.network
  return network && network.general.length > 0 ? { graph, network } : undefined
}

/** Judges every claim of a program with an open range, in order. */
export async function judgeEveryDepth(
  text: string,
  options: AnalyseOptions,
  open: Open,
): Promise<GeneralJudgement[]> {
  const given = givenDims(options)
  const lengths = new Lengths(text, options)
  const judgements: GeneralJudgement[] = []
  for (const claim of open.network.general) judgements.push(await judged(open, claim, lengths, given))
  return judgements
}

async function judged(
  open: Open,
  claim: GeneralClaim,
  lengths: Lengths,
  given: Dims,
): Promise<GeneralJudgement> {
  const names = lengthsIn(open.network)
  const tries = (effort: Effort, at: readonly number[]): Promise<readonly Tried[]> =>
    triedAt(
      lengths,
      claim.span,
      at.map((length) => new Map([...given, ...names.map((name) => [name, length] as const)])),
      effort,
    )
  let tried = await tries('brief', LENGTHS)
  const opened = wrongIn(tried) ? undefined : openedOf(open)
  const induction = opened && (await provedFrom(open, opened, claim, lengths, given))
  if (!wrongIn(tried) && !induction) tried = await tries('full', [...LENGTHS, LONGER])
  const wrong = wrongIn(tried)
  const simplest = generallyDerived(open, induction)
  const where = claim.ranges.map(
    ({ index, from, to }) => `${index} in ${extentText(from)}..${extentText(to)}`,
  )
  const sizes = new Map<string, Dims>()
  for (const { at, equality } of tried)
    for (const d of equality.sizes.length > 0 ? equality.sizes : [new Map<string, number>()]) {
      const all = new Map([...at, ...d])
      sizes.set(keyOf(all), all)
    }
  const points = tried.reduce((sum, { equality }) => sum + equality.points, 0)
  const isTried = tried.length > 0 && tried.every(({ equality }) => equality.verdict === 'holds')
  const verdict = wrong ? 'refuted' : induction ? 'proved' : isTried && points > 0 ? 'holds' : 'unknown'
  const at = [...where, ...(claim.at === undefined ? [] : [claim.at])].join(', ')
  const length = wrong && [...wrong.at].map(([name, n]) => `${name} = ${n}`)
  return {
    span: claim.span,
    at: wrong
      ? [...length!, ...(wrong.place === undefined ? [] : [wrong.place])].join(', ')
      : at === ''
        ? undefined
        : at,
    verdict,
    ...(simplest === undefined
      ? lengths.derived(wrong ?? tried.at(-1))
      : { derived: simplest.text, derivedOperations: simplest.operations }),
    claimedOperations: operationsOf(claim.right, claim.sums),
    equality: {
      verdict: wrong ? 'refuted' : verdict === 'unknown' ? 'unknown' : 'holds',
      points,
      sizes: [...sizes.values()],
      work: tried.reduce((sum, { equality }) => sum + equality.work, 0),
    } as Equality,
    untried: verdict === 'unknown' ? tried.find(({ untried }) => untried !== undefined)?.untried : undefined,
    counterexample: wrong && withLengths(wrong.equality, wrong.at),
    induction,
    proof: () => induction && proofSteps(open.graph, open.network, claim, induction),
    lengths: names,
  }
}

/** The claim at one index of one length. */
interface Tried extends Trial {
  readonly at: Dims
  /** Which claim of the program at that length. */
  readonly index: number
  readonly place: string | undefined
}

const isWrong = (tried: Tried): tried is Tried & { readonly equality: Refutation } =>
  tried.equality.verdict === 'refuted'

const wrongIn = (tried: readonly Tried[]) => tried.find(isWrong)

/** At one length after another, until it is wrong or took too much. */
async function triedAt(
  lengths: Lengths,
  span: Span,
  all: readonly Dims[],
  effort: Effort,
): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  let spent = 0
  for (const at of all) {
    if (spent > TRYING[effort]) break
    const { mathematics } = lengths.analysed(at)
    const network = mathematics?.written.network
    for (const [index, claim] of network?.claims.entries() ?? []) {
      if (!isAt(claim.span, span)) continue
      const trial = await tryClaim(claim, network!, effort)
      const one = { ...trial, at, index, place: claim.at }
      tried.push(one)
      if (isWrong(one)) return tried
      spent += trial.equality.work
    }
  }
  return tried
}

/** The dims by which ranges are open, of blocks, of families and of claims. */
const lengthsIn = (network: Network): string[] =>
  [
    ...new Set([
      ...openDims(network),
      ...network.general.flatMap((c) =>
        [...c.ranges, ...c.sums.values()].flatMap(({ from, to }) => [...dimsOf(from), ...dimsOf(to)]),
      ),
    ]),
  ].filter((name) => typeof network.dims.get(name) === 'object')

const withLengths = (found: Refutation, at: Dims): Refutation => ({
  ...found,
  point: { ...found.point, dims: new Map([...at, ...found.point.dims]) },
})

function openedOf({ graph, network }: Open): Opened | undefined {
  try {
    return new Opened(graph, network)
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

/** An induction, where the lengths that are too short for it are proved one by one. */
async function provedFrom(
  { graph, network }: Open,
  opened: Opened,
  claim: GeneralClaim,
  lengths: Lengths,
  given: Dims,
): Promise<Induction | undefined> {
  const induction = inductively(graph, opened, claim)
  if (!induction) return undefined
  // Of what has no length of its own, such as a product of two, none is shortest.
  if (!induction.dims.every((name) => network.dims.has(name))) return undefined
  for (const name of induction.dims)
    for (let length = 1; length < induction.from; length++)
      if (!(await isProved(lengths, new Map([...given, [name, length]]), claim.span))) return undefined
  return induction
}

/** Whether a claim is proved at these lengths; other ranges may be open still. */
async function isProved(lengths: Lengths, at: Dims, span: Span): Promise<boolean> {
  const open = openOf(lengths.analysed(at))
  if (!open) return (await lengths.judged(at, span)).every(({ verdict }) => verdict === 'proved')
  const opened = openedOf(open)
  if (!opened) return false
  for (const claim of open.network.general)
    if (isAt(claim.span, span) && !(await provedFrom(open, opened, claim, lengths, at))) return false
  return true
}

const isAt = (a: Span, b: Span): boolean => a.start === b.start && a.end === b.end

/** What the left side comes to, in simplest form, in the case of the general index; nothing where there is no proof. */
function generallyDerived({ graph, network }: Open, induction: Induction | undefined): Side | undefined {
  const general = induction?.cases.find(({ range }) => range) ?? induction?.cases[0]
  return general && simplestSide(graph, network, general.left, general.sums)
}

/** The program at known lengths, each analysed and judged once. */
class Lengths {
  readonly #text: string
  readonly #options: AnalyseOptions
  readonly #analysed = new Map<string, Analysed>()
  readonly #judged = new Map<string, Promise<readonly ClaimJudgement[]>>()

  constructor(text: string, options: AnalyseOptions) {
    this.#text = text
    this.#options = options
  }

  analysed(dims: Dims): Analysed {
    const key = keyOf(dims)
    let found = this.#analysed.get(key)
    if (!found) {
      found = analyse(this.#text, { ...this.#options, dims, observe: undefined, recurrences: true })
      this.#analysed.set(key, found)
    }
    return found
  }

  /** What the left side of a claim comes to at its length. */
  derived(tried: Tried | undefined): Pick<ClaimJudgement, 'derived' | 'derivedOperations'> {
    const { graph, mathematics } = tried ? this.analysed(tried.at) : {}
    return mathematics ? derivedOf(graph!, mathematics, tried!.index) : { derived: '', derivedOperations: 0 }
  }

  /** The claims of one statement; none at lengths at which the program says nothing. */
  async judged(dims: Dims, span: Span): Promise<readonly ClaimJudgement[]> {
    const key = keyOf(dims)
    let found = this.#judged.get(key)
    if (!found) {
      const { graph, mathematics } = this.analysed(dims)
      found = mathematics ? judgeClaims(graph, mathematics) : Promise.resolve([])
      this.#judged.set(key, found)
    }
    return (await found).filter((judgement) => isAt(judgement.span, span))
  }
}

const keyOf = (dims: Dims): string =>
  [...dims]
    .map(([name, n]) => `${name}=${n}`)
    .sort()
    .join()
