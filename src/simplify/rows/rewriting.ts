/** What a law makes of the nodes that it applies to. */
import {
  ONE,
  type Rational,
  ZERO,
  compare,
  isInteger,
  isNegative,
  isOne,
  magnitude,
  minus,
  negate,
  over,
  power,
  times,
} from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../../graph/graph.ts'
import { type Node, peel } from '../../graph/node.ts'
import { isNonnegativeRange } from '../../graph/range.ts'
import { withFactors } from '../terms.ts'
import { Bindings, type Space, build } from './build.ts'
import { Guards } from './guards.ts'
import { distinct, original } from './labels.ts'
import { lawOf } from './law.ts'
import { type Use, scaleOf } from './factors.ts'
import { Matcher } from './match.ts'
import { type Pattern, patternOf } from './pattern.ts'
import type { Row } from '../rule.ts'
import { type Marks, covers } from './marks.ts'

interface Ready {
  readonly pattern: Pattern
  readonly right: Node
  readonly guards: Guards
}

export class Rewriting {
  readonly #text: string
  readonly #row: Row
  readonly #needs: Marks
  #ready: Ready | undefined

  constructor(text: string, row: Row, needs: Marks) {
    this.#text = text
    this.#row = row
    this.#needs = needs
  }

  /** Whether what it needs is among the parts of a node. */
  mayApply(parts: Marks): boolean {
    return covers(parts, this.#needs)
  }

  /** Most programs need few laws: each is parsed for the first node that it may apply to. */
  get #law(): Ready {
    if (!this.#ready) {
      const { left, right, guards } = lawOf(this.#text, this.#row.parts)
      this.#ready = { pattern: patternOf(left), right, guards: new Guards(guards) }
    }
    return this.#ready
  }

  /** What the law makes of a node, each way in which it is an instance. */
  *rewrites(g: Graph, node: Node): Generator<Node> {
    const { pattern } = this.#law
    if (pattern.kind === 'sum') yield* this.#inSum(g, node, pattern)
    else if (pattern.kind === 'product')
      yield* pattern.summed ? this.#inContraction(g, node, pattern) : this.#inProduct(g, node, pattern)
    else yield* this.#whole(g, node, pattern)
  }

  *#whole(g: Graph, node: Node, pattern: Pattern): Generator<Node> {
    const { guards } = this.#law
    const labels = node.shape.map((_, i) => i)
    const space = { labels, shape: node.shape }
    for (const b of new Matcher(g, guards).value(pattern, node, labels, Bindings.NONE)) {
      const to = this.#right(g, b, space)
      if (to) yield to.shape.length === 0 ? g.broadcast(to, node.shape, []) : to
    }
  }

  *#inContraction(g: Graph, node: Node, pattern: Pattern & { kind: 'product' }): Generator<Node> {
    const { guards } = this.#law
    const axes = node.shape.map((_, i) => i)
    for (const { b, further } of new Matcher(g, guards).outerSum(pattern, node)) {
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
    const { guards } = this.#law
    if (node.kind !== 'sum') return
    if (node.args.length < pattern.terms.length) return
    // Of several terms every combination is tried.
    if (pattern.terms.length > 1 && node.args.length > MOST_TERMS) return
    const labels = node.shape.map((_, i) => i)
    const matcher = new Matcher(g, guards)
    for (const { b, scale, rest, used, constant } of matcher.sums.in(
      pattern,
      node,
      labels,
      Bindings.NONE,
      false,
    )) {
      if (this.#row.exact && rest.length > 0) continue
      if (!this.#row.named && [...used].some((i) => node.args[i]!.kind === 'equation')) continue
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
    const { guards } = this.#law
    if (node.kind !== 'product') return
    const { powers } = pattern
    const sums = powers.filter((p) => p.base.kind === 'sum').length
    if (node.args.length < powers.length) return
    if (sums > 1 && node.args.filter((a) => peel(a).kind === 'sum').length < sums) return
    const factors = factorsOf(node).map((f) => ({ ...f, labels: distinct(f.labels) }))
    for (const { b, used } of new Matcher(g, guards).powers(powers, factors, Bindings.NONE, true)) {
      const space = this.#space(used)
      const count = space && this.#times(used, pattern)
      if (!count) continue
      const unused = factors.filter((f) => !used.some((u) => u.factor === f))
      const { rest } = pattern
      const around =
        rest === undefined
          ? []
          : unused.filter((f) => isWithin(f, space) && guards.allow(rest, { node: f.node, at: f.labels }))
      if (rest !== undefined && around.length === 0) continue
      const to = this.#right(g, withRest(g, b, rest, around, space), space)
      const scale = power(pattern.scale.plus, negate(count))
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
            exponent: minus(factor.exponent, times(takes, count)),
          })),
          { node: to, labels: at, exponent: count },
        ].map((f) => ({ ...f, labels: original(f.labels) })),
        times(node.coefficient, times(scale, own)),
      )
    }
  }

  /** The axes of that factor which has those of all others, and no name if names are to be kept. */
  #space(used: readonly Use[]): Space | undefined {
    const factors = used.map((u) => u.factor)
    const most = Math.max(...factors.map((f) => f.labels.length))
    const widest = factors.find(
      (f) => f.labels.length === most && (this.#row.named || f.node.kind !== 'equation'),
    )
    const fits = widest && factors.every((f) => f.labels.every((l) => widest.labels.includes(l)))
    return fits ? { labels: widest.labels, shape: widest.node.shape } : undefined
  }

  /** How often a law is used of one product: of x³/y⁴ twice where it is about x/y². */
  #times(used: readonly Use[], { powers, rest }: Pattern & { kind: 'product' }): Rational | undefined {
    const counts = used.map((u) => over(u.factor.exponent, u.takes))
    if (counts.some(isNegative)) return undefined
    const least = counts.reduce((a, b) => (compare(a, b) <= 0 ? a : b))
    if (this.#row.exact) return counts.every(isOne) ? ONE : undefined
    if (rest !== undefined || powers.some((p) => p.exponent.name !== undefined))
      return compare(least, ONE) >= 0 ? ONE : undefined
    const isPlain = used.every((u) => isOne(magnitude(u.takes)) && isNonnegativeRange(u.factor.node.range))
    if (isInteger(least) || isPlain || (used.length === 1 && isOne(magnitude(used[0]!.takes)))) return least
    return compare(least, ONE) >= 0 ? least.floor() : undefined
  }

  #right(g: Graph, b: Bindings, space: Space): Node | undefined {
    const { right, guards } = this.#law
    return guards.hold(g, b, space) ? build(g, right, b, space) : undefined
  }
}

/** In longer sums no law of several terms is looked for: what is tried grows with the square of their length. */
const MOST_TERMS = 24

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
  return b.with(name, { node, at: labels })
}
