/**
 * The loop program: what the scheduler makes of graphs, and what every target (JavaScript, later WebAssembly) is
 * printed from. Loops are data: tiles, vectors and threads are rewritings of this, not of text.
 */
import type { Rational } from '../base/rational.ts'
import type { Extent, Shape } from '../graph/extent.ts'
import type { ProductName } from '../derive/functions.ts'
import type { Network } from '../graph/network.ts'
import type { Symbol } from '../graph/node.ts'
import type { MatrixOperator, Pick, Pointwise } from '../graph/operator.ts'
import type { Optimizer } from './optimizers.ts'

/** A loop's variable, running from 0 to `extent`. Identity is the object's. */
export interface Variable {
  readonly name: string
  readonly extent: Extent
  /** Of a loop over layers or steps in time: its turns may need what others have left behind, so they keep their order. */
  readonly turns?: boolean
  /** No loop's own: what it is made of. */
  readonly of?: Derived
}

/** Σ stride·variable + Σ coefficient·value + offset: a position that follows from those of loops, and from whole numbers in memory. */
export interface Derived {
  readonly terms: readonly { readonly variable: Variable; readonly stride: number }[]
  readonly values: readonly { readonly value: Value; readonly coefficient: number }[]
  readonly offset: Extent
}

/** A position along one axis: variable + offset, or a known number. */
export interface Subscript {
  readonly variable: Variable | undefined
  readonly offset: number
}

/** A scalar that lives in a register of the routine. Identity is the object's; the name is a wish. */
export interface Local {
  readonly name: string
}

/**
 * Where numbers stand. What is outside belongs to the caller: parameters, data, gradients, outputs, hyperparameters,
 * the lengths of open dims, the rate of a step, and the state of its optimizer: numbers, and moments shaped as parameters. Outside, rank 0 is a number; `scratch` is the module's own workspace, a
 * `table` an array of known numbers.
 */
export type Storage =
  | 'param'
  | 'input'
  | 'target'
  | 'hyper'
  | 'dim'
  | 'gradient'
  | 'output'
  | 'rate'
  | 'state'
  | 'scratch'
  | 'table'

/** A row-major array, or outside a number where the rank is 0. The batch axis comes first. */
export interface Buffer {
  /** The source's name of what it holds, as a wish. */
  readonly name: string
  readonly storage: Storage
  /** Of a param, its gradient or a moment of it, data, a hyperparameter or a dim: whose. */
  readonly symbol: Symbol | undefined
  readonly shape: Shape
  /** A scratch buffer that keeps doubles whatever the precision: long sums are collected in it. */
  readonly double?: boolean
  /** A scratch buffer of whole numbers: positions. */
  readonly whole?: boolean
  /** A scratch buffer that loops over sums read turn by turn: a copy of an operand in their order. */
  readonly panel?: boolean
  /** Of a panel: its first axis moves in steps of this many, which lie along the last axis. */
  readonly tile?: number
  /** Of a list outside, whose members along the first axis are arrays (or numbers) of their own: one of them. */
  readonly member?: Buffer
}

/** All of a buffer's last axes, the leading ones at fixed positions. */
export interface Whole {
  readonly buffer: Buffer
  readonly at: readonly Subscript[]
}

/** A scalar expression at one point of the loops around it. Values may share parts: a value is a graph, not a tree. */
export type Value =
  | { readonly kind: 'number'; readonly value: Rational }
  /** pi and e. */
  | { readonly kind: 'constant'; readonly name: string }
  | { readonly kind: 'load'; readonly buffer: Buffer; readonly at: readonly Subscript[] }
  | { readonly kind: 'local'; readonly local: Local }
  /** Σ coefficientᵢ·termᵢ + constant. */
  | {
      readonly kind: 'sum'
      readonly terms: readonly Value[]
      readonly coefficients: readonly Rational[]
      readonly constant: Rational
    }
  /** coefficient · Π factorᵢ^exponentᵢ. */
  | {
      readonly kind: 'product'
      readonly coefficient: Rational
      readonly factors: readonly Value[]
      readonly exponents: readonly Rational[]
    }
  | { readonly kind: 'apply'; readonly op: Pointwise; readonly args: readonly Value[] }
  /** `then` where all tests of positions hold, else 0: δ, unit vectors, masks, and what is read outside of its axis. */
  | { readonly kind: 'where'; readonly tests: readonly Test[]; readonly then: Value }
  /** A position as a number. */
  | { readonly kind: 'position'; readonly at: Subscript }
  /** −∞ or ∞: where a search for the greatest or the least starts. */
  | { readonly kind: 'infinity'; readonly sign: 1 | -1 }

/** A comparison of positions. */
export interface Test {
  readonly relation: '=' | '>=' | '<'
  readonly left: Subscript
  readonly right: Subscript
}

/** Where a loop runs: from the greatest of some positions to before the least of others. */
export interface Bounds {
  readonly from: readonly Subscript[]
  readonly to: readonly Subscript[]
}

/** How a value enters a place: max and min let NaN through. */
export type Combine = 'set' | 'add' | 'subtract' | 'max' | 'min'

export type Instruction =
  /**
   * Whole steps run `body` (which looks `step` positions far), what is left over runs `rest`, one by one. A descending
   * loop starts at its variable's last position.
   */
  | {
      readonly kind: 'loop'
      readonly variable: Variable
      readonly body: readonly Instruction[]
      readonly descending?: boolean
      /** Where it runs, if that is not all of its axis; empty where the bounds have crossed. */
      readonly within?: Bounds
      readonly step?: number
      readonly rest?: readonly Instruction[]
      /** So many turns are run at once, as lanes of vectors; `step` is the same number. */
      readonly lanes?: number
    }
  /** A register takes its first value; `mutable` ones are updated later. */
  | {
      readonly kind: 'define'
      readonly local: Local
      readonly value: Value
      readonly mutable: boolean
      /** What was computed in double precision is kept in the program's own. */
      readonly rounded?: boolean
    }
  | { readonly kind: 'update'; readonly local: Local; readonly combine: Combine; readonly value: Value }
  | {
      readonly kind: 'store'
      readonly buffer: Buffer
      readonly at: readonly Subscript[]
      readonly combine: Combine
      readonly value: Value
    }
  /** Where `value` is better than `best` (or NaN and `best` is not), `best` becomes it and `positions` become `at`. */
  | {
      readonly kind: 'pick'
      readonly best: Local
      readonly positions: readonly Local[]
      readonly picks: Pick
      readonly value: Value
      readonly at: readonly Subscript[]
    }
  /** A matrix operator on what belongs to one matrix: `from` its arguments. */
  | {
      readonly kind: 'matrix'
      readonly op: MatrixOperator
      readonly from: readonly Whole[]
      readonly to: Whole
    }
  /**
   * A function of its own, so that none grows too long, or (`outlined`) around one loop; no register of its outside is used inside, nor the other way. Of one
   * that is `shared`, which is one loop and may read registers that do not change, threads each run some of the turns.
   */
  | {
      readonly kind: 'chunk'
      readonly body: readonly Instruction[]
      readonly outlined?: boolean
      readonly shared?: boolean
    }
  /** Runs the routine `backward` with gradients of the module's own, which stand for `grads` from here on. */
  | { readonly kind: 'backward'; readonly loss: Local; readonly suffix?: string | undefined }
  /** From here on the gradient of a param is computed: where its closed form is quoted. */
  | { readonly kind: 'anchor'; readonly symbol: Symbol }

export type RoutineName = 'forward' | 'loss' | 'backward' | 'step'

export interface Routine {
  readonly name: RoutineName
  /** Of several losses: whose (`Objective.suffix`), behind the name by which the routine is called. */
  readonly suffix?: string | undefined
  /** What it is, where it is none of the four but fills its outputs as `forward` does. */
  readonly product?: ProductName | undefined
  /** Others call it, and nobody outside. */
  readonly inner?: boolean | undefined
  readonly body: readonly Instruction[]
  /** What it returns: the loss; nothing for `forward`, which fills its outputs. */
  readonly result: Value | undefined
}

/** The name by which a routine is called. */
export const calledOf = ({ name, suffix = '', product }: Routine): string => (product ?? name) + suffix

/** Whether what a routine is handed is what a prediction needs, and not all data. */
export const takesInputs = (called: string): boolean => ['forward', 'jvp', 'vjp'].includes(called)

export interface Program {
  readonly network: Network
  readonly precision: Precision
  /** The batch's length, its dim where it is read off the data. */
  readonly batch: Extent | undefined
  readonly routines: readonly Routine[]
  /** By what equations `step` changes parameters. */
  readonly optimizer: Optimizer
  /** Where several threads may run it: the multiplications of the smallest loop that they share. */
  readonly threads?: number | undefined
}

export type Precision = 'f64' | 'f32'
