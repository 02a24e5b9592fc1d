import { MINUS_ONE, ONE, ZERO } from '../base/rational.ts'
import type { Numbers } from '../graph/field.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Mask, Pick, Reduction } from '../graph/operator.ts'
import { EVERYTHING, UNIT, multiplyRanges, range } from '../graph/range.ts'
import { exp, log } from './elementary.ts'

/** `value` (without `axes`) stretched back over the shape of `like`. */
export function stretchBack(g: Graph, value: Node, like: Node, axes: readonly number[]): Node {
  return g.broadcast(
    value,
    like.shape,
    like.shape.map((_, i) => i).filter((i) => !axes.includes(i)),
  )
}

/**
 * log Σ eˣ along axes. The one operator behind softmax = exp(x − lse x), log-softmax and sums of exponentials; its
 * adjoint is the softmax.
 */
export const lse: Reduction = {
  kind: 'reduction',
  name: 'lse',
  called: { en: 'logsumexp', zh: 'logsumexp 函数' },
  arity: 1,
  notation: { latex: '\\operatorname{logsumexp}', text: 'logsumexp', form: 'call' },
  logarithm: true,
  cost: 16,
  range: () => EVERYTHING,
  meaning: (f, values) =>
    f.call(
      'log',
      values.map((v) => f.call('exp', v)).reduce((a, b) => f.add(a, b)),
    ),
  // Shifted by the greatest entry, so that nothing overflows (Blanchard, Higham, Higham 2021); −∞ everywhere stays −∞.
  kernel: <T>(f: Numbers<T>, values: readonly T[]) => {
    const greatest = values.reduce((a, b) => (f.less(a, b) ? b : a))
    const m = f.toNumber(greatest)
    if (m === Infinity || m === -Infinity) return greatest
    return f.add(
      greatest,
      f.call(
        'log',
        values.map((v) => f.call('exp', f.subtract(v, greatest))).reduce((a, b) => f.add(a, b)),
      ),
    )
  },
  pull: (g, x, value, adjoint, axes) => {
    const difference = g.sum(
      [
        { coefficient: ONE, node: x },
        { coefficient: MINUS_ONE, node: stretchBack(g, value, x, axes) },
      ],
      ZERO,
      x.shape,
    )
    return g.multiply(adjoint, g.apply(exp, [difference]))
  },
  delicate: [
    [0, 0],
    [1000, 1000],
    [1000, -1000],
    [-1000, -1001],
    [100, 0, 0, 0],
  ],
  values: [
    [1, 2, 3, 3.40760596444438],
    [-40, 2, 2],
  ],
  definition: {
    law: 'logsumexp z = log Σ eᶻ',
    of: (g, [z], axes) => g.apply(log, [g.sumOver(g.apply(exp, [z!]), axes)]),
    example: 'param a[3]\nloss J = logsumexp(a)',
  },
}

/** Σⱼ over the samples of a batch: the one sum that is no contraction, for nodes of one sample do not have that axis. */
export const batchsum: Reduction = {
  kind: 'reduction',
  name: 'batchsum',
  called: { en: 'the sum over the batch', zh: '对批次求和' },
  arity: 1,
  adds: true,
  notation: { latex: '\\sum', text: 'Σ', form: 'call' },
  cost: 1,
  range: (r) => multiplyRanges(r, range(1, Infinity)),
  meaning: (f, values) => values.reduce((a, b) => f.add(a, b)),
  pull: (_g, _x, _value, adjoint) => adjoint,
  delicate: [[1, 2]],
  values: [[1, 2, -4, -1]],
}

function pick<T>(better: (a: T, b: T) => boolean, isNaN: (a: T) => boolean, values: readonly T[]): number {
  let at = 0
  values.forEach((v, i) => {
    if (better(v, values[at]!) || (isNaN(v) && !isNaN(values[at]!))) at = i
  })
  return at
}

function mask(
  name: string,
  latex: string,
  picks: Pick,
  better: <T>(f: Numbers<T>, a: T, b: T) => boolean,
): Mask {
  return {
    kind: 'mask',
    name,
    called:
      picks === 'greatest'
        ? { en: 'the place of the maximum', zh: '最大值的位置' }
        : { en: 'the place of the minimum', zh: '最小值的位置' },
    arity: 1,
    picks,
    notation: { latex: `\\operatorname{${latex}}`, text: latex, form: 'call' },
    cost: 2,
    range: () => UNIT,
    meaning: (f, values) => {
      const at = pick(
        (a, b) => better(f, a, b),
        (a) => Number.isNaN(f.toNumber(a)),
        values,
      )
      return values.map((_, i) => f.rational(i === at ? ONE : ZERO))
    },
    delicate: [
      [0, 0],
      [1, 2, 2],
      [3, 1, 3],
    ],
  }
}

/** 1 at the first greatest entry along the axes (in row-major order), 0 elsewhere. */
export const argmaxfirst = mask('argmaxfirst', 'argmax', 'greatest', (f, a, b) => f.less(b, a))
/** 1 at the first least entry along the axes, 0 elsewhere. */
export const argminfirst = mask('argminfirst', 'argmin', 'least', (f, a, b) => f.less(a, b))

function extreme(
  name: 'reducemax' | 'reducemin',
  latex: 'max' | 'min',
  where: Mask,
  better: <T>(f: Numbers<T>, a: T, b: T) => boolean,
): Reduction {
  return {
    kind: 'reduction',
    name,
    called: latex === 'max' ? { en: 'the maximum', zh: '最大值' } : { en: 'the minimum', zh: '最小值' },
    arity: 1,
    picks: where.picks,
    notation: { latex: `\\${latex}`, text: latex, form: 'call' },
    cost: 1,
    range: (r) => r,
    meaning: (f, values) =>
      values[
        pick(
          (a, b) => better(f, a, b),
          (a) => Number.isNaN(f.toNumber(a)),
          values,
        )
      ]!,
    // Of equals the first is followed.
    pull: (g, x, _value, adjoint, axes) => g.multiply(adjoint, g.reduce(where, x, axes)),
    delicate: [
      [0, 0],
      [1, 2, 2],
      [3, 1, 3],
      [-1, -2],
    ],
    values: [[1, -2, 5, 3, latex === 'max' ? 5 : -2]],
  }
}

export const reducemax = extreme('reducemax', 'max', argmaxfirst, (f, a, b) => f.less(b, a))
export const reducemin = extreme('reducemin', 'min', argminfirst, (f, a, b) => f.less(a, b))

export const reductions: readonly (Reduction | Mask)[] = [
  lse,
  batchsum,
  reducemax,
  reducemin,
  argmaxfirst,
  argminfirst,
]
