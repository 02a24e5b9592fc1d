import fc from 'fast-check'
import { MINUS_ONE, ONE, type Rational, rational } from '../../src/base/rational.ts'
import { type Extent, type Shape, openExtent, sameShape } from '../../src/graph/extent.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Derived, Network } from '../../src/graph/network.ts'
import { BATCH, type EquationNode, type Node, type Role, type Symbol } from '../../src/graph/node.ts'
import {
  argmaxfirst,
  argminfirst,
  batchsum,
  det,
  exp,
  inv,
  logdet,
  lt,
  lu,
  ludet,
  lulogdet,
  max,
  operators,
  reducemax,
  reducemin,
  select,
  sigmoid,
  softplus,
  solve,
  solvet,
  tanh,
} from '../../src/ops/index.ts'
import { specialise } from '../../src/simplify/index.ts'
import { doubles, evaluate, isBatched } from '../../src/interpret/index.ts'
import type { Tensor } from '../../src/interpret/index.ts'

/** The choices of a random graph: numbers that are read off one by one. */
export type Tape = readonly number[]
export const tapes: fc.Arbitrary<Tape> = fc.array(fc.nat({ max: 1 << 20 }), { minLength: 40, maxLength: 220 })

export interface Case {
  readonly derived: Derived
  /** The same before inverses became solutions. */
  readonly plain: Derived
  readonly batch: Network['batch']
  readonly lengths: ReadonlyMap<string, number>
}

const nowhere = { span: { start: 0, end: 0 }, doc: undefined }

/**
 * A network whose equations and "gradients" are any nodes of the right shapes: the schedule must compute whatever
 * graph it is given. Values stay near 1, so that rounding alone separates two ways to compute them.
 */
export function randomCase(tape: Tape, batch: Network['batch'], open: boolean): Case {
  let next = 0
  const pick = (n: number): number => (tape[next++ % tape.length]! + next * 7919) % n
  const choose = <T>(list: readonly T[]): T => list[pick(list.length)]!
  const g = new Graph()
  const lengths = new Map([
    ['T', 3],
    ['B', 4],
  ])
  const extents: readonly Extent[] = open
    ? [2, 3, openExtent('T'), 1]
    : choose([
        [2, 3, 4, 1],
        [3, 9, 2],
        [5, 8],
      ])
  const shape = (rank: number): Extent[] => Array.from({ length: rank }, () => choose(extents))
  const symbols: Symbol[] = []
  const extent = typeof batch === 'string' ? openExtent(batch) : batch
  const symbol = (role: Role, name: string, s: Shape): Node => {
    const data = role === 'input' || role === 'target'
    // Some data are shared by all samples; s and x, from which lengths are read, are not.
    const samples = data && (name === 'x' || name === 's' || pick(4) > 0) ? extent : undefined
    const made: Symbol = { name, role, shape: s, assumptions: new Set(), samples }
    symbols.push(made)
    return g.symbol(made)
  }
  const pool: Node[] = [
    symbol('param', 'W', shape(2)),
    symbol('param', 'c', []),
    symbol('param', 'v', shape(1)),
    symbol('input', 's', []),
    symbol('input', 'x', open ? [extents[2]!] : shape(1)),
    symbol('input', 'X', shape(2)),
    symbol('target', 'y', []),
    symbol('hyper', 'lambda', []),
  ]
  const params = symbols.filter((s) => s.role === 'param')
  const put = (n: Node): void => {
    if (n.shape.length <= 3 && pool.length < 60) pool.push(n)
  }
  const tame = (n: Node): Node => g.apply(tanh, [n])
  const fit = (n: Node, s: Shape): Node => {
    if (sameShape(n.shape, s)) return n
    // Whatever does not fit is summed away and stretched.
    const total = g.sumOver(
      n,
      n.shape.map((_, i) => i),
    )
    return g.broadcast(total, s, [])
  }
  const exponents: readonly Rational[] = [
    ONE,
    ONE,
    ONE,
    rational(2),
    MINUS_ONE,
    rational(1, 2),
    rational(3),
    rational(-3, 2),
  ]
  const einsum = (): Node => {
    const factors = Array.from({ length: 1 + pick(3) }, () => choose(pool))
    const labels: { label: number; extent: Extent }[] = []
    const parts = factors.map((node) => {
      const own = node.shape.map((extent) => {
        const same = labels.filter((l) => l.extent === extent)
        if (same.length > 0 && pick(3) > 0) return choose(same).label
        labels.push({ label: labels.length, extent })
        return labels.length - 1
      })
      const exponent = choose(exponents)
      const positive = exponent.d !== 1n || exponent.s < 0n
      return {
        node: positive ? g.add(g.apply(sigmoid, [node]), g.full(ONE, node.shape)) : node,
        labels: own,
        exponent,
      }
    })
    const out = labels.filter(() => pick(3) > 0).slice(0, 3)
    if (pick(8) === 0 && labels.length > 0) out.push(choose(labels))
    return g.product(
      choose([ONE, rational(1, 2), rational(-2, 3)]),
      parts,
      out.map((o) => o.label),
      out.map((o) => o.extent),
    )
  }
  const steps = 6 + pick(14)
  for (let i = 0; i < steps; i++) {
    const a = choose(pool)
    switch (pick(14)) {
      case 0:
      case 1:
      case 2:
        put(tame(einsum()))
        break
      case 3:
        put(g.apply(choose([tanh, sigmoid, softplus, operators.get('abs') as typeof tanh]), [a]))
        break
      case 4:
        put(g.apply(exp, [tame(a)]))
        break
      case 5: {
        const same = pool.filter((n) => sameShape(n.shape, a.shape))
        put(
          g.sum(
            [
              { node: a, coefficient: rational(1, 3) },
              { node: choose(same), coefficient: rational(-2) },
              { node: choose(pool.filter((n) => n.shape.length === 0)), coefficient: ONE },
            ],
            rational(pick(3)),
            a.shape,
          ),
        )
        break
      }
      case 6: {
        const b = choose(pool.filter((n) => sameShape(n.shape, a.shape)))
        put(
          pick(2) === 0
            ? g.apply(max, [a, b])
            : g.stretch(g.apply(select, [g.apply(lt, [a, b]), b, g.multiply(a, a)]), a.shape),
        )
        break
      }
      case 7:
        if (a.shape.length > 0) put(g.reduce(choose([reducemax, reducemin]), a, [pick(a.shape.length)]))
        break
      case 8:
        if (a.shape.length > 0) put(g.reduce(choose([argmaxfirst, argminfirst]), a, [pick(a.shape.length)]))
        break
      case 9: {
        const square = pool.filter((n) => n.shape.length >= 2 && n.shape.at(-1) === n.shape.at(-2))
        if (square.length === 0) break
        const m = choose(square)
        const leading = m.shape.slice(0, -2)
        const n = m.shape.at(-1)!
        const axes = m.shape.map((_, k) => k)
        // Diagonals differ, so that no value is found in two ways: rounding would decide comparisons of the two.
        const kind = pick(6)
        const eye = g.scale(rational(4 + kind), g.broadcast(g.delta(n), m.shape, axes.slice(-2)))
        const safe = g.add(g.multiply(g.number('0.3'), tame(m)), eye)
        const inverse = g.matrix(inv, safe)
        const flipped = g.transpose(inverse, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
        const factors = g.matrix(lu, safe)
        // Right-hand sides: a value that has the matrices' axes, or is stretched along them.
        const right = choose(pool.filter((r) => r.shape.at(-1) === n))
        const many =
          right.shape.length > leading.length && sameShape(right.shape.slice(0, leading.length), leading)
        const fitted = many ? right : g.stretch(right, [...leading, ...right.shape])
        const labels = fitted.shape.map((_, k) => k)
        const times = (x: Node): Node =>
          g.product(
            ONE,
            [
              { node: fitted, labels, exponent: ONE },
              { node: x, labels: [...axes.slice(0, -2), labels.length - 1, labels.length], exponent: ONE },
            ],
            [...labels.slice(0, -1), labels.length],
            fitted.shape,
          )
        if (kind === 0) put(inverse)
        else if (kind === 1) put(g.matrix(choose([det, logdet]), safe))
        else if (kind === 2) put(g.matrix(choose([ludet, lulogdet]), factors))
        else if (kind === 3) put(g.matrix(choose([solve, solvet]), factors, fitted))
        else if (kind === 4) put(times(choose([inverse, flipped])))
        else put(times(g.add(inverse, choose([flipped, safe, g.equation(`i${i}`, tame(inverse))]))))
        break
      }
      case 10:
        put(g.equation(`e${i}`, tame(a)))
        break
      case 11:
        // Statistics of the batch.
        if (a.samples !== undefined)
          put(tame(g.scale(rational(1, 2), g.reduce(choose([batchsum, reducemax, reducemin]), a, [BATCH]))))
        break
      case 12:
        if (a.samples !== undefined) put(g.reduce(choose([argmaxfirst, argminfirst]), a, [BATCH]))
        break
      default:
        if (a.shape.length > 0 && typeof a.shape[0] === 'number') put(g.element(a, 0, pick(a.shape[0])))
    }
  }
  const last = (k: number): Node => pool[pool.length - 1 - (pick(k) % pool.length)]!
  const loss = g.equation(
    'J',
    g.add(tame(fit(last(4), [])), g.multiply(g.symbol(symbols[1]!), fit(last(8), []))),
  )
  const network: Network = {
    name: 'Random',
    doc: undefined,
    dims: new Map(open ? [['T', openExtent('T')]] : []),
    batch,
    data: symbols
      .filter((s) => s.role === 'input' || s.role === 'target')
      .map((s) => ({ symbol: s, role: s.role as 'input', ...nowhere })),
    params: params.map((s) => ({ symbol: s, role: 'param', initialiser: { kind: 'glorot' }, ...nowhere })),
    hypers: symbols
      .filter((s) => s.role === 'hyper')
      .map((s) => ({ symbol: s, role: 'hyper', values: [rational('0.3')], ...nowhere })),
    equations: [],
    outputs: [
      { name: 'out', node: last(5) },
      { name: 'again', node: last(9) },
    ],
    loss: { name: 'J', node: loss as EquationNode, ...nowhere },
    wrt: params,
    claims: [],
    general: [],
    recurrences: [],
  }
  const gradients = new Map(
    params.map((s) => [s, g.add(fit(last(6), s.shape), g.scale(rational(1, 4), fit(choose(pool), s.shape)))]),
  )
  const plain: Derived = { network, gradients }
  const roots = [network.loss!.node, ...gradients.values(), ...network.outputs.map((o) => o.node)]
  const [special, ...rest] = specialise(g, roots)
  const derived: Derived = {
    network: {
      ...network,
      loss: { ...network.loss!, node: special as EquationNode },
      outputs: network.outputs.map((o, i) => ({ ...o, node: rest[gradients.size + i]! })),
    },
    gradients: new Map([...gradients.keys()].map((s, i) => [s, rest[i]!])),
  }
  return { derived, plain, batch, lengths }
}

export type Arrays = Record<string, number | number[]>

const lengthOf = (e: Extent, lengths: ReadonlyMap<string, number>): number =>
  typeof e === 'number' ? e : lengths.get(e.text)!
const size = (s: Shape, lengths: ReadonlyMap<string, number>): number =>
  s.reduce<number>((p, e) => p * lengthOf(e, lengths), 1)

/** Values for everything outside, from a small generator. */
export function values(
  { derived: { network }, lengths }: Case,
  seed: number,
): { params: Arrays; data: Arrays; samples: number } {
  let state = seed >>> 0 || 1
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.fround(state / 2 ** 31 - 1)
  }
  const samples =
    network.batch === undefined
      ? 1
      : typeof network.batch === 'number'
        ? network.batch
        : lengths.get(network.batch)!
  const fill = (n: number): number[] => Array.from({ length: n }, random)
  const params: Arrays = {}
  for (const { symbol: s } of network.params)
    params[s.name] = s.shape.length === 0 ? random() : fill(size(s.shape, lengths))
  const data: Arrays = {}
  for (const { symbol: s } of network.data)
    data[s.name] =
      s.shape.length === 0 && s.samples === undefined
        ? random()
        : fill((s.samples === undefined ? 1 : samples) * size(s.shape, lengths))
  return { params, data, samples }
}

/** What the routines must give, by the slow evaluator: of all samples at once, some of which have to do with one another. */
export function expectedOf(
  c: Case,
  v: ReturnType<typeof values>,
): { loss: number; grads: number[][]; outputs: number[][] } {
  const { network, gradients } = c.plain
  const roots = [network.loss!.node, ...gradients.values(), ...network.outputs.map((o) => o.node)]
  const given = new Map<string, Tensor<number>>()
  const tensor = (s: Symbol, data: number | number[]): void => {
    const own = s.shape.map((e) => lengthOf(e, c.lengths))
    const shape = s.samples === undefined ? own : [v.samples, ...own]
    given.set(s.name, { shape, data: typeof data === 'number' ? [data] : data })
  }
  for (const { symbol: s } of network.params) tensor(s, v.params[s.name]!)
  for (const { symbol: s } of network.data) tensor(s, v.data[s.name]!)
  for (const h of network.hypers) given.set(h.symbol.name, { shape: [], data: [0.3] })
  const results = evaluate(roots, given, doubles, { dims: c.lengths, kernels: true })
  const samplesOf = (r: number): number[][] => {
    const { data } = results[r]!
    const size = isBatched(roots[r]!, results[r]!) ? data.length / v.samples : 0
    return Array.from({ length: v.samples }, (_, b) =>
      data.slice(b * size, size === 0 ? undefined : (b + 1) * size),
    )
  }
  const mean = (r: number): number[] =>
    samplesOf(r).reduce<number[]>((sums, data) => data.map((x, k) => (sums[k] ?? 0) + x / v.samples), [])
  const count = 1 + gradients.size
  return {
    loss: mean(0)[0]!,
    grads: [...gradients.values()].map((_, i) => mean(i + 1)),
    outputs: network.outputs.map((_, i) => samplesOf(count + i).flat()),
  }
}
