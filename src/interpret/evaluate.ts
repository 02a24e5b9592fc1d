import { bug } from '../base/bug.ts'
import { ONE, ZERO, isOne, isZero, rationalKey, toNumber } from '../base/rational.ts'
import type { Numbers } from '../graph/field.ts'
import { type Extent, type SymbolicExtent, extentText } from '../graph/extent.ts'
import { BATCH } from '../graph/node.ts'
import type {
  ApplyNode,
  BracketNode,
  DerivativeNode,
  Node,
  Scan,
  SumNode,
  SymbolNode,
} from '../graph/node.ts'
import { firstOf, indexName, offsetOf } from '../graph/scan.ts'
import { needsOf, valuesInOrder } from '../graph/traverse.ts'
import { type Dual, dualNumbers, moving } from './dual.ts'
import type { System } from '../graph/numbers.ts'
import { evaluateProduct } from './product.ts'
import { type Tensor, mapTensor, positionsOf, scalar, sizeOfShape, stridesOf } from './tensor.ts'

/** What stops an evaluation: a value that was not given or does not fit, or a function that has none. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
  readonly reason: 'missing' | 'shape' | 'abstract' | 'domain' | 'space'
  constructor(reason: EvaluationError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * The values of symbols by name: data, parameters, hyperparameters. pi and e come from the number system. Data of a whole batch
 * have the axis of its samples first, and then so has every value that is another for each sample.
 */
export type Values<T> = ReadonlyMap<string, Tensor<T>>
export type Dims = ReadonlyMap<string, number>

export interface Options<T> {
  /** The lengths of open dims. */
  readonly dims?: Dims
  /** Whether doubles' kernels replace definitions; by default what the number system says, or false. */
  readonly kernels?: boolean
  /** Values of nodes known beforehand; their arguments are not evaluated. */
  readonly known?: (node: Node) => Tensor<T> | undefined
  /** The same node with its arguments in another order, which is that of rounding. */
  readonly arranged?: (node: Node) => Node
  /** What a value becomes when it is kept: to see what rounding does. */
  readonly kept?: (node: Node, value: Tensor<T>) => Tensor<T>
}

/** The values of the roots: slow, obvious, and what everything else is checked against. */
export function evaluate<T>(
  roots: readonly Node[],
  values: Values<T>,
  numbers: Numbers<T>,
  options: Options<T> = {},
): Tensor<T>[] {
  const all = evaluateAll(roots, values, numbers, options)
  return roots.map((r) => all.get(r)!)
}

/** The values of the roots and of all that they are made of. */
export function evaluateAll<T>(
  roots: readonly Node[],
  values: Values<T>,
  numbers: Numbers<T>,
  options: Options<T> = {},
): Map<Node, Tensor<T>> {
  const results = new Map<Node, Tensor<T>>()
  const { known } = options
  const order = known ? needed(roots, known, results) : valuesInOrder(roots)
  return evaluateInOrder(order, results, values, numbers, options)
}

/** Adds to `results` the values of those nodes of `order` that it does not have; their arguments come first, or are in it. */
export function evaluateInOrder<T>(
  order: readonly Node[],
  results: Map<Node, Tensor<T>>,
  values: Values<T>,
  numbers: Numbers<T>,
  options: Options<T> = {},
): Map<Node, Tensor<T>> {
  const evaluator = new Evaluator(values, numbers, options, results)
  const scans = new Map<Scan, Tensor<T>[]>()
  for (const node of order) {
    if (results.has(node)) continue
    if (node.kind === 'scan') {
      let families = scans.get(node.scan)
      if (!families) scans.set(node.scan, (families = scanned(node.scan, values, numbers, options, results)))
      results.set(node, families[node.which]!)
      continue
    }
    const arranged = options.arranged?.(node) ?? node
    const value = evaluator.node(
      arranged,
      arranged.args.map((a) => results.get(a)!),
    )
    results.set(node, options.kept?.(node, value) ?? value)
  }
  return results
}

/** What the roots need, arguments first, stopping at known nodes, whose values are put into `results`. */
function needed<T>(
  roots: readonly Node[],
  known: (node: Node) => Tensor<T> | undefined,
  results: Map<Node, Tensor<T>>,
): Node[] {
  const seen = new Set<Node>()
  const stack = [...roots]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (seen.has(node)) continue
    seen.add(node)
    // A bracket is read by what it is of, and not by its entries.
    const value = node.kind === 'bracket' ? undefined : known(node)
    if (value) results.set(node, value)
    else for (const a of needsOf(node)) stack.push(a)
  }
  return valuesInOrder(roots).filter((n) => seen.has(n))
}

/** The families of a recurrence, step by step. */
function scanned<T>(
  scan: Scan,
  values: Values<T>,
  numbers: Numbers<T>,
  options: Options<T>,
  results: ReadonlyMap<Node, Tensor<T>>,
): Tensor<T>[] {
  const { index, falls, families, reads, histories, takes, initial, bodies, axis } = scan
  const steps = lengthOf(scan.length, options.dims)
  const from = integerOf(scan.from, options.dims)
  const zero = numbers.rational(ZERO)
  const members = families.map(({ given }, k) => {
    const list = new Array<Tensor<T> | undefined>(steps + given)
    const first = initial[k] && results.get(initial[k])!
    const at = axis + (first && isBatched(initial[k]!, first) ? 1 : 0)
    for (let i = 0; first && i < given; i++) list[falls ? steps + i : i] = slice(first, at, i)
    return list
  })
  const outside = new Set(scan.outside)
  const known = (n: Node): Tensor<T> | undefined => (outside.has(n) ? results.get(n) : options.known?.(n))
  for (let k = 0; k < steps; k++) {
    const step = falls ? steps - 1 - k : k
    const here = new Map(values)
    here.set(index.symbol.name, scalar(numbers.number(from + step)))
    const bind = ({ symbol, shape }: SymbolNode, value: Tensor<T> | undefined): void => {
      const own = shape.map((e) => lengthOf(e, options.dims))
      const nothing = (): Tensor<T> => ({ shape: own, data: new Array<T>(sizeOfShape(own)).fill(zero) })
      here.set(symbol.name, value ?? nothing())
    }
    for (const { symbol, which, back } of reads)
      bind(symbol, members[which]![step + offsetOf(scan, which, back)])
    for (const { symbol, which } of histories) {
      const shape = bodies[which]!.shape.map((e) => lengthOf(e, options.dims))
      const none: Tensor<T> = { shape, data: new Array<T>(sizeOfShape(shape)).fill(zero) }
      const list = Array.from(members[which]!, (m) => m ?? none)
      bind(
        symbol,
        stacked(bodies[which]!, list, axis, () => shape),
      )
    }
    for (const { symbol, of, offset, axis: own } of takes) {
      const whole = results.get(of)!
      const at = own + (isBatched(of, whole) ? 1 : 0)
      const position = step + offset
      bind(symbol, position >= 0 && position < whole.shape[at]! ? slice(whole, at, position) : undefined)
    }
    const found = evaluate(bodies, here, numbers, { ...options, known })
    found.forEach((value, which) => (members[which]![step + firstOf(scan, which)] = value))
  }
  return members.map((list, k) =>
    stacked(bodies[k]!, list as Tensor<T>[], axis, () =>
      bodies[k]!.shape.map((e) => lengthOf(e, options.dims)),
    ),
  )
}

/** One of the members along an axis. */
function slice<T>({ shape, data }: Tensor<T>, axis: number, at: number): Tensor<T> {
  const inner = sizeOfShape(shape.slice(axis + 1))
  const own = shape.filter((_, i) => i !== axis)
  return { shape: own, data: data.filter((_, k) => Math.floor(k / inner) % shape[axis]! === at) }
}

/** Members, of one sample or of several, with an axis for them. */
function stacked<T>(
  body: Node,
  members: readonly Tensor<T>[],
  axis: number,
  shapeOfNone: () => readonly number[],
): Tensor<T> {
  const batched = members.find((m) => isBatched(body, m))
  const samples = batched?.shape[0]
  const own =
    members[0] === undefined
      ? shapeOfNone()
      : isBatched(body, members[0])
        ? members[0].shape.slice(1)
        : members[0].shape
  const outer = sizeOfShape(own.slice(0, axis))
  const inner = sizeOfShape(own.slice(axis))
  const data: T[] = []
  for (let s = 0; s < (samples ?? 1); s++)
    for (let o = 0; o < outer; o++)
      for (const m of members) {
        const start = (isBatched(body, m) ? s * outer * inner : 0) + o * inner
        for (let i = 0; i < inner; i++) data.push(m.data[start + i]!)
      }
  const shape = [...own.slice(0, axis), members.length, ...own.slice(axis)]
  return { shape: samples === undefined ? shape : [samples, ...shape], data }
}

/** The length of an axis as a number. Throws where a dim has no value, or the length is no whole number ≥ 0. */
export function lengthOf(extent: Extent, dims: Dims | undefined): number {
  if (typeof extent === 'number') return extent
  const length = integerOf(extent, dims)
  if (length < 0) throw new EvaluationError('shape', `${extentText(extent)} is ${length}, which is no length`)
  return length
}

/** A polynomial of dims as a whole number of any sign, as an index may have. Throws where a dim has no value. */
export function integerOf(extent: Extent, dims: Dims | undefined): number {
  if (typeof extent === 'number') return extent
  return smallIntegerOf(extent, dims) ?? exactIntegerOf(extent, dims)
}

/** In doubles, where all of it is whole and small enough to be exact. */
function smallIntegerOf(extent: SymbolicExtent, dims: Dims | undefined): number | undefined {
  let sum = 0
  for (const { coefficient, dims: powers } of extent.terms) {
    if (coefficient.d !== 1n) return undefined
    let product = Number(coefficient.n) * Number(coefficient.s)
    for (const [name, power] of powers) {
      const value = dims?.get(name)
      if (!Number.isSafeInteger(value)) return undefined
      product *= value! ** power
    }
    sum += product
    if (!Number.isSafeInteger(product) || !Number.isSafeInteger(sum)) return undefined
  }
  return sum
}

function exactIntegerOf(extent: SymbolicExtent, dims: Dims | undefined): number {
  let sum = ZERO
  for (const term of extent.terms) {
    let product = term.coefficient
    for (const [name, power] of term.dims) {
      const value = dims?.get(name)
      if (value === undefined) throw new EvaluationError('missing', `no value is given for the dim ${name}`)
      product = product.mul(ONE.mul(value).pow(power)!)
    }
    sum = sum.add(product)
  }
  const value = toNumber(sum)
  if (!Number.isInteger(value))
    throw new EvaluationError('shape', `${extentText(extent)} is ${rationalKey(sum)}, which is no length`)
  return value
}

class Evaluator<T> {
  readonly values: Values<T>
  readonly f: Numbers<T>
  readonly dims: Dims | undefined
  readonly kernels: boolean
  readonly known: Options<T>['known']
  /** Of a batch the sample at hand. */
  sample = 0
  /** What has been evaluated. */
  readonly results: ReadonlyMap<Node, Tensor<T>>

  constructor(values: Values<T>, f: Numbers<T>, options: Options<T>, results: ReadonlyMap<Node, Tensor<T>>) {
    this.results = results
    this.known = options.known
    this.values = values
    this.f = f
    this.dims = options.dims
    this.kernels = options.kernels ?? (f as Partial<System<T>>).kernels ?? false
  }

  shape(extents: readonly Extent[]): number[] {
    return extents.map((e) => lengthOf(e, this.dims))
  }

  node(node: Node, args: readonly Tensor<T>[]): Tensor<T> {
    if (node.kind === 'apply' && node.axes[0] === BATCH) return this.overBatch(node, args[0]!)
    let first = 0
    while (first < args.length && !isBatched(node.args[first]!, args[first]!)) first++
    // A derivative looks at all samples at once.
    if (first === args.length || node.kind === 'derivative') return this.one(node, args)
    if (node.kind === 'equation') return args[0]!
    const samples = Array.from({ length: args[first]!.shape[0]! }, (_, sample) => {
      this.sample = sample
      return this.one(
        node,
        args.map((value, i) => ofSample(node.args[i]!, value, sample)),
      )
    })
    return { shape: [samples.length, ...samples[0]!.shape], data: samples.flatMap(({ data }) => data) }
  }

  /** A reduction or a mask over the samples, and perhaps over axes of each. */
  overBatch(node: ApplyNode, arg: Tensor<T>): Tensor<T> {
    if (!isBatched(node.args[0]!, arg))
      throw new EvaluationError('shape', 'a statistic of the batch has no value for a single sample')
    const { op } = node
    if (op.kind !== 'reduction' && op.kind !== 'mask') return bug(`${op.name} over a batch`)
    const data = new Array<T>(op.kind === 'mask' ? arg.data.length : 0)
    for (const fibre of fibres(
      arg.shape,
      node.axes.map((axis) => axis + 1),
    )) {
      const entries = fibre.map((k) => arg.data[k]!)
      if (op.kind === 'reduction') data.push(op.meaning(this.f, entries))
      else op.meaning(this.f, entries).forEach((value, i) => (data[fibre[i]!] = value))
    }
    return { shape: op.kind === 'mask' ? arg.shape : this.shape(node.shape), data }
  }

  /** The value of a node of one sample from such values. */
  one(node: Node, args: readonly Tensor<T>[]): Tensor<T> {
    const { f } = this
    switch (node.kind) {
      case 'constant':
        return scalar(f.rational(node.value))
      case 'symbol':
        return this.symbol(node)
      case 'delta': {
        const [n] = this.shape(node.shape) as [number]
        return {
          shape: [n, n],
          data: Array.from({ length: n * n }, (_, k) => f.rational(k % (n + 1) === 0 ? ONE : ZERO)),
        }
      }
      case 'basis': {
        const [n] = this.shape(node.shape) as [number]
        if (node.index >= n)
          throw new EvaluationError(
            'shape',
            `there is no element ${node.index + 1} along an axis of length ${n}`,
          )
        return {
          shape: [n],
          data: Array.from({ length: n }, (_, k) => f.rational(k === node.index ? ONE : ZERO)),
        }
      }
      case 'iota': {
        const [n] = this.shape(node.shape) as [number]
        return { shape: [n], data: Array.from({ length: n }, (_, k) => f.number(k + 1)) }
      }
      case 'bracket':
        return this.bracket(node, args)
      case 'equation':
        return args[0]!
      case 'sum':
        return this.sum(node, args)
      case 'product':
        return evaluateProduct(f, node, args, this.shape(node.extents), {
          value: (n) => ofSample(n, this.results.get(n)!, this.sample),
          extent: (e) => integerOf(e, this.dims),
        })
      case 'apply':
        return this.apply(node, args)
      case 'derivative':
        return this.derivative(node, args[1]!, args.slice(2))
      case 'scan':
        return bug('a recurrence is evaluated as a whole')
    }
  }

  bracket(node: BracketNode, args: readonly Tensor<T>[]): Tensor<T> {
    const { f } = this
    const shape = this.shape(node.shape)
    const offset = integerOf(node.offset, this.dims)
    const data = Array.from({ length: sizeOfShape(shape) }, (_, k) => {
      const at = positionsOf(shape, k)
      let form = offset
      node.coefficients.forEach((c, axis) => (form += c * at[axis]!))
      args.forEach((a, i) => {
        const place = node.labels[i]!.reduce((p, axis, own) => p * a.shape[own]! + at[axis]!, 0)
        form += node.multiples[i]! * f.toNumber(a.data[place]!)
      })
      return f.rational((node.relation === '=' ? form === 0 : form >= 0) ? ONE : ZERO)
    })
    return { shape, data }
  }

  /** Forward mode: `of` once more in dual numbers, with a direction for each entry of what it is taken by. */
  derivative({ of, by, held }: DerivativeNode, at: Tensor<T>, still: readonly Tensor<T>[]): Tensor<T> {
    const { f, known } = this
    const zero = f.rational(ZERO)
    const one = f.rational(ONE)
    const fixed = (t: Tensor<T>): Tensor<Dual<T>> => mapTensor(t, (value) => ({ value, tangent: undefined }))
    // What all samples share is differentiated by as each of them uses it.
    const count = isBatched(by, at) ? undefined : this.samplesIn(of)
    if (count !== undefined)
      at = {
        shape: [count, ...at.shape],
        data: Array.from({ length: count }, () => at.data).flat(),
      }
    const moved = mapTensor(at, (value, k) => moving(value, k, one))
    const others = new Map(held.map((n, i) => [n, still[i]!]))
    const values = new Map([...this.values].map(([name, t]) => [name, fixed(t)]))
    if (by.kind === 'symbol') values.set(by.symbol.name, moved)
    const [value] = evaluate([of], values, dualNumbers(f), {
      ...(this.dims ? { dims: this.dims } : {}),
      kernels: this.kernels,
      known: (node) => {
        if (node === by) return moved
        const outer = others.get(node) ?? known?.(node)
        return outer && fixed(outer)
      },
    })
    const data = new Array<T>(value!.data.length * at.data.length).fill(zero)
    value!.data.forEach(({ tangent }, row) => {
      for (const { direction, slope } of tangent ?? []) data[row * at.data.length + direction] = slope
    })
    return isBatched(by, at)
      ? this.ofOthers(of, value!, by, at, data)
      : { shape: [...value!.shape, ...at.shape], data }
  }

  /** How many samples of data there are in what a node is made of; none where there is one sample alone. */
  samplesIn(root: Node): number | undefined {
    for (const node of valuesInOrder([root])) {
      const value = node.kind === 'symbol' ? this.values.get(node.symbol.name) : undefined
      if (value && isBatched(node, value)) return value.shape[0]
    }
    return undefined
  }

  /**
   * ∂(all samples of f)/∂(one sample of v): Σⱼ ∂fⱼ/∂vᵢ for each sample i, as an error term of one sample is the derivative of
   * the sum over the batch.
   */
  ofOthers(of: Node, value: Tensor<unknown>, by: Node, at: Tensor<T>, slopes: readonly T[]): Tensor<T> {
    const { f } = this
    const count = at.shape[0]!
    const columns = at.data.length / count
    const batched = isBatched(of, value)
    const rows = value.data.length / (batched ? count : 1)
    const shape = [count, ...this.shape([...of.shape, ...by.shape])]
    const data = Array.from({ length: count * rows * columns }, (_, k) => {
      const column = Math.floor(k / (rows * columns)) * columns + (k % columns)
      const row = Math.floor(k / columns) % rows
      let sum = f.rational(ZERO)
      for (let j = 0; j < count; j++)
        sum = f.add(sum, slopes[((batched ? j : 0) * rows + row) * at.data.length + column]!)
      return sum
    })
    return { shape, data }
  }

  symbol(node: SymbolNode): Tensor<T> {
    const { name, role, entries } = node.symbol
    if (entries)
      return { shape: this.shape(node.shape), data: entries.map((entry) => this.f.rational(entry)) }
    if (role === 'constant') {
      if (name === 'pi') return scalar(this.f.pi())
      if (name === 'e') return scalar(this.f.e())
    }
    if (role === 'dim') {
      const value = this.dims?.get(name)
      if (value === undefined) throw new EvaluationError('missing', `no value is given for the dim ${name}`)
      return scalar(this.f.number(value))
    }
    const index = role === 'index' ? this.dims?.get(indexName(node.symbol)) : undefined
    const value = this.values.get(name) ?? (index === undefined ? undefined : scalar(this.f.number(index)))
    if (!value) throw new EvaluationError('missing', `no value is given for the ${role} ${name}`)
    const shape = this.shape(node.shape)
    const own = node.samples !== undefined && isBatched(node, value) ? value.shape.slice(1) : value.shape
    if (shape.length !== own.length || shape.some((n, i) => n !== own[i]))
      throw new EvaluationError(
        'shape',
        `the value of ${name} has shape [${value.shape.join(', ')}], and not [${shape.join(', ')}]`,
      )
    return value
  }

  sum(node: SumNode, args: readonly Tensor<T>[]): Tensor<T> {
    const { f } = this
    const shape = this.shape(node.shape)
    const coefficients = node.coefficients.map((c) => (isOne(c) ? undefined : f.rational(c)))
    const constant = isZero(node.constant) ? undefined : f.rational(node.constant)
    const data = new Array<T>(sizeOfShape(shape))
    for (let k = 0; k < data.length; k++) {
      let sum: T | undefined = constant
      for (let i = 0; i < args.length; i++) {
        const entry = entryAt(args[i]!, k)
        const c = coefficients[i]
        const term = c === undefined ? entry : f.multiply(c, entry)
        sum = sum === undefined ? term : f.add(sum, term)
      }
      data[k] = sum!
    }
    return { shape, data }
  }

  apply(node: ApplyNode, args: readonly Tensor<T>[]): Tensor<T> {
    const { f } = this
    const { op } = node
    const shape = this.shape(node.shape)
    if ('abstract' in op && op.abstract)
      throw new EvaluationError(
        'abstract',
        `the function ${op.abstract.name} has no body, so it has no values`,
      )
    switch (op.kind) {
      case 'pointwise': {
        const rule = (this.kernels && op.kernel) || op.meaning
        const data = new Array<T>(sizeOfShape(shape))
        const [a, b] = args
        // Most have one argument or two: without a list of them for each entry.
        for (let k = 0; k < data.length; k++)
          data[k] =
            args.length === 1
              ? rule(f, entryAt(a!, k))
              : args.length === 2
                ? rule(f, entryAt(a!, k), entryAt(b!, k))
                : rule(f, ...args.map((arg) => entryAt(arg, k)))
        return { shape, data }
      }
      case 'reduction': {
        const rule = (this.kernels && op.kernel) || op.meaning
        return {
          shape,
          data: fibres(args[0]!.shape, node.axes).map((fibre) =>
            rule(
              f,
              fibre.map((k) => args[0]!.data[k]!),
            ),
          ),
        }
      }
      case 'mask': {
        const data = new Array<T>(args[0]!.data.length)
        for (const fibre of fibres(args[0]!.shape, node.axes)) {
          const values = op.meaning(
            f,
            fibre.map((k) => args[0]!.data[k]!),
          )
          fibre.forEach((k, i) => (data[k] = values[i]!))
        }
        return { shape, data }
      }
      case 'matrix': {
        // Each argument has an equal part for each matrix: its rows.
        const count = sizeOfShape(args[0]!.shape.slice(0, -2))
        const rowsOf = ({ shape: own, data }: Tensor<T>, k: number): T[][] => {
          const n = own[own.length - 1]!
          const rows = data.length / n / count
          return Array.from({ length: rows }, (_, i) =>
            data.slice((k * rows + i) * n, (k * rows + i + 1) * n),
          )
        }
        return {
          shape,
          data: Array.from({ length: count }, (_, k) =>
            op.meaning(f, ...args.map((a) => rowsOf(a, k))),
          ).flat(),
        }
      }
    }
  }
}

/** A scalar stands for every entry. */
const entryAt = <T>({ shape, data }: Tensor<T>, k: number): T => data[shape.length === 0 ? 0 : k]!

/** Whether a value is one of all samples. */
export const isBatched = (node: Pick<Node, 'shape'>, value: Tensor<unknown>): boolean =>
  value.shape.length > node.shape.length

/** Which entry of an argument goes into an entry of an elementwise node, both perhaps of all samples. */
export function entryOf(
  node: Node,
  value: Tensor<unknown>,
  arg: Node,
  at: Tensor<unknown>,
): (entry: number) => number {
  const size = value.data.length / (isBatched(node, value) ? value.shape[0]! : 1)
  const own = isBatched(arg, at) ? at.data.length / at.shape[0]! : 0
  return (k) => own * Math.floor(k / size) + (arg.shape.length === 0 ? 0 : k % size)
}

/** What a value is for one sample. */
function ofSample<T>(node: Node, value: Tensor<T>, sample: number): Tensor<T> {
  if (!isBatched(node, value)) return value
  const size = value.data.length / value.shape[0]!
  return { shape: value.shape.slice(1), data: value.data.slice(sample * size, (sample + 1) * size) }
}

/** For each index of the axes that stay: where the entries along `axes` are, in row-major order. */
export function fibres(shape: readonly number[], axes: readonly number[]): number[][] {
  const strides = stridesOf(shape)
  const offsets = (which: readonly number[]): number[] =>
    which.reduce(
      (list, axis) =>
        list.flatMap((o) => Array.from({ length: shape[axis]! }, (_, i) => o + i * strides[axis]!)),
      [0],
    )
  const along = offsets(axes)
  return offsets(shape.map((_, i) => i).filter((i) => !axes.includes(i))).map((start) =>
    along.map((o) => start + o),
  )
}
