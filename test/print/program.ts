import katex from 'katex'
import { type FormulaOptions, type Formulas, formulas, latexLine, textLine } from '../../src/print/index.ts'
import { stagesOf } from '../support/pipeline.ts'

/** The formulas of a program. */
export function formulasOf(source: string, options: FormulaOptions = {}): Formulas {
  const { graph, simple } = stagesOf(source)
  return formulas(graph, simple, options)
}

const all = (f: Formulas) => [...f.forward, ...f.errorTerms, ...f.gradients]
export const textOf = (f: Formulas): string[] => all(f).map(textLine)
export const latexOf = (f: Formulas): string[] => all(f).map(latexLine)

/** Throws where KaTeX finds anything to complain of. */
export function typeset(latex: string): string {
  return katex.renderToString(latex, { strict: 'error', throwOnError: true, displayMode: true })
}
