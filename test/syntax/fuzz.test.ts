import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { render } from '../../src/base/frame.ts'
import { toJson } from '../../src/base/diagnostics.ts'
import {
  ANYWHERE,
  BEFORE_POSTFIX,
  infix,
  LEVEL,
  paren,
  UNDER_MINUS,
  UNDER_NOT,
  type Infix,
  type Piece,
} from '../../src/base/notation.ts'
import { parse } from '../../src/syntax/parse.ts'
import type { Expression, IndexRange, Range, Subscript } from '../../src/syntax/tree.ts'
import { runs } from '../support/campaign.ts'
import { anyText } from '../support/texts.ts'
import { expressionText } from './sexpr.ts'
import { spanFaults } from './spans.ts'

const folder = new URL('../cases/syntax/networks/', import.meta.url)
const corpus = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))

/** Parses and looks at everything that could be wrong with any outcome. */
function survives(text: string): void {
  const parsed = parse(text)
  expect(spanFaults(parsed)).toEqual([])
  const diagnostics = parsed.diagnostics.toArray()
  // What did not become a tree has been said.
  if (parsed.program.broken.length > 0) expect(parsed.diagnostics.hasErrors).toBe(true)
  const shown = render(diagnostics, parsed.source)
  expect(shown).not.toMatch(/undefined|internal error/)
  expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0000-\u0009\u000b-\u001f]/)
  for (const diagnostic of diagnostics.slice(0, 20))
    expect(toJson(diagnostic, parsed.source).start!.line).toBeGreaterThan(0)
}

const pieces =
  'and or not where network dim batch input target param hyper fn output loss claim for in x y z W1 σ ŷ x² Σ ½ ᵀ .T .. 1 2.5 1e-3 ( ) [ ] { } , : ; = == <= ≠ + - − * · @ / ^ ² ³ // /* */ /// $ . ! \n \r\n \t \u200b \u202e \u0430 a \ufeff \ud800 __proto__ constructor'.split(
    ' ',
  )

describe('no text breaks the parser', () => {
  test('any characters', () => {
    fc.assert(fc.property(anyText(200), survives), { numRuns: runs(500) })
  })

  test('any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => new TextDecoder().decode(array))
    fc.assert(fc.property(bytes, survives), { numRuns: runs(300) })
  })

  test('any tokens', () => {
    const tokens = fc.array(fc.constantFrom(...pieces), { maxLength: 60 })
    fc.assert(
      fc.property(tokens, fc.constantFrom('', ' '), (list, glue) => survives(list.join(glue))),
      { numRuns: runs(600) },
    )
  })

  test('networks with pieces cut, put in and moved', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(12),
      piece: fc.constantFrom('', ...pieces),
    })
    const edits = fc.array(edit, { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.constantFrom(...corpus), edits, (network, list) => {
        let text = network
        for (const { at, cut, piece } of list) {
          const start = Math.floor(at * text.length)
          text = text.slice(0, start) + piece + text.slice(start + cut)
        }
        survives(text)
      }),
      { numRuns: runs(500) },
    )
  })

  test('one broken line leaves all other lines as they are', () => {
    const junk = fc.constantFrom(
      'z z',
      'q = ',
      'loss',
      '= 3',
      'q = (a',
      'q = 2x',
      'q = $',
      'param w[',
      'q = a +',
      'W[',
      'q = f(a,',
    )
    const flat = corpus.filter((network) => !network.includes('{'))
    fc.assert(
      fc.property(
        fc.constantFrom(...flat),
        fc.double({ min: 0, max: 1, noNaN: true }),
        junk,
        (network, at, line) => {
          const lines = network.trimEnd().split('\n')
          const place = Math.floor(at * lines.length)
          const broken = parse([...lines.slice(0, place), line, ...lines.slice(place)].join('\n'))
          const whole = parse(network)
          expect(broken.diagnostics.toArray()).toHaveLength(1)
          expect(broken.program.statements.map((statement) => statement.kind)).toEqual(
            whole.program.statements.map((statement) => statement.kind),
          )
        },
      ),
      { numRuns: runs(500) },
    )
  })
})

// ---- Text → tree → text → tree

const operators = ['+', '-', '*', '/', '@', '^'] as const
const at = { start: 0, end: 0 }
const range = (from: fc.Arbitrary<Expression>): fc.Arbitrary<Range> =>
  fc.record({ from, to: from, span: fc.constant(at) })
const ranges = (ends: fc.Arbitrary<Expression>): fc.Arbitrary<IndexRange[]> =>
  fc.array(
    fc.record({
      name: fc.constantFrom('i', 'not_i').map((text) => ({ text, span: at })),
      range: range(ends),
      span: fc.constant(at),
    }),
    { minLength: 1, maxLength: 2 },
  )
const expression = fc.letrec<{ any: Expression }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    fc.constantFrom('a', 'W1', 'ŷ').map((name): Expression => ({ kind: 'name', name, span: at })),
    fc.constantFrom('2', '0.5', '1e-3').map((text): Expression => ({ kind: 'number', text, span: at })),
    fc.record({ kind: fc.constant('negate' as const), operand: tie('any'), span: fc.constant(at) }),
    fc.record({ kind: fc.constant('transpose' as const), operand: tie('any'), span: fc.constant(at) }),
    fc.record({
      kind: fc.constant('field' as const),
      object: tie('any'),
      field: fc.constantFrom('W', 'Tb').map((text) => ({ text, span: at })),
      span: fc.constant(at),
    }),
    fc.record({
      kind: fc.constant('index' as const),
      object: tie('any'),
      indices: fc.array<Subscript>(
        fc.oneof(
          { arbitrary: tie('any'), weight: 3 },
          fc.record({ kind: fc.constant('part' as const), span: fc.constant(at) }),
          fc.record({ kind: fc.constant('part' as const), range: range(tie('any')), span: fc.constant(at) }),
        ),
        { minLength: 1, maxLength: 2 },
      ),
      span: fc.constant(at),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      operator: fc.constantFrom(...operators),
      left: tie('any'),
      right: tie('any'),
      span: fc.constant(at),
    }),
    fc.record({
      kind: fc.constant('comparison' as const),
      operator: fc.constantFrom('<' as const, '>=' as const),
      left: tie('any'),
      right: tie('any'),
      span: fc.constant(at),
    }),
    fc.record({
      kind: fc.constant('logical' as const),
      operator: fc.constantFrom('and' as const, 'or' as const),
      left: tie('any'),
      right: tie('any'),
      span: fc.constant(at),
    }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('any'), span: fc.constant(at) }),
    fc.record(
      {
        kind: fc.constant('reduction' as const),
        callee: fc.constant({ text: 'sum', span: at }),
        body: tie('any'),
        ranges: ranges(tie('any')),
        condition: tie('any'),
        span: fc.constant(at),
      },
      { requiredKeys: ['kind', 'callee', 'body', 'ranges', 'span'] },
    ),
    fc.record({
      kind: fc.constant('call' as const),
      callee: fc.constant({ text: 'f', span: at }),
      args: fc.array(tie('any'), { maxLength: 3 }),
      named: fc.constant([]),
      span: fc.constant(at),
    }),
  ),
})).any

function print(tree: Expression): Piece {
  switch (tree.kind) {
    case 'name':
      return { text: tree.name, level: LEVEL.atom }
    case 'number':
      return { text: tree.text, level: LEVEL.atom }
    case 'negate':
      return { text: '-' + paren(print(tree.operand), UNDER_MINUS), level: LEVEL.unary }
    case 'transpose':
      return { text: paren(print(tree.operand), BEFORE_POSTFIX) + '.T', level: LEVEL.postfix }
    case 'field':
      return {
        text: `${tree.object.kind === 'number' ? `(${tree.object.text})` : paren(print(tree.object), BEFORE_POSTFIX)}.${tree.field.text}`,
        level: LEVEL.postfix,
      }
    case 'index':
      return {
        text: `${paren(print(tree.object), BEFORE_POSTFIX)}[${tree.indices.map(subscript).join(', ')}]`,
        level: LEVEL.postfix,
      }
    case 'call':
      return { text: `${tree.callee.text}(${list(tree.args)})`, level: LEVEL.postfix }
    case 'not':
      return { text: 'not ' + paren(print(tree.operand), UNDER_NOT), level: LEVEL.not }
    case 'reduction': {
      const indices = tree.ranges.map((index) => `${index.name.text} in ${rangeText(index.range)}`)
      const where = tree.condition ? ` where ${print(tree.condition).text}` : ''
      return {
        text: `${tree.callee.text}(${print(tree.body).text} for ${indices.join(', ')}${where})`,
        level: LEVEL.postfix,
      }
    }
    case 'result':
      throw new Error('nobody writes it')
    case 'literal':
      return { text: `[${list(tree.items)}]`, level: LEVEL.postfix }
    default:
      return infix(tree.operator as Infix, print(tree.left), print(tree.right))
  }
}
const rangeText = ({ from, to }: Range) => `${paren(print(from), LEVEL.sum)}..${paren(print(to), LEVEL.sum)}`
const subscript = (one: Subscript) =>
  one.kind !== 'part' ? print(one).text : one.range ? rangeText(one.range) : ':'
const list = (all: readonly Expression[]) => all.map((one) => paren(print(one), ANYWHERE)).join(', ')

test('what the precedence table brackets parses back to the same tree', () => {
  fc.assert(
    fc.property(expression, (tree) => {
      const { program, diagnostics } = parse(`z = ${print(tree).text} // a layer has fields`)
      expect(diagnostics.toArray()).toEqual([])
      const [statement] = program.statements
      expect(statement?.kind === 'equation' && expressionText(statement.value)).toBe(expressionText(tree))
    }),
    { numRuns: runs(500) },
  )
})
