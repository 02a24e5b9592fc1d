/** How well a network predicts: of classes accuracy and which were taken for which, of numbers RMSE and R². */
import { printable } from '../../base/frame.ts'
import { type Field, type Leaf, leaves } from '../../emit/fields.ts'
import type { Network } from '../../graph/network.ts'
import type { Fieldful, Numbers } from '../../modules.ts'
import { sizeExtent } from '../../schedule/workspace.ts'
import { batchesOf } from './split.ts'
import type { Buffers } from './buffers.ts'
import type { Encoded } from './buffers.ts'
import type { Samples } from './samples.ts'

/** An output, and the target that it predicts. */
export interface Predicted {
  readonly output: OutputLeaf
  readonly target: Encoded
}

export interface OutputLeaf {
  readonly name: string
  readonly field: string
  readonly path: readonly number[]
  /** Numbers of one sample; of a list, or along a range that is open, of each member. */
  readonly size: number
  readonly isList: boolean
  /** From here on a number tells class 1: ½ of a probability, 0 of a logit. */
  readonly threshold: number
}

export function outputLeaves(network: Network, outputs: readonly Field[]): OutputLeaf[] {
  return outputs.flatMap(({ name: field, item }) =>
    [...leaves(item)].map(({ leaf, path }) => {
      const range = network.outputs.find((o) => o.name === leaf.name)?.node.range
      return {
        name: leaf.name,
        field,
        path,
        ...sizesOf(leaf),
        threshold: range && range.lo >= 0 && range.hi <= 1 ? 0.5 : 0,
      }
    }),
  )
}

/** Without the first axis beside the samples where that is open. */
function sizesOf({ shape, batched, members }: Leaf): Pick<OutputLeaf, 'size' | 'isList'> {
  const own = batched ? shape.slice(1) : shape
  const isOpen = own.length > 0 && typeof own[0] !== 'number'
  return {
    size: sizeExtent(isOpen ? own.slice(1) : own) as number,
    isList: isOpen || (members !== undefined && typeof members !== 'number'),
  }
}

/** Each target with the first output that fits it and is nobody else's; of a vector of classes there is no number that sums it up. */
export function pairsOf(outputs: readonly OutputLeaf[], parts: readonly Encoded[]): Predicted[] {
  const free = [...outputs]
  return parts.flatMap((target) => {
    if (target.role !== 'target' || (target.classes && target.stored !== 1)) return []
    const count = target.names?.length
    const sizes = count === undefined ? [target.size] : count === 2 ? [2, 1] : [count]
    const isList = target.members !== undefined
    const at = free.findIndex((o) => o.isList === isList && sizes.includes(o.size))
    return at < 0 ? [] : [{ output: free.splice(at, 1)[0]!, target }]
  })
}

/**
 * What `forward` has given: of a list an array for each member, with all samples in it; else one.
 *
 * @param count how many samples there are
 */
export function valuesOf(
  object: Fieldful,
  { field, path, size, isList }: OutputLeaf,
  count: number,
): readonly ArrayLike<number>[] {
  const values = path.reduce<Numbers>((at, i) => (at as readonly Numbers[])[i]!, object[field]!)
  if (Array.isArray(values)) return values as readonly ArrayLike<number>[]
  const flat = values as Float64Array
  if (!isList) return [flat]
  // A tensor: of each sample all members, one after the other.
  const members = flat.length / (count * size)
  return Array.from({ length: members }, (_, m) =>
    Float64Array.from(
      { length: count * size },
      (_, i) => flat[(Math.floor(i / size) * members + m) * size + (i % size)]!,
    ),
  )
}

/** The class that an output tells, of the sample `k` of a batch. */
export function classAt(values: ArrayLike<number>, k: number, { size, threshold }: OutputLeaf): number {
  if (size === 1) return values[k]! >= threshold ? 1 : 0
  let best = 0
  for (let i = 1; i < size; i++) if (values[k * size + i]! > values[k * size + best]!) best = i
  return best
}

export type Metric =
  | {
      readonly kind: 'classes'
      readonly name: string
      readonly names: readonly string[]
      readonly right: number
      readonly of: number
      /** How often class i was taken for class j. */
      readonly confusion: readonly (readonly number[])[]
    }
  | { readonly kind: 'numbers'; readonly name: string; readonly rmse: number; readonly r2: number }

/** Of some samples, by what `forward` gives for a batch of them. */
export function metricsOf(
  pairs: readonly Predicted[],
  samples: Samples,
  buffers: Buffers,
  indices: Uint32Array,
  chunk: number,
  forward: (data: Fieldful) => Fieldful,
): Metric[] {
  const seen = pairs.map(({ target }) => ({
    confusion: (target.names ?? []).map(() => (target.names ?? []).map(() => 0)),
    squares: 0,
    sum: 0,
    sumOfSquares: 0,
    count: 0,
  }))
  for (const part of batchesOf(indices, chunk, samples.kind)) {
    const data = samples.fill(part, buffers)
    const outputs = forward(data)
    pairs.forEach(({ output, target }, p) => {
      const members = valuesOf(outputs, output, part.length)
      const own = seen[p]!
      const { shift, scale } = buffers.scaling(target)
      buffers.of(target).forEach((wanted, m) => {
        const values = members[m]!
        for (let k = 0; k < part.length; k++) {
          if (target.classes) {
            const is = target.classes.onehot
              ? classAt(wanted, k, { ...output, size: target.size })
              : wanted[k]!
            own.confusion[is]![classAt(values, k, output)]!++
            own.count++
            continue
          }
          for (let j = 0; j < target.size; j++) {
            const unit = scale?.[j] ?? 1
            const y = wanted[k * target.size + j]! * unit + (shift?.[j] ?? 0)
            own.squares += ((values[k * target.size + j]! - wanted[k * target.size + j]!) * unit) ** 2
            own.sum += y
            own.sumOfSquares += y * y
            own.count++
          }
        }
      })
    })
  }
  return pairs.map(({ target }, p): Metric => {
    const { confusion, squares, sum, sumOfSquares, count } = seen[p]!
    if (target.classes) {
      const right = confusion.reduce((total, row, i) => total + row[i]!, 0)
      return {
        kind: 'classes',
        name: target.name,
        names: target.names!,
        right,
        of: count,
        confusion,
      }
    }
    const around = sumOfSquares - (sum * sum) / count
    return {
      kind: 'numbers',
      name: target.name,
      rmse: Math.sqrt(squares / count),
      r2: around > 0 ? 1 - squares / around : NaN,
    }
  })
}

/** Larger tables are not printed. */
const MOST_CLASSES = 20

/** Blanks and ends of lines are classes too. */
const shownName = (name: string): string => (name.trim() === '' ? JSON.stringify(name) : printable(name))

export function metricText(metric: Metric): string[] {
  if (metric.kind === 'numbers') {
    const r2 = Number.isNaN(metric.r2) ? '' : `, R² ${metric.r2.toFixed(4)}`
    return [`${metric.name}: RMSE ${metric.rmse.toPrecision(4)}${r2}`]
  }
  const { name, names, right, of, confusion } = metric
  const share = ((100 * right) / of).toFixed(1)
  const first = `${name}: accuracy ${share} % (${right} of ${of})`
  if (names.length > MOST_CLASSES) return [first]
  const shown = names.map(shownName)
  const cells = [['', ...shown], ...confusion.map((row, i) => [shown[i]!, ...row.map(String)])]
  const widths = cells[0]!.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)))
  return [
    `${first}; rows are what they are, columns what they were taken for`,
    ...cells.map((row) =>
      `  ${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ')}`.trimEnd(),
    ),
  ]
}
