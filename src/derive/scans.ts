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
import { isPositional, isStructure } from '../graph/subscripts.ts'
import { needsOf, replaced, topological, valuesInOrder } from '../graph/traverse.ts'

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

/** Whether a value has more axes than each of those that it is made of entry by entry, besides what is known of positions alone. */
function isOuter(root: Node): boolean {
  const work = [root]
  for (let n = work.pop(); n; n = work.pop()) {
    if (isPureProduct(n) && n.args.every((a) => a.shape.length < root.shape.length)) continue
    if (n.kind === 'apply' && n.op.kind === 'pointwise') work.push(...n.args)
    else if (n.shape.length === root.shape.length && !isPositional(n)) return false
  }
  return root.kind === 'product' || root.kind === 'apply'
}

/** What the steps of a recurrence see of its members before, for steps of another one. */
export const readsAsTakes = (g: Graph, scan: Scan): Scan['takes'] =>
  scan.reads.map(({ symbol, which, back }) => ({
    symbol,
    of: g.familyOf(scan, which),
    axis: scan.axis,
    offset: offsetOf(scan, which, back),
  }))

/** All members of the families in the places of symbols for all so far. The recurrence itself stays as it is. */
function wholeFamilies(g: Graph, scan: Scan): Map<Node, Node> {
  const families = scan.families.map((_, which) => g.familyOf(scan, which))
  return new Map<Node, Node>([
    ...families.map((n) => [n, n] as const),
    ...scan.histories.map((h) => [h.symbol, families[h.which]!] as const),
  ])
}

/**
 * Values of a step of a recurrence as steps of another one see them, where they need all members so far: these are those of the whole family (who
 * asks for them asks for earlier ones alone), and the members of the step itself are taken from it.
 */
export function withFamilies(
  g: Graph,
  scan: Scan,
  nodes: readonly Node[],
): { readonly nodes: readonly Node[]; readonly takes: Scan['takes'] } {
  if (scan.histories.length === 0) return { nodes, takes: [] }
  const images = wholeFamilies(g, scan)
  const takes = scan.bodies.flatMap((body, which) => {
    if (!scan.inside.has(body)) return []
    const { name } = scan.families[which]!
    const symbol = g.symbol({
      name: `${name}·~${scan.hash.toString(36)}`,
      role: 'member',
      shape: body.shape,
      assumptions: new Set(),
      samples: body.samples,
    }) as SymbolNode
    for (const n of [body, peel(body)]) if (!images.has(n)) images.set(n, symbol)
    return [{ symbol, of: g.familyOf(scan, which), axis: scan.axis, offset: firstOf(scan, which) }]
  })
  // What is no value of the step stays: other recurrences have steps at equal indices, and may have equal formulas in them.
  const own = new Set<Node>([scan.index, ...seenBy(scan)])
  const depends = dependentOn(nodes, own)
  for (const n of valuesInOrder(nodes)) if (!depends.has(n)) images.set(n, n)
  return { nodes: replaced(g, nodes, images), takes }
}

/** The symbols by which the steps of a recurrence see members. */
const seenBy = ({ reads, histories, takes }: Scan): Node[] =>
  [...reads, ...histories, ...takes].map((r) => r.symbol)

/** The values that roots are made of and that depend on some others. */
function dependentOn(roots: readonly Node[], others: ReadonlySet<Node>): Set<Node> {
  const depends = new Set<Node>()
  for (const n of valuesInOrder(roots))
    if (others.has(n) || needsOf(n).some((a) => depends.has(a))) depends.add(n)
  return depends
}

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
  /** For names that no other adjoint has. */
  readonly #unique: string

  constructor(g: Graph, scan: Scan, adjoints: ReadonlyMap<number, Node>, prefix: readonly Extent[]) {
    this.#g = g
    this.#scan = scan
    this.#adjoints = adjoints
    this.#prefix = prefix
    const after = new Set([...adjoints.values()].map((n) => n.hash))
    const unique = `${scan.hash.toString(36)}:${[...after].map((h) => h.toString(36)).join()}`
    this.#unique = unique
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
    const ends = new Set<Node>([...scan.inside, ...scan.outside, ...seeds.keys()])
    const around = new Set(valuesInOrder([f], (n) => ends.has(n)).filter((n) => !ends.has(n)))
    const taken = scan.takes.filter((t) => wanted.has(t.of))
    const used = new Set<Node>(scan.bodies)
    for (const n of scan.inside) for (const a of needsOf(n)) used.add(a)
    const outer = scan.outside.filter((n) => wanted.has(n) && used.has(n))
    const asked = [...scan.reads, ...taken, ...scan.histories].map((r) => r.symbol as Node)
    const found = differentiate(f, [...asked, ...outer], (n) => !scan.inside.has(n) && !around.has(n))
    const parts = [...asked, ...outer].map((n) => found.get(n)!)
    // What goes to all members so far is a part of the seeds: they are put in their places when that is known.
    const isLate = scan.histories.length > 0
    const bodies = new Map<Node, Node>([...seeds.keys()].map((n) => [n, n.body]))
    const sent = parts.slice(0, scan.reads.length + taken.length)
    const late = isLate ? [...seeds.keys()] : []
    const back = this.#opened(parts.slice(asked.length), late)
    const toAll = this.#opened(parts.slice(sent.length, asked.length), late).map((n) =>
      this.#unnamed(n, late),
    )
    const depends = this.#dependent([...back, ...toAll], seeds)
    const known = [
      ...this.#termsIn(back, depends, new Set(late)),
      ...toAll.flatMap((n) => this.#factorsIn(n, late)),
    ]
    // Of one value under several names one is enough. What else a seed is made of is not known yet: it stands for itself.
    const isSeed = (n: Node): boolean => late.some((seed) => seed === n)
    const valueOf = (n: Node): Node => (isSeed(n) ? n : peel(n))
    const values = [...new Set(known.map(valueOf))]
    const terms = values.map((value) => known.find((n) => valueOf(n) === value)!)
    const names = values.map((value) => [value, ...known.filter((n) => valueOf(n) === value)])
    const histories = this.#sentToAll(toAll, names, seeds, bodies)
    const named = (which: number): string => `${scan.families[which]!.name}'`
    const own = withFamilies(g, scan, isLate ? replaced(g, [...sent, ...terms], bodies) : [...sent, ...terms])
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
      histories: histories.map((h) => ({ ...h, which: sent.length + h.which })),
      // A step differentiates a step: it sees what that one sees.
      takes: [...scan.takes, ...readsAsTakes(g, scan), ...own.takes],
      initial: [...sent, ...terms].map(() => undefined),
      bodies: own.nodes,
    })
    const result = new Map<Node, Node>()
    const whole = wholeFamilies(g, scan)
    const add = (node: Node, part: Node): void => {
      const known = result.get(node)
      const [own] = isLate ? replaced(g, [part], whole) : [part]
      result.set(node, known ? g.add(known, own!) : own!)
    }
    const stacked = new Map<Node, Node>(
      known.map((n) => [n, families[sent.length + values.indexOf(valueOf(n))]!]),
    )
    outer.forEach((node, i) => add(node, this.#overSteps(back[i]!, families, stacked)))
    taken.forEach(({ of, axis, offset }, k) => {
      const stack = this.#moved(families[scan.reads.length + k]!, axis)
      add(of, this.#g.part(stack, this.#prefix.length + axis, of.shape[axis]!, -offset))
    })
    scan.initial.forEach((given, which) => {
      if (!given || !wanted.has(given)) return
      add(given, this.#toInitial(given, which, families))
      scan.histories.forEach((h, k) => {
        if (h.which !== which) return
        const start = scan.falls ? scan.length : 0
        const sum = this.#overSteps(toAll[k]!, families, stacked)
        add(given, this.#g.part(sum, this.#prefix.length + scan.axis, given.shape[scan.axis]!, start))
      })
    })
    return result
  }

  /**
   * What a step sends back to all members so far, v̄[n] += s[t, n] for n before t, is what a member gets from all later steps, v̄[n] = Σₜ s[t, n]: a
   * sum over what these steps leave of the factors of s, of which the step at hand sees all members so far. It goes into the seeds.
   *
   * @param names of each family that the steps leave: the values that it has the members of
   */
  #sentToAll(
    toAll: readonly Node[],
    names: readonly (readonly Node[])[],
    seeds: ReadonlyMap<EquationNode, number>,
    bodies: Map<Node, Node>,
  ): { symbol: SymbolNode; which: number }[] {
    const g = this.#g
    const scan = this.#scan
    const rank = this.#prefix.length
    const histories: { symbol: SymbolNode; which: number }[] = []
    const left = new Map<Node, Node>()
    const unique = `${this.#unique}:${toAll.map((n) => n.hash.toString(36)).join()}`
    for (const [which, equal] of toAll.length === 0 ? [] : names.entries()) {
      const [value] = equal as [Node]
      const symbol = g.symbol({
        name: `all${which}~${unique}`,
        role: 'adjoint',
        shape: [...value.shape.slice(0, rank), scan.length, ...value.shape.slice(rank)],
        assumptions: new Set(),
        samples: value.samples,
      }) as SymbolNode
      histories.push({ symbol, which })
      for (const n of equal) left.set(n, symbol)
    }
    toAll.forEach((n, k) => {
      const { which } = scan.histories[k]!
      const offset = addExtents(firstOf(scan, which), stepOffset(scan))
      const all = this.#atAllSteps(n, undefined, left)
      const own = g.sumOver(g.at(all, 1 + rank + scan.axis, scan.index, offset), [0])
      for (const [seed, family] of seeds)
        if (family === which) bodies.set(seed, g.add(bodies.get(seed)!, own))
    })
    return histories
  }

  /**
   * The values of a step that what it sends is a product of: of what is no product, that itself. What follows from the index, and from all members so
   * far, any other step has as well.
   */
  #factorsIn(root: Node, seeds: Iterable<Node>): Node[] {
    const { reads, takes, bodies } = this.#scan
    const seen = new Set<Node>([...reads, ...takes].map((r) => r.symbol))
    const depends = dependentOn([root], new Set([...this.#sent, ...seen, ...seeds]))
    for (const n of bodies) seen.add(n).add(peel(n))
    const found: Node[] = []
    const work: Node[] = []
    const add = (n: Node): void => {
      if (depends.has(n) && !seen.has(n)) found.push(n)
    }
    const tops = root.kind === 'sum' ? root.args : [root]
    for (const top of tops)
      if (top.kind === 'product') work.push(...top.args)
      else work.push(top)
    for (let n = work.pop(); n; n = work.pop())
      if (isContraction(n) || isOuter(n)) work.push(...n.args)
      else add(n)
    return found
  }

  /** With outer products, and what is sent to a member of a tensor, in the place of their names: to sum or to list them for all steps takes their factors at all steps, and not them. */
  #opened(back: readonly Node[], late: readonly Node[]): readonly Node[] {
    const isSeed = (n: Node): boolean => late.includes(n)
    const opened = new Set(
      valuesInOrder(back, isSeed).filter((n) => isAdjoint(n) && (isOuter(peel(n)) || isMember(n.of))),
    )
    if (opened.size === 0) return back
    const image = new Map<Node, Node>(late.map((n) => [n, n]))
    for (const n of topological(back, isSeed)) {
      if (image.has(n)) continue
      const args = n.args.map((a) => image.get(a)!)
      const rebuilt = n.args.length === 0 ? n : this.#g.rebuild(n, args)
      image.set(n, opened.has(n) ? peel(rebuilt) : rebuilt)
    }
    return back.map((n) => image.get(n)!)
  }

  /** With the axis of the steps, which comes first behind the further ones, as that number of those of a value. */
  #moved(stack: Node, axis: number): Node {
    const rank = this.#prefix.length
    const order = stack.shape.map((_, i) => i)
    order.splice(rank, 1)
    order.splice(rank + axis, 0, rank)
    return this.#g.transpose(stack, order)
  }

  /** Without names for what is added up at the top, but for those that stand for themselves. */
  #unnamed(root: Node, kept: readonly Node[]): Node {
    for (;;) {
      const names = new Map<Node, Node>()
      const work = [root]
      for (let n = work.pop(); n; n = work.pop())
        if (kept.includes(n)) continue
        else if (isAdjoint(n)) names.set(n, peel(n))
        else if (n.kind === 'sum') work.push(...n.args)
      if (names.size === 0) return root
      ;[root] = replaced(this.#g, [root], names) as [Node]
    }
  }

  /** What is another value at each step. */
  #dependent(roots: readonly Node[], seeds: ReadonlyMap<Node, number>): Set<Node> {
    const { index, histories } = this.#scan
    // Those of families that all later steps see get something from these.
    const late = [...seeds].flatMap(([n, which]) => (histories.some((h) => h.which === which) ? [n] : []))
    return dependentOn(roots, new Set<Node>([index, ...this.#sent, ...seenBy(this.#scan), ...late]))
  }

  /** The error terms in what is sent to the outside, which are other values at each step; recurrences within the step; and the seeds, where they are asked for. */
  #termsIn(back: readonly Node[], depends: ReadonlySet<Node>, seeds: ReadonlySet<Node>): Node[] {
    const members = new Set(this.#scan.bodies.map(peel))
    const isTerm = (n: Node): boolean =>
      isAdjoint(n) || seeds.has(n) || (n.kind === 'scan' && !members.has(n))
    return valuesInOrder(back, isTerm).filter((n) => isTerm(n) && depends.has(n))
  }

  /** Σ ⟨what comes back to the value, the value⟩ over the values of a step. */
  #paired(): { seeds: Map<EquationNode, number>; f: Node } {
    const g = this.#g
    const scan = this.#scan
    const prefix = this.#prefix
    const seeds = new Map<EquationNode, number>()
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
      const isSeen = scan.histories.some((h) => h.which === which)
      if (parts.length === 0 && !isSeen) return []
      const shape = [...prefix, ...body.shape]
      const name = body.kind === 'equation' ? body.name : scan.families[which]!.name
      const seed = g.equation(name, g.addAll(parts, shape), 'adjoint', body) as EquationNode
      seeds.set(seed, which)
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
    return this.#g.sumOver(this.#atAllSteps(one, families, stacked), [0])
  }

  /** A value of a step at all steps, whose axis comes first; `families`: those of this recurrence, where they are there. */
  #atAllSteps(one: Node, families: readonly Node[] | undefined, stacked: ReadonlyMap<Node, Node>): Node {
    const g = this.#g
    const scan = this.#scan
    const { index, from, length, reads, takes } = scan
    const rank = this.#prefix.length
    /** Members at each step, whose axis is one of the tensor's, with the steps as first axis. */
    const atSteps = (tensor: Node, axis: number, offset: number): Node => {
      const part = g.part(tensor, axis, length, offset)
      return g.transpose(part, [axis, ...part.shape.map((_, i) => i).filter((i) => i !== axis)])
    }
    const images = new Map<Node, Node>([[index, g.add(g.iota(length), g.extent(addExtents(from, -1)))]])
    for (const [term, stack] of stacked) images.set(term, atSteps(stack, rank, 0))
    reads.forEach(({ symbol, which, back }, k) => {
      images.set(symbol, atSteps(g.familyOf(scan, which), scan.axis, offsetOf(scan, which, back)))
      if (families) images.set(this.#sent[k]!, atSteps(families[k]!, rank, scan.falls ? -back : back))
    })
    for (const t of takes) images.set(t.symbol, atSteps(t.of, t.axis, t.offset))
    scan.bodies.forEach((body, which) => {
      const members = atSteps(g.familyOf(scan, which), scan.axis, firstOf(scan, which))
      if (scan.inside.has(body))
        for (const n of [body, peel(body)]) if (!images.has(n)) images.set(n, members)
    })
    const axis = new LeadingAxis(g, length, (n) => images.get(n))
    for (const n of valuesInOrder([one], (m) => images.has(m))) axis.add(n)
    return axis.stretched(one)
  }

  /** What comes back to the members that are given: from outside, and from the first steps. */
  #toInitial(given: Node, which: number, families: readonly Node[]): Node {
    const scan = this.#scan
    const start = scan.falls ? scan.length : 0
    const parts: Node[] = []
    const outer = this.#adjoints.get(which)
    const axis = this.#prefix.length + scan.axis
    const length = given.shape[scan.axis]!
    if (outer) parts.push(this.#g.part(outer, axis, length, start))
    scan.reads.forEach((r, k) => {
      if (r.which !== which) return
      // Step s sees the member at s + its offset.
      const offset = addExtents(start, -offsetOf(scan, which, r.back))
      parts.push(this.#g.part(this.#moved(families[k]!, scan.axis), axis, length, offset))
    })
    return this.#g.addAll(parts, [...this.#prefix, ...given.shape])
  }
}
