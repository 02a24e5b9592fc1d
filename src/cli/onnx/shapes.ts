/** Operators that move entries and compute nothing: most of them are views. */
import type { At } from './at.ts'
import { entryAt, finest } from './broadcast.ts'
import { indexNames, inOrder, numbersOf, partsOf } from './draft.ts'
import {
  joinedKnown,
  known,
  reshapedKnown,
  shapeOf,
  sizesIn,
  stretchedKnown,
  takenKnown,
  transposedKnown,
} from './known.ts'
import { type Length, SAMPLES, type Size, longer, sizeOf } from './lengths.ts'
import type { Reader } from './readers.ts'
import {
  BATCH,
  type Known,
  type Operand,
  type Value,
  isOne,
  lengthAt,
  lengthsAt,
  seen,
  valueOf,
} from './values.ts'
import { entry, plain, reshaped, transposed } from './views.ts'

export const rankOf = (o: Operand): number => (o.kind === 'known' ? o.shape.length : o.axes.length)

const viewed = (at: At, operand: Operand, target: readonly (Size | undefined)[]): Operand =>
  operand.kind === 'known' ? reshapedKnown(at, operand, target) : reshaped(at, operand, target, at.fixedBatch)

const sizeAt = (operand: Operand, axis: number): Size => {
  if (operand.kind === 'value') return sizeOf(lengthsAt(operand, operand.axes[axis]!))
  const n = operand.shape[axis]!
  return typeof n === 'number' ? { times: n, open: [] } : n
}

const reshape: Reader = (at) => {
  at.only('allowzero', 'shape')
  const operand = at.input(0)
  const given = at.ints('shape')?.map((times): Size => ({ times, open: [] })) ?? sizesIn(at.known(1, 'shape'))
  if (given.filter((s) => s.times === -1).length > 1) throw at.refuse('leaves more than one length open')
  // 0 is the length that was there.
  const target = given.map((s, axis) =>
    s.times === -1 ? undefined : s.times === 0 ? sizeAt(operand, axis) : s,
  )
  return [viewed(at, operand, target)]
}

const flatten: Reader = (at) => {
  at.only('axis')
  const operand = at.input(0)
  const rank = rankOf(operand)
  const given = at.int('axis', 1)
  const axis = given < 0 ? given + rank : given
  if (!(axis >= 0 && axis <= rank)) throw at.refuse(`speaks of axis ${given} of ${rank}`)
  if (operand.kind === 'known') {
    const shape = at.numeric(operand).shape as readonly number[]
    return [reshapedKnown(at, operand, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))])]
  }
  return [{ ...operand, axes: [operand.axes.slice(0, axis).flat(), operand.axes.slice(axis).flat()] }]
}

const transpose: Reader = (at) => {
  at.only('perm')
  const operand = at.input(0)
  const rank = rankOf(operand)
  const order = at.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)
  if ([...order].sort((a, b) => a - b).some((a, i) => a !== i) || order.length !== rank)
    throw at.refuse(`has the order ${order.join(', ')} for ${rank} axes`)
  return [operand.kind === 'known' ? transposedKnown(at, operand, order) : transposed(operand, order)]
}

/** Axes by an attribute, or by an input as later versions have them. */
export const axesGiven = (at: At, input: number): readonly number[] | undefined =>
  at.ints('axes') ?? (at.optional(input) ? at.wholes(input, 'axes') : undefined)

const squeeze: Reader = (at) => {
  at.only('axes')
  const operand = at.input(0)
  const rank = rankOf(operand)
  const isSingle = (axis: number): boolean => {
    const size = sizeAt(operand, axis)
    return size.times === 1 && size.open.length === 0
  }
  const given = axesGiven(at, 1)?.map((a) => at.axis(a, rank))
  const gone = new Set(given ?? Array.from({ length: rank }, (_, i) => i).filter(isSingle))
  for (const axis of gone)
    if (!isSingle(axis)) throw at.refuse(`takes away axis ${axis}, whose length is not 1`)
  if (operand.kind === 'known')
    return [{ ...operand, shape: operand.shape.filter((_, axis) => !gone.has(axis)) }]
  return [{ ...operand, axes: operand.axes.filter((_, axis) => !gone.has(axis)) }]
}

const unsqueeze: Reader = (at) => {
  at.only('axes')
  const operand = at.input(0)
  const given = axesGiven(at, 1) ?? []
  const rank = rankOf(operand) + given.length
  const added = new Set(given.map((a) => at.axis(a, rank)))
  if (added.size !== given.length) throw at.refuse('adds an axis twice')
  const spread = <T>(own: readonly T[], one: T): T[] => {
    let next = 0
    return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? one : own[next++]!))
  }
  if (operand.kind === 'known') return [{ ...operand, shape: spread<number | Size>(operand.shape, 1) }]
  return [{ ...operand, axes: spread<readonly number[]>(operand.axes, []) }]
}

const concat: Reader = (at) => {
  at.only('axis')
  const operands = Array.from({ length: at.count }, (_, i) => at.input(i))
  const rank = Math.max(...operands.map(rankOf))
  const axis = at.axis(at.int('axis', 0), rank)
  const known = operands.filter((o): o is Known => o.kind === 'known')
  if (known.length === operands.length) return [joinedKnown(at, known, axis)]
  if (operands.length === 1) return [operands[0]!]
  const values = operands.map((o) => at.asValue(o))
  const samples = values.find((v) => v.axes.some((f) => f.includes(BATCH)))
  if (samples?.axes[axis]!.includes(BATCH)) throw at.refuse('joins along the axis of samples')
  // Axes of the length 1 everywhere are none of the program's.
  const own = Array.from({ length: rank }, (_, a) => a).filter(
    (a) => a === axis || values.some((v) => !isOne(lengthsAt(v, v.axes[a]!).filter((l) => l !== SAMPLES))),
  )
  const parts = values.map((v) => plain(at, v, own))
  const place = own.indexOf(axis)
  const total = parts
    .map((p) => p.shape[place]!)
    .reduce<Length>((a, b) => {
      if (typeof a === 'number') return longer(b, a)
      if (typeof b === 'number') return longer(a, b)
      throw at.refuse('joins along an axis whose length is open')
    }, 0)
  const shape = parts[0]!.shape.map((l, i) => (i === place ? total : l))
  const list = parts.map((p) => p.text).join(', ')
  const text = place === 0 ? `concat(${list})` : `concat(${list}, axis=${place + 1})`
  const source = at.draft.equation('c', text, shape)
  return [
    valueOf(
      source,
      Array.from({ length: rank }, (_, a): number[] => [
        ...(samples?.axes[a]!.includes(BATCH) ? [BATCH] : []),
        ...(own.includes(a) ? [own.indexOf(a)] : []),
      ]),
    ),
  ]
}

/** Laid out anew, so that each axis of the model is one of the program, or none. */
function unmerged(at: At, value: Value): Value {
  const own = value.axes.flatMap((f, a) =>
    isOne(lengthsAt(value, f).filter((l) => l !== SAMPLES)) ? [] : [a],
  )
  const { text, shape } = plain(at, value, own)
  const axes = value.axes.map((f, a) => (own.includes(a) ? [own.indexOf(a)] : f.filter((x) => x === BATCH)))
  return valueOf({ name: text, text, shape }, axes)
}

/** Some positions along an axis: from, how many, and how far apart. */
function taken(at: At, value: Value, axis: number, from: number, count: Length, step: number): Value {
  const factors = value.axes[axis]!
  if (factors.includes(BATCH)) throw at.refuse('takes some samples of a batch')
  const [own] = factors
  if (own === undefined) return value
  if (factors.length > 1) return taken(at, unmerged(at, value), axis, from, count, step)
  const replaced = (axes: readonly number[]): Value['axes'] =>
    value.axes.map((f, a) => (a === axis ? axes : f))
  if (count === 1) {
    const fixed = new Map(value.fixed).set(own, String(from + 1))
    return { ...value, axes: replaced([]), fixed }
  }
  if (from === 0 && step === 1 && count === lengthAt(value, own)) return value
  const order = seen(value)
  const indices = indexNames(order.map((a) => (a === own ? count : lengthAt(value, a))))
  const by = new Map(order.map((a, i) => [a, indices[i]!.text]))
  const index = by.get(own)!
  // from + step·(i − 1), counted from 1
  const moved = step === 1 ? index : `${step}*${index}`.replace('-1*', '-')
  const offset = from + 1 - step
  by.set(own, offset === 0 ? moved : offset > 0 ? `${moved} + ${offset}` : `${moved} - ${-offset}`)
  const source = at.draft.entries('r', indices, entry(at.draft, value, by))
  return valueOf(
    source,
    value.axes.map((f) => f.map((a) => (a === BATCH ? BATCH : order.indexOf(a)))),
  )
}

const slice: Reader = (at) => {
  at.only('starts', 'ends', 'axes')
  const operand = at.input(0)
  const rank = rankOf(operand)
  const starts = at.ints('starts') ?? at.wholes(1, 'starts')
  const ends = at.ints('ends')?.map((times): Size => ({ times, open: [] })) ?? sizesIn(at.known(2, 'ends'))
  const axes = (at.ints('axes') ?? (at.optional(3) ? at.wholes(3, 'axes') : starts.map((_, i) => i))).map(
    (a) => at.axis(a, rank),
  )
  const steps = at.optional(4) ? at.wholes(4, 'steps') : starts.map(() => 1)
  let result = operand
  axes.forEach((axis, k) => {
    const step = steps[k] ?? 1
    const size = sizeAt(result, axis)
    const n = size.open.length === 0 ? size.times : undefined
    const [start, end] = [starts[k]!, ends[k]!]
    if (n === undefined) {
      if (size.open.length > 1 || size.times !== 1) throw at.refuse('takes a part of an axis that was merged')
      const length = size.open[0]!
      const isEnd = end.open.join() === length || end.times > 2 ** 30
      if (length === SAMPLES && start === 0 && isEnd && step === 1) return
      if (step !== 1 || result.kind === 'known')
        throw at.refuse('takes a part of an axis whose length is open')
      if (start === -1 && isEnd) {
        result = last(at, result, axis, length)
        return
      }
      const until = isEnd ? 0 : end.open.length === 0 && end.times < 0 ? end.times : undefined
      if (start < 0 || until === undefined) throw at.refuse('takes a part of an axis whose length is open')
      result = taken(at, result, axis, start, longer(length, until - start), 1)
      return
    }
    if (step === 0) throw at.refuse('goes no step along an axis')
    // Backward, a part begins at the last entry at most, and ends before the first one.
    const [least, most] = step > 0 ? [0, n] : [-1, n - 1]
    const bound = (v: number): number => Math.max(least, Math.min(most, v < 0 ? v + n : v))
    if (end.open.length > 0) throw at.refuse('ends at a length that the model leaves open')
    const from = bound(start)
    const count = Math.max(0, Math.ceil((bound(end.times) - from) / step))
    if (count === 0 && result.kind === 'value') throw at.refuse('takes nothing of an axis')
    result =
      result.kind === 'known'
        ? takenKnown(
            at,
            result,
            axis,
            Array.from({ length: count }, (_, i) => from + i * step),
          )
        : taken(at, result, axis, from, count, step)
  })
  return [result]
}

/** The last position of an axis of open length, which stays an axis of length 1. */
function last(at: At, value: Value, axis: number, length: Length): Value {
  const [own, ...more] = value.axes[axis]!
  if (own === undefined || own === BATCH || more.length > 0)
    throw at.refuse('takes a part of an axis that was merged')
  return {
    ...value,
    axes: value.axes.map((f, a) => (a === axis ? [] : f)),
    fixed: new Map(value.fixed).set(own, String(length)),
  }
}

const split: Reader = (at) => {
  at.only('axis', 'split', 'num_outputs')
  const operand = at.input(0)
  const axis = at.axis(at.int('axis', 0), rankOf(operand))
  const size = sizeAt(operand, axis)
  if (size.open.length > 0) throw at.refuse('takes apart an axis whose length is open')
  const parts = at.node.outputs.length
  const even = Math.ceil(size.times / parts)
  const lengths =
    at.ints('split') ??
    (at.optional(1)
      ? at.wholes(1, 'split')
      : Array.from({ length: parts }, (_, k) => Math.min(even, size.times - k * even)))
  let from = 0
  return lengths.map((count) => {
    const start = from
    from += count
    return operand.kind === 'known'
      ? takenKnown(
          at,
          operand,
          axis,
          Array.from({ length: count }, (_, i) => start + i),
        )
      : taken(at, operand, axis, start, count, 1)
  })
}

const gather: Reader = (at) => {
  at.only('axis')
  const [data, index] = [at.input(0), at.input(1)]
  const axis = at.axis(at.int('axis', 0), rankOf(data))
  if (index.kind === 'value') return [lookedUp(at, data, index, axis)]
  const size = sizeAt(data, axis)
  const positions = sizesIn(index).map((s) => (s.open.length === 0 ? s.times : NaN))
  const isScalar = index.shape.length === 0
  const n = size.open.length === 0 ? size.times : undefined
  const resolved = positions.map((p) => (p < 0 && n !== undefined ? p + n : p))
  if (data.kind === 'known') {
    const found = takenKnown(at, data, axis, resolved)
    const shape = [...data.shape.slice(0, axis), ...index.shape, ...data.shape.slice(axis + 1)]
    return [{ ...found, shape }]
  }
  const without = (v: Value): Value => (isScalar ? { ...v, axes: v.axes.filter((_, a) => a !== axis) } : v)
  if (positions.length === 1) {
    const [p] = resolved as [number]
    if (n === undefined) {
      if (size.open.length > 1 || size.times !== 1 || size.open[0] === SAMPLES)
        throw at.refuse(
          size.open.includes(SAMPLES)
            ? 'takes one sample of a batch'
            : 'takes a part of an axis that was merged',
        )
      if (p >= 0) return [without(taken(at, data, axis, p, 1, 1))]
      return [without(last(at, data, axis, longer(size.open[0]!, p + 1)))]
    }
    if (!(p >= 0 && p < n)) throw at.refuse(`reads position ${p} of ${n}`)
    return [without(taken(at, data, axis, p, 1, 1))]
  }
  const step = resolved.length > 1 ? resolved[1]! - resolved[0]! : 1
  if (
    index.shape.length !== 1 ||
    step < 1 ||
    resolved.some((p, i) => p !== resolved[0]! + i * step) ||
    n === undefined
  )
    throw at.refuse('picks positions in no even order')
  return [taken(at, data, axis, resolved[0]!, resolved.length, step)]
}

/** Rows of a table that data choose: an embedding. */
function lookedUp(at: At, data: Operand, index: Value, axis: number): Value {
  const input = at.draft.inputs.find((i) => i.source === index.source)
  if (!input?.isWhole)
    throw at.refuse('is chosen by numbers that are computed', 'only whole numbers that are inputs can choose')
  if (axis !== 0) throw at.refuse(`chooses along axis ${axis}; only the first one is read`)
  if (data.kind === 'value') throw at.refuse('chooses among data; only tables of constants are read')
  const table = at.draft.declared(data, at.wish(data, 'E'), partsOf(at.numeric(data), true))
  const count = data.shape[0] as number
  if (input.below !== undefined && input.below !== count)
    throw at.refuse(`chooses among ${count}, and the same input among ${input.below} elsewhere`)
  input.below = count
  const order = seen(index)
  const name = input.name
  const rest = data.shape.slice(1) as number[]
  const lengths = order.map((a) => lengthAt(index, a))
  const E = table.source.name!
  const indices = indexNames(lengths)
  const subscript = (texts: readonly string[]): string =>
    index.source.shape.length === 0
      ? name
      : `${name}[${index.source.shape.map((_, a) => (order.includes(a) ? texts[order.indexOf(a)]! : (index.fixed.get(a) ?? '1'))).join(', ')}]`
  const isWhole = !input.isSeries && order.length === index.source.shape.length
  const source = isWhole
    ? at.draft.equation('e', `${E}[${name}]`, [...lengths, ...rest])
    : at.draft.statement(
        (e) =>
          indices.length === 0
            ? `${e} = ${E}[${subscript([])}]`
            : `${e}[${indices.map((i) => i.text).join(', ')}] = ${E}[${subscript(indices.map((i) => i.text))}] for ${indices.map((i) => `${i.text} in 1..${i.length}`).join(', ')}`,
        'e',
        [...lengths, ...rest],
      )
  const own = index.axes.map((f) => f.map((a) => (a === BATCH ? BATCH : order.indexOf(a))))
  return valueOf(source, [...own, ...rest.map((_, k) => [order.length + k])])
}

const expand: Reader = (at) => {
  at.only()
  const operand = at.input(0)
  const target = sizesIn(at.known(1, 'shape'))
  if (operand.kind === 'known') return [stretchedKnown(at, operand, target)]
  const rank = Math.max(operand.axes.length, target.length)
  const offset = rank - operand.axes.length
  const own = finest(at, [operand], rank)
  const reference = own.map((lengths, axis): Length[] => {
    const wanted = target[axis - (rank - target.length)]
    if (lengths.length > 0 || !wanted) return lengths
    const size =
      wanted.open.length === 0
        ? [wanted.times]
        : [...wanted.open, ...(wanted.times === 1 ? [] : [wanted.times])]
    return size.filter((l) => l !== 1)
  })
  // What is the same for all samples is so without work.
  const ofSample = (lengths: readonly Length[]): string => lengths.filter((l) => l !== SAMPLES).join()
  if (reference.every((r, axis) => ofSample(r) === ofSample(own[axis]!))) {
    const axes = [...Array.from({ length: offset }, (): number[] => []), ...operand.axes]
    return [
      {
        ...operand,
        axes: axes.map((f, axis) =>
          reference[axis]!.includes(SAMPLES) && !f.includes(BATCH) ? [BATCH, ...f] : f,
        ),
      },
    ]
  }
  const { axes, shape } = inOrder(reference)
  const indices = indexNames(shape)
  return [valueOf(at.draft.entries('r', indices, entryAt(at, operand, reference, indices)), axes)]
}

const pad: Reader = (at) => {
  at.only('mode', 'pads', 'value')
  const operand = at.input(0)
  if (at.text('mode', 'constant') !== 'constant') throw at.refuse(`has mode=${at.text('mode', '')}`)
  const rank = rankOf(operand)
  const pads = at.ints('pads') ?? at.wholes(1, 'pads')
  const axes = at.optional(3)
    ? at.wholes(3, 'axes').map((a) => at.axis(a, rank))
    : Array.from({ length: rank }, (_, i) => i)
  const fill = at.optional(2) ? [...numbersOf(at.known(2, 'value'))][0]! : at.float('value', 0)
  if (fill !== 0) throw at.refuse(`fills with ${fill}; only zeros are read`)
  const value = at.asValue(operand)
  const padded = axes.map((axis, k) => ({ axis, before: pads[k] ?? 0, after: pads[k + axes.length] ?? 0 }))
  const own = value.axes.flatMap((f, axis) => {
    const lengths = lengthsAt(value, f).filter((l) => l !== SAMPLES)
    return isOne(lengths) && !padded.some((p) => p.axis === axis && (p.before !== 0 || p.after !== 0))
      ? []
      : [axis]
  })
  const from = plain(at, value, own)
  let text = from.text
  const shape = [...from.shape]
  for (const { axis, before, after } of padded) {
    if (before === 0 && after === 0) continue
    if (before < 0 || after < 0) throw at.refuse('takes away entries by a negative pad')
    const place = own.indexOf(axis)
    text = `pad(${text}, ${before}, ${after}, axis=${place + 1})`
    shape[place] = longer(shape[place]!, before + after)
  }
  const source = at.draft.equation('r', text, shape)
  return [
    valueOf(
      source,
      value.axes.map((f, a) => [
        ...(f.includes(BATCH) ? [BATCH] : []),
        ...(own.includes(a) ? [own.indexOf(a)] : []),
      ]),
    ),
  ]
}

/** Nearest neighbours by whole factors: each entry several times, as axes that are merged with its own. */
const resize: Reader = (at) => {
  at.only(
    'mode',
    'coordinate_transformation_mode',
    'nearest_mode',
    'cubic_coeff_a',
    'exclude_outside',
    'extrapolation_value',
    'antialias',
  )
  if (at.text('mode', 'nearest') !== 'nearest')
    throw at.refuse(`has mode=${at.text('mode', '')}; only nearest is read`)
  const value = at.value(0)
  const rank = value.axes.length
  const scales = at.optional(2) ?? at.optional(1)
  const factors =
    scales?.kind === 'known' && numbersOf(scales).length === rank
      ? [...numbersOf(scales)]
      : sizesIn(at.known(3, 'sizes')).map((size, axis) => {
          const own = sizeAt(value, axis)
          return size.open.join() === own.open.join() ? size.times / own.times : NaN
        })
  if (factors.some((f) => !Number.isInteger(f) || f < 1))
    throw at.refuse('grows by factors that are not whole')
  const lengths = value.axes.map((f, axis) => [
    ...lengthsAt(value, f),
    ...(factors[axis] === 1 ? [] : [factors[axis]!]),
  ])
  const { axes, shape } = inOrder(lengths)
  const indices = indexNames(shape)
  const by = new Map<number, string>()
  value.axes.forEach((f, axis) =>
    f.forEach((a, k) => a !== BATCH && by.set(a, indices[axes[axis]![k]!]!.text)),
  )
  return [valueOf(at.draft.entries('r', indices, entry(at.draft, value, by)), axes)]
}

/** Channels laid out as blocks of places. */
const depthToSpace: Reader = (at) => {
  at.only('blocksize', 'mode')
  const value = at.value(0)
  const block = at.int('blocksize', 1)
  const [n, c, h, w] = value.axes.map((_, axis) => sizeAt(value, axis))
  const by = (size: Size, k: number): Size => ({ ...size, times: size.times * k })
  if (!n || !c || !h || !w || c.times % block ** 2 !== 0)
    throw at.refuse(`lays out channels in blocks of ${block}`)
  const [B, C] = [by({ times: 1, open: [] }, block), by(c, 1 / block ** 2)]
  const isColumns = at.text('mode', 'DCR') === 'CRD'
  const parts = isColumns ? [n, C, B, B, h, w] : [n, B, B, C, h, w]
  const order = isColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
  const turned = transposed(reshaped(at, value, parts, at.fixedBatch), order)
  return [reshaped(at, turned, [n, C, by(h, block), by(w, block)], at.fixedBatch)]
}

const same: Reader = (at) => [at.input(0)]

const cast: Reader = (at) => {
  at.only('to', 'saturate')
  const operand = at.input(0)
  const to = at.int('to', 1)
  const isWhole = ![1, 10, 11, 16].includes(to)
  if (operand.kind === 'known') {
    if (!isWhole || operand.whole) return [{ ...operand, whole: isWhole }]
    return [
      known(operand.shape, numbersOf(operand).map(to === 9 ? (v) => Number(v !== 0) : Math.trunc), true),
    ]
  }
  const input = at.draft.inputs.find((i) => i.source === operand.source)
  if (isWhole && to !== 9 && !input?.isWhole)
    throw at.refuse('rounds numbers that are computed to whole ones', 'only data can be whole numbers')
  return [operand]
}

const constant: Reader = (at) => {
  at.only('value', 'value_float', 'value_int', 'value_floats', 'value_ints')
  const tensor = at.tensor('value')
  if (tensor) return [known(tensor.shape, tensor.values, tensor.whole)]
  const ints = at.ints('value_ints')
  const floats = at.floats('value_floats')
  if (ints || floats) return [known([(ints ?? floats)!.length], Float64Array.from((ints ?? floats)!), !!ints)]
  if (at.node.attributes.has('value_int')) return [known([], Float64Array.of(at.int('value_int', 0)), true)]
  if (at.node.attributes.has('value_float'))
    return [known([], Float64Array.of(at.float('value_float', 0)), false)]
  throw at.refuse('has no value that is read')
}

const constantOfShape: Reader = (at) => {
  at.only('value')
  const tensor = at.tensor('value')
  const shape = sizesIn(at.known(0, 'shape')).map((s) => (s.open.length === 0 ? s.times : s))
  return [known(shape, tensor?.values[0] ?? 0, tensor?.whole ?? false)]
}

const shape: Reader = (at) => {
  at.only('start', 'end')
  const operand = at.input(0)
  const all = shapeOf(operand, (axis) => sizeAt(operand, axis))
  const rank = rankOf(operand)
  const bound = (v: number): number => Math.max(0, Math.min(rank, v < 0 ? v + rank : v))
  const sizes = all.values as ArrayLike<number | Size>
  const part = Array.from(sizes).slice(bound(at.int('start', 0)), bound(at.int('end', rank)))
  return [known([part.length], part, true)]
}

export const SHAPES: Readonly<Record<string, Reader>> = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Slice: slice,
  Split: split,
  Gather: gather,
  Expand: expand,
  Pad: pad,
  Resize: resize,
  DepthToSpace: depthToSpace,
  Identity: same,
  // At inference nothing is dropped.
  Dropout: same,
  Cast: cast,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
}
