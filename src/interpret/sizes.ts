/** Lengths for the dims that a program leaves open. */
import type { Random } from '../base/random.ts'
import { dimsOf } from '../graph/extent.ts'
import type { Node, Symbol } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { isCoupled } from '../derive/whole-batch.ts'
import { type Dims, EvaluationError, lengthOf } from './evaluate.ts'

/** How many assignments of lengths are looked at until one gives every axis a whole number. */
const MOST_TRIES = 400

/**
 * Small lengths for the dims that the roots leave open, one assignment after the other, without end where a dim is open;
 * given lengths are kept. First the dims in some order of length, all different, so that no axis passes for another one;
 * then in the reverse order, so that of every two dims each is once the shorter one; then all equal; then again, further
 * apart. Which of them a program is defined at (a Gram matrix has an inverse only if it is not the larger one) is found
 * by trying. Throws an EvaluationError where no small lengths make every axis a whole number.
 */
export function* sizes(
  roots: readonly Node[],
  given: Dims | undefined,
  rng: Random,
  symbols: readonly Symbol[] = [],
): Generator<Dims> {
  const { open, extents } = openIn(roots, given, symbols)
  let fails: unknown
  let tries = 0
  for (const lengths of assignments(open.length, rng)) {
    const dims = new Map([...(given ?? []), ...open.map((name, i) => [name, lengths[i]!] as const)])
    try {
      for (const e of extents) lengthOf(e, dims)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      fails ??= error
      if (++tries >= MOST_TRIES) throw fails
      continue
    }
    tries = 0
    yield dims
    if (open.length === 0) return
  }
}

function openIn(
  roots: readonly Node[],
  given: Dims | undefined,
  symbols: readonly Symbol[],
): { open: readonly string[]; extents: readonly Symbol['shape'][number][] } {
  const nodes = topological(roots)
  const all = [...symbols, ...nodes.flatMap((n) => (n.kind === 'symbol' ? [n.symbol] : []))]
  const batches = isCoupled(roots) ? all.flatMap(({ samples }) => samples ?? []) : []
  const extents = new Set([
    ...nodes.flatMap((n) => (n.kind === 'product' ? [...n.extents, ...n.shape] : n.shape)),
    ...all.flatMap((s) => [
      ...s.shape,
      ...(s.indexes === undefined ? [] : [s.indexes]),
      ...(s.counts === undefined ? [] : [s.counts]),
    ]),
    ...batches,
  ])
  const open = new Set([...extents].flatMap(dimsOf))
  for (const n of nodes) if (n.kind === 'symbol' && n.symbol.role === 'dim') open.add(n.symbol.name)
  for (const name of given?.keys() ?? []) open.delete(name)
  return { open: [...open].sort(), extents: [...extents] }
}

/** Longer axes take long in high precision: more dims than that share lengths. */
const MOST_LENGTHS = 6

function* assignments(count: number, rng: Random): Generator<readonly number[]> {
  if (count === 0) yield []
  for (let round = 0; ; round++) {
    // From 2 on; later rounds leave gaps.
    const lengths: number[] = []
    for (let i = 0, next = 2; i < Math.min(count, MOST_LENGTHS); i++) {
      lengths.push(next + (round === 0 ? 0 : rng.integer(0, Math.min(round, 2))))
      next = lengths[i]! + 1
    }
    const ranks = shuffled(
      Array.from({ length: count }, (_, i) => i % lengths.length),
      rng,
    )
    yield ranks.map((r) => lengths[r]!)
    if (count > 1) yield ranks.map((r) => lengths[lengths.length - 1 - r]!)
    yield ranks.map(() => 3 + (round % 4))
  }
}

function shuffled<A>(list: readonly A[], rng: Random): A[] {
  const left = [...list]
  return list.map(() => left.splice(rng.integer(0, left.length - 1), 1)[0]!)
}
