/** Names for the program: of letters that a model's names have, and none that means something already. */
import { KEYWORDS } from '../../syntax/statements.ts'
import { libraryNames } from '../../lower/library.ts'

const LONGEST = 40
/** Names of axes in equations. */
export const INDICES = ['i', 'j', 'k', 'l', 'm', 'n'] as const
/** Those that are summed over. */
export const SUMMED = ['u', 'v', 'w', 'r', 's', 'q'] as const
/** The index of recurrences and of series. */
export const STEP = 't'

/** What other words may stand where names do. */
const WORDS = ['where', 'and', 'or', 'not', 'in', 'keep', 'd', 'over', 'axis', 'shared', 'index', 'count']

/** A name like that of a model, or one of the stem that is free. */
export type Wish = { readonly like: string } | { readonly stem: string }

export class Names {
  readonly #taken = new Set<string>([
    ...KEYWORDS,
    ...libraryNames(),
    ...WORDS,
    ...INDICES,
    ...SUMMED,
    ...Array.from({ length: 2 * INDICES.length }, (_, i) => `ix${i}`),
    STEP,
  ])

  /** The name itself where it can be one, else one that is like it. */
  of(text: string, otherwise: string): string {
    const plain = text
      .replace(/[^A-Za-z0-9_]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, LONGEST)
    const stem = /^[A-Za-z]/.test(plain) ? plain : plain === '' ? otherwise : `${otherwise}_${plain}`
    return this.#free(stem, (k) => `${stem}_${k}`, 2)
  }

  /** The first of several names that is free. */
  firstOf(...names: readonly string[]): string {
    const free = names.find((name) => !this.#taken.has(name))
    return free === undefined ? this.of(names.at(-1)!, 'x') : this.of(free, free)
  }

  /** What a wish asks for. */
  wished(wish: Wish): string {
    return 'like' in wish ? this.of(wish.like, 'layer') : this.next(wish.stem)
  }

  /** The stem with the next number. */
  next(stem: string): string {
    return this.#free(`${stem}1`, (k) => `${stem}${k}`, 2)
  }

  #free(first: string, other: (k: number) => string, from: number): string {
    let name = first
    for (let k = from; this.#taken.has(name); k++) name = other(k)
    this.#taken.add(name)
    return name
  }
}
