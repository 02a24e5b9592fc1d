import { MINUS_ONE, ONE, type Rational, ZERO, isZero, plus, times } from '../base/rational.ts'
import { type Extent, SCALAR, type Shape } from '../graph/extent.ts'
import { type Node, type Symbol, type SymbolNode, peel } from '../graph/node.ts'
import type { Optimizer } from './optimizers.ts'
import { Optimizing } from './optimizing.ts'
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
import { positions } from './scalarise.ts'
import type { Outside } from './storage.ts'
import type { StraightNetwork } from './straight-network.ts'
import { StraightValues } from './straight-values.ts'
import { fixed } from './subscripts.ts'
import { load, localValue, numberValue, productValue, sumValue } from './value.ts'

/** One routine as straight-line code, within one loop over the batch where there is one. */
export function straightRoutine(
  name: RoutineName,
  net: StraightNetwork,
  outside: Outside,
  optimizer: Optimizer,
): Routine {
  return new Straight(name, net, outside, optimizer).build()
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
  readonly values: StraightValues
  readonly optimizing: Optimizing
  /** Instructions after the loop over the batch. */
  readonly after: Instruction[] = []

  constructor(name: RoutineName, net: StraightNetwork, outside: Outside, optimizer: Optimizer) {
    this.name = name
    this.net = net
    this.outside = outside
    this.optimizing = new Optimizing(optimizer, outside)
    this.values = new StraightValues(net, outside)
  }

  /** The gradients that the routine takes: a step updates parameters, whatever else is differentiated by. */
  get #goals(): StraightNetwork['gradients'] {
    const { gradients } = this.net
    if (this.name === 'loss') return []
    return this.name === 'step' ? gradients.filter(({ symbol }) => symbol.role === 'param') : gradients
  }

  build(): Routine {
    return this.net.batch === undefined ? this.#single() : this.#batched()
  }

  // ——— one sample a call

  #single(): Routine {
    const { net, outside, name } = this
    if (name === 'forward') {
      this.values.compute(net.outputs.flatMap((o) => o.entries))
      for (const o of net.outputs)
        o.entries.forEach((e, i) =>
          this.#put(
            this.values.inside,
            outside.output(o.name, o.shape),
            o.shape,
            i,
            'set',
            this.values.value(e),
          ),
        )
      return { name, body: this.values.inside, result: undefined }
    }
    const goals = this.#goals
    this.values.compute([net.loss!, ...goals.flatMap((x) => x.entries)])
    const result = this.values.value(net.loss!)
    if (name === 'backward') {
      for (const x of goals) {
        this.values.inside.push({ kind: 'anchor', symbol: x.symbol })
        x.entries.forEach((e, i) =>
          this.#put(
            this.values.inside,
            outside.gradient(x.symbol),
            x.symbol.shape,
            i,
            'set',
            this.values.value(e),
          ),
        )
      }
      return { name, body: this.values.inside, result }
    }
    let kept = result
    if (name === 'step' && result.kind !== 'local' && result.kind !== 'number')
      kept = this.values.define('loss$', result, this.values.inside)
    // A value that reads params must be known before any of them changes.
    const changes = goals.map((x) =>
      x.entries.map((e) =>
        this.values.readsParams(e)
          ? this.values.define(`d_${x.symbol.name}`, this.values.value(e), this.values.inside)
          : this.values.value(e),
      ),
    )
    if (name === 'step') this.values.inside.push(...this.optimizing.start())
    goals.forEach((x, k) => {
      this.values.inside.push({ kind: 'anchor', symbol: x.symbol })
      x.entries.forEach((_, i) => this.#update(this.values.inside, x.symbol, i, changes[k]![i]!))
    })
    return { name, body: this.values.inside, result: kept }
  }

  // ——— a batch

  #batched(): Routine {
    const { net, outside, name } = this
    const sample = this.values.sample!
    const at: Subscript = { variable: sample, offset: 0 }
    const loop = (): Instruction => ({ kind: 'loop', variable: sample, body: this.values.inside })
    if (name === 'forward') {
      this.values.compute(net.outputs.flatMap((o) => o.entries))
      for (const o of net.outputs) {
        const buffer = outside.output(o.name, [net.batch!, ...o.shape])
        o.entries.forEach((e, i) =>
          this.values.inside.push({
            kind: 'store',
            buffer,
            at: [at, ...positions(o.shape, i).map(fixed)],
            combine: 'set',
            value: this.values.value(e),
          }),
        )
      }
      return { name, body: [...this.values.before, loop()], result: undefined }
    }
    const loss = this.#total(net.loss!)
    const goals = this.#goals.map((x) => ({ symbol: x.symbol, totals: x.entries.map((e) => this.#total(e)) }))
    const totals = [loss, ...goals.flatMap((x) => x.totals)]
    this.values.compute(totals.flatMap((t) => [t.varying, t.rest].filter((n) => n !== undefined)))
    const sum: Local = { name: 'loss$' }
    if (loss.varying) {
      this.values.before.push({ kind: 'define', local: sum, value: numberValue(ZERO), mutable: true })
      this.values.inside.push({
        kind: 'update',
        local: sum,
        combine: 'add',
        value: this.values.value(loss.varying),
      })
    }
    const count: Value =
      typeof net.batch === 'number' ? numberValue(times(ONE, ONE.mul(net.batch))) : this.#batchLength()
    const mean = (total: Value): Value => productValue(ONE, [total, count], [ONE, MINUS_ONE])
    const whole = (t: Total, total: Value | undefined): Value =>
      sumValue(
        [...(total ? [total] : []), ...(t.rest ? [this.values.value(t.rest)] : [])],
        [...(total ? [ONE] : []), ...(t.rest ? [ONE] : [])],
        t.constant,
      )
    const result = this.values.define(
      'mean$',
      whole(loss, loss.varying ? mean(localValue(sum)) : undefined),
      this.after,
    )
    const share =
      goals.length > 0
        ? this.values.define('share$', productValue(ONE, [count], [MINUS_ONE]), this.after)
        : count
    // What reads params must be known before any of them changes.
    if (name === 'step')
      for (const { rest } of goals.flatMap((x) => x.totals))
        if (rest && this.values.readsParams(rest))
          this.values.replace(rest, this.values.define('t$', this.values.value(rest), this.values.before))
    if (name === 'step') this.after.push(...this.optimizing.start())
    for (const { symbol, totals: list } of goals) this.#collect(symbol, list, share, whole)
    return { name, body: [...this.values.before, loop(), ...this.after], result }
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
        this.values.before.push({ kind: 'define', local, value: numberValue(ZERO), mutable: true })
        this.values.inside.push({
          kind: 'update',
          local,
          combine: 'add',
          value: this.values.value(t.varying),
        })
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
    this.values.before.push(
      ...this.#each(shape, (at) => [
        { kind: 'store', buffer: totals, at, combine: 'set', value: numberValue(ZERO) },
      ]),
    )
    list.forEach((t, i) => {
      if (t.varying) this.#put(this.values.inside, totals, shape, i, 'add', this.values.value(t.varying))
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
          ? [{ kind: 'store', buffer: target, at, combine: 'set', value }]
          : this.#updateAt(symbol, at, value)
      }),
    )
  }

  #each(shape: Shape, make: (at: Subscript[]) => Instruction[]): Instruction[] {
    const variables = shape.map((extent, axis): Variable => ({ name: 'ijklmn'[axis] ?? `i${axis}`, extent }))
    let body = make(variables.map((variable) => ({ variable, offset: 0 })))
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
    this.net.varying.set(n, true)
    for (const a of n.args)
      if (n.kind === 'sum' && a.kind === 'product' && a.args.some((x) => this.net.varying.has(x)))
        this.net.varying.set(a, true)
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
    into.push(...this.#updateAt(symbol, positions(symbol.shape, i).map(fixed), gradient))
  }

  #updateAt(symbol: Symbol, at: readonly Subscript[], gradient: Value): Instruction[] {
    const param = this.outside.symbol(this.net.scalars.graph.symbol(symbol) as SymbolNode)
    return this.optimizing.update(symbol, param, at, gradient)
  }
}

/** Sums over the batch of a param with no more entries than this stay in registers. */
const MOST_REGISTERS = 8
