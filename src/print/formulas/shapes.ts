/** Shapes under the factors of a product: W₂ᵀ is n×m, δ is m×1. */
import type { Shape } from '../../graph/extent.ts'
import { BINDING, type Layout, brace, fence, row, sign, transposed } from '../layout/layout.ts'
import { toText } from '../layout/text.ts'

/** The shapes of names, by their texts. */
export class Shapes {
  readonly #known = new Map<string, Layout>()
  readonly #extent: (extent: Shape[number]) => Layout
  readonly #rows: boolean

  /** @param rows whether vectors are rows: 1×n */
  constructor(extent: (extent: Shape[number]) => Layout, rows: boolean) {
    this.#extent = extent
    this.#rows = rows
  }

  /** Learns the shape of a name, and of its transpose; scalars have none, nor have tensors of higher rank. */
  learn(name: Layout, shape: Shape): void {
    if (shape.length === 0 || shape.length > 2) return
    const [first, second = 1] = shape
    const [height, width] = shape.length === 1 && this.#rows ? [1, first!] : [first!, second]
    this.#known.set(toText(name), this.#pair(height, width))
    this.#known.set(toText(transposed(name)), this.#pair(width, height))
  }

  /** A formula with the shapes under the factors of its products. */
  under(l: Layout): Layout {
    const known = this.#of(l)
    if (known) return brace(l, known)
    if (l.kind === 'fence' && l.open === '(' && l.body.kind === 'row' && l.body.level >= BINDING.hadamard)
      return fence('(', this.under(l.body), l.flat)
    if (l.kind !== 'row' || l.level < BINDING.sum) return l
    return row(
      l.items.map((item) => (item.kind === 'operator' ? item : this.under(item))),
      l.level,
    )
  }

  /** Of a name, of a sum in brackets, of a function's derivative. */
  #of(l: Layout): Layout | undefined {
    const known = this.#known.get(toText(l.kind === 'fence' && l.flat ? l.body : l))
    if (known) return known
    if (l.kind === 'fence' && l.open === '(' && l.body.kind === 'row' && l.body.level === BINDING.sum)
      return l.body.items.map((item) => this.#of(item)).find((shape) => shape !== undefined)
    const elementwise = l.kind === 'call' && l.callee.kind === 'script' && l.args.length === 1
    return elementwise ? this.#of(l.args[0]!) : undefined
  }

  #pair(height: Shape[number], width: Shape[number]): Layout {
    return row([this.#extent(height), sign('×'), this.#extent(width)], BINDING.hadamard)
  }
}

/** Each thing with a shape under it, once, in the order in which they stand. */
export function bracesIn(
  layouts: readonly Layout[],
  partsOf: (l: Layout) => readonly Layout[],
): (Layout & { kind: 'brace' })[] {
  const found = new Map<string, Layout & { kind: 'brace' }>()
  const visit = (l: Layout): void => {
    if (l.kind !== 'brace') return partsOf(l).forEach(visit)
    // Brackets that are drawn only on one line are none here.
    const plain = l.body.kind === 'fence' && l.body.flat ? { ...l, body: l.body.body } : l
    if (!found.has(toText(plain))) found.set(toText(plain), plain)
  }
  layouts.forEach(visit)
  return [...found.values()]
}
