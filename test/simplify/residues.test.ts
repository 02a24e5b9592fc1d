/** Identities of scalars that are proved modulo primes, and what must not be proved: false somewhere, or defined elsewhere. */
import { describe, expect, it } from 'vitest'
import { expand } from '../../src/derive/expand.ts'
import { random } from '../../src/base/random.ts'
import { rational } from '../../src/base/rational.ts'
import { identities } from '../../src/simplify/index.ts'
import { proves } from '../../src/simplify/prove.ts'
import { logDegree } from '../../src/simplify/residues/degree.ts'
import { combination, smallest } from '../../src/simplify/residues/linear.ts'
import { FIELDS } from '../../src/simplify/residues/prime-field.ts'
import { vanishesModuloPrimes } from '../../src/simplify/residues/vanishing.ts'
import { lowered } from '../lower/lowered.ts'

const SCALARS = 'param x, y, z, a, b, c, n\ninput p : positive, q : positive\nloss J = x^2'

function claimOf(claim: string) {
  const { graph, network, diagnostics } = lowered(`${SCALARS}\nclaim ${claim}`)
  expect(network, diagnostics.map((e) => e.message).join('\n')).toBeDefined()
  const written = network!.claims[0]!
  const expanded = expand(graph, network!, identities(graph)).claims[0]!
  return { graph, written, expanded, equations: network!.equations.map((e) => e.node) }
}

function provesClaim(claim: string): boolean {
  const { graph, written, expanded, equations } = claimOf(claim)
  return proves(graph, expanded.left, expanded.right, equations, written)
}

describe('proved', () => {
  it.each([
    // rational functions
    '1 / (x - 1) - 1 / (x + 1) = 2 / (x^2 - 1)',
    'd((a + b * x)^7 / (c + x)^3, x) = (a + b * x)^6 * (7 * b * (c + x) - 3 * (a + b * x)) / (c + x)^4',
    // roots, nested and of constants
    'd(sqrt(x + sqrt(1 + x^2)), x) = sqrt(x + sqrt(1 + x^2)) / (2 * sqrt(1 + x^2))',
    'sqrt(2) * sqrt(3) = sqrt(6)',
    '(p * q)^(1/3) = p^(1/3) * q^(1/3)',
    'sqrt(19 * p) = sqrt(19) * sqrt(p)',
    'sqrt(3 + sqrt(5)) * sqrt(3 - sqrt(5)) = 2',
    'd((a + x)^(2/3) * (b + x)^(1/4), x) = (2 * (b + x) / 3 + (a + x) / 4) / ((a + x)^(1/3) * (b + x)^(3/4))',
    'd(log(x + sqrt(x^2 - 1)), x) = 1 / sqrt(x^2 - 1)',
    'd(atan(x / sqrt(4 - x^2)), x) = 1 / sqrt(4 - x^2)',
    // exponentials and powers with symbols in the exponent
    'exp(x + y) = exp(x) * exp(y)',
    'd(p^(n + 1) / (n + 1), p) = p^n',
    'd(exp(a * x) * (a * x - 1) / a^2, x) = x * exp(a * x)',
    'd(2^x / log(2), x) = 2^x',
    'exp(n * log(p) / 2)^2 = p^n',
    'd(log(p)^3 / 3, p) = log(p)^2 / p',
    // logarithms
    'log(8) = 3 * log(2)',
    'log(12 * p / q^2) = 2 * log(2) + log(3) + log(p) - 2 * log(q)',
    'log(exp(x) + exp(y)) = x + log(1 + exp(y - x))',
    'log(p^n) = n * log(p)',
    // sines and arctangents
    'tan(x / 2) = sin(x) / (1 + cos(x))',
    'sin(3 * x) = 3 * sin(x) - 4 * sin(x)^3',
    'sin(x) * cos(y) = (sin(x + y) + sin(x - y)) / 2',
    'cos(x + pi / 3) = cos(x) / 2 - sqrt(3) / 2 * sin(x)',
    '1 / cos(x)^2 = 1 + tan(x)^2',
    'sin(2 * atan(x)) = 2 * x / (1 + x^2)',
    'cos(atan(x)) = 1 / sqrt(1 + x^2)',
    'd(log(tan(x / 2)), x) = 1 / sin(x)',
    'd(log(1 / cos(x) + tan(x)), x) = 1 / cos(x)',
    'd(x * atan(x) - log(1 + x^2) / 2, x) = atan(x)',
    // hyperbolic functions and what they are by exponentials
    'sinh(2 * x) = 2 * sinh(x) * cosh(x)',
    'tanh(x / 2) = sinh(x) / (1 + cosh(x))',
    'sigmoid(2 * x) = (1 + tanh(x)) / 2',
    'd(log(cosh(x)), x) = tanh(x)',
    // erf
    'd(x * erf(x) + exp(-x^2) / sqrt(pi), x) = erf(x)',
    // what is positive follows from where both are defined
    'sqrt((1 + x) / (1 - x)) = sqrt(1 - x^2) / (1 - x)',
    'exp(log((x + 1) / (x - 1)) / 2) = sqrt(1 - 1 / x^2) * x / (x - 1)',
    // increasing functions of what is compared
    'max(exp(x), exp(-x)) = exp(abs(x))',
    'max(tanh(x), tanh(y)) = tanh(max(x, y))',
    'log(max(exp(x), 2)) = max(x, log(2))',
    'min(exp(2 * x - y), 3 * exp(x)) = exp(x + min(x - y, log(3)))',
    // a root in a case in which it has a value
    'where(x > 0, sqrt(x)^2, x) = x',
    'd(sqrt(x)^2, x) = 1',
  ])('%s', (claim) => expect(provesClaim(claim)).toBe(true))
})

describe('not proved', () => {
  it.each([
    'sqrt(x^2) = x',
    'sqrt(x^2 - 2 * x * y + y^2) = x - y',
    'sqrt(x^2 * y^2) = x * y',
    'sqrt(x)^2 = x',
    'log(x^2) = 2 * log(x)',
    'sqrt(x * y) = sqrt(x) * sqrt(y)',
    'abs(x) + abs(y) = abs(x + y)',
    '(abs(x) + x) * (abs(y) + y) * (abs(z) + z) = 0',
    'sqrt(1 + x^2 / p) = sqrt(p + x^2) / p',
    'atan(tan(x)) = x',
    'atan(x) + atan(1 / x) = pi / 2',
    'atan(x) + atan(y) = atan((x + y) / (1 - x * y))',
    'sin(x)^2 + cos(y)^2 = 1',
    'sin(x + pi / 5) = cos(x)',
    'exp(x)^y = exp(x + y)',
    'erf(x) + erf(y) = erf(x + y)',
    'tanh(x) = 1 - exp(-2 * x)',
    'log(p + q) = log(p) + log(q)',
    'sqrt(6 - 2 * sqrt(5)) = 1 - sqrt(5)',
    'sqrt(2) = 141421356237309504880 / 10^20',
    'max(exp(x), exp(y)) = exp(x)',
    'sqrt((x + 1) / (x - 1)) = sqrt(x^2 - 1) / (x - 1)',
    'where(x > -1, sqrt(x)^2, x) = x',
    'd(p^(n + 1) / (n + 1) + p^2 / 10^6, p) = p^n',
    'd(log(tan(x / 2)) + x^2 / 10^6, x) = 1 / sin(x)',
    'd(log(x + sqrt(x^2 - 1)) + x^2 / 10^6, x) = 1 / sqrt(x^2 - 1)',
  ])('%s', (claim) => expect(provesClaim(claim)).toBe(false))
})

describe('a wrong coefficient in a right identity', () => {
  const IDENTITIES = [
    ['sin(3 * x)', '3 * sin(x)', '- 4 * sin(x)^3'],
    ['tan(x / 2) * (1 + cos(x))', 'sin(x)', '+ 0'],
    ['log(12 * p)', '2 * log(2) + log(3)', '+ log(p)'],
    ['sqrt(p) * sqrt(q + p)', 'sqrt(p * q + p^2)', '+ 0'],
    ['exp(x + y) - exp(x)', 'exp(x) * exp(y)', '- exp(x)'],
  ] as const
  it.each(Array.from({ length: 20 }, (_, i) => i))('%i', (seed) => {
    const rng = random(`coefficient ${seed}`)
    const [left, right, rest] = rng.pick(IDENTITIES)
    const wrong = `${rng.integer(2, 10 ** 6)} / ${rng.integer(10 ** 6 + 1, 10 ** 7)}`
    expect(provesClaim(`${left} = ${right} ${rest}`)).toBe(true)
    expect(provesClaim(`${left} = ${right} ${rest} + ${wrong} * (${left})`)).toBe(false)
  })
})

describe('the model of the real numbers', () => {
  it.each(FIELDS.map((f) => f))('modulus $p', (f) => {
    const rng = random(`field ${f.p}`)
    const draw = (): bigint => f.reduce(BigInt(rng.integer(1, 2 ** 48)) * BigInt(rng.integer(1, 2 ** 48)))
    const square = (x: bigint): bigint => (x * x) % f.p
    for (const small of [2n, 3n, 5n, 7n, 11n, 13n, 17n]) expect(f.isPositive(small)).toBe(true)
    for (let i = 0; i < 5; i++) {
      const [x, y] = [draw(), draw()]
      expect(f.isPositive(x)).toBe(!f.isPositive(f.reduce(-x)))
      expect(f.power(x, f.p - 1n)).toBe(1n)
      expect((x * f.inverse(x)!) % f.p).toBe(1n)
      const [u, v] = [square(x), square(y)]
      for (const [n, d] of [
        [1, 2],
        [-2, 3],
        [5, 4],
        [7, 12],
      ] as const) {
        const e = rational(n, d)
        expect(f.raise((u * v) % f.p, e)).toBe((f.raise(u, e)! * f.raise(v, e)!) % f.p)
        expect(f.raise(f.raise(u, e)!, rational(d))).toBe(f.raise(u, rational(n)))
      }
      expect(f.logarithm((x * y) % f.p)).toBe((f.logarithm(x) + f.logarithm(y)) % f.l)
    }
  })

  it('combinations', () => {
    const { p } = FIELDS[0]!
    const columns = [
      [1n, 5n, 7n, 11n, 2n, 9n, 4n],
      [2n, 1n, 8n, 3n, 5n, 6n, 1n],
    ]
    const half = (p + 1n) / 2n
    const target = columns[0]!.map((x, i) => (((x * half) % p) + p * 3n - 3n * columns[1]![i]!) % p)
    const found = combination(columns, target, p, 100n)
    expect(found?.map((q) => q.toFraction())).toEqual(['1/2', '-3'])
    expect(combination(columns, [1n, 0n, 0n, 0n, 0n, 0n, 0n], p, 100n)).toBeUndefined()
    expect(combination(columns, [3n, 6n], p, 100n)).toBeUndefined()
    expect(smallest((p - 3n) % p, p, 10n)?.toFraction()).toBe('-3')
  })
})

describe('degrees', () => {
  const differenceOf = (claim: string) => {
    const { graph, expanded } = claimOf(claim)
    return graph.subtract(expanded.left, expanded.right)
  }
  it.each([
    ['x^5 = y', 5],
    ['(x + y)^3 * z^2 = 0', 5],
    ['1 / (x - 1) + 1 / (x - 1)^2 = 1 / (x - 1)', 2],
    ['1 / (x - 1) + 1 / (y - 1) + 1 / (z - 1) = 0', 3],
  ])('of %s', (claim, degree) =>
    expect(2 ** logDegree(differenceOf(claim), 1) - 1).toBeGreaterThanOrEqual(degree),
  )
  it('too large a one is not decided', () => {
    const { graph } = claimOf('x = y')
    const x = graph.symbol({ name: 'x', role: 'param', shape: [], assumptions: new Set() })
    let node = graph.subtract(x, x)
    for (let i = 0; i < 12; i++)
      node = graph.power(
        graph.sum([{ node: graph.add(node, x), coefficient: rational(1) }], rational(1), []),
        rational(40),
      )
    expect(vanishesModuloPrimes(node)).toBeUndefined()
  })
})
