import { ONE, times } from '../base/rational.ts'
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import type { Symbol } from '../graph/node.ts'
import { type EquationNode, type Node, type ProductNode, isContraction, isPureProduct } from '../graph/node.ts'
import { readingCost } from '../simplify/index.ts'
import type { Order } from './order.ts'

/** A scalar error term is written out where the whole formula then has at most so many operations. */
const MOST_OPERATIONS = 12

type Gradients = ReadonlyMap<Symbol, Node>
export const isAdjoint = (n: Node): n is EquationNode => n.kind === 'equation' && n.role === 'adjoint'

/** The nodes of formulas and of the error terms in them, arguments first; equations of the program are leaves. */
export function formulaNodes(roots: Iterable<Node>): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { node: Node; next: number }[] = []
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    stack.push({ node: root, next: 0 })
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const leaf = top.node.kind === 'equation' && top.node.role === 'source'
      const arg = leaf ? undefined : top.node.args[top.next++]
      if (arg === undefined) {
        order.push(top.node)
        stack.pop()
      } else if (!seen.has(arg)) {
        seen.add(arg)
        stack.push({ node: arg, next: 0 })
      }
    }
  }
  return order
}

/** The gradients as they are to be printed: short scalar error terms written out, long anonymous ones named. */
export function prepare(g: Graph, order: Order, gradients: Gradients): Map<Symbol, Node> {
  return nameParts(g, order, writeOut(g, gradients))
}

/** Scalar error terms in the formulas that stay short with them. Linear: costs are added up before anything is made. */
function writeOut(g: Graph, gradients: Gradients): Map<Symbol, Node> {
  const full = new Map<Node, number>()
  const kept = new Map<Node, Node>()
  const written = new Map<Node, Node>()
  const formula = (n: Node): Node => written.get(n) ?? kept.get(n)!
  for (const n of formulaNodes(gradients.values())) {
    const open = isAdjoint(n) && n.shape.length === 0
    const leaf = n.kind === 'equation' && n.role === 'source'
    const inner = leaf || (isAdjoint(n) && !open) ? [] : n.args
    const cost = Math.min(MOST_OPERATIONS + 1, inner.reduce((sum, a) => sum + full.get(a)! - (isAdjoint(n) ? 0 : readingCost(a)), readingCost(n)))
    full.set(n, cost)
    const rebuilt = leaf ? n : isAdjoint(n) ? g.equation(n.name, formula(n.body), 'adjoint', n.of) : rebuild(g, n, a => kept.get(a)!)
    kept.set(n, rebuilt)
    if (cost <= MOST_OPERATIONS) written.set(n, open ? written.get((n as EquationNode).body)! : isAdjoint(n) || leaf ? rebuilt : rebuild(g, n, a => written.get(a)!))
  }
  return new Map([...gradients].map(([symbol, n]) => [symbol, formula(n)]))
}

const rebuild = (g: Graph, n: Node, image: (a: Node) => Node): Node => (n.args.length === 0 ? n : g.rebuild(n, n.args.map(image)))

// ——— error terms that the graph has no name for

/** The factors of a product that carry the same labels (scalars go with all of them). */
interface Part { readonly core: Node; readonly factors: readonly Factor[]; readonly rest: readonly Factor[] }

function partsOf(g: Graph, node: ProductNode, withScalars: boolean): Part[] {
  const groups = new Map<string, Factor[]>()
  const scalars: Factor[] = []
  for (const f of factorsOf(node)) {
    if (f.labels.length === 0) scalars.push(f)
    else {
      const key = [...new Set(f.labels)].sort((a, b) => a - b).join()
      groups.set(key, [...(groups.get(key) ?? []), f])
    }
  }
  const parts: Part[] = []
  for (const group of groups.values()) {
    const own = withScalars ? [...group, ...scalars] : group
    if (own.length < 2 || own.some(f => f.node.kind === 'basis' || f.node.kind === 'delta')) continue
    const labels = [...new Set(group.flatMap(f => f.labels))].sort((a, b) => a - b)
    const core = g.product(ONE, own, labels, labels.map(l => node.extents[l]!))
    parts.push({ core, factors: own, rest: factorsOf(node).filter(f => !own.some(h => h.node === f.node && h.labels === f.labels)) })
  }
  return parts
}

/** The products that a gradient is a sum of, each with what it is multiplied by. */
function productsIn(root: Node): { product: ProductNode; coefficient: typeof ONE }[] {
  const terms = root.kind === 'sum' ? root.args.map((node, i) => ({ node, coefficient: root.coefficients[i]! })) : [{ node: root, coefficient: ONE }]
  return terms.flatMap(({ node, coefficient }) => {
    if (node.kind !== 'product') return []
    const only = node.args[0]
    if (isPureProduct(node) && node.args.length === 1 && only!.kind === 'product' && isContraction(only!)) return [{ product: only as ProductNode, coefficient: times(coefficient, node.coefficient) }]
    return [{ product: node, coefficient: times(coefficient, node.coefficient) }]
  })
}

interface Named { readonly name: string; readonly coefficient: typeof ONE }

/**
 * δ for what a parameter's gradient is the outer product of: in xᵀ((δ W₂ᵀ) ⊙ h ⊙ (1 − h)) the error term of h's
 * argument has no equation, and so no name; it gets h's.
 */
function nameParts(g: Graph, order: Order, gradients: Gradients): Map<Symbol, Node> {
  const named = new Map<Node, Named>()
  const taken = new Set<string>()
  for (const [symbol, root] of gradients) {
    const name = order.userOf(symbol.name)
    if (symbol.shape.length < 2 || name === undefined || taken.has(name)) continue
    for (const { product, coefficient } of productsIn(root)) {
      if (product.shape.length < 2) continue
      const parts = partsOf(g, product, true).filter(p => p.rest.length > 0)
      const latest = (p: Part): number => Math.max(...p.factors.map(f => order.position(f.node)))
      const part = parts.sort((a, b) => latest(b) - latest(a))[0]
      if (!part || named.has(part.core) || latest(part) < order.placeOf(name) || Math.max(-1, ...part.rest.map(f => order.position(f.node))) > latest(part)) continue
      named.set(part.core, { name, coefficient })
      taken.add(name)
      break
    }
  }
  if (named.size === 0) return new Map(gradients)
  const image = new Map<Node, Node>()
  for (const n of formulaNodes(gradients.values())) {
    const leaf = n.kind === 'equation' && n.role === 'source'
    image.set(n, leaf ? n : (replaced(g, n, named, image) ?? rebuild(g, n, a => image.get(a)!)))
  }
  return new Map([...gradients].map(([symbol, n]) => [symbol, image.get(n)!]))
}

/** The product with its named part as an error term. */
function replaced(g: Graph, node: Node, named: ReadonlyMap<Node, Named>, image: ReadonlyMap<Node, Node>): Node | undefined {
  if (node.kind !== 'product') return undefined
  for (const withScalars of [true, false]) {
    for (const part of partsOf(g, node, withScalars)) {
      const found = named.get(part.core)
      if (!found) continue
      const fresh = (f: Factor): Factor => ({ ...f, node: image.get(f.node)! })
      const labels = [...new Set(part.factors.flatMap(f => f.labels))].sort((a, b) => a - b)
      const shape = labels.map(l => node.extents[l]!)
      const delta = g.equation(found.name, g.product(found.coefficient, part.factors.map(fresh), labels, shape), 'adjoint')
      const out = node.shape.map((_, i) => i)
      return g.product(times(node.coefficient, found.coefficient.inverse()), [{ node: delta, labels, exponent: ONE }, ...part.rest.map(fresh)], out, node.shape)
    }
  }
  return undefined
}
