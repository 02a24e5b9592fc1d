/** Families of equations all of whose indices are axes: each is evaluated once, when it is first asked for or where it stands. */
import { memberParts } from '../graph/member.ts'
import type { Statement } from '../syntax/tree.ts'
import { leavesOf } from './blocks.ts'
import { member as boxed } from './boxes.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { type Turns, markBroken, member } from './members.ts'
import type { Plan } from './plan.ts'
import { repeated } from './repeated.ts'
import { recurrence } from './scans.ts'

/** The families of which a statement defines a part, all of whose indices are axes. */
export const mapsOf = (statement: Statement, plan: Plan): Set<string> =>
  new Set([...leavesOf(statement)].filter((s) => plan.isMap(s)).map(({ name }) => name.text))

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
    const recurring = plan.recurring(name)
    if (recurring) {
      this.#path.push(...recurring.families)
      recurrence(this.#ctx, this.#turns, recurring)
      this.#path.splice(-recurring.families.length)
      for (const family of recurring.families) this.#done.add(family)
      return
    }
    this.#path.push(name)
    try {
      for (const rule of rules)
        member(this.#ctx, this.#env, { ...rule.statement, ranges: rule.ranges }, this.#turns)
    } finally {
      this.#path.pop()
    }
    for (const rule of rules) repeated(this.#ctx, rule.statement)
    this.#done.add(name)
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
