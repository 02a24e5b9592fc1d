import { bug } from '../base/bug.ts'
import { ONE, type Rational, ZERO, rational } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import {
  type ApplyNode,
  type Node,
  type ProductNode,
  type SumNode,
  type SymbolNode,
  isContraction,
} from '../graph/node.ts'
import { type Condition, type LabelForm, type Nest, conditionOf, picksOf } from '../graph/subscripts.ts'
import { byCreation, entryNest, isView } from './keep.ts'
import type { ScaledTerm, Scales } from './placed.ts'
import type { Local, Subscript, Test, Value, Whole } from './program.ts'
import { type Placed, Scopes } from './scopes.ts'
import { TUNING, type Tuning } from './tuning.ts'
import { derived, fixed } from './subscripts.ts'
import { byStride } from './strides.ts'
import { load, localValue, longSum, numberValue, where } from './value.ts'

/**
 * Where the value of a node stands once it has been computed. `order`: which axis of the node each axis of the buffer is; `shifts`: where
 * along each of these it begins.
 */
export type Kept =
  | ({
      readonly kind: 'buffer'
      readonly order?: readonly number[]
      readonly shifts?: readonly number[]
    } & Whole)
  | { readonly kind: 'local'; readonly local: Local }

/** What the symbols of a recurrence's step stand for in the loop at hand. */
export interface Step {
  /** The value of the index, as a position. */
  readonly index: (n: Node) => Subscript | undefined
  /** A tensor's entry along an axis, where the tests hold, else 0. */
  readonly taken: (n: Node) => Taken | undefined
}

export interface Taken {
  readonly of: Node
  readonly axis: number
  readonly at: Subscript
  readonly tests: readonly Test[]
}

/** What is kept, by node. */
export type Known = Pick<ReadonlyMap<Node, Kept>, 'get' | 'has'>

/**
 * Nodes → instructions. Every value is computed in the outermost scope in which the variables that it depends on exist,
 * so what a loop does not change stands outside of it.
 */
export class Builder extends Scopes {
  readonly #kept: Known
  /** Where a symbol stands. */
  readonly #outside: (node: SymbolNode) => Whole
  readonly #tuning: Tuning
  readonly #step: Step | undefined
  /** By maxima and minima, kept masks that say where they are. */
  readonly #masks: ReadonlyMap<Node, ApplyNode>

  constructor(
    kept: Known,
    outside: (node: SymbolNode) => Whole,
    tuning: Tuning = TUNING,
    { step, masks = new Map() }: { step?: Step; masks?: ReadonlyMap<Node, ApplyNode> } = {},
  ) {
    super()
    this.#step = step
    this.#tuning = tuning
    this.#masks = masks
    this.#kept = kept
    this.#outside = outside
  }

  #key(n: Node, at: readonly Subscript[]): string {
    return `${n.id}:${at.map((s) => (s.variable ? `${this.numberOf(s.variable)}+${s.offset}` : s.offset)).join()}`
  }

  /** The entry of a node at a position. */
  value(n: Node, at: readonly Subscript[]): Value {
    return this.#entry(n, at).value
  }

  #entry(n: Node, at: readonly Subscript[]): Placed {
    n = this.#seen(n)
    while (isView(n) && !this.#kept.has(n)) {
      const [labels] = n.labels as [readonly number[]]
      const from: readonly Subscript[] = at
      at = labels.map((l) => from[l]!)
      n = this.#seen(n.args[0]!)
    }
    const depth = this.depth(at)
    const { memo } = this.scopes[depth]!
    const key = this.#key(n, at)
    let placed = memo.get(key)
    if (!placed) memo.set(key, (placed = this.within(depth, () => this.#compute(n, at))))
    return placed
  }

  /** Through names, unless a name is what is kept. */
  #seen(n: Node): Node {
    while (n.kind === 'equation' && !this.#kept.has(n)) n = n.body
    return n
  }

  /** `factor`, which no loop changes, times the entry of a node. */
  scaled(factor: Value, n: Node, at: readonly Subscript[]): Value {
    n = this.#seen(n)
    return this.within(this.depth(at), () => {
      const scale: Placed = { value: factor, depth: 0 }
      if (n.kind !== 'product' || isContraction(n) || this.#kept.has(n))
        return this.product(ONE, [scale, this.#entry(n, at)], [ONE, ONE])
      const parts = n.args.map((a, i) =>
        this.#entry(
          a,
          n.labels[i]!.map((l) => at[l]!),
        ),
      )
      return this.product(n.coefficient, [scale, ...parts], [ONE, ...n.exponents])
    })
  }

  /** A value as loops further in find it: one register. */
  held(value: Value): Value {
    return this.share({ value, depth: this.scopes.length - 1 })
  }

  /** A value times the scales of its term at a position, and times a factor that no loop changes. */
  timesScales(
    { coefficient, scales }: Scales,
    factor: Value | undefined,
    value: Value,
    at: readonly Subscript[],
  ): Value {
    const outside = factor ? [{ value: factor, depth: 0 }] : []
    return this.product(
      coefficient,
      [
        ...outside,
        ...scales.map(({ node, axes }) =>
          this.#entry(
            node,
            axes.map((axis) => at[axis]!),
          ),
        ),
        { value, depth: this.scopes.length - 1 },
      ],
      [...outside.map(() => ONE), ...scales.map(({ exponent }) => exponent), ONE],
    )
  }

  /** A sum of terms with scales. */
  linear(terms: readonly ScaledTerm[], constant: Rational, at: readonly Subscript[]): Value {
    const depth = this.scopes.length - 1
    const parts = terms.map((t) => {
      const entry = this.value(
        t.node,
        t.axes.map((axis) => at[axis]!),
      )
      return { value: this.timesScales(t, undefined, entry, at), depth }
    })
    return this.sum(
      parts,
      parts.map(() => ONE),
      constant,
    )
  }

  #compute(n: Node, at: readonly Subscript[]): Placed {
    const depth = this.scopes.length - 1
    const kept = this.#kept.get(n)
    const mask = n.kind === 'apply' && n.op.kind === 'mask'
    if (kept && !mask)
      return {
        value:
          kept.kind === 'local'
            ? localValue(kept.local)
            : load(kept.buffer, [...kept.at, ...placesIn(kept, at)]),
        depth,
      }
    return { value: this.#define(n, at), depth }
  }

  /** The entry computed here, even if the node is kept: what is stored. */
  define(n: Node, at: readonly Subscript[]): Value {
    return this.within(this.depth(at), () => this.#define(n, at))
  }

  /** Some terms of a sum, with its constant or without. */
  terms(n: SumNode, terms: readonly number[], constant: boolean, at: readonly Subscript[]): Value {
    return this.within(this.depth(at), () =>
      this.sum(
        terms.map((i) => this.#entry(n.args[i]!, n.args[i]!.shape.length === 0 ? [] : at)),
        terms.map((i) => n.coefficients[i]!),
        constant ? n.constant : ZERO,
      ),
    )
  }

  #define(n: Node, at: readonly Subscript[]): Value {
    switch (n.kind) {
      case 'constant':
        return numberValue(n.value)
      case 'symbol': {
        if (isConstant(n)) return { kind: 'constant', name: n.symbol.name }
        const position = this.#step?.index(n)
        if (position) return { kind: 'position', at: position }
        const taken = this.#step?.taken(n)
        if (taken) {
          const all = [...at.slice(0, taken.axis), taken.at, ...at.slice(taken.axis)]
          return where(taken.tests, this.#entry(taken.of, all).value)
        }
        const whole = this.#outside(n)
        return load(whole.buffer, [...whole.at, ...placesIn(whole, at)])
      }
      case 'delta':
      case 'basis':
      case 'bracket':
        return where(
          this.#tests(
            conditionOf(
              n,
              n.shape.map((_, axis) => axis),
            ),
            at,
          ),
          numberValue(ONE),
        )
      case 'iota':
        return at[0]!.variable === undefined
          ? numberValue(rational(at[0]!.offset + 1))
          : { kind: 'position', at: { ...at[0]!, offset: at[0]!.offset + 1 } }
      case 'equation':
        return this.#entry(n.body, at).value
      case 'sum': {
        const by = byCreation(n.args)
        const parts = by.map((i) => this.#entry(n.args[i]!, n.args[i]!.shape.length === 0 ? [] : at))
        return this.sum(
          parts,
          by.map((i) => n.coefficients[i]!),
          n.constant,
        )
      }
      case 'product': {
        if (isContraction(n)) return this.#contraction(n, at)
        const by = byCreation(n.args)
        const parts = by.map((i) =>
          this.#entry(
            n.args[i]!,
            n.labels[i]!.map((l) => at[l]!),
          ),
        )
        return this.product(
          n.coefficient,
          parts,
          by.map((i) => n.exponents[i]!),
        )
      }
      case 'scan':
        return bug('a recurrence is computed as a whole')
      case 'derivative':
        return bug('a derivative that is not taken')
      case 'apply':
        return this.#apply(n, at)
    }
  }

  // ——— loops within a value

  #contraction(n: ProductNode, at: readonly Subscript[]): Value {
    const all: Subscript[] = [...at]
    const nest = entryNest(n)
    const summed = nest.free.filter((l) => l >= n.shape.length)
    return this.summed(n, nest, all, summed)
  }

  /** The sum over some labels of the terms of a contraction, the positions of its other labels in `all`. */
  summed(n: ProductNode, nest: Nest, all: Subscript[], summed: readonly number[]): Value {
    const inner = (): Value => this.term(n, nest, all)
    if (summed.length === 0) return inner()
    const short = this.#unrolled(n, summed, all, inner)
    if (short) return short
    const order = this.#order(n, nest, summed)
    const local: Local = { name: 's$' }
    this.put({ kind: 'define', local, value: numberValue(ZERO), mutable: true })
    this.loops(
      order.map((l) => loopName(n, l)),
      order.map((l) => n.extents[l]!),
      (s) => {
        order.forEach((l, k) => (all[l] = s[k]!))
        this.put({ kind: 'update', local, combine: 'add', value: inner() })
      },
    )
    return localValue(local)
  }

  /** Fills in the positions of the labels that follow from the free ones in `all`; what must hold for them to be within their axes. */
  places(n: ProductNode, nest: Nest, all: Subscript[]): Test[] {
    const tests: Test[] = []
    for (const { label, form, within } of nest.solved) {
      const at = this.#position(form, all, n.extents[label]!)
      all[label] = at
      if (!within) tests.push(...inside(at, n.extents[label]!))
    }
    return tests
  }

  /** One term of a contraction, at the positions `all` of its free labels; those of the others are filled in. */
  term(n: ProductNode, nest: Nest, all: Subscript[]): Value {
    const tests = this.places(n, nest, all)
    for (const c of nest.conditions) tests.push(...this.#tests(c, all))
    const by = byCreation(n.args).filter((i) => nest.factors.includes(i))
    const parts = by.map((i) =>
      this.#entry(
        n.args[i]!,
        n.labels[i]!.map((l) => all[l]!),
      ),
    )
    return where(
      tests,
      this.product(
        n.coefficient,
        parts,
        by.map((i) => n.exponents[i]!),
      ),
    )
  }

  #position(form: LabelForm, all: readonly Subscript[], extent: Extent): Subscript {
    const positions = [...form.labels].map(([l, stride]) => ({ at: all[l]!, stride }))
    const values: { value: Value; coefficient: number }[] = []
    for (const m of form.multiples) {
      const index = this.#step?.index(m.node)
      if (index) {
        positions.push({ at: index, stride: m.coefficient })
        continue
      }
      const at = m.labels.map((l) => all[l]!)
      const value = m.axis === undefined ? this.value(m.node, at) : this.#picked(m.node, m.axis, at)
      values.push({ value, coefficient: m.coefficient })
    }
    return derived(positions, values, form.offset, extent)
  }

  /** A condition as a comparison of positions: what is added on one side, what is taken away on the other. */
  #tests({ relation, form }: Condition, all: readonly Subscript[]): Test[] {
    const side = (sign: 1 | -1): LabelForm => ({
      labels: new Map([...form.labels].filter(([, c]) => c * sign > 0).map(([l, c]) => [l, c * sign])),
      multiples: form.multiples
        .filter((m) => m.coefficient * sign > 0)
        .map((m) => ({ ...m, coefficient: m.coefficient * sign })),
      offset:
        typeof form.offset !== 'number'
          ? sign === 1
            ? form.offset
            : 0
          : form.offset * sign > 0
            ? form.offset * sign
            : 0,
    })
    return [
      {
        relation,
        left: this.#position(side(1), all, 1),
        right: this.#position(side(-1), all, 1),
      },
    ]
  }

  /** A sum of few terms, written out: a loop of so few turns costs more than they do. */
  #unrolled(
    n: ProductNode,
    summed: readonly number[],
    all: Subscript[],
    inner: () => Value,
  ): Value | undefined {
    const extents = summed.map((l) => n.extents[l]!)
    const terms = extents.reduce<number>((p, e) => (typeof e === 'number' ? p * e : Infinity), 1)
    if (terms > this.#tuning.unrolled) return undefined
    const values: Value[] = []
    for (let t = 0; t < terms; t++) {
      let rest = t
      for (let k = summed.length - 1; k >= 0; k--) {
        const extent = extents[k] as number
        all[summed[k]!] = { variable: undefined, offset: rest % extent }
        rest = Math.floor(rest / extent)
      }
      values.push(inner())
    }
    return longSum(
      values,
      values.map(() => ONE),
      ZERO,
      (v) => this.part(v, this.scopes.length - 1),
    )
  }

  /** Summed labels, the one along which neighbours in memory are read innermost. */
  #order(n: ProductNode, nest: Nest, summed: readonly number[]): number[] {
    return byStride(n, nest, summed, (node) => {
      const kept = this.#kept.get(node)
      if (kept) return kept.kind === 'buffer' ? kept : {}
      return node.kind === 'symbol' && !isConstant(node) ? this.#outside(node) : undefined
    })
  }

  #apply(n: ApplyNode, at: readonly Subscript[]): Value {
    const { op } = n
    switch (op.kind) {
      case 'pointwise': {
        const deepest = this.scopes.length - 1
        const args = n.args.map((a) => this.#entry(a, a.shape.length === 0 ? [] : at))
        return { kind: 'apply', op, args: args.map((p) => (p.depth < deepest ? this.share(p) : p.value)) }
      }
      case 'reduction': {
        const [arg] = n.args as [Node]
        const mask = this.#masks.get(n)
        if (mask) {
          const outer = [...at]
          const there = arg.shape.map((_, axis) =>
            n.axes.includes(axis) ? this.#pickedAt(mask, axis, at) : outer.shift()!,
          )
          return this.value(arg, there)
        }
        const local: Local = { name: op.picks === 'least' ? 'min$' : 'max$' }
        this.put({
          kind: 'define',
          local,
          value: { kind: 'infinity', sign: op.picks === 'least' ? 1 : -1 },
          mutable: true,
        })
        this.#along(n, at, (all) =>
          this.put({
            kind: 'update',
            local,
            combine: op.picks === 'least' ? 'min' : 'max',
            value: this.#entry(arg, all).value,
          }),
        )
        return localValue(local)
      }
      case 'mask': {
        const axes = n.shape.map((_, axis) => axis)
        return where(
          picksOf(n, axes).flatMap((c) => this.#tests(c, at)),
          numberValue(ONE),
        )
      }
      case 'matrix':
        return bug(`${op.name} is computed as a whole`)
    }
  }

  /** Loops over the axes of a reduction or mask; `at` are the positions along the others. */
  #along(n: ApplyNode, at: readonly Subscript[], inside: (all: Subscript[]) => void): void {
    const [arg] = n.args as [Node]
    const all: Subscript[] = []
    let k = 0
    arg.shape.forEach((_, axis) => {
      if (!n.axes.includes(axis)) all[axis] = at[k++]!
    })
    this.loops(
      n.axes.map((a) => axisName(a)),
      n.axes.map((a) => arg.shape[a]!),
      (s) => {
        n.axes.forEach((a, i) => (all[a] = s[i]!))
        inside(all)
      },
    )
  }

  /** Where the entry that a mask picks is, along one of its axes: read in its place, so that positions show on which loops they depend. */
  #picked(n: Node, axis: number, outer: readonly Subscript[]): Value {
    const kept = this.#kept.get(n)
    if (n.kind !== 'apply' || kept?.kind !== 'buffer') return bug('a mask that is not kept')
    return load(kept.buffer, [...kept.at, ...outer, fixed(n.axes.indexOf(axis))])
  }

  #pickedAt(mask: ApplyNode, axis: number, outer: readonly Subscript[]): Subscript {
    return derived([], [{ value: this.#picked(mask, axis, outer), coefficient: 1 }], 0, mask.shape[axis]!)
  }

  /** The positions along a mask's axes of the greatest (least) entry of its argument. */
  positions(n: ApplyNode, outer: readonly Subscript[]): Value[] {
    return this.within(this.depth(outer), () => {
      const { op } = n
      if (op.kind !== 'mask') return bug('not a mask')
      const best: Local = { name: 'best$' }
      const positions = n.axes.map((): Local => ({ name: 'at$' }))
      this.put({
        kind: 'define',
        local: best,
        value: { kind: 'infinity', sign: op.picks === 'least' ? 1 : -1 },
        mutable: true,
      })
      for (const local of positions)
        this.put({ kind: 'define', local, value: numberValue(ZERO), mutable: true })
      this.#along(n, outer, (all) =>
        this.put({
          kind: 'pick',
          best,
          positions,
          picks: op.picks,
          value: this.#entry(n.args[0]!, all).value,
          at: n.axes.map((a) => all[a]!),
        }),
      )
      return positions.map(localValue)
    })
  }
}

/** Where in its buffer the entry of a kept node at a position stands. */
export function placesIn(
  { order, shifts }: Whole & { readonly order?: readonly number[]; readonly shifts?: readonly number[] },
  at: readonly Subscript[],
): readonly Subscript[] {
  const places = order ? order.map((a) => at[a]!) : at
  if (!shifts) return places
  return places.map((s, k) => (shifts[k] ? { ...s, offset: s.offset + shifts[k] } : s))
}

/** Within an axis. */
function inside(at: Subscript, extent: Extent): Test[] {
  return [
    { relation: '>=', left: at, right: fixed(0) },
    { relation: '<', left: at, right: derived([], [], extent, extent) },
  ]
}

/** pi and e. */
const isConstant = ({ symbol }: SymbolNode): boolean => symbol.role === 'constant' && !symbol.entries

const LETTERS = 'ijklmnpq'
export const axisName = (axis: number): string => LETTERS[axis] ?? `i${axis}`
const loopName = (_n: ProductNode, label: number): string => axisName(label)
