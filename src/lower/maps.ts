/** Families of equations all of whose indices are axes: each is evaluated once, when it is first asked for or where it stands. */
import type { Span } from '../base/span.ts'
import type { Extent } from '../graph/extent.ts'
import { memberName, memberParts } from '../graph/member.ts'
import type { Expression, IndexRange, Statement } from '../syntax/tree.ts'
import { leavesOf } from './blocks.ts'
import { member as boxed } from './boxes.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { type Turns, markBroken, member } from './members.ts'
import { indicesOf } from './extents.ts'
import { type Plan, type Rule, shiftOf, walk } from './plan.ts'
import { bound, intervalOf } from './ranges.ts'
import { repeated } from './repeated.ts'

/** The families of which a statement defines a part, all of whose indices are axes. */
export const mapsOf = (statement: Statement, plan: Plan): Set<string> =>
  new Set([...leavesOf(statement)].filter((s) => plan.isMap(s)).map(({ name }) => name.text))

/** Members that wait for one another: each is some levels of the stack. */
const DEEPEST = 60

/** The index in a left side i, i+1, … at a number; true where the side has no index. */
function fit(
  side: Expression,
  at: Extent,
  ranges: readonly IndexRange[],
  values: Map<string, number>,
): boolean {
  const names = [...walk(side)].flatMap((t) =>
    t.kind === 'name' && ranges.some((r) => r.name.text === t.name) ? [t.name] : [],
  )
  const [index] = names
  if (index === undefined) return true
  const shift = names.length === 1 ? shiftOf(side, index) : undefined
  if (shift === undefined || typeof at !== 'number') return false
  const value = at - shift
  const known = values.get(index)
  values.set(index, value)
  return known === undefined || known === value
}

export class Maps {
  readonly #ctx: Context
  readonly #turns: Turns
  /** Where the equations stand. */
  readonly #env: Env
  readonly #done = new Set<string>()
  /** Those whose equations are being evaluated, each needed by the one before. */
  readonly #path: string[] = []

  constructor(ctx: Context, turns: Turns, env: Env = TOP) {
    this.#ctx = ctx
    this.#turns = turns
    this.#env = env
  }

  readonly demand = (name: string): void => {
    const { plan } = this.#ctx
    const rules = plan.rules.get(name)
    if (!rules || this.#done.has(name)) return
    const [{ statement }] = rules as [(typeof rules)[0]]
    if (!plan.isMap(statement)) return
    if (this.#path.includes(name)) {
      const circle = [...this.#path.slice(this.#path.indexOf(name)), name]
      complain(this.#ctx, TOP, 'circular-family', statement.name.span, { circle })
      return markBroken(this.#ctx, name)
    }
    this.#path.push(name)
    for (const rule of rules) {
      repeated(this.#ctx, rule.statement)
      member(this.#ctx, this.#env, { ...rule.statement, ranges: rule.ranges }, this.#turns)
    }
    this.#path.pop()
    this.#done.add(name)
  }

  /**
   * A member that stands at another place of the program than the one that asks for it: the equation whose left side it fits is
   * evaluated for it now, and not when its turn comes.
   */
  readonly demandMember = (name: string, at: readonly Extent[], asked: Span): boolean => {
    const ctx = this.#ctx
    const key = memberName(name, at)
    const known = this.#fitting(name, at)
    if (!known) return false
    if (this.#path.includes(key)) {
      const circle = [...this.#path.slice(this.#path.indexOf(key)), key]
      complain(ctx, TOP, 'circular-family', asked, { circle })
      markBroken(ctx, name)
      return true
    }
    if (this.#path.length > DEEPEST) {
      complain(ctx, TOP, 'over-limit', asked, {
        what: 'The number of members that wait for one another is',
        limit: DEEPEST,
        hint: 'write the range in the order in which members need one another: for t in T..1',
      })
      markBroken(ctx, name)
      return true
    }
    const { rule, env } = known
    const axes = ctx.plan.axesOf(rule)
    this.#path.push(key)
    const ranges = rule.ranges.filter((r) => axes.has(r.name.text))
    const made = member(ctx, env, { ...rule.statement, ranges }, this.#turns)
    this.#path.pop()
    if (made) this.#turns.demanded.set(key, rule.statement.value)
    return true
  }

  /** The equation that defines a member, and its indices there. */
  #fitting(name: string, at: readonly Extent[]): { rule: Rule; env: Env } | undefined {
    const ctx = this.#ctx
    for (const rule of ctx.plan.rules.get(name) ?? []) {
      const { statement, ranges } = rule
      const stepped = statement.indices.filter((_, position) => !ctx.plan.isAxis(name, position))
      if (stepped.length !== at.length) continue
      const values = new Map<string, number>()
      const fits = stepped.every((s, i) => fit(s, at[i]!, ranges, values))
      if (!fits) continue
      const axes = ctx.plan.axesOf(rule)
      let env: Env | undefined = this.#env
      for (const range of ranges) {
        const text = range.name.text
        if (axes.has(text)) continue
        const value = values.get(text)
        const names = new Set(env.locals?.keys())
        const interval = value === undefined ? undefined : intervalOf(ctx, env, range.range, names)
        if (
          value === undefined ||
          typeof interval?.from !== 'number' ||
          typeof interval.to !== 'number' ||
          value < interval.from ||
          value > interval.to
        ) {
          env = undefined
          break
        }
        env = bound(ctx, env, text, value)
      }
      // A dim or a constant on the left side.
      if (env && this.#isAt(env, rule, at)) return { rule, env }
    }
    return undefined
  }

  #isAt(env: Env, { statement }: Rule, at: readonly Extent[]): boolean {
    const { name } = statement
    const stepped = statement.indices.filter((_, position) => !this.#ctx.plan.isAxis(name.text, position))
    const found = indicesOf(this.#ctx, env, name.text, stepped)
    return found !== undefined && found.every((e, i) => e === at[i])
  }

  /** Puts together what nobody has asked for. */
  finish(): void {
    const ctx = this.#ctx
    for (const [name, rules] of ctx.plan.rules) {
      this.demand(name)
      const meaning = ctx.scope.meaning(name)
      if (meaning?.kind !== 'values' || !meaning.family.axes) continue
      const { family } = meaning
      for (const [key, [piece]] of family.pieces) {
        const at = memberParts(key)?.indices ?? []
        if (!family.whole.has(key))
          boxed(ctx, TOP, family, at, { ...rules[0]!.statement.value, span: piece!.span })
      }
    }
  }
}
