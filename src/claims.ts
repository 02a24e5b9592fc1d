/** An author's formulas, judged: proved by the rules, or tried at points, and compared in length with what we derive. */
import type { Mathematics } from './compiler/analyse.ts'
import type { Span } from './base/span.ts'
import type { Graph } from './graph/graph.ts'
import { type Network, keptDefaults } from './graph/network.ts'
import { type Node, peel } from './graph/node.ts'
import { isElement } from './graph/product.ts'
import {
  type EqualOptions,
  type Equality,
  EvaluationError,
  type Refutation,
  equalAtPoints,
  whereDifferent,
  areIdentical,
} from './interpret/index.ts'
import { expression, toText } from './print/index.ts'
import { readingCost, simplify } from './simplify/index.ts'
import { proofWork, proves, writtenOut } from './simplify/prove.ts'

/**
 * `proved`: equal by the rules; `holds`: equal in high precision at every point tried; `refuted`: different at a point;
 * `unknown`: no point was found at which both sides are finite, or a function in it has no values.
 */
export type Verdict = 'proved' | 'holds' | 'refuted' | 'unknown'

export interface ClaimJudgement {
  /** Where both sides stand in the program. */
  readonly span: Span
  /** Of one for each value of an index: which. */
  readonly at: string | undefined
  readonly verdict: Verdict
  /** What the left side comes to, in simplest form: never a name alone, but what it stands for. */
  readonly derived: string
  readonly claimedOperations: number
  readonly derivedOperations: number
  /** What points say of it. */
  readonly equality: Equality
  /** Why no point could be tried. */
  readonly untried: string | undefined
  /** A point at which the sides differ. */
  readonly counterexample: Refutation | undefined
}

/** The same program with other lengths for its dims; undefined where it has none with these. */
export type Resized = (dims: ReadonlyMap<string, number>) => Mathematics | undefined

/** Judges every claim of a program, in order. Where values are too many at its own sizes, smaller ones are tried. */
export async function judgeClaims(
  g: Graph,
  mathematics: Mathematics,
  resized?: Resized,
): Promise<ClaimJudgement[]> {
  const { written, simplified } = mathematics
  const judgements: ClaimJudgement[] = []
  for (const [i, claim] of written.network.claims.entries()) {
    const judgement = await judge(g, mathematics, claim, simplified.network.claims[i]!)
    judgements.push((resized && (await atSmallerSizes(judgement, i, written.network, resized))) ?? judgement)
  }
  return judgements
}

/**
 * What a claim that is too large comes to at small sizes, where it holds there. (Where it does not, it may be about its own
 * sizes only: that refutes nothing.)
 */
async function atSmallerSizes(
  judgement: ClaimJudgement,
  index: number,
  { dims }: Network,
  resized: Resized,
): Promise<ClaimJudgement | undefined> {
  if (judgement.verdict !== 'unknown' || judgement.untried === undefined) return undefined
  // Lengths that are equal stay so, and the longer one stays longer.
  const lengths = [...new Set([...dims.values()].filter((n) => typeof n === 'number'))].sort((a, b) => a - b)
  const small = new Map(
    [...dims].flatMap(([name, n]) =>
      typeof n === 'number' ? [[name, Math.min(n, 2 + lengths.indexOf(n))] as const] : [],
    ),
  )
  const other = small.size > 0 ? resized(small)?.written.network : undefined
  const claim = other?.claims[index]
  if (!claim) return undefined
  const { equality } = await tryClaim(claim, other)
  if (equality.verdict !== 'holds') return undefined
  const sizes = equality.sizes.length > 0 ? equality.sizes : [new Map<string, number>()]
  return {
    ...judgement,
    verdict: 'holds',
    equality: { ...equality, sizes: sizes.map((d) => new Map([...small, ...d])) },
  }
}

type Claim = Network['claims'][number]

/** What points alone say of a claim. */
export interface Trial {
  readonly equality: Equality
  /** Why no point could be tried. */
  readonly untried: string | undefined
}

/** How many points are tried; `brief`: a random one alone, beside a proof. */
export type Effort = 'brief' | 'full'

/** The judge takes derivatives by itself, in forward mode: it sees the claim as it is written. */
export const tryClaim = (claim: Claim, { hypers }: Network, effort: Effort = 'full'): Promise<Trial> =>
  atPoints(claim, { fixed: keptDefaults(hypers), ...(effort === 'brief' ? { seeds: 1, probes: 0 } : {}) })

async function judge(
  g: Graph,
  { written: { network }, simplified }: Mathematics,
  claim: Claim,
  expanded: Claim,
): Promise<ClaimJudgement> {
  const equations = simplified.network.equations.map(({ node }) => node)
  const simplest = shortest(g, claim.left, expanded.left, equations)
  const { equality: tried, untried } = await tryClaim(claim, network)
  const work = proofWork()
  const isProved = (): boolean =>
    [simplest, expanded.left].some((left) => proves(g, left, expanded.right, equations, claim, work))
  const { verdict, equality } =
    tried.verdict === 'refuted'
      ? { verdict: tried.verdict, equality: tried }
      : isProved()
        ? { verdict: 'proved' as const, equality: tried }
        : await asPolynomials(expanded, tried, network)
  return {
    span: claim.span,
    at: claim.at,
    verdict,
    derived: toText(expression(g, peel(simplest), network).layout),
    claimedOperations: readingCost(claim.right),
    derivedOperations: readingCost(simplest),
    equality,
    untried,
    counterexample: equality.verdict === 'refuted' ? equality : undefined,
  }
}

/** Where rules and points have not decided: whether the sides are equal as polynomials in variables, sines, cosines and exponentials. */
async function asPolynomials(
  { left, right }: Claim,
  tried: Equality,
  { hypers }: Network,
): Promise<{ readonly verdict: Verdict; readonly equality: Equality }> {
  const isSame = areIdentical(left, right)
  if (isSame === true) return { verdict: 'proved', equality: tried }
  if (isSame === undefined || tried.verdict !== 'unknown') return { verdict: tried.verdict, equality: tried }
  const found = await whereDifferent(left, right, { fixed: keptDefaults(hypers) })
  const equality = found ? { ...tried, ...found } : tried
  return { verdict: equality.verdict, equality }
}

/** What points say; nothing, where a function without a body has no values, or where values are too many. */
async function atPoints({ left, right, domain }: Claim, options: EqualOptions): Promise<Trial> {
  try {
    return { equality: await equalAtPoints(left, right, { ...options, domain }), untried: undefined }
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return { equality: { verdict: 'unknown', points: 0, sizes: [], work: 0 }, untried: error.message }
  }
}

/** What the left side of one of a program's claims comes to. */
export function derivedOf(
  g: Graph,
  { written: { network }, simplified }: Mathematics,
  index: number,
): Pick<ClaimJudgement, 'derived' | 'derivedOperations'> {
  const { claims, equations } = simplified.network
  const simplest = shortest(
    g,
    network.claims[index]!.left,
    claims[index]!.left,
    equations.map(({ node }) => node),
  )
  return {
    derived: toText(expression(g, peel(simplest), network).layout),
    derivedOperations: readingCost(simplest),
  }
}

const isNamed = (node: Node): boolean =>
  node.kind === 'equation' || (node.kind === 'product' && isElement(node) && node.args.some(isNamed))

/** Of a longer form nobody asks whether it is shorter without names, which takes as long as all else. */
const MOST_READ = 300

/** The simplest form, with the program's names or without; of a name or an entry of it what that stands for. */
function shortest(g: Graph, written: Node, node: Node, equations: Parameters<typeof simplify>[2]): Node {
  const [named] = simplify(g, [node], equations).roots
  if (isNamed(written)) {
    const plain = peel(named!)
    return readingCost(plain) > 0 ? plain : simplify(g, [writtenOut(g, plain)]).roots[0]!
  }
  if (readingCost(named!) > MOST_READ) return named!
  const [bare] = simplify(g, [writtenOut(g, node)], equations).roots
  return readingCost(bare!) < readingCost(named!) ? bare! : named!
}
