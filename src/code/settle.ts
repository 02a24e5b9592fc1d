/**
 * Where expressions are computed (Click 1995: Global Code Motion, Global Value Numbering): what is mentioned several times, nests too
 * deep, or stays the same in the turns of a loop gets a register, outside of the loops that do not change it, but
 * never outside of a condition, which may be what makes it possible to compute it.
 */
import type { Argument, Block, Expression, Register, Statement } from './code.ts'

/** Deeper expressions are cut into named parts. */
const DEEPEST = 10

/** A statement of a block. */
interface Place {
  readonly block: Block
  readonly index: number
}

/** The expressions that a statement itself mentions, not those of its blocks. */
export function expressionsOf(s: Statement): readonly Expression[] {
  switch (s.kind) {
    case 'define':
    case 'set':
      return [s.value]
    case 'store':
      return [s.index, s.value]
    case 'loop':
      return [s.from, s.to]
    case 'if':
      return [s.test]
    case 'call':
      return s.args.map((a) => (a.kind === 'array' ? a.from : a))
    case 'return':
      return s.value ? [s.value] : []
    case 'backward':
    case 'comment':
      return []
  }
}

export const blocksOf = (s: Statement): readonly Block[] =>
  s.kind === 'loop' ? [s.body] : s.kind === 'if' ? [s.then, ...(s.otherwise ? [s.otherwise] : [])] : []

/** A register for an expression. */
export type Naming = (e: Expression) => string

const isLeaf = (e: Expression): boolean => e.args.length === 0
/** An address but for a known number, which machines add for nothing. */
const isOffset = (e: Expression): boolean =>
  e.type === 'i32' &&
  e.kind === 'operation' &&
  e.args.every(isLeaf) &&
  e.args.some((a) => a.kind === 'constant')
/** What is the same wherever it is computed, and harmless. */
const isAddress = (e: Expression): boolean =>
  e.type === 'i32' && e.kind === 'operation' && e.operation !== 'divide' && e.operation !== 'remainder'

/** A number in all lanes: targets whose vectors have several parts make one for all of them. */
const isSpread = (e: Expression): boolean =>
  e.kind === 'operation' && e.operation === 'splat' && e.args[0]!.kind !== 'constant'

/** Puts registers for what is shared into the blocks of a function, in place. */
export function settle(root: Block, naming: Naming): void {
  dropUnread(root)
  new Settling(naming).run(root)
}

/** Registers that nothing reads, whose values no one needs, are left out. */
function dropUnread(root: Block): void {
  const values = new Map<Register, Expression[]>()
  const blocks = [root]
  const stack: Expression[] = []
  for (let block = blocks.pop(); block; block = blocks.pop())
    for (const s of block.statements) {
      blocks.push(...blocksOf(s))
      if (s.kind !== 'define' && s.kind !== 'set') stack.push(...expressionsOf(s))
      else values.set(s.register, [...(values.get(s.register) ?? []), s.value])
    }
  const seen = new Set<Expression>()
  const read = new Set<Register>()
  for (let e = stack.pop(); e; e = stack.pop()) {
    if (seen.has(e)) continue
    seen.add(e)
    stack.push(...e.args)
    if (e.kind !== 'register' || read.has(e.register)) continue
    read.add(e.register)
    stack.push(...(values.get(e.register) ?? []))
  }
  blocks.push(root)
  for (let block = blocks.pop(); block; block = blocks.pop()) {
    for (const s of block.statements) blocks.push(...blocksOf(s))
    block.statements = block.statements.filter(
      (s) => (s.kind !== 'define' && s.kind !== 'set') || read.has(s.register),
    )
  }
}

class Settling {
  readonly #naming: Naming
  /** The statement of the block around it that a block belongs to. */
  readonly #owners = new Map<Block, Place>()
  readonly #uses = new Map<Expression, Place>()
  readonly #counts = new Map<Expression, number>()
  readonly #inserted = new Map<Block, Map<number, Expression[]>>()
  readonly #registers = new Map<Expression, Register>()
  readonly #final = new Map<Expression, Expression>()
  readonly #roots: [Expression, Place][] = []
  readonly #chosen = new Set<Expression>()

  constructor(naming: Naming) {
    this.#naming = naming
  }

  run(root: Block): void {
    this.#visit(root)
    const order = this.#reachable()
    this.#findChosen(order)
    this.#placeAll(order)
    this.#rewrite(root)
  }

  /**
   * What one of two is chosen from is read before: both may be, and compilers that read under a mask instead are slower, or wrong (the vectors of
   * gcc 12 where a loop has turns left over).
   */
  #findChosen(order: readonly Expression[]): void {
    const inside = new Set<Expression>()
    for (const e of order) {
      if (inside.has(e) && e.kind === 'load') this.#chosen.add(e)
      else if (inside.has(e)) e.args.forEach((a) => inside.add(a))
      else if (e.kind === 'select') e.args.slice(1).forEach((a) => inside.add(a))
    }
  }

  #visit(root: Block): void {
    const stack = [root]
    for (let block = stack.pop(); block; block = stack.pop())
      for (const [index, s] of block.statements.entries()) {
        for (const e of expressionsOf(s)) this.#roots.push([e, { block, index }])
        if (s.kind === 'store' && s.value.lanes > 1) this.#roots.push([s.index, { block, index }])
        for (const inner of blocksOf(s)) {
          this.#owners.set(inner, { block, index })
          stack.push(inner)
        }
      }
  }

  /** All expressions, whole ones before their parts; how often each is mentioned. */
  #reachable(): Expression[] {
    const seen = new Set<Expression>()
    const stack: Expression[] = []
    const mention = (e: Expression): void => {
      this.#counts.set(e, (this.#counts.get(e) ?? 0) + 1)
      if (seen.has(e)) return
      seen.add(e)
      stack.push(e)
    }
    for (const [e] of this.#roots) {
      mention(e)
      for (let x = stack.pop(); x; x = stack.pop()) {
        x.args.forEach(mention)
        // Each part of a vector is read by itself.
        if (x.kind === 'load' && x.lanes > 1) x.args.forEach(mention)
      }
    }
    return [...seen].sort((a, b) => b.id - a.id)
  }

  #placeAll(order: readonly Expression[]): void {
    const heights = new Map<Expression, number>()
    const deep = new Set<Expression>()
    for (let i = order.length - 1; i >= 0; i--) {
      const e = order[i]!
      let height = 0
      for (const a of e.args) height = Math.max(height, 1 + heights.get(a)!)
      if (height > DEEPEST) deep.add(e)
      heights.set(e, deep.has(e) || this.#counts.get(e)! > 1 ? 0 : height)
    }
    for (const [e, place] of this.#roots) this.#use(e, place)
    for (const e of order) {
      const use = this.#uses.get(e)!
      let place = use
      if (!isLeaf(e)) {
        const home = this.#home(e, use)
        const shared = (this.#counts.get(e)! > 1 && !isOffset(e)) || isSpread(e) || this.#chosen.has(e)
        const moved = home.block !== use.block && !isOffset(e)
        if (shared || moved || deep.has(e)) {
          place = home
          const name = this.#naming(e)
          const { type, lanes } = e
          this.#registers.set(e, { name, type, mutable: false, ...(lanes > 1 ? { lanes } : {}) })
          const at = this.#inserted.get(place.block) ?? new Map<number, Expression[]>()
          this.#inserted.set(place.block, at)
          const list = at.get(place.index)
          if (list) list.push(e)
          else at.set(place.index, [e])
        }
      }
      for (const a of e.args) this.#use(a, place)
    }
  }

  #use(e: Expression, place: Place): void {
    const known = this.#uses.get(e)
    this.#uses.set(e, known ? this.#common(known, place) : place)
  }

  /** The first statement that has both places, or the first of the two. */
  #common(a: Place, b: Place): Place {
    while (a.block !== b.block) {
      if (a.block.depth >= b.block.depth) a = this.#owners.get(a.block)!
      else b = this.#owners.get(b.block)!
    }
    return a.index <= b.index ? a : b
  }

  /** Out of the loops in which it stays the same. */
  #home(e: Expression, place: Place): Place {
    while (
      place.block !== e.block &&
      (place.block.kind === 'loop' || (place.block.kind === 'branch' && isAddress(e)))
    ) {
      place = this.#owners.get(place.block)!
    }
    return place
  }

  #rewrite(block: Block): void {
    const inserted = this.#inserted.get(block)
    const out: Statement[] = []
    for (const [index, s] of block.statements.entries()) {
      for (const e of inserted?.get(index)?.reverse() ?? [])
        out.push({ kind: 'define', register: this.#registers.get(e)!, value: this.#rebuilt(e) })
      for (const inner of blocksOf(s)) this.#rewrite(inner)
      out.push(this.#statement(s))
    }
    block.statements = out
  }

  #statement(s: Statement): Statement {
    switch (s.kind) {
      case 'define':
      case 'set':
        return { ...s, value: this.#named(s.value) }
      case 'store':
        return { ...s, index: this.#named(s.index), value: this.#named(s.value) }
      case 'loop':
        return { ...s, from: this.#named(s.from), to: this.#named(s.to) }
      case 'if':
        return { ...s, test: this.#named(s.test) }
      case 'call':
        return {
          ...s,
          args: s.args.map((a): Argument =>
            a.kind === 'array' ? { ...a, from: this.#named(a.from) } : this.#named(a),
          ),
        }
      case 'return':
        return s.value ? { ...s, value: this.#named(s.value) } : s
      case 'backward':
      case 'comment':
        return s
    }
  }

  /** The expression as it is mentioned: its register, if it has one. */
  #named(e: Expression): Expression {
    const register = this.#registers.get(e)
    if (!register) return this.#rebuilt(e)
    let read = this.#final.get(e)
    if (!read) this.#final.set(e, (read = { ...e, kind: 'register', register, args: [] }))
    return read
  }

  #rebuilt(e: Expression): Expression {
    if (e.args.length === 0) return e
    const args = e.args.map((a) => this.#named(a))
    return args.every((a, i) => a === e.args[i]) ? e : { ...e, args }
  }
}
