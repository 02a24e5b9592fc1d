/** What of its surroundings a function looks at. */
import {
  type Block,
  type CodeFunction,
  type Expression,
  type LibraryFunction,
  type Memory,
  type Real,
  type Register,
  isMemory,
} from './code.ts'
import { blocksOf, expressionsOf } from './settle.ts'

export interface Effects {
  readonly read: ReadonlySet<Memory>
  readonly written: ReadonlySet<Memory>
  readonly registers: ReadonlySet<Register>
  readonly callees: ReadonlySet<CodeFunction>
  /** How functions of the library are called: on which type, on vectors of how many numbers. */
  readonly calls: readonly LibraryCall[]
  readonly callsParts: boolean
  readonly callsBackward: boolean
}

export interface LibraryCall {
  readonly name: LibraryFunction
  readonly type: Real
  readonly lanes: number
}

const known = new WeakMap<CodeFunction, Effects>()

export function effectsOf(f: CodeFunction): Effects {
  let effects = known.get(f)
  if (!effects) known.set(f, (effects = observe(f)))
  return effects
}

function observe(f: CodeFunction): Effects {
  const read = new Set<Memory>()
  const written = new Set<Memory>()
  const registers = new Set<Register>()
  const callees = new Set<CodeFunction>()
  const calls = new Map<string, LibraryCall>()
  let callsParts = false
  let callsBackward = false
  const seen = new Set<Expression>()
  const walk = (root: Expression): void => {
    const stack = [root]
    for (let e = stack.pop(); e; e = stack.pop()) {
      if (seen.has(e)) continue
      seen.add(e)
      if (e.kind === 'register') registers.add(e.register)
      else if (e.kind === 'load') read.add(e.memory)
      else if (e.kind === 'call') {
        if (typeof e.callee === 'string') {
          const call = { name: e.callee, type: e.type as Real, lanes: e.lanes }
          calls.set(Object.values(call).join(), call)
        } else callees.add(e.callee)
      }
      stack.push(...e.args)
    }
  }
  const blocks: Block[] = [f.body]
  for (let block = blocks.pop(); block; block = blocks.pop())
    for (const s of block.statements) {
      expressionsOf(s).forEach(walk)
      blocks.push(...blocksOf(s))
      if (s.kind === 'store') written.add(s.memory)
      else if (s.kind === 'backward') callsBackward = true
      else if (s.kind === 'call') {
        callees.add(s.callee)
        callsParts ||= s.callee.partOf !== undefined
        const inner = effectsOf(s.callee)
        s.args.forEach((a, i) => {
          const parameter = s.callee.parameters[i]
          if (a.kind !== 'array' || !parameter || !isMemory(parameter)) return
          read.add(a.memory)
          if (inner.written.has(parameter)) written.add(a.memory)
        })
      }
    }
  return { read, written, registers, callees, calls: [...calls.values()], callsParts, callsBackward }
}
