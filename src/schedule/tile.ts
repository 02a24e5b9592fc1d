import { type Extent, sizeOf } from '../graph/extent.ts'
import type { Buffer, Instruction, Local, Subscript, Value, Variable } from './program.ts'
import { typical } from './keep.ts'
import { packing, withLoads } from './pack.ts'
import { isParallel, isSum, runsTogether } from './parallel.ts'
import { parted } from './parted.ts'
import { dependsOn } from './subscripts.ts'
import type { Tuning } from './tuning.ts'
import { localValue } from './value.ts'
import { Rewriter, effectsOf } from './walk.ts'

type Loop = Instruction & { kind: 'loop' }

/**
 * Unroll and jam (Callahan, Carr, Kennedy 1990): of two parallel loops around a sum, several turns run at once, so
 * that what is loaded is used several times and sums are kept in registers: 4 × 2 of them, for V8 has 16 registers of
 * doubles. What is left over runs turn by turn.
 */
export function tile(list: readonly Instruction[], tuning: Tuning): Instruction[] {
  const total = list.reduce((sum, i) => sum + work(i), 0)
  return list.flatMap((i) => (i.kind === 'loop' ? tileNest(i, tuning, total, 1) : [i]))
}

/** @param turns how often the nest is run */
function tileNest(nest: Loop, tuning: Tuning, total: number, turns: number): Instruction[] {
  const inner = turns * typical(nest.variable.extent)
  const inside = (): Instruction[] => [
    {
      ...nest,
      body: nest.body.flatMap((i) => (i.kind === 'loop' ? tileNest(i, tuning, total, inner) : [i])),
    },
  ]
  if (nest.variable.turns) return inside()
  const chain = spine(nest)
  const sums = chain[chain.length - 1]!.body.filter((i): i is Loop => i.kind === 'loop' && isSum(i))
  if (sums.length === 0) return jamStores(nest, tuning, turns) ?? inside()
  if (turns * work(nest) < tuning.tileFrom) return inside()
  const jammed = jamNest(interchange(chain, sums, tuning), sums, {
    minor: work(nest) * MINOR < total || work(nest) < tuning.restFrom,
    packs: work(nest) >= tuning.packFrom,
    parts: sums.every((s) => work(s) < tuning.partBelow),
  })
  return jammed ?? inside()
}

/** Nests of less than this part of a routine's work get no tiles that need code for a rest. */
const MINOR = 40

/** The multiplications of an instruction, along its deepest loops. */
export const work = (i: Instruction): number =>
  i.kind === 'loop' ? typical(i.variable.extent) * Math.max(1, ...i.body.map(work)) : 1

/** The loops around the innermost parallel body; between them stand constants at most. */
function spine(nest: Loop): Loop[] {
  const chain = [nest]
  for (;;) {
    const last = chain[chain.length - 1]!
    const inner = last.body.filter((i): i is Loop => i.kind === 'loop')
    if (
      inner.length !== 1 ||
      isSum(inner[0]!) ||
      last.body.some((i) => i.kind !== 'loop' && (i.kind !== 'define' || i.mutable))
    )
      return chain
    chain.push(inner[0]!)
  }
}

/** The number of entries of buffers that a loop's own operands have: what is streamed through when it is inside. */
function footprint(v: Variable, sums: readonly Loop[], others: readonly Variable[]): number {
  let size = 0
  const seen = new Set<Buffer>()
  for (const sum of sums)
    for (const { buffer, at } of effectsOf(sum).accesses) {
      if (
        seen.has(buffer) ||
        !at.some((s) => dependsOn(s, v)) ||
        at.some((s) => others.some((o) => dependsOn(s, o)))
      )
        continue
      seen.add(buffer)
      size += sizeOf(buffer.shape) ?? buffer.shape.reduce<number>((p, e) => p * typical(e), 1)
    }
  return size
}

/** With two parallel loops, the one whose operands are larger goes outside, so that they pass through the cache once. */
function interchange(chain: readonly Loop[], sums: readonly Loop[], tuning: Tuning): Loop[] {
  if (chain.length < 2) return [...chain]
  const outer = chain[chain.length - 2]!
  const inner = chain[chain.length - 1]!
  const plain = outer.body.length === 1 && isParallel(outer) && isParallel(inner)
  const a = footprint(outer.variable, sums, [inner.variable])
  const b = footprint(inner.variable, sums, [outer.variable])
  if (!plain || b <= tuning.cached || b <= a) return [...chain]
  const swappedInner: Loop = { ...outer, body: inner.body }
  const swapped: Loop = { ...inner, body: [swappedInner] }
  const result: Loop[] = [swapped, swappedInner]
  for (let k = chain.length - 3; k >= 0; k--) result.unshift({ ...chain[k]!, body: [result[0]!] })
  return result
}

/**
 * Of two loops that store each entry by itself, as the step of a single sample does from an outer product, several turns at once too:
 * what they read of the inner loop is shared, and there are fewer turns to count.
 */
function jamStores(nest: Loop, tuning: Tuning, turns: number): Instruction[] | undefined {
  const isPlain = (i: Instruction): boolean => i.kind === 'store' || (i.kind === 'define' && !i.mutable)
  const loops = nest.body.filter((i): i is Loop => i.kind === 'loop')
  const [inner] = loops
  if (loops.length !== 1 || !inner || turns * work(nest) < tuning.tileFrom) return undefined
  const shares = effectsOf(inner).accesses.some(
    (a) => a.at.length > 0 && !a.at.some((s) => dependsOn(s, nest.variable)),
  )
  if (!inner.body.every(isPlain) || !nest.body.every((i) => i === inner || isPlain(i))) return undefined
  if (!shares || nest.within || inner.within || !isParallel(nest) || !isParallel(inner)) return undefined
  const heavy = work(nest) >= tuning.heavyNest
  const jammed = heavy ? jam(inner, factor(inner.variable.extent, [2], false)) : inner
  const body = nest.body.map((i) => (i.kind === 'loop' ? jammed : i))
  return [jam({ ...nest, body }, factor(nest.variable.extent, [4, 2], !heavy))]
}

/** How a nest is tiled. */
interface Manner {
  /** No tiles that need code for a rest. */
  readonly minor: boolean
  readonly packs: boolean
  /** What follows from sums is loops of its own. */
  readonly parts: boolean
}

function jamNest(
  chain: readonly Loop[],
  sums: readonly Loop[],
  { minor, packs: large, parts }: Manner,
): Instruction[] | undefined {
  const inner = chain[chain.length - 1]!
  const outer = chain.length > 1 ? chain[chain.length - 2]! : undefined
  // What a loop's turns have in common is what they gain: an operand that does not depend on it.
  const gains = (v: Variable): boolean =>
    sums.some((s) => {
      const { accesses } = effectsOf(s)
      return (
        accesses.some((a) => a.at.some((x) => dependsOn(x, v))) &&
        accesses.some((a) => a.at.length > 0 && !a.at.some((x) => dependsOn(x, v)))
      )
    })
  const innerFits = !inner.within && runsTogether(inner) && gains(inner.variable)
  const outerFits =
    outer !== undefined &&
    !outer.within &&
    outer.body.every((i) => i.kind === 'loop' || (i.kind === 'define' && !i.mutable)) &&
    isParallel(outer) &&
    gains(outer.variable)
  const [by, outerBy] = factors(
    innerFits ? inner.variable.extent : 1,
    outerFits ? outer.variable.extent : 1,
    sums.length,
    minor,
  )
  if (by === 1 && outerBy === 1) return undefined
  const packs =
    large && outer && by > 1 && outerBy > 1 && sums.length === 1 && !sums[0]!.within
      ? packing(outer, inner, sums[0]!, outerBy, by)
      : undefined
  const two = parts && by > 1 && outerBy === 1 ? parted(inner) : undefined
  const [summing, rest] = two ?? [inner]
  let list: Instruction[] = [
    by > 1 ? jam(summing, by, packs && { inBody: packs.inInner, start: [] }) : summing,
    ...(rest ? [rest] : []),
  ]
  for (let k = chain.length - 2; k >= 0; k--) {
    const around: Loop = {
      ...chain[k]!,
      body: chain[k]!.body.flatMap((i) => (i.kind === 'loop' ? list : [i])),
    }
    list = [around]
    if (k === chain.length - 2 && outerBy > 1)
      list = [
        ...(packs?.before ?? []),
        jam(around, outerBy, packs && { inBody: packs.inOuter, start: packs.outer }),
      ]
  }
  return list
}

/** How many turns of the inner and of the outer loop run at once: at most eight sums stay in registers. */
function factors(inner: Extent, outer: Extent, sums: number, minor: boolean): [number, number] {
  if (sums > 1) return [factor(inner, [2], minor), 1]
  if (minor || outer === 1) return [factor(inner, [4, 8, 5, 6, 3, 2], minor), 1]
  if (inner === 1) return [1, factor(outer, [4, 2, 3], false)]
  const by = factor(inner, [4, 5, 3, 2], false)
  if (by === 5) return [5, 1]
  return [
    by,
    factor(
      outer,
      [2, 3].filter((f) => f * by <= 9),
      false,
    ),
  ]
}

/** A factor that divides the extent, else the first one, with a rest unless `exact`; 1 for what is too short. */
function factor(extent: Extent, wishes: readonly number[], exact: boolean): number {
  if (typeof extent !== 'number') return exact ? 1 : wishes[0]!
  const divisor = wishes.find((w) => extent % w === 0)
  if (divisor !== undefined) return divisor
  return !exact && extent >= 2 * wishes[0]! ? wishes[0]! : 1
}

/** `by` turns of a loop at once, inner loops shared among them. */
export function jam(
  loop: Loop,
  by: number,
  packed?: { inBody: (v: Value) => Value | undefined; start: readonly Instruction[] },
): Loop {
  const { variable: v } = loop
  const copies = Array.from({ length: by }, (_, k) => copier(v, k))
  const jammed = interleave(loop.body, copies)
  const body = packed ? [...packed.start, ...withLoads(jammed, packed.inBody)] : jammed
  const whole = by === 1 || (typeof v.extent === 'number' && v.extent % by === 0)
  return whole
    ? { ...loop, step: by, body }
    : { ...loop, step: by, body, rest: interleave(loop.body, [copier(v, 0, true)]) }
}

type Copy = (i: Instruction) => Instruction

/** Turn k of the loop: the variable moved on, registers of its own (of the first turn only if `fresh`). */
function copier(v: Variable, k: number, fresh = k > 0): Copy {
  const locals = new Map<Local, Value>()
  const moved = new Map<number, Subscript>()
  const rewriter = new Rewriter(
    (s) => {
      if (s.variable !== v || k === 0) return s
      let t = moved.get(s.offset)
      if (!t) moved.set(s.offset, (t = { variable: v, offset: s.offset + k }))
      return t
    },
    (x) => (x.kind === 'local' ? (locals.get(x.local) ?? x) : undefined),
  )
  const own = (l: Local): Local => {
    const known = locals.get(l)
    return known?.kind === 'local' ? known.local : l
  }
  return (i) => {
    const copy = rewriter.instruction(i)
    if (copy.kind === 'define' && fresh) {
      // A loop and its rest define the same registers, and share the values that read them: so do their copies.
      const local: Local = locals.has(copy.local) ? own(copy.local) : { name: copy.local.name }
      locals.set(copy.local, localValue(local))
      return { ...copy, local }
    }
    if (copy.kind === 'update') return { ...copy, local: own(copy.local) }
    if (copy.kind === 'pick') return { ...copy, best: own(copy.best), positions: copy.positions.map(own) }
    return copy
  }
}

/** Each instruction once per copy; loops stay one, with the copies inside. */
function interleave(list: readonly Instruction[], copies: readonly Copy[]): Instruction[] {
  const out: Instruction[] = []
  for (const i of list) {
    if (i.kind === 'loop') {
      const { body, rest, ...head } = i
      out.push({
        ...head,
        body: interleave(body, copies),
        ...(rest ? { rest: interleave(rest, copies) } : {}),
      })
    } else if (i.kind === 'anchor') out.push(i)
    else {
      // What is the same in every copy is needed once.
      const made = copies.map((copy) => copy(i))
      out.push(...made)
    }
  }
  return out
}
