/** `chainrule from-onnx`: a trained network in a model of ONNX, as a program and its parameters. */
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { printable } from '../base/frame.ts'
import { Source } from '../base/span.ts'
import { print, say } from './console.ts'
import { fileOf, readParameters } from './learn/parameters.ts'
import { prepareSource } from './learn/prepared.ts'
import { Unread } from './onnx/at.ts'
import type { LossKind } from './onnx/losses.ts'
import { type Model, readModel } from './onnx/model.ts'
import { type Translated, translate } from './onnx/translate.ts'
import { Malformed } from './onnx/wire.ts'
import { DONE, FAILED, Problem, codeOf, problems } from './problem.ts'
import { type Output, replace } from './write.ts'

export interface FromOnnxOptions {
  readonly out?: string
  readonly loss: LossKind
  readonly batchAxis?: number | 'none'
  readonly params?: string
  readonly json?: boolean
}

export function fromOnnx(path: string, options: FromOnnxOptions): number {
  const { json = false } = options
  const out = options.out ?? `${path.replace(/\.onnx$/i, '')}.net`
  if (!out.endsWith('.net')) throw problems.notNet(out)
  const model = modelIn(path, options.params)
  const { text, params, precision } = translatedFrom(path, model, basename(out, '.net'), options)
  const prepared = prepareSource(new Source(out, text), new Map(), json)
  if (!prepared) throw problems.badImport(path)
  const { network, hash } = prepared
  const Real = precision === 'f64' ? Float64Array : Float32Array
  const tensors = params.map(({ name, shape, values }) => ({ name, shape, values: Real.from(values) }))
  const beside = out.replace(/\.net$/, '.safetensors')
  const outputs: Output[] = [
    { path: out, text },
    {
      path: beside,
      text: fileOf(beside, tensors, {
        network: { name: network.name, hash },
        precision,
        dims: {},
        map: {},
        classes: {},
        scaling: {},
      }),
    },
  ]
  for (const output of outputs) keepOthers(output)
  replace(outputs, () => true)
  const numbers = params.reduce((sum, { values }) => sum + values.length, 0)
  say(
    `${model.nodes.length} nodes of ${printable(path)}: ${params.length} parameters, ${numbers.toLocaleString('en')} numbers`,
  )
  for (const output of outputs) print(`wrote ${output.path}`)
  return DONE
}

/** What stands there and is something else may have been edited: it is left alone. */
function keepOthers({ path, text }: Output): void {
  if (existsSync(path) && !readFileSync(path).equals(Buffer.from(text as string)))
    throw problems.inTheWay(path)
}

function modelIn(path: string, params: string | undefined): Model {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw problems.noSuchFile(path, undefined)
    throw codeOf(error) === '' ? error : problems.unreadable(path, error)
  }
  let model: Model
  try {
    model = readModel(bytes)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    throw problems.noModel(path, error.message)
  }
  if (params === undefined) return model
  const tensors = new Map(model.tensors)
  for (const { name, shape, values } of readParameters(params).tensors)
    tensors.set(name, {
      name,
      shape,
      whole: false,
      precision: values instanceof Float64Array ? 'f64' : 'f32',
      values: Float64Array.from(values),
    })
  return { ...model, tensors }
}

function translatedFrom(
  path: string,
  model: Model,
  name: string,
  { loss, batchAxis }: FromOnnxOptions,
): Translated {
  try {
    return translate(model, {
      loss,
      batchAxis,
      name,
      from: `Written by chainrule from-onnx from ${printable(basename(path))}; its parameters stand beside it.`,
    })
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    throw new Problem(printable(error.message), { status: FAILED, hint: error.hint })
  }
}
