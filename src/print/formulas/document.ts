import { aligned, rangeLatex } from './align.ts'
import { type Formulas, type Line, leftOf } from './formulas.ts'
import { grouped } from './grouped.ts'
import { toLatex } from '../layout/latex.ts'
import { type Layout, partsOf } from '../layout/layout.ts'
import { toText } from '../layout/text.ts'
import { vocabulary } from '../words.ts'

/** Blocks of lines with something in them. A derivative that stands among the error terms is said once. */
export function blocks({ forward, errorTerms, gradients }: Formulas): (readonly Line[])[] {
  const said = new Set(errorTerms.map((line) => toText(line.left)))
  return [forward, errorTerms, gradients.filter((line) => !said.has(toText(line.left)))].filter(
    (block) => block.length > 0,
  )
}

/** An `align*` with the equations, the error terms and the gradients, aligned at their equals signs. */
export function latexDocument(f: Formulas): string {
  const body = blocks(grouped(f)).map(aligned).join(' \\\\[1ex]\n')
  return `${commentsOf(f)}\\begin{align*}\n${body}\n\\end{align*}\n`
}

/** The notes as comments; Chinese ones come with what they need. */
export const commentsOf = (f: Formulas): string =>
  [...(f.language === 'zh' ? [vocabulary('zh').needsCtex] : []), ...f.notes]
    .map((n) => `% ${n.replaceAll(/[\r\n]+/g, ' ')}\n`)
    .join('')

/** The same in Unicode, for a terminal. */
export function textDocument(f: Formulas): string {
  const text = blocks(grouped(f)).map(textBlock).join('\n\n')
  return `${f.notes.map((n) => `${n}\n`).join('')}${f.notes.length > 0 ? '\n' : ''}${text}\n`
}

export function textBlock(block: readonly Line[]): string {
  const rendered = block.map((l) => ({ left: toText(leftOf(l)), right: `${toText(l.right)}${rangeText(l)}` }))
  const width = Math.min(
    MOST_COLUMNS,
    rendered.reduce((most, l) => Math.max(most, columns(l.left)), 0),
  )
  return rendered
    .map((l) => `${' '.repeat(Math.max(0, width - columns(l.left)))}${l.left} = ${l.right}`)
    .join('\n')
}

/** Left sides beyond this width are not aligned with. */
const MOST_COLUMNS = 24

/** Columns of a terminal: marks above letters take none. */
export const columns = (text: string): number => [...text].filter((c) => !/\p{M}/u.test(c)).length

/** `(l = 1, …, L)`, and downwards where the later index comes first; `(k = i, f, o)`. */
function rangeText({ range, over }: Line): string {
  const all = [
    ...(over ? [`${toText(over.index)} = ${over.values.map(toText).join(', ')}`] : []),
    ...(range ? [`${toText(range.index)} = ${toText(range.from)}, …, ${toText(range.to)}`] : []),
  ]
  return all.length === 0 ? '' : `   (${all.join('; ')})`
}

export const latexLine = (l: Line): string =>
  [toLatex(leftOf(l)), toLatex(l.right) + rangeLatex(l)].join(' = ')
export const textLine = (l: Line): string => [toText(leftOf(l)), toText(l.right) + rangeText(l)].join(' = ')

/**
 * For comments in generated code: the closed form of one gradient, above it the error terms that it mentions. What
 * these are made of stands above the gradients that mention it.
 */
export function formulaLines(f: Formulas, param: string): string[] {
  const own = f.gradients.filter((l) => l.name === param)
  const mentioned = namesIn(own.map((l) => l.right))
  return [...f.errorTerms.filter((l) => mentioned.has(toText(l.left))), ...own].map(textLine)
}

/** The texts of all parts of formulas that may be names. */
function namesIn(formulas: readonly Layout[]): Set<string> {
  const names = new Set<string>()
  const work = [...formulas]
  for (let l = work.pop(); l; l = work.pop()) {
    if (l.kind === 'script' || l.kind === 'letter' || l.kind === 'derivative') names.add(toText(l))
    for (const part of partsOf(l)) work.push(part)
  }
  return names
}
