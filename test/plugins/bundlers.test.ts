/** Imports of networks in each bundler: code that runs, options, what is wrong. webpack and Rspack: test/long/consumers.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GOOD, filesIn, folder } from '../cli/support.ts'
import { BUNDLERS, run } from './support.ts'

const NETWORK = `network Small
dim D = 2
input x[D]
target y
param w[D] = glorot
p = w @ x
output p
loss J = (p - y)^2
`
const MAIN = `import { init, step, forward, network } from './small.net'
const params = init(1)
let loss = 0
for (let i = 0; i < 200; i++) loss = step(params, { x: Float64Array.of(1, 2), y: 3 }, 0.05)
export const learned = loss < 1e-12 && Math.abs(forward(params, { x: Float64Array.of(1, 2) }).p - 3) < 1e-6
export const name = network.name
`

describe.each(Object.entries(BUNDLERS))('%s', (_, bundle) => {
  test('a network is a module', async () => {
    const root = folder({ 'main.js': MAIN, 'small.net': NETWORK })
    const { code, map } = await bundle(root)
    expect(await run(root, code)).toMatchObject({ learned: true, name: 'Small' })
    // The source map leads through the bundle to the program.
    const lines = code.split('\n')
    const at = lines.findIndex((line) => /^\s*(?:const|let|var) x_?1 = /.test(line))
    const entry = new SourceMap(JSON.parse(map) as SourceMapPayload).findEntry(at, lines[at]!.length)
    expect(entry).toMatchObject({
      originalLine: 2,
      originalSource: expect.stringMatching(/small\.net$/) as string,
    })
    // Beside what is imported there is nothing.
    expect(filesIn(root).filter((name) => !name.startsWith('out-'))).toEqual(['main.js', 'small.net'])
    expect(code).not.toContain('function backward(')
  })

  test('a network may import from another file', async () => {
    const program = NETWORK.replace('network', 'import { scaled } from "./lib/scaled.net"\nnetwork').replace(
      'p = w @ x',
      'p = scaled(w @ x)',
    )
    const files = { 'main.js': MAIN, 'small.net': program, 'lib/scaled.net': 'fn scaled(v) = v / 2\n' }
    const root = folder(files)
    expect(await run(root, (await bundle(root)).code)).toMatchObject({ learned: true, name: 'Small' })
    const broken = folder({ ...files, 'lib/scaled.net': '\nfn scaled(v = v' })
    await expect(bundle(broken)).rejects.toThrow(/scaled\.net(:2:10|.*has errors)/)
  })

  test('options stand behind the path, with the plugin, by file, and in a config: in this order', async () => {
    const main = `import { init as a } from './models/a.net?precision=f64&dim=D=5'
import { init as b, step } from './models/a.net?target=wasm'
import { init as c } from './models/b.net'
import { init as d } from './models/c.net'
export const kinds = [a, b, c, d].map((init) => [init(1).w.constructor.name, init(1).w.length])
const params = b(1)
export const loss = step(params, { x: new Float32Array(3), y: 0 }, 0.1)
`
    const network = NETWORK.replace('dim D = 2', 'dim D')
    const root = folder({
      'main.js': main,
      'models/a.net': network,
      'models/b.net': network,
      'models/c.net': network,
      'own.config.json': JSON.stringify({
        precision: 'f32',
        dims: { D: 2 },
        overrides: [{ files: 'models/*.net', dims: { D: 3 } }],
      }),
    })
    const { code } = await bundle(root, {
      config: join(root, 'own.config.json'),
      overrides: [{ files: '**/models/b.net', dims: { D: 4 } }],
    })
    const { kinds, loss } = await run(root, code)
    expect(kinds).toEqual([
      ['Float64Array', 5],
      ['Float32Array', 3],
      ['Float32Array', 4],
      ['Float32Array', 3],
    ])
    expect(loss).toBe(0)
    expect(code).toContain('WebAssembly')
  })

  test('all errors of a program are told, with place and frame', async () => {
    const broken = NETWORK.replace('w @ x', 'sigmod(w @ x)').replace('p - y', 'p - q')
    const root = folder({ 'main.js': MAIN, 'small.net': broken })
    const error = await bundle(root).then(
      () => undefined,
      (thrown: unknown) => thrown as Error & { frame?: string; loc?: object; errors?: Told[] },
    )
    type Told = { text?: string; message?: string; frame?: string; location?: object; loc?: object }
    const told = error?.errors?.[0] ?? (error as Told)
    const where = (told.location ?? told.loc) as { file: string; line: number; column: number }
    expect([where.line, where.column]).toEqual([6, 4])
    expect(where.file).toMatch(/small\.net$/)
    const text = `${error!.message} ${error!.frame ?? ''} ${JSON.stringify(error!.errors ?? [])}`
    for (const sentence of [
      'There is no function `sigmod`',
      'Nothing is called `q`',
      'p = sigmod(w @ x)',
      'sigmoid',
    ])
      expect(text).toContain(sentence)
  })

  test('names with blanks, signs and letters of any script are paths, and imports may be dynamic or passed on', async () => {
    const root = folder({
      'main.js': `export { network } from './a b/ünï#1.net'
const { init } = await import('./a b/ünï#1.net?precision=f32')
export const kind = init(1).w.constructor.name
`,
      'a b/ünï#1.net': NETWORK,
    })
    const { code } = await bundle(root)
    expect(await run(root, code)).toMatchObject({ network: { name: 'Small' }, kind: 'Float32Array' })
  })

  test('warnings are the bundler’s', async () => {
    const root = folder({ 'main.js': MAIN, 'small.net': NETWORK.replace('param w', 'param unused\nparam w') })
    const warned: string[] = []
    await bundle(root, {}, (text) => warned.push(text))
    expect(warned.join('\n')).toContain('param unused')
  })

  test.each([
    ['./small.net?precison=f32', 'there is no option precison', 'did you mean precision?'],
    ['./small.net?target=c', 'target is not c', 'Allowed are js, wasm and auto.'],
    ['./small.net?dim=D', 'dim is not D', 'Write NAME=V'],
  ])('%s is refused', async (id, sentence, hint) => {
    const root = folder({ 'main.js': `export * from '${id}'\n`, 'small.net': NETWORK })
    const error = await bundle(root).then(
      () => undefined,
      (thrown: unknown) => thrown as Error & { errors?: object[] },
    )
    const text = `${error?.message} ${JSON.stringify(error?.errors ?? [])}`
    expect(text).toContain(sentence)
    expect(text).toContain(hint)
  })

  test('types are written where that is asked for, once, and never over what is not ours', async () => {
    const root = folder({ 'main.js': MAIN, 'small.net': NETWORK })
    await bundle(root, { types: true })
    const types = readFileSync(join(root, 'small.d.net.ts'), 'utf8')
    expect(types).toContain('export declare function step(')
    writeFileSync(join(root, 'small.d.net.ts'), 'export {}\n')
    await expect(bundle(root, { types: true })).rejects.toThrow(/does not carry the header|with 1 error/)
    expect(readFileSync(join(root, 'small.d.net.ts'), 'utf8')).toBe('export {}\n')
  })

  test('an import with a query has types too, and auto is JavaScript for what is small', async () => {
    const root = folder({
      'main.js': "export * from './small.net?target=auto&precision=f32'\n",
      'small.net': NETWORK,
    })
    const { code } = await bundle(root, { types: true })
    expect(code).not.toContain('WebAssembly')
    const types = readFileSync(join(root, 'small.target=auto_precision=f32.d.ts'), 'utf8')
    expect(types).toContain('declare module "*/small.net?target=auto&precision=f32" {')
    expect(types).toContain('Float32Array')
    const large = folder({
      'main.js': "export * from './small.net?target=auto&dim=D=2000'\n",
      'small.net': NETWORK,
    })
    expect((await bundle(large)).code).toContain('WebAssembly')
  })
})

test('the options of the plugin are checked when it is made', async () => {
  const { default: plugin } = await import('../../src/plugins/vite.ts')
  expect(() => plugin({ traget: 'wasm' } as object)).toThrow('there is no option traget')
})

test('with other queries an import is of the file itself', async () => {
  const root = folder({
    'main.js': "import text from './a.net?raw'\nexport const length = text.length\n",
    'a.net': GOOD,
  })
  const { code } = await BUNDLERS['vite']!(root)
  expect(await run(root, code)).toMatchObject({ length: GOOD.length })
})
