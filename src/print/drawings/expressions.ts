import type { Graph } from '../../graph/graph.ts'
import type { Network } from '../../graph/network.ts'
import type { Node } from '../../graph/node.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { topological } from '../../graph/traverse.ts'
import { ONE } from '../../base/rational.ts'
import { type BoxKind, type Drawing, Sketch } from './drawing.ts'
import { type Formulas, namesOf, writesRows } from '../formulas/formulas.ts'
import { type Layout, letter, number, script } from '../layout/layout.ts'
import type { Names } from '../expressions/names.ts'
import { Order } from '../expressions/order.ts'
import { toText } from '../layout/text.ts'
import { Writer } from '../expressions/writer.ts'

type Pass = 'forward' | 'backward'

/**
 * The graph of expressions, an operation in each box; what the program has no name for is called v₁, v₂, … as in a
 * Wengert list. With `backward` the error terms and gradients stand beside it, and take from it by dashed arrows.
 */
export function expressionDrawing(
  g: Graph,
  found: Formulas,
  { backward }: { readonly backward: boolean },
): Drawing {
  const { network } = found
  const drawer = new Drawer(g, network)
  drawer.pass = 'forward'
  for (const { name, node } of network.equations)
    drawer.call(node.body, drawer.names.of(name), name, drawer.kindOf(node))
  for (const { node } of network.equations) drawer.add(node)
  if (backward) {
    drawer.pass = 'backward'
    for (const { left, node, name } of found.errorTerms) drawer.error(node, left, name)
    for (const { left, node, name } of found.gradients) drawer.call(node, left, name, 'gradient')
    for (const { node } of found.errorTerms) drawer.add(node)
    for (const { left, node } of found.gradients) drawer.result(left, node)
  }
  const groups = backward ? (['forward', 'backward'] as const).map((id) => ({ id, title: `${id} pass` })) : []
  const { boxes, arrows } = drawer.sketch
  return { title: network.name, round: false, direction: 'down', groups, boxes, arrows }
}

/** What a node is called, and drawn as. */
interface Called {
  readonly layout: Layout
  readonly name: string
  readonly kind: BoxKind
}

/** A node's box, and what stands for it in the formulas of its users. */
interface Drawn {
  readonly id: string | undefined
  readonly pass: Pass
  readonly standIn: Node
  readonly layout: Layout | undefined
}

class Drawer {
  readonly sketch = new Sketch()
  readonly names: Names
  pass: Pass = 'forward'
  readonly #g: Graph
  readonly #network: Network
  readonly #order: Order
  readonly #writer: Writer
  readonly #called = new NodeMap<Called>()
  readonly #drawn = new NodeMap<Drawn>()
  readonly #errors = new NodeMap<Layout>()
  readonly #layouts = new NodeMap<Layout>()
  readonly #letter: string
  #count = 0

  constructor(g: Graph, network: Network) {
    this.#g = g
    this.#network = network
    this.names = namesOf(network)
    this.#letter = unused(network, this.names)
    this.#order = new Order(g, network)
    this.#writer = new Writer(g, {
      names: this.names,
      order: this.#order,
      rows: writesRows(g, network),
      adjoint: (node) => this.#layouts.get(node) ?? this.names.of(node.name),
      uses: new NodeMap(),
    })
  }

  kindOf(equation: Node): BoxKind {
    if (equation === this.#network.loss?.node) return 'loss'
    return this.#network.outputs.some(({ node }) => node === equation) ? 'output' : 'value'
  }

  /** Gives an operation its name, if it has none and is not drawn without one. */
  call(node: Node, layout: Layout, name: string, kind: BoxKind): void {
    if (isOperation(node) && !this.#called.has(node) && !this.#drawn.has(node))
      this.#called.set(node, { layout, name, kind })
  }

  /** Names an error term; one that is a value of the forward pass, such as ŷ − y, is a box of its own where it is used. */
  error(node: Node, layout: Layout, name: string): void {
    this.#errors.set(node, layout)
    this.call(node, layout, name, 'error')
  }

  /** Boxes for a node and for all that it is made of. */
  add(root: Node): Drawn {
    for (const node of topological([root], (n) => this.#drawn.has(n)))
      if (!this.#drawn.has(node)) this.#drawn.set(node, this.#draw(node))
    return this.#drawn.get(root)!
  }

  /** A gradient that is something else already, such as an error term, is a box of its own. */
  result(left: Layout, node: Node): void {
    const drawn = this.add(node)
    if (drawn.layout === undefined || toText(drawn.layout) !== toText(left))
      this.#box({ layout: left, name: '', kind: 'gradient' }, node, [node])
  }

  #draw(node: Node): Drawn {
    if (node.kind === 'equation') {
      const drawn = this.#drawn.get(node.body)!
      const called = this.#called.get(node.body)
      const error = node.role === 'adjoint' ? this.#errors.get(node.body) : undefined
      if (called && called.layout === (error ?? called.layout) && called.name === node.name) return drawn
      const kind = error ? 'error' : this.kindOf(node)
      const own: Called = { layout: error ?? this.names.of(node.name), name: node.name, kind }
      return this.#box(own, node.body, [node.body])
    }
    if (isOperation(node)) {
      const fresh = (): Called => ({ layout: this.#fresh(), name: this.#near(node), kind: 'value' })
      return this.#box(this.#called.get(node) ?? fresh(), this.#shallow(node), node.args)
    }
    const drawn: Drawn = { id: undefined, pass: this.pass, standIn: node, layout: undefined }
    if (node.kind !== 'symbol' || node.symbol.role === 'constant' || node.symbol.role === 'dim') return drawn
    const { name, role } = node.symbol
    // Drawings are of known depth: there are no members at general indices in them.
    if (role === 'member' || role === 'adjoint' || role === 'index') return drawn
    const layout = this.names.of(name)
    return { ...drawn, layout, id: this.#place(role === 'hyper' ? 'param' : role, toText(layout)) }
  }

  /** A box `name = formula` with arrows from what is in the formula. */
  #box({ layout, name, kind }: Called, formula: Node, from: readonly Node[]): Drawn {
    const right = this.#drawn.get(formula)?.standIn ?? formula
    const text = toText(this.#writer.line(right))
    const id = this.#place(kind, `${toText(layout)} = ${text}`)
    for (const arg of from) {
      const source = this.#drawn.get(arg)!
      if (source.id !== undefined) this.sketch.arrow(source.id, id, { dashed: source.pass !== this.pass })
    }
    const { shape, samples } = formula
    const inside = this.#g.symbol({
      name: `box ${id}`,
      role: 'input',
      shape,
      assumptions: new Set(),
      samples,
    })
    const standIn = this.#g.equation(name, inside, 'adjoint')
    this.#layouts.set(standIn, layout)
    return { id, pass: this.pass, standIn, layout }
  }

  #place(kind: BoxKind, line: string): string {
    return this.sketch.box(kind, [line], this.pass)
  }

  /** The operation on names: its arguments replaced by what stands for them, in the order in which they were written. */
  #shallow(node: Node): Node {
    const standIn = (n: Node): Node => this.#drawn.get(n)?.standIn ?? n
    const shallow = this.#g.rebuild(node, node.args.map(standIn))
    const written = this.#g.written(node)
    return written ? this.#g.noteWritten(shallow, written.map(standIn)) : shallow
  }

  /** The equation that an operation stands at, by which factors are ordered. */
  #near(node: Node): string {
    return this.#network.equations[Math.floor(this.#order.position(node) + 0.25)]?.name ?? ''
  }

  #fresh(): Layout {
    return script(letter(this.#letter), number(ONE.mul(++this.#count)), undefined)
  }
}

const isOperation = (node: Node): boolean => node.args.length > 0 && node.kind !== 'equation'

/** A letter that no name of the program begins with. */
function unused({ equations, params, data, hypers }: Network, names: Names): string {
  const symbols = [...params, ...data, ...hypers].map(({ symbol }) => symbol)
  const texts = [...equations, ...symbols].map(({ name }) => toText(names.of(name)))
  return [...'vustrqponmlkjihgfedcba'].find((c) => !texts.some((text) => text.startsWith(c))) ?? 'node'
}
