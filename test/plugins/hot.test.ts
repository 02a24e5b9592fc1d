/** An edited network takes over where the old one runs: Vite's server and client, played by hand. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createServer } from 'vite'
import { expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { withHotUpdate } from '../../src/plugins/hot.ts'
import plugin from '../../src/plugins/vite.ts'
import { folder } from '../cli/support.ts'

const program = (loss: string, declared = ''): string =>
  `input x\ntarget y\nparam w = 1\n${declared}loss J = ${loss}\n`

interface Module {
  readonly [name: string]: unknown
}
type Accept = (next: Module | undefined) => void

/** A page that imports the first version, and what Vite's client does when another one comes. */
class Page {
  readonly #dir = folder()
  readonly #data = {}
  #accept: Accept | undefined
  #count = 0
  readonly invalidated: string[] = []

  /** Loads a version; the client asks the callback of the version before it. */
  async load(source: string): Promise<Module> {
    const { code } = compile(source, { target: 'js' })
    const path = join(this.#dir, `version-${this.#count++}.mjs`)
    const key = `hot of ${path}`
    const before = this.#accept
    Object.assign(globalThis, {
      [key]: {
        data: this.#data,
        accept: (callback: Accept) => (this.#accept = callback),
        invalidate: (why: string) => this.invalidated.push(why),
      },
    })
    writeFileSync(
      path,
      withHotUpdate(code!).replaceAll('import.meta.hot', `globalThis[${JSON.stringify(key)}]`),
    )
    const loaded = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Module
    before?.(loaded)
    return loaded
  }

  /** A module that imports a version, which no edit touches. */
  async importer(version = 0): Promise<{ step: (...args: unknown[]) => number; doc: () => unknown }> {
    const path = join(this.#dir, `main-${version}.mjs`)
    writeFileSync(
      path,
      `import { step as current, network } from './version-${version}.mjs'
export const step = (...args) => current(...args)
export const doc = () => network.formulas.equations.J
`,
    )
    return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as never
  }
}

test('parameters go on with new functions, again and again, while all fields stay', async () => {
  const page = new Page()
  const first = await page.load(program('(w * x - y)^2'))
  const { step, doc } = await page.importer()
  const params = (first['init'] as (seed: number) => { w: number })(1)
  const data = { x: 1, y: 3 }
  expect(step(params, data, 0)).toBe(4)
  expect(step(params, data, 0.25)).toBe(4)
  expect(params.w).toBe(2)
  const formula = doc()

  await page.load(program('10 * (w * x - y)^2'))
  expect(step(params, data, 0)).toBe(10)
  expect(doc()).not.toBe(formula)
  await page.load(program('100 * (w * x - y)^2').replace('param w = 1', 'param w = 5'))
  expect(step(params, data, 0)).toBe(100)
  expect(page.invalidated).toEqual([])

  // Another parameter: the parameters that there are do not fit, and the old functions stay with them.
  await page.load(program('(w * x + b - y)^2', 'param b\n'))
  expect(page.invalidated).toEqual(['the fields of the network are others now'])
  expect(step(params, data, 0)).toBe(100)
  // Modules that were loaded again have the version with the other fields, and that one is replaced from then on.
  const again = await page.importer(3)
  await page.load(program('7 * (w * x + b - y)^2', 'param b\n'))
  expect(again.step({ w: 1, b: 1 }, data, 0)).toBe(7)
  expect(page.invalidated).toHaveLength(1)
})

test.each([
  [
    'the shape of a parameter',
    'input x[2]\nparam w[2]\nloss J = (w @ x)^2',
    'input x[3]\nparam w[3]\nloss J = (w @ x)^2',
  ],
  ['a batch', 'input x\nparam w\nloss J = (w * x)^2', 'batch B\ninput x\nparam w\nloss J = (w * x)^2'],
  [
    'a hyperparameter',
    'input x\nparam w\nloss J = (w * x)^2',
    'input x\nparam w\nhyper h = 1\nloss J = (h * w * x)^2',
  ],
  [
    'an output',
    'input x\nparam w\np = w * x\nq = 2 * p\noutput p\nloss J = q^2',
    'input x\nparam w\np = w * x\nq = 2 * p\noutput p, q\nloss J = q^2',
  ],
])('%s is another field', async (_, before, after) => {
  const page = new Page()
  await page.load(before)
  await page.load(after)
  expect(page.invalidated).toHaveLength(1)
  await page.load(after)
  expect(page.invalidated).toHaveLength(1)
})

test('a param that is called like an initialiser counts', async () => {
  const page = new Page()
  const named = (shape: string): string =>
    `input x${shape}\nparam initialiser${shape}\nloss J = sum((initialiser * x)^2)`
  await page.load(named('[2]'))
  await page.load(named('[3]'))
  expect(page.invalidated).toHaveLength(1)
})

test('the server sends it to browsers, not to itself, with a source map', async () => {
  const root = folder({ 'a.net': program('(w * x - y)^2') })
  mkdirSync(join(root, 'cache'))
  const server = await createServer({
    root,
    configFile: false,
    cacheDir: join(root, 'cache'),
    logLevel: 'silent',
    appType: 'custom',
    plugins: [plugin()],
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  })
  try {
    const sent = await server.transformRequest('/a.net')
    expect(sent?.code).toContain('import.meta.hot.accept(')
    expect(sent?.map).toMatchObject({ sources: ['a.net'] })
    const own = (await server.ssrLoadModule('/a.net')) as { step: (...args: unknown[]) => number }
    expect(own.step({ w: 1 }, { x: 1, y: 3 }, 0)).toBe(4)
    writeFileSync(join(root, 'a.net'), program('(v * x - y)^2'))
    server.moduleGraph.invalidateAll()
    await expect(server.transformRequest('/a.net')).rejects.toMatchObject({
      message: expect.stringContaining('Nothing is called `v`') as string,
      loc: { line: 4, column: 10 },
      frame: expect.stringContaining('loss J = (v * x - y)^2') as string,
    })
  } finally {
    await server.close()
  }
})
