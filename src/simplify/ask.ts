import type { Node } from '../graph/node.ts'
import { readingCost } from './cost.ts'
import type { Context } from './rule.ts'

/** Accepts a rewrite only if, simplified, it is shorter to read. */
export function ifShorter(c: Context, node: Node, candidate: Node | undefined): Node | undefined {
  if (!candidate || candidate === node) return undefined
  const simplest = c.simplest(candidate)
  return simplest && readingCost(simplest) < readingCost(node) ? simplest : undefined
}
