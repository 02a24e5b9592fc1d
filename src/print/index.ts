export { columns, formulaLines, latexDocument, latexLine, textDocument, textLine } from './document.ts'
export {
  type Expression,
  type FormulaOptions,
  type Formulas,
  type Line,
  expression,
  formulas,
  namesOf,
  rightOf,
  withTermNames,
} from './formulas.ts'
export { recurrentFormulas } from './recurrences.ts'
export { toLatex } from './latex.ts'
export type { Layout } from './layout.ts'
export { markdownText, mathBlock, mathSpan, tableRow } from './markdown.ts'
export { readingOrder } from './reading.ts'
export { toText } from './text.ts'
