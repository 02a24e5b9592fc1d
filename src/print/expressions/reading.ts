import { ONE } from '../../base/rational.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Network } from '../../graph/network.ts'
import { type Node, isContraction } from '../../graph/node.ts'
import { isSelectOrZero } from './apply.ts'
import { type Item, ordered } from './factors.ts'
import { sign } from '../layout/layout.ts'
import { Order } from './order.ts'

/**
 * Nodes with their operands in the order in which they are printed, as somebody who works with the formula takes them:
 * doubles round in this order. They are for evaluating alone, and no nodes of the graph.
 */
export function readingOrder(g: Graph, network: Network): (node: Node) => Node {
  const order = new Order(g, network)
  return (node) => {
    const places = node.kind === 'product' || node.kind === 'sum' ? order.written(node) : undefined
    if (node.kind === 'sum' && places) return permuted(node, byPlace(places))
    if (node.kind !== 'product' || isContraction(node)) return node
    const items = node.args.map((arg, i): Item => ({
      layout: sign('·'),
      exponent: ONE,
      position: order.position(arg),
      mask: isSelectOrZero(arg) ? 1 : 0,
      rank: places?.[i],
      node: arg,
    }))
    const read = ordered(items)
    return permuted(
      node,
      read.map((item) => items.indexOf(item)),
    )
  }
}

const byPlace = (places: readonly number[]): number[] =>
  places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!)

function permuted(node: Node & { kind: 'sum' | 'product' }, by: readonly number[]): Node {
  const pick = <T>(list: readonly T[]): T[] => by.map((i) => list[i]!)
  return node.kind === 'sum'
    ? { ...node, args: pick(node.args), coefficients: pick(node.coefficients) }
    : { ...node, args: pick(node.args), labels: pick(node.labels), exponents: pick(node.exponents) }
}
