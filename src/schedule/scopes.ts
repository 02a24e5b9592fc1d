import { ONE, type Rational, ZERO } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import { isAtomic, valueKey } from './keys.ts'
import type { Instruction, Local, Subscript, Value, Variable } from './program.ts'
import { dependsOn } from './subscripts.ts'
import { localValue, longProduct, longSum, numberValue } from './value.ts'

/** A value, and how many of the loops around it must be open for it to exist. */
export interface Placed {
  readonly value: Value
  readonly depth: number
}

interface Scope {
  readonly variable: Variable | undefined
  readonly body: Instruction[]
  readonly memo: Map<string, Placed>
}

const at0: Subscript = { variable: undefined, offset: 0 }

/**
 * Open loops, as a stack of scopes. Values that cross from one into the loops inside it become registers; of sums and
 * products, what an outer loop knows is put together there.
 */
export class Scopes {
  protected readonly scopes: Scope[] = [{ variable: undefined, body: [], memo: new Map() }]
  /** Numbers for variables, as parts of keys. */
  readonly #variables = new Map<Variable, number>()

  protected numberOf(v: Variable): number {
    let n = this.#variables.get(v)
    if (n === undefined) this.#variables.set(v, (n = this.#variables.size))
    return n
  }

  get body(): Instruction[] {
    return this.scopes[0]!.body
  }

  put(instruction: Instruction): void {
    this.top.body.push(instruction)
  }

  protected get top(): Scope {
    return this.scopes[this.scopes.length - 1]!
  }

  /** Runs `inside` within a loop; a loop of one turn is none. */
  loop(name: string, extent: Extent, inside: (at: Subscript) => void): void {
    if (extent === 1) return inside(at0)
    const variable: Variable = { name, extent }
    this.scopes.push({ variable, body: [], memo: new Map() })
    inside({ variable, offset: 0 })
    const { body } = this.scopes.pop()!
    if (body.length > 0) this.put({ kind: 'loop', variable, body })
  }

  loops(names: readonly string[], extents: readonly Extent[], inside: (at: Subscript[]) => void): void {
    const at: Subscript[] = []
    const open = (axis: number): void => {
      if (axis === extents.length) return inside(at)
      this.loop(names[axis]!, extents[axis]!, (s) => {
        at[axis] = s
        open(axis + 1)
      })
    }
    open(0)
  }

  protected depth(subscripts: readonly Subscript[]): number {
    for (let d = this.scopes.length - 1; d > 0; d--)
      if (subscripts.some((s) => dependsOn(s, this.scopes[d]!.variable))) return d
    return 0
  }

  /** Runs with the stack cut to `depth`: what is put then stands outside of the loops further in. */
  protected within<T>(depth: number, run: () => T): T {
    if (depth === this.scopes.length - 1) return run()
    const cut = this.scopes.splice(depth + 1)
    const result = run()
    this.scopes.push(...cut)
    return result
  }

  /** A value as it is used within deeper loops: a register, unless it costs nothing anyway. */
  protected bound(p: Placed, name: string): Value {
    if (isAtomic(p.value)) return p.value
    const local: Local = { name }
    this.scopes[p.depth]!.body.push({ kind: 'define', local, value: p.value, mutable: false })
    return localValue(local)
  }

  /** A part of a long sum or product, as a register of the scope that it belongs to. */
  protected part(value: Value, depth: number): Value {
    return this.bound({ value, depth }, 't$')
  }

  /** Parts by ascending depth of the loops that they need. */
  protected levels<T extends Placed>(parts: readonly T[]): T[][] {
    const levels = new Map<number, T[]>()
    for (const p of parts) {
      const level = p.value.kind === 'number' ? 0 : p.depth
      const list = levels.get(level)
      if (list) list.push(p)
      else levels.set(level, [p])
    }
    return [...levels].sort(([a], [b]) => a - b).map(([, list]) => list)
  }

  protected sum(parts: readonly Placed[], coefficients: readonly Rational[], constant: Rational): Value {
    const deepest = this.scopes.length - 1
    const levels = this.levels(parts.map((p, i) => ({ ...p, coefficient: coefficients[i]! })))
    let outer: { value: Value; depth: number; coefficient: Rational }[] = []
    levels.forEach((level, k) => {
      const all = [...outer, ...level]
      const { depth } = level[0]!
      const value = longSum(
        all.map((p) => p.value),
        all.map((p) => p.coefficient),
        k === 0 ? constant : ZERO,
        (v) => this.part(v, depth),
      )
      outer = [{ value: depth < deepest ? this.share({ value, depth }) : value, depth, coefficient: ONE }]
    })
    return outer[0]?.value ?? numberValue(constant)
  }

  protected product(coefficient: Rational, parts: readonly Placed[], exponents: readonly Rational[]): Value {
    const deepest = this.scopes.length - 1
    const levels = this.levels(parts.map((p, i) => ({ ...p, exponent: exponents[i]! })))
    let outer: { value: Value; exponent: Rational }[] = []
    levels.forEach((level, k) => {
      const all = [...outer, ...level]
      const { depth } = level[0]!
      const value = longProduct(
        k === 0 ? coefficient : ONE,
        all.map((p) => p.value),
        all.map((p) => p.exponent),
        (v) => this.part(v, depth),
      )
      outer = [{ value: depth < deepest ? this.share({ value, depth }) : value, exponent: ONE }]
    })
    return outer[0]?.value ?? numberValue(coefficient)
  }

  /** What has been read before may have changed, or moved to other places. */
  forget(): void {
    this.top.memo.clear()
  }

  /** A value of an outer loop: one register for it, however often it is asked for. */
  protected share(p: Placed): Value {
    const { memo } = this.scopes[p.depth]!
    const key = `=${valueKey(p.value)}`
    if (isAtomic(p.value)) return p.value
    const known = memo.get(key)
    if (known) return known.value
    const value = this.bound(p, p.value.kind === 'load' ? p.value.buffer.name : 't$')
    memo.set(key, { value, depth: p.depth })
    return value
  }
}
