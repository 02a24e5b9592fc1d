/** The vocabulary of the helpers for matrices: a factorised n × n matrix `lu[at…]`, its rows, loops along them. */
import {
  type Expression,
  type FunctionDeclaration,
  type Parameter,
  type Statement,
  add,
  assign,
  at,
  binary,
  constant,
  name,
  num,
  subtract,
} from './tree.ts'

export const n = name('n')
export const lu = name('lu')
export const plus = (a: string, ...more: Expression[]): Expression => more.reduce(add, name(a))
/** Where row i of n numbers starts, counted from the first row. */
export const rowsBefore = (i: string): Expression => binary('*', name(i), n)
/** Where row i of the factorised matrix starts; and what follows its n rows, the order. */
export const rowAt = (i: string): Expression => add(name('at'), rowsBefore(i))
export const orderAt: Expression = add(name('at'), binary('*', n, n))
export const entry = (row: string, j: string): Expression => at(lu, plus(row, name(j)))
export const diagonal = (k: string): Expression => at(lu, add(rowAt(k), name(k)))

export const loop = (
  v: string,
  from: Expression,
  body: readonly Statement[],
  to: Expression = n,
  step = 1,
): Statement => ({ kind: 'for', variable: v, from, to, step, body })
export const after = (v: string): Expression => add(name(v), num(1))
/** The loop i = n − 1, …, 0. */
export const downwards = (body: readonly Statement[]): Statement =>
  loop('u', num(0), [constant('i', subtract(subtract(n, num(1)), name('u'))), ...body])

/** So many rows (or right-hand sides) are worked on at once: what they have in common is read once. */
const WIDTH = 4
/** A loop in steps of WIDTH, and turn by turn over what is left. */
export const inBlocks = (
  v: string,
  from: Expression,
  to: Expression,
  body: (width: number) => readonly Statement[],
): Statement[] => [
  constant('whole', binary('-', to, binary('%', subtract(to, from), num(WIDTH)))),
  loop(v, from, body(WIDTH), name('whole'), WIDTH),
  loop(v, name('whole'), body(1), to),
]
/** One statement for each of those that are worked on at once. */
export const each = <T>(width: number, make: (k: number) => T): T[] =>
  Array.from({ length: width }, (_, k) => make(k))
/** The k-th of several names of a kind. */
export const numbered = (id: string, k: number): string => (k === 0 ? id : `${id}${k}`)

export const swap = (a: Expression, b: Expression): Statement[] => [
  constant('t', a),
  assign(a, b),
  assign(b, name('t')),
]

export const READ = 'ArrayLike<number>'
export const WRITE = '{ [index: number]: number }'
export const parameter = (id: string, type = 'number'): Parameter => ({ name: id, type })
/** The factorised matrix and where it starts. */
export const factors: readonly Parameter[] = [parameter('lu', 'Float64Array'), parameter('at')]
export const size = parameter('n')

export const helper = (
  id: string,
  doc: readonly string[],
  parameters: readonly Parameter[],
  returns: string,
  body: readonly Statement[],
): FunctionDeclaration => ({ kind: 'function', name: id, parameters, returns, doc, body })
