/** Looks for inputs at which doubles lose what high precision has. */
import { random } from '../base/random.ts'
import { type Network, judgedNodes } from '../graph/network.ts'
import type { Node } from '../graph/node.ts'
import { decisions, decisiveNodes } from './decisions.ts'
import type { Entry } from './differences.ts'
import { evaluateAll, lengthOf } from './evaluate.ts'
import { extremes } from './extremes.ts'
import { valuesIn } from './forward.ts'
import { bigNumbers } from './bignumbers.ts'
import type { Point } from './points.ts'
import { magnitude, mapTensor, positionText, sizeOfShape } from './tensor.ts'
import { type Exact, Truths } from './truth.ts'

/** What code computes at a point: the loss, and each parameter's gradient, flat. */
export interface Computed {
  readonly loss: number
  readonly gradients: ReadonlyMap<string, readonly number[]>
}

/** What the code of a program without a loss computes: each output, flat. */
export interface ComputedOutputs {
  readonly outputs: ReadonlyMap<string, readonly number[]>
}

/** A number that code gets wrong. */
export interface Finding {
  readonly point: Point
  /** The parameter whose gradient is wrong; undefined for the loss, and for outputs. */
  readonly param: string | undefined
  /** Of a program without a loss: the output that is wrong. */
  readonly output: string | undefined
  readonly index: number
  /** Which entry of it, as [1, 2]; empty for scalars. */
  readonly entry: string
  readonly got: number
  readonly want: number
  /** The size that the error is measured against. */
  readonly scale: number
  /** Relative to the scale; infinite where no number was computed. */
  readonly error: number
}

/** Whether a number would be no finding. */
export const isRight = ({ want, scale }: Finding, x: number): boolean =>
  x === want || Math.abs(x - want) <= LOST * scale

/** How many digits doubles may lose of their sixteen: four. */
export const LOST = 1e-12
/** An entry of a gradient is measured as if it were at least so large beside the greatest one; and any value as if it were so large. */
const BESIDE = 1e-3
const SMALL = 1e-10
/** A single point may take that part of the budget. */
const SHARE = 3
/** So many entries of the gradient, or of an output, are looked at at a point. */
const MOST_ENTRIES = 12
const LEAST_POINTS = 12
/** Where the same outputs are no numbers, so many points are enough. */
const MOST_ALIKE = 6
const POINTS = 600
/** So many times the budget are the end, however few points were tried. */
const MOST = 2

export interface HuntOptions {
  /** About how many multiplications in high precision; a million take two to three seconds. */
  readonly budget: number
  readonly seed?: number | string
  /** Which points are tried; all if not said otherwise. */
  readonly only?: (point: Point) => boolean
  /** So many points are run. */
  readonly points?: number
  /** After so many findings it is enough. */
  readonly findings?: number
}

/**
 * Points at the edges (`extremes`) at which `run` gives NaN, an infinity, or a value that is off by more than 1e-12, relative to the true
 * value, to how far a rounding of the data would carry, or to a thousandth of the greatest entry of the gradient; the truth is that of `Truths`. The worst of a point
 * is its finding. Of a program without a loss the outputs are looked at, each by itself.
 */
export async function hunt(
  network: Network,
  base: Point,
  run: (point: Point) => Computed | ComputedOutputs,
  { budget, seed = 'hunt', points = POINTS, only, findings: enough = Infinity }: HuntOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly points: number }> {
  const roots = judgedNodes(network)
  const rng = random(seed)
  const decisive = decisiveNodes(roots)
  const findings: Finding[] = []
  const spent = { numbers: 0, faults: 0 }
  const seen = new Map<string, number>()
  let [ran, judged] = [0, 0]
  for (const point of extremes(network, base, rng)) {
    if (++ran > points || findings.length >= enough) break
    if (only && !only(point)) continue
    const computed = run(point)
    // Numbers must be looked at one by one; faults show at once, so that many more points can be tried for them.
    const fault = faultOf(computed)
    const share = fault === '' ? 'numbers' : 'faults'
    const times = seen.get(fault) ?? 0
    if ((fault !== '' && times >= MOST_ALIKE) || (spent[share] > budget / 2 && judged >= LEAST_POINTS))
      continue
    if (spent[share] > MOST * budget) continue
    seen.set(fault, times + 1)
    judged++
    let wrong: Finding[] = []
    const turn = rng.integer(0, 1 << 20)
    for (const { truths, got, place } of looksAt(network, computed, point, turn, budget / SHARE)) {
      for (const { position, ...value } of await wrongAt(truths, point, got))
        wrong.push({ point, ...place(position), ...value })
      spent[share] += truths.spent
    }
    if (
      wrong.some((w) => Number.isFinite(w.got)) &&
      decisive.length > 0 &&
      !(await isDecided(point, decisive, roots))
    )
      wrong = wrong.filter((w) => !Number.isFinite(w.got))
    if (wrong.length > 0) findings.push(wrong.reduce((a, b) => (b.error > a.error ? b : a)))
  }
  return { findings: findings.sort((a, b) => strangeness(a.point) - strangeness(b.point)), points: judged }
}

/** Values that are judged together: what code gave, and where each of them stands. */
interface Look {
  readonly truths: Truths
  readonly got: readonly number[]
  readonly place: (position: number) => Pick<Finding, 'param' | 'output' | 'index' | 'entry'>
}

/** The loss with some entries of its gradient, or some entries of each output. */
function looksAt(
  network: Network,
  computed: Computed | ComputedOutputs,
  { values, dims }: Point,
  turn: number,
  allowance: number,
): readonly Look[] {
  if ('outputs' in computed)
    return network.outputs.flatMap(({ name, node }): Look[] => {
      const shape = node.shape.map((e) => lengthOf(e, dims))
      // Of a batch of equal samples the first one is looked at.
      const data = computed.outputs.get(name)!.slice(0, sizeOfShape(shape))
      const [first, ...others] = someOf([...data.keys()], (k) => data[k]!, turn)
      if (first === undefined) return []
      const places = [first, ...others] as const
      return [
        {
          truths: new Truths(node, [], allowance, places),
          got: places.map((k) => data[k]!),
          place: (position) => {
            const index = places[position]!
            return { param: undefined, output: name, index, entry: positionText(shape, index) }
          },
        },
      ]
    })
  const { loss, gradients } = computed
  const valueOf = ({ name, index }: Entry): number => gradients.get(name)![index]!
  // Of several losses each has gradients by what it trains.
  const all = network.params.flatMap(({ symbol: { name } }) =>
    (gradients.get(name) ?? []).map((_, index) => ({ name, index })),
  )
  const entries = someOf(all, valueOf, turn)
  return [
    {
      truths: new Truths(network.loss!.node, entries, allowance),
      got: [loss, ...entries.map(valueOf)],
      place: (position) => {
        const entry = entries[position - 1]
        const { name, index } = entry ?? { name: undefined, index: 0 }
        const text = entry ? positionText(values.get(entry.name)!.shape, index) : ''
        return { param: name, output: undefined, index, entry: text }
      },
    },
  ]
}

/** Which outputs are no numbers, as a text. */
function faultOf(computed: Computed | ComputedOutputs): string {
  const of = (data: readonly number[]): string =>
    data.some(Number.isNaN) ? 'N' : data.every(Number.isFinite) ? '' : '∞'
  const [values, first] =
    'outputs' in computed ? [computed.outputs, ''] : [computed.gradients, of([computed.loss])]
  return [...values].reduce(
    (text, [name, data]) => (of(data) === '' ? text : `${text} ${name}${of(data)}`),
    first,
  )
}

/** How far its values are from those that people see every day. */
const strangeness = ({ values }: Point): number =>
  Math.max(
    0,
    ...[...values.values()].map(({ data }) =>
      magnitude(data.map((x) => (x === 0 ? 0 : Number.isFinite(x) ? Math.log10(Math.abs(x)) : 2))),
    ),
  )

/** A value that was computed, by its position: the loss, then the entries. */
export interface Measured extends Pick<Finding, 'got' | 'want' | 'scale' | 'error'> {
  readonly position: number
}

const wrongAt = async (truths: Truths, point: Point, got: readonly number[]): Promise<Measured[]> =>
  (await measured(truths, point, got)).filter(({ error }) => error > LOST)

/**
 * How far what was computed at a point is from the truth, of all that can be told: first by a guess in few digits, which is
 * looked at closely only where it is further off than `lost`.
 */
export async function measured(
  truths: Truths,
  point: Point,
  got: readonly number[],
  lost = LOST,
): Promise<Measured[]> {
  const { exact: guess, doubtful } = await truths.guess(point)
  const isUnknown = guess.some((x) => x === undefined)
  const errors = (exact: Exact, scales: readonly number[] = []): Measured[] =>
    errorsOf(got, exact, scales, truths.alone)
  const isFar = (all: readonly Measured[]): boolean => all.some(({ error }) => error > lost)
  const rough = errors(guess)
  if (!isUnknown && !isFar(rough)) return rough
  // What is no number is wrong however many digits there are.
  const isNumber = rough.some(({ error }) => error > lost && error < Infinity)
  if (!isUnknown && !doubtful && !isNumber) return rough
  if (isUnknown) {
    const exact = await truths.at(point)
    return errors(exact, await truths.sensitivity(point, exact))
  }
  const scales = await truths.sensitivity(point, guess)
  const closer = errors(guess, scales)
  return isFar(closer) ? errors(await truths.at(point), scales) : closer
}

/** @param alone how many values, the first ones, are measured by themselves, and not beside the others */
function errorsOf(
  got: readonly number[],
  exact: Exact,
  scales: readonly number[],
  alone: number,
): Measured[] {
  const wanted = exact.map((x) => x?.toNumber() ?? NaN)
  const greatest = magnitude(wanted.slice(alone).filter(Number.isFinite))
  return wanted.flatMap((want, position) => {
    const it = got[position]!
    // What is beyond doubles cannot be right.
    if (!Number.isFinite(want)) return []
    const scale = Math.max(
      Math.abs(want),
      scales[position] ?? 0,
      position < alone ? 0 : BESIDE * greatest,
      SMALL,
    )
    const error = it === want ? 0 : Number.isFinite(it) ? Math.abs(it - want) / scale : Infinity
    return [{ position, got: it, want, scale, error }]
  })
}

/** Entries that are no numbers first, then some of the others. */
function someOf<T>(all: readonly T[], valueOf: (entry: T) => number, turn: number): readonly T[] {
  if (all.length <= MOST_ENTRIES) return all
  const isNumber = (e: T): boolean => Number.isFinite(valueOf(e))
  const bad = all.filter((e) => !isNumber(e)).slice(0, MOST_ENTRIES / 2)
  const rest = all.filter(isNumber)
  const some = Array.from({ length: Math.min(rest.length, MOST_ENTRIES - bad.length) }, (_, k) => {
    const step = rest.length / (MOST_ENTRIES - bad.length)
    return rest[(Math.floor(k * step) + turn) % rest.length]!
  })
  return [...bad, ...new Set(some)]
}

/** Whether no comparison turns over where the data move in their last digits. */
async function isDecided(
  point: Point,
  nodes: ReturnType<typeof decisiveNodes>,
  roots: readonly Node[],
): Promise<boolean> {
  const big = await bigNumbers(60)
  const rng = random('decided')
  const moved: Point = {
    ...point,
    values: new Map(
      [...point.values].map(([name, t]) => [
        name,
        mapTensor(t, (x) => x * (1 + rng.pick([-1, 1]) * 2 ** -46)),
      ]),
    ),
  }
  const [a, b] = [point, moved].map(
    (p) => decisions(nodes, evaluateAll(roots, valuesIn(big, p), big, { dims: p.dims }), big).fingerprint,
  )
  return a === b
}
