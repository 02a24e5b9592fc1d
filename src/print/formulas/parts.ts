/**
 * Names for parts of equations. Where the program writes h = tanh(W x + b), the calculus shares ∂loss/∂(W x + b): for
 * people the part is given a name, z_h = W x + b and h = tanh(z_h), so that every error term is the derivative by an
 * equation.
 */
import { ONE, isOne, isZero } from '../../base/rational.ts'
import { isAtomic } from '../../derive/reverse.ts'
import type { Graph } from '../../graph/graph.ts'
import { familyOf } from '../../graph/member.ts'
import { type Equation, type Network, mainOf } from '../../graph/network.ts'
import { NodeMap } from '../../graph/node-map.ts'
import { type EquationNode, type Node, isPureProduct, isSource } from '../../graph/node.ts'
import { isElement } from '../../graph/product.ts'
import { softmax, softmaxIn } from '../../ops/index.ts'
import { FROM_SUBSCRIPT } from '../layout/glyphs.ts'
import type { Names } from '../expressions/names.ts'

/** Letters for parts, the usual one for what a function is applied to first. */
const LETTERS = 'zsaqvu'

/** A program in which parts have names. */
export interface Named {
  readonly network: Network
  /** Parts by their names. */
  readonly parts: ReadonlyMap<Node, string>
  /** A value of the program, or a derivative, written with the names. */
  readonly image: (node: Node) => Node
}

/** Of an error term: by which value it is the derivative, and the equation in which that stands. */
interface Term {
  readonly of: Node | undefined
  readonly name: string
}

/** What an entry or a view of something with a name is, its notation says. */
const isUnnamed = (part: Node): boolean =>
  !isAtomic(part) &&
  !(part.kind === 'product' && isElement(part) && isAtomic(part.args.find((a) => a.kind !== 'basis')!))

/** The program with a name for every part of an equation by which one of these error terms is the derivative. */
export function nameParts(g: Graph, network: Network, terms: readonly Term[], names: Names): Named {
  const owners = new Map<Node, string>()
  for (const { of, name } of terms) if (of && isUnnamed(of)) owners.set(of, name)
  if (owners.size === 0) return { network, parts: new Map(), image: (node) => node }
  const order = inReadingOrder(g, [...network.equations.map(({ node }) => node), ...owners.keys()])
  const parts = called(
    order.flatMap((node) => (owners.has(node) ? [[node, owners.get(node)!]] : [])),
    names,
  )
  const image = imaging(g, parts)
  return { network: withParts(g, network, parts, owners, image), parts, image }
}

/** The names of parts; of members of families their families. */
export const familiesOf = (parts: ReadonlyMap<Node, string>): Set<string> =>
  new Set([...parts.values()].map(familyOf))

/** z_h of h, z₁ of h₁ where nothing else has that index; of several parts of h they are z_{h,1}, z_{h,2}, … */
function called(owned: readonly (readonly [Node, string])[], names: Names): Map<Node, string> {
  const counts = new Map<string, number>()
  for (const [, owner] of owned) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  const indices = [...counts.keys()].map(indexOf).filter((index) => index !== undefined)
  const areDistinct = new Set(indices).size === indices.length
  const numbers = new Map<string, number>()
  const suffixes = owned.map(([, owner]) => {
    const family = familyOf(owner)
    const index = indexOf(owner)
    if (counts.get(owner) === 1 && areDistinct && index !== undefined) return index
    const k = (numbers.get(owner) ?? 0) + 1
    numbers.set(owner, k)
    return `_${family}${counts.get(owner) === 1 ? '' : `_${k}`}${owner.slice(family.length)}`
  })
  for (let i = 0; ; i++) {
    const letter = LETTERS[i] ?? `z${i}`
    // A name of the program that is the letter alone would be read as what the parts are parts of.
    if ([letter, ...suffixes.map((suffix) => letter + suffix)].every((name) => names.isFree(name)))
      return new Map(owned.map(([node], k) => [node, letter + suffixes[k]!]))
  }
}

/** The index that a name ends with, spelled in ASCII: 1 of h₁, _out of a_out, [2] of a[2]. */
function indexOf(name: string): string | undefined {
  const plain = [...name].map((c) => FROM_SUBSCRIPT.get(c) ?? c).join('')
  return (
    /^[^_[\]]*?[^_[\]\p{N}](?=.)(\d*(?:_[\p{L}\p{M}\p{Nd}]+)*(?:\[.*\])?)$/u.exec(plain)?.[1] || undefined
  )
}

/** Nodes with equations in place of the parts, their operands in the order in which they were written. */
function imaging(g: Graph, parts: ReadonlyMap<Node, string>): (node: Node) => Node {
  const images = new NodeMap<Node>()
  const at = (node: Node): Node => images.get(node)!
  const unwritten: [Node, Node][] = []
  const make = (node: Node): Node => {
    const args = node.args.map(at)
    if (node.kind === 'equation')
      return node.of
        ? g.equation(parts.get(node.of) ?? node.name, args[0]!, 'adjoint', at(node.of))
        : g.rebuild(node, args)
    const found = softmaxIn(g, node)
    const made = found
      ? softmax(g, at(found.z), found.axes)
      : args.length === 0
        ? node
        : g.rebuild(node, args)
    if (made !== node && g.written(node)) unwritten.push([node, made])
    const name = parts.get(node)
    if (name !== undefined) return g.equation(name, made)
    // ½z, where z is a product.
    if (
      node.kind !== 'product' ||
      isZero(node.coefficient) ||
      isOne(node.coefficient) ||
      !isPureProduct(node)
    )
      return made
    const whole = images.get(g.scale(ONE.div(node.coefficient), node))
    return whole && isSource(whole) ? g.scale(node.coefficient, whole) : made
  }
  const image = (root: Node): Node => {
    for (const node of withOperands(g, root, (n) => images.has(n))) images.set(node, make(node))
    // An operand may be younger than what was first made in another way.
    for (const [node, made] of unwritten.splice(0)) g.noteWritten(made, g.written(node)!.map(at))
    return at(root)
  }
  for (const part of parts.keys()) image(part)
  return image
}

/** Arguments before their users, and operands as they were written. */
function inReadingOrder(g: Graph, roots: readonly Node[], isLeaf?: (node: Node) => boolean): Node[] {
  const found = new Set<Node>()
  const opened = new Set<Node>()
  const work = [...roots].reverse()
  while (work.length > 0) {
    const node = work[work.length - 1]!
    if (found.has(node) || opened.has(node)) {
      work.pop()
      found.add(node)
      continue
    }
    opened.add(node)
    const args = isLeaf?.(node)
      ? []
      : [...(g.written(node) ?? []).filter((a) => node.args.includes(a)), ...node.args]
    for (const a of args.reverse()) if (!opened.has(a)) work.push(a)
  }
  return [...found]
}

/** A node after all that it is made of, written with, or the derivative by, but for what is known. */
function withOperands(g: Graph, root: Node, isKnown: (node: Node) => boolean): Node[] {
  const found = new Set<Node>()
  const work = [root]
  for (let node = work.pop(); node; node = work.pop()) {
    if (found.has(node) || isKnown(node)) continue
    found.add(node)
    work.push(...node.args, ...(g.written(node) ?? []))
    if (node.kind === 'equation' && node.of) work.push(node.of)
  }
  // What a node is made of is older.
  return [...found].sort((a, b) => a.id - b.id)
}

/** An equation for each part: before the first one that is made with it, or before the loss where none is. */
function withParts(
  g: Graph,
  network: Network,
  parts: ReadonlyMap<Node, string>,
  owners: ReadonlyMap<Node, string>,
  image: (node: Node) => Node,
): Network {
  const spans = new Map(network.equations.map((e) => [e.name, e.span]))
  const left = new Map(
    [...parts].map(([part, name]): [Node, Equation] => {
      const node = image(part) as EquationNode
      return [
        node,
        { name, node, span: spans.get(owners.get(part)!) ?? mainOf(network)!.span, doc: undefined },
      ]
    }),
  )
  const take = (node: Node): Equation[] => {
    const found = left.get(node)
    left.delete(node)
    return found ? [found] : []
  }
  const placed = network.equations.map((e): Equation[] => {
    const node = image(e.node) as EquationNode
    const used = inReadingOrder(g, [node.body], (n) => isSource(n) && !left.has(n)).flatMap(take)
    // The parts of a member of a family are a family too.
    return [...used, { ...e, node }].map((made) =>
      'family' in e ? { ...made, family: familyOf(made.name) } : made,
    )
  })
  const groups = new Map(
    network.equations.map((e, i) => [e.name, placed[i] as (Equation & { family: string })[]]),
  )
  placed.splice(-1, 0, [...left.values()])
  const equations = placed.flat()
  return {
    ...network,
    equations,
    loss: network.loss && equations.at(-1),
    outputs: network.outputs.map((o) => ({ ...o, node: image(o.node) })),
    recurrences: network.recurrences.map((r) => ({
      ...r,
      equations: r.equations.flatMap((e) => groups.get(e.name)!),
    })),
  }
}
