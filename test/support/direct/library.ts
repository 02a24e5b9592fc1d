/** The library's functions, each by its plain formula. */
import * as n from './numbers.ts'
import type { Real } from './numbers.ts'
import * as t from './tensors.ts'
import type { Tensor } from './tensors.ts'

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI)

/** The error function: its series, and far out Lentz's continued fraction of its complement. */
function erf(x: number): number {
  if (Math.abs(x) > 3) return Math.sign(x) * (1 - erfcFar(Math.abs(x)))
  let term = x
  let sum = x
  for (let k = 1; k < 200; k++) {
    term *= (-x * x) / k
    sum += term / (2 * k + 1)
  }
  return TWO_OVER_ROOT_PI * sum
}

function erfcFar(x: number): number {
  let fraction = 0
  for (let k = 200; k > 0; k--) fraction = k / 2 / (x + fraction)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}

const square = (x: Real): Real => n.multiply(x, x)
const bell = (x: Real): Real => n.multiply(TWO_OVER_ROOT_PI, n.exp(n.negate(square(x))))
const tanh: (x: Real) => Real = n.pointwise(Math.tanh, (x) => n.subtract(1, square(tanh(x))))
const sigmoid: (x: Real) => Real = n.pointwise(
  (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  (x) => n.multiply(sigmoid(x), sigmoid(n.negate(x))),
)
const sin: (x: Real) => Real = n.pointwise(Math.sin, (x) => cos(x))
const cos: (x: Real) => Real = n.pointwise(Math.cos, (x) => n.negate(sin(x)))
const sinh: (x: Real) => Real = n.pointwise(Math.sinh, (x) => cosh(x))
const cosh: (x: Real) => Real = n.pointwise(Math.cosh, (x) => sinh(x))
const tan: (x: Real) => Real = n.pointwise(Math.tan, (x) => n.add(1, square(tan(x))))
const flat = (): Real => 0
const above = (x: Real, u: Real, v: Real): Real => (n.plain(x) > 0 ? u : v)

const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 }

/** Of one number, entry by entry. */
export const ELEMENTWISE: Readonly<Record<string, (x: Real) => Real>> = {
  exp: n.exp,
  log: n.log,
  sqrt: n.sqrt,
  log1p: n.pointwise(Math.log1p, (x) => n.reciprocal(n.add(1, x))),
  expm1: n.pointwise(Math.expm1, n.exp),
  log2: (x) => n.divide(n.log(x), Math.LN2),
  log10: (x) => n.divide(n.log(x), Math.LN10),
  sin,
  cos,
  tan,
  sinh,
  cosh,
  tanh,
  atan: n.pointwise(Math.atan, (x) => n.reciprocal(n.add(1, square(x)))),
  asin: n.pointwise(Math.asin, (x) => n.reciprocal(n.sqrt(n.subtract(1, square(x))))),
  acos: n.pointwise(Math.acos, (x) => n.negate(n.reciprocal(n.sqrt(n.subtract(1, square(x)))))),
  asinh: n.pointwise(Math.asinh, (x) => n.reciprocal(n.sqrt(n.add(1, square(x))))),
  acosh: n.pointwise(Math.acosh, (x) => n.reciprocal(n.sqrt(n.subtract(square(x), 1)))),
  atanh: n.pointwise(Math.atanh, (x) => n.reciprocal(n.subtract(1, square(x)))),
  erf: n.pointwise(erf, bell),
  erfc: (x) =>
    n.plain(x) > 3
      ? n.pointwise(erfcFar, (y) => n.negate(bell(y)))(x)
      : n.subtract(1, n.pointwise(erf, bell)(x)),
  sigmoid,
  σ: sigmoid,
  relu: (x) => above(x, x, 0),
  elu: (x) => above(x, x, n.pointwise(Math.expm1, n.exp)(x)),
  selu: (x) => n.multiply(SELU.scale, above(x, x, n.multiply(SELU.alpha, n.pointwise(Math.expm1, n.exp)(x)))),
  softplus: n.pointwise((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid),
  gelu: (x) => n.multiply(n.multiply(0.5, x), n.add(1, n.pointwise(erf, bell)(n.divide(x, Math.SQRT2)))),
  silu: (x) => n.multiply(x, sigmoid(x)),
  abs: (x) => (n.plain(x) === 0 ? 0 : n.plain(x) < 0 ? n.negate(x) : x),
  sign: n.pointwise(Math.sign, flat),
  floor: n.pointwise(Math.floor, flat),
  stop: n.plain,
}

// ——— reductions

type Fold = (xs: readonly Real[]) => Real

const sum: Fold = (xs) => xs.reduce(n.add, 0)
const mean: Fold = (xs) => n.divide(sum(xs), xs.length)
const max: Fold = (xs) => xs.reduce(n.larger, -Infinity)
const logsumexp: Fold = (xs) => {
  const shift = n.plain(max(xs))
  if (!Number.isFinite(shift)) return shift
  return n.add(shift, n.log(sum(xs.map((x) => n.exp(n.subtract(x, shift))))))
}
const variance: Fold = (xs) => {
  const middle = mean(xs)
  return mean(xs.map((x) => square(n.subtract(x, middle))))
}

/** What a list of numbers is reduced to; of an empty one what nothing adds up to, multiplies to, exceeds. */
export const REDUCTIONS: Readonly<Record<string, Fold>> = {
  sum,
  Σ: sum,
  mean,
  max,
  min: (xs) => xs.reduce(n.smaller, Infinity),
  prod: (xs) => xs.reduce(n.multiply, 1),
  logsumexp,
  norm: (xs) => n.sqrt(sum(xs.map(square))),
  var: variance,
  std: (xs) => n.sqrt(variance(xs)),
}

/** Over all axes, or the axes given, from 0; `keep` leaves them, of extent 1. */
export function reduced(fold: Fold, a: Tensor, axes?: readonly number[], keep = false): Tensor {
  const over = axes ?? a.shape.map((_, axis) => axis)
  let front = a
  // Each axis in front, the last one first: all in front stand in their order.
  for (const [i, axis] of [...over].sort((x, y) => y - x).entries()) front = t.moved(front, axis + i)
  const count = t.sizeOf(front.shape.slice(0, over.length))
  const rest = front.shape.slice(over.length)
  const size = t.sizeOf(rest)
  const entries = Array.from({ length: size }, (_, j) =>
    fold(Array.from({ length: count }, (_, i) => front.entries[i * size + j]!)),
  )
  return t.tensor(keep ? a.shape.map((extent, axis) => (over.includes(axis) ? 1 : extent)) : rest, entries)
}

/** A function of the vectors along one axis. */
export function along(
  f: (xs: readonly Real[]) => readonly Real[],
  a: Tensor,
  axis = a.shape.length - 1,
): Tensor {
  if (a.shape.length === 0) return t.tensor([], f(a.entries))
  const front = t.moved(a, axis)
  const size = t.sizeOf(front.shape.slice(1))
  const columns = Array.from({ length: size }, (_, j) =>
    f(Array.from({ length: front.shape[0]! }, (_, i) => front.entries[i * size + j]!)),
  )
  const extent = columns[0]!.length
  const entries = Array.from({ length: extent * size }, (_, k) => columns[k % size]![Math.floor(k / size)]!)
  return t.movedBack(t.tensor([extent, ...front.shape.slice(1)], entries), axis)
}

const shiftedBy = (f: Fold) => (xs: readonly Real[]) => {
  const by = f(xs)
  return xs.map((x) => n.subtract(x, by))
}
const running = (f: (a: Real, b: Real) => Real, first: Real) => (xs: readonly Real[]) => {
  let so = first
  return xs.map((x) => (so = f(so, x)))
}

/** A function of vectors, and what its further arguments are called. */
interface Vectors {
  readonly f: (xs: readonly Real[], ...more: readonly (Tensor | undefined)[]) => readonly Real[]
  readonly names?: readonly string[]
}

/** Of a vector, or of the vectors along the last axis or the one that is named. */
export const ALONG: Readonly<Record<string, Vectors>> = {
  logsoftmax: { f: shiftedBy(logsumexp) },
  softmax: { f: (xs) => shiftedBy(logsumexp)(xs).map(n.exp) },
  cumsum: { f: running(n.add, 0) },
  cumprod: { f: running(n.multiply, 1) },
  pad: {
    f: (xs, before, after = before) => {
      const [p, q] = numbers([before!, after!]) as [number, number]
      return [...new Array<Real>(p).fill(0), ...xs, ...new Array<Real>(q).fill(0)]
    },
    names: ['before', 'after'],
  },
}

// ——— matrices

/** Gauss–Jordan with the largest pivot: the solution of A X = B and the determinant, as its sign and the logarithm of its size. */
function eliminated(a: Tensor, b: Tensor): { solution: Tensor; sign: number; logsize: Real; det: Real } {
  const size = a.shape[0]!
  const width = b.shape.length === 1 ? 1 : b.shape[1]!
  const left = t.rows(a).map((r) => [...r.entries])
  const right = Array.from({ length: size }, (_, i) => [...b.entries.slice(i * width, (i + 1) * width)])
  let sign = 1
  let det: Real = 1
  let logsize: Real = 0
  for (let k = 0; k < size; k++) {
    let pivot = k
    for (let i = k; i < size; i++)
      if (Math.abs(n.plain(left[i]![k]!)) > Math.abs(n.plain(left[pivot]![k]!))) pivot = i
    if (pivot !== k) {
      ;[left[k], left[pivot]] = [left[pivot]!, left[k]!]
      ;[right[k], right[pivot]] = [right[pivot]!, right[k]!]
      sign = -sign
    }
    const at = left[k]![k]!
    det = n.multiply(det, at)
    logsize = n.add(logsize, n.log(ELEMENTWISE['abs']!(at)))
    if (n.plain(at) < 0) sign = -sign
    for (let i = 0; i < size; i++) {
      if (i === k) continue
      const factor = n.divide(left[i]![k]!, at)
      for (let j = k; j < size; j++) left[i]![j] = n.subtract(left[i]![j]!, n.multiply(factor, left[k]![j]!))
      for (let j = 0; j < width; j++)
        right[i]![j] = n.subtract(right[i]![j]!, n.multiply(factor, right[k]![j]!))
    }
  }
  const entries = right.flatMap((r, i) => r.map((x) => n.divide(x, left[i]![i]!)))
  const swaps = sign * left.reduce((s, r, i) => s * Math.sign(n.plain(r[i]!)), 1)
  return { solution: t.tensor(b.shape, entries), sign, logsize, det: n.multiply(swaps, det) }
}

const identity = (size: number): Tensor =>
  t.tensor(
    [size, size],
    Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 1 : 0)),
  )

/** Cholesky–Banachiewicz: the lower triangle L with L Lᵀ = A. */
function cholesky(a: Tensor): Tensor {
  const size = a.shape[0]!
  const l: Real[] = new Array<Real>(size * size).fill(0)
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let rest: Real = a.entries[i * size + j]!
      for (let k = 0; k < j; k++) rest = n.subtract(rest, n.multiply(l[i * size + k]!, l[j * size + k]!))
      l[i * size + j] = i === j ? n.sqrt(rest) : n.divide(rest, l[j * size + j]!)
    }
  return t.tensor([size, size], l)
}

const whole =
  (fold: Fold) =>
  (a: Tensor): Tensor =>
    reduced(fold, a)
const difference = (a: Tensor, b: Tensor): Tensor => t.elementwise(n.subtract, a, b)
const numbers = (extents: readonly Tensor[]): number[] => extents.map((e) => n.plain(e.entries[0]!))

const onehot = (y: Tensor, count: number): Tensor =>
  t.tensor(
    [...y.shape, count],
    y.entries.flatMap((v) => Array.from({ length: count }, (_, k) => (n.plain(v) === k + 1 ? 1 : 0))),
  )

/** A window of k × k entries, every `stride` of them, over the last two axes. */
function pooled(fold: Fold, x: Tensor, k: number, stride = k): Tensor {
  const [height, width] = x.shape.slice(-2) as [number, number]
  const lead = x.shape.slice(0, -2)
  const [p, q] = [Math.floor((height - k) / stride) + 1, Math.floor((width - k) / stride) + 1]
  const entries: Real[] = []
  for (let o = 0; o < t.sizeOf(lead); o++)
    for (let i = 0; i < p; i++)
      for (let j = 0; j < q; j++) {
        const window: Real[] = []
        for (let u = 0; u < k; u++)
          for (let v = 0; v < k; v++)
            window.push(x.entries[(o * height + i * stride + u) * width + j * stride + v]!)
        entries.push(fold(window))
      }
  return t.tensor([...lead, p, q], entries)
}

/** Σ of the products of a kernel with windows of the last axes of x, which has channels first, as many axes as there are. */
function convolved(
  x: Tensor,
  kernel: Tensor,
  stride = t.scalar(1),
  padding = t.scalar(0),
  dilation = t.scalar(1),
  bias?: Tensor,
): Tensor {
  const [s, p, e] = numbers([stride, padding, dilation]) as [number, number, number]
  const [channels, ...lengths] = x.shape as [number, ...number[]]
  const [out, , ...sizes] = kernel.shape as [number, number, ...number[]]
  const places = lengths.map(
    (length, axis) => Math.floor((length + 2 * p - e * (sizes[axis]! - 1) - 1) / s) + 1,
  )
  const entries: Real[] = []
  for (let c = 0; c < out; c++)
    for (const at of positions(places)) {
      let sum: Real = bias?.entries[c] ?? 0
      for (let d = 0; d < channels; d++)
        for (const u of positions(sizes)) {
          const from = at.map((i, axis) => i * s + u[axis]! * e - p)
          if (from.some((i, axis) => i < 0 || i >= lengths[axis]!)) continue
          const own = kernel.entries[flatAt([c, d, ...u], kernel.shape)]!
          sum = n.add(sum, n.multiply(own, x.entries[flatAt([d, ...from], x.shape)]!))
        }
      entries.push(sum)
    }
  return t.tensor([out, ...places], entries)
}

const flatAt = (at: readonly number[], shape: readonly number[]): number =>
  at.reduce((flat, i, axis) => flat * shape[axis]! + i, 0)

/** All positions in a box, from 0, the last axis fastest. */
function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, extent) => all.flatMap((at) => Array.from({ length: extent }, (_, i) => [...at, i])),
    [[]],
  )
}

/** sin and cos of the position over 10000^(2k/D), in turn (Vaswani et al., 2017). */
function positional(length: number, width: number): Tensor {
  const entries: Real[] = []
  for (let at = 0; at < length; at++)
    for (let c = 0; c < width; c++) {
      const angle = at / 10000 ** ((2 * Math.floor(c / 2)) / width)
      entries.push(c % 2 === 0 ? Math.sin(angle) : Math.cos(angle))
    }
  return t.tensor([length, width], entries)
}

/** What the arguments are called that may be left out, or given by name. */
export const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  maxpool: ['x', 'k', 'stride'],
  avgpool: ['x', 'k', 'stride'],
  conv1d: ['x', 'K', 'stride', 'padding', 'dilation', 'bias'],
  conv2d: ['x', 'K', 'stride', 'padding', 'dilation', 'bias'],
  layernorm: ['v', 'eps'],
  rmsnorm: ['v', 'eps'],
}

/** Functions of whole tensors. */
export const FUNCTIONS: Readonly<Record<string, (...args: Tensor[]) => Tensor>> = {
  outer: (a, b) =>
    t.tensor(
      [...a.shape, ...b.shape],
      a.entries.flatMap((x) => b.entries.map((y) => n.multiply(x, y))),
    ),
  dot: (a, b) => whole(sum)(t.elementwise(n.multiply, a, b)),
  trace: (a) => t.scalar(sum(t.rows(a).map((r, i) => r.entries[i]!))),
  det: (a) => t.scalar(eliminated(a, identity(a.shape[0]!)).det),
  logdet: (a) => t.scalar(eliminated(a, identity(a.shape[0]!)).logsize),
  inv: (a) => eliminated(a, identity(a.shape[0]!)).solution,
  solve: (a, b) => eliminated(a, b).solution,
  cholesky,
  diag: (v) =>
    v.shape.length === 2
      ? t.tensor(
          [v.shape[0]!],
          t.rows(v).map((r, i) => r.entries[i]!),
        )
      : t.tensor(
          [v.shape[0]!, v.shape[0]!],
          v.entries.flatMap((x, i) => v.entries.map((_, j) => (i === j ? x : 0))),
        ),
  zeros: (...extents) => t.full(numbers(extents), 0),
  ones: (...extents) => t.full(numbers(extents), 1),
  eye: (size) => identity(n.plain(size!.entries[0]!)),
  leakyrelu: (v, alpha) => t.elementwise((x, a) => above(x, x, n.multiply(a, x)), v!, alpha!),
  atan2: (y, x) =>
    t.elementwise(
      (v, u) => {
        const r2 = n.add(square(u), square(v))
        const angle = Math.atan2(n.plain(v), n.plain(u))
        // The slopes of atan2 are those of atan(v / u), which has them wherever u is not 0.
        const turned =
          n.plain(u) !== 0
            ? ELEMENTWISE['atan']!(n.divide(v, u))
            : n.negate(ELEMENTWISE['atan']!(n.divide(u, v)))
        return n.plain(r2) === 0 ? angle : n.add(turned, angle - n.plain(turned))
      },
      y!,
      x!,
    ),
  clip: (v, lo, hi) => t.elementwise((x, a, b) => n.smaller(n.larger(x, a), b), v!, lo!, hi!),
  squarederror: (a, y) => whole((xs) => n.multiply(0.5, sum(xs.map(square))))(difference(a!, y!)),
  mse: (a, y) => whole((xs) => mean(xs.map(square)))(difference(a!, y!)),
  crossentropy: (a, y) => {
    const chosen = y!.identity ? onehot(y!, a!.shape.at(-1)!) : y!
    return whole((xs) => n.negate(sum(xs)))(
      t.elementwise((p, q) => (q === 0 ? 0 : n.multiply(q, n.log(p))), a!, chosen),
    )
  },
  binarycrossentropy: (a, y) =>
    whole((xs) => n.negate(sum(xs)))(
      t.elementwise(
        (p, q) => n.add(n.multiply(q, n.log(p)), n.multiply(n.subtract(1, q), n.log(n.subtract(1, p)))),
        a!,
        y!,
      ),
    ),
  concat: (...parts) => ({
    shape: [parts.reduce((s, p) => s + p.shape[0]!, 0), ...parts[0]!.shape.slice(1)],
    entries: parts.flatMap((p) => p.entries),
  }),
  stack: (...parts) => t.stack(parts),
  cross: (u, v) => {
    const [a, b] = [u!.entries, v!.entries]
    const minor = (i: number, j: number): Real =>
      n.subtract(n.multiply(a[i]!, b[j]!), n.multiply(a[j]!, b[i]!))
    return t.tensor([3], [minor(1, 2), minor(2, 0), minor(0, 1)])
  },
  onehot: (y, count) => onehot(y!, n.plain(count!.entries[0]!)),
  conv1d: (x, kernel, ...more) => convolved(x!, kernel!, ...more),
  conv2d: (x, kernel, ...more) => convolved(x!, kernel!, ...more),
  embedding: (tok, table) => ({
    shape: [...tok!.shape, table!.shape[1]!],
    entries: tok!.entries.flatMap((i) => t.row(table!, n.plain(i) - 1).entries),
  }),
  positional: (...extents) => positional(...(numbers(extents) as [number, number])),
  layernorm: (v, eps = t.scalar(1e-5)) =>
    along((xs) => {
      const spread = n.sqrt(n.add(variance(xs), eps.entries[0]!))
      return shiftedBy(mean)(xs).map((x) => n.divide(x, spread))
    }, v!),
  rmsnorm: (v, eps = t.scalar(1e-6)) =>
    along((xs) => xs.map((x) => n.divide(x, n.sqrt(n.add(mean(xs.map(square)), eps.entries[0]!)))), v!),
  attention: (q, k, v) =>
    t.matmul(
      along(
        (xs) => shiftedBy(logsumexp)(xs).map(n.exp),
        t.map((x) => n.divide(x, Math.sqrt(q!.shape[1]!)), t.matmul(q!, t.transpose(k!))),
      ),
      v!,
    ),
  maxpool: (x, k, stride = k) => pooled(max, x!, ...(numbers([k!, stride!]) as [number, number])),
  avgpool: (x, k, stride = k) => pooled(mean, x!, ...(numbers([k!, stride!]) as [number, number])),
}
