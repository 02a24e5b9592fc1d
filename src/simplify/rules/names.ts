import {
  MINUS_ONE,
  ONE,
  type Rational,
  isInteger,
  isMinusOne,
  isNegative,
  isOne,
  plus,
  power as powerOf,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../../graph/graph.ts'
import { type EquationNode, type Node, type ProductNode, isContraction, isSource } from '../../graph/node.ts'
import { ifShorter } from '../ask.ts'
import { type Product, flattened, nodeOf, productOf } from '../einsum.ts'
import type { Rule } from '../rule.ts'
import { commonFactor } from './algebra.ts'
import type { Solution } from '../solutions.ts'
import { asFactors, oppositeSum, withFactors } from '../terms.ts'

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
  around: readonly Factor[] = [],
): Generator<{ simple: boolean; candidate: Node }> {
  const factors = factorsOf(node)
  // Where the product is defined, what it divides by is not zero.
  const dividesBy = (h: Factor): boolean =>
    [...around, ...factors].some(
      (d) =>
        d.node === h.node &&
        isNegative(d.exponent) &&
        (h.labels.length === 0 || (factors.includes(d) && d.labels.join() === h.labels.join())),
    )
  for (const f of factors) {
    for (const solution of solutions(f.node)) {
      const named = byName(f, solution)
      const place = (h: Factor): Factor => ({ ...h, labels: h.labels.map((axis) => f.labels[axis]!) })
      if (!named || !solution.mayVanish.every((h) => dividesBy(place(h)))) continue
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
    for (const { candidate } of rewritten(g, f.node, solutions, factors))
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
const productBehind = (n: Node): boolean => isSource(n) && n.body.kind === 'product'

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

/** Where the factors of a named product stand among those of another one: the labels they have there, and what is left. */
interface Occurrence {
  /** Whether the sign of one of them, or of an odd number, is the opposite. */
  readonly negative: boolean
  readonly labels: ReadonlyMap<number, number>
  readonly left: readonly Factor[]
}

/** The factors without one that is `wanted`, to the power `sign`: what is left of its own power stays. */
function* taken(
  g: Graph,
  factors: readonly Factor[],
  wanted: Factor,
  sign: 1 | -1,
): Generator<{ factor: Factor; left: Factor[]; turned: boolean }> {
  const opposite = wanted.node.kind === 'sum' ? oppositeSum(g, wanted.node) : undefined
  const exponent = sign === 1 ? wanted.exponent : wanted.exponent.neg()
  for (const f of factors) {
    if (f.node !== wanted.node && f.node !== opposite) continue
    if (isNegative(f.exponent) !== isNegative(exponent)) continue
    // (y − a)ⁿ is ±(a − y)ⁿ.
    const turned = f.node === opposite
    if (turned && !isInteger(exponent)) continue
    const rest = plus(f.exponent, exponent.neg())
    const less = rest.equals(0) ? [] : [{ ...f, exponent: rest }]
    if (!rest.equals(0) && isNegative(rest) !== isNegative(exponent)) continue
    yield {
      factor: f,
      left: factors.flatMap((h) => (h === f ? less : [h])),
      turned: turned && !isInteger(exponent.div(2)),
    }
  }
}

/** All factors of `body` (to the power `sign`) among `factors`, with labels that fit. At most as deep as a body is long. */
export function find(
  g: Graph,
  wanted: readonly Factor[],
  sign: 1 | -1,
  { labels, left, negative }: Occurrence,
): Occurrence | undefined {
  const [first, ...others] = wanted
  if (!first) return { labels, left, negative }
  for (const { factor, left: rest, turned } of taken(g, left, first, sign)) {
    const bound = new Map(labels)
    const used = new Set(bound.values())
    const fits = first.labels.every((l, axis) => {
      const to = factor.labels[axis]!
      if (bound.has(l)) return bound.get(l) === to
      if (used.has(to)) return false
      bound.set(l, to)
      used.add(to)
      return true
    })
    const found = fits
      ? find(g, others, sign, { labels: bound, left: rest, negative: negative !== turned })
      : undefined
    if (found) return found
  }
  return undefined
}

/** The product with the factors of a formula replaced by its name; undefined where they are not all there. */
export function nameUsed(g: Graph, product: Product, body: Product, equation: Node): Node | undefined {
  const rank = body.shape.length
  for (const sign of body.extents.size > rank ? ([1] as const) : ([1, -1] as const)) {
    const found = find(g, body.factors, sign, { labels: new Map(), left: product.factors, negative: false })
    if (!found) continue
    const { labels, left, negative } = found
    // What the formula sums over must be summed here too, and by nothing else.
    const inner = [...labels].flatMap(([l, to]) => (l >= rank ? [to] : []))
    if (inner.some((to) => to < product.shape.length || left.some((f) => f.labels.includes(to)))) continue
    const scale = powerOf(body.coefficient, sign === 1 ? MINUS_ONE : ONE)
    if (!scale || body.shape.some((_, axis) => !labels.has(axis))) continue
    const name = {
      node: equation,
      labels: body.shape.map((_, axis) => labels.get(axis)!),
      exponent: sign === 1 ? ONE : MINUS_ONE,
    }
    const kept = [...product.extents].flatMap(([l, extent]) =>
      l >= product.shape.length && !inner.includes(l)
        ? [{ node: g.full(ONE, [extent]), labels: [l], exponent: ONE }]
        : [],
    )
    return nodeOf(g, {
      ...product,
      coefficient: times(product.coefficient, negative ? scale.neg() : scale),
      factors: [...left, name, ...kept],
    })
  }
  return undefined
}

export const names: readonly Rule[] = [
  {
    name: 'named product',
    zh: '用已命名的乘积表示',
    on: 'product',
    law: 'a·b·c = u·c where the program says u = a·b',
    example: 'param a[3], b[3], c[3]\nu = exp(a) * b\nloss J = sum(u) + sum(exp(a) * b * c)',
    rewrite: (node, c) => {
      if (node.kind !== 'product') return undefined
      for (const f of node.args)
        for (const equation of c.named(f, node)) {
          if (equation.body.kind !== 'product') continue
          const body = productOf(equation.body)
          const candidate = nameUsed(c.g, productOf(node), body, equation)
          if (!candidate) continue
          const { coefficient } = body
          const accepted =
            isOne(coefficient) || isMinusOne(coefficient) ? candidate : ifShorter(c, node, candidate)
          if (accepted) return accepted
        }
      // ((G Vᵀ) ⊙ P)𝟏 has the factors of O = P V, though not side by side.
      const flat = flattened(c.g, node) ?? productOf(node)
      for (const f of flat.factors)
        for (const equation of c.named(f.node, node)) {
          if (equation.body.kind !== 'product') continue
          const body = flattened(c.g, equation.body)
          if (!body && flat.factors.length === node.args.length) continue
          const candidate = nameUsed(c.g, flat, body ?? productOf(equation.body), equation)
          const shorter = ifShorter(c, node, candidate)
          if (shorter) return shorter
        }
      return undefined
    },
  },
  {
    name: 'named part of a product',
    zh: '用已命名的部分表示',
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
    zh: '代入定义',
    on: 'sum',
    law: 'Σx − n·m = 0 where the program says m = Σx/n',
    example: 'param x[3], y\nm = mean(x)\nloss J = y * (sum(x) - 3 * m) + y^2',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_TERMS) return undefined
      const terms = termsOf(node)
      const factors = new Set(terms.flatMap((t) => asFactors(t.node).factors.map((f) => f.node)))
      const meeting = [...factors].filter(
        (name) =>
          productBehind(name) &&
          asFactors((name as EquationNode).body).factors.some((f) => factors.has(f.node)),
      )
      // One after another, and all of them: r·cos²φ hides in x·cos φ as r·sin²φ does in y·sin φ.
      for (const names of [...meeting.map((name) => [name]), ...(meeting.length > 1 ? [meeting] : [])]) {
        const seen = terms.map((t) => ({
          ...t,
          node: names.reduce((n, name) => opened(c.g, n, name), t.node),
        }))
        // What the terms share is taken out before each by itself is written by a name again.
        const shared = node.constant.equals(0) ? commonFactor(c.g, seen, node.shape) : undefined
        const shorter =
          ifShorter(c, node, c.g.sum(seen, node.constant, node.shape)) ?? ifShorter(c, node, shared)
        if (shorter) return shorter
      }
      return undefined
    },
  },
  {
    name: 'sum of a named value',
    zh: '已命名值之和',
    on: 'product',
    law: 'Σu = 0 where the program says u = (x − m)·r, m the mean of x',
    example: 'param x[3], y\nm = mean(x)\nu = (x - m) * y\nloss J = y * sum(u) + y^2',
    trial: true,
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
