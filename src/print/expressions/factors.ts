import { HALF, ONE, type Rational, isInteger, isNegative, isOne, rational } from '../../base/rational.ts'
import { isElement } from '../../graph/product.ts'
import type { Node } from '../../graph/node.ts'
import {
  BINDING,
  type Layout,
  bracket,
  fraction,
  isNegated,
  letter,
  number,
  root,
  row,
  script,
  sign,
} from '../layout/layout.ts'

/** A factor as it is read: where it stands in the program, and what it is. */
export interface Item {
  readonly layout: Layout
  readonly exponent: Rational
  /** Larger first. */
  readonly position: number
  /** 1 for an Iverson bracket, which stands before everything, else 0. */
  readonly mask: 0 | 1
  /** The place among the operands as the program wrote them, if it did. */
  readonly rank: number | undefined
  readonly node: Node | undefined
}

// ——— the order of factors

/** As the program wrote them, or else from the loss to the parameter; a and (1 − a) side by side. */
export function ordered(items: readonly Item[]): Item[] {
  if (items.every((i) => i.rank !== undefined))
    return [...items].sort((a, b) => b.mask - a.mask || a.rank! - b.rank!)
  const atoms = items.filter((i) => isName(i.node))
  const anchors = new Map<Item, Item>()
  for (const i of items) {
    const inside =
      i.node?.kind === 'sum'
        ? atoms.find((a) => i.node!.args.includes(a.node!) && a.position === i.position)
        : undefined
    if (inside) anchors.set(i, inside)
  }
  return [...items].sort((a, b) => {
    const x = anchors.get(a) ?? a
    const y = anchors.get(b) ?? b
    if (x === y) return Number(anchors.has(a)) - Number(anchors.has(b))
    return (
      b.mask - a.mask ||
      y.position - x.position ||
      kindRank(x.node) - kindRank(y.node) ||
      roleRank(x.node) - roleRank(y.node) ||
      elementOrder(x.node, y.node)
    )
  })
}

/** Elements of one tensor by their indices: x₁x₂. */
function elementOrder(a: Node | undefined, b: Node | undefined): number {
  const [x, y] = [a && elementOf(a), b && elementOf(b)]
  if (!x || !y || x.of !== y.of) return 0
  const at = x.indices.findIndex((index, i) => index !== y.indices[i])
  return at < 0 ? 0 : x.indices[at]! - (y.indices[at] ?? 0)
}

/** The tensor and the indices that an element is picked by. */
function elementOf(node: Node): { of: Node; indices: number[] } | undefined {
  if (node.kind !== 'product' || !isElement(node)) return undefined
  return {
    of: node.args.find((a) => a.kind !== 'basis')!,
    indices: node.args.flatMap((a) => (a.kind === 'basis' ? [a.index] : [])),
  }
}

/** Of what stands at one place the errors come first, then names, then what they are multiplied with. */
const kindRank = (n: Node | undefined): number => (n?.kind === 'sum' ? 0 : isName(n) ? 1 : 2)

/** What is learned before what it weighs: K x. */
const roleRank = (n: Node | undefined): number => (n?.kind === 'symbol' && n.symbol.role === 'param' ? 0 : 1)

const isName = (n: Node | undefined): boolean => n?.kind === 'symbol' || n?.kind === 'equation'

// ——— powers and fractions

/** Splits items into those above and those below the bar; exponents become positive. */
function bar(items: readonly Item[]): { above: Item[]; below: Item[] } {
  const above = items.filter((i) => !isNegative(i.exponent))
  const below = items.filter((i) => isNegative(i.exponent)).map((i) => ({ ...i, exponent: i.exponent.neg() }))
  return { above: ordered(above), below: ordered(below) }
}

/** x², √x, x^{3/2}; of a matrix A^{∘2}, since A² would be A A. */
export function powered(item: Item, isMatrix: boolean): Layout {
  const { layout, exponent } = item
  if (isOne(exponent)) return layout
  // ‖v‖² and its powers are those of ‖v‖.
  const norm = layout.kind === 'script' && layout.base.kind === 'fence' && layout.base.open === '‖'
  if (norm && isInteger(exponent.mul(2)))
    return isOne(exponent.mul(2))
      ? script(layout.base, layout.sub, undefined)
      : script(layout.base, layout.sub, number(exponent.mul(2)))
  if (exponent.equals(HALF)) return root(layout)
  const p: Layout = number(exponent)
  return script(layout, undefined, isMatrix ? row([letter('∘'), p], BINDING.atom) : p)
}

/** a ⊙ b, with a fraction for what divides. */
export function hadamard(items: readonly Item[], isMatrix: boolean): Layout {
  const { above, below } = bar(items)
  const join = (list: readonly Item[]): Layout => {
    const layouts = list.map((i) => powered(i, isMatrix))
    if (layouts.length === 1) return layouts[0]!
    return row(
      layouts.flatMap((l, i) => [
        ...(i > 0 ? [sign('⊙')] : []),
        bracket(l, l.kind === 'fraction' ? BINDING.unary : BINDING.unary),
      ]),
      BINDING.hadamard,
    )
  }
  if (below.length === 0) return join(above)
  return fraction(above.length === 0 ? number(ONE) : join(above), join(below))
}

/** A product of scalars: w₁x, −(y − ŷ)·w₂·a₁(1 − a₁)·x. */
function scalars(items: readonly Item[]): Layout {
  const layouts = items.map((i) => powered(i, false))
  if (layouts.length === 1) return layouts[0]!
  if (layouts.length === 2 && items.every((i) => isLetter(powered(i, false))))
    return row(layouts, BINDING.matrix)
  const parts: Layout[] = []
  items.forEach((item, i) => {
    const before = items[i - 1]
    const adjacent =
      before !== undefined &&
      isName(before.node) &&
      isOne(before.exponent) &&
      item.node?.kind === 'sum' &&
      item.node.args.includes(before.node!)
    if (i > 0 && !adjacent) parts.push(sign('·'))
    const l = layouts[i]!
    parts.push(bracket(l, l.level === BINDING.matrix ? BINDING.unary : BINDING.matrix))
  })
  return row(parts, BINDING.dot)
}

/** A single letter with or without scripts: two of them may stand side by side. */
function isLetter(l: Layout): boolean {
  if (l.kind === 'accent') return isLetter(l.body)
  if (l.kind === 'script') return l.sup?.kind !== 'fence' ? isLetter(l.base) : isLetter(l.base)
  return l.kind === 'letter' && l.style !== 'word'
}

/** coefficient · scalars · tensor, over what divides. */
export function scaled(coefficient: Rational, factors: readonly Item[], tensor: Layout | undefined): Layout {
  const { above, below } = bar(factors)
  const stacked = below.length > 0
  const top = stacked ? rational(coefficient.n) : coefficient
  const bottom = stacked ? rational(coefficient.d) : ONE
  const whole = above.length === 0 ? tensor : tensor ? beside(above, tensor) : scalars(above)
  // A mean over the batch is read as one: 1/B Σⱼ.
  if (stacked && whole?.kind === 'big' && whole.under.kind === 'letter' && whole.under.style === 'sample')
    return row([fraction(number(top), times(bottom, scalars(below))), whole], BINDING.hadamard)
  const numerator = times(top, whole)
  return stacked ? fraction(numerator, times(bottom, scalars(below))) : numerator
}

/** Scalars before a tensor: λW, (p − y)·x. */
function beside(items: readonly Item[], tensor: Layout): Layout {
  const s = scalars(items)
  const close =
    items.length === 1 &&
    isLetter(s) &&
    (isLetter(tensor) || tensor.level === BINDING.matrix || tensor.kind === 'fence')
  if (close)
    return row(
      [s, ...(tensor.kind === 'row' && tensor.level === BINDING.matrix ? tensor.items : [tensor])],
      BINDING.matrix,
    )
  return row(
    [
      bracket(s, s.level === BINDING.matrix && items.length === 1 ? BINDING.unary : BINDING.dot),
      sign('·'),
      bracket(tensor, BINDING.matrix),
    ].flatMap((l, i) => (i === 0 && l.kind === 'row' ? l.items : [l])),
    BINDING.dot,
  )
}

/** A positive number before a factor. */
function times(coefficient: Rational, factor: Layout | undefined): Layout {
  if (!factor) return number(coefficient)
  if (isOne(coefficient)) return factor
  const c = number(coefficient)
  // The sign of a sum reaches as far as its product does: as the last factor it needs no brackets.
  if (factor.kind === 'big')
    return row([isInteger(coefficient) ? c : bracket(c, BINDING.matrix), factor], BINDING.hadamard)
  const inner = bracket(factor, BINDING.dot)
  const items = inner.kind === 'row' && inner.level >= BINDING.dot ? inner.items : [inner]
  // Digits must not run into digits.
  const apart = beginsWithDigit(items[0]!)
  return row(
    [isInteger(coefficient) ? c : bracket(c, BINDING.matrix), ...(apart ? [sign('·')] : []), ...items],
    inner.level === BINDING.dot ? BINDING.dot : BINDING.matrix,
  )
}

function beginsWithDigit(l: Layout): boolean {
  if (l.kind === 'row') return beginsWithDigit(l.items[0]!)
  if (l.kind === 'script') return beginsWithDigit(l.base)
  return l.kind === 'number' || l.kind === 'fraction' || (l.kind === 'fence' && l.flat)
}

/** coefficient · layout, for the terms of a sum. */
export function multiple(coefficient: Rational, layout: Layout): Layout {
  if (isOne(coefficient)) return layout
  return times(coefficient, isNegated(layout) ? bracket(layout, BINDING.unary) : layout)
}
