import { isInteger, isMinusOne, isOne, isZero, toNumber } from '../base/rational.ts'
import type { Extent } from '../graph/extent.ts'
import { type ApplyNode, type Node, type ProductNode, isContraction, peel } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { type Nest, isMask, isStructure, isWhole, maskOf, nestOf } from '../graph/subscripts.ts'
import { needsOf, valuesInOrder } from '../graph/traverse.ts'
import type { Tuning } from './tuning.ts'

/** An open extent counts as this many. */
const TYPICAL = 64
/** An expression is at most this many nodes deep before a part of it is kept (or named). */
const DEEPEST = 12

export const typical = (e: Extent): number => (typeof e === 'number' ? e : TYPICAL)

/** What evaluating one entry costs beyond its arguments, in multiplications; of a contraction, one term. */
export function ownCost(n: Node): number {
  switch (n.kind) {
    case 'sum':
      return (
        n.args.length -
        1 +
        (isZero(n.constant) ? 0 : 1) +
        n.coefficients.filter((c) => !isOne(c) && !isMinusOne(c)).length
      )
    case 'product': {
      let cost = n.args.length - 1 + (isOne(n.coefficient) || isMinusOne(n.coefficient) ? 0 : 1)
      for (const e of n.exponents)
        if (!isOne(e))
          cost += isMinusOne(e)
            ? 4
            : isInteger(e) && Math.abs(toNumber(e)) <= 8
              ? Math.log2(Math.abs(toNumber(e))) + (toNumber(e) < 0 ? 4 : 0)
              : 10
      return Math.max(cost, 0)
    }
    case 'apply':
      return n.op.cost
    default:
      return 0
  }
}

/** How an entry of a product at a given position is computed: what else is enumerated, and what follows. */
export function entryNest(n: ProductNode): Nest {
  let nest = nests.get(n)
  if (!nest) nests.set(n, (nest = nestOf(n, new Set(n.shape.map((_, l) => l)), true)))
  return nest
}
const nests = new WeakMap<ProductNode, Nest>()

/**
 * How a contraction is computed as a whole where an entry by itself would have to be looked for: each term is added in its place, which
 * a bracket or a mask says (the adjoint of a look-up, of a maximum, of a window with a stride). Undefined where entries are found one by one.
 */
export function accumulated(n: Node): Nest | undefined {
  if (n.kind !== 'product' || !n.args.some((a) => a.kind === 'bracket' || maskOf(a))) return undefined
  const rank = n.shape.length
  const whole = nestOf(n, undefined, true)
  const places = whole.solved.some((s) => s.label < rank)
  if (!places || !whole.solved.every((s) => s.within)) return undefined
  const entry = entryNest(n)
  const searched = entry.conditions.length > 0 || entry.free.some((l) => l >= rank)
  return searched ? whole : undefined
}

/** The multiplications of a whole contraction. */
const work = (n: ProductNode): number =>
  entryNest(n).free.reduce<number>((p, l) => p * typical(n.extents[l]!), Math.max(1, n.args.length - 1))

/** Entries of one tensor at other places, each found without a search: a window, a shift, a look-up. */
export const isWindow = (n: ProductNode): boolean => {
  const nest = entryNest(n)
  return (
    n.args.some((a) => a.kind === 'bracket' || maskOf(a)) &&
    nest.factors.length === 1 &&
    isOne(n.exponents[nest.factors[0]!]!) &&
    nest.conditions.length === 0 &&
    nest.free.every((l) => l < n.shape.length)
  )
}

/** No arithmetic: a leaf, or another way to look at what stands somewhere. */
export function isFree(n: Node): boolean {
  // A position is read where it is needed: it stands in the data.
  if (isWhole(n)) return true
  if (n.kind === 'product') return isContraction(n) ? isWindow(n) : ownCost(n) === 0
  return n.kind === 'equation' || (n.kind !== 'sum' && n.kind !== 'apply' && n.kind !== 'scan')
}

/**
 * Which nodes are kept, in a buffer (or a register where the rank is 0), rather than computed inside their consumers:
 * those used more than once or again and again by one consumer's loops, unless they cost next to nothing; masks and
 * matrix operators and what these look at; and what would make an expression too deep. `roots` are stored
 * anyway, and so is what the caller keeps.
 */
export function chooseKept(
  roots: readonly Node[],
  tuning: Tuning,
  anyway: Iterable<Node> = [],
  isLeaf: (node: Node) => boolean = () => false,
): Set<Node> {
  const order = valuesInOrder(roots, isLeaf)
  const estimate = estimates(order, isLeaf)
  const uses = new NodeMap<number>()
  /** Consumed by loops that run over more than its own axes, or by tensors though it is a scalar. */
  const repeated = new Set<Node>()
  const kept = new Set<Node>(anyway)
  for (const r of roots) uses.set(r, (uses.get(r) ?? 0) + 1)
  for (let i = order.length - 1; i >= 0; i--) {
    const n = order[i]!
    const count = uses.get(n) ?? 0
    const cost = estimate.get(n)!
    if (
      !isFree(n) &&
      !kept.has(n) &&
      (alwaysKept(n) ||
        (repeated.has(n) ? cost > 0 || n.shape.length === 0 : count > 1 && (cost > 1 || isContraction(n))))
    )
      kept.add(n)
    const through = kept.has(n) ? 1 : count
    const again = !kept.has(n) && repeated.has(n)
    if (isLeaf(n)) continue
    // Every step of a recurrence asks again for what it takes from outside.
    if (n.kind === 'scan') {
      kept.add(n)
      for (const a of needsOf(n)) {
        uses.set(a, (uses.get(a) ?? 0) + 2)
        repeated.add(a)
      }
      continue
    }
    n.args.forEach((a, k) => {
      if (a === n.args[k - 1] && n.kind !== 'product') return
      uses.set(a, (uses.get(a) ?? 0) + through)
      if (again || repeats(n, k)) repeated.add(a)
      if (n.kind === 'apply' && n.op.kind === 'matrix') keepPlain(operandOf(a, leadingAxes(n)).node, kept)
      if (
        sumsUp(n) &&
        isContraction(peel(a)) &&
        !isFree(peel(a)) &&
        work(peel(a) as ProductNode) >= tuning.heavySum
      )
        kept.add(peel(a))
    })
  }
  limitDepth(order, kept, isLeaf)
  return kept
}

/** By maxima and minima, the masks that say where they are: whoever has these need not search again. */
export function masksOf(order: readonly Node[]): Map<Node, ApplyNode> {
  const byArgument = new Map<Node, ApplyNode[]>()
  for (const n of order) if (isMask(n)) byArgument.set(n.args[0]!, [...(byArgument.get(n.args[0]!) ?? []), n])
  const masks = new Map<Node, ApplyNode>()
  for (const n of order) {
    if (n.kind !== 'apply' || n.op.kind !== 'reduction' || n.op.picks === undefined) continue
    const { picks } = n.op
    const mask = byArgument
      .get(n.args[0]!)
      ?.find((m) => m.op.kind === 'mask' && m.op.picks === picks && m.axes.join() === n.axes.join())
    if (mask) masks.set(n, mask)
  }
  return masks
}

/** Another way to look at what stands somewhere. */
export const isView = (n: Node): n is ProductNode =>
  n.kind === 'product' &&
  n.args.length === 1 &&
  !isContraction(n) &&
  isOne(n.coefficient) &&
  isOne(n.exponents[0]!)

/**
 * What stands in memory for an argument of a matrix operator, whose first `leading` axes are those of several matrices:
 * views that stretch or exchange only these are seen through. `axes`: which of them each leading axis of it is.
 */
export function operandOf(arg: Node, leading: number): { node: Node; axes: readonly number[] } {
  let node = peel(arg)
  let axes: readonly number[] = node.shape.slice(0, leading).map((_, i) => i)
  while (isView(node)) {
    const [labels] = node.labels as [readonly number[]]
    const whole = node.shape.length - axes.length
    const first = labels.length - whole
    const inside = labels.every((l, i) => (i < first ? l < axes.length : l === axes.length + i - first))
    if (first < 0 || !inside) break
    const outer = axes
    axes = labels.slice(0, first).map((l) => outer[l]!)
    node = peel(node.args[0]!)
  }
  return { node, axes }
}

/** The axes of a matrix operator's arguments that are those of several matrices. */
export const leadingAxes = (n: ApplyNode): number => n.args[0]!.shape.length - 2

const alwaysKept = (n: Node): boolean =>
  (n.kind === 'apply' && (n.op.kind === 'matrix' || n.op.kind === 'mask')) ||
  isScattered(n) ||
  accumulated(n) !== undefined

/** Where a term with unit vectors is not 0: the position along each axis that they fix. */
export function placeOf(term: Node): readonly (number | undefined)[] | undefined {
  if (term.kind === 'basis') return [term.index]
  if (term.kind !== 'product' || isContraction(term)) return undefined
  const place: (number | undefined)[] = []
  term.args.forEach((a, i) => {
    if (a.kind === 'basis') place[term.labels[i]![0]!] = a.index
  })
  return place.length === 0 ? undefined : place
}

/** More terms than this that stand each in a place of their own are not asked for in every place. */
const FEW_PLACES = 3

/** Whether a sum is put together of terms in single places, so many that each is stored in its own. */
export const isScattered = (n: Node): boolean =>
  n.kind === 'sum' && n.args.filter((a) => placeOf(a) !== undefined).length > FEW_PLACES
const sumsUp = (n: Node): boolean => isContraction(n) || (n.kind === 'apply' && n.op.kind === 'reduction')

/** A matrix operator's argument must stand in memory as it is. */
function keepPlain(operand: Node, kept: Set<Node>): void {
  if (operand.kind !== 'symbol') kept.add(operand)
}

/** Most nodes have one argument or two, for which no set is needed. */
const distinct = (args: readonly Node[]): Iterable<Node> =>
  args.length < 2 || (args.length === 2 && args[0] !== args[1]) ? args : new Set(args)

/** An entry's cost if all that has one user is computed in it. */
function estimates(order: readonly Node[], isLeaf: (node: Node) => boolean): NodeMap<number> {
  const users = new NodeMap<number>()
  const argsOf = (n: Node): readonly Node[] => (isLeaf(n) ? [] : needsOf(n))
  for (const n of order) for (const a of distinct(argsOf(n))) users.set(a, (users.get(a) ?? 0) + 1)
  const estimate = new NodeMap<number>()
  for (const n of order) {
    let cost = isContraction(n) ? 2 : ownCost(n)
    for (const a of distinct(argsOf(n)))
      if (users.get(a) === 1 || estimate.get(a)! <= 1) cost += estimate.get(a)!
    estimate.set(n, Math.min(cost, 1e6))
  }
  return estimate
}

/** Whether evaluating `n` once asks for one entry of its k-th argument more than once (hoisting aside). */
function repeats(n: Node, k: number): boolean {
  const arg = n.args[k]!
  if (n.kind === 'product') {
    const labels = new Set(n.labels[k])
    // No loop runs over what a unit vector, a bracket or a mask fixes.
    if (n.args.some((a) => isStructure(a) || maskOf(a))) {
      const { free } = entryNest(n)
      return free.some((l) => n.extents[l] !== 1 && !labels.has(l))
    }
    return n.extents.some((e, l) => e !== 1 && !labels.has(l))
  }
  if (n.kind === 'sum' || (n.kind === 'apply' && n.op.kind === 'pointwise'))
    return arg.shape.length < n.shape.length
  return false
}

/** Keeps parts of expressions that are too deep to be written (or lowered) as one. */
function limitDepth(order: readonly Node[], kept: Set<Node>, isLeaf: (node: Node) => boolean): void {
  const depth = new NodeMap<number>()
  for (const n of order) {
    let d = 0
    for (const a of n.kind === 'scan' || isLeaf(n) ? [] : n.args)
      if (!kept.has(a)) d = Math.max(d, depth.get(a)! + (a.kind === 'equation' ? 0 : 1))
    if (d > DEEPEST && !isFree(n)) {
      kept.add(n)
      d = 0
    }
    depth.set(n, d)
  }
}

/** Positions of operands in the order in which they were made: a normal form's own order is that of hashes. */
export const byCreation = (args: readonly Node[]): number[] =>
  args.map((_, i) => i).sort((a, b) => args[a]!.id - args[b]!.id)
