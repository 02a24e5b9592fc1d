import type { Formulas, Line } from './formulas.ts'
import { toLatex } from './latex.ts'
import { toText } from './text.ts'

/** Blocks of lines with something in them. */
const blocks = (f: Formulas): (readonly Line[])[] => [f.forward, f.errorTerms, f.gradients].filter(b => b.length > 0)

/** An `align*` with the equations, the error terms and the gradients, aligned at their equals signs. */
export function latexDocument(f: Formulas): string {
  const comments = f.notes.map(n => `% ${n.replaceAll(/[\r\n]+/g, ' ')}\n`).join('')
  const body = blocks(f).map(block => block.map(l => `  ${toLatex(l.left)} &= ${toLatex(l.right)}`).join(' \\\\\n')).join(' \\\\[1ex]\n')
  return `${comments}\\begin{align*}\n${body}\n\\end{align*}\n`
}

/** The same in Unicode, for a terminal. */
export function textDocument(f: Formulas): string {
  const rendered = blocks(f).map(block => block.map(l => ({ left: toText(l.left), right: toText(l.right) })))
  const width = Math.min(24, Math.max(0, ...rendered.flat().map(l => columns(l.left))))
  const pad = (left: string): string => ' '.repeat(Math.max(0, width - columns(left))) + left
  const text = rendered.map(block => block.map(l => `${pad(l.left)} = ${l.right}`).join('\n')).join('\n\n')
  return `${f.notes.join('\n')}\n\n${text}\n`
}

/** Columns of a terminal: marks above letters take none. */
const columns = (text: string): number => [...text].filter(c => !/\p{M}/u.test(c)).length

export const latexLine = (l: Line): string => `${toLatex(l.left)} = ${toLatex(l.right)}`
export const textLine = (l: Line): string => `${toText(l.left)} = ${toText(l.right)}`

/** For comments in generated code: the closed form of one gradient. */
export const formulaLines = (f: Formulas, param: string): string[] => f.gradients.filter(l => l.name === param).map(textLine)
