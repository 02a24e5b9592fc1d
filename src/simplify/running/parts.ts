import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'

/*
 * Functions of one exponential of −|u|, which neither overflows nor cancels: σ(u), σ(−u), their product, softplus(u) and
 * softplus(−u) share it. The parts are nodes like all others, so that values and slopes have them in common. Their names
 * keep the normal form from dissolving a part into its users.
 */

/** σ(|u|) and σ(−|u|). */
export const SIDES = { decay: 'exp(-abs(u))', large: '1 / (1 + decay)', small: 'decay * large' }

export const partRules: readonly Rule[] = [
  row({
    name: 'sigmoid by a decaying exponential',
    zh: '衰减指数计算 S 型函数',
    law: ['sigmoid(-u) = where(u >= 0, small, large)', 'sigmoid(u) = where(u >= 0, large, small)'],
    parts: SIDES,
    example: 'param a[3]\nloss J = sum(sigmoid(a) * sigmoid(-2 * a))',
  }),
  row({
    name: 'softplus by a decaying exponential',
    zh: '衰减指数计算 softplus',
    law: ['softplus(-u) = max(-u, 0) + log1p(decay)', 'softplus(u) = max(u, 0) + log1p(decay)'],
    parts: SIDES,
    example: 'param a[3]\nloss J = sum(softplus(a) * softplus(-2 * a))',
  }),
]

/** What is left of tanh(|u|) on its way to 1. */
const DECAY = { decay: 'exp(-2 * abs(u))' }

/** tanh as a function that targets have, and an exponential for its slope only where 1 − tanh² would cancel. */
export const tanhRules: readonly Rule[] = [
  row({
    // 1 + |tanh u| is 2/(1 + t), t = exp(−2|u|), and 1 − tanh²u is 4t/(1 + t)². An exponential only where it is needed.
    name: 'slope of tanh',
    zh: '双曲正切的导数',
    law: [
      'sechsquare(-u) = where(tanh(-u)^2 < 1/2, 1 - tanh(-u)^2, (1 + tanh(-u)^2 + 2 * abs(tanh(-u))) * decay)',
      'sechsquare(u) = where(tanh(u)^2 < 1/2, 1 - tanh(u)^2, (1 + tanh(u)^2 + 2 * abs(tanh(u))) * decay)',
    ],
    parts: DECAY,
    example: 'param a[3]\nloss J = sum(a * (1 - tanh(a)^2) + a * (1 - tanh(9 * a)^2))',
  }),
]

/** tanh and its slope from one exponential, where calls of functions cost as much as all the rest. */
export const sharedTanhRules: readonly Rule[] = [
  row({
    name: 'tanh by a decaying exponential',
    zh: '衰减指数计算双曲正切',
    law: ['tanh(-u) = tanhbydecay(-u, decay)', 'tanh(u) = tanhbydecay(u, decay)'],
    parts: DECAY,
    example: 'param a[3]\nloss J = sum(tanh(a) * tanh(-2 * a))',
  }),
  row({
    name: 'slope of tanh by a decaying exponential',
    zh: '衰减指数计算双曲正切的导数',
    law: ['sechsquare(-u) = 4 * decay / (1 + decay)^2', 'sechsquare(u) = 4 * decay / (1 + decay)^2'],
    parts: DECAY,
    example: 'param a[3]\nloss J = sum(a * (1 - tanh(a)^2) + a * (1 - tanh(9 * a)^2))',
  }),
]
