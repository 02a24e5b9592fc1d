/** Models of ONNX, read from their bytes: nodes, tensors, inputs and outputs, as the file has them. Nothing of it is believed before it is checked. */
import {
  ATTRIBUTE,
  ELEMENTS,
  GRAPH,
  LENGTH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR_TYPE,
  VALUE,
} from '../../emit/onnx/fields.ts'
import { type FileTensor, readTensor } from './tensors.ts'
import { Malformed, bytesOf, fieldsIn, reals, signed, textOf, wholes } from './wire.ts'

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: FileTensor }
  | { readonly kind: 'graph' }

export interface ModelNode {
  readonly name: string
  readonly operator: string
  readonly domain: string
  /** An empty name is an input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute>
}

export interface ModelValue {
  readonly name: string
  /** TensorProto.DataType; undefined where the file does not say it. */
  readonly type: number | undefined
  /** A number, the name of a length, or '' where nothing is said of it; undefined where not even the number of axes is. */
  readonly shape: readonly (number | string)[] | undefined
}

export interface Model {
  readonly producer: string
  readonly name: string
  /** Of the operators of ONNX itself. */
  readonly opset: number
  readonly nodes: readonly ModelNode[]
  readonly tensors: ReadonlyMap<string, FileTensor>
  readonly inputs: readonly ModelValue[]
  readonly outputs: readonly ModelValue[]
}

/** Throws `Malformed`. */
export function readModel(bytes: Buffer): Model {
  let graph: Buffer | undefined
  let producer = ''
  let opset = 0
  for (const field of fieldsIn(bytes)) {
    if (field.number === MODEL.producerName) producer = textOf(field)
    else if (field.number === MODEL.graph) graph = bytesOf(field)
    else if (field.number === MODEL.opset) {
      let domain = ''
      let version = 0
      for (const part of fieldsIn(bytesOf(field)))
        if (part.number === OPSET.domain) domain = textOf(part)
        else if (part.number === OPSET.version) version = signed(part.bits)
      if (domain === '' || domain === 'ai.onnx') opset = version
    }
  }
  if (graph === undefined) throw new Malformed('it holds no graph')
  if (opset < 1) throw new Malformed('it does not say of which version its operators are')
  const nodes: ModelNode[] = []
  const tensors = new Map<string, FileTensor>()
  const inputs: ModelValue[] = []
  const outputs: ModelValue[] = []
  let name = ''
  for (const field of fieldsIn(graph)) {
    if (field.number === GRAPH.node) nodes.push(readNode(bytesOf(field)))
    else if (field.number === GRAPH.name) name = textOf(field)
    else if (field.number === GRAPH.initializer) {
      const tensor = readTensor(bytesOf(field))
      tensors.set(tensor.name, tensor)
    } else if (field.number === GRAPH.sparse) throw new Malformed('it has sparse tensors, which are not read')
    else if (field.number === GRAPH.input) inputs.push(readValue(bytesOf(field)))
    else if (field.number === GRAPH.output) outputs.push(readValue(bytesOf(field)))
  }
  return { producer, name, opset, nodes, tensors, inputs, outputs }
}

function readNode(bytes: Buffer): ModelNode {
  let [name, operator, domain] = ['', '', '']
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, Attribute>()
  for (const field of fieldsIn(bytes)) {
    if (field.number === NODE.input) inputs.push(textOf(field))
    else if (field.number === NODE.output) outputs.push(textOf(field))
    else if (field.number === NODE.name) name = textOf(field)
    else if (field.number === NODE.operator) operator = textOf(field)
    else if (field.number === NODE.domain) domain = textOf(field)
    else if (field.number === NODE.attribute) {
      const found = readAttribute(bytesOf(field))
      if (found) attributes.set(...found)
    }
  }
  return { name, operator, domain, inputs, outputs, attributes }
}

/** By what is there, and not by the kind that is said: old files leave the kind out. */
function readAttribute(bytes: Buffer): [string, Attribute] | undefined {
  let name = ''
  let value: Attribute | undefined
  const ints: number[] = []
  const floats: number[] = []
  const strings: string[] = []
  for (const field of fieldsIn(bytes)) {
    if (field.number === ATTRIBUTE.name) name = textOf(field)
    else if (field.number === ATTRIBUTE.float) value = { kind: 'float', value: reals(field, 4)[0] ?? 0 }
    else if (field.number === ATTRIBUTE.int) value = { kind: 'int', value: signed(field.bits) }
    else if (field.number === ATTRIBUTE.string) value = { kind: 'string', value: textOf(field) }
    else if (field.number === ATTRIBUTE.tensor) value = { kind: 'tensor', value: readTensor(bytesOf(field)) }
    else if (field.number === ATTRIBUTE.graph) value = { kind: 'graph' }
    else if (field.number === ATTRIBUTE.ints) ints.push(...wholes(field).map(signed))
    else if (field.number === ATTRIBUTE.floats) floats.push(...reals(field, 4))
    else if (field.number === ATTRIBUTE.strings) strings.push(textOf(field))
  }
  if (ints.length > 0) value = { kind: 'ints', value: ints }
  if (floats.length > 0) value = { kind: 'floats', value: floats }
  if (strings.length > 0) value = { kind: 'strings', value: strings }
  return value && [name, value]
}

function readValue(bytes: Buffer): ModelValue {
  let name = ''
  let type: number | undefined
  let shape: (number | string)[] | undefined
  for (const field of fieldsIn(bytes)) {
    if (field.number === VALUE.name) name = textOf(field)
    if (field.number !== VALUE.type) continue
    for (const kind of fieldsIn(bytesOf(field))) {
      if (kind.number !== TENSOR_TYPE.tensor) throw new Malformed(`${name} is no tensor`)
      for (const part of fieldsIn(bytesOf(kind)))
        if (part.number === ELEMENTS.type) type = Number(part.bits)
        else if (part.number === ELEMENTS.shape)
          shape = [...fieldsIn(bytesOf(part))]
            .filter((f) => f.number === SHAPE.length)
            .map((f) => lengthIn(bytesOf(f)))
    }
  }
  return { name, type, shape }
}

function lengthIn(bytes: Buffer): number | string {
  let found: number | string = ''
  for (const field of fieldsIn(bytes))
    if (field.number === LENGTH.value) found = signed(field.bits)
    else if (field.number === LENGTH.name) found = textOf(field)
  return typeof found === 'number' && found < 0 ? '' : found
}
