/** Convolutions and pools. */
import type { At } from './at.ts'
import { indexNames, partsOf, rangesText } from './draft.ts'
import { type Length, longer } from './lengths.ts'
import type { Reader } from './readers.ts'
import { BATCH, type Index, type Value, lengthsAt, valueOf } from './values.ts'
import { plain } from './views.ts'

/** What windows are along one axis of space. */
interface Window {
  /** Of the axis itself. */
  readonly length: Length
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly before: number
  readonly after: number
  /** How many windows there are. */
  readonly count: Length
}

function windowsOf(at: At, lengths: readonly Length[], kernel: readonly number[]): Window[] {
  const rank = lengths.length
  if (kernel.length !== rank) throw at.refuse(`has a kernel of ${kernel.length} axes for ${rank} of space`)
  const strides = at.ints('strides') ?? kernel.map(() => 1)
  const dilations = at.ints('dilations') ?? kernel.map(() => 1)
  const pads = at.ints('pads') ?? [...kernel, ...kernel].map(() => 0)
  const auto = at.text('auto_pad', 'NOTSET')
  const up = at.int('ceil_mode', 0) !== 0
  return lengths.map((length, a) => {
    const [k, stride, dilation] = [kernel[a]!, strides[a] ?? 1, dilations[a] ?? 1]
    if (k < 1 || stride < 1 || dilation < 1) throw at.refuse('has windows of no size')
    const span = dilation * (k - 1) + 1
    let [before, after] = [pads[a] ?? 0, pads[a + rank] ?? 0]
    if (before < 0 || after < 0) throw at.refuse('has negative pads')
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
      if (typeof length !== 'number' && stride !== 1)
        throw at.refuse('has strides along an axis whose length is open')
      const total =
        typeof length === 'number'
          ? Math.max(0, (Math.ceil(length / stride) - 1) * stride + span - length)
          : span - 1
      before = auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2)
      after = total - before
    } else if (auto === 'VALID') [before, after] = [0, 0]
    else if (auto !== 'NOTSET') throw at.refuse(`has auto_pad=${auto}`)
    let count: Length
    if (typeof length === 'number') {
      const room = length + before + after - span
      if (room < 0) throw at.refuse(`has windows of ${span} over ${length + before + after} entries`)
      let n = Math.floor(room / stride) + 1
      // Rounded up, a last window may stick out, but begins within the axis or its pad before.
      if (up && room % stride !== 0 && n * stride < length + before) n++
      count = n
    } else {
      if (stride !== 1) throw at.refuse('has strides along an axis whose length is open')
      count = longer(length, before + after - span + 1)
    }
    return { length, kernel: k, stride, dilation, before, after, count }
  })
}

/** Where a window's entry is: its subscript, counted from 1. */
function position({ stride, dilation, before }: Window, window: string, inner: string): string {
  const scaled = (by: number, text: string): string => (by === 1 ? text : `${by}*${text}`)
  // stride·(i − 1) + dilation·(u − 1) + 1 − before
  const offset = 1 - stride - dilation - before
  const text = `${scaled(stride, window)} + ${scaled(dilation, inner)}`
  return offset === 0 ? text : `${text} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`
}

const equal = (numbers: readonly number[]): boolean => numbers.every((n) => n === numbers[0])

/** Channels and axes of space, each an axis of the program. */
function picture(at: At, value: Value): { readonly text: string; readonly shape: readonly Length[] } {
  if (value.axes.length < 3) throw at.refuse(`takes a tensor of ${value.axes.length} axes as pictures`)
  const [samples, ...rest] = value.axes
  if (
    samples!.some((f) => f !== BATCH && lengthsAt(value, [f])[0] !== 1) ||
    rest.some((f) => f.includes(BATCH))
  )
    throw at.refuse(
      'has another axis first than that of samples',
      'give --batch-axis where the samples stand',
    )
  return plain(at, value, value.axes.map((_, a) => a).slice(1))
}

const withSamples = (value: Value, axes: readonly (readonly number[])[]): Value['axes'] => [
  value.axes[0]!.includes(BATCH) ? [BATCH] : [],
  ...axes,
]

const conv: Reader = (at) => {
  at.only('auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides')
  const value = at.value(0)
  const weights = at.numeric(at.known(1, 'weights'))
  const [M, D, ...kernel] = weights.shape as readonly number[]
  const from = picture(at, value)
  const [channels, ...space] = from.shape
  const group = at.int('group', 1)
  if (M === undefined || D === undefined || group < 1 || M % group !== 0 || channels !== D * group)
    throw at.refuse(`has weights ${weights.shape.join(' × ')} in ${group} groups for ${channels} channels`)
  const windows = windowsOf(at, space, kernel)
  const bias = at.optional(2)
  const known = bias === undefined ? undefined : at.known(2, 'bias')
  const lengths = windows.map((w) => w.count)
  const isSquare =
    group === 1 &&
    windows.length <= 2 &&
    equal(windows.map((w) => w.stride)) &&
    equal(windows.map((w) => w.dilation)) &&
    equal(windows.flatMap((w) => [w.before, w.after])) &&
    space.every((l) => typeof l === 'number' || windows.length === 1)
  const at0 = windows[0]!
  if (isSquare) {
    const K = at.draft.declared(weights, at.wish(weights, 'K'), partsOf(weights, true))
    const b = known && at.draft.declared(known, at.wish(known, 'b'), [[M]])
    const options = [
      at0.stride === 1 ? '' : `, stride=${at0.stride}`,
      at0.before === 0 ? '' : `, padding=${at0.before}`,
      at0.dilation === 1 ? '' : `, dilation=${at0.dilation}`,
      b ? `, bias=${at.draft.whole(b)}` : '',
    ].join('')
    const shape = [M, ...lengths]
    const axes = withSamples(
      value,
      shape.map((_, i) => [i]),
    )
    const name = windows.length === 1 ? 'conv1d' : 'conv2d'
    return [at.equation('z', `${name}(${from.text}, ${at.draft.whole(K)}${options})`, { axes, shape })]
  }
  // Groups: the channels of the result are made of groups and of those in a group.
  const inGroup = M / group
  const outer = group === 1 ? [M] : inGroup === 1 ? [group] : [group, inGroup]
  const K = at.draft.declared(weights, at.wish(weights, 'K'), [outer, [D], ...kernel.map((k) => [k])])
  const b = known && at.draft.declared(known, at.wish(known, 'b'), [outer])
  const surrounded = padded(at, from, windows)
  const indices = indexNames([...outer, ...lengths])
  const places = indices.slice(outer.length)
  const inner = indexNames([D, ...kernel], 'sums')
  const [d, ...within] = inner as [Index, ...Index[]]
  const channel =
    group === 1 ? d.text : D === 1 ? indices[0]!.text : `${D}*(${indices[0]!.text} - 1) + ${d.text}`
  const subscripts = windows.map((w, a) => position({ ...w, before: 0 }, places[a]!.text, within[a]!.text))
  const names = (list: readonly Index[]): string => list.map((i) => i.text).join(', ')
  const product = `${at.draft.whole(K)}[${names([...indices.slice(0, outer.length), ...inner])}] * ${surrounded}[${[channel, ...subscripts].join(', ')}]`
  const sum = `sum(${product} for ${rangesText(inner)})`
  const text = b ? `${at.draft.whole(b)}[${names(indices.slice(0, outer.length))}] + ${sum}` : sum
  const source = at.draft.entries('z', indices, text)
  const axes = [outer.map((_, i) => i), ...lengths.map((_, a) => [outer.length + a])]
  return [valueOf(source, withSamples(value, axes))]
}

/** With zeros around: its name. */
function padded(at: At, { text, shape }: ReturnType<typeof picture>, windows: readonly Window[]): string {
  const around = windows.reduce((inner, { before, after }, a) => {
    if (before === 0 && after === 0) return inner
    return `pad(${inner}, ${before}, ${after}, axis=${a + 2})`
  }, text)
  if (around === text) return text
  const lengths = windows.map((w) => longer(w.length, w.before + w.after))
  return at.draft.name(at.draft.equation('r', around, [shape[0]!, ...lengths]))
}

const convTranspose: Reader = (at) => {
  at.only('auto_pad', 'dilations', 'group', 'kernel_shape', 'output_padding', 'pads', 'strides')
  const value = at.value(0)
  const weights = at.numeric(at.known(1, 'weights'))
  const [D, M, ...kernel] = weights.shape as readonly number[]
  const from = picture(at, value)
  const [channels, ...space] = from.shape
  if (at.int('group', 1) !== 1) throw at.refuse(`has group=${at.int('group', 1)}`)
  if (at.text('auto_pad', 'NOTSET') !== 'NOTSET') throw at.refuse(`has auto_pad=${at.text('auto_pad', '')}`)
  if (channels !== D || D === undefined || M === undefined)
    throw at.refuse(`has weights ${weights.shape.join(' × ')} for ${channels} channels`)
  const numbers = (name: string, otherwise: number): readonly number[] =>
    at.ints(name) ?? kernel.map(() => otherwise)
  const [strides, dilations, extra] = [
    numbers('strides', 1),
    numbers('dilations', 1),
    numbers('output_padding', 0),
  ]
  const pads = at.ints('pads') ?? [...kernel, ...kernel].map(() => 0)
  const lengths = space.map((n, a) => {
    if (typeof n !== 'number') throw at.refuse('goes along an axis whose length is open')
    return (
      strides[a]! * (n - 1) +
      extra[a]! +
      dilations[a]! * (kernel[a]! - 1) +
      1 -
      pads[a]! -
      pads[a + kernel.length]!
    )
  })
  const K = at.draft.declared(weights, at.wish(weights, 'K'), partsOf(weights, true))
  const bias =
    at.optional(2) && at.draft.declared(at.known(2, 'bias'), at.wish(at.known(2, 'bias'), 'b'), [[M]])
  const indices = indexNames([M, ...lengths])
  const inner = indexNames([D, ...space, ...kernel], 'sums')
  const names = (list: readonly Index[]): string => list.map((i) => i.text).join(', ')
  const inputs = inner.slice(1, 1 + space.length)
  const within = inner.slice(1 + space.length)
  const conditions = space.map((_, a) => {
    // Each entry goes to stride·(i − 1) + dilation·(u − 1) + 1 − before.
    const window: Window = {
      length: 0,
      kernel: 0,
      after: 0,
      count: 0,
      stride: strides[a]!,
      dilation: dilations[a]!,
      before: pads[a]!,
    }
    return `${position(window, inputs[a]!.text, within[a]!.text)} == ${indices[a + 1]!.text}`
  })
  const sum = `sum(${at.draft.whole(K)}[${names([inner[0]!, indices[0]!, ...within])}] * ${from.text}[${names([inner[0]!, ...inputs])}] for ${rangesText(inner)} where ${conditions.join(' and ')})`
  const source = at.draft.entries(
    'z',
    indices,
    bias ? `${at.draft.whole(bias)}[${indices[0]!.text}] + ${sum}` : sum,
  )
  return [
    valueOf(
      source,
      withSamples(
        value,
        indices.map((_, i) => [i]),
      ),
    ),
  ]
}

const pool =
  (name: 'max' | 'mean'): Reader =>
  (at) => {
    at.only(
      'auto_pad',
      'ceil_mode',
      'count_include_pad',
      'dilations',
      'kernel_shape',
      'pads',
      'storage_order',
      'strides',
    )
    const value = at.value(0)
    const from = picture(at, value)
    const [channels, ...space] = from.shape
    const kernel = at.ints('kernel_shape')
    if (!kernel) throw at.refuse('does not say its kernel_shape')
    const windows = windowsOf(at, space, kernel)
    const shape = [channels!, ...windows.map((w) => w.count)]
    const axes = withSamples(
      value,
      shape.map((_, i) => [i]),
    )
    const first = windows[0]!
    const sticksOut = windows.map(
      (w) =>
        w.before > 0 ||
        w.after > 0 ||
        (typeof w.count === 'number' &&
          typeof w.length === 'number' &&
          (w.count - 1) * w.stride + w.dilation * (w.kernel - 1) + 1 > w.length),
    )
    const isSquare =
      windows.length === 2 &&
      equal(windows.map((w) => w.kernel)) &&
      equal(windows.map((w) => w.stride)) &&
      windows.every((w, a) => w.dilation === 1 && !sticksOut[a])
    if (isSquare) {
      const stride = first.stride === first.kernel ? '' : `, stride=${first.stride}`
      const call = name === 'max' ? 'maxpool' : 'avgpool'
      return [at.equation('p', `${call}(${from.text}, ${first.kernel}${stride})`, { axes, shape })]
    }
    const counted = name === 'mean' && at.int('count_include_pad', 0) !== 0
    if (counted && at.int('ceil_mode', 0) !== 0 && sticksOut.some(Boolean))
      throw at.refuse('counts pads, and rounds the number of windows up')
    const indices = indexNames(shape)
    const inner = indexNames(kernel, 'sums')
    const places = windows.map((w, a) => position(w, indices[a + 1]!.text, inner[a]!.text))
    const conditions = windows.flatMap((w, a) =>
      sticksOut[a] ? [`${places[a]} >= 1`, `${places[a]} <= ${w.length}`] : [],
    )
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
    const body = `${from.text}[${[indices[0]!.text, ...places].join(', ')}] for ${rangesText(inner)}${where}`
    const total = kernel.reduce((a, b) => a * b, 1)
    const text = counted ? `sum(${body}) / ${total}` : `${name}(${body})`
    return [valueOf(at.draft.entries('p', indices, text), axes)]
  }

export const WINDOWS: Readonly<Record<string, Reader>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool('max'),
  AveragePool: pool('mean'),
}
