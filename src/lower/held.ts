/** The parameters that instances of layers hold: their shapes are said in their layers, for what each instance is made for. */
import { type Extent, addExtents, openExtent } from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import type { Initialiser } from '../graph/network.ts'
import type { Node, Symbol } from '../graph/node.ts'
import type { DataDeclaration, IndexRange, InstanceDeclaration } from '../syntax/tree.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { collect, datum } from './data.ts'
import { Family, type IndexInterval } from './families.ts'
import { initialiserOf } from './initialisers.ts'
import { enter } from './layers.ts'
import type { Declarations } from './parts.ts'
import { affordable, bound, intervalOf } from './ranges.ts'

/** An index of a family of such parameters, and how many instances are around where it runs. */
interface Step {
  readonly index: IndexRange
  readonly level: number
}

/** Inside of so many instances, with the indices that have values there. */
interface Place {
  readonly ctx: Context
  readonly env: Env
  readonly level: number
}

/** Declares a parameter of an instance, and all members of a family of such. */
export function held(ctx: Context, declaration: DataDeclaration, into: Declarations): void {
  const { text } = declaration.name
  const [outermost] = declaration.within!
  // What is wrong with an instance as such, or with its layer, is reported.
  const isKnown = ctx.scope.meaning(outermost!.name.text)?.kind === 'fn'
  if (!isKnown || ctx.scope.firstOf(declaration.name.span)) {
    ctx.scope.define(text, { kind: 'unknown' })
    return
  }
  const family = new Holding(ctx, declaration, into).made()
  if (family instanceof Family) ctx.scope.define(text, { kind: 'values', role: 'param', family })
  else ctx.scope.define(text, { kind: 'value', role: 'param', node: family })
}

class Holding {
  readonly #ctx: Context
  readonly #declaration: DataDeclaration
  readonly #into: Declarations
  readonly #within: readonly InstanceDeclaration[]
  readonly #steps: readonly Step[]

  constructor(ctx: Context, declaration: DataDeclaration, into: Declarations) {
    this.#ctx = ctx
    this.#declaration = declaration
    this.#into = into
    this.#within = declaration.within!
    const steps = this.#within.flatMap(({ family }, level) => family.map((index) => ({ index, level })))
    const level = this.#within.length
    const own = declaration.family.slice(steps.length).map((index) => ({ index, level }))
    this.#steps = [...steps, ...own]
  }

  made(): Family<Node> | Node | undefined {
    const { name } = this.#declaration
    const start: Place = { ctx: this.#ctx, env: TOP, level: 0 }
    if (this.#steps.length === 0) return this.#symbol(start, name.text)
    if (this.#ctx.plan.tensors.has(name.text)) return this.#tensor(start)
    const family = new Family<Node>(
      name.text,
      this.#steps.map(() => undefined),
    )
    if (!this.#members(start, [], family)) family.broken = true
    return family
  }

  /** Inside of as many instances. */
  #inside(place: Place | undefined, level: number): Place | undefined {
    let at = place
    while (at && at.level < level) {
      const ctx = enter(at.ctx, at.env, this.#within[at.level]!)
      // What is wrong in the layer for this instance is told of it.
      const { name, span } = this.#within[0]!
      at = ctx && { ctx, env: { site: { name: name.text, span } }, level: at.level + 1 }
    }
    return at
  }

  /** The parameter, inside of all its instances. */
  #declared(
    place: Place,
    name: string,
  ): { readonly symbol: Symbol; readonly initialiser: Initialiser | undefined } | undefined {
    const inside = this.#inside(place, this.#within.length)
    const symbol = inside && datum(inside.ctx, inside.env, this.#declaration, 'param', name)
    if (!symbol) return undefined
    return { symbol, initialiser: initialiserOf(inside.ctx, this.#declaration) }
  }

  #symbol(place: Place, name: string): Node | undefined {
    const found = this.#declared(place, name)
    if (!found) return undefined
    collect(this.#into, this.#declaration, found.symbol, found.initialiser)
    return this.#ctx.graph.symbol(found.symbol)
  }

  /** All members whose first indices have values; false where something is wrong, which is reported. */
  #members(place: Place, at: readonly Extent[], family: Family<Node>): boolean {
    const { name, span } = this.#declaration
    const step = this.#steps[at.length]
    if (!step) {
      if (!affordable(this.#ctx, span, 1)) return false
      const member = memberName(name.text, at)
      const node = this.#symbol(place, member)
      family.members.set(member, node)
      return node !== undefined
    }
    const here = this.#inside(place, step.level)
    const interval = here && this.#intervalOf(here, step.index)
    if (!interval) return false
    const { from, to } = interval
    // Where an inner range is another one for each value of an outer index, members are known one by one.
    if (at.every((value, i) => value === family.ranges[i]?.from)) family.ranges[at.length] = interval
    const index = step.index.name.text
    if (typeof from !== 'number' || typeof to !== 'number') return this.#open(here, interval, family)
    for (let i = from; i <= to; i++) {
      const env = bound(here.ctx, here.env, index, i)
      if (!this.#members({ ...here, env }, [...at, i], family)) return false
    }
    return true
  }

  #intervalOf({ ctx, env }: Place, { name, range }: IndexRange): IndexInterval | undefined {
    const found = intervalOf(ctx, env, range, new Set(env.locals?.keys()))
    return found && { index: name.text, ...found }
  }

  /** A family over an open range: its general member is declared, others are made when somebody names them. */
  #open(place: Place, range: IndexInterval, family: Family<Node>): boolean {
    const { name } = this.#declaration
    if (this.#steps.length > 1)
      return (
        complain(this.#ctx, TOP, 'several-open-ranges', this.#within[0]!.span, { name: name.text }) ?? false
      )
    const at = (indices: readonly Extent[]) => {
      const env = bound(place.ctx, place.env, range.index, indices[0]!)
      const found = this.#declared({ ...place, env }, memberName(name.text, indices))
      return found && { ...found, symbol: { ...found.symbol, member: { family: name.text, indices } } }
    }
    const general = at([openExtent(range.index)])
    if (!general) return false
    collect(this.#into, this.#declaration, general.symbol, general.initialiser, range)
    family.general = (_, indices) => {
      const found = at(indices)
      return found && this.#ctx.graph.symbol(found.symbol)
    }
    return true
  }

  /** A family of one shape as one tensor, its index as first axis; it is given member by member. */
  #tensor(start: Place): Family<Node> | undefined {
    const { name } = this.#declaration
    const [{ index, level }] = this.#steps as [Step]
    const place = this.#inside(start, level)
    const interval = place && this.#intervalOf(place, index)
    const found = interval && this.#declared(place, name.text)
    if (!found) return undefined
    const { from, to } = interval
    const symbol: Symbol = {
      ...found.symbol,
      shape: [addExtents(addExtents(to, from, -1), 1), ...found.symbol.shape],
      list: { axis: 0, index: interval.index, from },
    }
    collect(this.#into, this.#declaration, symbol, found.initialiser)
    const family = new Family<Node>(name.text, [interval])
    family.axes = [true]
    family.whole.set(name.text, { node: this.#ctx.graph.symbol(symbol), from: [from] })
    return family
  }
}
