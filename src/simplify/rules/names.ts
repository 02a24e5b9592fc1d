import { ONE, type Rational, isInteger, isOne, power as powerOf, times } from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../../graph/graph.ts'
import { type EquationNode, type Node, type ProductNode, isContraction } from '../../graph/node.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import type { Solution } from '../solutions.ts'
import { asFactors, withFactors } from '../terms.ts'

/** f^x by the name: undefined where x is no whole multiple of the exponent that the equation has. */
function byName(
  f: Factor,
  { equation, exponent, coefficient, rest, axes }: Solution,
): { coefficient: Rational; factors: Factor[] } | undefined {
  const k = f.exponent.div(exponent)
  const scale = isInteger(k) ? powerOf(coefficient, k.neg()) : undefined
  if (!scale) return undefined
  return {
    coefficient: scale,
    factors: [
      { node: equation, labels: axes.map((axis) => f.labels[axis]!), exponent: k },
      ...rest.map((h) => ({
        node: h.node,
        labels: h.labels.map((axis) => f.labels[axis]!),
        exponent: times(h.exponent, k).neg(),
      })),
    ],
  }
}

/** The product with one factor written by the name, each way that the program's equations allow; simplest first. */
function* rewritten(
  g: Graph,
  node: ProductNode,
  solutions: (factor: Node) => readonly Solution[],
): Generator<{ simple: boolean; candidate: Node }> {
  const factors = factorsOf(node)
  for (const f of factors) {
    for (const solution of solutions(f.node)) {
      const named = byName(f, solution)
      if (!named) continue
      yield {
        simple: solution.rest.length === 0 && isOne(solution.coefficient),
        candidate: withFactors(
          g,
          node,
          factors.flatMap((h) => (h === f ? named.factors : [h])),
          times(node.coefficient, named.coefficient),
        ),
      }
    }
    if (f.node.kind !== 'product' || !isContraction(f.node) || !isInteger(f.exponent)) continue
    for (const { candidate } of rewritten(g, f.node, solutions))
      yield {
        simple: false,
        candidate: withFactors(
          g,
          node,
          factors.map((h) => (h === f ? { ...h, node: candidate } : h)),
        ),
      }
  }
}

/** What a name stands for, if that is a product: with it a term may meet another one. */
const productBehind = (n: Node): boolean =>
  n.kind === 'equation' && n.role === 'source' && n.body.kind === 'product'

/** The term with what one of its names stands for in its place. */
function opened(g: Graph, term: Node, name: Node): Node {
  const { coefficient, factors } = asFactors(term)
  return g.product(
    coefficient,
    factors.map((f) => (f.node === name ? { ...f, node: (name as EquationNode).body } : f)),
    term.shape.map((_, i) => i),
    term.shape,
  )
}

export const names: readonly Rule[] = [
  {
    name: 'named part of a product',
    on: 'product',
    law: 'f = u/r where the program says u = f·r, r ≠ 0',
    example: 'param a[3], y\nf = norm(a)\nloss J = f * y + y / (sum(a^2))^(3/2)',
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      for (const { simple, candidate } of rewritten(c.g, node, (f) => c.solutions(f, node))) {
        // A name for a whole power is always shorter.
        const accepted = simple ? candidate : ifShorter(c, node, candidate)
        if (accepted) return accepted
      }
      return undefined
    },
  },
  {
    name: 'through a name',
    on: 'sum',
    law: 'Σx − n·m = 0 where the program says m = Σx/n',
    example: 'param x[3], y\nm = mean(x)\nloss J = y * (sum(x) - 3 * m) + y^2',
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_TERMS) return undefined
      const terms = termsOf(node)
      const factors = new Set(terms.flatMap((t) => asFactors(t.node).factors.map((f) => f.node)))
      for (const name of factors) {
        if (!productBehind(name)) continue
        const inside = asFactors((name as EquationNode).body).factors
        if (!inside.some((f) => factors.has(f.node))) continue
        const shorter = ifShorter(
          c,
          node,
          c.g.sum(
            terms.map((t) => ({ ...t, node: opened(c.g, t.node, name) })),
            node.constant,
            node.shape,
          ),
        )
        if (shorter) return shorter
      }
      return undefined
    },
  },
  {
    name: 'sum of a named value',
    on: 'product',
    law: 'Σu = 0 where the program says u = (x − m)·r, m the mean of x',
    example: 'param x[3], y\nm = mean(x)\nu = (x - m) * y\nloss J = y * sum(u) + y^2',
    rewrite: (node, c) => {
      if (node.kind !== 'product' || !isContraction(node) || node.args.length !== 1) return undefined
      const u = node.args[0]!
      if (u.kind !== 'equation' || !isOne(node.exponents[0]!)) return undefined
      const { body } = u
      if (body.kind !== 'product') return undefined
      return ifShorter(
        c,
        node,
        withFactors(c.g, node, [{ node: body, labels: node.labels[0]!, exponent: ONE }]),
      )
    },
  },
]

const MOST_TERMS = 24
