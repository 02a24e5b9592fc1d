import type { Extent } from '../graph/extent.ts'
import { typical } from './keep.ts'
import type { Buffer, Instruction, Subscript, Value, Variable } from './program.ts'
import { load, partsOf } from './value.ts'
import { Rewriter } from './walk.ts'

type Loop = Instruction & { kind: 'loop' }

/** A copy is worth its while where its entries are read at least so often, whatever it is a copy of. */
const OFTEN = 16

/** An operand that a tile reads: it belongs to one of the two parallel loops, and to the sum. */
interface Operand {
  readonly buffer: Buffer
  /** As it is read at the first turn of a tile. */
  readonly at: readonly Subscript[]
}

/**
 * Copies of operands in the order in which tiles read them (Goto, van de Geijn 2008). An operand whose sum runs along
 * another axis than its last is read with a stride; with strides of powers of two its lines drive one another out of
 * the cache. Copies are doubles, which single precision would have to be converted to again and again. The copy of the inner loop's operand is made once, that of the outer loop's once per tile.
 */
export interface Packing {
  /** Before the nest. */
  readonly before: readonly Instruction[]
  /** At the start of each turn of the outer loop that runs a whole tile. */
  readonly outer: readonly Instruction[]
  /** The values in place of loads, by turn of the inner loop or of the outer one. */
  readonly inInner: (v: Value) => Value | undefined
  readonly inOuter: (v: Value) => Value | undefined
}

/** The copies that pay for a nest of two parallel loops around one sum; undefined where there are none. */
export function packing(
  outer: Loop,
  inner: Loop,
  sum: Loop,
  outerBy: number,
  by: number,
): Packing | undefined {
  const ks = sumVariables(sum)
  if (!ks) return undefined
  const operands = operandsOf(sum)
  const of = (v: Variable, other: Variable): Operand[] =>
    operands.filter(
      (o) =>
        o.at.some((s) => s.variable === v) &&
        !o.at.some((s) => s.variable === other) &&
        ks.every((k) => o.at.some((s) => s.variable === k)) &&
        (isStrided(o, ks) || typical(other.extent) >= OFTEN),
    )
  const inners = of(inner.variable, outer.variable)
  const outers = of(outer.variable, inner.variable)
  if (inners.length + outers.length === 0) return undefined
  // An operand that also depends on loops further out would have to be copied in each of their turns.
  const local = (o: Operand): boolean =>
    o.at.every(
      (s) =>
        s.variable === undefined ||
        s.variable === inner.variable ||
        s.variable === outer.variable ||
        ks.includes(s.variable),
    )
  const innerPanels = inners.filter(local).map((o) => panel(o, inner.variable, ks, by))
  const outerPanels = outers.map((o) => tilePanel(o, outer.variable, ks, outerBy))
  if (innerPanels.length + outerPanels.length === 0) return undefined
  const find =
    (panels: readonly Panel[], v: Variable, size: number) =>
    (value: Value): Value | undefined => {
      if (value.kind !== 'load') return undefined
      const p = panels.find(
        (x) => x.operand.buffer === value.buffer && samePlace(x.operand.at, value.at, v, size),
      )
      if (!p) return undefined
      const turn = value.at.find((s) => s.variable === v)!.offset - p.base
      return turn >= 0 && turn < size ? p.load(turn) : undefined
    }
  return {
    before: innerPanels.map((p) => p.fill),
    outer: outerPanels.map((p) => p.fill),
    inInner: find(innerPanels, inner.variable, by),
    inOuter: find(outerPanels, outer.variable, outerBy),
  }
}

interface Panel {
  readonly operand: Operand
  /** The offset of the first turn. */
  readonly base: number
  readonly fill: Instruction
  readonly load: (turn: number) => Value
}

/** The whole operand of the inner loop: [turns of the loop, sum, tile]. */
function panel(o: Operand, v: Variable, ks: readonly Variable[], by: number): Panel {
  const base = o.at.find((s) => s.variable === v)!.offset
  const shape: Extent[] = [v.extent, ...ks.map((k) => k.extent), 1]
  const buffer: Buffer = {
    name: `${o.buffer.name.replace(/\$$/, '')}_panel`,
    storage: 'scratch',
    symbol: undefined,
    shape,
    double: true,
    panel: true,
    tile: by,
  }
  return fillPanel(o, base, buffer, v, ks, by, true)
}

/** One tile of the outer loop's operand: [sum, tile]. */
function tilePanel(o: Operand, v: Variable, ks: readonly Variable[], by: number): Panel {
  const base = o.at.find((s) => s.variable === v)!.offset
  const buffer: Buffer = {
    name: `${o.buffer.name.replace(/\$$/, '')}_tile`,
    storage: 'scratch',
    symbol: undefined,
    shape: [...ks.map((k) => k.extent), by],
    double: true,
    panel: true,
  }
  return fillPanel(o, base, buffer, v, ks, by, false)
}

function fillPanel(
  operand: Operand,
  base: number,
  buffer: Buffer,
  v: Variable,
  ks: readonly Variable[],
  by: number,
  whole: boolean,
): Panel {
  const place = (own: Variable, sums: readonly Variable[], turn: number): Subscript[] => [
    ...(whole ? [{ variable: own, offset: 0 }] : []),
    ...sums.map((variable) => ({ variable, offset: 0 })),
    { variable: undefined, offset: turn },
  ]
  // Loops of its own: the copy is no part of the nest.
  const own: Variable = whole ? { name: v.name, extent: v.extent } : v
  const sums = ks.map((k): Variable => ({ name: k.name, extent: k.extent }))
  const moved = (s: Subscript, turn: number): Subscript => {
    if (s.variable === v) return { variable: own, offset: base + turn }
    const k = ks.indexOf(s.variable!)
    return k >= 0 ? { variable: sums[k]!, offset: s.offset } : s
  }
  let body: Instruction[] = Array.from({ length: by }, (_, turn) => ({
    kind: 'store',
    buffer,
    at: place(own, sums, turn),
    combine: 'set',
    value: load(
      operand.buffer,
      operand.at.map((s) => moved(s, turn)),
    ),
  }))
  for (let i = sums.length - 1; i >= 0; i--) body = [{ kind: 'loop', variable: sums[i]!, body }]
  const exact = typeof v.extent === 'number' && v.extent % by === 0
  const fill: Instruction = whole
    ? { kind: 'loop', variable: own, body, step: by, ...(exact ? {} : { rest: [] }) }
    : body[0]!
  return { operand, base, fill, load: (turn) => load(buffer, place(v, ks, turn)) }
}

/** The variables of a sum's loops, if they are nested one in the other. */
function sumVariables(sum: Loop): Variable[] | undefined {
  const ks: Variable[] = []
  for (let i: Loop = sum; ;) {
    ks.push(i.variable)
    const inner = i.body.filter((x): x is Loop => x.kind === 'loop')
    if (inner.length === 0) return ks
    if (inner.length > 1 || i.body.length > 1) return undefined
    i = inner[0]!
  }
}

function operandsOf(sum: Loop): Operand[] {
  const found: Operand[] = []
  const walk = (v: Value): void => {
    if (
      v.kind === 'load' &&
      !v.at.some((s) => s.variable?.of) &&
      !found.some(
        (o) =>
          o.buffer === v.buffer &&
          o.at.every((s, i) => s.variable === v.at[i]!.variable && s.offset === v.at[i]!.offset),
      )
    )
      found.push({ buffer: v.buffer, at: v.at })
    partsOf(v).forEach(walk)
  }
  const visit = (list: readonly Instruction[]): void => {
    for (const i of list) {
      if (i.kind === 'loop') visit(i.body)
      else if ('value' in i) walk(i.value)
    }
  }
  visit(sum.body)
  return found
}

/** Read along another axis than the last one by the innermost loop of the sum. */
const isStrided = (o: Operand, ks: readonly Variable[]): boolean => {
  const last = o.at[o.at.length - 1]!
  return o.at.length > 1 && last.variable !== ks[ks.length - 1]
}

/** The same place but for the turn of a tile. */
const samePlace = (a: readonly Subscript[], b: readonly Subscript[], v: Variable, by: number): boolean =>
  a.every(
    (s, i) =>
      s.variable === b[i]!.variable &&
      (s.offset === b[i]!.offset || (s.variable === v && b[i]!.offset - s.offset < by)),
  )

/** The instructions with loads replaced. */
export function withLoads(list: readonly Instruction[], by: (v: Value) => Value | undefined): Instruction[] {
  const rewriter = new Rewriter((s) => s, by)
  return list.map((i) => rewriter.instruction(i))
}
