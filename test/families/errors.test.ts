/**
 * Wrong family programs. «…» marks where the caret belongs: for every mark there is one diagnostic whose place touches
 * it, in its line, and there is no other error. What message and hint together must name stands in `names`. No sentence
 * and no code is expected, so that wording may change.
 */
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import type { Dims } from './support.ts'

interface Wrong {
  readonly severity?: 'error' | 'warning'
  /** Texts or patterns that message and hint together hold. */
  readonly names?: readonly (string | RegExp)[]
  readonly dims?: Dims
  /** The place may be another one: only that there is an error that names it. */
  readonly anywhere?: boolean
  /** From how many steps on recurrences are loops. */
  readonly unrolled?: number
}

const LAYERS = `dim L = 4, H = 3
input x[H]
target y[H]
param W[l][H, H] for l in 1..L`
const BLOCK = `a[0] = x
for l in 1..L {
  a[l] = tanh(W[l] @ a[l-1])
}`
const LOSS = 'loss E = squarederror(a[L], y)'
const MLP = [LAYERS, BLOCK, LOSS].join('\n')
const lines = (...parts: string[]): string => parts.join('\n')

const cases: [string, string, Wrong?][] = [
  // ——— members that are not there
  [
    'an index over the last one, in the loss',
    lines(LAYERS, BLOCK, 'loss E = squarederror(«a[L+1]», y)'),
    { names: ['a', '5'] },
  ],
  [
    'an index over the last one, of a parameter',
    lines(LAYERS, BLOCK, 'loss E = squarederror(«W[L+1]» @ a[L], y)'),
    { names: ['W', '5', '4'] },
  ],
  [
    'an index under the first one',
    lines(LAYERS, BLOCK, 'loss E = squarederror(a[L], y) + sum(«W[0]»)'),
    { names: ['W', '0', '1'] },
  ],
  [
    'a member of data out of range, at one step only',
    lines(
      'dim T = 3, H = 2',
      'input x[t][H] for t in 1..T',
      's[0] = zeros(H)',
      'for t in 1..T { s[t] = s[t-1] + «x[t+1]» * w }',
      'loss E = sum(s[T])',
    ).replace('s[0]', 'param w\ns[0]'),
    { names: ['x', '4'] },
  ],
  [
    'a member that a later step defines',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  a[l] = tanh(W[l] @ «a[l+1]»)', '}', LOSS),
    { names: [/a\[?\(?5/] },
  ],
  [
    'a member in terms of itself',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  a[l] = tanh(W[l] @ «a[l]»)', '}', LOSS),
    { names: ['a'] },
  ],
  [
    'no first member',
    lines(LAYERS, 'for l in 1..L {', '  a[l] = tanh(W[l] @ «a[l-1]»)', '}', LOSS),
    { names: ['a', '0'] },
  ],
  [
    'order two with one first member',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  a[l] = tanh(W[l] @ a[l-1] + «a[l-2]»)', '}', LOSS),
    { names: ['a', '-1'] },
  ],
  [
    'a hole',
    lines(LAYERS, 'a[0] = x', 'a[2] = W[2] @ a[0]', 'loss E = squarederror(a[2] + «a[1]», y) + sum(W[1])'),
    { names: ['a', '1'] },
  ],
  [
    'a family that is nowhere, once and not at every step',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  a[l] = tanh(W[l] @ a[l-1] + «bias»[l])', '}', LOSS),
    { names: ['bias'] },
  ],
  [
    'a misspelt family, with the nearest spelling',
    lines(
      LAYERS,
      'alpha[0] = x',
      'for l in 1..L {',
      '  alpha[l] = W[l] @ «alhpa»[l-1]',
      '}',
      'loss E = sum(alpha[L]) + sum(y)',
    ),
    { names: ['alhpa', 'alpha'] },
  ],

  // ——— twice
  [
    'a member that is defined twice',
    lines(LAYERS, 'a[0] = x', '«a[0]» = y', 'for l in 1..L { a[l] = W[l] @ a[l-1] }', LOSS),
    { names: [/a\[?0|a/] },
  ],
  [
    'a member of a block that is defined again',
    lines(LAYERS, BLOCK, '«a[2]» = x', LOSS),
    { names: ['a', '2'] },
  ],
  [
    'blocks that overlap in one step',
    lines(
      LAYERS,
      'a[0] = x',
      'for l in 1..3 { a[l] = W[l] @ a[l-1] }',
      'for l in 3..L { «a[l]» = W[l] @ a[l-1] }',
      LOSS,
    ),
    { names: ['a', '3'] },
  ],
  [
    'a plain name in a block, which each step defines anew',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  «z» = W[l] @ a[l-1]', '  a[l] = tanh(z)', '}', LOSS),
    { names: ['z', '['] },
  ],
  ['a member of a parameter as an equation', lines(LAYERS, BLOCK, '«W[1]» = eye(H)', LOSS), { names: ['W'] }],
  ['a family and a plain name', lines(LAYERS, BLOCK, '«a» = x', LOSS), { names: ['a'] }],
  [
    'a plain name and a family',
    lines(LAYERS, 'a = x', 'for l in 1..L { «a[l]» = W[l] @ x }', 'loss E = squarederror(a, y) + sum(W[1])'),
    { names: ['a'] },
  ],
  ['two families of one name', lines(LAYERS, 'param «W»[t] for t in 1..2', BLOCK, LOSS), { names: ['W'] }],

  // ——— extents
  [
    'too few extents',
    lines('dim L = 4', 'dim «n[0..L] = 3, 5, 2»', 'param W[n[0]]', 'loss E = sum(W)'),
    { names: ['n', '5', '3'] },
  ],
  [
    'too many extents',
    lines('dim L = 1', 'dim «n[0..L] = 3, 5, 2»', 'param W[n[0]]', 'loss E = sum(W)'),
    { names: ['n', '2', '3'] },
  ],
  [
    'an extent out of range',
    lines('dim L = 2', 'dim n[0..L] = 3, 4, 2', 'param W[«n[L+1]»]', 'loss E = sum(W)'),
    { names: ['n', '3'] },
  ],
  [
    'an extent out of range in the shape of a family, once',
    lines(
      'dim L = 3',
      'dim n[1..L] = 3, 4, 2',
      'param W[l][n[l], «n[l-1]»] for l in 1..L',
      'loss E = sum(W[1]) + sum(W[2]) + sum(W[3])',
    ),
    { names: ['n', '0'] },
  ],
  [
    'an extent of zero',
    lines('dim L = 1', 'dim n[0..L] = 3, «0»', 'param W[n[1], n[0]]', 'loss E = sum(W)'),
    { names: ['0'] },
  ],
  [
    'extents that do not go with --dim',
    lines('dim L = 4', 'dim «n[0..L] = 3, 5, 4, 3, 2»', 'param W[n[0]]', 'loss E = sum(W)'),
    { names: ['n', '3', '5'], dims: { L: 2 } },
  ],

  // ——— the index
  [
    'an index that hides another one',
    lines(
      LAYERS,
      'a[0] = x',
      'for l in 1..L {',
      '  a[l] = W[l] @ a[l-1]',
      '  for «l» in 1..2 { q[l] = 1 }',
      '}',
      LOSS,
    ),
    { names: ['l'] },
  ],
  [
    'an index that hides a dim',
    lines(LAYERS, 'a[0] = x', 'for «H» in 1..L { a[H] = W[H] @ a[H-1] }', LOSS),
    { names: ['H'] },
  ],
  [
    'an index that hides an input',
    lines(LAYERS, 'a[0] = x', 'for «x» in 1..L { a[x] = W[x] @ a[x-1] }', LOSS),
    { names: ['x'] },
  ],
  [
    'an index outside of its block',
    lines(LAYERS, BLOCK, 'loss E = squarederror(a[«l»], y)'),
    { names: ['l'] },
  ],
  [
    'the index of a declaration outside of it',
    lines(LAYERS, BLOCK, 'loss E = squarederror(a[L], y) * «l»'),
    { names: ['l'] },
  ],
  [
    'an equation for the index',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  «l» = 3', '  a[l] = W[l] @ a[l-1]', '}', LOSS),
    { names: ['l'], anywhere: true },
  ],
  [
    'half an index',
    lines(LAYERS, BLOCK, 'loss E = squarederror(a[«1/2»], y) + sum(a[L])'),
    { names: [/1\/2|0\.5|½/] },
  ],
  [
    'half an index, at every other step, once',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L { a[l] = W[l] @ a[«l/2»] }', LOSS),
    { names: [/1\/2|0\.5|½/] },
  ],
  [
    'an index that is a parameter',
    lines(LAYERS, 'param s', BLOCK, 'loss E = squarederror(a[«s»], y) + s'),
    { names: ['s'] },
  ],
  [
    'a range up to a parameter',
    lines(LAYERS, 'param s', 'a[0] = x', 'for l in 1..«s» { a[l] = W[l] @ a[l-1] }', 'loss E = sum(y) * s'),
    { names: ['s'] },
  ],
  [
    'a range up to a name that is nowhere',
    lines(LAYERS, 'a[0] = x', 'for l in 1..«M» { a[l] = W[l] @ a[l-1] }', 'loss E = sum(y) * sum(W[1])'),
    { names: ['M'] },
  ],
  [
    'a range up to half a number',
    lines(LAYERS, 'a[0] = x', 'for l in 1..«L/3» { a[l] = W[l] @ a[l-1] }', 'loss E = sum(y) * sum(W[1])'),
    { names: [/4\/3|whole/] },
  ],

  // ——— how a family is written
  [
    'a family of several shapes without an index',
    lines('dim n[0..2] = 3, 2, 4', 'param w[l][n[l]] for l in 0..2', 'loss E = sum(«w»)'),
    { names: ['w', '[3]', '[2]'] },
  ],
  [
    'a family with a gap without an index',
    lines('param v[2]', 'a[1] = v', 'a[3] = 2 * v', 'loss E = sum(«a»)'),
    { names: ['a'] },
  ],
  [
    'a family of matrices as a matrix, in a block',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L { a[l] = «W @ a[l-1]» }', LOSS),
    { names: ['[4, 3, 3]'] },
  ],
  [
    'a family of extents without an index',
    lines('dim L = 1', 'dim n[0..L] = 3, 2', 'param W[«n»]', 'loss E = sum(W)'),
    { names: ['n'] },
  ],
  [
    'one index for a family of two',
    lines(
      'dim T = 2',
      'param g[i, j] for i in 1..T, j in 1..T',
      'loss E = «g[1] + g[1, 1] + g[1, 2] + g[2, 1] + g[2, 2]»',
    ),
    { names: ['E', '[2]'] },
  ],
  [
    'four indices for a family of matrices',
    lines(LAYERS, BLOCK, 'loss E = squarederror(a[L], y) + «W[1, 2, 3, 1]»'),
    { names: ['W', '3', '4'] },
  ],
  [
    'a member as if it were a function',
    lines(LAYERS, BLOCK, 'loss E = squarederror(«a»(L), y) + sum(a[L])'),
    { names: ['a'] },
  ],
  [
    'an index on a number',
    lines(LAYERS, 'param s', BLOCK, 'loss E = squarederror(a[L], y) + «s[1]»'),
    { names: ['s'] },
  ],
  [
    'an element out of range, at one step, once',
    lines('dim T = 5', 'param w[3]', 's[0] = 0', 'for t in 1..T { s[t] = s[t-1] + w[«t»] }', 'loss E = s[T]'),
    { names: ['w', '4', '3'] },
  ],
  ['an output out of range', lines(LAYERS, BLOCK, 'output «a[9]»', LOSS), { names: ['a', '9'] }],
  // As one tensor, which it is in loops, it is something to differentiate by.
  ['a derivative by a family', lines(MLP, 'claim d(E, «W») = 1'), { names: ['W'], unrolled: Infinity }],
  ['a derivative by a member out of range', lines(MLP, 'claim d(E, «W[9]») = 1'), { names: ['W', '9'] }],

  // ——— in a body, once and not at every step
  [
    'a shape that does not fit',
    lines(LAYERS, 'param c[H+1]', 'a[0] = x', 'for l in 1..L {', '  a[l] = «W[l] @ a[l-1] + c»', '}', LOSS),
    { names: ['[3]', '[4]'] },
  ],
  [
    'a shape that does not fit, of a hundred steps',
    lines(
      'dim T = 100',
      'param w[2], v[3]',
      's[0] = w',
      'for t in 1..T { s[t] = «s[t-1] * v» }',
      'loss E = sum(s[T])',
    ),
    { names: ['[2]', '[3]'] },
  ],
  [
    'a shape that does not fit at the third step only',
    lines(
      'dim L = 4',
      'dim n[0..L] = 3, 3, 3, 2, 2',
      'input x[n[0]]',
      'param W[l][n[l], n[l-1]] for l in 1..L',
      'a[0] = x',
      'for l in 1..L {',
      '  a[l] = «a[l-1] + W[l] @ a[l-1]»',
      '}',
      'loss E = sum(a[L])',
    ),
    { names: ['[3]', '[2]'] },
  ],
  [
    'a name that is nowhere',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L { a[l] = W[l] @ a[l-1] * «gain» }', LOSS),
    { names: ['gain'] },
  ],
  [
    'a function that is nowhere',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L { a[l] = «tahn»(W[l] @ a[l-1]) }', LOSS),
    { names: ['tahn'] },
  ],
  [
    'two lines that are wrong, once each',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  z[l] = W[l] @ «q»', '  a[l] = z[l] * «r»', '}', LOSS),
    { names: [] },
  ],
  [
    'a line that does not parse hides nothing, and nothing follows from it',
    lines(
      LAYERS,
      'a[0] = x',
      'for l in 1..L {',
      '  z[l] = W[l] @ a[l-1] +«»',
      '  a[l] = tanh(z[l])',
      '}',
      'q = «nope»',
      LOSS,
    ),
    { names: [] },
  ],
  [
    'a loss in a block',
    lines(
      LAYERS,
      'a[0] = x',
      'for l in 1..L {',
      '  a[l] = W[l] @ a[l-1]',
      '  «loss E = squarederror(a[l], y)»',
      '}',
    ),
    { names: ['loss'] },
  ],
  [
    'a declaration in a block',
    lines(
      LAYERS,
      'a[0] = x',
      'for l in 1..L {',
      '  «param b[l][H]»',
      '  a[l] = W[l] @ a[l-1] + b[l]',
      '}',
      LOSS,
    ),
    { names: ['param'] },
  ],
  [
    'an output in a block',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L {', '  a[l] = W[l] @ a[l-1]', '  «output a[l]»', '}', LOSS),
    { names: ['output'] },
  ],
  [
    'a block that is never closed',
    lines(LAYERS, 'a[0] = x', 'for l in 1..L «{»', '  a[l] = W[l] @ a[l-1]', LOSS),
    { names: ['}'] },
  ],
  [
    'a block that is never closed, with other blocks and plain equations below',
    lines(
      LAYERS,
      'a[0] = x',
      'for l in 1..L «{»',
      '  a[l] = W[l] @ a[l-1]',
      'q[0] = a[L]',
      'for t in 1..2 {',
      '  q[t] = tanh(q[t-1])',
      '}',
      'p = q[2]',
      'param «s»[t][H], c',
      'loss E = squarederror(p + c, y)',
    ),
    { names: [] },
  ],
  ['no loss', lines(LAYERS, `${BLOCK}«»`), { names: ['loss'] }],

  // ——— what is open
  [
    'a depth without a value',
    lines(
      'dim «L»',
      'dim n[0..L]',
      'input x[n[0]]',
      'target y[n[L]]',
      'param W[l][n[l], n[l-1]] for l in 1..L',
      'a[0] = x',
      'for l in 1..L { a[l] = tanh(W[l] @ a[l-1]) }',
      'loss E = squarederror(a[L], y)',
    ),
    { names: ['L', '--dim L='], anywhere: true },
  ],
  [
    'extents without values',
    lines('dim L = 1', 'dim n[0..L]', 'param «W»[n[0], n[1]]', 'loss E = sum(W)'),
    { names: [/n|--dim/], anywhere: true },
  ],

  // ——— warnings
  [
    'a family that the loss never reaches',
    lines(LAYERS, 'param «V»[l][H] for l in 1..L', BLOCK, LOSS),
    { severity: 'warning', names: ['V'] },
  ],
  [
    'members that the loss never reaches',
    lines(LAYERS.replace('W[l]', '«W»[l]'), BLOCK, 'loss E = squarederror(a[2], y)'),
    { severity: 'warning', names: ['W', /3/] },
  ],
  [
    'a member of data that the loss never reaches',
    lines(
      'dim T = 3',
      'input «x»[t] for t in 0..T',
      'param w',
      's[0] = 0',
      'for t in 1..T { s[t] = s[t-1] + w * x[t] }',
      'loss E = s[T]^2',
    ),
    { severity: 'warning', names: ['x', '0'] },
  ],
]

/** The text without marks, and where they were. */
function marked(text: string): { source: string; marks: { start: number; end: number }[] } {
  const marks: { start: number; end: number }[] = []
  let source = ''
  for (const piece of text.split(/([«»])/)) {
    if (piece === '«') marks.push({ start: source.length, end: source.length })
    else if (piece === '»') marks.at(-1)!.end = source.length
    else source += piece
  }
  return { source, marks }
}

const lineOf = (source: string, at: number): number => source.slice(0, at).split('\n').length

describe('what is wrong is told once, in its place, by its name', () => {
  for (const [name, text, { severity = 'error', names = [], dims, unrolled, anywhere = false } = {}] of cases)
    test(name, () => {
      const { source, marks } = marked(text)
      const { code, diagnostics } = compile(source, { filename: 'wrong.net', dims, unrolled })
      const shown = diagnostics
        .map(
          (d) =>
            `${d.severity} ${d.code}, line ${lineOf(source, d.span.start)}, ${JSON.stringify(source.slice(d.span.start, d.span.end))}: ${d.message} (${d.hint ?? ''})`,
        )
        .join('\n')
      const context = `\n${text}\n==>\n${shown}\n`
      const isAt = (span: { start: number; end: number }, mark: { start: number; end: number }): boolean =>
        span.start <= mark.end &&
        span.end >= mark.start &&
        lineOf(source, span.start) === lineOf(source, mark.start)
      for (const mark of anywhere ? [] : marks)
        expect(
          diagnostics.filter((d) => d.severity === severity && isAt(d.span, mark)).length,
          `one ${severity} at the mark in line ${lineOf(source, mark.start)}${context}`,
        ).toBe(1)
      expect(
        diagnostics.filter(
          (d) => d.severity === 'error' && !anywhere && !marks.some((mark) => isAt(d.span, mark)),
        ),
        `no error elsewhere${context}`,
      ).toEqual([])
      expect(code === undefined, context).toBe(severity === 'error')
      const said = diagnostics.map((d) => `${d.message} ${d.hint ?? ''}`).join('\n')
      for (const name of names)
        if (typeof name === 'string') expect(said, context).toContain(name)
        else expect(said, context).toMatch(name)
      expect(said, context).not.toMatch(/undefined|NaN|\[object|internal/)
    })
})

describe('an empty range', () => {
  // A network of one layer has no hidden ones: 1..L-1 is empty then. Whether that is a mistake, the language does not say;
  // if it is one, it is told at the range and nothing follows from it.
  const text = lines(
    'dim L, H = 2',
    'input x[H]',
    'target y[H]',
    'param W[l][H, H] for l in 1..L',
    'a[0] = x',
    'for l in 1..L-1 { a[l] = tanh(W[l] @ a[l-1]) }',
    'loss E = squarederror(W[L] @ a[L-1], y)',
  )
  test.each([1, 2, 3])('comes from a dim: L = %d', (L) => {
    const { diagnostics } = compile(text, { dims: { L } })
    if (L === 1 && diagnostics.length > 0)
      expect(diagnostics.map((d) => text.slice(d.span.start, d.span.end))).toEqual(['1..L-1'])
    else expect(diagnostics).toEqual([])
  })
})
