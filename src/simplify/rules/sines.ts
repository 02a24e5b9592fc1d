import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'

export const sinesAndRoots: readonly Rule[] = [
  row({
    name: 'Pythagoras',
    zh: '平方关系',
    law: [
      'sin(u)^2 + cos(u)^2 = 1',
      '1 - cos(u)^2 = sin(u)^2',
      '1 - sin(u)^2 = cos(u)^2',
      'k * sin(u)^2 + m * cos(u)^2 = k + (m - k) * cos(u)^2',
    ],
    trial: true,
    example: 'param a, b\nloss J = b * sin(a)^2 + b * cos(a)^2 + exp(b) * (1 - cos(b)^2)',
  }),
  row({
    name: 'double angle',
    zh: '二倍角公式',
    law: '2 * sin(u) * cos(u) = sin(2 * u)',
    trial: true,
    example: 'param a, b\nloss J = 2 * b * sin(a) * cos(a)',
  }),
  row({
    name: 'product of roots',
    zh: '根式之积',
    law: 'u^n * v^n = (u * v)^n where n : fraction, u >= 0, v >= 0',
    trial: true,
    example: 'param a\nloss J = a / (sqrt(2) * sqrt(pi))',
  }),
]
