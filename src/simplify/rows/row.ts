/** Rules that are their laws. */
import {
  ONE,
  type Rational,
  ZERO,
  isInteger,
  isNegative,
  isOne,
  isPositive,
  plus,
  power,
  times,
} from '../../base/rational.ts'
import type { Extent } from '../../graph/extent.ts'
import { type Factor, type Graph, constantValue, factorsOf, isZeroNode, termsOf } from '../../graph/graph.ts'
import { type Node, isContraction } from '../../graph/node.ts'
import { isNegativeRange, isNonnegativeRange, isNonzeroRange, isPositiveRange } from '../../graph/range.ts'
import { ifShorter } from '../ask.ts'
import type { Rule } from '../rule.ts'
import { withFactors } from '../terms.ts'
import { type Bindings, type Space, build, isBound } from './build.ts'
import { type Guard, type Law, lawOf, outlineOf } from './law.ts'
import { Matcher, type Use, scaleOf } from './match.ts'
import { type Pattern, patternOf } from './pattern.ts'
import { bitsOf, operatorsIn } from './signature.ts'

export interface Row extends Omit<Rule, 'on' | 'law' | 'rewrite'> {
  /** `left = right where guard, guard`, in the language; of several the first that applies is taken. */
  readonly law: string | readonly string[]
  /** Names that parts of the right side keep, each with its formula. */
  readonly parts?: Readonly<Record<string, string>>
  /** Made also where all that it replaces has names, and the names go. */
  readonly named?: true
  /** Factors have exactly the exponents of the law, and not more of them. */
  readonly exact?: true
}

/** The rule that a row says. */
export function row({ law, parts, named, exact, ...rest }: Row): Rule {
  const laws = (typeof law === 'string' ? [law] : law).map((text) => new Compiled(text, parts, named, exact))
  return {
    ...rest,
    law: laws.map((l) => l.text).join('; '),
    on: outlineOf(laws[0]!.text).on,
    rewrite: (node, c) => {
      for (const l of laws)
        for (const to of l.rewrites(c.g, node)) {
          if (to === node) continue
          const taken = rest.trial ? ifShorter(c, node, to) : to
          if (taken) return taken
        }
      return undefined
    },
  }
}

class Compiled {
  readonly text: string
  readonly #parts: Row['parts']
  readonly #named: boolean
  readonly #exact: boolean
  /** The operators that it mentions, as bits. */
  readonly #needs: number
  #compiled: { law: Law; pattern: Pattern } | undefined

  constructor(text: string, parts: Row['parts'], named = false, exact = false) {
    this.text = text
    this.#parts = parts
    this.#named = named
    this.#exact = exact
    this.#needs = bitsOf(outlineOf(text).operators)
  }

  /** What the law makes of a node, each way in which it is an instance. */
  *rewrites(g: Graph, node: Node): Generator<Node> {
    // A law is compiled when a node has all of its operators below it: most programs need few laws.
    if ((operatorsIn(node) & this.#needs) !== this.#needs) return
    if (!this.#compiled) {
      const law = lawOf(this.text, this.#parts)
      this.#compiled = { law, pattern: patternOf(law.left) }
    }
    const { pattern } = this.#compiled
    if (pattern.kind === 'sum') yield* this.#inSum(g, node, pattern)
    else if (pattern.kind === 'product')
      yield* pattern.summed ? this.#inContraction(g, node, pattern) : this.#inProduct(g, node, pattern)
    else yield* this.#whole(g, node, pattern)
  }

  *#whole(g: Graph, node: Node, pattern: Pattern): Generator<Node> {
    const labels = node.shape.map((_, i) => i)
    const space = { labels, shape: node.shape }
    for (const b of new Matcher(g).value(pattern, node, labels, new Map())) {
      const to = this.#right(g, b, space)
      if (to) yield to.shape.length === 0 ? g.broadcast(to, node.shape, []) : to
    }
  }

  *#inContraction(g: Graph, node: Node, pattern: Pattern & { kind: 'product' }): Generator<Node> {
    const axes = node.shape.map((_, i) => i)
    for (const { b, further } of new Matcher(g).outerSum(pattern, node)) {
      const shape = [...node.shape, ...further.shape]
      const to = this.#right(g, b, { labels: [...axes, ...further.labels], shape })
      const wide = to?.shape.length === 0 ? g.broadcast(to, shape, []) : to
      if (wide)
        yield g.sumOver(
          wide,
          further.shape.map((_, i) => axes.length + i),
        )
    }
  }

  *#inSum(g: Graph, node: Node, pattern: Pattern & { kind: 'sum' }): Generator<Node> {
    if (node.kind !== 'sum') return
    const labels = node.shape.map((_, i) => i)
    for (const { b, scale, rest, used, constant } of new Matcher(g).sum(
      pattern,
      node,
      labels,
      new Map(),
      false,
    )) {
      if (!this.#named && [...used].every((i) => node.args[i]!.kind === 'equation')) continue
      const to = this.#right(g, b, { labels, shape: node.shape })
      if (!to) continue
      const at = to.shape.length === 0 ? [] : labels
      const made = g.product(scale, [...rest, { node: to, labels: at, exponent: ONE }], labels, node.shape)
      yield g.sum(
        [...termsOf(node).filter((_, i) => !used.has(i)), { coefficient: ONE, node: made }],
        constant ? ZERO : node.constant,
        node.shape,
      )
    }
  }

  *#inProduct(g: Graph, node: Node, pattern: Pattern & { kind: 'product' }): Generator<Node> {
    if (node.kind !== 'product') return
    const factors = factorsOf(node)
    for (const { b, used } of new Matcher(g).powers(pattern.powers, factors, new Map(), true)) {
      const space = this.#space(used)
      const count = space && this.#times(used, pattern)
      if (!count) continue
      const unused = factors.filter((f) => !used.some((u) => u.factor === f))
      const around =
        pattern.rest === undefined || isContraction(node) ? [] : unused.filter((f) => isWithin(f, space))
      if (pattern.rest !== undefined && around.length === 0) continue
      const to = this.#right(g, withRest(g, b, pattern.rest, around, space), space)
      const scale = power(pattern.scale.plus, count.neg())
      const own = scaleOf(used, count)
      if (!to || !scale || !own) continue
      const at = to.shape.length === 0 ? [] : space.labels
      yield withFactors(
        g,
        node,
        [
          ...unused.filter((f) => !around.includes(f)),
          ...used.map(({ factor, takes }) => ({
            ...factor,
            exponent: factor.exponent.sub(takes.mul(count)),
          })),
          { node: to, labels: at, exponent: count },
        ],
        times(node.coefficient, times(scale, own)),
      )
    }
  }

  /** The axes of that factor which has those of all others, and no name if names are to be kept. */
  #space(used: readonly Use[]): Space | undefined {
    const factors = used.map((u) => u.factor)
    const most = Math.max(...factors.map((f) => f.labels.length))
    const widest = factors.find(
      (f) => f.labels.length === most && (this.#named || f.node.kind !== 'equation'),
    )
    const fits = widest && factors.every((f) => f.labels.every((l) => widest.labels.includes(l)))
    return fits ? { labels: widest.labels, shape: widest.node.shape } : undefined
  }

  /** How often a law is used of one product: of x³/y⁴ twice where it is about x/y². */
  #times(used: readonly Use[], { powers }: Pattern & { kind: 'product' }): Rational | undefined {
    const counts = used.map((u) => u.factor.exponent.div(u.takes))
    const least = counts.reduce((a, b) => (a.compare(b) <= 0 ? a : b))
    if (this.#exact) return counts.every(isOne) ? ONE : undefined
    if (powers.some((p) => p.exponent.name !== undefined)) return least.compare(1) >= 0 ? ONE : undefined
    const isPlain = used.every((u) => isOne(u.takes.abs()) && isNonnegativeRange(u.factor.node.range))
    if (isInteger(least) || isPlain || (used.length === 1 && isOne(used[0]!.takes.abs()))) return least
    return least.compare(1) >= 0 ? least.floor() : undefined
  }

  #right(g: Graph, b: Bindings, space: Space): Node | undefined {
    const { law } = this.#compiled!
    return law.guards.every((guard) => holds(g, guard, b, space)) ? build(g, law.right, b, space) : undefined
  }
}

const isWithin = (f: Factor, { labels }: Space): boolean => f.labels.every((l) => labels.includes(l))

/** With the product of the factors around for the name that stands for all that is there besides. */
function withRest(
  g: Graph,
  b: Bindings,
  name: string | undefined,
  around: readonly Factor[],
  { labels, shape }: Space,
): Bindings {
  if (name === undefined) return b
  const places = around.map((f) => ({ ...f, labels: f.labels.map((l) => labels.indexOf(l)) }))
  const node = g.product(
    ONE,
    places,
    labels.map((_, i) => i),
    shape,
  )
  return new Map(b).set(name, { node, at: labels })
}

/** What can be asked of a number or of a value by a word. */
const WORDS: Readonly<Record<string, (value: Node, number: Rational | undefined) => boolean>> = {
  integer: (_, n) => n !== undefined && isInteger(n),
  fraction: (_, n) => n !== undefined && !isInteger(n),
  even: (_, n) => n !== undefined && isInteger(n.div(2)),
  odd: (_, n) => n !== undefined && isInteger(n) && !isInteger(n.div(2)),
  binary: (v) =>
    v.kind === 'symbol' && ['onehot', 'binary'].some((a) => v.symbol.assumptions.has(a as 'binary')),
}

function holds(g: Graph, guard: Guard, b: Bindings, space: Space): boolean {
  if ('is' in guard) {
    const bound = b.get(guard.name)!
    return isBound(bound)
      ? WORDS[guard.is]!(bound.node, constantValue(bound.node))
      : WORDS[guard.is]!(g.constant(bound), bound)
  }
  const left = build(g, guard.left, b, space)
  const right = build(g, guard.right, b, space)
  if (!left || !right) return false
  const difference = isZeroNode(right) ? left : g.subtract(left, right)
  const number = constantValue(difference)
  const { range } = difference
  switch (guard.relation) {
    case '>':
      return number ? isPositive(number) : isPositiveRange(range)
    case '>=':
      return number ? !isNegative(number) : isNonnegativeRange(range)
    case '<':
      return number ? isNegative(number) : isNegativeRange(range)
    case '<=':
      return number ? !isPositive(number) : range.hi <= 0
    case '!=':
      return number ? !isZeroNode(difference) : isNonzeroRange(range)
    case '==':
      return number !== undefined && isZeroNode(difference)
  }
}
