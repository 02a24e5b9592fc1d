/*
 * The workloads by hand, as a careful programmer writes them: no allocation, typed arrays, flat indices, the update
 * fused into the gradient; small ones unrolled, large ones with register tiles of 4 × 2. Each returns step(params, data, rate).
 */

/** 2-2-1, sigmoid, ½(ŷ − t)², no biases, unrolled. */
export function w1() {
  return ({ W1, W2 }, { x, t }, rate) => {
    const x0 = x[0],
      x1 = x[1],
      v0 = W2[0],
      v1 = W2[1]
    const a = 1 / (1 + Math.exp(-(W1[0] * x0 + W1[1] * x1)))
    const b = 1 / (1 + Math.exp(-(W1[2] * x0 + W1[3] * x1)))
    const y = 1 / (1 + Math.exp(-(v0 * a + v1 * b)))
    const e = y - t
    const d = e * y * (1 - y) * rate
    const da = d * v0 * a * (1 - a)
    const db = d * v1 * b * (1 - b)
    W1[0] -= da * x0
    W1[1] -= da * x1
    W1[2] -= db * x0
    W1[3] -= db * x1
    W2[0] -= d * a
    W2[1] -= d * b
    return 0.5 * e * e
  }
}

/** 1-1-1 with biases, sigmoid, ½(y − ŷ)²; params are numbers. */
export function w2() {
  return (p, { x, y }, rate) => {
    const a = 1 / (1 + Math.exp(-(p.w1 * x + p.b1)))
    const v = p.w2
    const b = 1 / (1 + Math.exp(-(v * a + p.b2)))
    const e = b - y
    const d = e * b * (1 - b) * rate
    const c = d * v * a * (1 - a)
    p.w1 -= c * x
    p.b1 -= c
    p.w2 -= d * a
    p.b2 -= d
    return 0.5 * e * e
  }
}

/** D-H-H-K, tanh, softmax and cross-entropy, good loops, sample by sample. */
export function w3(B, Real, D = 4, H = 16, K = 3) {
  const h1 = new Real(B * H),
    h2 = new Real(B * H),
    p = new Real(B * K),
    d1 = new Real(B * H),
    d2 = new Real(B * H)
  const layer = (W, b, x, y, s, m, n) => {
    for (let i = 0; i < m; i++) {
      let z = b[i]
      for (let k = 0, o = i * n, q = s * n; k < n; k++) z += W[o + k] * x[q + k]
      y[s * m + i] = z
    }
  }
  const back = (W, d, x, e, s, m, n) => {
    for (let k = 0; k < n; k++) {
      let z = 0
      for (let i = 0; i < m; i++) z += W[i * n + k] * d[s * m + i]
      const a = x[s * n + k]
      e[s * n + k] = z * (1 - a * a)
    }
  }
  const update = (W, b, d, x, m, n, rate) => {
    for (let i = 0; i < m; i++) {
      let t = 0
      for (let s = 0; s < B; s++) t += d[s * m + i]
      b[i] -= rate * t
      for (let k = 0; k < n; k++) {
        let z = 0
        for (let s = 0; s < B; s++) z += d[s * m + i] * x[s * n + k]
        W[i * n + k] -= rate * z
      }
    }
  }
  return ({ W1, b1, W2, b2, W3, b3 }, { x, y }, rate) => {
    let loss = 0
    for (let s = 0; s < B; s++) {
      layer(W1, b1, x, h1, s, H, D)
      for (let i = s * H; i < s * H + H; i++) h1[i] = Math.tanh(h1[i])
      layer(W2, b2, h1, h2, s, H, H)
      for (let i = s * H; i < s * H + H; i++) h2[i] = Math.tanh(h2[i])
      layer(W3, b3, h2, p, s, K, H)
      loss += softmax(p, y, s * K, K)
      back(W3, p, h2, d2, s, K, H)
      back(W2, d2, h1, d1, s, H, H)
    }
    const r = rate / B
    update(W3, b3, p, h2, K, H, r)
    update(W2, b2, d2, h1, H, H, r)
    update(W1, b1, d1, x, H, D, r)
    return loss / B
  }
}

/** The loss of one sample; p becomes softmax(p) − y. */
function softmax(p, y, from, K) {
  let m = -Infinity
  for (let k = from; k < from + K; k++) if (p[k] > m) m = p[k]
  let t = 0
  let loss = 0
  for (let k = from; k < from + K; k++) {
    const z = p[k] - m
    loss -= y[k] * z
    t += p[k] = Math.exp(z)
  }
  for (let k = from; k < from + K; k++) p[k] = p[k] / t - y[k]
  return loss + Math.log(t)
}

/** D-H-K, relu, softmax and cross-entropy. Even batches (and 1); H a multiple of 4, D of 2. */
export function w4(B, Real, tiled, D = 784, H = 128, K = 10) {
  const h = new Real(B * H),
    p = new Real(B * K),
    d = new Real(B * H)
  const forward = (W, b, x) => {
    for (let s = 0; s < B; s++)
      for (let i = 0; i < H; i++) {
        let z = b[i]
        for (let k = 0, o = i * D, q = s * D; k < D; k++) z += W[o + k] * x[q + k]
        h[s * H + i] = z > 0 ? z : 0
      }
  }
  const forwardTiled = (W, b, x) => {
    for (let s = 0; s < B; s += 2) {
      const q0 = s * D,
        q1 = q0 + D
      for (let i = 0; i < H; i += 4) {
        const o0 = i * D,
          o1 = o0 + D,
          o2 = o1 + D,
          o3 = o2 + D
        let s00 = b[i],
          s01 = b[i + 1],
          s02 = b[i + 2],
          s03 = b[i + 3],
          s10 = s00,
          s11 = s01,
          s12 = s02,
          s13 = s03
        for (let k = 0; k < D; k++) {
          const x0 = x[q0 + k],
            x1 = x[q1 + k],
            w0 = W[o0 + k],
            w1 = W[o1 + k],
            w2 = W[o2 + k],
            w3 = W[o3 + k]
          s00 += w0 * x0
          s01 += w1 * x0
          s02 += w2 * x0
          s03 += w3 * x0
          s10 += w0 * x1
          s11 += w1 * x1
          s12 += w2 * x1
          s13 += w3 * x1
        }
        const t0 = s * H + i,
          t1 = t0 + H
        h[t0] = s00 > 0 ? s00 : 0
        h[t0 + 1] = s01 > 0 ? s01 : 0
        h[t0 + 2] = s02 > 0 ? s02 : 0
        h[t0 + 3] = s03 > 0 ? s03 : 0
        h[t1] = s10 > 0 ? s10 : 0
        h[t1 + 1] = s11 > 0 ? s11 : 0
        h[t1 + 2] = s12 > 0 ? s12 : 0
        h[t1 + 3] = s13 > 0 ? s13 : 0
      }
    }
  }
  const update = (W, x, r) => {
    for (let s = 0; s < B; s++)
      for (let i = 0; i < H; i++) {
        const e = r * d[s * H + i]
        for (let j = 0, o = i * D, q = s * D; j < D; j++) W[o + j] -= e * x[q + j]
      }
  }
  const updateTiled = (W, x, r) => {
    for (let i = 0; i < H; i += 4)
      for (let j = 0; j < D; j += 2) {
        let s00 = 0,
          s01 = 0,
          s10 = 0,
          s11 = 0,
          s20 = 0,
          s21 = 0,
          s30 = 0,
          s31 = 0
        for (let s = 0; s < B; s++) {
          const u = s * H + i,
            q = s * D + j
          const x0 = x[q],
            x1 = x[q + 1],
            e0 = d[u],
            e1 = d[u + 1],
            e2 = d[u + 2],
            e3 = d[u + 3]
          s00 += e0 * x0
          s01 += e0 * x1
          s10 += e1 * x0
          s11 += e1 * x1
          s20 += e2 * x0
          s21 += e2 * x1
          s30 += e3 * x0
          s31 += e3 * x1
        }
        const o = i * D + j,
          o1 = o + D,
          o2 = o1 + D,
          o3 = o2 + D
        W[o] -= r * s00
        W[o + 1] -= r * s01
        W[o1] -= r * s10
        W[o1 + 1] -= r * s11
        W[o2] -= r * s20
        W[o2 + 1] -= r * s21
        W[o3] -= r * s30
        W[o3 + 1] -= r * s31
      }
  }
  return ({ W1, b1, W2, b2 }, { x, y }, rate) => {
    if (tiled && B > 1) forwardTiled(W1, b1, x)
    else forward(W1, b1, x)
    let loss = 0
    for (let s = 0; s < B; s++) {
      for (let k = 0; k < K; k++) {
        let z = b2[k]
        for (let i = 0; i < H; i++) z += W2[k * H + i] * h[s * H + i]
        p[s * K + k] = z
      }
      loss += softmax(p, y, s * K, K)
      for (let i = 0; i < H; i++) {
        let z = 0
        for (let k = 0; k < K; k++) z += W2[k * H + i] * p[s * K + k]
        d[s * H + i] = h[s * H + i] > 0 ? z : 0
      }
    }
    const r = rate / B
    for (let k = 0; k < K; k++) {
      let t = 0
      for (let s = 0; s < B; s++) t += p[s * K + k]
      b2[k] -= r * t
      for (let i = 0; i < H; i++) {
        let z = 0
        for (let s = 0; s < B; s++) z += p[s * K + k] * h[s * H + i]
        W2[k * H + i] -= r * z
      }
    }
    for (let i = 0; i < H; i++) {
      let t = 0
      for (let s = 0; s < B; s++) t += d[s * H + i]
      b1[i] -= r * t
    }
    if (tiled && B > 1) updateTiled(W1, x, r)
    else update(W1, x, r)
    return loss / B
  }
}
