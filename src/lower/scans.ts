/**
 * Recurrences as they stand: each equation is read once, for a general value of the index, with members of earlier steps as symbols, and
 * all members of its families are one value of the graph.
 */
import { Diagnostics } from '../base/diagnostics.ts'
import { type Extent, type Shape, addExtents, extentText, openExtent, sameShape } from '../graph/extent.ts'
import { type Member, memberName } from '../graph/member.ts'
import type { Node, SymbolNode } from '../graph/node.ts'
import { type ScanParts, lastOf, runningIndex } from '../graph/scan.ts'
import { replaced, valuesInOrder } from '../graph/traverse.ts'
import type { Expression, IndexExpression, Subscript } from '../syntax/tree.ts'
import { joined } from './boxes.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { ANYWHERE, type Bound, type Linear, both, combine, extentForm, linearOf, negative } from './domain.ts'
import { indicesOf } from './extents.ts'
import type { Boxed, Family, Piece } from './families.ts'
import {
  type Given,
  type Others,
  type Split,
  ahead,
  beginning,
  joinedAlong,
  madeFull,
  positionIn,
  rangeOf,
  splitRules,
  together,
} from './given.ts'
import { bind, staysInside } from './indices.ts'
import { type Turns, box, checked, markBroken } from './members.ts'
import { type Recurring, type Rule, walk } from './plan.ts'
import { beyond, lengthsOf, withoutRagged } from './ragged.ts'
import { subscripted } from './subscripts.ts'
import { shared } from './shared.ts'
import { small, texts } from './shapes.ts'

/** Evaluates the families of a recurrence; what is wrong is reported, and then they are broken. */
export function recurrence(ctx: Context, turns: Turns, recurring: Recurring): void {
  if (evaluated(ctx, turns, recurring)) return
  for (const name of recurring.families) {
    markBroken(ctx, name)
    if (recurring.isKnown) ctx.refused.add(name)
  }
}

function evaluated(ctx: Context, turns: Turns, recurring: Recurring): boolean {
  const rules = new Map(recurring.families.map((name) => [name, ctx.plan.rules.get(name)!]))
  for (const { statement, ranges } of [...rules.values()].flat())
    if (!checked(ctx, TOP, { ...statement, ranges }, turns).ok) return false
  const steps = Steps.of(ctx, recurring, rules, { env: TOP, named: (indices) => indices })
  return steps?.define() ?? false
}

/** The equations of families, as the steps around leave them. */
type Rules = ReadonlyMap<string, readonly Rule[]>

/** Where a recurrence stands: at a step of another one, or on its own. */
interface Around {
  readonly env: Env
  /** All indices of a member, of those that are left at the step. */
  readonly named: (left: readonly Extent[], name: string) => readonly Extent[]
}

/** What is known of a family before its step is. */
interface Known {
  readonly name: string
  readonly family: Family<Node>
  /** Which of its indices runs. */
  readonly position: number
  /** Its equations for a general value of the index. */
  readonly rules: readonly [Rule, ...Rule[]]
  /** The members that are given, with an axis for each index. */
  readonly given: Given | undefined
}

/** The first values of the other indices of a family, and its value at a step, whose first axes these are. */
interface Local {
  readonly node: Node
  readonly from: readonly Extent[]
}

/** So often the shapes of members are guessed anew. */
const MOST_GUESSES = 3

/** One recurrence on its way. */
class Steps {
  #ctx: Context
  /** Where mistakes are reported; while shapes are guessed they are not. */
  #told: Context
  readonly #recurring: Recurring
  readonly #env: Env
  readonly #bound: Bound
  readonly #around: Around
  readonly #known = new Map<string, Known>()
  readonly #locals = new Map<string, Local>()
  readonly #reads = new Map<string, { symbol: SymbolNode; name: string; back: number }>()
  /** By family, all of its members so far. */
  readonly #histories = new Map<string, SymbolNode>()
  /** Shapes of members of which none is given, and the families that were asked for one before it was known. */
  readonly #guesses = new Map<string, Shape>()
  readonly #guessed = new Set<string>()
  /** Recurrences within the step that are being evaluated. */
  readonly #open: Steps[] = []
  /** The axes that members of unknown shapes are thought to have beside those of their indices. */
  #tail: Shape = []

  private constructor(ctx: Context, recurring: Recurring, around: Around, env: Env, bound: Bound) {
    this.#ctx = ctx
    this.#told = ctx
    this.#recurring = recurring
    this.#around = around
    this.#env = env
    this.#bound = bound
  }

  /** Undefined where the range of the index, or a given member, is wrong, which is reported. */
  static of(ctx: Context, recurring: Recurring, rules: Rules, around: Around): Steps | undefined {
    const { index, families, falls } = recurring
    const split = new Map<string, Split>()
    for (const name of families) split.set(name, splitRules(rules.get(name)!, index))
    const own = [...split.values()].flatMap((s) => s.own)
    const bounds = new Map<Rule, Bound>()
    for (const rule of own) {
      const bound = bind(ctx, around.env, rangeOf(rule, index))?.bound
      if (!bound) return undefined
      if (bound.conditions.length > 0) return unsupported(ctx, rule, 'its range depends on another index')
      bounds.set(rule, bound)
    }
    // The steps begin where all equations hold; members that some define before are given.
    const main = own.reduce((a, b) => (ahead(bounds.get(a)!, bounds.get(b)!, falls) > 0 ? b : a))
    const opened = bind(ctx, around.env, rangeOf(main, index))!
    const steps = new Steps(ctx, recurring, around, opened.env, opened.bound)
    for (const [name, { own, given }] of split) {
      const first: Rule[] = [...given]
      for (const rule of own) {
        const before = ahead(bounds.get(rule)!, opened.bound, falls)
        if (!(before >= 0))
          return unsupported(ctx, rule, `${families.join(' and ')} run over different ranges`)
        if (before > 0) first.push(beginning(rule, index, before, falls))
      }
      if (!steps.#knows(name, { own, given: first })) return undefined
    }
    return steps
  }

  /** Whether the given members stand where the steps begin; reports where not. */
  #knows(name: string, { own, given: rules }: Split): boolean {
    const ctx = this.#ctx
    const meaning = ctx.scope.meaning(name)
    if (meaning?.kind !== 'values') return false
    const { index, falls } = this.#recurring
    const [rule] = own as [Rule]
    const position = positionIn(rule, index)!
    const { from, extent } = this.#bound
    const pieces: Piece[] = []
    for (const { statement, ranges } of rules) {
      const { value, indices, span, doc } = statement
      const found = box(ctx, this.#around.env, {
        name,
        span,
        value,
        ranges,
        indices: indices as Expression[],
      })
      if (!found) return false
      pieces.push({ ...found, span, doc })
    }
    const known = { name, family: meaning.family, position, rules: own as [Rule, ...Rule[]] }
    this.#known.set(name, { ...known, given: undefined })
    if (pieces.length === 0) return true
    const joint = joinedAlong(ctx, name, pieces, position)
    const others = joint && this.#others(name)
    if (!joint || !others) return false
    const given = madeFull(ctx, joint, position, others)
    const count = joint.node.shape[position]!
    const first = falls ? addExtents(from, extent) : addExtents(from, addExtents(0, count, -1))
    if (!given || typeof count !== 'number' || joint.part || joint.from[position] !== first) {
      complain(ctx, TOP, 'family-with-gaps', rule.statement.span, { name })
      return false
    }
    this.#known.set(name, { ...known, given })
    return true
  }

  /** Whether a name is that of a family of this recurrence. */
  has(name: string): boolean {
    return this.#known.has(name)
  }

  #evaluate(): boolean {
    const isSettled = this.#shaped()
    if (!isSettled && !this.#formulas(this.#told)) return false
    this.#ctx = this.#told
    return true
  }

  /**
   * Members that are read before their formula is, and of which none is given, are taken for scalars (along the other indices); where the
   * formula then has another shape, for that; where it has none, for vectors as long as an axis of what stands in it. True where all
   * formulas are read and nothing is to be said of them.
   */
  #shaped(): boolean {
    for (const tail of [[], ...this.#vectors()]) {
      this.#guesses.clear()
      this.#tail = tail
      if (this.#settled()) return true
      if (this.#guessed.size === 0) return false
    }
    this.#guesses.clear()
    this.#tail = []
    return false
  }

  #settled(): boolean {
    for (let round = 0; round < MOST_GUESSES; round++) {
      this.#guessed.clear()
      const diagnostics = new Diagnostics()
      const fine = this.#formulas({ ...this.#told, diagnostics, bad: new Set() })
      const found = new Map([...this.#locals].map(([name, { node }]) => [name, node.shape]))
      const wrong = [...this.#guessed].filter(
        (name) => !sameShape(found.get(name) ?? [], this.#guesses.get(name)!),
      )
      if (!fine) return false
      if (wrong.length === 0) return diagnostics.toArray().length === 0
      for (const name of wrong) this.#guesses.set(name, found.get(name)!)
    }
    return false
  }

  /** The shapes of vectors along the axes of what formulas name. */
  #vectors(): Shape[] {
    const found = new Map<string, Shape>()
    for (const { rules } of this.#known.values())
      for (const { statement } of rules)
        for (const t of walk(statement.value)) {
          const meaning = t.kind === 'name' ? this.#ctx.scope.meaning(t.name) : undefined
          for (const e of meaning?.kind === 'value' ? (meaning.node?.shape ?? []) : [])
            found.set(extentText(e), [e])
        }
    return [...found.values()]
  }

  /** Reads the formulas of all families; false where something is wrong in one. */
  #formulas(ctx: Context): boolean {
    this.#ctx = ctx
    this.#locals.clear()
    this.#reads.clear()
    this.#histories.clear()
    return this.#recurring.families.every((name) => this.#local(name) !== undefined)
  }

  /** The value of a family at the step at hand. */
  #local(name: string): Local | undefined {
    const found = this.#locals.get(name)
    if (found) return found
    const known = this.#known.get(name)!
    const inner = this.#recurring.inner.find(({ families }) => families.includes(name))
    const made = inner ? this.#within(inner)?.get(name) : this.#boxed(known)
    if (!made) return undefined
    const ctx = this.#ctx
    const [rule] = known.rules
    if (this.#guessed.has(name) && this.#isRagged(made.node.shape)) return this.#isLonger(name)
    const shape = this.#shape(name)
    if (shape && !sameShape(shape, made.node.shape))
      return complain(ctx, TOP, 'member-shape', rule.statement.span, {
        member: `${name}[${this.#recurring.index}]`,
        found: texts(made.node.shape),
        assumed: texts(shape),
      })
    if (known.given?.others.some((from, i) => from !== made.from[i]))
      return complain(ctx, TOP, 'family-with-gaps', rule.statement.span, { name })
    const member = memberName(name, this.#around.named([openExtent(this.#recurring.index)], name))
    const local = { node: ctx.graph.equation(member, made.node), from: made.from }
    this.#locals.set(name, local)
    return local
  }

  /** What the equations of a family say of a step, one part of its members beside the other. */
  #boxed({ name, rules }: Known): Local | undefined {
    const ctx = this.#ctx
    const pieces: Piece[] = []
    for (const rule of rules) {
      const { statement, ranges } = this.#atStep(rule)
      const { value, span, doc, indices } = statement
      const found = box(ctx, this.#env, { name, span, value, ranges, indices: indices as Expression[] })
      if (!found) return undefined
      if (found.part) return unsupported(ctx, rule, 'its members fill no box')
      pieces.push({ ...found, span, doc })
    }
    return joined(ctx, name, pieces)
  }

  /** An equation at the step at hand: without its index. */
  #atStep(rule: Rule): Rule {
    const { index } = this.#recurring
    const { statement, ranges } = rule
    const position = positionIn(rule, index)
    return {
      statement: { ...statement, indices: statement.indices.filter((_, i) => i !== position) },
      ranges: ranges.filter((r) => r.name.text !== index),
    }
  }

  /** The families of a recurrence within the step, each as all its members there. */
  #within(recurring: Recurring): ReadonlyMap<string, Local> | undefined {
    const rules = new Map(
      recurring.families.map((name) => [
        name,
        this.#known.get(name)!.rules.map((rule) => this.#atStep(rule)),
      ]),
    )
    const here = openExtent(this.#recurring.index)
    const named = (left: readonly Extent[], name: string): readonly Extent[] => {
      const indices = [...left]
      indices.splice(this.#known.get(name)!.position, 0, here)
      return this.#around.named(indices, name)
    }
    const steps = Steps.of(this.#ctx, recurring, rules, { env: this.#env, named })
    if (!steps) return undefined
    this.#open.push(steps)
    const fine = steps.#evaluate()
    this.#open.pop()
    return fine ? steps.#all() : undefined
  }

  /** The shape of a member, as far as it is known before its formula is. */
  #shape(name: string): Shape | undefined {
    const { given, position } = this.#known.get(name)!
    return this.#locals.get(name)?.node.shape ?? given?.node.shape.filter((_, i) => i !== position)
  }

  /** `h[t-1]`, in an equation of the recurrence. */
  read(env: Env, name: string, tree: IndexExpression): Node | undefined {
    const ctx = this.#ctx
    const known = this.#known.get(name)!
    const { index, falls } = this.#recurring
    const { from, extent, symbol } = this.#bound
    const s = tree.indices[known.position]
    if (s?.kind === 'part' && s.range) return this.#earlier(env, known, { part: s, tree })
    const at = s && s.kind !== 'part' ? ctx.evaluate(ctx, env, s) : undefined
    if (s && s.kind !== 'part' && !at) return undefined
    const linear = at && linearOf(at)
    const isOwn = linear?.terms.size === 1 && linear.terms.get(symbolName(symbol)) === 1
    const away = linear?.constant ?? NaN
    if (linear && !isOwn && [...linear.terms.values(), away].every(Number.isInteger))
      return this.#earlier(env, known, { at: linear, tree })
    if (!linear || !isOwn || !Number.isInteger(away) || (falls ? away < 0 : away > 0))
      return unsupported(
        ctx,
        known.rules[0],
        `it needs ${name}[…] at another index than ${index} ${falls ? 'plus' : 'minus'} a number`,
        tree,
      )
    const others = tree.indices.filter((_, i) => i !== known.position)
    let local: Local | undefined
    if (away === 0) {
      const within = this.#open.find((steps) => steps.has(name))
      if (within) return within.read(env, name, { ...tree, indices: others })
      local = this.#local(name)
    } else {
      const count = (known.given?.node.shape[known.position] as number | undefined) ?? 0
      const last = lastOf({ from, length: extent })
      const ends = falls ? [from, addExtents(last, count)] : [addExtents(from, -count), last]
      const what = { name, span: (s as Expression).span, at: linear }
      if (!staysInside(ctx, env, what, ends[0]!, ends[1]!)) return undefined
      if (known.given && !this.#isThere(env, known, known.given, { at: linear, others, tree }))
        return undefined
      local = this.#before(name, Math.abs(away))
    }
    if (!local) return undefined
    if (others.length > local.node.shape.length)
      return complain(ctx, env, 'wrong-index-count', tree.span, {
        name,
        expected: local.node.shape.length + 1,
        found: tree.indices.length,
      })
    return subscripted(ctx, env, { node: local.node, name, from: local.from }, others)
  }

  /** Whether a member that may be one of the given ones is among them; reports where not. */
  #isThere(
    env: Env,
    { name, rules }: Known,
    { there }: Given,
    { at, others, tree }: { at: Linear; others: readonly Subscript[]; tree: IndexExpression },
  ): boolean {
    const ctx = this.#ctx
    const { falls } = this.#recurring
    const { from, extent } = this.#bound
    // Before the first step.
    const beyond = falls
      ? combine(at, extentForm(addExtents(from, extent)), -1)
      : combine(extentForm(addExtents(from, -1)), at, -1)
    const before = { ...env, domain: both(env.domain ?? ANYWHERE, [[beyond]]) }
    return there.every((ends, i) => {
      if (!ends) return true
      const s = others[i]
      const node = s && s.kind !== 'part' ? ctx.evaluate(ctx, env, s) : undefined
      const linear = node && linearOf(node)
      if (!linear)
        return unsupported(ctx, rules[0], `it needs all of ${name}[…], some of which are not given`, tree)
      return staysInside(ctx, before, { name, span: tree.span, at: linear }, ends[0], ends[1])
    })
  }

  /** Where the other indices of a family begin, and how far they run. */
  #others(name: string): Others | undefined {
    const { index } = this.#recurring
    const parts: Others[] = []
    for (const rule of this.#known.get(name)!.rules) {
      let env = this.#env
      const bounds = new Map<string, Bound>()
      for (const range of rule.ranges.filter((r) => r.name.text !== index)) {
        const opened = bind(this.#ctx, env, range)
        if (!opened) return undefined
        env = opened.env
        bounds.set(range.name.text, opened.bound)
      }
      const position = positionIn(rule, index)
      const own: { from: Extent[]; extents: Extent[] } = { from: [], extents: [] }
      for (const [i, s] of rule.statement.indices.entries()) {
        if (i === position) continue
        const bound = s.kind === 'name' ? bounds.get(s.name) : undefined
        const at = bound ? undefined : indicesOf(this.#ctx, env, name, [s as Expression])
        if (!bound && !at) return undefined
        own.from.push(bound?.from ?? at![0]!)
        own.extents.push(bound?.extent ?? 1)
      }
      parts.push(own)
    }
    const [rule] = this.#known.get(name)!.rules
    return together(parts) ?? complain(this.#ctx, TOP, 'family-with-gaps', rule.statement.span, { name })
  }

  /** A member of an earlier step. */
  #before(name: string, back: number): Local | undefined {
    const { given } = this.#known.get(name)!
    const from = given?.others ?? this.#others(name)?.from
    const shape = this.#seen(name)
    if (!from || !shape) return undefined
    const key = `${name}:${back}`
    let read = this.#reads.get(key)
    if (!read) {
      const { index, falls } = this.#recurring
      const indices = this.#around.named([addExtents(openExtent(index), falls ? back : -back)], name)
      const symbol = this.#member({ family: name, indices }, shape)
      this.#reads.set(key, (read = { symbol, name, back }))
    }
    return { node: read.symbol, from }
  }

  /** A member at any earlier step, `h[s]` for s before t, or a part of them: what no step has defined yet is never asked for. */
  #earlier(
    env: Env,
    known: Known,
    { at, part, tree }: { readonly at?: Linear; readonly part?: Subscript; readonly tree: IndexExpression },
  ): Node | undefined {
    const ctx = this.#ctx
    const { name, position, given, rules } = known
    const { index, falls } = this.#recurring
    const { from, extent, symbol } = this.#bound
    if (given?.there.some(Boolean))
      return unsupported(ctx, rules[0], 'not all of its first members are given', tree)
    const count = given ? (given.node.shape[position] as number) : 0
    const here = openExtent(symbolName(symbol))
    const start = falls ? from : addExtents(from, -count)
    const ends = falls
      ? ([addExtents(here, 1), addExtents(lastOf({ from, length: extent }), count)] as const)
      : ([start, addExtents(here, -1)] as const)
    const s = tree.indices[position]!
    const asked = at ? [at] : this.#endsOf(env, part!)
    if (!asked?.every((end) => staysInside(ctx, env, { name, span: s.span, at: end }, ...ends)))
      return undefined
    const others = given?.others ?? this.#others(name)?.from
    const shape = this.#seen(name)
    if (!others || !shape) return undefined
    let all = this.#histories.get(name)
    if (!all) {
      const indices = this.#around.named([openExtent(`${index}'`)], name)
      all = this.#member({ family: name, indices }, [addExtents(extent, count), ...shape])
      this.#histories.set(name, all)
    }
    const rest = tree.indices.filter((_, i) => i !== position)
    return subscripted(ctx, env, { node: all, name, from: [start, ...others] }, [s, ...rest])
  }

  /** The ends of a part; of others the reader of the subscript says what is wrong. */
  #endsOf(env: Env, part: Subscript): Linear[] | undefined {
    if (part.kind !== 'part' || !part.range) return undefined
    const { from, to } = part.range
    const ends = [from, to].map((tree) => this.#ctx.evaluate(this.#ctx, env, tree))
    return ends.includes(undefined) ? undefined : ends.flatMap((node) => linearOf(node!) ?? [])
  }

  /** The shape of a member as other steps see it. */
  #seen(name: string): Shape | undefined {
    const shape = this.#assumed(name)
    return shape && this.#isRagged(shape) ? this.#isLonger(name) : shape
  }

  #isRagged(shape: Shape): boolean {
    return lengthsOf(shape, [this.#bound]).some((e) => e !== undefined)
  }

  #isLonger(name: string): undefined {
    const { index } = this.#recurring
    const [rule] = this.#known.get(name)!.rules
    return unsupported(
      this.#ctx,
      rule,
      `other steps need ${name}[${index}], whose length depends on ${index}`,
    )
  }

  /** The shape of a member, or what it is taken for as long as it is not known. */
  #assumed(name: string): Shape | undefined {
    const known = this.#shape(name)
    if (known) return known
    this.#guessed.add(name)
    const guess = this.#guesses.get(name)
    if (guess) return guess
    const others = this.#others(name)
    const made = others && [...others.extents, ...this.#tail]
    if (made) this.#guesses.set(name, made)
    return made
  }

  /** A member as a symbol: a name of its own where another recurrence (or a guess) has one of that name and another shape. */
  #member(member: Member, shape: Shape): SymbolNode {
    const { graph, batch } = this.#ctx
    const plain = memberName(member.family, member.indices)
    for (let name = plain, k = 1; ; name = `${plain} ${k++}`) {
      const made = {
        name,
        role: 'member',
        shape,
        assumptions: new Set<never>(),
        member,
        samples: batch,
      } as const
      const symbol = graph.symbol(made)
      if (sameShape(symbol.shape, shape) && symbol.samples === batch) return symbol as SymbolNode
    }
  }

  /** Reads the recurrence, and gives its families their values; what is wrong is reported. */
  define(): boolean {
    const ctx = this.#ctx
    ctx.scans.push(this)
    const fine = this.#evaluate()
    ctx.scans.pop()
    const all = fine ? this.#all() : undefined
    if (!all) return false
    // In the order of the program, by which the last equation is what it predicts where it names no output.
    const start = (name: string): number => this.#known.get(name)!.rules[0].statement.span.start
    for (const [name, { node, from }] of [...all].sort(([a], [b]) => start(a) - start(b))) {
      const { family, rules, given, position } = this.#known.get(name)!
      const { span, doc } = rules[0].statement
      const part = (given && this.#besides(given, position)) ?? this.#beyond(name)
      family.whole.set(name, { node: ctx.define({ name, node, span, doc }), from, ...(part ? { part } : {}) })
    }
    return true
  }

  /** Where members whose length depends on the step end. */
  #beyond(name: string): Boxed['part'] {
    const { position } = this.#known.get(name)!
    const { node, from } = this.#locals.get(name)!
    const lengths = lengthsOf(node.shape, [this.#bound])
    if (lengths.every((e) => e === undefined)) return undefined
    const count = from.length + 1
    const part = beyond(lengths.slice(from.length), count)
    const names: (string | undefined)[] = from.map(() => undefined)
    names.splice(position, 0, this.#bound.name)
    return { names: [...names, ...part.names], missing: part.missing }
  }

  /** Where among all members there are none: corners between given ones. */
  #besides({ node, others, there }: Given, position: number): Boxed['part'] {
    if (there.every((ends) => !ends)) return undefined
    const { falls } = this.#recurring
    const { from, extent } = this.#bound
    const names = node.shape.slice(0, others.length + 1).map((_, axis) => `@${axis}`)
    const atLeast = (axis: number, end: Extent): Linear =>
      combine({ terms: new Map([[names[axis]!, 1]]), constant: 0 }, extentForm(end), -1)
    const atMost = (axis: number, end: Extent): Linear => negative(atLeast(axis, addExtents(end, 1)))
    const before = falls
      ? atLeast(position, addExtents(from, extent))
      : atMost(position, addExtents(from, -1))
    const missing = there.flatMap((ends, i) => {
      const axis = i < position ? i : i + 1
      if (!ends) return []
      return [
        [before, atMost(axis, addExtents(ends[0], -1))],
        [before, atLeast(axis, addExtents(ends[1], 1))],
      ]
    })
    return { names, missing }
  }

  /** Puts the recurrence together: each of its families as all its members, its index in its place. */
  #all(): ReadonlyMap<string, Local> | undefined {
    const ctx = this.#ctx
    const { graph } = ctx
    const { falls, families, index } = this.#recurring
    const { from, extent: length, symbol } = this.#bound
    const known = families.map((name) => this.#known.get(name)!)
    const mixed = known.find(({ name }) => this.#seesThroughSteps(this.#locals.get(name)!.node))
    if (mixed)
      return unsupported(ctx, mixed.rules[0], 'a derivative in its steps goes through the steps before')
    const bodies = known.flatMap(
      ({ name, rules: [{ statement }] }) =>
        withoutRagged(ctx, this.#env, this.#locals.get(name)!.node, [this.#bound], statement.span, true) ??
        [],
    )
    const fits = ({ rules }: Known, k: number): boolean =>
      small(ctx, TOP, [length, ...bodies[k]!.shape], rangeOf(rules[0], index).span)
    if (bodies.length < known.length || !known.every(fits)) return undefined
    const front = (node: Node, position: number): Node =>
      graph.transpose(node, [position, ...node.shape.map((_, i) => i).filter((i) => i !== position)])
    const parts = {
      index: symbol as SymbolNode,
      from,
      length,
      falls,
      axis: 0,
      families: known.map(({ name, given, position }) => ({
        name,
        given: given ? (given.node.shape[position] as number) : 0,
      })),
      reads: [...this.#reads.values()].map((r) => ({
        symbol: r.symbol,
        which: families.indexOf(r.name),
        back: r.back,
      })),
      histories: [...this.#histories].map(([name, symbol]) => ({ symbol, which: families.indexOf(name) })),
      takes: [],
      initial: known.map(({ given, position }) => given && front(given.node, position)),
      bodies,
    }
    const values = graph.scan(this.#indexed(ctx.batch === undefined ? parts : shared(graph, parts)))
    return new Map(
      known.map(({ name, position, given }, k) => {
        const node = values[k]!
        const order = node.shape.slice(1).map((_, i) => i + 1)
        order.splice(position, 0, 0)
        const local = this.#locals.get(name)!
        const count = given ? (given.node.shape[position] as number) : 0
        const froms = [...local.from]
        froms.splice(position, 0, falls ? from : addExtents(from, -count))
        return [name, { node: graph.transpose(node, order), from: froms }]
      }),
    )
  }

  /** Whether a derivative in a step is of members before it that depend on what it is taken by: a step sees these as symbols. */
  #seesThroughSteps(body: Node): boolean {
    const reads = new Map<Node, { readonly name: string; readonly back: number }>(
      [...this.#reads.values()].map((r) => [r.symbol, r]),
    )
    const depends = (name: string, on: string): boolean =>
      valuesInOrder([this.#locals.get(name)!.node]).includes(this.#locals.get(on)!.node)
    return valuesInOrder([body]).some((n) => {
      if (n.kind !== 'derivative') return false
      // Members of a recurrence around this one are what they are for reasons that no step of this one shows.
      if (this.#around.env !== TOP) return true
      const { of, by, held } = n
      const isEnd = (m: Node): boolean => m === by || held.includes(m)
      const seen = valuesInOrder([of], isEnd).filter((m) => reads.has(m) && !isEnd(m))
      const own = reads.get(by)
      // A value of the step itself comes after all members that it sees.
      if (!own) return seen.length > 0 && !valuesInOrder([by]).some((m) => reads.has(m))
      return seen.some((m) => {
        const { name, back } = reads.get(m)!
        return back < own.back || (back === own.back && depends(name, own.name))
      })
    })
  }

  /** With an index of its own, of which it is known where it runs. */
  #indexed<P extends ScanParts>(parts: P): P {
    const { graph } = this.#ctx
    const { from, length, index } = parts
    const own = graph.symbol(runningIndex(index.symbol.name, from, length)) as SymbolNode
    const by = new Map<Node, Node>([[index, own]])
    const bodies = replaced(graph, parts.bodies, by)
    // In the order in which the program wrote them.
    for (const n of valuesInOrder(parts.bodies)) {
      const operands = graph.written(n)
      if (operands) graph.noteWritten(replaced(graph, [n], by)[0]!, replaced(graph, operands, by))
    }
    return { ...parts, index: own, bodies }
  }
}

const symbolName = (node: Node): string => (node.kind === 'symbol' ? node.symbol.name : '')

function unsupported(ctx: Context, { statement }: Rule, reason: string, at?: Expression): undefined {
  return complain(ctx, TOP, 'recurrence-of-any-length', at?.span ?? statement.span, {
    name: statement.name.text,
    reason,
  })
}
