/**
 * The tree of a program, as its text says it: nothing is resolved and nothing is checked but the syntax.
 * Names are in NFC and numbers are their decimal text, so that no digit is lost.
 *
 * Chains of left-associative operators (a sum of 50,000 terms) make trees as deep as they are long:
 * whoever walks expressions must not recurse along `left`. Every other way down is bounded by `limits.ts`.
 */
import type { Span } from '../base/span.ts'

export interface Program {
  readonly statements: readonly Statement[]
  /** Statements that did not parse and are reported: what they declare is not known, but no unknown name either. */
  readonly broken: readonly Broken[]
  /** The files that are imported, each behind those that it imports itself; absent where nothing is, or imports are not followed. */
  readonly modules?: readonly Module[]
}

/** What of an imported file is used. Its names are its own. */
export interface Module {
  readonly filename: string
  /** Its dims, constants, functions and imports, as far as something that is imported from it needs them, in their order. */
  readonly statements: readonly Statement[]
  /** What is wrong and reported: its names are not known, but no unknown names either. */
  readonly broken: readonly Broken[]
  /** Names that the program itself imports, with their places there. */
  readonly exported: ReadonlyMap<string, Name>
}

export interface Broken {
  /** Its first word: `loss`, `param`, the name of an equation, … */
  readonly kind: string
  readonly names: readonly string[]
  readonly span: Span
}

/** A name where it is declared or called. */
export interface Name {
  readonly text: string
  readonly span: Span
}

// ---- Statements ----------------------------------------------------------------------------------------

export type Statement =
  | NetworkStatement
  | ImportStatement
  | DimStatement
  | BatchStatement
  | DataStatement
  | HyperStatement
  | ConstStatement
  | FnStatement
  | LayerStatement
  | InstanceStatement
  | ReturnStatement
  | EquationStatement
  | OutputStatement
  | LossStatement
  | ClaimStatement
  | ForStatement

interface StatementBase {
  readonly span: Span
  /** The text of the `///` comments above it, without the slashes, lines joined by line breaks. */
  readonly doc?: string
}

/** `network Classifier` */
export interface NetworkStatement extends StatementBase {
  readonly kind: 'network'
  readonly name: Name
}

/** `import { dense, attention } from "./layers.net"` */
export interface ImportStatement extends StatementBase {
  readonly kind: 'import'
  readonly names: readonly Name[]
  readonly path: string
  /** Where the path stands. */
  readonly from: Span
  /** Where the import was followed. */
  readonly module?: Module
}

/** `dim D = 784, H = 128, T` or `dim n[0..L] = 784, 128, 10` */
export interface DimStatement extends StatementBase {
  readonly kind: 'dim'
  readonly declarations: readonly DimDeclaration[]
}

export interface DimDeclaration {
  readonly name: Name
  /** The members of a family of extents, `[0..L]`; absent for a single one. */
  readonly range?: Range
  /** None: symbolic. One for a single extent; one per member for a family. */
  readonly values: readonly Expression[]
  readonly span: Span
  readonly doc?: string
}

/** `batch B` */
export interface BatchStatement extends StatementBase {
  readonly kind: 'batch'
  readonly name: Name
}

/** `input x[D]`, `target y[K] : onehot`, `param W[H, D] = glorot, b[H] = zeros` */
export interface DataStatement extends StatementBase {
  readonly kind: 'input' | 'target' | 'param'
  readonly declarations: readonly DataDeclaration[]
}

export interface DataDeclaration {
  readonly name: Name
  /**
   * The indices of a family, in order, each with its range: one for `W[l][m, n] for l in 1..L`, none for a single
   * tensor, two for `h[t, l][n] for t in 1..T, l in 1..L`. The names in the first bracket are those after `for`.
   */
  readonly family: readonly IndexRange[]
  /** The extents; empty for a scalar. */
  readonly shape: readonly Expression[]
  readonly initialiser?: Expression
  readonly assumptions: readonly Assumption[]
  /** Of a parameter that a layer has: the instances that it is in, from the outermost in. The first indices of its family are theirs. */
  readonly within?: readonly InstanceDeclaration[]
  readonly span: Span
  readonly doc?: string
}

/** What is said of a datum behind its colon: `onehot`, `shared`, or with an argument, `index(N)`. */
export interface Assumption extends Name {
  readonly argument?: Expression
}

/** `hyper lambda = 1e-4, w[3] = [1, 2, 3], dt` */
export interface HyperStatement extends StatementBase {
  readonly kind: 'hyper'
  readonly declarations: readonly HyperDeclaration[]
}

export interface HyperDeclaration {
  readonly name: Name
  /** The extents; absent of a scalar, and where the default says them. */
  readonly shape?: readonly Expression[]
  /** What it is where a call leaves it out; absent where every call gives it. */
  readonly value?: Expression
  readonly span: Span
  readonly doc?: string
}

/** `const α[4] = [0, 1/2, 1/2, 1]` */
export interface ConstStatement extends StatementBase {
  readonly kind: 'const'
  readonly declarations: readonly ConstDeclaration[]
}

export interface ConstDeclaration {
  readonly name: Name
  /** The extents; absent where the value says them. */
  readonly shape?: readonly Expression[]
  readonly value: Expression
  readonly span: Span
  readonly doc?: string
}

/**
 * `layer dense(D, H) { param W[H, D]  dense(x[D]) = W @ x }`: a function with parameters of its own, of which instances are made. A function
 * of the layer's name in its body, without the word `fn`, says what applying it is.
 */
export interface LayerStatement extends StatementBase {
  readonly kind: 'layer'
  readonly name: Name
  /** Extents and numbers that an instance is made for. */
  readonly parameters: readonly Parameter[]
  readonly body: readonly Statement[]
}

/** `layer hidden = dense(784, 128), block[l] = transformer(D, heads=4) for l in 1..L` */
export interface InstanceStatement extends StatementBase {
  readonly kind: 'instance'
  readonly declarations: readonly InstanceDeclaration[]
}

export interface InstanceDeclaration {
  readonly name: Name
  /** The indices of a family of instances, in order, each with its range. */
  readonly family: readonly IndexRange[]
  /** The layer, and what the instance is made for. */
  readonly making: CallExpression
  /** Where layers were looked up: the instances that it holds, by their paths, each with those from this one to it. */
  readonly inner?: ReadonlyMap<string, readonly InstanceDeclaration[]>
  /** What is wrong with it is reported. */
  readonly broken?: true
  readonly span: Span
  readonly doc?: string
}

/**
 * `fn swish(v) = v * sigmoid(v)`, `fn norm2(x[N], eps = 0) { s = sum(x^2) + eps  return sqrt(s), s }`; without a body an abstract
 * function. A body that is one expression is one `return`.
 */
export interface FnStatement extends StatementBase {
  readonly kind: 'fn'
  readonly name: Name
  readonly parameters: readonly Parameter[]
  readonly body?: readonly Statement[]
  /** In a layer, without the word `fn`: what applying it is. */
  readonly applies?: true
}

/** `x[N]`, `k = 2`, `v[..., N]`, `u[N, ...]`, or as many arguments as a call gives: `x[k][N[k]] for k in 1..n` */
export interface Parameter {
  readonly name: Name
  /** The extents, names of which stand for those of the argument; absent where any shape does. */
  readonly shape?: readonly Expression[]
  /** Where the argument may have more axes than the shape says: the same in all arguments. */
  readonly further?: 'before' | 'behind'
  /** Of several arguments: the index in the first bracket, and where it runs, from 1 to a name that stands for their number. */
  readonly several?: { readonly index: Name; readonly range: IndexRange }
  /** What it is where a call does not give it. */
  readonly value?: Expression
  readonly span: Span
}

/** `return y, z`, the last line of a function. */
export interface ReturnStatement extends StatementBase {
  readonly kind: 'return'
  readonly values: readonly Expression[]
}

/** `z = W @ x + b`, a member of a family, `a[l] = sigmoid(z[l])`, or all of one, `s[i, j] = q[i] * k[j] for i in 1..T, j in 1..i`. */
export interface EquationStatement extends StatementBase {
  readonly kind: 'equation'
  readonly name: Name
  /** Empty for a single equation. */
  readonly indices: readonly Expression[]
  /** The indices are the last axes, `y[..., i] = …`, behind those that the value has. */
  readonly last?: true
  readonly value: Expression
  /** Those behind the equation, from the outermost in: a range may use the names before it. */
  readonly ranges: readonly IndexRange[]
}

/** `output yhat` or `output h, a[L]` */
export interface OutputStatement extends StatementBase {
  readonly kind: 'output'
  readonly outputs: readonly (NameExpression | IndexExpression)[]
}

/** `loss J = mse(yhat, y)`, and of several, which parameters each of them trains: `loss LD = … for D1, d2` */
export interface LossStatement extends StatementBase {
  readonly kind: 'loss'
  readonly name: Name
  /** The parameters, or families of them, that it trains: all of them where none are named. */
  readonly trains?: readonly Name[]
  readonly value: Expression
}

/** `claim d(J, W) = outer(a - y, x)`, or of every member: `claim d(J, b[l]) = d(J, z[l]) for l in 1..L` */
export interface ClaimStatement extends StatementBase {
  readonly kind: 'claim'
  readonly left: Expression
  readonly right: Expression
  readonly ranges: readonly IndexRange[]
}

/** `for l in 1..L { … }`, `for i in 1..T, j in 1..i { … }` */
export interface ForStatement extends StatementBase {
  readonly kind: 'for'
  /** From the outermost in: a range may use the names before it. */
  readonly ranges: readonly IndexRange[]
  readonly body: readonly Statement[]
  /** The line with `for`, without the body. */
  readonly head: Span
}

/** `1..L`, both ends included, as it is written: rising or falling. */
export interface Range {
  readonly from: Expression
  readonly to: Expression
  readonly span: Span
}

/** `l in 1..L` */
export interface IndexRange {
  readonly name: Name
  readonly range: Range
  readonly span: Span
}

// ---- Expressions ---------------------------------------------------------------------------------------

export type Expression =
  | NumberExpression
  | NameExpression
  | NegateExpression
  | BinaryExpression
  | ComparisonExpression
  | LogicalExpression
  | NotExpression
  | CallExpression
  | ResultExpression
  | ReductionExpression
  | LiteralExpression
  | IndexExpression
  | TransposeExpression
  | FieldExpression

export type BinaryOperator = '+' | '-' | '*' | '/' | '@' | '^'
export type LogicalOperator = 'and' | 'or'
export type ComparisonOperator = '<' | '<=' | '>' | '>=' | '==' | '!='

export interface NumberExpression {
  readonly kind: 'number'
  /** Decimal text such as `2`, `0.5`, `1e-3`: exact. */
  readonly text: string
  readonly span: Span
}

export interface NameExpression {
  readonly kind: 'name'
  readonly name: string
  /** In a shape of what a layer is applied to: an extent that the layer knows, and not one that the argument says. */
  readonly known?: true
  readonly span: Span
}

export interface NegateExpression {
  readonly kind: 'negate'
  readonly operand: Expression
  readonly span: Span
}

export interface BinaryExpression {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly left: Expression
  readonly right: Expression
  /** From the left operand to the right one. The operator itself stands between `left.span` and `right.span`. */
  readonly span: Span
}

/** A condition, like `and`, `or` and `not`: parses anywhere, means something as the first argument of `where` and behind `where`. */
export interface ComparisonExpression {
  readonly kind: 'comparison'
  readonly operator: ComparisonOperator
  readonly left: Expression
  readonly right: Expression
  readonly span: Span
}

/** `i > 1 and j < i`, both or either; as deep along `left` as it is long. */
export interface LogicalExpression {
  readonly kind: 'logical'
  readonly operator: LogicalOperator
  readonly left: Expression
  readonly right: Expression
  readonly span: Span
}

/** `not i == j` */
export interface NotExpression {
  readonly kind: 'not'
  readonly operand: Expression
  readonly span: Span
}

/** `softmax(z)`, `sum(A, axis=1)`, `d(J, W)`, `block[l](x)`: the callee is a name, resolved later. */
export interface CallExpression {
  readonly kind: 'call'
  readonly callee: Name
  readonly args: readonly Expression[]
  /** Those written `name=value`. */
  readonly named: readonly NamedArgument[]
  /** What is called where it is no name alone: an instance of a family, or of another instance. The callee is then its first name. */
  readonly of?: IndexExpression | FieldExpression
  /** Of an instance: the indices of the families on the way to it, and the parameters that it is applied with. */
  readonly instance?: { readonly indices: readonly Subscript[]; readonly held: readonly Held[] }
  /** Of σ'(z) and σ''(z): of which order the derivative is that is called. */
  readonly order?: number
  readonly span: Span
}

/** A parameter of an instance: as its layer calls it, `W` or `attn.W`, and as it is called where it is applied, `block.attn.W[l]`. */
export interface Held {
  readonly name: string
  readonly tree: Expression
}

/** What one of the names in `u, v = f(x)` stands for; nobody writes it. */
export interface ResultExpression {
  readonly kind: 'result'
  readonly of: Expression
  /** From 0. */
  readonly position: number
  /** How many names there are. */
  readonly count: number
  readonly span: Span
}

/** `[a, b, c]`, or of rows `[[c, -s], [s, c]]` */
export interface LiteralExpression {
  readonly kind: 'literal'
  readonly items: readonly Expression[]
  readonly span: Span
}

export interface NamedArgument {
  readonly name: Name
  readonly value: Expression
  readonly span: Span
}

/** `sum(x[i-k] * w[k] for k in 0..4 where k < i)`: the callee is a name, resolved later. */
export interface ReductionExpression {
  readonly kind: 'reduction'
  readonly callee: Name
  readonly body: Expression
  /** From the outermost in: a range may use the names before it. The body and the condition use all of them. */
  readonly ranges: readonly IndexRange[]
  readonly condition?: Expression
  readonly span: Span
}

/** `x[i]`, `W[i, j]`, a member of a family `a[l-1]`, an element of a member `a[l][i]`, parts `x[2..5]`, `W[:, j]`, `x[..., i]`. */
export interface IndexExpression {
  readonly kind: 'index'
  readonly object: Expression
  readonly indices: readonly Subscript[]
  /** They are the subscripts of the last axes, and not of the first ones. */
  readonly last?: true
  readonly span: Span
}

export type Subscript = Expression | PartSubscript

/** `2..5`, a part of an axis, or `:`, the whole of it, which has no range. */
export interface PartSubscript {
  readonly kind: 'part'
  readonly range?: Range
  readonly span: Span
}

export interface TransposeExpression {
  readonly kind: 'transpose'
  readonly operand: Expression
  readonly span: Span
}

/** `hidden.W`, `block[l].attn.W`: what an instance of a layer has. */
export interface FieldExpression {
  readonly kind: 'field'
  readonly object: Expression
  readonly field: Name
  readonly span: Span
}
