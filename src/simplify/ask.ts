import type { Node } from '../graph/node.ts'
import { readingCost } from './cost.ts'
import type { Context } from './rule.ts'

/** How much longer a candidate may be at first: what has exploded collapses no more, and to find that out is what takes long. */
export const isPromising = (candidate: number, cost: number): boolean =>
  candidate <= Math.min(3 * cost + 6, cost + 24)

/** Accepts a rewrite only if, simplified, it is shorter to read. */
export function ifShorter(c: Context, node: Node, candidate: Node | undefined): Node | undefined {
  if (!candidate || candidate === node) return undefined
  const cost = readingCost(node)
  const simplest = isPromising(readingCost(candidate), cost) ? c.simplest(candidate) : undefined
  return simplest && readingCost(simplest) < cost ? simplest : undefined
}
