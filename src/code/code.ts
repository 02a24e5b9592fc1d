/**
 * The instruction language below the loops: typed expressions without effects, and statements that put them somewhere. Lengths
 * and addresses are computed here, so that a target only has to write down what it reads. Expressions are interned by
 * their builder (builder.ts): equal ones are one object, which is all there is to value numbering.
 */
import type { Numbers } from '../schedule/workspace.ts'

/** `i32`: positions, lengths, and truth (1 or 0). */
export type Type = 'f64' | 'f32' | 'i32'
export type Real = 'f64' | 'f32'

/** The type of an array of the workspace. */
export const slotType = (kind: Numbers, precision: Real): Type =>
  kind === 'whole' ? 'i32' : kind === 'double' ? 'f64' : precision

/** A variable of one function. Identity is the object's; the name is a wish. */
export interface Register {
  readonly name: string
  readonly type: Type
  /** Where it is set more than once. */
  readonly mutable: boolean
  /** Of a vector: how many numbers. */
  readonly lanes?: number
}

/** An array, or a number, that a function is handed; a family is one array. What it is, the target knows by `storage` and `name`. */
export interface Memory {
  readonly storage: MemoryStorage
  readonly name: string
  readonly type: Type
  /** A number that stands by itself. */
  readonly single: boolean
}
export type MemoryStorage =
  'param' | 'gradient' | 'state' | 'input' | 'target' | 'output' | 'hyper' | 'table' | 'scratch'

/** On numbers of one type. `minimum` and `maximum` let NaN through. */
export type Operation =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'remainder'
  | 'negate'
  | 'abs'
  | 'sqrt'
  | 'minimum'
  | 'maximum'
  /** Of truths. */
  | 'and'
  | 'or'
  /** To the expression's type; of a real to a whole number towards 0. */
  | 'convert'
  /** The whole number next to a real one, as one; and a real number times 2 to such a number, as far as the exponents of least and largest normal numbers go. */
  | 'nearest'
  | 'scale'
  /** A number in all lanes of a vector. */
  | 'splat'
  | Fold

/** The sum of a vector's lanes, the greatest of them, the least. */
export type Fold = 'total' | 'greatest' | 'least'

export type Relation = '<' | '<=' | '>' | '>=' | '=' | '!='

interface Common {
  /** In the order of creation: parts come before what is made of them. */
  readonly id: number
  readonly type: Type
  /** How many numbers it is: 1, or those of a vector. */
  readonly lanes: number
  readonly args: readonly Expression[]
  /** The innermost block that something in it belongs to: it has this value nowhere outside of it. */
  readonly block: Block
}
export interface Constant extends Common {
  readonly kind: 'constant'
  readonly value: number
}
export interface Read extends Common {
  readonly kind: 'register'
  readonly register: Register
}
export interface Arithmetic extends Common {
  readonly kind: 'operation'
  readonly operation: Operation
}
export interface Comparison extends Common {
  readonly kind: 'compare'
  readonly relation: Relation
}
/** args: a truth, and the values where it holds and where it does not, of which one is computed. */
export interface Select extends Common {
  readonly kind: 'select'
}
export interface Call extends Common {
  readonly kind: 'call'
  readonly callee: LibraryFunction | CodeFunction
}
/** args: the position, in entries; of a vector that of the first, the others follow. */
export interface Load extends Common {
  readonly kind: 'load'
  readonly memory: Memory
}
export type Expression = Constant | Read | Arithmetic | Comparison | Select | Call | Load

/** Functions of C's library, of one argument but for the last two; targets without it have their own. */
export type LibraryFunction =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'log2'
  | 'log10'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'pow'
  | 'atan2'

export type Statement =
  /** The first value of a register. */
  | { readonly kind: 'define'; readonly register: Register; readonly value: Expression }
  /** Another value. */
  | { readonly kind: 'set'; readonly register: Register; readonly value: Expression }
  | {
      readonly kind: 'store'
      readonly memory: Memory
      readonly index: Expression
      readonly value: Expression
    }
  /** From `from` up to `to`, that excluded; with a negative step down to `to`, that included. */
  | {
      readonly kind: 'loop'
      readonly register: Register
      readonly from: Expression
      readonly to: Expression
      readonly step: number
      /** Whose turns are lanes of vectors: as many as a step. */
      readonly lanes?: number
      readonly body: Block
    }
  | { readonly kind: 'if'; readonly test: Expression; readonly then: Block; readonly otherwise?: Block }
  /** A function that works on arrays; its value, if it has one, goes to the register. */
  | {
      readonly kind: 'call'
      readonly callee: CodeFunction
      readonly args: readonly Argument[]
      readonly register?: Register
    }
  /** The routine of that name, of one of several losses, with gradients of the workspace's own, and its loss. */
  | { readonly kind: 'backward'; readonly register: Register; readonly suffix?: string | undefined }
  | { readonly kind: 'return'; readonly value: Expression | undefined }
  | { readonly kind: 'comment'; readonly lines: readonly string[] }

/** What a function is handed: a number, or an array from a position on. */
export type Argument =
  Expression | { readonly kind: 'array'; readonly memory: Memory; readonly from: Expression }

/** Statements that are run together. */
export interface Block {
  readonly kind: 'function' | 'loop' | 'branch'
  readonly parent: Block | undefined
  readonly depth: number
  statements: Statement[]
}

export interface CodeFunction {
  /** A wish. */
  readonly name: string
  readonly doc: readonly string[]
  readonly parameters: readonly (Register | Memory)[]
  readonly returns: Type | undefined
  readonly body: Block
  /** It is handed the arguments of the routine that it is a part of, before its own parameters. */
  readonly partOf?: string
  /** Of a part whose turns threads divide among them: its first two parameters are which share this call runs, from 0, and of how many. */
  readonly shared?: boolean
}

export const isMemory = (p: Register | Memory): p is Memory => 'storage' in p
