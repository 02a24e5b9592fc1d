/** Tensors of known numbers in a file of ONNX. */
import { TENSOR } from '../../emit/onnx/fields.ts'
import { Malformed, bytesOf, fieldsIn, reals, signed, textOf, wholes } from './wire.ts'

export interface FileTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Whether they are whole numbers or truth values, by their type. */
  readonly whole: boolean
  readonly precision: 'f32' | 'f64'
  readonly values: Float64Array
}

/** How numbers of a type of TensorProto.DataType stand in `raw`. */
interface Raw {
  readonly bytes: number
  readonly whole: boolean
  readonly read: (bytes: Buffer, at: number) => number
}

const RAW: Readonly<Record<number, Raw>> = {
  1: { bytes: 4, whole: false, read: (b, at) => b.readFloatLE(at) },
  2: { bytes: 1, whole: true, read: (b, at) => b.readUInt8(at) },
  3: { bytes: 1, whole: true, read: (b, at) => b.readInt8(at) },
  4: { bytes: 2, whole: true, read: (b, at) => b.readUInt16LE(at) },
  5: { bytes: 2, whole: true, read: (b, at) => b.readInt16LE(at) },
  6: { bytes: 4, whole: true, read: (b, at) => b.readInt32LE(at) },
  7: { bytes: 8, whole: true, read: (b, at) => Number(b.readBigInt64LE(at)) },
  9: { bytes: 1, whole: true, read: (b, at) => b.readUInt8(at) },
  10: { bytes: 2, whole: false, read: (b, at) => half(b.readUInt16LE(at)) },
  11: { bytes: 8, whole: false, read: (b, at) => b.readDoubleLE(at) },
  12: { bytes: 4, whole: true, read: (b, at) => b.readUInt32LE(at) },
  13: { bytes: 8, whole: true, read: (b, at) => Number(b.readBigUInt64LE(at)) },
  16: { bytes: 2, whole: false, read: (b, at) => brain(b.readUInt16LE(at)) },
}
export const FLOATS: ReadonlySet<number> = new Set([1, 10, 11, 16])
export const DOUBLE = 11

/** IEEE 754 binary16. */
function half(bits: number): number {
  const [sign, exponent, rest] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return rest === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * rest * 2 ** -24 : sign * (1024 + rest) * 2 ** (exponent - 25)
}

/** bfloat16: the upper half of a single. */
function brain(bits: number): number {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(bits, 2)
  return bytes.readFloatLE(0)
}

export function readTensor(message: Buffer): FileTensor {
  let name = ''
  let type = 0
  let raw: Buffer | undefined
  let external = false
  const shape: number[] = []
  const given: number[] = []
  for (const field of fieldsIn(message)) {
    if (field.number === TENSOR.name) name = textOf(field)
    else if (field.number === TENSOR.type) type = Number(field.bits)
    else if (field.number === TENSOR.raw) raw = bytesOf(field)
    else if (field.number === TENSOR.location) external = field.bits === 1n
    else if (field.number === TENSOR.shape) shape.push(...wholes(field).map(signed))
    else if (field.number === TENSOR.floats) append(given, reals(field, 4))
    else if (field.number === TENSOR.doubles) append(given, reals(field, 8))
    else if (
      field.number === TENSOR.int32s ||
      field.number === TENSOR.int64s ||
      field.number === TENSOR.uint64s
    )
      append(given, wholes(field).map(signed))
  }
  const broken = (what: string): Malformed =>
    new Malformed(`the tensor ${name === '' ? 'of a constant' : name} ${what}`)
  if (external)
    throw broken(
      'stands in another file (external data): save the model with its tensors inside, such as with onnx.save(onnx.load(path), path, save_as_external_data=False)',
    )
  const numbers = RAW[type]
  if (!numbers) throw broken(`has numbers of type ${type}, which are not read`)
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0))
    throw broken('has an axis of a length that is none')
  const count = shape.reduce((a, b) => a * b, 1)
  const there = raw ? raw.length / numbers.bytes : given.length
  if (count !== there)
    throw broken(`has ${there} numbers, and its shape ${shape.join(' × ')} asks for ${count}`)
  const small = !numbers.whole && numbers.bytes === 2
  const values = Float64Array.from({ length: count }, (_, i) => {
    if (raw) return numbers.read(raw, i * numbers.bytes)
    // Without raw bytes those of 16 bits stand as whole numbers.
    return small ? (type === 10 ? half(given[i]!) : brain(given[i]!)) : given[i]!
  })
  return { name, shape, whole: numbers.whole, precision: type === DOUBLE ? 'f64' : 'f32', values }
}

/** Not by arguments of one call, of which there may be too many. */
function append(to: number[], more: readonly number[]): void {
  for (const value of more) to.push(value)
}
