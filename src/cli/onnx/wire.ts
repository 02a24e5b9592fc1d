/** Protocol buffers, read: the fields of a message, each checked to lie within it (https://protobuf.dev/programming-guides/encoding/). */

/** Bytes that are no such message. */
export class Malformed extends Error {}

/** A field: of a number its bits, of all else its bytes. */
export interface WireField {
  readonly number: number
  readonly bits: bigint
  readonly bytes: Buffer | undefined
}

const NOTHING = Buffer.alloc(0)

class Cursor {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.at === this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) throw new Malformed('it ends within a number')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw new Malformed(`at byte ${this.at} is a number that does not end`)
  }

  take(count: bigint): Buffer {
    const left = this.#bytes.length - this.at
    if (count > BigInt(left))
      throw new Malformed(`at byte ${this.at} begins a field of ${count} bytes, and ${left} are left`)
    return this.#bytes.subarray(this.at, (this.at += Number(count)))
  }
}

export function* fieldsIn(message: Buffer): Generator<WireField> {
  const cursor = new Cursor(message)
  while (!cursor.isAtEnd) {
    const key = cursor.varint()
    const number = Number(key >> 3n)
    switch (Number(key & 7n)) {
      case 0:
        yield { number, bits: cursor.varint(), bytes: undefined }
        break
      case 1:
        yield { number, bits: 0n, bytes: cursor.take(8n) }
        break
      case 2:
        yield { number, bits: 0n, bytes: cursor.take(cursor.varint()) }
        break
      case 5:
        yield { number, bits: 0n, bytes: cursor.take(4n) }
        break
      default:
        throw new Malformed(`at byte ${cursor.at} is no field`)
    }
  }
}

export const signed = (bits: bigint): number => Number(BigInt.asIntN(64, bits))
export const bytesOf = ({ bytes }: WireField): Buffer => bytes ?? NOTHING
export const textOf = (field: WireField): string => bytesOf(field).toString('utf8')

/** Repeated whole numbers: one, or many that are packed. */
export function wholes(field: WireField): bigint[] {
  if (field.bytes === undefined) return [field.bits]
  const found: bigint[] = []
  const cursor = new Cursor(field.bytes)
  while (!cursor.isAtEnd) found.push(cursor.varint())
  return found
}

/** Repeated numbers of a fixed size: one, or many that are packed. */
export function reals(field: WireField, size: 4 | 8): number[] {
  const bytes = bytesOf(field)
  if (bytes.length % size !== 0) throw new Malformed(`${bytes.length} bytes are no numbers of ${size} bytes`)
  return Array.from({ length: bytes.length / size }, (_, i) =>
    size === 4 ? bytes.readFloatLE(4 * i) : bytes.readDoubleLE(8 * i),
  )
}
