import type { Instruction, Local, Routine } from './program.ts'
import { work } from './tile.ts'
import type { Tuning } from './tuning.ts'
import { localValue } from './value.ts'
import { Rewriter, effectsOf } from './walk.ts'

/**
 * Long loops as functions of their own. An engine that compiles as it runs does so in the middle of the first loop that takes long
 * (on-stack replacement), and knows nothing yet of the loops after it: the code is thrown away where they begin, again and again.
 * A function with one nest is compiled once, in milliseconds, and has the registers to itself.
 */
export function outline(routine: Routine, { outlineFrom }: Tuning): Routine {
  const isLong = (i: Instruction): boolean => i.kind === 'loop' && work(i) >= outlineFrom
  if (routine.body.filter(isLong).length < 2) return routine
  const settled = new Set<Local>()
  const changing = new Set<Local>()
  const body = routine.body.map((i): Instruction => {
    if (i.kind === 'define') (i.mutable ? changing : settled).add(i.local)
    return isLong(i) ? { kind: 'chunk', outlined: true, body: withOwn(i, settled, changing) } : i
  })
  return { ...routine, body }
}

/** The nest, with registers of its own for those that it reads of its outside, and for those that it changes there. */
function withOwn(
  nest: Instruction,
  settled: ReadonlySet<Local>,
  changing: ReadonlySet<Local>,
): Instruction[] {
  const { localsRead, localsWritten } = effectsOf(nest)
  const own = new Map<Local, Local>()
  for (const l of localsRead) if (settled.has(l) || changing.has(l)) own.set(l, { name: l.name })
  const reads = [...own].map(([from, local]): Instruction => ({
    kind: 'define',
    local,
    value: localValue(from),
    mutable: localsWritten.has(from),
  }))
  const results = [...own].flatMap(([local, from]): Instruction[] =>
    localsWritten.has(local) ? [{ kind: 'update', local, combine: 'set', value: localValue(from) }] : [],
  )
  return [...reads, withLocals(nest, own), ...results]
}

/** The instruction with some registers in the place of others. */
function withLocals(instruction: Instruction, by: ReadonlyMap<Local, Local>): Instruction {
  const to = (l: Local): Local => by.get(l) ?? l
  const values = new Rewriter(
    (s) => s,
    (v) => (v.kind === 'local' && by.has(v.local) ? localValue(to(v.local)) : undefined),
  )
  const targets = (i: Instruction): Instruction => {
    switch (i.kind) {
      case 'loop':
        return { ...i, body: i.body.map(targets), ...(i.rest ? { rest: i.rest.map(targets) } : {}) }
      case 'update':
        return { ...i, local: to(i.local) }
      case 'pick':
        return { ...i, best: to(i.best), positions: i.positions.map(to) }
      default:
        return i
    }
  }
  return targets(values.instruction(instruction))
}
