import { MINUS_ONE, ONE, isOne, plus, times } from '../base/rational.ts'
import { bug } from '../base/bug.ts'
import { type Graph, constantValue, factorsOf } from '../graph/graph.ts'
import {
  type ApplyNode,
  BATCH,
  type EquationNode,
  type Node,
  type ProductNode,
  type Scan,
  type ScanNode,
  isAdjoint,
  isContraction,
  isPureProduct,
} from '../graph/node.ts'
import { needsOf, transform, valuesInOrder } from '../graph/traverse.ts'
import { batchsum, softmaxIn } from '../ops/index.ts'
import { Prefixed, beyondZeros } from './prefixed.ts'
import { pullScan } from './scans.ts'

export interface SweepOptions {
  /** What is taken as a variable: nothing under it is looked at. */
  readonly isLeaf?: (node: Node) => boolean
  /**
   * ∂loss/∂f of a loss that is made from f: the derivatives are then those of the loss. Further axes, before those of f, are
   * those of a loss that is a tensor.
   */
  readonly seed?: Node
}

/**
 * Reverse-mode differentiation in one joint sweep (Griewank, Walther, Evaluating Derivatives, chapter 3): the
 * derivative of `f` by every node of `wanted`. That of a scalar f is shaped like the node; that of a tensor is the
 * Jacobian, f's axes first. Equations are seen through; adjoints of equations, of contractions and of what
 * has several arguments become equations of role `adjoint`, so that they are shared, and have names.
 */
export function differentiate(
  g: Graph,
  f: Node,
  wanted: readonly Node[],
  { isLeaf = () => false, seed }: SweepOptions = {},
): Map<Node, Node> {
  const order = valuesInOrder([f], isLeaf)
  const relevant = new Set<Node>(wanted)
  // A bracket compares whole numbers, and has no derivative.
  for (const node of order)
    if (!isLeaf(node) && node.kind !== 'bracket' && needsOf(node).some((a) => relevant.has(a)))
      relevant.add(node)

  const { applied, inSoftmax } = argumentsIn(
    g,
    order.filter((node) => !isLeaf(node)),
  )
  const owner = owners(order.filter((node) => !isLeaf(node)))
  const prefix = seed ? seed.shape.slice(0, seed.shape.length - f.shape.length) : f.shape
  const sweep = new Sweep(g, prefix)
  const contributions = new Map<Node, Node[]>([[f, [seed ?? sweep.seed()]]])
  const adjoints = new Map<Node, Node>()
  const add = (node: Node, part: Node): void => {
    const list = contributions.get(node)
    if (list) list.push(part)
    else contributions.set(node, [part])
  }
  const scans = recurrences(order, isLeaf)
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!
    const scan = scans.get(node)
    const parts = contributions.get(node)
    if (!relevant.has(node) || (!parts && !scan?.adjoints.size)) continue
    if (scan && parts)
      scan.adjoints.set((node as ScanNode).which, g.addAll(parts, [...prefix, ...node.shape]))
    if (scan) {
      // All families of a recurrence send back at once: at the first of them all that they get is there.
      if (scan.first !== node) continue
      const sent = pullScan(g, (node as ScanNode).scan, scan.adjoints, relevant, prefix, (of, by, leaf) =>
        differentiate(g, of, by, { isLeaf: leaf }),
      )
      for (const [to, part] of sent) add(to, part)
      continue
    }
    if (!parts) continue
    contributions.delete(node)
    let adjoint = g.addAll(parts, [...prefix, ...node.shape])
    // What several arguments or many entries use is computed once. Until it is known which parts of equations have
    // error terms to the end, these carry the name of the equation: it says where they stand.
    const shared =
      node.kind === 'equation'
        ? !isAtomic(adjoint) && node.body.kind !== 'equation'
        : !inSoftmax.has(node) &&
          (applied.has(node) || isContraction(node) || node.args.filter((a) => relevant.has(a)).length > 1) &&
          !isMultiple(adjoint)
    const name = owner.get(node)?.name
    if (shared && name !== undefined && node !== f) adjoint = g.equation(name, adjoint, 'adjoint', node)
    adjoints.set(node, adjoint)
    if (isLeaf(node)) continue
    node.args.forEach((arg, position) => {
      if (!relevant.has(arg)) return
      add(arg, sweep.pull(node, position, adjoint))
    })
  }
  return new Map(
    wanted.map((node) => [node, adjoints.get(node) ?? g.full(ONE.sub(ONE), [...prefix, ...node.shape])]),
  )
}

/** What comes back to the families of each recurrence, and the first of these that is evaluated. */
interface Recurrence {
  readonly first: Node
  readonly adjoints: Map<number, Node>
}

function recurrences(order: readonly Node[], isLeaf: (node: Node) => boolean): Map<Node, Recurrence> {
  const byScan = new Map<Scan, Recurrence>()
  const found = new Map<Node, Recurrence>()
  for (const node of order) {
    if (node.kind !== 'scan' || isLeaf(node)) continue
    let known = byScan.get(node.scan)
    if (!known) byScan.set(node.scan, (known = { first: node, adjoints: new Map() }))
    found.set(node, known)
  }
  return found
}

/** Error terms are named after the loss: in what is the derivative of something else there are none. */
export const withoutErrorTerms = (g: Graph, node: Node): Node =>
  transform(g, [node], (rebuilt) => (isAdjoint(rebuilt) ? rebuilt.body : rebuilt))[0]!

/** Nothing is gained by a name for it: a symbol, a name, a constant, or a multiple or a view of one. */
export function isAtomic(node: Node): boolean {
  if (node.kind === 'symbol' || node.kind === 'equation' || constantValue(node) !== undefined) return true
  return (
    node.kind === 'product' &&
    isPureProduct(node) &&
    node.args.length === 1 &&
    isOne(node.exponents[0]!) &&
    isAtomic(node.args[0]!)
  )
}

/** What functions are applied to and has no name; a softmax is one function, and what it is made of is no value. */
function argumentsIn(g: Graph, order: readonly Node[]): { applied: Set<Node>; inSoftmax: Set<Node> } {
  const applied = new Set<Node>()
  const inSoftmax = new Set<Node>()
  for (const node of order) {
    const softmax = softmaxIn(g, node)
    for (const a of softmax ? [softmax.z] : node.kind === 'apply' ? node.args : [])
      if (a.args.length > 0 && a.kind !== 'equation') applied.add(a)
    if (softmax) inSoftmax.add(node.args[0]!)
  }
  return { applied, inSoftmax }
}

/** Of what has a name, no more than one scalar factor away: too little for another name. */
function isMultiple(node: Node): boolean {
  if (isAtomic(node)) return true
  if (node.kind !== 'product' || !isPureProduct(node) || node.args.length !== 2) return false
  return node.args.every(isAtomic) && node.args.some((a) => a.shape.length === 0)
}

/** The equation in whose formula each node stands, the first one where it stands in several. */
function owners(order: readonly Node[]): Map<Node, EquationNode> {
  const owner = new Map<Node, EquationNode>()
  for (const equation of order) {
    if (equation.kind !== 'equation') continue
    owner.set(equation, equation)
    const stack: Node[] = [equation.body]
    while (stack.length > 0) {
      const node = stack.pop()!
      if (node.kind === 'equation' || owner.has(node)) continue
      owner.set(node, equation)
      stack.push(...needsOf(node))
    }
  }
  return owner
}

/** The further axes are those of a tensor-valued f. */
class Sweep extends Prefixed {
  /** ∂f/∂f: 1, or the identity over all axes. */
  seed(): Node {
    const rank = this.prefix.length
    const out = [...this.prefix, ...this.prefix].map((_, i) => i)
    const deltas = this.prefix.map((extent, i) => ({
      node: this.g.delta(extent),
      labels: [i, rank + i],
      exponent: ONE,
    }))
    return this.g.product(ONE, deltas, out, [...this.prefix, ...this.prefix])
  }

  /** The part of the adjoint of `node.args[position]` that comes through this use. */
  pull(node: Node, position: number, adjoint: Node): Node {
    switch (node.kind) {
      case 'equation':
        return adjoint
      case 'sum':
        return this.reduceTo(this.g.scale(node.coefficients[position]!, adjoint), node.args[position]!)
      case 'product':
        return this.pullProduct(node, position, adjoint)
      case 'apply':
        return this.pullApply(node, position, adjoint)
      default:
        return bug(`a ${node.kind} has no arguments`)
    }
  }

  /** A scalar that was added to (or applied with) every entry collects what all entries send back. */
  reduceTo(adjoint: Node, arg: Node): Node {
    const rank = this.prefix.length
    if (adjoint.shape.length - rank === arg.shape.length) return adjoint
    return this.g.sumOver(adjoint, adjoint.shape.map((_, i) => i).slice(rank))
  }

  /** ∂/∂xᵢ of c·Σ Π xⱼ^eⱼ is c·eᵢ·Σ xᵢ^(eᵢ−1) Π_{j≠i} xⱼ^eⱼ: again a product, summed over all labels xᵢ lacks. */
  pullProduct(node: ProductNode, position: number, adjoint: Node): Node {
    const own = factorsOf(node)
    const { exponent, labels } = own[position]!
    const factors = own.map((f, i) => (i === position ? { ...f, exponent: plus(exponent, MINUS_ONE) } : f))
    factors.push(
      this.factor(
        adjoint,
        node.shape.map((_, i) => i),
      ),
    )
    return this.contract(factors, labels, node.args[position]!.shape, times(node.coefficient, exponent))
  }

  pullApply(node: ApplyNode, position: number, adjoint: Node): Node {
    const { g } = this
    const { op } = node
    const arg = node.args[position]!
    const axes = node.shape.map((_, i) => i)
    if (op.kind === 'pointwise') {
      if (op.pull) {
        const at = node.args.map((a) => this.underPrefix(a))
        const { pull } = op
        const whole = beyondZeros(g, adjoint, (rest) => pull(g, at, this.underPrefix(node), rest, position))
        return this.reduceTo(whole, arg)
      }
      const slope = op.slope!(g, node.args, node, position)
      const all = { node: slope, labels: slope.shape.length === 0 ? [] : axes, exponent: ONE }
      return this.contract([this.factor(adjoint, axes), all], arg.shape.length === 0 ? [] : axes, arg.shape)
    }
    if (op.kind === 'reduction') {
      // The adjoint enters as a factor, so its slope is what a unit adjoint makes.
      const slope = op.pull(g, arg, node, g.full(ONE, arg.shape), node.axes)
      const inner = arg.shape.map((_, i) => i)
      return this.contract(
        [
          this.factor(
            node.axes[0] === BATCH ? g.reduce(batchsum, adjoint, [BATCH], arg.samples) : adjoint,
            inner.filter((i) => !node.axes.includes(i)),
          ),
          { node: slope, labels: inner, exponent: ONE },
        ],
        inner,
        arg.shape,
      )
    }
    if (op.kind === 'mask') return g.full(ONE.sub(ONE), [...this.prefix, ...arg.shape])
    return op.pull ? op.pull(g, arg, node, adjoint, position) : bug(`the derivative of ${op.name}`)
  }
}
