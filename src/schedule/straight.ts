import { bug } from '../base/bug.ts'
import { MINUS_ONE, ONE, type Rational, ZERO, isZero, plus, times } from '../base/rational.ts'
import { type Extent, SCALAR, type Shape, openExtent, sizeOf } from '../graph/extent.ts'
import type { Derived, Network } from '../graph/network.ts'
import { type Node, type Symbol, type SymbolNode, isContraction, peel } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { byCreation, ownCost } from './keep.ts'
import type {
  Buffer,
  Instruction,
  Local,
  Routine,
  RoutineName,
  Subscript,
  Value,
  Variable,
} from './program.ts'
import { type Scalars, positions, scalarise } from './scalarise.ts'
import type { Outside } from './storage.ts'
import { load, localValue, longProduct, longSum, numberValue, productValue, sumValue } from './value.ts'

/** An expression is at most this deep before a part of it gets a name. */
const DEEPEST = 8

const fixed = (offset: number): Subscript => ({ variable: undefined, offset })

/** The scalars of a derived network, made once for all routines. */
export class StraightNetwork {
  readonly network: Network
  readonly scalars: Scalars
  readonly batch: Extent | undefined
  readonly loss: Node
  readonly outputs: readonly {
    readonly name: string
    readonly shape: Shape
    readonly entries: readonly Node[]
  }[]
  readonly gradients: readonly { readonly symbol: Symbol; readonly entries: readonly Node[] }[]
  /** Scalar nodes that depend on data. */
  readonly varying = new Set<Node>()
  readonly names = new Map<Node, string>()

  constructor(derived: Derived) {
    const { network } = derived
    this.network = network
    this.batch =
      network.batch === undefined
        ? undefined
        : typeof network.batch === 'number'
          ? network.batch
          : openExtent(network.batch)
    const roots = [network.loss.node, ...network.outputs.map((o) => o.node), ...derived.gradients.values()]
    const s = (this.scalars = scalarise(roots))
    this.loss = s.entries(network.loss.node)[0]!
    this.outputs = network.outputs.map((o) => ({
      name: o.name,
      shape: o.node.shape,
      entries: s.entries(o.node),
    }))
    this.gradients = network.params.map(({ symbol }) => {
      const node = derived.gradients.get(symbol)
      return {
        symbol,
        entries: node
          ? s.entries(node)
          : Array.from({ length: sizeOf(symbol.shape)! }, () => s.graph.constant(ZERO)),
      }
    })
    for (const n of topological(roots)) {
      if (n.kind !== 'equation') continue
      s.entries(n).forEach((e, i) => {
        const value = peel(e)
        const at = positions(n.shape, i).map((p) => p + 1)
        if (!this.names.has(value))
          this.names.set(value, [n.role === 'adjoint' ? `delta_${n.name}` : n.name, ...at].join('_'))
      })
    }
    const all = [
      this.loss,
      ...this.outputs.flatMap((o) => o.entries),
      ...this.gradients.flatMap((x) => x.entries),
    ]
    for (const n of reachable(all)) {
      const data = n.kind === 'symbol' && (n.symbol.role === 'input' || n.symbol.role === 'target')
      if (data || n.args.some((a) => this.varying.has(a))) this.varying.add(n)
    }
  }
}

/** All nodes that the roots need, by creation: arguments are older than their users. */
function reachable(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>(roots)
  for (const n of seen) for (const a of n.args) seen.add(a)
  return [...seen].sort((a, b) => a.id - b.id)
}

/** One routine as straight-line code, within one loop over the batch where there is one. */
export function straightRoutine(name: RoutineName, net: StraightNetwork, outside: Outside): Routine {
  return new Straight(name, net, outside).build()
}

/** Where a scalar of the batch's sum is collected, and what becomes of it. */
interface Total {
  /** What does not depend on data. */
  readonly rest: Node | undefined
  readonly constant: Rational
  /** What is added up over the batch. */
  readonly varying: Node | undefined
}

class Straight {
  readonly name: RoutineName
  readonly net: StraightNetwork
  readonly outside: Outside
  readonly sample: Variable | undefined
  /** Instructions before, in and after the loop over the batch; without a batch only `inside`. */
  readonly before: Instruction[] = []
  readonly inside: Instruction[] = []
  readonly after: Instruction[] = []
  // By the ids of nodes.
  readonly #values: (Value | undefined)[] = []
  readonly #depth: number[] = []
  readonly #uses: number[] = []

  constructor(name: RoutineName, net: StraightNetwork, outside: Outside) {
    this.name = name
    this.net = net
    this.outside = outside
    this.sample = net.batch === undefined ? undefined : { name: 'b', extent: net.batch }
  }

  build(): Routine {
    return this.net.batch === undefined ? this.#single() : this.#batched()
  }

  // ——— one sample a call

  #single(): Routine {
    const { net, outside, name } = this
    if (name === 'forward') {
      this.#compute(net.outputs.flatMap((o) => o.entries))
      for (const o of net.outputs)
        o.entries.forEach((e, i) =>
          this.#put(this.inside, outside.output(o.name, o.shape), o.shape, i, 'set', this.#value(e)),
        )
      return { name, body: this.inside, result: undefined }
    }
    const goals = name === 'loss' ? [] : net.gradients
    this.#compute([net.loss, ...goals.flatMap((x) => x.entries)])
    const result = this.#value(net.loss)
    if (name === 'backward') {
      for (const x of goals) {
        this.inside.push({ kind: 'anchor', symbol: x.symbol })
        x.entries.forEach((e, i) =>
          this.#put(this.inside, outside.gradient(x.symbol), x.symbol.shape, i, 'set', this.#value(e)),
        )
      }
      return { name, body: this.inside, result }
    }
    let kept = result
    if (name === 'step' && result.kind !== 'local' && result.kind !== 'number')
      kept = this.#define('loss$', result, this.inside)
    // A value that reads params must be known before any of them changes.
    const changes = goals.map((x) =>
      x.entries.map((e) =>
        this.#readsParams(e)
          ? this.#define(`d_${x.symbol.name}`, this.#value(e), this.inside)
          : this.#value(e),
      ),
    )
    goals.forEach((x, k) => {
      this.inside.push({ kind: 'anchor', symbol: x.symbol })
      x.entries.forEach((_, i) => this.#update(this.inside, x.symbol, i, changes[k]![i]!))
    })
    return { name, body: this.inside, result: kept }
  }

  /** Whether the expression that stands for a node reads params itself. */
  #readsParams(n: Node): boolean {
    const stack = [n]
    for (let x = stack.pop(); x; x = stack.pop()) {
      if (this.#values[x.id]?.kind === 'local') continue
      if (x.kind === 'symbol' && x.symbol.role === 'param') return true
      stack.push(...x.args)
    }
    return false
  }

  // ——— a batch

  #batched(): Routine {
    const { net, outside, name } = this
    const sample = this.sample!
    const at: Subscript = { variable: sample, offset: 0 }
    const loop = (): Instruction => ({ kind: 'loop', variable: sample, body: this.inside })
    if (name === 'forward') {
      this.#compute(net.outputs.flatMap((o) => o.entries))
      for (const o of net.outputs) {
        const buffer = outside.output(o.name, [net.batch!, ...o.shape])
        o.entries.forEach((e, i) =>
          this.inside.push({
            kind: 'store',
            buffer,
            at: [at, ...positions(o.shape, i).map(fixed)],
            combine: 'set',
            value: this.#value(e),
          }),
        )
      }
      return { name, body: [...this.before, loop()], result: undefined }
    }
    const loss = this.#total(net.loss)
    const goals =
      name === 'loss'
        ? []
        : net.gradients.map((x) => ({ symbol: x.symbol, totals: x.entries.map((e) => this.#total(e)) }))
    const totals = [loss, ...goals.flatMap((x) => x.totals)]
    this.#compute(totals.flatMap((t) => [t.varying, t.rest].filter((n) => n !== undefined)))
    const sum: Local = { name: 'loss$' }
    if (loss.varying) {
      this.before.push({ kind: 'define', local: sum, value: numberValue(ZERO), mutable: true })
      this.inside.push({ kind: 'update', local: sum, combine: 'add', value: this.#value(loss.varying) })
    }
    const count: Value =
      typeof net.batch === 'number' ? numberValue(times(ONE, ONE.mul(net.batch))) : this.#batchLength()
    const mean = (total: Value): Value => productValue(ONE, [total, count], [ONE, MINUS_ONE])
    const whole = (t: Total, total: Value | undefined): Value =>
      sumValue(
        [...(total ? [total] : []), ...(t.rest ? [this.#value(t.rest)] : [])],
        [...(total ? [ONE] : []), ...(t.rest ? [ONE] : [])],
        t.constant,
      )
    const result = this.#define(
      'mean$',
      whole(loss, loss.varying ? mean(localValue(sum)) : undefined),
      this.after,
    )
    const share =
      goals.length > 0 ? this.#define('share$', productValue(ONE, [count], [MINUS_ONE]), this.after) : count
    // What reads params must be known before any of them changes.
    if (name === 'step')
      for (const { rest } of goals.flatMap((x) => x.totals))
        if (rest && this.#readsParams(rest))
          this.#values[peel(rest).id] = this.#define('t$', this.#value(rest), this.before)
    for (const { symbol, totals: list } of goals) this.#collect(symbol, list, share, whole)
    return { name, body: [...this.before, loop(), ...this.after], result }
  }

  /** The sums over the batch of one param's gradient: in registers if few, else in the gradient or a scratch buffer. */
  #collect(
    symbol: Symbol,
    list: readonly Total[],
    share: Value,
    whole: (t: Total, total: Value | undefined) => Value,
  ): void {
    const { outside } = this
    const { shape } = symbol
    const target = this.name === 'backward' ? outside.gradient(symbol) : undefined
    const finish = (value: Value, i: number): void => {
      if (target) this.#put(this.after, target, shape, i, 'set', value)
      else this.#update(this.after, symbol, i, value)
    }
    this.after.push({ kind: 'anchor', symbol })
    if (list.length <= MOST_REGISTERS) {
      list.forEach((t, i) => {
        if (!t.varying) return finish(whole(t, undefined), i)
        const local: Local = { name: ['d', symbol.name, ...positions(shape, i).map((p) => p + 1)].join('_') }
        this.before.push({ kind: 'define', local, value: numberValue(ZERO), mutable: true })
        this.inside.push({ kind: 'update', local, combine: 'add', value: this.#value(t.varying) })
        finish(whole(t, productValue(ONE, [localValue(local), share], [ONE, ONE])), i)
      })
      return
    }
    const totals: Buffer = {
      name: `d_${symbol.name}`,
      storage: 'scratch',
      symbol: undefined,
      shape,
      double: true,
    }
    this.before.push(
      ...this.#each(shape, (at) => ({
        kind: 'store',
        buffer: totals,
        at,
        combine: 'set',
        value: numberValue(ZERO),
      })),
    )
    list.forEach((t, i) => {
      if (t.varying) this.#put(this.inside, totals, shape, i, 'add', this.#value(t.varying))
    })
    const plain = list.every((t) => !t.rest && isZero(t.constant))
    if (!plain)
      return list.forEach((t, i) =>
        finish(
          whole(
            t,
            t.varying
              ? productValue(ONE, [load(totals, positions(shape, i).map(fixed)), share], [ONE, ONE])
              : undefined,
          ),
          i,
        ),
      )
    this.after.push(
      ...this.#each(shape, (at) => {
        const value = productValue(ONE, [load(totals, at), share], [ONE, ONE])
        return target
          ? { kind: 'store', buffer: target, at, combine: 'set', value }
          : this.#updateAt(symbol, at, value)
      }),
    )
  }

  #each(shape: Shape, make: (at: Subscript[]) => Instruction): Instruction[] {
    const variables = shape.map((extent, axis): Variable => ({ name: 'ijklmn'[axis] ?? `i${axis}`, extent }))
    let body: Instruction[] = [make(variables.map((variable) => ({ variable, offset: 0 })))]
    for (let axis = shape.length - 1; axis >= 0; axis--)
      body = [{ kind: 'loop', variable: variables[axis]!, body }]
    return body
  }

  #batchLength(): Value {
    const extent = this.net.batch as Exclude<Extent, number>
    const node = this.net.scalars.graph.symbol({
      name: extent.text,
      role: 'dim',
      shape: SCALAR,
      assumptions: new Set(),
    }) as SymbolNode
    return load(this.outside.symbol(node), [])
  }

  /** Linear in its terms: those that depend on data are summed over the batch, the others stay. */
  #total(root: Node): Total {
    const { varying: depends, scalars } = this.net
    let constant = ZERO
    const varying: { node: Node; coefficient: Rational }[] = []
    const rest: { node: Node; coefficient: Rational }[] = []
    const work = [{ node: root, coefficient: ONE }]
    while (work.length > 0) {
      const { node, coefficient } = work.pop()!
      if (!depends.has(node)) rest.push({ node, coefficient })
      else if (node.kind === 'sum' && node.args.some((a) => !depends.has(a))) {
        constant = plus(constant, times(coefficient, node.constant))
        node.args.forEach((a, i) =>
          work.push({ node: a, coefficient: times(coefficient, node.coefficients[i]!) }),
        )
      } else if (
        node.kind === 'equation' &&
        peel(node).kind === 'sum' &&
        peel(node).args.some((a) => !depends.has(a))
      )
        work.push({ node: peel(node), coefficient })
      else varying.push({ node, coefficient })
    }
    const sum = (terms: typeof varying): Node | undefined =>
      terms.length === 0 ? undefined : scalars.graph.sum(terms, ZERO, [])
    const all = sum(varying)
    if (all) this.#mark(all)
    const still = sum(rest)
    if (still?.kind === 'constant')
      return { varying: all, rest: undefined, constant: plus(constant, still.value) }
    return { varying: all, rest: still, constant }
  }

  #mark(n: Node): void {
    this.net.varying.add(n)
    for (const a of n.args)
      if (n.kind === 'sum' && a.kind === 'product' && a.args.some((x) => this.net.varying.has(x)))
        this.net.varying.add(a)
  }

  // ——— values

  /** Registers for all that is used more than once or too deep, arguments first; the rest is part of its user. */
  #compute(roots: readonly Node[]): void {
    const order = reachable(roots)
    const uses = this.#uses
    const add = (n: Node): void => void (uses[peel(n).id] = (uses[peel(n).id] ?? 0) + 1)
    for (const n of order) if (n.kind !== 'equation') for (const a of n.args) add(a)
    for (const r of roots) add(r)
    // By creation: arguments are older than their users, and the older ones are the reader's first. Entries of arrays
    // are read where they are first needed.
    for (const n of order) {
      if (n.kind === 'symbol') continue
      for (const a of n.args) if (a.kind === 'symbol' && this.#values[a.id] === undefined) this.#node(a)
      this.#node(n)
    }
    for (const r of roots) if (r.kind === 'symbol' && this.#values[r.id] === undefined) this.#node(r)
  }

  #node(n: Node): void {
    if (n.kind === 'equation') return
    const varying = this.net.varying.has(n)
    const block = this.sample && !varying ? this.before : this.inside
    const { value, depth } = this.#expression(n, block)
    const uses = this.#uses[n.id] ?? 0
    // What does not change within the batch is computed before, even if used once.
    const hoisted = this.sample !== undefined && !varying && ownCost(n) > 0
    const element = n.kind === 'symbol' && this.net.scalars.elements.has(n)
    if (
      value.kind === 'number' ||
      value.kind === 'local' ||
      (n.args.length === 0 && !element) ||
      (uses < 2 && depth <= DEEPEST && !hoisted) ||
      (element && this.sample && !varying)
    ) {
      this.#values[n.id] = value
      this.#depth[n.id] = depth
      return
    }
    this.#values[n.id] = this.#define(this.#wish(n), value, block)
    this.#depth[n.id] = 0
  }

  #wish(n: Node): string {
    const known = this.net.names.get(n)
    if (known !== undefined) return known
    const element = this.net.scalars.elements.get(n)
    return element ? [element.symbol.symbol.name, ...element.at.map((p) => p + 1)].join('_') : 't$'
  }

  #define(name: string, value: Value, block: Instruction[]): Value {
    if (value.kind === 'local' || value.kind === 'number') return value
    const local: Local = { name }
    block.push({ kind: 'define', local, value, mutable: false })
    return localValue(local)
  }

  #value(n: Node): Value {
    return this.#values[peel(n).id] ?? bug('a scalar that was not computed')
  }

  #expression(n: Node, block: Instruction[]): { value: Value; depth: number } {
    // Operands in the order in which they were made, which is the reader's; the normal form's order is a hash's.
    const by = n.kind === 'sum' || n.kind === 'product' ? byCreation(n.args) : n.args.map((_, i) => i)
    const args = by.map((i) => this.#value(n.args[i]!))
    const depth = n.args.reduce((d, a) => Math.max(d, 1 + (this.#depth[peel(a).id] ?? 0)), 0)
    const part = (v: Value): Value => this.#define('t$', v, block)
    switch (n.kind) {
      case 'constant':
        return { value: numberValue(n.value), depth }
      case 'symbol':
        return { value: this.#symbol(n), depth }
      case 'sum':
        return {
          value: longSum(
            args,
            by.map((i) => n.coefficients[i]!),
            n.constant,
            part,
          ),
          depth,
        }
      case 'product':
        return isContraction(n)
          ? bug('a contraction among scalars')
          : {
              value: longProduct(
                n.coefficient,
                args,
                by.map((i) => n.exponents[i]!),
                part,
              ),
              depth,
            }
      case 'apply':
        return n.op.kind === 'pointwise'
          ? { value: { kind: 'apply', op: n.op, args }, depth }
          : bug(`${n.op.name} among scalars`)
      default:
        return bug(`a ${n.kind} among scalars`)
    }
  }

  #symbol(n: SymbolNode): Value {
    if (n.symbol.role === 'constant') return { kind: 'constant', name: n.symbol.name }
    const element = this.net.scalars.elements.get(n)
    const { symbol } = element ? element.symbol : n
    const data = symbol.role === 'input' || symbol.role === 'target'
    const batched = data && this.sample
    const node = batched
      ? {
          ...(element?.symbol ?? n),
          symbol: { ...symbol, shape: [this.net.batch!, ...symbol.shape] },
          shape: [this.net.batch!, ...symbol.shape],
        }
      : (element?.symbol ?? n)
    const at = (element?.at ?? []).map(fixed)
    return load(this.outside.symbol(node), batched ? [{ variable: this.sample, offset: 0 }, ...at] : at)
  }

  // ——— results

  #put(
    into: Instruction[],
    buffer: Buffer,
    shape: Shape,
    i: number,
    combine: 'set' | 'add',
    value: Value,
  ): void {
    into.push({ kind: 'store', buffer, at: positions(shape, i).map(fixed), combine, value })
  }

  #update(into: Instruction[], symbol: Symbol, i: number, gradient: Value): void {
    into.push(this.#updateAt(symbol, positions(symbol.shape, i).map(fixed), gradient))
  }

  #updateAt(symbol: Symbol, at: readonly Subscript[], gradient: Value): Instruction {
    const param = this.outside.symbol(this.net.scalars.graph.symbol(symbol) as SymbolNode)
    return {
      kind: 'store',
      buffer: param,
      at,
      combine: 'subtract',
      value: productValue(ONE, [load(this.outside.rate, []), gradient], [ONE, ONE]),
    }
  }
}

/** Sums over the batch of a param with no more entries than this stay in registers. */
const MOST_REGISTERS = 8
