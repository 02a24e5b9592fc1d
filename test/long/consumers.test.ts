/**
 * Projects of users, installed by npm from the packed package: all six bundlers, Vitest, attw, and a page in a browser that allows no
 * code but that of its own site. Needs the npm registry; the browser is Debian's chromium, and without it that test says so and is skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import '../cli/process.ts'
import { folder } from '../cli/support.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync)

const MAIN = `import { forward, init, network, step } from './small.net'
import { init as narrow } from './small.net?target=wasm&precision=f32'
const params = init(1)
let loss = 0
for (let i = 0; i < 200; i++) loss = step(params, { x: Float64Array.of(1, 2), y: 3 }, 0.05)
const p = forward(params, { x: Float64Array.of(1, 2) }).p
const result = [loss < 1e-12, Math.abs(p - 3) < 1e-6, network.name, narrow(1).w.constructor.name].join(' ')
if (typeof document === 'undefined') console.log(result)
else document.body.textContent = result
`
const RESULT = 'true true Small Float32Array'
const NETWORK = `network Small
dim D = 2
input x[D]
target y
param w[D] = glorot
p = w @ x
output p
loss J = (p - y)^2
`
const vite = (more: string): string => `import { build } from 'vite'
import chainrule from 'chainrule/vite'
await build({ plugins: [chainrule()], logLevel: 'warn', ${more} })
`
const webpackLike = (name: string, make: string): string => `${make}
import chainrule from 'chainrule/${name}'
make({
  mode: 'production', devtool: 'source-map', target: 'node', entry: process.argv[2] ?? './main.js',
  experiments: { outputModule: true },
  output: { path: process.cwd() + '/out', filename: '${name}.mjs', module: true, library: { type: 'module' } },
  plugins: [chainrule()],
}).run((error, stats) => {
  console.log(error ?? stats.toString({ colors: false }))
  process.exitCode = error || stats.hasErrors() ? 1 : 0
})
`
const SCRIPTS: Readonly<Record<string, string>> = {
  vite: vite(
    "build: { outDir: 'out', emptyOutDir: false, sourcemap: true, lib: { entry: 'main.js', formats: ['es'], fileName: 'vite' } }",
  ),
  rollup: `import { rollup } from 'rollup'
import chainrule from 'chainrule/rollup'
const bundle = await rollup({ input: 'main.js', plugins: [chainrule()] })
await bundle.write({ file: 'out/rollup.mjs', sourcemap: true })
`,
  rolldown: `import { build } from 'rolldown'
import chainrule from 'chainrule/rolldown'
await build({ input: 'main.js', plugins: [chainrule()], output: { file: 'out/rolldown.mjs', sourcemap: true } })
`,
  esbuild: `import { build } from 'esbuild'
import chainrule from 'chainrule/esbuild'
await build({ entryPoints: ['main.js'], bundle: true, format: 'esm', sourcemap: true, outfile: 'out/esbuild.mjs', plugins: [chainrule()] })
`,
  webpack: webpackLike('webpack', "import make from 'webpack'"),
  rspack: webpackLike('rspack', "import { rspack as make } from '@rspack/core'"),
}

let dir: string
let tarball: string
const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' })

beforeAll(() => {
  const packed = folder()
  const name = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', packed], {
    cwd: root,
    encoding: 'utf8',
  })
  tarball = join(packed, name.trim().split('\n').at(-1)!)
  dir = folder({
    'package.json': '{"name":"consumer","private":true,"type":"module"}',
    'main.js': MAIN,
    'small.net': NETWORK,
    'bad.js': "import './bad.net'\n",
    'bad.net': NETWORK.replace('w @ x', 'sigmod(w @ x)'),
    ...Object.fromEntries(Object.entries(SCRIPTS).map(([bundler, text]) => [`${bundler}.mjs`, text])),
  })
  const packages = [
    'vite',
    'vitest',
    'rollup',
    'rolldown',
    'esbuild',
    'webpack',
    '@rspack/core',
    '@arethetypeswrong/cli',
  ]
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball, ...packages], { cwd: dir })
})

test.each(Object.keys(SCRIPTS))(
  '%s builds a project that runs, with a source map to the network',
  (bundler) => {
    const { status, stdout, stderr } = run(`${bundler}.mjs`)
    expect([status, stderr], stdout).toEqual([0, expect.not.stringContaining('rror')])
    const out = ['mjs', 'js']
      .map((end) => `out/${bundler}.${end}`)
      .find((path) => existsSync(join(dir, path)))!
    expect(run(out).stdout.trim()).toBe(RESULT)
    const { sources } = JSON.parse(readFileSync(join(dir, `${out}.map`), 'utf8')) as { sources: string[] }
    expect(sources.some((source) => source.endsWith('small.net'))).toBe(true)
  },
)

test.each(['webpack', 'rspack'])('%s shows errors with place and frame, and no stack', (bundler) => {
  const { status, stdout } = run(`${bundler}.mjs`, './bad.js')
  expect(status).toBe(1)
  expect(stdout).toContain('bad.net:6:5: error[')
  expect(stdout).toContain('p = sigmod(w @ x)')
  expect(stdout).toContain('did you mean `sigmoid`?')
  expect(stdout).not.toMatch(/^\s*at /m)
})

test('Vitest of a project imports networks', () => {
  const files: Readonly<Record<string, string>> = {
    'vite.config.js': "import chainrule from 'chainrule/vite'\nexport default { plugins: [chainrule()] }\n",
    'small.test.ts': `import { expect, test } from 'vitest'
import { init, network, step } from './small.net'
test('learns', () => {
  const params = init(1)
  const data = { x: Float64Array.of(1, 2), y: 3 }
  const before = step(params, data, 0.05)
  expect(step(params, data, 0.05)).toBeLessThan(before)
  expect(network.name).toBe('Small')
})
test('an error has the place in the network', () => {
  try {
    step(init(1), { x: [1], y: 3 } as never, 0.05)
  } catch (error) {
    expect((error as Error).stack).toMatch(/small\\.net:8:/)
  }
  expect.assertions(1)
})
`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const { status, stdout } = run('node_modules/vitest/vitest.mjs', 'run', '--reporter=json')
  expect(status, stdout).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 2, numFailedTests: 0 })
})

test('attw finds nothing wrong with the types of an ES module', () => {
  const { status, stdout } = run(
    'node_modules/@arethetypeswrong/cli/dist/index.js',
    tarball,
    '--profile',
    'esm-only',
  )
  expect(status, stdout).toBe(0)
})

describe('a browser', () => {
  const server: { current: Server | undefined } = { current: undefined }
  afterAll(() => server.current?.close())

  test.skipIf(CHROMIUM === undefined)(
    `runs the page under script-src 'self'${CHROMIUM === undefined ? ' (no chromium is installed)' : ''}`,
    async () => {
      const page = folder()
      cpSync(join(dir, 'main.js'), join(page, 'main.js'))
      // Without the module of WebAssembly, which a site must allow by itself.
      writeFileSync(join(page, 'main.js'), MAIN.replace('?target=wasm&', '?'))
      writeFileSync(join(page, 'small.net'), NETWORK)
      writeFileSync(
        join(page, 'index.html'),
        '<!doctype html><body><script type="module" src="/main.js"></script>',
      )
      writeFileSync(join(dir, 'page.mjs'), vite(`root: ${JSON.stringify(page)}, build: { outDir: 'dist' }`))
      expect(run('page.mjs').status).toBe(0)
      const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }
      server.current = createServer((request, response) => {
        const path = join(page, 'dist', request.url === '/' ? 'index.html' : request.url!)
        if (!existsSync(path)) return void response.writeHead(404).end()
        response.writeHead(200, {
          'content-type': types[extname(path)] ?? 'text/plain',
          'content-security-policy': "default-src 'none'; script-src 'self'",
        })
        response.end(readFileSync(path))
      })
      await new Promise<void>((resolve) => server.current!.listen(0, '127.0.0.1', resolve))
      const { port } = server.current.address() as AddressInfo
      const { spawn } = await import('node:child_process')
      const browser = spawn(CHROMIUM!, [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--virtual-time-budget=10000',
        '--dump-dom',
        `http://127.0.0.1:${port}/`,
      ])
      let dom = ''
      browser.stdout.setEncoding('utf8').on('data', (text: string) => (dom += text))
      await new Promise((resolve) => browser.once('close', resolve))
      expect(dom).toContain(RESULT)
    },
  )
})
