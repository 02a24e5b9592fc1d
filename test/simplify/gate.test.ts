/** The gate behind the rules: a wrong rule is a simplification that is missed, and not a wrong formula. */
import { describe, expect, it } from 'vitest'
import type { Node } from '../../src/graph/node.ts'
import { bigNumbers, doubles, evaluate, random, randomPoint } from '../../src/interpret/index.ts'
import { canonical } from '../../src/simplify/canonical.ts'
import { Fingerprint } from '../../src/simplify/fingerprint.ts'
import { rules } from '../../src/simplify/index.ts'
import type { Rule } from '../../src/simplify/rule.ts'
import { Simplifier } from '../../src/simplify/simplifier.ts'
import { lowered } from '../lower/lowered.ts'

type Wrong = (to: Node, g: Parameters<Rule['rewrite']>[1]['g'], rng: ReturnType<typeof random>) => Node

/** What goes wrong when rules are written: signs, constants, exponents, forgotten operands. */
const mistakes: Readonly<Record<string, Wrong>> = {
  sign: (to, g) => g.negate(to),
  constant: (to, g, rng) => g.add(to, g.number(String(0.001 + Math.round(rng.uniform() * 1000) / 1000))),
  factor: (to, g, rng) => g.multiply(to, g.number(String(1 + (1 + rng.integer(0, 8)) / 100))),
  square: (to, g) => g.multiply(to, to),
  'lost operand': (to, g) => {
    if (to.kind === 'sum')
      return g.sum(
        to.args.slice(1).map((node, i) => ({ node, coefficient: to.coefficients[i + 1]! })),
        to.constant,
        to.shape,
      )
    return to.kind === 'product' && to.args.length > 1 ? g.add(to, to) : g.add(to, g.number(1))
  },
}

/** Whether two values are equal in high precision where both are finite. Throws where no such point is found. */
async function equal(a: Node, b: Node, seed: string): Promise<boolean> {
  const big = await bigNumbers(40)
  let points = 0
  for (let i = 0; i < 3; i++) {
    const { point, usable } = randomPoint([a, b], `${seed} ${i}`, {}, (p) =>
      evaluate([a, b], p.values, doubles, { dims: p.dims }).every((t) => t.data.every(Number.isFinite)),
    )
    if (!usable) continue
    points++
    const values = new Map(
      [...point.values].map(([name, t]) => [
        name,
        { shape: t.shape, data: t.data.map((x) => big.number(x)) },
      ]),
    )
    const [x, y] = evaluate([a, b], values, big, { dims: point.dims })
    const off = x!.data.map((v, k) => Math.abs(big.toNumber(big.subtract(v, y!.data[k]!))))
    if (off.some((d, k) => d > 1e-12 * Math.max(1, Math.abs(big.toNumber(x!.data[k]!))))) return false
  }
  if (points === 0) throw new Error(`no point at which the example of ${seed} is finite`)
  return true
}

const all = [...new Map([...rules, ...canonical].map((r) => [r.name, r])).values()]

describe.each(Object.entries(mistakes))('rules with a wrong %s', (mistake, spoil) => {
  it.each(all.map((r) => [r.name, r] as const))('%s', async (name, rule) => {
    const rng = random(`${mistake} ${name}`)
    const wrong: Rule = {
      ...rule,
      rewrite: (node, c) => {
        const to = rule.rewrite(node, c)
        return to && spoil(to, c.g, rng)
      },
    }
    const set = rules.includes(rule) ? rules : canonical
    const { graph, network } = lowered(rule.example)
    const simplifier = new Simplifier(
      graph,
      set.map((r) => (r === rule ? wrong : r)),
    )
    for (const e of network!.equations) simplifier.simplify(e.node)
    const simplest = simplifier.simplify(network!.loss!.node)
    expect(simplifier.steps.filter((s) => s.rule.name === name && spoiled(s.from, s.to))).toEqual([])
    expect(await equal(network!.loss!.node, simplest, name)).toBe(true)
  })
})

/** Whether a step changes the value, as a fingerprint at another point shows. */
function spoiled(from: Node, to: Node): boolean {
  return (['positive', 'negative', 'mixed'] as const).some(
    (signs) => new Fingerprint('other', signs).differ(from, to) === true,
  )
}

describe('fingerprints', () => {
  const node = (expression: string, declarations: string): Node =>
    lowered(`${declarations}\nloss J = ${expression}`).network!.loss!.node
  const differ = (a: string, b: string, declarations: string): boolean | undefined => {
    const { network } = lowered(`${declarations}\np = ${a}\nq = ${b}\nloss J = sum(p) + sum(q)`)
    const [p, q] = network!.equations.map((e) => e.node)
    return new Fingerprint('test', 'positive').differ(p!, q!)
  }

  it.each([
    ['mean(x)', 'sum(x) / 784', 'param x[784]'],
    ['sum(x - mean(x))', '0', 'param x[1000]'],
    ['logsumexp(x + 2)', 'logsumexp(x) + 2', 'param x[500]'],
    ['sum(softmax(x))', '1', 'param x[97]'],
    ['(A @ B) @ v', 'A @ (B @ v)', 'param A[300, 200], B[200, 77], v[77]'],
    ['sum(y)', '1', 'target y[10] : onehot\nparam x'],
    ['trace(A @ B)', 'sum(A * B.T)', 'param A[40, 50], B[50, 40]'],
    ['det(A.T)', 'det(A)', 'param A[3, 3]'],
    ['max(x)', '-min(-x)', 'param x[64]'],
  ])('%s is %s, %s', (a, b, declarations) => {
    expect(differ(a, b, declarations)).toBe(false)
  })

  it.each([
    ['mean(x)', 'sum(x) / 783', 'param x[784]'],
    ['sum(x - mean(x))', '0.001', 'param x[1000]'],
    ['logsumexp(2 * x)', '2 * logsumexp(x)', 'param x[500]'],
    ['sum(y)', '1', 'target y[10]\nparam x'],
    ['A @ B', 'B @ A', 'param A[30, 30], B[30, 30]'],
    ['A.T', 'A', 'param A[30, 30]'],
    ['tanh(x)', 'sigmoid(x)', 'param x'],
  ])('%s is not %s, %s', (a, b, declarations) => {
    expect(differ(a, b, declarations)).toBe(true)
  })

  it('says nothing of what a shadow cannot show', () => {
    expect(differ('trace(eye(30)) * x', '30 * x', 'param x')).not.toBe(true)
    expect(new Fingerprint('test', 'positive').of(node('x[40]', 'param x[100]'))).toBeUndefined()
    expect(new Fingerprint('test', 'positive').of(node('det(A)', 'param A[9, 9]'))).toBeUndefined()
    expect(new Fingerprint('test', 'positive').of(node('log(-1 - x^2)', 'param x'))).toBeUndefined()
  })
})
