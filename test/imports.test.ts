/** Imports between files: what they give, what stays in the other file, and what is said where one fails. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { render } from '../src/base/frame.ts'
import { type Diagnostic, type Resolve, compile, createSession, derive, toJson } from '../src/index.ts'
import { imported } from '../src/modules.ts'
import { chainrule, filesIn, folder } from './cli/support.ts'

type Files = Readonly<Record<string, string>>

/** Files in memory, by their paths from the root; paths in imports are from the file in which they stand. */
const among =
  (files: Files): Resolve =>
  (path, from) => {
    const { pathname } = new URL(path, `file:///${from}`)
    const filename = pathname.slice(1)
    return Object.hasOwn(files, filename) ? { filename, text: files[filename]! } : undefined
  }

const compiled = (files: Files, main = 'main.net') =>
  compile(files[main]!, { filename: main, target: 'js', resolve: among(files) })

const problems = (files: Files): readonly Diagnostic[] => compiled(files).diagnostics
const codes = (files: Files): string[] => problems(files).map(({ code }) => code)

/** What `forward` gives for one input x. */
async function outputs(files: Files, x: number | Float64Array): Promise<Record<string, unknown>> {
  const { code, diagnostics } = compiled(files)
  expect(diagnostics).toEqual([])
  return (await imported(code!)).forward({ x } as never)
}

const LAYERS = `import { half } from "./constants.net"
dim WIDTH = 3, HIDDEN = 2 * WIDTH
const scale = half, table[3] = [1, 2, 3]
fn helper(v) = scale * v
fn dense(W[H, D], b[H], x[D]) {
  z = W @ x + b
  return helper(z)
}
`
const CONSTANTS = 'const half = 1 / 2\nfn helper(v) = 100 * v\n'

describe('what an import gives', () => {
  test('functions, constants and dims, and nothing else of the file', async () => {
    const main = `import { dense,
  table, HIDDEN } from "./lib/layers.net"
network Main
dim H = 3
input x[3]
hyper scale = 10
const W[3, 3] = [[1, 0, 0], [0, 2, 0], [0, 0, 4]]
helper = scale * x
z = helper + 1
y = dense(W, table, x)
width = HIDDEN + 0 * sum(x)
output y, helper, z, width
`
    const files = { 'main.net': main, 'lib/layers.net': LAYERS, 'lib/constants.net': CONSTANTS }
    const { y, helper, z, width } = await outputs(files, Float64Array.of(1, 1, 1))
    expect([...(y as Float64Array)]).toEqual([1, 2, 3.5])
    expect([...(helper as Float64Array)]).toEqual([10, 10, 10])
    expect([...(z as Float64Array)]).toEqual([11, 11, 11])
    expect(width).toBe(6)
    const { network } = compiled(files)
    expect(network!.equations.map(({ name }) => name)).toEqual(['table', 'W', 'helper', 'z', 'y', 'width'])
    expect(Object.keys(network!.dims)).toEqual(['HIDDEN', 'H'])
    // Places are in the program's own text, those of imported constants too.
    for (const { name, span } of network!.equations) expect(main.slice(span.start, span.end)).toContain(name)
  })

  test('names of the file that are not imported are unknown, and may be the names of anything', () => {
    const files = { 'lib.net': 'fn inner(v) = 2 * v\nfn outer(v) = inner(v)\n' }
    const with_ = (text: string): string[] =>
      codes({ ...files, 'main.net': `import { outer } from "./lib.net"\ninput x\n${text}\noutput y\n` })
    expect(with_('y = inner(outer(x))')).toEqual(['unknown-function'])
    expect(with_('inner = outer(x)\ny = inner * 2')).toEqual([])
    expect(with_('fn inner(v) = v\ny = inner(outer(x))')).toEqual([])
  })

  test('a function means what its own file means by names, also those of the language', async () => {
    const files = {
      'lib.net': 'fn soft(v[N]) = exp(v) / sum(exp(v))\nfn d(a, b) = a - b\nfn less(v) = d(v, 1)\n',
      'main.net': `import { soft, less } from "./lib.net"
dim N = 7
input x[2]
fn exp(v) = 3 * v
y = soft(x)
g = d(sum(less(x)^2), x)
output y, g
`,
    }
    const { y, g } = await outputs(files, Float64Array.of(0, Math.log(3)))
    ;[...(y as Float64Array)].forEach((v, i) => expect(v).toBeCloseTo([0.25, 0.75][i]!, 14))
    ;[...(g as Float64Array)].forEach((v, i) => expect(v).toBeCloseTo([-2, 2 * (Math.log(3) - 1)][i]!, 14))
  })

  test('one file by two ways is one file', async () => {
    const files = {
      'a.net': 'import { c } from "./c.net"\nfn f(v) = c * v\n',
      'b.net': 'import { c } from "./c.net"\nfn g(v) = c + v\n',
      'c.net': 'const c = 5\n',
      'main.net':
        'import { f } from "./a.net"\nimport { g } from "./b.net"\nimport { c } from "./c.net"\ninput x\ny = f(x) + g(x) + c\noutput y\n',
    }
    expect((await outputs(files, 2)).y).toBe(22)
  })

  test('constants of one line are made of each other, whichever of them are imported', async () => {
    const files = {
      'lib.net': 'dim n = 3\nconst a[n] = 2, b = sum(a), c = b + 1\n',
      'main.net':
        'import { b } from "./lib.net"\nimport { c } from "./lib.net"\ninput x\ny = x * b + c\noutput y\n',
    }
    expect((await outputs(files, 10)).y).toBe(67)
  })

  test('dims that are imported say how far indices run, and may be given from outside', () => {
    const files = {
      'lib.net': 'dim L = 3, M = L + 1, n[0..2] = 4, 5, 6\n',
      'main.net':
        'import { L, M, n } from "./lib.net"\ninput x, u[M], v[n[2]]\na[0] = x\na[l] = tanh(a[l-1]) for l in 1..L\ny = a[L] + sum(u) + sum(v)\noutput y\n',
    }
    const given = (dims?: Record<string, number>) =>
      compile(files['main.net'], { resolve: among(files), filename: 'main.net', ...(dims ? { dims } : {}) })
    const { network, diagnostics } = given()
    expect(diagnostics).toEqual([])
    expect(network!.dims).toMatchObject({ L: 3, M: 4 })
    expect(network!.inputs.map(({ shape }) => shape)).toEqual([[], [4], [6]])
    expect(given({ L: 40 }).network!.dims).toMatchObject({ L: 40, M: 41 })
    expect(given({ 'n[2]': 9 }).network!.inputs.map(({ shape }) => shape)).toEqual([[], [4], [9]])
    expect(given({ K: 40 }).diagnostics.map(({ code }) => code)).toEqual(['unknown-dim'])
  })

  test('derive takes them, and their derivatives are those of the text written out', () => {
    const text = (head: string): string => `${head}input x\ntarget y\nparam w\nloss J = (sq(w * x) - y)^2\n`
    const resolve = among({ 'lib.net': 'fn sq(v) = v^2\n' })
    const [own] = derive(text('fn sq(v) = v^2\n'))
    const [other] = derive(text('import { sq } from "./lib.net"\n'), { resolve })
    expect(other!.toText()).toBe(own!.toText())
  })
})

describe('what is wrong is told at the import, with the place in the other file', () => {
  const use = (names: string, path = './lib.net'): string =>
    `import { ${names} } from "${path}"\ninput x\ny = ${names}(x)\noutput y\n`

  /** The one diagnostic, as the command prints it. */
  const told = (files: Files): string => {
    const { diagnostics, source } = compiled(files)
    expect(diagnostics).toHaveLength(1)
    return render(diagnostics, source)
  }

  test('without a way to files', () => {
    expect(compile(use('f')).diagnostics.map(({ code }) => code)).toEqual(['import-without-files'])
    expect(compile('input x\ny = x\noutput y', { resolve: 3 as never }).diagnostics[0]!.code).toBe(
      'bad-option',
    )
  })

  test('a file that is not there, or cannot be had', () => {
    expect(codes({ 'main.net': use('f') })).toEqual(['import-not-found'])
    const resolve = (): never => {
      throw new Error('the server is down')
    }
    const [one] = compile(use('f'), { resolve }).diagnostics
    expect(one!.message).toContain('the server is down')
  })

  test('a file that does not parse', () => {
    const lib = 'fn ok(v) = v\nfn f(v) = v +\n'
    expect(told({ 'main.net': use('f'), 'lib.net': lib })).toMatch(
      /^main\.net:1:19: error\[import-broken\].*\n.*\n.*\n {2}lib\.net:2:14: .*\n {2}2 \| fn f\(v\) = v \+\n/,
    )
  })

  test('a name that is not there, or is nothing to import', () => {
    expect(told({ 'main.net': use('sqare'), 'lib.net': 'fn square(v) = v^2\n' })).toMatch(
      /^main\.net:1:10: error\[import-missing\]: `\.\/lib\.net` has no `sqare`\.[^]*did you mean `square`/,
    )
    expect(told({ 'main.net': use('q'), 'lib.net': 'input q\ny = q\noutput y' })).toMatch(
      /error\[import-missing\][^]* lib\.net:1:7: /,
    )
  })

  test('a name that is declared or imported already', () => {
    const main = use('f').replace('input x', 'fn f(v) = v\ninput x')
    expect(told({ 'main.net': main, 'lib.net': '\nfn f(v) = v\n' })).toMatch(
      /^main\.net:1:10: error\[import-clash\][^]* main\.net:2:4: [^]* lib\.net:2:4: /,
    )
    const twice = `import { f } from "./other.net"\n${use('f')}`
    const files = { 'lib.net': 'fn f(v) = v\n', 'other.net': 'fn f(v) = 2 * v\n' }
    expect(codes({ ...files, 'main.net': twice })).toEqual(['import-clash'])
  })

  test('a circle', () => {
    const files = {
      'main.net': use('f', './a.net'),
      'a.net': 'import { g } from "./b.net"\nfn f(v) = g(v)\n',
      'b.net': 'const c = 1\nimport { f } from "./a.net"\nfn g(v) = f(v)\n',
    }
    expect(told(files)).toMatch(
      /^main\.net:1:19: error\[import-circle\].*`a\.net` → `b\.net` → `a\.net`[^]* b\.net:2:19: /,
    )
    expect(codes({ 'main.net': use('f', './main.net') })).toContain('import-circle')
  })

  test('a function that uses what cannot be imported', () => {
    const lib =
      'param W[2]\ndim K\nconst k = 2\nfn f(v) = k * v + sum(W)\nfn g(v) = K * v\nfn h(v[K]) = sum(v) / K\n'
    expect(told({ 'main.net': use('f'), 'lib.net': lib })).toMatch(
      /^main\.net:1:19: error\[import-of-data\][^]* lib\.net:4:23: [^]* lib\.net:1:7: /,
    )
    expect(told({ 'main.net': use('g'), 'lib.net': lib })).toMatch(/error\[import-open-dim\]/)
    const main = 'import { h } from "./lib.net"\ninput x[3]\ny = h(x)\noutput y\n'
    expect(codes({ 'main.net': main, 'lib.net': lib })).toEqual([])
  })

  test('what is wrong in a function, for all calls or for one', () => {
    expect(told({ 'main.net': use('f'), 'lib.net': 'fn f(v) = nosuch(v)\n' })).toMatch(
      /^main\.net:1:19: error\[unknown-function\][^]* lib\.net:1:11: /,
    )
    const main = 'import { f } from "./lib.net"\ninput x[2]\ny = f(x)\noutput y\n'
    const files = { 'main.net': main, 'lib.net': '\nfn f(v) = v + [1, 2, 3]\n' }
    expect(told(files)).toMatch(/^main\.net:3:5: error\[shape-mismatch\][^]* lib\.net:2:11: /)
    const { diagnostics, source } = compiled(files)
    expect(toJson(diagnostics[0]!, source).related).toMatchObject([
      { file: 'lib.net', start: { line: 2, column: 11, offset: 11 } },
    ])
  })

  test('too many files', () => {
    const files: Record<string, string> = { 'main.net': use('f', './0.net') }
    for (let i = 0; i < 300; i++) files[`${i}.net`] = `import { f } from "./${i + 1}.net"\nfn g(v) = f(v)\n`
    expect(codes(files)).toContain('over-limit')
  })
})

test('import is a word like any other elsewhere, and quotes mean nothing elsewhere', () => {
  expect(compile('input import, from\ny = import * from\noutput y').diagnostics).toEqual([])
  expect(compile('input x\ny = "x"\noutput y').diagnostics[0]!.code).toBe('bad-character')
  for (const text of [
    'import',
    'import {',
    'import { a',
    'import { a } from',
    'import { a } from "',
    'import a from "b"',
  ])
    expect(compile(`${text}\ninput x\ny = x\noutput y`).diagnostics.length, text).toBeGreaterThan(0)
})

test('a session compiles anew when an imported file has changed, and only then', () => {
  const files: Record<string, string> = {
    'main.net': 'import { f } from "./a.net"\ninput x\ny = f(x)\noutput y\n',
    'a.net': 'import { c } from "./b.net"\nfn f(v) = c * v\n',
    'b.net': 'const c = 5\n',
  }
  const session = createSession()
  const run = (text = files['main.net']!) =>
    session.compile(text, { resolve: among(files), filename: 'main.net' }).code
  const first = run()
  expect(first).toContain('5 *')
  expect(run()).toBe(first)
  expect(run(`// a comment\n${files['main.net']!}`)).toBe(first)
  expect(session.counts.compiled).toBe(1)
  files['b.net'] = 'const c = 7\n'
  expect(run()).toContain('7 *')
  delete files['b.net']
  expect(run()).toBeUndefined()
})

describe('the command', () => {
  const MAIN = `import { square } from "./lib/functions.net"
network Main
input x
target y
param w
loss J = square(w * x - y)
`
  const files = { 'src/main.net': MAIN, 'src/lib/functions.net': 'fn square(v) = v^2\n' }

  test('reads files from the disk, from where the import stands', async () => {
    const dir = folder(files)
    expect(await chainrule(dir, ['build', 'src/main.net', '--target', 'js'])).toMatchObject({ status: 0 })
    expect(readFileSync(`${dir}/src/main.net.js`, 'utf8')).toContain('export function step(')
    expect((await chainrule(dir, ['latex', 'src/main.net', '--format', 'text'])).out).toContain('∂J/∂w')
    expect((await chainrule(dir, ['check', 'src/main.net'])).status).toBe(0)
    const data = '{"x": 2, "y": 1, "w": 3}'
    expect((await chainrule(dir, ['trace', 'src/main.net', '--data', data])).out).toContain('25')
    expect((await chainrule(dir, ['graph', 'src/main.net'])).out).toContain('flowchart')
  })

  test('a pattern finds files of functions too, of which nothing is made', async () => {
    const dir = folder(files)
    expect(await chainrule(dir, ['build', 'src/**/*.net'])).toMatchObject({ status: 0 })
    expect(filesIn(dir).filter((name) => name.endsWith('.ts'))).toEqual(['src/main.net.ts'])
  })

  test('says what is missing, and reads programs alone', async () => {
    const dir = folder({ ...files, 'secret.txt': 'fn square(v) = v' })
    const missing = MAIN.replace('functions', 'function')
    const { status, err } = await chainrule(folder({ ...files, 'src/main.net': missing }), [
      'build',
      'src/main.net',
    ])
    expect(status).toBe(1)
    expect(err).toContain('did you mean `src/lib/functions.net`')
    const other = folder({ 'main.net': MAIN.replace('./lib/functions.net', `${dir}/secret.txt`) })
    expect((await chainrule(other, ['build', 'main.net'])).err).toContain('only .net files')
  })
})
