/**
 * A program's values by their definitions: the tree is walked, each member is computed when somebody asks for it, and each
 * sample of a batch stands for itself. Nothing here is shared with the compiler but its parser.
 */
import type {
  CallExpression,
  ComparisonOperator,
  Expression,
  FnStatement,
  IndexExpression,
  IndexRange,
  Range,
  ReductionExpression,
} from '../../../src/syntax/tree.ts'
import { isFalling, number, type Numbers, valuesOf, whole as integer } from './arithmetic.ts'
import { ALONG, ELEMENTWISE, FUNCTIONS, OPTIONS, REDUCTIONS, along, reduced } from './library.ts'
import * as n from './numbers.ts'
import { type Definition, type Program, sorted } from './program.ts'
import * as t from './tensors.ts'
import type { Tensor } from './tensors.ts'

/** A subscript left its axis. */
class OutOfRange extends Error {}
/** A value depends on itself. */
class Circle extends Error {}

/** Members by their indices, some of which are chosen already. */
interface Family {
  readonly world: World
  readonly name: string
  readonly prefix: readonly number[]
}
type Value = Tensor | Family
const isFamily = (value: Value): value is Family => 'prefix' in value

/** What a name stands for within an expression: an index or an argument, in each sample. */
type Locals = ReadonlyMap<string, (sample: number) => Value>

/** A name from outside, or a family of them: its value in a sample. */
export interface Given {
  /** Whether it is a family: then `members` are its indices. */
  readonly members?: readonly (readonly number[])[]
  readonly at: (sample: number, indices: readonly number[]) => Tensor
}

type Bound = ReadonlyMap<string, number>
interface Member {
  readonly definition: Definition
  readonly bound: Bound
}

export interface Setting {
  readonly program: Program
  readonly dims: Numbers
  readonly given: ReadonlyMap<string, Given>
  readonly samples: number
}

/** Of the body of a function that is called. */
interface Call {
  readonly top: World
  /** The arguments, and the extents of their shapes. */
  readonly locals: Locals
  /** Families of extents, of the shapes of several arguments. */
  readonly extents: ReadonlySet<string>
}

export class World {
  readonly #setting: Setting
  /** Values that are held at what they are here, whatever defines them: by sample and key. */
  readonly #held: ReadonlyMap<string, Tensor>
  readonly #level: number
  readonly #call: Call | undefined
  readonly #values = new Map<string, Tensor | undefined>()
  readonly #families = new Map<string, ReadonlyMap<string, Member>>()

  constructor(setting: Setting, held: ReadonlyMap<string, Tensor> = new Map(), level = 1, call?: Call) {
    this.#setting = setting
    this.#held = held
    this.#level = level
    this.#call = call
  }

  /** The value of an expression in a sample. */
  value(tree: Expression, sample: number, locals: Locals = new Map()): Tensor {
    return whole(this.#value(tree, sample, locals), sample)
  }

  get #locals(): Locals {
    return this.#call?.locals ?? new Map()
  }

  // ——— members

  #key = (sample: number, name: string, indices: readonly number[]): string =>
    `${sample}/${name}[${indices.join()}]`

  /** The value of a name, or of one of its members. */
  member(name: string, indices: readonly number[], sample: number): Tensor {
    const key = this.#key(sample, name, indices)
    const held = this.#held.get(key)
    if (held) return held
    const given = this.#setting.given.get(name)
    if (given) return given.at(sample, indices)
    if (this.#values.has(key)) {
      const known = this.#values.get(key)
      if (!known) throw new Circle(`${name}[${indices.join()}] depends on itself`)
      return known
    }
    const found = this.#defined(name).get(indices.join())
    if (!found) throw new OutOfRange(`nothing defines ${name}[${indices.join()}]`)
    this.#values.set(key, undefined)
    try {
      const value = this.value(
        found.definition.value,
        sample,
        new Map([...this.#locals, ...asLocals(found.bound)]),
      )
      this.#values.set(key, value)
      return value
    } finally {
      if (!this.#values.get(key)) this.#values.delete(key)
    }
  }

  /** What defines which member of a name; one without indices has the key ''. */
  #defined(name: string): ReadonlyMap<string, Member> {
    const known = this.#families.get(name)
    if (known) return known
    const members = new Map<string, Member>()
    for (const definition of this.#setting.program.equations.get(name) ?? [])
      for (const bound of this.#bindings(definition.ranges)) {
        const indices = definition.indices.map((e) => integer(number(e, this.#numbers(bound)), 'an index'))
        const key = indices.join()
        if (members.has(key)) throw new Error(`${name}[${key}] is defined twice`)
        members.set(key, { definition, bound })
      }
    this.#families.set(name, members)
    return members
  }

  /** All values that the indices take together. */
  *#bindings(
    ranges: readonly IndexRange[],
    bound: Bound = new Map(),
    before: readonly IndexRange[] = [],
  ): Generator<Bound> {
    const [first, ...rest] = ranges
    if (!first) return yield bound
    for (const i of this.#range(first.range, bound, before))
      yield* this.#bindings(rest, new Map([...bound, [first.name.text, i]]), [...before, first])
  }

  readonly #falling = new Map<Range, boolean>()
  #range(range: Range, bound: Bound, around: readonly IndexRange[]): number[] {
    let falling = this.#falling.get(range)
    if (falling === undefined) this.#falling.set(range, (falling = isFalling(range, around)))
    return valuesOf(range, falling, this.#numbers(bound))
  }

  #numbers =
    (bound: Bound): Numbers =>
    (name, indices) =>
      bound.get(name) ?? numberOf(this.#locals.get(name)?.(0)) ?? this.#setting.dims(name, indices)

  /** The indices of a family's members. */
  #indices(name: string): readonly (readonly number[])[] {
    const given = this.#setting.given.get(name)
    if (given) return given.members ?? [[]]
    return [...this.#defined(name).keys()].map((key) => (key === '' ? [] : key.split(',').map(Number)))
  }

  arity(name: string): number {
    const given = this.#setting.given.get(name)
    if (given) return given.members?.[0]?.length ?? (given.members ? 1 : 0)
    return this.#setting.program.equations.get(name)![0]!.indices.length
  }

  // ——— subscripts

  /** Whether the indices of a family are the last axes of the whole. */
  isLast(name: string): boolean {
    return this.#setting.program.equations.get(name)?.[0]!.last ?? false
  }

  /** `F[..., i]`, or the whole of a family that has its indices last. */
  chosenLast(family: Omit<Family, 'world'>, subscripts: readonly Chosen[], sample: number): Tensor {
    const { name } = family
    if (subscripts.length !== this.arity(name))
      return entriesOfLast(whole({ ...family, world: this }, sample), subscripts, name)
    const front = this.chosen(family, subscripts, sample)
    return lastFirst(
      front,
      front.shape.length - this.member(name, this.#indices(name)[0]!, sample).shape.length,
    )
  }

  /** What the subscripts choose of a family, and behind its indices of its members. */
  chosen({ name, prefix }: Omit<Family, 'world'>, subscripts: readonly Chosen[], sample: number): Tensor {
    if (prefix.length === this.arity(name))
      return entriesOf(this.member(name, prefix, sample), subscripts, name)
    const at = (i: number, rest: readonly Chosen[]): Tensor =>
      this.chosen({ name, prefix: [...prefix, i] }, rest, sample)
    const [first = ALL, ...rest] = subscripts
    if (first.kind === 'at') return first.of(0, (i) => at(i, rest))
    let list: readonly number[]
    if (first.kind === 'part') list = first.values
    else {
      const here = this.#indices(name).filter((indices) => prefix.every((p, k) => indices[k] === p))
      list = [...new Set(here.map((indices) => indices[prefix.length]!))].sort((a, b) => a - b)
      if (list.length > 0 && list.at(-1)! - list[0]! + 1 !== list.length) throw new Error(`${name} has gaps`)
    }
    return t.stack(list.map((i) => at(i, rest)))
  }

  #subscript(tree: IndexExpression, sample: number, locals: Locals): Chosen[] {
    return tree.indices.map((index): Chosen => {
      if (index.kind === 'part') {
        if (!index.range) return ALL
        const ends = [index.range.from, index.range.to].map((e) => this.value(e, sample, locals))
        const [a, b] = ends.map((e) => integer(n.plain(e.entries[0]!), 'the end of a part'))
        return { kind: 'part', values: Array.from({ length: Math.max(0, b! - a! + 1) }, (_, k) => a! + k) }
      }
      const { shape, entries } = this.value(index, sample, locals)
      const list = entries.map((e) => integer(n.plain(e), 'a subscript'))
      return {
        kind: 'at',
        of: (_, choose) => {
          if (shape.length === 0) return choose(list[0]!)
          const chosen = t.stack(list.map((i) => choose(i)))
          return { ...chosen, shape: [...shape, ...chosen.shape.slice(1)] }
        },
      }
    })
  }

  // ——— expressions

  #value(tree: Expression, sample: number, locals: Locals): Value {
    const value = (e: Expression): Tensor => this.value(e, sample, locals)
    switch (tree.kind) {
      case 'number':
        return t.scalar(Number(tree.text))
      case 'name':
        return this.#name(tree.name, sample, locals)
      case 'negate':
        return t.map(n.negate, value(tree.operand))
      case 'transpose':
        return t.transpose(value(tree.operand))
      case 'binary': {
        // Long sums are as deep as they are long.
        const [a, b] = [value(tree.left), value(tree.right)]
        return tree.operator === '@' ? t.matmul(a, b) : t.elementwise(BINARY[tree.operator], a, b)
      }
      case 'index': {
        const extent = this.#extent(tree, sample, locals)
        if (extent !== undefined) return t.scalar(extent)
        const object = this.#value(tree.object, sample, locals)
        const chosen = this.#subscript(tree, sample, locals)
        if (!isFamily(object)) return (tree.last ? entriesOfLast : entriesOf)(object, chosen, 'a tensor')
        const { world, name } = object
        if (world.isLast(name) && tree.last) return world.chosenLast(object, chosen, sample)
        if (world.isLast(name) || tree.last)
          return (tree.last ? entriesOfLast : entriesOf)(whole(object, sample), chosen, name)
        return world.chosen(object, chosen, sample)
      }
      case 'reduction':
        return this.#reduction(tree, sample, locals)
      case 'call':
        return this.#called(tree, sample, locals)
      case 'result': {
        if (tree.of.kind !== 'call') throw new Error('only calls have several results')
        return this.#results(tree.of, sample, locals)[tree.position]!
      }
      case 'literal':
        return t.stack(tree.items.map(value))
      case 'comparison':
      case 'logical':
      case 'not':
        throw new Error('a condition is no value')
      case 'field':
        throw new Error('layers have no values here')
    }
  }

  /** A member of a family of extents: of dims, or of the shapes of several arguments. */
  #extent({ object, indices }: IndexExpression, sample: number, locals: Locals): number | undefined {
    if (object.kind !== 'name' || locals.has(object.name)) return undefined
    const { program, given, dims } = this.#setting
    const { name } = object
    const isValue = program.equations.has(name) || given.has(name)
    const isOwn = program.dims.get(name)?.range !== undefined || this.#call?.extents.has(name)
    if (isValue || !isOwn) return undefined
    return dims(
      name,
      indices.map((i) => n.plain(this.value(i as Expression, sample, locals).entries[0]!)),
    )
  }

  #name(name: string, sample: number, locals: Locals): Value {
    const local = locals.get(name)
    if (local) return local(sample)
    const { program, given, dims } = this.#setting
    if (program.equations.has(name) || given.has(name))
      return this.arity(name) > 0 ? { world: this, name, prefix: [] } : this.member(name, [], sample)
    if (program.dims.has(name)) return t.scalar(dims(name, []))
    if (this.#call) return this.#call.top.#name(name, sample, new Map())
    if (name === 'pi') return t.scalar(Math.PI)
    if (name === 'e') return t.scalar(Math.E)
    throw new Error(`nothing is called ${name}`)
  }

  /** A condition, entry by entry: 1 where it holds. What the left side decides, the right side is not asked for. */
  #condition(tree: Expression, sample: number, locals: Locals): Tensor {
    switch (tree.kind) {
      case 'comparison': {
        const [a, b] = [tree.left, tree.right].map((e) => this.value(e, sample, locals))
        return t.elementwise((x, y) => Number(COMPARE[tree.operator](n.plain(x), n.plain(y))), a!, b!)
      }
      case 'not':
        return t.map((x) => 1 - n.plain(x), this.#condition(tree.operand, sample, locals))
      case 'logical': {
        const left = this.#condition(tree.left, sample, locals)
        const decided = tree.operator === 'and' ? 0 : 1
        if (left.entries.every((x) => x === decided)) return left
        const right = this.#condition(tree.right, sample, locals)
        return t.elementwise(tree.operator === 'and' ? n.smaller : n.larger, left, right)
      }
      default:
        throw new Error(`${tree.kind} is no condition`)
    }
  }

  /** Where the condition is one for all entries, only what it takes is computed; the other side says the shape if it can. */
  #where(tree: CallExpression, sample: number, locals: Locals): Tensor {
    const [condition, u, v] = tree.args
    const holds = this.#condition(condition!, sample, locals)
    if (holds.entries.every((x) => x === holds.entries[0]) && holds.entries.length > 0) {
      const [taken, other] = holds.entries[0] === 1 ? [u!, v!] : [v!, u!]
      const value = this.value(taken, sample, locals)
      let shape: readonly number[] = []
      try {
        shape = this.value(other, sample, locals).shape
      } catch (error) {
        if (!(error instanceof OutOfRange || error instanceof Circle)) throw error
      }
      return t.stretched(value, t.joined([value.shape, holds.shape, shape]))
    }
    const [a, b] = [u!, v!].map((e) => this.value(e, sample, locals))
    return t.elementwise((c, x, y) => (c === 1 ? x : y), holds, a!, b!)
  }

  #reduction(tree: ReductionExpression, sample: number, locals: Locals): Tensor {
    const bodies: Tensor[] = []
    const outer = new Map<string, number>()
    for (const [name, local] of locals) {
      const value = numberOf(local(sample))
      if (value !== undefined) outer.set(name, value)
    }
    for (const bound of this.#bindings(tree.ranges, outer)) {
      const own = new Map(tree.ranges.map(({ name }) => [name.text, bound.get(name.text)!]))
      const inner = new Map([...locals, ...asLocals(own)])
      if (tree.condition && this.#condition(tree.condition, sample, inner).entries[0] !== 1) continue
      bodies.push(this.value(tree.body, sample, inner))
    }
    return reduced(REDUCTIONS[tree.callee.text]!, t.stack(bodies), [0])
  }

  #function = (name: string): FnStatement | undefined => this.#top.#setting.program.functions.get(name)

  /** The program, of which the bodies of functions see the names. */
  get #top(): World {
    return this.#call ? this.#call.top : this
  }

  /** What a function of the program returns: its body is a program of its own, within this one. */
  #results(tree: CallExpression, sample: number, locals: Locals): Tensor[] {
    const { parameters, body } = this.#function(tree.callee.text)!
    const inner = new Map<string, (sample: number) => Value>()
    const several = new Map<string, Given>()
    const lengths = new Map<string, number>()
    const extents = new Set(
      parameters
        .flatMap((p) => (p.several ? (p.shape ?? []) : []))
        .flatMap((e) => (e.kind === 'index' && e.object.kind === 'name' ? [e.object.name] : [])),
    )
    const many = parameters.findIndex((p) => p.several)
    const own = parameters.some(({ name }) => name.text === 'axis')
    const along = own ? undefined : tree.named.find(({ name }) => name.text === 'axis')?.value
    /** The axis from 0 that is chosen in a tensor of some rank. */
    const axisOf = (rank: number): number => {
      const axis = n.plain(this.value(along!, sample, locals).entries[0]!)
      return axis < 0 ? rank + axis : axis - 1
    }
    const isAlong = (p: (typeof parameters)[0]): boolean => p.further !== undefined && p.shape!.length === 1
    const isLast = parameters.some((p) => isAlong(p) && p.further === 'before')
    let rank = 0
    const argumentFor = (parameter: (typeof parameters)[0], given: Expression | undefined) => {
      const known = new Map<number, Value>()
      return (s: number): Value => {
        if (!known.has(s)) {
          const found = given ? this.#value(given, s, locals) : this.#value(parameter.value!, s, inner)
          known.set(s, found)
          if (along && isAlong(parameter)) {
            const tensor = whole(found, s)
            rank = tensor.shape.length
            const front = t.moved(tensor, axisOf(rank))
            known.set(s, isLast ? t.movedBack(front, rank - 1) : front)
          }
        }
        return known.get(s)!
      }
    }
    for (const [i, parameter] of parameters.entries()) {
      const { name, shape = [], further } = parameter
      const positional = many < 0 || i < many ? tree.args[i] : undefined
      const given = positional ?? tree.named.find((a) => a.name.text === name.text)?.value
      const list = parameter.several ? tree.args.slice(many) : [given]
      const args = list.map((tree) => argumentFor(parameter, tree))
      if (parameter.several) {
        const members = args.map((_, k) => [k + 1])
        several.set(name.text, { members, at: (s, [k]) => whole(args[k! - 1]!(s), s) })
        const count = parameter.several.range.range.to
        if (count.kind === 'name') inner.set(count.name, () => t.scalar(args.length))
      } else inner.set(name.text, args[0]!)
      for (const [k, argument] of args.entries())
        for (const [axis, extent] of shape.entries()) {
          const found = (): number => {
            const own = whole(argument(sample), sample).shape
            return own[further === 'before' ? own.length - shape.length + axis : axis]!
          }
          if (extent.kind === 'index' && extent.object.kind === 'name')
            lengths.set(`${extent.object.name}[${k + 1}]`, found())
          if (extent.kind !== 'name' || inner.has(extent.name)) continue
          const length = found()
          inner.set(extent.name, () => t.scalar(length))
        }
    }
    const program = sorted(body!)
    const outer = this.#top.#numbers(new Map())
    const dims: Numbers = (name, indices) => {
      const own = program.dims.get(name)?.values[0]
      const local = numberOf(inner.get(name)?.(sample)) ?? lengths.get(`${name}[${indices.join()}]`)
      return local ?? (own ? number(own, dims) : outer(name, indices))
    }
    const setting = { ...this.#setting, program, dims, given: several }
    const called = new World(setting, this.#held, this.#level, { top: this.#top, locals: inner, extents })
    const results = program.returns.map((result) => called.value(result, sample, inner))
    if (!along) return results
    return results.map((result) => {
      if (result.shape.length !== rank) return result
      return t.movedBack(isLast ? t.moved(result, rank - 1) : result, axisOf(rank))
    })
  }

  #called(tree: CallExpression, sample: number, locals: Locals): Tensor {
    const { callee, named, order = 0 } = tree
    const name = callee.text
    if (order > 0) {
      // σ'(z), entry by entry: the slope of σ where z moves.
      const level = this.#level + order
      const moved = t.map((x) => n.dual(level, x, 1), this.value(tree.args[0]!, sample, locals))
      const argument: Expression = { kind: 'name', name: `${name}'`, span: tree.span }
      const call = { ...tree, order: order - 1, args: [argument] }
      return t.map(
        (x) => n.slopeOf(x, level),
        this.#called(call, sample, new Map([[argument.name, () => moved]])),
      )
    }
    // `keep` is a word behind the arguments.
    const isKept = (a: Expression): boolean => a.kind === 'name' && a.name === 'keep'
    const args = tree.args.filter((a) => !isKept(a))
    const keep = args.length < tree.args.length
    if (this.#function(name)) return this.#results(tree, sample, locals)[0]!
    const option = (of: string): Expression | undefined => named.find((a) => a.name.text === of)?.value
    if (name === 'where') return this.#where(tree, sample, locals)
    if (name === 'd') return this.#derivative(args[0]!, args[1]!, option('hold'), sample, locals)
    const over = option('over')
    const values = (over ? Array.from({ length: this.#setting.samples }, (_, s) => s) : [sample]).map((s) =>
      args.map((a) => this.value(a, s, locals)),
    )
    const operands = values[0]!
    const axes = (): number[] | undefined => {
      const tree = option('axis')
      if (!tree) return undefined
      const rank = operands[0]!.shape.length
      return this.value(tree, sample, locals).entries.map((x) => {
        const axis = n.plain(x)
        return axis < 0 ? rank + axis : axis - 1
      })
    }
    const fold = REDUCTIONS[name]
    if (fold && over) return reduced(fold, t.stack(values.map(([v]) => v!)), [0])
    if (fold && args.length === 1) return reduced(fold, operands[0]!, axes(), keep)
    if (fold && args.length === 2)
      return t.elementwise(name === 'max' ? n.larger : n.smaller, operands[0]!, operands[1]!)
    const elementwise = ELEMENTWISE[name]
    if (elementwise) return t.map(elementwise, operands[0]!)
    const argumentsOf = (names: readonly string[]): (Tensor | undefined)[] =>
      names.map((of, i) => {
        const own = option(of)
        return operands[i] ?? (own && this.value(own, sample, locals))
      })
    const vectors = ALONG[name]
    if (vectors) {
      const more = argumentsOf(['', ...(vectors.names ?? [])]).slice(1)
      return along((xs) => vectors.f(xs, ...more), operands[0]!, axes()?.[0])
    }
    const f = FUNCTIONS[name]
    if (!f) throw new Error(`there is no function ${name}`)
    if (option('axis')) {
      const axis = axes()![0]!
      return t.movedBack(f(...operands.map((a) => t.moved(a, axis))), axis)
    }
    // What is not given has its default there.
    const names = OPTIONS[name]
    return f(...(names ? (argumentsOf(names) as Tensor[]) : operands))
  }

  /** The family and the indices of a member, or of a name alone. */
  #memberOf(v: Expression, sample: number, locals: Locals): { name: string; indices: number[] } {
    const object = v.kind === 'index' ? v.object : v
    if (object.kind !== 'name') throw new Error('a derivative is by a name')
    const indices =
      v.kind === 'index'
        ? v.indices.map((i) => n.plain(this.value(i as Expression, sample, locals).entries[0]!))
        : []
    return { name: object.name, indices }
  }

  /** ∂f/∂v in one sample: v is held at v + ε eₖ, others at what they are, and all that depends on v is computed anew. */
  #derivative(
    f: Expression,
    v: Expression,
    hold: Expression | undefined,
    sample: number,
    locals: Locals,
  ): Tensor {
    const { name, indices } = this.#memberOf(v, sample, locals)
    const at = this.member(name, indices, sample)
    const others = (hold?.kind === 'literal' ? hold.items : hold ? [hold] : []).flatMap((u) => {
      const other = this.#memberOf(u, sample, locals)
      // A family by its name is all of its members.
      const all = other.indices.length === 0 ? this.#indices(other.name) : [other.indices]
      return all.map(
        (at) => [this.#key(sample, other.name, at), this.member(other.name, at, sample)] as const,
      )
    })
    const samples = this.#setting.program.data.get(name)?.role === 'param' ? this.#setting.samples : 0
    const level = this.#level + 1
    const columns = at.entries.map((_, k) => {
      const moved = t.tensor(
        at.shape,
        at.entries.map((x, j) => n.dual(level, x, j === k ? 1 : 0)),
      )
      const held = new Map([...this.#held, ...others]).set(this.#key(sample, name, indices), moved)
      for (let s = 0; s < samples; s++) held.set(this.#key(s, name, indices), moved)
      const made = new World(this.#setting, held, level).value(f, sample, locals)
      return t.map((x) => n.slopeOf(x, level), made)
    })
    const stacked = t.stack(columns)
    const front = { ...stacked, shape: [...at.shape, ...stacked.shape.slice(1)] }
    return columns[0]!.shape.length === 0 ? front : lastFirst(front, at.shape.length)
  }
}

/** A family as the tensor that it is: its indices are the first axes, or the last ones. */
function whole(value: Value, sample: number): Tensor {
  if (!isFamily(value)) return value
  const { world, name, prefix } = value
  if (!world.isLast(name)) return world.chosen(value, [], sample)
  const front = world.chosen({ name, prefix }, [], sample)
  return lastFirst(front, world.arity(name))
}

const numberOf = (value: Value | undefined): number | undefined =>
  value && !isFamily(value) && value.shape.length === 0 ? n.plain(value.entries[0]!) : undefined

/** The first axes behind the others. */
function lastFirst(a: Tensor, count: number): Tensor {
  let b = a
  for (let k = 0; k < count; k++) b = t.movedBack(b, b.shape.length - 1)
  return b
}

const asLocals = (bound: Bound): Locals =>
  new Map([...bound].map(([name, value]) => [name, () => t.scalar(value)]))

const BINARY = {
  '+': n.add,
  '-': n.subtract,
  '*': n.multiply,
  '/': n.divide,
  '^': n.power,
} as const

const COMPARE: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}

/** One subscript: a number or a tensor of them, a part, the whole axis. */
type Chosen =
  | { readonly kind: 'at'; readonly of: (axis: number, choose: (i: number) => Tensor) => Tensor }
  | { readonly kind: 'part'; readonly values: readonly number[] }
  | { readonly kind: 'all' }

const ALL: Chosen = { kind: 'all' }

/** What subscripts choose of a tensor, whose axes count from 1. */
function entriesOf(a: Tensor, subscripts: readonly Chosen[], name: string): Tensor {
  const [first, ...rest] = subscripts
  if (!first) return a
  const extent = a.shape[0]
  if (extent === undefined) throw new Error(`${name} has more subscripts than axes`)
  const choose = (i: number): Tensor => {
    if (i < 1 || i > extent) throw new OutOfRange(`subscript ${i} leaves 1..${extent} of ${name}`)
    return entriesOf(t.row(a, i - 1), rest, name)
  }
  if (first.kind === 'at') return first.of(0, choose)
  return t.stack((first.kind === 'part' ? first.values : t.rows(a).map((_, i) => i + 1)).map(choose))
}

/** The same of its last axes. */
function entriesOfLast(a: Tensor, subscripts: readonly Chosen[], name: string): Tensor {
  const others = a.shape.slice(subscripts.length).map(() => ALL)
  return entriesOf(a, [...others, ...subscripts], name)
}
