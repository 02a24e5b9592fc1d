export { formulaLines, latexDocument, latexLine, textDocument, textLine } from './document.ts'
export {
  type Expression,
  type FormulaOptions,
  type Formulas,
  type Line,
  expression,
  formulas,
} from './formulas.ts'
export { recurrentFormulas } from './recurrences.ts'
export { toLatex } from './latex.ts'
export type { Layout } from './layout.ts'
export { toText } from './text.ts'
