/**
 * Loops whose turns run as lanes of vectors (Allen, Kennedy 1987): loops whose turns have nothing to do with one another and which read and write neighbours, and
 * sums of products of neighbours, of which each lane has a part. Around them several turns of other loops run at once (tile.ts), so that what is loaded is used several
 * times and sums stay in registers.
 */
import type { Buffer, Instruction, Local, Subscript, Value, Variable } from '../schedule/program.ts'
import { dependsOn, subscriptsOf } from '../schedule/subscripts.ts'
import { isParallel, isSum } from '../schedule/parallel.ts'
import { jam, tile } from '../schedule/tile.ts'
import { TUNING } from '../schedule/tuning.ts'
import { partsOf } from '../schedule/value.ts'
import { effectsOf } from '../schedule/walk.ts'
import type { Real } from './code.ts'
import { runsInLanes } from './operators.ts'

type Loop = Instruction & { kind: 'loop' }

/** A machine with vectors, as far as loops are shaped for it. */
export interface Lanes {
  /** How many numbers it takes at once in loops over what they have in common, and in sums. */
  readonly wide: Readonly<Record<Real, number>>
  readonly sums: Readonly<Record<Real, number>>
  /** So many turns of the loop around a loop in lanes run at once. */
  readonly rows: number
  /** Sums of at least so many multiplications are run several at once. */
  readonly tileFrom: number
}

export function withLanes(list: readonly Instruction[], lanes: Lanes, type: Real): Instruction[] {
  return list.flatMap((i) => (i.kind === 'loop' ? nest(i, lanes, type) : [i]))
}

function nest(loop: Loop, lanes: Lanes, type: Real): Instruction[] {
  // Turns keep their order, and what stands within one is shaped by itself.
  if (loop.variable.turns && !loop.rest) return [{ ...loop, body: withLanes(loop.body, lanes, type) }]
  const wide = inLanes(loop, lanes, type)
  if (wide) return [wide]
  const inner = loop.body.filter((i): i is Loop => i.kind === 'loop')
  const [only] = inner
  if (only && inner.length === 1) {
    const row = inLanes(only, lanes, type)
    if (row) {
      const around: Loop = { ...loop, body: loop.body.map((i) => (i === only ? row : i)) }
      const simple =
        !loop.variable.turns && loop.body.every((i) => i === only || (i.kind === 'define' && !i.mutable))
      const rows = rowsOf(loop, only, lanes)
      return [
        simple && rows > 1 && !loop.within && !loop.step && !loop.descending && isParallel(loop)
          ? jam(around, rows)
          : around,
      ]
    }
  }
  if (hasWide(loop, lanes, type))
    return [
      {
        ...loop,
        body: withLanes(loop.body, lanes, type),
        ...(loop.rest ? { rest: withLanes(loop.rest, lanes, type) } : {}),
      },
    ]
  const { tileFrom } = lanes
  const tuning = { ...TUNING, tileFrom, restFrom: tileFrom, partBelow: 0, packFrom: Infinity }
  return tile([loop], tuning).map((i) => sumsInLanes(i, lanes, type))
}

/** How many turns of a loop run at once around one in lanes: as many as share something, and as divide it if such there are. */
function rowsOf({ variable }: Loop, inner: Loop, { rows }: Lanes): number {
  const shares = effectsOf(inner).accesses.some(
    (a) => a.at.length > 0 && !a.at.some((s) => dependsOn(s, variable)),
  )
  if (!shares) return 1
  const { extent } = variable
  if (typeof extent !== 'number') return rows
  if (extent <= rows) return extent
  const divisors = Array.from({ length: rows / 2 }, (_, k) => rows - k)
  return divisors.find((by) => extent % by === 0) ?? rows
}

/** So few sums at once wait for themselves, and are run in more lanes. */
const FEW_SUMS = 2

const hasWide = (loop: Loop, lanes: Lanes, type: Real): boolean =>
  loop.body.some(
    (i) => i.kind === 'loop' && (inLanes(i, lanes, type) !== undefined || hasWide(i, lanes, type)),
  )

/** A loop over neighbours, in lanes; undefined where it is none. */
export function inLanes(loop: Loop, lanes: Lanes, type: Real): Loop | undefined {
  const { variable: v } = loop
  if (v.turns || loop.step || loop.rest || loop.descending) return undefined
  const count = [lanes.wide[type], lanes.sums[type]].find(
    (n) => typeof v.extent !== 'number' || v.extent >= n,
  )
  if (count === undefined || !fits(loop.body, v, type, false) || !isParallel(loop)) return undefined
  // What stays the same in all turns is nothing to run in lanes.
  const whole = !loop.within && typeof v.extent === 'number' && v.extent % count === 0
  return { ...loop, step: count, lanes: count, ...(whole ? {} : { rest: loop.body }) }
}

/** Innermost sums over neighbours, in lanes. */
function sumsInLanes(i: Instruction, lanes: Lanes, type: Real): Instruction {
  if (i.kind !== 'loop') return i
  const { variable: v } = i
  const updated = new Set(i.body.flatMap((x) => (x.kind === 'update' ? [x.local] : [])))
  const count = lanes[updated.size <= FEW_SUMS ? 'wide' : 'sums'][type]
  const innermost = i.body.every((x) => x.kind !== 'loop')
  const long = typeof v.extent !== 'number' || v.extent >= 2 * count
  if (
    innermost &&
    long &&
    !v.turns &&
    !i.step &&
    !i.rest &&
    !i.descending &&
    isReduction(i) &&
    fits(i.body, v, type, true)
  ) {
    const whole = !i.within && typeof v.extent === 'number' && v.extent % count === 0
    return { ...i, step: count, lanes: count, ...(whole ? {} : { rest: i.body }) }
  }
  const inside = (list: readonly Instruction[]): Instruction[] => list.map((x) => sumsInLanes(x, lanes, type))
  return { ...i, body: inside(i.body), ...(i.rest ? { rest: inside(i.rest) } : {}) }
}

/**
 * Whether the turns of a loop have nothing to do with one another but for registers from outside that they add to, or of which they keep the
 * greatest (least): each lane may have a part of these.
 */
function isReduction(loop: Loop): boolean {
  const folds = new Map<Local, string>()
  const rest = loop.body.filter((i) => {
    if (i.kind !== 'update') return true
    const kind = i.combine === 'subtract' ? 'add' : i.combine
    if (kind !== 'set' && (folds.get(i.local) ?? kind) === kind) return void folds.set(i.local, kind)
    return true
  })
  const values = loop.body.flatMap((i) => ('value' in i && i.value ? [i.value] : []))
  return folds.size > 0 && !values.some((v) => readsAny(v, folds)) && isParallel({ ...loop, body: rest })
}

function readsAny(root: Value, locals: ReadonlyMap<Local, unknown>): boolean {
  const seen = new Set<Value>()
  const stack = [root]
  for (let x = stack.pop(); x; x = stack.pop()) {
    if (seen.has(x)) continue
    seen.add(x)
    if (x.kind === 'local' && locals.has(x.local)) return true
    stack.push(...partsOf(x))
  }
  return false
}

/** Whether all that a body does can be done in lanes along `v`; of a sum it adds to registers from outside. */
export function fits(body: readonly Instruction[], v: Variable, type: Real, sum: boolean): boolean {
  return body.every((i) => {
    switch (i.kind) {
      case 'define':
        return valueFits(i.value, v, type)
      case 'update':
        return valueFits(i.value, v, type)
      case 'store':
        return (
          isReal(i.buffer) &&
          isNeighbour(i.buffer, i.at, v) &&
          i.at.some((s) => dependsOn(s, v)) &&
          valueFits(i.value, v, type)
        )
      case 'loop':
        return !sum && !i.step && !i.rest && isSum(i) && fits(i.body, v, type, false)
      case 'anchor':
        return true
      default:
        return false
    }
  })
}

const isReal = (b: Buffer): boolean =>
  !b.double && !b.whole && b.symbol?.indexes === undefined && b.symbol?.counts === undefined

function valueFits(root: Value, v: Variable, type: Real): boolean {
  const seen = new Set<Value>()
  const stack = [root]
  for (let x = stack.pop(); x; x = stack.pop()) {
    if (seen.has(x)) continue
    seen.add(x)
    if (x.kind === 'load') {
      if (!isNeighbour(x.buffer, x.at, v) || (!isReal(x.buffer) && x.at.some((s) => dependsOn(s, v))))
        return false
      if (x.buffer.double) return false
    } else if (x.kind === 'where' || x.kind === 'position') {
      return false
    } else if (x.kind === 'apply' && !runsInLanes(x.op, type)) return false
    else if (x.kind === 'product' && !x.exponents.every((e) => e.d <= 2n && e.n <= 8n)) return false
    for (const s of subscriptsOf(x)) if (s.variable?.of?.values.length) return false
    stack.push(...partsOf(x))
  }
  return true
}

/** Whether the turns of `v` look at one place, or at neighbours. */
function isNeighbour(buffer: Buffer, at: readonly Subscript[], v: Variable): boolean {
  const last = at.length - 1
  if (!at.some((s) => dependsOn(s, v))) return true
  if (buffer.tile !== undefined || (buffer.member && at.length === 1)) return false
  return at.every((s, axis) => (axis === last ? s.variable === v : !dependsOn(s, v)))
}

/** The registers that hold another number in each lane, of a body that is run in lanes along `v`. */
export function vectorLocals(body: readonly Instruction[], v: Variable): ReadonlySet<Local> {
  const found = new Set<Local>()
  const varies = (root: Value): boolean => {
    const stack = [root]
    for (let x = stack.pop(); x; x = stack.pop()) {
      if (x.kind === 'local' && found.has(x.local)) return true
      if (x.kind === 'load' && x.at.some((s) => dependsOn(s, v))) return true
      stack.push(...partsOf(x))
    }
    return false
  }
  const visit = (list: readonly Instruction[]): void => {
    for (const i of list) {
      if (i.kind === 'loop') visit(i.body)
      else if ((i.kind === 'define' || i.kind === 'update') && varies(i.value)) found.add(i.local)
    }
  }
  // What a register is given later may vary although its first value does not.
  for (let before = -1; before !== found.size;) {
    before = found.size
    visit(body)
  }
  return found
}
