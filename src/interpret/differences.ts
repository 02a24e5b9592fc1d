import type { Node } from '../graph/node.ts'
import { decisions, decisiveNodes } from './decisions.ts'
import { doubles } from '../graph/doubles.ts'
import { evaluateAll } from './evaluate.ts'
import type { Point } from './points.ts'

/** One entry of one symbol's value: a direction to differentiate in. */
export interface Entry {
  readonly name: string
  /** Into the row-major data. */
  readonly index: number
}

export interface Difference {
  readonly value: number
  /** How far the last two estimates are apart: absolute, in the unit of the value. */
  readonly error: number
}

const ROWS = 8
const FIRST_STEP = 1 / 128

/** The scalar root with one entry of the point moved; what it decides on the way. */
export function lossAlong(
  root: Node,
  point: Point,
): (entry: Entry, step: number) => { value: number; decided: number } {
  const decisive = decisiveNodes([root])
  return (entry, step) => {
    const before = point.values.get(entry.name)!
    const data = [...before.data]
    data[entry.index] = data[entry.index]! + step
    const all = evaluateAll(
      [root],
      new Map(point.values).set(entry.name, { shape: before.shape, data }),
      doubles,
      { dims: point.dims },
    )
    return { value: all.get(root)!.data[0]!, decided: decisions(decisive, all, doubles).fingerprint }
  }
}

/**
 * ∂root/∂entry by central differences in doubles, each step half the one before and all extrapolated to step 0
 * (Ridders, Advances in Engineering Software 4, 1982); the estimate whose error seems least is taken. Good to about
 * 1e-10 of the root's magnitude. Steps across a kink are too long and are passed over; undefined where
 * every step crosses one, or leaves the domain.
 */
export function difference(
  root: Node,
  point: Point,
  entry: Entry,
  along = lossAlong(root, point),
): Difference | undefined {
  const here = along(entry, 0)
  const at = point.values.get(entry.name)!.data[entry.index]!
  let best: Difference | undefined
  let previous: number[] = []
  // A power of two, so that at ± step is exact.
  let step = FIRST_STEP * 2 ** Math.round(Math.log2(Math.max(Math.abs(at), 0.25)))
  for (let shrink = 0; previous.length < ROWS && shrink < 24; shrink++, step /= 2) {
    const right = along(entry, step)
    const left = along(entry, -step)
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
    // Neville's scheme: the error of central differences is a series in step².
    for (let k = 0, factor = 4; k < previous.length; k++, factor *= 4) {
      row.push(row[k]! + (row[k]! - previous[k]!) / (factor - 1))
      const error = Math.max(Math.abs(row[k + 1]! - row[k]!), Math.abs(row[k + 1]! - previous[k]!))
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
