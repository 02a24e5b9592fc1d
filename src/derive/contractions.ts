/**
 * Derivatives of the program that are multiplied and summed: J v, u J, a Hessian and a vector. They are taken in the direction
 * of what they are multiplied with, forward or backward, so that the Jacobian is not formed.
 */
import { ONE, isOne, times } from '../base/rational.ts'
import type { Extent, Shape } from '../graph/extent.ts'
import { type Factor, type Graph, factorsOf, termsOf } from '../graph/graph.ts'
import { isCoupled } from './whole-batch.ts'
import { type DerivativeNode, type Node, isContraction, peel } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'

/** An open extent counts as this many. */
const LARGE = 1000
/** Products of more factors are left as they are. */
const MOST_FACTORS = 12

const entriesOf = (extents: Iterable<Extent>): number =>
  [...extents].reduce<number>((p, e) => p * (typeof e === 'number' ? e : LARGE), 1)
/** How many numbers a tensor has, about. */
export const entries = (shape: Shape): number => entriesOf(shape)

/** How derivatives are taken. A seed has further axes before those of what it stands for, which the result has too. */
export interface Taking {
  /** What stands for a node of the program. */
  readonly of: (node: Node) => Node
  /** Σ ∂of/∂by · seed over the axes of `by`. */
  readonly forward: (derivative: DerivativeNode, seed: Node) => Node
  /** Σ seed · ∂of/∂by over the axes of `of`. */
  readonly backward: (derivative: DerivativeNode, seed: Node) => Node
}

/** A factor that is expanded already, or not yet. */
interface Part extends Factor {
  readonly done: boolean
}

/** A side of a derivative with what it is multiplied with there. */
interface Direction {
  readonly part: Part
  /** Of its axes, those of what is differentiated first. */
  readonly labels: readonly number[]
  readonly derivative: DerivativeNode
  readonly isForward: boolean
  readonly with: readonly Part[]
  /** Labels of the seed's further axes. */
  readonly further: readonly number[]
  readonly size: number
}

export class Contractions {
  readonly #g: Graph
  readonly #taking: Taking
  readonly #holds = new Map<Node, boolean>()
  /** Products in which a derivative was taken along something. */
  readonly #found = new Set<Node>()

  constructor(g: Graph, taking: Taking) {
    this.#g = g
    this.#taking = taking
  }

  /** A product with derivatives among its factors, taken along what they are summed with; undefined where that gains nothing. */
  taken(node: Node): Node | undefined {
    if (!isContraction(node) || node.kind !== 'product' || !this.#holdsDerivative(node)) return undefined
    const labels = new Map(node.extents.map((e, l) => [l, e]))
    let { coefficient } = node
    let parts: Part[] = factorsOf(node).map((f) => ({ ...f, done: false }))
    // Products inside with derivatives in them: (d(f, h) @ d(h, x)) @ v is taken from the right.
    for (let inner = this.#inner(parts); inner; inner = this.#inner(parts)) {
      const { part, product } = inner
      if (parts.length + product.args.length > MOST_FACTORS) break
      const fresh = Math.max(-1, ...labels.keys()) + 1
      const rename = (l: number): number =>
        l < product.shape.length ? part.labels[l]! : fresh + l - product.shape.length
      product.extents.forEach((e, l) => labels.set(rename(l), e))
      coefficient = times(coefficient, product.coefficient)
      const own = factorsOf(product).map((f) => ({ ...f, labels: f.labels.map(rename), done: false }))
      parts = parts.flatMap((p) => (p === part ? own : [p]))
    }
    const rank = node.shape.length
    const out = node.shape.map((_, i) => i)
    let found = false
    for (let d = this.#cheapest(parts, rank, labels); d; d = this.#cheapest(parts, rank, labels)) {
      found = true
      const made = this.#along(d, labels)
      parts = [...parts.filter((p) => p !== d.part && !d.with.includes(p)), made]
    }
    if (!found) return this.#termByTerm(parts, coefficient, out, node.shape)
    this.#found.add(node)
    return this.#g.product(
      coefficient,
      parts.map((p) => (p.done ? p : { ...p, node: this.#taking.of(p.node) })),
      out,
      node.shape,
    )
  }

  /** A product among the parts in which there is a derivative. */
  #inner(parts: readonly Part[]): { part: Part; product: Node & { kind: 'product' } } | undefined {
    for (const part of parts) {
      const product = peel(part.node)
      if (!part.done && isOne(part.exponent) && product.kind === 'product' && this.#holdsDerivative(product))
        return { part, product }
    }
    return undefined
  }

  /** Of all derivatives and both sides the one with the fewest directions, if these are fewer than those of the whole. */
  #cheapest(
    parts: readonly Part[],
    rank: number,
    extents: ReadonlyMap<number, Extent>,
  ): Direction | undefined {
    const directions = parts.flatMap((part) => {
      const derivative = peel(part.node)
      if (part.done || derivative.kind !== 'derivative' || !isOne(part.exponent)) return []
      // A derivative of all samples by one is multiplied after it is taken, by what is that sample's.
      if (isCoupled([derivative.of])) return []
      const whole = Math.min(entries(derivative.of.shape), entries(derivative.by.shape))
      // A Hessian is its transpose: whatever side it is multiplied on, it is taken forward, in one sweep over the gradient.
      const first = derivative.of.shape.length
      const turned = [...part.labels.slice(first), ...part.labels.slice(0, first)]
      const sides = isHessian(derivative)
        ? ([
            [part.labels, true],
            [turned, true],
          ] as const)
        : ([
            [part.labels, false],
            [part.labels, true],
          ] as const)
      return sides.flatMap(([own, isForward]) => {
        const d = this.#direction(parts, part, own, derivative, isForward, rank, extents)
        // A gradient is a direction itself: that of a scalar is taken backward whatever it is multiplied with.
        return d && d.size < whole ? [d] : []
      })
    })
    return directions.length === 0 ? undefined : directions.reduce((a, b) => (b.size < a.size ? b : a))
  }

  #direction(
    parts: readonly Part[],
    part: Part,
    labels: readonly number[],
    derivative: DerivativeNode,
    isForward: boolean,
    rank: number,
    extents: ReadonlyMap<number, Extent>,
  ): Direction | undefined {
    const first = derivative.of.shape.length
    const [near, far] = isForward
      ? [labels.slice(first), labels.slice(0, first)]
      : [labels.slice(0, first), labels.slice(first)]
    if (new Set(labels).size < labels.length) return undefined
    const beside = parts.filter(
      (p) =>
        p !== part &&
        p.labels.some((l) => near.includes(l)) &&
        !p.labels.some((l) => far.includes(l)) &&
        !(!p.done && this.#holdsDerivative(p.node)),
    )
    const rest = parts.filter((p) => p !== part && !beside.includes(p))
    const needed = (l: number): boolean => l < rank || rest.some((p) => p.labels.includes(l))
    const inside = new Set([...near, ...beside.flatMap((p) => p.labels)])
    const further = [...inside].filter((l) => needed(l))
    const size = entriesOf(further.map((l) => extents.get(l)!))
    return { part, labels, derivative, isForward, with: beside, further, size }
  }

  /** The derivative in a direction, as one factor. */
  #along(d: Direction, extents: ReadonlyMap<number, Extent>): Part {
    const { derivative, isForward, labels, further } = d
    const first = derivative.of.shape.length
    const near = isForward ? labels.slice(first) : labels.slice(0, first)
    const far = isForward ? labels.slice(0, first) : labels.slice(first)
    const top = Math.max(...extents.keys()) + 1
    // An axis that others have too stays: the identity copies it.
    const axes = near.map((l, i) => (further.includes(l) ? top + i : l))
    const copies = near.flatMap((l, i): Factor[] =>
      further.includes(l)
        ? [{ node: this.#g.delta(extents.get(l)!), labels: [l, top + i], exponent: ONE }]
        : [],
    )
    const seed = this.#g.product(
      ONE,
      [...d.with.map((p) => (p.done ? p : { ...p, node: this.#taking.of(p.node) })), ...copies],
      [...further, ...axes],
      [...further, ...near].map((l) => extents.get(l)!),
    )
    const node = isForward ? this.#taking.forward(derivative, seed) : this.#taking.backward(derivative, seed)
    return { node, labels: [...further, ...far], exponent: ONE, done: true }
  }

  /** (H + λI) v: a sum with a derivative in a term, term by term where that lets the derivative be taken along the rest. */
  #termByTerm(
    parts: readonly Part[],
    coefficient: Factor['exponent'],
    out: readonly number[],
    shape: Shape,
  ): Node | undefined {
    const g = this.#g
    const part = parts.find((p) => {
      const sum = peel(p.node)
      return isOne(p.exponent) && sum.kind === 'sum' && this.#holdsDerivative(sum)
    })
    const sum = part && peel(part.node)
    if (sum?.kind !== 'sum') return undefined
    const others = parts.filter((p) => p !== part)
    const terms = [
      ...termsOf(sum),
      ...(sum.constant.equals(0) ? [] : [{ node: g.constant(ONE), coefficient: sum.constant }]),
    ]
    let found = false
    const images = terms.map((t) => {
      const ones = part!.labels.map((l, axis) => ({
        node: g.full(ONE, [part!.node.shape[axis]!]),
        labels: [l],
        exponent: ONE,
      }))
      const factor = { node: t.node, labels: t.node.shape.length === 0 ? [] : part!.labels, exponent: ONE }
      const product = g.product(times(coefficient, t.coefficient), [...others, factor, ...ones], out, shape)
      const image = this.#taking.of(product)
      found ||= [product, ...product.args].some((n) => this.#found.has(n))
      return image
    })
    return found ? g.addAll(images, shape) : undefined
  }

  /** Whether a derivative stands in a product or a term, behind names or not. */
  #holdsDerivative(root: Node): boolean {
    const holds = this.#holds
    const stack = [root]
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const through = node.kind === 'equation' || node.kind === 'sum' || node.kind === 'product'
      const missing = through ? node.args.filter((a) => !holds.has(a)) : []
      if (missing.length > 0) stack.push(...missing)
      else {
        holds.set(node, node.kind === 'derivative' || (through && node.args.some((a) => holds.get(a))))
        stack.pop()
      }
    }
    return holds.get(root)!
  }
}

/** Whether it is the derivative of a scalar by this, with nothing held. */
function isGradient(node: Node, by: Node): boolean {
  const own = peel(node)
  return own.kind === 'derivative' && own.by === by && own.of.shape.length === 0 && own.held.length === 0
}

/** Whether it is a second derivative of a scalar by one thing twice. */
const isHessian = ({ of, by, held }: DerivativeNode): boolean => held.length === 0 && isGradient(of, by)

/**
 * ∂(∂J/∂w · v)/∂w as the product of the Hessian with v, where v does not depend on w: that takes one sweep forward over the gradient instead
 * of one backward.
 */
export function hessianProduct(g: Graph, { of, by, held }: DerivativeNode): Node | undefined {
  const product = peel(of)
  if (product.kind !== 'product' || product.shape.length > 0 || held.length > 0) return undefined
  const factors = factorsOf(product)
  const gradients = factors.filter(({ node, exponent }) => isOne(exponent) && isGradient(node, by))
  const [gradient] = gradients
  if (gradients.length !== 1 || gradient!.labels.length !== by.shape.length) return undefined
  const others = factors.filter((f) => f !== gradient)
  if (new Set(gradient!.labels).size < by.shape.length || topological(others.map((f) => f.node)).includes(by))
    return undefined
  const rank = by.shape.length
  const out = by.shape.map((_, i) => i)
  const own = (l: number): number => rank + l
  const hessian = {
    node: g.derivative(peel(gradient!.node), by),
    labels: [...out, ...gradient!.labels.map(own)],
    exponent: ONE,
  }
  return g.product(
    product.coefficient,
    [hessian, ...others.map((f) => ({ ...f, labels: f.labels.map(own) }))],
    out,
    by.shape,
  )
}
