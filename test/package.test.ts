/** What is published: packed, put into empty projects beside its dependencies, and used there as users do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { beforeAll, describe, expect, test } from 'vitest'
import './cli/process.ts'
import { GOOD, filesIn, folder } from './cli/support.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
  readonly scripts: Readonly<Record<string, string>>
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const ENTRIES = Object.keys(manifest.exports).map((entry) => `chainrule${entry.slice(1)}`)
const PLUGINS = ['vite', 'rollup', 'rolldown', 'webpack', 'rspack', 'esbuild'].map(
  (name) => `chainrule/${name}`,
)

let tarball: string
beforeAll(() => {
  const packed = folder()
  const out = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', packed], {
    cwd: root,
    encoding: 'utf8',
  })
  tarball = join(packed, out.trim().split('\n').at(-1)!)
})

/** An empty project in which the package is installed, with what it depends on and nothing else. */
function project(files: Readonly<Record<string, string>>, others: readonly string[] = []): string {
  const dir = folder(files)
  const modules = join(dir, 'node_modules')
  mkdirSync(join(modules, 'chainrule'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', join(modules, 'chainrule'), '--strip-components=1'])
  for (const name of [...Object.keys(manifest.dependencies), ...others]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  return dir
}

const node = (cwd: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  expect(stderr.replace(/^.*ExperimentalWarning.*\n.*\n/m, '')).toBe('')
  expect(status).toBe(0)
  return stdout
}

const ES = '{"type":"module"}'

test('publint has nothing to say', async () => {
  const dir = join(project({}), 'node_modules/chainrule')
  const { messages, pkg } = await publint({ pkgDir: dir, strict: true, pack: false })
  expect(messages.map((message) => formatMessage(message, pkg as never))).toEqual([])
})

test('nothing runs at installation, and only what is used is packed', () => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
    expect(manifest.scripts).not.toHaveProperty(script)
  const files = filesIn(join(project({}), 'node_modules/chainrule'))
  expect(files.filter((file) => !file.startsWith('dist/'))).toEqual(['LICENSE', 'README.md', 'package.json'])
  expect(files).toContain('dist/NOTICES.txt')
  expect(files.filter((file) => !/\.(?:js|d\.ts|txt)$/.test(file) && file.startsWith('dist/'))).toEqual([])
})

describe('every entry is there', () => {
  const imports = ENTRIES.filter((entry) => !entry.endsWith('.json'))
    .map((entry) => `console.log('${entry}', Object.keys(await import('${entry}')).sort().join())`)
    .join('\n')
  const expected = imports
    .split('\n')
    .map((line) => /'(.*?)'/.exec(line)![1]!)
    .map((entry) =>
      PLUGINS.includes(entry)
        ? `${entry} default`
        : entry === 'chainrule/javascript'
          ? `${entry} compile,createSession,format,render,toJson`
          : `${entry} ProgramError,Source,compile,createSession,defineConfig,derive,format,parse,render,toJson`,
    )
    .join('\n')

  test('for ES modules', () => {
    expect(node(project({ 'package.json': ES, 'a.js': imports }), 'a.js').trim()).toBe(expected)
  })

  test('for CommonJS, by require where Node has it for ES modules, else by import', () => {
    const dir = project({
      'package.json': '{}',
      'a.js': `(async () => {\n${imports}\n})()`,
      'b.js': `const { compile } = require('chainrule')\nconst { default: plugin } = require('chainrule/webpack')
console.log(typeof compile, typeof plugin().apply)`,
    })
    expect(node(dir, 'a.js').trim()).toBe(expected)
    if (process.features.require_module) expect(node(dir, 'b.js').trim()).toBe('function function')
  })

  test('and nothing else', () => {
    const dir = project({ 'package.json': ES, 'a.js': "await import('chainrule/dist/src/compile.js')" })
    expect(spawnSync(process.execPath, ['a.js'], { cwd: dir, encoding: 'utf8' }).stderr).toContain(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    )
  })
})

test('init, build, check and the program in one project', () => {
  const dir = project({})
  const main = join(dir, 'node_modules/chainrule/dist/src/cli/main.js')
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], { cwd: dir, encoding: 'utf8' })
  expect(run('init').status).toBe(0)
  expect(run('build').stderr).toBe('wrote src/xor.net.js\nwrote src/xor.net.d.ts\n')
  expect(run('build', '--check').status).toBe(0)
  const out = node(dir, 'src/train.js')
  expect(out).toMatch(/^step 2000: loss 0\.00/m)
  expect(out).toMatch(/^0 xor 1 = 0\.99/m)
})

test('in a CommonJS package a module is doubted, and .mjs is the way out', () => {
  const dir = project({ 'package.json': '{}', 'a.net': GOOD })
  const main = join(dir, 'node_modules/chainrule/dist/src/cli/main.js')
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], { cwd: dir, encoding: 'utf8' })
  expect(run('build', 'a.net', '--target', 'js').stderr).toContain('build with --target mjs')
  expect(run('build', 'a.net', '--target', 'mjs').stderr).toBe('wrote a.net.mjs\nwrote a.net.d.mts\n')
  expect(node(dir, '-e', "import('./a.net.mjs').then(({ network }) => console.log(network.name))")).toBe(
    'A\n',
  )
})

describe('types', () => {
  const COMPILERS = {
    'TypeScript 5': 'typescript5/bin/tsc',
    'TypeScript 6': 'typescript/bin/tsc',
    'TypeScript 7': 'typescript7/bin/tsc',
  }
  const use = (from: string) => `import { init, step } from '${from}'
const params = init(1)
export const loss: number = step(params, { x: 1, y: 2 }, 0.1)
// @ts-expect-error a field is missing
step(params, { x: 1 }, 0.1)
// @ts-expect-error no number
export const text: string = loss
`
  const library = `import { compile, derive, parse, format, defineConfig, type Config, type Diagnostic } from 'chainrule'
import vite, { type PluginOptions } from 'chainrule/vite'
import webpack from 'chainrule/webpack'
import esbuild from 'chainrule/esbuild'
const config: Config = defineConfig({ target: 'js', overrides: [{ files: '*.net', precision: 'f32' }] })
const options: PluginOptions = { types: true, config: false }
const { code, map, diagnostics } = compile('loss J = 1', { target: 'js' })
export const text: string | undefined = code
export const found: readonly Diagnostic[] = diagnostics
export const sources: string[] | undefined = map?.sources
export const plugins = [vite(options), webpack(), esbuild()]
export const latex: string[] = derive('').map((d) => d.toLatex())
// @ts-expect-error no target
compile('', { target: 'rust' })
// @ts-expect-error no option
defineConfig({ traget: 'js' })
export { config, parse, format }
`
  const common = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    skipLibCheck: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    allowArbitraryExtensions: true,
  }
  let dir: string
  beforeAll(() => {
    dir = project(
      {
        'package.json': ES,
        'a.net': GOOD,
        'b.net': GOOD,
        'c.net': GOOD,
        'bundler/tsconfig.json': JSON.stringify({
          compilerOptions: { ...common, module: 'esnext', moduleResolution: 'bundler' },
          include: ['.', '../*.d.ts'],
        }),
        'bundler/query.ts': use('../c.net?precision=f32'),
        'bundler/a.ts': use('../a.net'),
        'bundler/b.ts': use('../b.net'),
        'bundler/c.ts': use('../c.net'),
        'nodenext/tsconfig.json': JSON.stringify({ compilerOptions: { ...common, module: 'nodenext' } }),
        'nodenext/a.ts': use('../a.net.js'),
        'nodenext/b.ts': use('../b.net.js'),
        'nodenext/c.ts': use('../c.net'),
        'nodenext/library.ts': library,
      },
      ['vite', 'esbuild', 'rollup', 'rolldown'],
    )
    const main = join(dir, 'node_modules/chainrule/dist/src/cli/main.js')
    execFileSync(process.execPath, [main, 'build', 'a.net'], { cwd: dir, stdio: 'ignore' })
    execFileSync(process.execPath, [main, 'build', 'b.net', '--target', 'js'], { cwd: dir, stdio: 'ignore' })
    const plugin = `import chainrule from 'chainrule/rollup'\nimport { rollup } from 'rollup'
await rollup({ input: ['c.net', './c.net?precision=f32'], plugins: [chainrule({ types: true })] })`
    execFileSync(process.execPath, ['--input-type=module', '-e', plugin], { cwd: dir, stdio: 'ignore' })
    expect(existsSync(join(dir, 'c.d.net.ts'))).toBe(true)
  })

  test.each(Object.entries(COMPILERS))('of modules and of the library, by %s', (_, compiler) => {
    for (const config of ['bundler', 'nodenext']) {
      const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules', compiler), '-p', config], {
        cwd: dir,
        encoding: 'utf8',
      })
      expect(stdout, config).toBe('')
    }
  })

  test('of the library alone hold without skipLibCheck, with no other package there', () => {
    const alone = project({
      'package.json': ES,
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...common, skipLibCheck: false, module: 'nodenext' },
      }),
      'a.ts': "export { compile, derive, parse, format } from 'chainrule'\n",
    })
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript7/bin/tsc'), '-p', '.'],
      { cwd: alone, encoding: 'utf8' },
    )
    expect(stdout).toBe('')
  })
})
