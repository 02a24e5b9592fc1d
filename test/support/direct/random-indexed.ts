/**
 * Random programs with indices, and data for them: maps, windows, strides, triangles, reductions with conditions, look-ups,
 * recurrences in both directions and of order two, grids, families of several widths. They are right by construction and tame:
 * values stay of moderate size. A seed makes the same program again.
 */
import { type Random, random } from '../../../src/base/random.ts'
import type { Point, Values } from './index.ts'

/** What programs may have. */
export interface Features {
  readonly reductions: boolean
  readonly conditions: boolean
  readonly parts: boolean
  /** Whole numbers as data, which choose members. */
  readonly indices: boolean
  readonly batch: boolean
  readonly statistics: boolean
  readonly triangles: boolean
  /** Equations in any order. */
  readonly shuffled: boolean
}

const EVERYTHING: Features = {
  reductions: true,
  conditions: true,
  parts: true,
  indices: true,
  batch: true,
  statistics: true,
  triangles: true,
  shuffled: true,
}

export interface RandomIndexed {
  readonly seed: number
  readonly source: string
  readonly point: Point
}

export function randomIndexed(seed: number, size = 4, features: Features = EVERYTHING): RandomIndexed {
  return new Writer(random(`indexed ${seed}/${size}`), seed, size, features).program()
}

/** A tensor or a family that is one: axes by the names of their dims. */
interface Value {
  readonly name: string
  readonly axes: readonly string[]
  /** It has members at 0 of the first axis too. */
  readonly fromZero?: boolean
  /** It has members at the first axis plus 1 too. */
  readonly beyond?: boolean
  used: boolean
}

/** An index with the dim up to which it runs from 1. */
interface Index {
  readonly name: string
  readonly axis: string
}
type Scope = readonly Index[]

/** Data whose entries are members of an axis. */
interface Identity {
  readonly name: string
  readonly axes: readonly string[]
  readonly of: string
}

const LETTERS = 'ijklmnpqrstuv'

const UNARY = [
  'tanh(#)',
  'sin(#)',
  'sigmoid(#)',
  'relu(#)',
  'abs(#)',
  'cos(#)',
  'softplus(#)',
  '-(#)',
  'exp(tanh(#))',
]
const REDUCTIONS = ['sum', 'mean', 'max', 'min', 'logsumexp', 'sum', 'prod']

class Writer {
  readonly #r: Random
  readonly #seed: number
  readonly #size: number
  readonly #has: Features
  readonly #dims = new Map<string, number>()
  readonly #declarations: string[] = []
  readonly #equations: string[] = []
  readonly #values: Value[] = []
  readonly #identities: Identity[] = []
  readonly #data: Record<string, Values> = {}
  readonly #params: Record<string, Values> = {}
  readonly #losses: string[] = []
  #count = 0
  /** A whole number of entries that count, and up to where. */
  #length: { readonly name: string; readonly of: string } | undefined
  #batch: number | undefined

  constructor(r: Random, seed: number, size: number, has: Features) {
    this.#r = r
    this.#seed = seed
    this.#size = size
    this.#has = has
  }

  program(): RandomIndexed {
    const r = this.#r
    const [N, M, U] = [r.integer(3, 5), r.integer(2, 4), r.integer(2, 3)]
    const H = r.integer(2, 3)
    for (const [name, value, text] of [
      ['N', N, `${N}`],
      ['M', M, `${M}`],
      ['U', U, `${U}`],
      ['H', H, `${H}`],
      ['V', 3, '3'],
      ['N1', N - U + 1, 'N - U + 1'],
      ['P', Math.floor(N / 2), 'floor(N / 2)'],
    ] as const) {
      this.#dims.set(name, value)
      this.#declarations.push(`dim ${name} = ${text}`)
    }
    if (this.#has.batch && r.chance(0.5)) {
      this.#batch = r.integer(2, 3)
      this.#declarations.push('batch B')
    }
    this.#datum('x1', ['N', 'H'])
    this.#datum('x2', ['N'])
    if (r.chance(0.5)) this.#datum('x3', [r.pick(['N', 'M', 'V']), r.pick(['M', 'H', 'V'])])
    if (this.#has.indices) {
      for (const [name, axes, of] of [
        ['tok', ['N'], 'V'],
        ['src', ['M'], 'N'],
        ['cls', [], 'V'],
      ] as const)
        if (r.chance(0.6)) this.#identity(name, axes, of)
      if (r.chance(0.4)) {
        this.#length = { name: 'len', of: 'N' }
        this.#declarations.push('input len : count(N)')
        this.#data['len'] = this.#batched(() => r.integer(0, N), 1, true)
      }
    }
    const makers = [
      () => this.#map(),
      () => this.#map(),
      () => this.#rows(),
      () => this.#recurrence(),
      () => this.#vectorRecurrence(),
      () => this.#grid(),
      () => this.#whole(),
      () => this.#layers(),
      () => this.#block(),
      ...(this.#has.triangles ? [() => this.#triangle()] : []),
      ...(this.#has.parts ? [() => this.#part()] : []),
      ...(this.#has.indices ? [() => this.#lookUp(), () => this.#scatter()] : []),
      ...(this.#has.statistics && this.#batch !== undefined ? [() => this.#statistic()] : []),
    ]
    for (let k = 0; k < this.#size; k++) r.pick(makers)()
    const made = this.#values.filter(({ name }) => name.startsWith('y'))
    const outputs = r.sample(
      made.filter(({ fromZero, beyond }) => !fromZero && !beyond),
      2,
    )
    for (const value of made) if (!value.used || r.chance(0.3)) this.#losses.push(this.#reduced(value))
    if (this.#losses.length === 0) this.#losses.push('sum(x2^2)')
    const param = this.#param([])
    if (this.#has.shuffled && r.chance(0.5)) this.#shuffle()
    return {
      seed: this.#seed,
      source: [
        ...this.#declarations,
        ...this.#equations,
        ...(outputs.length > 0 ? [`output ${outputs.map(({ name }) => name).join(', ')}`] : []),
        `loss J = ${param} * (${this.#losses.join(' + ')})`,
      ].join('\n'),
      point: { data: this.#data, params: this.#params },
    }
  }

  /** Equations without an index stand in their order, those with indices anywhere. */
  #shuffle(): void {
    const isIndexed = (text: string): boolean => /^(for |\w+\[)/.test(text)
    const mixed = this.#equations.filter((text) => !isIndexed(text))
    for (const text of this.#equations.filter(isIndexed))
      mixed.splice(this.#r.integer(0, mixed.length), 0, text)
    this.#equations.splice(0, this.#equations.length, ...mixed)
  }

  // ——— what is given

  #extent = (axis: string): number => this.#dims.get(axis) ?? Number(axis)
  #sizeOf = (axes: readonly string[]): number => axes.reduce((size, axis) => size * this.#extent(axis), 1)

  /** Numbers for all samples; a scalar of one sample is a number. */
  #batched(draw: () => number, size: number, scalar: boolean): Values {
    if (this.#batch === undefined && scalar) return draw()
    return Array.from({ length: size * (this.#batch ?? 1) }, draw)
  }

  #datum(name: string, axes: readonly string[]): void {
    this.#declarations.push(`input ${name}${bracket(axes)}`)
    this.#data[name] = this.#batched(() => this.#r.normal() * 0.8, this.#sizeOf(axes), axes.length === 0)
    this.#values.push({ name, axes, used: true })
  }

  #identity(name: string, axes: readonly string[], of: string): void {
    this.#declarations.push(`input ${name}${bracket(axes)} : index(${of})`)
    this.#data[name] = this.#batched(
      () => this.#r.integer(0, this.#extent(of) - 1),
      this.#sizeOf(axes),
      axes.length === 0,
    )
    this.#identities.push({ name, axes, of })
  }

  /** The name of a new parameter. */
  #param(axes: readonly string[]): string {
    const name = `w${++this.#count}`
    this.#declarations.push(`param ${name}${bracket(axes)}`)
    const size = this.#sizeOf(axes)
    this.#params[name] =
      axes.length === 0 ? this.#r.normal() * 0.7 : Array.from({ length: size }, () => this.#r.normal() * 0.7)
    return name
  }

  #define(name: string, axes: readonly string[], more: Partial<Value> = {}): void {
    this.#values.push({ name, axes, used: false, ...more })
  }

  #fresh = (): string => `y${++this.#count}`

  /** Indices with names that are not in use. */
  #indices(axes: readonly string[], scope: Scope): Index[] {
    const free = [...LETTERS].filter((letter) => !scope.some(({ name }) => name === letter))
    const names = this.#r.sample(free, axes.length)
    return axes.map((axis, k) => ({ name: names[k]!, axis }))
  }

  #range = ({ name, axis }: Index): string =>
    `${name} in ${this.#r.chance(0.15) ? `${axis}..1` : `1..${axis}`}`
  #for = (indices: Scope): string => indices.map(this.#range).join(', ')

  // ——— subscripts

  /** Subscripts that stay on an axis wherever the indices are. */
  #subscript(axis: string, scope: Scope): string {
    const options = scope.flatMap(({ name, axis: own }) =>
      own === axis ? [name, name, name, `${axis}+1-${name}`] : [],
    )
    if (axis === 'N') {
      const window = scope.find((index) => index.axis === 'N1')
      const within = scope.find((index) => index.axis === 'U')
      const half = scope.find((index) => index.axis === 'P')
      if (window && within) options.push(`${window.name}+${within.name}-1`, `${window.name}+${within.name}-1`)
      if (half) options.push(`2*${half.name}`, `2*${half.name}-1`)
      if (window) options.push(window.name)
    }
    for (const { name, axes, of } of this.#identities)
      if (of === axis && axes.every((a) => scope.some((index) => index.axis === a)))
        options.push(name + bracket(axes.map((a) => scope.find((index) => index.axis === a)!.name)))
    if (options.length === 0) options.push('1', axis)
    return this.#r.pick(options)
  }

  #usable = (scope: Scope, axes: readonly string[]): boolean =>
    axes.every(
      (axis) =>
        scope.some((index) => index.axis === axis) ||
        (axis === 'N' && scope.some((index) => index.axis === 'P' || index.axis === 'N1')),
    )

  #use(value: Value): string {
    value.used = true
    return value.name
  }

  /** An entry of a value that the indices can choose, or of a new parameter. */
  #entry(scope: Scope): string {
    const fitting = this.#values.filter((value) => this.#usable(scope, value.axes))
    if (fitting.length === 0 || this.#r.chance(0.25)) {
      const axes = this.#r.sample([...new Set(scope.map(({ axis }) => axis))], 2)
      return this.#param(axes) + bracket(axes.map((axis) => this.#subscript(axis, scope)))
    }
    const value = this.#r.pick(fitting)
    return this.#at(
      value,
      value.axes.map((axis) => this.#subscript(axis, scope)),
    )
  }

  #at(value: Value, subscripts: readonly string[]): string {
    const name = this.#use(value)
    if (subscripts.length === 2 && this.#r.chance(0.3)) return `${name}[${subscripts[0]!}][${subscripts[1]!}]`
    return name + bracket(subscripts)
  }

  // ——— expressions

  #scalar(scope: Scope, depth: number): string {
    const r = this.#r
    if (depth <= 0) return r.chance(0.85) || scope.length === 0 ? this.#entry(scope) : this.#number(scope)
    const inner = (): string => this.#scalar(scope, depth - 1)
    const choices = [
      () => r.pick(UNARY).replace('#', inner()),
      () => `${inner()} * ${this.#factor(inner())}`,
      () => `${inner()} ${r.pick(['+', '-'])} ${this.#factor(inner())}`,
      () => `${inner()} / (1 + (${inner()})^2)`,
      inner,
      ...(this.#has.conditions && scope.length > 0
        ? [
            () => `where(${this.#condition(scope)}, ${inner()}, ${inner()})`,
            () => this.#guarded(scope, depth),
          ]
        : []),
      ...(this.#has.reductions
        ? [() => this.#reduction(scope, depth), () => this.#reduction(scope, depth)]
        : []),
      ...(this.#has.reductions && scope.length > 0 ? [() => this.#shifted(scope)] : []),
    ]
    return r.pick(choices)()
  }

  #factor = (text: string): string =>
    /^[\w[\], +*]*$/.test(text) && !/[ ](?![^[]*\])/.test(text) ? text : `(${text})`

  #number(scope: Scope): string {
    const { name, axis } = this.#r.pick(scope)
    return this.#r.pick([`${name} / ${axis}`, `(${name} - 1) / 4`, `1 / (${name} + 1)`])
  }

  #comparison(scope: Scope): string {
    const r = this.#r
    const { name, axis } = r.pick(scope)
    const same = scope.filter((index) => index.axis === axis && index.name !== name)
    const options = [
      `${name} ${r.pick(['<', '<=', '>', '>=', '==', '!='])} ${r.pick(['1', '2', axis])}`,
      `${name} ${r.pick(['<', '<=', '>', '>=', '==', '!='])} ${r.pick([...same.map((index) => index.name), '2'])}`,
      `${this.#data['x2'] && axis === 'N' ? `x2[${name}]` : name} > ${r.pick(['0', '1'])}`,
    ]
    for (const identity of this.#identities)
      if (identity.of === axis && identity.axes.every((a) => scope.some((index) => index.axis === a)))
        options.push(
          `${identity.name}${bracket(identity.axes.map((a) => scope.find((index) => index.axis === a)!.name))} ${r.pick(['==', '!='])} ${name}`,
        )
    if (this.#length?.of === axis) options.push(`${name} ${r.pick(['<=', '>'])} ${this.#length.name}`)
    return r.pick(options)
  }

  #condition(scope: Scope): string {
    const one = this.#comparison(scope)
    const r = this.#r
    if (r.chance(0.6)) return one
    const other = this.#comparison(scope)
    return r.pick([
      `${one} and ${other}`,
      `${one} or ${other}`,
      `not ${one}`,
      `not (${one} or ${other})`,
      `${one} and not ${other}`,
    ])
  }

  /** A neighbour that is not always there. */
  #guarded(scope: Scope, depth: number): string {
    const { name, axis } = this.#r.pick(scope)
    const fitting = this.#values.filter(({ axes }) => axes.length === 1 && axes[0] === axis)
    if (fitting.length === 0) return this.#entry(scope)
    const value = this.#r.pick(fitting)
    const other = this.#scalar(scope, depth - 1)
    const back = `${this.#use(value)}[${name}-1]`
    const on = `${value.name}[${name}+1]`
    return this.#r.pick([
      `where(${name} > 1, ${back}, ${other})`,
      `where(${name} < ${axis}, ${on}, ${other})`,
      `where(${name} == 1, ${other}, ${back})`,
      `where(not (${name} >= ${axis}), ${on} * 2, ${other})`,
    ])
  }

  #reduction(scope: Scope, depth: number): string {
    const r = this.#r
    const pool = ['N', 'M', 'H', 'U', 'V', 'N']
    const indices = this.#indices(r.sample(pool, r.chance(0.25) ? 2 : 1), scope)
    const outer = r.pick([...scope, undefined])
    // Up to an index outside: a triangle.
    const [first] = indices
    const triangle = this.#has.triangles && outer && indices.length === 1 && r.chance(0.4)
    const inner: Scope = [
      ...scope,
      ...indices.map((index) => (triangle ? { ...index, axis: outer.axis } : index)),
    ]
    const body = this.#scalar(inner, depth - 1)
    const ranges = triangle
      ? `${first!.name} in ${r.pick([`1..${outer.name}`, `${outer.name}..${outer.axis}`])}`
      : this.#for(indices)
    const where = this.#has.conditions && r.chance(0.3)
    const f = r.pick(REDUCTIONS)
    const text = where ? ` where ${this.#guard(indices[0]!, inner, f)}` : ''
    return `${f}(${f === 'prod' ? `1 + tanh(${body}) / 2` : body} for ${ranges}${text})`
  }

  /** What is reduced must be something, except for sums and products. */
  #guard(index: Index, scope: Scope, f: string): string {
    const condition = this.#condition(scope)
    return f === 'sum' || f === 'prod' ? condition : `${index.name} == ${index.name} or ${condition}`
  }

  /** A causal filter: what is before the beginning does not count. */
  #shifted(scope: Scope): string {
    const { name, axis } = this.#r.pick(scope)
    const fitting = this.#values.filter(({ axes }) => axes.length === 1 && axes[0] === axis)
    if (fitting.length === 0 || !this.#has.conditions) return this.#entry(scope)
    const k = this.#indices(['3'], scope)[0]!.name
    const weights = this.#param(['3'])
    return `sum(${this.#use(this.#r.pick(fitting))}[${name}-${k}] * ${weights}[${k}+1] for ${k} in 0..2 where ${k} < ${name})`
  }

  /** A vector over an axis. */
  #vector(scope: Scope, axis: string, depth: number): string {
    const r = this.#r
    const fitting = this.#values.filter(
      ({ axes, fromZero, beyond }) =>
        axes.at(-1) === axis &&
        this.#usable(scope, axes.slice(0, -1)) &&
        !(axes.length === 1 && (fromZero ?? beyond)),
    )
    const leaf = (): string => {
      if (fitting.length === 0 || r.chance(0.3)) {
        const { axis: own } = r.pick([...scope, { axis: '' }])
        if (own === '') return this.#param([axis])
        return `${this.#param([own, axis])}[${this.#subscript(own, scope)}]`
      }
      const value = r.pick(fitting)
      return this.#use(value) + bracket(value.axes.slice(0, -1).map((a) => this.#subscript(a, scope)))
    }
    if (depth <= 0) return leaf()
    const inner = (): string => this.#vector(scope, axis, depth - 1)
    return r.pick([
      () => `tanh(${inner()} + ${inner()})`,
      () => `${this.#param([axis, axis])} @ ${leaf()}`,
      () => `(${inner()}) * ${this.#factor(this.#scalar(scope, depth - 1))}`,
      () => `softmax(${inner()})`,
      ...(this.#has.reductions
        ? [
            () => {
              const indices = this.#indices([r.pick(['N', 'M', 'U'])], scope)
              const all = [...scope, ...indices]
              return `${r.pick(['sum', 'mean', 'max'])}((${this.#vector(all, axis, depth - 1)}) * ${this.#factor(this.#scalar(all, 0))} for ${this.#for(indices)})`
            },
          ]
        : []),
      ...(this.#has.conditions && scope.length > 0
        ? [
            () =>
              `where(${this.#comparison(scope.filter((i) => i.axis !== 'x'))}, ${inner()}, zeros(${axis}))`,
          ]
        : []),
    ])()
  }

  // ——— equations

  #map(): void {
    const r = this.#r
    const axes = r.sample(['N', 'M', 'N1', 'P', 'V', 'H'], r.integer(1, 2))
    const indices = this.#indices(axes, [])
    const name = this.#fresh()
    const value = this.#scalar(indices, r.integer(1, 3))
    this.#equations.push(`${name}${bracket(indices.map((i) => i.name))} = ${value} for ${this.#for(indices)}`)
    this.#define(name, axes)
  }

  #rows(): void {
    const r = this.#r
    const axes = r.sample(['N', 'M', 'V'], 1)
    const indices = this.#indices(axes, [])
    const last = r.pick(['H', 'M'])
    const name = this.#fresh()
    const value = this.#vector(indices, last, 2)
    const text = `${name}${bracket(indices.map((i) => i.name))} = ${value}`
    this.#equations.push(
      r.chance(0.3) ? `${text}\n  for ${this.#for(indices)}` : `${text} for ${this.#for(indices)}`,
    )
    this.#define(name, [...axes, last])
  }

  #recurrence(): void {
    const r = this.#r
    const axis = r.pick(['N', 'M', 'N1'])
    const [t] = this.#indices([axis], [])
    const name = this.#fresh()
    const down = r.chance(0.4)
    const second = this.#extent(axis) >= 2 && r.chance(0.3)
    const scope = [t!]
    const input = this.#scalar(scope, 2)
    const [a, b] = [this.#param([]), this.#param([])]
    const prev = `${name}[${t!.name}${down ? '+' : '-'}1]`
    const before = `${name}[${t!.name}${down ? '+' : '-'}2]`
    const step = `tanh(${a} * ${prev}${second ? ` - ${b} * ${before}` : ''} + ${input})`
    const first = down ? `${axis}+1` : '0'
    this.#equations.push(`${name}[${first}] = ${b}`)
    if (second) {
      this.#equations.push(`${name}[${down ? axis : '1'}] = ${this.#scalar([], 0)} * ${a}`)
      this.#equations.push(
        `${name}[${t!.name}] = ${step} for ${t!.name} in ${down ? `${axis}-1..1` : `2..${axis}`}`,
      )
    } else
      this.#equations.push(
        `${name}[${t!.name}] = ${step} for ${t!.name} in ${down ? `${axis}..1` : `1..${axis}`}`,
      )
    this.#define(name, [axis], down ? { beyond: true } : { fromZero: true })
  }

  #vectorRecurrence(): void {
    const r = this.#r
    const axis = r.pick(['N', 'M'])
    const [t] = this.#indices([axis], [])
    const name = this.#fresh()
    const down = r.chance(0.4)
    const input = this.#vector([t!], 'H', 1)
    const prev = `${name}[${t!.name}${down ? '+' : '-'}1]`
    const start = r.pick(['zeros(H)', this.#param(['H'])])
    this.#equations.push(`${name}[${down ? `${axis}+1` : '0'}] = ${start}`)
    const line = `${name}[${t!.name}] = tanh(${this.#param(['H', 'H'])} @ ${prev} + ${input})`
    this.#equations.push(
      r.chance(0.5)
        ? `for ${t!.name} in ${down ? `${axis}..1` : `1..${axis}`} {\n  ${line}\n}`
        : `${line} for ${t!.name} in ${down ? `${axis}..1` : `1..${axis}`}`,
    )
    this.#define(name, [axis, 'H'], down ? { beyond: true } : { fromZero: true })
  }

  #grid(): void {
    const [a, b] = this.#r.sample(['N', 'M', 'V', 'U'], 2) as [string, string]
    const [i, j] = this.#indices([a, b], []) as [Index, Index]
    const name = this.#fresh()
    const [w, v] = [this.#param([]), this.#param([a])]
    const up = this.#r.chance(0.5)
    const [before, start] = up ? [`${j.name}-1`, '0'] : [`${j.name}+1`, `${b}+1`]
    this.#equations.push(
      `${name}[0, ${j.name}] = ${this.#scalar([j], 1)} for ${j.name} in 1..${b}`,
      `${name}[${i.name}, ${start}] = ${v}[${i.name}] for ${i.name} in 1..${a}`,
      `${name}[${i.name}, ${j.name}] = tanh(${w} * ${name}[${i.name}-1, ${j.name}] + ${name}[${i.name}, ${before}] + ${this.#scalar([i, j], 1)}) for ${i.name} in 1..${a}, ${j.name} in ${up ? `1..${b}` : `${b}..1`}`,
    )
    const reduced = this.#fresh()
    this.#equations.push(
      `${reduced}[${i.name}] = ${name}[${i.name}, 1] * ${name}[${i.name}, ${b}] for ${i.name} in 1..${a}`,
    )
    this.#define(reduced, [a])
  }

  /** Both indices of one axis, the second one up to the first one, and each row reduced. */
  #triangle(): void {
    const r = this.#r
    const axis = r.pick(['N', 'M'])
    const [i, j, l] = this.#indices([axis, axis, axis], []) as [Index, Index, Index]
    const name = this.#fresh()
    const range = r.pick([`1..${i.name}`, `${i.name}..${axis}`])
    this.#equations.push(
      `${name}[${i.name}, ${j.name}] = ${this.#scalar([i, j], 2)} for ${i.name} in 1..${axis}, ${j.name} in ${range}`,
    )
    const result = this.#fresh()
    const text = r.pick([
      `sum(${name}[${i.name}])`,
      `logsumexp(${name}[${i.name}])`,
      `max(${name}[${i.name}])`,
      ...(this.#has.reductions
        ? [
            `sum(exp(${name}[${i.name}, ${l.name}] - logsumexp(${name}[${i.name}])) * ${this.#entry([l])} for ${l.name} in ${range})`,
            `mean(${name}[${i.name}, ${l.name}] for ${l.name} in ${range})`,
          ]
        : []),
    ])
    this.#equations.push(`${result}[${i.name}] = ${text} for ${i.name} in 1..${axis}`)
    this.#define(result, [axis])
  }

  #pickWhole(rank: (axes: readonly string[]) => boolean): Value | undefined {
    const fitting = this.#values.filter(({ axes, fromZero, beyond }) => rank(axes) && !fromZero && !beyond)
    return fitting.length === 0 ? undefined : this.#r.pick(fitting)
  }

  #whole(): void {
    const r = this.#r
    const value = this.#pickWhole((axes) => axes.length > 0)
    if (!value) return this.#map()
    const name = this.#fresh()
    const { axes } = value
    const of = this.#use(value)
    if (axes.length === 1) {
      const [axis] = axes as [string]
      const [text, made] = r.pick<[string, readonly string[]]>([
        [`softmax(${of})`, axes],
        [`${this.#param(['H', axis])} @ ${of}`, ['H']],
        [`tanh(${of}) * ${this.#param([axis])}`, axes],
        [`mean(${of}) + max(${of})`, []],
        [`${of} @ ${this.#param([axis])}`, []],
      ])
      this.#equations.push(`${name} = ${text}`)
      return this.#define(name, made)
    }
    const [first, second] = axes as [string, string]
    const [text, made] = r.pick<[string, readonly string[]]>([
      [`softmax(${of})`, axes],
      [`${of} @ ${this.#param([second])}`, [first]],
      [`tanh(${of}.T)`, [second, first]],
      [`mean(${of}, axis=1)`, [second]],
      [`sum(${of} * ${of}, axis=2)`, [first]],
      [`${this.#param(['M', first])} @ ${of}`, ['M', second]],
    ])
    this.#equations.push(`${name} = ${text}`)
    this.#define(name, made)
  }

  #part(): void {
    const value = this.#pickWhole((axes) => axes.length > 0 && axes.includes('N'))
    if (!value) return
    const r = this.#r
    const name = this.#fresh()
    const of = this.#use(value)
    const [part, axis] = r.pick<[string, string]>([
      ['1..N1', 'N1'],
      ['U..N', 'N1'],
      ['1..P', 'P'],
      ['N-P+1..N', 'P'],
    ])
    let cut = false
    const subscripts = value.axes.map((a) => {
      if (a === 'N' && !cut) {
        cut = true
        return part
      }
      return ':'
    })
    const at = value.axes.indexOf('N')
    const made = value.axes.map((a, k) => (k === at ? axis : a))
    this.#equations.push(`${name} = ${r.pick(['', 'tanh'])}(${of}${bracket(subscripts)})`)
    this.#define(name, made)
  }

  #lookUp(): void {
    const r = this.#r
    const identity = this.#identities.length > 0 ? r.pick(this.#identities) : undefined
    if (!identity) return this.#map()
    const name = this.#fresh()
    const table = this.#param([identity.of, 'H'])
    if (identity.axes.length === 0) {
      this.#equations.push(`${name} = ${table}[${identity.name}]`)
      return this.#define(name, ['H'])
    }
    const [axis] = identity.axes as [string]
    const [t] = this.#indices([axis], [])
    this.#equations.push(
      r.chance(0.4)
        ? `${name} = ${table}[${identity.name}]`
        : `${name}[${t!.name}] = ${table}[${identity.name}[${t!.name}]] * ${this.#factor(this.#scalar([t!], 0))} for ${this.#range(t!)}`,
    )
    this.#define(name, [axis, 'H'])
  }

  #scatter(): void {
    const identity = this.#identities.find(({ axes }) => axes.length === 1)
    if (!identity || !this.#has.reductions) return this.#map()
    const [axis] = identity.axes as [string]
    const [n, k] = this.#indices([identity.of, axis], []) as [Index, Index]
    const name = this.#fresh()
    this.#equations.push(
      `${name}[${n.name}] = sum(${this.#scalar([k], 1)} for ${k.name} in 1..${axis} where ${identity.name}[${k.name}] == ${n.name}) for ${n.name} in 1..${identity.of}`,
    )
    this.#define(name, [identity.of])
  }

  #statistic(): void {
    const value = this.#pickWhole((axes) => axes.length > 0)
    if (!value) return
    const name = this.#fresh()
    const of = this.#use(value)
    this.#equations.push(
      `${name} = (${of} - mean(${of}, over=B)) / sqrt(mean((${of} - mean(${of}, over=B))^2, over=B) + 1/2)`,
    )
    this.#define(name, value.axes)
  }

  /** Layers of several widths. */
  #layers(): void {
    const r = this.#r
    const of = this.#fresh()
    const n = `n${this.#count}`
    const value = this.#pickWhole((axes) => axes.length === 1)
    if (!value) return this.#map()
    const widths = [r.integer(1, 3), r.integer(2, 3)]
    const [axis] = value.axes as [string]
    this.#declarations.push(`dim ${n}[0..2] = ${[this.#extent(axis), ...widths].join(', ')}`)
    const W = `w${++this.#count}`
    this.#declarations.push(`param ${W}[l][${n}[l], ${n}[l-1]] for l in 1..2`)
    const sizes = [widths[0]! * this.#extent(axis), widths[0]! * widths[1]!]
    this.#params[W] = sizes.map((size) => Array.from({ length: size }, () => r.normal() * 0.7))
    this.#equations.push(
      `${of}[0] = ${this.#use(value)}`,
      `${of}[l] = tanh(${W}[l] @ ${of}[l-1]) for l in 1..2`,
    )
    this.#losses.push(`sum(${of}[2])`)
  }

  /** Equations in one block that use one another. */
  #block(): void {
    const r = this.#r
    const axis = r.pick(['N', 'M'])
    const [i, j] = this.#indices([axis, r.pick(['V', 'U'])], []) as [Index, Index]
    const [a, b, c] = [this.#fresh(), this.#fresh(), this.#fresh()]
    this.#equations.push(
      [
        `for ${i.name} in 1..${axis} {`,
        `  ${a}[${i.name}] = ${this.#scalar([i], 1)}`,
        `  ${b}[${i.name}, ${j.name}] = ${a}[${i.name}] * ${this.#factor(this.#scalar([i, j], 1))} for ${this.#range(j)}`,
        `  for ${j.name} in 1..${j.axis} {`,
        `    ${c}[${j.name}, ${i.name}] = tanh(${b}[${i.name}, ${j.name}]) - ${a}[${i.name}]`,
        `  }`,
        `}`,
      ].join('\n'),
    )
    this.#define(a, [axis], {})
    this.#define(b, [axis, j.axis])
    this.#define(c, [j.axis, axis])
  }

  /** A scalar of a value, for the loss. */
  #reduced(value: Value): string {
    const { axes, fromZero, beyond } = value
    const name = this.#use(value)
    const r = this.#r
    if (axes.length === 0) return `tanh(${name})`
    const plain = [`sum(${name})`, `mean(${name}^2)`, `logsumexp(${name})`]
    const one = r.pick(['1', axes[0]!])
    if (axes.length === 2 && (fromZero ?? beyond)) return `sum(${name}[${one}] * 2)`
    const first = `${name}${bracket([one, ...axes.slice(1).map(() => '1')])}`
    if (!this.#has.reductions) return r.pick(fromZero || beyond ? [first] : [...plain.slice(0, 2), first])
    const indices = this.#indices(axes, [])
    const entry = name + bracket(indices.map((index) => index.name))
    return r.pick([
      ...(axes.length === 1 ? plain : plain.slice(0, 2)),
      first,
      `sum(${entry} * ${this.#factor(this.#scalar(indices, 0))} for ${this.#for(indices)})`,
      `mean(${entry}^2 for ${this.#for(indices)})`,
    ])
  }
}

const bracket = (entries: readonly string[]): string => (entries.length > 0 ? `[${entries.join(', ')}]` : '')
