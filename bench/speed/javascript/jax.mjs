/** jax-js on WebAssembly, the whole step under `jit`. Arrays are counted: an argument that is used again is passed as `ref`. */
import { readFileSync } from 'node:fs'
import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import { shaped } from '../workloads.mjs'

const acts = { tanh: np.tanh, relu: nn.relu, sigmoid: nn.sigmoid }

export async function make({ workload }) {
  await init('wasm')
  defaultDevice('wasm')
  const layers = shaped(workload)
  const B = workload.batch
  const { version } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.resolve('@jax-js/jax')), 'utf8'),
  )
  let [params, x, y] = [[]]
  /** Parameters as [W0, b0, W1, …], W as [in, out]. */
  const loss = (params, x, y) => {
    let [a, v] = [x, 0]
    for (const l of layers) {
      a = np.matmul(a, params[v++])
      if (l.biases) a = a.add(params[v++])
      if (l.act) a = acts[l.act](a)
    }
    return workload.loss === 'squares'
      ? np
          .square(a.sub(y))
          .sum()
          .mul(1 / (2 * B))
      : nn
          .logSoftmax(a)
          .mul(y)
          .sum()
          .mul(-1 / B)
  }
  const update = jit((params, x, y, rate) => {
    const [value, grads] = valueAndGrad(loss)(
      params.map((p) => p.ref),
      x,
      y,
    )
    const next = params.map((p, i) => p.sub(grads[i].mul(rate.ref)))
    rate.dispose()
    return [value, next]
  })
  return {
    version,
    load(theta) {
      params.forEach((p) => p.dispose())
      params = layers.flatMap((l) => {
        const w = np.array(Float32Array.from(theta.subarray(l.at, l.at + l.weights)))
        const b = Float32Array.from(theta.subarray(l.at + l.weights, l.at + l.weights + l.biases))
        const turned = np.transpose(w.reshape([l.dense, l.inputs]))
        return l.biases ? [turned, np.array(b)] : [turned]
      })
    },
    save() {
      let v = 0
      return Float64Array.from(
        layers.flatMap((l) => {
          const w = np.transpose(params[v++].ref).reshape([-1]).dataSync()
          return [...w, ...(l.biases ? params[v++].ref.dataSync() : [])]
        }),
      )
    },
    feed(inputs, targets) {
      x?.dispose()
      y?.dispose()
      x = np.array(Float32Array.from(inputs)).reshape([B, workload.input[0]])
      y = np.array(Float32Array.from(targets)).reshape([B, layers.at(-1).outputs])
    },
    step(rate) {
      const [value, next] = update(params, x.ref, y.ref, np.array(rate))
      params = next
      value.dataSync()
    },
  }
}
