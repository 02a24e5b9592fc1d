import { ONE, type Rational, isNegative, isOne, isZero, rationalKey, toNumber } from '../../base/rational.ts'
import { factorsOf } from '../../graph/graph.ts'
import { type Node, type ProductNode, isPureProduct } from '../../graph/node.ts'
import { readingCost } from '../../simplify/index.ts'
import { BINDING, type Layout, bracket, isNegated, minus, number, row, sign } from '../layout/layout.ts'
import { multiple } from './factors.ts'
import type { Writer } from './contract.ts'

interface TermLayout {
  readonly node: Node | undefined
  readonly coefficient: Rational
  readonly layout: Layout
  readonly rank: number
}

/** a + b − c: in the program's order where it wrote the sum, else what reads best. */
export function sum(w: Writer, node: Node & { kind: 'sum' }, write?: (term: Node) => Layout): Layout {
  const ranks = w.order.written(node)
  // What the language stretches by itself needs no sign for it beside a term that has the whole shape.
  const whole = node.shape.length > 0 && node.args.some((a) => a.shape.length > 0 && !isStretched(a))
  const term = write ?? ((arg: Node): Layout => (ranks && whole ? unstretched(w, arg) : w.of(arg)))
  const made = (arg: Node, coefficient: Rational, i: number): TermLayout => ({
    node: arg,
    coefficient,
    rank: ranks?.[i] ?? 0,
    layout: scaledTerm(w, absolute(coefficient), arg, term),
  })
  const ordered = (a: TermLayout, b: TermLayout): number => signOrder(a, b) || byReading(w, a.node!, b.node!)
  const own = node.args.map((arg, i) => made(arg, node.coefficients[i]!, i))
  const terms = ranks ? own.sort((a, b) => a.rank - b.rank) : gathered(own.sort(ordered), ordered, made)
  if (!isZero(node.constant)) {
    const constant: TermLayout = {
      node: undefined,
      coefficient: node.constant,
      rank: 0,
      layout: number(absolute(node.constant)),
    }
    const at = ranks
      ? (w.order.writtenConstant(node) ?? terms.length)
      : constantLast(terms, node.constant)
        ? terms.length
        : 0
    terms.splice(Math.min(at, terms.length), 0, constant)
  }
  return joined(terms.map((t) => ({ layout: t.layout, negative: isNegative(t.coefficient) })))
}

/** Terms with the same number before them, where there are others: 2(a − y) + z, and not 2a + z − 2y. */
function gathered(
  terms: readonly TermLayout[],
  ordered: (a: TermLayout, b: TermLayout) => number,
  made: (arg: Node, coefficient: Rational, i: number) => TermLayout,
): TermLayout[] {
  const groups = new Map<string, TermLayout[]>()
  for (const t of terms) {
    const size = absolute(t.coefficient)
    const divides = t.node!.kind === 'product' && t.node!.exponents.some(isNegative)
    const key =
      isOne(size) || divides ? `alone ${groups.size}` : `${rationalKey(size)} ${t.node!.shape.length}`
    const group = groups.get(key)
    if (group) group.push(t)
    else groups.set(key, [t])
  }
  return [...groups.values()].flatMap((group): TermLayout[] => {
    const [first] = group as [TermLayout]
    if (group.length < 2 || group.length === terms.length) return group
    // The first one has a plus wherever one has.
    const negative = isNegative(first.coefficient)
    const inside = group
      .map((t, i) => made(t.node!, isNegative(t.coefficient) === negative ? ONE : ONE.neg(), i))
      .sort(ordered)
    const layout = joined(inside.map((t) => ({ layout: t.layout, negative: isNegative(t.coefficient) })))
    return [{ ...first, layout: multiple(absolute(first.coefficient), layout) }]
  })
}

/** c·u; a number joins the fraction that it multiplies. */
function scaledTerm(w: Writer, coefficient: Rational, arg: Node, term: (n: Node) => Layout): Layout {
  const divided = arg.kind === 'product' && isPureProduct(arg) && arg.exponents.some(isNegative)
  if (isOne(coefficient) || !divided || w.isReplaced(arg)) return multiple(coefficient, term(arg))
  return term(w.g.withCoefficient(arg as ProductNode, coefficient))
}

const absolute = (r: Rational): Rational => (isNegative(r) ? r.neg() : r)
const signOrder = (a: TermLayout, b: TermLayout): number =>
  Number(isNegative(a.coefficient)) - Number(isNegative(b.coefficient))

export interface Joined {
  readonly layout: Layout
  readonly negative: boolean
}

/** Terms side by side with their signs. */
export function joined(terms: readonly Joined[]): Layout {
  const items: Layout[] = []
  terms.forEach(({ layout, negative }, i) => {
    const plain = bracket(layout, i === 0 && !negative ? BINDING.sum : BINDING.hadamard)
    if (i > 0) items.push(sign(negative ? '−' : '+'), plain)
    else if (negative) items.push(...(minus(plain) as Layout & { kind: 'row' }).items)
    else items.push(...(isNegated(plain) && plain.kind === 'row' ? plain.items : [plain]))
  })
  return row(items, BINDING.sum)
}

/** 2x + 1, but 1 − x² and 1 + z(1 − a). */
function constantLast(terms: readonly TermLayout[], constant: Rational): boolean {
  if (isNegative(constant)) return true
  if (isNegative(terms[0]!.coefficient)) return false
  return (
    terms.every((t) => readingCost(t.node!) <= 1 && toNumber(constant) !== 1) ||
    terms.every((t) => readingCost(t.node!) === 0)
  )
}

const hasAdjoint = (n: Node): boolean => {
  const inner = n.kind === 'product' ? n.args : [n]
  return inner.some(
    (a) =>
      (a.kind === 'equation' && a.role === 'adjoint') ||
      (a.kind === 'product' && a.args.some((b) => b.kind === 'equation' && b.role === 'adjoint')),
  )
}

/** Error terms first, then what is longer, then what stands earlier in the program. */
function byReading(w: Writer, a: Node, b: Node): number {
  return (
    Number(hasAdjoint(b)) - Number(hasAdjoint(a)) ||
    w.order.position(a) - w.order.position(b) ||
    readingCost(b) - readingCost(a) ||
    a.hash - b.hash
  )
}

const isStretched = (n: Node): boolean =>
  n.kind === 'product' && isPureProduct(n) && new Set(n.labels.flat()).size < n.shape.length

/** What is stretched along the first axes, written as it was before: A + b. */
function unstretched(w: Writer, node: Node): Layout {
  if (node.kind !== 'product' || !isStretched(node) || node.args.length === 0) return w.of(node)
  const rank = node.shape.length
  const used = [...new Set(node.labels.flat())].sort((a, b) => a - b)
  const trailing = used.every((l, i) => l === rank - used.length + i)
  if (used.length === 0 || !trailing) return w.of(node)
  return w.of(inner(w, node, used))
}

function inner(w: Writer, node: ProductNode, kept: readonly number[]): Node {
  const only = factorsOf(node)[0]!
  if (
    node.args.length === 1 &&
    isOne(only.exponent) &&
    isOne(node.coefficient) &&
    only.labels.every((l, i) => l === kept[i])
  )
    return only.node
  return w.g.restrict(node, kept)
}
