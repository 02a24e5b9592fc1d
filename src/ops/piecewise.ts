import { MINUS_ONE, ONE, type Rational, ZERO } from '../base/rational.ts'
import type { Field, Relation } from '../graph/field.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Definition, Pointwise } from '../graph/operator.ts'
import { UNIT, type Range, range, union } from '../graph/range.ts'

/** In all quadrants, and equal. */
const SIDES = [
  [1, 2],
  [2, 2],
  [3, 2],
  [-1, 1],
  [1, -1],
] as const

function relation(
  name: string,
  relation: Relation,
  latex: string,
  text: string,
  holds: (a: number, b: number) => boolean,
  definition?: Definition,
): Pointwise {
  return {
    kind: 'pointwise',
    name,
    called: { en: 'the comparison', zh: '比较' },
    arity: 2,
    relation,
    notation: { latex, text, form: 'relation' },
    cost: 1,
    range: () => UNIT,
    meaning: <T>(f: Field<T>, a: T, b: T) =>
      f.select(
        relation,
        a,
        b,
        () => f.rational(ONE),
        () => f.rational(ZERO),
      ),
    slope: (g) => g.constant(ZERO),
    delicate: [
      [0, 0],
      [1, 1],
      [0, 1],
      [1, 0],
      [-1, 1],
    ],
    values: SIDES.map(([a, b]) => [a, b, holds(a, b) ? 1 : 0]),
    ...(definition && { definition }),
  }
}

const oneLess = (g: Graph, u: Node): Node => g.sum([{ coefficient: MINUS_ONE, node: u }], ONE, u.shape)
/** u where c, which is 0 or 1, is 1, else v. */
const either = (g: Graph, c: Node, u: Node, v: Node): Node =>
  g.add(g.multiply(c, u), g.multiply(oneLess(g, c), v))

export const lt = relation('lt', '<', '<', '<', (a, b) => a < b)
export const le = relation('le', '<=', '\\le', '≤', (a, b) => a <= b, {
  law: '[u ≤ v] = 1 − [v < u]',
  of: (g, [u, v]) => oneLess(g, g.apply(lt, [v!, u!])),
  example: 'param a, b\nloss J = where(a <= b, a, 1)',
})
export const gt = relation('gt', '>', '>', '>', (a, b) => a > b, {
  law: '[u > v] = [v < u]',
  of: (g, [u, v]) => g.apply(lt, [v!, u!]),
  example: 'param a, b\nloss J = where(a > b, a, 1)',
})
export const ge = relation('ge', '>=', '\\ge', '≥', (a, b) => a >= b, {
  law: '[u ≥ v] = 1 − [u < v]',
  of: (g, [u, v]) => oneLess(g, g.apply(lt, [u!, v!])),
  example: 'param a, b\nloss J = where(a >= b, a, 1)',
})
export const eq = relation('eq', '=', '=', '=', (a, b) => a === b)
export const ne = relation('ne', '!=', '\\ne', '≠', (a, b) => a !== b, {
  law: '[u ≠ v] = 1 − [u = v]',
  of: (g, [u, v]) => oneLess(g, g.apply(eq, [u!, v!])),
  example: 'param a, b\nloss J = where(a != b, a, 1)',
})

/**
 * u where the condition (0 or 1) holds, else v. Its adjoint is a `select` again, not a product with 0: a branch not
 * taken may be infinite or NaN and must not be multiplied.
 */
export const select: Pointwise = {
  kind: 'pointwise',
  name: 'select',
  called: { en: 'the case distinction', zh: '分段函数' },
  arity: 3,
  notation: { latex: 'cases', text: 'where', form: 'cases' },
  cost: 1,
  range: (_c, u, v) => union(u, v),
  meaning: <T>(f: Field<T>, c: T, u: T, v: T) =>
    f.select(
      '!=',
      c,
      f.rational(ZERO),
      () => u,
      () => v,
    ),
  pull: (g, [c], _value, adjoint, by) =>
    by === 0
      ? g.constant(ZERO)
      : by === 1
        ? g.apply(select, [c!, adjoint, g.constant(ZERO)])
        : g.apply(select, [c!, g.constant(ZERO), adjoint]),
  delicate: [
    [1, 2, 3],
    [0, 2, 3],
  ],
  values: [
    [1, 2, 3, 2],
    [0, 2, 3, 3],
  ],
  definition: {
    law: 'where(c, u, v) = [c]·u + (1 − [c])·v',
    of: (g, [c, u, v]) => either(g, c!, u!, v!),
    example: 'param a, b\nloss J = where(a < b, a, b * b)',
  },
}

export const where = (g: Graph, condition: Node, then: Node, otherwise: Node): Node =>
  g.apply(select, [condition, then, otherwise])

/** where(x = 0, at0, u) */
export const unlessZero = (g: Graph, x: Node, at0: Rational, u: Node): Node =>
  where(g, g.apply(eq, [x, g.constant(ZERO)]), g.constant(at0), u)

function extremum(
  name: 'max' | 'min',
  first: Pointwise,
  relation: Relation,
  bound: (a: Range, b: Range) => Range,
  of: (a: number, b: number) => number,
  definition: Definition,
): Pointwise {
  return {
    kind: 'pointwise',
    name,
    called: name === 'max' ? { en: 'the maximum', zh: '最大值' } : { en: 'the minimum', zh: '最小值' },
    arity: 2,
    notation: { latex: `\\${name}`, text: name, form: 'call' },
    cost: 1,
    range: bound,
    // NaN in either argument stays NaN: the comparison fails for NaN, and a + b is NaN.
    meaning: <T>(f: Field<T>, a: T, b: T) =>
      f.select(
        relation,
        a,
        b,
        () => a,
        () =>
          f.select(
            relation,
            b,
            a,
            () => b,
            () => f.add(a, b),
          ),
      ),
    // Of equals the first is followed.
    pull: (g, [a, b], _value, adjoint, by) => {
      const condition = g.apply(first, [a!, b!])
      return by === 0
        ? g.apply(select, [condition, adjoint, g.constant(ZERO)])
        : g.apply(select, [condition, g.constant(ZERO), adjoint])
    },
    delicate: [
      [0, 0],
      [1, 1],
      [0, 1],
      [1, 0],
      [-1, 1],
      [0, -1],
    ],
    values: SIDES.map(([a, b]) => [a, b, of(a, b)]),
    definition,
  }
}

export const max = extremum(
  'max',
  ge,
  '>=',
  (a, b) =>
    range(
      Math.max(a.lo, b.lo),
      Math.max(a.hi, b.hi),
      a.lo === b.lo ? a.loOpen || b.loOpen : a.lo > b.lo ? a.loOpen : b.loOpen,
      a.hi === b.hi ? a.hiOpen && b.hiOpen : a.hi > b.hi ? a.hiOpen : b.hiOpen,
    ),
  Math.max,
  {
    law: 'max(u, v) = u + [u < v]·(v − u)',
    of: (g, [u, v]) => either(g, g.apply(lt, [u!, v!]), v!, u!),
  },
)
export const min = extremum(
  'min',
  le,
  '<=',
  (a, b) =>
    range(
      Math.min(a.lo, b.lo),
      Math.min(a.hi, b.hi),
      a.lo === b.lo ? a.loOpen && b.loOpen : a.lo < b.lo ? a.loOpen : b.loOpen,
      a.hi === b.hi ? a.hiOpen || b.hiOpen : a.hi < b.hi ? a.hiOpen : b.hiOpen,
    ),
  Math.min,
  {
    law: 'min(u, v) = v + [u < v]·(u − v)',
    of: (g, [u, v]) => either(g, g.apply(lt, [u!, v!]), u!, v!),
  },
)

/** A value that is not differentiated: the calculus takes it for a constant. */
export const stop: Pointwise = {
  kind: 'pointwise',
  name: 'stop',
  called: { en: 'the value as a constant', zh: '视为常数的值' },
  arity: 1,
  notation: { latex: '\\operatorname{sg}', text: 'sg', form: 'call' },
  cost: 1,
  range: (r) => r,
  meaning: (f, x) => f.still?.(x) ?? x,
  slope: (g) => g.constant(ZERO),
  delicate: [[0], [1], [-3]],
  values: [
    [0.5, 0.5],
    [-2, -2],
  ],
}

export const piecewise: readonly Pointwise[] = [lt, le, gt, ge, eq, ne, select, max, min, stop]
