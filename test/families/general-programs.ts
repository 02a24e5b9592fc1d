/**
 * Programs of general depth or length, and what a textbook derives for them by hand: as text, for a reader, and as
 * loops over plain numbers, so that the text is known to be right.
 *
 * In the texts, δ is the derivative of the loss by the argument of the activation, as in systems.md; g that by a state
 * itself, where one needs it. `where` says for which indices a line holds, and cases at the boundary have lines of
 * their own. The terms of a line stand in the order in which they are derived; an equal form is as good.
 */

export type Matrix = number[][]
export type Vector = number[]

/** Values and gradients by flat names: `W_2`, `x_1`, `s`. */
export interface Known {
  readonly vector: (name: string, index?: number) => Vector
  readonly matrix: (name: string, index?: number) => Matrix
  readonly scalar: (name: string, index?: number) => number
}
export type Gradients = Record<string, number | Vector | Matrix>

export interface Formula {
  /** As a textbook has it. */
  readonly text: string
  /** What is right as well, if less good to read. */
  readonly also?: readonly string[]
  /** For which indices: `l = 1…L−1`. */
  readonly where?: string
  /** Of one depth only, and not expected among the general lines. */
  readonly isSpecial?: boolean
}

export interface General {
  readonly name: string
  /** With the depth open: what formulas are printed from. */
  readonly program: string
  /** The same with the extents and functions that a number needs, where they differ; the depth is still open. */
  readonly numeric?: string
  readonly open: 'L' | 'T'
  /** Formulas for a general index may be beyond the compiler, which then says so at the block. */
  readonly mayBeRefused?: boolean
  /** Depths to try, those at the boundary among them. */
  readonly depths: readonly number[]
  readonly errors: readonly Formula[]
  readonly gradients: readonly Formula[]
  /** What is special about small depths. */
  readonly boundary: string
  /** The lines above, carried out. */
  byHand(v: Known, depth: number): Gradients
}

// ——— plain numbers

const map = (f: (...entries: number[]) => number, ...vectors: Vector[]): Vector =>
  vectors[0]!.map((_, i) => f(...vectors.map((v) => v[i]!)))
const add = (...vectors: Vector[]): Vector => map((...e) => e.reduce((a, b) => a + b, 0), ...vectors)
const sub = (a: Vector, b: Vector): Vector => map((p, q) => p - q, a, b)
const times = (a: Vector, b: Vector): Vector => map((p, q) => p * q, a, b)
const scaled = (s: number, a: Vector): Vector => a.map((p) => s * p)
const dot = (a: Vector, b: Vector): number => a.reduce((sum, p, i) => sum + p * b[i]!, 0)
const apply = (A: Matrix, v: Vector): Vector => A.map((row) => dot(row, v))
const transposed = (A: Matrix, v: Vector): Vector =>
  A[0]!.map((_, j) => A.reduce((sum, row, i) => sum + row[j]! * v[i]!, 0))
const outer = (a: Vector, b: Vector): Matrix => a.map((p) => b.map((q) => p * q))
const plus = (A: Matrix, B: Matrix): Matrix => A.map((row, i) => add(row, B[i]!))
const scaledMatrix = (s: number, A: Matrix): Matrix => A.map((row) => scaled(s, row))
const sum = (list: Matrix[]): Matrix => list.reduce(plus)
const sigmoid = (v: Vector): Vector => v.map((x) => 1 / (1 + Math.exp(-x)))
const tanh = (v: Vector): Vector => v.map(Math.tanh)
/** a ⊙ (1 − a), and 1 − a². */
const sigmoidSlope = (a: Vector): Vector => a.map((x) => x * (1 - x))
const tanhSlope = (a: Vector): Vector => a.map((x) => 1 - x * x)
/** The numbers from lo to hi. */
const range = (lo: number, hi: number): number[] =>
  Array.from({ length: Math.max(0, hi - lo + 1) }, (_, i) => lo + i)

const DEEP = `dim L
dim n[0..L]
input x[n[0]]
target y[n[L]]
param W[l][n[l], n[l-1]] for l in 1..L
param b[l][n[l]] for l in 1..L
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1] + b[l]
  a[l] = sigmoid(z[l])
}
loss E = squarederror(a[L], y)
`
/** All layers of three neurons. */
const square = (program: string): string =>
  program.replace('dim n[0..L]', 'dim H = 3').replace(/n\[(?:[^[\]]|\[[^\]]*\])*\]/g, 'H')

/** Layers, and δ for each of them: δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾ + extra⁽ˡ⁾) ⊙ slope(a⁽ˡ⁾). */
function layers(
  W: (l: number) => Matrix,
  b: ((l: number) => Vector) | undefined,
  x: Vector,
  depth: number,
  activation: (z: Vector) => Vector,
): { a: Vector[]; z: Vector[] } {
  const a = [x]
  const z: Vector[] = [[]]
  for (const l of range(1, depth)) {
    const Wa = apply(W(l), a[l - 1]!)
    z.push(b ? add(Wa, b(l)) : Wa)
    a.push(activation(z[l]!))
  }
  return { a, z }
}
function backwards(depth: number, last: Vector, before: (next: Vector, l: number) => Vector): Vector[] {
  const δ: Vector[] = []
  δ[depth] = last
  for (let l = depth - 1; l >= 1; l--) δ[l] = before(δ[l + 1]!, l)
  return δ
}

export const programs: readonly General[] = [
  {
    name: 'deep: system 2 with a sigmoid',
    program: DEEP,
    numeric: square(DEEP),
    open: 'L',
    depths: [1, 2, 3, 6],
    errors: [
      { text: 'δ⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ a⁽ᴸ⁾ ⊙ (1 − a⁽ᴸ⁾)' },
      { text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ a⁽ˡ⁾ ⊙ (1 − a⁽ˡ⁾)', where: 'l = 1…L−1' },
    ],
    gradients: [
      { text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' },
      { text: '∂E/∂b⁽ˡ⁾ = δ⁽ˡ⁾', where: 'l = 1…L' },
    ],
    boundary: 'a⁽⁰⁾ is x, also in ∂E/∂W⁽¹⁾. L = 1 has δ⁽ᴸ⁾ alone.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const { a } = layers(W, (l) => v.vector('b', l), v.vector('x'), L, sigmoid)
      const δ = backwards(L, times(sub(a[L]!, v.vector('y')), sigmoidSlope(a[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), sigmoidSlope(a[l]!)),
      )
      return Object.fromEntries(
        range(1, L).flatMap((l) => [
          [`W_${l}`, outer(δ[l]!, a[l - 1]!)],
          [`b_${l}`, δ[l]!],
        ]),
      )
    },
  },
  {
    name: 'deep, abstract: the activation and the cost have no bodies',
    program: DEEP.replace('a[0] = x', 'fn sigma(v)\nfn cost(a, y)\na[0] = x')
      .replace('sigmoid(z[l])', 'sigma(z[l])')
      .replace('squarederror(a[L], y)', 'cost(a[L], y)'),
    numeric: square(
      DEEP.replace('a[0] = x', 'fn sigma(v) = sin(v) + v / 2\nfn cost(a, y) = sum((a - y)^4) / 4\na[0] = x')
        .replace('sigmoid(z[l])', 'sigma(z[l])')
        .replace('squarederror(a[L], y)', 'cost(a[L], y)'),
    ),
    open: 'L',
    depths: [1, 2, 4],
    errors: [
      { text: 'δ⁽ᴸ⁾ = ∇ₐcost(a⁽ᴸ⁾, y) ⊙ σ′(z⁽ᴸ⁾)', also: ['δ⁽ᴸ⁾ = ∇_{a⁽ᴸ⁾} E ⊙ σ′(z⁽ᴸ⁾)'] },
      { text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ σ′(z⁽ˡ⁾)', where: 'l = 1…L−1' },
    ],
    gradients: [
      { text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' },
      { text: '∂E/∂b⁽ˡ⁾ = δ⁽ˡ⁾', where: 'l = 1…L' },
    ],
    boundary:
      'As above. ∇ₐ is the gradient by the first argument, a vector like a⁽ᴸ⁾; the cost itself is a scalar.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const slope = (z: Vector): Vector => z.map((x) => Math.cos(x) + 0.5)
      const { a, z } = layers(
        W,
        (l) => v.vector('b', l),
        v.vector('x'),
        L,
        (u) => u.map((x) => Math.sin(x) + x / 2),
      )
      const nabla = map((p, q) => (p - q) ** 3, a[L]!, v.vector('y'))
      const δ = backwards(L, times(nabla, slope(z[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), slope(z[l]!)),
      )
      return Object.fromEntries(
        range(1, L).flatMap((l) => [
          [`W_${l}`, outer(δ[l]!, a[l - 1]!)],
          [`b_${l}`, δ[l]!],
        ]),
      )
    },
  },
  {
    name: 'deep, abstract: a cost for each entry, as abstract functions are today',
    program: DEEP.replace('a[0] = x', 'fn sigma(v)\nfn rho(v)\na[0] = x')
      .replace('sigmoid(z[l])', 'sigma(z[l])')
      .replace('squarederror(a[L], y)', 'sum(rho(a[L] - y))'),
    numeric: square(
      DEEP.replace('a[0] = x', 'fn sigma(v) = sin(v)\nfn rho(v) = v^3 / 3\na[0] = x')
        .replace('sigmoid(z[l])', 'sigma(z[l])')
        .replace('squarederror(a[L], y)', 'sum(rho(a[L] - y))'),
    ),
    open: 'L',
    depths: [1, 2, 3],
    errors: [
      { text: 'δ⁽ᴸ⁾ = ρ′(a⁽ᴸ⁾ − y) ⊙ σ′(z⁽ᴸ⁾)' },
      { text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ σ′(z⁽ˡ⁾)', where: 'l = 1…L−1' },
    ],
    gradients: [
      { text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' },
      { text: '∂E/∂b⁽ˡ⁾ = δ⁽ˡ⁾', where: 'l = 1…L' },
    ],
    boundary: 'As above.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const slope = (z: Vector): Vector => z.map(Math.cos)
      const { a, z } = layers(
        W,
        (l) => v.vector('b', l),
        v.vector('x'),
        L,
        (u) => u.map(Math.sin),
      )
      const last = map((p, q) => (p - q) ** 2, a[L]!, v.vector('y'))
      const δ = backwards(L, times(last, slope(z[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), slope(z[l]!)),
      )
      return Object.fromEntries(
        range(1, L).flatMap((l) => [
          [`W_${l}`, outer(δ[l]!, a[l - 1]!)],
          [`b_${l}`, δ[l]!],
        ]),
      )
    },
  },
  {
    name: 'classifier: the last layer stands outside, softmax with cross-entropy',
    program: `dim L
dim n[0..L]
input x[n[0]]
target y[n[L]] : onehot
param W[l][n[l], n[l-1]] for l in 1..L
a[0] = x
for l in 1..L-1 {
  z[l] = W[l] @ a[l-1]
  a[l] = tanh(z[l])
}
z[L] = W[L] @ a[L-1]
a[L] = softmax(z[L])
loss E = crossentropy(a[L], y)
`,
    numeric: `dim L, H = 3
input x[H]
target y[H] : onehot
param W[l][H, H] for l in 1..L
a[0] = x
for l in 1..L-1 {
  z[l] = W[l] @ a[l-1]
  a[l] = tanh(z[l])
}
z[L] = W[L] @ a[L-1]
a[L] = softmax(z[L])
loss E = crossentropy(a[L], y)
`,
    open: 'L',
    depths: [2, 3, 5],
    errors: [
      { text: 'δ⁽ᴸ⁾ = a⁽ᴸ⁾ − y', also: ['δ⁽ᴸ⁻¹⁾ = (W⁽ᴸ⁾ᵀ(a⁽ᴸ⁾ − y)) ⊙ (1 − (a⁽ᴸ⁻¹⁾)²)'] },
      { text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)', where: 'l = 1…L−1' },
    ],
    gradients: [{ text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' }],
    // Without a δ⁽ᴸ⁾ there is a line more for the last gradient; systems.md, 4, wants the name.
    boundary:
      'z⁽ᴸ⁾ is no member of the block, yet its δ goes on as the others do: one formula for ∂E/∂W⁽ˡ⁾, l = 1…L.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const { a } = layers(W, undefined, v.vector('x'), L - 1, tanh)
      const z = apply(W(L), a[L - 1]!)
      const total = z.reduce((s, e) => s + Math.exp(e), 0)
      const p = z.map((e) => Math.exp(e) / total)
      const δ = backwards(L, sub(p, v.vector('y')), (next, l) =>
        times(transposed(W(l + 1), next), tanhSlope(a[l]!)),
      )
      return Object.fromEntries(range(1, L).map((l) => [`W_${l}`, outer(δ[l]!, a[l - 1]!)]))
    },
  },
  {
    name: 'residual',
    program: `dim L, D = 3, H = 2
input x[D]
target y[D]
param W[l][H, D], b[l][H], V[l][D, H] for l in 1..L
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1] + b[l]
  h[l] = tanh(z[l])
  a[l] = a[l-1] + V[l] @ h[l]
}
loss E = squarederror(a[L], y)
`,
    open: 'L',
    depths: [1, 2, 5],
    errors: [
      { text: 'δ_a⁽ᴸ⁾ = a⁽ᴸ⁾ − y' },
      {
        text: 'δ_a⁽ˡ⁾ = δ_a⁽ˡ⁺¹⁾ + W⁽ˡ⁺¹⁾ᵀδ_z⁽ˡ⁺¹⁾',
        also: ['δ_a⁽ˡ⁾ = W⁽ˡ⁺¹⁾ᵀδ_z⁽ˡ⁺¹⁾ + δ_a⁽ˡ⁺¹⁾'],
        where: 'l = 1…L−1',
      },
      { text: 'δ_z⁽ˡ⁾ = (V⁽ˡ⁾ᵀδ_a⁽ˡ⁾) ⊙ (1 − (h⁽ˡ⁾)²)', where: 'l = 1…L' },
    ],
    gradients: [
      { text: '∂E/∂W⁽ˡ⁾ = δ_z⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' },
      { text: '∂E/∂b⁽ˡ⁾ = δ_z⁽ˡ⁾', where: 'l = 1…L' },
      { text: '∂E/∂V⁽ˡ⁾ = δ_a⁽ˡ⁾h⁽ˡ⁾ᵀ', where: 'l = 1…L' },
    ],
    boundary: 'δ_a⁽ˡ⁾ = ∂E/∂a⁽ˡ⁾ is used twice, so that it has a name. δ_a⁽⁰⁾ is not needed: x is data.',
    byHand(v, L) {
      const a = [v.vector('x')]
      const h: Vector[] = [[]]
      for (const l of range(1, L)) {
        h.push(tanh(add(apply(v.matrix('W', l), a[l - 1]!), v.vector('b', l))))
        a.push(add(a[l - 1]!, apply(v.matrix('V', l), h[l]!)))
      }
      const found: Gradients = {}
      let g = sub(a[L]!, v.vector('y'))
      for (let l = L; l >= 1; l--) {
        const δ = times(transposed(v.matrix('V', l), g), tanhSlope(h[l]!))
        found[`W_${l}`] = outer(δ, a[l - 1]!)
        found[`b_${l}`] = δ
        found[`V_${l}`] = outer(g, h[l]!)
        g = add(g, transposed(v.matrix('W', l), δ))
      }
      return found
    },
  },
  {
    name: 'two families that feed one another, with weights that all steps share',
    program: `dim T, H = 3, G = 2
input x[H]
target y[G]
param R[H, H], P[H, G], Q[G, H], c[G]
u[0] = x
v[0] = c
for t in 1..T {
  p[t] = R @ u[t-1] + P @ v[t-1]
  u[t] = tanh(p[t])
  q[t] = Q @ u[t] + v[t-1]
  v[t] = sigmoid(q[t])
}
loss E = squarederror(v[T], y) + ½ * sum(u[T]²)
`,
    open: 'T',
    depths: [1, 2, 4],
    errors: [
      { text: 'δ_q⁽ᵀ⁾ = (v⁽ᵀ⁾ − y) ⊙ v⁽ᵀ⁾ ⊙ (1 − v⁽ᵀ⁾)' },
      { text: 'δ_p⁽ᵀ⁾ = (u⁽ᵀ⁾ + Qᵀδ_q⁽ᵀ⁾) ⊙ (1 − (u⁽ᵀ⁾)²)' },
      { text: 'δ_q⁽ᵗ⁾ = (Pᵀδ_p⁽ᵗ⁺¹⁾ + δ_q⁽ᵗ⁺¹⁾) ⊙ v⁽ᵗ⁾ ⊙ (1 − v⁽ᵗ⁾)', where: 't = 1…T−1' },
      {
        text: 'δ_p⁽ᵗ⁾ = (Rᵀδ_p⁽ᵗ⁺¹⁾ + Qᵀδ_q⁽ᵗ⁾) ⊙ (1 − (u⁽ᵗ⁾)²)',
        also: ['δ_p⁽ᵗ⁾ = (Qᵀδ_q⁽ᵗ⁾ + Rᵀδ_p⁽ᵗ⁺¹⁾) ⊙ (1 − (u⁽ᵗ⁾)²)'],
        where: 't = 1…T−1',
      },
    ],
    gradients: [
      { text: '∂E/∂R = Σ[t = 1..T] δ_p⁽ᵗ⁾u⁽ᵗ⁻¹⁾ᵀ' },
      { text: '∂E/∂P = Σ[t = 1..T] δ_p⁽ᵗ⁾v⁽ᵗ⁻¹⁾ᵀ' },
      { text: '∂E/∂Q = Σ[t = 1..T] δ_q⁽ᵗ⁾u⁽ᵗ⁾ᵀ' },
      { text: '∂E/∂c = Pᵀδ_p⁽¹⁾ + δ_q⁽¹⁾', also: ['∂E/∂c = δ_q⁽¹⁾ + Pᵀδ_p⁽¹⁾'] },
    ],
    boundary:
      'Within a step δ_q comes before δ_p: v⁽ᵗ⁾ uses u⁽ᵗ⁾. The gradient of the first state takes both.',
    byHand(v, T) {
      const [R, P, Q] = [v.matrix('R'), v.matrix('P'), v.matrix('Q')]
      const u = [v.vector('x')]
      const w = [v.vector('c')]
      for (const t of range(1, T)) {
        u.push(tanh(add(apply(R, u[t - 1]!), apply(P, w[t - 1]!))))
        w.push(sigmoid(add(apply(Q, u[t]!), w[t - 1]!)))
      }
      const δp: Vector[] = []
      const δq: Vector[] = []
      δq[T] = times(sub(w[T]!, v.vector('y')), sigmoidSlope(w[T]!))
      δp[T] = times(add(u[T]!, transposed(Q, δq[T]!)), tanhSlope(u[T]!))
      for (let t = T - 1; t >= 1; t--) {
        δq[t] = times(add(transposed(P, δp[t + 1]!), δq[t + 1]!), sigmoidSlope(w[t]!))
        δp[t] = times(add(transposed(R, δp[t + 1]!), transposed(Q, δq[t]!)), tanhSlope(u[t]!))
      }
      const steps = range(1, T)
      return {
        R: sum(steps.map((t) => outer(δp[t]!, u[t - 1]!))),
        P: sum(steps.map((t) => outer(δp[t]!, w[t - 1]!))),
        Q: sum(steps.map((t) => outer(δq[t]!, u[t]!))),
        c: add(transposed(P, δp[1]!), δq[1]!),
      }
    },
  },
  {
    name: 'one weight for all layers',
    program: `dim L, H = 3
input x[H]
target y[H]
param W[H, H], b[H]
a[0] = x
for l in 1..L {
  z[l] = W @ a[l-1] + b
  a[l] = sigmoid(z[l])
}
loss E = squarederror(a[L], y)
`,
    open: 'L',
    depths: [1, 2, 6],
    errors: [
      { text: 'δ⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ a⁽ᴸ⁾ ⊙ (1 − a⁽ᴸ⁾)' },
      { text: 'δ⁽ˡ⁾ = (Wᵀδ⁽ˡ⁺¹⁾) ⊙ a⁽ˡ⁾ ⊙ (1 − a⁽ˡ⁾)', where: 'l = 1…L−1' },
    ],
    gradients: [{ text: '∂E/∂W = Σ[l = 1..L] δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ' }, { text: '∂E/∂b = Σ[l = 1..L] δ⁽ˡ⁾' }],
    boundary: 'L = 1: the sums have one term.',
    byHand(v, L) {
      const W = v.matrix('W')
      const { a } = layers(
        () => W,
        () => v.vector('b'),
        v.vector('x'),
        L,
        sigmoid,
      )
      const δ = backwards(L, times(sub(a[L]!, v.vector('y')), sigmoidSlope(a[L]!)), (next, l) =>
        times(transposed(W, next), sigmoidSlope(a[l]!)),
      )
      return {
        W: sum(range(1, L).map((l) => outer(δ[l]!, a[l - 1]!))),
        b: add(...range(1, L).map((l) => δ[l]!)),
      }
    },
  },
  {
    name: 'order two',
    program: `dim L, H = 3
input x[H]
target y[H]
param W[l][H, H], V[l][H, H] for l in 2..L
param s
a[0] = x
a[1] = s * x
for l in 2..L {
  z[l] = W[l] @ a[l-1] + V[l] @ a[l-2]
  a[l] = tanh(z[l])
}
loss E = squarederror(a[L], y)
`,
    open: 'L',
    depths: [2, 3, 4, 6],
    errors: [
      { text: 'δ⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)' },
      { text: 'δ⁽ᴸ⁻¹⁾ = (W⁽ᴸ⁾ᵀδ⁽ᴸ⁾) ⊙ (1 − (a⁽ᴸ⁻¹⁾)²)', where: 'L ≥ 3' },
      {
        text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾ + V⁽ˡ⁺²⁾ᵀδ⁽ˡ⁺²⁾) ⊙ (1 − (a⁽ˡ⁾)²)',
        where: 'l = 2…L−2',
      },
    ],
    gradients: [
      { text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 2…L' },
      { text: '∂E/∂V⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻²⁾ᵀ', where: 'l = 2…L' },
      {
        text: '∂E/∂s = (W⁽²⁾ᵀδ⁽²⁾ + V⁽³⁾ᵀδ⁽³⁾)ᵀx',
        also: ['∂E/∂s = (V⁽³⁾ᵀδ⁽³⁾ + W⁽²⁾ᵀδ⁽²⁾)ᵀx'],
        where: 'L ≥ 3; without the second term for L = 2',
      },
    ],
    boundary:
      'Layer L − 1 lacks the second term, since there is no δ⁽ᴸ⁺¹⁾. With δ⁽ᴸ⁺¹⁾ = 0 agreed upon, one line does for l = 2…L−1.',
    byHand(v, L) {
      const x = v.vector('x')
      const a = [x, scaled(v.scalar('s'), x)]
      for (const l of range(2, L))
        a.push(tanh(add(apply(v.matrix('W', l), a[l - 1]!), apply(v.matrix('V', l), a[l - 2]!))))
      const δ: Vector[] = []
      const reaching = (l: number): Vector => {
        const one = transposed(v.matrix('W', l + 1), δ[l + 1]!)
        return l + 2 <= L ? add(one, transposed(v.matrix('V', l + 2), δ[l + 2]!)) : one
      }
      δ[L] = times(sub(a[L]!, v.vector('y')), tanhSlope(a[L]!))
      for (let l = L - 1; l >= 2; l--) δ[l] = times(reaching(l), tanhSlope(a[l]!))
      return Object.fromEntries([
        ...range(2, L).flatMap((l) => [
          [`W_${l}`, outer(δ[l]!, a[l - 1]!)],
          [`V_${l}`, outer(δ[l]!, a[l - 2]!)],
        ]),
        ['s', dot(reaching(1), x)],
      ]) as Gradients
    },
  },
  {
    name: 'a recurrent network of general length, judged at its end',
    program: `dim T, D = 2, H = 3
input x[t][D] for t in 1..T
target y[2]
param U[H, H], V[H, D], c[H], R[2, H], s[H]
h[0] = s
for t in 1..T {
  z[t] = U @ h[t-1] + V @ x[t] + c
  h[t] = tanh(z[t])
}
ŷ = R @ h[T]
loss E = squarederror(ŷ, y)
`,
    open: 'T',
    depths: [1, 2, 5],
    // δ_ŷ is used twice; written out it is as short as its name.
    errors: [
      { text: 'δ_ŷ = ŷ − y', also: [''] },
      { text: 'δ⁽ᵀ⁾ = (Rᵀδ_ŷ) ⊙ (1 − (h⁽ᵀ⁾)²)', also: ['δ⁽ᵀ⁾ = (Rᵀ(ŷ − y)) ⊙ (1 − (h⁽ᵀ⁾)²)'] },
      { text: 'δ⁽ᵗ⁾ = (Uᵀδ⁽ᵗ⁺¹⁾) ⊙ (1 − (h⁽ᵗ⁾)²)', where: 't = 1…T−1' },
    ],
    gradients: [
      { text: '∂E/∂U = Σ[t = 1..T] δ⁽ᵗ⁾h⁽ᵗ⁻¹⁾ᵀ' },
      { text: '∂E/∂V = Σ[t = 1..T] δ⁽ᵗ⁾x⁽ᵗ⁾ᵀ' },
      { text: '∂E/∂c = Σ[t = 1..T] δ⁽ᵗ⁾' },
      { text: '∂E/∂R = δ_ŷh⁽ᵀ⁾ᵀ', also: ['∂E/∂R = (ŷ − y)h⁽ᵀ⁾ᵀ'] },
      { text: '∂E/∂s = Uᵀδ⁽¹⁾' },
    ],
    boundary: 'The first state is a parameter: its gradient is what would be g⁽⁰⁾.',
    byHand(v, T) {
      const [U, V, R] = [v.matrix('U'), v.matrix('V'), v.matrix('R')]
      const h = [v.vector('s')]
      for (const t of range(1, T))
        h.push(tanh(add(apply(U, h[t - 1]!), apply(V, v.vector('x', t)), v.vector('c'))))
      const error = sub(apply(R, h[T]!), v.vector('y'))
      const δ = backwards(T, times(transposed(R, error), tanhSlope(h[T]!)), (next, t) =>
        times(transposed(U, next), tanhSlope(h[t]!)),
      )
      const steps = range(1, T)
      return {
        U: sum(steps.map((t) => outer(δ[t]!, h[t - 1]!))),
        V: sum(steps.map((t) => outer(δ[t]!, v.vector('x', t)))),
        c: add(...steps.map((t) => δ[t]!)),
        R: outer(error, h[T]!),
        s: transposed(U, δ[1]!),
      }
    },
  },
  {
    name: 'a recurrent network that is judged at every step',
    program: `dim T, D = 2, H = 3
input x[t][D] for t in 1..T
target y[t][2] for t in 1..T
param U[H, H], V[H, D], R[2, H]
h[0] = zeros(H)
e[0] = 0
for t in 1..T {
  z[t] = U @ h[t-1] + V @ x[t]
  h[t] = tanh(z[t])
  o[t] = R @ h[t]
  e[t] = e[t-1] + squarederror(o[t], y[t])
}
loss E = e[T]
`,
    open: 'T',
    depths: [1, 2, 5],
    errors: [
      { text: 'δ_o⁽ᵗ⁾ = o⁽ᵗ⁾ − y⁽ᵗ⁾', also: ['δ_o⁽ᵗ⁾ = δ_e⁽ᵗ⁾·(o⁽ᵗ⁾ − y⁽ᵗ⁾)'], where: 't = 1…T' },
      { text: 'δ_z⁽ᵀ⁾ = (Rᵀδ_o⁽ᵀ⁾) ⊙ (1 − (h⁽ᵀ⁾)²)' },
      { text: 'δ_z⁽ᵗ⁾ = (Rᵀδ_o⁽ᵗ⁾ + Uᵀδ_z⁽ᵗ⁺¹⁾) ⊙ (1 − (h⁽ᵗ⁾)²)', where: 't = 1…T−1' },
    ],
    gradients: [
      { text: '∂E/∂U = Σ[t = 1..T] δ_z⁽ᵗ⁾h⁽ᵗ⁻¹⁾ᵀ' },
      { text: '∂E/∂V = Σ[t = 1..T] δ_z⁽ᵗ⁾x⁽ᵗ⁾ᵀ' },
      { text: '∂E/∂R = Σ[t = 1..T] δ_o⁽ᵗ⁾h⁽ᵗ⁾ᵀ' },
    ],
    boundary:
      '∂E/∂e⁽ᵗ⁾ is 1 for every t, by e⁽ᵀ⁾ and then step by step: no line of its own is wanted for it.',
    byHand(v, T) {
      const [U, V, R] = [v.matrix('U'), v.matrix('V'), v.matrix('R')]
      const h: Vector[] = [[0, 0, 0]]
      for (const t of range(1, T)) h.push(tanh(add(apply(U, h[t - 1]!), apply(V, v.vector('x', t)))))
      const steps = range(1, T)
      const o = [[], ...steps.map((t) => sub(apply(R, h[t]!), v.vector('y', t)))]
      const δ = backwards(T, times(transposed(R, o[T]!), tanhSlope(h[T]!)), (next, t) =>
        times(add(transposed(R, o[t]!), transposed(U, next)), tanhSlope(h[t]!)),
      )
      return {
        U: sum(steps.map((t) => outer(δ[t]!, h[t - 1]!))),
        V: sum(steps.map((t) => outer(δ[t]!, v.vector('x', t)))),
        R: sum(steps.map((t) => outer(o[t]!, h[t]!))),
      }
    },
  },
  {
    name: 'weight decay, gathered over the layers',
    program: `dim L, H = 3
input x[H]
target y[H]
hyper lambda = 0.1
param W[l][H, H] for l in 1..L
a[0] = x
r[0] = 0
for l in 1..L {
  z[l] = W[l] @ a[l-1]
  a[l] = tanh(z[l])
  r[l] = r[l-1] + sum(W[l]²)
}
loss E = squarederror(a[L], y) + ½ * lambda * r[L]
`,
    open: 'L',
    depths: [1, 3],
    errors: [
      { text: 'δ_z⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)' },
      { text: 'δ_z⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ_z⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)', where: 'l = 1…L−1' },
    ],
    gradients: [
      {
        text: '∂E/∂W⁽ˡ⁾ = δ_z⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ + λW⁽ˡ⁾',
        also: ['∂E/∂W⁽ˡ⁾ = δ_z⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ + 2δ_r⁽ˡ⁾W⁽ˡ⁾'],
        where: 'l = 1…L',
      },
    ],
    boundary: '∂E/∂r⁽ˡ⁾ is λ/2 for every l.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const { a } = layers(W, undefined, v.vector('x'), L, tanh)
      const δ = backwards(L, times(sub(a[L]!, v.vector('y')), tanhSlope(a[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), tanhSlope(a[l]!)),
      )
      return Object.fromEntries(
        range(1, L).map((l) => [`W_${l}`, plus(outer(δ[l]!, a[l - 1]!), scaledMatrix(0.1, W(l)))]),
      )
    },
  },
  {
    name: 'a fixed member in the loss: the first layer is a boundary too',
    program: `dim L, H = 3
input x[H]
target y[H]
param W[l][H, H] for l in 1..L
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1]
  a[l] = tanh(z[l])
}
loss E = squarederror(a[L], y) + ½ * sum(a[1]²)
`,
    open: 'L',
    depths: [1, 2, 4],
    errors: [
      { text: 'δ⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)', where: 'L ≥ 2' },
      { text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)', where: 'l = 2…L−1' },
      {
        text: 'δ⁽¹⁾ = (W⁽²⁾ᵀδ⁽²⁾ + a⁽¹⁾) ⊙ (1 − (a⁽¹⁾)²)',
        also: ['δ⁽¹⁾ = (a⁽¹⁾ + W⁽²⁾ᵀδ⁽²⁾) ⊙ (1 − (a⁽¹⁾)²)'],
        where: 'L ≥ 2',
      },
      { text: 'δ⁽¹⁾ = (a⁽¹⁾ − y + a⁽¹⁾) ⊙ (1 − (a⁽¹⁾)²)', where: 'L = 1', isSpecial: true },
    ],
    gradients: [{ text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' }],
    boundary:
      'a⁽¹⁾ is in the loss by its own number: l = 1 has one term more, and for L = 1 it is the last one as well.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const { a } = layers(W, undefined, v.vector('x'), L, tanh)
      const extra = (l: number, g: Vector): Vector => (l === 1 ? add(g, a[1]!) : g)
      const δ = backwards(L, times(extra(L, sub(a[L]!, v.vector('y'))), tanhSlope(a[L]!)), (next, l) =>
        times(extra(l, transposed(W(l + 1), next)), tanhSlope(a[l]!)),
      )
      return Object.fromEntries(range(1, L).map((l) => [`W_${l}`, outer(δ[l]!, a[l - 1]!)]))
    },
  },
  {
    name: 'numbers instead of vectors: a linear filter',
    program: `dim T
input x[t] for t in 1..T
target y
param w, v
s[0] = 0
for t in 1..T {
  s[t] = w * s[t-1] + v * x[t]
}
loss J = ½ * (s[T] - y)²
`,
    open: 'T',
    depths: [1, 2, 7],
    errors: [
      { text: 'δ⁽ᵀ⁾ = s⁽ᵀ⁾ − y' },
      { text: 'δ⁽ᵗ⁾ = w·δ⁽ᵗ⁺¹⁾', also: ['δ⁽ᵗ⁾ = δ⁽ᵗ⁺¹⁾w', 'δ⁽ᵗ⁾ = wδ⁽ᵗ⁺¹⁾'], where: 't = 1…T−1' },
    ],
    gradients: [{ text: '∂J/∂w = Σ[t = 1..T] δ⁽ᵗ⁾s⁽ᵗ⁻¹⁾' }, { text: '∂J/∂v = Σ[t = 1..T] δ⁽ᵗ⁾x⁽ᵗ⁾' }],
    boundary: 'δ⁽ᵗ⁾ = wᵀ⁻ᵗ(s⁽ᵀ⁾ − y) in closed form; the recurrence is what is wanted.',
    byHand(v, T) {
      const s = [0]
      for (const t of range(1, T)) s.push(v.scalar('w') * s[t - 1]! + v.scalar('v') * v.scalar('x', t))
      let δ = s[T]! - v.scalar('y')
      let [w, u] = [0, 0]
      for (let t = T; t >= 1; t--) {
        w += δ * s[t - 1]!
        u += δ * v.scalar('x', t)
        δ *= v.scalar('w')
      }
      return { w, v: u }
    },
  },
  {
    name: 'down the layers again with the same weights: an autoencoder',
    program: `dim L, H = 3
input x[H]
param W[l][H, H] for l in 1..L
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1]
  a[l] = tanh(z[l])
}
g[L] = a[L]
for k in 1..L {
  r[L-k] = W[L-k+1].T @ g[L-k+1]
  g[L-k] = tanh(r[L-k])
}
loss E = squarederror(g[0], x)
`,
    open: 'L',
    mayBeRefused: true,
    depths: [1, 2, 4],
    errors: [
      { text: 'δ_r⁽⁰⁾ = (g⁽⁰⁾ − x) ⊙ (1 − (g⁽⁰⁾)²)' },
      { text: 'δ_r⁽ˡ⁾ = (W⁽ˡ⁾δ_r⁽ˡ⁻¹⁾) ⊙ (1 − (g⁽ˡ⁾)²)', where: 'l = 1…L−1' },
      { text: 'δ_z⁽ᴸ⁾ = (W⁽ᴸ⁾δ_r⁽ᴸ⁻¹⁾) ⊙ (1 − (a⁽ᴸ⁾)²)' },
      { text: 'δ_z⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ_z⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)', where: 'l = 1…L−1' },
    ],
    gradients: [{ text: '∂E/∂W⁽ˡ⁾ = δ_z⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ + g⁽ˡ⁾δ_r⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' }],
    boundary: 'Errors of the way down run upwards in l, those of the way up downwards; they meet at L.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const x = v.vector('x')
      const { a } = layers(W, undefined, x, L, tanh)
      const g: Vector[] = []
      g[L] = a[L]!
      for (let l = L - 1; l >= 0; l--) g[l] = tanh(transposed(W(l + 1), g[l + 1]!))
      const δr: Vector[] = [times(sub(g[0]!, x), tanhSlope(g[0]!))]
      for (const l of range(1, L - 1)) δr[l] = times(apply(W(l), δr[l - 1]!), tanhSlope(g[l]!))
      const δz = backwards(L, times(apply(W(L), δr[L - 1]!), tanhSlope(a[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), tanhSlope(a[l]!)),
      )
      return Object.fromEntries(
        range(1, L).map((l) => [`W_${l}`, plus(outer(δz[l]!, a[l - 1]!), outer(g[l]!, δr[l - 1]!))]),
      )
    },
  },
  {
    name: 'the first member is a layer of its own, which is learned',
    program: `dim L, H = 3
input x[H]
target y[H]
param V[H, H], W[l][H, H] for l in 1..L
z[0] = V @ x
a[0] = tanh(z[0])
for l in 1..L {
  z[l] = W[l] @ a[l-1]
  a[l] = tanh(z[l])
}
loss E = squarederror(a[L], y)
`,
    open: 'L',
    depths: [1, 2, 4],
    errors: [
      { text: 'δ⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)' },
      { text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)', where: 'l = 1…L−1' },
      { text: 'δ⁽⁰⁾ = (W⁽¹⁾ᵀδ⁽¹⁾) ⊙ (1 − (a⁽⁰⁾)²)', also: ['δ⁽⁰⁾ = (W⁽¹⁾ᵀδ⁽¹⁾) ⊙ (1 − (tanh(z⁽⁰⁾))²)'] },
    ],
    gradients: [{ text: '∂E/∂V = δ⁽⁰⁾xᵀ' }, { text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ', where: 'l = 1…L' }],
    boundary: 'The line for l = 1…L−1 holds for l = 0 as well.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const first = tanh(apply(v.matrix('V'), v.vector('x')))
      const { a } = layers(W, undefined, first, L, tanh)
      const δ = backwards(L, times(sub(a[L]!, v.vector('y')), tanhSlope(a[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), tanhSlope(a[l]!)),
      )
      const zeroth = times(transposed(W(1), δ[1]!), tanhSlope(first))
      return {
        V: outer(zeroth, v.vector('x')),
        ...Object.fromEntries(range(1, L).map((l) => [`W_${l}`, outer(δ[l]!, a[l - 1]!)])),
      }
    },
  },
  {
    name: 'a value from outside that every layer takes',
    program: `dim L, H = 3
input x[H]
target y[H]
param V[H, H], W[l][H, H] for l in 1..L
m = tanh(V @ x)
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1] + m
  a[l] = tanh(z[l])
}
loss E = squarederror(a[L], y)
`,
    open: 'L',
    depths: [1, 2, 4],
    errors: [
      { text: 'δ⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)', also: ['δ_z⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)'] },
      {
        text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)',
        also: ['δ_z⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ_z⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)'],
        where: 'l = 1…L−1',
      },
    ],
    gradients: [
      {
        text: '∂E/∂V = ((Σ[l = 1..L] δ⁽ˡ⁾) ⊙ (1 − m²))xᵀ',
        also: [
          '∂E/∂V = Σ[l = 1..L] (δ⁽ˡ⁾ ⊙ (1 − m²))xᵀ',
          '∂E/∂V = Σ[l = 1..L] ((1 − m²) ⊙ δ⁽ˡ⁾)xᵀ',
          '∂E/∂V = δ_m xᵀ', // with δ_m = (Σ[l = 1..L] δ⁽ˡ⁾) ⊙ (1 − m²)
        ],
      },
      {
        text: '∂E/∂W⁽ˡ⁾ = δ⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ',
        also: ['∂E/∂W⁽ˡ⁾ = δ_z⁽ˡ⁾a⁽ˡ⁻¹⁾ᵀ'],
        where: 'l = 1…L',
      },
    ],
    boundary: 'One factor 1 − m² for the whole sum.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const m = tanh(apply(v.matrix('V'), v.vector('x')))
      const { a } = layers(W, () => m, v.vector('x'), L, tanh)
      const δ = backwards(L, times(sub(a[L]!, v.vector('y')), tanhSlope(a[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), tanhSlope(a[l]!)),
      )
      const total = add(...range(1, L).map((l) => δ[l]!))
      return {
        V: outer(times(total, tanhSlope(m)), v.vector('x')),
        ...Object.fromEntries(range(1, L).map((l) => [`W_${l}`, outer(δ[l]!, a[l - 1]!)])),
      }
    },
  },
  {
    name: 'a first member that something else takes as well',
    program: `dim L, H = 3
input x[H]
target y[H]
param V[H, H], W[l][H, H] for l in 1..L
a[0] = V @ x
s = sum(a[0]²) / 2
for l in 1..L {
  z[l] = W[l] @ a[l-1]
  a[l] = tanh(z[l])
}
loss E = squarederror(a[L], y) + s²
`,
    open: 'L',
    depths: [1, 3],
    errors: [
      { text: 'δ⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)', also: ['δ_z⁽ᴸ⁾ = (a⁽ᴸ⁾ − y) ⊙ (1 − (a⁽ᴸ⁾)²)'] },
      {
        text: 'δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)',
        also: ['δ_z⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀδ_z⁽ˡ⁺¹⁾) ⊙ (1 − (a⁽ˡ⁾)²)'],
        where: 'l = 1…L−1',
      },
    ],
    gradients: [
      {
        text: '∂E/∂V = (W⁽¹⁾ᵀδ⁽¹⁾ + 2sa⁽⁰⁾)xᵀ',
        also: [
          '∂E/∂V = δ⁽⁰⁾xᵀ',
          '∂E/∂V = (2sa⁽⁰⁾ + W⁽¹⁾ᵀδ⁽¹⁾)xᵀ',
          '∂E/∂V = (W⁽¹⁾ᵀδ_z⁽¹⁾ + 2sa⁽⁰⁾)xᵀ',
          '∂E/∂V = (2sa⁽⁰⁾ + W⁽¹⁾ᵀδ_z⁽¹⁾)xᵀ',
          '∂E/∂V = (2s·a⁽⁰⁾ + W⁽¹⁾ᵀδ⁽¹⁾)xᵀ',
          '∂E/∂V = (W⁽¹⁾ᵀδ⁽¹⁾ + 2s·a⁽⁰⁾)xᵀ',
          '∂E/∂V = δ⁽⁰⁾xᵀ', // with δ⁽⁰⁾ = W⁽¹⁾ᵀδ⁽¹⁾ + 2sa⁽⁰⁾
          '∂E/∂V = δ_a⁽⁰⁾xᵀ',
        ],
      },
    ],
    boundary: '∂E/∂a⁽⁰⁾ has a part from the block and one from s: its name, if it has one, is for both.',
    byHand(v, L) {
      const W = (l: number): Matrix => v.matrix('W', l)
      const first = apply(v.matrix('V'), v.vector('x'))
      const { a } = layers(W, undefined, first, L, tanh)
      const δ = backwards(L, times(sub(a[L]!, v.vector('y')), tanhSlope(a[L]!)), (next, l) =>
        times(transposed(W(l + 1), next), tanhSlope(a[l]!)),
      )
      const s = dot(first, first) / 2
      return {
        V: outer(add(transposed(W(1), δ[1]!), scaled(2 * s, first)), v.vector('x')),
        ...Object.fromEntries(range(1, L).map((l) => [`W_${l}`, outer(δ[l]!, a[l - 1]!)])),
      }
    },
  },
]
