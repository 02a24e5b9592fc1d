/** What stands in a config, for all programs and for some. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { merged, optionsFor } from '../../src/cli/config.ts'
import { BROKEN, GOOD, chainrule, filesIn, folder } from './support.ts'

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')
const json = (config: object): string => JSON.stringify(config)

describe('a config', () => {
  test('says what is built, how, and where to', async () => {
    const dir = folder({
      'chainrule.config.json': json({
        files: 'src/**/*.net',
        out: 'gen',
        target: 'js',
        overrides: [
          { files: 'src/deep/*.net', precision: 'f32' },
          { files: ['./src/deep/b.net'], target: 'ts', formulas: false },
        ],
      }),
      'src/a.net': GOOD,
      'src/deep/b.net': GOOD,
      'src/deep/c.net': GOOD,
      'other/d.net': BROKEN,
    })
    expect((await chainrule(dir, ['build'])).status).toBe(0)
    expect(filesIn(join(dir, 'gen'))).toEqual([
      'a.net.d.ts',
      'a.net.js',
      'deep/b.net.ts',
      'deep/c.net.d.ts',
      'deep/c.net.js',
    ])
    expect(read(dir, 'gen/a.net.js')).toContain('∂J/∂w')
    expect(read(dir, 'gen/deep/b.net.ts')).not.toContain('∂J/∂w')
    expect(await chainrule(dir, ['build', '--check'])).toEqual({ status: 0, out: '', err: '' })
  })

  test.each([
    ['chainrule.config.js', 'export default { files: "a.net", target: "js" }'],
    ['chainrule.config.mjs', 'export default { files: ["a.net"], target: "js" }'],
    ['chainrule.config.json', '{ "files": "a.net", "target": "js" }'],
  ])('%s is found', async (name, text) => {
    const dir = folder({ 'package.json': '{"type":"module"}', [name]: text, 'a.net': GOOD })
    expect((await chainrule(dir, ['build'])).err).toBe('wrote a.net.js\nwrote a.net.d.ts\n')
  })

  test('of another place counts from there', async () => {
    const dir = folder({
      'sub/own.json': json({ files: '*.net', out: 'out' }),
      'sub/a.net': GOOD,
      'b.net': GOOD,
    })
    expect((await chainrule(dir, ['build', '--config', 'sub/own.json'])).status).toBe(0)
    expect(filesIn(dir)).toEqual(['b.net', 'sub/a.net', 'sub/out/a.net.ts', 'sub/own.json'])
  })

  test('comes after the command line', async () => {
    const dir = folder({
      'chainrule.config.json': json({ target: 'js', overrides: [{ files: 'b.net', dims: { D: 3 } }] }),
      'a.net': GOOD,
    })
    expect((await chainrule(dir, ['build', 'a.net', '--target', 'mjs'])).err).toContain('wrote a.net.mjs')
    const program = 'dim D\ninput x[D]\nparam w[D]\nloss J = (w @ x)^2\n'
    writeFileSync(join(dir, 'b.net'), program)
    await chainrule(dir, ['build', 'b.net', '--target', 'ts'])
    expect(read(dir, 'b.net.ts')).toContain('dims: { D: 3 }')
    await chainrule(dir, ['build', 'b.net', '--target', 'ts', '--dim', 'D=4'])
    expect(read(dir, 'b.net.ts')).toContain('dims: { D: 4 }')
  })

  test.each([
    [{ traget: 'js' }, 'there is no option traget', 'did you mean target?'],
    [{ target: 'rust' }, 'target must be ts, js, mjs, wasm, auto, c', ''],
    [{ dims: { H: 0 } }, 'dims must be an object of whole numbers of at least 1 by name', ''],
    [{ batch: 1.5 }, 'batch must be a name', ''],
    [{ overrides: [{ target: 'js' }] }, 'overrides[0] has no files', ''],
    [{ overrides: [{ files: '*.net', out: 'x' }] }, 'there is no option overrides[0].out', ''],
    [{ overrides: {} }, 'overrides must be a list of objects', ''],
    [[], 'there is no object', ''],
  ])('%j is refused', async (config, sentence, hint) => {
    const dir = folder({ 'chainrule.config.json': json(config), 'a.net': GOOD })
    const { status, err } = await chainrule(dir, ['build'])
    expect(status).toBe(2)
    expect(err).toContain(`The config \`chainrule.config.json\`: ${sentence}`)
    expect(err).toContain(hint)
    expect(filesIn(dir)).toEqual(['a.net', 'chainrule.config.json'])
  })

  test.each(['export default {', 'throw new Error("not today")'])(
    'that cannot be loaded: %s',
    async (text) => {
      const { status, err } = await chainrule(folder({ 'chainrule.config.mjs': text, 'a.net': GOOD }), [
        'build',
      ])
      expect(status).toBe(2)
      expect(err).toContain('The config `chainrule.config.mjs`: it cannot be loaded: ')
    },
  )

  test('there is one', async () => {
    const dir = folder({
      'chainrule.config.mjs': 'export default {}',
      'chainrule.config.json': '{}',
      'a.net': GOOD,
    })
    expect((await chainrule(dir, ['build'])).err).toContain('There are two configs')
  })

  test('is nothing to a program from standard input', async () => {
    const dir = folder({ 'chainrule.config.json': json({ out: 'x', target: 'c' }) })
    const { status, out } = await chainrule(dir, ['build', '-'], GOOD)
    expect(status).toBe(0)
    expect(out).toContain('export function step')
  })

  test('options of files are put together one by one', () => {
    expect(merged([{ dims: { A: 1, B: 2 }, target: 'js' }, { dims: { B: 3 } }, {}])).toEqual({
      target: 'js',
      dims: { A: 1, B: 3 },
    })
    const project = {
      folder: '/p',
      path: undefined,
      config: { overrides: [{ files: 'deep/*.net', batch: 4 }] },
    }
    expect(optionsFor(project, '/p/deep/x.net')).toEqual({ batch: 4 })
    expect(optionsFor(project, '/p/y.net')).toEqual({})
    expect(optionsFor(project, '/q/x.net')).toEqual({})
  })
})

describe('--check finds what is left over', () => {
  test('beside the sources', async () => {
    const dir = folder({ 'a.net': GOOD, 'b.net': GOOD, 'c.net.ts': 'export const mine = 1\n' })
    await chainrule(dir, ['build', '*.net'])
    await chainrule(dir, ['build', 'b.net', '--target', 'c'])
    expect(await chainrule(dir, ['build', '*.net', '--check'])).toEqual({ status: 0, out: '', err: '' })
    renameSync(join(dir, 'b.net'), join(dir, 'd.net'))
    const { status, out } = await chainrule(dir, ['build', '*.net', '--check'])
    expect(status).toBe(1)
    expect(out).toBe('missing: d.net.ts\norphan: b.net.c\norphan: b.net.h\norphan: b.net.ts\n')
    expect(existsSync(join(dir, 'b.net.ts'))).toBe(true)
  })

  test('of every kind, also where no program is left, and with names that headers write in another way', async () => {
    const dir = folder({ 'src/a.net': GOOD, 'src/@b.net': GOOD, 'old/c.net': GOOD })
    for (const target of ['ts', 'mjs', 'c', 'pytorch'])
      expect((await chainrule(dir, ['build', '**/*.net', '--target', target])).status).toBe(0)
    // As the plugins write it.
    writeFileSync(join(dir, 'src/a.d.net.ts'), read(dir, 'src/a.net.ts'))
    const check = async () => (await chainrule(dir, ['build', '**/*.net', '--check'])).out
    expect(await check()).toBe('')
    for (const name of ['src/a', 'src/@b', 'old/c'])
      renameSync(join(dir, `${name}.net`), join(dir, `${name}.old`))
    writeFileSync(join(dir, 'd.net'), GOOD)
    expect((await check()).trim().split('\n')).toEqual([
      'missing: d.net.ts',
      ...['c.net.c', 'c.net.d.mts', 'c.net.h', 'c.net.mjs', 'c.net.ts', 'c_net.py'].map(
        (name) => `orphan: old/${name}`,
      ),
      ...['@b.net.c', '@b.net.d.mts', '@b.net.h', '@b.net.mjs', '@b.net.ts', '_b_net.py'].map(
        (name) => `orphan: src/${name}`,
      ),
      ...['a.d.net.ts', 'a.net.c', 'a.net.d.mts', 'a.net.h', 'a.net.mjs', 'a.net.ts', 'a_net.py'].map(
        (name) => `orphan: src/${name}`,
      ),
    ])
  })

  test('under --out, where programs of other commands are no orphans', async () => {
    const dir = folder({ 'src/a.net': GOOD, 'src/x/b.net': GOOD, 'src/x/c.net': GOOD })
    await chainrule(dir, ['build', 'src/**/*.net', '--out', 'gen'])
    expect((await chainrule(dir, ['build', 'src/a.net', '--out', 'gen', '--check'])).status).toBe(0)
    rmSync(join(dir, 'src/x/c.net'))
    const { out } = await chainrule(dir, ['build', 'src/**/*.net', '--out', 'gen', '--check'])
    expect(out).toBe('orphan: gen/x/c.net.ts\n')
  })
})

describe('init', () => {
  test('starts a project that builds', async () => {
    const dir = folder()
    const { status, err } = await chainrule(dir, ['init', 'new'])
    expect(status).toBe(0)
    expect(err).toContain('next: cd new && npm install && npm start')
    expect(filesIn(dir)).toEqual([
      'new/.gitattributes',
      'new/chainrule.config.js',
      'new/package.json',
      'new/src/train.js',
      'new/src/xor.net',
    ])
    // Without the package the config of the project cannot be imported: what it says is said here.
    const built = await chainrule(join(dir, 'new'), [
      'build',
      'src/xor.net',
      '--target',
      'js',
      '--config',
      'own.json',
    ])
    expect(built.status).toBe(2)
    writeFileSync(join(dir, 'new/own.json'), '{"target": "js"}')
    expect((await chainrule(join(dir, 'new'), ['build', 'src/xor.net', '--config', 'own.json'])).err).toBe(
      'wrote src/xor.net.js\nwrote src/xor.net.d.ts\n',
    )
  })

  test('leaves what is there, and says what is to be done', async () => {
    const dir = folder({
      'package.json': '{"name":"mine"}',
      'src/xor.net': GOOD,
      'chainrule.config.json': '{}',
    })
    const { err } = await chainrule(dir, ['init'])
    expect(err).toContain('package.json is there already')
    expect(err).toContain('chainrule.config.js is not written: there is a config')
    expect(err).toContain('write "type": "module" into package.json')
    expect(read(dir, 'src/xor.net')).toBe(GOOD)
    expect(read(dir, 'package.json')).toBe('{"name":"mine"}')
  })
})
