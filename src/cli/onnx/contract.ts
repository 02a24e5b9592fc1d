/** Sums of products: of matrices, of vectors, and of whatever else has axes by labels. */
import type { At } from './at.ts'
import { bind, piecesOf } from './broadcast.ts'
import { indexNames, inOrder, rangesText } from './draft.ts'
import { type Length, SAMPLES, sameSize, sizeOf } from './lengths.ts'
import { BATCH, type Index, type Operand, type Value, isOne, lengthsAt, seen, valueOf } from './values.ts'
import { entry } from './views.ts'

export interface Labelled {
  readonly operand: Operand
  /** For each of its axes. */
  readonly labels: readonly string[]
}

/**
 * @param result the labels that are left; all others are summed over
 * @param isUsedOnce so that it may stay an expression, where it is used
 */
export function contract(
  at: At,
  stem: string,
  given: readonly Labelled[],
  result: readonly string[],
  isUsedOnce = at.isUsedOnce(),
): Value {
  const reference = lengthsOfLabels(at, given)
  const factors = given.map(({ operand, labels }): { value: Value; labels: readonly string[] } => {
    if (operand.kind === 'value') return { value: operand, labels }
    const parts = (at.numeric(operand).shape as readonly number[]).map((n, i) =>
      piecesOf(n, reference.get(labels[i]!) ?? []),
    )
    return { value: at.draft.declared(operand, at.wish(operand, 'W'), parts), labels }
  })
  const all = [...new Set(given.flatMap((g) => g.labels))]
  const summed = all.filter((l) => !result.includes(l))
  for (const label of summed)
    if (reference.get(label)!.includes(SAMPLES)) throw at.refuse('adds up samples of a batch')
  const lengths = result.map((l) => reference.get(l) ?? [])
  if (lengths.flat().filter((l) => l === SAMPLES).length > 1)
    throw at.refuse('pairs samples of a batch with each other')
  const [only, another] = factors
  if (only && !another && summed.length === 0 && new Set(only.labels).size === only.labels.length)
    return { ...only.value, axes: result.map((label) => only.value.axes[only.labels.indexOf(label)]!) }
  const matrices = matrixProduct(at, factors, result, summed, reference)
  if (matrices) {
    const { axes, shape } = inOrder(lengths)
    return valueOf(at.draft.expression(stem, matrices, shape, isUsedOnce), axes)
  }
  const indices = new Map<string, Index[]>()
  const name = (labels: readonly string[], of: 'entries' | 'sums'): Index[] => {
    const own = labels.flatMap((l) => reference.get(l)!.filter((x) => x !== SAMPLES))
    const made = indexNames(own, of)
    let next = 0
    for (const l of labels)
      indices.set(
        l,
        reference.get(l)!.map((x) => (x === SAMPLES ? { text: SAMPLES, length: x } : made[next++]!)),
      )
    return made
  }
  const left = name(result, 'entries')
  const inner = name(summed, 'sums')
  const texts = factors.map(({ value, labels }) => {
    const by = new Map<number, string>()
    value.axes.forEach((own, axis) => bind(at, by, value, own, indices.get(labels[axis]!)!))
    return entry(at.draft, value, by)
  })
  const body = texts.join(' * ')
  const text = inner.length === 0 ? body : `sum(${body} for ${rangesText(inner)})`
  return valueOf(at.draft.entries(stem, left, text), inOrder(lengths).axes)
}

/** The lengths that each label's axis is made of: those of the operand that has most of them. */
function lengthsOfLabels(at: At, given: readonly Labelled[]): Map<string, Length[]> {
  const found = new Map<string, Length[]>()
  for (const { operand, labels } of given)
    labels.forEach((label, axis) => {
      const lengths =
        operand.kind === 'known'
          ? [at.numeric(operand).shape[axis] as number]
          : lengthsAt(operand, operand.axes[axis]!)
      const before = found.get(label)
      if (before && !isOne(before) && !isOne(lengths) && !sameSize(sizeOf(before), sizeOf(lengths)))
        throw at.refuse(`multiplies along axes of the lengths ${sizeText(before)} and ${sizeText(lengths)}`)
      if (!before || isOne(before) || (!isOne(lengths) && lengths.length > before.length))
        found.set(label, lengths)
    })
  return new Map([...found].map(([label, lengths]) => [label, isOne(lengths) ? [] : lengths]))
}

const sizeText = (lengths: readonly Length[]): string => lengths.join('·').replace(SAMPLES, 'samples')

/** A product of two matrices or vectors as the language writes it, where it is one. */
function matrixProduct(
  at: At,
  factors: readonly { readonly value: Value; readonly labels: readonly string[] }[],
  result: readonly string[],
  summed: readonly string[],
  reference: ReadonlyMap<string, readonly Length[]>,
): string | undefined {
  const [a, b] = factors
  if (!a || !b || factors.length !== 2 || summed.length !== 1) return undefined
  const [k] = summed as [string]
  // The labels of the axes that are seen, in the order of the tensor; each of one axis and not of length 1.
  const inner = ({ value, labels }: typeof a): string[] | undefined => {
    const order = seen(value)
    const found: string[] = []
    for (const axis of order) {
      const at = value.axes.findIndex((own) => own.includes(axis))
      if (value.axes[at]!.filter((f) => f !== BATCH).length !== 1) return undefined
      if (reference.get(labels[at]!)!.filter((l) => l !== SAMPLES).length !== 1) return undefined
      found.push(labels[at]!)
    }
    return found.length <= 2 && found.includes(k) ? found : undefined
  }
  const [p, q] = [inner(a), inner(b)]
  if (!p || !q) return undefined
  const free = (labels: readonly string[]): string[] => labels.filter((l) => l !== k)
  const wanted = result.filter((l) => reference.get(l)!.some((x) => x !== SAMPLES))
  const text = (from: typeof a, labels: readonly string[], last: boolean): string => {
    const whole = at.draft.whole(from.value)
    if (labels.length === 1) return whole
    return (labels[1] === k) === last ? whole : `${whole}.T`
  }
  const order = [...free(p), ...free(q)]
  if (new Set(order).size !== order.length || order.join() !== wanted.join()) return undefined
  // W @ x is read more easily than x @ W.T.
  if (p.length === 1 && q.length === 2 && q[1] === k) return `${text(b, q, true)} @ ${text(a, p, false)}`
  return `${text(a, p, true)} @ ${text(b, q, false)}`
}
