/**
 * Files of named tensors in the format of Hugging Face (https://github.com/huggingface/safetensors, "Format"): the length of a header in
 * 8 bytes, little-endian; the header, JSON; the numbers of one tensor behind those of the other.
 */
import { wrong } from './problems.ts'

export interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float64Array | Float32Array
}

export interface TensorFile {
  readonly tensors: readonly Tensor[]
  readonly metadata: Readonly<Record<string, string>>
}

const TYPES = {
  F64: { bytes: 8, make: (count: number) => new Float64Array(count) },
  F32: { bytes: 4, make: (count: number) => new Float32Array(count) },
} as const
const typeOf = (values: Tensor['values']): keyof typeof TYPES =>
  values instanceof Float64Array ? 'F64' : 'F32'
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Longer headers are none (the format's own limit). */
const MOST_HEADER = 100_000_000

export function encode({ tensors, metadata }: TensorFile): Buffer {
  let at = 0
  const entries = tensors.map(({ name, shape, values }) => {
    const start = at
    at += values.byteLength
    return [name, { dtype: typeOf(values), shape, data_offsets: [start, at] }] as const
  })
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const head = Buffer.from(json)
  // Numbers begin at a multiple of 8.
  const padded = Math.ceil(head.length / 8) * 8
  const file = Buffer.alloc(8 + padded + at, ' ')
  file.writeBigUInt64LE(BigInt(padded), 0)
  head.copy(file, 8)
  tensors.forEach(({ values }, i) =>
    file.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      8 + padded + entries[i]![1].data_offsets[0]!,
    ),
  )
  return file
}

/** Throws a Problem that names the tensor where the file is cut off or inconsistent. */
export function decode(path: string, file: Buffer): TensorFile {
  const broken = (what: string): never => {
    throw wrong.broke(path, what)
  }
  if (file.length < 8) return broken(`it has ${file.length} bytes`)
  const length = file.readBigUInt64LE(0)
  if (length > BigInt(MOST_HEADER)) return broken('it does not begin with the length of a header')
  const start = 8 + Number(length)
  if (start > file.length) return broken(`it ends within its header, after ${file.length} of ${start} bytes`)
  let header: unknown
  try {
    header = JSON.parse(file.toString('utf8', 8, start))
  } catch {
    return broken('its header is not JSON')
  }
  if (typeof header !== 'object' || header === null) return broken('its header is no object')
  const tensors: Tensor[] = []
  let metadata: Record<string, string> = {}
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      metadata = entry as Record<string, string>
      continue
    }
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
    const wholes = (list: unknown): list is number[] =>
      Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0)
    if (!wholes(shape) || !wholes(offsets) || offsets.length !== 2)
      throw wrong.tensorWrong(path, name, 'has no shape and place in the header')
    const type = TYPES[dtype as keyof typeof TYPES] as (typeof TYPES)[keyof typeof TYPES] | undefined
    if (!type) throw wrong.tensorWrong(path, name, `has numbers of type ${String(dtype)}, not F64 or F32`)
    const [from, to] = offsets as [number, number]
    if (to - from !== count(shape) * type.bytes)
      throw wrong.tensorWrong(
        path,
        name,
        `has ${to - from} bytes, and its shape asks for ${count(shape) * type.bytes}`,
      )
    if (start + to > file.length)
      throw wrong.tensorWrong(
        path,
        name,
        `is cut off: the file ends ${start + to - file.length} bytes too early`,
      )
    const values = type.make(count(shape))
    new Uint8Array(values.buffer).set(file.subarray(start + from, start + to))
    tensors.push({ name, shape, values })
  }
  return { tensors, metadata }
}
