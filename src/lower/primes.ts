/** f′(z): the derivative of a function of one number, entry by entry. */
import { MINUS_ONE, ONE, isZero, plus, times } from '../base/rational.ts'
import { sameShape } from '../graph/extent.ts'
import { type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'

/**
 * The derivative of an order of f at z; undefined where f is not computed entry by entry. Written in this way it is an expression
 * like any other, without a derivative left in it.
 */
export function primed(
  g: Graph,
  f: (u: Node) => Node | undefined,
  z: Node,
  order: number,
): { readonly value: Node | undefined } | undefined {
  // A name that no program has; of a shape of its own, since a name has one.
  const name = `argument of a derivative ${z.shape.map((e) => (typeof e === 'number' ? e : e.text)).join()}`
  const u = g.symbol({ name, role: 'input', shape: z.shape, assumptions: new Set() })
  let value = f(u)
  if (!value) return { value: undefined }
  for (let k = 0; k < order && value; k++) value = slope(g, value, u)
  return value && { value: substituted(g, value, u, z) }
}

/** ∂root/∂u, entry by entry; undefined where an entry of the root depends on other entries of u. */
function slope(g: Graph, root: Node, u: Node): Node | undefined {
  const tangents = new Map<Node, Node>([[u, g.full(ONE, u.shape)]])
  for (const node of topological([root])) {
    if (node === u || !node.args.some((arg) => tangents.has(arg))) continue
    const tangent = sameShape(node.shape, u.shape) ? tangentOf(g, node, tangents) : undefined
    if (!tangent) return undefined
    tangents.set(node, tangent)
  }
  return sameShape(root.shape, u.shape) ? (tangents.get(root) ?? g.full(ONE.sub(ONE), u.shape)) : undefined
}

function tangentOf(g: Graph, node: Node, tangents: ReadonlyMap<Node, Node>): Node | undefined {
  const changes = node.args.flatMap((arg, i) => {
    const tangent = tangents.get(arg)
    return tangent ? [{ tangent, i }] : []
  })
  const added = (parts: readonly Node[]): Node => g.addAll(parts, node.shape)
  switch (node.kind) {
    case 'equation':
      return tangents.get(node.body)
    case 'sum':
      return added(changes.map(({ tangent, i }) => g.scale(node.coefficients[i]!, tangent)))
    case 'product': {
      const axes = node.shape.map((_, axis) => axis)
      const whole = changes.every(({ i }) => node.labels[i]!.every((label, axis) => label === axis))
      if (!isPureProduct(node) || !whole) return undefined
      return added(
        changes.map(({ tangent, i }) => {
          const exponent = node.exponents[i]!
          const others = factorsOf(node).map((factor, k) =>
            k === i ? { ...factor, exponent: plus(exponent, MINUS_ONE) } : factor,
          )
          return g.product(
            times(node.coefficient, exponent),
            [
              ...others.filter((factor) => !isZero(factor.exponent)),
              { node: tangent, labels: axes, exponent: ONE },
            ],
            axes,
            node.shape,
          )
        }),
      )
    }
    case 'apply': {
      const { op, args } = node
      if (op.kind !== 'pointwise') return undefined
      return added(
        changes.map(({ tangent, i }) =>
          op.pull ? op.pull(g, args, node, tangent, i) : g.multiply(op.slope!(g, args, node, i), tangent),
        ),
      )
    }
    default:
      return undefined
  }
}

function substituted(g: Graph, root: Node, u: Node, z: Node): Node {
  const images = new Map<Node, Node>()
  for (const node of topological([root]))
    images.set(
      node,
      node === u
        ? z
        : g.rebuild(
            node,
            node.args.map((arg) => images.get(arg)!),
          ),
    )
  return images.get(root)!
}
