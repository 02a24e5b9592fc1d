import type { Rational } from '../base/rational.ts'
import type { BracketRelation } from './bracket.ts'
import type { Extent, Shape } from './extent.ts'
import type { Member } from './member.ts'
import type { Operator } from './operator.ts'
import type { Range } from './range.ts'

/** `index`: the whole number that an equation's index is. `member` and `adjoint`: a value of a recurrence at another index than the one at hand, and ∂loss/∂(one). */
export type Role =
  'input' | 'target' | 'param' | 'hyper' | 'dim' | 'index' | 'constant' | 'member' | 'adjoint'
export type Assumption = 'onehot' | 'simplex' | 'binary' | 'positive' | 'nonnegative' | 'symmetric'

/** A name with a value given from outside: data, parameters, hyperparameters, open dims, pi and e; or a tensor of numbers. */
export interface Symbol {
  readonly name: string
  readonly role: Role
  readonly shape: Shape
  readonly assumptions: ReadonlySet<Assumption>
  /** Of index data: the length of the axis of which its values are positions, from 0. */
  readonly indexes?: Extent | undefined
  /** Of the index of a recurrence: its values. */
  readonly runs?: { readonly from: Extent; readonly length: Extent } | undefined
  /** Of data that are whole numbers from 0 to a length, that included. */
  readonly counts?: Extent | undefined
  /** How many samples a batch has, of data that are others for each; no shape has this axis. */
  readonly samples?: Extent | undefined
  /** Of a tensor of known numbers, whose role is `constant`: its entries, row-major. */
  readonly entries?: readonly Rational[]
  /** Of a family as one tensor, which is given as a list of its members. */
  readonly list?: List | undefined
  /** Of a member of a family whose range is open. */
  readonly member?: Member | undefined
}

/** The axis along which the members of a family lie, what the program calls their index, and that of the first one. */
export interface List {
  readonly axis: number
  readonly index: string
  readonly from: Extent
}

/** Whether a symbol's values are whole numbers that say which, or how many, and do not change little by little. */
export const isWholeNumbers = ({ indexes, counts }: Symbol): boolean =>
  indexes !== undefined || counts !== undefined

interface Common {
  /** Order of creation within the graph; a tie-break and a fast map key, never visible in any output. */
  readonly id: number
  /** A hash of the structure, independent of the order of creation: the canonical order of operands. */
  readonly hash: number
  readonly shape: Shape
  readonly args: readonly Node[]
  /** Bounds of every entry, where it is defined. */
  readonly range: Range
  /** How many samples a batch has, of a value that is another one for each; undefined of what they share. */
  readonly samples: Extent | undefined
  /** Of whole numbers that say which: the index or the index data that they are, or are entries of. */
  readonly whole?: Symbol | undefined
}

/** A scalar rational. */
export interface ConstantNode extends Common {
  readonly kind: 'constant'
  readonly value: Rational
}
export interface SymbolNode extends Common {
  readonly kind: 'symbol'
  readonly symbol: Symbol
}
/** The identity matrix of an extent: δᵢⱼ. */
export interface DeltaNode extends Common {
  readonly kind: 'delta'
  readonly extent: Extent
}
/** The unit vector of an extent whose entry `index` (from 0) is 1: with a contraction it picks an element. */
export interface BasisNode extends Common {
  readonly kind: 'basis'
  readonly extent: Extent
  readonly index: number
}

/** The positions along an axis as numbers, as the language counts them: 1, 2, 3, … */
export interface IotaNode extends Common {
  readonly kind: 'iota'
  readonly extent: Extent
}

/**
 * The Iverson bracket of a condition on an affine form: 1 where Σ coefficientᵢ·(position along axis i, from 0) + Σ multipleₖ·argₖ + offset
 * is 0 (or at least 0), else 0. With a contraction it reads a tensor at an affine subscript, x[i+u−1] = Σₙ [n = i+u−1]·x[n], which is
 * 0 outside of x: shifts, slices, windows, strides, concatenations and look-ups are contractions with brackets, and so are their
 * derivatives. Its arguments are whole numbers: index data, indices of recurrences. It has no derivative.
 */
export interface BracketNode extends Common {
  readonly kind: 'bracket'
  readonly relation: BracketRelation
  /** Of the positions. */
  readonly coefficients: readonly number[]
  /** Of the arguments. */
  readonly multiples: readonly number[]
  /** The axes along which the axes of each argument run. */
  readonly labels: readonly (readonly number[])[]
  readonly offset: Extent
}

/**
 * A named value: transparent to mathematics, opaque to the normal form, so that names, sharing and the reader's
 * structure survive. `source` equations come from the program, `adjoint` ones are error terms of the calculus.
 */
export interface EquationNode extends Common {
  readonly kind: 'equation'
  readonly name: string
  readonly body: Node
  readonly role: 'source' | 'adjoint'
  /** Of an adjoint: the forward value v whose ∂loss/∂v this is. */
  readonly of: Node | undefined
}

/**
 * Σ coefficientᵢ·argsᵢ + constant. A term has the sum's shape or is a scalar, which is added to every entry; at
 * least one term has the full shape. No term is a sum, a constant, or a product with a coefficient.
 */
export interface SumNode extends Common {
  readonly kind: 'sum'
  readonly coefficients: readonly Rational[]
  readonly constant: Rational
}

/**
 * coefficient · Σ_{summed labels} Π argsᵢ[labelsᵢ]^exponentᵢ: matrix product, outer product, ⊙, transpose, sum, trace,
 * broadcast and scalar multiplication are all this. Labels 0…rank−1 are the axes of the result, larger ones are
 * summed over. Normal form: either nothing is summed (a *pure* product), or the coefficient is 1 and every factor
 * touches a summed label, all of them connected (a *contraction*). A pure product is never a factor of a product.
 */
export interface ProductNode extends Common {
  readonly kind: 'product'
  readonly coefficient: Rational
  readonly labels: readonly (readonly number[])[]
  readonly exponents: readonly Rational[]
  /** Extents of all labels, those of the result first. */
  readonly extents: readonly Extent[]
}

/**
 * ∂of/∂by as a program writes it, the axes of `of` first; `by` is a symbol or an equation of the program, and so are those that are
 * held: they are values that do not change. Notation: the calculus puts the derivative itself in its place.
 */
export interface DerivativeNode extends Common {
  readonly kind: 'derivative'
  readonly of: Node
  readonly by: Node
  readonly held: readonly Node[]
}

/** An operator of the table on its arguments; for a reduction or a mask, over `axes` (from 0, ascending). */
export interface ApplyNode extends Common {
  readonly kind: 'apply'
  readonly op: Operator
  readonly axes: readonly number[]
}

/**
 * Indexed equations that depend on one another at other values of their index: F[t] = body, where the bodies stand once, for a general t, and
 * see what was before as symbols. Identity is the object's; equal recurrences of a graph are one.
 */
export interface Scan {
  readonly hash: number
  /** The index, a whole number in the bodies. */
  readonly index: SymbolNode
  /** Its least value. */
  readonly from: Extent
  /** How many values it takes. */
  readonly length: Extent
  /** From the last value to the first one. */
  readonly falls: boolean
  /** Where the axis of the index stands in each value: first, or after that of the batch. */
  readonly axis: number
  /** What each body defines. `given`: how many members are known before the first step (where the index falls, at the other end). */
  readonly families: readonly {
    readonly name: string
    readonly given: number
    /** Its value is the sum over all steps, and no list of members: nobody sees these. Made for loops alone. */
    readonly summed?: true
  }[]
  /** The symbols by which bodies see a family `back` steps before; there it is 0 where it has no member. */
  readonly reads: readonly { readonly symbol: SymbolNode; readonly which: number; readonly back: number }[]
  /** The symbols by which bodies see all members of a family; those that are not computed yet are 0. */
  readonly histories: readonly { readonly symbol: SymbolNode; readonly which: number }[]
  /** The symbols by which bodies see a member of a tensor from outside along an axis, at the position of the step + offset: 0 outside of it. */
  readonly takes: readonly {
    readonly symbol: SymbolNode
    readonly of: Node
    readonly axis: number
    readonly offset: number
  }[]
  /** The given members along the axis, where there are some. */
  readonly initial: readonly (Node | undefined)[]
  readonly bodies: readonly Node[]
  /** The nodes of the bodies that depend on the index or on what was before. */
  readonly inside: ReadonlySet<Node>
  /** What the bodies use that does not, the tensors whose members they see, and the given members: from outside. */
  readonly outside: readonly Node[]
}

/** All members of one family of a recurrence, the given ones too, along the axis of the index. */
export interface ScanNode extends Common {
  readonly kind: 'scan'
  readonly scan: Scan
  readonly which: number
}

export type Node =
  | ConstantNode
  | SymbolNode
  | DeltaNode
  | BasisNode
  | IotaNode
  | BracketNode
  | EquationNode
  | SumNode
  | ProductNode
  | ApplyNode
  | DerivativeNode
  | ScanNode

/** In `axes`: the axis of the batch, which stands before all others where there is one. */
export const BATCH = -1

/** Something is summed over. (No type predicates: what is not pure may still be a product.) */
export const isContraction = (n: Node): boolean => n.kind === 'product' && n.extents.length > n.shape.length
export const isPureProduct = (n: Node): boolean => n.kind === 'product' && n.extents.length === n.shape.length
/** An equation of the program. */
export const isSource = (n: Node): n is EquationNode => n.kind === 'equation' && n.role === 'source'
/** An error term of the calculus. */
export const isAdjoint = (n: Node): n is EquationNode => n.kind === 'equation' && n.role === 'adjoint'
/** The value behind the names. */
export function peel(n: Node): Node {
  while (n.kind === 'equation') n = n.body
  return n
}
