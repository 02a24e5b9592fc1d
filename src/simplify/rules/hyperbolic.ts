import { row } from '../rows/row.ts'
import type { Rule } from '../rule.ts'

export const hyperbolic: readonly Rule[] = [
  row({
    name: 'hyperbolic functions',
    zh: '双曲函数',
    law: [
      'exp(u) + exp(-u) = 2 * cosh(u) where u : upright',
      'exp(u) - exp(-u) = 2 * sinh(u) where u : upright',
    ],
    example: 'param a\nloss J = (exp(a) + exp(-a)) * (exp(2 * a) - exp(-2 * a))',
  }),
  row({
    name: 'hyperbolic tangent',
    zh: '双曲正切',
    law: 'sinh(u) / cosh(u) = tanh(u)',
    example: 'param a\nloss J = sinh(a) * a / cosh(a)^3',
  }),
  row({
    name: 'hyperbolic tangent of a sigmoid',
    zh: '用双曲正切表示 S 型函数',
    law: '2 * sigmoid(u) - 1 = tanh(u / 2)',
    trial: true,
    example: 'param a, b\nloss J = b * (2 * sigmoid(2 * a) - 1)',
  }),
  row({
    name: 'slope of a hyperbolic tangent',
    zh: '双曲正切的导数',
    law: '4 * sigmoid(u) * sigmoid(-u) = 1 - tanh(u / 2)^2 where u : upright',
    reading: true,
    trial: true,
    example: 'param a, b\nloss J = 4 * b * sigmoid(2 * a) * sigmoid(-2 * a)',
  }),
  row({
    name: 'Pythagoras of hyperbolic functions',
    zh: '双曲函数的平方关系',
    law: ['cosh(u)^2 - 1 = sinh(u)^2', '1 + sinh(u)^2 = cosh(u)^2'],
    trial: true,
    example: 'param a, b\nloss J = b * (cosh(a)^2 - 1) + exp(b) * (1 + sinh(b)^2)',
  }),
  row({
    name: 'exponential of hyperbolic functions',
    zh: '用双曲函数表示指数函数',
    law: ['cosh(u) + sinh(u) = exp(u)', 'cosh(u) - sinh(u) = exp(-u)'],
    trial: true,
    example: 'param a, b\nloss J = b * cosh(a) + b * sinh(a)',
  }),
]
