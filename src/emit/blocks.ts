import { placeKey } from '../schedule/keys.ts'
import type { Buffer, Instruction, Value, Variable } from '../schedule/program.ts'
import { partsOf } from '../schedule/value.ts'
import type { Expression, Statement } from './tree.ts'

/** What is known while the body of a loop (or of a function) is written. */
export interface Block {
  readonly variable: Variable | undefined
  readonly id: string | undefined
  readonly out: Statement[]
  /** How many of these have a known origin: that of the rest is told by what comes next. */
  placed: number
  /** Names that end with the block. */
  readonly names: string[]
  /** Parts of addresses that are known here. */
  readonly addresses: Map<string, Expression>
  /** Values that have a name here. */
  readonly values: Map<Key, Expression>
  readonly byBuffer: Map<Buffer, Key[]>
  readonly uses: ReadonlyMap<Key, number>
  /** Of a loop that runs its turns one by one: places in panels that move on with each of them. */
  readonly moving?: Moving[] | undefined
  /** Of a loop that is open in the function that calls this one: its variable there. */
  readonly outside?: string | undefined
}

/** A place in a panel, in a variable: where it is at the first turn, and how far it moves with each. */
export interface Moving {
  readonly id: string
  readonly key: string
  readonly from: Expression
  readonly by: number
}

export const emptyBlock = (): Block => ({
  variable: undefined,
  id: undefined,
  out: [],
  placed: 0,
  names: [],
  addresses: new Map(),
  values: new Map(),
  byBuffer: new Map(),
  uses: new Map(),
})

/** Places are equal where they are the same place, other values where they are the same object. */
export type Key = string | Value
export const keyOf = (v: Value): Key => (v.kind === 'load' ? placeKey(v) : v)

/** How often each value is mentioned by the instructions of a block themselves, not in the loops inside. */
export function countUses(body: readonly Instruction[], last: Value | undefined): Map<Key, number> {
  const uses = new Map<Key, number>()
  const count = (root: Value): void => {
    const stack = [root]
    for (let v = stack.pop(); v; v = stack.pop()) {
      if (v.kind === 'number' || v.kind === 'local') continue
      const key = keyOf(v)
      const known = uses.get(key) ?? 0
      uses.set(key, known + 1)
      if (known === 0) stack.push(...partsOf(v))
    }
  }
  for (const i of body) if ('value' in i) count(i.value)
  if (last) count(last)
  return uses
}

/** The buffers that an instruction writes to. */
export function storesOf(i: Instruction): Buffer[] {
  if (i.kind === 'loop') return [...i.body.flatMap(storesOf), ...(i.rest ?? []).flatMap(storesOf)]
  if (i.kind === 'chunk') return i.body.flatMap(storesOf)
  return i.kind === 'store' ? [i.buffer] : i.kind === 'matrix' ? [i.to.buffer] : []
}
