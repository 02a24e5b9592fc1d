import type { CheckReport } from '../../src/cli/check.ts'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PROJECT, VERSION } from '../../src/base/version.ts'
import { BROKEN, GOOD, chainrule, folder } from './support.ts'

test('the version is that of the package', async () => {
  const { name, version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as Record<string, string>
  expect([PROJECT, VERSION]).toEqual([name, version])
  expect(await chainrule(folder(), ['--version'])).toEqual({ status: 0, out: `${VERSION}\n`, err: '' })
})

test('help goes to standard output, a missing command to standard error', async () => {
  const help = await chainrule(folder(), ['build', '--help'])
  expect(help.status).toBe(0)
  for (const option of [
    '--out',
    '--target',
    '--precision',
    '--batch',
    '--dim',
    '--checkpoint',
    '--check',
    '--watch',
    '--config',
    '--no-formulas',
  ])
    expect(help.out).toContain(option)
  const none = await chainrule(folder(), [])
  expect(none.status).toBe(2)
  expect(none.err).toContain('Usage: chainrule')
})

describe('a wrong command line', () => {
  const dir = folder({ 'a.net': GOOD })
  test.each([
    [['frob'], 'unknown command'],
    [['build'], 'No file is named, and no config says what to build.'],
    [['build', '-', '--watch'], 'Standard input is read once'],
    [['build', 'a.net', '--watch', '--check'], 'leave one of them out'],
    [['build', 'a.net', '--config', 'nowhere.js'], 'There is no file `nowhere.js` with a config.'],
    [['build', 'a.net', '--taget', 'js'], '(Did you mean --target?)'],
    [['build', 'a.net', '--target', 'rust'], 'Allowed are ts, js, mjs, wasm, auto, c, pytorch and onnx.'],
    [['build', 'a.net', '--optimizer', 'lamb'], 'sgd, momentum, adam and adamw'],
    [['build', 'a.net', '--dim', 'D'], 'Write NAME=V'],
    [['build', 'a.net', '--dim', 'D=0'], 'a whole number of at least 1'],
    [['build', 'a.net', '--dim', 'D=2', '--dim', 'D=3'], 'given twice'],
    [['build', 'a.net', '--batch', '1.5'], 'Write a name such as B'],
    [['latex', 'a.net', '--steps', '--elements'], 'leave one of --steps and --elements out'],
    [['latex', 'a.net', '--lang', 'fr'], 'Allowed are en and zh.'],
    [['build', 'a.net', '--checkpoint', '0'], 'Write how many steps a segment has'],
    [['latex', 'a.net', '--format', 'pdf'], 'Allowed are latex, document, markdown, text, mathml and html.'],
    [['latex', 'a.net', 'b.net'], 'too many arguments'],
    [['a.net'], 'a file stands after its command, such as chainrule build a.net'],
    [['train.net'], '`train.net` is no command.'],
    [['trace', 'a.net', '--data', 'x=1'], 'There is no file `x=1` with values.'],
    [['check', 'a.net', '--seeds', 'x'], 'Write a whole number from 1'],
    [['train', 'a.net'], "required option '--data <file>' not specified"],
    [['train', 'a.net', '--data', 'x.csv'], 'There is no file `x.csv`.'],
    [['train', 'a.net', '--data', 'x.csv', '--validation', '1'], 'Write a number from 0 to 1'],
    [['predict', 'a.net', '--data', 'x.csv', '--params', 'p.json'], 'There is no file `p.json`.'],
  ])('%j', async (args, sentence) => {
    const result = await chainrule(dir, args)
    expect(result.err).toContain(sentence)
    expect({ status: result.status, out: result.out }).toEqual({ status: 2, out: '' })
  })
})

describe('latex', () => {
  const dir = folder({ 'a.net': GOOD, 'b.net': BROKEN })

  test('prints formulas as LaTeX or as text', async () => {
    const { status, out, err } = await chainrule(dir, ['latex', 'a.net'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('\\begin{align*}')
    expect(out).toContain('\\frac{\\partial J}{\\partial w} &= ')
    expect((await chainrule(dir, ['latex', '-', '--format', 'text'], GOOD)).out).toMatch(
      /^∂J\/∂w = .*\(wx − y\)/m,
    )
  })

  test('--wrt and --of', async () => {
    const { out } = await chainrule(
      dir,
      ['latex', '-', '--format', 'text', '--wrt', 'x', '--wrt', 'w', '--of', 'z'],
      'input x\nparam w\nz = w * x\nloss J = z^2\n',
    )
    expect(out).toContain('∂z/∂x = w\n∂z/∂w = x\n')
    expect(out).not.toContain('J')
    const { status, err } = await chainrule(dir, ['latex', 'a.net', '--wrt', 'W'])
    expect(status).toBe(1)
    expect(err).toBe(
      '--wrt: error[unknown-quantity]: The program has no parameter, input, target, hyper or equation called `W`.\n' +
        '  hint: did you mean `w`? (there are w, x, y, J)\n',
    )
    const { err: two } = await chainrule(dir, ['latex', 'a.net', '--wrt', 'v1', '--wrt', 'v2', '--of', 'q'])
    expect(two.match(/^--\w+: error\[unknown-quantity\]: .* called `(v1|v2|q)`/gm)).toHaveLength(3)
    const { err: json } = await chainrule(dir, ['latex', 'a.net', '--of', 'q', '--json'])
    expect(JSON.parse(json)).toEqual({
      file: 'a.net',
      code: 'unknown-quantity',
      severity: 'error',
      option: 'of',
      message: 'The program has no equation called `q`.',
      hint: 'there is J',
    })
  })

  test('errors of the program', async () => {
    const { status, out, err } = await chainrule(dir, ['latex', 'b.net'])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toContain('error[unknown-name]')
  })
})

describe('check', () => {
  const dir = folder({
    'a.net': GOOD,
    'b.net': BROKEN,
    'c.net': GOOD + 'claim d(J, w) = 2 * (w * x - y) * x\n',
    'edge.net': 'param a, b, c\nv = a * b * c\nloss J = log(1 + v^2)\n',
    'f.net': 'fn f(v)\nparam w\nloss J = f(w)\n',
  })

  test('prints a row for each parameter', async () => {
    const { status, out } = await chainrule(dir, ['check', 'a.net', '--seeds', '2'])
    expect(status).toBe(0)
    expect(out).toMatch(/^w +scalar +2 of 2 .* ok$/m)
  })

  test('--json prints exactly the report', async () => {
    const { status, out, err } = await chainrule(dir, ['check', 'c.net', '--json'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    const report = JSON.parse(out) as { gradients: { maxRelativeError: number }[] }
    expect(report).toEqual({
      file: 'c.net',
      sizes: [],
      gradients: [{ name: 'w', verdict: 'right', maxRelativeError: expect.any(Number) as number }],
      claims: [
        {
          claim: 'd(J, w) = 2 * (w * x - y) * x',
          verdict: 'proved',
          derived: expect.any(String) as string,
          claimedOperations: 4,
          derivedOperations: expect.any(Number) as number,
          points: 5,
          sizes: [],
        },
      ],
      hunt: { points: expect.any(Number) as number, findings: [] },
    })
    expect(report.gradients[0]!.maxRelativeError).toBeLessThan(1e-12)
  })

  test('what the code loses at edges is printed with its place, and is no failure', async () => {
    const { status, out } = await chainrule(dir, ['check', 'edge.net', '--hunt', '2'])
    expect(status).toBe(0)
    expect(out).toMatch(/^The code loses digits at edges \(\d+ points were tried\):$/m)
    expect(out).toMatch(
      /^ {2}the loss is inf, right is [\d.]+\n {2}lost in (a \* b \* c|log\(1 \+ v\^2\)) \(edge\.net:[23]:\d+\)\n {2}at a = \S+, b = \S+, c = /m,
    )
    const { hunt } = JSON.parse((await chainrule(dir, ['check', 'edge.net', '--json'])).out) as CheckReport
    expect(hunt!.findings.map((f) => f.part?.line)).toContain(2)
    expect((await chainrule(dir, ['check', 'a.net'])).out).toMatch(
      /^At \d+ points at the edges .* the code keeps its digits\.$/m,
    )
  })

  test('what it costs is printed, and in JSON where it is asked for', async () => {
    expect((await chainrule(dir, ['check', 'a.net', '--seeds', '1'])).out).toMatch(
      /^Measured, with 1 parameter:\n {2}a forward pass takes /m,
    )
    const { status, out } = await chainrule(dir, ['check', 'a.net', '--seeds', '1', '--cost', '--json'])
    expect(status).toBe(0)
    const time = expect.any(Number) as number
    expect(JSON.parse(out)).toMatchObject({
      cost: {
        own: { parameters: 1, measured: 1, forward: time, gradients: time, differences: time },
        assumed: {},
        curve: { growing: [], rows: [], exponents: {} },
      },
    })
  })

  test('claims of functions without a body are proved without points', async () => {
    const source =
      'fn phi(v)\nparam w\ninput x\na = phi(w * x)\nloss J = a^2\nclaim d(J, w) = 2 * a * d(a, w)\n'
    const { status, out } = await chainrule(dir, ['check', '-'], source)
    expect(status).toBe(0)
    expect(out).toContain('gradients are not checked: the function phi has no body')
    expect(out).toContain('  proved: equal by the rules\n')
  })

  test('a wrong claim fails, with a point', async () => {
    const source = GOOD + 'claim d(J, w) = 2 * (w * x + y) * x\n'
    const { status, out } = await chainrule(dir, ['check', '-'], source)
    expect(status).toBe(1)
    expect(out).toMatch(/^claim d\(J, w\) = 2 \* \(w \* x \+ y\) \* x\n {2}REFUTED\n/m)
    expect(out).toMatch(/^ {2}at .*w = [-\d.]+/m)
  })

  test('an open depth is checked at known ones; what needs one says so', async () => {
    const source =
      'dim L\ninput x\ntarget y\nparam w[l] for l in 1..L\na[0] = x\nfor l in 1..L { a[l] = tanh(w[l] * a[l-1]) }\nloss J = (a[L] - y)^2\n'
    const checked = await chainrule(dir, ['check', '-', '--json'], source)
    expect(checked.status).toBe(0)
    const { gradients } = JSON.parse(checked.out) as {
      gradients: { name: string; maxRelativeError: number }[]
    }
    expect(gradients.map(({ name }) => name)).toEqual(['w'])
    expect(gradients[0]!.maxRelativeError).toBeLessThan(1e-13)
    const wrong = await chainrule(dir, ['check', '-'], source + 'claim d(J, x) = 2 * x\n')
    expect(wrong.status).toBe(1)
    expect(wrong.out).toContain('REFUTED')
    const right = await chainrule(dir, ['check', '-'], source + 'claim d(J, a[L]) = 2 * (a[L] - y)\n')
    expect(right.status).toBe(0)
    expect(right.out).toContain('proved: equal by the rules, for every L')
    const widths = source
      .replace('dim L', 'dim L\ndim n[0..L]')
      .replace('input x', 'input x[n[0]]')
      .replace('w[l] for', 'w[l][n[l], n[l-1]] for')
      .replace('w[l] * a', 'w[l] @ a')
      .replace('(a[L] - y)^2', 'sum((a[L] - y)^2)')
    // What it draws is one layer, and the one before it.
    expect((await chainrule(dir, ['graph', '-'], source)).status).toBe(0)
    const { status, err } = await chainrule(dir, ['build', '-'], widths)
    expect(status).toBe(1)
    expect(err).toContain('--dim L=4')
    expect((await chainrule(dir, ['latex', '-', '--wrt', 'w'], source)).out).toContain('\\partial w^{(l)}')
    const byInput = await chainrule(dir, ['latex', '-', '--wrt', 'x', '--format', 'text'], source)
    expect(byInput.out).toContain('∂J/∂x = δ⁽¹⁾·(1 − (a⁽¹⁾)²)·w⁽¹⁾')
  })

  test('--steps prints the base and the step of an induction, and sums as sums', async () => {
    const source = `dim T
param a : positive, h0
q[0] = h0
q[t] = a * q[t-1] for t in 1..T
loss J = q[T]
claim q[t] = a^t * q[0] for t in 0..T
claim d(J, a) = sum(d(J, q[t]) * q[t-1] for t in 1..T)
`
    const { status, out } = await chainrule(dir, ['check', '-', '--steps'], source)
    expect(status).toBe(0)
    expect(out).toContain('step, t = 2..T-1:\n      given q⁽ᵗ⁻¹⁾ = aᵗ⁻¹q⁽⁰⁾\n')
    expect(out).toContain('base, t = 0:\n')
    expect(out).toMatch(/^ {2}derived: Σ\[k = 1\.\.T\]/m)
    const report = JSON.parse(
      (await chainrule(dir, ['check', '-', '--steps', '--json'], source)).out,
    ) as CheckReport
    expect(report.claims.map((c) => c.verdict)).toEqual(['proved', 'proved'])
    const [power, sum] = report.claims.map((c) => c.proof!)
    expect(power).toMatchObject({ induction: { step: -1, back: 1 }, from: 1 })
    expect(power!.cases.map((c) => c.kind)).toEqual(['step', 'step', 'base', 'base'])
    expect(sum!.induction).toBeNull()
    expect(sum!.cases[0]!.terms.length).toBeGreaterThan(0)
    const plain = JSON.parse((await chainrule(dir, ['check', '-', '--json'], source)).out) as CheckReport
    expect(plain.claims[0]).not.toHaveProperty('proof')
  })

  test('what cannot be checked', async () => {
    expect((await chainrule(dir, ['check', 'b.net'])).status).toBe(1)
    const { status, err } = await chainrule(dir, ['check', 'f.net'])
    expect(status).toBe(1)
    expect(err).toContain('`f.net` cannot be checked: the function f has no body')
  })
})

test('check with other lengths, and at a depth that the program leaves open', async () => {
  const source = `dim L, n[0..L]
param W[l][n[l], n[l-1]] for l in 1..L
input x[n[0]]
target y[n[L]]
a[0] = x
for l in 1..L { a[l] = tanh(W[l] @ a[l-1]) }
loss E = squarederror(a[L], y)
`
  const shapes = async (...dims: string[]): Promise<string[]> => {
    const { status, out } = await chainrule(
      folder(),
      ['check', '-', ...dims.flatMap((d) => ['--dim', d])],
      source,
    )
    expect(status).toBe(0)
    return [...out.matchAll(/^(W\S*) +(\d+ × \d+) .*ok$/gm)].map(([, name, shape]) => `${name} ${shape}`)
  }
  expect(await shapes('L=2', 'n[0]=2', 'n[1]=3', 'n[2]=1')).toEqual(['W[1] 3 × 2', 'W[2] 1 × 3'])
  expect(await shapes()).toEqual([])
  expect((await chainrule(folder(), ['check', '-', '--dim', 'Q=2'], source)).err).toContain(
    'error[unknown-dim]',
  )
})
