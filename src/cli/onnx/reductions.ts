/** Operators along axes: sums, means, softmax, normalisations. */
import type { At } from './at.ts'
import { pointwise } from './broadcast.ts'
import { numbersOf, partsOf } from './draft.ts'
import { known } from './known.ts'
import type { Reader } from './readers.ts'
import { axesGiven, rankOf } from './shapes.ts'
import { BATCH, type Known, type Operand, type Value, seen, valueOf, viewAxes } from './values.ts'
import { likeWhole } from './views.ts'

/** Of axes of the model those of the program as an argument: `, axis=2`; undefined where there are none to go along. */
function axisArgument(at: At, value: Value, axes: readonly number[]): string | undefined {
  for (const axis of axes)
    if (value.axes[axis]!.includes(BATCH)) throw at.refuse('works along the axis of samples')
  const view = viewAxes(value)
  const own = axes.flatMap((axis) => view[axis]!).sort((a, b) => a - b)
  if (own.length === 0) return undefined
  const counted = own.map((a) => a + 1)
  return counted.length === 1 ? `axis=${counted[0]}` : `axis=(${counted.join(', ')})`
}

const reduction =
  (name: string, before: (v: string) => string = (v) => v, after: (v: string) => string = (v) => v): Reader =>
  (at) => {
    at.only('axes', 'keepdims', 'noop_with_empty_axes')
    const operand = at.input(0)
    const value = at.asValue(operand)
    const rank = value.axes.length
    const given = axesGiven(at, 1)
    if (given?.length === 0 && at.int('noop_with_empty_axes', 0) !== 0) return [operand]
    const axes =
      given === undefined || given.length === 0
        ? Array.from({ length: rank }, (_, i) => i)
        : given.map((a) => at.axis(a, rank))
    const argument = axisArgument(at, value, axes)
    const gone = new Set(axes)
    const keeps = at.int('keepdims', 1) !== 0
    const whole = before(at.draft.whole(value))
    const order = seen(value)
    const isGone = (a: number): boolean => axes.some((axis) => value.axes[axis]!.includes(a))
    // Axes that stay with one entry, as the language keeps them too, stretch against what they are a reduction of.
    const isKept = keeps && order.some((a) => !isGone(a))
    const left = isKept ? order : order.filter((a) => !isGone(a))
    const shape = left.map((a) => (isGone(a) ? 1 : value.source.shape[a]!))
    const along = argument === undefined || left.length === 0 ? '' : `, ${argument}${isKept ? ', keep' : ''}`
    const text = after(argument === undefined ? whole : `${name}(${whole}${along})`)
    const source = at.draft.equation('m', text, shape)
    const views = value.axes.map((f) =>
      f.filter((a) => a === BATCH || left.includes(a)).map((a) => (a === BATCH ? BATCH : left.indexOf(a))),
    )
    return [valueOf(source, keeps ? views : views.filter((_, axis) => !gone.has(axis)))]
  }

/** Before version 13 softmax goes along all axes from one on. */
const softmax =
  (name: string): Reader =>
  (at) => {
    at.only('axis')
    const value = at.value(0)
    const rank = value.axes.length
    const axis = at.axis(at.int('axis', at.opset < 13 ? 1 : -1), rank)
    const axes = at.opset < 13 ? Array.from({ length: rank - axis }, (_, i) => axis + i) : [axis]
    const argument = axisArgument(at, value, axes)
    if (argument === undefined) throw at.refuse('goes along an axis of length 1')
    const isLast = argument === `axis=${seen(value).length}`
    return [
      at.equation('p', `${name}(${at.draft.whole(value)}${isLast ? '' : `, ${argument}`})`, likeWhole(value)),
    ]
  }

/** Mean and variance over all places of a picture, or over any number of axes of space. */
const pooled =
  (name: string): Reader =>
  (at) => {
    at.only()
    const value = at.value(0)
    const axes = value.axes.map((_, axis) => axis).slice(2)
    const argument = axisArgument(at, value, axes)
    const left = seen(value).filter((a) => !axes.some((axis) => value.axes[axis]!.includes(a)))
    const whole = at.draft.whole(value)
    const text =
      argument === undefined ? whole : `${name}(${whole}${left.length === 0 ? '' : `, ${argument}`})`
    const source = at.draft.equation(
      'm',
      text,
      left.map((a) => value.source.shape[a]!),
    )
    return [
      valueOf(
        source,
        value.axes.map((f) =>
          f
            .filter((a) => a === BATCH || left.includes(a))
            .map((a) => (a === BATCH ? BATCH : left.indexOf(a))),
        ),
      ),
    ]
  }

/** Known numbers of one axis as those of the axis `at` of so many. */
const along = (operand: Operand, axis: number, rank: number): Operand => {
  const spread = <T>(own: readonly T[], one: T): T[] =>
    Array.from({ length: rank }, (_, a) => (a === axis ? own[0]! : one))
  return operand.kind === 'known'
    ? { ...operand, shape: spread<Known['shape'][number]>(operand.shape, 1) }
    : { ...operand, axes: spread<readonly number[]>(operand.axes, []) }
}

/** At inference: the statistics are numbers, which gain and bias take up, γ(x − μ)/√(σ² + ε) + β = γ′x + β′. */
const batchNormalization: Reader = (at) => {
  at.only('epsilon', 'momentum', 'spatial', 'training_mode')
  if (at.int('training_mode', 0) !== 0)
    throw at.refuse('takes its statistics from the batch', 'export the model for inference: model.eval()')
  const names = ['scale', 'bias', 'mean', 'variance']
  const [scale, bias, mean, variance] = names.map((what, i) => at.known(i + 1, what)) as [
    Known,
    Known,
    Known,
    Known,
  ]
  const [g, b, m, v] = [scale, bias, mean, variance].map(numbersOf) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  if ([b, m, v].some((list) => list.length !== g.length)) throw at.refuse('has statistics of several lengths')
  const epsilon = at.float('epsilon', 1e-5)
  const gain = g.map((x, i) => x / Math.sqrt(v[i]! + epsilon))
  const shift = b.map((x, i) => x - m[i]! * gain[i]!)
  const rank = rankOf(at.input(0))
  const folded = (values: Float64Array, from: Known, stem: string): Operand =>
    along(known([values.length], values, false, `${from.learned ?? at.node.outputs[0]} ${stem}`), 1, rank)
  return scaledBy(at, at.input(0), folded(gain, scale, 'gain'), folded(shift, bias, 'shift'))
}

/** (x − mean) / √(variance + ε) along axes, then a gain and a bias. */
function normalised(at: At, value: Value, axes: readonly number[], epsilon: number): Value {
  const argument = axisArgument(at, value, axes)
  if (argument === undefined) throw at.refuse('normalises one number')
  const whole = at.draft.whole(value)
  const e = at.draft.number(epsilon)
  const count = seen(value).length
  const text =
    argument === `axis=${count}`
      ? `layernorm(${whole}, eps=${e})`
      : `(${whole} - mean(${whole}, ${argument}, keep)) / sqrt(var(${whole}, ${argument}, keep) + ${e})`
  return at.equation('n', text, likeWhole(value))
}

/** γx + β; without β γx, without γ x. */
function scaledBy(at: At, value: Operand, given: Operand | undefined, bias: Operand | undefined): Operand[] {
  if (!given) return [value]
  const gain =
    given.kind === 'known'
      ? at.draft.declared(given, at.wish(given, 'g'), partsOf(at.numeric(given), false), 'ones')
      : given
  return bias
    ? [pointwise(at, 'n', [value, gain, bias], (x, g, b) => `${g} * ${x} + ${b}`)]
    : [pointwise(at, 'n', [value, gain], (x, g) => `${g} * ${x}`)]
}

const layerNormalization: Reader = (at) => {
  at.only('axis', 'epsilon', 'stash_type')
  const value = at.value(0)
  const rank = value.axes.length
  const axis = at.axis(at.int('axis', -1), rank)
  const axes = Array.from({ length: rank - axis }, (_, i) => axis + i)
  return scaledBy(at, normalised(at, value, axes, at.float('epsilon', 1e-5)), at.optional(1), at.optional(2))
}

const instanceNormalization: Reader = (at) => {
  at.only('epsilon')
  const value = at.value(0)
  const rank = value.axes.length
  const axes = Array.from({ length: rank - 2 }, (_, i) => i + 2)
  const [gain, bias] = [at.input(1), at.input(2)].map((o) => along(o, 1, rank))
  return scaledBy(at, normalised(at, value, axes, at.float('epsilon', 1e-5)), gain, bias)
}

export const REDUCTIONS: Readonly<Record<string, Reader>> = {
  ReduceMean: reduction('mean'),
  ReduceSum: reduction('sum'),
  ReduceMax: reduction('max'),
  ReduceMin: reduction('min'),
  ReduceSumSquare: reduction('sum', (v) => `${v}^2`),
  ReduceL1: reduction('sum', (v) => `abs(${v})`),
  ReduceL2: reduction(
    'sum',
    (v) => `${v}^2`,
    (v) => `sqrt(${v})`,
  ),
  ReduceLogSumExp: reduction('logsumexp'),
  Softmax: softmax('softmax'),
  LogSoftmax: softmax('logsoftmax'),
  GlobalAveragePool: pooled('mean'),
  GlobalMaxPool: pooled('max'),
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
}
