/** Models that are cut off, spoilt, or made to harm: each is refused with a sentence, or read as what it is. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Initializer,
  type Operation,
  type TensorInfo,
  encodeModel,
} from '../../../src/emit/onnx/proto.ts'
import { readModel } from '../../../src/cli/onnx/model.ts'
import { translate } from '../../../src/cli/onnx/translate.ts'
import { Unread } from '../../../src/cli/onnx/at.ts'
import { Malformed } from '../../../src/cli/onnx/wire.ts'
import { compile } from '../../../src/compile.ts'
import { seeds } from '../../support/campaign.ts'
import { random } from '../../../src/base/random.ts'
import { chainrule, folder } from '../support.ts'

const MODELS = join(import.meta.dirname, 'models')
const model = (name: string): Buffer => readFileSync(join(MODELS, `${name}.onnx`))

/** Reads it; what is wrong with it, or the program. */
function reading(bytes: Buffer): string {
  try {
    return translate(readModel(bytes), { loss: 'auto', from: 'a test', name: 'm' }).text
  } catch (error) {
    if (error instanceof Malformed || error instanceof Unread) return error.message
    throw error
  }
}

interface Given {
  readonly operations: readonly Operation[]
  readonly initializers?: readonly Initializer[]
  readonly inputs?: readonly TensorInfo[]
  readonly outputs?: readonly string[]
}

const made = ({ operations, initializers = [], inputs, outputs }: Given): Buffer =>
  Buffer.from(
    encodeModel({
      name: 'm',
      doc: '',
      producer: 'test',
      version: '1',
      operations,
      initializers,
      inputs: inputs ?? [{ name: 'x', type: 'f32', shape: ['B', 4] }],
      outputs: (outputs ?? [operations.at(-1)!.output]).map((name) => ({
        name,
        type: 'f32',
        shape: ['B', 4],
      })),
    }),
  )

test('a file that is cut off anywhere is refused, or says what is missing', () => {
  const whole = model('lenet')
  for (let length = 0; length < whole.length; length += 97) {
    const said = reading(whole.subarray(0, length))
    expect(said, `${length} bytes`).not.toMatch(/^\/\//)
  }
})

test('changed bytes never do more than spoil the program', () => {
  for (const seed of seeds(60)) {
    const next = random(`spoilt ${seed}`)
    const bytes = Buffer.from(model(next.pick(['mlp', 'arithmetic', 'gru'])))
    for (let k = 0; k < 3; k++) bytes[next.integer(0, bytes.length - 1)] = next.integer(0, 255)
    const said = reading(bytes)
    if (!said.startsWith('//')) continue
    const { diagnostics } = compile(said, { filename: 'm.net', formulas: false, functions: ['forward'] })
    expect(
      diagnostics.filter((d) => d.severity === 'error').map((d) => d.message),
      `seed ${seed}`,
    ).toEqual([])
  }
})

test('names of a model cannot become anything but names', () => {
  const evil = 'a] = 1\nloss X = 1 // */ ${process.exit()} \u202e'
  const text = reading(
    made({
      inputs: [{ name: evil, type: 'f32', shape: ['B\nloss Z = 2', 'exp', 3] }],
      initializers: [{ name: `${evil} W`, type: 'f32', shape: [3, 2], values: [1, 2, 3, 4, 5, 6] }],
      operations: [
        { op: 'MatMul', inputs: [evil, `${evil} W`], output: 'sum' },
        { op: 'Relu', inputs: ['sum'], output: '__proto__' },
      ],
    }),
  )
  expect(text).toMatchInlineSnapshot(`
    "// a test
    network M

    dim exp_2
    batch B
    input a_1_loss_X_1_process_exit[t][3] for t in 1..exp_2
    target y[t][2] for t in 1..exp_2

    param a_1_loss_X_1_process_exit_W[3, 2]

    z1 = a_1_loss_X_1_process_exit @ a_1_loss_X_1_process_exit_W
    proto = relu(z1)

    output proto
    loss J = squarederror(proto, y)
    "
  `)
  expect(compile(text, { filename: 'm.net' }).diagnostics).toEqual([])
})

describe('what is not read is named, with what to do', () => {
  const said = async (bytes: Buffer, ...options: string[]): Promise<string> => {
    const dir = folder({ 'm.onnx': bytes })
    const { status, err, out } = await chainrule(dir, ['from-onnx', 'm.onnx', ...options])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(existsSync(join(dir, 'm.net'))).toBe(false)
    return err
  }
  const one = (op: string, attributes: Operation['attributes'] = {}, inputs = ['x']): Buffer =>
    made({ operations: [{ op, inputs, output: 'y', attributes }] })

  test('an operator', async () => {
    expect(await said(one('NonZero'))).toBe(
      'error: The node y (NonZero) is of an operator that is not read.\n  hint: cut the model before it, or write this part of the program by hand; docs/onnx.md lists what is read\n',
    )
  })
  test('an attribute', async () => {
    expect(await said(one('LSTM', { clip: 3 }, ['x', 'x', 'x']))).toBe(
      'error: The node y (LSTM) has the attribute clip, which is not read.\n  hint: export the model without it, or write this part of the program by hand\n',
    )
  })
  test('a tensor that no node makes, and so circles', async () => {
    const circle = made({
      operations: [
        { op: 'Add', inputs: ['x', 'b'], output: 'a' },
        { op: 'Relu', inputs: ['a'], output: 'b' },
      ],
    })
    expect(await said(circle)).toBe(
      'error: The node a (Add) uses b, which nothing before it makes.\n  hint: the file may have been cut off, or its nodes be out of order\n',
    )
  })
  test('samples that meet', async () => {
    expect(await said(one('Softmax', { axis: 0 }), '--batch-axis', '0')).toBe(
      'error: The node y (Softmax) works along the axis of samples.\n',
    )
  })
  test('another kind of file', async () => {
    expect(await said(Buffer.from('{"weights": [1, 2]}'))).toMatch(
      /^error: `m.onnx` cannot be read as a model of ONNX: .*\n {2}hint: it may have been cut off, or be another kind of file\n$/,
    )
  })
  test('tensors of more numbers than there are', async () => {
    const bytes = made({
      initializers: [{ name: 'W', type: 'f32', shape: [2 ** 40, 2 ** 40], values: [1] }],
      operations: [{ op: 'MatMul', inputs: ['x', 'W'], output: 'y' }],
    })
    expect(await said(bytes)).toMatch(
      /the tensor W has 1 numbers, and its shape 1099511627776 × 1099511627776 asks for /,
    )
  })
  test('constants of a size that has no room', async () => {
    const bytes = made({
      initializers: [{ name: 's', type: 'i64', shape: [2], values: [2 ** 20, 2 ** 20] }],
      operations: [
        { op: 'ConstantOfShape', inputs: ['s'], output: 'c' },
        { op: 'MatMul', inputs: ['x', 'c'], output: 'y' },
      ],
    })
    expect(await said(bytes)).toMatch(/^error: The node y \(MatMul\) /)
  })
})

test('axes of samples: where they stand can be said', async () => {
  const bytes = made({
    inputs: [{ name: 'x', type: 'f32', shape: [5, 3] }],
    initializers: [{ name: 'W', type: 'f32', shape: [2, 5], values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }],
    operations: [{ op: 'MatMul', inputs: ['W', 'x'], output: 'y' }],
  })
  const dir = folder({ 'm.onnx': bytes })
  expect((await chainrule(dir, ['from-onnx', 'm.onnx', '--batch-axis', '1'])).status).toBe(0)
  expect(readFileSync(join(dir, 'm.net'), 'utf8')).toContain('y = W @ x\n')
  const { status, err } = await chainrule(dir, ['from-onnx', 'm.onnx', '--batch-axis', 'first'])
  expect({ status, err: err.split('\n')[0] }).toEqual({
    status: 2,
    err: "error: option '--batch-axis <axis>' argument 'first' is invalid. Write a whole number from 0 to 9, or none.",
  })
})
