/** Programs, written as models by `build --target onnx`, and read again: the outputs are the same. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileOf } from '../../../src/cli/learn/parameters.ts'
import { compile } from '../../../src/compile.ts'
import { batchExtent, fieldsOf, leaves, tensors } from '../../../src/emit/fields.ts'
import { type Fieldful, imported } from '../../../src/modules.ts'
import type { Loose } from '../../schedule/built.ts'
import { flat } from '../../schedule/written-out.ts'
import { read } from '../../support/examples.ts'
import { given } from '../../emit/c/given.ts'
import { chainrule, folder } from '../support.ts'
import { forward, near } from './imported.ts'

const PROGRAMS: Readonly<Record<string, string>> = {
  iris: read('iris.net'),
  'two-layer': read('two-layer.net'),
  lstm: read('lstm.net').replace('dim T = 7', 'dim T = 2'),
  'functions and tensors':
    'batch B\ninput x[2, 3]\ntarget y[2, 4]\nparam A[4, 3], v[2], s\nz = softmax(x @ A.T) * s + outer(v, max(A, axis=2))\np = tanh(z) / (1 + norm(v))\noutput p\nloss L = mse(p, y)\n',
  'samples by themselves':
    'input x[3]\ntarget y\nparam w[3], b\np = sigmoid(dot(w, x) + b)\noutput p\nloss L = (p − y)²\n',
}

test.each(Object.entries(PROGRAMS))('%s', async (name, source) => {
  const js = compile(source, { filename: 'm.net', target: 'js', formulas: false })
  const { params, data, lengths } = given(js.network!, 'f64')
  const outputs = (await imported(js.code!)).forward(params as Fieldful, data as Fieldful) as Record<
    string,
    Loose
  >
  const fields = fieldsOf(js.network!, batchExtent(js.network!.batch))
  const parameters = fields.params.map(({ name: param, item }) => ({
    name: param,
    shape: [...leaves(item)][0]!.leaf.shape as number[],
    values: Float64Array.from(flat(params[param]!)),
  }))
  const dir = folder({ 'm.net': source })
  expect((await chainrule(dir, ['build', 'm.net', '--target', 'onnx'])).status).toBe(0)
  const none = {
    network: { name: 'm', hash: '' },
    precision: 'f64' as const,
    dims: {},
    map: {},
    classes: {},
    scaling: {},
  }
  writeFileSync(join(dir, 'm.safetensors'), fileOf('m.safetensors', parameters, none))
  const read = [
    'from-onnx',
    'm.net.onnx',
    '--params',
    'm.safetensors',
    '--out',
    'again.net',
    '--loss',
    'none',
  ]
  expect(await chainrule(dir, read)).toMatchObject({ status: 0 })
  const batched = js.network!.batch !== undefined
  const inputs = Object.fromEntries(
    fields.inputs.flatMap(({ item }) =>
      [...tensors(item)].map(({ leaf, path }) => {
        const field = leaf.name.replace(/\[.*/, '')
        const value = path.reduce<Loose>((v, i) => (v as Loose[])[i]!, data[field]!)
        const shape = leaf.shape.map((e) => (typeof e === 'number' ? e : lengths[e.text]!))
        // Members of families have names without brackets.
        return [leaf.name.replace(/\W+/g, '_').replace(/_$/, ''), { shape, values: flat(value) }]
      }),
    ),
  )
  const found = await forward(dir, 'again', inputs, batched ? 0 : undefined)
  const wanted = Object.entries(outputs).map(([output, values]) => [output.replace('ŷ', 'out'), flat(values)])
  near(found, Object.fromEntries(wanted), 1e-12)
  expect(readFileSync(join(dir, 'again.net'), 'utf8')).toContain(batched ? 'batch B\n' : 'input x')
})
