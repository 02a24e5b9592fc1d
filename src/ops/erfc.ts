import { MINUS_ONE, ONE, TWO } from '../base/rational.ts'
import type { Pointwise } from '../graph/operator.ts'
import { range } from '../graph/range.ts'
import { bell } from './elementary.ts'
import { around, erfc as erfcApproximation } from './erf.ts'

/** 1 − erf x, where the difference would lose what is left of it. */
export const erfc: Pointwise = {
  kind: 'pointwise',
  name: 'erfc',
  called: { en: 'the complementary error function', zh: '互补误差函数' },
  arity: 1,
  notation: { latex: '\\operatorname{erfc}', text: 'erfc', form: 'call' },
  cost: 28,
  range: () => range(0, 2, true, true),
  meaning: (f, x) => f.subtract(f.rational(ONE), f.call('erf', x)),
  kernel: (f, x) => erfcApproximation(f, x, around(f, x)),
  slope: (g, [x]) => bell(g, x!, TWO.neg(), MINUS_ONE, ONE),
  delicate: [[0], [1e-20], [0.25], [0.84375], [1.25], [-1.25], [2.857], [6], [-7], [27], [-40], [40]],
  values: [
    [0.5, 0.4795001221869535],
    [-2, 1.9953222650189528],
    [9, 4.13703174651381e-37],
  ],
}
