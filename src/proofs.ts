/** How a claim was proved for every length, case by case, in text. */
import { extentText, openExtent } from './graph/extent.ts'
import type { Graph } from './graph/graph.ts'
import type { GeneralClaim, IndexSum, Network } from './graph/network.ts'
import type { Node } from './graph/node.ts'
import { reindex } from './graph/reindex.ts'
import { topological } from './graph/traverse.ts'
import { expression, toText } from './print/index.ts'
import { readingCost, simplify } from './simplify/index.ts'
import type { Case, Induction } from './simplify/induction.ts'

/** What is equal by the rules, written out. */
export interface ProofCase {
  /** `base` and `step` of an induction; of a proof without one every case is a `case` by itself. */
  readonly kind: 'base' | 'step' | 'case'
  /** `l = L`, or `l = 1..L-1` of a general index; null where there is no index. */
  readonly at: string | null
  readonly left: string
  readonly right: string
  /** The claim at neighbouring indices, which a step uses. */
  readonly given: readonly { readonly left: string; readonly right: string }[]
  /** Of sums: the cases of their terms, whose difference is zero. */
  readonly terms: readonly ProofCase[]
}

export interface ProofSteps {
  /** How many indices further the claim is used, and at how many; null without induction. */
  readonly induction: { readonly step: 1 | -1; readonly back: 1 | 2 } | null
  /** From which length of which dims on the cases are a proof; shorter ones are proved one by one. */
  readonly dims: readonly string[]
  readonly from: number
  readonly cases: readonly ProofCase[]
}

/** A side with the sums in it, in simplest form. */
export interface Side {
  readonly text: string
  readonly operations: number
}

/** Indices of sums that the program has no name for. */
const LETTERS = ['k', 'i', 'j', 'm', 'r', 's']

type Sums = ReadonlyMap<Node, IndexSum>

export function proofSteps(
  g: Graph,
  network: Network,
  claim: GeneralClaim,
  { cases, way, dims, from }: Induction,
): ProofSteps {
  const told = (list: readonly Case[], own: string | undefined, way: Induction['way']): ProofCase[] => {
    const index = own ?? list.find(({ range }) => range)?.range?.index
    return list.map(({ at, range, left, right, given, sums, terms }) => {
      const side = (node: Node): string => simplestSide(g, network, node, sums).text
      const where = range
        ? `${extentText(range.from)}..${extentText(range.to)}`
        : at !== undefined && extentText(at)
      return {
        kind: !way ? 'case' : given.length > 0 ? 'step' : 'base',
        at: index !== undefined && where !== false ? `${index} = ${where}`.replaceAll("'", '') : null,
        left: side(left),
        right: side(right),
        given: given.map((e) => ({ left: side(e.left), right: side(e.right) })),
        terms: told(terms, undefined, undefined),
      }
    })
  }
  return { induction: way ?? null, dims, from, cases: told(cases, claim.ranges[0]?.index, way) }
}

/** What a side comes to, terms of its sums as well. */
export function simplestSide(g: Graph, network: Network, node: Node, sums: Sums): Side {
  const equations = network.equations.map((e) => e.node)
  const simplest = (root: Node): Node => simplify(g, [root], equations).roots[0]!
  const shown = new Map<Node, IndexSum>()
  const taken = new Set(network.dims.keys())
  // Sums that the chain rule makes have an index of their own, t', which is set as a letter.
  const letter = (index: string): string => {
    const found = index.includes("'") ? LETTERS.find((l) => !taken.has(l)) : undefined
    taken.add(found ?? index)
    return found ?? index
  }
  const reached = (root: Node): void => {
    for (const n of topological([root])) {
      const sum = sums.get(n)
      if (!sum || shown.has(n)) continue
      const index = letter(sum.index)
      const [body] = reindex(g, [sum.node], sum.index, openExtent(index))
      const term = { ...sum, index, node: simplest(body!) }
      shown.set(n, term)
      reached(term.node)
    }
  }
  const root = simplest(node)
  reached(root)
  return { text: toText(expression(g, root, network, shown).layout), operations: operationsOf(root, shown) }
}

/** Operations, with those of the terms of sums, which are one more each. */
export function operationsOf(root: Node, sums: Sums): number {
  return topological([root]).reduce((total, n) => {
    const sum = sums.get(n)
    return sum ? total + 1 + operationsOf(sum.node, sums) : total
  }, readingCost(root))
}
