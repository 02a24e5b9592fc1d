/**
 * The order in which equations with indices are evaluated. They are tried where they stand. What asks for a member that an equation
 * below defines is given up, and tried again when that one is evaluated: no depth of what depends on what is one of the stack.
 */
import { Diagnostics } from '../base/diagnostics.ts'
import type { Span } from '../base/span.ts'
import { memberName, memberParts } from '../graph/member.ts'
import type { Extent } from '../graph/extent.ts'
import type { EquationStatement, IndexRange, Statement } from '../syntax/tree.ts'
import { leavesOf } from './blocks.ts'
import { type Context, type Env, complain } from './context.ts'
import { indicesOf } from './extents.ts'
import { MOST_MEMBERS, type Piece } from './families.ts'
import { type Member, type Turns, markBroken, member, turnId } from './members.ts'
import { type Plan, walk } from './plan.ts'
import { bound, intervalOf } from './ranges.ts'

/** A member that is asked for and not evaluated yet. */
class Missing extends Error {
  readonly order: Order
  readonly family: string
  readonly key: string
  /** Who asks. */
  readonly asked: Span

  constructor(order: Order, family: string, key: string, asked: Span) {
    super(`${key} is not evaluated yet`)
    this.order = order
    this.family = family
    this.key = key
    this.asked = asked
  }
}

/** An equation at values of the indices that are run through. */
interface Turn {
  readonly statement: EquationStatement
  readonly env: Env
  readonly id: string
}

export class Order {
  #work:
    | { readonly ctx: Context; readonly turns: Turns; readonly env: Env; readonly outer: Order | undefined }
    | undefined
  /** By family, the equations that define a member, or a part of one with axes, by the member's name. */
  readonly #defining = new Map<string, ReadonlyMap<string, readonly Turn[]>>()
  /** What the equations that are evaluated have given, by `turnId`. */
  readonly done = new Map<string, Member | Piece | undefined>()

  /** Whose equations are put in order, and where they stand; in a function the families around it have an order of their own. */
  begin(ctx: Context, turns: Turns, env: Env, outer?: Order): void {
    this.#work = { ctx, turns, env, outer }
  }

  #outer(family: string): Order | undefined {
    return this.#work?.ctx.plan.rules.has(family) ? undefined : this.#work?.outer
  }

  /** Gives up what asks for a member, known by the indices that are run through, while equations that define it wait. */
  require(family: string, at: readonly Extent[], asked: Span): void {
    this.#outer(family)?.require(family, at, asked)
    const key = memberName(family, at)
    if (this.#waiting(family, key).length > 0) throw new Missing(this, family, key, asked)
  }

  /** The same for all members of a family with certain indices. */
  requireAll(family: string, isNeeded: (indices: readonly Extent[]) => boolean, asked: Span): void {
    this.#outer(family)?.requireAll(family, isNeeded, asked)
    for (const key of this.#definitions(family).keys()) {
      const indices = memberParts(key)?.indices ?? []
      if (isNeeded(indices) && this.#waiting(family, key).length > 0)
        throw new Missing(this, family, key, asked)
    }
  }

  /** Does what may ask for members that are not evaluated yet: these come first. */
  settle<T>(work: () => T): T {
    for (;;) {
      try {
        return work()
      } catch (error) {
        if (!(error instanceof Missing) || error.order !== this) throw error
        this.#evaluate(error)
      }
    }
  }

  #evaluate(first: Missing): void {
    const { ctx, turns } = this.#work!
    const path = [first]
    const open = new Set([first.key])
    for (let top = path.at(-1); top; top = path.at(-1)) {
      try {
        for (const { statement, env } of this.#waiting(top.family, top.key))
          member(ctx, env, statement, turns)
        path.pop()
        open.delete(top.key)
      } catch (error) {
        if (!(error instanceof Missing) || error.order !== this) throw error
        path.push(error)
        if (!open.has(error.key)) open.add(error.key)
        else return this.#circle(path.slice(path.findIndex(({ key }) => key === error.key)))
      }
    }
  }

  #circle(path: readonly Missing[]): void {
    const { ctx, env } = this.#work!
    complain(ctx, env, 'circular-family', path.at(-1)!.asked, { circle: path.map(({ key }) => key) })
    for (const { family, key } of path) {
      markBroken(ctx, family)
      for (const { id } of this.#waiting(family, key)) this.done.set(id, undefined)
    }
  }

  #waiting(family: string, key: string): readonly Turn[] {
    return (this.#definitions(family).get(key) ?? []).filter(({ id }) => !this.done.has(id))
  }

  #definitions(family: string): ReadonlyMap<string, readonly Turn[]> {
    let known = this.#defining.get(family)
    if (!known) {
      const found = new Map<string, Turn[]>()
      if (!this.#work) return found
      const { ctx, env: outer } = this.#work
      const { plan } = ctx
      // What is wrong with a range is said where it stands.
      const quiet: Context = { ...ctx, diagnostics: new Diagnostics() }
      let left = MOST_MEMBERS + 1
      for (const rule of plan.rules.get(family) ?? []) {
        const axes = plan.axesOf(rule)
        const [own, run]: IndexRange[][] = [[], []]
        for (const range of rule.ranges) (axes.has(range.name.text) ? own! : run!).push(range)
        const statement = { ...rule.statement, ranges: own! }
        const subscripts = statement.indices.filter((_, i) => !plan.isAxis(family, i))
        const visit = (env: Env, [range, ...rest]: readonly IndexRange[]): void => {
          if (range) {
            const names = new Set(env.locals?.keys())
            const interval = intervalOf(quiet, env, range.range, names)
            if (typeof interval?.from !== 'number' || typeof interval.to !== 'number') return
            // More than a program may have is refused where it stands.
            for (let i = interval.from; i <= interval.to && left > 0; i++)
              visit(bound(ctx, env, range.name.text, i), rest)
            return
          }
          left--
          const at = indicesOf(quiet, env, family, subscripts)
          if (!at) return
          const key = memberName(family, at)
          const turn = { statement, env, id: turnId(statement, env) }
          const turns = found.get(key)
          if (turns) turns.push(turn)
          else found.set(key, [turn])
        }
        visit(outer, run!)
      }
      this.#defining.set(family, (known = found))
    }
    return known
  }
}

/**
 * The statements in an order in which equations with indices follow the values that they use, which stand for themselves: these are
 * used only below their definition.
 */
export function inOrder(statements: readonly Statement[], plan: Plan): readonly Statement[] {
  const pending = new Map<string, number>()
  const count = (statement: Statement, by: number): void => {
    for (const name of namesOf(statement)) pending.set(name, (pending.get(name) ?? 0) + by)
  }
  for (const statement of statements) count(statement, 1)
  /** Families all of whose equations, and those of families that they use, can be evaluated. */
  const ready = new Set<string>()
  const canRun = (statement: Statement): boolean => {
    const seen = new Set<string>()
    const work = [...leavesOf(statement)].map(({ name }) => name.text)
    for (let name = work.pop(); name !== undefined; name = work.pop()) {
      if (seen.has(name) || ready.has(name)) continue
      seen.add(name)
      for (const { statement: own, ranges } of plan.rules.get(name) ?? [])
        for (const tree of [
          own.value,
          ...own.indices,
          ...ranges.flatMap(({ range }) => [range.from, range.to]),
        ])
          for (const t of walk(tree)) {
            const used = t.kind === 'name' ? t.name : t.kind === 'call' ? t.callee.text : undefined
            if (used === undefined) continue
            if ((pending.get(used) ?? 0) > 0) return false
            if (plan.rules.has(used)) work.push(used)
          }
    }
    for (const name of seen) ready.add(name)
    return true
  }
  const order: Statement[] = []
  const waiting: Statement[] = []
  for (const statement of statements) {
    const isIndexed =
      statement.kind === 'for' || (statement.kind === 'equation' && statement.indices.length > 0)
    if (isIndexed && !canRun(statement)) waiting.push(statement)
    else order.push(statement)
    count(statement, -1)
  }
  return [...order, ...waiting]
}

/** What a statement defines that is no family of equations. */
function namesOf(statement: Statement): readonly string[] {
  if ('declarations' in statement) return statement.declarations.map(({ name }) => name.text)
  if (statement.kind === 'fn' || statement.kind === 'layer' || statement.kind === 'loss')
    return [statement.name.text]
  return statement.kind === 'equation' && statement.indices.length === 0 ? [statement.name.text] : []
}
