import type { Buffer, Instruction, Local, Subscript, Variable } from './program.ts'
import { Rewriter, effectsOf } from './walk.ts'
import { localValue } from './value.ts'

/**
 * Scratch buffers that one turn of a loop fills and uses lose that loop's axis; what loses all its axes becomes a
 * register (array contraction; Gao, Olsen, Sarkar, Thekkath 1992).
 */
export function contract(list: readonly Instruction[]): Instruction[] {
  const seen = new Map<Buffer, Use>()
  gather(list, [], seen)
  const change = new Map<Buffer, { buffer: Buffer; axes: readonly number[]; local: Local | undefined }>()
  for (const [buffer, use] of seen) {
    if (buffer.storage !== 'scratch' || use.whole || !use.single || buffer.shape.length === 0) continue
    const axes = buffer.shape
      .map((_, axis) => axis)
      .filter((axis) => !use.loops.includes(use.axes[axis]?.variable as Variable))
    if (axes.length === buffer.shape.length) continue
    const shape = axes.map((a) => buffer.shape[a]!)
    change.set(buffer, {
      buffer: { ...buffer, shape },
      axes,
      local: axes.length === 0 ? { name: buffer.name } : undefined,
    })
  }
  if (change.size === 0) return [...list]
  const pick = (at: readonly Subscript[], axes: readonly number[]): Subscript[] => axes.map((a) => at[a]!)
  const rewriter: Rewriter = new Rewriter(
    (s) => s,
    (v) => {
      const to = v.kind === 'load' ? change.get(v.buffer) : undefined
      if (v.kind !== 'load' || !to) return undefined
      return to.local
        ? localValue(to.local)
        : { ...v, buffer: to.buffer, at: rewriter.at(pick(v.at, to.axes)) }
    },
  )
  const visit = (i: Instruction): Instruction => {
    if (i.kind === 'loop') return { ...i, body: i.body.map(visit) }
    if (i.kind === 'store') {
      const to = change.get(i.buffer)
      const value = rewriter.value(i.value)
      if (to?.local) return { kind: 'define', local: to.local, value, mutable: false }
      // Positions may be read from what has become a register.
      const at = rewriter.at(i.at)
      return to ? { ...i, buffer: to.buffer, at: pick(at, to.axes), value } : { ...i, at, value }
    }
    return rewriter.instruction(i)
  }
  return list.map(visit)
}

/** How a buffer is used: the loops that all its uses share, and for each axis the position that all of them have there. */
interface Use {
  loops: readonly Variable[]
  readonly axes: (Subscript | undefined)[]
  whole: boolean
  /** Filled by one plain store. */
  single: boolean
  stores: number
}

function gather(list: readonly Instruction[], loops: readonly Variable[], seen: Map<Buffer, Use>): void {
  for (const i of list) {
    if (i.kind === 'loop') {
      gather(i.body, [...loops, i.variable], seen)
      continue
    }
    for (const { buffer, at, write, whole } of effectsOf(i).accesses) {
      if (buffer.storage !== 'scratch') continue
      let use = seen.get(buffer)
      if (!use)
        seen.set(
          buffer,
          (use = {
            loops,
            axes: [...at],
            whole,
            single: true,
            stores: 0,
          }),
        )
      const shared = use.loops.findIndex((v, k) => v !== loops[k])
      if (shared >= 0) use.loops = use.loops.slice(0, shared)
      else if (loops.length < use.loops.length) use.loops = use.loops.slice(0, loops.length)
      at.forEach((s, axis) => {
        const known = use.axes[axis]
        if (s.variable !== known?.variable || s.offset !== known?.offset) use.axes[axis] = undefined
      })
      use.whole ||= whole
      if (write && (++use.stores > 1 || i.kind !== 'store' || i.combine !== 'set')) use.single = false
    }
  }
}
