import {
  MINUS_ONE,
  ONE,
  type Rational,
  TWO,
  ZERO,
  isEven,
  isInteger,
  isNegative,
  isOne,
  isPositive,
  plus,
} from '../base/rational.ts'
import {
  type Factor,
  type Graph,
  type Term,
  constantValue,
  factorsOf,
  isZeroNode,
  termsOf,
} from '../graph/graph.ts'
import { isElement } from '../graph/product.ts'
import { type Node, isContraction, isPureProduct } from '../graph/node.ts'
import type { Operator, Pointwise } from '../graph/operator.ts'
import { isPositiveRange } from '../graph/range.ts'
import { abs, cos, eq, exp, log, lt, operators, sin } from '../ops/index.ts'
import { flattened, nodeOf } from './einsum.ts'
import { matrixProofs } from './matrix-proofs.ts'
import { renaming } from './renaming.ts'
import type { Rule } from './rule.ts'
import { sumAndPower } from './sum-and-power.ts'
import { multiplyOut } from './rules/cancelling.ts'
import { assumptions } from './rules/assumptions.ts'
import { overLeastDenominator } from './rules/factoring.ts'
import { matrixIdentities } from './rules/matrices.ts'
import { rootOfSquare } from './rules/piecewise.ts'
import { asFactors, asTerms, oppositeSum, withFactors } from './terms.ts'

/** Products of sums are multiplied out up to this number of terms. */
const MOST_TERMS = 600

const oneLess = (g: Graph, node: Node): Node => g.sum([{ coefficient: MINUS_ONE, node }], ONE, node.shape)
const e = (g: Graph, u: Node): Node => g.apply(exp, [u])
const less = (g: Graph, u: Node, v: Node): Node => g.apply(lt, [u, v])
const is = (n: Node, op: Operator): boolean => n.kind === 'apply' && n.op === op
const isRelation = (n: Node): boolean => is(n, lt) || is(n, eq)
/** Functions by what they are made of: exponentials, logarithms, sines and comparisons with zero are left. */
const definitions: readonly Rule[] = [...operators.values()].flatMap((op): Rule[] => {
  const { definition } = op as Partial<Pointwise>
  if (!definition) return []
  const { law, of, example } = definition
  const params = ['a', 'b', 'c'].slice(0, op.arity).join(', ')
  return [
    {
      name: `${op.name} by its definition`,
      zh: `${op.name} 的定义`,
      on: op.name,
      law,
      example: example ?? `param ${params}\nloss J = ${op.name}(${params})`,
      rewrite: (node, { g }) => {
        if (node.kind !== 'apply') return undefined
        const made = of(g, node.args, node.axes)
        return made.shape.length === node.shape.length ? made : g.broadcast(made, node.shape, [])
      },
    },
  ]
})

const powers: readonly Rule[] = [
  {
    name: 'exponential of a sum',
    zh: '和的指数',
    on: 'exp',
    law: 'exp(a·u + b·v) = exp(u)ᵃ·exp(v)ᵇ',
    example: 'param a, b\nloss J = exp(2 * a - b + 1)',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      const terms = u.kind === 'sum' ? termsOf(u) : u.kind === 'product' ? [scaledTerm(g, u)] : []
      const constant = u.kind === 'sum' ? u.constant : ZERO
      if (terms.length === 0 || (u.kind !== 'sum' && isOne(terms[0]!.coefficient))) return undefined
      const parts = terms.map((t) => ({ node: e(g, t.node), exponent: t.coefficient }))
      if (!constant.equals(0)) parts.push({ node: e(g, g.constant(ONE)), exponent: constant })
      return g.withFactors(ONE, parts, node.shape)
    },
  },
  {
    name: 'exponential and logarithm',
    zh: '指数与对数',
    on: 'exp',
    law: 'exp(log u) = u',
    example: 'input a : positive\nparam b\nloss J = b * exp(log(a))',
    rewrite: (node) => (is(node.args[0]!, log) ? node.args[0]!.args[0]! : undefined),
  },
  {
    name: 'exponential of a multiple of one',
    zh: '倍数的指数',
    on: 'exp',
    law: 'exp 0 = 1, exp c = (exp 1)ᶜ',
    example: 'param a\nloss J = a * exp(3)',
    rewrite: (node, { g }) => {
      const c = constantValue(node.args[0]!)
      return c && !isOne(c) ? g.broadcast(g.power(e(g, g.constant(ONE)), c), node.shape, []) : undefined
    },
  },
  {
    name: 'logarithm of a power',
    zh: '幂的对数',
    on: 'log',
    law: 'log(c·uᵃ·vᵇ) = log c + a·log u + b·log v, of |u| for an even a',
    example: 'input a : positive, b : positive\nparam c\nloss J = c * log(3 * a^2 / b) + log(a * c^2)',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      if (u.kind !== 'product' || !isPureProduct(u)) return undefined
      const factors = factorsOf(u)
      const part = ({ labels }: Factor, inside: Node, coefficient: Rational): Term => ({
        coefficient,
        node: g.product(
          ONE,
          [{ node: g.apply(log, [inside]), labels, exponent: ONE }],
          axesOf(node),
          node.shape,
        ),
      })
      // An even power is positive, whatever the sign of its base. Of several odd ones only the product is known to be.
      const sized = (f: Factor): boolean => isPositiveRange(f.node.range) || !isInteger(f.exponent)
      const odd = factors.filter((f) => !sized(f) && !isEven(f.exponent))
      const negative = isNegative(u.coefficient)
      const together = odd.length > 1 || negative ? odd : []
      const inside = g.product(
        negative ? MINUS_ONE : ONE,
        together.map((f) => ({ ...f, exponent: ONE })),
        axesOf(node),
        node.shape,
      )
      const sizes = factors.flatMap((f) => {
        if (sized(f) || (odd.includes(f) && together.length === 0)) return [part(f, f.node, f.exponent)]
        const exponent = odd.includes(f) ? plus(f.exponent, MINUS_ONE) : f.exponent
        return exponent.equals(0) ? [] : [part(f, g.apply(abs, [f.node]), exponent)]
      })
      const size = u.coefficient.abs()
      const made = g.sum(
        [
          ...sizes,
          ...(together.length > 0 || negative ? [{ coefficient: ONE, node: g.apply(log, [inside]) }] : []),
          ...(isOne(size) ? [] : [{ coefficient: ONE, node: g.apply(log, [g.constant(size)]) }]),
        ],
        ZERO,
        node.shape,
      )
      return made === node ? undefined : made
    },
  },
  {
    name: 'logarithm of a fraction',
    zh: '分式的对数',
    on: 'log',
    law: 'log(u + v/w) = log(u·w + v) − log w for w > 0',
    example: 'input a : positive\nparam b\nloss J = b * log(1 + exp(b) / a)',
    rewrite: (node, { g }) => {
      const { terms, constant } = asTerms(node.args[0]!)
      if (node.args[0]!.kind !== 'sum') return undefined
      const joined = overLeastDenominator(g, terms, constant, node.shape, (f) =>
        isPositiveRange(f.node.range),
      )
      if (joined?.kind !== 'product') return undefined
      const factors = factorsOf(joined)
      const below = factors.filter((f) => isNegative(f.exponent) && isPositiveRange(f.node.range))
      const above = withFactors(
        g,
        joined,
        factors.filter((f) => !below.includes(f)),
      )
      // Each at once: as a fraction it would be multiplied out again.
      const logarithm = (f: Factor): Node =>
        g.product(
          f.exponent,
          [{ node: g.apply(log, [f.node]), labels: f.labels, exponent: ONE }],
          axesOf(node),
          node.shape,
        )
      return g.addAll([g.apply(log, [above]), ...below.map(logarithm)], node.shape)
    },
  },
  {
    name: 'root of a square opened',
    zh: '开平方',
    on: 'product',
    law: '(u²·v)ᵉ = |u|²ᵉ·vᵉ',
    example: 'param a\ninput b : positive\nloss J = sqrt(a^2 * b)',
    rewrite: (node, { g }) => (node.kind === 'product' ? rootOfSquare(g, node) : undefined),
  },
  {
    name: 'logarithm of an exponential of a value',
    zh: '值的指数的对数',
    on: 'log',
    law: 'log(exp u) = u, log 1 = 0',
    example: 'param a\nloss J = a * log(exp(a))',
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      if (constantValue(u)?.equals(1)) return g.full(ZERO, node.shape)
      return is(u, exp) ? u.args[0]! : undefined
    },
  },
  {
    name: 'comparison with zero',
    zh: '与零比较',
    on: 'lt',
    law: '[u < v] = [u − v < 0]; of w and −w one stands: [−w < 0] = 1 − [w < 0] − [w = 0]',
    example: 'param a, b\nloss J = where(a < b, a, b * b) + where(b < a, 1, b)',
    rewrite: (node, { g }) => {
      const [u, v] = node.args as [Node, Node]
      const zero = g.constant(ZERO)
      if (constantValue(v)?.equals(0) !== true) return less(g, g.subtract(u, v), zero)
      const opposite = negated(g, u)
      if (opposite.hash >= u.hash) return undefined
      return g.subtract(oneLess(g, less(g, opposite, zero)), g.apply(eq, [opposite, zero]))
    },
  },
  {
    name: 'equality with zero',
    zh: '与零相等',
    on: 'eq',
    law: '[u = v] = [u − v = 0]; of w and −w one stands',
    example: 'param a, b\nloss J = where(a == b, a, b * b) + where(b == a, 1, b)',
    rewrite: (node, { g }) => {
      const [u, v] = node.args as [Node, Node]
      const zero = g.constant(ZERO)
      if (constantValue(v)?.equals(0) !== true) return g.apply(eq, [g.subtract(u, v), zero])
      const opposite = negated(g, u)
      return opposite.hash < u.hash ? g.apply(eq, [opposite, zero]) : undefined
    },
  },
  {
    name: 'where a value is zero',
    zh: '值为零处',
    on: 'product',
    law: '[w = 0]·wⁿ = 0 for n > 0, [w = 0]·[w < 0] = 0',
    example: 'param a, b\nloss J = b * where(a == 0, a^2, 1) + where(a == 0, where(a < 0, b, 2), 3)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const vanishes = factors.some((f) => {
        if (!is(f.node, eq) || constantValue(f.node.args[1]!)?.equals(0) !== true) return false
        const w = f.node.args[0]!
        return factors.some(
          (h) =>
            isPositive(h.exponent) &&
            h.labels.join() === f.labels.join() &&
            (h.node === w || (is(h.node, lt) && h.node.args[0] === w && isZeroNode(h.node.args[1]!))),
        )
      })
      return vanishes ? g.full(ZERO, node.shape) : undefined
    },
  },
  {
    name: 'powers of one base',
    zh: '同底数的幂',
    on: 'product',
    law: 'uᵃ·uᵇ = uᵃ⁺ᵇ',
    example: 'param a, b\nloss J = b * a^3 / a',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const place = (f: Factor): string => `${f.node.id}[${f.labels.join()}]`
      const first = factors.find((f) => factors.some((h) => h !== f && place(h) === place(f)))
      if (!first) return undefined
      const same = factors.filter((f) => place(f) === place(first))
      const exponent = same.reduce((sum, f) => plus(sum, f.exponent), ZERO)
      return withFactors(g, node, [
        ...factors.filter((f) => !same.includes(f)),
        // The labels stay, though the power may vanish.
        exponent.equals(0)
          ? { node: g.full(ONE, first.node.shape), labels: first.labels, exponent: ONE }
          : { ...first, exponent },
      ])
    },
  },
  {
    name: 'a sum and its power',
    zh: '和与其幂',
    on: 'product',
    law: 'Σⱼ xⱼ·(Σₖ xₖ)ᵉ = (Σₖ xₖ)¹⁺ᵉ',
    example: 'param A[2, 3], w[2]\nloss J = w @ softmax(A) @ ones(3)',
    rewrite: (node, { g }) => (node.kind === 'product' ? sumAndPower(g, node) : undefined),
  },
  {
    name: 'square of a sine',
    zh: '正弦的平方',
    on: 'product',
    law: 'sin²u = 1 − cos²u',
    example: 'param a, b\nloss J = b * sin(a)^3',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const f = factors.find((h) => is(h.node, sin) && isInteger(h.exponent) && h.exponent.compare(2) >= 0)
      if (!f) return undefined
      const square = oneLess(g, g.power(g.apply(cos, [f.node.args[0]!]), TWO))
      return withFactors(g, node, [
        ...factors.filter((h) => h !== f),
        { ...f, exponent: plus(f.exponent, TWO.neg()) },
        { node: square, labels: f.labels, exponent: ONE },
      ])
    },
  },
  ...[sin, cos].map((op): Rule => ({
    name: `${op.name} of a sum`,
    zh: '和角公式',
    on: op.name,
    law: 'sin(u + v) = sin u·cos v + cos u·sin v, cos(u + v) = cos u·cos v − sin u·sin v',
    example: `param a, b\nloss J = ${op.name}(2 * a - b)`,
    rewrite: (node, { g }) => {
      const u = node.args[0]!
      const split = halves(g, u)
      if (split === undefined) {
        // sin(−u) = −sin u, cos(−u) = cos u
        if (u.kind !== 'product' || !isNegative(u.coefficient)) return undefined
        const opposite = g.apply(op, [g.negate(u)])
        return op === sin ? g.negate(opposite) : opposite
      }
      const [a, b] = split
      const of = (f: typeof sin, x: Node): Node => g.stretch(g.apply(f, [x]), node.shape)
      return op === sin
        ? g.add(g.multiply(of(sin, a), of(cos, b)), g.multiply(of(cos, a), of(sin, b)))
        : g.subtract(g.multiply(of(cos, a), of(cos, b)), g.multiply(of(sin, a), of(sin, b)))
    },
  })),
  {
    name: 'power of a comparison',
    zh: '比较的幂',
    on: 'product',
    law: '[c]ⁿ = [c] for n > 0',
    example: 'param a, b\nloss J = where(a < b, where(a < b, a, 2), 1)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      const factors = factorsOf(node)
      const f = factors.find((h) => isRelation(h.node) && isPositive(h.exponent) && !isOne(h.exponent))
      return (
        f &&
        withFactors(
          g,
          node,
          factors.map((h) => (h === f ? { ...h, exponent: ONE } : h)),
        )
      )
    },
  },
]

/** A sum, or a whole multiple of something, as two parts. */
function halves(g: Graph, u: Node): [Node, Node] | undefined {
  if (u.kind === 'sum') {
    const [first, ...others] = termsOf(u)
    const part = (terms: typeof others, constant: Rational): Node => g.sum(terms, constant, u.shape)
    return [part([first!], ZERO), part(others, u.constant)]
  }
  if (u.kind !== 'product' || !isInteger(u.coefficient) || u.coefficient.abs().compare(2) < 0)
    return undefined
  if (u.coefficient.abs().compare(8) > 0) return undefined
  const one = g.withCoefficient(u, isNegative(u.coefficient) ? MINUS_ONE : ONE)
  return [one, g.subtract(u, one)]
}

/** −u, of a sum the sum of the negatives. */
const negated = (g: Graph, u: Node): Node => (u.kind === 'sum' ? oppositeSum(g, u) : g.negate(u))

const isDenominator = (f: Factor): boolean => f.node.kind === 'sum' && isNegative(f.exponent)

const expansion: readonly Rule[] = [
  renaming,
  {
    name: 'entry of a function',
    zh: '函数的元素',
    on: 'product',
    law: 'f(u)ᵢ = f(uᵢ)',
    example: 'param A[2, 2], B[2, 2]\nloss J = sum(tanh(A @ B)[2])',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product' || !isElement(node)) return undefined
      const factors = factorsOf(node)
      const core = factors.find((f) => f.node.kind !== 'basis')!
      if (core.node.kind !== 'apply' || core.node.op.kind !== 'pointwise') return undefined
      const entry = (u: Node): Node =>
        u.shape.length === 0
          ? u
          : g.product(
              ONE,
              factors.map((f) => (f === core ? { ...f, node: u } : f)),
              axesOf(node),
              node.shape,
            )
      return g.apply(core.node.op, core.node.args.map(entry))
    },
  },
  {
    name: 'products of products in one',
    zh: '合并乘积',
    on: 'product',
    law: '(A B) C = A B C',
    example: 'param A[2, 2], B[2, 2], v[2]\nloss J = sum((A @ B) @ v)',
    rewrite: (node, { g }) => {
      const flat = node.kind === 'product' ? flattened(g, node) : undefined
      return flat && nodeOf(g, flat)
    },
  },
  {
    name: 'expand',
    zh: '展开',
    on: 'product',
    law: '(a + b)·(c + d) = a·c + a·d + b·c + b·d',
    example: 'param a, b\nloss J = (a + b) * (a - b)',
    rewrite: (node, { g }) => {
      if (node.kind !== 'product') return undefined
      if (isContraction(node)) return multiplyOut(g, node, () => true, MOST_TERMS, true)
      // What stands above a denominator is multiplied out by itself.
      const factors = factorsOf(node)
      const below = factors.filter(isDenominator)
      if (below.length === 0) return multiplyOut(g, node, () => true, MOST_TERMS, true)
      const above = g.product(
        node.coefficient,
        factors.filter((f) => !below.includes(f)),
        axesOf(node),
        node.shape,
      )
      const expanded =
        above.kind === 'product' ? multiplyOut(g, above, () => true, MOST_TERMS, true) : undefined
      return (
        expanded &&
        withFactors(g, node, [...below, { node: expanded, labels: axesOf(node), exponent: ONE }], ONE)
      )
    },
  },
  {
    name: 'one denominator',
    zh: '合为一个分母',
    on: 'sum',
    law: 'u/a + v/b = (u·b + v·a)/(a·b)',
    example: 'param a, b\nloss J = a / (1 + b) + b / (1 + a)',
    rewrite: (node, { g }) =>
      node.kind === 'sum' && node.args.some((a) => asFactors(a).factors.some(isDenominator))
        ? overLeastDenominator(g, termsOf(node), node.constant, node.shape, isDenominator)
        : undefined,
  },
]

/**
 * Towards one form for equal values, however long: everything multiplied out, functions by their definitions, one
 * denominator. For proofs only. A row holds wherever both of its sides are defined, ties included; where they are is
 * compared by itself (`domains.ts`).
 */
export const canonical: readonly Rule[] = [
  ...assumptions,
  ...matrixIdentities,
  ...matrixProofs,
  ...definitions,
  ...powers,
  ...expansion,
]

/** Without looking into functions: sums over fractions of what they are made of would not come together again. */
export const polynomial: readonly Rule[] = [
  ...assumptions,
  ...matrixIdentities,
  ...matrixProofs,
  ...definitions.filter((rule) => rule.on === 'lse'),
  ...powers,
  ...expansion,
]

const axesOf = (n: Node): number[] => n.shape.map((_, i) => i)

/** A product as a coefficient and the rest. */
const scaledTerm = (g: Graph, u: Node & { kind: 'product' }): { coefficient: Rational; node: Node } => ({
  coefficient: u.coefficient,
  node: g.withCoefficient(u, ONE),
})
