import type { Node } from '../graph/node.ts'
import { decisions, decisiveNodes } from './decisions.ts'
import { doubles } from '../graph/doubles.ts'
import { evaluateAll, evaluateInOrder } from './evaluate.ts'
import { stop } from '../ops/index.ts'
import { topological } from '../graph/traverse.ts'
import type { Tensor } from './tensor.ts'
import type { Point } from './points.ts'

/** One entry of one symbol's value: a direction to differentiate in. */
export interface Entry {
  readonly name: string
  /** Into the row-major data. */
  readonly index: number
}

export interface Difference {
  readonly value: number
  /** How far independent estimates are apart, at least by the rounding of the loss: absolute, in the unit of the value. */
  readonly error: number
}

const ROWS = 8
/** Two series that share no step. Where a function swings within a step, extrapolations agree by chance within one of them. */
const FIRST_STEPS = [1 / 128, 3 / 2 ** 16]

/** Of a derivative that a program writes: by which equation it is, as whose value the point has under a name, and what is held. */
export interface Within {
  readonly by?: { readonly node: Node; readonly name: string } | undefined
  readonly held: readonly Node[]
}

/** The root, or of a tensor one entry of it, with one entry of the point moved; what it decides on the way. */
export function lossAlong(
  root: Node,
  point: Point,
  at = 0,
  { by, held }: Within = { held: [] },
): (entry: Entry, step: number) => { value: number; decided: number } {
  const decisive = decisiveNodes([root])
  const order = topological([root])
  const { dims } = point
  const here = evaluateAll([root], point.values, doubles, { dims })
  // What is not differentiated stays what it is at the point.
  const isStopped = (node: Node): boolean =>
    (node.kind === 'apply' && node.op === stop) || held.includes(node)
  const isMoved = (node: Node, name: string): boolean =>
    name === by?.name ? node === by.node : node.kind === 'symbol' && node.symbol.name === name
  const known = (node: Node): Tensor<number> | undefined => (isStopped(node) ? here.get(node) : undefined)
  const still = new Map<string, readonly (readonly [Node, Tensor<number>])[]>()
  /** The values that stay where a symbol is moved. */
  const stillOf = (name: string): readonly (readonly [Node, Tensor<number>])[] => {
    let found = still.get(name)
    if (!found) {
      const moving = new Set<Node>()
      for (const node of order)
        if (isMoved(node, name) || (!isStopped(node) && node.args.some((a) => moving.has(a))))
          moving.add(node)
      still.set(name, (found = [...here].filter(([node]) => !moving.has(node))))
    }
    return found
  }
  return (entry, step) => {
    const before = point.values.get(entry.name)!
    const data = [...before.data]
    data[entry.index] = data[entry.index]! + step
    const there = { shape: before.shape, data }
    const values = new Map(point.values).set(entry.name, there)
    const first = new Map(stillOf(entry.name))
    if (entry.name === by?.name) first.set(by.node, there)
    const all = evaluateInOrder(order, first, values, doubles, {
      dims,
      known: (node) => (entry.name === by?.name && node === by.node ? there : known(node)),
    })
    return { value: all.get(root)!.data[at]!, decided: decisions(decisive, all, doubles).fingerprint }
  }
}

/**
 * ∂root/∂entry by central differences in doubles, each step half the one before and all extrapolated to step 0
 * (Ridders, Advances in Engineering Software 4, 1982), from two first steps; of each the estimate whose error seems
 * least, and of both the better one, whose error is at least how far they are apart. Good to about 1e-10 of the root's
 * magnitude. Steps across a kink are too long and are passed over; undefined where every step crosses one, or leaves
 * the domain.
 */
export function difference(
  root: Node,
  point: Point,
  entry: Entry,
  along = lossAlong(root, point),
): Difference | undefined {
  const here = along(entry, 0)
  const at = point.values.get(entry.name)!.data[entry.index]!
  // A power of two, so that at ± step is nearly exact.
  const unit = 2 ** Math.round(Math.log2(Math.max(Math.abs(at), 0.25)))
  const moved = (step: number): { value: number; decided: number } => along(entry, step)
  const [a, b] = FIRST_STEPS.map((first) => extrapolated(moved, here, first * unit))
  if (!a || !b) return a ?? b
  const better = a.error <= b.error ? a : b
  return { value: better.value, error: Math.max(better.error, Math.abs(a.value - b.value)) }
}

/** How many steps are tried, each half the one before, until none crosses a kink. */
const MOST_STEPS = 24

function extrapolated(
  along: (step: number) => { value: number; decided: number },
  here: { value: number; decided: number },
  first: number,
): Difference | undefined {
  let best: Difference | undefined
  let previous: number[] = []
  for (let shrink = 0, step = first; previous.length < ROWS && shrink < MOST_STEPS; shrink++, step /= 2) {
    const right = along(step)
    const left = along(-step)
    if (
      right.decided !== here.decided ||
      left.decided !== here.decided ||
      !Number.isFinite(right.value) ||
      !Number.isFinite(left.value)
    ) {
      previous = []
      best = undefined
      continue
    }
    const row = [(right.value - left.value) / (2 * step)]
    const rounding = (Number.EPSILON * Math.abs(here.value)) / step
    // Neville's scheme: the error of central differences is a series in step².
    for (let k = 0, factor = 4; k < previous.length; k++, factor *= 4) {
      row.push(row[k]! + (row[k]! - previous[k]!) / (factor - 1))
      const apart = Math.max(Math.abs(row[k + 1]! - row[k]!), Math.abs(row[k + 1]! - previous[k]!))
      const error = Math.max(apart, rounding)
      if (!best || error <= best.error) best = { value: row[k + 1]!, error }
    }
    if (
      previous.length > 0 &&
      best &&
      Math.abs(row[row.length - 1]! - previous[previous.length - 1]!) > 4 * best.error
    )
      break
    previous = row
  }
  return best
}
