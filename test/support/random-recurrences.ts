/**
 * Random programs with recurrences of open lengths: of one or two families, of either direction, of order one or two, over grids, or with
 * steps that need all earlier members; with first members that are given, learned or computed; with maps and other recurrences before and
 * after. They are right by construction and tame. A seed makes the same program again.
 */
import { type Random, random } from '../../src/base/random.ts'

export interface RandomRecurrence {
  readonly seed: number
  readonly source: string
  readonly params: readonly string[]
  readonly inputs: readonly string[]
  /** Scalars of the program that depend on parameters. */
  readonly scalars: readonly string[]
  /** What kinds of steps there are. */
  readonly kinds: readonly Kind[]
}

export type Kind = 'steps' | 'history' | 'grid'

/** @param order how many times the program differentiates itself */
export const randomRecurrence = (seed: number, order = 0, kinds?: readonly Kind[]): RandomRecurrence =>
  new Writer(random(`recurrences ${seed}/${order}`), seed, order, kinds).program()

/** The dims: of both known lengths and open ones the vectors are so long. */
const WIDTH = 'H'

/** A family over all steps of one index, from 1 on, whose members are scalars or vectors. */
interface Sequence {
  readonly name: string
  readonly dim: string
  readonly isVector: boolean
}

class Writer {
  readonly #rng: Random
  readonly #seed: number
  readonly #order: number
  readonly #kinds: readonly Kind[]
  readonly #params: string[] = []
  readonly #inputs: { readonly name: string; readonly text: string }[] = []
  readonly #lines: string[] = []
  readonly #scalars: string[] = []
  readonly #sequences: Sequence[] = []
  readonly #terms: string[] = []
  readonly #made = new Set<Kind>()
  readonly #dims = new Set<string>()
  #count = 0

  constructor(
    rng: Random,
    seed: number,
    order: number,
    kinds: readonly Kind[] = ['steps', 'history', 'grid'],
  ) {
    this.#rng = rng
    this.#seed = seed
    this.#order = order
    this.#kinds = kinds
  }

  program(): RandomRecurrence {
    const rng = this.#rng
    for (let k = rng.integer(1, 2); k >= 0; k--) this.#input('T', rng.chance(0.4))
    const count = this.#order > 0 ? 1 : rng.pick([1, 1, 2])
    for (let k = 0; k < count; k++) {
      if (rng.chance(0.2)) this.#map()
      const kind = rng.pick(this.#kinds)
      this.#made.add(kind)
      if (kind === 'grid') this.#grid()
      else this.#steps(kind === 'history')
    }
    if (rng.chance(0.2)) this.#map()
    for (let k = 0; k < this.#order; k++) this.#derivative(k)
    const loss = this.#terms.join(rng.chance(0.8) ? ' + ' : ' - ')
    const dims = [...this.#dims]
    const source = [
      ...dims.map((dim) => `dim ${dim}`),
      `dim ${WIDTH} = 2`,
      ...(rng.chance(0.2) ? ['batch B'] : []),
      ...this.#inputs.map(({ text }) => text),
      'target y',
      ...this.#params.map((text) => `param ${text}`),
      ...this.#lines,
      rng.chance(0.6) ? `loss J = (${loss} - y)^2` : `loss J = ${loss} - y * ${this.#scalars.at(-1)!}`,
      '',
    ].join('\n')
    return {
      seed: this.#seed,
      source,
      params: this.#params.map((text) => text.replace(/[[ ].*/, '')),
      inputs: this.#inputs.map(({ name }) => name),
      scalars: this.#scalars,
      kinds: [...this.#made],
    }
  }

  #name(letter: string): string {
    return `${letter}${++this.#count}`
  }

  #input(dim: string, isVector: boolean): Sequence {
    this.#dims.add(dim)
    const name = this.#name('x')
    const asList = this.#rng.chance(0.4)
    const axes = isVector ? [WIDTH] : []
    const text = asList
      ? `${name}[t]${isVector ? `[${WIDTH}]` : ''} for t in 1..${dim}`
      : `${name}[${[dim, ...axes].join(', ')}]`
    this.#inputs.push({ name, text: `input ${text}` })
    const made = { name, dim, isVector }
    this.#sequences.push(made)
    return made
  }

  #param(...shape: string[]): string {
    const name = this.#name('w')
    this.#params.push(shape.length > 0 ? `${name}[${shape.join(', ')}]` : name)
    return name
  }

  /** A scalar, or a vector, or a parameter with a member for each step of `dim`. */
  #weight(isVector: boolean, index: string, dim: string): string {
    const rng = this.#rng
    if (this.#order > 0 || rng.chance(0.7)) return isVector ? this.#param(WIDTH) : this.#param()
    const name = this.#name('w')
    this.#dims.add(dim)
    this.#params.push(`${name}[i]${isVector ? `[${WIDTH}]` : ''} for i in 1..${dim}`)
    return `${name}[${index}]`
  }

  /** A value as a term of one that is a vector or a scalar. */
  #term(text: string, isVector: boolean, wanted: boolean, index: string, dim: string): string {
    const rng = this.#rng
    if (isVector && wanted)
      return rng.chance(0.4)
        ? `${this.#param(WIDTH, WIDTH)} @ ${text}`
        : `${this.#weight(true, index, dim)} * ${text}`
    if (isVector) return rng.chance(0.5) ? `dot(${this.#param(WIDTH)}, ${text})` : `mean(${text})`
    if (wanted) return `${this.#weight(true, index, dim)} * ${text}`
    return rng.chance(0.3) ? text : `${this.#weight(false, index, dim)} * ${text}`
  }

  /** Something known at a step. */
  #known(dim: string, index: string, wanted: boolean): string {
    const rng = this.#rng
    const there = this.#sequences.filter((s) => s.dim === dim)
    if (there.length === 0 || rng.chance(0.15))
      return `${this.#weight(wanted, index, dim)}${rng.chance(0.3) ? ` * ${index} / 3` : ''}`
    const { name, isVector } = rng.pick(there)
    return this.#term(`${name}[${index}]`, isVector, wanted, index, dim)
  }

  #squashed(sum: string): string {
    return this.#rng
      .pick(['tanh(#)', 'sin(#)', 'sigmoid(#)', 'atan(#)', '(#) / 2', '0.3 * (#)'])
      .replace('#', sum)
  }

  /** A first member: learned, of other parameters, or a number. */
  #start(isVector: boolean): string {
    const kind = this.#rng.pick(['number', 'learned', 'computed'] as const)
    if (kind === 'number') return isVector ? `zeros(${WIDTH})` : this.#rng.pick(['0', '0.5'])
    const param = isVector ? this.#param(WIDTH) : this.#param()
    return kind === 'learned' ? param : isVector ? `tanh(${param})` : `sin(${param})`
  }

  #map(): void {
    const rng = this.#rng
    const { dim } = rng.pick(this.#sequences)
    const isVector = rng.chance(0.4)
    const name = this.#name('m')
    this.#lines.push(`${name}[t] = ${this.#squashed(this.#known(dim, 't', isVector))} for t in 1..${dim}`)
    this.#sequences.push({ name, dim, isVector })
  }

  /** One or two families over T steps. */
  #steps(seesAll: boolean): void {
    const rng = this.#rng
    const [falls, order] = [rng.chance(0.3), seesAll ? 1 : rng.pick([1, 1, 2])]
    const families = Array.from({ length: rng.pick([1, 1, 2]) }, () => ({
      name: this.#name('h'),
      isVector: rng.chance(0.4),
    }))
    const before = (by: number): string => (falls ? `t+${by}` : `t-${by}`)
    for (const { name, isVector } of families)
      for (let k = 0; k < order; k++)
        this.#lines.push(`${name}[${falls ? `T+${k + 1}` : -k}] = ${this.#start(isVector)}`)
    const lines = families.map(({ name, isVector }, i) => {
      const own = this.#term(`${name}[${before(1)}]`, isVector, isVector, 't', 'T')
      const terms = seesAll ? [this.#sumOfAll(name, isVector, isVector, falls)] : [own]
      if (seesAll && rng.chance(0.3)) terms.push(own)
      if (rng.chance(0.7)) terms.push(this.#known('T', 't', isVector))
      for (const [k, other] of families.entries()) {
        if (k === i || !rng.chance(0.7)) continue
        const at = k < i && rng.chance(0.5) ? 't' : before(rng.integer(1, order))
        terms.push(
          seesAll && rng.chance(0.5)
            ? this.#sumOfAll(other.name, other.isVector, isVector, falls)
            : this.#term(`${other.name}[${at}]`, other.isVector, isVector, 't', 'T'),
        )
      }
      if (order === 2) terms.push(this.#term(`${name}[${before(2)}]`, isVector, isVector, 't', 'T'))
      return `${name}[t] = ${this.#squashed(terms.join(' + '))}`
    })
    this.#lines.push(`for t in ${falls ? 'T..1' : '1..T'} {`, ...lines.map((line) => `  ${line}`), '}')
    this.#dims.add('T')
    for (const { name, isVector } of families) {
      this.#sequences.push({ name, dim: 'T', isVector })
      if (rng.chance(0.7)) this.#judge(`${name}[${falls ? 1 : 'T'}]`, isVector)
      if (rng.chance(0.3)) this.#judge(`sum(${name})`, false)
    }
    if (this.#terms.length === 0)
      this.#judge(`${families[0]!.name}[${falls ? 1 : 'T'}]`, families[0]!.isVector)
  }

  /** Σ over all members before of what depends on both indices. */
  #sumOfAll(name: string, isVector: boolean, wanted: boolean, falls: boolean): string {
    const rng = this.#rng
    const member = this.#term(
      rng.pick(['#', '#', '#^2', 'sin(#)']).replace('#', `${name}[s]`),
      isVector,
      wanted,
      't',
      'T',
    )
    const by = falls ? 's - t' : 't - s'
    const kernel = rng.pick([
      '#',
      `# / (${by})`,
      `# * exp(-(${by}))`,
      `# * sin(s + t)`,
      `# * tanh(w * (${by}))`,
    ])
    return `sum(${kernel.replace('#', member).replace('w *', () => `${this.#param()} *`)} for s in ${falls ? 't+1..T+1' : '0..t-1'})`
  }

  /** A family over N and M. */
  #grid(): void {
    const rng = this.#rng
    for (const dim of ['N', 'M']) this.#input(dim, rng.chance(0.2))
    const name = this.#name('c')
    const isVector = rng.chance(0.2)
    const end = rng.chance(0.25) ? '+1' : '-1'
    const [i, j] = [`i${end}`, `j${end}`]
    const [iStart, jStart] = end === '-1' ? ['0', '0'] : ['N+1', 'M+1']
    const [iRange, jRange] = end === '-1' ? ['1..N', '1..M'] : ['N..1', 'M..1']
    const hasCorner = rng.chance(0.5)
    const sides = rng.chance(0.8)
    const cell = (a: string, b: string): string =>
      this.#term(`${name}[${a}, ${b}]`, isVector, isVector, 'i', 'N')
    const guarded = (a: string, b: string, condition: string): string =>
      sides ? cell(a, b) : `where(${condition}, ${name}[${a}, ${b}], ${isVector ? `zeros(${WIDTH})` : '0.2'})`
    if (sides) {
      if (hasCorner) this.#lines.push(`${name}[${iStart}, ${jStart}] = ${this.#start(isVector)}`)
      this.#lines.push(`${name}[i, ${jStart}] = ${this.#start(isVector)} for i in 1..N`)
      this.#lines.push(`${name}[${iStart}, j] = ${this.#start(isVector)} for j in 1..M`)
    }
    const terms = [
      guarded(i, 'j', end === '-1' ? 'i > 1' : 'i < N'),
      guarded('i', j, end === '-1' ? 'j > 1' : 'j < M'),
    ]
    if (sides && hasCorner) terms.push(cell(i, j))
    terms.push(this.#known('N', 'i', isVector), this.#known('M', 'j', isVector))
    const value =
      !isVector && rng.chance(0.3)
        ? `${terms.pop()!} - logsumexp([${terms.map((t) => `-${t}`).join(', ')}])`
        : this.#squashed(terms.join(' + '))
    this.#lines.push(`${name}[i, j] = ${value} for i in ${iRange}, j in ${jRange}`)
    const last = end === '-1' ? `${name}[N, M]` : `${name}[1, 1]`
    this.#judge(last, isVector)
    if ((hasCorner || !sides) && rng.chance(0.3)) this.#judge(`sum(${name})`, false)
  }

  /** A value in the loss. */
  #judge(text: string, isVector: boolean): void {
    const name = this.#name('q')
    const squared = this.#rng.chance(0.5)
    const value = !isVector ? text : squared ? `sum(${text}^2)` : `dot(${this.#param(WIDTH)}, ${text})`
    this.#lines.push(`${name} = ${value}`)
    this.#scalars.push(name)
    this.#terms.push(name)
  }

  /** A derivative of what is there, by a parameter. */
  #derivative(order: number): void {
    const of = this.#scalars.at(-1)!
    const shapes = new Map(this.#params.map((text) => [text.replace(/[[ ].*/, ''), text]))
    const name = this.#name('g')
    const by = this.#rng.pick([...shapes.keys()])
    const isScalar = !shapes.get(by)!.includes('[')
    const derivative = `d(${of}, ${by})`
    this.#lines.push(
      `${name} = ${isScalar ? derivative : order > 0 ? `sum(${derivative})` : `sum(${derivative}^2)`}`,
    )
    this.#scalars.push(name)
    this.#terms.push(name)
  }
}
