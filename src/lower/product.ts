/** Chains of `*`, `/` and `@`, which share a precedence level, from the left: `A @ x * y / z`. */
import { MINUS_ONE, ONE, type Rational, isZero } from '../base/rational.ts'
import type { Shape } from '../graph/extent.ts'
import { constantValue } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { BinaryExpression, Expression } from '../syntax/tree.ts'
import { type Context, type Env, complain, operation } from './context.ts'
import { fittingProduct } from './fitting.ts'
import { PRODUCT, chain } from './fold.ts'
import { between, fitted, joined, small, texts } from './shapes.ts'

/** Elementwise factors that are multiplied in one step when the run of them ends. */
interface Run {
  shape: Shape
  readonly factors: { node: Node; exponent: Rational }[]
}

/** The value of a chain with these operands; undefined where shapes do not fit, which is reported. */
export function product(ctx: Context, env: Env, tree: Expression, values: readonly Node[]): Node | undefined {
  const { links } = chain(tree, PRODUCT)
  let run = begin(values[0]!)
  for (const [i, { operator, tree: whole, right }] of links.entries()) {
    const node = values[i + 1]!
    if (operator === '@') {
      const value = matrixProduct(ctx, env, finish(ctx, run), node, whole)
      if (!value) return undefined
      run = begin(value)
      continue
    }
    const divisor = operator === '/' ? constantValue(node) : undefined
    if (divisor && isZero(divisor)) return complain(ctx, env, 'division-by-zero', right.span, {})
    const shape = joined(ctx, env, operator, run.shape, node.shape, whole.span, (a, b) =>
      operator === '*' ? fittingProduct(whole, a, b) : undefined,
    )
    if (!shape) return undefined
    run.shape = shape
    run.factors.push({ node, exponent: operator === '/' ? MINUS_ONE : ONE })
  }
  return finish(ctx, run)
}

const begin = (node: Node): Run => ({ shape: node.shape, factors: [{ node, exponent: ONE }] })

function finish({ graph }: Context, { shape, factors }: Run): Node {
  if (factors.length === 1) return factors[0]!.node
  const axes = shape.map((_, axis) => axis)
  // A shorter factor carries the labels of the last axes: that stretches it.
  const labelled = factors.map(({ node, exponent }) => {
    const from = shape.length - node.shape.length
    // An axis of extent 1 that the others do not share is left out: that stretches it too.
    const single = node.shape.some((extent, axis) => extent !== shape[from + axis])
    return {
      node: single ? fitted(graph, node, shape) : node,
      exponent,
      labels: axes.slice(single ? 0 : from),
    }
  })
  return graph.noteWritten(
    graph.product(ONE, labelled, axes, shape),
    factors.map((f) => f.node),
  )
}

const FORMS: Readonly<Record<string, string>> = {
  '2,2': 'ij,jk->ik',
  '2,1': 'ij,j->i',
  '1,2': 'i,ij->j',
  '1,1': 'i,i->',
}

/** a @ b: matrix·matrix, matrix·vector, vector·matrix, or vector·vector, which is a scalar. */
function matrixProduct(ctx: Context, env: Env, a: Node, b: Node, tree: BinaryExpression): Node | undefined {
  const form = FORMS[`${a.shape.length},${b.shape.length}`]
  if (form === undefined) {
    const bad = a.shape.length === 1 || a.shape.length === 2 ? b : a
    return complain(ctx, env, 'wrong-shape', tree.span, {
      what: `The ${bad === a ? 'left' : 'right'} side of ${operation(env, '@')}`,
      expected: 'a matrix or a vector',
      found: texts(bad.shape),
      hint: bad.shape.length === 0 ? 'a product with a scalar is written *' : undefined,
    })
  }
  const inner = a.shape.length - 1
  if (a.shape[inner] !== b.shape[0]) {
    const what = operation(env, '@')
    return complain(ctx, env, 'shape-mismatch', tree.span, {
      what,
      left: texts(a.shape),
      right: texts(b.shape),
      axis: between(inner, a.shape[inner]!, 0, b.shape[0]!),
      hint: fittingProduct(tree, a.shape, b.shape),
    })
  }
  const out = [...a.shape.slice(0, -1), ...b.shape.slice(1)]
  if (!small(ctx, env, out, tree.span)) return undefined
  return ctx.graph.noteWritten(ctx.graph.einsum(form, a, b), [a, b])
}
