import type { Language } from '../../base/language.ts'
import { ONE, isNegative } from '../../base/rational.ts'
import { type Extent, addExtents } from '../../graph/extent.ts'
import type { Graph } from '../../graph/graph.ts'
import {
  type ApplyNode,
  type BracketNode,
  type DerivativeNode,
  type Node,
  type SymbolNode,
  isContraction,
} from '../../graph/node.ts'
import type { IndexSum } from '../../graph/network.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { indexName, positionOf } from '../../graph/scan.ts'
import { isStructure } from '../../graph/subscripts.ts'
import { topological } from '../../graph/traverse.ts'
import { softmaxIn } from '../../ops/index.ts'
import { applied, selectsPositions } from './apply.ts'
import { blocks } from './blocks.ts'
import { byItsEntries, tableLayout } from './by-its-entries.ts'
import { hasView, transposedInside } from './views.ts'
import type { Writer as Contract } from './contract.ts'
import { contracted } from './contraction.ts'
import { entry } from './entries.ts'
import {
  BINDING,
  bracket,
  byLetters,
  derivative,
  fence,
  type Layout,
  letter,
  minus,
  number,
  row,
  script,
  sign,
  transposed,
} from '../layout/layout.ts'
import { indexSum } from './index-sum.ts'
import type { Names } from './names.ts'
import type { Order } from './order.ts'
import { pure } from './product.ts'
import { sum } from './sum.ts'
import { type Vocabulary, vocabulary } from '../words.ts'

/** A part of a formula that is given a name of its own, because written out it would be too long or too deep. */
export interface Auxiliary {
  readonly node: Node
  readonly left: Layout
  readonly right: Layout
}

export interface WriterOptions {
  readonly names: Names
  readonly order: Order
  /** Vectors are rows: x W, xᵀδ. Else they are columns: W x, δ xᵀ. */
  readonly rows: boolean
  /** The notation of an adjoint. */
  readonly adjoint: (node: Node & { kind: 'equation' }) => Layout
  /** The notation of an adjoint at an index of a recurrence. */
  readonly adjointAt?: (node: SymbolNode) => Layout
  /** What symbols stand for: sums over an index. */
  readonly sums?: ReadonlyMap<Node, IndexSum>
  /** How often each node is used in all formulas: what is used often is written once. */
  readonly uses: NodeMap<number>
  /** Of the words in formulas: if, otherwise. */
  readonly language?: Language
}

/**
 * The data that say which unit vectors a bracket is: [i = y], i along its axis, and of a vector of positions the matrix with the unit
 * vectors as columns, or `across` as rows.
 */
function unitsOf(node: BracketNode): { readonly data: Node; readonly across: boolean } | undefined {
  const { relation, shape, coefficients, multiples, args, offset, labels } = node
  const [data] = args
  if (relation !== '=' || args.length !== 1 || offset !== 0 || shape.length > 2) return undefined
  if (data!.shape.length !== shape.length - 1 || Math.abs(multiples[0]!) !== 1) return undefined
  const axis = coefficients.findIndex((c) => c === -multiples[0]!)
  const others = coefficients.every((c, k) => k === axis || (c === 0 && labels[0]!.includes(k)))
  return axis >= 0 && others ? { data: data!, across: axis === 1 } : undefined
}

/** Whether a node is a matrix of unit vectors. */
export const choosesColumns = (node: Node): boolean =>
  node.kind === 'bracket' && node.shape.length === 2 && unitsOf(node) !== undefined

/** Leaves that a shared part without a name may have before it gets one, and levels that anything may. */
const MOST_SHARED = 40
const MOST_DEPTH = 60

/** Writes nodes as layouts: each once, arguments first, so that depth costs no stack. */
export class Writer implements Contract {
  readonly g: Graph
  readonly names: Names
  readonly order: Order
  readonly rows: boolean
  readonly words: Vocabulary
  readonly #adjoint: WriterOptions['adjoint']
  readonly #adjointAt: WriterOptions['adjointAt']
  readonly #sums: ReadonlyMap<Node, IndexSum>
  readonly #uses: NodeMap<number>
  readonly #layouts = new NodeMap<Layout>()
  readonly #auxiliaries: Auxiliary[] = []
  readonly #replaced = new Set<Node>()
  #count = 0

  constructor(g: Graph, options: WriterOptions) {
    this.g = g
    this.names = options.names
    this.order = options.order
    this.rows = options.rows
    this.words = vocabulary(options.language)
    this.#adjoint = options.adjoint
    this.#adjointAt = options.adjointAt
    this.#sums = options.sums ?? new Map()
    this.#uses = options.uses
  }

  /** A formula on a line of its own. What it needed names for is handed out by `auxiliaries`. */
  line(root: Node): Layout {
    const entries = byItsEntries(this.g, root, (entry) => this.of(entry))
    if (entries && 'layout' in entries) return entries.layout
    const whole = entries?.sum ?? root
    this.#writeUnder(whole)
    return this.#write(whole)
  }

  /** The names introduced since it was last asked. */
  auxiliaries(): Auxiliary[] {
    return this.#auxiliaries.splice(0)
  }

  /** The layout of an argument of what is being written. */
  of(node: Node): Layout {
    const known = this.#layouts.get(node)
    if (known) return known
    this.#writeUnder(node)
    return this.#finish(node)
  }

  /** The layout of a node, unless it stands as the name of an auxiliary. */
  plain(node: Node): Layout | undefined {
    const layout = this.of(node)
    return this.isReplaced(node) ? undefined : layout
  }

  /** The transpose of a matrix: of a product of matrices again a product. */
  flipped(node: Node): Layout {
    const plain = this.of(node)
    if (!this.isReplaced(node) && hasView(node, 0)) return this.of(transposedInside(this.g, node, 0))
    const inBlocks = node.kind === 'sum' && !this.isReplaced(node) ? blocks(this, node, true) : undefined
    return (
      inBlocks ??
      (node.kind === 'product' && isContraction(node) && !this.isReplaced(node)
        ? contracted(this, node, true)
        : undefined) ??
      transposed(plain)
    )
  }

  /** Whether the node stands as the name of an auxiliary. */
  isReplaced(node: Node): boolean {
    return this.#replaced.has(node)
  }

  /** Everything below a node, but not the node: equations are names, and nothing below them is looked at. */
  #writeUnder(root: Node): void {
    const isLeaf = (n: Node): boolean => n.kind === 'equation' || (n !== root && this.#layouts.has(n))
    for (const n of topological([root], isLeaf)) if (n !== root && !this.#layouts.has(n)) this.#finish(n)
  }

  #finish(node: Node): Layout {
    let layout = this.#write(node)
    const shared = (this.#uses.get(node) ?? 0) > 1
    if (
      node.args.length > 0 &&
      node.kind !== 'equation' &&
      ((shared && layout.size > MOST_SHARED) || layout.depth > MOST_DEPTH)
    ) {
      const left = this.fresh()
      this.#auxiliaries.push({ node, left, right: layout })
      this.#replaced.add(node)
      layout = left
    }
    this.#layouts.set(node, layout)
    return layout
  }

  /** u₁, u₂, … where the program has no such names. */
  fresh(): Layout {
    for (;;) {
      const name = script(letter('u'), number(ONE.mul(++this.#count)), undefined)
      if (this.names.take(name, `auxiliary ${this.#count}`)) return name
    }
  }

  #write(node: Node): Layout {
    switch (node.kind) {
      case 'constant':
        return isNegative(node.value) ? minus(number(node.value.neg())) : number(node.value)
      case 'symbol': {
        if (node.symbol.entries) return tableLayout(this.g, node)
        const sum = this.#sums.get(node)
        if (sum) return indexSum(sum, this.line(sum.node))
        return node.symbol.role === 'adjoint' && this.#adjointAt
          ? this.#adjointAt(node)
          : this.names.of(node.symbol.role === 'index' ? indexName(node.symbol) : node.symbol.name)
      }
      case 'equation':
        return node.role === 'adjoint' ? this.#adjoint(node) : this.names.of(node.name)
      case 'delta':
        return letter('I')
      case 'basis':
        return this.#unit(node.index)
      case 'iota':
        return this.byEntries(node)
      case 'bracket': {
        const position = positionOf(node)
        if (position !== undefined) return this.#unit(position)
        const units = unitsOf(node)
        if (!units) return this.byEntries(node)
        const e = script(letter('e'), this.of(units.data), undefined)
        return units.across ? transposed(e) : e
      }
      case 'sum':
        return (
          blocks(this, node) ??
          (this.#saysEntries(node) ? this.byEntries(node) : (this.#matrix(node) ?? sum(this, node)))
        )
      case 'product':
        if (this.#saysEntries(node)) return this.byEntries(node)
        return (isContraction(node) ? contracted(this, node) : pure(this, node)) ?? this.byEntries(node)
      case 'apply':
        return selectsPositions(node) || this.#isOfEntries(node) ? this.byEntries(node) : applied(this, node)
      case 'derivative':
        return this.#derivative(node)
      case 'scan':
        return this.names.of(node.scan.families[node.which]!.name)
    }
  }

  /** A unit vector by its position, from 0. */
  #unit(position: Extent): Layout {
    return script(letter('e'), this.of(this.g.extent(addExtents(position, 1))), undefined)
  }

  /** A matrix that is put together of its entries, by its rows: so it stands within longer formulas as well. */
  #matrix(node: Node): Layout | undefined {
    const entries =
      node.shape.length === 2 ? byItsEntries(this.g, node, (entry) => this.of(entry)) : undefined
    return entries && 'layout' in entries ? entries.layout : undefined
  }

  /** An argument of a function: a vector that is put together of its entries is these. */
  argument(node: Node): Layout {
    const plain = this.of(node)
    if (node.shape.length !== 1 || this.isReplaced(node)) return plain
    const entries = byItsEntries(this.g, node, (entry) => this.of(entry))
    return entries && 'layout' in entries ? entries.layout : plain
  }

  /** A softmax is a function of a whole. */
  #isOfEntries(node: ApplyNode): boolean {
    return node.op.kind === 'pointwise' && this.#saysEntries(node) && !softmaxIn(this.g, node)
  }

  /** Whether an operand is said by its entries: then so is what is made of it. */
  #saysEntries(node: Node): boolean {
    return node.args.some((a) => {
      const l = a.shape.length > 0 && !isStructure(a) ? this.of(a) : undefined
      return l?.kind === 'script' && l.entries !== undefined
    })
  }

  /** ∂²u/∂x²: derivatives of derivatives as one. (∂f/∂x)ᵤ where u is held, as in thermodynamics. */
  #derivative(node: DerivativeNode): Layout {
    const by: Layout[] = []
    const { held } = node
    const isSame = (n: DerivativeNode): boolean =>
      n.held.length === held.length && n.held.every((u, i) => u === held[i])
    let of: Node = node
    for (; of.kind === 'derivative' && isSame(of) && !(of !== node && this.isReplaced(of)); of = of.of)
      by.push(this.of(of.by))
    const whole = derivative(bracket(this.of(of), BINDING.postfix), ...by)
    if (held.length === 0) return whole
    const names = held.flatMap((u, i) => [...(i > 0 ? [sign(',')] : []), this.of(u)])
    return script(fence('(', whole), row(names, BINDING.sum), undefined)
  }

  /** A tensor as its entries: [Σₖ Aᵢₖ Bⱼₖ cₖ]ᵢⱼ. For what matrices have no notation, and always right. */
  byEntries(node: Node): Layout {
    const letters = this.names.indices()
    const own = node.shape.map((_, axis) => letters[axis]!)
    const body = entry(this, node, own, own.length, true)
    return own.length === 0 ? body : byLetters(body, own)
  }
}
