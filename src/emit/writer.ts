import { toNumber } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import type {
  Buffer,
  Instruction,
  Local,
  Routine,
  RoutineName,
  Subscript,
  Value,
  Variable,
} from '../schedule/program.ts'
import { placeKey } from '../schedule/builder.ts'
import { partsOf } from '../schedule/value.ts'
import { type Term, addressExpression, stridesOf } from './addresses.ts'
import { needsAtom, productExpression, sumExpression } from './arithmetic.ts'
import { extentExpression } from './extents.ts'
import { type ModuleParts, grow } from './parts.ts'
import type { InnerNames } from './names.ts'
import { code, helperCall, writing } from './operators.ts'
import {
  type Expression,
  type Statement,
  add,
  assign,
  at,
  binary,
  call,
  conditional,
  constant,
  giveBack,
  math,
  name,
  num,
  perform,
  subtract,
  variable,
  when,
} from './tree.ts'

/** Deeper expressions are cut into named parts. */
const DEEPEST = 10

interface Block {
  readonly variable: Variable | undefined
  readonly id: string | undefined
  readonly out: Statement[]
  /** Names that end with the block. */
  readonly names: string[]
  /** Parts of addresses that are known here. */
  readonly addresses: Map<string, Expression>
  /** Values that have a name here. */
  readonly values: Map<Key, Expression>
  readonly byBuffer: Map<Buffer, Key[]>
  readonly uses: ReadonlyMap<Key, number>
  /** Of a loop that is open in the function that calls this one: its variable there. */
  readonly outside?: string | undefined
}

const emptyBlock = (): Block => ({
  variable: undefined,
  id: undefined,
  out: [],
  names: [],
  addresses: new Map(),
  values: new Map(),
  byBuffer: new Map(),
  uses: new Map(),
})

/** The types of the routines' arguments. */
const TYPES: Readonly<Record<string, string>> = {
  params: 'Params',
  data: 'Data',
  inputs: 'Inputs',
  outputs: 'Outputs',
  grads: 'Params',
}

interface Written {
  readonly e: Expression
  readonly depth: number
}

const atom = (e: Expression): Written => ({ e, depth: 0 })
const isSimple = (e: Expression): boolean => e.kind === 'name' || e.kind === 'number'

/** Writes the instructions of one function. */
export class RoutineWriter {
  readonly module: ModuleParts
  readonly which: RoutineName
  readonly names: InnerNames
  readonly #blocks: Block[] = []
  readonly #bindings: Statement[] = []
  readonly #places = new Map<Buffer, Expression>()
  readonly #locals = new Map<Local, string>()
  readonly #reads = new Map<Value, ReadonlySet<Buffer>>()
  /** The arguments and constants of the frame that are mentioned, with their types: what a chunk must be handed. */
  readonly #roots = new Map<string, string>()
  /** Loop variables that are mentioned. */
  readonly #used = new Set<Variable>()
  /** Statements that make slots of the workspace long enough, by slot. */
  readonly #grown = new Map<string, readonly Statement[]>()

  constructor(module: ModuleParts, which: RoutineName) {
    this.module = module
    this.which = which
    this.names = module.frame.names.inner()
  }

  routine(routine: Routine): Statement[] {
    const body = this.block(
      routine.body,
      undefined,
      undefined,
      () => (routine.result ? [giveBack(this.#value(routine.result).e)] : []),
      routine.result,
    )
    return [...[...this.#grown.values()].flat(), ...this.#bindings, ...body]
  }

  readonly #dim = (dim: string): Expression => this.#mention(this.module.frame.extent(dim, this.which))

  extent(e: Extent): Expression {
    return extentExpression(e, this.#dim)
  }

  // ——— blocks

  get #top(): Block {
    return this.#blocks[this.#blocks.length - 1]!
  }

  block(
    body: readonly Instruction[],
    v: Variable | undefined,
    id: string | undefined,
    end?: () => Statement[],
    last?: Value,
  ): Statement[] {
    const block: Block = { ...emptyBlock(), variable: v, id, uses: countUses(body, last) }
    this.#blocks.push(block)
    for (const i of body) this.#instruction(i)
    block.out.push(...(end?.() ?? []))
    this.#blocks.pop()
    this.names.release(block.names)
    return block.out
  }

  #put(s: Statement): void {
    this.#top.out.push(s)
  }

  #fresh(wish: string, block: Block = this.#top): string {
    const id = this.names.fresh(wish)
    block.names.push(id)
    return id
  }

  #instruction(i: Instruction): void {
    switch (i.kind) {
      case 'loop':
        return this.#loop(i)
      case 'define': {
        const value = this.#value(i.value).e
        const id = this.#fresh(i.local.name)
        this.#locals.set(i.local, id)
        return this.#put(i.mutable ? variable(id, value) : constant(id, value))
      }
      case 'update': {
        const target = name(this.#locals.get(i.local)!)
        const value = this.#value(i.value).e
        if (i.combine === 'max' || i.combine === 'min')
          return this.#put(assign(target, math(i.combine, target, value)))
        return this.#put(accumulate(target, value, i.combine))
      }
      case 'store': {
        const value = this.#value(i.value).e
        this.#put(accumulate(this.#target(i.buffer, i.at), value, i.combine))
        return this.#forget(i.buffer)
      }
      case 'pick': {
        const best = name(this.#locals.get(i.best)!)
        const value = this.#named(this.#value(i.value), 'v$').e
        const better = binary(i.picks === 'greatest' ? '>' : '<', value, best)
        const nan = binary('&&', binary('!==', value, value), binary('===', best, best))
        return this.#put(
          when(binary('||', better, nan), [
            assign(best, value),
            assign(name(this.#locals.get(i.position)!), this.#position(i.at, i.extents)),
          ]),
        )
      }
      case 'matrix':
        return this.#matrix(i)
      case 'chunk':
        return this.#chunk(i)
      case 'backward': {
        // The gradients go into an object of the module's own, from which the updates take them. It comes first: the
        // constants for its arrays follow.
        const own = this.module.ownGradients()
        const grads = name('grads')
        this.#bindings.push(
          when(binary('===', name(own), name('undefined')), [assign(name(own), call('zeros'))]),
        )
        this.#bindings.push(constant('grads', name(own)))
        const args = [
          name('params'),
          name('data'),
          grads,
          ...(this.module.program.network.hypers.length > 0 ? [name('hyper')] : []),
        ]
        const id = this.#fresh(i.loss.name)
        this.#locals.set(i.loss, id)
        this.#bindings.push(constant(id, call('backward', ...args)))
        return
      }
      case 'anchor': {
        const lines = this.module.frame.comment(i.symbol)
        if (lines.length > 0) this.#put({ kind: 'comment', lines })
      }
    }
  }

  /** A function of the module with this body; what it needs of the routine's arguments and loops is handed on. */
  #chunk(i: Instruction & { kind: 'chunk' }): void {
    const inner = new RoutineWriter(this.module, this.which)
    for (const { variable: v, id } of this.#blocks)
      if (v) inner.#blocks.push({ ...emptyBlock(), variable: v, id: inner.names.fresh(v.name), outside: id })
    const opened = inner.#blocks.length
    const body = inner.block(i.body, undefined, undefined)
    const handed = inner.#blocks.slice(0, opened).filter((b) => inner.#used.has(b.variable!))
    const roots = [...inner.#roots]
    const id = this.module.frame.names.fresh(`$${this.which}`)
    const parameters = [
      ...roots.map(([root, type]) => ({ name: root, type })),
      ...handed.map((b) => ({ name: b.id!, type: 'number' })),
    ]
    this.module.functions.push({
      kind: 'function',
      name: id,
      parameters,
      returns: 'void',
      body: [...inner.#bindings, ...inner.#blocks.slice(0, opened).flatMap((b) => b.out), ...body],
    })
    for (const [root, type] of roots) this.#roots.set(root, type)
    for (const b of handed) this.#used.add(b.variable!)
    for (const [slot, statements] of inner.#grown) this.#grow(slot, statements)
    this.#put(perform(call(id, ...roots.map(([root]) => name(root)), ...handed.map((b) => name(b.outside!)))))
    for (const x of i.body) for (const b of storesOf(x)) this.#forget(b)
  }

  #grow(slot: string, statements: readonly Statement[]): void {
    if (!this.#grown.has(slot)) this.#grown.set(slot, statements)
  }

  /** What an expression of the frame mentions: the routine's arguments and constants. */
  #mention(e: Expression): Expression {
    let root = e
    while (root.kind === 'member' || root.kind === 'index')
      root = root.kind === 'member' ? root.object : root.array
    if (root.kind === 'name')
      this.#roots.set(root.name, root === e ? 'number' : (TYPES[root.name] ?? 'number'))
    return e
  }

  #loop(i: Instruction & { kind: 'loop' }): void {
    const { variable: v } = i
    const id = this.names.fresh(v.name)
    const to = this.extent(v.extent)
    const step = i.step ?? 1
    const body = this.block(i.body, v, id)
    const rest = i.rest ? this.block(i.rest, v, id) : undefined
    this.names.release([id])
    if (rest && rest.length > 0) {
      const whole = typeof v.extent === 'number' ? num(v.extent - (v.extent % step)) : undefined
      this.#put({
        kind: 'for',
        variable: id,
        from: num(0),
        to: whole ?? subtract(to, num(step - 1)),
        step,
        body,
      })
      this.#put({
        kind: 'for',
        variable: id,
        from: whole ?? subtract(to, binary('%', to, num(step))),
        to,
        step: 1,
        body: rest,
      })
    } else this.#put({ kind: 'for', variable: id, from: num(0), to, step, body })
    for (const b of storesOf(i)) this.#forget(b)
  }

  /** What was read of a buffer may have changed. */
  #forget(buffer: Buffer): void {
    for (const block of this.#blocks) {
      for (const key of block.byBuffer.get(buffer) ?? []) block.values.delete(key)
      block.byBuffer.delete(buffer)
    }
  }

  #matrix(i: Instruction & { kind: 'matrix' }): void {
    const n = i.from.shape[i.from.shape.length - 1]!
    const zero: Subscript = { variable: undefined, offset: 0 }
    this.module.matrix(i.op.name)
    const from = [this.#array(i.from), this.#address(i.from, [...i.at, zero, zero])]
    const size = this.extent(n)
    if (i.op.result === 'matrix')
      this.#put(
        perform(
          call(`$${i.op.name}`, ...from, this.#array(i.to), this.#address(i.to, [...i.at, zero, zero]), size),
        ),
      )
    else this.#put(assign(this.#target(i.to, i.at), call(`$${i.op.name}`, ...from, size)))
    this.#forget(i.to)
  }

  // ——— places

  /** The array (or number) of a buffer. */
  #array(buffer: Buffer): Expression {
    let place = this.#places.get(buffer)
    if (place) return place
    if (buffer.storage === 'scratch') {
      const slot = this.module.slot(buffer)
      this.#grow(slot.name, grow(slot, this.#dim))
      const id = this.names.fresh(buffer.name)
      this.#bindings.push(constant(id, name(slot.name)))
      place = name(id)
    } else {
      const outside = this.#mention(this.module.frame.place(buffer, this.which))
      if (outside.kind === 'name') place = outside
      else {
        const { names } = this.module.frame
        const id =
          buffer.storage === 'gradient'
            ? names.gradient(buffer.symbol!.name)
            : buffer.storage === 'output'
              ? names.output(buffer.name)
              : names.value(buffer.name)
        this.#bindings.push(constant(id, outside))
        place = name(id)
      }
    }
    this.#places.set(buffer, place)
    return place
  }

  #target(buffer: Buffer, subscripts: readonly Subscript[]): Expression {
    if (buffer.shape.length === 0 && buffer.storage !== 'scratch')
      return this.#mention(this.module.frame.place(buffer, this.which))
    return at(this.#array(buffer), this.#address(buffer, subscripts))
  }

  readonly #variable = (s: Subscript): Expression => {
    this.#used.add(s.variable!)
    return name(this.#blocks.find((b) => b.variable === s.variable)!.id!)
  }

  #blockOf(v: Variable | undefined): number {
    return v === undefined ? 0 : this.#blocks.findIndex((b) => b.variable === v)
  }

  /** Where an entry stands; what does not change in the inner loops is computed outside of them. */
  #address(buffer: Buffer, subscripts: readonly Subscript[]): Expression {
    const strides = stridesOf(buffer.shape)
    const levels = new Map<number, Term[]>()
    const deepest = Math.max(0, ...subscripts.map((s) => this.#blockOf(s.variable)))
    subscripts.forEach((s, axis) => {
      if (s.variable === undefined && s.offset === 0) return
      // A known position goes with the innermost variable: one more constant in an address that is computed anyway.
      const level =
        s.variable === undefined
          ? typeof strides[axis] === 'number'
            ? deepest
            : 0
          : this.#blockOf(s.variable)
      const list = levels.get(level)
      if (list) list.push({ at: s, stride: strides[axis]! })
      else levels.set(level, [{ at: s, stride: strides[axis]! }])
    })
    const here = this.#blocks.length - 1
    let prefix: Expression | undefined
    for (const [level, terms] of [...levels].sort(([a], [b]) => a - b)) {
      prefix = addressExpression(prefix, terms, this.#variable, (e) => this.#length(e))
      if (level < here && !isSimple(prefix))
        prefix = this.#hoist(prefix, level, terms[0]!.at.variable?.name ?? 'o')
    }
    return prefix ?? num(0)
  }

  /** A product of open lengths, computed once per call. */
  #length(e: Extent): Expression {
    const length = this.extent(e)
    return isSimple(length) ? length : this.#hoist(length, 0, 'n')
  }

  #hoist(e: Expression, level: number, wish: string): Expression {
    const block = this.#blocks[level]!
    const key = JSON.stringify(e)
    let known = block.addresses.get(key)
    if (!known) {
      const id = this.#fresh(`${wish}$`, block)
      block.out.push(constant(id, e))
      block.addresses.set(key, (known = name(id)))
    }
    return known
  }

  #position(subscripts: readonly Subscript[], extents: readonly Extent[]): Expression {
    const strides = stridesOf(extents)
    return addressExpression(
      undefined,
      subscripts.map((s, i) => ({ at: s, stride: strides[i]! })),
      this.#variable,
      (e) => this.extent(e),
    )
  }

  // ——— values

  #value(v: Value): Written {
    const block = this.#top
    const key = keyOf(v)
    const known = block.values.get(key)
    if (known) return atom(known)
    const w = this.#plain(v)
    if (isSimple(w.e) || ((block.uses.get(key) ?? 0) < 2 && w.depth < DEEPEST)) return w
    return this.#remember(v, key, w)
  }

  #remember(v: Value, key: Key, w: Written): Written {
    const id = this.#fresh(v.kind === 'load' ? `${v.buffer.name.replace(/\$$/, '')}_` : 't$')
    this.#put(constant(id, w.e))
    const { values, byBuffer } = this.#top
    values.set(key, name(id))
    for (const b of this.#readsOf(v)) {
      const list = byBuffer.get(b)
      if (list) list.push(key)
      else byBuffer.set(b, [key])
    }
    return atom(name(id))
  }

  /** As a name: what is mentioned more than once. */
  #atomic(v: Value): Written {
    const w = this.#value(v)
    return isSimple(w.e) ? w : this.#remember(v, keyOf(v), w)
  }

  #named(w: Written, wish: string): Written {
    if (isSimple(w.e)) return w
    const id = this.#fresh(wish)
    this.#put(constant(id, w.e))
    return atom(name(id))
  }

  #readsOf(v: Value): ReadonlySet<Buffer> {
    let reads = this.#reads.get(v)
    if (!reads) {
      const all = new Set<Buffer>(v.kind === 'load' ? [v.buffer] : [])
      for (const p of partsOf(v)) for (const b of this.#readsOf(p)) all.add(b)
      this.#reads.set(v, (reads = all))
    }
    return reads
  }

  #plain(v: Value): Written {
    switch (v.kind) {
      case 'number':
        return atom(num(toNumber(v.value)))
      case 'infinity':
        return atom(num(v.sign * Infinity))
      case 'constant':
        return atom(mathConstant(v.name))
      case 'local':
        return atom(name(this.#locals.get(v.local)!))
      case 'load':
        if (v.buffer.shape.length === 0 && v.buffer.storage !== 'scratch') return atom(this.#array(v.buffer))
        return { e: at(this.#array(v.buffer), this.#address(v.buffer, v.at)), depth: 1 }
      case 'sum': {
        const terms = v.terms.map((t) => this.#value(t))
        return deeper(
          sumExpression(
            terms.map((t) => t.e),
            v.coefficients,
            v.constant,
          ),
          terms,
        )
      }
      case 'product': {
        const factors = v.factors.map((f, i) =>
          needsAtom(v.exponents[i]!) ? this.#atomic(f) : this.#value(f),
        )
        return deeper(
          productExpression(
            v.coefficient,
            factors.map((f) => f.e),
            v.exponents,
          ),
          factors,
        )
      }
      case 'apply': {
        const { inline, repeats } = writing(v.op)
        const args = v.args.map((a, i) => (repeats[i] ? this.#atomic(a) : this.#value(a)))
        const parts = args.map((a) => a.e)
        return deeper(inline ? code(v.op, parts) : helperCall(this.module.helper(v.op), parts), args)
      }
      case 'where-equal': {
        const tests = v.pairs.map(([a, b]) => binary('===', this.#place(a), this.#place(b)))
        const then = this.#value(v.then)
        return deeper(
          conditional(
            tests.reduce((x, y) => binary('&&', x, y)),
            then.e,
            num(0),
          ),
          [then],
        )
      }
      case 'picked': {
        const position = this.#value(v.position)
        const then = this.#value(v.then)
        return deeper(
          conditional(binary('===', this.#position(v.at, v.extents), position.e), then.e, num(0)),
          [position, then],
        )
      }
    }
  }

  #place(s: Subscript): Expression {
    return s.variable === undefined
      ? num(s.offset)
      : s.offset === 0
        ? this.#variable(s)
        : add(this.#variable(s), num(s.offset))
  }
}

/** Places are equal where they are the same place, other values where they are the same object. */
type Key = string | Value
const keyOf = (v: Value): Key => (v.kind === 'load' ? placeKey(v) : v)

const mathConstant = (constant: string): Expression => ({
  kind: 'member',
  object: name('Math'),
  property: constant === 'pi' ? 'PI' : 'E',
})

const deeper = (e: Expression, parts: readonly Written[]): Written => ({
  e,
  depth: 1 + Math.max(0, ...parts.map((p) => p.depth)),
})

/** `target += value`, with the sign of the value taken into the operator. */
function accumulate(target: Expression, value: Expression, combine: string): Statement {
  if (combine === 'set') return assign(target, value)
  const negative = value.kind === 'unary' && value.operator === '-'
  return assign(target, negative ? value.argument : value, (combine === 'add') === negative ? '-=' : '+=')
}

/** How often each value is mentioned by the instructions of a block themselves, not in the loops inside. */
function countUses(body: readonly Instruction[], last: Value | undefined): Map<Key, number> {
  const uses = new Map<Key, number>()
  const count = (root: Value): void => {
    const stack = [root]
    for (let v = stack.pop(); v; v = stack.pop()) {
      if (v.kind === 'number' || v.kind === 'local') continue
      const key = keyOf(v)
      const known = uses.get(key) ?? 0
      uses.set(key, known + 1)
      if (known === 0) stack.push(...partsOf(v))
    }
  }
  for (const i of body) if ('value' in i) count(i.value)
  if (last) count(last)
  return uses
}

function storesOf(i: Instruction): Buffer[] {
  if (i.kind === 'loop') return [...i.body.flatMap(storesOf), ...(i.rest ?? []).flatMap(storesOf)]
  if (i.kind === 'chunk') return i.body.flatMap(storesOf)
  return i.kind === 'store' ? [i.buffer] : i.kind === 'matrix' ? [i.to] : []
}
