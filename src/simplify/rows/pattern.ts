/** The left side of a law as a pattern. */
import { ONE, type Rational, ZERO, compare, isNegative, isOne, plus, times } from '../../base/rational.ts'
import { factorsOf, termsOf } from '../../graph/graph.ts'
import { type Node, type ProductNode, isContraction } from '../../graph/node.ts'
import type { Operator } from '../../graph/operator.ts'
import { pow } from '../../ops/index.ts'
import { isNumberName } from './law.ts'

/** times·(the number that `name` stands for) + plus */
export interface Linear {
  readonly name?: string
  readonly times: Rational
  readonly plus: Rational
}

export interface Power {
  readonly base: Pattern
  readonly exponent: Linear
}

/** A number times powers; `rest` stands for all that a term has besides. */
export interface Monomial {
  readonly scale: Linear
  readonly powers: readonly Power[]
  readonly rest?: string
  /** u where it is k·u. */
  readonly name?: string
}

/** A term of a sum. */
export interface Term extends Monomial {
  /** Whether what it stands for is known once other terms are found: then it may be several terms. */
  readonly isOpen: boolean
}

export type Pattern = { readonly node: Node; readonly names: ReadonlySet<string> } & (
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'number'; readonly number: Linear }
  | { readonly kind: 'symbol'; readonly name: string }
  | ({ readonly kind: 'product'; readonly summed: boolean } & Monomial)
  | { readonly kind: 'sum'; readonly terms: readonly Term[]; readonly constant: Linear }
  | { readonly kind: 'apply'; readonly op: Operator; readonly args: readonly Pattern[] }
)

const exactly = (plus: Rational): Linear => ({ times: ZERO, plus })
const scaled = ({ name, ...l }: Linear, by: Rational): Linear => ({
  ...(name === undefined ? {} : { name }),
  times: times(l.times, by),
  plus: times(l.plus, by),
})

/** How often each name stands in a law's side. */
function occurrences(node: Node, counts = new Map<string, number>()): Map<string, number> {
  if (node.kind === 'symbol') counts.set(node.symbol.name, (counts.get(node.symbol.name) ?? 0) + 1)
  for (const a of node.args) occurrences(a, counts)
  return counts
}

export function patternOf(side: Node): Pattern {
  const counts = occurrences(side)

  /** A number with at most one name in it. */
  function linear(node: Node): Linear | undefined {
    if (node.kind === 'constant') return exactly(node.value)
    if (node.kind === 'symbol' && isNumberName(node.symbol.name))
      return { name: node.symbol.name, times: ONE, plus: ZERO }
    if (node.kind === 'product' && node.args.length === 1 && isOne(node.exponents[0]!)) {
      const inner = linear(node.args[0]!)
      return inner && scaled(inner, node.coefficient)
    }
    if (node.kind === 'sum' && node.args.length === 1) {
      const inner = linear(node.args[0]!)
      return inner && { ...scaled(inner, node.coefficients[0]!), plus: node.constant }
    }
    return undefined
  }

  function power(node: Node, exponent: Rational): Power {
    const symbolic = node.kind === 'apply' && node.op === pow ? linear(node.args[1]!) : undefined
    return symbolic
      ? { base: pattern(node.args[0]!), exponent: scaled(symbolic, exponent) }
      : { base: pattern(node), exponent: exactly(exponent) }
  }

  function monomial(node: Node, coefficient: Rational): Monomial {
    const factors =
      node.kind === 'product' && !isContraction(node) ? factorsOf(node) : [{ node, exponent: ONE }]
    const own = node.kind === 'product' ? times(coefficient, node.coefficient) : coefficient
    let scale = exactly(own)
    let rest: string | undefined
    const powers: Power[] = []
    for (const f of factors) {
      const number = isOne(f.exponent) && f.node.kind === 'symbol' ? linear(f.node) : undefined
      const once = f.node.kind === 'symbol' && counts.get(f.node.symbol.name) === 1 && isOne(f.exponent)
      if (number) scale = scaled(number, own)
      else if (once && rest === undefined) rest = (f.node as Node & { kind: 'symbol' }).symbol.name
      else powers.push(power(f.node, f.exponent))
    }
    const name = rest === undefined ? nameOf(powers) : undefined
    return {
      scale,
      powers: inOrder(powers),
      ...(rest === undefined ? {} : { rest }),
      ...(name === undefined ? {} : { name }),
    }
  }

  function pattern(node: Node): Pattern {
    const names: ReadonlySet<string> = new Set(occurrences(node).keys())
    const of = { node, names }
    const number = linear(node)
    if (number) return { ...of, kind: 'number', number }
    switch (node.kind) {
      case 'symbol':
        return node.symbol.role === 'constant'
          ? { ...of, kind: 'symbol', name: node.symbol.name }
          : { ...of, kind: 'value', name: node.symbol.name }
      case 'sum': {
        const own = termsOf(node)
        const symbolic = own.flatMap((t) => {
          const l = linear(t.node)
          return l ? [scaled(l, t.coefficient)] : []
        })
        const terms = own.filter((t) => !linear(t.node)).map((t) => monomial(t.node, t.coefficient))
        const mentions = (t: Monomial, name: string): boolean =>
          t.name !== name && t.powers.some((f) => f.base.names.has(name))
        const isOpen = (t: Monomial): boolean =>
          t.powers.length === 0 || (t.name !== undefined && terms.some((other) => mentions(other, t.name!)))
        const constant = symbolic.reduce(
          (a, b) => ({ ...b, plus: plus(a.plus, b.plus) }),
          exactly(node.constant),
        )
        const weight = (m: Monomial): number =>
          m.powers.length === 0 ? 3 : Math.max(...m.powers.map((p) => weightOf(p.base)))
        return {
          ...of,
          kind: 'sum',
          terms: terms
            .map((t) => ({ ...t, isOpen: isOpen(t) }))
            .sort((a, b) => weight(a) - weight(b) || compare(b.scale.plus, a.scale.plus)),
          constant,
        }
      }
      case 'product':
        return isContraction(node)
          ? { ...of, kind: 'product', summed: true, ...summed(node) }
          : { ...of, kind: 'product', summed: false, ...monomial(node, ONE) }
      case 'apply':
        if (node.op === pow && linear(node.args[1]!))
          return { ...of, kind: 'product', summed: false, ...monomial(node, ONE) }
        return { ...of, kind: 'apply', op: node.op, args: node.args.map(pattern) }
      default:
        return { ...of, kind: 'symbol', name: '' }
    }
  }

  const summed = (node: ProductNode): Monomial => ({
    scale: exactly(node.coefficient),
    powers: inOrder(factorsOf(node).map((f) => power(f.node, f.exponent))),
  })

  return pattern(side)
}

/** u of powers that are u alone. */
function nameOf([power, ...others]: readonly Power[]): string | undefined {
  if (power?.base.kind !== 'value' || others.length > 0) return undefined
  return power.exponent.name === undefined && isOne(power.exponent.plus) ? power.base.name : undefined
}

/** What binds its names directly stands first, then what has one of them only with a sign, then a name alone. */
const inOrder = (powers: readonly Power[]): Power[] =>
  [...powers].sort((a, b) => weightOf(a.base) - weightOf(b.base))

function weightOf(p: Pattern): number {
  if (p.kind === 'value') return 2
  return [...p.names].every((name) => isNumberName(name) || binds(p).has(name)) ? 0 : 1
}

/** The names that are known once a pattern has matched, whatever they are a multiple of. */
function binds(p: Pattern): Set<string> {
  switch (p.kind) {
    case 'value':
      return new Set([p.name])
    case 'apply':
      return new Set(p.args.flatMap((a) => [...binds(a)]))
    case 'product':
      return p.powers.length === 0 && isNegative(p.scale.plus) ? new Set() : ofMonomial(p)
    case 'sum':
      return new Set(p.terms.flatMap((t) => [...ofMonomial(t)]))
    default:
      return new Set()
  }
}
const ofMonomial = (m: Monomial): Set<string> => {
  const [only] = m.powers
  if (m.powers.length === 1 && only!.base.kind === 'value' && isNegative(m.scale.plus)) return new Set()
  return new Set([...m.powers.flatMap((p) => [...binds(p.base)]), ...(m.rest === undefined ? [] : [m.rest])])
}
