/** Loops → code: one function of the program. What is shared and what stays the same is found afterwards (settle.ts). */
import { toNumber } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import { type Term, bufferStrides, isExtent, termsOf } from '../schedule/addresses.ts'
import {
  type Buffer,
  type Combine,
  type Instruction,
  type Local,
  type Routine,
  type Subscript,
  type Value,
  type Variable,
  type Whole,
  calledOf,
} from '../schedule/program.ts'
import { dependsOn, subscriptsOf } from '../schedule/subscripts.ts'
import { partsOf } from '../schedule/value.ts'
import { effectsOf } from '../schedule/walk.ts'
import { sizeExtent } from '../schedule/workspace.ts'
import { multiplyExtents } from '../graph/extent.ts'
import { Builder, blockWithin, isConstant } from './builder.ts'
import type { Argument, Block, CodeFunction, Expression, Fold, Memory, Real, Register, Type } from './code.ts'
import { distribute } from './distribute.ts'
import { type Lanes, vectorLocals, withLanes } from './lanes.ts'
import { isInside, lengthOf } from './lengths.ts'
import { applied, productOf, sumOf } from './operators.ts'
import { settle } from './settle.ts'
import { shareOut } from './share.ts'

/** Where an array begins: in which memory, and how many entries on. */
export interface Place {
  readonly memory: Memory
  readonly offset: Extent
}

/** What surrounds the functions of a program: a target's memories, and functions that are written once. */
export interface Surroundings {
  readonly precision: Real
  /** Of a target with vectors. */
  readonly lanes?: Lanes
  /** Of a target with threads: the multiplications of the smallest loop that they share. */
  readonly threads?: number | undefined
  /** Of a buffer outside or in the workspace; of a member of a family, within the family's array. */
  place(buffer: Buffer): Place
  /**
   * Where a memory begins, of a target that counts in bytes from the start of all memory: a register's value, and so many bytes more.
   * Without it positions are in entries, from the start of each memory.
   */
  base?(memory: Memory): { readonly register: Register | undefined; readonly offset: number }
  /** The length of an open dim. */
  dim(name: string): Register
  readonly rate: Register
  /** The function of a matrix operator, and what it is handed beside its matrices: arrays to work in. */
  matrix(
    op: string,
    size: Extent,
    types: readonly Type[],
  ): { readonly callee: CodeFunction; readonly extra: readonly Place[] }
  /** A part of a routine that is a function by itself. */
  part(f: CodeFunction): void
  /** The lines above the code of a parameter's gradient. */
  comment(buffer: Instruction & { readonly kind: 'anchor' }): readonly string[]
}

/** Bytes of an entry. */
export const SIZE: Readonly<Record<Type, number>> = { f64: 8, f32: 4, i32: 4 }

const ZERO: Subscript = { variable: undefined, offset: 0 }

/** The function of a routine. */
export function lowerRoutine(routine: Routine, around: Surroundings): CodeFunction {
  const called = calledOf(routine)
  const { lanes, precision, threads } = around
  const lowering = new Lowering(called, around)
  const inside = (list: readonly Instruction[]): Instruction[] =>
    lanes ? withLanes(list, lanes, precision) : [...list]
  const body = lanes ? distribute(routine.body, lanes, precision) : routine.body
  lowering.run(threads !== undefined ? shareOut(body, threads, inside) : inside(body))
  if (routine.result) {
    const value = lowering.builder.convert(around.precision, lowering.value(routine.result))
    lowering.builder.root.statements.push({ kind: 'return', value })
  }
  return lowering.finish({ name: called, returns: routine.result ? around.precision : undefined })
}

class Lowering {
  readonly builder = new Builder()
  readonly #routine: string
  readonly #around: Surroundings
  readonly #type: Real
  #block: Block = this.builder.root
  /** The innermost branch in which something may be read that is not there elsewhere. */
  #guard: Block | undefined
  readonly #locals = new Map<Local, Register>()
  readonly #variables = new Map<Variable, Register>()
  /** Values of the instruction that is being written. */
  #values = new Map<Value, Expression>()
  readonly #parameters: Register[] = []
  /** The loop whose turns are lanes: the registers that differ in them, and of a sum the registers that each lane adds to. */
  #lanes:
    { variable: Variable; count: number; locals: ReadonlySet<Local>; sums: Map<Local, Register> } | undefined
  /** What this part is handed of the function that calls it: positions of loops, and registers. */
  readonly #handed: (() => Expression)[] = []
  /** Of a part: the function that calls it. */
  readonly #caller: Lowering | undefined
  /** Of a part that threads divide among them: which share, of how many. */
  readonly #share: { readonly which: Register; readonly of: Register } | undefined

  constructor(routine: string, around: Surroundings, caller?: Lowering, shared = false) {
    this.#routine = routine
    this.#around = around
    this.#type = around.precision
    this.#caller = caller
    if (!shared) return
    const own = (name: string): Register => ({ name, type: 'i32', mutable: false })
    this.#share = { which: own('share'), of: own('shares') }
    this.#parameters.push(this.#share.which, this.#share.of)
  }

  finish(what: Pick<CodeFunction, 'name' | 'returns' | 'partOf' | 'shared'>): CodeFunction {
    settle(this.builder.root, nameFor)
    return { doc: [], ...what, parameters: this.#parameters, body: this.builder.root }
  }

  run(list: readonly Instruction[]): void {
    for (const i of list) {
      this.#values = new Map()
      this.#instruction(i)
    }
  }

  // ——— values

  /** As a real number of the program's precision; doubles stay doubles. */
  real(e: Expression): Expression {
    return e.type === 'i32' ? this.builder.convert(this.#type, e) : e
  }

  value(v: Value): Expression {
    let e = this.#values.get(v)
    if (!e) this.#values.set(v, (e = this.#value(v)))
    return e
  }

  #number(value: number): Expression {
    return this.builder.number(value, this.#type)
  }

  #value(v: Value): Expression {
    const b = this.builder
    switch (v.kind) {
      case 'number':
        return this.#number(toNumber(v.value))
      case 'infinity':
        return this.#number(v.sign * Infinity)
      case 'constant':
        return this.#number(v.name === 'pi' ? Math.PI : Math.E)
      case 'local':
        return b.read(this.#register(v.local))
      case 'load':
        return this.#load(v.buffer, v.at)
      case 'sum': {
        const terms = v.terms.map((t) => this.real(this.value(t)))
        return sumOf(b, this.#typeOf(terms), terms, v.coefficients, v.constant)
      }
      case 'product': {
        const factors = v.factors.map((f) => this.real(this.value(f)))
        return productOf(b, this.#typeOf(factors), v.coefficient, factors, v.exponents)
      }
      case 'apply': {
        const args = v.args.map((a) => this.real(this.value(a)))
        return applied(b, this.#typeOf(args), v.op, args)
      }
      case 'position':
        return this.position(v.at)
      case 'where': {
        const tests = v.tests.map((t) => b.compare(t.relation, this.position(t.left), this.position(t.right)))
        return this.#conditional(
          tests.reduce((x, y) => b.and(x, y)),
          v.then,
        )
      }
    }
  }

  #typeOf(parts: readonly Expression[]): Real {
    return parts.some((e) => e.type === 'f64') ? 'f64' : this.#type
  }

  /** `then` where the test holds, else 0. */
  #conditional(test: Expression, then: Value): Expression {
    const b = this.builder
    if (isHarmless(then)) return b.select(test, this.real(this.value(then)), this.#number(0))
    const register = this.#define('v', this.#number(0), true)
    const outside = { block: this.#block, guard: this.#guard, values: this.#values }
    const branch = blockWithin(this.#block, 'branch')
    this.#block = this.#guard = branch
    this.#values = new Map(this.#values)
    const value = b.convert(this.#type, this.value(then))
    branch.statements.push({ kind: 'set', register, value })
    this.#block = outside.block
    this.#guard = outside.guard
    this.#values = outside.values
    this.#put({ kind: 'if', test, then: branch })
    b.changed(register, this.#block)
    return b.read(register)
  }

  // ——— places

  readonly #dim = (name: string): Expression => this.builder.read(this.#around.dim(name))

  length(e: Extent): Expression {
    return lengthOf(this.builder, e, this.#dim)
  }

  #variable(v: Variable): Expression {
    let register = this.#variables.get(v)
    if (!register) {
      register = { name: v.name, type: 'i32', mutable: false }
      this.#variables.set(v, register)
      this.#parameters.push(register)
      this.#handed.push(() => this.#caller!.#variable(v))
    }
    return this.builder.read(register)
  }

  /** A register of this function, or one of its caller's, whose value it is handed. */
  #register(local: Local): Register {
    let register = this.#locals.get(local)
    if (!register) {
      const outside = this.#caller!.#register(local)
      register = { name: outside.name, type: outside.type, mutable: false }
      this.#locals.set(local, register)
      this.#parameters.push(register)
      this.#handed.push(() => this.#caller!.builder.read(outside))
    }
    return register
  }

  /** Σ what · stride; what changes in outer loops comes first, so that it stays outside of the inner ones. */
  #sum(terms: readonly Term[], base?: Expression): Expression {
    const b = this.builder
    let known = 0
    const parts: { e: Expression; negative: boolean }[] = base ? [{ e: base, negative: false }] : []
    for (const { what, stride } of terms) {
      if (typeof what === 'number' && typeof stride === 'number') known += what * stride
      else if (isExtent(what)) parts.push({ e: this.length(multiplyExtents(what, stride)), negative: false })
      else {
        const negative = typeof stride === 'number' && stride < 0
        const size = this.length(typeof stride === 'number' ? Math.abs(stride) : stride)
        parts.push({
          e: b.multiply('kind' in what ? this.#whole(what) : this.#variable(what), size),
          negative,
        })
      }
    }
    const sorted = parts
      .map((p, i) => ({ ...p, order: p.e.block.depth * 2 + (p.negative ? 1 : 0), i }))
      .sort((x, y) => x.order - y.order || x.i - y.i)
    let sum: Expression | undefined
    for (const { e, negative } of sorted)
      sum = sum ? (negative ? b.subtract(sum, e) : b.add(sum, e)) : negative ? b.negate(e) : e
    return sum ? b.add(sum, b.int(known)) : b.int(known)
  }

  /** A whole number that stands in memory. */
  #whole(v: Value): Expression {
    return this.builder.convert('i32', this.value(v))
  }

  position(s: Subscript): Expression {
    return this.#sum(termsOf(s, 1))
  }

  /** Where an entry stands: in which memory, and at which of its entries. */
  #address(buffer: Buffer, at: readonly Subscript[]): { memory: Memory; index: Expression } {
    const { member } = buffer
    const { memory, offset } = this.#around.place(member ?? buffer)
    const terms: Term[] = offset === 0 ? [] : [{ what: offset, stride: 1 }]
    // The members of a list stand one after the other.
    if (member) terms.push(...termsOf(at[0]!, sizeExtent(member.shape)))
    const strides = bufferStrides(member ?? buffer)
    const inner = member ? at.slice(1) : at
    terms.push(...inner.flatMap((s, axis) => termsOf(s, strides[axis]!)))
    return { memory, index: this.#within(memory, terms) }
  }

  /** A place in a memory, as the target counts. */
  #within(memory: Memory, terms: readonly Term[]): Expression {
    const base = this.#around.base?.(memory)
    if (!base) return this.#sum(terms)
    const size = SIZE[memory.type]
    const scaled = terms.map(({ what, stride }) => ({ what, stride: multiplyExtents(stride, size) }))
    return this.#sum(
      [...scaled, { what: base.offset, stride: 1 }],
      base.register && this.builder.read(base.register),
    )
  }

  #load(buffer: Buffer, at: readonly Subscript[]): Expression {
    if (buffer.storage === 'dim') return this.#dim(buffer.symbol!.name)
    if (buffer.storage === 'rate') return this.builder.read(this.#around.rate)
    const { memory, index } = this.#address(buffer, at)
    const within = this.#guard && !isInside(buffer, at) ? this.#guard : undefined
    const lanes = this.#lanes
    const count = lanes && at.some((s) => dependsOn(s, lanes.variable)) ? lanes.count : 1
    return this.builder.load(memory, index, within, count)
  }

  #memoryOf(buffer: Buffer): Memory {
    return this.#around.place(buffer.member ?? buffer).memory
  }

  // ——— instructions

  #put(s: Block['statements'][number]): void {
    this.#block.statements.push(s)
  }

  #define(name: string, value: Expression, mutable: boolean): Register {
    const { type, lanes } = value
    const register: Register = { name, type, mutable, ...(lanes > 1 ? { lanes } : {}) }
    this.builder.settle(register, this.#block)
    this.#put({ kind: 'define', register, value })
    return register
  }

  #set(register: Register, value: Expression): void {
    this.#put({ kind: 'set', register, value: this.builder.convert(register.type, value) })
    this.builder.changed(register, this.#block)
  }

  #instruction(i: Instruction): void {
    const b = this.builder
    switch (i.kind) {
      case 'loop':
        return this.#loop(i)
      case 'define': {
        const found = this.value(i.value)
        const value = i.mutable ? this.real(found) : i.rounded ? b.convert(this.#type, found) : found
        const lanes = this.#lanes?.locals.has(i.local) ? this.#lanes.count : 1
        this.#locals.set(i.local, this.#define(i.local.name, b.splat(value, lanes), i.mutable))
        return
      }
      case 'update': {
        const target = this.#lanes?.sums.get(i.local) ?? this.#locals.get(i.local)!
        return this.#set(target, this.#combined(i.combine, b.read(target), this.real(this.value(i.value))))
      }
      case 'store': {
        const value = this.real(this.value(i.value))
        const { memory, index } = this.#address(i.buffer, i.at)
        const count = this.#lanes?.count ?? 1
        const stored =
          i.combine === 'set'
            ? value
            : this.#combined(i.combine, b.load(memory, index, undefined, count), value)
        this.#put({ kind: 'store', memory, index, value: b.splat(b.convert(memory.type, stored), count) })
        return b.changed(memory, this.#block)
      }
      case 'pick': {
        const best = this.#locals.get(i.best)!
        const positions = i.positions.map((l) => this.#locals.get(l)!)
        const value = this.real(this.value(i.value))
        const old = b.read(best)
        const better = b.compare(i.picks === 'greatest' ? '>' : '<', value, old)
        const isFirstNaN = b.and(b.compare('!=', value, value), b.compare('=', old, old))
        const then = blockWithin(this.#block, 'branch')
        const places = i.at.map((s, k) => b.convert(positions[k]!.type, this.position(s)))
        then.statements.push({ kind: 'set', register: best, value: b.convert(best.type, value) })
        positions.forEach((register, k) => then.statements.push({ kind: 'set', register, value: places[k]! }))
        this.#put({ kind: 'if', test: b.or(better, isFirstNaN), then })
        for (const register of [best, ...positions]) b.changed(register, this.#block)
        return
      }
      case 'matrix':
        return this.#matrix(i)
      case 'chunk':
        return this.#chunk(i)
      case 'backward': {
        const register: Register = { name: i.loss.name, type: this.#type, mutable: false }
        b.settle(register, this.#block)
        this.#put({ kind: 'backward', register, suffix: i.suffix })
        this.#locals.set(i.loss, register)
        return
      }
      case 'anchor': {
        const lines = this.#around.comment(i)
        if (lines.length > 0) this.#put({ kind: 'comment', lines })
      }
    }
  }

  #combined(combine: string, target: Expression, value: Expression): Expression {
    const b = this.builder
    switch (combine) {
      case 'max':
        return b.extremum('maximum', target, value)
      case 'min':
        return b.extremum('minimum', target, value)
      case 'subtract':
        return b.subtract(target, value)
      case 'add':
        return b.add(target, value)
      default:
        return value
    }
  }

  /** What the turns of a loop, or a function, change. */
  #changed(i: Instruction, block: Block): void {
    const { accesses, localsWritten } = effectsOf(i)
    const memories = new Set(accesses.filter((a) => a.write).map((a) => this.#memoryOf(a.buffer)))
    for (const memory of memories) this.builder.changed(memory, block)
    for (const local of localsWritten) {
      const register = this.#locals.get(local)
      if (register?.mutable) this.builder.changed(register, block)
    }
    for (const register of this.#summed) this.builder.changed(register, block)
  }

  #loop(i: Instruction & { kind: 'loop' }): void {
    const b = this.builder
    const { variable: v, step = 1 } = i
    if (i.lanes !== undefined) return this.#loopInLanes(i, i.lanes)
    const to = this.#end(i)
    if (i.descending) return this.#turns(i, i.body, b.subtract(to, b.int(1)), b.int(0), -step)
    if (this.#share && this.#block === b.root)
      return this.#sharedTurns(i, to, step, (from, end) => this.#turns(i, i.body, from, end, step))
    if (!i.rest) return this.#turns(i, i.body, this.#start(i), to, step)
    if (i.within) {
      const start = this.#start(i)
      const end = this.#wholeEnd(start, to, step)
      this.#turns(i, i.body, start, end, step)
      return this.#turns(i, i.rest, end, to, 1)
    }
    const whole = typeof v.extent === 'number' ? b.int(v.extent - (v.extent % step)) : undefined
    this.#turns(i, i.body, b.int(0), whole ?? b.subtract(to, b.int(step - 1)), step)
    // An empty rest says that only whole steps are run.
    const from = whole ?? b.subtract(to, b.operation('remainder', 'i32', to, b.int(step)))
    if (i.rest.length > 0) this.#turns(i, i.rest, from, to, 1)
  }

  /** Where a loop begins. */
  #start({ within }: Instruction & { kind: 'loop' }): Expression {
    return within ? this.#extreme('>', within.from) : this.builder.int(0)
  }

  /** Where it ends, which is not before its beginning where whole steps are counted (`wholeEnd`). */
  #end({ variable, within }: Instruction & { kind: 'loop' }): Expression {
    return within ? this.#extreme('<', within.to) : this.length(variable.extent)
  }

  /** The greatest (least) of positions. */
  #extreme(relation: '<' | '>', list: readonly Subscript[]): Expression {
    const b = this.builder
    return list.map((s) => this.position(s)).reduce((x, y) => b.select(b.compare(relation, x, y), x, y))
  }

  /** Where whole steps end: what is left over, less than a step, is taken from the end. Bounds that have crossed leave no turn before it, nor after. */
  #wholeEnd(from: Expression, to: Expression, step: number): Expression {
    const b = this.builder
    return b.subtract(to, b.operation('remainder', 'i32', b.subtract(to, from), b.int(step)))
  }

  /** Whole vectors, and turn by turn what is left over. */
  #loopInLanes(i: Instruction & { kind: 'loop' }, count: number): void {
    const b = this.builder
    const { variable, body, rest } = i
    const [start, to] = [this.#start(i), this.#end(i)]
    const whole = i.within
      ? this.#wholeEnd(start, to, count)
      : typeof variable.extent === 'number'
        ? b.int(variable.extent - (variable.extent % count))
        : b.subtract(to, b.operation('remainder', 'i32', to, b.int(count)))
    const own = new Set(body.flatMap((x) => (x.kind === 'define' ? [x.local] : [])))
    const sums = new Map<Local, Register>()
    const folds = new Map<Local, Fold>()
    for (const x of body)
      if (x.kind === 'update' && !own.has(x.local) && !sums.has(x.local)) {
        const { name, type } = this.#locals.get(x.local)!
        const { fold, start } = PARTS[x.combine]
        sums.set(x.local, this.#define(name, b.splat(b.number(start, type), count), true))
        folds.set(x.local, fold)
      }
    const inLanes = (from: Expression, end: Expression): void => {
      this.#lanes = { variable, count, locals: vectorLocals(body, variable), sums }
      this.#turns(i, body, from, end, count, count)
      this.#lanes = undefined
    }
    if (this.#share && this.#block === b.root) return this.#sharedTurns(i, to, count, inLanes)
    for (const register of sums.values()) this.#summed.push(register)
    inLanes(start, whole)
    for (const [local, register] of sums) {
      b.changed(register, this.#block)
      const target = this.#locals.get(local)!
      const fold = folds.get(local)!
      this.#set(target, this.#combined(COMBINE[fold], b.read(target), b.fold(fold, b.read(register))))
    }
    this.#summed.length = 0
    if (rest) this.#turns(i, rest, whole, to, 1)
  }
  /** This share of the whole steps; the last share has what is left over too. Those of all shares together are the turns of the loop, stepped as one thread would. */
  #sharedTurns(
    i: Instruction & { kind: 'loop' },
    to: Expression,
    step: number,
    run: (from: Expression, to: Expression) => void,
  ): void {
    const b = this.builder
    const { which, of } = this.#share!
    const [share, shares] = [b.read(which), b.read(of)]
    const steps = isConstant(to)
      ? b.int(Math.floor(to.value / step))
      : b.operation('divide', 'i32', to, b.int(step))
    const start = (k: Expression): Expression =>
      b.multiply(b.operation('divide', 'i32', b.multiply(k, steps), shares), b.int(step))
    const next = b.add(share, b.int(1))
    run(start(share), start(next))
    if (!i.rest || i.rest.length === 0) return
    const whole = b.multiply(steps, b.int(step))
    this.#turns(i, i.rest, b.select(b.compare('=', next, shares), whole, to), to, 1)
  }

  /** Registers of which each lane has a part: of a sum, or the greatest (least) so far. */
  readonly #summed: Register[] = []

  #turns(
    loop: Instruction & { kind: 'loop' },
    list: readonly Instruction[],
    from: Expression,
    to: Expression,
    step: number,
    lanes = 1,
  ): void {
    const { variable } = loop
    const body = blockWithin(this.#block, 'loop')
    const register: Register = { name: variable.name, type: 'i32', mutable: false }
    this.builder.settle(register, body)
    this.#put({ kind: 'loop', register, from, to, step, body, ...(lanes > 1 ? { lanes } : {}) })
    const outside = this.#block
    const before = this.#variables.get(variable)
    this.#variables.set(variable, register)
    this.#block = body
    this.#changed(loop, body)
    this.run(list)
    this.#block = outside
    if (before) this.#variables.set(variable, before)
    else this.#variables.delete(variable)
    this.#values = new Map()
    this.#changed(loop, outside)
  }

  #matrix(i: Instruction & { kind: 'matrix' }): void {
    const b = this.builder
    const whole = ({ buffer, at }: Whole): Argument => {
      const { memory, index } = this.#address(buffer, [
        ...at,
        ...buffer.shape.slice(at.length).map(() => ZERO),
      ])
      return { kind: 'array', memory, from: index }
    }
    const [matrix, right] = i.from
    const extent = matrix!.buffer.shape.at(-1)!
    const types = [...i.from, i.to].map(({ buffer }) => this.#memoryOf(buffer).type)
    const { callee, extra } = this.#around.matrix(i.op.name, extent, types)
    const args = [
      ...i.from.map(whole),
      ...(callee.returns ? [] : [whole(i.to)]),
      this.length(extent),
      ...(right ? [this.length(sizeExtent(right.buffer.shape.slice(right.at.length, -1)))] : []),
      ...extra.map(({ memory, offset }): Argument => ({
        kind: 'array',
        memory,
        from: this.#within(memory, [{ what: offset, stride: 1 }]),
      })),
    ]
    if (callee.returns) {
      const register: Register = { name: i.op.name, type: callee.returns, mutable: false }
      b.settle(register, this.#block)
      this.#put({ kind: 'call', callee, args, register })
      const { memory, index } = this.#address(i.to.buffer, i.to.at)
      this.#put({ kind: 'store', memory, index, value: b.convert(memory.type, b.read(register)) })
    } else this.#put({ kind: 'call', callee, args })
    this.#changed(i, this.#block)
  }

  /** A function of its own with this body; it is handed what it looks at of loops and registers around it. */
  #chunk(i: Instruction & { kind: 'chunk' }): void {
    const { shared = false } = i
    const inner = new Lowering(this.#routine, this.#around, this, shared)
    inner.run(i.body)
    const callee = inner.finish({
      name: this.#routine,
      returns: undefined,
      partOf: this.#routine,
      ...(shared ? { shared } : {}),
    })
    this.#around.part(callee)
    this.#put({ kind: 'call', callee, args: inner.#handed.map((value) => value()) })
    this.#changed(i, this.#block)
  }
}

/** What each lane's part of an updated register starts from, and what the parts come to. */
const PARTS: Readonly<Record<Combine, { fold: Fold; start: number }>> = {
  set: { fold: 'total', start: 0 },
  add: { fold: 'total', start: 0 },
  subtract: { fold: 'total', start: 0 },
  max: { fold: 'greatest', start: -Infinity },
  min: { fold: 'least', start: Infinity },
}
const COMBINE: Readonly<Record<Fold, Combine>> = { total: 'add', greatest: 'max', least: 'min' }

/** Whether a value can be computed where nothing needs it: all that it reads is there anyway. */
function isHarmless(v: Value): boolean {
  const stack = [v]
  for (let x = stack.pop(); x; x = stack.pop()) {
    if (x.kind === 'load' && !isInside(x.buffer, x.at)) return false
    stack.push(...partsOf(x))
    for (const s of subscriptsOf(x)) stack.push(...(s.variable?.of?.values ?? []).map(({ value }) => value))
  }
  return true
}

/** What a register for an expression would like to be called. */
function nameFor(e: Expression): string {
  if (e.kind === 'load') return `${e.memory.name}_`
  if (e.kind === 'call') return typeof e.callee === 'string' ? e.callee : e.callee.name
  return e.type === 'i32' ? 'at' : 't'
}
