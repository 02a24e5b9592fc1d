import { ONE, ZERO, isNegative, isZero } from '../../base/rational.ts'
import { type Factor, type Graph, factorsOf, isZeroNode } from '../../graph/graph.ts'
import { type ApplyNode, type Node, type ProductNode, peel } from '../../graph/node.ts'
import { topological, transform } from '../../graph/traverse.ts'
import {
  abs,
  eq,
  exp,
  growsExponentially,
  log,
  log1p,
  max,
  min,
  pow,
  select,
  sigmoid,
  softplus,
} from '../../ops/index.ts'
import { withFactors } from '../terms.ts'

/*
 * 0·∞ and 0·NaN. A factor that selects (a branch that is not taken, a mask, data that do not count) is 0 there, and nothing
 * that it meets may count. A slope that is infinite (of a root, of a logarithm) is met by the zero of what it belongs to:
 * x·log x, x/‖x‖. The value is 0: the limit, or of several slopes of a norm the least.
 */

/**
 * What a value can be at ordinary data, besides a number, by what it takes to make nothing of it: a `slope`, infinite or
 * undefined as a logarithm, a root or a power is at the end of its domain: the zero of what it belongs to; a `quotient`, a division
 * that the program writes: a zero that says that it does not count; `growth`, of an exponential beyond all doubles: a branch that is not taken.
 */
type Singular = 'slope' | 'quotient' | 'growth'
const SEVERITY: readonly (Singular | undefined)[] = [undefined, 'slope', 'quotient', 'growth']

/** Values that doubles round to 0 reach it, whatever the range says; a symbol that is declared positive does not. */
function reaches0(node: Node): boolean {
  const { lo, hi, loOpen, hiOpen } = node.range
  if (lo > 0 || hi < 0 || isKeptFrom0(node) || isShifted(node)) return false
  return !(peel(node).kind === 'symbol' && ((lo === 0 && loOpen) || (hi === 0 && hiOpen)))
}
/** where(x = 0, 1, x) */
const isKeptFrom0 = (node: Node): boolean =>
  node.kind === 'apply' && node.op === select && isZeroTest(node.args[0]!) && !isZeroNode(node.args[1]!)
const isZeroTest = (condition: Node): boolean =>
  condition.kind === 'apply' && condition.op === eq && isZeroNode(condition.args[1]!)
const reachesNegative = (node: Node): boolean => node.range.lo < 0 && !isShifted(node)

/** What is not negative, and a hyperparameter that is there to keep it from 0: v + ε. */
function isShifted(node: Node): boolean {
  const value = peel(node)
  if (value.kind !== 'sum' || value.constant.compare(0) < 0) return false
  const isHyper = (n: Node): boolean => n.kind === 'symbol' && n.symbol.role === 'hyper'
  return (
    value.args.some(isHyper) &&
    value.args.every((a, i) => !isNegative(value.coefficients[i]!) && (isHyper(a) || a.range.lo >= 0))
  )
}

/** A root, or what has its kink: |x|. */
const isRoot = (node: Node): boolean => {
  const value = peel(node)
  if (value.kind === 'apply') return value.op === abs
  return value.kind === 'product' && value.args.length === 1 && value.exponents[0]!.d !== 1n
}

const worse = (a: Singular | undefined, b: Singular | undefined): Singular | undefined =>
  SEVERITY[Math.max(SEVERITY.indexOf(a), SEVERITY.indexOf(b))]

function ofFactor({ node, exponent }: Factor): Singular | undefined {
  const isFraction = exponent.d !== 1n
  if (isFraction && reachesNegative(node)) return 'slope'
  if (!isNegative(exponent) || !reaches0(node)) return undefined
  return isFraction || isRoot(node) ? 'slope' : 'quotient'
}

/** where(x = 0, 0, u), as it is made here. */
const isGuard = (condition: Node, then: Node): boolean => isZeroTest(condition) && isZeroNode(then)

/** An exponent that is negative as the calculus makes it: p − 1, −y. Others are taken to be what keeps a power finite at 0. */
function isMinus(exponent: Node): boolean {
  if (exponent.kind === 'sum') return isNegative(exponent.constant)
  if (exponent.kind === 'product') return isNegative(exponent.coefficient)
  return exponent.range.hi < 0
}

function ofApply({ op, args }: ApplyNode, known: (node: Node) => Singular | undefined): Singular | undefined {
  const x = args[0]!
  if (op === log1p) return x.range.lo <= -1 ? 'slope' : undefined
  if (op === pow) return reachesNegative(x) || (reaches0(x) && isMinus(peel(args[1]!))) ? 'slope' : undefined
  if (op === log) return reaches0(x) || reachesNegative(x) ? 'slope' : undefined
  if (op.logarithm && op !== softplus) return 'slope'
  if (op === abs || op === max || op === min)
    return args.reduce<Singular | undefined>((s, a) => worse(s, known(a)), undefined)
  // A case distinction of the program is there to keep such values away.
  if (op === select) return isGuard(args[0]!, args[1]!) ? known(args[2]!) : undefined
  return op.kind === 'pointwise' && growsExponentially(op) && x.range.hi > 700 ? 'growth' : undefined
}

/** Found once of each node. */
const found = new WeakMap<Node, Singular | 'never'>()

function singular(root: Node): Singular | undefined {
  const known = (node: Node): Singular | undefined => {
    const s = found.get(node)
    return s === 'never' ? undefined : s
  }
  for (const node of topological([root], (n) => found.has(n))) {
    if (found.has(node)) continue
    let worst: Singular | undefined
    if (node.kind === 'apply') worst = ofApply(node, known)
    else if (node.kind === 'equation' || node.kind === 'sum' || node.kind === 'product')
      for (const a of node.args) worst = worse(worst, known(a))
    if (node.kind === 'product') for (const f of factorsOf(node)) worst = worse(worst, ofFactor(f))
    found.set(node, worst ?? 'never')
  }
  return known(root)
}

/** Found once of each node. */
const branches = new WeakMap<Node, boolean>()

/** A branch that is 0, and what it is a factor of; a sum where all of its terms are. */
function isBranch(root: Node): boolean {
  const known = (node: Node): boolean => branches.get(node)!
  for (const node of topological([root], (n) => branches.has(n)))
    if (!branches.has(node)) branches.set(node, ofParts(node, known))
  return known(root)
}

function ofParts(node: Node, isBranch: (node: Node) => boolean): boolean {
  if (node.kind === 'equation') return isBranch(node.body)
  if (node.kind === 'product') return node.args.some((a, i) => !isNegative(node.exponents[i]!) && isBranch(a))
  if (node.kind === 'sum') return isZero(node.constant) && node.args.every(isBranch)
  return (
    node.kind === 'apply' &&
    node.op === select &&
    node.args.slice(1).some((b) => isZeroNode(b) || isBranch(b))
  )
}

/** So many names and products are looked through. */
const DEEPEST = 4

const isSymbol = (node: Node): boolean => peel(node).kind === 'symbol'

/** Made of data alone, and no more than a symbol: y, 1 − y. */
function isGiven(node: Node): boolean {
  const value = peel(node)
  if (value.kind === 'symbol') return value.symbol.role === 'target' || value.symbol.role === 'input'
  if (value.kind === 'apply')
    return value.op.kind === 'mask' || (value.op.kind === 'pointwise' && value.op.relation !== undefined)
  return (
    value.kind === 'sum' &&
    value.args.length === 1 &&
    value.args[0]!.kind === 'symbol' &&
    isGiven(value.args[0]!)
  )
}

/** An exponential that is 0 in doubles outweighs every quotient. */
function isVanishing(node: Node, depth = DEEPEST): boolean {
  const value = peel(node)
  if (value.kind === 'product') return depth > 0 && value.args.some((a) => isVanishing(a, depth - 1))
  return value.kind === 'apply' && (value.op === exp || value.op === sigmoid)
}

/** Whether it is an exponential of what grows, in one of its branches or factors: e^−t outweighs t, and a power of it. */
function decays(node: Node, growing: readonly Factor[], depth = DEEPEST): boolean {
  const value = peel(node)
  if (depth === 0) return false
  if (value.kind === 'product' || value.kind === 'sum')
    return value.args.some((a) => decays(a, growing, depth - 1))
  if (value.kind !== 'apply') return false
  if (value.op === select) return value.args.slice(1).some((a) => decays(a, growing, depth - 1))
  const within = around(value.args)
  return value.op === exp && growing.some(({ node: t }) => within.has(t) || within.has(peel(t)))
}

/** Whether a factor, or what it is made of at first, is in what may be infinite: x in log x, a − b in ‖a − b‖. */
function belongsTo(node: Node, within: ReadonlySet<Node>): boolean {
  const value = peel(node)
  const known = (n: Node): boolean => within.has(n) || within.has(peel(n))
  return (known(value) && !isGiven(value)) || value.args.some((a) => known(a) || peel(a).args.some(known))
}
/** Values and what they are made of, the nearest first, and no more of them than makes the whole linear. */
function around(values: readonly Node[]): Set<Node> {
  const near = new Set(values)
  for (const node of near) {
    if (near.size >= MOST_LOOKED_AT) break
    for (const a of node.args) near.add(a)
  }
  return near
}
const MOST_LOOKED_AT = 128

const isOn = (f: Factor, labels: readonly number[]): boolean => f.labels.every((l) => labels.includes(l))
const distinct = (labels: readonly number[]): boolean => new Set(labels).size === labels.length
const labelsOf = (factors: readonly Factor[]): number[] =>
  [...new Set(factors.flatMap((f) => f.labels))].sort((a, b) => a - b)

/** Factors as one tensor over these labels. */
const tensorOf = (g: Graph, node: ProductNode, factors: readonly Factor[], labels: readonly number[]): Node =>
  g.product(
    ONE,
    factors.map((f) => ({ ...f, labels: f.labels.map((l) => labels.indexOf(l)) })),
    labels.map((_, i) => i),
    labels.map((l) => node.extents[l]!),
  )

/**
 * The roots with x·where(x = 0, 0, u) for every x·u in which u may be infinite. Each product is looked at once: what is
 * made is not made again.
 */
export const withAbsorbingZeros = (g: Graph, roots: readonly Node[]): readonly Node[] =>
  transform(g, roots, (node) =>
    node.kind === 'product' && singular(node) ? (guarded(g, node) ?? node) : node,
  )

function guarded(g: Graph, node: ProductNode): Node | undefined {
  const factors = factorsOf(node)
  const kind = (f: Factor): Singular | undefined => worse(ofFactor(f), singular(f.node))
  const suspects = factors.filter((f) => kind(f) !== undefined)
  const canBe0 = (f: Factor): boolean =>
    !isNegative(f.exponent) &&
    reaches0(f.node) &&
    distinct(f.labels) &&
    f.node.kind !== 'delta' &&
    f.node.kind !== 'basis'
  const zerosOf = (infinite: readonly Factor[]): readonly Factor[] => {
    if (infinite.length === 0 || infinite.some((f) => !distinct(f.labels))) return []
    const worst = infinite.map(kind).reduce(worse)
    const areDirect = infinite.every(isDirect)
    const within = around(infinite.map((f) => f.node))
    const makesNothing = ({ node: x }: Factor): boolean => {
      if (isBranch(x)) return true
      if (worst === 'growth') return decays(x, infinite) || (isSymbol(x) && !belongsTo(x, within))
      if (isGiven(x)) return areDirect
      return worst === 'slope' ? belongsTo(x, within) : isVanishing(x)
    }
    const others = factors.filter((f) => !infinite.includes(f) && canBe0(f))
    return choose(others, labelsOf(infinite), makesNothing)
  }
  let infinite = suspects
  let zeros = zerosOf(infinite)
  // Beside a logarithm what may be infinite itself counts as the zero that it may be: (x/s)·log(x/s), xᵖ·log x.
  if (zeros.length === 0) zeros = zerosOf((infinite = suspects.filter((f) => isLogarithm(f.node))))
  if (zeros.length === 0) return undefined
  const all = labelsOf([...infinite, ...zeros])
  const shape = all.map((l) => node.extents[l]!)
  const x = tensorOf(g, node, zeros, labelsOf(zeros))
  const isZero = g.apply(eq, [
    g.broadcast(
      x,
      shape,
      labelsOf(zeros).map((l) => all.indexOf(l)),
    ),
    g.constant(ZERO),
  ])
  const u = g.stretch(g.apply(select, [isZero, g.constant(ZERO), tensorOf(g, node, infinite, all)]), shape)
  return withFactors(g, node, [
    ...factors.filter((f) => !infinite.includes(f)),
    { node: u, labels: u.shape.length === 0 ? [] : all, exponent: ONE },
  ])
}

/** Whether it is infinite by itself, and not by an adjoint far away. */
function isDirect(f: Factor): boolean {
  const value = peel(f.node)
  if (ofFactor(f) !== undefined || isLogarithm(value)) return true
  return value.kind === 'product' ? factorsOf(value).some((h) => ofFactor(h) !== undefined) : isPower(value)
}
const isPower = (value: Node): boolean => value.kind === 'apply' && value.op === pow

/** A logarithm, or a sum with one, as seen through names. */
function isLogarithm(node: Node, depth = DEEPEST): boolean {
  const value = peel(node)
  if (value.kind === 'sum') return depth > 0 && value.args.some((a) => isLogarithm(a, depth - 1))
  return value.kind === 'apply' && value.op.logarithm === true
}

/**
 * The factors whose zeros are asked for, one at least that `makesNothing`: on the axes of what is infinite if there is one, else
 * on those of the smallest that has these axes among its own. Further axes are left alone: an outer product must stay one.
 */
function choose(
  others: readonly Factor[],
  labels: readonly number[],
  makesNothing: (f: Factor) => boolean,
): readonly Factor[] {
  const inside = others.filter((f) => isOn(f, labels))
  if (inside.some(makesNothing)) return inside
  const least = others
    .filter((f) => labels.every((l) => f.labels.includes(l)) && makesNothing(f))
    .reduce<Factor | undefined>((a, f) => (a && a.labels.length <= f.labels.length ? a : f), undefined)
  return least ? others.filter((f) => isOn(f, least.labels)) : []
}
