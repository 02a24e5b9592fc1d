import { describe, expect, test } from 'vitest'
import { LONG, seeds } from '../support/campaign.ts'
import { randomFamilies } from './random-families.ts'
import { agreesWrittenOut } from './written-out.ts'

/** Programs; `batch` is put in their second line or not. */
const programs: Record<string, string> = {
  'layers of one width': `dim L = 9, D = 4
param W[l][D, D] for l in 1..L
param b[l][D] for l in 1..L
input x[D]
target y[D]
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1] + b[l]
  a[l] = sigmoid(z[l])
}
output a[L]
loss E = squarederror(a[L], y)`,
  'other widths at both ends': `dim L = 10
dim n[0..L] = 7, 5, 5, 5, 5, 5, 5, 5, 5, 5, 2
param W[l][n[l], n[l-1]] for l in 1..L
param b[l][n[l]] for l in 1..L
input x[n[0]]
target y[n[L]] : onehot
a[0] = x
for l in 1..L {
  z[l] = W[l] @ a[l-1] + b[l]
  a[l] = tanh(z[l])
}
p = softmax(z[L])
output p
loss E = crossentropy(p, y)`,
  'a residual network': `dim L = 8, D = 3
param W[l][D, D] for l in 1..L
param V[l][D, D] for l in 1..L
param s[l] for l in 1..L
param P[D, 2], Q[2, D]
input x[2]
target y[2]
a[0] = tanh(P @ x)
for l in 1..L { a[l] = a[l-1] + s[l] * (V[l] @ relu(W[l] @ a[l-1])) }
o = Q @ a[L]
output o
loss E = squarederror(o, y)`,
  'a recurrent network': `dim T = 12, D = 3, H = 4
param Wx[H, D], U[H, H], b[H], V[2, H]
input x[t][D] for t in 1..T
target y[2]
h[0] = zeros(H)
for t in 1..T { h[t] = tanh(Wx @ x[t] + U @ h[t-1] + b) }
o = V @ h[T]
output o
loss E = squarederror(o, y)`,
  'long short-term memory': `dim T = 12, D = 2, H = 3
param Wi[H, D], Ui[H, H], bi[H], Wf[H, D], Uf[H, H], bf[H]
param Wo[H, D], Uo[H, H], bo[H], Wc[H, D], Uc[H, H], bc[H]
input x[t][D] for t in 1..T
target y[H]
h[0] = zeros(H)
c[0] = zeros(H)
for t in 1..T {
  i[t] = sigmoid(Wi @ x[t] + Ui @ h[t-1] + bi)
  f[t] = sigmoid(Wf @ x[t] + Uf @ h[t-1] + bf)
  o[t] = sigmoid(Wo @ x[t] + Uo @ h[t-1] + bo)
  g[t] = tanh(Wc @ x[t] + Uc @ h[t-1] + bc)
  c[t] = f[t] * c[t-1] + i[t] * g[t]
  h[t] = o[t] * tanh(c[t])
}
output h[T]
loss E = squarederror(h[T], y)`,
  'gated recurrent units, judged at every step': `dim T = 12, D = 2, H = 3
param Wz[H, D], Uz[H, H], Wr[H, D], Ur[H, H], Wh[H, D], Uh[H, H], V[2, H]
input x[t][D] for t in 1..T
target y[t][2] for t in 1..T
h[0] = zeros(H)
E[0] = 0
for t in 1..T {
  z[t] = sigmoid(Wz @ x[t] + Uz @ h[t-1])
  r[t] = sigmoid(Wr @ x[t] + Ur @ h[t-1])
  n[t] = tanh(Wh @ x[t] + Uh @ (r[t] * h[t-1]))
  h[t] = (1 - z[t]) * n[t] + z[t] * h[t-1]
  o[t] = V @ h[t]
  E[t] = E[t-1] + squarederror(o[t], y[t])
}
loss J = E[T] / T`,
  'two steps back': `dim T = 13, D = 2, H = 3
param W[H, D], U[H, H], U2[H, H], b[H], V[1, H]
input x[t][D] for t in 1..T
target y[1]
h[-1] = zeros(H)
h[0] = ones(H)
for t in 1..T { h[t] = tanh(W @ x[t] + U @ h[t-1] + U2 @ h[t-2] + b) }
p = V @ h[T]
output p
loss E = squarederror(p, y) + squarederror(V @ h[T-3], y)`,
  'two recurrent layers': `dim T = 10, L = 2, H = 3
param W[l][H, H] for l in 1..L
param U[l][H, H] for l in 1..L
param c[l][H] for l in 1..L
input x[t][H] for t in 1..T
target y[H]
for l in 1..L { h[0,l] = zeros(H) }
for t in 1..T {
  h[t,0] = x[t]
  for l in 1..L { h[t,l] = tanh(W[l] @ h[t,l-1] + U[l] @ h[t-1,l] + c[l]) }
}
p = h[T,L]
output p
loss E = squarederror(p, y)`,
  'a scalar recurrence': `dim T = 40
param w, b
input x
target y
z[0] = x
for t in 1..T { z[t] = tanh(w * z[t-1] + b) }
output z[T]
loss E = squarederror(z[T], y)`,
  'both directions of time': `dim T = 9, D = 2, H = 3
param W[H, D], U[H, H], W2[H, D], U2[H, H], V[1, H], V2[1, H]
input x[t][D] for t in 1..T
target y[t][1] for t in 1..T
f[0] = zeros(H)
r[T+1] = zeros(H)
for t in 1..T { f[t] = tanh(W @ x[t] + U @ f[t-1]) }
for t in 1..T { r[T+1-t] = tanh(W2 @ x[T+1-t] + U2 @ r[T+2-t]) }
E[0] = 0
for t in 1..T {
  o[t] = V @ f[t] + V2 @ r[t]
  E[t] = E[t-1] + squarederror(o[t], y[t])
}
loss J = E[T]`,
  'one matrix for all layers': `dim L = 9, D = 4
param W[D, D], b[D]
param w[l] for l in 1..L
input x[D]
target y[D]
a[0] = x
for l in 1..L { a[l] = w[l] * softmax(W @ a[l-1] + b) + x }
output a[L]
loss E = squarederror(a[L], y) + 0.1 * sum(W^2)`,
  'numbers whose gradients read one another': `dim N = 24
param c[k] for k in 0..N
param g[k] for k in 1..N
input x
target y
p[0] = c[0]
for j in 1..N { p[j] = p[j-1] * x * g[j] + c[j] }
output p[N]
loss J = (p[N] - y)^2 / 2`,
  "Horner's scheme, whose indices run against one another": `dim N = 24
param c[k] for k in 0..N
param g[k] for k in 1..N
input x
target y
p[N] = c[N]
for j in 1..N { p[N-j] = p[N-j+1] * x * g[j] + c[N-j] }
output p[0]
loss J = (p[0] - y)^2 / 2`,
  'a sequence and matrices read from the end': `dim T = 12, D = 3
param W[t][D, D] for t in 1..T
param s[t] for t in 0..T-1
input x[t][D] for t in 1..T
target y[t][D] for t in 1..T
h[0] = zeros(D)
E[0] = 0
for t in 1..T {
  h[t] = tanh(W[T+1-t] @ h[t-1] + s[T-t] * x[T+1-t])
  E[t] = E[t-1] + squarederror(h[t], y[t])
}
output h[T]
loss J = E[T]`,
  'gradients that are params': `dim T = 20
param a[k] for k in 1..T
param r[k] for k in 1..T
param u, v
input x
target y
z[0] = x
e[1] = 0
for t in 1..T { z[t] = tanh(a[t] * z[t-1] + x) }
for k in 2..T { e[k] = e[k-1] + r[k] * a[k-1] + a[k] * a[k-1] }
output z[T]
loss J = (z[T] - y)^2 + e[T] + u * v`,
  'gradients that are vectors of params': `dim T = 20
param a[k][3] for k in 1..T
param r[k][3] for k in 1..T
param u[3], v[3]
input x[3]
target y[3]
z[0] = x
e[1] = 0
for t in 1..T { z[t] = tanh(a[t] * z[t-1] + x) }
for k in 2..T { e[k] = e[k-1] + r[k] @ a[k-1] + a[k] @ a[k-1] }
output z[T]
loss J = squarederror(z[T], y) + e[T] + u @ v`,
  'losses on the way': `dim L = 12, D = 4
param W[l][D, D] for l in 1..L
param V[2, D]
input x[D]
target y[2]
a[0] = x
for l in 1..L { a[l] = relu(W[l] @ a[l-1]) }
p = V @ a[L]
output p
loss E = squarederror(p, y) + squarederror(V @ a[4], y) + squarederror(V @ a[8], y)`,
}

/** No step of these is like the others, as the program says it: their shapes differ, or their left sides are no index. */
const WRITTEN_OUT = [
  'other widths at both ends',
  'both directions of time',
  "Horner's scheme, whose indices run against one another",
]

describe('recurrences as loops compute what their steps do one by one', () => {
  for (const [i, [name, program]] of Object.entries(programs).entries())
    for (const batch of ['', 'batch B'])
      test(`${name}${batch === '' ? '' : ', a batch'}`, () => {
        const source = program.replace('\n', `\n${batch}\n`)
        const { turns } = agreesWrittenOut(source)
        const least = WRITTEN_OUT.includes(name) ? 0 : 1
        expect(turns.get('forward')).toBeGreaterThanOrEqual(least)
        expect(turns.get('backward')).toBeGreaterThanOrEqual(2 * least)
        expect(turns.get('step')).toBeGreaterThanOrEqual(2 * least)
        // What loops are made of is no matter of precision.
        if (LONG || (batch === '' && i % 3 === 0)) agreesWrittenOut(source, { precision: 'f32' })
      })

  test('random families', () => {
    let looped = 0
    const all = seeds(8)
    for (const i of all)
      if (agreesWrittenOut(randomFamilies(`families ${i}`)).turns.get('backward')! > 1) looped++
    // Not all of them are recurrences for a general step, but most are.
    expect(looped).toBeGreaterThan(all.length / 2)
  })
})
