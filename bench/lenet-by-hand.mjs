/** A step of LeNet-5 as a careful programmer writes it: flat typed arrays, addresses outside of inner loops, the positions of maxima kept. */

/** The program: a convolution of 6, a pool, one of 16, a pool, three layers. */
export const LENET = `dim C1 = 6, C2 = 16, A = 24, P = 12, G = 8, Q = 4
batch B
input x[28, 28]
target y : index(10)
param K1[C1, 5, 5], b1[C1], K2[C2, C1, 5, 5], b2[C2]
param W3[120, C2, Q, Q], b3[120], W4[84, 120], b4[84], W5[10, 84], b5[10]
z1[c, i, j] = b1[c] + sum(K1[c, u, v] * x[i+u-1, j+v-1] for u in 1..5, v in 1..5) for c in 1..C1, i in 1..A, j in 1..A
a1[c, i, j] = max(relu(z1[c, 2*i+u, 2*j+v]) for u in -1..0, v in -1..0) for c in 1..C1, i in 1..P, j in 1..P
z2[c, i, j] = b2[c] + sum(K2[c, d, u, v] * a1[d, i+u-1, j+v-1] for d in 1..C1, u in 1..5, v in 1..5) for c in 1..C2, i in 1..G, j in 1..G
a2[c, i, j] = max(relu(z2[c, 2*i+u, 2*j+v]) for u in -1..0, v in -1..0) for c in 1..C2, i in 1..Q, j in 1..Q
h3[k] = relu(b3[k] + sum(W3[k, c, i, j] * a2[c, i, j] for c in 1..C2, i in 1..Q, j in 1..Q)) for k in 1..120
h4 = relu(W4 @ h3 + b4)
loss J = crossentropy(softmax(W5 @ h4 + b5), y)
`

/** z[o] = b[o] + Σ x[d] ⋆ K[o, d], 5 × 5, of D maps of N × N to O maps of M × M, M = N − 4. */
function convolve(x, at, K, b, z, to, D, N, O, M) {
  for (let o = 0; o < O; o++) {
    const bias = b[o]
    for (let i = 0; i < M; i++)
      for (let j = 0; j < M; j++) {
        let s = bias
        for (let d = 0; d < D; d++) {
          let k = (o * D + d) * 25
          let p = at + d * N * N + i * N + j
          for (let u = 0; u < 5; u++) {
            s +=
              K[k] * x[p] +
              K[k + 1] * x[p + 1] +
              K[k + 2] * x[p + 2] +
              K[k + 3] * x[p + 3] +
              K[k + 4] * x[p + 4]
            k += 5
            p += N
          }
        }
        z[to + (o * M + i) * M + j] = s
      }
  }
}

/** The greatest of each 2 × 2, and where it stands; not less than 0. */
function pool(z, from, a, places, to, C, M) {
  const P = M / 2
  for (let c = 0; c < C; c++)
    for (let i = 0; i < P; i++)
      for (let j = 0; j < P; j++) {
        let at = from + (c * M + 2 * i) * M + 2 * j
        let best = z[at]
        let place = at
        if (z[at + 1] > best) best = z[(place = at + 1)]
        at += M
        if (z[at] > best) best = z[(place = at)]
        if (z[at + 1] > best) best = z[(place = at + 1)]
        const t = to + (c * P + i) * P + j
        a[t] = best > 0 ? best : 0
        places[t] = best > 0 ? place : -1
      }
}

/** The adjoint of the kernel and the bias from those entries of the maps that have one. */
function kernelGradient(x, at, dz, from, gK, gb, D, N, O, M) {
  for (let o = 0; o < O; o++)
    for (let i = 0; i < M; i++)
      for (let j = 0; j < M; j++) {
        const e = dz[from + (o * M + i) * M + j]
        if (e === 0) continue
        gb[o] += e
        for (let d = 0; d < D; d++) {
          let k = (o * D + d) * 25
          let p = at + d * N * N + i * N + j
          for (let u = 0; u < 5; u++) {
            gK[k] += e * x[p]
            gK[k + 1] += e * x[p + 1]
            gK[k + 2] += e * x[p + 2]
            gK[k + 3] += e * x[p + 3]
            gK[k + 4] += e * x[p + 4]
            k += 5
            p += N
          }
        }
      }
}

/** The adjoint of what was convolved. */
function mapGradient(K, dz, from, dx, to, D, N, O, M) {
  dx.fill(0, to, to + D * N * N)
  for (let o = 0; o < O; o++)
    for (let i = 0; i < M; i++)
      for (let j = 0; j < M; j++) {
        const e = dz[from + (o * M + i) * M + j]
        if (e === 0) continue
        for (let d = 0; d < D; d++) {
          let k = (o * D + d) * 25
          let p = to + d * N * N + i * N + j
          for (let u = 0; u < 5; u++) {
            dx[p] += e * K[k]
            dx[p + 1] += e * K[k + 1]
            dx[p + 2] += e * K[k + 2]
            dx[p + 3] += e * K[k + 3]
            dx[p + 4] += e * K[k + 4]
            k += 5
            p += N
          }
        }
      }
}

function layer(W, b, x, at, y, to, m, n, relu) {
  for (let i = 0; i < m; i++) {
    let z = b[i]
    for (let k = 0, o = i * n; k < n; k++) z += W[o + k] * x[at + k]
    y[to + i] = relu && z < 0 ? 0 : z
  }
}

/** Of a layer with errors d: those of what it was given, where that is not 0, and its gradients. */
function back(W, gW, gb, d, x, e, m, n) {
  e.fill(0)
  for (let i = 0; i < m; i++) {
    const t = d[i]
    if (t === 0) continue
    gb[i] += t
    for (let k = 0, o = i * n; k < n; k++) {
      gW[o + k] += t * x[k]
      e[k] += t * W[o + k]
    }
  }
}

export function lenet(B, Real) {
  const z1 = new Real(3456), a1 = new Real(864), p1 = new Int32Array(864) // prettier-ignore
  const z2 = new Real(1024), a2 = new Real(256), p2 = new Int32Array(256) // prettier-ignore
  const h3 = new Real(120), h4 = new Real(84), p = new Real(10) // prettier-ignore
  const e2 = new Real(256), e3 = new Real(120), e4 = new Real(84), d1 = new Real(3456), d2 = new Real(1024), e1 = new Real(864) // prettier-ignore
  let grads
  return (params, { x, y }, rate) => {
    const { K1, b1, K2, b2, W3, b3, W4, b4, W5, b5 } = params
    grads ??= Object.fromEntries(
      Object.entries(params).map(([name, v]) => [name, new Float64Array(v.length)]),
    )
    for (const g of Object.values(grads)) g.fill(0)
    let loss = 0
    for (let s = 0; s < B; s++) {
      convolve(x, s * 784, K1, b1, z1, 0, 1, 28, 6, 24)
      pool(z1, 0, a1, p1, 0, 6, 24)
      convolve(a1, 0, K2, b2, z2, 0, 6, 12, 16, 8)
      pool(z2, 0, a2, p2, 0, 16, 8)
      layer(W3, b3, a2, 0, h3, 0, 120, 256, true)
      layer(W4, b4, h3, 0, h4, 0, 84, 120, true)
      layer(W5, b5, h4, 0, p, 0, 10, 84, false)
      let most = -Infinity
      for (let k = 0; k < 10; k++) if (p[k] > most) most = p[k]
      let total = 0
      for (let k = 0; k < 10; k++) total += Math.exp(p[k] - most)
      loss -= p[y[s]] - most - Math.log(total)
      for (let k = 0; k < 10; k++) p[k] = Math.exp(p[k] - most) / total
      p[y[s]] -= 1
      back(W5, grads.W5, grads.b5, p, h4, e4, 10, 84)
      for (let k = 0; k < 84; k++) if (h4[k] <= 0) e4[k] = 0
      back(W4, grads.W4, grads.b4, e4, h3, e3, 84, 120)
      for (let k = 0; k < 120; k++) if (h3[k] <= 0) e3[k] = 0
      back(W3, grads.W3, grads.b3, e3, a2, e2, 120, 256)
      d2.fill(0)
      for (let k = 0; k < 256; k++) if (p2[k] >= 0) d2[p2[k]] += e2[k]
      kernelGradient(a1, 0, d2, 0, grads.K2, grads.b2, 6, 12, 16, 8)
      mapGradient(K2, d2, 0, e1, 0, 6, 12, 16, 8)
      d1.fill(0)
      for (let k = 0; k < 864; k++) if (p1[k] >= 0) d1[p1[k]] += e1[k]
      kernelGradient(x, s * 784, d1, 0, grads.K1, grads.b1, 1, 28, 6, 24)
    }
    for (const [name, v] of Object.entries(params)) {
      const g = grads[name]
      for (let i = 0; i < v.length; i++) v[i] -= (rate / B) * g[i]
    }
    return loss / B
  }
}
