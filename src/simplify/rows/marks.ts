/**
 * What the parts of a node look like, as bits: the factors of a product, the terms of a sum, the arguments of an operator,
 * behind their names. A law says what it needs, and is not looked for where that is missing: most laws at most nodes.
 */
import { isInteger, isNegative } from '../../base/rational.ts'
import { type Node, isContraction, isPureProduct, peel } from '../../graph/node.ts'

/** The name of an operator, or `any` part, a `sum`, a `contraction`, a `binary` symbol, a power that is a `fraction`. */
export type Mark = string

export interface Marks {
  /** Of all parts. */
  readonly all: number
  /** Of at least two of them. */
  readonly twice: number
  /** Of factors with a positive and with a negative exponent. */
  readonly above: number
  readonly below: number
  /** Of what the parts are made of. */
  readonly within: number
}

const bits = new Map<Mark, number>()

/** Marks are counted from the first; beyond what a number has bits for, some share one. */
function bitOf(mark: Mark): number {
  let bit = bits.get(mark)
  if (bit === undefined) bits.set(mark, (bit = 1 << (bits.size % 31)))
  return bit
}

export const bitsOf = (marks: readonly Mark[]): number => marks.reduce((all, mark) => all | bitOf(mark), 0)

const [ANY, SUM, CONTRACTION, BINARY, FRACTION] = [
  bitOf('any'),
  bitOf('sum'),
  bitOf('contraction'),
  bitOf('binary'),
  bitOf('fraction'),
] as const

export const covers = (marks: Marks, needs: Marks): boolean =>
  (marks.all & needs.all) === needs.all &&
  (marks.twice & needs.twice) === needs.twice &&
  (marks.above & needs.above) === needs.above &&
  (marks.below & needs.below) === needs.below &&
  (marks.within & needs.within) === needs.within

/** What a node is by itself. */
function own(node: Node): number {
  switch (node.kind) {
    case 'apply':
      return ANY | (bits.get(node.op.name) ?? 0)
    case 'sum':
      return ANY | SUM
    case 'product':
      return isContraction(node) ? ANY | CONTRACTION : ANY
    case 'symbol':
      return node.symbol.assumptions.has('binary') || node.symbol.assumptions.has('onehot')
        ? ANY | BINARY
        : ANY
    default:
      return ANY
  }
}

/** Of a term or an argument: what it is, or what its factors are. */
function ofTerm(value: Node): number {
  let all = own(value)
  if (value.kind === 'product' && isPureProduct(value)) {
    for (const f of value.args) all |= own(peel(f))
    if (value.exponents.some((e) => !isInteger(e))) all |= FRACTION
  }
  return all
}

const parts = new WeakMap<Node, number>()

/** Of all the parts of a node together. */
function partsOf(node: Node): number {
  const ready = parts.get(node)
  if (ready !== undefined) return ready
  let all = 0
  for (const a of node.args) all |= ofTerm(peel(a))
  parts.set(node, all)
  return all
}

const known = new WeakMap<Node, Marks>()

export function marksOf(node: Node): Marks {
  const ready = known.get(node)
  if (ready) return ready
  let [all, twice, above, below, within] = [0, 0, 0, 0, 0]
  const isProduct = node.kind === 'product'
  node.args.forEach((a, i) => {
    const value = peel(a)
    let mark: number
    if (isProduct) {
      const exponent = node.exponents[i]!
      mark = own(value)
      if (!isInteger(exponent)) mark |= FRACTION
      if (isNegative(exponent)) below |= mark
      else above |= mark
    } else mark = ofTerm(value)
    twice |= all & mark
    all |= mark
    within |= partsOf(value)
    // What a term is made of is what its factors are made of.
    if (!isProduct && value.kind === 'product' && isPureProduct(value))
      for (const f of value.args) within |= partsOf(peel(f))
  })
  const marks = { all, twice, above, below, within }
  known.set(node, marks)
  return marks
}
