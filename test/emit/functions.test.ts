/** All functions that a module may have, of one loss and of several, by other than parameters: every target gives what JavaScript gives. */
import { describe, expect, test } from 'vitest'
import type { CompileOptions } from '../../src/compile.ts'
import { vectorsOf } from '../../src/emit/products.ts'
import { type Item, batchExtent, fieldsOf, gradientFields, isFamily } from '../../src/emit/fields.ts'
import { lengthOf } from '../../src/interpret/evaluate.ts'
import { type Network, takesParams } from '../../src/graph/network.ts'
import { type Program, calledOf, takesInputs } from '../../src/schedule/program.ts'
import { compileShared } from '../support/analysed.ts'
import { LONG, seeds } from '../support/campaign.ts'
import { randomFamilies } from '../schedule/random-families.ts'
import { imported } from '../../src/modules.ts'
import type { Loose } from '../schedule/built.ts'
import { flat } from '../schedule/written-out.ts'
import { given } from './c/given.ts'
import { FLAGS, RATE, callC } from './c/run.ts'

const ALL = { functions: ['forward', 'loss', 'backward', 'step', 'jvp', 'vjp', 'hvp'] } as const

/** Programs, with what is asked of the module. */
const PROGRAMS: Readonly<Record<string, readonly [source: string, options: CompileOptions]>> = {
  'derivatives through a recurrence': [
    `dim T = 4
input y0, u[T]
target r
param a, R[2, 2]
p[0] = [y0, a]
p[t] = sin(R @ p[t-1]) * u[t] + p[t-1] for t in 1..T
yy = d(sum(p[T]), y0)
output yy, p[T]
loss J = (sum(p[T]^2) - r)^2 + yy^2`,
    { ...ALL, unrolled: 1 },
  ],
  mlp: [
    `dim D = 3, H = 4, K = 2
batch B
input x[D]
target y[K]
hyper lambda = 0.01
param W1[H, D], b1[H] = zeros, W2[K, H], s = 0.5
a = tanh(W1 @ x + b1)
yhat = s * (W2 @ a)
output yhat, a
loss J = squarederror(yhat, y) + lambda * sum(W1^2)`,
    ALL,
  ],
  'by others than parameters': [
    `dim D = 3
batch B
input x[D], t
target y
hyper lambda = 0.01, scale[D] = 1
param W[D], b = 0.1
p = dot(W, tanh(scale * x)) * t + b
output p
loss J = (p - y)^2 + lambda * sum(W^2)`,
    { wrt: ['x', 't', 'W', 'y', 'lambda', 'scale'] },
  ],
  'by some parameters': [
    'input x[3]\ntarget y\nparam W[3], b\nloss J = (tanh(dot(W, x) + b) - y)^2',
    { wrt: ['W'] },
  ],
  'two losses': [
    `dim Z = 2, H = 4
batch B
input z[Z], x[2]
param G1[H, Z], G2[2, H], D1[H, 2], d2[H], c = 0.3
fn judge(v[2]) = sigmoid(dot(d2, tanh(D1 @ v)) + c)
fake = G2 @ tanh(G1 @ z)
output fake
loss LD = -log(judge(x)) - log(1 - judge(stop(fake))) for D1, d2, c
loss LG = -log(judge(fake)) for G1, G2`,
    {},
  ],
  'losses with names that C cannot spell': [
    'param a, b[2]\ninput x\nloss ℓ₁ = (a * x - 1)^2 + sum(b^2)\nloss ell1 = (a - b[1])^2 for a\nloss ℓ = sum(exp(b) * x)',
    {},
  ],
  'without parameters': [
    'batch B\ninput x[3], t\ny = exp(-t) * cumsum(x^2)\nz = sum(y)\noutput y, z',
    { functions: ['forward', 'jvp', 'vjp'] },
  ],
  'open lengths': [
    `dim N
batch B
input x[N, 2], v[N], u
target y[N]
param A[2, 2], c
p = tanh(x @ A @ [1, 2] + c) * v * u
output p
loss J = mse(p, y) + A[1, 2]^2`,
    ALL,
  ],
  'families and layers': [
    `dim n[0..2] = 3, 4, 2
layer dense(D, H) {
  param W[H, D], b[H] = zeros
  dense(x[D]) = tanh(W @ x + b)
}
layer first = dense(3, 3)
batch B
input x[3]
input u[t][2] for t in 1..2
target y[2]
param W[l][n[l], n[l-1]], b[l][n[l]] = zeros for l in 1..2
a[0] = first(x)
a[l] = tanh(W[l] @ a[l-1] + b[l]) for l in 1..2
p = a[2] * u[1] + u[2]
output p
loss J = squarederror(p, y)`,
    ALL,
  ],
  'whole numbers beside': [
    `dim V = 5, T = 4
batch B
input w : index(V), x[2], len : count(T), z[T]
target k : index(V)
param E[V, 2], C[V, 2]
p = exp(dot(E[w], x)) + sum(where(t <= len, z[t], 0) for t in 1..T)
s = softmax(C @ x)
output p
loss J = p^2 - log(s[k])`,
    ALL,
  ],
  matrices: [
    'input b[3]\nparam A[3, 3]\nM = A @ A.T + eye(3)\nx = inv(M) @ b\noutput x\nloss J = logdet(M) + dot(x, x)',
    ALL,
  ],
  recurrences: [
    `dim T = 14, H = 2
batch B
input x[T, 2]
target y
param W[H, H], U[H, 2], v[H]
h[0] = zeros(H)
h[t] = tanh(W @ h[t-1] + U @ x[t]) for t in 1..T
p = dot(v, h[T])
output p
loss J = (p - y)^2 + sum(sum(h[t]^2) for t in 1..T)`,
    ALL,
  ],
  'indices that fall': [
    `dim T = 5, D = 2
batch B
input x[D]
param v[t][D] for t in 1..T
param s[t] for t in 1..T
h[0] = x
h[t] = tanh(v[T+1-t] * h[t-1] - s[T+1-t]) for t in 1..T
loss J = sum(h[T]^2)`,
    { unrolled: Infinity },
  ],
  long: [
    `param w[6]
input x[6]
h[0] = sum(w * x)
h[t] = sin(h[t-1] + w[1] * x[2]) * w[3] + h[t-1] for t in 1..9
loss J = h[9]^2 + h[8]`,
    { wrt: ['w', 'x'] },
  ],
  'places of maxima, in functions that are cut': [
    `dim T = 24, D = 9
param W[D, D]
input x[D]
h[0] = x
h[t] = tanh(W @ h[t-1] + max(W @ h[t-1]) * x) for t in 1..T
loss J = sum(h[T]^2)`,
    { unrolled: Infinity, functions: ['loss', 'hvp'] },
  ],
}

interface Made {
  readonly program: Program
  readonly network: Network
  readonly code: string
}

const known = new Map<string, Made>()

/** Compiled once for all that judge it. */
function made(source: string, options: CompileOptions): Made {
  const key = JSON.stringify([source, options])
  const found = known.get(key) ?? compiled(source, options)
  known.set(key, found)
  return found
}

function compiled(source: string, options: CompileOptions): Made {
  let program: Program | undefined
  const { code, network, diagnostics } = compileShared(source, {
    verify: true,
    formulas: false,
    ...options,
    observe: (stage, result) => {
      if (stage === 'schedule') program = result as Program
    },
  })
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([])
  return { program: program!, network: network!, code: code! }
}

/** Numbers for an object of a call, different ones each time. */
function numbers(network: Network, precision: 'f64' | 'f32', lengths: Readonly<Record<string, number>>) {
  let n = 100
  const Real = precision === 'f64' ? Float64Array : Float32Array
  const dims = new Map(Object.entries(lengths))
  const item = (i: Item, filled: boolean): Loose => {
    if (isFamily(i)) return i.map((inner) => item(inner, filled))
    const size = i.shape.reduce<number>((p, e) => p * lengthOf(e, dims), 1)
    const values = Array.from({ length: size }, () =>
      filled ? NaN : Math.fround(Math.cos(++n * 7.77) * 0.7),
    )
    return i.shape.length === 0 ? values[0]! : (Real.from(values) as Loose)
  }
  return (
    fields: readonly { readonly name: string; readonly item: Item }[],
    filled: boolean,
  ): Record<string, Loose> => {
    const object: Record<string, Loose> = {}
    for (const { name, item: i } of fields) {
      const path = name.split('.')
      let at = object as Record<string, unknown>
      for (const step of path.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>
      at[path.at(-1)!] = item(i, filled)
    }
    return object
  }
}

/** What all functions return and fill, in the order in which `callC` prints it. */
async function called({ program, network, code }: Made) {
  const { precision } = program
  const inputs = given(network, precision)
  const m = (await imported(code)) as unknown as Record<string, (...args: unknown[]) => number>
  const fields = fieldsOf(network, program.batch ?? batchExtent(network.batch))
  const make = numbers(network, precision, inputs.lengths)
  const own = Object.fromEntries(
    Object.entries(inputs.data).filter(([name]) => fields.inputs.some((f) => f.name === name)),
  )
  const params = takesParams(network) ? [inputs.params] : []
  const all = (object: unknown): number[] =>
    Object.values(object as Record<string, Loose>).flatMap((v) =>
      typeof v === 'object' && !ArrayBuffer.isView(v) && !Array.isArray(v) ? all(v) : flat(v),
    )
  const vectors: Record<string, Record<string, Loose>> = {}
  const results: number[][] = []
  for (const routine of program.routines.filter(({ inner }) => !inner)) {
    const name = calledOf(routine)
    if (routine.product) {
      const objects = vectorsOf(routine, network, fields).map((v) => ({
        ...v,
        value: make(v.fields, v.filled),
      }))
      for (const { object, filled, value } of objects) if (!filled) vectors[`${name}.${object}`] = value
      m[name]!(
        ...params,
        takesInputs(name) ? own : inputs.data,
        ...objects.map(({ value }) => value),
        inputs.hyper,
      )
      for (const { filled, value } of objects) if (filled) results.push(all(value))
    } else if (routine.name === 'forward')
      results.push(all(m['forward']!(...params, own, undefined, inputs.hyper)))
    else if (routine.name === 'loss') results.push([m[name]!(...params, inputs.data, inputs.hyper)])
    else if (routine.name === 'backward') {
      const objective = network.losses?.find(({ suffix }) => suffix === routine.suffix)
      const wanted =
        gradientFields({ ...network, ...(objective && { wrt: objective.wrt, losses: [] }) }, fields) ??
        fields.params
      const grads = make(wanted, true)
      const loss = m[name]!(...params, inputs.data, grads, inputs.hyper)
      results.push([loss, ...all(grads)])
    } else {
      const moved = structuredClone(inputs.params)
      const loss = m[name]!(moved, inputs.data, RATE, inputs.hyper)
      results.push([loss, ...all(moved)])
    }
  }
  return { inputs: { ...inputs, vectors }, results }
}

const TOLERANCE = { f64: 1e-10, f32: 1e-4 }

function close(
  what: string,
  got: readonly number[][],
  want: readonly number[][],
  precision: 'f64' | 'f32',
): void {
  expect(
    got.map((list) => list.length),
    what,
  ).toEqual(want.map((list) => list.length))
  want.forEach((list, k) => {
    const scale = Math.max(0.1, ...list.map(Math.abs))
    list.forEach((x, i) => {
      if (!(Math.abs(got[k]![i]! - x) <= TOLERANCE[precision] * scale))
        throw new Error(`${what} [${k}][${i}]: ${got[k]![i]}, expected ${x}`)
    })
  })
}

const families = seeds(1, 1).map((i) => [`families ${i}`, [randomFamilies(`functions ${i}`), ALL]] as const)

describe.each(['f64', 'f32'] as const)('%s', (precision) => {
  // Of numbers of 32 bits every third one, and all in the long campaign.
  const programs = [...Object.entries(PROGRAMS), ...families].filter(
    (_, i) => LONG || precision === 'f64' || i % 3 === 0,
  )
  test.each(programs)('WebAssembly: %s', async (name, [source, options]) => {
    const want = await called(made(source, { ...options, precision, target: 'js' }))
    expect(want.results.flat().every(Number.isFinite)).toBe(true)
    const got = await called(made(source, { ...options, precision, target: 'wasm' }))
    close(name, got.results, want.results, precision)
  })
  // What loops are made of is no matter of precision.
  test.each(
    programs.filter(
      ([, [source, options]]) =>
        (LONG || precision === 'f64') &&
        (options as CompileOptions).unrolled !== Infinity &&
        /\[[a-z]-1\]/.test(source),
    ),
  )('JavaScript: %s, recurrences as loops and written out', async (name, [source, options]) => {
    const [loops, written] = await Promise.all(
      [1, Infinity].map((unrolled) =>
        called(made(source, { ...options, precision, target: 'js', unrolled })),
      ),
    )
    close(name, loops!.results, written!.results, precision)
  })
  if (LONG || precision === 'f64')
    test('C: all of them', async () => {
      const wanted = await Promise.all(
        programs.map(([, [source, options]]) =>
          called(made(source, { ...options, precision, target: 'js' })),
        ),
      )
      const cases = programs.map(([, [source, options]], i) => ({
        program: made(source, { ...options, precision, target: 'c' }).program,
        ...wanted[i]!.inputs,
      }))
      const found = callC(cases, precision === 'f64' ? FLAGS.sanitised : FLAGS.fast)
      programs.forEach(([name], i) => close(name, found[i]!, wanted[i]!.results, precision))
    })
})
