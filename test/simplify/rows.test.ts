/** Rules that are their laws: that each law holds where its guard does, that what is nearly it does not, and what the matcher finds. */
import { describe, expect, it } from 'vitest'
import { type Node, peel } from '../../src/graph/node.ts'
import { bigNumbers, evaluate, random, symbolsOf, type Values } from '../../src/interpret/index.ts'
import { canonical } from '../../src/simplify/canonical.ts'
import { rules } from '../../src/simplify/index.ts'
import type { Rule } from '../../src/simplify/rule.ts'
import { isNumberName, lawOf, type Guard } from '../../src/simplify/rows/law.ts'
import { outlineOf } from '../../src/simplify/rows/outline.ts'
import { lawsOf, row } from '../../src/simplify/rows/row.ts'
import { finishing } from '../../src/simplify/rules/finishing.ts'
import { sharedTanhRules } from '../../src/simplify/running/parts.ts'
import { Simplifier } from '../../src/simplify/simplifier.ts'
import { runningGroups } from '../../src/simplify/specialise.ts'
import { lowered } from '../lower/lowered.ts'
import { runs } from '../support/campaign.ts'

const POINTS = runs(40)
const DIGITS = 40
const TOLERANCE = 1e-25

const all: readonly Rule[] = [
  ...rules,
  ...finishing,
  ...canonical,
  ...runningGroups([]).flatMap((group) => group.rules),
  ...sharedTanhRules,
]
const written = all.flatMap(({ name, row }) => (row ? lawsOf(row).map((law) => ({ name, law, row })) : []))

const NUMBERS = [-3, -2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2, 3]
const EDGES = [0, 1, -1, 1e-6, 30, -30]
const ATTEMPTS = 400

const big = await bigNumbers(DIGITS)
type Big = ReturnType<typeof big.number>

/** Whether the guards hold at a point. */
function hold(guards: readonly Guard[], values: Values<Big>): boolean {
  return guards.every((guard) => {
    if ('is' in guard) {
      const x = big.toNumber(values.get(guard.name)!.data[0]!)
      switch (guard.is) {
        case 'integer':
          return Number.isInteger(x)
        case 'fraction':
          return !Number.isInteger(x)
        case 'even':
          return x % 2 === 0
        case 'odd':
          return Math.abs(x % 2) === 1
        case 'half':
          return Number.isInteger(x) === false && Number.isInteger(2 * x)
        case 'fixed':
          return x > 0
        case 'binary':
          return x === 0 || x === 1
        default:
          return true
      }
    }
    const [a, b] = evaluate([guard.left, guard.right], values, big).map((t) => big.toNumber(t.data[0]!))
    return { '<': a! < b!, '<=': a! <= b!, '>': a! > b!, '>=': a! >= b!, '==': a === b, '!=': a !== b }[
      guard.relation
    ]
  })
}

/** Points at which a law says something: its guards hold, and its left side has a value. */
function pointsOf(
  law: string,
  parts: Readonly<Record<string, string>> | undefined,
  count: number,
): Values<Big>[] {
  const { left, right, guards } = lawOf(law, parts)
  const rng = random(law)
  const found: Values<Big>[] = []
  const symbols = symbolsOf([left, right]).filter((s) => s.role !== 'constant')
  for (let i = 0; i < ATTEMPTS * count && found.length < count; i++) {
    const draw = (name: string): number =>
      isNumberName(name)
        ? rng.pick(NUMBERS)
        : name === 'c'
          ? rng.integer(0, 1)
          : rng.chance(0.15)
            ? rng.pick(EDGES)
            : (rng.uniform() - 0.5) * rng.pick([1, 4, 4, 20])
    const values = new Map(
      symbols.map(({ name, shape }) => {
        const size = (shape as readonly number[]).reduce((n, extent) => n * extent, 1)
        return [
          name,
          {
            shape: shape as readonly number[],
            data: Array.from({ length: size }, () => big.number(draw(name))),
          },
        ]
      }),
    )
    if (hold(guards, values) && isFinite(evaluate([left], values, big)[0]!.data)) found.push(values)
  }
  return found
}
const isFinite = (data: readonly Big[]): boolean => data.every((x) => Number.isFinite(big.toNumber(x)))

/** How far two sides are from one another, at worst, relative to their size. */
function difference(left: Node, right: Node, points: readonly Values<Big>[]): number {
  let worst = 0
  for (const values of points) {
    const [a, b] = evaluate([left, right], values, big)
    a!.data.forEach((x, k) => {
      const y = b!.data[k] ?? b!.data[0]!
      const off = Math.abs(big.toNumber(big.subtract(x, y))) / Math.max(1, Math.abs(big.toNumber(x)))
      worst = Math.max(worst, Number.isNaN(off) ? Infinity : off)
    })
  }
  return worst
}

/** What goes wrong when a law is written down. */
function mutations(law: string): string[] {
  const [sides, guard] = law.split(' where ') as [string, string | undefined]
  const [left, right] = sides.split(' = ') as [string, string]
  const rights = [`-(${right})`, `${right} + 1/1000`, `(${right}) * 101/100`].filter(
    (_, i) => right !== '0' || i === 1,
  )
  // What branches are changed to need not show: they may be two forms of one value.
  if (!right.includes('where('))
    for (const [i, c] of [...right].entries()) {
      const put = (text: string): number => rights.push(right.slice(0, i) + text + right.slice(i + 1))
      if (c === '+') put('-')
      if (c === '-') put(right[i + 1] === ' ' ? '+' : '')
      if (/\d/.test(c) && !/\w/.test(right[i - 1] ?? '')) put(String(Number(c) + 1))
    }
  return [...new Set(rights)].map(
    (wrong) => `${left} = ${wrong}${guard === undefined ? '' : ` where ${guard}`}`,
  )
}

describe.each(written)('$name: $law', ({ name, law, row: of }) => {
  it('holds', () => {
    const points = pointsOf(law, of.parts, POINTS)
    expect(points.length).toBe(POINTS)
    const { left, right } = lawOf(law, of.parts)
    expect(difference(left, right, points)).toBeLessThan(TOLERANCE)
  })

  it('is not any of its mutations', () => {
    const points = pointsOf(law, of.parts, 12)
    const right = mutations(law)
    const unseen = right.filter((wrong) => {
      const { left, right } = lawOf(wrong, of.parts)
      return difference(left, right, points) < TOLERANCE
    })
    expect(unseen).toEqual([])
  })

  it('is looked for by what its rule looks at', () => {
    expect(all.filter((r) => r.name === name).map((r) => r.on)).toContain(outlineOf(law).on)
  })
})

describe('the matcher', () => {
  /** What a law makes of an expression, as an expression. */
  function rewritten(law: string, expression: string, more: Partial<Parameters<typeof row>[0]> = {}): Node {
    const { graph, network } = lowered(expression)
    const rule = row({ name: 'law', zh: '', law, example: '', ...more })
    const simplifier = new Simplifier(graph, [rule])
    for (const e of network!.equations) simplifier.simplify(e.node)
    return simplifier.simplify(network!.loss!.node)
  }
  const DATA = 'param a[3], b[3], c, d, A[2, 3]\n'

  it.each([
    [
      'in a larger product',
      '1/(1 + exp(u)) = sigmoid(-u)',
      'sum(b / (1 + exp(a)) * a)',
      'sum(b * sigmoid(-a) * a)',
    ],
    ['to a power', '1/(1 + exp(u)) = sigmoid(-u)', 'c / (1 + exp(d))^3', 'c * sigmoid(-d)^3'],
    [
      'to the power of a root',
      '1/(1 + exp(u)) = sigmoid(-u)',
      'c / sqrt(1 + exp(d))',
      'c * sqrt(sigmoid(-d))',
    ],
    [
      'of a multiple of a sum',
      '1/(1 + exp(u)) = sigmoid(-u)',
      'c / (2 + 2 * exp(d))^2',
      'c * sigmoid(-d)^2 / 4',
    ],
    [
      'as often as it is there',
      'sinh(u)/cosh(u) = tanh(u)',
      'c * sinh(d)^3 / cosh(d)^2',
      'c * sinh(d) * tanh(d)^2',
    ],
    [
      'not on other axes',
      'sinh(u)/cosh(u) = tanh(u)',
      'sum(outer(sinh(a), 1/cosh(a)))',
      'sum(outer(sinh(a), 1/cosh(a)))',
    ],
    ['in a larger sum', 'sin(u)^2 + cos(u)^2 = 1', 'c + sin(d)^2 + cos(d)^2', 'c + 1'],
    ['of a multiple in a sum', 'sin(u)^2 + cos(u)^2 = 1', 'c - 3 * sin(d)^2 - 3 * cos(d)^2', 'c - 3'],
    [
      'with a common factor',
      'sin(u)^2 + cos(u)^2 = 1',
      'sum(a * b * sin(c)^2 + b * a * cos(c)^2 + b)',
      'sum(a * b + b)',
    ],
    [
      'with a factor for the constant',
      '1 - tanh(u)^2 = cosh(u)^(-2)',
      'sum(a - a * tanh(b)^2)',
      'sum(a / cosh(b)^2)',
    ],
    [
      'not of different multiples',
      'sin(u)^2 + cos(u)^2 = 1',
      'sin(d)^2 + 2 * cos(d)^2',
      'sin(d)^2 + 2 * cos(d)^2',
    ],
    ['with what else there is', 'log(exp(u) * v) = u + log(v)', 'log(2 * exp(c) * d)', 'c + log(2 * d)'],
    [
      'of a vector and a scalar',
      'exp(u) * exp(v)^n = exp(u + n * v)',
      'sum(tanh(exp(a) * exp(c)))',
      'sum(tanh(exp(a + c)))',
    ],
    ['over an axis', 'log(sum(exp(z))) = logsumexp(z)', 'sum(log(sum(exp(A), axis=2)))', 'sum(logsumexp(A))'],
    [
      'of a sum that is dissolved in another one',
      'sum(exp(z - logsumexp(z))) = 1',
      'c * sum(exp(a + b - logsumexp(a + b)))',
      'c',
    ],
    ['with a guard that holds', 'abs(u) = u where u >= 0', 'abs(exp(c))', 'exp(c)'],
    ['with a guard that may not hold', 'abs(u) = u where u >= 0', 'abs(c)', 'abs(c)'],
    ['of a difference the other way round', 'sin(u) + sin(-u) = 0', 'c + sin(c - d) + sin(d - c)', 'c'],
    ['of a number', 'exp(0) = 1', 'sum(a * exp(a - a))', 'sum(a)'],
  ])('finds a law %s', (_, law, expression, result) => {
    const wanted = lowered(`${DATA}loss J = ${result}`).network!.loss!.node
    expect(rewritten(law, `${DATA}loss J = ${expression}`).hash).toBe(wanted.hash)
  })

  it('takes apart what is left by the laws of the same rule at once', () => {
    const law = ['log(sigmoid(u)^n * v) = n * log(sigmoid(u)) + log(v)', 'log(u^n) = n * log(u) where u > 0']
    const odds = `${DATA}p = sigmoid(c)\nloss J = log(p / (1 - p))`
    const { graph, network } = lowered(odds)
    const rule = row({ name: 'law', zh: '', law, example: '' })
    const none = { g: graph, simplest: () => undefined, solutions: () => [], named: () => [] }
    expect(rule.rewrite(peel(network!.loss!.node), none)?.hash).toBe(
      peel(lowered(`${DATA}p = sigmoid(c)\nloss J = log(sigmoid(c)) - log(1 - p)`).network!.loss!.node).hash,
    )
  })

  it('looks through names, and keeps those that stand alone', () => {
    const law = 'exp(u) * exp(v) = exp(u + v)'
    const named = 'param a, b\ns = exp(a)\nt = exp(b)\n'
    expect(rewritten(law, `${named}loss J = s * exp(a * b)`).hash).toBe(
      lowered(`${named}loss J = exp(a + a * b)`).network!.loss!.node.hash,
    )
    const kept = lowered(`${named}loss J = s * t`).network!.loss!.node.hash
    expect(rewritten(law, `${named}loss J = s * t`).hash).toBe(kept)
    expect(rewritten(law, `${named}loss J = s * t`, { named: true }).hash).not.toBe(kept)
  })
})
