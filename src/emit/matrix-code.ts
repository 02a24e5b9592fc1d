/**
 * The helpers for matrix operators as code: read off their program trees (matrices.ts), in which they stand once for all
 * targets. Whether a variable is a position or a number follows from what it starts with.
 */
import { bug, unreachable } from '../base/bug.ts'
import { Builder, blockWithin } from '../code/builder.ts'
import type {
  Argument,
  Block,
  CodeFunction,
  Expression as Code,
  Memory,
  Register,
  Relation,
  Type,
} from '../code/code.ts'
import { type Extent, addExtents, multiplyExtents } from '../graph/extent.ts'
import { matrixHelpers } from './matrices.ts'
import type { Expression, FunctionDeclaration, Statement } from './tree.ts'

/** How many doubles a helper works in, for n × n matrices. */
const ROOMS: Readonly<Record<string, (n: Extent) => Extent>> = {
  $columns: (n) => multiplyExtents(4, n),
  $cofactors: (n) => multiplyExtents(n, addExtents(n, 3)),
}

export interface MatrixCode {
  readonly callee: CodeFunction
  /** The array of doubles that it is handed last, where it needs one. */
  readonly room: ((n: Extent) => Extent) | undefined
}

const RELATIONS: Readonly<Record<string, Relation>> = {
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '===': '=',
  '!==': '!=',
}

/** The functions of matrix operators, each made once for the types of the arrays that it works on. */
export class MatrixFunctions {
  readonly #made = new Map<string, MatrixCode>()
  /** In an order in which each comes after those that it calls. */
  readonly functions: CodeFunction[] = []

  of(op: string, types: readonly Type[]): MatrixCode {
    return this.#function(`$${op}`, matrixHelpers(new Set([op])), types)
  }

  #function(name: string, statements: readonly Statement[], types: readonly Type[]): MatrixCode {
    const key = `${name} ${types.join()}`
    const known = this.#made.get(key)
    if (known) return known
    const tree = statements.find((s): s is FunctionDeclaration => s.kind === 'function' && s.name === name)
    if (!tree) return bug(`no helper is called ${name}`)
    const made = new Reader(tree, types, (id, inner) => this.#function(id, statements, inner).callee).read()
    this.#made.set(key, made)
    this.functions.push(made.callee)
    return made
  }
}

type Named = Memory | Register | Code

class Reader {
  readonly #tree: FunctionDeclaration
  readonly #types: readonly Type[]
  readonly #callee: (name: string, types: readonly Type[]) => CodeFunction
  readonly #b = new Builder()
  readonly #names = new Map<string, Named>()
  #block: Block = this.#b.root
  #returns: Type | undefined
  #room: Memory | undefined
  #roomOf: ((n: Extent) => Extent) | undefined

  constructor(
    tree: FunctionDeclaration,
    types: readonly Type[],
    callee: (name: string, types: readonly Type[]) => CodeFunction,
  ) {
    this.#tree = tree
    this.#types = types
    this.#callee = callee
  }

  read(): MatrixCode {
    const parameters: (Register | Memory)[] = []
    let arrays = 0
    for (const { name, type } of this.#tree.parameters) {
      if (type !== undefined && type !== 'number') {
        const memory: Memory = { storage: 'scratch', name, type: this.#types[arrays++]!, single: false }
        this.#names.set(name, memory)
        parameters.push(memory)
      } else if (name === 'n' || name === 'count') {
        const register: Register = { name, type: 'i32', mutable: false }
        this.#names.set(name, register)
        parameters.push(register)
      }
      // Where an array begins is where it is handed over.
      else this.#names.set(name, this.#b.int(0))
    }
    this.#statements(this.#tree.body)
    return {
      callee: {
        name: this.#tree.name.slice(1),
        doc: this.#tree.doc ?? [],
        parameters: [...parameters, ...(this.#room ? [this.#room] : [])],
        returns: this.#returns,
        body: this.#b.root,
      },
      room: this.#roomOf,
    }
  }

  #statements(list: readonly Statement[]): void {
    for (const s of list) this.#statement(s)
  }

  #within(kind: 'loop' | 'branch', list: readonly Statement[]): Block {
    const outside = this.#block
    const block = (this.#block = blockWithin(outside, kind))
    this.#statements(list)
    this.#block = outside
    return block
  }

  #statement(s: Statement): void {
    const b = this.#b
    switch (s.kind) {
      case 'declare':
        return this.#declare(s.name, s.value!, s.keyword === 'let')
      case 'assign': {
        const value = s.operator === '=' ? s.value : operated(s.operator[0] as '+', s.target, s.value)
        if (s.target.kind === 'name') {
          const register = this.#names.get(s.target.name) as Register
          return this.#put({ kind: 'set', register, value: b.convert(register.type, this.#value(value)) })
        }
        const { memory, index } = this.#entry(s.target)
        return this.#put({ kind: 'store', memory, index, value: b.convert(memory.type, this.#value(value)) })
      }
      case 'for': {
        const [from, to] = [this.#index(s.from), this.#index(s.to)]
        const register: Register = { name: s.variable, type: 'i32', mutable: false }
        this.#names.set(s.variable, register)
        return this.#put({
          kind: 'loop',
          register,
          from,
          to,
          step: s.step,
          body: this.#within('loop', s.body),
        })
      }
      case 'if': {
        // Arrays to work in are as long as they must be.
        if (s.test.kind === 'binary' && s.test.left.kind === 'member') return
        const test = this.#value(s.test)
        const then = this.#within('branch', s.then)
        const otherwise = s.otherwise ? { otherwise: this.#within('branch', s.otherwise) } : {}
        return this.#put({ kind: 'if', test, then, ...otherwise })
      }
      case 'return': {
        const value = s.value && this.#value(s.value)
        if (value) this.#returns ??= value.type
        return this.#put({ kind: 'return', value: value && b.convert(this.#returns!, value) })
      }
      default:
        return bug(`no code for the statement ${s.kind} of a helper`)
    }
  }

  #put(s: Block['statements'][number]): void {
    this.#block.statements.push(s)
  }

  #declare(name: string, value: Expression, mutable: boolean): void {
    if (value.kind === 'name' && value.name in ROOMS) {
      this.#room = { storage: 'scratch', name, type: 'f64', single: false }
      this.#roomOf = ROOMS[value.name]
      return void this.#names.set(name, this.#room)
    }
    const e = this.#value(value)
    if (!mutable && e.kind === 'constant') return void this.#names.set(name, e)
    const start = mutable && e.kind === 'constant' ? this.#b.convert('f64', e) : e
    const register: Register = { name, type: start.type, mutable }
    this.#names.set(name, register)
    this.#put({ kind: 'define', register, value: start })
  }

  #index(e: Expression): Code {
    return this.#b.convert('i32', this.#value(e))
  }

  #entry(e: Expression): { memory: Memory; index: Code } {
    if (e.kind !== 'index' || e.array.kind !== 'name') return bug('an entry is of an array with a name')
    return { memory: this.#names.get(e.array.name) as Memory, index: this.#index(e.index) }
  }

  #value(e: Expression): Code {
    const b = this.#b
    switch (e.kind) {
      case 'number':
        return Number.isInteger(e.value) ? b.int(e.value) : b.number(e.value, 'f64')
      case 'name': {
        if (e.name === 'NaN') return b.number(NaN, 'f64')
        if (e.name === 'true' || e.name === 'false') return b.int(e.name === 'true' ? 1 : 0)
        const named = this.#names.get(e.name) ?? bug(`${e.name} is no variable of ${this.#tree.name}`)
        return 'mutable' in named ? b.read(named) : (named as Code)
      }
      case 'index': {
        const { memory, index } = this.#entry(e)
        return b.convert('f64', b.load(memory, index))
      }
      case 'unary':
        return b.negate(this.#value(e.argument))
      case 'binary':
        return this.#binary(e.operator, this.#value(e.left), this.#value(e.right))
      case 'conditional': {
        const [then, otherwise] = [this.#value(e.then), this.#value(e.otherwise)]
        return b.select(this.#value(e.test), b.convert('f64', then), b.convert('f64', otherwise))
      }
      case 'call': {
        if (e.callee.kind === 'member') {
          const args = e.args.map((a) => this.#value(a))
          const fn = e.callee.property
          return fn === 'abs' || fn === 'sqrt'
            ? b.operation(fn, 'f64', ...args)
            : fn === 'log'
              ? b.call(fn, 'f64', ...args)
              : bug(`no code for Math.${fn}`)
        }
        return this.#call(e.callee.kind === 'name' ? e.callee.name : bug('a helper has a name'), e.args)
      }
      default:
        return bug(`no code for the expression ${e.kind} of a helper`)
    }
  }

  /** The value of another helper, which works on an array from its beginning. */
  #call(name: string, args: readonly Expression[]): Code {
    const [array, , ...rest] = args
    const memory = this.#names.get((array as Expression & { kind: 'name' }).name) as Memory
    const callee = this.#callee(name, [memory.type])
    const register: Register = { name: name.slice(1), type: callee.returns!, mutable: false }
    const handed: Argument[] = [
      { kind: 'array', memory, from: this.#b.int(0) },
      ...rest.map((a) => this.#value(a)),
    ]
    this.#put({ kind: 'call', callee, args: handed, register })
    return this.#b.read(register)
  }

  #binary(operator: string, x: Code, y: Code): Code {
    const b = this.#b
    switch (operator) {
      case '+':
        return b.add(x, y)
      case '-':
        return b.subtract(x, y)
      case '*':
        return b.multiply(x, y)
      case '/':
        return b.divide(b.convert('f64', x), b.convert('f64', y))
      case '%':
        return b.operation('remainder', 'i32', x, y)
      default: {
        const relation = RELATIONS[operator]
        return relation ? b.compare(relation, x, y) : unreachable(operator as never)
      }
    }
  }
}

const operated = (operator: '+' | '-' | '*' | '/', left: Expression, right: Expression): Expression => ({
  kind: 'binary',
  operator,
  left,
  right,
})
