import {
  ONE,
  type Rational,
  compare,
  isInteger,
  isNegative,
  isOne,
  isPositive,
  isZero,
  plus,
  power,
  rational,
  rationalKey,
  times,
} from '../base/rational.ts'
import { type Extent, type Shape, addExtents, distance } from './extent.ts'
import type { Graph } from './graph.ts'
import { Hash } from './hash.ts'
import { type Node, type ProductNode, isContraction, isPureProduct } from './node.ts'
import { isNonnegativeRange } from './range.ts'
import { sortShort } from './sort.ts'
import { type Condition, conditionOf, isStructure, replaced, solvedFor, staysWithin } from './subscripts.ts'

/** node[labels]^exponent, a factor of an Einstein product. */
export interface Factor {
  readonly node: Node
  readonly labels: readonly number[]
  readonly exponent: Rational
}

/**
 * A nested product is dissolved into the outer one up to this number of factors: beyond it stays nested, so that a
 * hostile chain of products is linear in time and memory.
 */
const MOST_FACTORS = 48

/** The normal form of coefficient · Σ Π factors with the result's axes `out`; labels that are not in `out` are summed. */
export function normalProduct(
  g: Graph,
  coefficient: Rational,
  factors: readonly Factor[],
  out: readonly number[],
  shape: Shape,
): Node {
  const p = new Product(g, coefficient, out, shape)
  for (const f of factors) p.multiply(f, true)
  return p.finish()
}

class Product {
  readonly g: Graph
  coefficient: Rational
  readonly out: readonly number[]
  readonly shape: Shape
  #extents: Map<number, Extent> | undefined
  factors: Factor[] = []
  /** Labels beyond any that the caller uses. */
  fresh = 0

  constructor(g: Graph, coefficient: Rational, out: readonly number[], shape: Shape) {
    this.g = g
    this.coefficient = coefficient
    this.shape = shape
    this.fresh = 1 << 20
    const unique: number[] = []
    out.forEach((label, axis) => {
      // A label that stands twice in the result is a diagonal: v[i] in place (i, i).
      if (unique.includes(label)) {
        const copy = this.fresh++
        this.factors.push({ node: g.delta(shape[axis]!), labels: [label, copy], exponent: ONE })
        unique.push(copy)
      } else unique.push(label)
      this.extents.set(unique[axis]!, shape[axis]!)
    })
    this.out = unique
  }

  /** By labels. */
  get extents(): Map<number, Extent> {
    return (this.#extents ??= new Map())
  }

  /** Nothing but scalars: no label was mentioned. */
  get isScalar(): boolean {
    return this.#extents === undefined
  }

  /** @param opened what brackets alone add up to is decided by those that they meet */
  multiply(f: Factor, opened = false): void {
    const work = [f]
    while (work.length > 0) {
      const factor = work.pop()!
      const { node, labels, exponent } = factor
      labels.forEach((label, axis) => this.extents.set(label, node.shape[axis]!))
      if (isZero(exponent)) continue
      if (node.kind === 'constant') {
        const value = power(node.value, exponent)
        if (value) this.coefficient = times(this.coefficient, value)
        else this.factors.push(factor)
      } else if (
        node.kind === 'product' &&
        (this.dissolves(node, exponent) || (opened && isOne(exponent) && isOfBrackets(node)))
      ) {
        this.coefficient = times(this.coefficient, power(node.coefficient, exponent)!)
        const mapped = new Map<number, number>()
        const map = (label: number): number => {
          if (label < node.shape.length) return labels[label]!
          if (!mapped.has(label)) mapped.set(label, this.fresh++)
          return mapped.get(label)!
        }
        for (let i = node.args.length - 1; i >= 0; i--)
          work.push({
            node: node.args[i]!,
            labels: node.labels[i]!.map(map),
            exponent: times(node.exponents[i]!, exponent),
          })
      } else if (isStructure(node)) {
        // Entries are 0 and 1: any positive power is the thing itself.
        this.factors.push({ node, labels, exponent: isPositive(exponent) ? ONE : exponent })
      } else this.factors.push(factor)
    }
  }

  /** Whether (Πf)^e is Πf^e, everywhere. */
  dissolves(node: ProductNode, exponent: Rational): boolean {
    if (!isPureProduct(node)) return false
    if (this.factors.length + node.args.length > MOST_FACTORS) return false
    if (isOne(exponent)) return true
    if (!power(node.coefficient, exponent)) return false
    return (
      isInteger(exponent) ||
      (isPositive(node.coefficient) && node.args.every((a) => isNonnegativeRange(a.range)))
    )
  }

  substitute(from: number, to: number): void {
    this.factors = this.factors.map((f) =>
      f.labels.includes(from) ? { ...f, labels: f.labels.map((l) => (l === from ? to : l)) } : f,
    )
    this.extents.delete(from)
  }

  /** δᵢⱼ with a summed label renames it away. */
  contractDeltas(): void {
    const out = new Set(this.out)
    this.dropRepeatedDeltas()
    for (let i = 0; i < this.factors.length; i++) {
      const f = this.factors[i]!
      if (f.node.kind !== 'delta' || !isOne(f.exponent)) continue
      const [a, b] = f.labels as [number, number]
      if (a !== b && out.has(a) && out.has(b)) {
        // Both stay: whatever else carries the later label may as well carry the earlier one.
        const [first, second] = this.out.indexOf(a) < this.out.indexOf(b) ? [a, b] : [b, a]
        this.factors = this.factors.map((h, k) =>
          k === i
            ? { ...h, labels: [first, second] }
            : { ...h, labels: h.labels.map((l) => (l === second ? first : l)) },
        )
        continue
      }
      this.factors.splice(i, 1)
      if (a !== b) {
        const [gone, kept] = out.has(a) ? [b, a] : [a, b]
        this.substitute(gone, kept)
      }
      i = -1 // A renaming can make another δ contractible.
    }
  }

  /** δ² = δ. Without this a hostile product of many would take quadratic time above. */
  dropRepeatedDeltas(): void {
    if (this.factors.length <= 8) return
    const seen = new Set<string>()
    this.factors = this.factors.filter((f) => {
      if (f.node.kind !== 'delta' || !isOne(f.exponent)) return true
      const key = [...f.labels].sort((a, b) => a - b).join()
      return !seen.has(key) && seen.add(key)
    })
  }

  /**
   * A bracket along one label twice is one of a single axis; and a summed label of which only brackets know is put into the others as
   * what one of them says that it is: x[i] at i = j+1 is x[j+1]. (Only where it cannot leave its axis: outside of it there is nothing.)
   */
  joinBrackets(): void {
    if (!this.factors.some((f) => f.node.kind === 'bracket')) return
    const out = new Set(this.out)
    for (let i = 0; i < this.factors.length; i++) {
      const f = this.factors[i]!
      if (f.node.kind === 'bracket' && new Set(f.labels).size < f.labels.length) {
        const joined = this.bracketOf(conditionOf(f.node, f.labels))
        this.factors.splice(i, 1)
        this.multiply(joined)
        return this.again()
      }
    }
    const extents = { extents: [] as Extent[] }
    for (const [l, e] of this.extents) extents.extents[l] = e
    for (const f of this.factors) {
      if (f.node.kind !== 'bracket' || f.node.relation !== '=') continue
      for (const [axis, label] of f.labels.entries()) {
        const coefficient = f.node.coefficients[axis]!
        if (out.has(label) || Math.abs(coefficient) !== 1) continue
        const others = this.factors.filter((h) => h !== f && h.labels.includes(label))
        if (!others.every((h) => h.node.kind === 'bracket' || h.node.kind === 'iota')) continue
        const own = conditionOf(f.node, f.labels)
        if (own.form.multiples.some((m) => m.labels.includes(label))) continue
        if (others.some((h) => h.node.kind === 'iota')) continue
        const form = solvedFor(own.form, label, coefficient)
        if (!staysWithin(form, this.extents.get(label)!, extents)) continue
        const put = others.map((h) => {
          const { relation, form: into } = conditionOf(h.node, h.labels)
          return into.multiples.some((m) => m.labels.includes(label))
            ? undefined
            : this.bracketOf({ relation, form: replaced(into, label, form) })
        })
        if (put.some((h) => h === undefined)) continue
        this.factors = this.factors.filter((h) => h !== f && !others.includes(h))
        this.extents.delete(label)
        for (const h of put) this.multiply(h!)
        return this.again()
      }
    }
  }

  again(): void {
    this.contractDeltas()
    this.joinBrackets()
  }

  /** A condition as a factor. */
  bracketOf({ relation, form }: Condition): Factor {
    const labels = [...new Set([...form.labels.keys(), ...form.multiples.flatMap((m) => m.labels)])]
    const node = this.g.bracket(
      relation,
      {
        coefficients: labels.map((l) => form.labels.get(l) ?? 0),
        multiples: form.multiples.map((m) => ({ ...m, labels: m.labels.map((l) => labels.indexOf(l)) })),
        offset: form.offset,
      },
      labels.map((l) => this.extents.get(l)!),
    )
    return { node, labels, exponent: ONE }
  }

  /** Whether two brackets ask for different things of the same positions, i = j and i = j+1: the product is zero. */
  contradicts(): boolean {
    const seen = new Map<string, Extent>()
    for (const { node, labels } of this.factors) {
      if (node.kind !== 'bracket' || node.relation !== '=' || node.args.length > 0) continue
      const { form } = conditionOf(node, labels)
      const terms = [...form.labels].filter(([, c]) => c !== 0).sort(([a], [b]) => a - b)
      const sign = (terms[0]?.[1] ?? 1) < 0 ? -1 : 1
      const key = terms.map(([l, c]) => `${l}:${sign * c}`).join()
      const offset = addExtents(0, form.offset, sign)
      const other = seen.get(key)
      if (other !== undefined && (distance(other, offset) ?? 0) !== 0) return true
      seen.set(key, offset)
    }
    return false
  }

  /** A unit vector picks: eₖ(i)·f(i) = eₖ(i)·f[k]. Undefined if two different ones meet: the product is zero. */
  pickElements(): boolean {
    const out = new Set(this.out)
    for (let i = 0; i < this.factors.length; i++) {
      const f = this.factors[i]!
      if (f.node.kind !== 'basis' || !isOne(f.exponent)) continue
      const label = f.labels[0]!
      const index = f.node.index
      const others = this.factors.filter((h, k) => k !== i && h.labels.includes(label))
      if (others.some((h) => h.node.kind === 'basis' && h.node.index !== index)) return false
      this.factors = this.factors.flatMap((h, k) => {
        if (k === i || !h.labels.includes(label)) return [h]
        if (h.node.kind === 'basis') return []
        if (h.node.kind === 'delta') {
          const other = h.labels[0] === label ? h.labels[1]! : h.labels[0]!
          return [{ node: this.g.basis(h.node.extent, index), labels: [other], exponent: ONE }]
        }
        let node: Node = h.node
        let labels = h.labels
        for (let axis = labels.indexOf(label); axis >= 0; axis = labels.indexOf(label)) {
          node = this.g.element(node, axis, index)
          labels = labels.filter((_, k) => k !== axis)
        }
        return [{ node, labels, exponent: h.exponent }]
      })
      if (!out.has(label)) {
        this.factors.splice(
          this.factors.findIndex((h) => h === f),
          1,
        )
        this.extents.delete(label)
        i = -1
      }
    }
    return true
  }

  /** xᵃ·xᵇ = xᵃ⁺ᵇ where that holds at every x: the same sign, and whole numbers or x ≥ 0. */
  collectPowers(): void {
    // Scalars that nothing is collected of are as they are to be; a picked element may still be a product.
    if (this.isScalar && !repeats(this.factors)) return
    const kept: Factor[] = []
    const byNode = new Map<Node, number[]>()
    for (const f of this.factors) {
      const places = byNode.get(f.node)
      const at = places?.find((i) => arePowersOfOne(kept[i]!, f))
      if (at === undefined) {
        if (places) places.push(kept.length)
        else byNode.set(f.node, [kept.length])
        kept.push(f)
        continue
      }
      const before = kept[at]!
      if ((isInteger(before.exponent) && isInteger(f.exponent)) || isNonnegativeRange(f.node.range)) {
        kept[at] = { ...before, exponent: isStructure(f.node) ? ONE : plus(before.exponent, f.exponent) }
      } else kept.push(f)
    }
    this.factors = []
    for (const f of kept) this.multiply(f)
  }

  finish(): Node {
    const { g } = this
    if (!this.isScalar) {
      this.contractDeltas()
      this.joinBrackets()
      if (this.contradicts() || !this.pickElements()) return g.full(rational(0), this.shape)
    }
    this.collectPowers()
    if (this.isScalar)
      return isZero(this.coefficient) ? g.constant(this.coefficient) : this.pure(this.factors)
    const out = new Set(this.out)
    const used = new Set(this.factors.flatMap((f) => f.labels))
    for (const [label, extent] of this.extents) {
      if (out.has(label) || used.has(label)) continue
      // Nothing depends on a summed label: the sum is a multiple.
      if (typeof extent === 'number') this.coefficient = times(this.coefficient, rational(extent))
      else this.multiply({ node: g.extent(extent), labels: [], exponent: ONE })
      this.extents.delete(label)
    }
    if (isZero(this.coefficient)) return g.full(this.coefficient, this.shape)
    const groups = this.connected(out)
    if (groups.length === 1 && groups[0]!.length === this.factors.length && isOne(this.coefficient)) {
      const c = contraction(g, this.factors, this.out, this.extents)
      return c.labels.length === this.out.length && c.labels.every((l, i) => l === this.out[i])
        ? c.node
        : this.pure([{ ...c, exponent: ONE }])
    }
    if (groups.length > 0) {
      const summed = new Set(groups.flat())
      this.factors = [
        ...this.factors.filter((f) => !summed.has(f)),
        ...groups.map((group) => ({ ...contraction(g, group, this.out, this.extents), exponent: ONE })),
      ]
      this.collectPowers()
    }
    return this.pure(this.factors)
  }

  /** The groups of factors that summed labels connect. */
  connected(out: ReadonlySet<number>): Factor[][] {
    const groups: { labels: Set<number>; factors: Factor[] }[] = []
    for (const f of this.factors) {
      const summed = f.labels.filter((l) => !out.has(l))
      if (summed.length === 0) continue
      const touching = groups.filter((group) => summed.some((l) => group.labels.has(l)))
      const merged = { labels: new Set(summed), factors: [...touching.flatMap((t) => t.factors), f] }
      for (const t of touching) {
        for (const l of t.labels) merged.labels.add(l)
        groups.splice(groups.indexOf(t), 1)
      }
      groups.push(merged)
    }
    return groups.map((group) => group.factors)
  }

  pure(factors: readonly Factor[]): Node {
    const { g } = this
    const list: Factor[] = factors.map((f) =>
      f.labels.length === 0 ? f : { ...f, labels: f.labels.map((l) => this.out.indexOf(l)) },
    )
    if (list.length === 0 && this.shape.length === 0) return g.constant(this.coefficient)
    if (list.length === 1 && isOne(this.coefficient)) {
      const f = list[0]!
      if (isOne(f.exponent) && f.labels.length === this.shape.length && f.labels.every((l, i) => l === i))
        return f.node
    }
    return g.internProduct(this.coefficient, sortShort(list, canonical), this.shape, this.shape)
  }
}

/** The order of factors. */
/** A contraction of nothing but equations of positions. */
const isOfBrackets = (node: ProductNode): boolean =>
  isContraction(node) && node.args.every((a) => a.kind === 'bracket' && a.relation === '=')

const canonical = (a: Factor, b: Factor): number =>
  a.node.hash - b.node.hash ||
  compareLists(a.labels, b.labels) ||
  compare(a.exponent, b.exponent) ||
  a.node.id - b.node.id

/** More are compared by a table. */
const FEW = 8

/** Whether two factors are of one node. */
function repeats(factors: readonly Factor[]): boolean {
  if (factors.length > FEW) return new Set(factors.map((f) => f.node)).size < factors.length
  for (let i = 1; i < factors.length; i++)
    for (let k = 0; k < i; k++) if (factors[i]!.node === factors[k]!.node) return true
  return false
}

/** Whether two factors are powers of one tensor, with its axes in the same places, both above or both below the bar. */
const arePowersOfOne = (a: Factor, b: Factor): boolean =>
  isNegative(a.exponent) === isNegative(b.exponent) && compareLists(a.labels, b.labels) === 0

function compareLists(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/**
 * The contraction of connected factors, with the axes of its result in canonical order, and the labels of these
 * axes. Order and names come from colour refinement (Weisfeiler, Leman 1968) of the factors and labels, so that
 * AB and (BᵀAᵀ)ᵀ are one node; what it cannot tell apart keeps the order of `out`.
 */
function contraction(
  g: Graph,
  factors: readonly Factor[],
  out: readonly number[],
  extents: ReadonlyMap<number, Extent>,
): { node: Node; labels: number[] } {
  const labels: number[] = []
  // Of each factor: where its labels are in that list.
  const axes = factors.map((f) =>
    f.labels.map((l) => {
      const at = labels.indexOf(l)
      return at < 0 ? labels.push(l) - 1 : at
    }),
  )
  const colours = factors.map((f) => new Hash().number(f.node.hash).text(rationalKey(f.exponent)).value)
  const labelColours: number[] = labels.map((l) => (out.includes(l) ? 1 : 2))
  const rounds = factors.length === 1 ? 1 : 3
  for (let round = 0; round < rounds; round++) {
    const incident = labels.map((): number[] => [])
    for (let i = 0; i < axes.length; i++)
      for (let axis = 0; axis < axes[i]!.length; axis++)
        incident[axes[i]![axis]!]!.push(new Hash().number(colours[i]!).number(axis).value)
    for (let l = 0; l < labels.length; l++) {
      const hash = new Hash().number(labelColours[l]!)
      for (const x of sortShort(incident[l]!, ascending)) hash.number(x)
      labelColours[l] = hash.value
    }
    for (let i = 0; i < axes.length; i++) {
      const hash = new Hash().number(colours[i]!)
      for (const l of axes[i]!) hash.number(labelColours[l]!)
      colours[i] = hash.value
    }
  }
  const place = (l: number): number => {
    const at = out.indexOf(l)
    return at < 0 ? out.length : at
  }
  const order = factors
    .map((f, i) => ({ f, colour: colours[i]! }))
    .sort((a, b) => a.colour - b.colour || compareLists(a.f.labels.map(place), b.f.labels.map(place)))
    .map((x) => x.f)
  const kept: number[] = []
  const summed: number[] = []
  for (const label of new Set(order.flatMap((f) => f.labels)))
    (out.includes(label) ? kept : summed).push(label)
  const all = [...kept, ...summed]
  const list = order.map((f) => ({ ...f, labels: f.labels.map((l) => all.indexOf(l)) }))
  const shape = kept.map((l) => extents.get(l)!)
  return {
    node: g.internProduct(
      ONE,
      list,
      shape,
      all.map((l) => extents.get(l)!),
    ),
    labels: kept,
  }
}

const ascending = (a: number, b: number): number => a - b

/** x[k]: a contraction whose other factors are all unit vectors. */
export const isElement = (n: Node): boolean =>
  isContraction(n) &&
  n.args.filter((a) => a.kind !== 'basis').length === 1 &&
  n.args.some((a) => a.kind === 'basis')
