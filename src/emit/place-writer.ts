import type { Extent } from '../graph/extent.ts'
import { type Term, bufferStrides, isExtent, termsOf } from '../schedule/addresses.ts'
import type { Buffer, Subscript, Value, Variable } from '../schedule/program.ts'
import { loopsOf } from '../schedule/subscripts.ts'
import { partsOf } from '../schedule/value.ts'
import { addressExpression } from './addresses.ts'
import type { Block } from './blocks.ts'
import { extentExpression } from './extents.ts'
import type { InnerNames } from './names.ts'
import { type ModuleParts, arrayOf, grow } from './parts.ts'
import { type Expression, type Statement, add, at, binary, constant, name, num } from './tree.ts'

/** The types of the routines' arguments. */
const TYPES: Readonly<Record<string, string>> = {
  params: 'Params',
  data: 'Data',
  inputs: 'Inputs',
  outputs: 'Outputs',
  grads: 'Params',
  state: 'State',
}

function readsLocal(value: Value): boolean {
  return value.kind === 'local' || partsOf(value).some(readsLocal)
}

export const isSimple = (e: Expression): boolean => e.kind === 'name' || e.kind === 'number'

/** Writes where things stand: arrays and their addresses, within the blocks of one function. */
export abstract class PlaceWriter {
  readonly module: ModuleParts
  readonly which: string
  readonly names: InnerNames
  /** The open loops, outermost first; the first block is the function's own. */
  protected readonly blocks: Block[] = []
  /** Constants at the top of the function. */
  protected readonly bindings: Statement[] = []
  readonly #places = new Map<Buffer, Expression>()
  /** The arguments and constants of the frame that are mentioned, with their types: what a chunk must be handed. */
  protected readonly roots = new Map<string, string>()
  /** Loop variables that are mentioned. */
  protected readonly used = new Set<Variable>()
  /** Statements that make slots of the workspace long enough, by slot. */
  protected readonly grown = new Map<string, readonly Statement[]>()

  constructor(module: ModuleParts, which: string) {
    this.module = module
    this.which = which
    this.names = module.frame.names.inner()
  }

  protected readonly dim = (dim: string): Expression =>
    this.mention(this.module.frame.extent(dim, this.which))

  extent(e: Extent): Expression {
    return extentExpression(e, this.dim)
  }

  protected get top(): Block {
    return this.blocks[this.blocks.length - 1]!
  }

  protected put(s: Statement): void {
    this.top.out.push(s)
  }

  protected fresh(wish: string, block: Block = this.top): string {
    const id = this.names.fresh(wish)
    block.names.push(id)
    return id
  }

  protected grow(slot: string, statements: readonly Statement[]): void {
    if (!this.grown.has(slot)) this.grown.set(slot, statements)
  }

  /** What an expression of the frame mentions: the routine's arguments and constants. */
  protected mention(e: Expression, type = 'number'): Expression {
    let root = e
    while (root.kind === 'member' || root.kind === 'index')
      root = root.kind === 'member' ? root.object : root.array
    if (root.kind === 'name') this.roots.set(root.name, root === e ? type : (TYPES[root.name] ?? 'number'))
    return e
  }

  /** What was read of a buffer may have changed. */
  protected forget(buffer: Buffer): void {
    for (const block of this.blocks) {
      for (const key of block.byBuffer.get(buffer) ?? []) block.values.delete(key)
      block.byBuffer.delete(buffer)
    }
  }

  /** The array (or number) of a buffer; of a list, that of the member at the first position. */
  protected array(buffer: Buffer, subscripts: readonly Subscript[]): Expression {
    return buffer.member ? this.#member(buffer, buffer.member, subscripts[0]!) : this.#array(buffer)
  }

  /** `params.W[t + 1]`, for all that the turn of the loop does. */
  #member(buffer: Buffer, member: Buffer, s: Subscript): Expression {
    const e = this.#memberPlace(member, s)
    return this.hoist(e, this.blockOf(s.variable), buffer.name)
  }

  #memberPlace(member: Buffer, s: Subscript): Expression {
    const place = this.mention(this.module.frame.place(member, this.which))
    return moved(place, (from) => {
      const start = from + s.offset
      if (s.variable === undefined) return num(start)
      const variable = this.variable(s)
      return start === 0 ? variable : add(variable, num(start))
    })
  }

  #array(buffer: Buffer): Expression {
    let place = this.#places.get(buffer)
    if (place) return place
    if (buffer.storage === 'scratch') {
      const slot = this.module.slot(buffer)
      this.grow(JSON.stringify(slot.place), grow(slot, this.dim))
      const id = this.names.fresh(buffer.name)
      const made = slot.panel && typeof slot.size !== 'number'
      this.bindings.push(constant(id, made ? { kind: 'sure', value: slot.place } : slot.place))
      place = name(id)
    } else if (buffer.storage === 'table') place = name(this.module.table(buffer))
    else {
      const outside = this.mention(
        this.module.frame.place(buffer, this.which),
        buffer.shape.length === 0 ? 'number' : arrayOf(this.module.program.precision),
      )
      if (outside.kind === 'name') place = outside
      else {
        const { names } = this.module.frame
        const id =
          buffer.storage === 'gradient'
            ? names.gradient(buffer.symbol!.name)
            : buffer.storage === 'output'
              ? names.output(buffer.name)
              : buffer.storage === 'state'
                ? names.state(buffer.name, buffer.symbol?.name)
                : names.value(buffer.name)
        this.bindings.push(constant(id, outside))
        place = name(id)
      }
    }
    this.#places.set(buffer, place)
    return place
  }

  protected target(buffer: Buffer, subscripts: readonly Subscript[]): Expression {
    if (buffer.shape.length === 0 && buffer.storage !== 'scratch')
      return this.mention(this.module.frame.place(buffer, this.which))
    // A number among others of its list.
    if (buffer.member && buffer.shape.length === 1) return this.#memberPlace(buffer.member, subscripts[0]!)
    return at(this.array(buffer, subscripts), this.address(buffer, subscripts))
  }

  protected readonly variable = (s: Subscript): Expression => {
    const variable = s.variable!
    if (variable.of) {
      const sum = this.sum(termsOf({ variable, offset: 0 }, 1))
      return isSimple(sum) ? sum : this.hoist(sum, this.blockOf(variable), variable.name)
    }
    return this.loopVariable(variable)
  }

  protected loopVariable(v: Variable): Expression {
    this.used.add(v)
    return name(this.blocks.find((b) => b.variable === v)!.id!)
  }

  /** The block of the innermost loop on which a position depends. */
  protected blockOf(v: Variable | undefined): number {
    // What a register holds is known where it is defined: nothing of it goes further out.
    if (v?.of?.values.some(({ value }) => readsLocal(value))) return this.blocks.length - 1
    let block = 0
    if (v)
      for (const loop of loopsOf({ variable: v, offset: 0 }))
        block = Math.max(
          block,
          this.blocks.findIndex((b) => b.variable === loop),
        )
    return block
  }

  protected sum(terms: readonly Term[]): Expression {
    return addressExpression(undefined, terms, this.summand, (e) => this.length(e))
  }

  /** A summand of an address: a loop's variable, or a whole number in memory. */
  protected readonly summand = (what: Variable | Value): Expression =>
    'kind' in what ? this.whole(what) : this.loopVariable(what)

  /** A whole number that stands in memory. */
  protected abstract whole(value: Value): Expression

  protected levelOf({ what }: Term): number {
    if (typeof what === 'number' || 'text' in what) return 0
    if (!('kind' in what)) return this.blockOf(what)
    return this.blockOf({
      name: '',
      extent: 1,
      of: { terms: [], values: [{ value: what, coefficient: 1 }], offset: 0 },
    })
  }

  /** Where an entry stands; what does not change in the inner loops is computed outside of them. */
  protected address(buffer: Buffer, subscripts: readonly Subscript[]): Expression {
    if (buffer.member) return this.address(buffer.member, subscripts.slice(1))
    const strides = bufferStrides(buffer)
    const terms = subscripts.flatMap((s, axis) => termsOf(s, strides[axis]!))
    return (buffer.panel ? this.#moving(terms) : undefined) ?? this.#sumOf(terms)
  }

  /**
   * The place in a panel that the innermost loop passes through: a variable that moves on in whole numbers of 32 bits, for which engines
   * need not ask each time whether it has grown too large.
   */
  #moving(terms: readonly Term[]): Expression | undefined {
    const { variable: v, moving } = this.top
    const own = terms.filter(({ what }) => what === v)
    const by = own[0]?.stride
    if (!moving || own.length !== 1 || typeof by !== 'number') return undefined
    const offset = terms.reduce(
      (sum, { what, stride }) => sum + (typeof what === 'number' ? what * (stride as number) : 0),
      0,
    )
    const base = terms.filter(({ what }) => what !== v && typeof what !== 'number')
    if (base.some((t) => isExtent(t.what) || this.levelOf(t) >= this.blocks.length - 1)) return undefined
    const from = base.length === 0 ? num(0) : binary('|', this.#sumOf(base), num(0))
    const key = JSON.stringify([from, by])
    let known = moving.find((m) => m.key === key)
    if (!known) {
      known = { id: this.fresh('p$', this.blocks[this.blocks.length - 2]!), key, from, by }
      moving.push(known)
    }
    return offset === 0 ? name(known.id) : add(name(known.id), num(offset))
  }

  /**
   * The summands of outer loops are added up there. Known numbers come last, in the place itself: addresses that differ by one share all
   * the rest, which leaves registers to what a loop computes.
   */
  #sumOf(terms: readonly Term[]): Expression {
    const levels = new Map<number, Term[]>()
    let offset = 0
    for (const t of terms) {
      if (typeof t.what === 'number' && typeof t.stride === 'number') {
        offset += t.what * t.stride
        continue
      }
      const level = this.levelOf(t)
      const list = levels.get(level)
      if (list) list.push(t)
      else levels.set(level, [t])
    }
    const here = this.blocks.length - 1
    let prefix: Expression | undefined
    for (const [level, list] of [...levels].sort(([a], [b]) => a - b)) {
      prefix = addressExpression(prefix, list, this.summand, (e) => this.length(e))
      if (level < here && !isSimple(prefix)) prefix = this.hoist(prefix, level, nameOf(list[0]!))
    }
    const known: Term[] = offset === 0 && prefix ? [] : [{ what: offset, stride: 1 }]
    return addressExpression(prefix, known, this.summand, (e) => this.length(e))
  }

  /** A product of open lengths, computed once per call. */
  protected length(e: Extent): Expression {
    const length = this.extent(e)
    return isSimple(length) ? length : this.hoist(length, 0, 'n')
  }

  protected hoist(e: Expression, level: number, wish: string): Expression {
    const block = this.blocks[level]!
    const key = JSON.stringify(e)
    let known = block.addresses.get(key)
    if (!known) {
      const id = this.fresh(`${wish}$`, block)
      block.out.push(constant(id, e))
      block.addresses.set(key, (known = name(id)))
    }
    return known
  }

  protected place(s: Subscript): Expression {
    return this.sum(termsOf(s, 1))
  }
}

const nameOf = ({ what }: Term): string => (typeof what === 'object' && 'name' in what ? what.name : 'o')

/** A member's place `params.W[0]` with another number for its outermost index. */
function moved(place: Expression, to: (from: number) => Expression): Expression {
  const path: number[] = []
  let root = place
  for (; root.kind === 'index' && root.index.kind === 'number'; root = root.array)
    path.unshift(root.index.value)
  return path.reduce<Expression>((e, i, k) => at(e, k === 0 ? to(i) : num(i)), root)
}
