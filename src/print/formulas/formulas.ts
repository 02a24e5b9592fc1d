import type { Language } from '../../base/language.ts'
import type { Graph } from '../../graph/graph.ts'
import { unfixed } from '../../graph/member.ts'
import { type Derived, type Equation, type IndexSum, type Network, lossNodes } from '../../graph/network.ts'
import {
  type EquationNode,
  type Node,
  type Symbol,
  isAdjoint,
  isContraction,
  isSource,
} from '../../graph/node.ts'
import { countUses, topological, transform } from '../../graph/traverse.ts'
import { behindDerivatives } from './behind.ts'
import { errorNames, fromTheLoss } from './errors.ts'
import { entry, subscripted } from '../expressions/entries.ts'
import { type Layout, byLetters, derivative, saysEntries } from '../layout/layout.ts'
import { Names } from '../expressions/names.ts'
import { Order } from '../expressions/order.ts'
import { familiesOf, nameParts } from './parts.ts'
import { formulaNodes, prepare } from './prepare.ts'
import { toText } from '../layout/text.ts'
import { vocabulary } from '../words.ts'
import { type Auxiliary, Writer, choosesColumns } from '../expressions/writer.ts'

/** left = right. */
export interface Line {
  /** Of the equation, or of the parameter whose gradient it is; of an auxiliary, what its letter is. */
  readonly name: string
  readonly left: Layout
  readonly right: Layout
  /** The line is of the entries of its left side, with these letters for their indices. */
  readonly entries?: readonly Layout[]
  /** Of a family with an open range: the indices for which it holds. */
  readonly range?: { readonly index: Layout; readonly from: Layout; readonly to: Layout } | undefined
  /** The line says several, one for each subscript in the place of a letter: which subscripts, and the names of the lines. */
  readonly over?: {
    readonly index: Layout
    readonly values: readonly Layout[]
    readonly names: readonly string[]
  }
  /** What the right side is of. */
  readonly node: Node
  /** The right side is a mean over the samples of a batch, and `node` that of one. */
  readonly mean?: true
}

export interface Formulas {
  /** What symbols in equations stand for: sums over a further index. */
  readonly inner?: ReadonlyMap<Node, IndexSum>
  /** What they are of: the program, with names for the parts of equations that have error terms. */
  readonly network: Network
  readonly forward: readonly Line[]
  readonly errorTerms: readonly Line[]
  readonly gradients: readonly Line[]
  /** What holds of all of them, in sentences. */
  readonly notes: readonly string[]
  /** Of the notes, and of what is said around the formulas. */
  readonly language: Language
}

export interface FormulaOptions {
  /** The parameters whose gradients are shown; all if absent. */
  readonly wrt?: readonly string[]
  /** The equation that was differentiated, if it is not the loss. */
  readonly of?: string
  /** English, if none is named. */
  readonly language?: Language
}

/** Formulas, and what they are written with: for those that go on from them. */
export interface Written {
  readonly found: Formulas
  readonly writer: Writer
  /** As printed, by what they are taken by, and the error terms in them. */
  readonly gradients: ReadonlyMap<Symbol, Node>
  readonly terms: readonly EquationNode[]
  /** The notation of an error term. */
  readonly left: ReadonlyMap<EquationNode, Layout>
  /** A value of the program in terms of the names of parts. */
  readonly image: (node: Node) => Node
  /** The names of parts, by the nodes that they are in the program. */
  readonly parts: ReadonlyMap<Node, string>
  /** Gives another adjoint a notation. */
  readonly call: (adjoint: EquationNode, layout: Layout) => void
  /** Of what is differentiated. */
  readonly of: Layout
}

/** Derivatives in which every error term is called after what it is the derivative by, as in the formulas of `written`. */
export function withTermNames(g: Graph, written: Derived, roots: readonly Node[]): Node[] {
  const terms = (nodes: Iterable<Node>): EquationNode[] => formulaNodes(nodes).filter(isAdjoint)
  const names = namesOf(written.network)
  const { parts } = nameParts(g, written.network, terms(prepare(g, written.gradients).values()), names)
  for (const name of parts.values()) names.of(name)
  const others = nameParts(
    g,
    written.network,
    terms(roots).filter(({ of }) => !parts.has(of!)),
    names,
  )
  return transform(g, roots, (rebuilt) => {
    if (!isAdjoint(rebuilt)) return rebuilt
    const { of, body } = rebuilt
    if (isSource(of!)) return rebuilt
    return g.equation(parts.get(of!) ?? others.parts.get(of!) ?? '', body, 'adjoint', of)
  })
}

/** The network's equations, its error terms from the loss backwards, and a gradient for each parameter. */
export const formulas = (g: Graph, derived: Derived, options: FormulaOptions = {}): Formulas =>
  writtenFormulas(g, derived, options).found

export function writtenFormulas(g: Graph, derived: Derived, options: FormulaOptions = {}): Written {
  const { language = 'en' } = options
  const shown = new Map(
    [...derived.gradients].filter(([symbol]) => !options.wrt || options.wrt.includes(symbol.name)),
  )
  // What derivatives in the program come to is told like a gradient.
  const taken = new Set<Symbol>()
  for (const [name, node] of options.of === undefined ? (derived.taken ?? []) : []) {
    const symbol: Symbol = { name, role: 'input', shape: node.shape, assumptions: new Set() }
    taken.add(symbol)
    shown.set(symbol, node.kind === 'equation' ? node.body : node)
  }
  const short = prepare(g, shown)
  const names = namesOf(derived.network)
  const { network, parts, image } = nameParts(
    g,
    derived.network,
    formulaNodes(short.values()).filter(isAdjoint),
    names,
  )
  const gradients = new Map([...short].map(([symbol, node]) => [symbol, image(node)]))
  const partNames = new Set(parts.values())
  // A loss that was simplified before it was differentiated may have parts that the program does not have.
  const own = network.equations.filter((e) => !partNames.has(e.name)).map((e) => e.node)
  const shownNames = new Set(topological(own).flatMap((n) => (isSource(n) ? [n.name] : [])))
  const hidden = new Set([...behindDerivatives(derived)].map(image))
  const order = new Order(g, network)
  const terms = fromTheLoss(formulaNodes(gradients.values()).filter(isAdjoint), order)
  const ofName = options.of ?? network.loss?.name ?? ''
  const equations = network.equations.filter(reachedBy(network, options.of, partNames))
  const left = new Map<EquationNode, Layout>()
  const w = new Writer(g, {
    names,
    order,
    rows: writesRows(g, network),
    adjoint: (e) => left.get(e) ?? derivative(names.of(ofName), names.of(e.name)),
    uses: countUses([...network.equations.map((e) => e.node as Node), ...gradients.values()]),
    language,
  })
  for (const [e, layout] of errorNames(
    terms,
    network,
    names,
    ofName,
    (node) => w.of(node),
    (e) => ((partNames.has(e.name) && !shownNames.has(e.name)) || hidden.has(e.of!) ? w.fresh() : undefined),
    familiesOf(parts),
  ))
    left.set(e, layout)
  const forward = equations.flatMap((e) => lines(w, e.name, names.of(e.name), e.node.body))
  const errorTerms = terms.flatMap((e) => lines(w, e.name, left.get(e)!, e.body))
  const gradientLines: Line[] = []
  const isJacobian = (network.equations.find((e) => e.name === ofName)?.node.shape.length ?? 0) > 0
  for (const [symbol, node] of gradients) {
    const by = taken.has(symbol) ? names.of(symbol.name) : derivative(names.of(ofName), names.of(symbol.name))
    // An error term that has no shorter name than the derivative that is asked for says nothing by its name.
    const echo = isAdjoint(node) && toText(left.get(node)!) === toText(by)
    const own = lines(w, symbol.name, by, echo ? node.body : node, isJacobian)
    errorTerms.push(...own.slice(0, -1))
    gradientLines.push(own[own.length - 1]!)
  }
  return {
    found: {
      network,
      forward,
      errorTerms,
      gradients: gradientLines,
      notes: notes(network, gradients.values(), options.of, language),
      language,
    },
    writer: w,
    gradients,
    terms,
    left,
    image,
    parts,
    call: (e, layout) => void left.set(e, layout),
    of: names.of(ofName === '' ? 'L' : ofName),
  }
}

export const auxiliaryLine = (a: Auxiliary): Line => ({
  name: '',
  left: a.left,
  right: a.right,
  node: a.node,
})

/** A line, after the lines of the names that it needed. What matrices have no notation for is said of entries. */
export function lines(w: Writer, name: string, left: Layout, node: Node, isJacobian = false): Line[] {
  const whole = w.line(node)
  const isOfEntries = node.shape.length > 0 && !isJacobian && saysEntries(whole)
  const entries = isOfEntries ? node.shape.map((_, axis) => w.names.indices()[axis]!) : undefined
  const right = entries ? entry(w, node, entries, entries.length, true) : whole
  return [...w.auxiliaries().map(auxiliaryLine), { name, left, right, node, ...(entries ? { entries } : {}) }]
}

/** The left side of a line as it is printed. */
export function leftOf({ left, entries }: Line): Layout {
  if (!entries) return left
  return left.kind === 'derivative'
    ? derivative(left.of, subscripted(left.by[0]!, entries))
    : subscripted(left, entries)
}

/** The conventions that the formulas follow, those of what is printed on the right of gradients. */
export function notes(
  network: Network,
  printed: Iterable<Node>,
  of: string | undefined,
  language: Language,
): string[] {
  const words = vocabulary(language)
  const root = network.equations.find(({ name }) => name === of)?.node
  const isJacobian = root !== undefined && root.shape.length > 0
  const hasTensors = network.params.some(({ symbol }) => symbol.shape.length > 0)
  return [
    ...(isJacobian ? [words.jacobianRows] : hasTensors ? [words.gradientShape] : []),
    ...(topological(printed).some((n) => n.kind === 'apply' && n.op.kind === 'mask') ? [words.extremes] : []),
    ...(topological([...printed, ...lossNodes(network)]).some(choosesColumns) ? [words.unitColumns] : []),
    ...(network.batch === undefined ? [] : [words.oneSample(String(network.batch))]),
  ]
}

/** All names of a program, in an order in which earlier ones keep their notation. */
export function namesOf(network: Network): Names {
  const { fixed } = network
  const names = [
    ...network.equations.map((e) => e.name),
    ...[...network.params, ...network.data, ...network.hypers].map((d) => d.symbol.name),
    ...network.dims.keys(),
    ...network.recurrences.map((r) => r.index),
  ]
  return new Names(names, fixed && ((name) => unfixed(name, fixed)))
}

/** Which equations are shown: those under what is differentiated, and the names that its derivatives need. */
function reachedBy(
  network: Network,
  of: string | undefined,
  parts: ReadonlySet<string>,
): (e: Equation) => boolean {
  const root = of === undefined ? undefined : network.equations.find((e) => e.name === of)
  if (!root) return () => true
  const reached = new Set(topological([root.node]))
  return (e) => reached.has(e.node) || parts.has(e.name)
}

/** Whether the program multiplies vectors from the left, x @ W, and never from the right. */
export function writesRows(g: Graph, network: Network): boolean {
  let rows = 0
  let columns = 0
  const nodes = topological(network.equations.map((e) => e.node))
  // aᵀX b is written a @ X @ b in either convention.
  const inner = new Set(nodes.flatMap((n) => (isContraction(n) && n.shape.length === 0 ? n.args : [])))
  for (const node of nodes) {
    if (node.kind !== 'product' || !isContraction(node) || node.args.length !== 2 || inner.has(node)) continue
    const operands = g.written(node) ?? (byAxis(node) as Node[])
    const [a, b] = operands.map((o) => o.shape.length)
    if (a === 1 && b === 2) rows++
    else if (a === 2 && b === 1) columns++
  }
  return rows > 0 && columns === 0
}

/** Without the program's own order: a matrix that is summed over its first axis has the vector on its left. */
function byAxis(node: Node & { kind: 'product' }): readonly Node[] {
  const vector = node.args.findIndex((a) => a.shape.length === 1)
  const matrix = node.args[1 - vector]
  if (vector < 0 || matrix?.shape.length !== 2) return []
  return node.labels[1 - vector]![0] === node.labels[vector]![0]
    ? [node.args[vector]!, matrix]
    : [matrix, node.args[vector]!]
}

/** The right side by itself, a tensor where the line is of its entries. */
export const rightOf = ({ right, entries }: Pick<Line, 'right' | 'entries'>): Layout =>
  entries ? byLetters(right, entries) : right

/** One expression: what is long and stands several times in it has its own lines. */
export interface Expression {
  readonly layout: Layout
  readonly where: readonly Line[]
}

/** A node by itself, equations by their names, error terms and sums over an index, which symbols stand for, written out. */
export function expression(
  g: Graph,
  node: Node,
  network?: Network,
  sums: ReadonlyMap<Node, IndexSum> = new Map(),
): Expression {
  const whole = transform(g, [node], (rebuilt) => (isAdjoint(rebuilt) ? rebuilt.body : rebuilt))[0]!
  const names = network ? namesOf(network) : new Names()
  const w = new Writer(g, {
    names,
    order: new Order(g, network),
    rows: network !== undefined && writesRows(g, network),
    adjoint: (e) => names.of(e.name),
    sums,
    uses: countUses([whole]),
  })
  const all = lines(w, '', names.of('f'), whole)
  return { layout: rightOf(all[all.length - 1]!), where: all.slice(0, -1) }
}
