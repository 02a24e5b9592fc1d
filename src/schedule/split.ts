import { outline } from './outline.ts'
import type { Buffer, Instruction, Local, Routine, Subscript, Value } from './program.ts'
import { subscriptsOf } from './subscripts.ts'
import type { Tuning } from './tuning.ts'
import { load, localValue, partsOf } from './value.ts'
import { Rewriter } from './walk.ts'

/** Characters of source, roughly. V8 gives up optimising functions of 60 KB. */
const LONGEST = 52_000
/** How long the pieces are that a longer list is cut into. */
const PIECE = 40_000

const places = (at: readonly Subscript[]): number => at.reduce((sum, s) => sum + (s.variable ? 8 : 2), 0)

function sizeOfValue(v: Value): number {
  if (v.kind === 'local') return v.local.name.length + 3
  if (v.kind === 'load') return v.buffer.name.length + 4 + places(v.at)
  return v.kind === 'apply' ? 14 : v.kind === 'product' || v.kind === 'sum' ? 1 : 6
}

/** How much source an instruction makes, about. */
function sizeOfInstruction(i: Instruction): number {
  if (i.kind === 'loop')
    return (
      60 +
      i.body.reduce((sum, x) => sum + sizeOfInstruction(x), 0) +
      (i.rest ?? []).reduce((sum, x) => sum + sizeOfInstruction(x), 0)
    )
  let size = 12
  if (i.kind === 'define') size += i.local.name.length
  if (i.kind === 'store' || i.kind === 'pick') size += 4 + places(i.at)
  if ('value' in i) {
    const stack = [i.value]
    for (let v = stack.pop(); v; v = stack.pop()) {
      size += sizeOfValue(v)
      stack.push(...partsOf(v))
    }
  }
  return size
}

/** The source of taking a register from the scratch buffer, or of leaving it there. */
const crossing = (l: Local): number => 26 + l.name.length

/** The routine with its long loops in functions of their own, and lists of instructions that are too long cut into functions. */
export function split(routine: Routine, tuning: Tuning): Routine {
  const outlined = outline(routine, tuning)
  const cut = pieces(outlined.body)
  if (cut === routine.body) return routine
  return new Spiller(cut, routine.result).routine(routine)
}

/** Whether a routine is too long to be written twice. */
export const isLong = (routine: Routine): boolean => pieces(routine.body) !== routine.body

/** Runs of instructions as functions, from the innermost loops outwards; the same list if nothing is too long. */
function pieces(body: readonly Instruction[]): readonly Instruction[] {
  let changed = false
  const inner = body.map((i): Instruction => {
    if (i.kind !== 'loop' || sizeOfInstruction(i) <= LONGEST) return i
    changed = true
    return { ...i, body: pieces(i.body), ...(i.rest ? { rest: pieces(i.rest) } : {}) }
  })
  const sizes = inner.map((i) => (changed ? sizeAfter(i) : sizeOfInstruction(i)))
  if (sizes.reduce((sum, s) => sum + s, 0) <= LONGEST) return changed ? inner : body
  const list: { kind: 'chunk'; body: Instruction[] }[] = []
  const first = inner.filter((i) => i.kind === 'backward')
  let room = 0
  /** The registers that the piece has. */
  let held = new Set<Local>()
  const taken = (i: Instruction): Set<Local> => {
    const locals = new Set<Local>()
    mentions(i, (l) => !held.has(l) && locals.add(l))
    return locals
  }
  inner.forEach((i, k) => {
    // What it declares the whole routine sees.
    if (i.kind === 'backward') return
    const cost = (locals: ReadonlySet<Local>): number => {
      let sum = sizes[k]!
      for (const l of locals) sum += crossing(l)
      return sum
    }
    let locals = taken(i)
    if (list.length === 0 || room < cost(locals)) {
      list.push({ kind: 'chunk', body: [] })
      room = PIECE
      held = new Set()
      locals = taken(i)
    }
    list[list.length - 1]!.body.push(i)
    room -= cost(locals)
    for (const l of locals) held.add(l)
  })
  return [...first, ...list]
}

/** The size of what calls chunks is that of the calls. */
const sizeAfter = (i: Instruction): number =>
  i.kind === 'chunk'
    ? 80
    : i.kind === 'loop'
      ? 40 + i.body.reduce((sum, x) => sum + sizeAfter(x), 0)
      : sizeOfInstruction(i)

/** What is known of a register: the function that defines it, whether others mention it, and until when it lives. */
interface Life {
  readonly home: number
  readonly start: number
  readonly mutable: boolean
  /** The loops that were open when it was defined. */
  readonly loops: number
  crosses: boolean
  end: number
}

/** Gives registers that several functions mention a place in a scratch buffer. */
class Spiller {
  readonly #lives = new Map<Local, Life>()
  readonly #slots = new Map<Local, number>()
  readonly #spill: Buffer
  readonly #body: readonly Instruction[]

  constructor(body: readonly Instruction[], result: Value | undefined) {
    this.#body = body
    this.#observe(result)
    this.#spill = {
      name: 'spill$',
      storage: 'scratch',
      symbol: undefined,
      shape: [Math.max(1, this.#allocate())],
      double: true,
    }
  }

  #observe(result: Value | undefined): void {
    let position = 0
    let functions = 0
    /** Of each open loop, the registers that were defined outside and are mentioned inside: they live to its end. */
    const open: Set<Life>[] = []
    const mention = (l: Local, home: number): void => {
      const life = this.#lives.get(l)
      if (!life) return
      life.end = position
      if (life.home !== home) life.crosses = true
      for (let d = open.length - 1; d >= life.loops; d--) open[d]!.add(life)
    }
    const visit = (list: readonly Instruction[], home: number): void => {
      for (const i of list) {
        position++
        if (i.kind === 'chunk') visit(i.body, ++functions)
        else if (i.kind === 'loop') {
          readsOf(i, (l) => mention(l, home))
          open.push(new Set())
          visit(i.body, home)
          visit(i.rest ?? [], home)
          position++
          for (const life of open.pop()!) life.end = position
        } else {
          readsOf(i, (l) => mention(l, home))
          if (i.kind === 'define')
            this.#lives.set(i.local, {
              home,
              start: position,
              mutable: i.mutable,
              loops: open.length,
              crosses: false,
              end: position,
            })
          else if (i.kind === 'update') mention(i.local, home)
          else if (i.kind === 'pick') [i.best, ...i.positions].forEach((l) => mention(l, home))
        }
      }
    }
    visit(this.#body, 0)
    position++
    if (result) localsIn([result], (l) => mention(l, 0))
  }

  /** Linear scan: slots whose register has ended are given again. The number of slots. */
  #allocate(): number {
    const crossing: [Local, Life][] = []
    for (const [local, life] of this.#lives) if (life.crosses) crossing.push([local, life])
    crossing.sort(([, a], [, b]) => a.start - b.start)
    const byEnd = [...crossing].sort(([, a], [, b]) => a.end - b.end)
    const free: number[] = []
    let next = 0
    let ended = 0
    for (const [local, life] of crossing) {
      while (ended < byEnd.length && byEnd[ended]![1].end < life.start)
        free.push(this.#slots.get(byEnd[ended++]![0])!)
      this.#slots.set(local, free.pop() ?? next++)
    }
    return next
  }

  routine(routine: Routine): Routine {
    const body = this.#list(this.#body, new Map())
    return {
      ...routine,
      body,
      result: routine.result && replacing((l) => this.#read(l)).value(routine.result),
    }
  }

  #place(l: Local): Subscript[] {
    return [{ variable: undefined, offset: this.#slots.get(l)! }]
  }

  #read(l: Local): Value | undefined {
    return this.#slots.has(l) ? load(this.#spill, this.#place(l)) : undefined
  }

  /** `here` are the registers that this function has already: those that it defines stay what they are. */
  #list(list: readonly Instruction[], here: Map<Local, Value | undefined>): Instruction[] {
    const out: Instruction[] = []
    const rewriter = (): Rewriter =>
      replacing((l) => {
        if (!this.#slots.has(l)) return undefined
        if (this.#lives.get(l)!.mutable) return this.#read(l)
        if (!here.has(l)) {
          const local: Local = { name: l.name }
          out.push({ kind: 'define', local, value: this.#read(l)!, mutable: false })
          here.set(l, localValue(local))
        }
        return here.get(l)
      })
    const value = (v: Value): Value => rewriter().value(v)
    for (const i of list) {
      if (i.kind === 'chunk') out.push({ ...i, body: this.#list(i.body, new Map()) })
      else if (i.kind === 'loop') {
        const { within } = i
        const r = rewriter()
        const bounds = within && { within: { from: r.at(within.from), to: r.at(within.to) } }
        out.push({
          ...i,
          ...bounds,
          body: this.#list(i.body, new Map(here)),
          ...(i.rest ? { rest: this.#list(i.rest, new Map(here)) } : {}),
        })
      } else if (i.kind === 'pick') out.push(...this.#picked(rewriter().instruction(i) as typeof i))
      else if (
        i.kind === 'define' &&
        i.value.kind === 'local' &&
        this.#slots.has(i.value.local) &&
        !this.#slots.has(i.local)
      )
        out.push({ ...i, value: this.#read(i.value.local)! })
      else if (i.kind === 'define' && this.#slots.has(i.local)) {
        if (!i.mutable) {
          out.push(rewriter().instruction(i))
          here.set(i.local, undefined)
        }
        out.push({
          kind: 'store',
          buffer: this.#spill,
          at: this.#place(i.local),
          combine: 'set',
          value: i.mutable ? value(i.value) : localValue(i.local),
        })
      } else if (i.kind === 'update' && this.#slots.has(i.local))
        out.push({
          kind: 'store',
          buffer: this.#spill,
          at: this.#place(i.local),
          combine: i.combine,
          value: value(i.value),
        })
      else out.push(this.#mentionsSlot(i) ? rewriter().instruction(i) : i)
    }
    return out
  }

  /** Most instructions mention nothing of other functions: these are not copied. */
  #mentionsSlot(i: Instruction): boolean {
    let found = false
    readsOf(i, (l) => (found ||= this.#slots.has(l)))
    return found
  }

  /** What is the best so far, and where, is taken from its place, and left there. */
  #picked(i: Instruction & { kind: 'pick' }): Instruction[] {
    const own = new Map(
      [i.best, ...i.positions].flatMap((l) => (this.#slots.has(l) ? [[l, { name: l.name }]] : [])),
    )
    if (own.size === 0) return [i]
    const here = (l: Local): Local => own.get(l) ?? l
    return [
      ...[...own].map(([l, local]): Instruction => ({
        kind: 'define',
        local,
        value: this.#read(l)!,
        mutable: true,
      })),
      { ...i, best: here(i.best), positions: i.positions.map(here) },
      ...[...own].map(([l, local]): Instruction => ({
        kind: 'store',
        buffer: this.#spill,
        at: this.#place(l),
        combine: 'set',
        value: localValue(local),
      })),
    ]
  }
}

/** The registers that an instruction reads or writes, those of loops inside too. */
function mentions(i: Instruction, use: (l: Local) => void): void {
  const work = [i]
  for (let x = work.pop(); x; x = work.pop()) {
    readsOf(x, use)
    if (x.kind === 'define' || x.kind === 'update') use(x.local)
    else if (x.kind === 'pick') [x.best, ...x.positions].forEach(use)
    else if (x.kind === 'backward') use(x.loss)
    else if (x.kind === 'loop' || x.kind === 'chunk') {
      for (const inner of x.body) work.push(inner)
      if (x.kind === 'loop') for (const inner of x.rest ?? []) work.push(inner)
    }
  }
}

/** The registers that an instruction reads, in its value and to know places; what stands in a loop is not its own. */
function readsOf(i: Instruction, use: (l: Local) => void): void {
  const at =
    i.kind === 'store' || i.kind === 'pick'
      ? i.at
      : i.kind === 'loop' && i.within
        ? [...i.within.from, ...i.within.to]
        : i.kind === 'matrix'
          ? [...i.from, i.to].flatMap((w) => w.at)
          : []
  localsIn([...at.flatMap(valuesOf), ...('value' in i ? [i.value] : [])], use)
}

/** The whole numbers in memory and registers that a position is made of. */
const valuesOf = (s: Subscript): readonly Value[] => s.variable?.of?.values.map(({ value }) => value) ?? []

function localsIn(stack: Value[], use: (l: Local) => void): void {
  for (let x = stack.pop(); x; x = stack.pop()) {
    if (x.kind === 'local') use(x.local)
    stack.push(...partsOf(x), ...subscriptsOf(x).flatMap(valuesOf))
  }
}

/** Puts values in the places of some registers; what does not mention them stays the same object. */
const replacing = (by: (l: Local) => Value | undefined): Rewriter =>
  new Rewriter(
    (s) => s,
    (v) => (v.kind === 'local' ? (by(v.local) ?? v) : undefined),
  )
