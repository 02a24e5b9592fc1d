/**
 * Loops whose turns are divided among threads: those whose turns have nothing to do with one another, outermost first, where they are long enough to be worth
 * it. Each turn does what it did, so that results are the same, bit by bit, for any number of threads; what adds up over the turns of a loop stays
 * one thread's.
 */
import type { Instruction } from '../schedule/program.ts'
import { isParallel } from '../schedule/parallel.ts'
import { work } from '../schedule/tile.ts'

type Loop = Instruction & { kind: 'loop' }

/**
 * @param from the multiplications of the smallest loop that is shared
 * @param inside how a nest is shaped that one thread, or each of them, runs
 */
export function shareOut(
  list: readonly Instruction[],
  from: number,
  inside: (list: readonly Instruction[]) => Instruction[],
): Instruction[] {
  return list.flatMap((i): Instruction[] => {
    if (i.kind !== 'loop') return [i]
    if (isShareable(i, from)) {
      const [shaped, second] = inside([i])
      if (shaped?.kind === 'loop' && !second) return [{ kind: 'chunk', body: [shaped], shared: true }]
    }
    return i.variable.turns ? [{ ...i, body: shareOut(i.body, from, inside) }] : inside([i])
  })
}

function isShareable(loop: Loop, from: number): boolean {
  const { variable, descending, step, within } = loop
  return (
    !variable.turns &&
    !descending &&
    !within &&
    step === undefined &&
    work(loop) >= from &&
    isPlain(loop) &&
    isParallel(loop)
  )
}

/** Matrix operators have one place to work in, which is nobody's to share. */
function isPlain(i: Instruction): boolean {
  if (i.kind === 'loop') return i.body.every(isPlain)
  return i.kind !== 'matrix' && i.kind !== 'chunk' && i.kind !== 'backward'
}
