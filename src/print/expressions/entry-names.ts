import { ONE, rational } from '../../base/rational.ts'
import type { Shape } from '../../graph/extent.ts'
import type { Network } from '../../graph/network.ts'
import { GREEK } from '../layout/glyphs.ts'
import { BINDING, type Layout, fence, letter, list, number, script } from '../layout/layout.ts'
import { type Names, takeApart } from './names.ts'

/** How the entries of one tensor are called, given their indices from 0. */
type Style = (at: readonly number[]) => Layout

/** The entries of named tensors, with names that no other entry and no name of the program has. */
export class EntryNames {
  readonly #names: Names
  readonly #styles = new Map<string, Style>()

  /** What is declared first has the shorter names. */
  constructor(names: Names, { params, data }: Pick<Network, 'params' | 'data'>) {
    this.#names = names
    for (const { symbol } of [...params, ...data]) {
      const { name, shape } = symbol
      if (isKnown(shape) && shape.length > 0) this.#styles.set(name, this.#choose(name, shape))
    }
  }

  /** The name of an entry: x₂; of W the entries are w₁₂, of a second W₂ they are w⁽²⁾₁₂ where w₁₂ is taken. */
  of(name: string, shape: readonly number[], at: readonly number[]): Layout {
    if (shape.length === 0) return this.#names.of(name)
    let style = this.#styles.get(name)
    if (!style) this.#styles.set(name, (style = this.#choose(name, shape)))
    return style(at)
  }

  #choose(name: string, shape: readonly number[]): Style {
    const whole = this.#names.of(name)
    const free = (style: Style): boolean =>
      positions(shape).every((at) => this.#names.take(style(at), `an entry of ${name}`))
    return (
      stylesOf(name, shape.length).find(free) ?? ((at) => script(fence('(', whole), together(at), undefined))
    )
  }
}

const isKnown = (shape: Shape): shape is readonly number[] => shape.every((n) => typeof n === 'number')

/** Short ones first. */
function stylesOf(name: string, rank: number): Style[] {
  const { stem, sub, sup } = takeApart(name)
  const small = rank === 2 ? lowercase(stem) : stem
  if (sup) return sub ? [] : [(at) => indexed(small, at, sup)]
  if (!sub) return [(at) => script(small, together(at), undefined)]
  const numbered: Style = (at) => indexed(small, at, fence('(', sub))
  if (sub.kind !== 'number') return [(at) => script(small, list([sub, ...indices(at)]), undefined)]
  // b₁ is a vector already; W₁ may be the only one whose entries are called w.
  return rank === 1 ? [numbered] : [(at) => script(small, together(at), undefined), numbered]
}

/** An index above in brackets is no power: nothing around it asks for brackets. */
const indexed = (stem: Layout, at: readonly number[], above: Layout): Layout => ({
  ...script(stem, together(at), above),
  level: BINDING.atom,
})

/** A matrix is a capital, its entries are small. */
function lowercase(stem: Layout): Layout {
  if (stem.kind !== 'letter' || stem.style !== 'italic') return stem
  const small = stem.text.toLowerCase()
  return [...small].length === 1 && (/[a-z]/.test(small) || [...GREEK.values()].includes(small))
    ? letter(small)
    : stem
}

export const indices = (at: readonly number[]): Layout[] => at.map((i) => number(ONE.mul(i + 1)))

/** Digits side by side; numbers of two digits need commas. */
export const together = (at: readonly number[]): Layout =>
  at.some((i) => i >= 9) ? list(indices(at)) : number(rational(at.map((i) => i + 1).join('')))

/** All positions of the entries of a tensor, row-major. */
export function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, n) => found.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])),
    [[]],
  )
}
