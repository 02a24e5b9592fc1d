/** What must hold of every record of the operator table, as functions that list what does not. */
import { ONE, ZERO } from '../../src/base/rational.ts'
import { Graph } from '../../src/graph/graph.ts'
import { cholesky } from '../../src/ops/index.ts'
import type { Node, Symbol } from '../../src/graph/node.ts'
import type {
  Definition,
  Mask,
  MatrixOperator,
  Operator,
  Pointwise,
  Reduction,
} from '../../src/graph/operator.ts'
import { type Range, range } from '../../src/graph/range.ts'
import {
  type Big,
  type Random,
  type System,
  type Tensor,
  bigNumbers,
  doubles,
  dualNumbers,
  evaluate,
  moving,
  random,
  scalar,
  slopeOf,
  tensor,
} from '../../src/interpret/index.ts'

const big = await bigNumbers(64)
/** To look closer where 64 digits round to a bound. */
const vast = await bigNumbers(420)

export type Broken = (sentence: string) => void

class Enough extends Error {}

/** All laws for one record: the first few that it breaks, in sentences. */
export function brokenLaws(op: Operator, most = 5): string[] {
  const found = new Set<string>()
  const broken: Broken = (sentence) => {
    found.add(`${op.name || 'an operator'}: ${sentence}`)
    if (found.size >= most) throw new Enough()
  }
  try {
    complete(op, broken)
    if (op.kind === 'pointwise' || op.kind === 'reduction') {
      referenceLaw(op, broken)
      if (op.definition) definitionLaw(op, op.definition, broken)
    }
    if (op.kind === 'pointwise') pointwiseLaws(op, broken)
    else if (op.kind === 'reduction') reductionLaws(op, broken)
    else if (op.kind === 'mask') maskLaws(op, broken)
    else matrixLaws(op, broken)
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  return [...found]
}

const FORMS = ['call', 'exponential', 'root', 'absolute', 'cases', 'relation', 'inverse', 'determinant']

function complete(op: Operator, broken: Broken): void {
  if (op.name === '') broken('it has no name')
  if (op.notation.latex === '' || op.notation.text === '') broken('its notation is empty')
  if (!FORMS.includes(op.notation.form)) broken(`it is laid out as ${op.notation.form}`)
  if (!(op.cost > 0 && Number.isFinite(op.cost))) broken(`it costs ${op.cost}`)
  if (op.kind === 'pointwise') {
    if (!op.slope === !op.pull) broken('it needs either a slope or a pull')
    if (!Number.isInteger(op.arity) || op.arity < 1) broken(`it takes ${op.arity} arguments`)
  }
  if (op.kind === 'matrix') return
  if (op.delicate.length === 0) broken('no delicate point is named')
  if (op.kind === 'pointwise' && op.delicate.some((p) => p.length !== op.arity))
    broken('a delicate point has another arity')
}

/** |a − b| in big numbers, as a double. */
const distance = (a: Big, b: Big): number => big.toNumber(a.minus(b).abs())
const sameInfinity = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))

const symbol = (g: Graph, name: string, shape: readonly number[] = []): Node =>
  g.symbol({ name, role: 'input', shape, assumptions: new Set() } satisfies Symbol)

// ——— values

/** The meaning, and what doubles compute, are what another source says. */
function referenceLaw(op: Pointwise | Reduction, broken: Broken): void {
  if (op.values.length < 1 || (op.kind === 'pointwise' && op.values.length < 2))
    broken('it has no reference values')
  for (const row of op.values) {
    const [args, wanted] = [row.slice(0, -1), row.at(-1)!]
    const valueOf = <T>(f: System<T>, exact: boolean): T => {
      const given = args.map((x) => f.number(x))
      if (op.kind === 'reduction') return (exact ? op.meaning : (op.kernel ?? op.meaning))(f, given)
      return (exact ? op.meaning : (op.kernel ?? op.meaning))(f, ...given)
    }
    const exact = valueOf(big, true).toNumber()
    if (exact !== wanted && !(Math.abs(exact - wanted) <= Number.EPSILON * Math.abs(wanted)))
      broken(`the value at ${args.join()} is ${exact}, and not ${wanted}`)
    const got = valueOf(doubles, false)
    if (!(Math.abs(got - wanted) <= 8 * Number.EPSILON * Math.abs(wanted)))
      broken(`the value at ${args.join()} is ${got} in doubles, and not ${wanted}`)
  }
}

/** The definition by simpler functions has the same values, wherever it has one. */
function definitionLaw(op: Pointwise | Reduction, { of }: Definition, broken: Broken): void {
  const rng = random(`definition of ${op.name}`)
  const tried = op.kind === 'pointwise' ? points(op, rng) : alongPoints(op)
  let compared = 0
  for (const p of tried) {
    const g = new Graph()
    const args = op.kind === 'pointwise' ? p.map((_, i) => symbol(g, `a${i}`)) : [symbol(g, 'a', [p.length])]
    const given = new Map(
      op.kind === 'pointwise'
        ? p.map((x, i) => [`a${i}`, scalar(vast.number(x))] as const)
        : [['a', { shape: [p.length], data: p.map((x) => vast.number(x)) }] as const],
    )
    const axes = op.kind === 'pointwise' ? [] : [0]
    const numbers = p.map((x) => vast.number(x))
    const wanted = op.kind === 'pointwise' ? op.meaning(vast, ...numbers) : op.meaning(vast, numbers)
    const got = evaluate([of(g, args, axes)], given, vast)[0]!.data[0]!
    if (!got.isFinite() || !wanted.isFinite()) continue
    compared++
    const error = vast.toNumber(got.minus(wanted).abs())
    if (!(error <= 1e-60 * (1 + Math.abs(vast.toNumber(wanted)))))
      broken(`by its definition the value at ${p.join()} is ${got.toNumber()}, and not ${wanted.toNumber()}`)
  }
  if (compared < 10) broken(`its definition has a value at ${compared} points`)
}

// ——— pointwise

/** Every pair of signs and of sizes: the quadrants, and on which side of the diagonals. */
const QUADRANTS: readonly (readonly [number, number])[] = [1, -1].flatMap((s) =>
  [1, -1].flatMap((t) =>
    [
      [0.75, 2.5],
      [2.5, 0.75],
      [1.5, 1.5],
    ].map(([a, b]) => [s * a!, t * b!] as const),
  ),
)
/** Without −0, which only doubles have: there atan2 is −π. */
const EDGES = [0, 1, -1, Infinity, -Infinity, NaN]

/** Arguments of many sizes and signs; a comparison's value is 0 or 1. */
function points(op: Pointwise, rng: Random): number[][] {
  const scales = [1, 1, 3, 1e-3, 20]
  const drawn = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: op.arity }, () => rng.normal() * scales[i % scales.length]!),
  )
  const condition = op.notation.form === 'cases'
  const quadrants = op.arity === 2 ? QUADRANTS : []
  return [...op.delicate, ...quadrants, ...drawn].map((p) =>
    condition ? [p[0]! > 0 ? 1 : 0, ...p.slice(1)] : [...p],
  )
}

function pointwiseLaws(op: Pointwise, broken: Broken): void {
  if (op.abstract || !op.slope === !op.pull) return
  const rng = random(`laws of ${op.name}`)
  for (const p of points(op, rng)) {
    valueLaw(op, p, broken)
    for (let by = 0; by < op.arity; by++) slopeLaw(op, p, by, broken)
  }
  for (const edge of [Infinity, -Infinity]) if (op.arity === 1) valueLaw(op, [edge], broken)
  if (op.arity === 2 && !op.relation) pairLaw(op, broken)
  if (op.arity === 1 && !Number.isNaN((op.kernel ?? op.meaning)(doubles, NaN)))
    broken('the value of NaN is not NaN')
  rangeLaw(op, rng, broken)
  shapeLaw(op, rng, broken)
  if (op.relation)
    for (const p of op.delicate) {
      const wanted = doubles.select(
        op.relation,
        p[0]!,
        p[1]!,
        () => 1,
        () => 0,
      )
      if (op.meaning(doubles, ...p) !== wanted)
        broken(`the value at ${p.join()} is not that of ${op.relation}`)
    }
}

/**
 * At infinities and zeros of two arguments doubles have a value where the meaning has one in the limit from within; a NaN
 * is not lost, but for what does not depend on that argument: x⁰ and 1ʸ are 1.
 */
function pairLaw(op: Pointwise, broken: Broken): void {
  const at = (a: number, b: number): number => (op.kernel ?? op.meaning)(doubles, a, b)
  for (const a of EDGES)
    for (const b of EDGES) {
      const got = at(a, b)
      if (Number.isNaN(a) || Number.isNaN(b)) {
        const others = [0.5, 2, -3].map((x) => (Number.isNaN(a) ? at(x, b) : at(a, x)))
        if (!Number.isNaN(got) && !others.every((x) => Object.is(x, got)))
          broken(`the value at ${a}, ${b} is ${got}: the NaN is lost`)
      } else if (Number.isFinite(a) && Number.isFinite(b)) valueLaw(op, [a, b], broken)
    }
}

/** What doubles compute is the definition in high precision, up to a few units in the last place. */
function valueLaw(op: Pointwise, p: readonly number[], broken: Broken): void {
  const got = (op.kernel ?? op.meaning)(doubles, ...p)
  let wanted = NaN
  // A definition that cancels takes more digits.
  for (const digits of [big, vast]) {
    const exact = op.meaning(digits, ...p.map((x) => digits.number(x)))
    wanted = digits.toNumber(exact)
    if (sameInfinity(got, wanted)) return
    const error = distance(digits.number(got), exact)
    if (error <= 8 * Number.EPSILON * Math.abs(wanted) + 1e-300) return
    if (Math.abs(wanted) > 1e-30) break
  }
  broken(`the value at ${p.join()} is ${got} in doubles, ${wanted} in high precision`)
}

/** The slope is the derivative of the definition, by dual numbers; and doubles do not lose themselves in it. */
function slopeLaw(op: Pointwise, p: readonly number[], by: number, broken: Broken): void {
  const dual = dualNumbers(big)
  const result = op.meaning(
    dual,
    ...p.map((x, i) =>
      i === by ? moving(big.number(x), 0, big.rational(ONE)) : { value: big.number(x), tangent: undefined },
    ),
  )
  const wanted = slopeOf(result, 0) ?? big.rational(ZERO)
  if (!result.value.isFinite() || !wanted.isFinite()) return
  const g = new Graph()
  const args = p.map((_, i) => symbol(g, `a${i}`))
  const adjoint = symbol(g, 'adjoint')
  const node = op.slope
    ? g.multiply(adjoint, op.slope(g, args, g.apply(op, args), by))
    : op.pull!(g, args, g.apply(op, args), adjoint, by)
  const at = <T>(f: System<T>): T =>
    evaluate(
      [node],
      new Map([
        ...p.map((x, i) => [`a${i}`, scalar(f.number(x))] as const),
        ['adjoint', scalar(f.number(1.5))] as const,
      ]),
      f,
    )[0]!.data[0]!
  const target = wanted.times(1.5)
  const exact = at(big)
  const unit = Math.abs(big.toNumber(target))
  if (!(distance(exact, target) <= 1e-40 * unit + 1e-45))
    broken(
      `the slope by argument ${by + 1} at ${p.join()} is ${exact.toNumber() / 1.5}, and not ${wanted.toNumber()}`,
    )
  const rough = at(doubles)
  if (
    !(Math.abs(rough - big.toNumber(target)) <= 1e-13 * (1 + unit)) &&
    !sameInfinity(rough, big.toNumber(target))
  )
    broken(
      `the slope by argument ${by + 1} at ${p.join()} is ${rough / 1.5} in doubles, and not ${wanted.toNumber()}`,
    )
}

/** The value at points of an interval lies in the range of the interval; an open bound is never reached. */
function rangeLaw(op: Pointwise, rng: Random, broken: Broken): void {
  const ends = [-Infinity, -30, -2.5, -1, -0.5, 0, 0.5, 1, 2.5, 30, Infinity]
  for (let i = 0; i < 120; i++) {
    const intervals: Range[] = []
    const p = Array.from({ length: op.arity }, (_, k) => {
      if (op.notation.form === 'cases' && k === 0) {
        intervals.push(range(0, 1))
        return rng.integer(0, 1)
      }
      const from = rng.integer(0, ends.length - 2)
      const [lo, hi] = [ends[from]!, ends[rng.integer(from + 1, ends.length - 1)]!]
      const inside =
        Math.max(lo, -30) + (Math.min(hi, 30) - Math.max(lo, -30)) * (0.001 + 0.998 * rng.uniform())
      const x =
        rng.chance(0.3) && Number.isFinite(lo)
          ? lo
          : rng.chance(0.3) && Number.isFinite(hi)
            ? hi
            : rng.chance(0.1) && lo === -Infinity && hi === Infinity
              ? 0
              : inside
      intervals.push(range(lo, hi, x !== lo && rng.chance(0.5), x !== hi && rng.chance(0.5)))
      return x
    })
    const bounds = op.range(...intervals)
    const where = `at ${p.join()} of ${intervals.map(rangeText).join(' × ')} the value`
    contains(bounds, (f) => op.meaning(f, ...p.map((x) => f.number(x))), where, broken)
  }
}

const rangeText = (r: Range): string => `${r.loOpen ? '(' : '['}${r.lo}, ${r.hi}${r.hiOpen ? ')' : ']'}`

function contains(bounds: Range, value: (f: System<Big>) => Big, where: string, broken: Broken): void {
  let v = value(big)
  if (v.isNaN()) return
  // A bound that is itself computed is rounded; 0 and ±1 are exact, and what is open there must not be reached.
  const round = (bound: number): boolean =>
    Number.isFinite(bound) &&
    bound !== 0 &&
    Math.abs(bound) !== 1 &&
    Math.abs(v.toNumber() - bound) <= 1e-14 * Math.abs(bound)
  if (v.eq(big.number(bounds.lo)) || v.eq(big.number(bounds.hi))) v = value(vast)
  const below = bounds.loOpen ? v.lte(big.number(bounds.lo)) : v.lt(big.number(bounds.lo))
  const above = bounds.hiOpen ? v.gte(big.number(bounds.hi)) : v.gt(big.number(bounds.hi))
  if ((below && !round(bounds.lo)) || (above && !round(bounds.hi)))
    broken(`${where} ${v.toNumber()} is outside of ${rangeText(bounds)}`)
}

/** On tensors, and on tensors with scalars, everything holds entry by entry. */
function shapeLaw(op: Pointwise, rng: Random, broken: Broken): void {
  const g = new Graph()
  for (let scalarAt = -1; scalarAt < op.arity; scalarAt++) {
    const args = Array.from({ length: op.arity }, (_, i) =>
      symbol(g, `${i === scalarAt ? 's' : 'v'}${i}`, i === scalarAt ? [] : [3]),
    )
    if (args.every((a) => a.shape.length === 0)) continue
    const value = g.apply(op, args)
    const draw = (): number => (op.notation.form === 'cases' ? rng.integer(0, 1) : 0.1 + rng.uniform())
    const values = new Map(
      args.map((a) => [
        (a as Node & { kind: 'symbol' }).symbol.name,
        { shape: a.shape as number[], data: Array.from({ length: a.shape.length === 0 ? 1 : 3 }, draw) },
      ]),
    )
    for (let by = 0; by < op.arity; by++) {
      const slope = op.slope
        ? op.slope(g, args, value, by)
        : op.pull!(g, args, value, symbol(g, 'adjoint', [3]), by)
      if (slope.shape.length > 0 && slope.shape.join() !== '3')
        broken(`the slope by argument ${by + 1} has shape [${slope.shape.join()}]`)
      evaluate([value, slope], new Map([...values, ['adjoint', tensor([1, 2, 3])]]), doubles)
    }
  }
}

// ——— along axes

function alongPoints(op: Reduction | Mask): number[][] {
  const rng = random(`laws of ${op.name}`)
  const drawn = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 1 + (i % 5) }, () => rng.normal() * [1, 10, 0.01][i % 3]!),
  )
  return [...op.delicate.map((p) => [...p]), ...drawn]
}

function reductionLaws(op: Reduction, broken: Broken): void {
  for (const p of alongPoints(op)) {
    const exact = op.meaning(
      big,
      p.map((x) => big.number(x)),
    )
    const got = (op.kernel ?? op.meaning)(doubles, p)
    const size = Math.max(...p.map(Math.abs), Math.abs(exact.toNumber()))
    if (
      !sameInfinity(got, exact.toNumber()) &&
      !(distance(big.number(got), exact) <= 8 * Number.EPSILON * size)
    )
      broken(`the value of ${p.join()} is ${got} in doubles, ${exact.toNumber()} in high precision`)
    if (op.picks) {
      const wanted = op.picks === 'greatest' ? Math.max(...p) : Math.min(...p)
      if (got !== wanted) broken(`the ${op.picks} of ${p.join()} is not ${got}`)
    }
    contains(
      op.range(range(Math.min(...p), Math.max(...p))),
      (f) =>
        op.meaning(
          f,
          p.map((x) => f.number(x)),
        ),
      `the value of ${p.join()}`,
      broken,
    )
    pullLaw(op, p, broken)
  }
  if (!Number.isNaN((op.kernel ?? op.meaning)(doubles, [1, NaN, 2])))
    broken('the value of 1, NaN, 2 is not NaN')
  if (!Number.isNaN((op.kernel ?? op.meaning)(doubles, [NaN, 1]))) broken('the value of NaN, 1 is not NaN')
  axesLaw(op, broken)
}

/** The adjoint of the argument is the derivative of the definition, by dual numbers. */
function pullLaw(op: Reduction, p: readonly number[], broken: Broken): void {
  const dual = dualNumbers(big)
  const values = p.map((x, i) => moving(big.number(x), i, big.rational(ONE)))
  const result = op.meaning(dual, values)
  const wanted = p.map((_, i) => slopeOf(result, i))
  const g = new Graph()
  const x = symbol(g, 'x', [p.length])
  const adjoint = symbol(g, 'adjoint', [p.length])
  const node = op.pull(g, x, g.reduce(op, x, [0]), adjoint, [0])
  if (node.shape.join() !== `${p.length}`) return broken(`the pull has shape [${node.shape.join()}]`)
  const at = <T>(f: System<T>): Tensor<T> =>
    evaluate(
      [node],
      new Map([
        ['x', { shape: [p.length], data: p.map((v) => f.number(v)) }],
        ['adjoint', { shape: [p.length], data: p.map(() => f.number(1.5)) }],
      ]),
      f,
    )[0]!
  const exact = at(big).data
  const rough = at(doubles).data
  p.forEach((_, i) => {
    const target = (wanted[i] ?? big.rational(ZERO)).times(1.5)
    if (!(distance(exact[i]!, target) <= 1e-40))
      broken(
        `the derivative by entry ${i + 1} at ${p.join()} is ${exact[i]!.toNumber() / 1.5}, and not ${target.toNumber() / 1.5}`,
      )
    if (!(Math.abs(rough[i]! - target.toNumber()) <= 1e-12))
      broken(
        `the derivative by entry ${i + 1} at ${p.join()} is ${rough[i]! / 1.5} in doubles, and not ${target.toNumber() / 1.5}`,
      )
  })
}

/** Along any axes of a matrix the pull is what it is along a vector. */
function axesLaw(op: Reduction, broken: Broken): void {
  const g = new Graph()
  const rng = random(`axes of ${op.name}`)
  const x = symbol(g, 'x', [3, 4])
  const data = Array.from({ length: 12 }, () => rng.normal())
  for (const axes of [[0], [1], [0, 1]]) {
    const value = g.reduce(op, x, axes)
    const node = op.pull(g, x, value, g.full(ONE, [3, 4]), axes)
    const got = evaluate([node], new Map([['x', { shape: [3, 4], data }]]), doubles)[0]!.data
    data.forEach((_, k) => {
      const h = 2 ** -18
      const moved = (s: number): number => {
        const near = data.map((d, i) => (i === k ? d + s : d))
        return evaluate([value], new Map([['x', { shape: [3, 4], data: near }]]), doubles)[0]!.data.reduce(
          (a, b) => a + b,
          0,
        )
      }
      const difference = (moved(h) - moved(-h)) / (2 * h)
      if (!(Math.abs(got[k]! - difference) <= 1e-6))
        broken(`along axes ${axes.join()} the derivative is ${got[k]}, and ${difference} by differences`)
    })
  }
}

function maskLaws(op: Mask, broken: Broken): void {
  for (const p of alongPoints(op)) {
    const wanted = op.picks === 'greatest' ? Math.max(...p) : Math.min(...p)
    const first = p.indexOf(wanted)
    const got = op.meaning(doubles, p)
    const exact = op
      .meaning(
        big,
        p.map((x) => big.number(x)),
      )
      .map((b) => b.toNumber())
    if (got.join() !== p.map((_, i) => (i === first ? 1 : 0)).join() || exact.join() !== got.join())
      broken(`at ${p.join()} it is ${got.join()}`)
  }
  const r = op.range(range(-1, 1))
  if (r.lo > 0 || r.hi < 1 || r.loOpen || r.hiOpen) broken(`its range ${rangeText(r)} lacks 0 or 1`)
}

// ——— matrices

/** Matrices with inverses and positive determinants, some of which need their rows exchanged. */
function squares(rng: Random): number[][][] {
  const shifted = [
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 0],
  ]
  return [
    [[2]],
    shifted,
    [
      [0, -2],
      [3, 1],
    ],
    ...Array.from({ length: 8 }, (_, i) => {
      const n = 1 + (i % 4)
      return Array.from({ length: n }, (_r, r) =>
        Array.from({ length: n }, (_c, c) => (r === c ? 2 : 0) + (rng.normal() * 0.7) / n),
      )
    }),
  ]
}

/** M Mᵀ + 1, and something that is not symmetric. */
const definite = (m: readonly (readonly number[])[]): number[][] =>
  m.map((row, i) =>
    m.map((other, j) => row.reduce((sum, x, k) => sum + x * other[k]!, i === j ? 1 : 0) + (i < j ? 0.1 : 0)),
  )

function matrixLaws(op: MatrixOperator, broken: Broken): void {
  const rng = random(`laws of ${op.name}`)
  for (const square of squares(rng)) {
    const rows = op === cholesky ? definite(square) : square
    const n = rows.length
    const where = JSON.stringify(rows)
    const results = <T>(f: System<T>, make: (x: number, r: number, c: number) => T): T[] => {
      return op.meaning(
        f,
        rows.map((row, r) => row.map((x, c) => make(x, r, c))),
      )
    }
    const dual = dualNumbers(big)
    const one = big.rational(ONE)
    const moved = results(dual, (x, r, c) => moving(big.number(x), r * n + c, one))
    const rough = results(doubles, (x) => x)
    moved.forEach((m, k) => {
      if (!(Math.abs(m.value.toNumber() - rough[k]!) <= 1e-12 * (1 + Math.abs(rough[k]!))))
        broken(`the value of ${where} is ${rough[k]} in doubles, and ${m.value.toNumber()} in high precision`)
    })
    // Dual numbers go through the elimination; differences in big numbers judge both.
    const h = big.number(2 ** -80)
    const weights = rough.map((_, k) => big.number(2 + ((k * 7) % 5)))
    const g = new Graph()
    const A = symbol(g, 'A', [n, n])
    const value = g.matrix(op, A)
    const node = op.pull!(g, A, value, symbol(g, 'adjoint', value.shape as number[]), 0)
    const given = new Map([
      ['A', { shape: [n, n], data: rows.flat().map((x) => big.number(x)) }],
      ['adjoint', { shape: value.shape as number[], data: weights }],
    ])
    const pulled = evaluate([node], given, big)[0]!
    if (pulled.shape.join() !== `${n},${n}`) return broken(`the pull has shape [${pulled.shape.join()}]`)
    for (let k = 0; k < n * n; k++) {
      const weigh = (list: readonly Big[]): Big =>
        list.map((x, i) => x.times(weights[i]!)).reduce((a, b) => a.plus(b))
      const near = (s: Big): Big =>
        weigh(results(big, (x, r, c) => (r * n + c === k ? big.number(x).plus(s) : big.number(x))))
      const difference = near(h).minus(near(h.neg())).div(h.times(2))
      const forward = weigh(moved.map((m) => slopeOf(m, k) ?? big.rational(ZERO)))
      if (!(distance(pulled.data[k]!, difference) <= 1e-30))
        broken(
          `the derivative by entry ${k + 1} at ${where} is ${pulled.data[k]!.toNumber()}, and ${difference.toNumber()} by differences`,
        )
      if (!(distance(forward, difference) <= 1e-30))
        broken(
          `forward mode by entry ${k + 1} at ${where} gives ${forward.toNumber()}, and differences ${difference.toNumber()}`,
        )
    }
  }
}
