/** The numbers of the fields of onnx.proto's messages that are written or read (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
export const MODEL = { irVersion: 1, producerName: 2, producerVersion: 3, graph: 7, opset: 8 } as const
export const OPSET = { domain: 1, version: 2 } as const
export const GRAPH = { node: 1, name: 2, initializer: 5, doc: 10, input: 11, output: 12, sparse: 15 } as const
export const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5, domain: 7 } as const
export const ATTRIBUTE = {
  name: 1,
  float: 2,
  int: 3,
  string: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  ints: 8,
  strings: 9,
  kind: 20,
} as const
/** Of `ATTRIBUTE.kind`. */
export const KIND = { int: 2, string: 3, ints: 7 } as const
export const TENSOR = {
  shape: 1,
  type: 2,
  floats: 4,
  int32s: 5,
  int64s: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  uint64s: 11,
  location: 14,
} as const
export const VALUE = { name: 1, type: 2 } as const
export const TENSOR_TYPE = { tensor: 1 } as const
export const ELEMENTS = { type: 1, shape: 2 } as const
export const SHAPE = { length: 1 } as const
export const LENGTH = { value: 1, name: 2 } as const

/** Types of numbers: TensorProto.DataType. */
export const TYPE = { f32: 1, f64: 11, i64: 7 } as const
