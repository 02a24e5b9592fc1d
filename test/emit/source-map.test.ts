/** Lines of the code lead to the statements of the program; Node's own reader of maps is the judge. */
import { readFileSync, readdirSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { describe, expect, test } from 'vitest'
import { type CompileOptions, compile } from '../../src/compile.ts'
import { Source } from '../../src/base/span.ts'
import { sourceMap } from '../../src/emit/source-map.ts'

/** The lines of a code, each with the line of the program that it comes from, its text trimmed. */
function mapped(program: string, options: CompileOptions = {}): { line: string; from: string | undefined }[] {
  const { code, map, diagnostics } = compile(program, { target: 'js', filename: 'a.net', ...options })
  expect(diagnostics).toEqual([])
  expect(map!.sources).toEqual(['a.net'])
  expect(map!.sourcesContent).toEqual([program])
  const reader = new SourceMap({ ...map!, file: '', sourceRoot: '' })
  const sources = program.split('\n')
  const lines = code!.split('\n')
  const ends = map!.mappings.split(';')
  expect(ends.length).toBe(lines.length)
  return lines.map((line, i) => {
    const entry = reader.findEntry(i, line.length) as { originalLine?: number; generatedLine?: number }
    const isOwn = ends[i] !== '' && entry.generatedLine === i
    return { line: line.trim(), from: isOwn ? sources[entry.originalLine!]!.trim() : undefined }
  })
}

const PROGRAM = `network Two
// Nothing here.
input x[3]
target y
param W[2, 3], v[2]
hyper λ = 0.1

z = W @ x
a = tanh(z)
p = v @ a
  output p
loss J = (p - y)^2 + λ * sum(v^2)
`

const find = (
  lines: readonly { line: string; from: string | undefined }[],
  code: RegExp,
): (string | undefined)[] => [...new Set(lines.filter(({ line }) => code.test(line)).map(({ from }) => from))]

test.each(['ts', 'js'] as const)('forward, backward and updates, as %s', (target) => {
  const lines = mapped(PROGRAM, { target })
  expect(find(lines, /^const z_\d =/)).toEqual(['z = W @ x'])
  expect(find(lines, /^const a_\d =/)).toEqual(['a = tanh(z)'])
  expect(find(lines, /^const delta_z_\d =/)).toEqual(['z = W @ x'])
  expect(find(lines, /^grad\$W\[\d\]!? = /)).toEqual(['param W[2, 3], v[2]'])
  expect(find(lines, /^W\[\d\]!? -= /)).toEqual(['param W[2, 3], v[2]'])
  expect(find(lines, /^outputs\.p = /)).toEqual(['p = v @ a'])
  expect(find(lines, /^return .*λ/)).toEqual(['loss J = (p - y)^2 + λ * sum(v^2)'])
  // What is of no statement leads nowhere: helpers, types, docs.
  expect(find(lines, /^(?:export )?(?:interface|const network|function \$)|^\/?\*/)).toEqual([undefined])
})

test('families, loops over layers, and lists', () => {
  const program = `input x[8]
target y[8]
param W[l][8, 8] for l in 1..20
h[0] = x
for l in 1..20 {
  u[l] = W[l] @ h[l-1]
  h[l] = tanh(u[l]) + h[l-1]
}
loss J = sum((h[20] - y)^2)
`
  const lines = mapped(program)
  expect(find(lines, /\bu\S* = .*\[/)).toContain('u[l] = W[l] @ h[l-1]')
  expect(find(lines, /\bd_W|grads\.W/)).toContain('param W[l][8, 8] for l in 1..20')
})

test('names that look like names of the compiler are themselves', () => {
  const lines = mapped(`input x
param w
delta_z = w * x
z = delta_z * delta_z
z_1 = sin(z)
loss J = z_1 * z_1 + z
`)
  expect(find(lines, /^const delta_z =/)).toEqual(['delta_z = w * x'])
  expect(find(lines, /^const loss\$ =/)).toEqual(['loss J = z_1 * z_1 + z'])
  const [from] = find(lines, /^const z_1 =/)
  expect(from).toBe('z_1 = sin(z)')
})

describe('of every example', () => {
  const folder = new URL('../../examples/', import.meta.url)
  const names = readdirSync(folder).filter((name) => /^(?:iris|deep|classifier-softmax)\.net$/.test(name))
  test.each(names)('%s: each line within a routine has a place', (name) => {
    const program = readFileSync(new URL(name, folder), 'utf8')
    for (const target of ['js', 'wasm'] as const) {
      let inside = false
      for (const { line, from } of mapped(program, { target })) {
        if (/^export function (?:forward|loss|backward|step)\(/.test(line)) inside = true
        else if (/^(?:export|function|\/\*\*)/.test(line)) inside = false
        else if (inside && line !== '') expect(from, line).toBeTruthy()
      }
    }
  })
})

test('the last of several places of a line counts, and a map may be of nothing', () => {
  const source = new Source('a.net', 'first\nsecond\n  third')
  const map = sourceMap(
    source,
    [
      { line: 1, span: { start: 0, end: 5 } },
      { line: 1, span: { start: 15, end: 20 } },
      { line: 3, span: undefined },
      { line: 4, span: { start: 6, end: 12 } },
    ],
    6,
  )
  const reader = new SourceMap({ ...map, file: '', sourceRoot: '' })
  const at = (line: number): unknown => {
    const { originalLine, originalColumn, generatedLine } = reader.findEntry(line, 9) as SourceMapEntry
    return generatedLine === line ? [originalLine, originalColumn] : undefined
  }
  interface SourceMapEntry {
    originalLine: number
    originalColumn: number
    generatedLine: number
  }
  expect([0, 1, 2, 3, 4, 5].map(at)).toEqual([undefined, [2, 2], [2, 2], undefined, [1, 0], [1, 0]])
  expect(sourceMap(source, [], 3).mappings).toBe(';;')
})
