/** Recurrences as loops: a step's values, computed once for a general value of the index, and all members of a family in one buffer. */
import { ZERO } from '../base/rational.ts'
import { type Extent, addExtents, isNonnegative } from '../graph/extent.ts'
import { type Node, type Scan, type ScanNode, type SymbolNode, isContraction, peel } from '../graph/node.ts'
import { firstOf, indexName, offsetOf } from '../graph/scan.ts'
import { needsOf, valuesInOrder } from '../graph/traverse.ts'
import { Builder, type Kept, type Known, type Taken } from './builder.ts'
import { chooseKept, isFree, ownCost } from './keep.ts'
import type { Buffer, Instruction, Subscript, Test, Variable, Whole } from './program.ts'
import { isMask } from '../graph/subscripts.ts'
import { Storing, keptShape } from './storing.ts'
import { nameNodes } from './storage.ts'
import { derived, fixed } from './subscripts.ts'
import type { Tuning } from './tuning.ts'
import { numberValue } from './value.ts'

/** Where the members of a family stand, the axis of the index first. `pad`: members before the first one (where the index falls, after the last one) that are 0. */
interface Stack {
  readonly buffer: Buffer
  readonly pad: number
  /** The position of the family's first member. */
  readonly shift: number
}

/** The buffers of the recurrences of a routine. */
export class Stacks {
  readonly #stacks = new Map<Scan, (Stack | undefined)[]>()
  /** By recurrence, the families of which values outside look at members. */
  readonly #asked = new Map<Scan, Set<number>>()

  of(scan: Scan, which: number): Stack {
    let list = this.#stacks.get(scan)
    if (!list) this.#stacks.set(scan, (list = []))
    return (list[which] ??= stackOf(scan, which))
  }

  /** The place of a family as a value. */
  keep({ scan, which }: ScanNode): Kept {
    const asked = this.#asked.get(scan)
    if (asked) asked.add(which)
    else this.#asked.set(scan, new Set([which]))
    const { buffer, shift } = this.of(scan, which)
    const { axis } = scan
    const others = buffer.shape.map((_, i) => i).filter((i) => i !== axis)
    return { kind: 'buffer', buffer, at: [], shift, ...(axis === 0 ? {} : { order: [axis, ...others] }) }
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
        if (!before.has(earlier)) continue
        let found = this.#again.get(earlier)
        if (!found) this.#again.set(earlier, (found = new Map()))
        for (const n of askedAgain(bodies, later, earlier))
          if (!found.has(n) && !this.#isLeft(n, earlier)) found.set(n, this.#bufferOf(n, earlier))
      }
    }
  }

  /** Whether the steps of a recurrence find a value where a still earlier one has left it. */
  #isLeft(n: Node, scan: Scan): boolean {
    return [...seenBy(scan)].some(
      (first) => this.again(first).has(n) || first.bodies.some((body) => peel(body) === n),
    )
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
        for (const r of scan.reads) if (r.symbol === n) live.add(r.which)
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

/** The largest values of an earlier step that bodies of a later one ask for, and that are not cheap. */
function askedAgain(bodies: readonly Node[], later: Scan, earlier: Scan): Set<Node> {
  const own = new Set(earlier.bodies.map(peel))
  const isShared = (n: Node): boolean => later.inside.has(n) && earlier.inside.has(n)
  const costs = new Map<Node, number>()
  const cost = (root: Node): number => {
    for (const n of valuesInOrder([root], (m) => costs.has(m) || !isShared(m) || own.has(m))) {
      if (costs.has(n)) continue
      const isLeaf = !isShared(n) || own.has(n)
      const around = isFree(n) ? 0 : isContraction(n) ? 10 * CHEAP : ownCost(n)
      costs.set(n, isLeaf ? 0 : n.args.reduce((sum, a) => Math.min(sum + costs.get(a)!, 1e6), around))
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
    if (isShared(value) && cost(value) > CHEAP && !isMask(value) && !isFree(value)) found.add(value)
    else work.push(...needsOf(value))
  }
  return found
}

function stackOf(scan: Scan, which: number): Stack {
  const { given, name } = scan.families[which]!
  const back = scan.reads.reduce((most, r) => (r.which === which ? Math.max(most, r.back) : most), 0)
  const pad = Math.max(0, back - given)
  return {
    buffer: {
      name: name === '' ? 'v$' : name,
      storage: 'scratch',
      symbol: undefined,
      shape: [addExtents(scan.length, given + pad), ...scan.bodies[which]!.shape],
    },
    pad,
    shift: scan.falls ? 0 : pad,
  }
}

/** What stands outside of the steps. */
export interface Places {
  readonly kept: Known
  readonly whole: (n: SymbolNode) => Whole
}

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
    this.#keep(bodies, order, isLeaf)
    const copied = this.#stand(isLeaf)
    const { kept, whole } = this.#places
    const get = (n: Node): Kept | undefined =>
      this.#left.get(n) ?? this.#own.get(n) ?? (scan.inside.has(n) ? undefined : kept.get(n))
    const known: Known = { has: (n) => get(n) !== undefined, get }
    const seen = this.#seen()
    const outside = (n: SymbolNode): Whole => seen.wholes.get(n) ?? whole(n)
    const end = addExtents(scan.length, scan.from)
    const index = derived([{ at: this.#at(0), stride: 1 }], [], scan.from, end)
    const step = {
      index: (n: Node) => (n === scan.index ? index : undefined),
      taken: (n: Node) => seen.taken.get(n),
    }
    const builder = new Builder(known, outside, this.#tuning, { step })
    const storing = new Storing(builder, known, outside, batch)
    for (const n of order) if (this.#own.has(n)) storing.store(n)
    for (const which of copied) {
      const member = scan.bodies[which]!
      const { buffer } = this.#stacks.of(scan, which)
      storing.loops(member.shape, (p) => {
        const at = [this.#member(which, firstOf(scan, which)), ...p]
        builder.put({ kind: 'store', buffer, at, combine: 'set', value: builder.value(member, p) })
      })
    }
    return builder.body
  }

  #at(offset: number): Subscript {
    return { variable: this.#variable, offset }
  }

  #member(which: number, offset: number): Subscript {
    return this.#at(offset + this.#stacks.of(this.#scan, which).shift)
  }

  /** What the steps of an earlier recurrence have computed. */
  #leave(earlier: Scan): void {
    for (const [n, buffer] of this.#stacks.again(earlier))
      this.#left.set(n, { kind: 'buffer', buffer, at: [this.#at(0)] })
    const live = this.#stacks.live(earlier)
    earlier.bodies.forEach((body, which) => {
      const value = peel(body)
      if (!earlier.inside.has(value) || !live.has(which)) return
      const { buffer, shift } = this.#stacks.of(earlier, which)
      this.#left.set(value, { kind: 'buffer', buffer, at: [this.#at(firstOf(earlier, which) + shift)] })
    })
  }

  #keep(bodies: readonly Node[], order: readonly Node[], isLeaf: (n: Node) => boolean): void {
    const again = this.#stacks.again(this.#scan)
    const names = nameNodes(order)
    for (const n of chooseKept(bodies, this.#tuning, [], isLeaf)) {
      if (isLeaf(n)) continue
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
    for (const [n, buffer] of again) this.#own.set(n, { kind: 'buffer', buffer, at: [this.#at(0)] })
  }

  /** Gives the members their places; families whose member is no value of its own, or another one's, are copied afterwards. */
  #stand(isLeaf: (n: Node) => boolean): number[] {
    const scan = this.#scan
    const copied: number[] = []
    const stored = new Set<Node>()
    for (const which of this.#live) {
      const value = peel(scan.bodies[which]!)
      if (isLeaf(value) || stored.has(value) || value.kind === 'symbol' || isMask(value)) copied.push(which)
      else {
        stored.add(value)
        const { buffer } = this.#stacks.of(scan, which)
        const again = this.#stacks.again(scan).has(value)
        if (again) copied.push(which)
        else this.#own.set(value, { kind: 'buffer', buffer, at: [this.#member(which, firstOf(scan, which))] })
      }
    }
    return copied
  }

  /** Where what the step sees stands: members of families in their buffers, others within their tensors. */
  #seen(): { wholes: Map<Node, Whole>; taken: Map<Node, Taken> } {
    const scan = this.#scan
    const wholes = new Map<Node, Whole>()
    const taken = new Map<Node, Taken>()
    for (const { symbol, which, back } of scan.reads) {
      const { buffer } = this.#stacks.of(scan, which)
      wholes.set(symbol, { buffer, at: [this.#member(which, offsetOf(scan, which, back))] })
    }
    for (const { symbol, of, offset, axis } of scan.takes) {
      const family = peel(of)
      if (family.kind === 'scan') {
        const { buffer, shift } = this.#stacks.of(family.scan, family.which)
        const at = this.#at(offset + shift)
        if (offset + shift >= 0 && reaches(buffer.shape[0]!, scan.length, offset + shift)) {
          wholes.set(symbol, { buffer, at: [at] })
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
function start(main: Storing, scan: Scan, which: number, { buffer, pad, shift }: Stack): void {
  const { builder } = main
  const { given } = scan.families[which]!
  const initial = scan.initial[which]
  const put = (
    offset: number,
    far: boolean,
    value: (p: readonly Subscript[]) => ReturnType<Builder['value']>,
  ): void =>
    main.loops(buffer.shape.slice(1), (p) =>
      builder.put({
        kind: 'store',
        buffer,
        at: [
          far
            ? derived([], [], addExtents(scan.length, offset), buffer.shape[0]!)
            : { variable: undefined, offset },
          ...p,
        ],
        combine: 'set',
        value: value(p),
      }),
    )
  for (let k = 0; k < pad; k++) put(scan.falls ? given + k : k, scan.falls, () => numberValue(ZERO))
  for (let k = 0; initial && k < given; k++)
    put(scan.falls ? k : shift + k, scan.falls, (p) => {
      const at = [...p.slice(0, scan.axis), { variable: undefined, offset: k }, ...p.slice(scan.axis)]
      return builder.value(initial, at)
    })
}
