/** A worked example: every value of the forward and of the backward pass, with its name and its formula, in order. */
import type { Source } from './base/span.ts'
import type { Diagnostic } from './base/diagnostics.ts'
import { analyse } from './compiler/analyse.ts'
import type { AnalyseOptions } from './compiler/run.ts'
import { isCoupled } from './derive/whole-batch.ts'
import type { Graph } from './graph/graph.ts'
import { type Network, valueNodes } from './graph/network.ts'
import { type Node, isAdjoint } from './graph/node.ts'
import { topological } from './graph/traverse.ts'
import { type Tensor, type NamedValues, doubles, evaluateAll, given, isBatched } from './interpret/index.ts'
import { overSamples } from './print/formulas/samples.ts'
import {
  type Layout,
  type Line,
  expression,
  formulas,
  namesOf,
  readingOrder,
  rightOf,
  toText,
} from './print/index.ts'

/** A name, what it is, and its value; what is given, and parts without a name, have no formula. */
export interface Step {
  readonly left: Layout
  readonly right: Layout | undefined
  readonly value: Tensor<number>
}

export interface Trace {
  readonly given: readonly Step[]
  readonly forward: readonly Step[]
  readonly backward: readonly Step[]
}

export interface TracedProgram {
  readonly source: Source
  readonly diagnostics: readonly Diagnostic[]
  /** Undefined where the program has errors. */
  readonly network: Network | undefined
  /** Throws a RangeError where a value is missing or does not fit, an EvaluationError where there is none. */
  readonly at: (values: NamedValues) => Trace
}

/** A program ready to be worked through by numbers. */
export function traced(text: string, options: AnalyseOptions = {}): TracedProgram {
  const first = analyse(text, options)
  const names = first.mathematics && inOrder(first.mathematics.written.network)
  const { graph, mathematics, diagnostics, source } = names?.length
    ? analyse(text, { ...options, wrt: names })
    : first
  const written = mathematics?.written
  return {
    source,
    diagnostics,
    network: written?.network,
    at: (values) => {
      const { network } = written!
      const sample = formulas(graph, written!)
      const { batch } = network
      const found =
        batch !== undefined && isCoupled(valueNodes(network)) ? overSamples(sample, batch) : sample
      const steps = found.forward.flatMap((line) => withParts(graph, network, line))
      const back = backward(found.errorTerms, found.gradients, network)
      const roots = [...network.equations.map((e) => e.node), ...[...steps, ...back].map(({ node }) => node)]
      const arranged = readingOrder(graph, network)
      const { tensors, dims } = given(network, roots, values)
      const all = evaluateAll(roots, tensors, doubles, { dims, arranged })
      const step = ({ left, right, entries, node, mean }: Row): Step => {
        const value = all.get(node)!
        const own = right && rightOf({ right, ...(entries ? { entries } : {}) })
        return { left, right: own, value: mean && isBatched(node, value) ? meanOf(value) : value }
      }
      const printed = namesOf(network)
      return {
        given: [...network.data, ...network.params, ...network.hypers].flatMap(({ symbol: { name } }) => {
          const value = tensors.get(name)
          return value ? [{ left: printed.of(name), right: undefined, value }] : []
        }),
        forward: steps.map(step),
        backward: back.map(step),
      }
    },
  }
}

interface Row {
  readonly left: Layout
  readonly right: Layout | undefined
  readonly entries?: readonly Layout[]
  readonly node: Node
  /** The mean over the samples of a batch is told. */
  readonly mean?: true | undefined
}

/** Along the first axis. */
function meanOf({ shape: [count, ...shape], data }: Tensor<number>): Tensor<number> {
  const size = data.length / count!
  const total = (k: number): number =>
    Array.from({ length: count! }, (_, j) => data[j * size + k]!).reduce((a, b) => a + b)
  return { shape, data: Array.from({ length: size }, (_, k) => total(k) / count!) }
}

/**
 * What the loss is differentiated by, from the loss backwards: each equation on the way to a parameter, and after it the
 * parameters that it uses first.
 */
function inOrder({ equations, loss, wrt }: Network): string[] {
  if (!loss) return []
  const by = [...new Set(wrt.map(({ name }) => name))]
  const names = new Set(by)
  const trained = new Set<Node>()
  const used = new Map<string, number>()
  const reached = topological([loss.node])
  for (const node of reached) {
    const isParam = node.kind === 'symbol' && names.has(node.symbol.name)
    if (isParam || node.args.some((arg) => trained.has(arg))) trained.add(node)
  }
  equations.forEach(({ node }, place) => {
    for (const part of partsOf(node))
      if (part.kind === 'symbol' && !used.has(part.symbol.name)) used.set(part.symbol.name, place)
  })
  const at = new Set(reached)
  return equations
    .map(({ name, node }, place) => [
      ...(node !== loss.node && at.has(node) && trained.has(node) ? [name] : []),
      ...by.filter((name) => used.get(name) === place),
    ])
    .reverse()
    .flat()
    .concat(by.filter((name) => !used.has(name)))
}

/** All that the right side of an equation is made of, arguments first, down to names. */
function partsOf(equation: Node): Node[] {
  return topological([equation], (n) => n.kind === 'equation' && n !== equation)
}

/** An equation, before it the arguments of functions in it that have no name: x·W in σ(x·W). */
function withParts(graph: Graph, network: Network, line: Line): Row[] {
  const parts = new Map<string, Row>()
  for (const { kind, args } of topological([line.node], (n) => n.kind === 'equation'))
    for (const node of kind === 'apply' ? args : []) {
      if (node.kind !== 'sum' && node.kind !== 'product') continue
      const { layout: left, where } = expression(graph, node, network)
      // As the argument of a function it is read at a glance, or it is not worth a row.
      if (where.length === 0) parts.set(toText(left), { left, right: undefined, node })
    }
  return [...parts.values(), line]
}

/** Error terms from the loss backwards, each derivative as soon as all that it is made of is known. */
function backward(errorTerms: readonly Line[], gradients: readonly Line[], network: Network): Row[] {
  const equations = new Set(network.equations.map(({ name }) => name))
  const named = new Set(errorTerms.map(({ node }) => node))
  const missing = new Map(gradients.map((line) => [line, namesIn(line.node, named)]))
  const known = new Set<Node>()
  const rows: Line[] = []
  const ready = (): void => {
    for (const [line, terms] of missing) {
      if (!terms.every((term) => known.has(term))) continue
      rows.push(line)
      missing.delete(line)
    }
  }
  ready()
  for (const line of errorTerms) {
    rows.push(line)
    known.add(line.node)
    ready()
  }
  // ∂L/∂ŷ = δ_ŷ says nothing of an equation; of a parameter it is its gradient.
  const said = new Set(errorTerms.map(({ left }) => toText(left)))
  return rows.filter(
    (line) =>
      errorTerms.includes(line) ||
      !(equations.has(line.name) && (isAdjoint(line.node) || said.has(toText(line.left)))),
  )
}

/** What a formula mentions of what has a line of its own. */
function namesIn(node: Node, named: ReadonlySet<Node>): Node[] {
  return topological([node], (n) => n.kind === 'equation')
    .map((n) => (isAdjoint(n) ? n.body : n))
    .filter((n) => named.has(n))
}
