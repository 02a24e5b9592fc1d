import { ONE, ZERO, isInteger, toNumber } from '../base/rational.ts'
import {
  type Extent,
  type Shape,
  addExtents,
  divideExtent,
  extentText,
  multiplyExtents,
  openExtent,
  raiseExtent,
} from './extent.ts'
import type { Graph } from './graph.ts'
import type { Node } from './node.ts'

/** What holds where a bracket is 1: its form is 0, or at least 0. */
export type BracketRelation = '=' | '>='

/** An affine form over the positions along axes (from 0) and over nodes whose values are whole numbers. */
export interface Affine {
  /** Of the position along each axis. */
  readonly coefficients: readonly number[]
  readonly multiples: readonly Multiple[]
  readonly offset: Extent
}

/** A multiple of a node with whole values; `labels`: the axes of the form along which its axes run. */
export interface Multiple {
  readonly node: Node
  readonly coefficient: number
  readonly labels: readonly number[]
}

/**
 * The Iverson bracket [form = 0] or [form ≥ 0] as a tensor of `shape`, in its normal form: nodes that are positions, dims,
 * numbers and sums of such become part of the form; it is stretched over axes on which it does not depend; what is decided
 * is 0 or 1; the identity and unit vectors are themselves.
 */
export function normalBracket(g: Graph, relation: BracketRelation, form: Affine, shape: Shape): Node {
  const { coefficients, multiples, offset } = collected(form)
  const axes = shape.map((_, axis) => axis)
  const kept = axes.filter((a) => coefficients[a] !== 0 || multiples.some((m) => m.labels.includes(a)))
  const core = decided(
    g,
    relation,
    {
      coefficients: kept.map((a) => coefficients[a]!),
      multiples: multiples.map((m) => ({ ...m, labels: m.labels.map((l) => kept.indexOf(l)) })),
      offset,
    },
    kept.map((a) => shape[a]!),
  )
  return kept.length === shape.length ? core : g.broadcast(core, shape, kept)
}

/** The entries of a tensor as an affine form of their positions alone; undefined where they are none. */
export function positionsIn(node: Node): Omit<Affine, 'multiples'> | undefined {
  const axes = node.shape.map((_, axis) => axis)
  const { coefficients, multiples, offset } = collected({
    coefficients: axes.map(() => 0),
    multiples: [{ node, coefficient: 1, labels: axes }],
    offset: 0,
  })
  return multiples.length === 0 ? { coefficients, offset } : undefined
}

/** Nodes that the form itself can say become part of it; equal ones are one. */
function collected(form: Affine): { coefficients: number[]; multiples: Multiple[]; offset: Extent } {
  const coefficients = [...form.coefficients]
  let { offset } = form
  const multiples: Multiple[] = []
  const work = [...form.multiples].reverse()
  for (let m = work.pop(); m; m = work.pop()) {
    const { node, coefficient, labels } = m
    const within = (n: Node, factor: number, along: readonly number[]): void =>
      void work.push({ node: n, coefficient: coefficient * factor, labels: along })
    const extent = extentOf(node)
    if (extent !== undefined) offset = addExtents(offset, multiplyExtents(coefficient, extent))
    else if (node.kind === 'iota') {
      coefficients[labels[0]!]! += coefficient
      offset = addExtents(offset, coefficient)
    } else if (node.kind === 'equation') within(node.body, 1, labels)
    else if (node.kind === 'sum' && [...node.coefficients, node.constant].every(isInteger)) {
      offset = addExtents(offset, coefficient * toNumber(node.constant))
      node.args.forEach((t, i) =>
        within(t, toNumber(node.coefficients[i]!), t.shape.length === 0 ? [] : labels),
      )
    } else if (node.kind === 'product' && isMultiple(node))
      within(
        node.args[0]!,
        toNumber(node.coefficient),
        node.labels[0]!.map((l) => labels[l]!),
      )
    else {
      const at = multiples.findIndex((b) => b.node === node && b.labels.every((l, i) => l === labels[i]))
      if (at < 0) multiples.push(m)
      else multiples[at] = { ...m, coefficient: multiples[at]!.coefficient + coefficient }
    }
  }
  return { coefficients, multiples: multiples.filter((m) => m.coefficient !== 0), offset }
}

/** A whole multiple of another node, its axes perhaps in another order, or stretched. */
const isMultiple = (n: Node & { kind: 'product' }): boolean =>
  n.args.length === 1 &&
  n.extents.length === n.shape.length &&
  isInteger(n.coefficient) &&
  n.exponents[0]!.equals(1)

/** The number that every entry of a node is, as an extent: of what is made of dims and numbers alone. */
function extentOf(node: Node): Extent | undefined {
  if (node.kind === 'constant') return isInteger(node.value) ? toNumber(node.value) : undefined
  if (node.kind === 'symbol') return node.symbol.role === 'dim' ? openExtent(node.symbol.name) : undefined
  if (node.kind !== 'product' || node.extents.length > node.shape.length || !isInteger(node.coefficient))
    return undefined
  let product: Extent = toNumber(node.coefficient)
  for (const [i, a] of node.args.entries()) {
    const exponent = node.exponents[i]!
    const base = a.shape.length === 0 && isInteger(exponent) && exponent.s > 0n ? extentOf(a) : undefined
    const factor = base === undefined ? undefined : raiseExtent(base, toNumber(exponent))
    if (factor === undefined) return undefined
    product = multiplyExtents(product, factor)
  }
  return product
}

/** A bracket that depends on all its axes. */
function decided(g: Graph, relation: BracketRelation, form: Affine, shape: Shape): Node {
  const known = bounds(form, shape)
  const one = relation === '=' ? known.lo === 0 && known.hi === 0 : known.lo >= 0
  if (one) return g.full(ONE, shape)
  if (known.hi < 0 || (relation === '=' && known.lo > 0)) return g.full(ZERO, shape)
  const reduced = divided(relation, form)
  if (!reduced) return g.full(ZERO, shape)
  const { coefficients, multiples, offset } = reduced
  if (relation === '=' && multiples.length === 0) {
    const [a, b] = coefficients
    if (coefficients.length === 1 && typeof offset === 'number' && Math.abs(a!) === 1)
      return g.basis(shape[0]!, -a! * offset)
    if (coefficients.length === 2 && offset === 0 && a === -b! && shape[0] === shape[1])
      return g.delta(shape[0]!)
  }
  return ordered(g, relation, reduced, shape)
}

/** The least and the greatest value of a form, as far as numbers are known. */
function bounds(form: Affine, shape: Shape): { lo: number; hi: number } {
  if (form.multiples.length > 0 || typeof form.offset !== 'number') return { lo: -Infinity, hi: Infinity }
  let lo = form.offset
  let hi = form.offset
  form.coefficients.forEach((c, axis) => {
    const last = typeof shape[axis] === 'number' ? c * (shape[axis] - 1) : c * Infinity
    lo += Math.min(0, last)
    hi += Math.max(0, last)
  })
  return { lo, hi }
}

/** Without a common divisor; undefined where the form is never 0 for it. */
function divided(relation: BracketRelation, form: Affine): Affine | undefined {
  const divisor = [...form.coefficients, ...form.multiples.map((m) => m.coefficient)].reduce(gcd, 0)
  if (divisor <= 1) return form
  const { offset } = form
  const whole =
    typeof offset === 'number'
      ? relation === '>='
        ? Math.floor(offset / divisor)
        : divideExtent(offset, divisor)
      : undefined
  if (whole === undefined) return typeof offset === 'number' ? undefined : form
  return {
    coefficients: form.coefficients.map((c) => c / divisor),
    multiples: form.multiples.map((m) => ({ ...m, coefficient: m.coefficient / divisor })),
    offset: whole,
  }
}

export const gcd = (a: number, b: number): number => {
  let [x, y] = [Math.abs(a), Math.abs(b)]
  while (y !== 0) [x, y] = [y, x % y]
  return x
}

/** One order of axes and nodes, and of an equation one of its two signs: equal brackets are one node, up to transposition. */
function ordered(g: Graph, relation: BracketRelation, form: Affine, shape: Shape): Node {
  const signs = relation === '=' ? ([1, -1] as const) : ([1] as const)
  const [first, second] = signs.map((sign) => arranged(signed(form, sign), shape))
  const best = second === undefined || first!.key <= second.key ? first! : second
  const { order } = best
  const node = g.internBracket(
    best.key,
    relation,
    best.form,
    order.map((a) => shape[a]!),
  )
  return order.every((a, i) => a === i) ? node : g.broadcast(node, shape, order)
}

function signed(form: Affine, sign: 1 | -1): Affine {
  if (sign === 1) return form
  return {
    coefficients: form.coefficients.map((c) => -c),
    multiples: form.multiples.map((m) => ({ ...m, coefficient: -m.coefficient })),
    offset: multiplyExtents(-1, form.offset),
  }
}

function arranged(form: Affine, shape: Shape): { key: string; form: Affine; order: number[] } {
  const multiples = [...form.multiples].sort(
    (a, b) => a.node.hash - b.node.hash || a.coefficient - b.coefficient || a.node.id - b.node.id,
  )
  const signature = (axis: number): string =>
    `${form.coefficients[axis]}@${extentText(shape[axis]!)}${multiples
      .map((m) => (m.labels.includes(axis) ? `/${m.labels.indexOf(axis)}` : '/'))
      .join('')}`
  const signatures = shape.map((_, axis) => signature(axis))
  const order = shape.map((_, axis) => axis).sort((a, b) => compare(signatures[a]!, signatures[b]!) || a - b)
  const placed: Affine = {
    coefficients: order.map((a) => form.coefficients[a]!),
    multiples: multiples.map((m) => ({ ...m, labels: m.labels.map((l) => order.indexOf(l)) })),
    offset: form.offset,
  }
  const nodes = placed.multiples.map(
    (m) => `${m.coefficient}·${m.node.hash}.${m.node.id}[${m.labels.join()}]`,
  )
  return {
    key: `${order.map((a) => signatures[a]!).join()};${nodes.join()};${extentText(form.offset)}`,
    form: placed,
    order,
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
