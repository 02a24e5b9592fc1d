/** A derivation as people write it: for each value the chain rule, the factors with their rules, and what they come to. */
import type { Language } from '../../base/language.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Derived, Network } from '../../graph/network.ts'
import { type EquationNode, type Node, isAdjoint, isSource } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import {
  type Derivation,
  type Path,
  type Simplification,
  type Worked,
  countPaths,
  derivation,
  mentionsTerm,
  pathsTo,
} from '../../simplify/derivation.ts'
import type { Rewrite } from '../../simplify/index.ts'
import {
  type Formulas,
  type FormulaOptions,
  type Written,
  auxiliaryLine,
  writtenFormulas,
} from '../formulas/formulas.ts'
import { ChainRule, type Rich } from './chain.ts'
import { BINDING, type Layout, derivative, row, sign } from '../layout/layout.ts'
import { Shapes } from '../formulas/shapes.ts'
import { toText } from '../layout/text.ts'
import { type Vocabulary, vocabulary } from '../words.ts'

/** left = right, and why; without a left side it goes on from the line above. */
export interface StepLine {
  readonly left: Layout | undefined
  readonly right: Layout
  readonly why: Rich
}

/** What is said of one value. */
export interface StepBlock {
  readonly title: Layout
  readonly says: readonly Rich[]
  readonly lines: readonly StepLine[]
}

export interface Steps {
  readonly found: Formulas
  /** What is said before the first block. */
  readonly intro: readonly Rich[]
  readonly blocks: readonly StepBlock[]
}

/** Values on the way, beyond which a derivation is for nobody; paths that are written out; steps of one simplification. */
export const MOST_VALUES = 300
const MOST_PATHS = 8
const MOST_ON_A_PATH = 16
const MOST_FACTORS = 160
const MOST_REWRITES = 12
/** Leaves of the chain rule's line; of longer ones the next line says enough. */
const MOST_CHAINED = 44

/**
 * The formulas and how they come out. Undefined where there are more than `MOST_VALUES` values on the way.
 *
 * @param derived of a scalar, or of a tensor, whose derivatives are Jacobians
 * @param samples the formulas over the samples of a batch, which are the results then; the steps are those of one sample
 */
export function derivationSteps(
  g: Graph,
  derived: Derived,
  options: FormulaOptions & { readonly held?: readonly Node[] } = {},
  samples?: Formulas,
): Steps | undefined {
  // What derivatives in the program come to has a derivation of its own (`derivativeSteps`).
  const { taken: _, ...own } = derived
  const written = writtenFormulas(g, own, options)
  const { network } = written.found
  const loss = written.image(derived.differentiated!) as EquationNode
  const gradients = new Map(
    [...written.gradients].map(([symbol, node]) => [variable(g, network, loss, symbol.name), node]),
  )
  const found = derivation(
    g,
    {
      loss,
      equations: network.equations.map((e) => e.node).concat(loss),
      gradients,
      terms: written.terms,
      ...(options.held ? { held: options.held } : {}),
    },
    MOST_VALUES,
  )
  const steps = found && new Teller(g, network, written, found, options).tell()
  return steps && samples ? overBatch(steps, samples) : steps
}

/** After the steps of one sample, the mean over all of them. */
function overBatch(steps: Steps, samples: Formulas): Steps {
  const words = vocabulary(samples.language)
  return { ...steps, found: samples, intro: [...steps.intro, [words.stepsOfOne]] }
}

/** What is differentiated by, as it stands in what was differentiated. */
function variable(g: Graph, network: Network, loss: Node, name: string): Node {
  const declared = [...network.params, ...network.data, ...network.hypers].find(
    ({ symbol }) => symbol.name === name,
  )
  if (declared) return g.symbol(declared.symbol)
  const equation = topological([loss]).find((n) => isSource(n) && n.name === name)
  return equation ?? network.equations.find((e) => e.name === name)!.node
}

class Teller {
  readonly #network: Network
  readonly #written: Written
  readonly #found: Derivation
  readonly #words: Vocabulary
  readonly #language: Language
  readonly #chain: ChainRule
  readonly #shapes: Shapes

  constructor(
    g: Graph,
    network: Network,
    written: Written,
    found: Derivation,
    { language = 'en' }: FormulaOptions,
  ) {
    this.#network = network
    this.#written = written
    this.#found = found
    this.#language = language
    this.#words = vocabulary(language)
    const { writer } = written
    this.#chain = new ChainRule(writer, language)
    this.#shapes = new Shapes((extent) => writer.line(g.extent(extent)), writer.rows)
    for (const { symbol } of [...network.params, ...network.data])
      this.#shapes.learn(writer.names.of(symbol.name), symbol.shape)
    for (const { name, node } of network.equations) this.#shapes.learn(writer.names.of(name), node.shape)
    for (const point of found.points) this.#name(point)
  }

  tell(): Steps {
    const { points } = this.#found
    const scalar = this.#scalarPaths()
    const blocks: StepBlock[] = []
    if (scalar)
      for (const [node, paths] of scalar) blocks.push(this.#alongPaths(this.#found.wanted.get(node)!, paths))
    else
      for (const point of this.#inOrder(points)) if (point.uses.length > 0) blocks.push(this.#atPoint(point))
    return {
      found: this.#written.found,
      intro: [...this.#beforehand(), ...(scalar ? [] : [[this.#sumOfUses()]])],
      blocks: [...blocks, ...this.#unreached()],
    }
  }

  /** How all come out that are no product along a path. */
  #sumOfUses(): string {
    const isLoss = this.#network.loss?.name === nameOf(this.#found.loss)
    return isLoss ? this.#words.recursive : this.#words.recursiveOf
  }

  /** Equations that were differentiated in another form than the program's. */
  #beforehand(): Rich[] {
    const written = new Map(this.#network.equations.map(({ name, node }) => [name, node]))
    const loss = this.#found.loss
    if (loss.kind === 'equation' && written.get(loss.name) === loss) return []
    const changed = topological([loss]).flatMap((n): Rich[] => {
      if (n.kind !== 'equation' || n.role !== 'source') return []
      const own = written.get(n.name)
      const right = this.#line(n.body)
      if (own && toText(this.#line(own.body)) === toText(right)) return []
      return [[row([this.#chain.value(n), sign('='), right], BINDING.comparison)]]
    })
    return changed.length === 0 ? [] : [[this.#words.beforehand], ...changed.slice(0, MOST_REWRITES)]
  }

  /** The paths to each parameter, where all is scalar and there are few of them. */
  #scalarPaths(): Map<Node, readonly Path[]> | undefined {
    const { points } = this.#found
    const wanted = this.#wanted()
    if (points.some((p) => p.node.shape.length > 0)) return undefined
    const paths = new Map<Node, readonly Path[]>()
    let factors = 0
    for (const worked of wanted) {
      if (worked.uses.length === 0) continue
      if (countPaths(worked) > BigInt(MOST_PATHS)) return undefined
      if (worked.printed && mentionsTerm(worked.printed)) return undefined
      const own = pathsTo(worked)
      if (own.some((path) => path.length > MOST_ON_A_PATH)) return undefined
      factors += own.reduce((sum, path) => sum + path.length, 0)
      if (factors > MOST_FACTORS) return undefined
      paths.set(worked.node, own)
    }
    return paths
  }

  /** What is differentiated by, in the order in which the gradients are printed. */
  #wanted(): Worked[] {
    const { wanted } = this.#found
    return [...this.#written.gradients.keys()].flatMap(
      ({ name }) => [...wanted.values()].find(({ node }) => nameOf(node) === name) ?? [],
    )
  }

  /** From the loss backwards; what is declared comes, in the order of its declaration, after the last value that uses it. */
  #inOrder(points: readonly Worked[]): Worked[] {
    const declared = this.#wanted().filter(({ node }) => node.kind === 'symbol')
    const place = new Map(points.map((p, i) => [p, i]))
    const last = new Map(declared.map((p) => [p, Math.max(0, ...p.uses.map(({ user }) => place.get(user)!))]))
    return points.flatMap((point, i) => [
      ...(point.node.kind === 'symbol' ? [] : [point]),
      ...declared.filter((p) => last.get(p) === i),
    ])
  }

  // ——— the notation of values and adjoints

  #name({ node, seed }: Worked): void {
    if (!isAdjoint(seed)) return
    const term = this.#written.terms.find((e) => e.of === node)
    const layout = (term && this.#written.left.get(term)) ?? this.#derivative(node)
    this.#written.call(seed, layout)
    this.#shapes.learn(layout, seed.shape)
    this.#shapes.learn(this.#derivative(node), seed.shape)
  }

  #derivative = (node: Node): Layout => derivative(this.#written.of, this.#chain.value(node))

  /** δ, or ∂loss/∂value where it has no name. */
  #adjoint(worked: Worked): Layout {
    return isAdjoint(worked.seed) ? this.#written.writer.line(worked.seed) : this.#derivative(worked.node)
  }

  // ——— along paths

  #alongPaths(worked: Worked, paths: readonly Path[]): StepBlock {
    const words = this.#words
    const says: Rich[] = [
      ...(paths.length === 1 ? [] : [[words.paths(String(paths.length))]]),
      ...paths.map((path): Rich => [
        ...(paths.length === 1 ? [words.path] : []),
        row(
          path.flatMap(({ at }, i) => [...(i === 0 ? [] : [sign('→')]), this.#chain.value(at.node)]),
          BINDING.comparison,
        ),
      ]),
    ]
    const left = this.#derivative(worked.node)
    const edges = paths.map((path) => path.slice(1).map(({ at, use }) => ({ at, use: use! })))
    const single = edges.length === 1 && edges[0]!.length === 1
    const lines: StepLine[] = []
    if (!single)
      lines.push({
        left,
        right: this.#chain.plus(
          edges.map((path) => this.#chain.times(path.map((e) => this.#local(e.use.user, e.at)))),
        ),
        why: [edges.length === 1 ? words.chain : words.perPath],
      })
    const said = new Set<string>()
    for (const { at, use } of edges.flat()) {
      const local = this.#local(use.user, at)
      if (said.has(toText(local))) continue
      said.add(toText(local))
      lines.push(...this.#simplification(local, use.slope!, this.#chain.reasons(use.reasons)))
    }
    const along = this.#found.along(worked, paths)
    if (single && along.rewrites.length === 0) return { title: left, says, lines }
    const factors = edges.map((path) => this.#chain.times(path.map((e) => this.#line(e.use.slope!.result))))
    const before = this.#line(along.before)
    const put = this.#chain.plus(factors)
    lines.push({ left, right: put, why: [words.putIn] })
    if (toText(before) !== toText(put) && along.rewrites.length === 0)
      lines.push({ left: undefined, right: before, why: [words.multiplied] })
    lines.push(...this.#rewrites(along.rewrites))
    return { title: left, says, lines }
  }

  #local = (user: Worked, at: Worked): Layout =>
    derivative(this.#chain.value(user.node), this.#chain.value(at.node))

  // ——— value by value

  #atPoint(worked: Worked): StepBlock {
    const { node, uses, sum, inserted, isTerm } = worked
    const words = this.#words
    const says: Rich[] = [
      this.#chain.usedIn(
        this.#chain.value(node),
        uses.map(({ user }) => user.node),
      ),
    ]
    const count = worked.isWanted ? countPaths(worked) : 0n
    if (count > 1n) says.push([words.manyPaths(String(count))])
    const plain = this.#derivative(node)
    const left = this.#adjoint(worked)
    const lines: StepLine[] = []
    if (isTerm && toText(left) !== toText(plain)) lines.push({ left, right: plain, why: [words.definition] })
    const add = (right: Layout, why: Rich): void => {
      const first = lines.length === 0 ? (isTerm ? left : plain) : undefined
      if (toText(lines.at(-1)?.right ?? first!) !== toText(right) || first)
        lines.push({ left: first, right: this.#shapes.under(right), why })
    }
    const chain = uses.map(({ user, reasons }) =>
      isAdjoint(user.seed)
        ? this.#chain.use(this.#adjoint(user), user.node, node, reasons, this.#found.loss.shape.length)
        : undefined,
    )
    const isShort = chain.reduce((size, c) => size + (c?.size ?? 0), 0) <= MOST_CHAINED
    if (isShort && chain.every((c) => c !== undefined))
      add(this.#chain.plus(chain), [uses.length === 1 ? words.chain : words.sumOfUses])
    add(
      this.#plusOf(
        uses.map(({ sent }) => this.#line(sent)),
        sum.before,
      ),
      this.#chain.reasons(uses.flatMap((use) => use.reasons)),
    )
    for (const line of this.#rewrites(sum.rewrites)) add(line.right, line.why)
    if (inserted) {
      const named = uses
        .filter(({ user }) => !user.isTerm && isAdjoint(user.seed))
        .map(({ user }) => this.#derivative(user.node))
      const puts = named.flatMap((n, i) => [...(i === 0 ? [] : [words.comma]), n])
      if (inserted.before !== sum.result)
        add(this.#line(inserted.before), puts.length > 0 ? [words.putFor, ...puts] : [words.simplified])
      for (const line of this.#rewrites(inserted.rewrites)) add(line.right, line.why)
    }
    return {
      title: worked.isTerm || worked.isWanted ? left : plain,
      says,
      lines: lines.flatMap((l) => this.#withAuxiliaries(l)),
    }
  }

  /** The parts that were sent, in the order of their uses; as one sum where something cancels. */
  #plusOf(parts: readonly Layout[], sum: Node): Layout {
    return parts.length === 1
      ? parts[0]!
      : sum.kind === 'sum' && sum.args.length === parts.length
        ? this.#line(sum)
        : this.#chain.plus(parts)
  }

  /** Gradients that are zero because nothing leads to them. */
  #unreached(): StepBlock[] {
    const reached = new Set(this.#wanted().map(({ node }) => nameOf(node)))
    return this.#written.found.gradients.flatMap(({ name, left, right }) =>
      name === '' || reached.has(name)
        ? []
        : [{ title: left, says: [[this.#words.unused]], lines: [{ left, right, why: [] }] }],
    )
  }

  // ——— steps

  #simplification(left: Layout, found: Simplification, why: Rich): StepLine[] {
    return [{ left, right: this.#line(found.before), why }, ...this.#rewrites(found.rewrites)].flatMap((l) =>
      this.#withAuxiliaries(l),
    )
  }

  #rewrites(rewrites: readonly Rewrite[]): StepLine[] {
    const shown = rewrites.length > MOST_REWRITES ? [...rewrites.slice(0, MOST_REWRITES - 1)] : rewrites
    const lines = shown.map(({ rule, after }): StepLine => ({
      left: undefined,
      right: this.#line(after),
      why: [rule ? (this.#language === 'zh' ? rule.zh : rule.name) : this.#words.simplified],
    }))
    if (shown !== rewrites)
      lines.push({
        left: undefined,
        right: this.#line(rewrites.at(-1)!.after),
        why: [this.#words.moreSteps(String(rewrites.length - shown.length))],
      })
    return lines
  }

  #line = (node: Node): Layout => this.#written.writer.line(node)

  /** A line after those of the names that it needed. */
  #withAuxiliaries(line: StepLine): StepLine[] {
    const names = this.#written.writer.auxiliaries().map(auxiliaryLine)
    return [...names.map(({ left, right }) => ({ left, right, why: [] })), line]
  }
}

const nameOf = (node: Node): string =>
  node.kind === 'symbol' ? node.symbol.name : node.kind === 'equation' ? node.name : ''
