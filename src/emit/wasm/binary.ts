/** The binary format of WebAssembly (core specification 2.0, chapter 5), as far as it is used: bytes of modules, functions and instructions. */
import type { Type } from '../../code/code.ts'

export const VALUE: Readonly<Record<Type | 'v128', number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }

/** Instructions without immediates. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  drop: 0x1a,
  return: 0x0f,
  else: 0x05,
  end: 0x0b,
  select: 0x1b,
  i32: {
    eqz: 0x45,
    eq: 0x46,
    ne: 0x47,
    lt: 0x48,
    gt: 0x4a,
    le: 0x4c,
    ge: 0x4e,
    add: 0x6a,
    sub: 0x6b,
    mul: 0x6c,
    div: 0x6d,
    rem: 0x6f,
    and: 0x71,
    or: 0x72,
    shl: 0x74,
    shr: 0x76,
    reinterpret: 0xbc,
  },
  f32: {
    eq: 0x5b,
    ne: 0x5c,
    lt: 0x5d,
    gt: 0x5e,
    le: 0x5f,
    ge: 0x60,
    abs: 0x8b,
    neg: 0x8c,
    sqrt: 0x91,
    nearest: 0x90,
    reinterpret: 0xbe,
    add: 0x92,
    sub: 0x93,
    mul: 0x94,
    div: 0x95,
    min: 0x96,
    max: 0x97,
  },
  f64: {
    eq: 0x61,
    ne: 0x62,
    lt: 0x63,
    gt: 0x64,
    le: 0x65,
    ge: 0x66,
    abs: 0x99,
    neg: 0x9a,
    sqrt: 0x9f,
    nearest: 0x9e,
    reinterpret: 0xbf,
    add: 0xa0,
    sub: 0xa1,
    mul: 0xa2,
    div: 0xa3,
    min: 0xa4,
    max: 0xa5,
  },
  i64: { const: 0x42, add: 0x7c, shl: 0x86, reinterpret: 0xbd },
  convert: {
    'i32 f32': [0xb2],
    'i32 f64': [0xb7],
    'f64 f32': [0xb6],
    'f32 f64': [0xbb],
    'f32 i32': [0xfc, 0x00],
    'f64 i32': [0xfc, 0x02],
  },
} as const

/** Of four singles or two doubles at once; each follows the byte 0xfd. */
export const SIMD = {
  load: 0x00,
  store: 0x0b,
  constant: 0x0c,
  bitselect: 0x52,
  and: 0x4e,
  or: 0x50,
  f32: {
    splat: 0x13,
    extract: 0x1f,
    loadSplat: 0x09,
    eq: 0x41,
    ne: 0x42,
    lt: 0x43,
    gt: 0x44,
    le: 0x45,
    ge: 0x46,
    abs: 0xe0,
    neg: 0xe1,
    sqrt: 0xe3,
    add: 0xe4,
    sub: 0xe5,
    mul: 0xe6,
    div: 0xe7,
    min: 0xe8,
    max: 0xe9,
    nearest: 0x6a,
    pmin: 0xea,
    pmax: 0xeb,
    /** Of its bits as whole numbers; how many there are behind the exponent. */
    bits: { add: 0xae, shift: 0xab, fraction: 23 },
  },
  f64: {
    splat: 0x14,
    extract: 0x21,
    loadSplat: 0x0a,
    eq: 0x47,
    ne: 0x48,
    lt: 0x49,
    gt: 0x4a,
    le: 0x4b,
    ge: 0x4c,
    abs: 0xec,
    neg: 0xed,
    sqrt: 0xef,
    add: 0xf0,
    sub: 0xf1,
    mul: 0xf2,
    div: 0xf3,
    min: 0xf4,
    max: 0xf5,
    nearest: 0x94,
    pmin: 0xf6,
    pmax: 0xf7,
    bits: { add: 0xce, shift: 0xcb, fraction: 52 },
  },
} as const

/** Of threads; each follows the byte 0xfe. */
export const ATOMIC = {
  notify: 0x00,
  wait: 0x01,
  load: 0x10,
  store: 0x17,
  add: 0x1e,
  exchange: 0x48,
} as const

/** The most pages of 64 KB that a memory has. */
const MOST_PAGES = 65_536

/** Unsigned LEB128. */
export function unsigned(n: number): number[] {
  const bytes: number[] = []
  do {
    const rest = Math.floor(n / 128)
    bytes.push((n % 128) | (rest > 0 ? 128 : 0))
    n = rest
  } while (n > 0)
  return bytes
}

/** Signed LEB128, of 32 bits. */
export function signed(n: number): number[] {
  const bytes: number[] = []
  for (n |= 0; ;) {
    const byte = n & 127
    n >>= 7
    if ((n === 0 && (byte & 64) === 0) || (n === -1 && (byte & 64) !== 0)) return [...bytes, byte]
    bytes.push(byte | 128)
  }
}

/** IEEE 754, little-endian. */
export function float(value: number, type: 'f32' | 'f64'): number[] {
  const view = new DataView(new ArrayBuffer(type === 'f32' ? 4 : 8))
  if (type === 'f32') view.setFloat32(0, value, true)
  else view.setFloat64(0, value, true)
  return Array.from({ length: view.byteLength }, (_, i) => view.getUint8(i))
}

const vector = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
]
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes]
/** In UTF-8. */
const name = (text: string): number[] =>
  sized(
    [...encodeURIComponent(text).matchAll(/%(..)|./g)].map(([c, byte]) =>
      byte ? parseInt(byte, 16) : c.charCodeAt(0),
    ),
  )
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)]

export interface Signature {
  readonly parameters: readonly number[]
  readonly results: readonly number[]
}

export interface WasmFunction {
  readonly signature: Signature
  /** Types of the locals beside the parameters. */
  readonly locals: readonly number[]
  /** Without the `end` of the function. */
  readonly body: readonly number[]
  /** Where in the body products begin that may be one instruction with the sum behind them (fused.ts). */
  readonly products?: readonly number[]
}

export interface WasmModule {
  /** Functions from outside come first among the functions. Names are ASCII. */
  readonly imports: readonly {
    readonly module: string
    readonly name: string
    readonly signature: Signature
  }[]
  readonly functions: readonly WasmFunction[]
  readonly exports: readonly { readonly name: string; readonly index: number }[]
  /** What stands in memory at the start. */
  readonly data: readonly { readonly at: number; readonly bytes: readonly number[] }[]
  /** Whether the memory is shared with other threads. */
  readonly shared: boolean
}

export interface Encoded {
  readonly bytes: Uint8Array
  /** Where the products of its functions stand. */
  readonly products: readonly number[]
}

/** A module whose memory is imported as `e.memory`. */
export function encode({ imports, functions, exports, data, shared }: WasmModule): Encoded {
  const types: string[] = []
  const typeOf = ({ parameters, results }: Signature): number => {
    const key = [
      0x60,
      ...unsigned(parameters.length),
      ...parameters,
      ...unsigned(results.length),
      ...results,
    ].join()
    const known = types.indexOf(key)
    return known >= 0 ? known : types.push(key) - 1
  }
  const imported = imports.map((i) => [
    ...name(i.module),
    ...name(i.name),
    0x00,
    ...unsigned(typeOf(i.signature)),
  ])
  const memory = [...name('e'), ...name('memory'), 0x02]
  const limits = shared ? [0x03, ...unsigned(1), ...unsigned(MOST_PAGES)] : [0x00, ...unsigned(1)]
  const declared = functions.map((f) => unsigned(typeOf(f.signature)))
  const bodies = functions.map(({ locals, body, products = [] }) => {
    const groups: number[][] = []
    for (let i = 0, from = 0; i < locals.length; i = from) {
      while (from < locals.length && locals[from] === locals[i]) from++
      groups.push([...unsigned(from - i), locals[i]!])
    }
    const head = vector(groups)
    const bytes = sized([...head, ...body, OP.end])
    const start = bytes.length - body.length - 1
    return { bytes, products: products.map((at) => start + at) }
  })
  const before = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types.map((key) => key.split(',').map(Number)))),
    ...section(2, vector([...imported, [...memory, ...limits]])),
    ...section(3, vector(declared)),
    ...section(7, vector(exports.map((e) => [...name(e.name), 0x00, ...unsigned(e.index)]))),
  ]
  const code = section(10, vector(bodies.map((f) => f.bytes)))
  const products: number[] = []
  let at = before.length + code.length - bodies.reduce((sum, f) => sum + f.bytes.length, 0)
  for (const f of bodies) {
    for (const product of f.products) products.push(at + product)
    at += f.bytes.length
  }
  const after =
    data.length === 0
      ? []
      : section(11, vector(data.map((d) => [0x00, 0x41, ...signed(d.at), OP.end, ...sized(d.bytes)])))
  return { bytes: Uint8Array.from([...before, ...code, ...after]), products }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1], bytes[i + 2]]
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    const digits = [bits >> 18, (bits >> 12) & 63, (bits >> 6) & 63, bits & 63].map((d) => DIGITS[d]!)
    text +=
      digits[0]! + digits[1]! + (b === undefined ? '=' : digits[2]!) + (c === undefined ? '=' : digits[3]!)
  }
  return text
}
