/**
 * Which indices of families of equations become axes of one tensor, and which are run through one by one. One by one go those by which
 * a family needs its own other members (a recurrence), or picks members of what is not one tensor; all others are axes.
 *
 * In a circle of families an index is looked for along which every need points one way (Karp, Miller, Winograd: The organization of
 * computations for uniform recurrence equations, 1967); what needs the same value of it is then looked at alone.
 */
import { components } from '../base/components.ts'
import type {
  CallExpression,
  EquationStatement,
  Expression,
  IndexExpression,
  IndexRange,
  Statement,
} from '../syntax/tree.ts'
import { children, subscripts } from './fold.ts'
import { type IndexBound, boundsOf, sideOf } from './sides.ts'

/** An equation of a family, with all indices around it and behind it. */
export interface Rule {
  readonly statement: EquationStatement
  readonly ranges: readonly IndexRange[]
}

/** Families that need one another at other values of one index alone, and can be computed step by step for a general value of it. */
export interface Recurring {
  readonly index: string
  readonly families: readonly string[]
  /** Which of the indices of each family it is. */
  readonly positions: ReadonlyMap<string, number>
  /** From its last value to its first one. */
  readonly falls: boolean
  /** Whether its length is known: then it can be written out. */
  readonly isKnown: boolean
  /** Recurrences within one step, along further indices: each row of a grid is one. */
  readonly inner: readonly Recurring[]
}

/** Which recurrences stay as they are: those over these ranges, of what families of data are tensors. */
export interface Recurrences {
  readonly isKept: (range: IndexRange) => boolean
  readonly isOpen: (range: IndexRange) => boolean
  /** Families that are written out all the same. */
  readonly written: ReadonlySet<string>
  readonly tensors: ReadonlySet<string>
}

export class Plan {
  readonly rules: ReadonlyMap<string, readonly Rule[]>
  readonly #kept: Recurrences | undefined
  readonly #recurring = new Map<string, Recurring>()
  /** Families of recurrences along an index that is kept, which another index of theirs prevents. */
  readonly nested = new Set<string>()
  /** The positions of families of equations that are run through one by one. */
  readonly #stepped = new Map<string, Set<number>>()
  /** Families of data and extents: each member is a thing of its own. */
  readonly #given: ReadonlySet<string>
  readonly #functions: ReadonlySet<string>
  /** Indices that recurrences run through from the last on, by the families that need later members. */
  readonly #falling = new Map<string, Set<string>>()

  /** `families`: those from outside, of arguments. */
  constructor(statements: readonly Statement[], families: Iterable<string> = [], kept?: Recurrences) {
    // Where recurrences are kept, claims are read of general members, and need no others.
    const computed = kept ? statements.filter(({ kind }) => kind !== 'claim') : statements
    const { rules, given, wholes, outputs, functions, moved } = gathered(computed)
    for (const name of families) given.add(name)
    for (const name of kept?.tensors ?? []) given.delete(name)
    this.#kept = kept
    this.#functions = functions
    this.rules = rules
    this.#given = given
    for (const name of rules.keys()) this.#stepped.set(name, new Set())
    for (const name of wholes) if (rules.has(name)) this.#stepAll(name)
    for (const [name, list] of rules) this.#stepOddSubscripts(name, list)
    const edges = new Map(
      [...rules].map(([name, list]) => [name, list.flatMap((rule) => needsOf(rule, rules))]),
    )
    const recurrent = new Set(circlesOf([...rules.keys()], new Set(), edges).flatMap(({ names }) => names))
    const own = moved.filter(
      ({ name, isHeld }) => rules.has(name) && (isHeld || recurrent.has(name)) && !this.#isOpen(name),
    )
    for (const { name, by } of own) if (by === undefined || !areTogether(name, by, edges)) this.#stepAll(name)
    this.#stepRecurrences(edges)
    for (const { name } of own) if (!this.#recurring.has(name)) this.#stepAll(name)
    for (const name of outputs)
      if (rules.has(name) && !this.#recurring.has(name) && !this.#isOpen(name)) this.#stepAll(name)
    do while (this.#spread());
    while (this.#stepOdd())
  }

  /** Families of data that are one tensor each. */
  get tensors(): ReadonlySet<string> {
    return this.#kept?.tensors ?? NO_NAMES
  }

  /** Whether a recurrence is computed for a general value of its index. */
  get recurs(): boolean {
    return this.#recurring.size > 0
  }

  /** The names in equations of recurrences that are computed for a general value of their index. */
  get namesInSteps(): ReadonlySet<string> {
    const names = new Set<string>()
    for (const family of this.#recurring.keys())
      for (const { statement } of this.rules.get(family)!)
        for (const t of walk(statement.value)) if (t.kind === 'name') names.add(t.name)
    return names
  }

  /** The recurrence that a family is part of, where it is computed for a general value of its index. */
  recurring(name: string): Recurring | undefined {
    return this.#recurring.get(name)
  }

  /** Steps through recurrences some index of which is stepped through for other reasons; true where there are such. */
  #stepOdd(): boolean {
    for (const recurring of this.#recurring.values()) {
      const { families } = recurring
      if (families.every((name) => this.#stepped.get(name)!.size === 0)) continue
      for (const name of families) {
        this.nested.add(name)
        this.#recurring.delete(name)
      }
      const work = [recurring]
      for (let r = work.pop(); r; r = work.pop()) {
        for (const [name, position] of r.positions) this.#stepped.get(name)!.add(position)
        work.push(...r.inner)
      }
      return true
    }
    return false
  }

  /** Whether a position of a family is an axis of its tensor. */
  isAxis(name: string, position: number): boolean {
    return this.rules.has(name) && !this.#stepped.get(name)!.has(position)
  }

  /** The indices of a rule that are axes. */
  axesOf({ statement }: Rule): ReadonlySet<string> {
    const names = new Set<string>()
    statement.indices.forEach((s, position) => {
      if (s.kind === 'name' && this.isAxis(statement.name.text, position)) names.add(s.name)
    })
    return names
  }

  /** An equation all of whose indices are axes. */
  isMap({ name, indices }: EquationStatement): boolean {
    return indices.length > 0 && indices.every((_, position) => this.isAxis(name.text, position))
  }

  /** The names in a tree that pick members of what is no tensor. */
  picking(tree: Expression): ReadonlySet<string> {
    const names = new Set<string>()
    for (const t of walk(tree)) {
      // A function of the program may ask for as many of something as an argument says.
      if (t.kind === 'call' && this.#functions.has(t.callee.text))
        for (const arg of t.args)
          if (isSum(arg)) for (const u of walk(arg)) if (u.kind === 'name') names.add(u.name)
      if (t.kind !== 'index' || t.object.kind !== 'name') continue
      const { name } = t.object
      if (!this.#given.has(name) && !this.rules.has(name)) continue
      t.indices.forEach((s, position) => {
        if (s.kind === 'part' || this.isAxis(name, position)) return
        for (const u of walk(s)) if (u.kind === 'name') names.add(u.name)
      })
    }
    return names
  }

  #fallingOf(name: string): Set<string> {
    let names = this.#falling.get(name)
    if (!names) this.#falling.set(name, (names = new Set()))
    return names
  }

  /** Whether a family needs members at larger values of an index. */
  falls(name: string, index: string): boolean {
    return this.#falling.get(name)?.has(index) ?? false
  }

  /** Whether there are any number of members of a family: nobody can write them out. */
  #isOpen(name: string): boolean {
    const ranges = this.rules.get(name)!.flatMap((rule) => rule.ranges)
    return this.#kept !== undefined && ranges.some(this.#kept.isOpen)
  }

  #stepAll(name: string): void {
    const [rule] = this.rules.get(name) ?? []
    rule?.statement.indices.forEach((_, position) => this.#stepped.get(name)!.add(position))
  }

  /** On the left an axis is an index of its own; and what depends on it is no axis of another length for each of its values. */
  #stepOddSubscripts(name: string, rules: readonly Rule[]): void {
    const stepped = this.#stepped.get(name)!
    rules[0]!.statement.indices.forEach((_, position) => {
      const isIndex = ({ statement: { indices }, ranges }: Rule): boolean => {
        const s = indices[position]
        return s?.kind === 'name' && ranges.some((r) => r.name.text === s.name)
      }
      if (!rules.some(isIndex)) stepped.add(position)
    })
    for (const { statement, ranges } of rules) {
      const own = new Set(ranges.map((r) => r.name.text))
      statement.indices.forEach((s, position) => {
        const isIndex = s.kind === 'name' && own.has(s.name)
        const twice =
          isIndex &&
          statement.indices.some((o, k) => k !== position && o.kind === 'name' && o.name === s.name)
        const constant = !isIndex && [...walk(s)].every((t) => t.kind !== 'name' || !own.has(t.name))
        if (twice || (!isIndex && !constant)) stepped.add(position)
      })
    }
  }

  #stepRecurrences(edges: ReadonlyMap<string, readonly Need[]>): void {
    const settle = (names: readonly string[], skipped: ReadonlySet<Need>): void => {
      for (const { names: circle, needs } of circlesOf(names, skipped, edges)) {
        const found = this.#sequential(circle, needs)
        if (!found) {
          circle.forEach((n) => this.#stepAll(n))
          continue
        }
        const rest = new Set([...skipped, ...found.earlier])
        const recurring = this.#isKept(circle, found.index)
          ? this.#recurringOf(circle, found, rest, edges)
          : undefined
        if (recurring) {
          for (const name of circle) this.#recurring.set(name, recurring)
          continue
        }
        for (const [name, position] of found.positions) this.#stepped.get(name)!.add(position)
        settle(circle, rest)
      }
    }
    settle([...this.rules.keys()], new Set())
  }

  /** Whether a circle is to be computed for a general value of an index: over ranges of which that is wanted. */
  #isKept(circle: readonly string[], index: string): boolean {
    if (!this.#kept || circle.some((name) => this.#kept!.written.has(name))) return false
    const { isKept } = this.#kept
    const rules = circle.flatMap((name) => this.rules.get(name)!)
    const ranges = rules.flatMap((rule) => rule.ranges.filter((r) => r.name.text === index))
    // The axes of its values come before their indices.
    return ranges.length > 0 && ranges.every(isKept) && !rules.some(({ statement }) => statement.last)
  }

  /** A circle along an index, with those that are left in one step of it; undefined where there is no order in a step. */
  #recurringOf(
    circle: readonly string[],
    { index, positions }: Sequence,
    skipped: ReadonlySet<Need>,
    edges: ReadonlyMap<string, readonly Need[]>,
  ): Recurring | undefined {
    const inner: Recurring[] = []
    for (const { names, needs } of circlesOf(circle, skipped, edges)) {
      for (const name of names) this.nested.add(name)
      const found = this.#sequential(names, needs)
      const recurring =
        found && this.#recurringOf(names, found, new Set([...skipped, ...found.earlier]), edges)
      if (!recurring) return undefined
      inner.push(recurring)
    }
    const falls = circle.every((name) => this.falls(name, index))
    const ranges = circle.flatMap((name) => this.rules.get(name)!.flatMap((rule) => rule.ranges))
    const isKnown =
      !ranges.some((r) => r.name.text === index && this.#kept!.isOpen(r)) && inner.every((r) => r.isKnown)
    return { index, families: circle, positions, falls, isKnown, inner }
  }

  /** An index, by its name, along which all needs in a circle are of the same value or all of one side: one that is kept, where there is one. */
  #sequential(circle: readonly string[], needs: readonly Need[]): Sequence | undefined {
    const candidates = [...new Set(needs.flatMap((n) => n.rule.ranges.map((r) => r.name.text)))]
    const kept = candidates.filter((index) => this.#isKept(circle, index))
    for (const index of [...kept, ...candidates.filter((c) => !kept.includes(c))]) {
      const positions = new Map<string, number>()
      for (const name of circle)
        for (const { statement } of this.rules.get(name)!) {
          const at = statement.indices.findIndex((s) => s.kind === 'name' && s.name === index)
          if (at >= 0 && !positions.has(name)) positions.set(name, at)
        }
      if (positions.size < circle.length) continue
      const distances = needs.map((n) => {
        const s = n.tree.indices[positions.get(n.to)!]
        const own = n.rule.statement.indices[positions.get(n.from)!]
        if (!s || own?.kind !== 'name' || own.name !== index) return undefined
        if (s.kind !== 'part')
          return shiftOf(s, index) ?? (this.#kept ? sideOf(s, index, n.bounds) : undefined)
        // All of it is on one side.
        const { from, to } = s.range ?? {}
        if (!from || !to || !this.#kept) return undefined
        return sideOf(to, index, n.bounds) === -1 ? -1 : sideOf(from, index, n.bounds) === 1 ? 1 : undefined
      })
      if (distances.some((d) => d === undefined)) continue
      const earlier = needs.filter((_, i) => distances[i] !== 0)
      const signs = new Set(distances.filter((d) => d !== 0).map((d) => Math.sign(d!)))
      if (signs.size !== 1) continue
      if (signs.has(1)) for (const name of circle) this.#fallingOf(name).add(index)
      return { index, positions, earlier }
    }
    return undefined
  }

  /** Indices that pick members of what is run through are run through; true while something changes. */
  #spread(): boolean {
    let changed = false
    for (const [name, rules] of this.rules)
      for (const rule of rules) {
        const { statement, ranges } = rule
        const picking = new Set(this.picking(statement.value))
        for (const r of ranges)
          for (const end of [r.range.from, r.range.to]) for (const n of this.picking(end)) picking.add(n)
        for (const n of this.#ragged(statement.value)) if (!this.#isLong(n, ranges)) picking.add(n)
        // A range that depends on what is an axis is part of a box; one that is run through may depend on what is run through alone.
        const axes = this.axesOf(rule)
        for (const r of ranges) {
          if (axes.has(r.name.text) && !picking.has(r.name.text)) continue
          for (const end of [r.range.from, r.range.to])
            for (const t of walk(end)) if (t.kind === 'name' && axes.has(t.name)) picking.add(t.name)
        }
        statement.indices.forEach((s, position) => {
          if (s.kind !== 'name' || !picking.has(s.name) || !this.isAxis(name, position)) return
          this.#stepped.get(name)!.add(position)
          changed = true
        })
      }
    return changed
  }

  /** Whether an index takes any number of values, or many: what has a length for each of them is as long as it can be then. */
  #isLong(index: string, ranges: readonly IndexRange[]): boolean {
    const own = ranges.find((r) => r.name.text === index)
    return own !== undefined && (this.#kept?.isKept(own) ?? false)
  }

  /** Rows of a triangle, and prefixes, have a length for each index: whoever asks for them runs through it. */
  *#ragged(tree: Expression): Generator<string> {
    for (const t of walk(tree)) {
      if (t.kind !== 'index') continue
      for (const s of t.indices)
        if (s.kind === 'part' && s.range && !sameShift(s.range.from, s.range.to))
          for (const end of [s.range.from, s.range.to])
            for (const u of walk(end)) if (u.kind === 'name') yield u.name
      const name = t.object.kind === 'name' ? t.object.name : undefined
      const rules = name === undefined ? undefined : this.rules.get(name)
      if (!rules) continue
      for (const { statement, ranges } of rules)
        if (
          t.indices.length < statement.indices.length &&
          isTriangle(ranges) &&
          !ranges.some((r) => this.#kept?.isKept(r))
        ) {
          this.#stepAll(name!)
          for (const s of subscripts(t)) for (const u of walk(s)) if (u.kind === 'name') yield u.name
        }
    }
  }
}

const NO_NAMES: ReadonlySet<string> = new Set()

/** Indices and numbers that are added up. */
const isSum = (tree: Expression): boolean =>
  [...walk(tree)].every(
    (t) => t.kind === 'name' || t.kind === 'number' || (t.kind === 'binary' && '+-'.includes(t.operator)),
  )

const isTriangle = (ranges: readonly IndexRange[]): boolean => {
  const names = new Set(ranges.map((r) => r.name.text))
  return ranges.some((r) =>
    [r.range.from, r.range.to].some((end) =>
      [...walk(end)].some((t) => t.kind === 'name' && names.has(t.name)),
    ),
  )
}

/** An index along which a circle is computed, where it stands in each family, and the needs of other values of it. */
interface Sequence {
  readonly index: string
  readonly positions: ReadonlyMap<string, number>
  readonly earlier: readonly Need[]
}

/** One family asking for a member of another (or of itself). */
interface Need {
  readonly from: string
  readonly to: string
  readonly rule: Rule
  readonly tree: IndexExpression
  /** Where the indices of the reductions around it run. */
  readonly bounds: readonly IndexBound[]
}

function needsOf(rule: Rule, families: ReadonlyMap<string, unknown>): Need[] {
  const from = rule.statement.name.text
  const needs: Need[] = []
  const work: { tree: Expression; bounds: readonly IndexBound[] }[] = [
    { tree: rule.statement.value, bounds: [] },
  ]
  for (let w = work.pop(); w; w = work.pop()) {
    const { tree, bounds } = w
    if (tree.kind === 'index' && tree.object.kind === 'name' && families.has(tree.object.name))
      needs.push({ from, to: tree.object.name, rule, tree, bounds })
    const inside = tree.kind === 'reduction' ? [...bounds, ...boundsOf(tree)] : bounds
    for (const part of children(tree)) work.push({ tree: part, bounds: inside })
  }
  return needs
}

/** c where a subscript is i + c; undefined where it is something else. */
export function shiftOf(tree: Expression, index: string): number | undefined {
  if (tree.kind === 'name') return tree.name === index ? 0 : undefined
  if (tree.kind !== 'binary' || (tree.operator !== '+' && tree.operator !== '-')) return undefined
  const { left, right, operator } = tree
  if (right.kind === 'number' && Number.isInteger(Number(right.text))) {
    const inner = shiftOf(left, index)
    return inner === undefined ? undefined : inner + (operator === '+' ? 1 : -1) * Number(right.text)
  }
  if (operator === '+' && left.kind === 'number' && Number.isInteger(Number(left.text))) {
    const inner = shiftOf(right, index)
    return inner === undefined ? undefined : inner + Number(left.text)
  }
  return undefined
}

/** Whether two ends are the same expression but for numbers that are added: i, i+2. */
function sameShift(a: Expression, b: Expression): boolean {
  const names = (tree: Expression): string =>
    [...walk(tree)]
      .filter((t) => t.kind === 'name')
      .map((t) => (t as Expression & { kind: 'name' }).name)
      .sort()
      .join()
  const plain = (tree: Expression): boolean =>
    [...walk(tree)].every(
      (t) => t.kind === 'name' || t.kind === 'number' || (t.kind === 'binary' && '+-'.includes(t.operator)),
    )
  return plain(a) && plain(b) && names(a) === names(b)
}

/** What leads to itself, each with all that is in its circle. */
function circles(names: readonly string[], next: (name: string) => readonly string[]): string[][] {
  const within = new Set(names)
  return components(names, (name) => next(name).filter((n) => within.has(n)))
    .filter((circle) => circle.length > 1 || next(circle[0]!).includes(circle[0]!))
    .map((circle) => circle.reverse())
}

/** The circles among families that are left by other needs than some, with the needs in each. */
function circlesOf(
  families: readonly string[],
  skipped: ReadonlySet<Need>,
  edges: ReadonlyMap<string, readonly Need[]>,
): { readonly names: string[]; readonly needs: Need[] }[] {
  const left = (name: string): Need[] => edges.get(name)!.filter((need) => !skipped.has(need))
  return circles(families, (name) => left(name).map(({ to }) => to)).map((names) => {
    const within = new Set(names)
    return { names, needs: names.flatMap((name) => left(name).filter(({ to }) => within.has(to))) }
  })
}

/** All trees in a tree, itself first. */
export function* walk(root: Expression): Generator<Expression> {
  const stack = [root]
  for (let tree = stack.pop(); tree; tree = stack.pop()) {
    yield tree
    stack.push(...children(tree))
  }
}

function gathered(statements: readonly Statement[]): {
  rules: Map<string, Rule[]>
  given: Set<string>
  wholes: Set<string>
  outputs: Set<string>
  functions: Set<string>
  moved: Moved[]
} {
  const functions = new Set<string>()
  const rules = new Map<string, Rule[]>()
  const given = new Set<string>()
  const wholes = new Set<string>()
  const moved: Moved[] = []
  /** Families of which members are outputs. */
  const outputs = new Set<string>()
  const members = (tree: Expression, by?: string): void => {
    for (const t of walk(tree)) if (t.kind === 'call') for (const m of membersIn(t)) moved.push({ ...m, by })
  }
  const work = statements.map((statement) => ({ statement, ranges: [] as readonly IndexRange[] })).reverse()
  for (let w = work.pop(); w; w = work.pop()) {
    const { statement, ranges } = w
    switch (statement.kind) {
      case 'for':
        // A name that each turn would define anew is wrong, and nobody knows what it was to be.
        if (statement.body.some((s) => s.kind === 'equation' && s.indices.length === 0))
          for (const s of statement.body) if (s.kind === 'equation') wholes.add(s.name.text)
        for (const inner of [...statement.body].reverse())
          work.push({ statement: inner, ranges: [...ranges, ...statement.ranges] })
        break
      case 'equation': {
        members(statement.value, statement.indices.length > 0 ? statement.name.text : undefined)
        if (statement.indices.length === 0) break
        const rule: Rule = { statement, ranges: [...ranges, ...statement.ranges] }
        const list = rules.get(statement.name.text)
        if (list) list.push(rule)
        else rules.set(statement.name.text, [rule])
        break
      }
      case 'dim':
        for (const d of statement.declarations) if (d.range) given.add(d.name.text)
        break
      case 'input':
      case 'target':
      case 'param':
        for (const d of statement.declarations) if (d.family.length > 0) given.add(d.name.text)
        break
      case 'import':
        for (const s of statement.module?.statements ?? [])
          if (s.kind === 'fn' && statement.names.some(({ text }) => text === s.name.text))
            functions.add(s.name.text)
          else if (s.kind === 'dim')
            for (const d of s.declarations)
              if (d.range && statement.names.some(({ text }) => text === d.name.text)) given.add(d.name.text)
        break
      case 'fn':
        functions.add(statement.name.text)
        break
      case 'instance':
        for (const { name, inner } of statement.declarations)
          for (const path of ['', ...(inner?.keys() ?? [])])
            functions.add(path === '' ? name.text : `${name.text}.${path}`)
        break
      case 'loss':
        members(statement.value)
        break
      case 'claim':
        members(statement.left)
        members(statement.right)
        break
      case 'output':
        for (const o of statement.outputs)
          if (o.kind === 'index' && o.object.kind === 'name') outputs.add(o.object.name)
        break
      default:
        break
    }
  }
  return { rules, given, wholes, outputs, functions, moved }
}

/** A family by members of which something is differentiated, or with members held. */
interface Member {
  readonly name: string
  readonly isHeld: boolean
}

/** Such a family, and the one in an equation of which that stands: of a recurrence a step sees its members as values of their own. */
interface Moved extends Member {
  readonly by: string | undefined
}

/** The families by members of which a derivative is, and those whose members it holds. */
export function membersIn({ callee, args, named }: CallExpression): Member[] {
  if (callee.text !== 'd') return []
  const held = named.filter(({ name }) => name.text === 'hold').map(({ value }) => value)
  const member = (t: Expression | undefined, isHeld: boolean): Member[] =>
    t?.kind === 'index' && t.object.kind === 'name' ? [{ name: t.object.name, isHeld }] : []
  return [
    ...member(args[1], false),
    ...held.flatMap((h) => (h.kind === 'literal' ? h.items : [h])).flatMap((h) => member(h, true)),
  ]
}

/** Whether each of two families needs the other one. */
function areTogether(a: string, b: string, edges: ReadonlyMap<string, readonly Need[]>): boolean {
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>()
    const work = (edges.get(from) ?? []).map((e) => e.to)
    for (let name = work.pop(); name !== undefined; name = work.pop()) {
      if (seen.has(name)) continue
      seen.add(name)
      for (const e of edges.get(name) ?? []) work.push(e.to)
    }
    return seen.has(to)
  }
  return reaches(a, b) && reaches(b, a)
}
