import { type Extent, sizeOf } from '../graph/extent.ts'
import type { Buffer, Instruction, Local, Subscript, Value, Variable } from './program.ts'
import { typical } from './keep.ts'
import { packing, withLoads } from './pack.ts'
import { dependsOn } from './subscripts.ts'
import type { Tuning } from './tuning.ts'
import { localValue } from './value.ts'
import { Rewriter, apart, effectsOf } from './walk.ts'

type Loop = Instruction & { kind: 'loop' }

/**
 * Unroll and jam (Callahan, Carr, Kennedy 1990): of two parallel loops around a sum, several turns run at once, so
 * that what is loaded is used several times and sums are kept in registers: 4 × 2 of them, for V8 has 16 registers of
 * doubles. What is left over runs turn by turn.
 */
export function tile(list: readonly Instruction[], tuning: Tuning): Instruction[] {
  const total = list.reduce((sum, i) => sum + work(i), 0)
  return list.flatMap((i) => (i.kind === 'loop' ? tileNest(i, tuning, total) : [i]))
}

function tileNest(nest: Loop, tuning: Tuning, total: number): Instruction[] {
  const inside = (): Instruction[] => [
    { ...nest, body: nest.body.flatMap((i) => (i.kind === 'loop' ? tileNest(i, tuning, total) : [i])) },
  ]
  if (nest.variable.turns) return inside()
  const chain = spine(nest)
  const inner = chain[chain.length - 1]!
  const sums = inner.body.filter((i): i is Loop => i.kind === 'loop' && isSum(i))
  if (sums.length === 0) return jamStores(chain, tuning) ?? inside()
  if (work(nest) < tuning.tileFrom) return inside()
  const jammed = jamNest(
    interchange(chain, sums, tuning),
    sums,
    work(nest) * MINOR < total,
    work(nest) >= tuning.packFrom,
  )
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

/** Whether a loop does nothing but add to registers. */
export function isSum(loop: Loop): boolean {
  return loop.body.every(
    (i) => i.kind === 'update' || (i.kind === 'define' && !i.mutable) || (i.kind === 'loop' && isSum(i)),
  )
}

/** Whether the turns of a loop can run in any order, several at once. */
export function isParallel(loop: Loop): boolean {
  const { accesses, localsWritten } = effectsOf(loop)
  const inside = new Set<Local>()
  const collect = (list: readonly Instruction[]): void => {
    for (const i of list) {
      if (i.kind === 'define') inside.add(i.local)
      else if (i.kind === 'loop') collect(i.body)
    }
  }
  collect(loop.body)
  // Loops inside are shared among turns that run at once.
  if (isBoundBy(loop.body, loop.variable)) return false
  for (const l of localsWritten) if (!inside.has(l)) return false
  const written = new Map<Buffer, (readonly Subscript[])[]>()
  for (const { buffer, at, write } of accesses) {
    if (!write) continue
    const list = written.get(buffer)
    if (list) list.push(at)
    else written.set(buffer, [at])
  }
  const own = (s: Subscript): boolean => s.variable === loop.variable && s.offset === 0
  return accesses.every((a) =>
    (written.get(a.buffer) ?? []).every(
      (at) => apart(at, a.at) || (!a.whole && at.some((s, axis) => own(s) && own(a.at[axis]!))),
    ),
  )
}

/** Whether where loops of a body run depends on a variable. */
function isBoundBy(body: readonly Instruction[], v: Variable): boolean {
  return body.some(
    (i) =>
      i.kind === 'loop' &&
      ([...(i.within?.from ?? []), ...(i.within?.to ?? [])].some((s) => dependsOn(s, v)) ||
        isBoundBy(i.body, v)),
  )
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
 * Of two heavy loops that store each entry by itself, as the step of a single sample does from an outer product, several turns at once too:
 * what they read of the inner loop is shared, and there are fewer turns to count.
 */
function jamStores(chain: readonly Loop[], tuning: Tuning): Instruction[] | undefined {
  const nest = chain[0]!
  const inner = chain[1]
  if (chain.length !== 2 || !inner || work(nest) < Math.max(tuning.heavyNest, tuning.tileFrom))
    return undefined
  const plain = inner.body.every((i) => i.kind === 'store' || (i.kind === 'define' && !i.mutable))
  const shares = effectsOf(inner).accesses.some(
    (a) => a.at.length > 0 && !a.at.some((s) => dependsOn(s, nest.variable)),
  )
  if (!plain || !shares || nest.within || inner.within || !isParallel(nest) || !isParallel(inner))
    return undefined
  const jammed = jam(inner, factor(inner.variable.extent, [2], false))
  const body = nest.body.map((i) => (i.kind === 'loop' ? jammed : i))
  return [jam({ ...nest, body }, factor(nest.variable.extent, [4, 2], false))]
}

function jamNest(
  chain: readonly Loop[],
  sums: readonly Loop[],
  minor: boolean,
  large: boolean,
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
  const innerFits = !inner.within && isParallel(inner) && gains(inner.variable)
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
  let list: Instruction[] = [by > 1 ? jam(inner, by, packs && { inBody: packs.inInner, start: [] }) : inner]
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
  const whole = typeof v.extent === 'number' && v.extent % by === 0
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
