/**
 * Recurrences in recurrences, where one index takes few values: layers over time. For each of these values the members are a family of their own,
 * h[l, t] is h_1[t] and h_2[t], and what is left are recurrences along the other index, one after another. Members at the ends of a recurrence that no
 * step sees, a[0] of another width or a last layer of its own, are values by themselves.
 */
import type {
  EquationStatement,
  Expression,
  IndexExpression,
  IndexRange,
  NameExpression,
  OutputStatement,
  Range,
  Statement,
  Subscript,
} from '../syntax/tree.ts'
import { type Extent, addExtents, multiplyExtents, openExtent } from '../graph/extent.ts'
import { type FixedFamily, memberName } from '../graph/member.ts'
import { combine, constantForm } from './domain.ts'
import { fallsAsWritten, writtenForm } from './ranges.ts'
import type { Dims } from './kept.ts'
import { children, fold, subscripts } from './fold.ts'
import { rebuilt } from './rebuilt.ts'
import { type Rule, shiftOf, walk } from './plan.ts'

/** More families are not made of one. */
const MOST = 32

export interface Fixed {
  readonly statements: readonly Statement[]
  /** By the names of the families that are made: what they are of. */
  readonly families: ReadonlyMap<string, FixedFamily>
}

/** What cannot be said with fixed indices. */
class NotFixed extends Error {}
const not = (reason: string): never => {
  throw new NotFixed(reason)
}

type Values = ReadonlyMap<string, number>
const NO_VALUES: Values = new Map()
const NOWHERE: ReadonlyMap<number, number> = new Map()

/**
 * The statements with families of their own for the values of indices of few values in `nested`; undefined where there are none, or where somebody asks for
 * members at several of these values at once.
 */
export function withFixed(
  statements: readonly Statement[],
  nested: ReadonlySet<string>,
  dims: Dims,
): Fixed | undefined {
  try {
    return new Fixing(statements, nested, dims).made()
  } catch (error) {
    if (error instanceof NotFixed) return undefined
    throw error
  }
}

class Fixing {
  readonly #statements: readonly Statement[]
  readonly #dims: Dims
  /** By family, which of its indices are fixed. */
  readonly #positions = new Map<string, ReadonlySet<number>>()
  /** By family, its members that are values by themselves. */
  readonly #apart = new Map<string, readonly Expression[]>()
  readonly #made = new Map<string, FixedFamily>()
  readonly #asked = new Set<string>()
  readonly #names = new Set<string>()

  constructor(statements: readonly Statement[], nested: ReadonlySet<string>, dims: Dims) {
    this.#statements = statements
    this.#dims = dims
    const rules = new Map<string, Rule[]>()
    for (const rule of flat(statements)) {
      const name = rule.statement.name.text
      this.#names.add(name)
      const known = rules.get(name)
      if (known) known.push(rule)
      else rules.set(name, [rule])
    }
    for (const s of statements)
      if ('declarations' in s) for (const { name } of s.declarations) this.#names.add(name.text)
    const shifts = shiftsOf([...rules.values()].flat())
    for (const [name, own] of rules) {
      const found = this.#endsOf(own, shifts.get(name) ?? [])
      if (found.length > 0 && found.length <= MOST) this.#apart.set(name, found)
    }
    for (const name of nested) {
      const own = rules.get(name) ?? []
      const steps = (own[0]?.statement.indices ?? []).map((_, at) =>
        Math.max(...own.map((rule) => this.#steps(rule, at))),
      )
      // What runs on is the index of the most values.
      const longest = steps.indexOf(Math.max(...steps))
      const fixed = new Set(steps.keys())
      fixed.delete(longest)
      if (fixed.size > 0 && steps.every((n, at) => at === longest || n <= MOST))
        this.#positions.set(name, fixed)
    }
  }

  /** How many values a subscript on the left takes. */
  #steps({ statement, ranges }: Rule, at: number): number {
    const s = statement.indices[at]
    const range = s?.kind === 'name' ? ranges.find((r) => r.name.text === s.name) : undefined
    if (!range) return 1
    const steps = this.#dims.steps(range.range)
    return typeof steps === 'number' ? steps : Infinity
  }

  /** The members of a family by numbers that are further from its steps than these see. */
  #endsOf(own: readonly Rule[], shifts: readonly number[]): Expression[] {
    const running = own.filter(({ statement, ranges }) => {
      const [s] = statement.indices
      return (
        statement.indices.length === 1 && s!.kind === 'name' && ranges.some((r) => r.name.text === s.name)
      )
    })
    const [rule] = running
    if (running.length !== 1 || !rule || rule.ranges.length !== 1) return []
    const { range } = rule.ranges[0]!
    const [from, to] = fallsAsWritten(range) ? [range.to, range.from] : [range.from, range.to]
    const least = shifts.reduce((a, b) => Math.min(a, b), 0)
    const most = shifts.reduce((a, b) => Math.max(a, b), 0)
    return own.flatMap(({ statement, ranges }) => {
      const [s] = statement.indices
      if (ranges.length > 0 || statement.indices.length !== 1) return []
      const [below, above] = [this.#away(from, s!), this.#away(to, s!)]
      const isApart = (below !== undefined && below < least) || (above !== undefined && above > most)
      return isApart ? [s!] : []
    })
  }

  /** How much an index is larger than another one, as far as that is known. */
  #away(from: Expression, to: Expression): number | undefined {
    const [a, b] = [this.#dims.value(from), this.#dims.value(to)]
    if (typeof a === 'number' && typeof b === 'number') return b - a
    const forms = [writtenForm(from), writtenForm(to)] as const
    const difference = forms[0] && forms[1] && combine(forms[1], forms[0], -1)
    return difference && [...difference.terms.values()].every((c) => c === 0)
      ? difference.constant
      : undefined
  }

  /** What a member that is a value by itself is called: a[0]. */
  #apartName(family: string, indices: readonly Subscript[]): string | undefined {
    const [s] = indices
    if (!s || s.kind === 'part' || indices.length !== 1) return undefined
    const own = this.#apart.get(family)?.find((index) => this.#away(index, s) === 0)
    if (!own) return undefined
    const value = this.#dims.value(own)
    const form =
      typeof value === 'number' ? constantForm(value) : (writtenForm(own) ?? not('no simple index'))
    let at: Extent = form.constant
    for (const [dim, times] of form.terms) {
      const known = this.#dims.value({ kind: 'name', name: dim, span: own.span })
      at = addExtents(at, multiplyExtents(times, typeof known === 'number' ? known : openExtent(dim)))
    }
    return memberName(family, [at])
  }

  made(): Fixed | undefined {
    if (this.#positions.size === 0 && this.#apart.size === 0) return undefined
    const statements = this.#statements.flatMap((s) => this.#statement(s))
    for (const name of this.#asked) if (!this.#made.has(name)) not(`${name} is not defined`)
    return { statements, families: this.#made }
  }

  #statement(s: Statement): readonly Statement[] {
    const value = (e: Expression): Expression => this.#tree(e, NO_VALUES)
    switch (s.kind) {
      case 'for':
        return flat([s]).flatMap((rule) => this.#equations(rule))
      case 'equation':
        if (s.indices.length === 0) return [{ ...s, value: value(s.value) }]
        return this.#equations({ statement: s, ranges: s.ranges })
      case 'loss':
        return [{ ...s, value: value(s.value) }]
      case 'claim':
        return [{ ...s, left: value(s.left), right: value(s.right) }]
      case 'output':
        return [{ ...s, outputs: s.outputs.map(value) as unknown as OutputStatement['outputs'] }]
      default:
        return [s]
    }
  }

  /** An equation for each of the values that its indices have in fixed places. */
  #equations({ statement, ranges }: Rule): EquationStatement[] {
    const name = statement.name.text
    const text = ranges.length === 0 ? this.#apartName(name, statement.indices) : undefined
    if (text !== undefined) {
      this.#made.set(text, { family: name, at: NOWHERE })
      const value = this.#tree(statement.value, NO_VALUES)
      return [{ ...statement, name: { ...statement.name, text }, indices: [], value }]
    }
    const fixed = this.#positions.get(name)
    const indices = new Set(
      statement.indices.flatMap((s, at) => (fixed?.has(at) && s.kind === 'name' ? [s.name] : [])),
    )
    let all: Values[] = [NO_VALUES]
    for (const range of ranges) {
      if (!indices.has(range.name.text)) continue
      all = all.flatMap((values) =>
        this.#run(range.range, values).map((at) => new Map([...values, [range.name.text, at]])),
      )
      if (all.length > MOST) return not('too many')
    }
    return all.map((values) => {
      const tree = (e: Expression): Expression => this.#tree(e, values)
      const own = ranges
        .filter((r) => !values.has(r.name.text))
        .map((r) => ({ ...r, range: { ...r.range, from: tree(r.range.from), to: tree(r.range.to) } }))
      const made = { ...statement, ranges: own, value: tree(statement.value) }
      if (!fixed) return { ...made, indices: statement.indices.map(tree) }
      const text = this.#nameOf(name, statement.indices, fixed, values)
      const numbers = [...fixed].map((at) => [at, this.#number(statement.indices[at]!, values)] as const)
      this.#made.set(text, { family: name, at: new Map(numbers) })
      const rest = statement.indices.filter((_, at) => !fixed.has(at)).map(tree)
      return { ...made, name: { ...statement.name, text }, indices: rest }
    })
  }

  #run(range: Range, values: Values): number[] {
    const ends = [range.from, range.to].map((e) => this.#number(e, values))
    const [from, to] = fallsAsWritten(range) ? [ends[1]!, ends[0]!] : [ends[0]!, ends[1]!]
    if (to - from >= MOST) return not('too many')
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  }

  #number(e: Subscript, values: Values): number {
    const found = e.kind === 'part' ? undefined : this.#dims.value(this.#tree(e, values))
    return typeof found === 'number' && Number.isInteger(found) ? found : not('no known index')
  }

  /** `h_2`, or what is like it and is no name of the program. */
  #nameOf(family: string, indices: readonly Subscript[], fixed: ReadonlySet<number>, values: Values): string {
    const numbers = indices.flatMap((s, at) => (fixed.has(at) ? [this.#number(s, values)] : []))
    let name = `${family}_${numbers.map((n) => String(n).replace('-', 'm')).join('_')}`
    while (this.#names.has(name)) name += '_'
    return name
  }

  /** An expression with numbers in the places of indices, and families of their own in those of members. */
  #tree(root: Expression, values: Values): Expression {
    const parts = (t: Expression): readonly Expression[] => {
      if (t.kind === 'reduction' && t.ranges.some((r) => values.has(r.name.text)))
        return not('an index is bound twice')
      // Of a member that gets a name of its own only what stands in its brackets.
      return t.kind === 'index' && this.#isOurs(t.object) ? subscripts(t) : children(t)
    }
    return fold<Expression>(root, parts, (t, made) => {
      if (t.kind === 'name') return this.#name(t, values)
      if (t.kind !== 'index' || !this.#isOurs(t.object)) return rebuilt(t, made)
      return this.#member(t, rebuilt(t, [t.object, ...made]) as IndexExpression, values)
    })
  }

  /** Whether a name is that of families of which members get names. */
  #isOurs = (object: Expression): boolean =>
    object.kind === 'name' && (this.#positions.has(object.name) || this.#apart.has(object.name))

  #name(e: NameExpression, values: Values): Expression {
    if (this.#isOurs(e)) return not('all members at once')
    const value = values.get(e.name)
    if (value === undefined) return e
    const number: Expression = { kind: 'number', text: String(Math.abs(value)), span: e.span }
    return value < 0 ? { kind: 'negate', operand: number, span: e.span } : number
  }

  /** `made` is the same with its subscripts as they become. */
  #member(e: IndexExpression, made: IndexExpression, values: Values): Expression {
    const object = e.object as NameExpression
    const fixed = this.#positions.get(object.name)
    if (!fixed) {
      const name = this.#apartName(object.name, made.indices.slice(0, 1))
      return name === undefined ? made : this.#named(made, object, name, made.indices.slice(1))
    }
    if (e.last || [...fixed].some((at) => at >= e.indices.length)) return not('all members at once')
    const name = this.#nameOf(object.name, e.indices, fixed, values)
    return this.#named(
      made,
      object,
      name,
      made.indices.filter((_, at) => !fixed.has(at)),
    )
  }

  #named(e: IndexExpression, object: NameExpression, name: string, rest: readonly Subscript[]): Expression {
    this.#asked.add(name)
    const own = { ...object, name }
    return rest.length === 0 ? own : { ...e, object: own, indices: rest }
  }
}

/** By family, how far from their own index equations see its members. */
function shiftsOf(rules: readonly Rule[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const { statement, ranges } of rules)
    for (const t of walk(statement.value)) {
      if (t.kind !== 'index' || t.object.kind !== 'name') continue
      const [s] = t.indices
      if (!s || s.kind === 'part') continue
      const own = ranges.flatMap((r) => shiftOf(s, r.name.text) ?? [])
      const known = found.get(t.object.name)
      if (known) known.push(...own)
      else found.set(t.object.name, own)
    }
  return found
}

/** The equations of families, with all indices around them. */
function flat(statements: readonly Statement[], around: readonly IndexRange[] = []): Rule[] {
  return statements.flatMap((s): Rule[] => {
    if (s.kind === 'for') return flat(s.body, [...around, ...s.ranges])
    if (s.kind !== 'equation') return []
    if (s.indices.length === 0 && around.length > 0) return not('no member')
    return s.indices.length === 0 ? [] : [{ statement: s, ranges: [...around, ...s.ranges] }]
  })
}
