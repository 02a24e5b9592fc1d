import { bug } from '../base/bug.ts'
import { type Node, type SymbolNode, isContraction, peel } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { byCreation, ownCost } from './keep.ts'
import type { Instruction, Local, Value, Variable } from './program.ts'
import type { Outside } from './storage.ts'
import { type StraightNetwork, reachable } from './straight-network.ts'
import { isPlainCondition, load, localValue, longProduct, longSum, numberValue } from './value.ts'
import { fixed } from './subscripts.ts'

/** An expression is at most this deep before a part of it gets a name. */
const DEEPEST = 8

/** The list in another order: the same one where that makes no difference. */
const inOrder = <T>(list: readonly T[], by: readonly number[]): readonly T[] =>
  list.every((x) => x === list[0]) ? list : by.map((i) => list[i]!)

/** The values of scalar nodes as registers and expressions, put where they belong: before or in the loop over the batch. */
export class StraightValues {
  readonly net: StraightNetwork
  readonly outside: Outside
  /** The variable of the loop over the batch. */
  readonly sample: Variable | undefined
  /** Instructions before and in the loop over the batch; without a batch only `inside`. */
  readonly before: Instruction[] = []
  readonly inside: Instruction[] = []
  readonly #values = new NodeMap<Value>()
  readonly #depth = new NodeMap<number>()
  readonly #uses = new NodeMap<number>()

  constructor(net: StraightNetwork, outside: Outside) {
    this.net = net
    this.outside = outside
    this.sample = net.batch === undefined ? undefined : { name: 'b', extent: net.batch }
  }

  /** Registers for all that is used more than once or too deep, arguments first; the rest is part of its user. */
  compute(roots: readonly Node[]): void {
    const order = reachable(roots)
    const uses = this.#uses
    const add = (n: Node): void => void uses.set(peel(n), (uses.get(peel(n)) ?? 0) + 1)
    for (const n of order) if (n.kind !== 'equation') for (const a of n.args) add(a)
    for (const r of roots) add(r)
    // By creation: arguments are older than their users, and the older ones are the reader's first. Entries of arrays
    // are read where they are first needed.
    for (const n of order) {
      if (n.kind === 'symbol') continue
      for (const a of n.args) if (a.kind === 'symbol' && !this.#values.has(a)) this.#node(a)
      this.#node(n)
    }
    for (const r of roots) if (r.kind === 'symbol' && !this.#values.has(r)) this.#node(r)
  }

  #node(n: Node): void {
    if (n.kind === 'equation') return
    const varying = this.net.varying.has(n)
    const block = this.sample && !varying ? this.before : this.inside
    const { value, depth } = this.#expression(n, block)
    const uses = this.#uses.get(n) ?? 0
    // What does not change within the batch is computed before, even if used once.
    const hoisted = this.sample !== undefined && !varying && ownCost(n) > 0
    const element = n.kind === 'symbol' && this.net.scalars.elements.has(n)
    if (
      value.kind === 'number' ||
      value.kind === 'local' ||
      (n.args.length === 0 && !element) ||
      (uses < 2 && depth <= DEEPEST && !hoisted) ||
      isPlainCondition(value) ||
      (element && this.sample && !varying)
    ) {
      this.#values.set(n, value)
      this.#depth.set(n, depth)
      return
    }
    this.#values.set(n, this.define(this.#wish(n), value, block))
    this.#depth.set(n, 0)
  }

  #wish(n: Node): string {
    const known = this.net.names.get(n)
    if (known !== undefined) return known
    const element = this.net.scalars.elements.get(n)
    return element ? [element.symbol.symbol.name, ...element.at.map((p) => p + 1)].join('_') : 't$'
  }

  define(name: string, value: Value, block: Instruction[]): Value {
    if (value.kind === 'local' || value.kind === 'number') return value
    const local: Local = { name }
    block.push({ kind: 'define', local, value, mutable: false })
    return localValue(local)
  }

  value(n: Node): Value {
    return this.#values.get(peel(n)) ?? bug('a scalar that was not computed')
  }

  #expression(n: Node, block: Instruction[]): { value: Value; depth: number } {
    // Operands in the order in which they were made, which is the reader's; the normal form's order is a hash's.
    const by = n.kind === 'sum' || n.kind === 'product' ? byCreation(n.args) : n.args.map((_, i) => i)
    const args = by.map((i) => this.value(n.args[i]!))
    const depth = n.args.reduce((d, a) => Math.max(d, 1 + (this.#depth.get(peel(a)) ?? 0)), 0)
    const part = (v: Value): Value => this.define('t$', v, block)
    switch (n.kind) {
      case 'constant':
        return { value: numberValue(n.value), depth }
      case 'symbol':
        return { value: this.#symbol(n), depth }
      case 'sum':
        return {
          value: longSum(args, inOrder(n.coefficients, by), n.constant, part),
          depth,
        }
      case 'product':
        return isContraction(n)
          ? bug('a contraction among scalars')
          : {
              value: longProduct(n.coefficient, args, inOrder(n.exponents, by), part),
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
    const batched = symbol.samples !== undefined && this.sample
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

  /** Whether the expression that stands for a node reads params itself. */
  readsParams(n: Node): boolean {
    const stack = [n]
    for (let x = stack.pop(); x; x = stack.pop()) {
      if (this.#values.get(x)?.kind === 'local') continue
      if (x.kind === 'symbol' && x.symbol.role === 'param') return true
      stack.push(...x.args)
    }
    return false
  }

  /** Another value for a node from here on. */
  replace(n: Node, value: Value): void {
    this.#values.set(peel(n), value)
  }
}
