/** Whatever a program says, lowering ends, throws nothing, and explains every network that it does not make. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sameShape } from '../../src/graph/extent.ts'
import { topological } from '../../src/graph/traverse.ts'
import { runs } from '../support/campaign.ts'
import { lowered } from './lowered.ts'

const NAMES = [
  'a',
  'b',
  'W',
  'x',
  'y',
  'D',
  'T',
  'f',
  'phi',
  'constructor',
  '__proto__',
  'e',
  'd',
  'sum',
  'relu',
  'lambda',
  'l',
  'B',
]
const name = fc.constantFrom(...NAMES)
const NUMBERS = ['0', '1', '2', '3', '0.5', '1e3', '1e-400', '2000000000', '7']
const FUNCTIONS =
  'exp log sqrt tanh sigmoid relu softmax logsumexp sum mean max min norm trace det inv logdet diag outer dot where zeros ones eye d f phi mse crossentropy leakyrelu spread unknown'.split(
    ' ',
  )

const expression = fc.letrec<{ e: string }>((tie) => {
  const e = tie('e')
  return {
    e: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(name, name, fc.constantFrom(...NUMBERS)),
      fc.tuple(e, fc.constantFrom('+', '-', '*', '/', '@', '^'), e).map(([a, o, b]) => `${a} ${o} ${b}`),
      fc.tuple(e, fc.constantFrom('<', '<=', '==', '!='), e).map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc.tuple(e, e, e).map(([a, b, c]) => `where(${a} < ${b}, ${c}, ${a})`),
      fc
        .tuple(fc.constantFrom(...FUNCTIONS), fc.array(e, { maxLength: 3 }))
        .map(([f, args]) => `${f}(${args.join(', ')})`),
      fc
        .tuple(fc.constantFrom('sum', 'mean', 'max', 'softmax'), e, e)
        .map(([f, a, k]) => `${f}(${a}, axis=${k})`),
      fc.tuple(e, fc.array(e, { minLength: 1, maxLength: 2 })).map(([a, i]) => `(${a})[${i.join(', ')}]`),
      e.map((a) => `(${a}).T`),
      e.map((a) => `-(${a})`),
    ),
  }
}).e

const shape = fc.oneof(
  fc.constant(''),
  fc
    .array(fc.oneof(fc.constantFrom('2', '3', 'D', 'T'), expression), { minLength: 1, maxLength: 2 })
    .map((list) => `[${list.join(', ')}]`),
)
const statement = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(name, expression).map(([n, e]) => `${n} = ${e}`) },
  { weight: 2, arbitrary: fc.tuple(name, expression).map(([n, e]) => `loss ${n} = ${e}`) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('input', 'target', 'param'), name, shape)
      .map(([k, n, s]) => `${k} ${n}${s}`),
  },
  fc
    .tuple(name, shape, fc.constantFrom('onehot', 'symmetric', 'simplex', 'nope'))
    .map(([n, s, a]) => `target ${n}${s} : ${a}`),
  fc.tuple(name, shape, expression).map(([n, s, e]) => `param ${n}${s} = ${e}`),
  fc.tuple(name, expression).map(([n, e]) => `dim ${n} = ${e}`),
  fc.tuple(name, expression).map(([n, e]) => `hyper ${n} = ${e}`),
  name.map((n) => `dim ${n}`),
  name.map((n) => `batch ${n}`),
  fc
    .tuple(name, fc.array(name, { minLength: 1, maxLength: 2 }), expression)
    .map(([n, p, e]) => `fn ${n}(${p.join(', ')}) = ${e}`),
  name.map((n) => `fn ${n}(v)`),
  fc.tuple(name, expression).map(([n, i]) => `output ${n}, ${n}[${i}]`),
  fc.tuple(expression, expression).map(([a, b]) => `claim ${a} = ${b}`),
  fc.tuple(name, expression).map(([n, e]) => `for l in 1..T {\n${n}[l] = ${e}\n}`),
)

function ends(text: string): void {
  const { network, diagnostics } = lowered(text)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  expect(network === undefined).toBe(errors.length > 0)
  for (const { span, message } of diagnostics) {
    expect(span.start).toBeGreaterThanOrEqual(0)
    expect(span.end).toBeLessThanOrEqual(text.length)
    expect(span.start).toBeLessThanOrEqual(span.end)
    expect(message).not.toMatch(/undefined|NaN|\[object/)
  }
  if (!network) return
  if (network.loss) expect(network.loss.node.shape).toEqual([])
  for (const node of topological(network.equations.map((equation) => equation.node))) {
    if (node.kind === 'sum')
      for (const arg of node.args)
        expect(arg.shape.length === 0 || sameShape(arg.shape, node.shape)).toBe(true)
  }
}

const HEAD = 'dim D = 3, T\ninput x[D]\nparam W[D, D], a, b[D]\nfn f(v) = v * v\nfn phi(v)\n'

test('random programs', () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 12 }), (lines) => ends(lines.join('\n'))),
    { numRuns: runs(100) },
  )
})

test('random equations below right declarations', () => {
  const lines = fc.array(expression, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(lines, (list) =>
      ends(HEAD + list.map((e, i) => `z${i} = ${e}`).join('\n') + `\nloss J = sum(z0)`),
    ),
    { numRuns: runs(200) },
  )
})
