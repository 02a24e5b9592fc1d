/** Which statement of the program a line of the code comes from. */
import type { Span } from '../base/span.ts'
import type { Network } from '../graph/network.ts'
import type { Instruction } from '../schedule/program.ts'

/** The place of what the program calls a value; undefined of what it has no name for. */
export type OriginOf = (wish: string) => Span | undefined

/** What the schedule puts before the name of a value, and behind it: error terms, gradients; registers, tiles, members. */
const BEFORE = /^(?:delta_|d_)/
const BEHIND = /(?:_[^_[\]]*|\[[^\]]*\])$/

/**
 * Places by the names that registers and buffers wish for. These are made of the program's names: what no name of the program is
 * itself is one with something before it or behind.
 */
export function originsOf(network: Network): OriginOf {
  const places = new Map<string, Span>()
  const add = (name: string, span: Span): void => {
    if (!places.has(name)) places.set(name, span)
  }
  const { params, data, hypers, equations, loss } = network
  for (const { symbol, span } of [...params, ...data, ...hypers]) add(symbol.name, span)
  for (const { name, span } of equations) add(name, span)
  if (loss) places.set('loss$', loss.span)
  // A loop over the members of a family stands at the first one.
  for (const [name, span] of [...places]) add(name.replace(/\[.*$/, ''), span)
  const known = new Map<string, Span | undefined>()
  const find = (wish: string): Span | undefined => {
    for (let name = wish; name !== '';) {
      const span = places.get(name)
      if (span || name.includes('$')) return span
      const shorter = name.replace(BEHIND, '')
      if (shorter === name) break
      name = shorter
    }
    return BEFORE.test(wish) ? find(wish.replace(BEFORE, '')) : undefined
  }
  return (wish) => {
    if (!known.has(wish)) known.set(wish, find(wish))
    return known.get(wish)
  }
}

/** The place of what an instruction computes: of a loop, of the first thing in it that has one. */
export function originOf(instruction: Instruction, of: OriginOf): Span | undefined {
  switch (instruction.kind) {
    case 'define':
    case 'update':
      return of(instruction.local.name)
    case 'store':
      return of(instruction.buffer.name)
    case 'matrix':
      return of(instruction.to.buffer.name)
    case 'loop':
    case 'chunk':
      for (const inner of instruction.body) {
        const span = originOf(inner, of)
        if (span) return span
      }
      return undefined
    case 'anchor':
      return of(instruction.symbol.name)
    default:
      return undefined
  }
}
