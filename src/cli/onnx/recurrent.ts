/** RNN, GRU and LSTM as recurrences, an equation for each gate. */
import type { At } from './at.ts'
import { numbersOf } from './draft.ts'
import { known } from './known.ts'
import { type Length, longer } from './lengths.ts'
import { STEP } from './names.ts'
import type { Reader } from './readers.ts'
import { BATCH, type Known, type Operand, type Source, type Value, lengthsAt, valueOf } from './values.ts'
import { plain } from './views.ts'

/** What a cell is made of: the names of its gates, in the order of ONNX's weights, and its equations. */
interface Cell {
  readonly gates: readonly string[]
  /** How many states it has: h, and c of an LSTM. */
  readonly states: readonly string[]
  readonly activations: readonly string[]
  readonly write: (parts: Parts) => readonly Equation[]
}

interface Equation {
  readonly stem: string
  readonly text: (name: (stem: string) => string) => string
}

interface Parts {
  /** W x + b for a gate, and U h for it. */
  readonly input: (gate: string) => string
  readonly from: (gate: string, state?: string) => string
  /** A bias of its own within the reset of a GRU; undefined where there is none. */
  readonly inner: string | undefined
  readonly before: (state: string) => string
  readonly activation: (k: number, v: string) => string
  readonly peephole: (gate: string, state: string) => string
  readonly isResetAfter: boolean
}

const RNN: Cell = {
  gates: ['h'],
  states: ['h'],
  activations: ['Tanh'],
  write: ({ input, from, activation }) => [
    { stem: 'h', text: () => activation(0, `${input('h')} + ${from('h')}`) },
  ],
}

const GRU: Cell = {
  gates: ['z', 'r', 'h'],
  states: ['h'],
  activations: ['Sigmoid', 'Tanh'],
  write: ({ input, from, inner, before, activation, isResetAfter }) => [
    { stem: 'z', text: () => activation(0, `${input('z')} + ${from('z')}`) },
    { stem: 'r', text: () => activation(0, `${input('r')} + ${from('r')}`) },
    {
      stem: 'n',
      text: (name) =>
        activation(
          1,
          isResetAfter
            ? `${input('h')} + ${name('r')} * (${from('h')}${inner === undefined ? '' : ` + ${inner}`})`
            : `${input('h')} + ${from('h', `(${name('r')} * ${before('h')})`)}`,
        ),
    },
    { stem: 'h', text: (name) => `(1 - ${name('z')}) * ${name('n')} + ${name('z')} * ${before('h')}` },
  ],
}

const LSTM: Cell = {
  gates: ['i', 'o', 'f', 'c'],
  states: ['h', 'c'],
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  write: ({ input, from, before, activation, peephole }) => [
    { stem: 'i', text: () => activation(0, `${input('i')} + ${from('i')}${peephole('i', before('c'))}`) },
    { stem: 'f', text: () => activation(0, `${input('f')} + ${from('f')}${peephole('f', before('c'))}`) },
    { stem: 'g', text: () => activation(1, `${input('c')} + ${from('c')}`) },
    { stem: 'c', text: (name) => `${name('f')} * ${before('c')} + ${name('i')} * ${name('g')}` },
    { stem: 'o', text: (name) => activation(0, `${input('o')} + ${from('o')}${peephole('o', name('c'))}`) },
    { stem: 'h', text: (name) => `${name('o')} * ${activation(2, name('c'))}` },
  ],
}

const ACTIVATIONS: Readonly<Record<string, (v: string) => string>> = {
  tanh: (v) => `tanh(${v})`,
  relu: (v) => `relu(${v})`,
  sigmoid: (v) => `sigmoid(${v})`,
  softplus: (v) => `softplus(${v})`,
  elu: (v) => `elu(${v})`,
  affine: (v) => v,
}

/** The weights of one direction, and what it becomes. */
interface Direction {
  readonly k: number
  readonly isReverse: boolean
}

const recurrent =
  (cell: Cell): Reader =>
  (at) => {
    at.only(
      'activations',
      'activation_alpha',
      'activation_beta',
      'direction',
      'hidden_size',
      'input_forget',
      'layout',
      'linear_before_reset',
    )
    if (at.int('input_forget', 0) !== 0) throw at.refuse('has input_forget')
    if (at.floats('activation_alpha') ?? at.floats('activation_beta'))
      throw at.refuse('has activations with numbers of their own (activation_alpha, activation_beta)')
    const how = at.text('direction', 'forward')
    const directions: readonly Direction[] =
      how === 'bidirectional'
        ? [
            { k: 0, isReverse: false },
            { k: 1, isReverse: true },
          ]
        : [{ k: 0, isReverse: how === 'reverse' }]
    if (!['forward', 'reverse', 'bidirectional'].includes(how)) throw at.refuse(`has direction=${how}`)
    const batchFirst = at.int('layout', 0) !== 0
    const x = at.value(0)
    if (x.axes.length !== 3) throw at.refuse(`takes a tensor of ${x.axes.length} axes as a series`)
    const time = batchFirst ? 1 : 0
    const isSamples = x.axes[1 - time]!.every((f) => f === BATCH || lengthsAt(x, [f])[0] === 1)
    if (!isSamples || x.axes[time]!.includes(BATCH))
      throw at.refuse('has its samples along another axis', 'give --batch-axis where the samples stand')
    const lengths = at.optional(4)
    if (lengths && !(lengths.kind === 'known' && typeof lengths.values === 'number'))
      throw at.refuse('gives each sample a length of its own (sequence_lens)')
    const series = plain(at, x, [time, 2])
    const [T, D] = series.shape as [Length, Length]
    const runs = directions.map((d) => run(at, cell, d, series.text, T, D))
    return outputs(at, cell, runs, T, batchFirst, x.axes[1 - time]!.includes(BATCH))
  }

/** The names of the states of one direction, and where its last step is. */
interface Run {
  readonly states: ReadonlyMap<string, Source>
  readonly last: Length
}

function run(at: At, cell: Cell, { k, isReverse }: Direction, x: string, T: Length, D: Length): Run {
  const { draft } = at
  const count = cell.gates.length
  const weights = (i: number, what: string): Known => at.numeric(at.known(i, what))
  const [W, R] = [weights(1, 'weights'), weights(2, 'recurrent weights')]
  const [directions, rows, columns] = W.shape as [number, number, number]
  const H = rows / count
  if (
    W.shape.length !== 3 ||
    columns !== D ||
    !Number.isInteger(H) ||
    k >= directions ||
    R.shape.join() !== [directions, rows, H].join()
  )
    throw at.refuse(
      `has weights ${W.shape.join(' × ')} and ${R.shape.join(' × ')} for entries of length ${D}`,
    )
  const part = (from: Known, start: number, size: number): Float64Array =>
    numbersOf(from).subarray(start, start + size)
  const suffix = isReverse ? '_back' : ''
  const name = (letter: string, gate: string): string =>
    count === 1 ? `${letter}${suffix}` : `${letter}_${gate}${suffix}`
  const param = (letter: string, gate: string, shape: readonly number[], values: Float64Array): string => {
    const stem = name(letter, gate)
    return draft.whole(
      draft.declared(
        { ...known(shape, values, false, `${at.node.outputs[0]} ${stem}`) },
        { like: stem },
        shape.map((n) => [n]),
      ),
    )
  }
  const B = at.optional(3) && weights(3, 'biases')
  const P = at.optional(7) && weights(7, 'peepholes')
  const resetAfter = cell === GRU && at.int('linear_before_reset', 0) !== 0
  const own = cell.gates.map((gate, g) => {
    const bias = (half: number): Float64Array =>
      B ? part(B, (2 * k + half) * rows + g * H, H) : new Float64Array(H)
    // Both biases are added, but for what the reset of a GRU multiplies.
    const isInner = resetAfter && gate === 'h'
    const sum = isInner ? bias(0) : bias(0).map((v, i) => v + bias(1)[i]!)
    return {
      gate,
      W: param('W', gate, [H, columns], part(W, (k * rows + g * H) * columns, H * columns)),
      U: param('U', gate, [H, H], part(R, (k * rows + g * H) * H, H * H)),
      b: B ? param('b', gate, [H], sum) : undefined,
      inner: B && isInner ? param('c', gate, [H], bias(1)) : undefined,
    }
  })
  const gateOf = (gate: string): (typeof own)[number] => own.find((o) => o.gate === gate)!
  const stems = new Map<string, string>()
  const nameOf = (stem: string): string => {
    const found = stems.get(stem) ?? draft.names.next(stem)
    stems.set(stem, found)
    return found
  }
  for (const state of cell.states) nameOf(state)
  const previous = isReverse ? `${STEP}+1` : `${STEP}-1`
  const before = (state: string): string => `${nameOf(state)}[${previous}]`
  const given = at.strings('activations')
  const functions =
    given?.slice(k * cell.activations.length, (k + 1) * cell.activations.length) ?? cell.activations
  const activation = (i: number, v: string): string => {
    const write = ACTIVATIONS[(functions[i] ?? cell.activations[i]!).toLowerCase()]
    if (!write) throw at.refuse(`has the activation ${functions[i]}`)
    return write(v)
  }
  const order = ['i', 'o', 'f']
  const parts: Parts = {
    input: (gate) => {
      const { W: w, b } = gateOf(gate)
      return `${w} @ ${x}[${STEP}]${b === undefined ? '' : ` + ${b}`}`
    },
    from: (gate, state = before('h')) => `${gateOf(gate).U} @ ${state}`,
    inner: own.at(-1)!.inner,
    before,
    activation,
    peephole: (gate, state) =>
      P ? ` + ${param('p', gate, [H], part(P, (3 * k + order.indexOf(gate)) * H, H))} * ${state}` : '',
    isResetAfter: resetAfter,
  }
  const start = isReverse ? longer(T, 1) : 0
  cell.states.forEach((state, s) => {
    draft.statements.push(`${nameOf(state)}[${start}] = ${initial(at, at.optional(5 + s), k, H)}`)
  })
  const lines = cell
    .write(parts)
    .map(({ stem, text }) => `  ${nameOf(stem)}[${STEP}] = ${text((s) => `${nameOf(s)}[${STEP}]`)}`)
  draft.statements.push(`for ${STEP} in ${isReverse ? `${T}..1` : `1..${T}`} {\n${lines.join('\n')}\n}`)
  const states = new Map(
    cell.states.map((state): [string, Source] => [
      state,
      { name: nameOf(state), text: nameOf(state), shape: [T, H] },
    ]),
  )
  return { states, last: isReverse ? 1 : T }
}

/** The state before the first step: zeros, or what the model gives. */
function initial(at: At, operand: Operand | undefined, k: number, H: number): string {
  if (!operand) return `zeros(${H})`
  if (operand.kind === 'known') {
    const all = typeof operand.values === 'number' ? [operand.values] : [...operand.values]
    if (all.every((v) => v === 0)) return `zeros(${H})`
    throw at.refuse(
      'begins with a known state other than zeros',
      'make the first state an input of the model',
    )
  }
  const axes = operand.axes.map((f, axis) => (axis === 0 && f.length > 0 ? [] : f))
  const fixed = new Map(operand.fixed)
  for (const f of operand.axes[0] ?? []) fixed.set(f, String(k + 1))
  return plain(at, { ...operand, axes, fixed }, [2]).text
}

/** Y, all states of h; Y_h and Y_c, the last ones. */
function outputs(
  at: At,
  cell: Cell,
  runs: readonly Run[],
  T: Length,
  batchFirst: boolean,
  hasSamples: boolean,
): (Operand | undefined)[] {
  const { draft } = at
  const H = runs[0]!.states.get('h')!.shape[1]!
  const samples = hasSamples ? [BATCH] : []
  const states = runs.map((r) => r.states.get('h')!.name!)
  const found: (Operand | undefined)[] = []
  if (at.isUsed(0)) {
    const whole =
      runs.length === 1
        ? draft.statement((y) => `${y}[${STEP}] = ${states[0]}[${STEP}] for ${STEP} in 1..${T}`, 'y', [T, H])
        : draft.statement(
            (y) =>
              `${y}[${STEP}] = stack(${states.map((s) => `${s}[${STEP}]`).join(', ')}) for ${STEP} in 1..${T}`,
            'y',
            [T, runs.length, H],
          )
    const [direction, entries] = runs.length === 1 ? [[], [1]] : [[1], [2]]
    found.push(
      valueOf(whole, batchFirst ? [samples, [0], direction, entries] : [[0], direction, samples, entries]),
    )
  } else found.push(undefined)
  for (const [s, state] of cell.states.entries()) {
    if (!at.isUsed(s + 1)) {
      found.push(undefined)
      continue
    }
    const last = (r: Run): string => `${r.states.get(state)!.name}[${r.last}]`
    const value: Value =
      runs.length === 1
        ? {
            ...valueOf(runs[0]!.states.get(state)!, [[], samples, [1]]),
            fixed: new Map([[0, String(runs[0]!.last)]]),
          }
        : valueOf(draft.equation(`${state}_`, `stack(${runs.map(last).join(', ')})`, [runs.length, H]), [
            [0],
            samples,
            [1],
          ])
    const [d, b, e] = value.axes as [number[], number[], number[]]
    found.push(batchFirst ? { ...value, axes: [b, d, e] } : value)
  }
  return found
}

export const RECURRENT: Readonly<Record<string, Reader>> = {
  RNN: recurrent(RNN),
  GRU: recurrent(GRU),
  LSTM: recurrent(LSTM),
}
