/** The conditions of a law. */
import {
  type Rational,
  isInteger,
  isEven,
  isNegative,
  isPositive,
  isZero,
  minus,
  over,
  plus,
  same,
  times,
} from '../../base/rational.ts'
import { type Graph, constantValue, isZeroNode } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import {
  type Range,
  isNegativeRange,
  isNonnegativeRange,
  isNonzeroRange,
  isPositiveRange,
} from '../../graph/range.ts'
import type { ComparisonOperator } from '../../syntax/tree.ts'
import { type Bindings, type Bound, type Space, build, isBound } from './build.ts'
import type { Guard } from './law.ts'
import type { Linear } from './pattern.ts'

/** How a value compares with zero, as far as its number or its range says. */
const COMPARED: Readonly<
  Record<ComparisonOperator, { number: (r: Rational) => boolean; range: (r: Range) => boolean }>
> = {
  '>': { number: isPositive, range: isPositiveRange },
  '>=': { number: (r) => !isNegative(r), range: isNonnegativeRange },
  '<': { number: isNegative, range: isNegativeRange },
  '<=': { number: (r) => !isPositive(r), range: (r) => r.hi <= 0 },
  '!=': { number: (r) => !isZero(r), range: isNonzeroRange },
  '==': { number: isZero, range: () => false },
}

/** What a declaration asks of a number, or of a value. */
const OF_NUMBERS: Readonly<Record<string, (n: Rational) => boolean>> = {
  integer: isInteger,
  fraction: (n) => !isInteger(n),
  even: isEven,
  half: (n) => n.d === 2n,
  odd: (n) => isInteger(n) && !isEven(n),
}
const isFixed = (v: Node): boolean =>
  v.kind === 'symbol' && (v.symbol.role === 'dim' || (v.symbol.role === 'constant' && !v.symbol.entries))
const OF_VALUES: Readonly<Record<string, (v: Node) => boolean>> = {
  /** Of u and −u the one that is written without a minus sign. */
  upright: (v) => !(v.kind === 'product' && isNegative(v.coefficient)),
  /** The same in all of the program, finite and not 0: the number of entries, or π and e. */
  fixed: isFixed,
  varying: (v) => !isFixed(v),
  /** Entries are 0 or 1. */
  binary: (v) =>
    v.kind === 'symbol' && (v.symbol.assumptions.has('onehot') || v.symbol.assumptions.has('binary')),
}

/** Compares with zero what a name stands for. */
function compare(relation: ComparisonOperator, node: Node): boolean {
  const number = constantValue(node)
  return number ? COMPARED[relation].number(number) : COMPARED[relation].range(node.range)
}

type Comparison = Extract<Guard, { readonly relation: ComparisonOperator }>

export class Guards {
  /** Of one name and nothing else: asked as soon as the name stands for something. */
  readonly #early = new Map<string, ((value: Bound | Rational) => boolean)[]>()
  readonly #late: readonly Comparison[]

  constructor(guards: readonly Guard[]) {
    const late: Comparison[] = []
    for (const guard of guards) {
      if ('is' in guard)
        this.#add(guard.name, (value) =>
          isBound(value) ? OF_VALUES[guard.is]!(value.node) : OF_NUMBERS[guard.is]!(value),
        )
      else if (guard.left.kind === 'symbol' && isZeroNode(guard.right))
        this.#add(guard.left.symbol.name, (value) =>
          isBound(value) ? compare(guard.relation, value.node) : COMPARED[guard.relation].number(value),
        )
      else late.push(guard)
    }
    this.#late = late
  }

  #add(name: string, test: (value: Bound | Rational) => boolean): void {
    this.#early.set(name, [...(this.#early.get(name) ?? []), test])
  }

  /** Whether a name may stand for this. */
  allow(name: string, value: Bound | Rational): boolean {
    return this.#early.get(name)?.every((test) => test(value)) ?? true
  }

  /** With a name for this, if it may stand for it. */
  bind(b: Bindings, name: string, value: Bound | Rational): Bindings | undefined {
    return this.allow(name, value) ? b.with(name, value) : undefined
  }

  /** The bindings in which a linear expression has a value. */
  solve(l: Linear, value: Rational, b: Bindings): Bindings | undefined {
    const known = numberOf(l, b)
    if (known) return same(known, value) ? b : undefined
    return this.bind(b, l.name!, over(minus(value, l.plus), l.times))
  }

  /** Whether the conditions hold that are of several names. */
  hold(g: Graph, b: Bindings, space: Space): boolean {
    return this.#late.every(({ relation, left, right }) => {
      const [x, y] = [build(g, left, b, space), build(g, right, b, space)]
      return x !== undefined && y !== undefined && compare(relation, g.subtract(x, y))
    })
  }
}

/** A known linear expression of a number. */
export function numberOf({ name, times: t, plus: p }: Linear, b: Bindings): Rational | undefined {
  if (name === undefined) return p
  const value = b.get(name)
  return value === undefined || isBound(value) ? undefined : plus(times(t, value), p)
}
