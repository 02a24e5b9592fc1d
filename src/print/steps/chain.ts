import type { Language } from '../../base/language.ts'
import { formulaOf } from '../../derive/backward.ts'
import type { Reason } from '../../derive/reasons.ts'
import type { Node } from '../../graph/node.ts'
import { written as operatorCall } from '../expressions/apply.ts'
import {
  BINDING,
  type Layout,
  bracket,
  derivative,
  isNegated,
  letter,
  row,
  script,
  sign,
  transposed,
} from '../layout/layout.ts'
import type { Writer } from '../expressions/writer.ts'
import { type Vocabulary, vocabulary } from '../words.ts'

/** Words and formulas side by side. The words are ours. */
export type Rich = readonly (string | Layout)[]

/** Leaves of a formula that is repeated where a value is used. */
const MOST_REPEATED = 24

/** The notation of the chain rule: ∂J/∂u·∂u/∂v, (∂u/∂v)ᵀδ, δ ⊙ σ′(v), and the words for it. */
export class ChainRule {
  readonly words: Vocabulary
  readonly language: Language
  readonly #writer: Writer

  constructor(writer: Writer, language: Language) {
    this.#writer = writer
    this.language = language
    this.words = vocabulary(language)
  }

  /** A value by its name, or as it stands where it has none. */
  value(node: Node): Layout {
    const { names } = this.#writer
    if (node.kind === 'equation') return names.of(node.name)
    return node.kind === 'symbol' ? names.of(node.symbol.name) : this.#writer.line(node)
  }

  times(factors: readonly Layout[]): Layout {
    if (factors.length === 1) return factors[0]!
    // A sign at the beginning needs no brackets; within a product it does. Derivatives are told apart by room.
    const inner = factors.map((f, i) =>
      f.kind === 'derivative' || (i === 0 && isNegated(f)) ? f : bracket(f, BINDING.dot),
    )
    return row(
      inner.flatMap((f, i) => [...(i === 0 ? [] : [sign('⋅')]), f]),
      isNegated(factors[0]!) ? BINDING.sum : BINDING.dot,
    )
  }

  plus(terms: readonly Layout[]): Layout {
    return row(
      terms.flatMap((t, i) => [...(i === 0 ? [] : [sign('+')]), i > 0 ? bracket(t, BINDING.hadamard) : t]),
      BINDING.sum,
    )
  }

  /**
   * What one use gives, from the user's adjoint; none where nobody writes it so.
   *
   * @param rank of what is differentiated: the adjoints of a vector are Jacobians
   */
  use(adjoint: Layout, user: Node, node: Node, reasons: readonly Reason[], rank = 0): Layout | undefined {
    if (reasons[0]?.kind === 'identity') return adjoint
    const local = derivative(this.value(user), this.value(node))
    if (rank > 0) {
      if (user.shape.length === 0 && node.shape.length === 0) return this.times([adjoint, local])
      return rank === 1 && user.shape.length === 1 && node.shape.length <= 1
        ? row([bracket(adjoint, BINDING.postfix), bracket(local, BINDING.postfix)], BINDING.matrix)
        : undefined
    }
    if (user.shape.length === 0) return this.times([adjoint, local])
    const prime = this.#prime(user, node)
    if (prime) return row([bracket(adjoint, BINDING.unary), sign('⊙'), prime], BINDING.hadamard)
    if (node.shape.length !== 1 || user.shape.length !== 1) return undefined
    const jacobian = bracket(local, BINDING.postfix)
    return this.#writer.rows
      ? row([adjoint, jacobian], BINDING.matrix)
      : row([transposed(jacobian), adjoint], BINDING.matrix)
  }

  /** σ′(z), where a value is a function of another entry by entry. */
  #prime(user: Node, node: Node): Layout | undefined {
    const value = formulaOf(user)
    if (value.kind !== 'apply' || value.op.kind !== 'pointwise' || value.args.length !== 1) return undefined
    const { op } = value
    if (value.args[0] !== node || op.notation.form !== 'call' || op.abstract || op.pull) return undefined
    const called = operatorCall(this.#writer.names, value, [this.value(node)])
    if (called.kind !== 'call') return undefined
    return { ...called, callee: script(called.callee, undefined, letter('′')) }
  }

  /** z = W x + b, or the name alone where the formula is long. */
  formula(node: Node): Layout {
    const value = this.value(node)
    if (node.kind !== 'equation') return value
    const right = this.#writer.line(node.body)
    return right.size > MOST_REPEATED ? value : row([value, sign('='), right], BINDING.comparison)
  }

  /** v is used in u = …, w = … and x = …. */
  usedIn(value: Layout, users: readonly Node[]): Rich {
    const { isUsedIn, and, comma, stop } = this.words
    const list = users.flatMap((user, i): Rich => [
      ...(i === 0 ? [] : [i === users.length - 1 ? and : comma]),
      this.formula(user),
    ])
    return [value, isUsedIn, ...list, stop]
  }

  /** The names of the rules, each once. */
  reasons(reasons: readonly Reason[]): Rich {
    const names = new Set(
      reasons.map((r) =>
        r.kind === 'operator' ? this.words.slopeOf(r.called[this.language]) : this.words[r.kind],
      ),
    )
    return [...names].flatMap((name, i) => (i === 0 ? [name] : [this.words.comma, name]))
  }
}
