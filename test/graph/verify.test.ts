/** Each law of the middle language, with a node that breaks it. */
import { describe, expect, test } from 'vitest'
import { ONE, ZERO, rational } from '../../src/base/rational.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Node, Symbol } from '../../src/graph/node.ts'
import { violations } from '../../src/graph/verify.ts'
import { exp, reducemax } from '../../src/ops/index.ts'

const g = new Graph()
const symbol = (name: string, ...shape: number[]): Node =>
  g.symbol({ name, role: 'input', shape, assumptions: new Set() } satisfies Symbol)
const x = symbol('x')
const v = symbol('v', 3)
const A = symbol('A', 3, 4)

const sum = g.add(g.scale(rational(2), v), symbol('w', 3)) as Node & { kind: 'sum' }
const pure = g.multiply(g.multiply(v, symbol('w', 3)), x) as Node & { kind: 'product' }
const contraction = g.einsum('ij,i->j', A, v) as Node & { kind: 'product' }
const equation = g.equation('z', sum) as Node & { kind: 'equation' }

/** A node with other fields: what no constructor makes. */
const broken = <N extends Node>(node: N, fields: Partial<Record<keyof N, unknown>>): Node =>
  ({ ...node, ...fields }) as Node

test('what is made by the constructors keeps all laws', () => {
  expect(
    violations([sum, pure, contraction, equation, g.apply(exp, [v]), g.reduce(reducemax, A, [0])]),
  ).toEqual([])
})

describe('a broken law is named', () => {
  test.each<[string, Node]>([
    ['a sum has a coefficient for each term', broken(sum, { coefficients: [ONE] })],
    ['a sum has two terms', broken(sum, { args: [v], coefficients: [ONE] })],
    ['a term has the shape of the sum or is a scalar', broken(sum, { args: [v, A] })],
    ['a term has the shape of the sum:', broken(sum, { args: [x, symbol('y')] })],
    ['no coefficient is zero', broken(sum, { coefficients: [ONE, ZERO] })],
    ['no term is a number', broken(sum, { args: [v, g.number(1)] })],
    [
      'no term has a coefficient of its own',
      broken(sum, { args: [v, g.scale(rational(2), symbol('u', 3))] }),
    ],
    ['no term occurs twice', broken(sum, { args: [v, v] })],
    ['a product has labels and an exponent for each factor', broken(pure, { exponents: [ONE] })],
    ['the labels of a factor are its axes', broken(contraction, { labels: [[0], [1]] })],
    ['the first labels are the axes of the product', broken(pure, { shape: [4] })],
    ['a factor touches each summed label', broken(contraction, { extents: [...contraction.extents, 5] })],
    ['no exponent is zero', broken(pure, { exponents: pure.exponents.map(() => ZERO) })],
    ['no product has the coefficient zero', broken(pure, { coefficient: ZERO })],
    ['a contraction has the coefficient 1', broken(contraction, { coefficient: rational(2) })],
    [
      'every factor of a contraction touches a summed label',
      broken(contraction, {
        args: [...contraction.args, x],
        labels: [...contraction.labels, []],
        exponents: [ONE, ONE, ONE],
      }),
    ],
    [
      'a product of one factor, unchanged, is that factor',
      broken(pure, { args: [v], labels: [[0]], exponents: [ONE], coefficient: ONE }),
    ],
    ['an operator has its number of arguments', broken(g.apply(exp, [v]), { args: [v, v] })],
    ['elementwise arguments have the shape of the value', broken(g.apply(exp, [v]), { args: [A] })],
    ['a reduction removes its axes', broken(g.reduce(reducemax, A, [0]), { shape: [3] })],
    ['an equation has the shape of its body', broken(equation, { shape: [4] })],
    ['an equation has its body as argument', broken(equation, { args: [v] })],
    ['only an adjoint is of something', broken(equation, { of: v })],
  ])('%s', (law, node) => {
    expect(violations([node]).join('\n')).toContain(law)
  })
})
