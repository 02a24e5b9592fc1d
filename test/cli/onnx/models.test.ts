/** Models that PyTorch has written: the program that each becomes computes what PyTorch does. `make.py` makes them. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chainrule, folder } from '../support.ts'
import { type Tensors, expected, forward, near } from './imported.ts'

const MODELS = join(import.meta.dirname, 'models')
const names = readdirSync(MODELS)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.replace(/\.onnx$/, ''))
export const model = (name: string): Buffer => readFileSync(join(MODELS, `${name}.onnx`))

/** The axis of samples in inputs and in outputs: the first one, but of the series that PyTorch has by default. */
const AXES: Readonly<Record<string, readonly [number, number]>> = {
  'lstm-fixed': [1, 1],
  'time-first': [1, 0],
}

test.each(names)('%s', async (name) => {
  const { inputs, outputs } = JSON.parse(readFileSync(join(MODELS, `${name}.json`), 'utf8')) as {
    inputs: Tensors
    outputs: Tensors
  }
  const dir = folder({ [`${name}.onnx`]: model(name) })
  // Without a loss nothing is differentiated, which takes most of the time.
  expect(await chainrule(dir, ['from-onnx', `${name}.onnx`, '--loss', 'none'])).toMatchObject({
    status: 0,
    out: `wrote ${name}.net\nwrote ${name}.safetensors\n`,
  })
  const [from, to] = AXES[name] ?? [0, 0]
  near(await forward(dir, name, inputs, from), expected(outputs, to), 2e-6)
})

test('a perceptron becomes a program as one would write it', async () => {
  const dir = folder({ 'mlp.onnx': model('mlp') })
  await chainrule(dir, ['from-onnx', 'mlp.onnx'])
  expect(readFileSync(join(dir, 'mlp.net'), 'utf8')).toMatchInlineSnapshot(`
    "// Written by chainrule from-onnx from mlp.onnx; its parameters stand beside it.
    network Mlp

    batch B
    input x[4]
    target y : index(3)

    param layer_0_weight[5, 4], layer_0_bias[5] = zeros
    param layer_2_weight[3, 5], layer_2_bias[3] = zeros

    z1 = layer_0_weight @ x + layer_0_bias
    a1 = relu(z1)
    z2 = layer_2_weight @ a1 + layer_2_bias
    out = softmax(z2)

    output out
    loss J = crossentropy(out, y)
    "
  `)
})

test('a recurrent network becomes a recurrence of any length', async () => {
  const dir = folder({ 'tokens.onnx': model('tokens') })
  await chainrule(dir, ['from-onnx', 'tokens.onnx'])
  expect(readFileSync(join(dir, 'tokens.net'), 'utf8')).toMatchInlineSnapshot(`
    "// Written by chainrule from-onnx from tokens.onnx; its parameters stand beside it.
    network Tokens

    dim time
    batch B
    input x[t] : index(7) for t in 1..time
    target y : index(7)

    param e_weight[7, 3], W_z[4, 3], U_z[4, 4], b_z[4] = zeros
    param W_r[4, 3], U_r[4, 4], b_r[4] = zeros
    param W_h[4, 3], U_h[4, 4], b_h[4] = zeros
    param c_h[4] = zeros
    param o_weight[7, 4], o_bias[7] = zeros

    e1[i] = e_weight[x[i]] for i in 1..time
    h1[0] = zeros(4)
    for t in 1..time {
      z1[t] = sigmoid(W_z @ e1[t] + b_z + U_z @ h1[t-1])
      r1[t] = sigmoid(W_r @ e1[t] + b_r + U_r @ h1[t-1])
      n1[t] = tanh(W_h @ e1[t] + b_h + r1[t] * (U_h @ h1[t-1] + c_h))
      h1[t] = (1 - z1[t]) * n1[t] + z1[t] * h1[t-1]
    }
    z2 = o_weight @ h1[time] + o_bias
    out = softmax(z2)

    output out
    loss J = crossentropy(out, y)
    "
  `)
})

test('trained weights predict a table', async () => {
  const dir = folder({ 'mlp.onnx': model('mlp'), 'new.csv': 'x1,x2,x3,x4\n0.1,-0.2,0.3,0.4\n1,2,-3,0\n' })
  await chainrule(dir, ['from-onnx', 'mlp.onnx'])
  const { out, status } = await chainrule(dir, [
    'predict',
    'mlp.net',
    '--params',
    'mlp.safetensors',
    '--data',
    'new.csv',
  ])
  expect(status).toBe(0)
  const rows = out
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  expect(rows[0]).toEqual(['out[1]', 'out[2]', 'out[3]'])
  const { out: values } = await forward(
    dir,
    'mlp',
    { x: { shape: [2, 4], values: [0.1, -0.2, 0.3, 0.4, 1, 2, -3, 0] } },
    0,
  )
  rows
    .slice(1)
    .flat()
    .forEach((cell, i) => expect(Number(cell)).toBeCloseTo(values![i]!, 6))
})

test('what stands in the way is left alone', async () => {
  const dir = folder({ 'mlp.onnx': model('mlp') })
  await chainrule(dir, ['from-onnx', 'mlp.onnx'])
  // The same again is no harm.
  expect((await chainrule(dir, ['from-onnx', 'mlp.onnx'])).status).toBe(0)
  writeFileSync(join(dir, 'mlp.net'), '// mine\n')
  const { status, err } = await chainrule(dir, ['from-onnx', 'mlp.onnx'])
  expect(status).toBe(1)
  expect(err).toBe(
    'error: `mlp.net` exists and is something else, so it is left alone.\n  hint: move it, or choose another file with --out\n',
  )
  expect(readFileSync(join(dir, 'mlp.net'), 'utf8')).toBe('// mine\n')
})

test('the loss is what the output asks for, or the option', async () => {
  const lossOf = async (name: string, ...more: string[]): Promise<string> => {
    const dir = folder({ 'm.onnx': model(name) })
    const { status } = await chainrule(dir, ['from-onnx', 'm.onnx', ...more])
    expect(status).toBe(0)
    return readFileSync(join(dir, 'm.net'), 'utf8')
      .split('\n')
      .filter((l) => /^(?:target|loss) /.test(l))
      .join('; ')
  }
  expect(await lossOf('mlp')).toBe('target y : index(3); loss J = crossentropy(out, y)')
  expect(await lossOf('activations')).toBe('target y : index(3); loss J = crossentropy(exp(out), y)')
  expect(await lossOf('rnn')).toBe('target y[2]; loss J = squarederror(out, y)')
  expect(await lossOf('fixed')).toBe('target y : binary; loss J = binarycrossentropy(out, y)')
  expect(await lossOf('rnn', '--loss', 'crossentropy')).toBe(
    'target y : index(2); loss J = crossentropy(softmax(out), y)',
  )
  expect(await lossOf('mlp', '--loss', 'none')).toBe('')
})
