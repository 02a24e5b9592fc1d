import { ONE, type Rational, ZERO } from '../base/rational.ts'
import type { Field, Relation } from '../graph/field.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import { UNIT, type Range, range, union } from '../graph/range.ts'

function relation(name: string, relation: Relation, latex: string, text: string): Pointwise {
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
  }
}

export const lt = relation('lt', '<', '<', '<')
export const le = relation('le', '<=', '\\le', '≤')
export const gt = relation('gt', '>', '>', '>')
export const ge = relation('ge', '>=', '\\ge', '≥')
export const eq = relation('eq', '=', '=', '=')
export const ne = relation('ne', '!=', '\\ne', '≠')

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
  }
}

export const max = extremum('max', ge, '>=', (a, b) =>
  range(
    Math.max(a.lo, b.lo),
    Math.max(a.hi, b.hi),
    a.lo === b.lo ? a.loOpen || b.loOpen : a.lo > b.lo ? a.loOpen : b.loOpen,
    a.hi === b.hi ? a.hiOpen && b.hiOpen : a.hi > b.hi ? a.hiOpen : b.hiOpen,
  ),
)
export const min = extremum('min', le, '<=', (a, b) =>
  range(
    Math.min(a.lo, b.lo),
    Math.min(a.hi, b.hi),
    a.lo === b.lo ? a.loOpen && b.loOpen : a.lo < b.lo ? a.loOpen : b.loOpen,
    a.hi === b.hi ? a.hiOpen || b.hiOpen : a.hi < b.hi ? a.hiOpen : b.hiOpen,
  ),
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
}

export const piecewise: readonly Pointwise[] = [lt, le, gt, ge, eq, ne, select, max, min, stop]
