/** Makes the expressions of one function. Equal ones are one object; what is neutral is left out where that is exact for every number. */
import type {
  Arithmetic,
  Block,
  CodeFunction,
  Constant,
  Expression,
  Fold,
  LibraryFunction,
  Memory,
  Operation,
  Register,
  Relation,
  Type,
} from './code.ts'

type Made<E> = E extends Expression ? Omit<E, 'id' | 'block' | 'lanes'> & { readonly lanes?: number } : never

/** How often a memory or a register has changed, and where it did last. */
interface Version {
  readonly count: number
  readonly block: Block
}

let objects = 0
const numbers = new WeakMap<object, number>()
function numberOf(o: object): number {
  let n = numbers.get(o)
  if (n === undefined) numbers.set(o, (n = objects++))
  return n
}

export const blockWithin = (parent: Block | undefined, kind: Block['kind']): Block => ({
  kind,
  parent,
  depth: parent ? parent.depth + 1 : 0,
  statements: [],
})

export class Builder {
  readonly root = blockWithin(undefined, 'function')
  readonly #known = new Map<string, Expression>()
  readonly #versions = new Map<object, Version>()
  readonly #homes = new Map<Register, Block>()
  #next = 0

  // ——— what changes

  /** A register has its first value in this block. */
  settle(register: Register, block: Block): void {
    this.#homes.set(register, block)
  }

  /** What was read of a memory or a register before is not what is read from here on. */
  changed(what: Memory | Register, block: Block): void {
    this.#versions.set(what, { count: (this.#versions.get(what)?.count ?? 0) + 1, block })
  }

  #versionOf(what: object): Version {
    return this.#versions.get(what) ?? { count: 0, block: this.root }
  }

  #intern(key: string, made: Made<Expression>, block = this.root): Expression {
    let e = this.#known.get(key)
    if (!e) {
      let home = block
      for (const a of made.args) if (a.block.depth > home.depth) home = a.block
      const lanes = made.lanes ?? Math.max(1, ...made.args.map((a) => a.lanes))
      e = { ...made, id: this.#next++, block: home, lanes } as Expression
      this.#known.set(key, e)
    }
    return e
  }

  // ——— leaves

  number(value: number, type: Type): Expression {
    const rounded = type === 'f32' ? single(value) : value
    return this.#intern(`${type} ${Object.is(rounded, -0) ? '-0' : rounded}`, {
      kind: 'constant',
      type,
      value: rounded,
      args: [],
    })
  }

  int(value: number): Expression {
    return this.number(value, 'i32')
  }

  read(register: Register): Expression {
    const { count, block } = this.#versionOf(register)
    const home = this.#homes.get(register) ?? this.root
    return this.#intern(
      `r${numberOf(register)}v${count}`,
      { kind: 'register', type: register.type, register, args: [], lanes: register.lanes ?? 1 },
      home.depth > block.depth ? home : block,
    )
  }

  /** `within`: the branch outside of which there may be nothing to read. */
  load(memory: Memory, index: Expression, within?: Block, lanes = 1): Expression {
    const { count, block } = this.#versionOf(memory)
    return this.#intern(
      `l${numberOf(memory)}v${count}[${index.id}]${within ? numberOf(within) : ''}x${lanes}`,
      { kind: 'load', type: memory.type, memory, args: [index], lanes },
      within && within.depth > block.depth ? within : block,
    )
  }

  // ——— what is made of them

  /** Numbers beside vectors stand in all of their lanes. */
  #spread(args: readonly Expression[]): readonly Expression[] {
    const lanes = Math.max(1, ...args.map((a) => a.lanes))
    return args.every((a) => a.lanes === lanes) ? args : args.map((a) => this.splat(a, lanes))
  }

  splat(a: Expression, lanes: number): Expression {
    if (a.lanes === lanes) return a
    return this.#intern(`splat ${lanes} ${a.id}`, {
      kind: 'operation',
      operation: 'splat',
      type: a.type,
      args: [a],
      lanes,
    })
  }

  /** A number of all lanes of a vector. */
  fold(operation: Fold, a: Expression): Expression {
    return this.#intern(`${operation} ${a.id}`, {
      kind: 'operation',
      operation,
      type: a.type,
      args: [a],
      lanes: 1,
    })
  }

  operation(operation: Operation, type: Type, ...given: Expression[]): Expression {
    const args = this.#spread(given)
    return this.#intern(`${operation} ${type} ${args.map((a) => a.id).join()}`, {
      kind: 'operation',
      operation,
      type,
      args,
    })
  }

  call(callee: LibraryFunction | CodeFunction, type: Type, ...args: Expression[]): Expression {
    const name = typeof callee === 'string' ? callee : `f${numberOf(callee)}`
    return this.#intern(`${name} ${type} ${args.map((a) => a.id).join()}`, {
      kind: 'call',
      callee,
      type,
      args,
    })
  }

  compare(relation: Relation, a: Expression, b: Expression): Expression {
    const args = this.#spread(this.#alike(a, b))
    return this.#intern(`${relation} ${args.map((x) => x.id).join()}`, {
      kind: 'compare',
      relation,
      type: 'i32',
      args,
    })
  }

  and(a: Expression, b: Expression): Expression {
    return this.operation('and', 'i32', a, b)
  }

  or(a: Expression, b: Expression): Expression {
    return this.operation('or', 'i32', a, b)
  }

  select(test: Expression, then: Expression, otherwise: Expression): Expression {
    if (then === otherwise) return then
    const lanes = Math.max(test.lanes, then.lanes, otherwise.lanes)
    const [x, y] = this.#alike(then, otherwise).map((e) => this.splat(e, lanes)) as [Expression, Expression]
    return this.#intern(`? ${test.id},${x.id},${y.id}`, { kind: 'select', type: x.type, args: [test, x, y] })
  }

  convert(type: Type, a: Expression): Expression {
    if (a.type === type) return a
    if (a.kind === 'constant') return this.number(a.value, type)
    return this.operation('convert', type, a)
  }

  /** The two as numbers of one type: whole numbers become real beside real ones, singles doubles beside doubles. */
  #alike(a: Expression, b: Expression): [Expression, Expression] {
    const type = joined(a, b)
    return [this.convert(type, a), this.convert(type, b)]
  }

  add(a: Expression, b: Expression): Expression {
    if (isConstant(a) && isConstant(b)) return this.number(a.value + b.value, joined(a, b))
    if (isNegative(b)) return this.subtract(a, b.args[0]!)
    if (isNegative(a)) return this.subtract(b, a.args[0]!)
    if (isConstant(b) && b.value < 0) return this.subtract(a, this.number(-b.value, b.type))
    if (b.type === 'i32' && isNumber(b, 0)) return a
    if (a.type === 'i32' && isNumber(a, 0)) return b
    const [x, y] = this.#alike(a, b)
    return this.operation('add', x.type, x, y)
  }

  subtract(a: Expression, b: Expression): Expression {
    if (isConstant(a) && isConstant(b)) return this.number(a.value - b.value, joined(a, b))
    if (isNumber(b, 0)) return a
    if (isNegative(b)) return this.add(a, b.args[0]!)
    if (isConstant(b) && b.value < 0) return this.add(a, this.number(-b.value, b.type))
    const [x, y] = this.#alike(a, b)
    return this.operation('subtract', x.type, x, y)
  }

  multiply(a: Expression, b: Expression): Expression {
    if (isConstant(a) && isConstant(b)) return this.number(a.value * b.value, joined(a, b))
    if (isNumber(a, 1)) return b
    if (isNumber(b, 1)) return a
    if (isNumber(a, -1)) return this.negate(b)
    if (isNumber(b, -1)) return this.negate(a)
    if (isNegative(a)) return this.negate(this.multiply(a.args[0]!, b))
    if (isNegative(b)) return this.negate(this.multiply(a, b.args[0]!))
    const [x, y] = this.#alike(a, b)
    return this.operation('multiply', x.type, x, y)
  }

  /** Of whole numbers: one that comes out whole. */
  divide(a: Expression, b: Expression): Expression {
    if (isConstant(a) && isConstant(b) && b.value !== 0 && a.type !== 'i32')
      return this.number(a.value / b.value, joined(a, b))
    if (isNumber(b, 1)) return a
    if (isNegative(a)) return this.negate(this.divide(a.args[0]!, b))
    const [x, y] = this.#alike(a, b)
    return this.operation('divide', x.type, x, y)
  }

  negate(a: Expression): Expression {
    if (isConstant(a)) return this.number(-a.value, a.type)
    if (isNegative(a)) return a.args[0]!
    return this.operation('negate', a.type, a)
  }

  extremum(which: 'minimum' | 'maximum', a: Expression, b: Expression): Expression {
    const [x, y] = this.#alike(a, b)
    return this.operation(which, x.type, x, y)
  }

  /** Σ of many, in their order. */
  sum(terms: readonly Expression[]): Expression {
    return terms.length === 0 ? this.int(0) : terms.reduce((a, b) => this.add(a, b))
  }
}

const isNegative = (e: Expression): e is Arithmetic => e.kind === 'operation' && e.operation === 'negate'
export const isConstant = (e: Expression): e is Constant => e.kind === 'constant'
export const isNumber = (e: Expression, value: number): boolean => e.kind === 'constant' && e.value === value

const WIDTH = { i32: 0, f32: 1, f64: 2 } as const

/** The type in which two meet. A constant takes that of the other, if it is real. */
function joined(a: Expression, b: Expression): Type {
  if (a.type === b.type) return a.type
  if (isConstant(a) && b.type !== 'i32' && a.type !== 'i32') return b.type
  if (isConstant(b) && a.type !== 'i32' && b.type !== 'i32') return a.type
  return WIDTH[a.type] > WIDTH[b.type] ? a.type : b.type
}

const LARGEST_SINGLE = 3.4028234663852886e38
const LEAST_SINGLE = 2 ** -126

/** As a single. The largest double, which stands for the largest number there is, becomes the largest single. */
const single = (value: number): number =>
  Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * LARGEST_SINGLE : Math.fround(value)

/** Whether a constant of an operator's code keeps its digits as a single. */
export function fitsSingle(value: number): boolean {
  const size = Math.abs(value)
  return (
    size === 0 ||
    !(size < Infinity) ||
    size === Number.MAX_VALUE ||
    (size >= LEAST_SINGLE && size <= LARGEST_SINGLE)
  )
}
