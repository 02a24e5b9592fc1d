/** An author's formulas, judged: proved by the rules, or tried at points, and compared in length with what we derive. */
import type { Mathematics } from './compile.ts'
import { toNumber } from './base/rational.ts'
import type { Span } from './base/span.ts'
import type { Graph } from './graph/graph.ts'
import { type Node, type Symbol, peel } from './graph/node.ts'
import { type Equality, EvaluationError, type Refutation, equalAtPoints } from './interpret/index.ts'
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

/** Judges every claim of a program, in order. */
export async function judgeClaims(g: Graph, mathematics: Mathematics): Promise<ClaimJudgement[]> {
  const { written, simplified } = mathematics
  const judgements: ClaimJudgement[] = []
  for (const [i, claim] of written.network.claims.entries())
    judgements.push(await judge(g, mathematics, claim, simplified.network.claims[i]!))
  return judgements
}

type Claim = Mathematics['written']['network']['claims'][number]

async function judge(
  g: Graph,
  { written: { network }, simplified }: Mathematics,
  claim: Claim,
  expanded: Claim,
): Promise<ClaimJudgement> {
  const equations = simplified.network.equations.map(({ node }) => node)
  const simplest = shortest(g, expanded.left, equations)
  const defaults = new Map<Symbol, number>(network.hypers.map((h) => [h.symbol, toNumber(h.value)]))
  // The judge takes derivatives by itself, in forward mode: it sees the claim as it is written.
  const { equality, untried } = await atPoints(claim, (s) => defaults.get(s) || undefined)
  const work = proofWork()
  const verdict =
    equality.verdict === 'refuted'
      ? 'refuted'
      : [simplest, expanded.left].some((left) => proves(g, left, expanded.right, equations, claim, work))
        ? 'proved'
        : equality.verdict
  return {
    span: claim.span,
    verdict,
    derived: toText(expression(g, peel(simplest), network).layout),
    claimedOperations: readingCost(claim.right),
    derivedOperations: readingCost(simplest),
    equality,
    untried,
    counterexample: equality.verdict === 'refuted' ? equality : undefined,
  }
}

/** What points say; nothing, where a function without a body has no values, or where values are too many. */
async function atPoints(
  { left, right, domain }: Claim,
  fixed: (symbol: Symbol) => number | undefined,
): Promise<{ equality: Equality; untried: string | undefined }> {
  try {
    return { equality: await equalAtPoints(left, right, { fixed, domain }), untried: undefined }
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return { equality: { verdict: 'unknown', points: 0, sizes: [] }, untried: error.message }
  }
}

/** The simplest form, with the program's names or without. */
function shortest(g: Graph, node: Node, equations: Parameters<typeof simplify>[2]): Node {
  const [named] = simplify(g, [node], equations).roots
  const [bare] = simplify(g, [writtenOut(g, node)], equations).roots
  return readingCost(bare!) < readingCost(named!) ? bare! : named!
}
