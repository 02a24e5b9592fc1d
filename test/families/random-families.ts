/**
 * Random programs with families, right by construction and tame: every state goes through a bounded function. A seed
 * makes the same program again.
 */
import { type Dims, generator } from './support.ts'

export interface RandomProgram {
  /** Says how to make it again. */
  readonly name: string
  readonly source: string
  /** For dims that the program leaves open. */
  readonly dims: Dims
}

export function randomFamilies(seed: number | string): RandomProgram {
  return { name: `randomFamilies(${JSON.stringify(seed)})`, ...new Writer(`families/${seed}`).program() }
}

/** A width: a dim, or a family of extents by the index of the member. */
type Width = string | { readonly of: string }
/** What a member's name is written like at an index; `undefined` where there is no such member (yet). */
interface Family {
  readonly name: string
  /** Undefined for a scalar. */
  readonly width: Width | undefined
  readonly first: number
  last: number
}
/** Where a line stands: the text of the running index and the values that it takes. */
interface Place {
  readonly index: string
  readonly from: number
  readonly to: number
  /** Of a block that runs down: the member of step k is `sum - k`. */
  readonly sum?: string
}

const SQUASHED = [
  'tanh(#)',
  'sigmoid(#)',
  'sin(#)',
  'atan(#)',
  'erf(#)',
  'tanh(#) ^ 2',
  'softplus(-abs(#))',
  'exp(-(#)^2)',
  '(#) / (1 + (#)^2)',
  'where(# > 0, tanh(#), sin(#) / 2)',
  'relu(tanh(#))',
  'f(#)',
]

class Writer {
  readonly #next: () => number
  readonly #head: string[] = []
  readonly #params: string[] = []
  readonly #body: string[] = []
  readonly #dims: Record<string, number> = {}
  readonly #families: Family[] = []
  readonly #inputs: Family[] = []
  /** Scalars and vectors that are no families. */
  readonly #plain: { text: string; width: string | undefined }[] = []
  readonly #terms: string[] = []
  #count = 0
  #L = 1
  #L0 = 0
  #hasExtents = false
  #hasFunction = false
  #hasHyper = false

  constructor(seed: string) {
    this.#next = generator(seed)
  }

  // ——— chance

  integer = (lo: number, hi: number): number => lo + Math.floor(this.#next() * (hi - lo + 1))
  chance = (p: number): boolean => this.#next() < p
  pick = <T>(list: readonly T[]): T => list[this.integer(0, list.length - 1)]!

  // ——— texts

  /** `l`, `l-1`, `2+l`. */
  offset(index: string, by: number): string {
    if (by === 0) return index
    const sign = by < 0 ? '-' : '+'
    if (by > 0 && this.chance(0.15)) return `${by}+${index}`
    return this.chance(0.3) ? `${index} ${sign} ${Math.abs(by)}` : `${index}${sign}${Math.abs(by)}`
  }

  /** A number, now and then by way of L. */
  number(value: number): string {
    return this.chance(0.5) ? this.offset('L', value - this.#L) : String(value)
  }

  /** The member that the running index stands for, `by` members later. */
  running(place: Place, by: number): string {
    if (place.sum === undefined) return this.offset(place.index, by)
    const text = by === 0 ? '' : by > 0 ? `+${by}` : `-${-by}`
    return `${place.sum}-${place.index}${text}`
  }

  width(width: Width, index: string): string {
    return typeof width === 'string' ? width : `${width.of}[${index}]`
  }

  // ——— the program

  program(): { source: string; dims: Dims } {
    this.#L = this.integer(1, 5)
    this.#L0 = this.pick([0, 0, 0, 1, -1])
    if (this.chance(0.3)) {
      this.#dims['L'] = this.#L
      this.#head.push('dim L')
    } else this.#head.push(`dim L = ${this.#L}`)
    this.#head.push(`dim H = ${this.integer(1, 3)}, K = ${this.integer(2, 3)}`)
    this.#hasExtents = this.chance(0.5) && this.#dims['L'] === undefined
    if (this.#hasExtents) {
      const first = this.#L0 - 2
      const values = Array.from({ length: this.#L + 2 - first + 1 }, () =>
        this.pick(['1', '2', '3', 'H', 'K', 'H + 1', '2 * K - 1']),
      )
      this.#head.push(`dim n[${first}..${this.offset('L', 2)}] = ${values.join(', ')}`)
    }
    if (this.chance(0.4)) this.#head.push('batch B')
    this.#head.push('input x[H]')
    this.#plain.push({ text: 'x', width: 'H' })
    if (this.chance(0.6)) this.sequence()
    if (this.chance(0.3)) this.sequence()
    if ((this.#hasFunction = this.chance(0.5)))
      this.#head.push(
        `fn f(v) = ${this.pick(['v * sigmoid(v) / 4', 'tanh(v) + 0.1 * sin(v)', '1 / (1 + v^2)'])}`,
      )
    if ((this.#hasHyper = this.chance(0.4))) this.#head.push('hyper lambda = 0.3')

    this.blocks()
    if (this.chance(0.35)) this.nested()
    if (this.chance(0.4)) this.blocks()
    this.loss()
    const { source } = { source: `${[...this.#head, ...this.#params, ...this.#body].join('\n')}\n` }
    return { source, dims: this.#dims }
  }

  /** Data for every step. */
  sequence(): void {
    const name = `s${++this.#count}`
    const first = this.integer(this.#L0 - 1, 1)
    const width = this.chance(0.3) ? undefined : this.pick(['H', 'K'])
    const last = this.#L + this.integer(0, 1)
    this.#head.push(
      `input ${name}[i]${width === undefined ? '' : `[${width}]`} for i in ${first}..${this.number(last)}`,
    )
    this.#inputs.push({ name, width, first, last })
  }

  /** Some families, and the blocks that define their members between them. */
  blocks(): void {
    const down = this.chance(0.2)
    const order = this.pick([1, 1, 2])
    const from = this.#L0 + order
    const to = Math.max(from, this.#L + this.integer(-1, 1))
    const names = Array.from({ length: this.pick([1, 1, 2, 2, 3]) }, () => `h${++this.#count}`)
    const widths = names.map((): Width | undefined => {
      if (this.chance(0.2)) return undefined
      if (!down && this.#hasExtents && this.chance(0.4)) return { of: 'n' }
      return this.pick(['H', 'K'])
    })
    // The first members.
    const starts = Array.from({ length: order }, (_, i) => (down ? to + 1 + i : from - order + i))
    for (const [i, name] of names.entries())
      for (const index of starts) {
        const text = this.number(index)
        const width = widths[i] === undefined ? undefined : this.width(widths[i], text)
        this.#body.push(`${name}[${text}] = ${this.start(width)}`)
      }
    // One block, or two that share the range.
    const cut = !down && to > from && this.chance(0.25) ? this.integer(from, to - 1) : to
    const parts: [number, number][] = cut < to ? [[from, cut], [cut + 1, to]] : [[from, to]] // prettier-ignore
    for (const [a, b] of parts) {
      const index = this.pick(['l', 't', 'i', 'k'])
      // Of a block that runs down, step k = 1… stands for the member `to + 1 - k`.
      const place: Place = down
        ? { index, from: a, to: b, sum: this.number(b + 1) }
        : { index, from: a, to: b }
      const range = down ? `1..${this.number(b - a + 1)}` : `${this.number(a)}..${this.number(b)}`
      const lines = names.map((name, i) => {
        const width = widths[i]
        const current = this.running(place, 0)
        const value = this.state(place, names, widths, i, order, down)
        return `${name}[${current}] = ${width === undefined ? value : value}`
      })
      if (lines.length === 1 && this.chance(0.3)) this.#body.push(`for ${index} in ${range} { ${lines[0]!} }`)
      else this.#body.push(`for ${index} in ${range} {`, ...lines.map((line) => `  ${line}`), '}')
    }
    names.forEach((name, i) =>
      this.#families.push({
        name,
        width: widths[i],
        first: down ? from : from - order,
        last: down ? to + order : to,
      }),
    )
  }

  start(width: string | undefined): string {
    if (width === undefined) return this.pick(['0', '0.5', 'sum(x) / 4', this.param(undefined)])
    return this.pick([
      `zeros(${width})`,
      `ones(${width}) / 2`,
      this.param(width),
      `tanh(${this.param(width, 'H')} @ x)`,
    ])
  }

  /** A parameter that is no family. */
  param(rows: string | undefined, columns?: string): string {
    const name = `w${++this.#count}`
    const shape = rows === undefined ? '' : columns === undefined ? `[${rows}]` : `[${rows}, ${columns}]`
    this.#params.push(`param ${name}${shape}${this.chance(0.2) ? ' = 0.3' : ''}`)
    return name
  }

  /** A parameter with a member for every step, or one for all where its shape does not change. */
  weight(place: Place, rows: Width | undefined, columns?: { width: Width; by: number }): string {
    const changes = typeof rows === 'object' || typeof columns?.width === 'object'
    const at = (index: string): string => {
      if (rows === undefined) return ''
      const height = this.width(rows, index)
      if (columns === undefined) return `[${height}]`
      return `[${height}, ${this.width(columns.width, columns.by === 0 ? index : this.offset(index, columns.by))}]`
    }
    const name = `w${++this.#count}`
    if (!changes && this.chance(0.45)) {
      this.#params.push(`param ${name}${at('')}`)
      return name
    }
    const by = changes || place.sum !== undefined ? 0 : this.integer(-1, 1)
    const extra = changes ? 0 : this.pick([0, 0, 1])
    const index = this.pick(['l', 'j'])
    this.#params.push(
      `param ${name}[${index}]${at(index)}${this.chance(0.2) ? ' = normal(0, 0.5)' : ''} for ${index} in ${this.number(place.from + by - extra)}..${this.number(place.to + by)}`,
    )
    return `${name}[${this.running(place, by)}]`
  }

  /** The next member of family i: bounded, of what is there already. */
  state(
    place: Place,
    names: readonly string[],
    widths: readonly (Width | undefined)[],
    i: number,
    order: number,
    down: boolean,
  ): string {
    const width = widths[i]
    const before = down ? 1 : -1
    const terms: string[] = []
    const references: { name: string; width: Width | undefined; by: number }[] = []
    names.forEach((name, j) => {
      for (let back = j < i ? 0 : 1; back <= order; back++)
        references.push({ name, width: widths[j], by: back * before })
    })
    // Its own member before comes first, then some of the others.
    const own = references.find((r) => r.name === names[i])!
    const others = references.filter((r) => r !== own && this.chance(0.5)).slice(0, 2)
    for (const r of [own, ...others]) {
      const text = `${r.name}[${this.running(place, r.by)}]`
      if (width === undefined) terms.push(r.width === undefined ? this.scaled(place, text) : `mean(${text})`)
      else if (r.width === undefined) terms.push(`${text} * ${this.weight(place, width)}`)
      else if (r.width === width && typeof width === 'string' && this.chance(0.3)) terms.push(text)
      else terms.push(`${this.weight(place, width, { width: r.width, by: r.by })} @ ${text}`)
    }
    // Data and finished families, at the running index or at a fixed one.
    for (const f of [...this.#inputs, ...this.#families]) {
      if (!this.chance(0.4)) continue
      const runs = f.first <= place.from && place.to <= f.last
      if (!runs && !this.chance(0.5)) continue
      const by =
        runs && this.chance(0.3)
          ? Math.max(f.first - place.from, Math.min(f.last - place.to, this.integer(-1, 1)))
          : 0
      const fixed = this.integer(f.first, f.last)
      const text = `${f.name}[${runs ? this.running(place, by) : this.number(fixed)}]`
      if (f.width === undefined)
        terms.push(width === undefined ? text : `${this.weight(place, width)} * ${text}`)
      else if (width === undefined) terms.push(`mean(${text})`)
      else if (typeof f.width === 'object' && !runs) {
        // A fixed member has its own width, whatever the step.
        if (typeof width === 'string') terms.push(`${this.param(width, `n[${fixed}]`)} @ ${text}`)
        else terms.push(`mean(${text})`)
      } else terms.push(`${this.weight(place, width, { width: f.width, by })} @ ${text}`)
    }
    if (this.chance(0.4)) terms.push(this.weight(place, width))
    if (this.chance(0.15)) terms.push(`${place.index} / ${this.pick(['4', 'H', 'L'])}`)
    const sum = terms.join(this.chance(0.8) ? ' + ' : ' - ')
    const squashed = this.pick(this.#hasFunction ? SQUASHED : SQUASHED.slice(0, -1)).replaceAll('#', sum)
    if (this.#hasHyper && this.chance(0.3))
      return `lambda * ${squashed.includes(' ') ? `(${squashed})` : squashed}`
    return squashed
  }

  scaled(place: Place, text: string): string {
    return this.chance(0.5) ? text : `${this.weight(place, undefined)} * ${text}`
  }

  /** States over two indices. */
  nested(): void {
    const name = `g${++this.#count}`
    const T = this.integer(1, 3)
    const isTriangle = this.chance(0.3)
    const N = isTriangle ? T : this.integer(1, 3)
    const width = this.pick(['H', 'K'])
    const bracket = (t: string, l: string): string => `${name}[${t}, ${l}]`
    const weights = (): string => {
      const w = `w${++this.#count}`
      const kind = this.pick(['shared', 't', 'l', 'both'])
      const shape = `[${width}, ${width}]`
      if (kind === 'shared') {
        this.#params.push(`param ${w}${shape}`)
        return w
      }
      if (kind === 'both') {
        this.#params.push(`param ${w}[t, l]${shape} for t in 1..${T}, l in 1..${N}`)
        return `${w}[t, l]`
      }
      this.#params.push(`param ${w}[i]${shape} for i in 1..${kind === 't' ? T : N}`)
      return `${w}[${kind}]`
    }
    const inner = [
      `${weights()} @ ${bracket('t-1', 'l')}`,
      this.chance(0.7) ? `${weights()} @ ${bracket('t', 'l-1')}` : bracket('t', 'l-1'),
      ...(this.chance(0.5) ? [`${this.param(width, 'H')} @ x`] : []),
      ...(this.chance(0.3) ? [bracket('t-1', 'l-1')] : []),
    ].join(' + ')
    if (isTriangle)
      this.#body.push(
        `${bracket('0', '0')} = ${this.start(width)}`,
        `for t in 1..${T} {`,
        `  ${bracket('t', '0')} = ${this.start(width)}`,
        `  ${bracket('t-1', 't')} = zeros(${width})`,
        '  for l in 1..t {',
        `    ${bracket('t', 'l')} = tanh(${inner})`,
        '  }',
        '}',
      )
    else
      this.#body.push(
        `for t in 0..${T} { ${bracket('t', '0')} = ${this.start(width)} }`,
        `for l in 1..${N} { ${bracket('0', 'l')} = ${this.start(width)} }`,
        ...(this.chance(0.5)
          ? [`for t in 1..${T} {`, `  for l in 1..${N} {`]
          : [`for l in 1..${N} {`, `  for t in 1..${T} {`]),
        `    ${bracket('t', 'l')} = sin(${inner})`,
        '  }',
        '}',
      )
    this.#terms.push(`sum(${bracket(String(T), String(N))}^2)`)
    const [t, l] = [this.integer(1, T), 1]
    if (this.chance(0.5)) this.#terms.push(`mean(${bracket(String(t), String(l))})`)
  }

  loss(): void {
    for (const f of this.#families) {
      // Gathered over the steps, or of single members.
      if (this.chance(0.35)) {
        const e = `e${++this.#count}`
        const from = Math.max(f.first, this.#L0)
        this.#body.push(
          `${e}[${from - 1}] = 0`,
          `for t in ${from}..${this.number(f.last)} {`,
          `  ${e}[t] = ${this.#hasHyper && this.chance(0.5) ? 'lambda * ' : ''}${e}[t-1] + ${f.width === undefined ? `${f.name}[t]^2` : `sum(${f.name}[t]^2) / 2`}`,
          '}',
        )
        this.#terms.push(`${e}[${this.number(f.last)}]`)
      }
      const member = (index: number): string => `${f.name}[${this.number(index)}]`
      this.#terms.push(this.term(f, member(f.last), f.last))
      if (this.chance(0.3)) {
        const index = this.integer(f.first, f.last)
        this.#terms.push(this.term(f, member(index), index))
      }
    }
    if (this.chance(0.3)) {
      const f = this.pick(this.#families)
      this.#body.push(`output ${f.name}[${this.number(f.last)}]`)
    }
    this.#body.push(`loss J = ${this.#terms.join(' + ')}`)
  }

  term(f: Family, text: string, index: number): string {
    if (f.width === undefined) return this.pick([text, `${text}^2`, `cos(${text})`])
    const width = this.width(f.width, String(index))
    if (this.chance(0.4)) {
      const target = `y${++this.#count}`
      const isClass = this.chance(0.4)
      this.#head.push(`target ${target}[${width}]${isClass ? ' : onehot' : ''}`)
      return isClass ? `crossentropy(softmax(${text}), ${target})` : `squarederror(${text}, ${target})`
    }
    return this.pick([`sum(${text})`, `sum(${text}^2)`, `norm(2 + ${text})`, `logsumexp(${text})`])
  }
}
