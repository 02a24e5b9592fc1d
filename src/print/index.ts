export {
  columns,
  formulaLines,
  latexDocument,
  latexLine,
  textDocument,
  textLine,
} from './formulas/document.ts'
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
} from './formulas/formulas.ts'
export { recurrentFormulas } from './formulas/recurrences.ts'
export { toLatex } from './layout/latex.ts'
export type { Layout } from './layout/layout.ts'
export { markdownText, mathSpan, tableRow } from './documents/markdown.ts'
export { readingOrder } from './expressions/reading.ts'
export { toText } from './layout/text.ts'
