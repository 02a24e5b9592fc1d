/** Names of classes, and the whole numbers that stand for them. */
import { wrong } from './problems.ts'

/** More names than this are no classes. */
const MOST = 100_000

export class Classes {
  readonly #numbers = new Map<string, number>()
  readonly #name: string
  readonly #most: number
  readonly #fixed: boolean

  /** @param names those that there are, where that is known already: others are wrong */
  constructor(name: string, most: number | undefined, names?: readonly string[]) {
    this.#name = name
    this.#most = most ?? MOST
    this.#fixed = names !== undefined
    names?.forEach((n, i) => this.#numbers.set(n, i))
  }

  /** The number of a class, by when it came first. */
  number(name: string, place: string): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      if (this.#fixed) throw wrong.unknownClass(this.#name, place, name, [...this.#numbers.keys()])
      number = this.#numbers.size
      // Whole numbers in their range stay what they are, however few of them occur.
      if (number >= this.#most && !(isWhole(name) && Number(name) < this.#most))
        throw wrong.tooManyClasses(this.#name, this.#most, place, name, [...this.#numbers.keys()])
      this.#numbers.set(name, number)
    }
    return number
  }

  get names(): readonly string[] {
    return [...this.#numbers.keys()]
  }

  /**
   * The names in their final order, and for each number by first appearance the place in it: whole numbers from 0 on stay what they
   * are; other numbers are in their order, and words by their characters.
   */
  settled(): { readonly names: readonly string[]; readonly places: readonly number[] } {
    const found = this.names
    if (this.#fixed) return { names: found, places: found.map((_, i) => i) }
    if (found.every((n) => isWhole(n) && Number(n) < this.#most)) {
      const largest = Math.max(...found.map(Number))
      const count = this.#most === MOST ? largest + 1 : this.#most
      return { names: Array.from({ length: count }, (_, i) => String(i)), places: found.map(Number) }
    }
    if (found.length > this.#most)
      throw wrong.tooManyClasses(this.#name, this.#most, 'the table', found.at(-1)!, found.slice(0, -1))
    const numeric = found.every((n) => Number.isFinite(Number(n)))
    const names = [...found].sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0))
    const place = new Map(names.map((n, i) => [n, i]))
    return { names, places: found.map((n) => place.get(n)!) }
  }
}

const isWhole = (text: string): boolean => /^(?:0|[1-9]\d{0,8})$/.test(text)
