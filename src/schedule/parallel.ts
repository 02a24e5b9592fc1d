/** Which turns of a loop have to do with one another. */
import type { Buffer, Instruction, Local, Subscript, Variable } from './program.ts'
import { dependsOn } from './subscripts.ts'
import { apart, effectsOf } from './walk.ts'

type Loop = Instruction & { kind: 'loop' }

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

/**
 * Whether several turns can run at once: they have nothing to do with one another but for registers from outside that each only adds to, or of
 * which each keeps the greatest (least), one after the other as before.
 */
export function runsTogether(loop: Loop): boolean {
  const folds = loop.body.filter((i) => i.kind === 'update' && i.combine !== 'set')
  const rest = loop.body.filter((i) => !folds.includes(i))
  const folded = new Set(folds.flatMap((i) => [...effectsOf(i).localsWritten]))
  const isRead = rest.some((i) => [...effectsOf(i).localsRead].some((l) => folded.has(l)))
  return folded.size === folds.length && !isRead && isParallel({ ...loop, body: rest })
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
