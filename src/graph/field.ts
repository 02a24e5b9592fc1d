import type { Rational } from '../base/rational.ts'

/** The functions that every number system at hand knows by itself (JavaScript's Math, big numbers, dual numbers). */
export type Elementary =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'atan'
  | 'erf'
  | 'abs'
  | 'sign'

/** Further functions that machines have of their own. */
export type Native = 'asin' | 'acos' | 'asinh' | 'acosh' | 'atanh' | 'log2' | 'log10' | 'atan2'

export type Relation = '<' | '<=' | '>' | '>=' | '=' | '!='
/** The relation that holds where one does not (and nothing is NaN). */
export const OPPOSITE: Readonly<Record<Relation, Relation>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '=': '!=',
  '!=': '=',
}

/**
 * A number system. An operator states its meaning once, in terms of this; doubles, big numbers, dual numbers and
 * program trees (the emitted code) are its instances.
 */
export interface Field<T> {
  rational(value: Rational): T
  /** A double that is no simple rational: a coefficient of an approximation, pi, e. */
  number(value: number): T
  add(a: T, b: T): T
  subtract(a: T, b: T): T
  multiply(a: T, b: T): T
  divide(a: T, b: T): T
  negate(a: T): T
  /** The real power; `b` an arbitrary exponent. */
  power(a: T, b: T): T
  call(name: Elementary, a: T): T
  /** What a machine has of its own, where it does: for kernels. */
  native?(name: Native, ...args: T[]): T
  /** The value without its changes, where a system knows of any. */
  still?(a: T): T
  /** Only the branch that the condition takes is evaluated; a comparison with NaN does not hold. */
  select(relation: Relation, a: T, b: T, then: () => T, otherwise: () => T): T
}

/** A number system whose values can be looked at: what evaluators need beyond `Field`. */
export interface Numbers<T> extends Field<T> {
  less(a: T, b: T): boolean
  toNumber(a: T): number
  /** The constants, to the precision of the system. */
  pi(): T
  e(): T
}
