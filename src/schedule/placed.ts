/** What is computed term by term, each in its place, within a goal: look-ups' and maxima's parts of a gradient. */
import { ONE, type Rational, ZERO, isOne, isZero, plus, times } from '../base/rational.ts'
import type { Shape } from '../graph/extent.ts'
import { type Node, type ProductNode, isContraction, peel } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { needsOf, valuesInOrder } from '../graph/traverse.ts'
import type { Nest } from '../graph/subscripts.ts'
import { accumulated } from './keep.ts'

/** What a term is multiplied with, coefficient · Π scaleᵢ^exponentᵢ; `axes` says where along the whole tensor each axis runs. */
export interface Scales {
  readonly coefficient: Rational
  readonly scales: readonly {
    readonly node: Node
    readonly axes: readonly number[]
    readonly exponent: Rational
  }[]
}

/** Scales times a node, as a term of a tensor, which may have further axes. */
export interface ScaledTerm<N extends Node = Node> extends Scales {
  readonly node: N
  readonly axes: readonly number[]
}

/** A term that is added up in places, within a tensor of a shape. */
export interface PlacedTerm extends ScaledTerm<ProductNode> {
  readonly nest: Nest
  readonly shape: Shape
}

/** A tensor as the sum of what is computed entry by entry and of what is added in places. */
export interface Parts {
  readonly dense: readonly ScaledTerm[]
  readonly constant: Rational
  readonly placed: readonly PlacedTerm[]
  /** The names, sums and products around the terms. */
  readonly around: ReadonlySet<Node>
}

/** How many distinct users each value has; a root counts as one use. */
export function usesOf(roots: readonly Node[]): NodeMap<number> {
  const uses = new NodeMap<number>()
  const add = (n: Node): void => void uses.set(n, (uses.get(n) ?? 0) + 1)
  for (const n of valuesInOrder(roots)) new Set(needsOf(n)).forEach(add)
  for (const root of new Set(roots)) add(root)
  return uses
}

/** The parts of a tensor with terms in places that nobody else needs; undefined where there are none. */
export function partsOfGoal(root: Node, uses: NodeMap<number>): Parts | undefined {
  const { shape } = root
  const dense: ScaledTerm[] = []
  const placed: PlacedTerm[] = []
  const around = new Set<Node>()
  let constant = ZERO
  const work: ScaledTerm[] = [
    { node: root, axes: shape.map((_, axis) => axis), coefficient: ONE, scales: [] },
  ]
  for (let term = work.pop(); term; term = work.pop()) {
    const { node, coefficient, scales } = term
    const nest = uses.get(node) === 1 ? accumulated(node) : undefined
    const inside = uses.get(node) === 1 ? opened(term) : undefined
    if (nest) placed.push({ ...term, node: node as ProductNode, nest, shape })
    else if (inside && scales.length + inside.length < MOST) {
      around.add(node)
      work.push(...[...inside].reverse())
      if (node.kind === 'sum' && !isZero(node.constant)) {
        if (scales.length > 0) return undefined
        constant = plus(constant, times(coefficient, node.constant))
      }
    } else dense.push(term)
  }
  return placed.length === 0 ? undefined : { dense, constant, placed, around }
}

/** More terms, and factors around them, are not looked into. */
const MOST = 64

/** What a term is the sum of, seen through a name, a sum, or what it is multiplied with. */
function opened({ node, axes, coefficient, scales }: ScaledTerm): ScaledTerm[] | undefined {
  if (node.kind === 'equation') return [{ node: node.body, axes, coefficient, scales }]
  if (node.kind === 'sum')
    return node.args.map((a, i) => ({
      node: a,
      axes: a.shape.length === 0 ? [] : axes,
      coefficient: times(coefficient, node.coefficients[i]!),
      scales,
    }))
  if (node.kind !== 'product' || isContraction(node)) return undefined
  const tensors = node.args.map((_, i) => i).filter((i) => node.args[i]!.shape.length > 0)
  const only =
    tensors.length === 1 ? tensors[0]! : tensors.find((i) => accumulated(peel(node.args[i]!)) !== undefined)
  if (only === undefined || !isOne(node.exponents[only]!)) return undefined
  const along = (i: number): number[] => node.labels[i]!.map((l) => axes[l]!)
  if (new Set(along(only)).size < along(only).length) return undefined
  const others = node.args.flatMap((a, i) =>
    i === only ? [] : [{ node: a, axes: along(i), exponent: node.exponents[i]! }],
  )
  return [
    {
      node: node.args[only]!,
      axes: along(only),
      coefficient: times(coefficient, node.coefficient),
      scales: [...scales, ...others],
    },
  ]
}
