import type { Buffer, Instruction, Subscript, Variable } from './program.ts'
import { typical } from './keep.ts'
import type { Tuning } from './tuning.ts'
import { type Access, type Effects, apart, effectsOf, rename, turns } from './walk.ts'

type Loop = Instruction & { kind: 'loop' }

/** How far back a loop looks for one to join: keeps long programs linear. */
const HORIZON = 24

const workOf = (i: Instruction): number => turns(i, (v) => typical(v.extent))

/**
 * Loops over the same extent become one where every turn of the later needs only what the same turn of the earlier
 * has left behind; then the loops inside them likewise. What several loops passed on through memory stays at hand.
 */
export function fuse(list: readonly Instruction[], tuning: Tuning): Instruction[] {
  const out: Instruction[] = []
  for (const i of list) join(out, i, tuning)
  return out
}

function join(out: Instruction[], i: Instruction, tuning: Tuning): void {
  if (i.kind !== 'loop') return void out.push(i)
  // Which turns run together has been decided by what they need of one another.
  if (i.variable.turns) return void out.push({ ...i, body: fuse(i.body, tuning) })
  const mine = effectsOf(i)
  /** Sums that it adds to start before it, wherever it goes. */
  const starts: number[] = []
  for (let k = out.length - 1; k >= Math.max(0, out.length - HORIZON); k--) {
    const other = out[k]!
    if (
      other.kind === 'define' &&
      other.mutable &&
      (other.value.kind === 'number' || other.value.kind === 'infinity') &&
      mine.localsWritten.has(other.local)
    ) {
      starts.push(k)
      continue
    }
    if (other.kind === 'loop' && joinable(other, i) && suits(other, i, tuning)) {
      const fused = attempt(other, i, tuning)
      if (fused) {
        const moved = starts.map((at) => out[at]!)
        for (const at of starts) out.splice(at, 1)
        out.splice(k, 1, ...moved, fused)
        return
      }
    }
    // Further back only past what has nothing to do with it.
    if (depends(effectsOf(other), mine)) break
  }
  // A loop by itself may hold loops that can be joined.
  out.push({ ...i, body: fuse(i.body, tuning) })
}

const joinable = (a: Loop, b: Loop): boolean => !a.variable.turns && a.variable.extent === b.variable.extent

/**
 * Whether joining pays: light nests with light ones; heavy ones only with what runs in exactly their loops, and not
 * two that both sum up, for their tiles would fight for registers.
 */
function suits(a: Loop, b: Loop, tuning: Tuning): boolean {
  if (workOf(a) < tuning.heavyNest && workOf(b) < tuning.heavyNest) return true
  if (sumsUp(a) && sumsUp(b)) return false
  const left = spine(a)
  const right = spine(b)
  return left.length === right.length && left.every((v, k) => v.extent === right[k]!.extent)
}

const sumsUp = (i: Instruction): boolean =>
  i.kind === 'loop' && (i.body.some((x) => x.kind === 'define' && x.mutable) || i.body.some(sumsUp))

/** The variables of loops that are nested without anything that sums up: the space a nest runs over. */
function spine(loop: Loop): Variable[] {
  const variables: Variable[] = []
  for (let i: Loop | undefined = loop; i;) {
    variables.push(i.variable)
    const sums: boolean = i.body.some((x) => x.kind === 'define' && x.mutable)
    const inner: Loop[] = i.body.filter((x): x is Loop => x.kind === 'loop')
    i = !sums && inner.length === 1 ? inner[0] : undefined
  }
  return variables
}

function attempt(a: Loop, b: Loop, tuning: Tuning): Loop | undefined {
  if (a.step !== undefined || b.step !== undefined || !independent(a, b)) return undefined
  const moved = rename(b.body, b.variable, a.variable)
  const body = [...a.body]
  const heavy = workOf(a) >= tuning.heavyNest || workOf(b) >= tuning.heavyNest
  const inner = body.length
  for (const i of moved) join(body, i, tuning)
  // A heavy nest is joined in all its loops or in none.
  if (heavy && body.slice(inner).some((i) => i.kind === 'loop') && spine(a).length > 1) return undefined
  return { ...a, body }
}

/** Every buffer that one of them writes and the other touches is touched, by both, only in the slice of the turn. */
function independent(a: Loop, b: Loop): boolean {
  const left = effectsOf(a)
  const right = effectsOf(b)
  for (const l of left.localsWritten) if (right.localsRead.has(l) || right.localsWritten.has(l)) return false
  for (const l of right.localsWritten) if (left.localsRead.has(l)) return false
  const written = new Set<Buffer>()
  for (const { accesses } of [left, right]) for (const x of accesses) if (x.write) written.add(x.buffer)
  const touchedLeft = new Set(left.accesses.map((x) => x.buffer))
  const touchedRight = new Set(right.accesses.map((x) => x.buffer))
  for (const buffer of written) {
    if (!touchedLeft.has(buffer) || !touchedRight.has(buffer)) continue
    const mine = (list: Effects): Access[] => list.accesses.filter((x) => x.buffer === buffer)
    const meets = (x: Access, others: readonly Access[]): boolean =>
      others.some((y) => (x.write || y.write) && !apart(x.at, y.at))
    const [before, after] = [mine(left), mine(right)]
    const all = [
      ...before.filter((x) => meets(x, after)).map((x) => slices(x.at, a.variable)),
      ...after.filter((x) => meets(x, before)).map((x) => slices(x.at, b.variable)),
    ]
    if (all.length === 0) continue
    const common = all.reduce((p, q) => new Set([...p].filter((k) => q.has(k))))
    if (common.size === 0) return false
  }
  return true
}

/** The axes along which a position is the loop's variable itself. */
const slices = (at: readonly Subscript[], v: Variable): Set<number> =>
  new Set(at.flatMap((s, axis) => (s.variable === v && s.offset === 0 ? [axis] : [])))

function depends(a: Effects, b: Effects): boolean {
  for (const l of a.localsWritten) if (b.localsRead.has(l) || b.localsWritten.has(l)) return true
  for (const l of b.localsWritten) if (a.localsRead.has(l)) return true
  const writes = new Set<Buffer>()
  const touches = new Set<Buffer>()
  for (const x of a.accesses) (x.write ? writes : touches).add(x.buffer)
  return b.accesses.some((x) => writes.has(x.buffer) || (x.write && touches.has(x.buffer)))
}
