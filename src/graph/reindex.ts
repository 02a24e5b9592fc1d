import { bug } from '../base/bug.ts'
import type { Extent, Shape } from './extent.ts'
import { type Graph, formOf } from './graph.ts'
import { atIndex, memberName, nameAt } from './member.ts'
import type { Node, Symbol } from './node.ts'
import { NodeMap } from './node-map.ts'
import { topological } from './traverse.ts'

/** The symbol of a member at an index that may be general. */
export const memberSymbol = (role: Symbol['role'], family: string, at: Extent, shape: Shape): Symbol => ({
  name: memberName(family, [at]),
  role,
  shape,
  assumptions: new Set(),
  member: { family, indices: [at] },
})

/** The member of a list at an index, where a symbol is all of them. */
export const listMember = (symbol: Symbol, at: Extent): Symbol => ({
  ...symbol,
  ...memberSymbol(
    symbol.role,
    symbol.name,
    at,
    symbol.shape.filter((_, i) => i !== symbol.list!.axis),
  ),
  assumptions: symbol.assumptions,
  list: undefined,
})

/** A symbol with `to` in place of an index: W[l] at l+1 is W[l+1]. */
export function symbolAt(symbol: Symbol, index: string, to: Extent): Symbol {
  const shape = symbol.shape.map((e) => atIndex(e, index, to))
  if (!symbol.member) return { ...symbol, shape }
  const { family } = symbol.member
  const indices = symbol.member.indices.map((i) => atIndex(i, index, to))
  return { ...symbol, shape, name: memberName(family, indices), member: { family, indices } }
}

/**
 * The nodes with `to` in place of an index, in symbols and in extents: a body of a recurrence at another index.
 * `special` says what becomes of a node, before its arguments are looked at; undefined where that is the usual.
 */
export function reindex(
  g: Graph,
  roots: readonly Node[],
  index: string,
  to: Extent,
  special: (node: Node) => Node | undefined = () => undefined,
): Node[] {
  const image = new NodeMap<Node>()
  const given = new NodeMap<Node>()
  const isLeaf = (node: Node): boolean => {
    const replaced = given.get(node) ?? special(node)
    if (replaced) given.set(node, replaced)
    return replaced !== undefined
  }
  for (const node of topological(roots, isLeaf)) {
    const args = given.get(node) ? [] : node.args.map((a) => image.get(a)!)
    image.set(node, given.get(node) ?? rebuilt(g, node, args, index, to))
  }
  return roots.map((r) => image.get(r)!)
}

function rebuilt(g: Graph, node: Node, args: readonly Node[], index: string, to: Extent): Node {
  const shape = node.shape.map((e) => atIndex(e, index, to))
  switch (node.kind) {
    case 'constant':
      return node
    case 'symbol':
      return node.symbol.role === 'dim' && node.symbol.name === index
        ? g.extent(to)
        : g.symbol(symbolAt(node.symbol, index, to))
    case 'delta':
      return g.delta(atIndex(node.extent, index, to))
    case 'basis':
      return g.basis(atIndex(node.extent, index, to), node.index)
    case 'iota':
      return g.iota(atIndex(node.extent, index, to))
    case 'bracket': {
      const form = formOf(node, args)
      return g.bracket(node.relation, { ...form, offset: atIndex(form.offset, index, to) }, shape)
    }
    case 'equation':
      return g.equation(nameAt(node.name, index, to), args[0]!, node.role, node.of)
    case 'sum':
      return g.sum(
        args.map((a, i) => ({ node: a, coefficient: node.coefficients[i]! })),
        node.constant,
        shape,
      )
    case 'product':
      return g.product(
        node.coefficient,
        args.map((a, i) => ({ node: a, labels: node.labels[i]!, exponent: node.exponents[i]! })),
        shape.map((_, i) => i),
        shape,
      )
    case 'apply':
      if (node.op.kind === 'pointwise') return g.stretch(g.apply(node.op, args), shape)
      return node.op.kind === 'matrix'
        ? g.matrix(node.op, ...args)
        : g.reduce(node.op, args[0]!, node.axes, node.args[0]!.samples)
    case 'scan':
      return bug('a recurrence at a general index')
    case 'derivative':
      return g.derivative(args[0]!, args[1]!, args.slice(2))
  }
}
