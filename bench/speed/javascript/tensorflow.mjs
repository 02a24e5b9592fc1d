/** TensorFlow.js, eagerly: `tensorflow cpu` or `tensorflow wasm` (its SIMD binary, one thread). Pictures are [sample, row, column, map] there. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { shaped } from '../workloads.mjs'

export async function make({ workload, peer }) {
  const backend = peer.split(' ')[1]
  const require = createRequire(import.meta.url)
  const name = '@tensorflow/tfjs-backend-wasm'
  // The whole package, as Node requires it, has the gradients registered.
  const tf = require('@tensorflow/tfjs')
  if (backend === 'wasm') require(name).setWasmPaths(`${dirname(require.resolve(name))}/`)
  return tensorflow(tf, backend, workload)
}

async function tensorflow(tf, backend, workload) {
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`)
  const layers = shaped(workload)
  const picture = workload.input.length === 3
  const B = workload.batch
  const acts = { tanh: tf.tanh, relu: tf.relu, sigmoid: tf.sigmoid }
  let variables = []
  /** Weights of a layer as its operation has them: [in, out], [row, column, map in, map out]. */
  const order = (l) =>
    l.conv
      ? { shape: [l.conv, l.from[0], l.size, l.size], to: [2, 3, 1, 0], back: [3, 2, 0, 1] }
      : l.from.length === 3
        ? { shape: [l.dense, ...l.from], to: [2, 3, 1, 0], back: [3, 2, 0, 1] }
        : { shape: [l.dense, l.inputs], to: [1, 0], back: [1, 0] }
  let [x, y] = []
  const forward = () => {
    let a = x
    let v = 0
    for (const l of layers) {
      if (l.pool) a = tf.maxPool(a, l.pool, l.pool, 'valid')
      else {
        const w = variables[v++]
        if (l.conv) a = tf.conv2d(a, w, 1, 'valid')
        else a = tf.matMul(tf.reshape(a, [B, l.inputs]), tf.reshape(w, [l.inputs, l.dense]))
        if (l.biases) a = tf.add(a, variables[v++])
        if (l.act) a = acts[l.act](a)
      }
    }
    return workload.loss === 'squares'
      ? tf.mul(tf.sum(tf.square(tf.sub(a, y))), 1 / (2 * B))
      : tf.losses.softmaxCrossEntropy(y, a)
  }
  return {
    version: tf.version.tfjs,
    load(theta) {
      variables.forEach((v) => v.dispose())
      variables = layers.flatMap((l) => {
        if (l.pool) return []
        const { shape, to } = order(l)
        const from = Float32Array.from(theta.subarray(l.at, l.at + l.weights))
        const w = tf.variable(tf.transpose(tf.tensor(from, shape), to))
        const b = Float32Array.from(theta.subarray(l.at + l.weights, l.at + l.weights + l.biases))
        return l.biases ? [w, tf.variable(tf.tensor1d(b))] : [w]
      })
    },
    save() {
      let v = 0
      return Float64Array.from(
        layers.flatMap((l) => {
          if (l.pool) return []
          const w = tf.transpose(variables[v++], order(l).back).dataSync()
          return [...w, ...(l.biases ? variables[v++].dataSync() : [])]
        }),
      )
    },
    feed(inputs, targets) {
      x?.dispose()
      y?.dispose()
      const shape = picture ? [B, ...workload.input] : [B, workload.input[0]]
      x = tf.tidy(() => {
        const t = tf.tensor(Float32Array.from(inputs), shape)
        return picture ? tf.transpose(t, [0, 2, 3, 1]) : t
      })
      y = tf.tensor(Float32Array.from(targets), [B, layers.at(-1).outputs])
    },
    step(rate) {
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(forward, variables)
        for (const v of variables) v.assign(tf.sub(v, tf.mul(grads[v.name], rate)))
        value.dataSync()
      })
    },
  }
}
