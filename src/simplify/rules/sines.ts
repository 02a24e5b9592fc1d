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
    name: 'cosine of a negative',
    zh: '负角的余弦',
    law: 'cos(-u) = cos(u)',
    example: 'param a, b\nloss J = b * cos(-2 * a)',
  }),
  row({
    name: 'sine of a negative',
    zh: '负角的正弦',
    law: 'sin(-u) = -sin(u)',
    example: 'param a, b\nloss J = a * sin(-2 * b)',
  }),
  row({
    name: 'sum of angles',
    zh: '和角公式',
    law: [
      'cos(u) * cos(v) + sin(u) * sin(v) = cos(u - v)',
      'cos(u) * cos(v) - sin(u) * sin(v) = cos(u + v)',
      'sin(u) * cos(v) - cos(u) * sin(v) = sin(u - v)',
      'sin(u) * cos(v) + cos(u) * sin(v) = sin(u + v)',
    ],
    // Of large angles a sum has fewer digits than each.
    reading: true,
    trial: true,
    example: 'param a, b, k\nloss J = k * (cos(a) * cos(a + b) + sin(a) * sin(a + b))',
  }),
  row({
    name: 'product of roots',
    zh: '根式之积',
    law: 'u^n * v^n = (u * v)^n where n : fraction, u >= 0, v >= 0',
    trial: true,
    example: 'param a\nloss J = a / (sqrt(2) * sqrt(pi))',
  }),
]
