/**
 * Which labels of a product are enumerated and which follow from them. A product with brackets sums over labels that a
 * bracket fixes: Σₙ [n = i+u−1]·x[n] has one term for each i and u. Evaluators and code enumerate the others and compute
 * these; what cannot be solved for is left as a condition.
 */
import { bug } from '../base/bug.ts'
import { isPositive } from '../base/rational.ts'
import type { BracketRelation } from './bracket.ts'
import { type Extent, addExtents, isNonnegative, multiplyExtents } from './extent.ts'
import { type ApplyNode, type Node, type ProductNode, peel } from './node.ts'
import { valuesInOrder } from './traverse.ts'

/** An affine form over labels of a product and over nodes with whole values, which run along labels. */
export interface LabelForm {
  readonly labels: ReadonlyMap<number, number>
  readonly multiples: readonly LabelMultiple[]
  readonly offset: Extent
}

export interface LabelMultiple {
  readonly node: Node
  /** Of a mask: which of its axes; the value is the position along it of what was picked. */
  readonly axis?: number
  readonly coefficient: number
  readonly labels: readonly number[]
}

export interface Solved {
  readonly label: number
  /** What the label is. */
  readonly form: LabelForm
  /** Whether it is known to lie within its axis. */
  readonly within: boolean
}

export interface Condition {
  readonly relation: BracketRelation
  readonly form: LabelForm
}

export interface Nest {
  /** The labels to enumerate, ascending. */
  readonly free: readonly number[]
  /** The others, each after those that it depends on. */
  readonly solved: readonly Solved[]
  /** What must hold besides. */
  readonly conditions: readonly Condition[]
  /** The factors that are numbers and no structure. */
  readonly factors: readonly number[]
}

/** What a nest is made of: a product, or one that is to be. */
export type Labelled = Pick<ProductNode, 'args' | 'labels' | 'exponents' | 'extents' | 'shape'>

/** Whether a node says where a product is not 0 rather than what it is. */
export const isStructure = (n: Node): boolean =>
  n.kind === 'delta' || n.kind === 'basis' || n.kind === 'bracket'

/** Whether a value follows from positions and lengths alone. */
export const isPositional = (root: Node): boolean =>
  valuesInOrder([root]).every((n) =>
    n.kind === 'symbol' ? n.symbol.role === 'index' || n.symbol.role === 'dim' : n.kind !== 'scan',
  )

/** Whether a node is 1 at one position along its axes, which is found by comparing entries. */
export const isMask = (n: Node): n is ApplyNode => n.kind === 'apply' && n.op.kind === 'mask'

/** The mask that a node is, behind its names. */
export function maskOf(n: Node): ApplyNode | undefined {
  const inner = peel(n)
  return isMask(inner) ? inner : undefined
}

/** The condition that a structural factor is, over its labels in a product. */
export function conditionOf(node: Node, labels: readonly number[]): Condition {
  switch (node.kind) {
    case 'delta':
      return {
        relation: '=',
        form: { labels: combined([labels[0]!, labels[1]!], [1, -1]), multiples: [], offset: 0 },
      }
    case 'basis':
      return { relation: '=', form: { labels: combined(labels, [1]), multiples: [], offset: -node.index } }
    case 'bracket':
      return {
        relation: node.relation,
        form: {
          labels: combined(labels, node.coefficients),
          multiples: node.args.map((a, k) => ({
            node: a,
            coefficient: node.multiples[k]!,
            labels: node.labels[k]!.map((axis) => labels[axis]!),
          })),
          offset: node.offset,
        },
      }
    default:
      return bug(`a ${node.kind} is no condition`)
  }
}

/** The conditions that a mask is: along each of its axes the position is the one that was picked. */
export function picksOf(mask: ApplyNode, labels: readonly number[]): Condition[] {
  const outer = labels.filter((_, axis) => !mask.axes.includes(axis))
  return mask.axes.map((axis) => ({
    relation: '=',
    form: {
      labels: combined([labels[axis]!], [1]),
      multiples: [{ node: mask, axis, coefficient: -1, labels: outer }],
      offset: 0,
    },
  }))
}

function combined(labels: readonly number[], coefficients: readonly number[]): Map<number, number> {
  const sum = new Map<number, number>()
  labels.forEach((l, i) => sum.set(l, (sum.get(l) ?? 0) + coefficients[i]!))
  for (const [l, c] of sum) if (c === 0) sum.delete(l)
  return sum
}

/**
 * @param given labels whose positions are known from outside: no others are asked to be computed in their place
 * @param picks whether the positions that masks pick are known, so that they fix labels as brackets do
 */
export function nestOf(node: Labelled, given: ReadonlySet<number> = new Set(), picks = false): Nest {
  const factors: number[] = []
  let open: Condition[] = []
  const conditions: Condition[] = []
  node.args.forEach((a, i) => {
    const labels = node.labels[i]!
    const mask = picks ? maskOf(a) : undefined
    const decided = mask ? picksOf(mask, labels) : isStructure(a) ? [conditionOf(a, labels)] : []
    if (decided.length === 0 || !isPositive(node.exponents[i]!)) factors.push(i)
    else for (const c of decided) (c.relation === '=' ? open : conditions).push(c)
  })
  const solved: Solved[] = []
  /** By solved labels, all that they depend on. */
  const needs = new Map<number, Set<number>>()
  while (open.length > 0) {
    const best = solvable(open, node, given, needs)
    if (!best) break
    const { condition, solution } = best
    open = open.filter((c) => c !== condition)
    solved.push(solution)
    needs.set(solution.label, dependences(solution.form, needs))
  }
  const fixed = new Set(solved.map((s) => s.label))
  return {
    free: node.extents.map((_, l) => l).filter((l) => !fixed.has(l)),
    solved: inOrder(solved),
    conditions: [...conditions, ...open],
    factors,
  }
}

/** The labels on which a form depends, and those that they `need`. */
export function dependences(
  form: LabelForm,
  needs: ReadonlyMap<number, ReadonlySet<number>> = new Map(),
): Set<number> {
  const all = new Set<number>()
  for (const l of [...form.labels.keys(), ...form.multiples.flatMap((m) => m.labels)]) {
    all.add(l)
    for (const k of needs.get(l) ?? []) all.add(k)
  }
  return all
}

/** The best label to solve for: one that cannot leave its axis before others, summed ones before axes of the result. */
function solvable(
  open: readonly Condition[],
  node: Labelled,
  given: ReadonlySet<number>,
  needs: ReadonlyMap<number, ReadonlySet<number>>,
): { condition: Condition; solution: Solved } | undefined {
  let best: { condition: Condition; solution: Solved } | undefined
  let rank = -1
  for (const condition of open)
    for (const [label, coefficient] of condition.form.labels) {
      if (Math.abs(coefficient) !== 1 || given.has(label) || needs.has(label)) continue
      const form = solvedFor(condition.form, label, coefficient)
      if (dependences(form, needs).has(label)) continue
      // What has been solved for may not come to depend on itself.
      if ([...needs].some(([l, on]) => on.has(label) && dependences(form, needs).has(l))) continue
      const within = staysWithin(form, node.extents[label]!, node)
      const value = (within ? 2 : 0) + (label >= node.shape.length ? 1 : 0)
      if (value > rank) [best, rank] = [{ condition, solution: { label, form, within } }, value]
    }
  return best
}

/** Of a form that is 0: what one of its labels, with the coefficient ±1, is. */
export function solvedFor(form: LabelForm, label: number, coefficient: number): LabelForm {
  const labels = new Map<number, number>()
  for (const [l, c] of form.labels) if (l !== label) labels.set(l, -coefficient * c)
  return {
    labels,
    multiples: form.multiples.map((m) => ({ ...m, coefficient: -coefficient * m.coefficient })),
    offset: multiplyExtents(-coefficient, form.offset),
  }
}

/** A form with another in place of a label. */
export function replaced(form: LabelForm, label: number, by: LabelForm): LabelForm {
  const coefficient = form.labels.get(label) ?? 0
  const labels = new Map(form.labels)
  labels.delete(label)
  for (const [l, c] of by.labels) {
    const sum = (labels.get(l) ?? 0) + coefficient * c
    if (sum === 0) labels.delete(l)
    else labels.set(l, sum)
  }
  return {
    labels,
    multiples: [
      ...form.multiples,
      ...by.multiples.map((m) => ({ ...m, coefficient: coefficient * m.coefficient })),
    ],
    offset: addExtents(form.offset, multiplyExtents(coefficient, by.offset)),
  }
}

/** Whether a form is known to be a position along an axis, wherever its labels are within theirs. */
export function staysWithin(
  form: LabelForm,
  extent: Extent,
  { extents }: Pick<ProductNode, 'extents'>,
): boolean {
  let lo = form.offset
  let hi = form.offset
  const add = (coefficient: number, length: Extent): void => {
    const last = multiplyExtents(coefficient, addExtents(length, -1))
    if (coefficient < 0) lo = addExtents(lo, last)
    else hi = addExtents(hi, last)
  }
  for (const [l, c] of form.labels) add(c, extents[l]!)
  for (const m of form.multiples) {
    const runs = m.node.whole?.runs
    const length = m.axis === undefined ? (runs?.length ?? axisOf(m.node)) : m.node.shape[m.axis]
    if (length === undefined) return false
    add(m.coefficient, length)
    if (!runs) continue
    lo = addExtents(lo, multiplyExtents(m.coefficient, runs.from))
    hi = addExtents(hi, multiplyExtents(m.coefficient, runs.from))
  }
  return isNonnegative(lo) && isNonnegative(addExtents(addExtents(extent, -1), hi, -1))
}

/** Whether the values of a node are whole numbers by what it is: an index, index data, or such at other places. */
export const isWhole = (node: Node): boolean => node.whole !== undefined

/** The length of the axis of which the values of a node are positions, if they are. */
export const axisOf = (node: Node): Extent | undefined => node.whole?.indexes

/** Each after those that it depends on. */
function inOrder(solved: readonly Solved[]): Solved[] {
  const left = [...solved]
  const result: Solved[] = []
  const waiting = (): Set<number> => new Set(left.map((s) => s.label))
  while (left.length > 0) {
    const rest = waiting()
    const at = left.findIndex((s) => ![...dependences(s.form)].some((l) => rest.has(l)))
    if (at < 0) bug('labels that depend on one another')
    result.push(...left.splice(at, 1))
  }
  return result
}
