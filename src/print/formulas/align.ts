import { type Line, leftOf } from './formulas.ts'
import { toLatex } from '../layout/latex.ts'
import { BINDING, type Layout, row } from '../layout/layout.ts'
import { toText } from '../layout/text.ts'

/** Columns of text that stand for a line of a page. */
export const LINE = 76

/** Columns of a line of a page that a formula takes: as in text, but that what stands under a fraction line takes none. */
export const pageWidth = (l: Layout): number => toText(l).length - stacked(l)

/** The columns of text that a page does not need, since parts stand above one another. */
function stacked(l: Layout): number {
  switch (l.kind) {
    case 'row':
      return l.items.reduce((sum, item) => sum + stacked(item), 0)
    case 'fence':
      return stacked(l.body)
    case 'script':
      return stacked(l.base)
    case 'fraction':
      return 1 + Math.min(toText(l.top).length, toText(l.bottom).length)
    case 'derivative':
      return 2 + Math.min(toText(l.of).length, toText(row(l.by, BINDING.product)).length)
    default:
      return 0
  }
}

/** Lines aligned at their equals signs, for an environment such as aligned or align*. */
export const aligned = (lines: readonly Line[]): string =>
  lines.map((l) => `  ${toLatex(leftOf(l))} &= ${toLatex(l.right)}${rangeLatex(l)}`).join(' \\\\\n')

/** The same for paper: what is too long for a line goes on below, from an operator that binds least. */
export function alignedOnPaper(lines: readonly Line[]): string {
  return lines
    .map((line) => {
      const { right } = line
      const left = leftOf(line)
      const parts = broken(right, LINE - pageWidth(left))
      return `  ${toLatex(left)} &= ${parts.map((part) => toLatex(part).trim()).join(' \\\\\n    &\\quad {} ')}${rangeLatex(line)}`
    })
    .join(' \\\\\n')
}

/** A formula in pieces that fit; from the second on they begin with the operator. */
export function broken(l: Layout, width: number): Layout[] {
  if (l.kind !== 'row' || pageWidth(l) <= width) return [l]
  const pieces: Layout[][] = [[]]
  let length = 0
  l.items.forEach((item, i) => {
    // An operand with the sign before it.
    const own = pageWidth(item) + 3
    const starts = item.kind === 'operator' && !item.prefix && item.sign !== ','
    const next = l.items[i + 1]
    if (starts && length > 0 && length + own + (next ? pageWidth(next) : 0) > width) {
      pieces.push([])
      length = 0
    }
    pieces[pieces.length - 1]!.push(item)
    length += own
  })
  return pieces.map((items) => row(items, BINDING.sum))
}

/** `l = 1, …, L`, and downwards where the later index comes first; `k = i, f, o`. */
export function rangeLatex({ range, over }: Line): string {
  const all = [
    ...(over ? [`${toLatex(over.index)} = ${over.values.map(toLatex).join(', ')}`] : []),
    ...(range ? [`${toLatex(range.index)} = ${toLatex(range.from)}, \\dots, ${toLatex(range.to)}`] : []),
  ]
  return all.length === 0 ? '' : ` \\qquad ${all.join(';\\; ')}`
}
