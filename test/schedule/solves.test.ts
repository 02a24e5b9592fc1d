/** Inverses, determinants and solutions: loss, gradients, outputs and steps of emitted modules are the evaluator's. */
import { describe, expect, it } from 'vitest'
import { agrees } from './agrees.ts'
import { derivedOf, emitted, load } from './built.ts'
import { LONG } from '../support/campaign.ts'
import type { Case } from './random.ts'

/** In these, A depends on data in some, right-hand sides in some, both or neither in others. */
const PROGRAMS: Record<string, string> = {
  gaussian:
    'input x[n]\nparam m[n], L[n, n]\nS = L @ L.T + 4 * eye(n)\n' +
    'loss J = ½ * (x − m) @ inv(S) @ (x − m) + ½ * logdet(S)',
  ridge:
    'input X[7, n], y[7]\nparam l, v[n]\nw = inv(X.T @ X + (l^2 + 3) * eye(n)) @ X.T @ y\noutput w\n' +
    'loss J = squarederror(X @ w, y) + v @ w',
  unsymmetric:
    'input b[n], R[n, 3]\nparam A[n, n], a[n]\nM = 0.3 * A + 3 * eye(n)\n' +
    'Z = inv(M) @ R\noutput Z\nloss J = a @ inv(M) @ b + sum(tanh(R.T @ inv(M) @ R)) + det(M / 3) + sum(tanh(b @ Z))',
  fixed:
    'input b[n]\nparam A[n, n], C[n, n], a[n]\nM = 0.3 * A + 3 * eye(n)\n' +
    'loss J = trace(inv(M) @ C) + sum(inv(M) @ C @ inv(M)) + sum(tanh(inv(M) + C)) + dot(a, b)',
  varying:
    'input D[n, n], b[n]\nparam a[n], C[n, 2]\nM = 0.3 * D + 3 * eye(n)\nloss J = a @ inv(M) @ a + ' +
    'sum(tanh(inv(M) @ C)) + logdet(M @ M.T) + a @ inv(M.T) @ b + sum((inv(M) + inv(M).T) @ C)',
  // The loss is a determinant itself, and its gradient is made of others.
  determinants: 'input D[n, n]\nparam A[n, n], X[n, n]\nloss J = det(X.T @ A @ X @ D)',
}

const program = (name: string, n: number): string => PROGRAMS[name]!.replaceAll(/\bn\b/g, String(n))

describe.each(Object.keys(PROGRAMS))('%s', (name) => {
  const built = (n: number, batch?: string | number): Case => {
    const { derived, plain } = derivedOf(program(name, n), undefined, batch)
    return { derived, plain, batch, lengths: new Map([['B', 3]]) }
  }
  for (const batch of [undefined, 'B', 3] as const) {
    it.each([1, 2, 3, 4, 5, 6])(`size %i, batch ${batch}`, (n) => {
      const c = built(n, batch)
      // Seeds tell tunings too: of the four each size has one with each batch, and all in the long campaign.
      for (const seed of LONG ? [1, 2, 3, 4] : [1 + (n % 4)]) agrees(c, seed, 'f64', 'auto')
      if (LONG || n % 2 === 0) agrees(c, 5, 'f32', 'auto')
    })
  }
  it('size 40', () => {
    agrees(built(40), 2, 'f64', 'auto')
    agrees(built(40, 'B'), 1, 'f32', 'auto')
  })
  it('of open size', () => {
    const text = `dim n\ninput u\n${PROGRAMS[name]!}`
      .replaceAll(/param (.*)/g, 'input $1')
      .replace(/loss J = (.*)$/, 'param c\nloss J = c * u + c^2 * ($1)')
    const { derived, plain } = derivedOf(text, undefined, 'B')
    for (const n of [1, 4, 5])
      agrees({ derived, plain, batch: 'B', lengths: new Map(Object.entries({ B: 3, n })) }, n, 'f64', 'auto')
  })
})

it('of matrices of several sizes in turn: what is kept between calls grows, and is enough', () => {
  const { derived } = derivedOf(
    'dim n\ninput A[n, n], b[n]\nparam c\nx = inv(A) @ b\noutput x\nloss J = c * sum(x)',
  )
  const module = load(emitted(derived, { precision: 'f64' }))
  for (const n of [2, 7, 3, 20, 1]) {
    const A = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 2 : 0))
    const b = Float64Array.from({ length: n }, (_, k) => 2 * k)
    const { x } = module.forward({ c: 1 }, { A, b })
    expect([...(x as Float64Array)]).toEqual(Array.from({ length: n }, (_, k) => k))
  }
})
