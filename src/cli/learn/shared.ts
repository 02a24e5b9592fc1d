/** Data that all samples share: arrays from files of their own, `--shared A=adjacency.npy`. */
import { createHash } from 'node:crypto'
import { openExtent } from '../../graph/extent.ts'
import type { Fields, Leaf } from '../../emit/fields.ts'
import { leaves } from '../../emit/fields.ts'
import { arrayIn, isArray } from './arrays.ts'
import type { Fixed } from './buffers.ts'
import { endingOf, textOf } from './bytes.ts'
import { numberIn } from './cells.ts'
import { csvTable } from './csv.ts'
import { wrong } from './problems.ts'
import type { Tensor } from './safetensors.ts'

/** Under which names they stand in a file of parameters. */
const PREFIX = 'shared/'

interface Place {
  readonly leaf: Leaf
  readonly field: string
  readonly path: readonly number[]
  /** Of a list with its members first. */
  readonly shape: Leaf['shape']
}

function placesOf(fields: Pick<Fields, 'inputs' | 'targets'>, wanted: 'all' | 'inputs'): Place[] {
  return [...fields.inputs, ...(wanted === 'all' ? fields.targets : [])].flatMap(({ name: field, item }) =>
    [...leaves(item)].flatMap(({ leaf, path }) =>
      leaf.batched
        ? []
        : [
            {
              leaf,
              field,
              path,
              shape: leaf.members === undefined ? leaf.shape : [leaf.members, ...leaf.shape],
            },
          ],
    ),
  )
}

/**
 * The arrays that are shared, each as its file has it, under the name in the program.
 *
 * @param said `NAME=FILE`
 * @param before those that were given when the training began
 */
export async function readShared(
  said: readonly string[],
  fields: Pick<Fields, 'inputs' | 'targets'>,
  wanted: 'all' | 'inputs',
  before: readonly Tensor[] = [],
): Promise<Tensor[]> {
  const places = placesOf(fields, wanted)
  const names = places.map((p) => p.leaf.name)
  const found = new Map(
    before.flatMap((t) => (t.name.startsWith(PREFIX) ? [[t.name.slice(PREFIX.length), t]] : [])),
  )
  for (const text of said) {
    const [, name, path] = /^([^=]+)=(.+)$/u.exec(text.normalize('NFC')) ?? []
    if (name === undefined || !names.includes(name)) throw wrong.notShared(text, names)
    found.set(name, { name, ...(await tensorIn(path!)) })
  }
  return names.map((name) => {
    const tensor = found.get(name)
    if (!tensor) throw wrong.shared(name)
    return { ...tensor, name }
  })
}

/** Adds what their shapes say of open dims. */
export function dimsOfShared(
  tensors: readonly Tensor[],
  fields: Pick<Fields, 'inputs' | 'targets'>,
  dims: ReadonlyMap<string, number>,
): Map<string, number> {
  const known = new Map(dims)
  for (const { leaf, shape } of placesOf(fields, 'all')) {
    const own = tensors.find((t) => t.name === leaf.name)
    own?.shape.forEach((length, axis) => {
      const e = shape[axis]
      if (e !== undefined && typeof e !== 'number' && openExtent(e.text) === e && !known.has(e.text))
        known.set(e.text, length)
    })
  }
  return known
}

/** As the module takes them. */
export function fixedOf(
  tensors: readonly Tensor[],
  fields: Pick<Fields, 'inputs' | 'targets'>,
  dims: ReadonlyMap<string, number>,
  precision: 'f64' | 'f32',
): Fixed[] {
  const Real = precision === 'f64' ? Float64Array : Float32Array
  const lengthOf = (e: Leaf['shape'][number]): number | undefined =>
    typeof e === 'number' ? e : dims.get(e.text)
  return placesOf(fields, 'all').flatMap(({ leaf, field, path, shape }) => {
    const tensor = tensors.find((t) => t.name === leaf.name)
    if (!tensor) return []
    const wanted = shape.map(lengthOf)
    if (
      wanted.length !== tensor.shape.length ||
      wanted.some((n, axis) => n !== undefined && n !== tensor.shape[axis])
    )
      throw wrong.sharedShape(
        leaf.name,
        tensor.shape,
        shape.map((e) => (typeof e === 'number' ? e : e.text)),
      )
    const isWhole = leaf.end !== undefined
    const end = leaf.end === undefined ? undefined : lengthOf(leaf.end)
    const odd = tensor.values.find(
      (v) => !Number.isFinite(v) || (isWhole && !(Number.isInteger(v) && v >= 0 && v < (end ?? Infinity))),
    )
    if (odd !== undefined) throw wrong.sharedEntry(leaf.name, odd, end)
    const make = (values: Tensor['values']): Float64Array | Float32Array | Int32Array =>
      isWhole ? Int32Array.from(values) : Real.from(values)
    const size =
      leaf.members === undefined ? tensor.values.length : tensor.values.length / (tensor.shape[0] ?? 1)
    const single = leaf.shape.length === 0
    const value =
      leaf.members === undefined
        ? single
          ? tensor.values[0]!
          : make(tensor.values)
        : Array.from({ length: tensor.shape[0]! }, (_, i) =>
            single ? tensor.values[i]! : make(tensor.values.slice(i * size, (i + 1) * size)),
          )
    return [{ name: leaf.name, field, path, value }]
  })
}

/** As a file of parameters holds them. */
export const storedShared = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.map((t) => ({ ...t, name: PREFIX + t.name }))

/** A text that is another one for other data. */
export function hashWith(samples: string, tensors: readonly Tensor[]): string {
  if (tensors.length === 0) return samples
  const hash = createHash('sha256').update(samples)
  for (const { name, shape, values } of tensors)
    hash.update(`\0${name}\0${shape.join()}\0`).update(Float64Array.from(values))
  return hash.digest('hex').slice(0, 32)
}

/** A file that is one array: numbers in binary, lists of JSON, or rows of numbers. */
async function tensorIn(path: string): Promise<Omit<Tensor, 'name'>> {
  if (isArray(path)) return arrayIn(path)
  const ending = endingOf(path)
  if (ending === 'json') return fromJson(path, await textOf(path))
  if (ending !== 'csv' && ending !== 'tsv') throw wrong.unknownArray(path)
  const rows: number[][] = []
  const table = await csvTable(path, { delimiter: ending === 'csv' ? ',' : '\t', header: false })
  for await (const { place, cells } of table.rows())
    try {
      rows.push(cells.map(numberIn))
    } catch (error) {
      throw wrong.tensor(path, `${place}: ${error instanceof Error ? error.message : ''}`)
    }
  // A single row is a vector.
  const shape = rows.length === 1 ? [rows[0]!.length] : [rows.length, rows[0]!.length]
  return { shape, values: Float64Array.from(rows.flat()) }
}

function fromJson(path: string, text: string): Omit<Tensor, 'name'> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong.tensor(path, `it is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
  const shape: number[] = []
  let level: readonly unknown[] = [value]
  while (Array.isArray(level[0])) {
    const { length } = level[0]
    if (!level.every((list) => Array.isArray(list) && list.length === length))
      throw wrong.tensor(path, 'its lists are of different lengths')
    shape.push(length)
    level = (level as readonly unknown[][]).flat()
  }
  if (level.length === 0 || !level.every((v) => typeof v === 'number'))
    throw wrong.tensor(path, 'it is no list of numbers, nested or not')
  return { shape, values: Float64Array.from(level as number[]) }
}
