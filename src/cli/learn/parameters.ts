/** Files of parameters, with all that is needed to use them: what the columns are called, scaling, classes, and which network it is. */
import { readFileSync } from 'node:fs'
import { type Field, tensors as membersIn } from '../../emit/fields.ts'
import { sizeExtent } from '../../schedule/workspace.ts'
import { PROJECT, VERSION } from '../../base/version.ts'
import { type Fieldful, type Numbers, type Precision, fieldAt, setField } from '../../modules.ts'
import { codeOf, problems } from '../problem.ts'
import { wrong } from './problems.ts'
import { type Tensor, type TensorFile, decode, encode } from './safetensors.ts'
import { type Meta, metaOf } from './meta.ts'

const KEY = PROJECT

/** The tensors of an object of parameters, each a copy. */
export function tensorsOf(
  fields: readonly Field[],
  object: Fieldful,
  precision: Precision,
  prefix = '',
): Tensor[] {
  const Real = precision === 'f64' ? Float64Array : Float32Array
  return fields.flatMap(({ name, item }) =>
    [...membersIn(item)].map(({ leaf, path }): Tensor => {
      const value = path.reduce<Numbers>((at, i) => (at as readonly Numbers[])[i]!, fieldAt(object, name))
      return {
        name: prefix + leaf.name,
        shape: leaf.shape as readonly number[],
        values: typeof value === 'number' ? Real.of(value) : Real.from(value as Float64Array),
      }
    }),
  )
}

/** Puts tensors into an object of parameters. A tensor that is missing, or of another shape, is told by its name. */
export function putTensors(
  path: string,
  fields: readonly Field[],
  object: Fieldful,
  tensors: readonly Tensor[],
  prefix = '',
): void {
  const found = new Map(tensors.map((t) => [t.name, t]))
  for (const { name, item } of fields)
    for (const { leaf, path: at } of membersIn(item)) {
      const tensor = found.get(prefix + leaf.name)
      if (!tensor) throw wrong.tensorWrong(path, prefix + leaf.name, 'is missing')
      const words = (shape: readonly unknown[]): string =>
        shape.length === 0 ? 'a number' : shape.join(' × ')
      if (tensor.values.length !== sizeExtent(leaf.shape) || words(tensor.shape) !== words(leaf.shape))
        throw wrong.tensorWrong(
          path,
          tensor.name,
          `is ${words(tensor.shape)}, and the network has ${words(leaf.shape)}`,
        )
      const holder = at
        .slice(0, -1)
        .reduce<Numbers>((v, i) => (v as readonly Numbers[])[i]!, fieldAt(object, name))
      if (leaf.shape.length === 0) {
        if (at.length === 0) setField(object, name, tensor.values[0]!)
        else (holder as number[])[at.at(-1)!] = tensor.values[0]!
      } else {
        const array = at.length === 0 ? holder : (holder as readonly Numbers[])[at.at(-1)!]!
        ;(array as Float64Array).set(tensor.values)
      }
    }
}

const isJson = (path: string): boolean => path.toLowerCase().endsWith('.json')

/** The bytes of a file of parameters, in the format that its name says. */
export function fileOf(path: string, tensors: readonly Tensor[], meta: Meta): Buffer {
  if (!isJson(path)) return encode({ tensors, metadata: { [KEY]: JSON.stringify(meta), format: VERSION } })
  const parameters = Object.fromEntries(
    tensors.map(({ name, shape, values }) => [name, { shape, values: [...values] }]),
  )
  return Buffer.from(`${JSON.stringify({ [KEY]: { ...meta, format: VERSION }, parameters }, undefined, 1)}\n`)
}

export interface Parameters {
  readonly tensors: readonly Tensor[]
  readonly meta: Meta
}

/** Throws a Problem where it is no such file. */
export function readParameters(path: string): Parameters {
  let file: Buffer
  try {
    file = readFileSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw wrong.noFile(path)
    throw codeOf(error) === '' ? error : problems.unreadable(path, error)
  }
  const { tensors, metadata } = isJson(path) ? fromJson(path, file) : decode(path, file)
  let meta: unknown
  try {
    meta = JSON.parse(metadata[KEY] ?? '')
  } catch {
    meta = undefined
  }
  return { tensors, meta: metaOf(path, meta) }
}

function fromJson(path: string, file: Buffer): TensorFile {
  let parsed: unknown
  try {
    parsed = JSON.parse(file.toString())
  } catch {
    throw wrong.broke(path, 'it is not JSON, or was cut off')
  }
  const { [KEY]: meta, parameters } = (parsed ?? {}) as Record<string, unknown>
  if (typeof parameters !== 'object' || parameters === null) throw wrong.broke(path, 'it has no parameters')
  const { precision } = (meta ?? {}) as Partial<Meta>
  const Real = precision === 'f32' ? Float32Array : Float64Array
  const tensors = Object.entries(parameters).map(([name, entry]): Tensor => {
    const { shape, values } = (entry ?? {}) as { shape?: unknown; values?: unknown }
    const numbers = (list: unknown): list is number[] =>
      Array.isArray(list) && list.every((n) => typeof n === 'number')
    if (!numbers(shape) || !numbers(values))
      throw wrong.tensorWrong(path, name, 'has no shape and values of numbers')
    return { name, shape, values: Real.from(values) }
  })
  return { tensors, metadata: { [KEY]: JSON.stringify(meta ?? null) } }
}

/** Whether a file that stands in the way is one of parameters, which may be replaced. */
export function isOurs(path: string): boolean {
  try {
    readParameters(path)
    return true
  } catch {
    return false
  }
}
