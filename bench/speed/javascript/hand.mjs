/**
 * JavaScript as it is written by hand where speed counts: the smallest networks unrolled (bench/handwritten.mjs), LeNet-5 in loops over flat arrays
 * (bench/lenet-by-hand.mjs), dense layers in tiles of registers, lengths as constants, the update fused into the gradient.
 * Weights are [in, out] here, so that neighbours are read.
 */
import { w1, w2 } from '../../handwritten.mjs'
import { lenet } from '../../lenet-by-hand.mjs'
import { shaped } from '../workloads.mjs'

const whole = {
  W1: () => [w1(), ['W1', 'W2'], false],
  W2: () => [w2(), ['w1', 'b1', 'w2', 'b2'], true],
  LeNet: (batch, Real) => [
    lenet(batch, Real),
    ['K1', 'b1', 'K2', 'b2', 'W3', 'b3', 'W4', 'b4', 'W5', 'b5'],
    false,
  ],
}

export async function make({ workload, Real }) {
  return workload.name in whole ? asWritten(workload, Real) : tiled(workload, Real)
}

function asWritten(workload, Real) {
  const [step, names, scalars] = whole[workload.name](workload.batch, Real)
  const parts = shaped(workload)
    .filter((l) => l.weights)
    .flatMap((l) => [
      [l.at, l.weights],
      [l.at + l.weights, l.biases],
    ])
    .filter(([, length]) => length > 0)
  const params = {}
  let data
  const scalar = (v) => (v.length === 1 ? v[0] : v)
  return {
    version: 'unrolled or loops',
    load: (theta) =>
      parts.forEach(([at, length], k) => {
        params[names[k]] = scalars ? theta[at] : Real.from(theta.subarray(at, at + length))
      }),
    save: () =>
      Float64Array.from(names.flatMap((name) => (scalars ? [params[name]] : Array.from(params[name])))),
    feed(x, y) {
      if (workload.name === 'LeNet') {
        const classes = Int32Array.from({ length: workload.batch }, (_, s) => y.indexOf(1, s * 10) - s * 10)
        data = { x, y: classes }
      } else data = { x: scalars ? scalar(x) : x, y: scalar(y), t: scalar(y) }
    },
    step: (rate) => step(params, data, rate),
  }
}

const acts = {
  tanh: ['Math.tanh(z)', '1 - a * a'],
  relu: ['z > 0 ? z : 0', 'a > 0 ? 1 : 0'],
  sigmoid: ['1 / (1 + Math.exp(-z))', 'a * (1 - a)'],
  linear: ['z', '1'],
}
const count = (n) => Array.from({ length: n }, (_, i) => i)

/**
 * A function of Σₖ A[m·am + k·ak]·B[k·bk + n·bn] for all m < M, n < N, in tiles of two by four; what is read of B is copied first. `begin` is what a
 * sum starts from, `end` what becomes of it, as texts of m and n, and of s.
 */
function product(name, { M, N, K, A, am, ak, B, bk, bn, begin = () => '0', end }) {
  const tile = (rows, columns) => `
    ${count(rows)
      .map((r) =>
        count(columns)
          .map((c) => `let s${r}${c} = ${begin(`n + ${c}`)};`)
          .join(' '),
      )
      .join('\n    ')}
    let q = 0, ${count(rows)
      .map((r) => `p${r} = (m + ${r}) * ${am}`)
      .join(', ')};
    for (let k = 0; k < ${K}; k++) {
      const ${count(columns)
        .map((c) => `y${c} = panel[q + ${c}]`)
        .join(', ')};
      ${count(rows)
        .map((r) => `const x${r} = ${A}[p${r}]; p${r} = (p${r} + ${ak}) | 0;`)
        .join(' ')}
      q = (q + ${columns}) | 0;
      ${count(rows)
        .map((r) =>
          count(columns)
            .map((c) => `s${r}${c} += x${r} * y${c};`)
            .join(' '),
        )
        .join('\n      ')}
    }
    ${count(rows)
      .map((r) =>
        count(columns)
          .map((c) => `{ const m_ = m + ${r}, n_ = n + ${c}, s = s${r}${c}; ${end('m_', 'n_')} }`)
          .join('\n    '),
      )
      .join('\n    ')}`
  const columns = (from, to, width) =>
    from >= to
      ? ''
      : `for (let n = ${from}; n < ${to}; n = (n + ${width}) | 0) {
    for (let k = 0, q = 0, s = n * ${bn}; k < ${K}; k++, q = (q + ${width}) | 0, s = (s + ${bk}) | 0) { ${count(
      width,
    )
      .map((c) => `panel[q + ${c}] = ${B}[s + ${c * bn}];`)
      .join(' ')} }
    for (let m = 0; m < ${M - (M % 2)}; m = (m + 2) | 0) {${tile(2, width)}
    }
    ${M % 2 ? `{ const m = ${M - 1};${tile(1, width)} }` : ''}
  }`
  const parts = []
  let from = 0
  for (const width of [4, 2, 1]) {
    const to = N - ((N - from) % width)
    parts.push(columns(from, to, width))
    from = to
  }
  return `function ${name}(rate) {\n  ${parts.join('\n  ')}\n}`
}

/** A layer for one sample: what it gives, and back, where a row of weights is read for the adjoint and changed at once. */
function single(k, l, before) {
  return `function f${k}() {
  for (let o = 0; o < ${l.dense}; o++) {
    let z = ${l.biases ? `b${k}[o]` : '0'};
    for (let i = 0, q = o; i < ${l.inputs}; i++, q = (q + ${l.dense}) | 0) z += a${k}[i] * W${k}[q];
    a${k + 1}[o] = ${acts[l.act ?? 'linear'][0]};
  }
}
function u${k}(rate) {
  for (let i = 0, q = 0; i < ${l.inputs}; i++) {
    const a = a${k}[i], r = rate * a;
    let s = 0, t = 0, o = 0;
    for (; o + 1 < ${l.dense}; o = (o + 2) | 0, q = (q + 2) | 0) {
      const d = d${k + 1}[o], e = d${k + 1}[o + 1], v = W${k}[q], w = W${k}[q + 1];
      ${k > 0 ? 's += d * v; t += e * w;' : ''}
      W${k}[q] = v - r * d;
      W${k}[q + 1] = w - r * e;
    }
    if (o < ${l.dense}) {
      const d = d${k + 1}[o], v = W${k}[q];
      ${k > 0 ? 's += d * v;' : ''}
      W${k}[q] = v - r * d;
      q = (q + 1) | 0;
    }
    ${k > 0 ? `d${k}[i] = (s + t) * (${acts[before ?? 'linear'][1]});` : ''}
  }
  ${l.biases ? `for (let o = 0; o < ${l.dense}; o++) b${k}[o] -= rate * d${k + 1}[o];` : ''}
}`
}

function tiled(workload, Real) {
  const layers = shaped(workload)
  const { batch } = workload
  const arrays = {
    panel: new Float64Array(4 * Math.max(batch, ...layers.map((l) => Math.max(l.inputs, l.outputs)))),
  }
  const [functions, ahead, back] = [[], [], []]
  layers.forEach((l, k) => {
    const [I, O] = [l.inputs, l.dense]
    const before = layers[k - 1]?.act
    arrays[`W${k}`] = new Real(l.weights)
    if (l.biases) arrays[`b${k}`] = new Real(l.biases)
    arrays[`a${k}`] = new Real(batch * I)
    arrays[`a${k + 1}`] = new Real(batch * O)
    arrays[`d${k + 1}`] = new Real(batch * O)
    if (batch === 1) {
      functions.push(single(k, l, before))
      ahead.push(`f${k}();`)
      back.unshift(`u${k}(rate);`)
      return
    }
    functions.push(
      product(`f${k}`, {
        ...{ M: batch, N: O, K: I, A: `a${k}`, am: I, ak: 1, B: `W${k}`, bk: O, bn: 1 },
        begin: (n) => (l.biases ? `b${k}[${n}]` : '0'),
        end: (m, n) => `const z = s; a${k + 1}[${m} * ${O} + ${n}] = ${acts[l.act ?? 'linear'][0]};`,
      }),
      product(`u${k}`, {
        ...{ M: I, N: O, K: batch, A: `a${k}`, am: 1, ak: I, B: `d${k + 1}`, bk: O, bn: 1 },
        end: (m, n) => `W${k}[${m} * ${O} + ${n}] -= rate * s;`,
      }),
      `function v${k}(rate) {
  ${l.biases ? `for (let o = 0; o < ${O}; o++) { let s = 0; for (let i = o; i < ${batch * O}; i += ${O}) s += d${k + 1}[i]; b${k}[o] -= rate * s; }` : ''}
}`,
    )
    ahead.push(`f${k}();`)
    const steps = [`u${k}(rate);`, `v${k}(rate);`]
    if (k > 0) {
      functions.push(
        product(`g${k}`, {
          ...{ M: batch, N: I, K: O, A: `d${k + 1}`, am: O, ak: 1, B: `W${k}`, bk: 1, bn: O },
          end: (m, n) =>
            `const at = ${m} * ${I} + ${n}, a = a${k}[at]; d${k}[at] = s * (${acts[before ?? 'linear'][1]});`,
        }),
      )
      steps.unshift(`g${k}();`)
    }
    back.unshift(...steps)
  })
  const L = layers.length
  const out = layers[L - 1]
  const K = out.dense
  functions.push(
    workload.loss === 'squares'
      ? `function loss(y) {
  let t = 0;
  for (let i = 0; i < ${batch * K}; i++) { const a = a${L}[i], e = a - y[i]; t += e * e; d${L}[i] = e * (${acts[out.act ?? 'linear'][1]}) * ${1 / batch}; }
  return t / ${2 * batch};
}`
      : `function loss(y) {
  let all = 0;
  for (let n = 0; n < ${batch * K}; n += ${K}) {
    let top = a${L}[n], s = 0;
    for (let o = 1; o < ${K}; o++) { const z = a${L}[n + o]; if (z > top) top = z; }
    for (let o = 0; o < ${K}; o++) { const z = a${L}[n + o] - top, e = Math.exp(z); all -= y[n + o] * z; d${L}[n + o] = e; s += e; }
    all += Math.log(s);
    s = 1 / s;
    for (let o = 0; o < ${K}; o++) d${L}[n + o] = (d${L}[n + o] * s - y[n + o]) * ${1 / batch};
  }
  return all / ${batch};
}`,
  )
  const text = `'use strict';
${functions.join('\n')}
return function step(y, rate) {
  ${ahead.join(' ')}
  const value = loss(y);
  ${back.join(' ')}
  return value;
}`
  const step = new Function(...Object.keys(arrays), text)(...Object.values(arrays))
  let target
  return {
    version: 'tiles',
    load(theta) {
      layers.forEach((l, k) => {
        for (let o = 0; o < l.dense; o++)
          for (let i = 0; i < l.inputs; i++) arrays[`W${k}`][i * l.dense + o] = theta[l.at + o * l.inputs + i]
        if (l.biases) arrays[`b${k}`].set(theta.subarray(l.at + l.weights, l.at + l.weights + l.biases))
      })
    },
    save() {
      const theta = new Float64Array(layers.reduce((n, l) => n + l.weights + l.biases, 0))
      layers.forEach((l, k) => {
        for (let o = 0; o < l.dense; o++)
          for (let i = 0; i < l.inputs; i++) theta[l.at + o * l.inputs + i] = arrays[`W${k}`][i * l.dense + o]
        if (l.biases) theta.set(arrays[`b${k}`], l.at + l.weights)
      })
      return theta
    },
    feed(x, y) {
      arrays.a0.set(x)
      target = y
    },
    step: (rate) => step(target, rate),
  }
}
