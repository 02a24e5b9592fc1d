/**
 * Loop distribution (Kennedy, McKinley 1990): activations in loops of their own behind the sums that they are of, where they run as lanes of vectors. Sums stand
 * in loops whose turns are no lanes, or in tiles; exp and tanh cost as much as a dozen products, number by number. What passes from one loop to the other stands where
 * it is kept anyway, or where the result will.
 */
import type { Buffer, Instruction, Local, Subscript, Value, Variable } from '../schedule/program.ts'
import { isParallel, isSum } from '../schedule/parallel.ts'
import { load, partsOf } from '../schedule/value.ts'
import { effectsOf } from '../schedule/walk.ts'
import type { Real } from './code.ts'
import { type Lanes, fits, inLanes } from './lanes.ts'
import { isElementaryInLanes } from './operators.ts'

type Loop = Instruction & { kind: 'loop' }
type Define = Instruction & { kind: 'define' }
type Store = Instruction & { kind: 'store' }

export function distribute(list: readonly Instruction[], lanes: Lanes, type: Real): Instruction[] {
  return list.flatMap((i): Instruction[] => {
    if (i.kind === 'chunk') return [{ ...i, body: distribute(i.body, lanes, type) }]
    if (i.kind !== 'loop') return [i]
    return (
      divided(i, lanes, type) ?? [
        {
          ...i,
          body: distribute(i.body, lanes, type),
          ...(i.rest ? { rest: distribute(i.rest, lanes, type) } : {}),
        },
      ]
    )
  })
}

/** A nest as two; undefined where it stays one. */
function divided(nest: Loop, lanes: Lanes, type: Real): Instruction[] | undefined {
  const chain = nestOf(nest)
  const inner = chain?.at(-1)
  if (!chain || !inner) return undefined
  const { extent } = inner.variable
  if (typeof extent === 'number' && extent < lanes.sums[type]) return undefined
  if (!inner.body.some((i) => isElementary(i, type)) || inLanes(inner, lanes, type)) return undefined
  const [first, second] = sides(inner.body, type)
  if (first.length === 0 || !fits(second, inner.variable, type, false)) return undefined
  const written = new Set(second.flatMap((i) => buffersOf(i, true)))
  if (first.some((i) => buffersOf(i).some((b) => written.has(b)))) return undefined
  const variables = chain.map((l) => l.variable)
  const passed = passage(first, second, variables)
  if (!passed) return undefined
  const around = (body: readonly Instruction[]): Loop =>
    chain.reduceRight<{ loop: Loop | undefined }>(
      ({ loop }, l) => ({
        loop: { ...l, body: loop ? l.body.map((i) => (i.kind === 'loop' ? loop : i)) : body },
      }),
      { loop: undefined },
    ).loop!
  return [around([...first, ...passed.stores]), around([...passed.again, ...second])]
}

/** Loops in any order around one body: between them stands what is the same in the inner turns. */
function nestOf(nest: Loop): Loop[] | undefined {
  const chain: Loop[] = []
  for (let l: Loop = nest; ;) {
    const { within, step, rest, descending, variable } = l
    if (within || step !== undefined || rest || descending || variable.turns || !isParallel(l))
      return undefined
    chain.push(l)
    const inner = l.body.filter((i): i is Loop => i.kind === 'loop')
    const isAround = l.body.every((i) => i.kind === 'loop' || (i.kind === 'define' && !i.mutable))
    if (!isAround || inner.length !== 1 || isSum(inner[0]!)) return chain
    l = inner[0]!
  }
}

/** What is no elementary function of anything in the body, and what is, in their orders. */
function sides(body: readonly Instruction[], type: Real): [Instruction[], Instruction[]] {
  const sides: [Instruction[], Instruction[]] = [[], []]
  const locals = new Set<Local>()
  const stored = new Set<Buffer>()
  for (const i of body) {
    const { localsRead, localsWritten } = effectsOf(i)
    const behind =
      isElementary(i, type) ||
      [...localsRead, ...localsWritten].some((l) => locals.has(l)) ||
      buffersOf(i).some((b) => stored.has(b))
    sides[behind ? 1 : 0].push(i)
    if (!behind) continue
    for (const l of localsWritten) locals.add(l)
    for (const b of buffersOf(i, true)) stored.add(b)
  }
  return sides
}

const buffersOf = (i: Instruction, written = false): Buffer[] =>
  effectsOf(i).accesses.flatMap((a) => (a.write || !written ? [a.buffer] : []))

function isElementary(i: Instruction, type: Real): boolean {
  if (i.kind !== 'define' && i.kind !== 'store') return false
  const seen = new Set<Value>()
  const stack = [i.value]
  for (let v = stack.pop(); v; v = stack.pop()) {
    if (seen.has(v)) continue
    seen.add(v)
    if (v.kind === 'apply' && isElementaryInLanes(v.op, type)) return true
    stack.push(...partsOf(v))
  }
  return false
}

/** How registers of the first loop get to the second: stored where that is done anyway, or where a result of the second will be, or computed again. */
function passage(
  first: readonly Instruction[],
  second: readonly Instruction[],
  variables: readonly Variable[],
): { stores: Store[]; again: Define[] } | undefined {
  const defined = new Map(first.flatMap((i) => (i.kind === 'define' ? [[i.local, i] as const] : [])))
  const read = second.flatMap((i) => [...effectsOf(i).localsRead].filter((l) => defined.has(l)))
  const stores: Store[] = []
  const again: Define[] = []
  const free = second.filter((i): i is Store => i.kind === 'store' && isPlace(i, variables))
  const reads = new Set(
    second.flatMap((i) => effectsOf(i).accesses.flatMap((a) => (a.write ? [] : [a.buffer]))),
  )
  for (const local of new Set(read)) {
    const define = defined.get(local)!
    if (isLoad(define.value)) {
      again.push(define)
      continue
    }
    const kept = first.find(
      (i): i is Store =>
        i.kind === 'store' && isPlace(i, variables) && i.value.kind === 'local' && i.value.local === local,
    )
    const at = kept ? -1 : free.findIndex(({ buffer }) => !reads.has(buffer))
    const place = kept ?? free[at]
    if (!place) return undefined
    if (!kept) {
      free.splice(at, 1)
      stores.push({ ...place, value: { kind: 'local', local } })
    }
    // Before anything is stored there.
    again.push({ kind: 'define', local, value: load(place.buffer, place.at), mutable: false })
  }
  return { stores, again }
}

/** Whether each turn stores at a place of its own, in the program's own precision. */
const isPlace = ({ buffer, at, combine }: Store, variables: readonly Variable[]): boolean =>
  combine === 'set' &&
  !buffer.double &&
  !buffer.whole &&
  variables.every((v) => at.some((s: Subscript) => s.variable === v)) &&
  at.every((s) => s.variable === undefined || variables.includes(s.variable))

/** What is as well read again. */
const isLoad = (v: Value): boolean => v.kind === 'load' && !v.at.some((s) => s.variable?.of)
