/** Code → C99: expressions and statements of one function. */
import { bug } from '../../base/bug.ts'
import type {
  Argument,
  Block,
  CodeFunction,
  Expression,
  LibraryFunction,
  Memory,
  Operation,
  Register,
  Type,
} from '../../code/code.ts'
import { elementary } from '../../code/elementary.ts'
import { type CNames, inComment } from './names.ts'

export const TYPE: Readonly<Record<Type, string>> = { f64: 'double', f32: 'float', i32: 'ptrdiff_t' }

/** Binding strength, from loose to tight. */
const P = {
  select: 1,
  or: 2,
  and: 3,
  bits: 4,
  equal: 5,
  relation: 6,
  sum: 7,
  product: 8,
  unary: 9,
  atom: 10,
} as const

const BINARY: Readonly<Partial<Record<Operation, readonly [sign: string, level: number]>>> = {
  add: ['+', P.sum],
  subtract: ['-', P.sum],
  multiply: ['*', P.product],
  divide: ['/', P.product],
  remainder: ['%', P.product],
  and: ['&&', P.and],
  or: ['||', P.or],
}

/** How the functions that a program needs are called, and where its arrays are found. */
export interface Scope {
  readonly names: CNames
  functionName(f: CodeFunction): string
  /** minimum or maximum of a type: a function that lets NaN through. */
  extremum(which: 'minimum' | 'maximum', type: Type): string
  /** The type of vectors, or of truths about them; the name of a function of theirs. */
  vectorType(isTruth: boolean): string
  vectorFunction(name: string): string
  /** The name of an array within the function, or how a number by itself is written. */
  memory(memory: Memory): string
  /** What a part is handed before its own arguments, and the call of `backward`, of one of several losses. */
  outer(part: string): readonly string[]
  backward(suffix: string | undefined): string
}

interface Text {
  readonly text: string
  readonly level: number
}
const atom = (text: string): Text => ({ text, level: P.atom })

export class FunctionPrinter {
  readonly lines: string[] = []
  readonly #scope: Scope
  readonly #registers = new Map<Register, string>()

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** A register that is there from the start. */
  bind(register: Register, wish: string = register.name): string {
    const name = this.#scope.names.fresh(wish)
    this.#registers.set(register, name)
    return name
  }

  /** A register that is called so already. */
  use(register: Register, name: string): void {
    this.#registers.set(register, name)
  }

  name(register: Register): string {
    return this.#registers.get(register) ?? bug(`the register ${register.name} has no value`)
  }

  text(e: Expression): string {
    return this.#expression(e).text
  }

  #in(e: Expression, level: number): string {
    const t = this.#expression(e)
    return t.level < level ? `(${t.text})` : t.text
  }

  #expression(e: Expression): Text {
    switch (e.kind) {
      case 'constant':
        return numberText(e.value, e.type)
      case 'register':
        return atom(this.name(e.register))
      case 'load':
        return atom(
          e.lanes > 1
            ? this.#vector('at', this.#address(e.memory, e.args[0]!))
            : this.#entry(e.memory, e.args[0]!),
        )
      case 'call':
        return atom(`${this.#callee(e)}(${e.args.map((a) => this.text(a)).join(', ')})`)
      case 'compare': {
        const [sign, level] =
          e.relation === '='
            ? ['==', P.equal]
            : e.relation === '!='
              ? ['!=', P.equal]
              : [e.relation, P.relation]
        return {
          text: this.#spread(e.args)
            .map((a) => this.#in(a, level + 1))
            .join(` ${sign} `),
          level,
        }
      }
      case 'select':
        if (e.args[0]!.lanes > 1) return atom(this.#vector('select', ...e.args.map((a) => this.text(a))))
        return {
          text: `${this.#in(e.args[0]!, P.or)} ? ${this.#in(e.args[1]!, P.select + 1)} : ${this.#in(e.args[2]!, P.select)}`,
          level: P.select,
        }
      case 'operation':
        return e.lanes > 1 || e.args.some((a) => a.lanes > 1)
          ? this.#vectorOperation(e.operation, e.args)
          : this.#operation(e.operation, e.type, e.args)
    }
  }

  #operation(operation: Operation, type: Type, args: readonly Expression[]): Text {
    const [x, y] = args as [Expression, Expression]
    const binary = BINARY[operation]
    if (binary) {
      const [sign, level] = binary
      // Compilers ask for brackets around "and" within "or".
      const inner = operation === 'or' || operation === 'and' ? P.equal : level
      const left = this.#in(x, inner)
      return { text: `${left} ${sign} ${this.#in(y, inner + 1)}`, level }
    }
    const single = type === 'f32' ? 'f' : ''
    switch (operation) {
      case 'negate':
        return { text: `-${this.#in(x, P.unary + 1)}`, level: P.unary }
      case 'convert':
        return { text: `(${TYPE[type]})${this.#in(x, P.unary)}`, level: P.unary }
      case 'abs':
        return atom(`fabs${single}(${this.text(x)})`)
      case 'sqrt':
        return atom(`sqrt${single}(${this.text(x)})`)
      case 'minimum':
      case 'maximum':
        return atom(`${this.#scope.extremum(operation, type)}(${this.text(x)}, ${this.text(y)})`)
      default:
        return bug(`no C for ${operation}`)
    }
  }

  #callee({ callee, type, lanes }: Expression & { kind: 'call' }): string {
    if (typeof callee !== 'string') return this.#scope.functionName(callee)
    if (lanes === 1) return libraryName(callee, type)
    const own = type === 'i32' ? undefined : elementary(callee, type, lanes)
    return this.#scope.functionName(own ?? bug(`no code for vectors of ${callee}`))
  }

  // ——— vectors

  #vector(name: string, ...args: readonly string[]): string {
    return `${this.#scope.vectorFunction(`vector_${name}`)}(${args.join(', ')})`
  }

  /** Of two, a number beside a vector is in all of its lanes without being told. */
  #spread(args: readonly Expression[]): readonly Expression[] {
    const isSpread = (e: Expression): boolean => e.kind === 'operation' && e.operation === 'splat'
    return args.length === 2 && args.some((a) => a.lanes > 1 && !isSpread(a))
      ? args.map((a) => (isSpread(a) ? a.args[0]! : a))
      : args
  }

  #vectorOperation(operation: Operation, args: readonly Expression[]): Text {
    const [x] = args as [Expression]
    switch (operation) {
      case 'add':
      case 'subtract':
      case 'multiply':
      case 'divide': {
        const [sign, level] = BINARY[operation]!
        const [left, right] = this.#spread(args) as [Expression, Expression]
        return { text: `${this.#in(left, level)} ${sign} ${this.#in(right, level + 1)}`, level }
      }
      case 'and':
      case 'or':
        return {
          text: args.map((a) => this.#in(a, P.relation + 1)).join(operation === 'or' ? ' | ' : ' & '),
          level: P.bits,
        }
      case 'negate':
        return { text: `-${this.#in(x, P.unary + 1)}`, level: P.unary }
      case 'splat':
        return atom(this.#vector('of', this.text(x)))
      default:
        return atom(this.#vector(operation, ...args.map((a) => this.text(a))))
    }
  }

  /** The type of a register. */
  type({ type, lanes = 1 }: Pick<Register, 'type' | 'lanes'>): string {
    return lanes > 1 ? this.#scope.vectorType(type === 'i32') : TYPE[type]
  }

  #address(memory: Memory, from: Expression): string {
    const name = this.#scope.memory(memory)
    if (memory.single) return `&${name}`
    return from.kind === 'constant' && from.value === 0 ? name : `${name} + ${this.#in(from, P.sum)}`
  }

  #entry(memory: Memory, index: Expression): string {
    const name = this.#scope.memory(memory)
    return memory.single ? name : `${name}[${this.text(index)}]`
  }

  #argument(a: Argument): string {
    return a.kind === 'array' ? this.#address(a.memory, a.from) : this.text(a)
  }

  block(block: Block, indent: string): void {
    const own: string[] = []
    const put = (line: string): void => void this.lines.push(indent + line)
    for (const s of block.statements) {
      switch (s.kind) {
        case 'define': {
          const value = this.text(s.value)
          const name = this.#own(s.register, own)
          put(`${s.register.mutable ? '' : 'const '}${this.type(s.register)} ${name} = ${value};`)
          break
        }
        case 'set':
          put(
            assignment(
              this.name(s.register),
              s.value,
              (e) => this.text(e),
              (e) => e.kind === 'register' && e.register === s.register,
            ),
          )
          break
        case 'store': {
          if (s.value.lanes > 1) {
            put(`${this.#vector('to', this.#address(s.memory, s.index), this.text(s.value))};`)
            break
          }
          const isTarget = (e: Expression): boolean =>
            e.kind === 'load' && e.memory === s.memory && this.text(e.args[0]!) === this.text(s.index)
          put(assignment(this.#entry(s.memory, s.index), s.value, (e) => this.text(e), isTarget))
          break
        }
        case 'loop': {
          const [from, to] = [this.text(s.from), this.#in(s.to, P.relation + 1)]
          const name = this.#own(s.register, own)
          const step =
            s.lanes !== undefined
              ? `${name} += LANES`
              : s.step === 1
                ? `${name}++`
                : s.step === -1
                  ? `${name}--`
                  : `${name} ${s.step < 0 ? '-' : '+'}= ${Math.abs(s.step)}`
          put(`for (ptrdiff_t ${name} = ${from}; ${name} ${s.step < 0 ? '>=' : '<'} ${to}; ${step}) {`)
          this.block(s.body, `${indent}  `)
          put('}')
          break
        }
        case 'if':
          put(`if (${this.text(s.test)}) {`)
          this.block(s.then, `${indent}  `)
          if (s.otherwise) {
            put('} else {')
            this.block(s.otherwise, `${indent}  `)
          }
          put('}')
          break
        case 'call': {
          const outer = s.callee.partOf === undefined ? [] : this.#scope.outer(s.callee.partOf)
          const call = `${this.#scope.functionName(s.callee)}(${[...outer, ...s.args.map((a) => this.#argument(a))].join(', ')})`
          if (!s.register) put(`${call};`)
          else put(`const ${TYPE[s.register.type]} ${this.#own(s.register, own)} = ${call};`)
          break
        }
        case 'backward':
          put(
            `const ${TYPE[s.register.type]} ${this.#own(s.register, own)} = ${this.#scope.backward(s.suffix)};`,
          )
          break
        case 'return':
          put(s.value ? `return ${this.text(s.value)};` : 'return;')
          break
        case 'comment':
          for (const line of s.lines) put(`/* ${inComment(line)} */`)
      }
    }
    this.#scope.names.release(own)
  }

  #own(register: Register, list: string[]): string {
    const name = this.bind(register)
    list.push(name)
    return name
  }
}

/** `target = value;`, with what is put to the target as `+=`. */
function assignment(
  target: string,
  value: Expression,
  text: (e: Expression) => string,
  isTarget: (e: Expression) => boolean,
): string {
  if (value.kind === 'operation') {
    const sign = BINARY[value.operation]?.[0]
    const [x, y] = value.args as [Expression, Expression]
    if ((sign === '+' || sign === '-' || sign === '*' || sign === '/') && isTarget(x))
      return `${target} ${sign}= ${text(y)};`
    if (sign === '+' && isTarget(y)) return `${target} += ${text(x)};`
  }
  return `${target} = ${text(value)};`
}

const libraryName = (name: LibraryFunction, type: Type): string => (type === 'f32' ? `${name}f` : name)

/** A number as C reads it, in the fewest digits that give it back. */
export function numberText(value: number, type: Type): Text {
  if (Number.isNaN(value)) return atom('NAN')
  const size = Math.abs(value)
  const text =
    size === Infinity
      ? 'INFINITY'
      : type === 'i32'
        ? String(size)
        : type === 'f32'
          ? single(size)
          : double(size)
  return value < 0 || Object.is(value, -0) ? { text: `-${text}`, level: P.unary } : atom(text)
}

const withPoint = (text: string): string => (/[.e]/.test(text) ? text : `${text}.0`)
const double = (size: number): string => withPoint(String(size))

function single(size: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(size.toPrecision(digits)))
    if (Math.fround(Number(text)) === Math.fround(size)) return `${withPoint(text)}f`
  }
  return bug(`${size} is no single`)
}
