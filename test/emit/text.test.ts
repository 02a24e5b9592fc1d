import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printExpression, printStatements } from '../../src/emit/text.ts'
import {
  type BinaryOperator,
  type Expression,
  add,
  at,
  binary,
  conditional,
  divide,
  math,
  minus,
  multiply,
  name,
  num,
  str,
  subtract,
} from '../../src/emit/tree.ts'
import { runs } from '../support/campaign.ts'

/** The value of a tree, by what it says. */
function value(e: Expression): number | boolean {
  switch (e.kind) {
    case 'number':
      return e.value
    case 'name':
      return e.name === 'x' ? 0.75 : -1.5
    case 'unary': {
      const v = value(e.argument)
      return e.operator === '!' ? !v : e.operator === '-' ? -v : +v
    }
    case 'conditional':
      return value(e.test) ? value(e.then) : value(e.otherwise)
    case 'call':
      return Math.abs(value(e.args[0]!) as number)
    case 'binary': {
      const a = value(e.left) as number
      const b = value(e.right) as number
      switch (e.operator) {
        case '+':
          return a + b
        case '-':
          return a - b
        case '*':
          return a * b
        case '/':
          return a / b
        case '%':
          return a % b
        case '**':
          return a ** b
        case '<':
          return a < b
        case '===':
          return a === b
        case '&&':
          return (a && b) as number
        case '||':
          return (a || b) as number
        case '??':
          return a ?? b
        case '&':
          return a & b
        case '<<':
          return a << b
        default:
          throw new Error(e.operator)
      }
    }
    default:
      throw new Error(e.kind)
  }
}

const operators: BinaryOperator[] = ['+', '-', '*', '/', '%', '**', '<', '===', '&&', '||', '??', '&', '<<']
const leaf = fc.oneof(fc.constantFrom(1, -2, 0.5, 3, -0, 0).map(num), fc.constantFrom('x', 'y').map(name))
const tree = fc.letrec<{ e: Expression }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 6 },
    leaf,
    fc.tuple(fc.constantFrom(...operators), tie('e'), tie('e')).map(([o, a, b]) => binary(o, a, b)),
    fc
      .tuple(fc.constantFrom('-' as const, '+' as const, '!' as const), tie('e'))
      .map(([operator, argument]): Expression => ({ kind: 'unary', operator, argument })),
    tie('e').map((a) => math('abs', a)),
    fc.tuple(tie('e'), tie('e'), tie('e')).map(([a, b, c]) => conditional(a, b, c)),
  ),
})).e

describe('text of program trees', () => {
  test('brackets stand where they must', () => {
    fc.assert(
      fc.property(tree, (e) => {
        const text = printExpression(e, 'js')
        const got: unknown = new Function('x', 'y', `return ${text}`)(0.75, -1.5)
        if (!Object.is(got, value(e))) throw new Error(`${text} is ${String(got)}, not ${String(value(e))}`)
      }),
      { numRuns: runs(2000) },
    )
  })

  test('arithmetic that folds is exact', () => {
    const fold = { add, subtract, multiply, divide } as const
    const plain = { add: '+', subtract: '-', multiply: '*', divide: '/' } as const
    fc.assert(
      fc.property(fc.constantFrom('add', 'subtract', 'multiply', 'divide'), tree, tree, (op, a, b) => {
        const [p, q] = [value(a), value(b)]
        if (typeof p !== 'number' || typeof q !== 'number') return
        for (const [x, y] of [
          [a, b],
          [minus(a), b],
          [a, minus(b)],
        ] as const) {
          // −(−(p < q)) folds to p < q: as numbers, and arithmetic is on numbers, they are the same.
          const got = Number(value(fold[op](x, y)))
          const want = Number(value(binary(plain[op], x, y)))
          if (!Object.is(got, want) && !(got === 0 && want === 0))
            throw new Error(`${printExpression(fold[op](x, y), 'js')}: ${String(got)}, not ${String(want)}`)
        }
      }),
    )
  })

  test('nothing gets out of strings and comments', () => {
    const hostile = [
      "'; alert(1); '",
      '\\',
      '\u2028',
      '*/ alert(1) /*',
      '${alert(1)}',
      '`',
      '\u202e',
      '\n',
      '</script>',
    ]
    for (const text of hostile) {
      expect(new Function(`return ${printExpression(str(text), 'js')}`)()).toBe(text)
      expect(
        new Function(
          `return ${printExpression({ kind: 'template', texts: [text, ''], values: [num(1)] }, 'js')}`,
        )(),
      ).toBe(`${text}1`)
      const code = printStatements(
        [
          { kind: 'comment', lines: [text] },
          { kind: 'function', name: 'f', parameters: [], doc: [text, text], body: [] },
        ],
        'js',
      )
      expect(() => new Function(code)).not.toThrow()
      expect(code.split('\n').filter((l) => !/^(?:\/\/|\/\*\*| \*)/.test(l))).toEqual(['function f() {', '}'])
    }
  })

  test('reads are sure in TypeScript, plain in JavaScript', () => {
    const list = [
      { kind: 'assign', target: at(name('a'), num(0)), operator: '-=', value: at(name('b'), num(1)) },
    ] as const
    expect(printStatements(list, 'ts')).toBe('a[0]! -= b[1]!;')
    expect(printStatements(list, 'js')).toBe('a[0] -= b[1];')
  })
})
