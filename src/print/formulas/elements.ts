import { isOne } from '../../base/rational.ts'
import { type Shape, addExtents, sizeOf } from '../../graph/extent.ts'
import { Graph, formOf } from '../../graph/graph.ts'
import type { Network } from '../../graph/network.ts'
import { type EquationNode, type Node, type ProductNode, type SumNode, isAdjoint } from '../../graph/node.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { nestOf } from '../../graph/subscripts.ts'
import { topological } from '../../graph/traverse.ts'
import { softmaxIn } from '../../ops/index.ts'
import { entry, subscripted } from '../expressions/entries.ts'
import { EntryNames, indices, positions, together } from '../expressions/entry-names.ts'
import { type Formulas, type Line, namesOf, writesRows } from './formulas.ts'
import { BINDING, type Layout, derivative, fence, row, script, sign } from '../layout/layout.ts'
import { mapLayout } from '../layout/map-layout.ts'
import { type Names, takeApart } from '../expressions/names.ts'
import { Order } from '../expressions/order.ts'
import { toText } from '../layout/text.ts'
import { type Vocabulary, vocabulary } from '../words.ts'
import { Writer } from '../expressions/writer.ts'

/** Multiplications and additions of a formula that is still written entry by entry. */
const MOST_TERMS = 20_000

/** Why there are no entries to write. */
export type TooMany = 'open' | 'large'

/** Every formula entry by entry: ∂L/∂w₁₁ = δ_h₁·x₁. Sums over axes are written out. */
export function elementwise(g: Graph, found: Formulas): Formulas | TooMany {
  const { network } = found
  const all = [...found.forward, ...found.errorTerms, ...found.gradients]
  const refused = countTerms([...network.equations.map((e) => e.node), ...all.map(({ node }) => node)])
  if (refused) return refused
  const elements = new Elements(g, found)
  const gradients = found.gradients.flatMap((line) => elements.gradient(line))
  return {
    network,
    forward: found.forward.flatMap((line) => elements.equation(line)),
    errorTerms: found.errorTerms.flatMap((line) => elements.error(line)),
    gradients,
    notes: elements.notes(found.notes),
    language: found.language,
  }
}

/** Where the entry at some positions stands among all. */
const rowMajor = (shape: Shape, at: readonly number[]): number =>
  at.reduce((place, p, axis) => place * (shape[axis] as number) + p, 0)

function countTerms(roots: readonly Node[]): TooMany | undefined {
  let count = 0
  for (const n of topological(roots)) {
    const size = sizeOf(n.kind === 'product' ? nestOf(n).free.map((l) => n.extents[l]!) : n.shape)
    if (size === undefined) return 'open'
    count += size
  }
  return count > MOST_TERMS ? 'large' : undefined
}

class Elements {
  readonly #g: Graph
  readonly #network: Network
  /** The graph of the entries, in which nothing has axes. */
  readonly #scalars = new Graph()
  readonly #names: Names
  readonly #words: Vocabulary
  readonly #entryNames: EntryNames
  readonly #order: Order
  readonly #writer: Writer
  readonly #tensors: Writer
  readonly #entries = new NodeMap<readonly Node[]>()
  /** The notation of entries, by the nodes that stand for them. */
  readonly #layouts = new NodeMap<Layout>()
  readonly #errors = new NodeMap<(at: readonly number[]) => Layout>()

  constructor(g: Graph, found: Formulas) {
    const { network } = found
    this.#g = g
    this.#network = network
    this.#names = namesOf(network)
    this.#entryNames = new EntryNames(this.#names, network)
    for (const line of found.errorTerms) this.#errors.set(line.node, this.#errorStyle(line))
    this.#order = new Order(g, network)
    const errors = new NodeMap<Layout>()
    for (const { left, node } of found.errorTerms) errors.set(node, left)
    const rows = writesRows(g, network)
    this.#words = vocabulary(found.language)
    const shared = {
      names: this.#names,
      rows,
      uses: new NodeMap<number>(),
      language: found.language,
    }
    this.#tensors = new Writer(g, {
      ...shared,
      order: this.#order,
      adjoint: (node) => errors.get(node.body) ?? this.#names.of(node.name),
    })
    this.#writer = new Writer(this.#scalars, {
      ...shared,
      order: new Order(this.#scalars, { ...network, equations: this.#slots() }),
      adjoint: (node) => this.#layouts.get(node)!,
    })
  }

  equation({ name, left, right, node }: Line): Line[] {
    if (node.shape.length === 0 && name === '') return [{ name, left, right, node }]
    return this.#lines(node, name, (at) =>
      name === '' ? subscripted(left, indices(at)) : this.#name(name, node.shape)(at),
    )
  }

  error({ name, node }: Line): Line[] {
    return this.#lines(node, name, this.#errors.get(node)!)
  }

  gradient({ name, left, node }: Line): Line[] {
    if (left.kind !== 'derivative') return []
    const shape = this.#shapeOf(name)
    const rank = node.shape.length - shape.length
    const of = this.#network.equations.find((e) => toText(this.#names.of(e.name)) === toText(left.of))!
    return this.#lines(node, name, (at) =>
      derivative(
        this.#name(of.name, of.node.shape)(at.slice(0, rank)),
        this.#name(name, shape)(at.slice(rank)),
      ),
    )
  }

  /** How the entries of a name are written, where that is not the name with indices. */
  notes(general: readonly string[]): string[] {
    const shown = [...this.#network.params, ...this.#network.data]
      .map(({ symbol }) => symbol)
      .concat(this.#network.equations.map(({ name, node }) => ({ name, shape: node.shape }) as never))
      .filter(({ shape }) => shape.length > 0 && sizeOf(shape) !== 0)
      .map(({ name, shape }) => {
        const first = shape.map(() => 0)
        const own = toText(this.#name(name, shape)(first))
        const plain = toText(subscripted(this.#names.of(name), indices(first)))
        return own === plain ? '' : this.#words.entryOf(own, toText(this.#names.of(name)))
      })
      .filter((text) => text !== '')
    const without = general.filter((text) => text !== this.#words.gradientShape)
    return shown.length === 0 ? without : [this.#words.entries(shown.join(this.#words.comma)), ...without]
  }

  #lines(node: Node, name: string, left: (at: readonly number[]) => Layout): Line[] {
    return positions(node.shape as readonly number[]).flatMap((at, i) => {
      const own = this.#of(node)[i]!
      const right = dotted(this.#writer.line(own))
      const parts = this.#writer
        .auxiliaries()
        .map((a): Line => ({ name: '', left: a.left, right: dotted(a.right), node: a.node }))
      return [...parts, { name: nameAt(name, at), left: left(at), right, node: own }]
    })
  }

  #shapeOf(name: string): Shape {
    const { params, data, hypers, equations } = this.#network
    const symbol = [...params, ...data, ...hypers].map((d) => d.symbol).find((s) => s.name === name)
    return symbol?.shape ?? equations.find((e) => e.name === name)!.node.shape
  }

  #name(name: string, shape: Shape): (at: readonly number[]) => Layout {
    return (at) => this.#entryNames.of(name, shape as readonly number[], at)
  }

  /** δ_h is of h, so its entries are δ_h₁; δ₂ is of a₂, whose entries have the 2 above. */
  #errorStyle({ name, left, node }: Line): (at: readonly number[]) => Layout {
    if (node.shape.length === 0) return () => left
    const own = this.#names.of(name)
    const shape = node.shape
    if (left.kind === 'derivative' && left.by.length === 1 && toText(left.by[0]!) === toText(own))
      return (at) => derivative(left.of, this.#name(name, shape)(at))
    if (left.kind === 'script' && left.base.kind === 'letter') {
      const { base, sub, sup } = left
      if (sub && !sup && toText(sub) === toText(own))
        return (at) => script(base, this.#name(name, shape)(at), undefined)
      const { index } = takeApart(name)
      if (sup && !sub) return (at) => script(base, together(at), sup)
      if (sub && !sup && index?.sub) return (at) => script(base, together(at), fence('(', sub))
    }
    return (at) => subscripted(left, indices(at))
  }

  // ——— the entries of a node

  #of(root: Node): readonly Node[] {
    for (const node of topological([root], (n) => this.#entries.has(n)))
      if (!this.#entries.has(node)) this.#entries.set(node, this.#expand(node))
    return this.#entries.get(root)!
  }

  #expand(node: Node): readonly Node[] {
    const g = this.#scalars
    const shape = node.shape as readonly number[]
    const all = positions(shape)
    switch (node.kind) {
      case 'constant':
        return [g.constant(node.value)]
      case 'symbol':
        if (node.symbol.entries) return node.symbol.entries.map((entry) => g.constant(entry))
        if (node.symbol.role === 'constant' || node.symbol.role === 'dim') return [g.symbol(node.symbol)]
        return all.map((at) =>
          this.#standIn(nameAt(node.symbol.name, at), this.#name(node.symbol.name, shape)(at), node),
        )
      case 'delta':
        return all.map(([i, j]) => g.number(i === j ? 1 : 0))
      case 'basis':
        return all.map(([i]) => g.number(i === node.index ? 1 : 0))
      case 'iota':
        return all.map(([i]) => g.number(i! + 1))
      case 'bracket': {
        const form = formOf(node)
        return all.map((at) =>
          g.bracket(
            node.relation,
            {
              coefficients: [],
              multiples: form.multiples.map((m) => ({
                ...m,
                node: this.#of(m.node)[
                  rowMajor(
                    m.node.shape,
                    m.labels.map((l) => at[l]!),
                  )
                ]!,
                labels: [],
              })),
              offset: node.coefficients.reduce((sum, c, axis) => addExtents(sum, c * at[axis]!), form.offset),
            },
            [],
          ),
        )
      }
      case 'equation': {
        const style = isAdjoint(node) ? this.#errors.get(node.body) : undefined
        if (isAdjoint(node) && !style) return this.#of(node.body)
        return all.map((at) =>
          this.#standIn(nameAt(node.name, at), (style ?? this.#name(node.name, shape))(at), node),
        )
      }
      case 'sum':
        return all.map((_, i) => this.#sum(node, i))
      case 'product':
        return all.map((at) => this.#product(node, at))
      case 'apply':
        if (node.op.kind !== 'pointwise' || softmaxIn(this.#g, node)) return this.#opaque(node, all)
        return all.map((_, i) =>
          g.apply(
            node.op as never,
            node.args.map((arg) => this.#at(arg, i)),
          ),
        )
      case 'derivative':
      case 'scan':
        return this.#opaque(node, all)
    }
  }

  /** The i-th entry of an operand of something elementwise, or the scalar. */
  #at(node: Node, i: number): Node {
    const entries = this.#of(node)
    return node.shape.length === 0 ? entries[0]! : entries[i]!
  }

  #sum(node: SumNode, i: number): Node {
    const terms = node.args.map((arg, k) => ({ node: this.#at(arg, i), coefficient: node.coefficients[k]! }))
    const sum = this.#scalars.sum(terms, node.constant, [])
    const written = this.#g.written(node)?.map((operand) => this.#at(operand, i))
    return written ? this.#scalars.noteWritten(sum, written) : sum
  }

  /** Σ written out, its terms in the order of the index, each with its factors as they were written. */
  #product(node: ProductNode, at: readonly number[]): Node {
    const g = this.#scalars
    const extents = node.extents as readonly number[]
    const written = this.#g.written(node)
    const terms = positions(extents.slice(at.length)).map((summed) => {
      const index = [...at, ...summed]
      const factors = node.args.map((arg, k) => ({
        node: this.#of(arg)[
          flat(
            arg.shape as readonly number[],
            node.labels[k]!.map((l) => index[l]!),
          )
        ]!,
        labels: [],
        exponent: node.exponents[k]!,
      }))
      const product = g.product(node.coefficient, factors, [], [])
      const order = written?.map((operand) => factors[node.args.indexOf(operand)]?.node)
      return order && order.every((o) => o !== undefined) && node.exponents.every(isOne)
        ? g.noteWritten(product, order)
        : product
    })
    if (terms.length === 1) return terms[0]!
    return g.noteWritten(g.addAll(terms, []), terms)
  }

  /** What is no sum, product or function of entries: an entry of the whole, such as softmax(z)₁. */
  #opaque(node: Node, all: readonly (readonly number[])[]): Node[] {
    return all.map((at) =>
      this.#standIn(`${node.id} ${at.join()}`, entry(this.#tensors, node, indices(at), 0, true), node),
    )
  }

  /** A value of the scalar graph with a notation, at its place in the order of factors. */
  #standIn(name: string, layout: Layout, of: Node): Node {
    const symbol = {
      name: `${of.id} ${name}`,
      role: 'input',
      shape: [],
      assumptions: new Set<never>(),
    } as const
    const node = this.#scalars.equation(this.#slotOf(of), this.#scalars.symbol(symbol), 'adjoint')
    this.#layouts.set(node, layout)
    return node
  }

  /** Of each equation: what it uses first, itself, its error; factors are read from the last to the first. */
  #slots(): Network['equations'] {
    const nothing = this.#scalars.number(0)
    return this.#network.equations.flatMap((equation) =>
      ['symbols', 'value', 'error'].map((slot) => {
        const name = `${slot} of ${equation.name}`
        return { ...equation, name, node: this.#scalars.equation(name, nothing) as EquationNode }
      }),
    )
  }

  #slotOf(node: Node): string {
    if (node.kind === 'equation') return `${isAdjoint(node) ? 'error' : 'value'} of ${node.name}`
    return node.kind === 'symbol' ? `symbols of ${this.#order.userOf(node.symbol.name) ?? ''}` : ''
  }
}

/** The entry of a name, as a name that no program has. */
const nameAt = (name: string, at: readonly number[]): string =>
  at.length === 0 ? name : `${name} ${at.join()}`

const flat = (shape: readonly number[], at: readonly number[]): number =>
  shape.reduce((offset, n, axis) => offset * n + at[axis]!, 0)

/** Names with several indices side by side are hard to tell apart: δ_h₁·x₁. */
const dotted = (l: Layout): Layout =>
  mapLayout(l, (part) => {
    const [a, b] = part.kind === 'row' ? part.items : []
    if (part.kind !== 'row' || part.items.length !== 2 || part.level !== BINDING.matrix) return undefined
    return a!.kind === 'script' && b!.kind === 'script' ? row([a!, sign('·'), b!], BINDING.dot) : undefined
  })
