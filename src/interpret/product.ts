import { HALF, MINUS_ONE, ONE, type Rational, TWO, ZERO, isOne, isPositive, same } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import type { Node, ProductNode } from '../graph/node.ts'
import { type LabelForm, nestOf } from '../graph/subscripts.ts'
import type { Numbers } from '../graph/field.ts'
import { type Tensor, sizeOfShape, stridesOf } from './tensor.ts'

/** A tensor whose axes carry labels. */
interface Labelled<T> {
  readonly tensor: Tensor<T>
  readonly labels: readonly number[]
}

/** Above this number of multiplications a product of many factors is contracted pair by pair. */
const PLAIN_WORK = 1 << 18
/** Up to so many offsets a plan is kept: the same product is often evaluated at many points. */
const KEPT = 1 << 12

/** How a product is evaluated at given lengths, whatever the values. */
interface Plan {
  readonly extents: readonly number[]
  /** Two unit vectors fix the same label differently. */
  readonly isZero: boolean
  /** The arguments that are no structure, with the loops that their axes belong to. */
  readonly factors: readonly { readonly arg: number; readonly labels: readonly number[] }[]
  readonly out: readonly number[]
  readonly summed: readonly number[]
  readonly loop: Loop
  /** Where the entries of `out` are in the result. */
  readonly places: readonly number[]
  /** Where factors are read, if there are few places; they are found anew each time otherwise. */
  readonly offsets: Offsets | undefined
}

const plans = new WeakMap<ProductNode, Plan>()

/**
 * coefficient · Σ Π factor[labels]^exponent. Identities and unit vectors are structure and not numbers: δᵢⱼ makes one
 * loop of two labels and eₖ(i) fixes one, so that an entry next to a NaN, or a diagonal with an ∞ elsewhere, is itself.
 *
 * @param extents the lengths of all labels, those of the result first
 */
export function evaluateProduct<T>(
  f: Numbers<T>,
  node: ProductNode,
  args: readonly Tensor<T>[],
  extents: readonly number[],
  known: Known<T>,
): Tensor<T> {
  let plan = plans.get(node)
  if (!plan || !plan.extents.every((n, l) => n === extents[l])) {
    if (node.args.some((a) => a.kind === 'bracket')) return evaluateNest(f, node, args, extents, known)
    plan = planOf(node, extents)
    if (plan.offsets) plans.set(node, plan)
  }
  const shape = extents.slice(0, node.shape.length)
  const data = new Array<T>(sizeOfShape(shape)).fill(f.rational(ZERO))
  if (plan.isZero) return { shape, data }
  const factors = plan.factors.map(({ arg, labels }) => ({
    tensor: raise(f, args[arg]!, node.exponents[arg]!),
    labels,
  }))
  const core = plan.offsets
    ? plan.offsets.results.map(summation(f, factors, plan.offsets.terms))
    : contract(f, factors, plan.out, plan.summed, plan.loop)
  const coefficient = isOne(node.coefficient) ? undefined : f.rational(node.coefficient)
  plan.places.forEach((place, k) => {
    const value = core[k]!
    data[place] = coefficient === undefined ? value : f.multiply(coefficient, value)
  })
  return { shape, data }
}

function planOf(node: ProductNode, extents: readonly number[]): Plan {
  const shape = extents.slice(0, node.shape.length)
  const classes = extents.map((_, l) => l)
  const find = (l: number): number => (classes[l] === l ? l : find(classes[l]!))
  const plain: number[] = []
  const units: { label: number; index: number }[] = []
  node.args.forEach((arg, i) => {
    const labels = node.labels[i]!
    const isStructure = isPositive(node.exponents[i]!)
    if (arg.kind === 'delta' && isStructure) {
      // The smaller label is the name, so that a class with an axis of the result is named by such an axis.
      const [a, b] = labels.map(find) as [number, number]
      classes[Math.max(a, b)] = Math.min(a, b)
    } else if (arg.kind === 'basis' && isStructure) units.push({ label: labels[0]!, index: arg.index })
    else plain.push(i)
  })
  const fixed = new Map<number, number>()
  let isZero = false
  for (const { label, index } of units) {
    const name = find(label)
    if (fixed.has(name) && fixed.get(name) !== index) isZero = true
    fixed.set(name, index)
  }
  const factors = plain.map((arg) => ({ arg, labels: node.labels[arg]!.map(find) }))
  const out = [...new Set(shape.map((_, l) => find(l)))]
  const summed = [...new Set(extents.map((_, l) => find(l)))].filter((l) => l >= shape.length)
  // Only the loops remain; what is fixed has one turn.
  const loop = (l: number): { from: number; to: number } =>
    fixed.has(l) ? { from: fixed.get(l)!, to: fixed.get(l)! + 1 } : { from: 0, to: extents[l]! }
  const strides = stridesOf(shape)
  const steps = out.map((l) => strides.reduce((s, stride, axis) => s + (find(axis) === l ? stride : 0), 0))
  const places: number[] = []
  if (!isZero) forEachIndex(out.map(loop), (index) => places.push(dot(index, steps)))
  const turns = summed.reduce((n, l) => n * lengthOfLoop(loop(l)), 1)
  const isSmall =
    places.length * turns * factors.length <= PLAIN_WORK && (places.length + turns) * factors.length <= KEPT
  const offsets = (): Offsets => {
    const steps = factors.map(({ labels }) => stepsOf({ shape: labels.map((l) => extents[l]!), labels }))
    return { results: offsetsOf(steps, out, loop), terms: offsetsOf(steps, summed, loop) }
  }
  return { extents, isZero, factors, out, summed, loop, places, offsets: isSmall ? offsets() : undefined }
}

/** What brackets ask for: the values of their arguments, and of extents. */
export interface Known<T> {
  readonly value: (node: Node) => Tensor<T>
  readonly extent: (extent: Extent) => number
}

/** With brackets: labels that they fix follow from the others, and what is not within its axis adds nothing. */
function evaluateNest<T>(
  f: Numbers<T>,
  node: ProductNode,
  args: readonly Tensor<T>[],
  extents: readonly number[],
  known: Known<T>,
): Tensor<T> {
  const shape = extents.slice(0, node.shape.length)
  const nest = nestOf(node)
  const factors = nest.factors.map((i) => ({
    tensor: raise(f, args[i]!, node.exponents[i]!),
    labels: node.labels[i]!,
  }))
  const data = new Array<T | undefined>(sizeOfShape(shape)).fill(undefined)
  const at: number[] = []
  const place = (labels: readonly number[], own: readonly number[]): number =>
    labels.reduce((p, l, axis) => p * own[axis]! + at[l]!, 0)
  const reader = (form: LabelForm): (() => number) => {
    const offset = known.extent(form.offset)
    const values = form.multiples.map((m) => known.value(m.node))
    return () => {
      let sum = offset
      for (const [l, c] of form.labels) sum += c * at[l]!
      form.multiples.forEach((m, k) => {
        sum += m.coefficient * f.toNumber(values[k]!.data[place(m.labels, values[k]!.shape)]!)
      })
      return sum
    }
  }
  const solved = nest.solved.map((s) => ({ label: s.label, read: reader(s.form) }))
  const conditions = nest.conditions.map((c) => ({ relation: c.relation, read: reader(c.form) }))
  const coefficient = f.rational(node.coefficient)
  forEachIndex(
    nest.free.map((l) => ({ from: 0, to: extents[l]! })),
    (index) => {
      nest.free.forEach((l, k) => (at[l] = index[k]!))
      for (const { label, read } of solved) {
        const position = read()
        if (position < 0 || position >= extents[label]!) return
        at[label] = position
      }
      for (const { relation, read } of conditions) if (relation === '=' ? read() !== 0 : read() < 0) return
      let product: T | undefined
      for (const { tensor, labels } of factors) {
        const entry = tensor.data[place(labels, tensor.shape)]!
        product = product === undefined ? entry : f.multiply(product, entry)
      }
      const term = product ?? f.rational(ONE)
      const to = place(
        shape.map((_, l) => l),
        shape,
      )
      data[to] = data[to] === undefined ? term : f.add(data[to], term)
    },
  )
  const zero = f.rational(ZERO)
  return {
    shape,
    data: data.map((sum) =>
      sum === undefined ? zero : isOne(node.coefficient) ? sum : f.multiply(coefficient, sum),
    ),
  }
}

type Loop = (label: number) => { readonly from: number; readonly to: number }
const lengthOfLoop = ({ from, to }: ReturnType<Loop>): number => Math.max(0, to - from)

/** Σ over `summed` of the product of the factors, for each index of `out` in row-major order of its loops. */
function contract<T>(
  f: Numbers<T>,
  factors: readonly Labelled<T>[],
  out: readonly number[],
  summed: readonly number[],
  loop: Loop,
): T[] {
  const length = (l: number): number => lengthOfLoop(loop(l))
  const work = [...out, ...summed].reduce((w, l) => w * length(l), factors.length)
  if (work > PLAIN_WORK && factors.length > 2 && summed.length > 1) {
    // One summed label at a time, the one with the smallest intermediate result first.
    const around = (l: number): Labelled<T>[] => factors.filter((x) => x.labels.includes(l))
    const kept = (l: number): number[] =>
      [...new Set(around(l).flatMap((x) => x.labels))].filter((m) => m !== l)
    const size = (l: number): number => kept(l).reduce((w, m) => w * length(m), 1)
    const best = [...summed].sort((a, b) => size(a) - size(b))[0]!
    const inner = around(best)
    if (inner.length < factors.length) {
      const labels = kept(best)
      // The intermediate result is a plain tensor: it starts at 0 even where a unit vector fixes a later index.
      const data = contract(f, inner, labels, [best], (l) =>
        l === best ? loop(l) : { from: 0, to: loop(l).to },
      )
      const made: Labelled<T> = { tensor: { shape: labels.map((l) => loop(l).to), data }, labels }
      return contract(
        f,
        [...factors.filter((x) => !inner.includes(x)), made],
        out,
        summed.filter((l) => l !== best),
        loop,
      )
    }
  }
  const steps = factors.map(({ tensor: { shape }, labels }) => stepsOf({ shape, labels }))
  const terms = offsetsOf(steps, summed, loop)
  const outSteps = steps.map((step) => out.map(step))
  const result: T[] = []
  const sum = summation(f, factors, terms)
  forEachIndex(out.map(loop), (index) => result.push(sum(outSteps.map((s) => dot(s, index)))))
  return result
}

/** Where each factor is read: for each index of the result, and beyond that for each index that is summed over. */
interface Offsets {
  readonly results: readonly (readonly number[])[]
  readonly terms: readonly (readonly number[])[]
}

/** How far a turn of each loop moves within a factor. */
function stepsOf({ shape, labels }: Pick<Labelled<never>, 'labels'> & { readonly shape: readonly number[] }) {
  const strides = stridesOf(shape)
  return (l: number): number => strides.reduce((s, stride, axis) => s + (labels[axis] === l ? stride : 0), 0)
}

function offsetsOf(
  steps: readonly ((label: number) => number)[],
  loops: readonly number[],
  loop: Loop,
): number[][] {
  const each = steps.map((step) => loops.map(step))
  const offsets: number[][] = []
  forEachIndex(loops.map(loop), (index) => offsets.push(each.map((s) => dot(s, index))))
  return offsets
}

/** The sum over all terms of the product of the factors, which are read from `base` on. */
function summation<T>(
  f: Numbers<T>,
  factors: readonly Labelled<T>[],
  terms: Offsets['terms'],
): (base: readonly number[]) => T {
  const zero = f.rational(ZERO)
  const one = f.rational(ONE)
  const entries = factors.map(({ tensor }) => tensor.data)
  return (base) => {
    let sum: T | undefined
    for (const term of terms) {
      let product: T | undefined
      for (let k = 0; k < entries.length; k++) {
        const entry = entries[k]![base[k]! + term[k]!]!
        product = product === undefined ? entry : f.multiply(product, entry)
      }
      product ??= one
      sum = sum === undefined ? product : f.add(sum, product)
    }
    return sum ?? zero
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Every index of nested loops, the last one fastest; the list handed over is reused. */
function forEachIndex(
  loops: readonly { readonly from: number; readonly to: number }[],
  visit: (index: readonly number[]) => void,
): void {
  if (loops.some((l) => l.to <= l.from)) return
  const index = loops.map((l) => l.from)
  for (;;) {
    visit(index)
    let axis = loops.length - 1
    while (axis >= 0 && ++index[axis]! >= loops[axis]!.to) index[axis] = loops[axis--]!.from
    if (axis < 0) return
  }
}

/** Every entry to a rational power. */
function raise<T>(f: Numbers<T>, t: Tensor<T>, exponent: Rational): Tensor<T> {
  if (isOne(exponent)) return t
  return { shape: t.shape, data: t.data.map((x) => rationalPower(f, x, exponent)) }
}

function rationalPower<T>(f: Numbers<T>, x: T, exponent: Rational): T {
  if (same(exponent, MINUS_ONE)) return f.divide(f.rational(ONE), x)
  if (same(exponent, TWO)) return f.multiply(x, x)
  if (same(exponent, HALF)) return f.call('sqrt', x)
  if (same(exponent, HALF.neg())) return f.divide(f.rational(ONE), f.call('sqrt', x))
  return f.power(x, f.rational(exponent))
}
