/**
 * Synaptic: a graph of neurons, one sample after the other, doubles. What its output neurons send back is target − activation, so that
 * another loss is had by giving the activation minus the derivative of the loss by what goes into the neuron.
 */
import { createRequire } from 'node:module'
import synaptic from 'synaptic'
import { shaped } from '../workloads.mjs'

const { Layer, Network, Neuron } = synaptic
const squash = { tanh: Neuron.squash.TANH, sigmoid: Neuron.squash.LOGISTIC, relu: Neuron.squash.RELU }

export async function make({ workload }) {
  const shapes = shaped(workload)
  const layers = [workload.input[0], ...shapes.map((l) => l.dense)].map((n) => new Layer(n))
  layers.slice(1).forEach((layer, k) => {
    layers[k].project(layer)
    layer.set({ squash: squash[shapes[k].act] ?? Neuron.squash.IDENTITY })
  })
  const network = new Network({ input: layers[0], hidden: layers.slice(1, -1), output: layers.at(-1) })
  /** The connections of a layer, [from][to], and its neurons. */
  const neurons = layers.map((l) => l.list)
  const connections = shapes.map((l, k) =>
    Array.from({ length: l.dense }, (_, o) => {
      const into = Object.values(neurons[k + 1][o].connections.inputs)
      return neurons[k].map((from) => into.find((c) => c.from === from))
    }),
  )
  const byHand = {
    squares: (out, y) => out.map((a, k) => a - (a - y[k]) * a * (1 - a)),
    crossentropy(out, y) {
      const top = Math.max(...out)
      const e = out.map((z) => Math.exp(z - top))
      const sum = e.reduce((a, b) => a + b, 0)
      return out.map((z, k) => z - (e[k] / sum - y[k]))
    },
  }[workload.loss]
  let [input, target] = []
  return {
    version: createRequire(import.meta.url)('synaptic/package.json').version,
    load(theta) {
      // The network is made one function when it is first used, which has the weights from then on.
      if (network.optimized) network.optimized.reset()
      shapes.forEach((l, k) =>
        connections[k].forEach((row, o) => {
          row.forEach((c, i) => (c.weight = theta[l.at + o * l.inputs + i]))
          neurons[k + 1][o].bias = l.biases ? theta[l.at + l.weights + o] : 0
        }),
      )
    },
    save() {
      network.restore()
      return Float64Array.from(
        shapes.flatMap((l, k) => [
          ...connections[k].flatMap((row) => row.map((c) => c.weight)),
          ...(l.biases ? neurons[k + 1].map((n) => n.bias) : []),
        ]),
      )
    },
    feed: (x, y) => ([input, target] = [Array.from(x), Array.from(y)]),
    step(rate) {
      const out = network.activate(input)
      network.propagate(rate, byHand(out, target))
    },
  }
}
