import {
  HALF,
  MINUS_ONE,
  ONE,
  type Rational,
  ZERO,
  isOne,
  isZero,
  rational,
  rationalKey,
  same,
  toNumber,
} from '../base/rational.ts'
import { bug } from '../base/bug.ts'
import { type Extent, SCALAR, type Shape, addExtents, extentText, sameShape, shapeText } from './extent.ts'
import { type Affine, type BracketRelation, normalBracket } from './bracket.ts'
import { Hash } from './hash.ts'
import { type ScanParts, argsOf, completed, keyOf, lengthOfFamily, withArgs } from './scan.ts'
import { topological } from './traverse.ts'
import {
  BATCH,
  type BracketNode,
  type EquationNode,
  type Node,
  type ProductNode,
  type Scan,
  type SumNode,
  type Symbol,
  isPureProduct,
  isWholeNumbers,
  peel,
} from './node.ts'
import { NodeMap } from './node-map.ts'
import { overBatch } from './over-batch.ts'
import type { MatrixOperator, Operator, Pointwise } from './operator.ts'
import { type Factor, isElement, normalProduct } from './product.ts'
import {
  NONNEGATIVE,
  POSITIVE,
  type Range,
  UNIT,
  addRanges,
  EVERYTHING,
  exactly,
  multiplyRanges,
  powerRange,
  range,
  union,
} from './range.ts'
import { isStructure, nestOf } from './subscripts.ts'
import { type Term, normalSum } from './sum.ts'
import { Recent } from './recent.ts'
import { NONE, Table, mixed, rationalHash } from './table.ts'

/**
 * The one constructor of nodes. Nodes are hash-consed: equal structure is the identical object. Every method returns
 * the normal form of what it names. Shapes are checked by the lowering; here a mismatch is a bug.
 */
export class Graph {
  /** Constants, symbols, identities and unit vectors by their texts; all others by their parts. */
  readonly #leaves = new Map<string, Node>()
  readonly #recent = new Recent()
  #inner = new Table()
  /** Recurrences by their texts, and the values that they have. */
  readonly #scans = new Map<string, Scan>()
  readonly #families = new WeakMap<Scan, Node[]>()
  readonly #written = new Map<Node, readonly Node[]>()
  #next = 0

  /** Nodes made so far, whether still used or not. */
  get size(): number {
    return this.#next
  }

  /**
   * Lets go of all nodes but those that the roots need and those that the program wrote: most of what a pass makes, the
   * next one replaces. Nobody may hold the others any more, for whoever makes one again gets a new one.
   */
  keep(roots: readonly Node[]): void {
    const needed = new NodeMap<true>()
    for (const node of topological([...roots, ...this.#written.keys()])) needed.set(node, true)
    this.#inner = this.#inner.filter((node) => needed.has(node))
    for (const [key, scan] of this.#scans)
      if (!this.#families.get(scan)?.some((family) => family !== undefined && needed.has(family)))
        this.#scans.delete(key)
    this.#recent.forget()
  }

  #leaf(key: string, make: (id: number, hash: number) => Node): Node {
    const known = this.#leaves.get(key)
    if (known) return known
    const node = make(this.#next++, new Hash().text(key).value)
    this.#leaves.set(key, node)
    return node
  }

  #add(key: number, node: Node): Node {
    this.#inner.add(key, node)
    return node
  }

  /**
   * Remembers in which order the program first wrote the operands of a sum or product: the normal form has an order of
   * its own, and only formulas for people ask for the writer's.
   */
  noteWritten(node: Node, operands: readonly Node[]): Node {
    if ((node.kind === 'sum' || node.kind === 'product') && !this.#written.has(node))
      this.#written.set(node, operands)
    return node
  }

  /** The operands as the program first wrote them, if it did. */
  written(node: Node): readonly Node[] | undefined {
    return this.#written.get(node)
  }

  // ——— leaves

  constant(value: Rational): Node {
    const key = `c${rationalKey(value)}`
    return this.#leaf(key, (id, hash) => ({
      kind: 'constant',
      id,
      hash,
      shape: SCALAR,
      args: [],
      value,
      samples: undefined,
      range: exactly(toNumber(value)),
    }))
  }

  number(n: number | string): Node {
    return this.constant(rational(n))
  }

  /** A symbol; its name and role identify it within the graph. */
  symbol(symbol: Symbol): Node {
    const key = `s${symbol.role}:${symbol.name}`
    return this.#leaf(key, (id, hash) => ({
      kind: 'symbol',
      id,
      hash,
      shape: symbol.shape,
      args: [],
      symbol,
      samples: symbol.samples,
      whole: symbol.role === 'index' || isWholeNumbers(symbol) ? symbol : undefined,
      range: symbolRange(symbol),
    }))
  }

  /** The length of an axis as a number. */
  extent(extent: Extent): Node {
    if (typeof extent === 'number') return this.number(extent)
    const terms = extent.terms.map(({ coefficient, dims }) => ({
      coefficient,
      node: this.product(
        ONE,
        [...dims].map(([name, power]) => ({
          node: this.symbol({ name, role: 'dim', shape: SCALAR, assumptions: new Set() }),
          labels: [],
          exponent: rational(power),
        })),
        [],
        SCALAR,
      ),
    }))
    return this.sum(terms, ZERO, SCALAR)
  }

  /** The identity matrix. */
  delta(extent: Extent): Node {
    const key = `d${extentText(extent)}`
    return this.#leaf(key, (id, hash) => ({
      kind: 'delta',
      id,
      hash,
      shape: [extent, extent],
      args: [],
      extent,
      samples: undefined,
      range: UNIT,
    }))
  }

  /** The unit vector whose entry `index` (from 0) is 1. */
  basis(extent: Extent, index: number): Node {
    const key = `b${extentText(extent)}:${index}`
    return this.#leaf(key, (id, hash) => ({
      kind: 'basis',
      id,
      hash,
      shape: [extent],
      args: [],
      extent,
      index,
      samples: undefined,
      range: UNIT,
    }))
  }

  /** The positions along an axis, from 1. */
  iota(extent: Extent): Node {
    if (extent === 1) return this.full(ONE, [1])
    return this.#leaf(`i${extentText(extent)}`, (id, hash) => ({
      kind: 'iota',
      id,
      hash,
      shape: [extent],
      args: [],
      extent,
      samples: undefined,
      range: range(1, typeof extent === 'number' ? extent : Infinity),
    }))
  }

  /** 1 where an affine form of the positions along the axes of `shape` is 0 (or at least 0), else 0. */
  bracket(relation: BracketRelation, form: Affine, shape: Shape): Node {
    return normalBracket(this, relation, form, shape)
  }

  /** For the normal form of brackets only. */
  internBracket(key: string, relation: BracketRelation, form: Affine, shape: Shape): Node {
    return this.#leaf(`[${relation}${key}`, (id) => {
      const hash = new Hash().text(`[${relation}${extentText(form.offset)}:${shape.map(extentText).join()}`)
      for (const c of form.coefficients) hash.number(c)
      for (const m of form.multiples) hash.decimal(m.node.hash, `·${m.coefficient}[${m.labels.join()}]`)
      return {
        kind: 'bracket',
        id,
        hash: hash.value,
        shape,
        args: form.multiples.map((m) => m.node),
        range: UNIT,
        samples: samplesOf(form.multiples.map((m) => m.node)),
        relation,
        coefficients: form.coefficients,
        multiples: form.multiples.map((m) => m.coefficient),
        labels: form.multiples.map((m) => m.labels),
        offset: form.offset,
      }
    })
  }

  /**
   * A tensor of known numbers, row-major. One number in all places, and a multiple of a unit vector or of the identity are
   * just these; all others are a symbol, whose name is their text.
   */
  table(shape: readonly number[], entries: readonly Rational[]): Node {
    const [first] = entries
    if (first === undefined || entries.length !== shape.reduce((n, e) => n * e, 1))
      return bug(`${entries.length} numbers for a tensor of shape ${shapeText(shape)}`)
    if (entries.every((entry) => same(entry, first))) return this.full(first, shape)
    const places = entries.flatMap((entry, at) => (isZero(entry) ? [] : [at]))
    if (places.length === 1) return this.scale(entries[places[0]!]!, this.unit(shape, places[0]!))
    const [n, m] = shape
    const diagonal = shape.length === 2 && n === m && places.length === n
    if (diagonal && places.every((at, i) => at === i * (n + 1) && same(entries[at]!, first)))
      return this.scale(first, this.delta(n))
    const name = `[${shape.join()}: ${entries.map(rationalKey).join()}]`
    return this.symbol({ name, role: 'constant', shape, assumptions: assumptionsOf(shape, entries), entries })
  }

  /** 1 at a row-major place, 0 elsewhere. */
  unit(shape: readonly number[], place: number): Node {
    let rest = place
    const at = [...shape].reverse().map((length) => {
      const index = rest % length
      rest = Math.floor(rest / length)
      return index
    })
    const axes = shape.map((_, axis) => axis)
    return this.product(
      ONE,
      axes.map((axis) => ({
        node: this.basis(shape[axis]!, at[shape.length - 1 - axis]!),
        labels: [axis],
        exponent: ONE,
      })),
      axes,
      shape,
    )
  }

  // ——— the kinds of inner node

  equation(name: string, body: Node, role: EquationNode['role'] = 'source', of?: Node): Node {
    const hash = new Hash().text(`e${role}:${name}`).number(body.hash).value
    const key = mixed(hash | 0, of?.id ?? NONE)
    const inner = this.#inner
    for (let i = inner.first(key); i !== NONE; i = inner.following(i)) {
      const n = inner.at(i)
      if (n.kind === 'equation' && n.body === body && n.of === of && n.name === name && n.role === role)
        return n
    }
    const { shape, range } = body
    return this.#add(key, {
      kind: 'equation',
      id: this.#next++,
      hash,
      shape,
      args: [body],
      range,
      samples: body.samples,
      whole: body.whole,
      name,
      body,
      role,
      of,
    })
  }

  /** ∂of/∂by as notation, see `DerivativeNode`. (Found like a leaf, by a text: there are never many.) */
  derivative(of: Node, by: Node, held: readonly Node[] = []): Node {
    for (const n of [by, ...held])
      if (n.kind !== 'symbol' && n.kind !== 'equation') bug(`a derivative by a ${n.kind}, or with one held`)
    const hash = new Hash().text('D').number(of.hash).number(by.hash)
    for (const n of held) hash.number(n.hash)
    return this.#leaf(`D${of.id}:${[by, ...held].map((n) => n.id).join()}`, (id) => ({
      kind: 'derivative',
      id,
      hash: hash.value,
      shape: [...of.shape, ...by.shape],
      args: [of, by, ...held],
      range: EVERYTHING,
      // What a sample sends back to what all of them share is its own.
      samples: samplesOf([of, by]) ?? samplesOf(topological([of])),
      of,
      by,
      held,
    }))
  }

  /**
   * The families of a recurrence, each with all its members along the axis of the index. A body has the shape of a member, the given
   * members have `axis` besides.
   */
  scan(parts: ScanParts): Node[] {
    const key = `S${keyOf(parts)}`
    let scan = this.#scans.get(key)
    if (!scan) this.#scans.set(key, (scan = completed(parts)))
    return scan.families.map((_, which) => this.familyOf(scan, which))
  }

  /** All members of one family of a recurrence. */
  familyOf(scan: Scan, which: number): Node {
    let families = this.#families.get(scan)
    if (!families) this.#families.set(scan, (families = []))
    const { bodies, initial, axis } = scan
    const body = bodies[which]!
    const shape = scan.families[which]!.summed
      ? body.shape
      : [...body.shape.slice(0, axis), lengthOfFamily(scan, which), ...body.shape.slice(axis)]
    const args = argsOf(scan)
    return (families[which] ??= {
      kind: 'scan',
      id: this.#next++,
      hash: new Hash().number(scan.hash).number(which).value,
      shape,
      args,
      range: initial[which] ? union(body.range, initial[which].range) : body.range,
      samples: samplesOf(args),
      scan,
      which,
    })
  }

  /** Σ coefficient·node + constant; terms have `shape` or are scalars. */
  sum(terms: readonly Term[], constant: Rational, shape: Shape): Node {
    for (const t of terms)
      if (t.node.shape.length > 0 && !sameShape(t.node.shape, shape))
        bug(`a term of shape ${shapeText(t.node.shape)} in a sum of shape ${shapeText(shape)}`)
    return normalSum(this, terms, constant, shape)
  }

  /** coefficient · Σ Π node[labels]^exponent; labels that are not in `out` are summed over. */
  product(coefficient: Rational, factors: readonly Factor[], out: readonly number[], shape: Shape): Node {
    return this.#recent.product(coefficient, factors, out, shape, () =>
      normalProduct(this, coefficient, factors, out, shape),
    )
  }

  /** An elementwise function of arguments of one shape or scalars. */
  apply(op: Pointwise, args: readonly Node[]): Node {
    const shape = args.find((a) => a.shape.length > 0)?.shape ?? SCALAR
    for (const a of args)
      if (a.shape.length > 0 && !sameShape(a.shape, shape))
        bug(`${op.name} of shapes ${shapeText(shape)} and ${shapeText(a.shape)}`)
    const lifted = shape.length > 0 ? this.#liftView(op, args, shape) : undefined
    if (lifted) return lifted
    return this.#internApply(op, args, NO_AXES, shape)
  }

  /** What does not depend on an axis is computed without it: f(stretch(x)) = stretch(f(x)). */
  #liftView(op: Pointwise, args: readonly Node[], shape: Shape): Node | undefined {
    const axes = new Set<number>()
    for (const a of args) {
      if (a.shape.length === 0) continue
      if (a.kind !== 'product' || a.extents.length > a.shape.length) return undefined
      for (const labels of a.labels) for (const l of labels) axes.add(l)
    }
    if (axes.size === shape.length) return undefined
    const kept = [...axes].sort((a, b) => a - b)
    const inner = args.map((a) => (a.shape.length === 0 ? a : this.restrict(a as ProductNode, kept)))
    return this.broadcast(this.apply(op, inner), shape, kept)
  }

  /** A pure product that depends on the axes `kept` only, as a tensor of these axes. */
  restrict(node: ProductNode, kept: readonly number[]): Node {
    return this.product(
      node.coefficient,
      factorsOf(node),
      kept,
      kept.map((axis) => node.shape[axis]!),
    )
  }

  /**
   * A reduction (which removes `axes`) or a mask (which keeps the shape).
   *
   * @param samples how many samples there are, where `axes` has the batch's: needed of what is the same for all of them
   */
  reduce(op: Operator, arg: Node, axes: readonly number[], samples = arg.samples): Node {
    const sorted = [...axes].sort((a, b) => a - b)
    if (sorted[0] === BATCH && op.kind === 'reduction') {
      if (!op.adds && !op.picks) bug(`${op.name} over a batch`)
      const bare = (inner: Node): Node => this.#internApply(op, [inner], sorted, inner.shape)
      if (op.adds) {
        const count = this.extent(samples ?? bug('samples that nobody counted'))
        return overBatch(this, arg, { own: bare, shared: (node) => this.multiply(count, node) })
      }
      // The greatest of equal ones is each of them.
      if (arg.samples === undefined) return sorted.length === 1 ? arg : this.reduce(op, arg, sorted.slice(1))
    }
    return this.#internApply(
      op,
      [arg],
      sorted,
      op.kind === 'reduction' ? arg.shape.filter((_, i) => !sorted.includes(i)) : arg.shape,
    )
  }

  /** An operator of a square matrix (the last two axes of the first argument). */
  matrix(op: MatrixOperator, ...args: readonly Node[]): Node {
    return this.#internApply(op, args, NO_AXES, op.shape(...args.map((a) => a.shape)))
  }

  #internApply(op: Operator, args: readonly Node[], axes: readonly number[], shape: Shape): Node {
    let hash = new Hash().text(`a${op.name}:${axes.join()}`)
    for (const a of args) hash = hash.number(a.hash)
    const key = hash.value | 0
    const inner = this.#inner
    for (let i = inner.first(key); i !== NONE; i = inner.following(i)) {
      const n = inner.at(i)
      if (n.kind === 'apply' && n.op === op && equalLists(n.args, args) && equalLists(n.axes, axes)) return n
    }
    return this.#add(key, {
      kind: 'apply',
      id: this.#next++,
      hash: hash.value,
      shape,
      args,
      range: op.range(...args.map((a) => a.range)),
      samples: axes[0] === BATCH && op.kind === 'reduction' ? undefined : samplesOf(args),
      op,
      axes,
    })
  }

  /** For the normal forms of sums only. */
  internSum(terms: readonly Term[], constant: Rational, shape: Shape): Node {
    let key = mixed(SUM, rationalHash(constant))
    for (const t of terms) key = mixed(mixed(key, rationalHash(t.coefficient)), t.node.id)
    const inner = this.#inner
    for (let i = inner.first(key); i !== NONE; i = inner.following(i)) {
      const n = inner.at(i)
      if (n.kind === 'sum' && isSum(n, terms, constant)) return n
    }
    const hash = new Hash().text(`+${rationalKey(constant)}`)
    let bounds = exactRange(constant)
    for (const { coefficient, node } of terms) {
      hash.text(rationalKey(coefficient)).number(node.hash)
      bounds = addRanges(bounds, multiplyRanges(exactRange(coefficient), node.range))
    }
    return this.#add(key, {
      kind: 'sum',
      id: this.#next++,
      hash: hash.value,
      shape,
      args: terms.map((t) => t.node),
      range: bounds,
      samples: samplesOf(terms.map((t) => t.node)),
      coefficients: terms.every((t) => t.coefficient === ONE)
        ? ones(terms.length)
        : terms.map((t) => t.coefficient),
      constant,
    })
  }

  /** For the normal forms of products only. */
  internProduct(
    coefficient: Rational,
    factors: readonly Factor[],
    shape: Shape,
    extents: readonly Extent[],
  ): Node {
    let key = mixed(mixed(PRODUCT, rationalHash(coefficient)), shape.length)
    for (const e of extents) key = mixed(key, typeof e === 'number' ? e : e.text.length)
    for (const f of factors) {
      key = mixed(mixed(key, rationalHash(f.exponent)), f.node.id)
      for (const label of f.labels) key = mixed(key, label)
    }
    const inner = this.#inner
    for (let i = inner.first(key); i !== NONE; i = inner.following(i)) {
      const n = inner.at(i)
      if (n.kind === 'product' && isProduct(n, coefficient, factors, shape, extents)) return n
    }
    const hash = new Hash().text(
      `*${rationalKey(coefficient)}:${shape.length}:${extents.map(extentText).join()}`,
    )
    for (const { node, exponent, labels } of factors)
      hash.decimal(
        node.hash,
        isPlain(exponent, labels) ? '^1[]' : `^${rationalKey(exponent)}[${labels.join()}]`,
      )
    return this.#add(key, {
      kind: 'product',
      id: this.#next++,
      hash: hash.value,
      shape,
      args: factors.map((f) => f.node),
      range: productRange(coefficient, factors, extents, shape.length),
      samples: samplesOf(factors.map((f) => f.node)),
      whole: wholeOf(factors),
      coefficient,
      labels: factors.every((f) => f.labels.length === 0)
        ? noLabels(factors.length)
        : factors.map((f) => f.labels),
      exponents: factors.every((f) => f.exponent === ONE)
        ? ones(factors.length)
        : factors.map((f) => f.exponent),
      extents,
    })
  }

  // ——— conveniences, all in terms of the above

  /** A constant in every entry. */
  full(value: Rational, shape: Shape): Node {
    return shape.length === 0 ? this.constant(value) : this.internProduct(value, [], shape, shape)
  }

  /** `node` stretched to `shape`: its axes go to the places `axes`. */
  broadcast(node: Node, shape: Shape, axes: readonly number[]): Node {
    return this.product(
      ONE,
      [{ node, labels: axes, exponent: ONE }],
      shape.map((_, i) => i),
      shape,
    )
  }

  /** A shorter shape that equals the last axes of the longer one, as the language stretches it. */
  stretch(node: Node, shape: Shape): Node {
    if (node.shape.length === 0 || node.shape.length === shape.length) return node
    return this.broadcast(
      node,
      shape,
      node.shape.map((_, i) => shape.length - node.shape.length + i),
    )
  }

  transpose(node: Node, axes: readonly number[] = [1, 0]): Node {
    return this.product(
      ONE,
      [{ node, labels: node.shape.map((_, i) => i), exponent: ONE }],
      axes,
      axes.map((a) => node.shape[a]!),
    )
  }

  /** x[index] along one axis (from 0). */
  element(node: Node, axis: number, index: number): Node {
    if (node.kind === 'delta') return this.basis(node.extent, index)
    if (node.kind === 'iota') return this.number(index + 1)
    if (node.kind === 'bracket') return this.#bracketAt(node, axis, index)
    if (node.kind === 'basis') return this.constant(node.index === index ? ONE : ZERO)
    const known = peel(node)
    if (known.kind === 'symbol' && known.symbol.entries)
      return this.#slice(known.shape as readonly number[], known.symbol.entries, axis, index)
    const out = node.shape.map((_, i) => i).filter((i) => i !== axis)
    const shape = out.map((i) => node.shape[i]!)
    const all = node.shape.map((_, i) => i)
    const basis: Factor = { node: this.basis(node.shape[axis]!, index), labels: [axis], exponent: ONE }
    if (isPureProduct(node)) {
      return this.product(
        (node as ProductNode).coefficient,
        [...factorsOf(node as ProductNode), basis],
        out,
        shape,
      )
    }
    const factors: Factor[] = isElement(node)
      ? [...factorsOf(node as ProductNode), basis]
      : [{ node, labels: all, exponent: ONE }, basis]
    // The normal form of an element itself: interned without asking the product, which would ask for the element.
    const core = factors.find((f) => f.node.kind !== 'basis')!
    const picks = factors
      .filter((f) => f.node.kind === 'basis')
      .sort((a, b) => core.labels.indexOf(a.labels[0]!) - core.labels.indexOf(b.labels[0]!))
    const picked = picks.map((p) => p.labels[0]!)
    const kept = core.labels.filter((l) => !picked.includes(l))
    const order = [...kept, ...picked]
    const rename = (labels: readonly number[]): number[] => labels.map((l) => order.indexOf(l))
    const extents = order.map((l) => core.node.shape[core.labels.indexOf(l)]!)
    const bare = this.internProduct(
      ONE,
      [core, ...picks].map((f) => ({ ...f, labels: rename(f.labels) })),
      kept.map((_, i) => extents[i]!),
      extents,
    )
    return bare
  }

  /** x[index + offset] along one axis: a position from 0, 0 outside of the axis. */
  at(node: Node, axis: number, index: Node, offset: Extent = 0): Node {
    return this.picked(
      [{ node, labels: node.shape.map((_, i) => i), exponent: ONE }],
      node.shape,
      axis,
      index,
      offset,
    )
  }

  /** So many entries along one axis: what stands at own position + offset, 0 outside. */
  part(node: Node, axis: number, length: Extent, offset: Extent): Node {
    const shape = node.shape.map((e, i) => (i === axis ? length : e))
    const labels = shape.map((_, i) => i)
    const inner = shape.length
    const form: Affine = { coefficients: [1, -1], multiples: [], offset: addExtents(0, offset, -1) }
    const positions: Factor = {
      node: this.bracket('=', form, [node.shape[axis]!, length]),
      labels: [inner, axis],
      exponent: ONE,
    }
    const own = labels.map((l) => (l === axis ? inner : l))
    return this.product(ONE, [{ node, labels: own, exponent: ONE }, positions], labels, shape)
  }

  /** As `at`, of a product of factors, whose axes are their labels from 0 on. */
  picked(factors: readonly Factor[], shape: Shape, axis: number, index: Node, offset: Extent): Node {
    const form: Affine = {
      coefficients: [1],
      multiples: [{ node: index, coefficient: -1, labels: [] }],
      offset: addExtents(0, offset, -1),
    }
    const position: Factor = { node: this.bracket('=', form, [shape[axis]!]), labels: [axis], exponent: ONE }
    const out = shape.map((_, i) => i).filter((i) => i !== axis)
    return this.product(
      ONE,
      [...factors, position],
      out,
      out.map((i) => shape[i]!),
    )
  }

  /** A bracket with a known position along one axis. */
  #bracketAt(node: BracketNode, axis: number, index: number): Node {
    const rest = node.shape.map((_, i) => i).filter((i) => i !== axis)
    const moved = (l: number): number => rest.indexOf(l)
    const { coefficients, multiples, offset } = formOf(node)
    return this.bracket(
      node.relation,
      {
        coefficients: rest.map((i) => coefficients[i]!),
        multiples: multiples.map((m) => {
          const along = m.labels.indexOf(axis)
          return {
            coefficient: m.coefficient,
            node: along < 0 ? m.node : this.element(m.node, along, index),
            labels: m.labels.filter((l) => l !== axis).map(moved),
          }
        }),
        offset: addExtents(offset, coefficients[axis]! * index),
      },
      rest.map((i) => node.shape[i]!),
    )
  }

  /** The entries of a known tensor at one place along an axis. */
  #slice(shape: readonly number[], entries: readonly Rational[], axis: number, index: number): Node {
    const inner = shape.slice(axis + 1).reduce((n, e) => n * e, 1)
    const rest = shape.filter((_, i) => i !== axis)
    const kept = entries.filter((_, at) => Math.floor(at / inner) % shape[axis]! === index)
    return rest.length === 0 ? this.constant(kept[0]!) : this.table(rest, kept)
  }

  add(a: Node, b: Node): Node {
    return this.sum(
      [
        { coefficient: ONE, node: a },
        { coefficient: ONE, node: b },
      ],
      ZERO,
      wider(a, b),
    )
  }

  subtract(a: Node, b: Node): Node {
    return this.sum(
      [
        { coefficient: ONE, node: a },
        { coefficient: MINUS_ONE, node: b },
      ],
      ZERO,
      wider(a, b),
    )
  }

  addAll(nodes: readonly Node[], shape: Shape): Node {
    return this.sum(
      nodes.map((node) => ({ coefficient: ONE, node })),
      ZERO,
      shape,
    )
  }

  scale(coefficient: Rational, node: Node): Node {
    return isOne(coefficient) ? node : this.withFactors(coefficient, [{ node, exponent: ONE }], node.shape)
  }

  negate(node: Node): Node {
    return this.scale(MINUS_ONE, node)
  }

  /** The elementwise product of tensors of one shape and scalars. */
  multiply(...nodes: readonly Node[]): Node {
    return this.withFactors(
      ONE,
      nodes.map((node) => ({ node, exponent: ONE })),
      nodes.reduce<Shape>((s, n) => (n.shape.length > s.length ? n.shape : s), SCALAR),
    )
  }

  divide(a: Node, b: Node): Node {
    return this.withFactors(
      ONE,
      [
        { node: a, exponent: ONE },
        { node: b, exponent: MINUS_ONE },
      ],
      wider(a, b),
    )
  }

  /** x^exponent for a rational exponent. */
  power(node: Node, exponent: Rational): Node {
    return this.withFactors(ONE, [{ node, exponent }], node.shape)
  }

  sqrt(node: Node): Node {
    return this.power(node, HALF)
  }

  /** coefficient · Π nodeᵢ^exponentᵢ elementwise; nodes have the shape or are scalars. */
  withFactors(
    coefficient: Rational,
    factors: readonly { node: Node; exponent: Rational }[],
    shape: Shape,
  ): Node {
    const out = shape.map((_, i) => i)
    return this.product(
      coefficient,
      factors.map((f) => ({ ...f, labels: f.node.shape.length === 0 ? [] : out })),
      out,
      shape,
    )
  }

  /** The same product with another coefficient. */
  withCoefficient(node: ProductNode, coefficient: Rational): Node {
    return this.product(
      coefficient,
      factorsOf(node),
      node.shape.map((_, i) => i),
      node.shape,
    )
  }

  /** Σ over the axes (from 0). */
  sumOver(node: Node, axes: readonly number[]): Node {
    const out = node.shape.map((_, i) => i).filter((i) => !axes.includes(i))
    return this.product(
      ONE,
      [{ node, labels: node.shape.map((_, i) => i), exponent: ONE }],
      out,
      out.map((i) => node.shape[i]!),
    )
  }

  /** The number of entries along the axes, as a node. */
  count(shape: Shape, axes: readonly number[]): Node {
    return this.product(
      ONE,
      axes.map((a) => ({ node: this.extent(shape[a]!), labels: [], exponent: ONE })),
      [],
      SCALAR,
    )
  }

  /** Σ Π over labelled axes, written as for NumPy: `einsum('ij,j->i', A, x)`. */
  einsum(spec: string, ...nodes: readonly Node[]): Node {
    const [left, right] = spec.split('->') as [string, string]
    const lists = left.split(',').map((s) => [...s].map((c) => c.charCodeAt(0)))
    const out = [...right].map((c) => c.charCodeAt(0))
    const extents = new Map<number, Extent>()
    lists.forEach((labels, i) => labels.forEach((l, axis) => extents.set(l, nodes[i]!.shape[axis]!)))
    return this.product(
      ONE,
      nodes.map((node, i) => ({ node, labels: lists[i]!, exponent: ONE })),
      out,
      out.map((l) => extents.get(l)!),
    )
  }

  /** The node of the same kind with other arguments: how passes rebuild. */
  rebuild(node: Node, args: readonly Node[]): Node {
    if (args.every((a, i) => a === node.args[i])) return node
    switch (node.kind) {
      case 'equation':
        return this.equation(node.name, args[0]!, node.role, node.of)
      case 'sum':
        return this.sum(
          args.map((a, i) => ({ node: a, coefficient: node.coefficients[i]! })),
          node.constant,
          node.shape,
        )
      case 'product':
        return this.product(
          node.coefficient,
          args.map((a, i) => ({ node: a, labels: node.labels[i]!, exponent: node.exponents[i]! })),
          node.shape.map((_, i) => i),
          node.shape,
        )
      case 'apply':
        if (node.op.kind === 'pointwise') return this.stretch(this.apply(node.op, args), node.shape)
        return node.op.kind === 'matrix'
          ? this.matrix(node.op, ...args)
          : this.reduce(node.op, args[0]!, node.axes, node.args[0]!.samples)
      case 'derivative':
        return this.derivative(args[0]!, args[1]!, args.slice(2))
      case 'scan':
        return this.scan(withArgs(node.scan, args))[node.which]!
      case 'bracket':
        return this.bracket(node.relation, formOf(node, args), node.shape)
      default:
        return bug(`a ${node.kind} has no arguments`)
    }
  }
}

/** What is made of something that is another for each sample is so too. */
/** Of entries of one thing. */
function wholeOf(factors: readonly Factor[]): Symbol | undefined {
  let found: Node | undefined
  for (const { node } of factors) {
    if (isStructure(node)) continue
    if (found) return undefined
    found = node
  }
  return found?.whole
}

function samplesOf(nodes: readonly Node[]): Extent | undefined {
  for (const { samples } of nodes) if (samples !== undefined) return samples
  return undefined
}

const UNITY = exactly(1)
const NOUGHT = exactly(0)
const exactRange = (r: Rational): Range => (isOne(r) ? UNITY : isZero(r) ? NOUGHT : exactly(toNumber(r)))

const isPlain = (exponent: Rational, labels: readonly number[]): boolean =>
  exponent === ONE && labels.length === 0

/** A list of as many of the same as is asked for, one list for each length. */
function repeated<T>(item: T): (length: number) => readonly T[] {
  const lists = new Map<number, readonly T[]>()
  return (length) => {
    let list = lists.get(length)
    if (!list) lists.set(length, (list = Array.from({ length }, () => item)))
    return list
  }
}
/** The labels of scalars, and exponents or coefficients of one: what most products and sums have. */
const noLabels = repeated<readonly number[]>([])
const ones = repeated(ONE)
/** The axes of what works entry by entry, or on whole matrices. */
const NO_AXES: readonly number[] = []

/** The kinds in keys: any two numbers. */
const SUM = 1
const PRODUCT = 2

const equalLists = <T>(a: readonly T[], b: readonly T[]): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function isSum(n: SumNode, terms: readonly Term[], constant: Rational): boolean {
  if (n.args.length !== terms.length || !same(n.constant, constant)) return false
  for (let i = 0; i < terms.length; i++) {
    const { node, coefficient } = terms[i]!
    if (n.args[i] !== node || !same(n.coefficients[i]!, coefficient)) return false
  }
  return true
}

function isProduct(
  n: ProductNode,
  coefficient: Rational,
  factors: readonly Factor[],
  shape: Shape,
  extents: readonly Extent[],
): boolean {
  if (n.args.length !== factors.length || !same(n.coefficient, coefficient)) return false
  if (n.shape.length !== shape.length || !equalLists(n.extents, extents)) return false
  for (let i = 0; i < factors.length; i++) {
    const { node, labels, exponent } = factors[i]!
    if (n.args[i] !== node || !same(n.exponents[i]!, exponent) || !equalLists(n.labels[i]!, labels))
      return false
  }
  return true
}

const wider = (a: Node, b: Node): Shape => (a.shape.length >= b.shape.length ? a.shape : b.shape)

/** The form of a bracket, over other arguments. */
export const formOf = (node: BracketNode, args: readonly Node[] = node.args): Affine => ({
  coefficients: node.coefficients,
  multiples: args.map((a, i) => ({ node: a, coefficient: node.multiples[i]!, labels: node.labels[i]! })),
  offset: node.offset,
})
/** The factors of a product, ready to be multiplied again. */
export const factorsOf = (node: ProductNode): Factor[] =>
  node.args.map((a, i) => ({ node: a, labels: node.labels[i]!, exponent: node.exponents[i]! }))
/** The terms of a sum, ready to be added again. */
export const termsOf = (node: Node & { kind: 'sum' }): Term[] =>
  node.args.map((a, i) => ({ node: a, coefficient: node.coefficients[i]! }))

/** Whether every entry is the same known number, and which. */
export function constantValue(node: Node): Rational | undefined {
  if (node.kind === 'constant') return node.value
  return node.kind === 'product' && node.args.length === 0 ? node.coefficient : undefined
}
export function isZeroNode(node: Node): boolean {
  const value = constantValue(node)
  return value !== undefined && isZero(value)
}

/** What is so of numbers that are known. */
function assumptionsOf(shape: readonly number[], entries: readonly Rational[]): Symbol['assumptions'] {
  const [n, m] = shape
  const symmetric =
    shape.length === 2 &&
    n === m &&
    entries.every((entry, at) => same(entry, entries[(at % n!) * n! + Math.floor(at / n!)]!))
  return new Set(symmetric ? (['symmetric'] as const) : [])
}

function symbolRange(symbol: Symbol): Range {
  if (symbol.role === 'dim') return range(1, Infinity)
  if (symbol.entries) {
    const numbers = symbol.entries.map(toNumber)
    return range(
      numbers.reduce((a, b) => Math.min(a, b)),
      numbers.reduce((a, b) => Math.max(a, b)),
    )
  }
  if (symbol.role === 'constant') return POSITIVE
  const a = symbol.assumptions
  if (a.has('onehot') || a.has('simplex') || a.has('binary'))
    return a.has('positive') ? range(0, 1, true) : UNIT
  return a.has('positive') ? POSITIVE : a.has('nonnegative') ? NONNEGATIVE : EVERYTHING
}

const countRange = (extent: Extent): Range =>
  typeof extent === 'number' ? exactly(extent) : range(1, Infinity)

function productRange(
  coefficient: Rational,
  factors: readonly Factor[],
  extents: readonly Extent[],
  rank: number,
): Range {
  const summed = extents.slice(rank)
  if (factors.some((f) => f.node.kind === 'bracket'))
    return bracketedRange(coefficient, factors, extents, rank)
  const picked = factors.some((f) => f.node.kind === 'basis')
  let r = exactRange(coefficient)
  for (const { node, exponent } of factors)
    if (!(picked && node.kind === 'basis'))
      r = multiplyRanges(r, isOne(exponent) ? node.range : powerRange(node.range, toNumber(exponent)))
  if (summed.length === 0) return picked ? multiplyRanges(r, UNIT) : r
  if (picked && summed.length === factors.filter((f) => f.node.kind === 'basis').length) return r
  for (const extent of summed) r = multiplyRanges(r, countRange(extent))
  return r
}

/**
 * Of a product with brackets: what they leave is the others, or 0 where they hold nowhere; over labels that they do not fix, a sum
 * of any length.
 */
function bracketedRange(
  coefficient: Rational,
  factors: readonly Factor[],
  extents: readonly Extent[],
  rank: number,
): Range {
  let r = exactRange(coefficient)
  for (const { node, exponent } of factors)
    if (!isStructure(node))
      r = multiplyRanges(r, isOne(exponent) ? node.range : powerRange(node.range, toNumber(exponent)))
  const nest = nestOf({
    args: factors.map((f) => f.node),
    labels: factors.map((f) => f.labels),
    exponents: factors.map((f) => f.exponent),
    extents,
    shape: extents.slice(0, rank),
  })
  for (const l of nest.free) if (l >= rank) r = multiplyRanges(r, countRange(extents[l]!))
  const everywhere = nest.conditions.length === 0 && nest.solved.every((s) => s.within && s.label >= rank)
  return everywhere ? r : range(Math.min(r.lo, 0), Math.max(r.hi, 0))
}

export type { Factor, Term }
