/** Models of ONNX in bytes: the messages of onnx.proto (IR version 8) that are used, in the format of protocol buffers. */
import {
  ATTRIBUTE,
  ELEMENTS,
  GRAPH,
  KIND,
  LENGTH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from './fields.ts'

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

const OPSET_VERSION = 13
const IR_VERSION = 8

export function encodeModel(m: Model): Uint8Array {
  const graph = new Message()
  for (const o of m.operations) graph.message(GRAPH.node, operation(o))
  graph.text(GRAPH.name, m.name)
  for (const i of m.initializers) graph.message(GRAPH.initializer, tensor(i))
  if (m.doc !== '') graph.text(GRAPH.doc, m.doc)
  for (const i of m.inputs) graph.message(GRAPH.input, info(i))
  for (const o of m.outputs) graph.message(GRAPH.output, info(o))
  return new Message()
    .varint(MODEL.irVersion, IR_VERSION)
    .text(MODEL.producerName, m.producer)
    .text(MODEL.producerVersion, m.version)
    .message(MODEL.graph, graph)
    .message(MODEL.opset, new Message().text(OPSET.domain, '').varint(OPSET.version, OPSET_VERSION)).done
}

/** What models of ours begin with. */
export const modelStart = (producer: string): string =>
  String.fromCharCode(8, IR_VERSION, 18, producer.length) + producer

function operation({ op, inputs, output, attributes = {} }: Operation): Message {
  const node = new Message()
  for (const i of inputs) node.text(NODE.input, i)
  node.text(NODE.output, output).text(NODE.name, output).text(NODE.operator, op)
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = new Message().text(ATTRIBUTE.name, name)
    if (typeof value === 'number') attribute.varint(ATTRIBUTE.int, value).varint(ATTRIBUTE.kind, KIND.int)
    else if (typeof value === 'string')
      attribute.text(ATTRIBUTE.string, value).varint(ATTRIBUTE.kind, KIND.string)
    else {
      for (const v of value) attribute.varint(ATTRIBUTE.ints, v)
      attribute.varint(ATTRIBUTE.kind, KIND.ints)
    }
    node.message(NODE.attribute, attribute)
  }
  return node
}

function tensor({ name, type, shape, values }: Initializer): Message {
  const made = new Message()
  for (const n of shape) made.varint(TENSOR.shape, n)
  const raw =
    type === 'i64'
      ? BigInt64Array.from(values.map(BigInt))
      : type === 'f32'
        ? Float32Array.from(values)
        : Float64Array.from(values)
  return made
    .varint(TENSOR.type, TYPE[type])
    .text(TENSOR.name, name)
    .bytes(TENSOR.raw, new Uint8Array(raw.buffer))
}

function info({ name, type, shape }: TensorInfo): Message {
  const lengths = new Message()
  for (const n of shape)
    lengths.message(
      SHAPE.length,
      typeof n === 'number' ? new Message().varint(LENGTH.value, n) : new Message().text(LENGTH.name, n),
    )
  const elements = new Message().varint(ELEMENTS.type, TYPE[type]).message(ELEMENTS.shape, lengths)
  return new Message()
    .text(VALUE.name, name)
    .message(VALUE.type, new Message().message(TENSOR_TYPE.tensor, elements))
}
