/** Recurrences as loops: a step's values, computed once for a general value of the index, and all members of a family in one buffer. */
import { ZERO } from '../base/rational.ts'
import { type Extent, addExtents, isNonnegative } from '../graph/extent.ts'
import { type Node, type Scan, type ScanNode, type SymbolNode, isContraction, peel } from '../graph/node.ts'
import { firstOf, indexName, offsetOf } from '../graph/scan.ts'
import { needsOf, valuesInOrder } from '../graph/traverse.ts'
import { Builder, type Kept, type Known, type Step, type Taken, placesIn } from './builder.ts'
import { chooseKept, isFree, ownCost } from './keep.ts'
import type { Buffer, Instruction, Subscript, Test, Variable, Whole } from './program.ts'
import { isMask } from '../graph/subscripts.ts'
import { Storing, keptShape } from './storing.ts'
import { nameNodes } from './storage.ts'
import { holdsScan } from './summed.ts'
import { derived, fixed } from './subscripts.ts'
import type { Tuning } from './tuning.ts'
import { numberValue } from './value.ts'

/** Where the members of a family stand, the axis of the index first. */
interface Stack {
  readonly place: Place
  /** Members before the first one (where the index falls, after the last one) that are 0. */
  readonly pad: number
}

/** The buffers of the recurrences of a routine. */
export class Stacks {
  /** Whether recurrences whose steps are recurrences leave nothing of these in memory: their steps are run again. */
  readonly #runsAgain: boolean
  readonly #stacks = new Map<Scan, (Stack | undefined)[]>()
  /** By recurrence, the families of which values outside look at members. */
  readonly #asked = new Map<Scan, Set<number>>()

  constructor(runsAgain: boolean) {
    this.#runsAgain = runsAgain
  }

  of(scan: Scan, which: number): Stack {
    return (this.#listOf(scan)[which] ??= stackOf(scan, which))
  }

  /** Puts a family of a recurrence within a step where the step's own value is to stand, or where it stood before; else it has a buffer of its own. */
  stand(scan: Scan, which: number, place: Place | undefined): void {
    this.#listOf(scan)[which] = place && { place, pad: padOf(scan, which) }
  }

  #listOf(scan: Scan): (Stack | undefined)[] {
    let list = this.#stacks.get(scan)
    if (!list) this.#stacks.set(scan, (list = []))
    return list
  }

  /** The place of a family as a value. */
  keep({ scan, which }: ScanNode): Kept {
    const asked = this.#asked.get(scan)
    if (asked) asked.add(which)
    else this.#asked.set(scan, new Set([which]))
    return this.of(scan, which).place
  }

  /** What the steps of later recurrences need of those of a recurrence again, each with a buffer of its values at all steps. */
  readonly #again = new Map<Scan, Map<Node, Buffer>>()

  again(scan: Scan): ReadonlyMap<Node, Buffer> {
    return this.#again.get(scan) ?? NOTHING
  }

  /**
   * A recurrence backward asks in each step for values of the same step forward. What costs more than to be read from memory is left
   * there by the way forward.
   */
  share(scans: readonly Scan[]): void {
    for (const later of scans) {
      const bodies = [...this.live(later)].map((which) => later.bodies[which]!)
      const before = seenBy(later)
      for (const earlier of scans) {
        if (!before.has(earlier) || (this.#runsAgain && holdsScan(earlier))) continue
        let found = this.#again.get(earlier)
        if (!found) this.#again.set(earlier, (found = new Map()))
        for (const n of askedAgain(bodies, later, earlier, this.#members(earlier)))
          if (!found.has(n) && !this.#isLeft(n, earlier)) found.set(n, this.#bufferOf(n, earlier))
      }
    }
  }

  /** Whether the steps of a recurrence find a value where a still earlier one has left it. */
  #isLeft(n: Node, scan: Scan): boolean {
    return [...seenBy(scan)].some((first) => this.again(first).has(n) || this.#members(first).has(n))
  }

  /** The values of a step that are members of families that somebody looks at: these have buffers. */
  #members(scan: Scan): ReadonlySet<Node> {
    const live = [...this.live(scan)].filter((which) => !scan.families[which]!.summed)
    return new Set(live.map((which) => peel(scan.bodies[which]!)))
  }

  #bufferOf(n: Node, scan: Scan): Buffer {
    const name = n.kind === 'apply' ? `${n.op.name}$` : 'v$'
    return { name, storage: 'scratch', symbol: undefined, shape: [scan.length, ...n.shape] }
  }

  /** The families that somebody looks at, within the recurrence or outside. */
  live(scan: Scan): Set<number> {
    const live = new Set(this.#asked.get(scan))
    const isLeaf = (n: Node): boolean => !scan.inside.has(n)
    for (const which of live)
      for (const n of valuesInOrder([scan.bodies[which]!], isLeaf))
        for (const r of [...scan.reads, ...scan.histories]) if (r.symbol === n) live.add(r.which)
    return live
  }
}

const NOTHING: ReadonlyMap<Node, Buffer> = new Map()

/** Whether a step of one recurrence sees all that a step of another one sees. */
function seesAll(later: Scan, earlier: Scan): boolean {
  if (later === earlier || later.index !== earlier.index || later.axis !== earlier.axis) return false
  const sees = (symbol: Node, isIt: (of: Node) => boolean, offset: number): boolean =>
    later.takes.some((t) => t.symbol === symbol && t.offset === offset && isIt(t.of))
  return (
    [...later.inside].some((n) => earlier.inside.has(n)) &&
    earlier.takes.every(
      (t) => !later.inside.has(t.symbol) || sees(t.symbol, (of) => of === t.of, t.offset),
    ) &&
    earlier.reads.every(
      (r) =>
        !later.inside.has(r.symbol) ||
        sees(
          r.symbol,
          (of) => {
            const family = peel(of)
            return family.kind === 'scan' && family.scan === earlier && family.which === r.which
          },
          offsetOf(earlier, r.which, r.back),
        ),
    )
  )
}

/** The recurrences whose members a recurrence sees, and all that their steps see. */
const seenBy = (scan: Scan): Set<Scan> =>
  new Set(
    scan.takes.flatMap(({ of }) => {
      const family = peel(of)
      return family.kind === 'scan' && seesAll(scan, family.scan) ? [family.scan] : []
    }),
  )

/** What is computed again rather than read: as many operations. */
const CHEAP = 4

/** The largest values of an earlier step that bodies of a later one ask for, that are not cheap, and that are not its `own`, members of its families. */
function askedAgain(bodies: readonly Node[], later: Scan, earlier: Scan, own: ReadonlySet<Node>): Set<Node> {
  const isShared = (n: Node): boolean => later.inside.has(n) && earlier.inside.has(n)
  const costs = new Map<Node, number>()
  const cost = (root: Node): number => {
    for (const n of valuesInOrder([root], (m) => costs.has(m) || !isShared(m) || own.has(m))) {
      if (costs.has(n)) continue
      const isLeaf = !isShared(n) || own.has(n)
      const around = isFree(n) ? 0 : isContraction(n) || n.kind === 'scan' ? 10 * CHEAP : ownCost(n)
      costs.set(n, isLeaf ? 0 : needsOf(n).reduce((sum, a) => Math.min(sum + costs.get(a)!, 1e6), around))
    }
    return costs.get(root)!
  }
  const found = new Set<Node>()
  const seen = new Set<Node>()
  const work = [...bodies]
  for (let n = work.pop(); n; n = work.pop()) {
    if (seen.has(n) || !later.inside.has(n)) continue
    seen.add(n)
    const value = peel(n)
    if (isShared(value) && own.has(value)) continue
    const isLeft = cost(value) > CHEAP && !isMask(value) && !isFree(value) && value.kind !== 'scan'
    if (isShared(value) && isLeft) found.add(value)
    else work.push(...needsOf(value))
  }
  return found
}

const padOf = (scan: Scan, which: number): number => {
  const back = scan.reads.reduce((most, r) => (r.which === which ? Math.max(most, r.back) : most), 0)
  return Math.max(0, back - scan.families[which]!.given)
}

function stackOf(scan: Scan, which: number): Stack {
  const { name, summed } = scan.families[which]!
  if (summed) {
    const { shape } = scan.bodies[which]!
    return {
      place: {
        kind: 'buffer',
        buffer: { name: 'sum$', storage: 'scratch', symbol: undefined, shape },
        at: [],
      },
      pad: 0,
    }
  }
  const { shape, order, shifts } = layoutOf(scan, which)
  const buffer: Buffer = { name: name === '' ? 'v$' : name, storage: 'scratch', symbol: undefined, shape }
  return { place: placeOf({ buffer, at: [] }, order, shifts), pad: padOf(scan, which) }
}

/**
 * How the members of a family lie: along the axis of its index first, then as each of them does, which may be all members of a
 * recurrence within the step.
 */
function layoutOf(scan: Scan, which: number): { shape: Extent[]; order: number[]; shifts: number[] } {
  const [shape, order, shifts]: [Extent[], number[], number[]] = [[], [], []]
  /** The axes of the member at hand, as those of the family. */
  let axes: number[] | undefined
  for (let n: Node = { kind: 'scan', scan, which } as ScanNode; ;) {
    if (n.kind !== 'scan') {
      const rest = axes ?? []
      shape.push(...n.shape)
      order.push(...rest)
      shifts.push(...rest.map(() => 0))
      return { shape, order, shifts }
    }
    const { scan: own, which: k } = n
    const body: Node = own.bodies[k]!
    const pad = padOf(own, k)
    const all: number[] = axes ?? [...body.shape, 0].map((_, i) => i)
    shape.push(addExtents(own.length, own.families[k]!.given + pad))
    order.push(all[own.axis]!)
    shifts.push(own.falls ? 0 : pad)
    axes = all.filter((_, i) => i !== own.axis)
    n = peel(body)
  }
}

/** `order` and `shifts` only where there is something to say. */
function placeOf({ buffer, at }: Whole, order: readonly number[], shifts: readonly number[]): Place {
  return {
    kind: 'buffer',
    buffer,
    at,
    ...(order.every((axis, i) => axis === i) ? {} : { order }),
    ...(shifts.every((by) => by === 0) ? {} : { shifts }),
  }
}

/** Where one of the members of a family stands, whose axis comes first; undefined where it does not. */
function memberAt(place: Place, axis: number, rank: number, at: Subscript): Place | undefined {
  const order = place.order ?? Array.from({ length: rank }, (_, i) => i)
  const shifts = place.shifts ?? order.map(() => 0)
  if (order[0] !== axis) return undefined
  const here = { ...at, offset: at.offset + shifts[0]! }
  return placeOf(
    { buffer: place.buffer, at: [...place.at, here] },
    order.slice(1).map((a) => (a > axis ? a - 1 : a)),
    shifts.slice(1),
  )
}

/** What stands outside of the steps. */
export interface Places {
  readonly kept: Known
  readonly whole: (n: SymbolNode) => Whole
  /** Of the recurrence within a step of which these are. */
  readonly step?: Step
}

type Place = Kept & { readonly kind: 'buffer' }

/** Puts the given members in their places, and then runs the steps. */
export function runSteps(
  main: Storing,
  scan: Scan,
  stacks: Stacks,
  places: Places,
  batch: Extent | undefined,
  tuning: Tuning,
): void {
  const live = [...stacks.live(scan)].sort((a, b) => a - b)
  for (const which of live) start(main, scan, which, stacks.of(scan, which))
  const variable: Variable = {
    name: indexName(scan.index.symbol),
    extent: scan.length,
    turns: true,
  }
  const body = new Turn(scan, stacks, places, variable, live, tuning).body(batch)
  const descending = scan.falls ? { descending: true } : {}
  main.builder.put({ kind: 'loop', variable, body, ...descending })
  main.builder.forget()
}

/** The instructions of one step. */
class Turn {
  readonly #scan: Scan
  readonly #stacks: Stacks
  readonly #places: Places
  readonly #variable: Variable
  readonly #live: readonly number[]
  readonly #tuning: Tuning
  /** Where the values of the step stand. */
  readonly #own = new Map<Node, Kept>()
  /** Those that an earlier recurrence has left there. */
  readonly #left = new Map<Node, Kept>()

  constructor(
    scan: Scan,
    stacks: Stacks,
    places: Places,
    variable: Variable,
    live: readonly number[],
    tuning: Tuning,
  ) {
    this.#scan = scan
    this.#stacks = stacks
    this.#places = places
    this.#variable = variable
    this.#live = live
    this.#tuning = tuning
  }

  body(batch: Extent | undefined): Instruction[] {
    const scan = this.#scan
    const bodies = this.#live.map((which) => scan.bodies[which]!)
    for (const other of seenBy(scan)) this.#leave(other)
    const again = this.#stacks.again(scan)
    // Later ones look for it where this one puts it.
    for (const n of again.keys()) this.#left.delete(n)
    const isLeaf = (n: Node): boolean => !scan.inside.has(n) || this.#left.has(n)
    const order = valuesInOrder([...bodies, ...again.keys()], isLeaf).filter((n) => scan.inside.has(n))
    const copied = this.#stand(isLeaf)
    this.#keep(bodies, order, isLeaf)
    const { kept, whole, step: around } = this.#places
    const get = (n: Node): Kept | undefined =>
      this.#left.get(n) ?? this.#own.get(n) ?? (scan.inside.has(n) ? undefined : kept.get(n))
    const known: Known = { has: (n) => get(n) !== undefined, get }
    const seen = this.#seen()
    const outside = (n: SymbolNode): Whole => seen.wholes.get(n) ?? whole(n)
    const end = addExtents(scan.length, scan.from)
    const index = derived([{ at: this.#at(0), stride: 1 }], [], scan.from, end)
    const step: Step = {
      index: (n) => (n === scan.index ? index : around?.index(n)),
      taken: (n) => seen.taken.get(n) ?? (seen.wholes.has(n) ? undefined : around?.taken(n)),
    }
    const builder = new Builder(known, outside, this.#tuning, { step })
    const storing = new Storing(builder, known, outside, batch)
    const run = new Set<Scan>()
    for (const n of order) {
      if (!this.#own.has(n)) continue
      if (n.kind !== 'scan') storing.store(n)
      else if (!run.has(n.scan)) {
        run.add(n.scan)
        this.#standWithin(n.scan)
        runSteps(storing, n.scan, this.#stacks, { kept: known, whole: outside, step }, batch, this.#tuning)
      }
    }
    for (const which of copied) {
      const member = scan.bodies[which]!
      if (scan.families[which]!.summed) {
        storing.add(member, this.#stacks.of(scan, which).place)
        continue
      }
      const place = this.#member(which, firstOf(scan, which))
      storing.loops(member.shape, (p) => {
        const at = [...place.at, ...placesIn(place, p)]
        builder.put({
          kind: 'store',
          buffer: place.buffer,
          at,
          combine: 'set',
          value: builder.value(member, p),
        })
      })
    }
    return builder.body
  }

  #at(offset: number): Subscript {
    return { variable: this.#variable, offset }
  }

  /** Where a member of a family of this recurrence stands. */
  #member(which: number, offset: number): Place {
    const scan = this.#scan
    const { place } = this.#stacks.of(scan, which)
    return memberAt(place, scan.axis, scan.bodies[which]!.shape.length + 1, this.#at(offset))!
  }

  /** What the steps of an earlier recurrence have computed. */
  #leave(earlier: Scan): void {
    for (const [n, buffer] of this.#stacks.again(earlier))
      this.#left.set(n, { kind: 'buffer', buffer, at: [this.#at(0)] })
    const taken = new Map<number, Node>()
    for (const { of } of this.#scan.takes) {
      const family = peel(of)
      if (family.kind === 'scan' && family.scan === earlier) taken.set(family.which, family)
    }
    const live = this.#places.step ? new Set<number>() : this.#stacks.live(earlier)
    earlier.bodies.forEach((body, which) => {
      if (earlier.families[which]!.summed) return
      const value = peel(body)
      const family = taken.get(which)
      const found = family && this.#places.kept.get(family)
      const place =
        found?.kind === 'buffer' ? found : live.has(which) ? this.#stacks.of(earlier, which).place : undefined
      if (!earlier.inside.has(value) || !place) return
      const at = this.#at(firstOf(earlier, which))
      const member = memberAt(place, earlier.axis, body.shape.length + 1, at)
      if (member) this.#left.set(value, member)
    })
  }

  #keep(bodies: readonly Node[], order: readonly Node[], isLeaf: (n: Node) => boolean): void {
    const names = nameNodes(order)
    for (const n of chooseKept(bodies, this.#tuning, this.#own.keys(), isLeaf)) {
      if (isLeaf(n) || this.#own.has(n)) continue
      if (n.kind === 'scan') {
        // It may have stood in a step of another recurrence.
        this.#stacks.stand(n.scan, n.which, undefined)
        this.#own.set(n, this.#stacks.keep(n))
        continue
      }
      const shape = keptShape(n)
      const name = names.get(n) ?? (n.kind === 'apply' ? `${n.op.name}$` : 'v$')
      this.#own.set(
        n,
        shape.length === 0 && !(n.kind === 'apply' && n.op.kind === 'matrix')
          ? { kind: 'local', local: { name } }
          : {
              kind: 'buffer',
              buffer: {
                name,
                storage: 'scratch',
                symbol: undefined,
                shape,
                ...(isMask(n) ? { whole: true } : {}),
              },
              at: [],
            },
      )
    }
  }

  /**
   * Where a recurrence within the step puts its families: where an earlier recurrence has left them, if it has; what is run again for
   * the others puts the same there. Places at the index of other steps are no places of this one.
   */
  #standWithin(inner: Scan): void {
    const isFamily = (n: Node, which: number): n is ScanNode =>
      n.kind === 'scan' && n.scan === inner && n.which === which
    inner.families.forEach((_, which) => {
      if ([...this.#own.keys()].some((n) => isFamily(n, which))) return
      const left = [...this.#left].find(([n]) => isFamily(n, which))
      this.#stacks.stand(inner, which, left?.[1].kind === 'buffer' ? left[1] : undefined)
    })
  }

  /** Gives the members their places; families whose member is no value of its own, or another one's, are copied afterwards. */
  #stand(isLeaf: (n: Node) => boolean): number[] {
    const scan = this.#scan
    for (const [n, buffer] of this.#stacks.again(scan))
      this.#own.set(n, { kind: 'buffer', buffer, at: [this.#at(0)] })
    return this.#live.filter((which) => {
      if (scan.families[which]!.summed) return true
      const value = peel(scan.bodies[which]!)
      if (isLeaf(value) || this.#own.has(value) || value.kind === 'symbol' || isMask(value)) return true
      const place = this.#member(which, firstOf(scan, which))
      if (value.kind === 'scan') this.#stacks.stand(value.scan, value.which, place)
      this.#own.set(value, value.kind === 'scan' ? this.#stacks.keep(value) : place)
      return false
    })
  }

  /** Where a family of another recurrence stands. */
  #familyAt(family: ScanNode): Place | undefined {
    const kept = this.#places.kept.get(family)
    if (kept) return kept.kind === 'buffer' ? kept : undefined
    return this.#places.step ? undefined : this.#stacks.of(family.scan, family.which).place
  }

  /** Where what the step sees stands: members of families in their buffers, others within their tensors. */
  #seen(): { wholes: Map<Node, Whole>; taken: Map<Node, Taken> } {
    const scan = this.#scan
    const wholes = new Map<Node, Whole>()
    const taken = new Map<Node, Taken>()
    for (const { symbol, which, back } of scan.reads)
      wholes.set(symbol, this.#member(which, offsetOf(scan, which, back)))
    for (const { symbol, which } of scan.histories) wholes.set(symbol, this.#stacks.of(scan, which).place)
    for (const { symbol, of, offset, axis } of scan.takes) {
      const family = peel(of)
      const place = family.kind === 'scan' ? this.#familyAt(family) : undefined
      if (place && family.kind === 'scan') {
        const position = offset + (place.shifts?.[0] ?? 0)
        const member = memberAt(place, axis, of.shape.length, this.#at(offset))
        if (member && position >= 0 && reaches(place.buffer.shape[place.at.length]!, scan.length, position)) {
          wholes.set(symbol, member)
          continue
        }
      }
      const at = this.#at(offset)
      const extent = of.shape[axis]!
      const tests: Test[] = []
      if (offset < 0) tests.push({ relation: '>=', left: at, right: fixed(0) })
      if (!reaches(extent, scan.length, offset))
        tests.push({ relation: '<', left: at, right: derived([], [], extent, extent) })
      taken.set(symbol, { of, axis, at, tests })
    }
    return { wholes, taken }
  }
}

/** Whether an axis is known to have all positions of the steps, moved by an offset. */
const reaches = (extent: Extent, steps: Extent, offset: number): boolean =>
  isNonnegative(addExtents(addExtents(extent, steps, -1), -offset))

/** The members that are given, and those that are 0, before the first step. */
function start(main: Storing, scan: Scan, which: number, { place, pad }: Stack): void {
  const { builder } = main
  const { given, summed } = scan.families[which]!
  if (summed)
    return main.loops(place.buffer.shape, (at) =>
      builder.put({
        kind: 'store',
        buffer: place.buffer,
        at: [...at],
        combine: 'set',
        value: numberValue(ZERO),
      }),
    )
  const initial = scan.initial[which]
  const { shape } = scan.bodies[which]!
  const first = place.buffer.shape[place.at.length]!
  const known = (offset: number, far: boolean): Subscript =>
    far ? derived([], [], addExtents(scan.length, offset), first) : { variable: undefined, offset }
  const there = place.shifts ? { ...place, shifts: [0, ...place.shifts.slice(1)] } : place
  const put = (at: Subscript, value: (p: readonly Subscript[]) => ReturnType<Builder['value']>): void => {
    const member = memberAt(there, scan.axis, shape.length + 1, at)!
    main.loops(shape, (p) =>
      builder.put({
        kind: 'store',
        buffer: member.buffer,
        at: [...member.at, ...placesIn(member, p)],
        combine: 'set',
        value: value(p),
      }),
    )
  }
  // Steps may look at members that others are yet to define: these are 0.
  if (scan.histories.some((h) => h.which === which))
    main.builder.loop('t', scan.length, (t) => {
      const from = scan.falls ? t : { ...t, offset: t.offset + pad + given }
      put(from, () => numberValue(ZERO))
    })
  for (let k = 0; k < pad; k++) put(known(scan.falls ? given + k : k, scan.falls), () => numberValue(ZERO))
  for (let k = 0; initial && k < given; k++)
    put(known(scan.falls ? k : pad + k, scan.falls), (p) => {
      const at = [...p.slice(0, scan.axis), { variable: undefined, offset: k }, ...p.slice(scan.axis)]
      return builder.value(initial, at)
    })
}
