/** Code → instructions of WebAssembly: one function. */
import { bug, unreachable } from '../../base/bug.ts'
import {
  type Block,
  type CodeFunction,
  type Expression,
  type Fold,
  type LibraryFunction,
  type Memory,
  type Operation,
  type Register,
  type Relation,
  type Type,
  isMemory,
} from '../../code/code.ts'
import type { LibraryCall } from '../../code/effects.ts'
import { SIZE } from '../../code/lower.ts'
import { type Control, handOver } from './threads.ts'
import { OP, SIMD, VALUE, type WasmFunction, float, signed, unsigned } from './binary.ts'

/** What surrounds a function: the numbers of others. */
export interface Numbers {
  function(f: CodeFunction): number
  library(name: LibraryFunction): number
  /** The code of a function of the library; undefined where only that of doubles from outside is there. */
  own(call: LibraryCall): number | undefined
  /** Of a part that threads divide among them: the function that has it run, its number there, and where what it is called with is put. */
  shared(f: CodeFunction): { readonly fork: number; readonly job: number; readonly control: Control }
  /** The routine of that name, of one of several losses. */
  backward(suffix: string | undefined): number
}

const RELATION: Readonly<Record<Relation, 'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne'>> = {
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '=': 'eq',
  '!=': 'ne',
}
const ARITHMETIC = { add: 'add', subtract: 'sub', multiply: 'mul', divide: 'div' } as const
const FOLDS = { total: 'add', greatest: 'max', least: 'min' } as const
const isFold = (operation: Operation): operation is Fold => operation in FOLDS
const REAL = { negate: 'neg', abs: 'abs', sqrt: 'sqrt', minimum: 'min', maximum: 'max' } as const
/**
 * 1.5·2^fraction: added to a whole number it leaves this in its lowest bits, from where it is shifted to where exponents stand; the bits of 1 added
 * are the bias. (Muller et al., Handbook of Floating-Point Arithmetic, 2018.)
 */
const SHIFTER = { f32: 1.5 * 2 ** 23, f64: 1.5 * 2 ** 52 } as const
/** The bits of the double 1, as signed LEB128. */
const ONE_AS_INTEGER = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0xf8, 0x3f]
const LOAD: Readonly<Record<Type, number>> = { i32: 0x28, f32: 0x2a, f64: 0x2b }
const STORE: Readonly<Record<Type, number>> = { i32: 0x36, f32: 0x38, f64: 0x39 }
/** No value: the type of blocks. */
const VOID = 0x40
/** Values that cost less than a jump around them. */
const CHEAP = 3

/**
 * A function as WebAssembly. `leading` are the parameters before its own, which it hands on to parts. Where `inBytes`, positions are
 * addresses; else they count entries of the arrays that are the parameters.
 */
export function encodeFunction(
  f: CodeFunction,
  leading: readonly Register[],
  inBytes: boolean,
  numbers: Numbers,
): WasmFunction {
  return new Encoder(f, leading, inBytes, numbers).function()
}

class Encoder {
  readonly #f: CodeFunction
  readonly #leading: readonly Register[]
  readonly #inBytes: boolean
  readonly #numbers: Numbers
  readonly #parameters: number[] = []
  readonly #locals: number[] = []
  readonly #indices = new Map<Register | Memory, number>()
  /** Registers that may be negative. */
  readonly #below = new Set<Register>()
  /** Of a vector: the local of each part, or one for all of them. */
  readonly #parts = new Map<Register, readonly number[]>()
  readonly #out: number[] = []
  readonly #products: number[] = []

  constructor(f: CodeFunction, leading: readonly Register[], inBytes: boolean, numbers: Numbers) {
    this.#f = f
    this.#leading = leading
    this.#inBytes = inBytes
    this.#numbers = numbers
    for (const p of [...leading, ...f.parameters]) {
      this.#indices.set(p, this.#parameters.length)
      const isVector = !isMemory(p) && p.lanes !== undefined
      if (isVector) this.#parts.set(p, [this.#parameters.length])
      this.#parameters.push(isMemory(p) ? VALUE.i32 : isVector ? VALUE.v128 : VALUE[p.type])
    }
  }

  function(): WasmFunction {
    this.#block(this.#f.body)
    const { returns, parameters } = this.#f
    const isVector = parameters.some((p) => !isMemory(p) && p.lanes !== undefined)
    // Every way through a function with a value ends in a return.
    if (returns) this.#put(0x00)
    return {
      signature: {
        parameters: this.#parameters,
        results: returns ? [isVector ? VALUE.v128 : VALUE[returns]] : [],
      },
      locals: this.#locals,
      body: this.#out,
      products: this.#products,
    }
  }

  #put(...bytes: readonly number[]): void {
    for (const b of bytes) this.#out.push(b)
  }

  #fresh(type: Type): number {
    return this.#parameters.length + this.#locals.push(VALUE[type]) - 1
  }

  #local(r: Register): number {
    let index = this.#indices.get(r)
    if (index === undefined) this.#indices.set(r, (index = this.#fresh(r.type)))
    return index
  }

  #get(index: number): void {
    this.#put(0x20, ...unsigned(index))
  }

  #set(index: number): void {
    this.#put(0x21, ...unsigned(index))
  }

  #int(value: number): void {
    this.#put(0x41, ...signed(value))
  }

  // ——— expressions

  #expression(e: Expression): void {
    switch (e.kind) {
      case 'constant':
        if (e.type === 'i32') return this.#int(e.value)
        return this.#put(e.type === 'f32' ? 0x43 : 0x44, ...float(e.value, e.type))
      case 'register':
        return this.#get(this.#local(e.register))
      case 'load':
        return this.#put(...this.#address(e.memory, e.args[0]!, LOAD[e.memory.type]))
      case 'call':
        return this.#call(e.callee, e.type, e.args)
      case 'compare': {
        e.args.forEach((a) => this.#expression(a))
        return this.#put(OP[e.args[0]!.type][RELATION[e.relation]])
      }
      case 'select': {
        const [test, then, otherwise] = e.args as [Expression, Expression, Expression]
        if (isCheap(then) && isCheap(otherwise)) {
          this.#expression(then)
          this.#expression(otherwise)
          this.#expression(test)
          return this.#put(OP.select)
        }
        this.#expression(test)
        this.#put(0x04, VALUE[e.type])
        this.#expression(then)
        this.#put(OP.else)
        this.#expression(otherwise)
        return this.#put(OP.end)
      }
      case 'operation': {
        const { type } = e
        if (isFold(e.operation)) return this.#fold(e.operation, e.args[0]!)
        if (e.operation === 'negate' && type === 'i32') this.#int(0)
        e.args.forEach((a) => this.#expression(a))
        switch (e.operation) {
          case 'add':
          case 'subtract':
          case 'multiply':
          case 'divide':
            return this.#put(OP[type][ARITHMETIC[e.operation]])
          case 'remainder':
            return this.#put(OP.i32.rem)
          case 'and':
          case 'or':
            return this.#put(OP.i32[e.operation])
          case 'negate':
          case 'abs':
          case 'sqrt':
          case 'minimum':
          case 'maximum':
            if (type === 'i32')
              return this.#put(
                e.operation === 'negate' ? OP.i32.sub : bug(`no ${e.operation} of whole numbers`),
              )
            return this.#put(OP[type][REAL[e.operation]])
          case 'convert':
            return this.#put(...OP.convert[`${e.args[0]!.type} ${type}` as keyof typeof OP.convert])
          case 'nearest':
            return this.#put(OP[type === 'f64' ? 'f64' : 'f32'].nearest)
          case 'scale':
            if (type === 'f64') {
              this.#put(0x44, ...float(SHIFTER.f64, 'f64'), OP.f64.add, OP.i64.reinterpret)
              this.#put(OP.i64.const, 52, OP.i64.shl, OP.i64.const, ...ONE_AS_INTEGER, OP.i64.add)
              return this.#put(OP.f64.reinterpret, OP.f64.mul)
            }
            this.#put(0x43, ...float(SHIFTER.f32, 'f32'), OP.f32.add, OP.i32.reinterpret)
            this.#int(23)
            this.#put(OP.i32.shl)
            this.#int(127 << 23)
            return this.#put(OP.i32.add, OP.f32.reinterpret, OP.f32.mul)
          case 'splat':
            return bug('a vector stands where a number is')
          default:
            return unreachable(e.operation)
        }
      }
    }
  }

  // ——— vectors, part by part

  /** How many vectors of 128 bits an expression is; of a truth as many as of what is compared. */
  #partsOf(e: Expression): number {
    if (e.type !== 'i32') return e.lanes / (e.type === 'f64' ? 2 : 4)
    return e.kind === 'register' ? this.#parts.get(e.register)!.length : this.#partsOf(e.args[0]!)
  }

  #simd(instruction: number, ...immediates: readonly number[]): void {
    this.#put(0xfd, ...unsigned(instruction), ...immediates)
  }

  #vector(e: Expression, part: number): void {
    switch (e.kind) {
      case 'register': {
        const parts = this.#parts.get(e.register) ?? bug(`the vector ${e.register.name} has no value`)
        return this.#get(parts[parts.length === 1 ? 0 : part]!)
      }
      case 'load': {
        const [instruction, , ...offset] = this.#address(e.memory, e.args[0]!, SIMD.load, 16 * part)
        return this.#simd(instruction!, e.type === 'f64' ? 3 : 2, ...offset)
      }
      case 'compare':
        e.args.forEach((a) => this.#vector(a, part))
        return this.#simd(SIMD[realOf(e.args[0]!)][RELATION[e.relation]])
      case 'select': {
        const [test, then, otherwise] = e.args as [Expression, Expression, Expression]
        const [x, y] = test.args
        // x < y ? y : x, and y < x ? y : x, let NaN in x through.
        if (test.kind === 'compare' && test.lanes > 1) {
          const isNearer = test.relation === '<' && then === y && otherwise === x
          const isFurther = test.relation === '>' && then === y && otherwise === x
          if (isNearer || isFurther) {
            this.#vector(x!, part)
            this.#vector(y!, part)
            return this.#simd(SIMD[realOf(e)][isNearer ? 'pmax' : 'pmin'])
          }
        }
        this.#vector(then, part)
        this.#vector(otherwise, part)
        if (test.lanes > 1) {
          this.#vector(test, part)
          return this.#simd(SIMD.bitselect)
        }
        this.#expression(test)
        return this.#put(0x1c, 0x01, VALUE.v128)
      }
      case 'operation':
        switch (e.operation) {
          case 'splat':
            return this.#splat(e.args[0]!)
          case 'add':
          case 'subtract':
          case 'multiply':
          case 'divide':
            e.args.forEach((a) => this.#vector(a, part))
            return this.#simd(SIMD[realOf(e)][ARITHMETIC[e.operation]])
          case 'negate':
          case 'abs':
          case 'sqrt':
          case 'minimum':
          case 'maximum':
            e.args.forEach((a) => this.#vector(a, part))
            return this.#simd(SIMD[realOf(e)][REAL[e.operation]])
          case 'and':
          case 'or':
            e.args.forEach((a) => this.#vector(a, part))
            return this.#simd(SIMD[e.operation])
          case 'nearest':
            this.#vector(e.args[0]!, part)
            return this.#simd(SIMD[realOf(e)].nearest)
          case 'scale':
            e.args.forEach((a) => this.#vector(a, part))
            return this.#scale(realOf(e))
          default:
            return bug(`no vectors of ${e.operation}`)
        }
      case 'call': {
        e.args.forEach((a) => this.#vector(a, part))
        const { callee } = e
        const call = { name: callee as LibraryFunction, type: realOf(e), lanes: e.lanes }
        const index = typeof callee === 'string' ? this.#numbers.own(call) : this.#numbers.function(callee)
        return this.#put(0x10, ...unsigned(index ?? bug(`no code for vectors of ${call.name}`)))
      }
      default:
        return bug(`no vectors of a ${e.kind}`)
    }
  }

  /** Two vectors x and n: x·2^n. */
  #scale(real: 'f32' | 'f64'): void {
    const { add, shift, fraction } = SIMD[real].bits
    this.#constants(SHIFTER[real], real)
    this.#simd(SIMD[real].add)
    this.#int(fraction)
    this.#simd(shift)
    this.#constants(1, real)
    this.#simd(add)
    this.#simd(SIMD[real].mul)
  }

  #splat(e: Expression): void {
    const real = realOf(e)
    if (e.kind === 'constant') return this.#constants(e.value, real)
    if (e.kind === 'load') {
      const [instruction, align, ...offset] = this.#address(e.memory, e.args[0]!, SIMD[real].loadSplat)
      return this.#simd(instruction!, align!, ...offset)
    }
    this.#expression(e)
    this.#simd(SIMD[real].splat)
  }

  #constants(value: number, real: 'f32' | 'f64'): void {
    const bytes = float(value, real)
    this.#simd(SIMD.constant, ...Array.from({ length: 16 / bytes.length }, () => bytes).flat())
  }

  /** A number of all lanes. */
  #fold(fold: Fold, e: Expression): void {
    const real = realOf(e)
    const how = FOLDS[fold]
    const parts = this.#partsOf(e)
    for (let part = 0; part < parts; part++) {
      this.#vector(e, part)
      if (part > 0) this.#simd(SIMD[real][how])
    }
    const folded = this.#parameters.length + this.#locals.push(VALUE.v128) - 1
    this.#set(folded)
    for (let lane = 0; lane < (real === 'f64' ? 2 : 4); lane++) {
      this.#get(folded)
      this.#simd(SIMD[real].extract, lane)
      if (lane > 0) this.#put(OP[real][how])
    }
  }

  /** A register's value, part by part; what is the same in all lanes has one part. */
  #assign(r: Register, value: Expression, first: boolean): void {
    if (r.lanes === undefined) {
      this.#expression(value)
      return this.#set(this.#local(r))
    }
    const isSame = first && !r.mutable && value.kind === 'operation' && value.operation === 'splat'
    let parts = this.#parts.get(r)
    if (!parts || first) {
      const count = isSame ? 1 : this.#partsOf(value)
      parts = Array.from({ length: count }, () => this.#parameters.length + this.#locals.push(VALUE.v128) - 1)
      this.#parts.set(r, parts)
    }
    parts.forEach((local, part) => {
      if (!first && this.#inBytes && isSumOfProducts(r, value)) this.#addProduct(value, part)
      else this.#vector(value, part)
      this.#set(local)
    })
  }

  /** r + x·y, the product first: in the place of both instructions may stand one that rounds once (fused.ts). */
  #addProduct(sum: Expression, part: number): void {
    const product = sum.args.find((a) => !isRegister(a))!
    product.args.forEach((a) => this.#vector(a, part))
    this.#products.push(this.#out.length)
    this.#simd(SIMD[realOf(sum)].mul)
    this.#vector(sum.args.find(isRegister)!, part)
    this.#simd(SIMD[realOf(sum)].add)
  }

  #call(callee: LibraryFunction | CodeFunction, type: Type, args: readonly Expression[]): void {
    if (typeof callee !== 'string') {
      args.forEach((a) => this.#expression(a))
      return this.#put(0x10, ...unsigned(this.#numbers.function(callee)))
    }
    const own = type === 'i32' ? undefined : this.#numbers.own({ name: callee, type, lanes: 1 })
    if (own !== undefined) {
      args.forEach((a) => this.#expression(a))
      return this.#put(0x10, ...unsigned(own))
    }
    // Functions from outside are of doubles.
    for (const a of args) {
      this.#expression(a)
      if (type === 'f32') this.#put(...OP.convert['f32 f64'])
    }
    this.#put(0x10, ...unsigned(this.#numbers.library(callee)))
    if (type === 'f32') this.#put(...OP.convert['f64 f32'])
  }

  /** Puts what an address is computed from; gives the instruction that looks there, and what it adds. */
  #address(memory: Memory, index: Expression, instruction: number, further = 0): number[] {
    const size = SIZE[memory.type]
    const align = size === 8 ? 3 : 2
    const [e, known] = splitOffset(index, this.#below)
    const isAdded = known > 0 || !mayBeNegative(index, this.#below)
    const offset = (this.#inBytes ? known : known * size) + (isAdded ? further : 0)
    if (this.#inBytes) {
      this.#expression(e)
      if (further > 0 && !isAdded) {
        this.#int(further)
        this.#put(OP.i32.add)
      }
    } else {
      this.#get(this.#indices.get(memory) ?? bug(`the array ${memory.name} is no parameter`))
      if (e.kind !== 'constant' || e.value !== 0) {
        this.#expression(e)
        this.#int(align)
        this.#put(OP.i32.shl, OP.i32.add)
      }
    }
    return [instruction, align, ...unsigned(offset)]
  }

  // ——— statements

  #block(block: Block): void {
    for (const s of block.statements)
      switch (s.kind) {
        case 'define':
        case 'set':
          if (s.register.type === 'i32' && mayBeNegative(s.value, this.#below)) this.#below.add(s.register)
          this.#assign(s.register, s.value, s.kind === 'define')
          break
        case 'store': {
          if (s.value.lanes > 1) {
            for (let part = 0; part < this.#partsOf(s.value); part++) {
              const [instruction, , ...offset] = this.#address(s.memory, s.index, SIMD.store, 16 * part)
              this.#vector(s.value, part)
              this.#simd(instruction!, s.memory.type === 'f64' ? 3 : 2, ...offset)
            }
            break
          }
          const rest = this.#address(s.memory, s.index, STORE[s.memory.type])
          this.#expression(s.value)
          this.#put(...rest)
          break
        }
        case 'loop':
          this.#loop(s)
          break
        case 'if':
          this.#expression(s.test)
          this.#put(0x04, VOID)
          this.#block(s.then)
          if (s.otherwise) {
            this.#put(OP.else)
            this.#block(s.otherwise)
          }
          this.#put(OP.end)
          break
        case 'call': {
          if (s.callee.shared) {
            this.#fork(s)
            break
          }
          if (s.callee.partOf !== undefined) this.#leading.forEach((r) => this.#get(this.#local(r)))
          for (const a of s.args) {
            if (a.kind !== 'array') this.#expression(a)
            else if (this.#inBytes) this.#expression(a.from)
            else {
              this.#get(this.#indices.get(a.memory)!)
              this.#expression(a.from)
              this.#int(a.memory.type === 'f64' ? 3 : 2)
              this.#put(OP.i32.shl, OP.i32.add)
            }
          }
          this.#put(0x10, ...unsigned(this.#numbers.function(s.callee)))
          if (s.register) this.#set(this.#local(s.register))
          break
        }
        case 'backward':
          this.#leading.forEach((r) => this.#get(this.#local(r)))
          this.#put(0x10, ...unsigned(this.#numbers.backward(s.suffix)))
          this.#set(this.#local(s.register))
          break
        case 'return':
          if (s.value && s.value.lanes > 1) this.#vector(s.value, 0)
          else if (s.value) this.#expression(s.value)
          this.#put(OP.return)
          break
        case 'comment':
          break
      }
  }

  /** Has all threads run a part: what it is called with goes where they find it. */
  #fork({ callee, args }: Block['statements'][number] & { kind: 'call' }): void {
    const { fork, job, control } = this.#numbers.shared(callee)
    const put = (i: number, type: Type, value: () => void): void =>
      handOver(control, i, type, value, (bytes) => this.#put(...bytes))
    this.#leading.forEach((r, i) => put(i, r.type, () => this.#get(this.#local(r))))
    args.forEach((a, i) => {
      if (a.kind === 'array') bug('threads share no arrays by position')
      else put(this.#leading.length + i, a.type, () => this.#expression(a))
    })
    this.#int(job)
    this.#put(0x10, ...unsigned(fork))
  }

  /** Tested at its end, and once before it. */
  #loop(s: Block['statements'][number] & { kind: 'loop' }): void {
    const { from, to, step } = s
    const variable = this.#local(s.register)
    let end = to
    if (to.kind !== 'constant' && to.kind !== 'register') {
      const register: Register = { name: 'to', type: 'i32', mutable: false }
      this.#expression(to)
      this.#set(this.#local(register))
      end = { ...to, kind: 'register', register, args: [] }
    }
    const goesOn = (): void => {
      this.#get(variable)
      this.#expression(end)
      this.#put(step < 0 ? OP.i32.ge : OP.i32.lt)
    }
    this.#expression(from)
    this.#set(variable)
    const runs =
      from.kind === 'constant' &&
      end.kind === 'constant' &&
      (step < 0 ? from.value >= end.value : from.value < end.value)
    if (!runs) {
      goesOn()
      this.#put(0x04, VOID)
    }
    this.#put(0x03, VOID)
    this.#block(s.body)
    this.#get(variable)
    this.#int(step)
    this.#put(OP.i32.add)
    this.#set(variable)
    goesOn()
    this.#put(0x0d, 0x00, OP.end)
    if (!runs) this.#put(OP.end)
  }
}

const isRegister = (e: Expression): boolean => e.kind === 'register'

/** Of a loop that adds up products in a register. */
const isSumOfProducts = (r: Register, e: Expression): boolean =>
  e.kind === 'operation' &&
  e.operation === 'add' &&
  e.args.some((a) => a.kind === 'register' && a.register === r) &&
  e.args.some((a) => a.kind === 'operation' && a.operation === 'multiply' && a.lanes > 1)

const realOf = (e: Expression): 'f32' | 'f64' =>
  e.type === 'i32' ? bug('vectors are of real numbers') : e.type

/** What can be computed although it is not needed, rather than jumped around. */
function isCheap(e: Expression): boolean {
  let size = 0
  const stack = [e]
  for (let x = stack.pop(); x; x = stack.pop()) {
    if (x.kind === 'call' || x.kind === 'load' || ++size > CHEAP) return false
    if (
      x.kind === 'operation' &&
      (x.operation === 'divide' || x.operation === 'sqrt' || x.operation === 'remainder')
    )
      return false
    stack.push(...x.args)
  }
  return true
}

const NOTHING_ELSE = (e: Expression): Expression =>
  ({ ...e, kind: 'constant', value: 0, args: [] }) as Expression

/** The instruction adds without wrapping: what it adds to must be no address before the start of memory. `below`: registers that may be negative. */
function mayBeNegative(e: Expression, below: ReadonlySet<Register>): boolean {
  const stack = [e]
  for (let x = stack.pop(); x; x = stack.pop()) {
    if (x.kind === 'register' && below.has(x.register)) return true
    if (x.kind === 'operation' && (x.operation === 'subtract' || x.operation === 'negate')) return true
    if (x.kind === 'constant' && x.value < 0) return true
    stack.push(...x.args)
  }
  return false
}

/** A position as something and a known number, which the instruction itself adds. */
function splitOffset(e: Expression, below: ReadonlySet<Register>): [Expression, number] {
  if (e.kind === 'constant') return e.value >= 0 ? [NOTHING_ELSE(e), e.value] : [e, 0]
  if (e.kind === 'operation' && e.operation === 'add') {
    const [x, y] = e.args as [Expression, Expression]
    if (y.kind === 'constant' && y.value >= 0 && !mayBeNegative(x, below)) return [x, y.value]
  }
  return [e, 0]
}
