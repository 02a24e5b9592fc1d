/** Models of ONNX in bytes: the messages of onnx.proto (IR version 8) that are used, in the format of protocol buffers. */

export const TYPE = { f32: 1, f64: 11, i64: 7 } as const
export type ElementType = keyof typeof TYPE

/** Halves of characters become question marks. */
const utf8 = (text: string): number[] =>
  [...encodeURIComponent(text.replace(/\p{Cs}/gu, '?')).matchAll(/%(..)|[^%]/g)].map(([c, byte]) =>
    byte === undefined ? c.charCodeAt(0) : parseInt(byte, 16),
  )

/** A message, field by field. */
class Message {
  readonly #bytes: number[] = []

  varint(field: number, value: number): this {
    this.#key(field, 0)
    this.#varint(BigInt(value))
    return this
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8(value))
  }

  bytes(field: number, value: ArrayLike<number>): this {
    this.#key(field, 2)
    this.#varint(BigInt(value.length))
    for (let i = 0; i < value.length; i++) this.#bytes.push(value[i]!)
    return this
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.#bytes)
  }

  get done(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  #key(field: number, wire: number): void {
    this.#varint(BigInt((field << 3) | wire))
  }

  /** Negative numbers as 64 bits in two's complement. */
  #varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value)
    while (rest > 127n) {
      this.#bytes.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    this.#bytes.push(Number(rest))
  }
}

export interface TensorInfo {
  readonly name: string
  readonly type: ElementType
  /** Lengths, or names of such. */
  readonly shape: readonly (number | string)[]
}

export interface Initializer {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export interface Operation {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>
}

export interface Model {
  readonly name: string
  readonly doc: string
  readonly producer: string
  readonly version: string
  readonly operations: readonly Operation[]
  readonly initializers: readonly Initializer[]
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
}

const OPSET = 13
const IR_VERSION = 8

export function encodeModel(m: Model): Uint8Array {
  const graph = new Message()
  for (const o of m.operations) graph.message(1, operation(o))
  graph.text(2, m.name)
  for (const i of m.initializers) graph.message(5, tensor(i))
  if (m.doc !== '') graph.text(10, m.doc)
  for (const i of m.inputs) graph.message(11, info(i))
  for (const o of m.outputs) graph.message(12, info(o))
  return new Message()
    .varint(1, IR_VERSION)
    .text(2, m.producer)
    .text(3, m.version)
    .message(7, graph)
    .message(8, new Message().text(1, '').varint(2, OPSET)).done
}

/** What models of ours begin with. */
export const modelStart = (producer: string): string =>
  String.fromCharCode(8, IR_VERSION, 18, producer.length) + producer

function operation({ op, inputs, output, attributes = {} }: Operation): Message {
  const node = new Message()
  for (const i of inputs) node.text(1, i)
  node.text(2, output).text(3, output).text(4, op)
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = new Message().text(1, name)
    if (typeof value === 'number') attribute.varint(3, value).varint(20, 2)
    else if (typeof value === 'string') attribute.text(4, value).varint(20, 3)
    else {
      for (const v of value) attribute.varint(8, v)
      attribute.varint(20, 7)
    }
    node.message(5, attribute)
  }
  return node
}

function tensor({ name, type, shape, values }: Initializer): Message {
  const made = new Message()
  for (const n of shape) made.varint(1, n)
  const raw =
    type === 'i64'
      ? BigInt64Array.from(values.map(BigInt))
      : type === 'f32'
        ? Float32Array.from(values)
        : Float64Array.from(values)
  return made.varint(2, TYPE[type]).text(8, name).bytes(9, new Uint8Array(raw.buffer))
}

function info({ name, type, shape }: TensorInfo): Message {
  const lengths = new Message()
  for (const n of shape)
    lengths.message(1, typeof n === 'number' ? new Message().varint(1, n) : new Message().text(2, n))
  const tensorType = new Message().varint(1, TYPE[type]).message(2, lengths)
  return new Message().text(1, name).message(2, new Message().message(1, tensorType))
}
