/** What is compiled has prettier's layout, to the last byte. */
import fc from 'fast-check'
import { format } from 'prettier'
import { expect, test } from 'vitest'
import { type CompileOptions, compile } from '../../src/compile.ts'
import { printStatements } from '../../src/emit/text.ts'
import {
  type BinaryOperator,
  type Expression,
  type Statement,
  assign,
  at,
  binary,
  call,
  conditional,
  constant,
  construct,
  giveBack,
  math,
  member,
  name,
  num,
  perform,
  str,
  when,
} from '../../src/emit/tree.ts'
import { everyNth, runs } from '../support/campaign.ts'
import { all, read } from '../support/examples.ts'

const SETTINGS: readonly CompileOptions[] = [
  { target: 'ts' },
  { target: 'js', optimizer: 'adamw' },
  { target: 'wasm', threads: true, precision: 'f32' },
  {
    target: 'ts',
    functions: ['forward', 'loss', 'backward', 'step', 'jvp', 'vjp', 'hvp'],
    optimizer: 'momentum',
  },
]

const isLaidOut = async (text: string, parser: 'babel' | 'babel-ts'): Promise<void> =>
  expect(text).toBe(await format(text, { parser }))

const pairs = all.flatMap((file, i) => SETTINGS.map((s, j) => [file, s, i + j] as const))

for (const [file, settings] of everyNth(pairs, 20))
  test(`${file}, ${JSON.stringify(settings)}`, async () => {
    const { code, types } = compile(read(file), { filename: file, ...settings })
    if (code !== undefined) await isLaidOut(code, settings.target === 'ts' ? 'babel-ts' : 'babel')
    if (types !== undefined) await isLaidOut(types, 'babel-ts')
  })

const names = ['x', 'W1', 'aNameOfMiddlingLength', 'anotherNameThatIsRatherLonger', '$scratch12', 'Math'].map(
  name,
)
const operators: BinaryOperator[] = ['+', '-', '*', '/', '%', '<', '>=', '===', '&&', '||', '??', '|', '<<']

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const e = tie('expression')
  const few = fc.array(e, { minLength: 1, maxLength: 4 })
  // The layout of functions before lists is for what emitted code never calls.
  const args = few.filter(([f, list]) => !(f?.kind === 'arrow' && list?.kind === 'array'))
  return {
    expression: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.constantFrom(
        ...names,
        num(2),
        num(-0.125),
        num(1e21),
        str('a text'),
        str('it’s "quoted" at some length'),
      ),
      fc.tuple(fc.constantFrom(...operators), e, e).map(([o, a, b]) => binary(o, a, b)),
      fc.tuple(fc.constantFrom(...operators), e, e).map(([o, a, b]) => binary(o, a, b)),
      fc
        .tuple(fc.constantFrom('-' as const, '!' as const), e)
        .map(([operator, argument]): Expression => ({ kind: 'unary', operator, argument })),
      fc.tuple(e, e, e).map(([a, b, c]) => conditional(a, b, c)),
      args.map((list) => math('max', ...list)),
      args.map((list) => call('aFunction', ...list)),
      args.map((list) => construct('Float64Array', ...list)),
      few.map((items): Expression => ({ kind: 'array', items })),
      few.map((values): Expression => ({ kind: 'array', items: values.map((_, i) => num(i * 1000)) })),
      few.map((values): Expression => ({
        kind: 'object',
        fields: values.map((value, i) => ({ key: ['W', 'hidden', 'δ_{z}', 'lambda'][i]!, value })),
      })),
      fc.tuple(fc.constantFrom(...names), e).map(([a, i]) => at(a, i)),
      e.map((i): Expression => ({
        kind: 'index',
        array: member(name('params'), 'W1'),
        index: i,
        maybe: true,
      })),
      e.map((o): Expression => ({ kind: 'as', value: call('aFunction', o), type: 'ArrayLike<unknown>' })),
      e
        .filter(({ kind }) => kind !== 'arrow')
        .map((body): Expression => ({ kind: 'arrow', parameters: [{ name: 'i', type: 'number' }], body })),
      few.map((list): Expression => ({
        kind: 'arrow',
        parameters: [],
        body: list.map((o, i) => (i === list.length - 1 ? giveBack(o) : constant(`c${i}`, o))),
      })),
      fc.tuple(e, args).map(([o, list]) => call(member(call('aFunction', o), 'slice'), ...list)),
      fc.tuple(fc.constantFrom(...names, num(2)), args).map(([o, list]) => call(member(o, 'slice'), ...list)),
    ),
  }
})

const statement: fc.Arbitrary<Statement> = fc.oneof(
  expression.map((e) => constant('aName', e)),
  expression.map((e) => constant('typed', e, 'readonly number[]')),
  fc.tuple(expression, expression).map(([i, e]) => assign(at(name('values'), i), e, '+=')),
  expression.map((e) => assign(member(name('workspace'), 'panel'), e)),
  expression.map((e) => giveBack(e)),
  expression.map((e): Statement => ({ kind: 'throw', value: e })),
  expression.map((e) => perform(call('check', e))),
  expression.map((e) => when(e, [giveBack()], [perform(call('f'))])),
  expression.map((e): Statement => ({
    kind: 'for',
    variable: 'i',
    from: num(0),
    to: e,
    step: 2,
    body: [perform(call('f'))],
  })),
  expression.map((e): Statement => ({
    kind: 'for-of',
    variable: 'worker',
    of: e,
    body: [perform(call('f'))],
  })),
)

test('random statements', async () => {
  await fc.assert(
    fc.asyncProperty(statement, async (s) => {
      for (const dialect of ['ts', 'js'] as const) {
        const f: Statement = { kind: 'function', name: 'f', parameters: [], body: [s] }
        await isLaidOut(`${printStatements([f], dialect)}\n`, dialect === 'ts' ? 'babel-ts' : 'babel')
      }
    }),
    { numRuns: runs(300) },
  )
})
