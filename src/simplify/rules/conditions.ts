/** What a condition says of the values in its branches. */
import { HALF, ONE, type Rational, ZERO, isNegative } from '../../base/rational.ts'
import { OPPOSITE, type Relation } from '../../graph/field.ts'
import { type Graph, constantValue, isZeroNode, termsOf } from '../../graph/graph.ts'
import { type ApplyNode, type Node, isPureProduct } from '../../graph/node.ts'
import { abs, eq, ge, gt, le, lt, max, min, ne, select, sign } from '../../ops/index.ts'
import { ifShorter } from '../ask.ts'
import { readingCost } from '../cost.ts'
import type { Rule } from '../rule.ts'
import { asTerms, widenTo } from '../terms.ts'

/** That a value is above or below a number. */
interface Bound {
  readonly value: Node
  readonly above: boolean
  readonly at: Rational
  /** Whether the number itself is excluded. */
  readonly open: boolean
}

/** How deep a branch is looked into. */
const DEEPEST = 12

/** Of a < b that a − b is below 0, of a value without a factor or a constant: with 2u + 2 < 0 it is u below −1. */
function boundOf(g: Graph, [a, b]: readonly Node[], relation: Relation): Bound | undefined {
  if (relation === '=' || relation === '!=') return undefined
  const difference = g.subtract(a!, b!)
  const { terms, constant } = asTerms(difference)
  const [first] = terms
  if (!first || constantValue(difference)) return undefined
  const inner = first.node.kind === 'product' && isPureProduct(first.node) ? first.node.coefficient : ONE
  const scale = first.coefficient.mul(inner)
  const value =
    terms.length === 1 && first.node.kind === 'product' && isPureProduct(first.node)
      ? g.withCoefficient(first.node, ONE)
      : g.sum(
          terms.map((t) => ({ ...t, coefficient: t.coefficient.div(scale) })),
          ZERO,
          terms.find((t) => t.node.shape.length > 0)?.node.shape ?? [],
        )
  return {
    value,
    above: relation.startsWith('>') !== isNegative(scale),
    at: constant.div(scale).neg(),
    open: relation.length === 1,
  }
}

const COMPARISONS = { '<': lt, '<=': le, '>': gt, '>=': ge, '=': eq, '!=': ne }

const relationOf = (n: Node): Relation | undefined =>
  n.kind === 'apply' && n.op.kind === 'pointwise' ? n.op.relation : undefined

/** What holds where a comparison does, or where it does not. */
function boundOfCondition(g: Graph, condition: Node, holds: boolean): Bound | undefined {
  const relation = relationOf(condition)
  return relation && boundOf(g, condition.args, holds ? relation : OPPOSITE[relation])
}

/** Whether what is `wanted` follows from what is known, or is excluded by it. */
function follows(known: Bound, wanted: Bound): boolean | undefined {
  if (known.value !== wanted.value) return undefined
  const sign = known.above ? 1 : -1
  const further = sign * known.at.compare(wanted.at)
  if (known.above === wanted.above)
    return further > 0 || (further === 0 && (known.open || !wanted.open)) ? true : undefined
  return further > 0 || (further === 0 && (known.open || wanted.open)) ? false : undefined
}

/** Values where a bound is known, entry by entry. */
class Branch {
  readonly #g: Graph
  readonly #known: readonly Bound[]
  readonly #seen = new Map<Node, Node>()

  constructor(g: Graph, known: Bound) {
    this.#g = g
    // |u| < a says that u < a and u > −a.
    const sides = known.above ? [] : this.#sides(known)
    this.#known = [known, ...sides.flatMap((s) => boundOf(g, s.args, s.relation) ?? [])]
  }

  /** Whether a comparison holds here. */
  decided(args: readonly Node[], relation: Relation): boolean | undefined {
    const wanted = boundOf(this.#g, args, relation)
    if (!wanted) return undefined
    const [below, above] = this.#sides(wanted)
    if (!below) return this.#known.map((known) => follows(known, wanted)).find((is) => is !== undefined)
    const holds = [below, above!].map((side) => this.decided(side.args, side.relation))
    const inside = holds.includes(false) ? false : holds.includes(undefined) ? undefined : true
    return inside === undefined ? undefined : inside !== wanted.above
  }

  /** Of a comparison whose one side is known here, −2 < u of |u| < 2, the other side. */
  #otherSide(args: readonly Node[], relation: Relation): Node | undefined {
    const wanted = boundOf(this.#g, args, relation)
    const sides = wanted ? this.#sides(wanted) : []
    const other = sides.find((_, i) => {
      const { args: side, relation: r } = sides[1 - i]!
      return this.decided(side, r)
    })
    if (!other) return undefined
    return this.#g.apply(COMPARISONS[wanted!.above ? OPPOSITE[other.relation] : other.relation], other.args)
  }

  /** |u| < a is u < a and u > −a; |u| ≥ a is what they are not. */
  #sides({ value, above, at, open }: Bound): { args: readonly Node[]; relation: Relation }[] {
    if (value.kind !== 'apply' || value.op !== abs) return []
    const [u] = value.args as [Node]
    const excluded = above !== open
    return [
      { args: [u, this.#g.constant(at)], relation: excluded ? '<' : '<=' },
      { args: [u, this.#g.constant(at.neg())], relation: excluded ? '>' : '>=' },
    ]
  }

  /** The value with what is decided here. */
  of(node: Node, depth = DEEPEST): Node {
    const seen = this.#seen.get(node)
    if (seen) return seen
    const made = this.#of(node, depth)
    this.#seen.set(node, made)
    return made
  }

  #of(node: Node, depth: number): Node {
    const g = this.#g
    const { shape } = node
    // A bound on every entry says something of this entry's place only: not of sums over it, nor of views.
    const rank = this.#known[0]!.value.shape.length
    const aligned = shape.length === rank || rank === 0
    const elementwise =
      node.kind === 'sum' ||
      (node.kind === 'apply' && node.op.kind === 'pointwise') ||
      (node.kind === 'product' &&
        isPureProduct(node) &&
        node.labels.every((labels) => labels.every((l, i) => l === i)))
    if (depth === 0 || !aligned || !elementwise) return node
    const simple = node.kind === 'apply' ? this.#applied(node) : undefined
    if (simple) return this.of(g.stretch(simple, shape), depth - 1)
    return g.rebuild(
      node,
      node.args.map((a) => this.of(a, depth - 1)),
    )
  }

  /** What a function comes to here, if that is decided. */
  #applied({ op, args, shape }: ApplyNode): Node | undefined {
    const g = this.#g
    const [a, b] = args as [Node, Node]
    const relation = op.kind === 'pointwise' ? op.relation : undefined
    const zero = g.constant(ZERO)
    if (relation) {
      const is = this.decided(args, relation)
      return is === undefined ? this.#otherSide(args, relation) : g.full(is ? ONE : ZERO, shape)
    }
    switch (op) {
      case select: {
        const [c, u, v] = args as [Node, Node, Node]
        const is = relationOf(c) && this.decided(c.args, relationOf(c)!)
        return is === undefined ? undefined : widenTo(g, is ? u : v, shape)
      }
      case max:
      case min: {
        const first = this.decided(args, op === max ? '>=' : '<=')
        const second = this.decided(args, op === max ? '<=' : '>=')
        return first ? widenTo(g, a, shape) : second || first === false ? widenTo(g, b, shape) : undefined
      }
      case abs:
      case sign: {
        const more = this.decided([a, zero], op === abs ? '>=' : '>')
        const less = this.decided([a, zero], op === abs ? '<=' : '<')
        if (!more && !less) return undefined
        return op === sign ? g.full(more ? ONE : ONE.neg(), shape) : more ? a : g.negate(a)
      }
      default:
        return undefined
    }
  }
}

/** What is positive where a value is not zero: of where(a > b, u, 0) a − b; and u. */
function guard(g: Graph, node: Node): { positive: Node; open: boolean; value: Node } | undefined {
  if (node.kind !== 'apply' || node.op !== select) return undefined
  const [c, u, v] = node.args as [Node, Node, Node]
  if (isZeroNode(u) === isZeroNode(v)) return undefined
  const relation = relationOf(c)
  const holds = relation && (isZeroNode(v) ? relation : OPPOSITE[relation])
  if (!holds || holds === '=' || holds === '!=') return undefined
  const [a, b] = c.args as [Node, Node]
  return {
    positive: holds.startsWith('>') ? g.subtract(a, b) : g.subtract(b, a),
    open: holds.length === 1,
    value: isZeroNode(v) ? u : v,
  }
}

export const conditions: readonly Rule[] = [
  {
    name: 'known in a branch',
    zh: '利用分支条件',
    on: 'select',
    law: 'where(u > 1, max(0, u), v) = where(u > 1, u, v)',
    finite: true,
    example:
      'param a, b\nloss J = where(a > 1, max(0, a) * b, where(a < 2, abs(a - 1), b)) + where(a < b, 0, sign(2 * a - 2 * b + 1))',
    rewrite: (node, { g }) => {
      const [c, u, v] = node.args as [Node, Node, Node]
      const inside = (branch: Node, holds: boolean): Node => {
        const known = boundOfCondition(g, c, holds)
        return known && constantValue(branch) === undefined ? new Branch(g, known).of(branch) : branch
      }
      const [x, y] = [inside(u, true), inside(v, false)]
      return x === u && y === v ? undefined : widenTo(g, g.apply(select, [c, x, y]), node.shape)
    },
  },
  {
    name: 'two-sided condition',
    zh: '双边条件',
    on: 'select',
    law: 'where(−a < u, where(u < a, v, 0), 0) = where(|u| < a, v, 0), for x, y > 0 is |x − y| < x + y',
    finite: true,
    example: 'param a, b\nloss J = where(a < 2, where(a > -2, b, 0), 0)',
    trial: true,
    rewrite: (node, c) => {
      const { g } = c
      const outer = guard(g, node)
      const inner = outer && guard(g, outer.value)
      if (!inner || inner.open !== outer.open) return undefined
      const half = (x: Node): Node => g.scale(HALF, x)
      const away = g.apply(abs, [half(g.subtract(outer.positive, inner.positive))])
      const near = g.apply(outer.open ? gt : ge, [half(g.add(outer.positive, inner.positive)), away])
      return ifShorter(
        c,
        node,
        widenTo(g, g.apply(select, [near, inner.value, g.constant(ZERO)]), node.shape),
      )
    },
  },
  {
    name: 'disjoint cases',
    zh: '合并互斥情形',
    on: 'sum',
    law: 'where(u > 1, v, 0) + where(u < 0, w, 0) = where(u > 1, v, where(u < 0, w, 0))',
    finite: true,
    example: 'param a, b\nloss J = where(a > 1, b, 0) + where(a < 0, b * b, 0)',
    trial: true,
    rewrite: (node, c) => {
      if (node.kind !== 'sum' || node.args.length > MOST_TERMS) return undefined
      const { g } = c
      const terms = termsOf(node)
      for (const t of terms) {
        if (t.node.kind !== 'apply' || t.node.op !== select) continue
        const [condition, u, v] = t.node.args as [Node, Node, Node]
        const rest = g.sum(
          terms.filter((o) => o !== t),
          node.constant,
          node.shape,
        )
        const branch = (value: Node, holds: boolean): Node | undefined => {
          const known = boundOfCondition(g, condition, holds)
          const inside = known ? new Branch(g, known).of(rest) : rest
          return inside === rest ? undefined : g.add(g.scale(t.coefficient, value), inside)
        }
        const [x, y] = [branch(u, true), branch(v, false)]
        if (!x && !y) continue
        const otherwise = (value: Node): Node => g.add(g.scale(t.coefficient, value), rest)
        const cases = g.apply(select, [condition, x ?? otherwise(u), y ?? otherwise(v)])
        // The rest stands in both branches: worth a question only where what is decided makes up for it.
        if (readingCost(cases) >= readingCost(node)) continue
        const shorter = ifShorter(c, node, widenTo(g, cases, node.shape))
        if (shorter) return shorter
      }
      return undefined
    },
  },
]

/** Longer sums are left as they are. */
const MOST_TERMS = 24
