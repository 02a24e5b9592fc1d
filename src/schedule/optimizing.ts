/** The updates of a step: the equations of its optimizer, as instructions. */
import { bug } from '../base/bug.ts'
import { ONE } from '../base/rational.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { byCreation } from './keep.ts'
import { type Optimizer, hasState, mentions } from './optimizers.ts'
import type { Buffer, Instruction, Local, Subscript, Value } from './program.ts'
import type { Outside } from './storage.ts'
import { load, localValue, numberValue, productValue, sumValue } from './value.ts'

export class Optimizing {
  readonly #optimizer: Optimizer
  readonly #outside: Outside
  /** What is known for all entries. */
  readonly #numbers = new Map<string, Value>()

  constructor(optimizer: Optimizer, outside: Outside) {
    this.#optimizer = optimizer
    this.#outside = outside
    this.#numbers.set('rate', load(outside.rate, []))
  }

  /** What comes before all updates: the count of steps, and what is computed once. */
  start(): Instruction[] {
    const { settings, counts, once, moments, change } = this.#optimizer
    const list: Instruction[] = []
    const define = (name: string, value: Value, rounded: boolean): void => {
      const local: Local = { name }
      list.push({ kind: 'define', local, value, mutable: false, ...(rounded ? { rounded } : {}) })
      this.#numbers.set(name, localValue(local))
    }
    const number = (name: string): Value => load(this.#outside.state(name), [])
    if (counts) {
      define('t', sumValue([number('t')], [ONE], ONE), false)
      list.push({
        kind: 'store',
        buffer: this.#outside.state('t'),
        at: [],
        combine: 'set',
        value: this.#numbers.get('t')!,
      })
    }
    for (const { name } of settings) this.#numbers.set(name, number(name))
    for (const { name, value } of once) define(name, this.#value(value, new Map()), true)
    const each = new Set([...moments.map((m) => m.value), change].flatMap((n) => [...mentions(n)]))
    for (const { name } of settings) if (each.has(name)) define(name, number(name), true)
    return list
  }

  /** An entry of a parameter, by that of its gradient. */
  update(symbol: Symbol, param: Buffer, at: readonly Subscript[], gradient: Value): Instruction[] {
    const { moments, change } = this.#optimizer
    const list: Instruction[] = []
    const own = new Map<string, Value>([
      ['w', load(param, at)],
      ['g', gradient],
    ])
    const define = (name: string, value: Value): void => {
      const local: Local = { name }
      list.push({ kind: 'define', local, value, mutable: false })
      own.set(name, localValue(local))
    }
    // Mentioned more than once.
    if (hasState(this.#optimizer) && gradient.kind !== 'local' && gradient.kind !== 'number')
      define('g', gradient)
    for (const { name } of moments) own.set(name, load(this.#outside.moment(name, symbol, param), at))
    for (const { name, value } of moments) {
      define(name, this.#value(value, own))
      const buffer = this.#outside.moment(name, symbol, param)
      list.push({ kind: 'store', buffer, at, combine: 'set', value: own.get(name)! })
    }
    list.push({ kind: 'store', buffer: param, at, combine: 'subtract', value: this.#value(change, own) })
    return list
  }

  /** A formula with values for its names. */
  #value(n: Node, own: ReadonlyMap<string, Value>): Value {
    const by = n.kind === 'sum' || n.kind === 'product' ? byCreation(n.args) : n.args.map((_, i) => i)
    const args = by.map((i) => this.#value(n.args[i]!, own))
    const inOrder = <T>(list: readonly T[]): T[] => by.map((i) => list[i]!)
    switch (n.kind) {
      case 'constant':
        return numberValue(n.value)
      case 'symbol': {
        const { name } = n.symbol
        return own.get(name) ?? this.#numbers.get(name) ?? bug(`an update mentions ${name}`)
      }
      case 'sum':
        return sumValue(args, inOrder(n.coefficients), n.constant)
      case 'product':
        return productValue(n.coefficient, args, inOrder(n.exponents))
      case 'apply':
        return n.op.kind === 'pointwise'
          ? { kind: 'apply', op: n.op, args }
          : bug(`${n.op.name} in an update`)
      default:
        return bug(`a ${n.kind} in an update`)
    }
  }
}
