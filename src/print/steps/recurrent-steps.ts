/** The derivation for a general depth: the base case, the step from one index to the one before, every gradient. */
import { type Case, type IndexRange, Unsupported } from '../../derive/indices.ts'
import { type IndexedUse, type IndexedValue, RecurrentUses } from '../../derive/recurrent-uses.ts'
import type { IndexedTerm, Recurrent } from '../../derive/recurrent.ts'
import { type Extent, distance, extentText } from '../../graph/extent.ts'
import type { Graph } from '../../graph/graph.ts'
import { familyOf, memberParts } from '../../graph/member.ts'
import type { Recurrence } from '../../graph/network.ts'
import type { Node, Symbol } from '../../graph/node.ts'
import { Replay, stepwise } from '../../simplify/index.ts'
import type { Language } from '../../base/language.ts'
import { ChainRule } from './chain.ts'
import { type Line, rightOf } from '../formulas/formulas.ts'
import { BINDING, type Layout, derivative, letter, list, row, sign } from '../layout/layout.ts'
import { indexText } from '../expressions/names.ts'
import { type WrittenRecurrences, withNamedParts, writtenRecurrences } from '../formulas/recurrences.ts'
import { Shapes } from '../formulas/shapes.ts'
import type { Rich } from './chain.ts'
import type { StepBlock, StepLine, Steps } from './steps.ts'
import { toText } from '../layout/text.ts'

/** Values without a name of their own that are gone through for one error term. */
const MOST_VALUES = 40
/** Leaves of the chain rule's line; of longer ones the next line says enough. */
const MOST_CHAINED = 44

/** The formulas of a general depth and how they come out, by induction over the index. */
export function recurrentSteps(g: Graph, recurrent: Recurrent, language: Language): Steps {
  const named = withNamedParts(g, recurrent)
  return new Teller(g, named, writtenRecurrences(g, named, language), language).tell()
}

class Teller {
  readonly #recurrent: Recurrent
  readonly #written: WrittenRecurrences
  readonly #uses: RecurrentUses
  readonly #chain: ChainRule
  readonly #shapes: Shapes
  readonly #loss: Layout

  constructor(g: Graph, recurrent: Recurrent, written: WrittenRecurrences, language: Language) {
    this.#recurrent = recurrent
    this.#written = written
    const { network } = recurrent
    const replay = new Replay(
      g,
      stepwise(
        g,
        network.equations.map((e) => e.node),
      ),
    )
    this.#uses = new RecurrentUses(g, recurrent, (node) => replay.simplified(replay.named(node)).result)
    const { writer } = written
    this.#chain = new ChainRule(writer, language)
    this.#shapes = new Shapes((extent) => writer.line(g.extent(extent)), writer.rows)
    this.#loss = writer.names.of(network.loss!.name)
  }

  tell(): Steps {
    const { errorTerms, gradients } = this.#recurrent
    const { words } = this.#chain
    const blocks = [
      ...errorTerms.flatMap((term) => term.cases.map((c) => this.#case(term, c))),
      ...gradients.flatMap(({ symbol }) => {
        const uses = this.#uses.usesOfParam(symbol)
        return uses.length === 0 ? [] : [this.#gradient(symbol, uses)]
      }),
    ]
    return { found: this.#written.found, intro: [[words.induction]], blocks }
  }

  // ——— error terms

  #case(term: IndexedTerm, { at, range }: Case): StepBlock {
    const value = this.#uses.values.find((v) => v.node === term.of && v.term === term)
    const { words } = this.#chain
    const left = this.#line(this.#seed(term, at))
    const printed = this.#printed(this.#written.found.errorTerms, left)
    const says: Rich[] = []
    const lines: StepLine[] = []
    let last = words.simplified
    if (value?.block && at !== undefined) {
      says.push(this.#headline(value.block, at, range, term.cases.length > 1))
      try {
        const unnamed = this.#unnamed(value, at)
        if (unnamed.length > 0) last = words.allPutIn
        lines.push(...unnamed, ...this.#steps(value, at, left))
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error
      }
    }
    const before = lines.at(-1)
    if (printed && (!before || toText(before.right) !== toText(rightOf(printed))))
      lines.push({
        left: before ? undefined : left,
        right: this.#shapes.under(rightOf(printed)),
        why: before ? [last] : [],
      })
    return { title: left, says, lines }
  }

  #seed({ symbol }: IndexedTerm, at: Extent | undefined): Node {
    const value = this.#uses.values.find((v) => v.term?.symbol === symbol)
    return value && at !== undefined ? this.#uses.seedAt(value, at) : this.#uses.seedAt(value!, 0)
  }

  /** Base case, l = L. Induction step: δ⁽ˡ⁺¹⁾ is known. */
  #headline({ index }: Recurrence, at: Extent, range: IndexRange | undefined, isInduction: boolean): Rich {
    const { words } = this.#chain
    const where = range
      ? list([indexText(extentText(range.to)), letter('…'), indexText(extentText(range.from))])
      : indexText(extentText(at))
    const all = row([indexText(index), sign('='), where], BINDING.comparison)
    const what = isInduction ? (range ? words.inductionStep : words.baseCase) : words.everyIndex
    return [`${what}${words.colon}`, all, words.stop]
  }

  /** The adjoints that the next line needs and that have no name: ∂E/∂a⁽ˡ⁾ = W⁽ˡ⁺¹⁾ᵀδ⁽ˡ⁺¹⁾. */
  #unnamed(value: IndexedValue, at: Extent): StepLine[] {
    const lines: StepLine[] = []
    const seen = new Set<Node>()
    const visit = (v: IndexedValue, there: Extent, depth: number): void => {
      for (const { user, turn, seed } of this.#uses.usesOf(v, there)) {
        const isKnown = user.term !== undefined || user.node === this.#recurrent.network.loss!.node
        if (isKnown || seen.has(seed) || depth > MOST_VALUES) continue
        // Of another index: what comes from there is known, or said there.
        if (turn !== undefined && distance(there, turn) !== 0) continue
        seen.add(seed)
        const own = turn ?? placeOf(user)
        visit(user, own, depth + 1)
        lines.push(...this.#steps(user, own, this.#line(seed)))
      }
    }
    visit(value, at, 0)
    return lines
  }

  /** ∂E/∂v by its uses. */
  #steps(value: IndexedValue, at: Extent, left: Layout): StepLine[] {
    const uses = this.#uses.usesOf(value, at)
    const node = this.#uses.valueAt(value, at)
    const { words } = this.#chain
    this.#learn(node, left, uses)
    const lines: StepLine[] = []
    const add = (right: Layout, why: Rich): void => {
      const last = lines.at(-1)?.right ?? left
      if (toText(last) !== toText(right))
        lines.push({ left: lines.length === 0 ? left : undefined, right: this.#shapes.under(right), why })
    }
    add(derivative(this.#loss, this.#chain.value(node)), [words.definition])
    const isLoss = (use: IndexedUse): boolean => use.user.node === this.#recurrent.network.loss!.node
    const chain = uses.map((use) =>
      isLoss(use) ? undefined : this.#chain.use(this.#line(use.seed), use.at, node, use.reasons),
    )
    const isShort = chain.reduce((sum, c) => sum + (c?.size ?? 0), 0) <= MOST_CHAINED
    if (chain.length > 0 && isShort && chain.every((c) => c !== undefined))
      add(this.#chain.plus(chain), [uses.length === 1 ? words.chain : words.sumOfUses])
    if (uses.length > 0)
      add(
        this.#chain.plus(uses.map(({ sent }) => this.#line(sent))),
        this.#chain.reasons(uses.flatMap((use) => use.reasons)),
      )
    return lines
  }

  #learn(node: Node, left: Layout, uses: readonly IndexedUse[]): void {
    const { names } = this.#written.writer
    this.#shapes.learn(left, node.shape)
    this.#shapes.learn(this.#chain.value(node), node.shape)
    for (const { seed, at, sent } of uses) {
      if (seed.shape.length > 0) this.#shapes.learn(this.#line(seed), seed.shape)
      this.#shapes.learn(this.#chain.value(at), at.shape)
      for (const n of [sent, ...sent.args, ...sent.args.flatMap((a) => a.args)])
        if (n.kind === 'symbol' && n.symbol.role !== 'adjoint')
          this.#shapes.learn(names.of(n.symbol.name), n.shape)
        else if (n.kind === 'equation') this.#shapes.learn(names.of(n.name), n.shape)
    }
  }

  /** What a parameter outside of the blocks needs: the adjoints of its users. */
  #outside(uses: readonly IndexedUse[]): StepLine[] {
    try {
      return uses.flatMap(({ user, turn, seed }) => {
        if (turn !== undefined || user.term || user.node === this.#recurrent.network.loss!.node) return []
        const own = placeOf(user)
        return [...this.#unnamed(user, own), ...this.#steps(user, own, this.#line(seed))]
      })
    } catch (error) {
      if (error instanceof Unsupported) return []
      throw error
    }
  }

  // ——— gradients

  #gradient({ name, member, shape }: Symbol, uses: readonly IndexedUse[]): StepBlock {
    const { names } = this.#written.writer
    const { words } = this.#chain
    const family = member?.family
    const layout = names.of(name)
    const lines = this.#written.found.gradients.filter((line) =>
      family === undefined ? line.name === name : familyOf(line.name) === family,
    )
    this.#shapes.learn(layout, shape)
    for (const use of uses) this.#learn(use.at, this.#line(use.seed), [use])
    const reasons = this.#chain.reasons(uses.flatMap((use) => use.reasons))
    return {
      title: derivative(this.#loss, layout),
      says: [
        this.#chain.usedIn(
          layout,
          uses.map((use) => use.at),
        ),
        ...(family === undefined && uses.some((use) => use.turn !== undefined) ? [[words.sumOverTurns]] : []),
      ],
      lines: [
        ...this.#outside(uses),
        ...lines.map(({ left, right }) => ({ left, right: this.#shapes.under(right), why: reasons })),
      ],
    }
  }

  #printed(lines: readonly Line[], left: Layout): Line | undefined {
    const text = toText(left)
    return lines.find((line) => toText(line.left) === text)
  }

  #line = (node: Node): Layout => this.#written.writer.line(node)
}

/** The index of a member by number; of anything else it does not matter. */
const placeOf = ({ equation }: IndexedValue): Extent => memberParts(equation)?.indices[0] ?? 0
