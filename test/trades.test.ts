/** The programs of other trades, examples/functions: what they print, and what they compute, against published values and independent derivatives. */
import { execFile } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { describe, expect, test } from 'vitest'
import { type CompileOptions, compile, everyTarget } from '../src/compile.ts'
import { type Module, imported } from '../src/modules.ts'
import forRolldown from '../src/plugins/rolldown.ts'
import { chainrule, folder } from './cli/support.ts'
import { LONG, everyNth } from './support/campaign.ts'
import { array, close, differences, flat, wave } from './support/numbers.ts'

const here = new URL('../examples/functions/', import.meta.url)
const path = (name: string): string => fileURLToPath(new URL(name, here))
const read = (name: string): string => readFileSync(new URL(name, here), 'utf8')
const names = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
const programs = names('.', '.net')
const models = names('nist', '.net').map((name) => `nist/${name}`)

async function made(name: string, options: CompileOptions = {}): Promise<Module & Record<string, unknown>> {
  const { code, diagnostics } = compile(read(`${name}.net`), { target: 'js', verify: true, ...options })
  expect(diagnostics).toEqual([])
  return (await imported(code!)) as Module & Record<string, unknown>
}

/** What a program of the folder prints. */
async function printed(name: string): Promise<string> {
  const out = join(folder({}), `${name}.mjs`)
  const bundle = await rolldown({
    input: path(`${name}.ts`),
    plugins: [forRolldown({ config: path('chainrule.config.js') })],
  })
  await bundle.write({ file: out })
  const lines: string[] = []
  const { log } = console
  console.log = (line: string) => lines.push(line)
  try {
    await import(/* @vite-ignore */ pathToFileURL(out).href)
  } finally {
    console.log = log
  }
  return lines.join('\n')
}

describe('what they print', () => {
  test('regressions: parameters that NIST certifies', async () => {
    const lines = (await printed('regressions')).split('\n')
    expect(lines).toHaveLength(16)
    for (const line of lines) {
      const [, near, far] = /from near ([\d.]+) digits, from far ([\d.]+ digits|elsewhere)/.exec(line)!
      expect(Number(near), line).toBeGreaterThan(10)
      if (far !== 'elsewhere') expect(parseFloat(far!), line).toBeGreaterThan(10)
    }
    expect(lines.filter((line) => line.includes('elsewhere')).map((line) => line.split(' ')[0])).toEqual([
      'MGH10',
      'MGH17',
    ])
  })

  test('reach: an arm is where it shall be', async () => {
    const lines = (await printed('reach')).split('\n')
    expect(lines).toHaveLength(4)
    for (const line of lines) expect(line).toContain('off by less than 1e-9 m')
  })

  test('bundle: cameras and points are found', async () => {
    expect(await printed('bundle')).toMatch(
      /60 unknowns\nreprojection error at first 60.5 pixels, then less than 1e-6/,
    )
  })

  test('volatility: of a price of 4.76 the one that it was made with', async () => {
    expect(await printed('volatility')).toContain('strike 40: price 4.76, implied volatility 20.0 %')
  })

  test('orbit: a period later all are back', async () => {
    const [, back] = /but for (\S+)/.exec(await printed('orbit'))!
    expect(Number(back)).toBeLessThan(1e-6)
  })

  test('picture: what its page shows', async () => {
    const page = readFileSync(new URL('../docs/trades.md', import.meta.url), 'utf8')
    expect(page).toContain(`\`\`\`text\n${await printed('picture')}\n\`\`\``)
  })

  test('relax: the least energy that is known', async () => {
    expect(await printed('relax')).toContain('to -44.326801')
  })

  test('sines: two steps from a start that was learned lead further', async () => {
    const [, random, learned] = /off by ([\d.]+) after[^]*two steps by ([\d.]+)/.exec(await printed('sines'))!
    expect(Number(learned)).toBeLessThan(0.6 * Number(random))
  })

  test('imitate: a generator draws from what it was shown', async () => {
    expect(await printed('imitate')).toBe('mean 3.0, deviation 0.5')
  })
})

test('strict TypeScript, with the types of the modules that are built', async () => {
  // Fifteen models of one kind, and every second one of the others, are for the long campaign.
  const sources = everyNth(
    names('.', '.ts')
      .filter((name) => LONG || name !== 'regressions')
      .map((name) => `${name}.ts`),
    2,
  )
  const used = [...programs, ...models].filter((name) =>
    sources.some((file) => read(file).includes(`${name}.net`)),
  )
  const files = [...sources, 'nist/datasets.ts']
  const { default: config } = (await import(
    /* @vite-ignore */ new URL('chainrule.config.js', here).href
  )) as {
    default: { overrides: readonly (CompileOptions & { files: string })[] }
  }
  const modules = used.map((name): [string, string] => {
    const options = config.overrides.find(({ files }) => files === `${name}.net`)
    return [
      `${name}.net.ts`,
      compile(read(`${name}.net`), { ...options, target: 'ts', filename: name }).code!,
    ]
  })
  const dir = folder({
    ...Object.fromEntries(files.map((name) => [name, read(name)])),
    ...Object.fromEntries(modules),
  })
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    lib: ['es2022', 'dom'],
    types: [],
  }
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: sources }))
  const tsc = fileURLToPath(new URL('../node_modules/typescript7/bin/tsc', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', dir]).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
})

test.each(programs)('%s is checked, and what it claims', async (name) => {
  const { status, out, err } = await chainrule(fileURLToPath(here), [
    'check',
    `${name}.net`,
    '--seeds',
    '1',
    '--json',
  ])
  expect(err).toBe('')
  expect(status, out).toBe(0)
  const { claims } = JSON.parse(out) as { claims: { claim: string; verdict: string }[] }
  // A product of six rotations is more than the rules multiply out.
  for (const { claim, verdict } of claims) expect(verdict, claim).toBe('proved')
})

// Two losses, and products with the Hessian, are for TypeScript and JavaScript.
test.each([...programs, ...models].filter((name) => name !== 'gan'))(
  '%s compiles to C and WebAssembly',
  (name) => {
    const analysed = everyTarget.prepare(read(`${name}.net`), { target: 'c', filename: name })
    for (const target of ['c', 'wasm'] as const) {
      const { code, diagnostics } = everyTarget.compileAnalysed(analysed, { target, filename: name })
      expect(diagnostics).toEqual([])
      expect(code).toBeDefined()
    }
  },
)

describe('what they compute', () => {
  test('Black and Scholes: a published price and its greeks', async () => {
    const m = await made('black-scholes')
    // Hull, Options, Futures, and Other Derivatives, example 15.6: S = 42, K = 40, r = 10 %, σ = 20 %, half a year: 4.76.
    const market = {
      S: array(42, 90),
      K: array(40, 100),
      τ: array(0.5, 0.25),
      σ: array(0.2, 0.35),
      r: array(0.1, 0.02),
    }
    const found = m.forward(market)
    expect(flat(found.V)[0]).toBeCloseTo(4.76, 2)
    const h = 1e-5
    const value = (name: keyof typeof market, by: number, of = 'V'): number[] =>
      flat(m.forward({ ...market, [name]: market[name].map((x) => x + by) })[of])
    const slope = (name: keyof typeof market, of = 'V'): number[] =>
      value(name, h, of).map((right, i) => (right - value(name, -h, of)[i]!) / (2 * h))
    close(found.Delta, slope('S'), 7)
    close(found.Gamma, slope('S', 'Delta'), 7)
    close(found.Vega, slope('σ'), 6)
    close(
      found.Theta,
      slope('τ').map((x) => -x),
      6,
    )
    close(found.Rho, slope('r'), 6)
  })

  test('bodies: forces are the slope of the energy, and add up to nothing', async () => {
    const m = await made('bodies')
    const [x, mass] = [wave(12, 1), array(1, 2, 0.5, 3)]
    const { F } = m.forward({ x, m: mass })
    close(F, differences((at) => flat(m.forward({ x: at, m: mass }).E).map((e) => -e), x)[0]!, 6)
    for (const axis of [0, 1, 2])
      expect([0, 1, 2, 3].reduce((sum, i) => sum + flat(F)[3 * i + axis]!, 0)).toBeCloseTo(0, 10)
  })

  test('a field: the normal is the slope, of length 1', async () => {
    const m = await made('field')
    const p = array(1.2, 0.7, -0.4)
    const { n } = m.forward({ p })
    const slope = differences((at) => flat(m.forward({ p: at }).f), p)[0]!
    const length = Math.hypot(...slope)
    close(
      n,
      slope.map((x) => x / length),
      7,
    )
    expect(Math.hypot(...flat(n))).toBeCloseTo(1, 12)
  })

  test('a camera: a Jacobian of 2 × 15 for each observation', async () => {
    const m = await made('camera')
    const observations = 4
    const a = Float64Array.from(
      { length: 15 * observations },
      (_, i) => Math.sin(1.3 * i + 1) / 4 + (i % 15 === 13 ? 3 : 0),
    )
    const seen = new Float64Array(2 * observations)
    const { J } = m.forward({ a, seen })
    for (let k = 0; k < observations; k++) {
      const own = a.slice(15 * k, 15 * k + 15)
      close(
        flat(J).slice(30 * k, 30 * k + 30),
        differences((at) => flat(m.forward({ a: at, seen: new Float64Array(2) }).e), own),
        6,
      )
    }
  })

  test('the UR5: axes and levers give the Jacobian', async () => {
    const m = await made('ur5')
    const q = array(0.1, -1, 1.3, -0.7, 1.1, 0.4)
    const { p, R, J, s } = m.forward({ q })
    const jacobian = differences((at) => flat(m.forward({ q: at }).p), q)
    close(flat(J).slice(0, 18), jacobian, 8)
    // An arm that is stretched out along x, all angles 0, as its maker draws it.
    const still = m.forward({ q: new Float64Array(6) })
    close(still.p, [-0.81725, -0.10915 - 0.0823, 0.089159 - 0.09465], 12)
    close(still.s, 0, 12)
    // A frame stays one: R Rᵀ = I, and dR/dq = [ω]ₓ R.
    const row = (i: number): number[] => flat(R).slice(3 * i, 3 * i + 3)
    for (const i of [0, 1, 2])
      for (const j of [0, 1, 2])
        expect(row(i).reduce((sum, x, c) => sum + x * row(j)[c]!, 0)).toBeCloseTo(i === j ? 1 : 0, 12)
    const turned = differences((at) => flat(m.forward({ q: at }).R), q)
    for (let k = 0; k < 6; k++) {
      const [x, y, z] = [3, 4, 5].map((r) => flat(J)[6 * r + k]!) as [number, number, number]
      const crossed = [0, 1, 2].flatMap((c) => {
        const [a, b, d] = [row(0)[c]!, row(1)[c]!, row(2)[c]!]
        return [[y * d - z * b], [z * a - x * d], [x * b - y * a]].map(([v], r) => [r, c, v!] as const)
      })
      for (const [r, c, v] of crossed) expect(turned[3 * r + c]![k]!).toBeCloseTo(v, 8)
    }
    expect(Math.abs(s as number)).toBeGreaterThan(0.05)
    expect(flat(p)).toHaveLength(3)
  })

  test('a camera: the same as the program of GradBench', async () => {
    const m = await made('camera')
    const source = readFileSync(new URL('../bench/gradbench/ba.net', import.meta.url), 'utf8')
    const { code } = compile(source, { target: 'js' })
    const other = (await imported(code!)) as Module
    const observations = 3
    const a = wave(15 * observations, 1).map((x, i) =>
      i % 15 === 13 ? x + 5 : i % 15 === 9 || i % 15 === 10 ? x / 10 : x,
    )
    const seen = wave(2 * observations, 2)
    const { e, J } = m.forward({ a, seen })
    const ba = other.forward({ a, seen })
    close(e, ba.e, 12)
    close(J, flat(ba.J), 12)
    // Where a camera is not turned, the formula of Rodrigues is at its limit.
    const still = a.slice(0, 15).fill(0, 0, 3)
    const at = (x: Float64Array): number[] => flat(m.forward({ a: x, seen: new Float64Array(2) }).e)
    close(m.forward({ a: still, seen: new Float64Array(2) }).J, differences(at, still), 6)
  })

  test('a cluster: published energies', async () => {
    const { code } = compile(read('cluster.net'), { target: 'js', dims: { N: 4 } })
    const m = (await imported(code!)) as Module
    // Four atoms, all of them at the distance 2^(1/6): six pairs in their wells (Hoare, Pal 1971).
    const half = 2 ** (1 / 6) / Math.sqrt(8)
    const x = Float64Array.from([1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1], (c) => half * c)
    const grads = { x: new Float64Array(12) }
    expect(m.backward({ x }, {}, grads)).toBeCloseTo(-6, 12)
    close(grads.x, new Float64Array(12), 12)
  })
})
