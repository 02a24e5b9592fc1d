/**
 * The adjoint of a recurrence is a recurrence in the other direction (Griewank, Walther, Evaluating Derivatives, section 3.2; for time: Werbos,
 * Backpropagation through time, 1990). A step of it differentiates a step of the recurrence: what comes back to the values of the step is
 * what their users outside send, and what later steps have sent back to this one. What comes from outside to all steps gets the sum over them.
 */
import { ONE } from '../base/rational.ts'
import { type Extent, addExtents } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { LeadingAxis } from '../graph/leading-axis.ts'
import {
  type EquationNode,
  type Node,
  type Scan,
  type SymbolNode,
  isAdjoint,
  isContraction,
  isPureProduct,
  peel,
} from '../graph/node.ts'
import { firstOf, offsetOf, stepOffset } from '../graph/scan.ts'
import { isStructure } from '../graph/subscripts.ts'
import { needsOf, replaced, valuesInOrder } from '../graph/traverse.ts'

/** The derivatives of a loss by nodes, as `differentiate` gives them. */
export type Differentiate = (
  f: Node,
  wanted: readonly Node[],
  isLeaf: (node: Node) => boolean,
) => ReadonlyMap<Node, Node>

/**
 * What a recurrence sends back to what it takes from outside.
 *
 * @param adjoints ∂loss/∂(family), by the family's number, with the axes of a loss that is a tensor (`prefix`) first
 * @param wanted those of `scan.outside` whose adjoints are asked for
 */
export function pullScan(
  g: Graph,
  scan: Scan,
  adjoints: ReadonlyMap<number, Node>,
  wanted: ReadonlySet<Node>,
  prefix: readonly Extent[],
  differentiate: Differentiate,
): Map<Node, Node> {
  return new Adjoint(g, scan, adjoints, prefix).derive(wanted, differentiate)
}

/** Whether a value has more axes than each of those that it is the product of. */
const isOuter = (n: Node): boolean => isPureProduct(n) && n.args.every((a) => a.shape.length < n.shape.length)

/** What the steps of a recurrence see of its members before, for steps of another one. */
export const readsAsTakes = (g: Graph, scan: Scan): Scan['takes'] =>
  scan.reads.map(({ symbol, which, back }) => ({
    symbol,
    of: g.familyOf(scan, which),
    axis: scan.axis,
    offset: offsetOf(scan, which, back),
  }))

/** Whether a value is a member of a tensor from outside, at the index of a step. */
const isMember = (n: Node | undefined): boolean =>
  n !== undefined &&
  isContraction(n) &&
  n.args.filter((a) => !isStructure(a)).length === 1 &&
  n.args.some((a) => a.kind === 'symbol' && a.samples === undefined)

class Adjoint {
  readonly #g: Graph
  readonly #scan: Scan
  readonly #adjoints: ReadonlyMap<number, Node>
  readonly #prefix: readonly Extent[]
  /** What steps have sent back, one symbol for each read of the recurrence: at the step that reads it. */
  readonly #sent: readonly SymbolNode[]

  constructor(g: Graph, scan: Scan, adjoints: ReadonlyMap<number, Node>, prefix: readonly Extent[]) {
    this.#g = g
    this.#scan = scan
    this.#adjoints = adjoints
    this.#prefix = prefix
    const after = new Set([...adjoints.values()].map((n) => n.hash))
    const unique = `${scan.hash.toString(36)}:${[...after].map((h) => h.toString(36)).join()}`
    const samples = [...adjoints.values(), ...scan.reads.map((r) => r.symbol)].find(
      (n) => n.samples !== undefined,
    )?.samples
    this.#sent = scan.reads.map(({ symbol, which, back }) => {
      const { name } = scan.families[which]!
      return g.symbol({
        name: `${name}'${back}~${unique}`,
        role: 'adjoint',
        shape: [...prefix, ...symbol.shape],
        assumptions: new Set(),
        samples,
      }) as SymbolNode
    })
  }

  derive(wanted: ReadonlySet<Node>, differentiate: Differentiate): Map<Node, Node> {
    const g = this.#g
    const scan = this.#scan
    const { seeds, f } = this.#paired()
    // What leads to the values of the step: the sum over them, and the step itself.
    const ends = new Set<Node>([...scan.inside, ...scan.outside, ...seeds])
    const around = new Set(valuesInOrder([f], (n) => ends.has(n)).filter((n) => !ends.has(n)))
    const taken = scan.takes.filter((t) => wanted.has(t.of))
    const used = new Set<Node>(scan.bodies)
    for (const n of scan.inside) for (const a of needsOf(n)) used.add(a)
    const outer = scan.outside.filter((n) => wanted.has(n) && used.has(n))
    const asked = [...scan.reads.map((r) => r.symbol), ...taken.map((t) => t.symbol), ...outer]
    const found = differentiate(f, asked, (n) => !scan.inside.has(n) && !around.has(n))
    const parts = asked.map((n) => found.get(n)!)
    const sent = parts.slice(0, scan.reads.length + taken.length)
    const back = this.#opened(parts.slice(sent.length))
    const known = this.#termsIn(back)
    // Of one value under several names one is enough.
    const values = [...new Set(known.map(peel))]
    const terms = values.map((value) => known.find((n) => peel(n) === value)!)
    const named = (which: number): string => `${scan.families[which]!.name}'`
    const families = g.scan({
      index: scan.index,
      from: scan.from,
      length: scan.length,
      falls: !scan.falls,
      axis: this.#prefix.length,
      families: [
        ...scan.reads.map(({ which }) => named(which)),
        ...taken.map(() => ''),
        ...terms.map((n) => (n.kind === 'equation' ? n.name : '')),
      ].map((name) => ({ name, given: 0 })),
      reads: scan.reads.map((r, which) => ({ symbol: this.#sent[which]!, which, back: r.back })),
      // A step differentiates a step: it sees what that one sees.
      takes: [...scan.takes, ...readsAsTakes(g, scan)],
      initial: [...sent, ...terms].map(() => undefined),
      bodies: [...sent, ...terms],
    })
    const result = new Map<Node, Node>()
    const add = (node: Node, part: Node): void => {
      const known = result.get(node)
      result.set(node, known ? g.add(known, part) : part)
    }
    const stacked = new Map<Node, Node>(
      known.map((n) => [n, families[sent.length + values.indexOf(peel(n))]!]),
    )
    outer.forEach((node, i) => add(node, this.#overSteps(back[i]!, families, stacked)))
    taken.forEach(({ of, axis, offset }, k) => {
      const stack = this.#moved(families[scan.reads.length + k]!, axis)
      const shape = [...this.#prefix, ...of.shape]
      add(of, this.#part(stack, shape, -offset, this.#prefix.length + axis))
    })
    scan.initial.forEach((given, which) => {
      if (given && wanted.has(given)) add(given, this.#toInitial(given, which, families))
    })
    return result
  }

  /** With outer products, and what is sent to a member of a tensor, in the place of their names: to sum or to list them for all steps takes their factors at all steps, and not them. */
  #opened(back: readonly Node[]): readonly Node[] {
    const outer = new Map<Node, Node>()
    for (const n of valuesInOrder(back))
      if (isAdjoint(n) && (isOuter(peel(n)) || isMember(n.of))) outer.set(n, peel(n))
    return outer.size === 0 ? back : replaced(this.#g, back, outer)
  }

  /** With the axis of the steps, which comes first behind the further ones, as that number of those of a value. */
  #moved(stack: Node, axis: number): Node {
    const rank = this.#prefix.length
    const order = stack.shape.map((_, i) => i)
    order.splice(rank, 1)
    order.splice(rank + axis, 0, rank)
    return this.#g.transpose(stack, order)
  }

  /** The error terms in what is sent to the outside, which are other values at each step; and recurrences within the step. */
  #termsIn(back: readonly Node[]): Node[] {
    const { reads, takes, index, bodies } = this.#scan
    const members = new Set(bodies.map(peel))
    const own = new Set<Node>([index, ...this.#sent, ...[...reads, ...takes].map((r) => r.symbol)])
    const depends = new Set<Node>()
    for (const n of valuesInOrder(back))
      if (own.has(n) || needsOf(n).some((a) => depends.has(a))) depends.add(n)
    const isTerm = (n: Node): boolean => isAdjoint(n) || (n.kind === 'scan' && !members.has(n))
    return valuesInOrder(back, isTerm).filter((n) => isTerm(n) && depends.has(n))
  }

  /** Σ ⟨what comes back to the value, the value⟩ over the values of a step. */
  #paired(): { seeds: EquationNode[]; f: Node } {
    const g = this.#g
    const scan = this.#scan
    const prefix = this.#prefix
    const seeds: EquationNode[] = []
    const pairs = scan.bodies.flatMap((body, which) => {
      const parts: Node[] = []
      const outer = this.#adjoints.get(which)
      const offset = addExtents(firstOf(scan, which), stepOffset(scan))
      // One that only says where a value goes is seen through, as it is in what is summed over all steps.
      const seen = outer && isOuter(peel(outer)) ? peel(outer) : outer
      if (seen) parts.push(g.at(seen, prefix.length + scan.axis, scan.index, offset))
      scan.reads.forEach((r, k) => {
        if (r.which === which) parts.push(this.#sent[k]!)
      })
      if (parts.length === 0) return []
      const shape = [...prefix, ...body.shape]
      const name = body.kind === 'equation' ? body.name : scan.families[which]!.name
      const seed = g.equation(name, g.addAll(parts, shape), 'adjoint', body) as EquationNode
      seeds.push(seed)
      const labels = shape.map((_, i) => i)
      return [
        g.product(
          ONE,
          [
            { node: seed, labels, exponent: ONE },
            { node: body, labels: labels.slice(prefix.length), exponent: ONE },
          ],
          prefix.map((_, i) => i),
          prefix,
        ),
      ]
    })
    return { seeds, f: g.addAll(pairs, prefix) }
  }

  /** The sum over all steps of what one sends back. */
  #overSteps(one: Node, families: readonly Node[], stacked: ReadonlyMap<Node, Node>): Node {
    const g = this.#g
    const scan = this.#scan
    const { index, from, length, reads, takes } = scan
    const rank = this.#prefix.length
    /** Members at each step, whose axis is one of the tensor's, with the steps as first axis. */
    const atSteps = (tensor: Node, axis: number, offset: number): Node => {
      const shape = tensor.shape.map((e, i) => (i === axis ? length : e))
      const part = this.#part(tensor, shape, offset, axis)
      return g.transpose(part, [axis, ...shape.map((_, i) => i).filter((i) => i !== axis)])
    }
    const images = new Map<Node, Node>([[index, g.add(g.iota(length), g.extent(addExtents(from, -1)))]])
    for (const [term, stack] of stacked) images.set(term, atSteps(stack, rank, 0))
    reads.forEach(({ symbol, which, back }, k) => {
      images.set(symbol, atSteps(g.familyOf(scan, which), scan.axis, offsetOf(scan, which, back)))
      images.set(this.#sent[k]!, atSteps(families[k]!, rank, scan.falls ? -back : back))
    })
    for (const t of takes) images.set(t.symbol, atSteps(t.of, t.axis, t.offset))
    scan.bodies.forEach((body, which) => {
      const members = atSteps(g.familyOf(scan, which), scan.axis, firstOf(scan, which))
      if (scan.inside.has(body))
        for (const n of [body, peel(body)]) if (!images.has(n)) images.set(n, members)
    })
    const axis = new LeadingAxis(g, length, (n) => images.get(n))
    for (const n of valuesInOrder([one], (m) => images.has(m))) axis.add(n)
    return g.sumOver(axis.stretched(one), [0])
  }

  /** A tensor of another length along an axis: what stands at own position + offset, 0 outside. */
  #part(tensor: Node, shape: readonly Extent[], offset: Extent, axis: number): Node {
    const inner = shape.length
    const labels = shape.map((_, i) => i)
    return this.#g.product(
      ONE,
      [
        { node: tensor, labels: labels.map((l) => (l === axis ? inner : l)), exponent: ONE },
        {
          node: this.#g.bracket(
            '=',
            { coefficients: [1, -1], multiples: [], offset: addExtents(0, offset, -1) },
            [tensor.shape[axis]!, shape[axis]!],
          ),
          labels: [inner, axis],
          exponent: ONE,
        },
      ],
      labels,
      shape,
    )
  }

  /** What comes back to the members that are given: from outside, and from the first steps. */
  #toInitial(given: Node, which: number, families: readonly Node[]): Node {
    const scan = this.#scan
    const shape = [...this.#prefix, ...given.shape]
    const start = scan.falls ? scan.length : 0
    const parts: Node[] = []
    const outer = this.#adjoints.get(which)
    const axis = this.#prefix.length + scan.axis
    if (outer) parts.push(this.#part(outer, shape, start, axis))
    scan.reads.forEach((r, k) => {
      if (r.which !== which) return
      // Step s sees the member at s + its offset.
      const offset = addExtents(start, -offsetOf(scan, which, r.back))
      parts.push(this.#part(this.#moved(families[k]!, scan.axis), shape, offset, axis))
    })
    return this.#g.addAll(parts, shape)
  }
}
