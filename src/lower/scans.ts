/**
 * Recurrences as they stand: each equation is read once, for a general value of the index, with members of earlier steps as symbols, and
 * all members of its families are one value of the graph.
 */
import { Diagnostics } from '../base/diagnostics.ts'
import { type Extent, type Shape, addExtents, openExtent, sameShape } from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import type { EquationNode, Node, SymbolNode } from '../graph/node.ts'
import { type ScanParts, completed, lastOf, runningIndex } from '../graph/scan.ts'
import { replaced, valuesInOrder } from '../graph/traverse.ts'
import type { Expression, IndexExpression, IndexRange } from '../syntax/tree.ts'
import { joined } from './boxes.ts'
import { type Context, type Env, TOP, complain } from './context.ts'
import { type Bound, linearOf } from './domain.ts'
import type { Boxed, Family, Piece } from './families.ts'
import { bind, staysInside } from './indices.ts'
import { type Turns, box, checked, markBroken } from './members.ts'
import type { Recurring, Rule } from './plan.ts'
import { subscripted } from './subscripts.ts'
import { small, texts } from './shapes.ts'

/** Evaluates the families of a recurrence; what is wrong is reported, and then they are broken. */
export function recurrence(ctx: Context, turns: Turns, recurring: Recurring): void {
  const steps = Steps.of(ctx, turns, recurring)
  if (steps?.evaluate()) return
  for (const name of recurring.families) {
    markBroken(ctx, name)
    if (recurring.isKnown) ctx.refused.add(name)
  }
}

/** What is known of a family before its step is. */
interface Known {
  readonly name: string
  readonly family: Family<Node>
  /** Which of its indices runs. */
  readonly position: number
  readonly rule: Rule
  /** The members that are given, with an axis for each index. */
  readonly given: Boxed | undefined
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
  readonly #told: Context
  readonly #recurring: Recurring
  readonly #env: Env
  readonly #bound: Bound
  readonly #known = new Map<string, Known>()
  readonly #locals = new Map<string, Local>()
  readonly #reads = new Map<string, { symbol: SymbolNode; name: string; back: number }>()
  /** Shapes of members of which none is given, and the families that were asked for one before it was known. */
  readonly #guesses = new Map<string, Shape>()
  readonly #guessed = new Set<string>()
  #round = 0

  private constructor(ctx: Context, recurring: Recurring, env: Env, bound: Bound) {
    this.#ctx = ctx
    this.#told = ctx
    this.#recurring = recurring
    this.#env = env
    this.#bound = bound
  }

  /** Undefined where the range of the index, or a given member, is wrong, which is reported. */
  static of(ctx: Context, turns: Turns, recurring: Recurring): Steps | undefined {
    const { index, families, positions } = recurring
    let steps: Steps | undefined
    const given = new Map<string, Piece[]>()
    const own = new Map<string, Rule>()
    for (const name of families) {
      const pieces: Piece[] = []
      for (const rule of ctx.plan.rules.get(name)!) {
        const { statement } = rule
        if (!checked(ctx, TOP, { ...statement, ranges: rule.ranges }, turns).ok) return undefined
        const s = statement.indices[positions.get(name)!]
        if (s?.kind === 'name' && s.name === index) {
          if (own.has(name)) return unsupported(ctx, rule, 'several equations define its members')
          own.set(name, rule)
          continue
        }
        const { value, indices, span, doc } = statement
        const found = box(ctx, TOP, {
          name,
          span,
          value,
          ranges: rule.ranges,
          indices: indices as Expression[],
        })
        if (!found) return undefined
        pieces.push({ ...found, span, doc })
      }
      given.set(name, pieces)
    }
    for (const [name, rule] of own) {
      const range = rule.ranges.find((r) => r.name.text === index)!
      const opened = bind(ctx, TOP, range)
      if (!opened) return undefined
      const { bound, env } = opened
      if (bound.conditions.length > 0) return unsupported(ctx, rule, 'its range depends on another index')
      steps ??= new Steps(ctx, recurring, env, bound)
      if (bound.from !== steps.#bound.from || bound.extent !== steps.#bound.extent)
        return unsupported(ctx, rule, `${families.join(' and ')} run over different ranges`)
      if (!steps.#knows(name, rule, given.get(name)!)) return undefined
    }
    return steps
  }

  /** Whether the given members stand where the steps begin; reports where not. */
  #knows(name: string, rule: Rule, pieces: readonly Piece[]): boolean {
    const ctx = this.#ctx
    const meaning = ctx.scope.meaning(name)
    if (meaning?.kind !== 'values') return false
    const { positions, falls } = this.#recurring
    const position = positions.get(name)!
    const given = pieces.length === 0 ? undefined : joined(ctx, name, pieces)
    if (pieces.length > 0 && !given) return false
    this.#known.set(name, { name, family: meaning.family, position, rule, given })
    if (!given) return true
    const { from, extent } = this.#bound
    const count = given.node.shape[position]!
    const first = falls ? addExtents(from, extent) : addExtents(from, addExtents(0, count, -1))
    if (typeof count !== 'number' || given.part || given.from[position] !== first) {
      complain(ctx, TOP, 'family-with-gaps', rule.statement.span, { name })
      return false
    }
    return true
  }

  #rangeOf({ ranges }: Rule): IndexRange {
    return ranges.find((r) => r.name.text === this.#recurring.index)!
  }

  /** Whether a name is that of a family of this recurrence. */
  has(name: string): boolean {
    return this.#known.has(name)
  }

  evaluate(): boolean {
    const isSettled = this.#shaped()
    if (!isSettled && !this.#formulas(this.#told)) return false
    this.#ctx = this.#told
    return this.#define()
  }

  /**
   * Members that are read before their formula is, and of which none is given, are taken for scalars (along the other indices); where the
   * formula then has another shape, for that. True where all formulas are read and nothing is to be said of them.
   */
  #shaped(): boolean {
    for (let round = 0; round < MOST_GUESSES; round++) {
      this.#guessed.clear()
      this.#round = round
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

  /** Reads the formulas of all families; false where something is wrong in one. */
  #formulas(ctx: Context): boolean {
    this.#ctx = ctx
    this.#locals.clear()
    this.#reads.clear()
    ctx.scans.push(this)
    try {
      return this.#recurring.families.every((name) => this.#local(name) !== undefined)
    } finally {
      ctx.scans.pop()
    }
  }

  /** The value of a family at the step at hand. */
  #local(name: string): Local | undefined {
    const known = this.#known.get(name)!
    const found = this.#locals.get(name)
    if (found) return found
    const ctx = this.#ctx
    const { statement, ranges } = known.rule
    const { value, span, indices } = statement
    const { index } = this.#recurring
    const boxed = box(ctx, this.#env, {
      name,
      span,
      value,
      ranges: ranges.filter((r) => r.name.text !== index),
      indices: indices.filter((_, i) => i !== known.position) as Expression[],
    })
    if (!boxed) return undefined
    if (boxed.part) return unsupported(ctx, known.rule, 'its members fill no box')
    const { given } = known
    const shape = this.#shape(name)
    if (shape && !sameShape(shape, boxed.node.shape))
      return complain(ctx, TOP, 'member-shape', span, {
        member: `${name}[${index}]`,
        found: texts(boxed.node.shape),
        assumed: texts(shape),
      })
    if (
      given &&
      given.from.some((f, i) => i !== known.position && f !== boxed.from[i < known.position ? i : i - 1])
    )
      return complain(ctx, TOP, 'family-with-gaps', span, { name })
    const member = memberName(name, [openExtent(index)])
    const local = { node: ctx.graph.equation(member, boxed.node), from: boxed.from }
    this.#locals.set(name, local)
    return local
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
    const at = s && s.kind !== 'part' ? ctx.evaluate(ctx, env, s) : undefined
    if (s && s.kind !== 'part' && !at) return undefined
    const linear = at && linearOf(at)
    const isOwn = linear?.terms.size === 1 && linear.terms.get(symbolName(symbol)) === 1
    const away = linear?.constant ?? NaN
    if (!linear || !isOwn || !Number.isInteger(away) || (falls ? away < 0 : away > 0))
      return unsupported(
        ctx,
        known.rule,
        `it needs ${name}[…] at another index than ${index} ${falls ? 'plus' : 'minus'} a number`,
        tree,
      )
    const others = tree.indices.filter((_, i) => i !== known.position)
    let local: Local | undefined
    if (away === 0) local = this.#local(name)
    else {
      const count = (known.given?.node.shape[known.position] as number | undefined) ?? 0
      const last = lastOf({ from, length: extent })
      const ends = falls ? [from, addExtents(last, count)] : [addExtents(from, -count), last]
      const what = { name, span: (s as Expression).span, at: linear }
      if (!staysInside(ctx, env, what, ends[0]!, ends[1]!)) return undefined
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

  /** Where the other indices of a family begin, and how far they run. */
  #others({ statement, ranges }: Rule): { from: readonly Extent[]; extents: readonly Extent[] } | undefined {
    const { index } = this.#recurring
    let env = this.#env
    const bounds = new Map<string, Bound>()
    for (const range of ranges.filter((r) => r.name.text !== index)) {
      const opened = bind(this.#ctx, env, range)
      if (!opened) return undefined
      env = opened.env
      bounds.set(range.name.text, opened.bound)
    }
    const own = statement.indices.flatMap((s) => (s.kind === 'name' ? (bounds.get(s.name) ?? []) : []))
    return { from: own.map((b) => b.from), extents: own.map((b) => b.extent) }
  }

  /** A member of an earlier step. */
  #before(name: string, back: number): Local | undefined {
    const ctx = this.#ctx
    const { given, position, rule } = this.#known.get(name)!
    const known = this.#shape(name)
    const others = given ? undefined : this.#others(rule)
    if (!given && !others) return undefined
    if (!known && !this.#guesses.has(name)) this.#guesses.set(name, others!.extents)
    if (!known) this.#guessed.add(name)
    const shape = known ?? this.#guesses.get(name)!
    const from = given ? given.from.filter((_, i) => i !== position) : others!.from
    const key = `${name}:${back}`
    let read = this.#reads.get(key)
    if (!read) {
      const { index, falls } = this.#recurring
      const at = addExtents(openExtent(index), falls ? back : -back)
      const symbol = ctx.graph.symbol({
        name: memberName(name, [at]) + (this.#round === 0 ? '' : ` ${this.#round}`),
        role: 'member',
        shape,
        assumptions: new Set(),
        member: { family: name, indices: [at] },
        samples: ctx.batch,
      }) as SymbolNode
      this.#reads.set(key, (read = { symbol, name, back }))
    }
    return { node: read.symbol, from }
  }

  /** Puts the recurrence together, and gives its families their values. */
  #define(): boolean {
    const ctx = this.#ctx
    const { graph } = ctx
    const { falls, families } = this.#recurring
    const { from, extent: length, symbol } = this.#bound
    const known = families.map((name) => this.#known.get(name)!)
    const derivative = known.find(({ name }) =>
      valuesInOrder([this.#locals.get(name)!.node]).some((n) => n.kind === 'derivative'),
    )
    if (derivative) return unsupported(ctx, derivative.rule, 'its steps take derivatives') ?? false
    const fits = ({ name, rule }: Known): boolean =>
      small(ctx, TOP, [length, ...this.#locals.get(name)!.node.shape], this.#rangeOf(rule).span)
    if (!known.every(fits)) return false
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
      takes: [],
      initial: known.map(({ given, position }) => given && front(given.node, position)),
      bodies: families.map((name) => this.#locals.get(name)!.node),
    }
    const values = graph.scan(this.#indexed(ctx.batch === undefined ? parts : this.#shared(parts)))
    known.forEach(({ name, family, position, rule, given }, k) => {
      const node = values[k]!
      const order = node.shape.slice(1).map((_, i) => i + 1)
      order.splice(position, 0, 0)
      const { span, doc } = rule.statement
      const local = this.#locals.get(name)!
      const first = falls || !given ? from : given.from[position]!
      const froms = [...local.from.slice(0, position), first, ...local.from.slice(position)]
      family.whole.set(name, {
        node: ctx.define({ name, node: graph.transpose(node, order), span, doc }),
        from: froms,
      })
    })
    return true
  }

  /** With an index of its own, of which it is known where it runs. */
  #indexed<P extends ScanParts>(parts: P): P {
    const { graph } = this.#ctx
    const { from, length, index } = parts
    const own = graph.symbol(runningIndex(index.symbol.name, from, length)) as SymbolNode
    const bodies = replaced(graph, parts.bodies, new Map([[index, own]]))
    return { ...parts, index: own, bodies }
  }

  /** What is the same for all samples of a batch has no samples. */
  #shared<P extends ScanParts>(parts: P): P {
    const { graph } = this.#ctx
    if (completed(parts).outside.some((n) => n.samples !== undefined)) return parts
    const own = parts.reads.map(({ symbol }) => {
      const { samples: _, ...rest } = symbol.symbol
      return graph.symbol({ ...rest, name: `${rest.name} shared` }) as SymbolNode
    })
    const images = new Map<Node, Node>(parts.reads.map((r, k) => [r.symbol, own[k]!]))
    return {
      ...parts,
      reads: parts.reads.map((r, k) => ({ ...r, symbol: own[k]! })),
      bodies: replaced(graph, parts.bodies, images) as EquationNode[],
    }
  }
}

const symbolName = (node: Node): string => (node.kind === 'symbol' ? node.symbol.name : '')

function unsupported(ctx: Context, { statement }: Rule, reason: string, at?: Expression): undefined {
  return complain(ctx, TOP, 'recurrence-of-any-length', at?.span ?? statement.span, {
    name: statement.name.text,
    reason,
  })
}
