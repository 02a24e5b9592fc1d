import type { Buffer, Instruction, Local, Subscript, Value, Variable } from './program.ts'
import { moved, subscriptsOf } from './subscripts.ts'
import { partsOf, withParts } from './value.ts'

/** One look at a buffer, and the loops around it, outermost first. */
export interface Access {
  readonly buffer: Buffer
  readonly at: readonly Subscript[]
  readonly write: boolean
  /** Of a matrix operator: the last axes as a whole. */
  readonly whole: boolean
}

/** Whether two places are never the same: known to differ along an axis, within one turn of the loops over turns. */
export const apart = (a: readonly Subscript[], b: readonly Subscript[]): boolean =>
  a.some((s, axis) => {
    const t = b[axis]
    return (
      t !== undefined &&
      s.variable === t.variable &&
      s.offset !== t.offset &&
      (s.variable === undefined || s.variable.turns === true)
    )
  })

/** What an instruction touches, its loops included. */
export interface Effects {
  readonly accesses: readonly Access[]
  readonly localsRead: ReadonlySet<Local>
  readonly localsWritten: ReadonlySet<Local>
}

const known = new WeakMap<Instruction, Effects>()

/** Computed once per instruction: instructions are immutable. */
export function effectsOf(i: Instruction): Effects {
  let effects = known.get(i)
  if (!effects) known.set(i, (effects = observe(i)))
  return effects
}

function observe(i: Instruction): Effects {
  const accesses: Access[] = []
  const localsRead = new Set<Local>()
  const localsWritten = new Set<Local>()
  const walk = (root: Value): void => {
    const seen = new Set<Value>()
    const stack = [root]
    for (let v = stack.pop(); v; v = stack.pop()) {
      if (seen.has(v)) continue
      seen.add(v)
      for (const s of subscriptsOf(v)) for (const x of s.variable?.of?.values ?? []) stack.push(x.value)
      if (v.kind === 'load') accesses.push({ buffer: v.buffer, at: v.at, write: false, whole: false })
      else if (v.kind === 'local') localsRead.add(v.local)
      else stack.push(...partsOf(v))
    }
  }
  switch (i.kind) {
    case 'loop':
    case 'chunk':
      for (const x of [...i.body, ...((i.kind === 'loop' && i.rest) || [])]) {
        const inner = effectsOf(x)
        for (const a of inner.accesses) accesses.push(a)
        for (const l of inner.localsRead) localsRead.add(l)
        for (const l of inner.localsWritten) localsWritten.add(l)
      }
      break
    case 'define':
      walk(i.value)
      localsWritten.add(i.local)
      break
    case 'update':
      walk(i.value)
      localsRead.add(i.local)
      localsWritten.add(i.local)
      break
    case 'pick':
      walk(i.value)
      for (const l of [i.best, ...i.positions]) {
        localsRead.add(l)
        localsWritten.add(l)
      }
      break
    case 'store':
      for (const at of i.at) for (const x of at.variable?.of?.values ?? []) walk(x.value)
      walk(i.value)
      if (i.combine !== 'set') accesses.push({ buffer: i.buffer, at: i.at, write: false, whole: false })
      accesses.push({ buffer: i.buffer, at: i.at, write: true, whole: false })
      break
    case 'matrix':
      for (const from of i.from) accesses.push({ ...from, write: false, whole: true })
      accesses.push({ ...i.to, write: true, whole: true })
      break
    case 'backward':
      localsWritten.add(i.loss)
      break
    case 'anchor':
      break
  }
  return { accesses, localsRead, localsWritten }
}

/** A change of the parts of instructions: variables that move, registers that others replace. */
export class Rewriter {
  readonly #subscript: (s: Subscript) => Subscript
  readonly #value: ((v: Value) => Value | undefined) | undefined
  readonly #done = new Map<Value, Value>()

  constructor(subscript: (s: Subscript) => Subscript, value?: (v: Value) => Value | undefined) {
    this.#subscript = (s) => (s.variable?.of ? moved(s, subscript, (v) => this.value(v)) : subscript(s))
    this.#value = value
  }

  at(list: readonly Subscript[]): readonly Subscript[] {
    let changed = false
    const result = list.map((s) => {
      const t = this.#subscript(s)
      changed ||= t !== s
      return t
    })
    return changed ? result : list
  }

  value(v: Value): Value {
    const done = this.#done.get(v)
    if (done) return done
    let result = this.#value?.(v)
    if (!result) {
      result = withParts(
        v,
        partsOf(v).map((p) => this.value(p)),
      )
      if (result.kind === 'load') {
        const at = this.at(result.at)
        if (at !== result.at) result = { ...result, at }
      } else if (result.kind === 'where') {
        const { tests } = result
        const places = this.at(tests.flatMap((t) => [t.left, t.right]))
        if (tests.some((t, i) => t.left !== places[2 * i] || t.right !== places[2 * i + 1]))
          result = {
            ...result,
            tests: tests.map((t, i) => ({ ...t, left: places[2 * i]!, right: places[2 * i + 1]! })),
          }
      } else if (result.kind === 'position') {
        const [at] = this.at([result.at])
        if (at !== result.at) result = { ...result, at: at! }
      }
    }
    this.#done.set(v, result)
    return result
  }

  /** Loops inside keep their own variables. */
  instruction(i: Instruction): Instruction {
    switch (i.kind) {
      case 'loop':
        return {
          ...i,
          body: i.body.map((x) => this.instruction(x)),
          ...(i.within ? { within: { from: this.at(i.within.from), to: this.at(i.within.to) } } : {}),
          ...(i.rest ? { rest: i.rest.map((x) => this.instruction(x)) } : {}),
        }
      case 'chunk':
        return { ...i, body: i.body.map((x) => this.instruction(x)) }
      case 'define':
      case 'update':
        return { ...i, value: this.value(i.value) }
      case 'store':
      case 'pick':
        return { ...i, at: this.at(i.at), value: this.value(i.value) }
      case 'matrix':
        return {
          ...i,
          from: i.from.map((w) => ({ ...w, at: this.at(w.at) })),
          to: { ...i.to, at: this.at(i.to.at) },
        }
      case 'backward':
      case 'anchor':
        return i
    }
  }
}

/** The instructions with one loop variable in the place of another. */
export function rename(list: readonly Instruction[], from: Variable, to: Variable): Instruction[] {
  const moved = new Map<number, Subscript>()
  const rewriter = new Rewriter((s) => {
    if (s.variable !== from) return s
    let t = moved.get(s.offset)
    if (!t) moved.set(s.offset, (t = { variable: to, offset: s.offset }))
    return t
  })
  return list.map((i) => rewriter.instruction(i))
}

/** The multiplications of a nest: the turns of its loops, along the deepest of them. */
export function turns(i: Instruction, typical: (v: Variable) => number): number {
  if (i.kind !== 'loop') return 1
  return typical(i.variable) * Math.max(1, ...i.body.map((x) => turns(x, typical)))
}
