import { isOne, toNumber } from '../base/rational.ts'
import { random } from '../base/random.ts'
import { doubles } from '../graph/doubles.ts'
import type { Extent, SymbolicExtent } from '../graph/extent.ts'
import { BATCH } from '../graph/node.ts'
import type { ApplyNode, BracketNode, Node, ProductNode, SumNode, Symbol } from '../graph/node.ts'
import type { Pointwise } from '../graph/operator.ts'
import { isElement } from '../graph/product.ts'

/**
 * Entries at one point, row-major over the shadow's lengths, with a bound of their rounding errors: undefined where a
 * shadow cannot show the value, or it is not finite.
 */
interface Shadow {
  readonly data: readonly number[]
  readonly error: readonly number[]
}

/** Axes longer than this are shadowed by a few entries, each standing for many equal ones. */
const LONGEST = 3
/** More work than this for one node is not done: it has no shadow, nor has what it is a part of. */
const MOST_WORK = 20_000
/** Rounding of one operation, with room for what Math's functions are off by. */
const ROUNDING = 1e-14
/** What is smaller may be 0 where it is computed in another order: a product of such numbers is below all doubles. */
const UNDERFLOW = 1e-100
/** How many times its estimated error a difference may be. */
const SLACK = 1e3

/**
 * What is drawn for data without assumptions. At positive values logarithms, roots and log-determinants are defined;
 * between these and negative ones comparisons go the other way.
 */
export type Signs = 'positive' | 'negative' | 'mixed'

/**
 * Values of nodes at one random point that respects the declared assumptions: equal nodes have equal ones, and others
 * all but surely not (Schwartz 1980, Zippel 1979 for polynomials). So that this costs next to nothing, tensors are
 * shadowed by small ones: an axis of n entries by m ≤ 3 of them, the first for itself and the others for the rest, each
 * for as many equal ones, by which sums over the axis weigh them. What tells entries of a long axis apart (identity matrices, unit vectors, first greatest entries, and
 * what a matrix operator works on) has no shadow.
 */
export class Fingerprint {
  readonly #values = new Shadows()
  readonly #seed: string
  readonly #signs: Signs

  /** The samples of a batch as far as they are shadowed, this one among them; others are made when they are asked for. */
  readonly #samples: Fingerprint[]
  readonly #sample: number

  constructor(seed: string, signs: Signs, samples: Fingerprint[] = []) {
    this.#seed = seed
    this.#signs = signs
    this.#sample = samples.length
    this.#samples = samples
    samples.push(this)
  }

  /** Whether the values are shown to be different; undefined where this point says nothing. */
  differ(a: Node, b: Node): boolean | undefined {
    this.#find(a)
    this.#find(b)
    const values = this.#values
    if (a.shape.length === 0 && b.shape.length === 0) {
      const [v, w] = [values.value(a), values.value(b)]
      return Number.isNaN(v) || Number.isNaN(w) ? undefined : apart(v, w, values.error(a) + values.error(b))
    }
    const x = values.get(a)
    const y = values.get(b)
    if (!x || !y) return undefined
    return x.data.some((v, i) => apart(v, y.data[i]!, x.error[i]! + y.error[i]!))
  }

  /** Names, sums, products and functions of scalars, which long programs are made of, without a list for each; false for others. */
  #scalar(node: Node): boolean {
    const values = this.#values
    if (node.shape.length > 0) return false
    let value: number
    let error: number
    if (node.kind === 'equation') {
      value = values.value(node.body)
      error = values.error(node.body)
    } else if (node.kind === 'sum') {
      value = toNumber(node.constant)
      error = ROUNDING * Math.abs(value)
      node.args.forEach((a, i) => {
        const c = toNumber(node.coefficients[i]!)
        const term = c * values.value(a)
        value += term
        error += Math.abs(c) * values.error(a) + ROUNDING * Math.abs(term)
      })
    } else if (node.kind === 'product' && node.extents.length === 0) {
      value = toNumber(node.coefficient)
      error = 0
      node.args.forEach((a, i) => {
        const exponent = toNumber(node.exponents[i]!)
        const x = values.value(a)
        const factor = exponent === 1 ? x : x ** exponent
        error = productError(value, error, factor, powerError(x, values.error(a), factor, exponent))
        value *= factor
      })
      error += ROUNDING * node.args.length * Math.abs(value)
    } else if (node.kind === 'apply' && node.op.kind === 'pointwise' && !node.op.abstract) {
      const xs = node.args.map((a) => values.value(a))
      const errors = node.args.map((a) => values.error(a))
      const result = applied(node.op, xs, errors)
      value = result.value
      error = result.error
    } else return false
    values.setScalar(node, value, error)
    return true
  }

  of(root: Node): Shadow | undefined {
    this.#find(root)
    return this.#values.get(root)
  }

  #find(root: Node): void {
    const values = this.#values
    if (values.has(root)) return
    const stack = [root]
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!
      if (values.has(node)) {
        stack.pop()
        continue
      }
      const own = stack.length
      for (const a of node.args) if (!values.has(a)) stack.push(a)
      if (stack.length > own) continue
      if (!this.#scalar(node)) values.set(node, fits(node) ? this.#finite(this.#value(node)) : undefined)
    }
  }

  #finite(shadow: Shadow | undefined): Shadow | undefined {
    return shadow?.data.every(Number.isFinite) && shadow.error.every(Number.isFinite) ? shadow : undefined
  }

  #value(node: Node): Shadow | undefined {
    switch (node.kind) {
      case 'constant':
        return exact([toNumber(node.value)])
      case 'symbol':
        return this.#symbol(node.symbol)
      case 'delta':
        return isLong(node.extent)
          ? undefined
          : exact(entries([node.extent, node.extent], (at) => (at[0] === at[1] ? 1 : 0)))
      case 'basis':
        return isLong(node.extent)
          ? undefined
          : exact(entries([node.extent], (at) => (at[0] === node.index ? 1 : 0)))
      case 'iota':
        return isLong(node.extent) ? undefined : exact(entries([node.extent], (at) => at[0]! + 1))
      case 'bracket':
        return this.#bracket(node)
      case 'equation':
        return this.#values.get(node.body)
      case 'sum':
        return this.#sum(node)
      case 'product':
        return this.#product(node)
      case 'apply':
        return this.#apply(node)
      case 'derivative':
        return undefined
    }
  }

  /** Of axes whose positions stand for themselves. */
  #bracket(node: BracketNode): Shadow | undefined {
    const offset = typeof node.offset === 'number' ? node.offset : undefined
    const args = node.args.map((a) => this.#values.get(a))
    if (offset === undefined || node.shape.some(isLong) || args.some((a) => a === undefined)) return undefined
    return exact(
      entries(node.shape, (at) => {
        let form = offset
        node.coefficients.forEach((c, axis) => (form += c * at[axis]!))
        args.forEach((a, k) => {
          const place = node.labels[k]!.reduce((p, axis) => p * length(node.shape[axis]!) + at[axis]!, 0)
          form += node.multiples[k]! * a!.data[place]!
        })
        return (node.relation === '=' ? form === 0 : form >= 0) ? 1 : 0
      }),
    )
  }

  #symbol(symbol: Symbol): Shadow {
    const { name, role, shape, assumptions: a, entries: known } = symbol
    if (known) return exact(entries(shape, (at) => toNumber(known[placeOf(shape as readonly number[], at)]!)))
    if (role === 'constant') return exact([name === 'pi' ? Math.PI : Math.E])
    if (role === 'dim') return exact([openLength(name)])
    const own = symbol.samples !== undefined && this.#sample > 0 ? ` sample ${this.#sample}` : ''
    const rng = random(`${this.#seed} ${name}${own}`)
    const size = sizeOf(shape)
    const { indexes } = symbol
    const draw = (): number => {
      if (role === 'index') return rng.integer(1, 3)
      if (indexes !== undefined) return rng.integer(0, length(indexes) - 1)
      if (a.has('binary')) return rng.integer(a.has('positive') ? 1 : 0, 1)
      // Where all are positive they are below 1 too: probabilities, of whose complements there are logarithms.
      const value = this.#signs === 'positive' ? 0.1 + 0.85 * rng.uniform() : 0.2 + 1.3 * rng.uniform()
      if (a.has('positive') || a.has('nonnegative')) return value
      return this.#signs === 'mixed'
        ? rng.chance(0.5)
          ? value
          : -value
        : this.#signs === 'negative'
          ? -value
          : value
    }
    const data = Array.from({ length: size }, draw)
    const last = shape.length > 0 ? length(shape[shape.length - 1]!) : 1
    // Square matrices with positive determinants.
    if (this.#signs === 'positive' && a.size === 0 && shape.length === 2 && length(shape[0]!) === last)
      for (let k = 0; k < last; k++) data[k * last + k]! += 2 * last
    if (a.has('onehot') || a.has('simplex'))
      this.#distribution(data, shape[shape.length - 1] ?? 1, a.has('onehot'))
    if (a.has('symmetric') && shape.length >= 2)
      for (let k = 0; k < size; k++) {
        const [row, column] = [Math.floor(k / last) % last, k % last]
        if (row > column) data[k] = data[k - row * last - column + column * last + row]!
      }
    return exact(data)
  }

  /** Rows whose entries, as often as each stands for, sum to 1. */
  #distribution(data: number[], extent: Extent, onehot: boolean): void {
    const last = length(extent)
    for (let start = 0; start < data.length; start += last) {
      // Of a long axis only the first entry stands for itself alone.
      const hot = isLong(extent) ? 0 : (start / last) % last
      let total = 0
      for (let k = 0; k < last; k++) {
        if (onehot) data[start + k] = k === hot ? 1 : 0
        data[start + k] = Math.abs(data[start + k]!)
        total += data[start + k]! * weight(extent, k)
      }
      for (let k = 0; k < last; k++) data[start + k]! /= total
    }
  }

  #sum(node: SumNode): Shadow | undefined {
    const terms: Shadow[] = []
    for (const a of node.args) {
      const value = this.#values.get(a)
      if (!value) return undefined
      terms.push(value)
    }
    const size = sizeOf(node.shape)
    const coefficients = node.coefficients.map(toNumber)
    const constant = toNumber(node.constant)
    const data = filled(size, constant)
    const error = filled(size, ROUNDING * Math.abs(constant))
    terms.forEach((t, i) => {
      const c = coefficients[i]!
      const scalar = t.data.length === 1
      for (let k = 0; k < size; k++) {
        const at = scalar ? 0 : k
        const term = c * t.data[at]!
        data[k]! += term
        error[k]! += Math.abs(c) * t.error[at]! + ROUNDING * Math.abs(term)
      }
    })
    return { data, error }
  }

  #product(node: ProductNode): Shadow | undefined {
    const rank = node.shape.length
    const lengths = node.extents.map(length)
    const summed = lengths.slice(rank).reduce((n, l) => n * l, 1)
    const size = sizeOf(node.shape)
    const factors: Shadow[] = []
    // Of a long axis only some entries are there, and a bracket asks for certain ones.
    if (node.args.some((x) => x.kind === 'bracket') && node.extents.some(isLong)) return undefined
    // An element of a long axis cannot be told from the others, but it is one of them.
    if (isElement(node) && node.extents.slice(rank).some(isLong)) return undefined
    for (const a of node.args) {
      const value = this.#values.get(a)
      if (!value) return undefined
      factors.push(value)
    }
    if (size * summed * (factors.length + 1) > MOST_WORK) return undefined
    const coefficient = toNumber(node.coefficient)
    const long = node.extents.flatMap((extent, label) => (label >= rank && isLong(extent) ? [label] : []))
    const exponents = node.exponents.map((e) => (isOne(e) ? 1 : toNumber(e)))
    const strides = node.args.map((a, i) => stridesBy(a.shape, node.labels[i]!, lengths.length))
    const data = filled(size)
    const error = filled(size)
    const at = new Int32Array(lengths.length)
    for (let k = 0; k < size * summed; k++) {
      let value = coefficient
      for (const label of long) value *= weight(node.extents[label]!, at[label]!)
      let off = 0
      for (let i = 0; i < factors.length; i++) {
        let place = 0
        const by = strides[i]!
        for (let l = 0; l < by.length; l++) place += by[l]! * at[l]!
        const x = factors[i]!.data[place]!
        const exponent = exponents[i]!
        const factor = exponent === 1 ? x : x ** exponent
        off = productError(value, off, factor, powerError(x, factors[i]!.error[place]!, factor, exponent))
        value *= factor
      }
      const to = Math.floor(k / summed)
      data[to]! += value
      error[to]! += off + ROUNDING * factors.length * Math.abs(value)
      for (let l = lengths.length - 1; l >= 0 && ++at[l]! === lengths[l]; l--) at[l] = 0
    }
    return { data, error }
  }

  #apply(node: ApplyNode): Shadow | undefined {
    const { op } = node
    if (node.axes[0] === BATCH) return this.#overBatch(node)
    const args: Shadow[] = []
    for (const a of node.args) {
      const value = this.#values.get(a)
      if (!value) return undefined
      args.push(value)
    }
    switch (op.kind) {
      case 'pointwise': {
        if (op.abstract) return this.#abstract(op.name, args, sizeOf(node.shape))
        const size = sizeOf(node.shape)
        const data = filled(size)
        const error = filled(size)
        for (let k = 0; k < size; k++) {
          const at = (a: Shadow): number => (a.data.length === 1 ? 0 : k)
          const result = applied(
            op,
            args.map((a) => a.data[at(a)]!),
            args.map((a) => a.error[at(a)]!),
          )
          data[k] = result.value
          error[k] = result.error
        }
        return { data, error }
      }
      case 'reduction': {
        const rule = op.kernel ?? op.meaning
        // In a log-sum-exp an entry stands for as many as its weight says; which is greatest does not ask how many.
        return this.#along(node, args[0]!, (values, weights) => [
          rule(doubles, op.picks === undefined ? values.map((x, k) => x + Math.log(weights[k]!)) : values),
        ])
      }
      case 'mask':
        return node.axes.some((axis) => isLong(node.args[0]!.shape[axis]!))
          ? undefined
          : this.#along(node, args[0]!, (values) => op.meaning(doubles, values))
      case 'matrix': {
        // Of one matrix, and of what is in the language: a factorisation has one more row, which a shadow may lack.
        const { shape } = node.args[0]!
        if (op.abstract) return undefined
        if (shape.length !== 2 || shape.some(isLong) || !op.pull) return undefined
        const n = length(shape[1]!)
        return withErrors(args[0]!, (data) =>
          op.meaning(
            doubles,
            Array.from({ length: n }, (_, i) => data.slice(i * n, (i + 1) * n)),
          ),
        )
      }
    }
  }

  /** A statistic of the batch: of this sample and of others, each of which may stand for many. */
  #overBatch({ op, args, axes }: ApplyNode): Shadow | undefined {
    const arg = args[0]!
    const extent = arg.samples!
    if (axes.length > 1 || !isWhole(length(extent)) || (op.kind === 'mask' && isLong(extent)))
      return undefined
    const all: Shadow[] = []
    for (let k = 0; k < length(extent); k++) {
      const shadow = (this.#samples[k] ?? new Fingerprint(this.#seed, this.#signs, this.#samples)).of(arg)
      if (!shadow) return undefined
      all.push(shadow)
    }
    const data: number[] = []
    const error: number[] = []
    for (let i = 0; i < all[0]!.data.length; i++) {
      const shadow = { data: all.map((s) => s.data[i]!), error: all.map((s) => s.error[i]!) }
      const result = withErrors(shadow, (values) => {
        if (op.kind === 'mask') return [op.meaning(doubles, values)[this.#sample]!]
        const weighted = (v: number, k: number): number => v * weight(extent, k)
        return op.kind === 'reduction'
          ? [op.meaning(doubles, op.adds ? values.map(weighted) : values)]
          : [NaN]
      })
      data.push(result.data[0]!)
      error.push(result.error[0]!)
    }
    return { data, error }
  }

  /** A function without a body is some function: a fixed combination of its arguments, told apart by its name. */
  #abstract(name: string, args: readonly Shadow[], size: number): Shadow {
    const rng = random(`${this.#seed} function ${name}`)
    const [shift, ...weights] = [rng.uniform(), ...args.map(() => 0.5 + rng.uniform())]
    return exact(
      Array.from({ length: size }, (_, k) =>
        args.reduce((s, a, i) => s + weights[i]! * a.data[a.data.length === 1 ? 0 : k]!, shift!),
      ),
    )
  }

  #along(
    node: ApplyNode,
    arg: Shadow,
    rule: (values: readonly number[], weights: readonly number[]) => readonly number[],
  ): Shadow {
    const { shape } = node.args[0]!
    const lengths = shape.map(length)
    const kept = shape.map((_, i) => i).filter((i) => !node.axes.includes(i))
    const groups = new Map<string, number[]>()
    const weights: number[] = []
    entries(shape, (at, k) => {
      const key = kept.map((i) => at[i]!).join()
      weights[k] = node.axes.reduce((w, axis) => w * weight(shape[axis]!, at[axis]!), 1)
      const group = groups.get(key)
      if (group) group.push(k)
      else groups.set(key, [k])
      return 0
    })
    const keeps = node.shape.length === shape.length
    const size = keeps ? lengths.reduce((a, b) => a * b, 1) : groups.size
    const data = filled(size)
    const error = filled(size)
    let next = 0
    for (const group of groups.values()) {
      const by = group.map((k) => weights[k]!)
      const result = withErrors(
        { data: group.map((k) => arg.data[k]!), error: group.map((k) => arg.error[k]!) },
        (values) => rule(values, by),
      )
      const places = keeps ? group : [next++]
      places.forEach((k, i) => {
        data[k] = result.data[i]!
        error[k] = result.error[i]!
      })
    }
    return { data, error }
  }
}

/** Whether two values are different for sure: where rounding may be most of it, a difference means nothing. */
const apart = (v: number, w: number, error: number): boolean =>
  Math.abs(v - w) > SLACK * (error + ROUNDING * (Math.abs(v) + Math.abs(w))) + UNDERFLOW

/** An elementwise function, and how errors of its arguments grow: by one more evaluation for each. */
function applied(
  op: Pointwise,
  xs: readonly number[],
  errors: readonly number[],
): { value: number; error: number } {
  const rule = op.kernel ?? op.meaning
  const value = rule(doubles, ...xs)
  let error = ROUNDING * Math.abs(value)
  for (let i = 0; i < xs.length; i++) {
    const moved = [...xs]
    moved[i]! += errors[i]! + ROUNDING * Math.abs(xs[i]!)
    error += Math.abs(rule(doubles, ...moved) - value)
  }
  return { value, error }
}

/** A function of several entries, and how their errors grow in it. */
function withErrors({ data, error }: Shadow, rule: (data: readonly number[]) => readonly number[]): Shadow {
  const values = rule(data)
  const errors = values.map((v) => ROUNDING * Math.abs(v))
  data.forEach((x, i) => {
    const moved = [...data]
    moved[i] = x + error[i]! + ROUNDING * Math.abs(x)
    rule(moved).forEach((v, k) => (errors[k]! += Math.abs(v - values[k]!)))
  })
  return { data: values, error: errors }
}

/** Shadows by nodes. Those of scalars stand in arrays by the nodes' ids: a long program has hundreds of thousands. */
class Shadows {
  readonly #tensors = new Map<Node, Shadow | undefined>()
  #known = new Uint8Array(1024)
  #values = new Float64Array(1024)
  #errors = new Float64Array(1024)

  has(node: Node): boolean {
    return node.shape.length > 0 ? this.#tensors.has(node) : this.#known[node.id] === 1
  }

  get(node: Node): Shadow | undefined {
    if (node.shape.length > 0) return this.#tensors.get(node)
    const value = this.value(node)
    return Number.isNaN(value) ? undefined : { data: [value], error: [this.error(node)] }
  }

  set(node: Node, shadow: Shadow | undefined): void {
    if (node.shape.length > 0) this.#tensors.set(node, shadow)
    else this.setScalar(node, shadow?.data[0] ?? NaN, shadow?.error[0] ?? 0)
  }

  /** NaN where there is none. */
  value(node: Node): number {
    return this.#known[node.id] === 1 ? this.#values[node.id]! : NaN
  }

  error(node: Node): number {
    return this.#errors[node.id]!
  }

  setScalar({ id }: Node, value: number, error: number): void {
    if (id >= this.#known.length) {
      const size = 2 * id
      this.#known = grown(this.#known, new Uint8Array(size))
      this.#values = grown(this.#values, new Float64Array(size))
      this.#errors = grown(this.#errors, new Float64Array(size))
    }
    this.#known[id] = 1
    this.#values[id] = Number.isFinite(value) && Number.isFinite(error) ? value : NaN
    this.#errors[id] = error
  }
}

function grown<A extends Uint8Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}

const exact = (data: readonly number[]): Shadow => ({ data, error: filled(data.length) })
const filled = (size: number, value = 0): number[] => new Array<number>(size).fill(value)

/** Whether fewer entries than there are stand for an axis. */
const isLong = (extent: Extent): boolean => typeof extent === 'number' && extent > LONGEST
/** Whether all lengths of open dims come out whole, as for the lengths that are tried here. */
const fits = (node: Node): boolean =>
  (node.kind === 'product' ? node.extents : node.shape).every(
    (e) => typeof e === 'number' || isWhole(lengthAt(e)),
  )
const isWhole = (n: number): boolean => Number.isInteger(n) && n >= 1
const lengthAt = (extent: SymbolicExtent): number =>
  extent.terms.reduce(
    (sum, { coefficient, dims }) =>
      sum + [...dims].reduce((p, [name, power]) => p * openLength(name) ** power, toNumber(coefficient)),
    0,
  )
/** The shadow of an axis: of open dims small lengths. */
const length = (extent: Extent): number =>
  typeof extent === 'number' ? Math.min(extent, 2 + (extent % 2)) : lengthAt(extent)
const openLength = (name: string): number => 2 + (name.charCodeAt(0) % 2)
/** How many entries one of the shadow stands for. */
const weight = (extent: Extent, k: number): number =>
  !isLong(extent) ? 1 : k === 0 ? 1 : ((extent as number) - 1) / (length(extent) - 1)
const sizeOf = (shape: readonly Extent[]): number => shape.reduce((n: number, e) => n * length(e), 1)

function entries(shape: readonly Extent[], value: (at: readonly number[], k: number) => number): number[] {
  const lengths = shape.map(length)
  return Array.from({ length: sizeOf(shape) }, (_, k) => {
    const at: number[] = []
    for (let i = lengths.length - 1, rest = k; i >= 0; i--) {
      at[i] = rest % lengths[i]!
      rest = Math.floor(rest / lengths[i]!)
    }
    return value(at, k)
  })
}

/** Where an entry stands, row-major. */
const placeOf = (shape: readonly number[], at: readonly number[]): number =>
  shape.reduce((place, length, axis) => place * length + at[axis]!, 0)

/** How far an entry is from the first one for a step along each label. */
function stridesBy(shape: readonly Extent[], labels: readonly number[], count: number): number[] {
  const strides = new Array<number>(count).fill(0)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[labels[axis]!]! += stride
    stride *= length(shape[axis]!)
  }
  return strides
}

/** The error of power = x^exponent, of an x that is off by `error`: of a power of 0 that of the error itself. */
const powerError = (x: number, error: number, power: number, exponent: number): number =>
  error === 0 ? 0 : x === 0 ? error ** exponent : Math.abs(power) * Math.abs(exponent) * (error / Math.abs(x))

/** The error of a·b, where a and b are off by so much: also where one of them is 0. */
const productError = (a: number, errorOfA: number, b: number, errorOfB: number): number =>
  errorOfA * (Math.abs(b) + errorOfB) + Math.abs(a) * errorOfB
