/**
 * Arrays of numbers in binary, the first axis that of the samples: .npy (NumPy Enhancement Proposal 1) and IDX (LeCun, Cortes, Burges: The
 * MNIST database). Several of them, one for each input or target, are the columns of one table.
 */
import { Bytes, endingOf } from './bytes.ts'
import { wrong } from './problems.ts'
import type { Cell, Row, Table } from './table.ts'

/** How an entry is read. */
interface Numbers {
  readonly bytes: number
  readonly read: (bytes: Buffer, at: number) => number
}

interface Header {
  readonly shape: readonly number[]
  readonly numbers: Numbers
}

const view = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function numbersOf(kind: string, bytes: number, little: boolean): Numbers | undefined {
  switch (`${kind}${bytes}`) {
    case 'f8':
      return { bytes, read: (b, at) => view(b).getFloat64(at, little) }
    case 'f4':
      return { bytes, read: (b, at) => view(b).getFloat32(at, little) }
    case 'u1':
    case 'b1':
      return { bytes, read: (b, at) => b[at]! }
    case 'i1':
      return { bytes, read: (b, at) => b.readInt8(at) }
    case 'u2':
      return { bytes, read: (b, at) => view(b).getUint16(at, little) }
    case 'i2':
      return { bytes, read: (b, at) => view(b).getInt16(at, little) }
    case 'u4':
      return { bytes, read: (b, at) => view(b).getUint32(at, little) }
    case 'i4':
      return { bytes, read: (b, at) => view(b).getInt32(at, little) }
    case 'u8':
      return { bytes, read: (b, at) => Number(view(b).getBigUint64(at, little)) }
    case 'i8':
      return { bytes, read: (b, at) => Number(view(b).getBigInt64(at, little)) }
    default:
      return undefined
  }
}

async function npyHeader(path: string, bytes: Bytes): Promise<Header> {
  const start = await bytes.take(8)
  if (start.length === 0) throw wrong.empty(path)
  if (start.toString('latin1', 0, 6) !== '\x93NUMPY')
    throw wrong.tensor(path, 'it does not begin as .npy files do')
  const isLong = start[6]! >= 2
  const size = await bytes.take(isLong ? 4 : 2)
  const length = isLong ? size.readUInt32LE(0) : size.readUInt16LE(0)
  if (length > 1 << 20) throw wrong.tensor(path, 'its header is too long')
  const text = (await bytes.take(length)).toString('latin1')
  const descr = /'descr':\s*'([<>|=])([a-z])(\d)'/.exec(text)
  const shape = /'shape':\s*\(([\d, ]*)\)/.exec(text)?.[1]
  const numbers = descr && numbersOf(descr[2]!, Number(descr[3]), descr[1] !== '>')
  if (!numbers || shape === undefined)
    throw wrong.tensor(path, `its header is not of plain numbers: ${text.trim()}`)
  if (/'fortran_order':\s*True/.test(text))
    throw wrong.tensor(path, 'it is stored in the order of Fortran; save numpy.ascontiguousarray of it')
  return { numbers, shape: shape.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)])) }
}

const IDX_TYPES: Readonly<Record<number, readonly [string, number]>> = {
  0x08: ['u', 1],
  0x09: ['i', 1],
  0x0b: ['i', 2],
  0x0c: ['i', 4],
  0x0d: ['f', 4],
  0x0e: ['f', 8],
}

async function idxHeader(path: string, bytes: Bytes): Promise<Header> {
  const start = await bytes.take(4)
  if (start.length === 0) throw wrong.empty(path)
  const type = start.length === 4 && start[0] === 0 && start[1] === 0 ? IDX_TYPES[start[2]!] : undefined
  if (!type) throw wrong.tensor(path, 'it does not begin as IDX files do')
  const axes = await bytes.take(4 * start[3]!)
  if (axes.length < 4 * start[3]!) throw wrong.tensor(path, 'it ends within its header')
  return {
    numbers: numbersOf(type[0], type[1], false)!,
    shape: Array.from({ length: start[3]! }, (_, i) => axes.readUInt32BE(4 * i)),
  }
}

const ARRAYS = ['npy', 'idx', 'idx1', 'idx2', 'idx3', 'idx4', 'ubyte']

/** By its name; MNIST's own files are called `train-images-idx3-ubyte`. */
export const isArray = (path: string): boolean =>
  ARRAYS.includes(endingOf(path)) || /-idx\d-ubyte$/.test(path.toLowerCase().replace(/\.gz$/, ''))

const headerOf = (path: string, bytes: Bytes): Promise<Header> =>
  endingOf(path) === 'npy' ? npyHeader(path, bytes) : idxHeader(path, bytes)

/** A file as one array. */
export async function arrayIn(path: string): Promise<{ shape: readonly number[]; values: Float64Array }> {
  const bytes = new Bytes(path)
  try {
    const { shape, numbers } = await headerOf(path, bytes)
    const count = shape.reduce((a, b) => a * b, 1)
    const all = await bytes.take(count * numbers.bytes)
    if (all.length < count * numbers.bytes) throw wrong.tensor(path, 'it ends within its numbers')
    if ((await bytes.take(1)).length > 0) throw wrong.tensor(path, 'it goes on behind its numbers')
    return {
      shape,
      values: Float64Array.from({ length: count }, (_, k) => numbers.read(all, k * numbers.bytes)),
    }
  } finally {
    await bytes.close()
  }
}

interface NamedFile {
  readonly name: string
  readonly path: string
}

async function* samples({ path }: NamedFile): AsyncGenerator<Cell> {
  const bytes = new Bytes(path)
  try {
    const { shape, numbers } = await headerOf(path, bytes)
    const count = shape[0]!
    const width = shape.slice(1).reduce((a, b) => a * b, 1)
    for (let i = 0; i < count; i++) {
      const part = await bytes.take(width * numbers.bytes)
      if (part.length < width * numbers.bytes)
        throw wrong.tensor(path, `it ends within sample ${i + 1} of ${count}`)
      yield width === 1 && shape.length === 1
        ? numbers.read(part, 0)
        : Float64Array.from({ length: width }, (_, k) => numbers.read(part, k * numbers.bytes))
    }
    if ((await bytes.take(1)).length > 0) throw wrong.tensor(path, `it goes on behind its ${count} samples`)
  } finally {
    await bytes.close()
  }
}

export async function arraysTable(files: readonly NamedFile[]): Promise<Table> {
  const heads: Header[] = []
  for (const { path } of files) {
    const bytes = new Bytes(path)
    const header = await headerOf(path, bytes)
    await bytes.close()
    if (header.shape.length === 0) throw wrong.tensor(path, 'it is one number, without an axis of samples')
    if (header.shape[0] === 0) throw wrong.empty(path)
    heads.push(header)
  }
  const count = heads[0]!.shape[0]!
  heads.forEach(({ shape }, i) => {
    if (shape[0] !== count) throw wrong.unequal(files[0]!.path, count, files[i]!.path, shape[0]!)
  })
  return {
    path: files.map(({ path }) => path).join(', '),
    columns: heads.map(({ shape }, i) => ({
      name: files[i]!.name,
      ...(shape.length === 1 ? {} : { width: shape.slice(1).reduce((a, b) => a * b, 1) }),
    })),
    async *rows(): AsyncGenerator<Row> {
      const readers = files.map(samples)
      try {
        for (let i = 1; i <= count; i++) {
          const cells: Cell[] = []
          for (const reader of readers) cells.push((await reader.next()).value as Cell)
          yield { place: `sample ${i}`, cells }
        }
        // What is behind the last sample is wrong.
        for (const reader of readers) await reader.next()
      } finally {
        for (const reader of readers) await reader.return(undefined)
      }
    },
  }
}
