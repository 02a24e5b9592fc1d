/**
 * Reads lines that are said of entries back from their characters, zᵢⱼ = Σₖₗ Kᵢₖₗ·x_{k,j + l − 1} + bᵢ, with nothing but the values of the
 * names in them: an independent reader. An index runs along the axes that it is a subscript of by itself.
 */
import type { Tensor } from '../../src/interpret/index.ts'

export type Values = ReadonlyMap<string, Tensor<number>>
type Indices = ReadonlyMap<string, number>

const BELOW = '₀₁₂₃₄₅₆₇₈₉'
const LETTERS: Readonly<Record<string, string>> = Object.fromEntries(
  [...'ᵢⱼₖₗₘₙₚᵣₛₜᵤᵥ'].map((c, i) => [c, 'ijklmnprstuv'[i]!]),
)
const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
}

/** The value of what stands on the right, at values of the indices on the left. */
export function readEntry(text: string, values: Values, indices: Indices): number {
  return new Reader(text, values).all(indices)
}

/** The name on the left, and its indices. */
export function leftOf(text: string): { readonly name: string; readonly letters: readonly string[] } {
  const found = /^\(?(?<name>.*?)\)?(?:_\{(?<long>[a-z]+)\}|(?<short>[ᵢⱼₖₗₘₙ]+))$/u.exec(text)?.groups
  if (!found) throw new Error(`no entries: ${text}`)
  const letters = found['long'] ? [...found['long']] : [...found['short']!].map((c) => LETTERS[c]!)
  return { name: found['name']!, letters }
}

class Reader {
  readonly #text: string
  readonly #values: Values
  #at = 0

  constructor(text: string, values: Values) {
    this.#text = text
    this.#values = values
  }

  all(indices: Indices): number {
    const value = this.#sum(indices)
    if (this.#at < this.#text.length) this.#stop()
    return value
  }

  #stop(): never {
    throw new Error(`cannot read on at ${this.#text.slice(this.#at)} of ${this.#text}`)
  }

  #rest(): string {
    return this.#text.slice(this.#at)
  }

  #take(token: string): boolean {
    if (!this.#rest().startsWith(token)) return false
    this.#at += token.length
    return true
  }

  #sum(indices: Indices): number {
    let total = this.#take('−') ? -this.#product(indices) : this.#product(indices)
    for (;;) {
      if (this.#take(' + ')) total += this.#product(indices)
      else if (this.#take(' − ')) total -= this.#product(indices)
      else return total
    }
  }

  #product(indices: Indices): number {
    let value = this.#factor(indices)
    for (;;) {
      if (this.#take('/')) value /= this.#factor(indices)
      else if (this.#take('·') || /^ ?[\p{L}([∂]/u.test(this.#rest())) {
        this.#take(' ')
        value *= this.#factor(indices)
      } else return value
    }
  }

  #factor(indices: Indices): number {
    const value = this.#atom(indices)
    return this.#take('²') ? value ** 2 : this.#take('³') ? value ** 3 : value
  }

  #atom(indices: Indices): number {
    const index = /^[a-z](?![\p{L}₀-₉ᵢ-ᵥ_])/u.exec(this.#rest())?.[0]
    if (index !== undefined && indices.has(index)) {
      this.#at++
      return indices.get(index)!
    }
    const number = /^\d+(?:\.\d+)?|^½|^¼/u.exec(this.#rest())?.[0]
    if (number) {
      this.#at += number.length
      return number === '½' ? 0.5 : number === '¼' ? 0.25 : Number(number)
    }
    if (this.#take('Σ')) {
      const letters = this.#letters()
      this.#take(' ')
      return this.#over(letters, indices).reduce((a, b) => a + b, 0)
    }
    if (this.#take('[')) return this.#condition(indices)
    if (/^max[_ₗₖₘ]/u.test(this.#rest())) {
      this.#take('max')
      const letters = this.#letters()
      return Math.max(...this.#over(letters, indices))
    }
    if (this.#take('max(')) {
      const [a] = [this.#sum(indices), this.#take(', ')]
      const b = this.#sum(indices)
      this.#take(')')
      return Math.max(a, b)
    }
    const f = Object.keys(FUNCTIONS).find((name) => this.#take(`${name}(`))
    if (f) {
      const value = FUNCTIONS[f]!(this.#sum(indices))
      this.#take(')')
      return value
    }
    const name = [...this.#values.keys()]
      .sort((a, b) => b.length - a.length)
      .find((own) => this.#take(`(${own})`) || this.#take(own))
    if (name !== undefined) return this.#entry(name, indices)
    if (!this.#take('(')) this.#stop()
    const value = this.#sum(indices)
    if (!this.#take(')')) this.#stop()
    return value
  }

  /** `_{lm}`, `_{l ≤ 2,m}`, or characters below: letters, and how far they run where that is said. */
  #letters(): (readonly [letter: string, length: number | undefined])[] {
    const long = /^_\{([^}]*)\}/u.exec(this.#rest())
    const short = /^(?:[ᵢⱼₖₗₘₙₚᵣ]|_[a-z])+/u.exec(this.#rest())
    const found = long ?? short
    if (!found) this.#stop()
    this.#at += found[0].length
    if (!long) return [...found[0].replaceAll('_', '')].map((c) => [LETTERS[c] ?? c, undefined])
    const parts = /[,≤]/u.test(long[1]!) ? long[1]!.split(',') : [...long[1]!]
    return parts.map((part) => {
      const [letter, length] = part.split(' ≤ ') as [string, string?]
      return [letter, length === undefined ? undefined : Number(length)]
    })
  }

  /** [1 ≤ i − l + 1 ≤ 3] */
  #condition(indices: Indices): number {
    const sides = [this.#sum(indices)]
    let holds = true
    while (!this.#take(']')) {
      const relation = /^ (≤|≥|=|>|<) /u.exec(this.#rest())
      if (!relation) this.#stop()
      this.#at += relation[0].length
      const [a, b] = [sides.at(-1)!, this.#sum(indices)]
      holds &&= { '≤': a <= b, '≥': a >= b, '=': a === b, '>': a > b, '<': a < b }[relation[1]!]!
      sides.push(b)
    }
    return Number(holds)
  }

  /** What follows, for all values of letters. */
  #over(letters: readonly (readonly [string, number | undefined])[], indices: Indices): number[] {
    const start = this.#at
    let all: Indices[] = [indices]
    for (const [letter, said] of letters) {
      const length = said ?? this.#lengthOf(letter)
      all = all.flatMap((own) => Array.from({ length }, (_, i) => new Map([...own, [letter, i + 1]])))
    }
    return all.map((own) => {
      this.#at = start
      return this.#product(own)
    })
  }

  /** The axis of which a letter is the whole subscript somewhere. */
  #lengthOf(letter: string): number {
    const text = this.#rest()
    for (const [name, { shape }] of this.#values) {
      for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
        const before = text[at - 1] ?? ' '
        if (/[\p{L}]/u.test(before) || shape.length === 0) continue
        const after = text.slice(at + name.length).replace(/^\)/u, '')
        const axis = subscriptsIn(after)?.parts.indexOf(letter) ?? -1
        if (axis >= 0) return shape[axis]!
      }
    }
    throw new Error(`nothing says how far ${letter} runs in ${text}`)
  }

  #entry(name: string, indices: Indices): number {
    const { shape, data } = this.#values.get(name)!
    if (shape.length === 0) return data[0]!
    const found = subscriptsIn(this.#rest())
    if (!found || found.parts.length !== shape.length) this.#stop()
    this.#at += found.length
    const at = found.parts.map((part) =>
      new Reader(part, new Map([...indices].map(([n, v]) => [n, scalar(v)]))).all(new Map()),
    )
    // Outside of its axes there is nothing: a bracket beside it says so.
    if (at.some((i, axis) => i < 1 || i > shape[axis]!)) return 0
    return data[at.reduce((flat, i, axis) => flat * shape[axis]! + i - 1, 0)]!
  }
}

const scalar = (value: number): Tensor<number> => ({ shape: [], data: [value] })

/** The subscripts that stand first in a text: ᵢⱼ, _{ilm}, _{l,j + m − 1}. */
function subscriptsIn(
  text: string,
): { readonly parts: readonly string[]; readonly length: number } | undefined {
  const short = /^[ᵢⱼₖₗₘₙₚᵣ₀-₉]+/u.exec(text)
  if (short) {
    const parts = [...short[0]].map((c) => LETTERS[c] ?? String(BELOW.indexOf(c)))
    return { parts, length: short[0].length }
  }
  const single = /^_([a-z])/u.exec(text)
  if (single) return { parts: [single[1]!], length: 2 }
  const long = /^_\{([^}]*)\}/u.exec(text)
  if (!long) return undefined
  const inner = long[1]!
  return {
    parts: inner.includes(',') ? inner.split(',') : /^[a-z\d]+$/u.test(inner) ? [...inner] : [inner],
    length: long[0].length,
  }
}
