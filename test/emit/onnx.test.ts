/**
 * Models of ONNX against modules of JavaScript, run by ONNX Runtime: outputs, losses, gradients. The runtime is large (290 MB) and its installation
 * asks other hosts than the registry: these tests run where it is, after `npm install --no-save --ignore-scripts onnxruntime-node`, as `npm run test:long` does.
 */
import { expect, test } from 'vitest'
import { compile, compileAnalysed } from '../../src/compile.ts'
import { fieldAt } from '../../src/modules.ts'
import { batchExtent, fieldsOf, leaves } from '../../src/emit/fields.ts'
import { type Loose, load, lossesOf } from '../schedule/built.ts'
import { flat } from '../schedule/written-out.ts'
import { analysedOnce } from '../support/analysed.ts'
import { FRAMEWORK_PROGRAMS } from '../support/framework-programs.ts'
import { given } from './c/given.ts'

/** What is used of ONNX Runtime. */
interface Tensor {
  readonly data: ArrayLike<number>
}
interface Session {
  readonly outputNames: readonly string[]
  run(given: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
}
interface Runtime {
  readonly Tensor: new (
    type: string,
    values: ArrayLike<number> | BigInt64Array,
    shape: readonly number[],
  ) => Tensor
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> }
}
const name = 'onnxruntime-node'
const runtime = (await import(name).catch(() => undefined)) as Runtime | undefined

const NETWORKS: Readonly<Record<string, string>> = {
  ...FRAMEWORK_PROGRAMS,
  'functions of many kinds':
    'input x[4]\ntarget y\nparam w[4], v\np = sum(erf(w * x) + lgamma(2 + w²) + gelu(x * w) + elu(w) + asinh(w) * max(w, v)) + softplus(v) + logsumexp(w) + std(w)\noutput p\nloss L = abs(p − y) + sigmoid(v)^3\n',
}

/** Some operators ONNX Runtime has for single precision only. */
const SINGLE = new Set(['functions of many kinds', 'ordered classes', 'several losses'])
const TOLERANCE = { f64: 1e-10, f32: 1e-5 }

async function compare(
  { InferenceSession, Tensor }: Runtime,
  name: string,
  source: string,
  precision: 'f32' | 'f64',
): Promise<void> {
  const analysed = analysedOnce(source, name)
  const onnx = compileAnalysed(analysed, { target: 'onnx', precision })
  expect(onnx.diagnostics.map((d) => d.message)).toEqual([])
  const models = JSON.parse(onnx.code!) as { forward: string } & Record<string, string>
  const js = compileAnalysed(analysed, { target: 'js', formulas: false })
  const m = load(js.code!)
  const network = js.network!
  const { params, data, lengths } = given(network, 'f64')
  const fields = fieldsOf(network, batchExtent(network.batch))
  const tensors = (which: typeof fields.inputs, from: Record<string, Loose>) =>
    which.flatMap(({ name: field, item }) =>
      [...leaves(item)].map(({ leaf, path }): [string, Tensor] => {
        const values = flat(
          path.reduce<Loose>((v, i) => (v as Loose[])[i]!, fieldAt(from as never, field) as Loose),
        )
        const shape = leaf.shape.map((e) => (typeof e === 'number' ? e : lengths[e.text]!))
        if (leaf.end !== undefined)
          return [leaf.name, new Tensor('int64', BigInt64Array.from(values.map(BigInt)), shape)]
        return [
          leaf.name,
          precision === 'f64'
            ? new Tensor('float64', Float64Array.from(values), shape)
            : new Tensor('float32', Float32Array.from(values), shape),
        ]
      }),
    )
  const inputs = Object.fromEntries([...tensors(fields.params, params), ...tensors(fields.inputs, data)])
  const targets = Object.fromEntries(tensors(fields.targets, data))
  const run = async (model: string, given: Record<string, Tensor>): Promise<number[][]> => {
    const session = await InferenceSession.create(Buffer.from(model, 'base64'), { logSeverityLevel: 3 })
    const found = await session.run(given)
    return session.outputNames.map((output) => [...(found[output]!.data as Float64Array)])
  }
  const outputs = await run(models.forward, inputs)
  const near = (what: string, got: readonly number[], want: readonly number[]): void => {
    expect(got.length, `${name}: ${what}`).toBe(want.length)
    const scale = Math.max(0.1, ...want.map(Math.abs))
    const off = Math.max(0, ...got.map((x, k) => Math.abs(x - want[k]!)))
    expect(off, `${name}: ${what}`).toBeLessThanOrEqual(TOLERANCE[precision] * scale)
  }
  near('outputs', outputs.flat(), Object.values(m.forward(params, data)).flatMap(flat))
  for (const { suffix, backward } of lossesOf(m)) {
    const [loss, ...gradients] = await run(models[`gradients${suffix}`]!, { ...inputs, ...targets })
    const grads = m.zeros()
    near('loss', loss!, [backward(params, data, grads)])
    const own = network.losses?.find((l) => l.suffix === suffix)?.params ?? network.wrt
    const trained = own.flatMap(({ name }) => flat(grads[name]!))
    near('gradients', gradients.flat(), trained)
  }
}

test.skipIf(!runtime).each(Object.entries(NETWORKS))('%s', async (name, source) => {
  for (const precision of ['f64', 'f32'] as const)
    if (precision === 'f32' || !SINGLE.has(name)) await compare(runtime!, name, source, precision)
})

test('what has no equal is told', () => {
  const { code, diagnostics } = compile(
    'input A[2, 2]\ntarget y\nparam b[2]\nloss L = (dot(b, inv(A) @ b) − y)²\n',
    {
      target: 'onnx',
    },
  )
  expect(code).toBeUndefined()
  expect(diagnostics.map((d) => d.message)).toEqual(['The target onnx has no equal of the operator inv.'])
})
