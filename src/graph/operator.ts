import type { Words } from '../base/language.ts'
import type { Field, Numbers, Relation } from './field.ts'
import type { Shape } from './extent.ts'
import type { Graph } from './graph.ts'
import type { Node } from './node.ts'
import type { Range } from './range.ts'

export interface Notation {
  readonly latex: string
  readonly text: string
  /** How it is laid out; `call` is name(arguments). */
  readonly form:
    'call' | 'exponential' | 'root' | 'absolute' | 'cases' | 'relation' | 'inverse' | 'determinant'
}

/** A function by simpler ones: as it is said, and as it is made. */
export interface Definition {
  readonly law: string
  readonly of: (g: Graph, args: readonly Node[], axes: readonly number[]) => Node
  /** A program in which it is used; by default of parameters. */
  readonly example?: string
}

interface Record {
  readonly name: string
  /** What people call it, in a sentence such as: derivative of the sigmoid. */
  readonly called: Words
  readonly notation: Notation
  /** What it costs to evaluate once, in multiplications: for fusing and recomputing. */
  readonly cost: number
  /** Bounds of the value from bounds of the arguments. */
  readonly range: (...args: Range[]) => Range
  /** Where it has a value, unless everywhere but for single points: where this is positive. */
  readonly domain?: (g: Graph, args: readonly Node[]) => Node
  /** It grows with its argument wherever it is defined. */
  readonly increasing?: true
  /** Its values are logarithms: infinite where what they are of is 0, as data can make it (a masked logit, a zero). */
  readonly logarithm?: true
}

/**
 * An elementwise function. Arguments have one shape, or are scalars.
 *
 * `slope` is the derivative by one argument in terms of the arguments and of the value itself; `pull` replaces it
 * where the adjoint is no plain product with a slope (piecewise functions: a branch not taken must not multiply).
 */
export interface Pointwise extends Record {
  readonly kind: 'pointwise'
  readonly arity: number
  /** The definition, right at any precision. */
  readonly meaning: <T>(field: Field<T>, ...args: T[]) => T
  /** What doubles compute, where the definition would lose digits or overflow. */
  readonly kernel?: <T>(field: Field<T>, ...args: T[]) => T
  readonly slope?: (g: Graph, args: readonly Node[], value: Node, by: number) => Node
  readonly pull?: (g: Graph, args: readonly Node[], value: Node, adjoint: Node, by: number) => Node
  /** Of a comparison (its value is 1 where it holds, else 0): which. */
  readonly relation?: Relation
  /** Points at which tests look closely. */
  readonly delicate: readonly (readonly number[])[]
  /** Reference values, of another source than the meaning: the arguments, and then the value. */
  readonly values: readonly (readonly number[])[]
  /** What proofs put in its place. */
  readonly definition?: Definition
  /** An abstract function of the program: it has formulas and no value. */
  readonly abstract?: { readonly name: string; readonly order: number }
}

export type Pick = 'greatest' | 'least'

/** A map from the entries along `axes` to one entry: removes these axes. */
export interface Reduction extends Record {
  readonly kind: 'reduction'
  readonly arity: 1
  readonly meaning: <T>(field: Numbers<T>, values: readonly T[]) => T
  readonly kernel?: <T>(field: Numbers<T>, values: readonly T[]) => T
  /** The adjoint of the argument, given the adjoint of the value broadcast to the argument's shape. */
  readonly pull: (g: Graph, arg: Node, value: Node, adjoint: Node, axes: readonly number[]) => Node
  /** It adds up: what all samples of a batch share stands outside of it. */
  readonly adds?: true
  /** Which entry it is, of a reduction that is one of the entries. */
  readonly picks?: Pick
  readonly delicate: readonly (readonly number[])[]
  /** Reference values: the entries, and then the value. */
  readonly values: readonly (readonly number[])[]
  readonly definition?: Definition
}

/** A map along `axes` that keeps the shape: 1 at the first greatest entry, 0 elsewhere. Its derivative is 0. */
export interface Mask extends Record {
  readonly kind: 'mask'
  readonly arity: 1
  readonly meaning: <T>(field: Numbers<T>, values: readonly T[]) => T[]
  readonly picks: Pick
  readonly delicate: readonly (readonly number[])[]
}

/**
 * A function of a square matrix, the last two axes of the first argument; its leading axes are independent matrices, and
 * a further argument has them too. What is made for running only (a factorisation, and what goes on from it) has no `pull`.
 */
export interface MatrixOperator extends Record {
  readonly kind: 'matrix'
  readonly arity: number
  /** A function of the program without a body, of several tensors; `by`: differentiated by which of them. */
  readonly abstract?: { readonly name: string; readonly by: readonly number[] }
  /** The shape of the value. */
  readonly shape: (...args: Shape[]) => Shape
  /** The entries of the value in row-major order, from the rows of the arguments: all that belongs to one matrix. */
  readonly meaning: <T>(field: Numbers<T>, ...args: (readonly (readonly T[])[])[]) => T[]
  /** The adjoint of the argument; an adjoint may have further axes, which come first. */
  readonly pull?: (g: Graph, arg: Node, value: Node, adjoint: Node, position: number) => Node
  /** How the value changes with that argument, whose change may have further axes, which come first. */
  readonly push?: (g: Graph, arg: Node, value: Node, tangent: Node, position: number) => Node
  /** Of a value that others go on from: it keeps doubles whatever the precision. */
  readonly double?: true
  /** Its first argument is a factorisation, which was most of the work. */
  readonly factored?: true
}

/** One operator, one record: everything that any phase knows of it. */
export type Operator = Pointwise | Reduction | Mask | MatrixOperator
