/**
 * The program tree: expressions and statements of the language that is emitted. Text comes last (text.ts), so that
 * brackets, types and assertions are the printer's business and no one glues strings. What only TypeScript has (types,
 * `!` after the read of an element, `as`, interfaces) is in the tree and left out when JavaScript is printed.
 */
import type { Span } from '../base/span.ts'
import type { Origin } from './source-map.ts'

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  /** A template literal: texts and expressions alternate, texts.length = values.length + 1. */
  | { readonly kind: 'template'; readonly texts: readonly string[]; readonly values: readonly Expression[] }
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'member'
      readonly object: Expression
      readonly property: string
      readonly optional?: boolean
    }
  /** An element of an array. Read, it gets `!` in TypeScript unless `maybe` says that it may be undefined. */
  | {
      readonly kind: 'index'
      readonly array: Expression
      readonly index: Expression
      readonly maybe?: boolean
    }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly argument: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'conditional'
      readonly test: Expression
      readonly then: Expression
      readonly otherwise: Expression
    }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'new'; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly fields: readonly ObjectField[]; readonly broken?: boolean }
  | {
      readonly kind: 'arrow'
      readonly parameters: readonly Parameter[]
      readonly body: Expression | readonly Statement[]
    }
  /** A type assertion, in TypeScript only. */
  | { readonly kind: 'as'; readonly value: Expression; readonly type: string }
  /** `value!`, in TypeScript only. */
  | { readonly kind: 'sure'; readonly value: Expression }
  | { readonly kind: 'spread'; readonly value: Expression }

export type UnaryOperator = '-' | '+' | '!' | 'typeof '
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '**'
  | '<'
  | '<='
  | '>'
  | '>='
  | '==='
  | '!=='
  | '&&'
  | '||'
  | '??'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>'
  | '>>>'
  | 'in'
  | 'instanceof'

export interface ObjectField {
  /** Quoted where it is no identifier. */
  readonly key: string
  readonly value: Expression
  /** Lines of a doc comment. */
  readonly doc?: readonly string[]
}

export interface Parameter {
  readonly name: string
  readonly type?: string
  readonly optional?: boolean
  readonly value?: Expression
}

export type Statement =
  | {
      readonly kind: 'declare'
      readonly keyword: 'const' | 'let'
      readonly name: string
      readonly type?: string | undefined
      readonly value?: Expression | undefined
      readonly exported?: boolean
      readonly doc?: readonly string[] | undefined
    }
  | {
      readonly kind: 'assign'
      readonly target: Expression
      readonly operator: AssignmentOperator
      readonly value: Expression
    }
  | { readonly kind: 'do'; readonly expression: Expression }
  /** for (let variable = from; variable < to; variable += step); with a negative step down to `to` itself. */
  | {
      readonly kind: 'for'
      readonly variable: string
      readonly from: Expression
      readonly to: Expression
      readonly step: number
      readonly body: readonly Statement[]
    }
  | {
      readonly kind: 'for-of'
      readonly variable: string
      readonly of: Expression
      readonly body: readonly Statement[]
    }
  | {
      readonly kind: 'if'
      readonly test: Expression
      readonly then: readonly Statement[]
      readonly otherwise?: readonly Statement[] | undefined
    }
  | { readonly kind: 'return'; readonly value?: Expression | undefined }
  | { readonly kind: 'throw'; readonly value: Expression }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  /** Lines of `//` comment. */
  | { readonly kind: 'comment'; readonly lines: readonly string[] }
  | { readonly kind: 'blank' }
  | FunctionDeclaration
  /** What the printer has made before of other statements, with the places that its lines come from. */
  | { readonly kind: 'printed'; readonly text: string; readonly origins: readonly Origin[] }
  /** No code: what follows, to the next of these or the end of the function, comes from this place of the program. */
  | { readonly kind: 'origin'; readonly span: Span | undefined }
  | {
      readonly kind: 'interface'
      readonly name: string
      readonly extends?: string | undefined
      readonly fields: readonly InterfaceField[]
      readonly exported?: boolean
      readonly doc?: readonly string[] | undefined
    }
  | {
      readonly kind: 'type'
      readonly name: string
      readonly type: string
      readonly exported?: boolean
      readonly doc?: readonly string[] | undefined
    }

export type AssignmentOperator = '=' | '+=' | '-=' | '*=' | '/='

export interface FunctionDeclaration {
  readonly kind: 'function'
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly returns?: string | undefined
  readonly body: readonly Statement[]
  readonly exported?: boolean
  readonly doc?: readonly string[] | undefined
}

export interface InterfaceField {
  readonly key: string
  /** None of an object, which has fields itself. */
  readonly type?: string
  readonly fields?: readonly InterfaceField[]
  readonly optional?: boolean
  readonly doc?: readonly string[] | undefined
}

// ——— short constructors

export const num = (value: number): Expression => ({ kind: 'number', value })
export const str = (value: string): Expression => ({ kind: 'string', value })
export const name = (text: string): Expression => ({ kind: 'name', name: text })
export const member = (object: Expression, property: string): Expression => ({
  kind: 'member',
  object,
  property,
})
export const at = (array: Expression, index: Expression): Expression => ({ kind: 'index', array, index })
export const call = (callee: Expression | string, ...args: Expression[]): Expression => ({
  kind: 'call',
  callee: typeof callee === 'string' ? name(callee) : callee,
  args,
})
export const construct = (callee: string, ...args: Expression[]): Expression => ({
  kind: 'new',
  callee: name(callee),
  args,
})
export const math = (fn: string, ...args: Expression[]): Expression => ({
  kind: 'call',
  callee: member(name('Math'), fn),
  args,
})
export const binary = (operator: BinaryOperator, left: Expression, right: Expression): Expression => ({
  kind: 'binary',
  operator,
  left,
  right,
})
export const conditional = (test: Expression, then: Expression, otherwise: Expression): Expression => ({
  kind: 'conditional',
  test,
  then,
  otherwise,
})
export const constant = (id: string, value: Expression, type?: string): Statement => ({
  kind: 'declare',
  keyword: 'const',
  name: id,
  value,
  type,
})
export const variable = (id: string, value?: Expression, type?: string): Statement => ({
  kind: 'declare',
  keyword: 'let',
  name: id,
  value,
  type,
})
export const assign = (
  target: Expression,
  value: Expression,
  operator: AssignmentOperator = '=',
): Statement => ({ kind: 'assign', target, operator, value })
export const perform = (expression: Expression): Statement => ({ kind: 'do', expression })
export const giveBack = (value?: Expression): Statement => ({ kind: 'return', value })
export const when = (
  test: Expression,
  then: readonly Statement[],
  otherwise?: readonly Statement[],
): Statement => ({ kind: 'if', test, then, otherwise })

/** The negative, without doubling a sign. */
export function minus(a: Expression): Expression {
  if (a.kind === 'number') return num(-a.value)
  if (a.kind === 'unary' && a.operator === '-') return a.argument
  return { kind: 'unary', operator: '-', argument: a }
}

// Arithmetic that drops neutral elements where it is exact for every x (x·1, x/1, x − 0, also for NaN and −0).

export function add(a: Expression, b: Expression): Expression {
  if (a.kind === 'number' && b.kind === 'number') return num(a.value + b.value)
  if (b.kind === 'number' && b.value < 0) return binary('-', a, num(-b.value))
  if (b.kind === 'unary' && b.operator === '-') return binary('-', a, b.argument)
  if (a.kind === 'unary' && a.operator === '-') return binary('-', b, a.argument)
  return binary('+', a, b)
}

export function subtract(a: Expression, b: Expression): Expression {
  if (a.kind === 'number' && b.kind === 'number') return num(a.value - b.value)
  if (b.kind === 'number' && b.value === 0) return a
  if (b.kind === 'number' && b.value < 0) return binary('+', a, num(-b.value))
  if (b.kind === 'unary' && b.operator === '-') return binary('+', a, b.argument)
  return binary('-', a, b)
}

export function multiply(a: Expression, b: Expression): Expression {
  if (a.kind === 'number' && b.kind === 'number') return num(a.value * b.value)
  if (a.kind === 'number' && a.value === 1) return b
  if (b.kind === 'number' && b.value === 1) return a
  if (a.kind === 'number' && a.value === -1) return minus(b)
  if (b.kind === 'number' && b.value === -1) return minus(a)
  if (a.kind === 'unary' && a.operator === '-') return minus(multiply(a.argument, b))
  if (b.kind === 'unary' && b.operator === '-') return minus(multiply(a, b.argument))
  return binary('*', a, b)
}

export function divide(a: Expression, b: Expression): Expression {
  if (a.kind === 'number' && b.kind === 'number' && b.value !== 0) return num(a.value / b.value)
  if (b.kind === 'number' && b.value === 1) return a
  if (a.kind === 'unary' && a.operator === '-') return minus(divide(a.argument, b))
  return binary('/', a, b)
}
