/**
 * What follows from the sums of a tile, as a loop of its own (loop fission): a tile would have a copy of it for each of its sums, which is code to
 * load and to compile. Sums are handed over in a buffer of doubles.
 */
import { isSum } from './parallel.ts'
import type { Buffer, Instruction, Local, Value, Variable } from './program.ts'
import { load } from './value.ts'
import { Rewriter, effectsOf, rename } from './walk.ts'

type Loop = Instruction & { kind: 'loop' }
type Define = Instruction & { kind: 'define' }

/** A loop as two: with the sums alone, and with what follows from them; undefined where that is little. */
export function parted(loop: Loop): readonly [sums: Loop, rest: Loop] | undefined {
  const { body, variable: v } = loop
  const sum = body.map((i) => i.kind === 'loop' && isSum(i)).lastIndexOf(true)
  const [before, after] = [body.slice(0, sum + 1), body.slice(sum + 1)]
  if (after.length < FEWEST || !before.every((i) => i.kind === 'define' || i.kind === 'loop'))
    return undefined
  const handed = new Map<Local, Value>()
  const own: Define[] = []
  const stores: Instruction[] = []
  for (const i of before) {
    if (i.kind !== 'define') continue
    if (i.mutable) {
      const at = [{ variable: v, offset: 0 }]
      const buffer: Buffer = {
        name: i.local.name,
        storage: 'scratch',
        symbol: undefined,
        shape: [v.extent],
        double: true,
      }
      handed.set(i.local, load(buffer, at))
      stores.push({ kind: 'store', buffer, at, combine: 'set', value: { kind: 'local', local: i.local } })
    } else {
      // What was defined before the sums is defined again, by registers of its own.
      own.push({ ...i, local: { name: i.local.name } })
      handed.set(i.local, { kind: 'local', local: own[own.length - 1]!.local })
    }
  }
  if (after.some((i) => [...effectsOf(i).localsWritten].some((l) => handed.has(l)))) return undefined
  const rewriter = new Rewriter(
    (s) => s,
    (x) => (x.kind === 'local' ? handed.get(x.local) : undefined),
  )
  const variable: Variable = { ...v }
  const rest = rename(used([...own, ...after].map((i) => rewriter.instruction(i))), v, variable)
  return [
    { ...loop, body: [...before, ...stores] },
    { ...loop, variable, body: rest },
  ]
}

/** A single store is written down as often as there are sums. */
const FEWEST = 2

/** Without registers that nothing reads. */
function used(list: readonly Instruction[]): Instruction[] {
  const kept: Instruction[] = []
  const read = new Set<Local>()
  for (const i of [...list].reverse()) {
    if (i.kind === 'define' && !read.has(i.local)) continue
    for (const l of effectsOf(i).localsRead) read.add(l)
    kept.unshift(i)
  }
  return kept
}
