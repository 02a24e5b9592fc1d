/**
 * The generator in emitted modules: sfc32 (Chris Doty-Humphrey, PractRand 0.95: three words of state and a counter, seeded
 * with 64 bits, the first 12 outputs dropped), which needs nothing but 32-bit integers and is the same in every engine.
 * The normal distribution is by Box and Muller (1958), whose logarithm and cosine engines may round differently.
 */
import {
  type BinaryOperator,
  type Expression,
  type FunctionDeclaration,
  type Statement,
  assign,
  at,
  binary,
  call,
  constant,
  construct,
  giveBack,
  math,
  member,
  name,
  num,
  variable,
} from './tree.ts'

const bits = (operator: BinaryOperator, a: Expression, b: Expression | number): Expression =>
  binary(operator, a, typeof b === 'number' ? num(b) : b)

/** `$random(seed)`: a function that gives 32 bits at each call. */
export function randomFunction(): FunctionDeclaration {
  const [a, b, c, count, sum] = ['a', 'b', 'c', 'count', 'sum'].map(name) as [
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
  ]
  const view = name('view')
  const word = (byte: number): Expression => call(member(view, 'getInt32'), num(byte))
  const next: Statement[] = [
    constant('sum', bits('|', binary('+', binary('+', a, b), count), 0)),
    assign(count, bits('|', binary('+', count, num(1)), 0)),
    assign(a, bits('^', b, bits('>>>', b, 9))),
    assign(b, bits('|', binary('+', c, bits('<<', c, 3)), 0)),
    assign(c, bits('|', binary('+', bits('|', bits('<<', c, 21), bits('>>>', c, 11)), sum), 0)),
    giveBack(bits('>>>', sum, 0)),
  ]
  return {
    kind: 'function',
    name: '$random',
    parameters: [{ name: 'seed', type: 'number' }],
    returns: '() => number',
    doc: ['sfc32 by Chris Doty-Humphrey, seeded with the 64 bits of a number: 32 random bits at each call.'],
    body: [
      constant('view', construct('DataView', construct('ArrayBuffer', num(8)))),
      // −0 is 0.
      { kind: 'do', expression: call(member(view, 'setFloat64'), num(0), binary('+', name('seed'), num(0))) },
      variable('a', num(0)),
      variable('b', word(4)),
      variable('c', word(0)),
      variable('count', num(1)),
      constant('next', { kind: 'arrow', parameters: [], body: next }),
      {
        kind: 'for',
        variable: 'i',
        from: num(0),
        to: num(12),
        step: 1,
        body: [{ kind: 'do', expression: call('next') }],
      },
      giveBack(name('next')),
    ],
  }
}

/** 53 random bits as a number from 0 to 1, 1 excluded. */
const unit = (next: Expression): Expression =>
  binary(
    '/',
    binary(
      '+',
      binary('*', bits('>>>', { kind: 'call', callee: next, args: [] }, 5), num(2 ** 26)),
      bits('>>>', { kind: 'call', callee: next, args: [] }, 6),
    ),
    num(2 ** 53),
  )

const drawParameters = (...numbers: string[]) => [
  { name: 'next', type: '() => number' },
  ...numbers.map((n) => ({ name: n, type: 'number' })),
]

export function uniformFunction(): FunctionDeclaration {
  const [lo, hi] = [name('lo'), name('hi')]
  return {
    kind: 'function',
    name: '$uniform',
    parameters: drawParameters('lo', 'hi'),
    returns: 'number',
    body: [giveBack(binary('+', lo, binary('*', binary('-', hi, lo), unit(name('next')))))],
  }
}

export function normalFunction(): FunctionDeclaration {
  const radius = math('sqrt', binary('*', num(-2), math('log', name('u'))))
  const angle = binary('*', binary('*', num(2), member(name('Math'), 'PI')), unit(name('next')))
  return {
    kind: 'function',
    name: '$normal',
    parameters: drawParameters('mean', 'sd'),
    returns: 'number',
    body: [
      // From 0 excluded to 1, for the logarithm.
      constant('u', binary('-', num(1), unit(name('next')))),
      giveBack(binary('+', name('mean'), binary('*', binary('*', name('sd'), radius), math('cos', angle)))),
    ],
  }
}

export function fillFunction(array: 'Float64Array' | 'Float32Array'): FunctionDeclaration {
  const values = name('values')
  return {
    kind: 'function',
    name: '$fill',
    parameters: [
      { name: 'values', type: array },
      { name: 'draw', type: '() => number' },
    ],
    returns: array,
    body: [
      {
        kind: 'for',
        variable: 'i',
        from: num(0),
        to: member(values, 'length'),
        step: 1,
        body: [assign(at(values, name('i')), call('draw'))],
      },
      giveBack(values),
    ],
  }
}
