/** Derivations in LaTeX, for documents and for what is set by KaTeX or MathJax. */
import { aligned, broken, pageWidth } from '../formulas/align.ts'
import { blocks, commentsOf } from '../formulas/document.ts'
import { latexText } from '../layout/latex-text.ts'
import { toLatex } from '../layout/latex.ts'
import type { Rich } from './chain.ts'
import type { StepBlock, StepLine, Steps } from './steps.ts'

/** For a document of one's own: `align*` for the equations, for the steps of each value under its name, for the results. */
export function stepsLatex({ found, intro, blocks: steps }: Steps): string {
  const align = (rows: string): string => `\\begin{align*}\n${rows}\n\\end{align*}`
  const [forward = [], ...results] = blocks(found)
  return [
    commentsOf(found).trimEnd(),
    align(aligned(forward)),
    ...intro.map(richLatex),
    ...steps.flatMap((block) => [
      `\\paragraph{$${toLatex(block.title)}$}`,
      ...block.says.map(richLatex),
      ...(block.lines.length === 0 ? [] : [align(alignedSteps(block))]),
    ]),
    ...(results.length === 0 ? [] : [align(results.map(aligned).join(' \\\\[1ex]\n'))]),
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n')
}

/** Words and formulas in a paragraph. */
export const richLatex = (rich: Rich): string =>
  rich.map((part) => (typeof part === 'string' ? latexText(part) : `$${toLatex(part)}$`)).join('')

/** The same within a formula. */
export function richMath(rich: Rich): string {
  const parts: { text: boolean; latex: string }[] = []
  for (const part of rich) {
    const last = parts.at(-1)
    if (typeof part !== 'string') parts.push({ text: false, latex: toLatex(part) })
    else if (last?.text) last.latex += latexText(part)
    else parts.push({ text: true, latex: latexText(part) })
  }
  return parts.map(({ text, latex }) => (text ? `\\text{${latex}}` : latex)).join(' ')
}

/** Lines aligned at their equals signs, reasons in a column of their own; for an environment such as aligned. */
export const alignedSteps = ({ lines }: StepBlock): string =>
  lines
    .map(
      (line) =>
        `  ${leftOf(line)} &= ${toLatex(line.right)}${line.why.length > 0 ? ` && ${richMath(line.why)}` : ''}`,
    )
    .join(' \\\\\n')

/** The same for paper: what is too long for a line goes on below, and so do reasons beside long formulas. */
export function alignedStepsOnPaper({ lines }: StepBlock, columns: number): string {
  const wide = Math.max(0, ...lines.map((l) => widthOf(l.left) + widthOf(l.right)))
  const why = Math.max(0, ...lines.map((l) => widthOfRich(l.why)))
  const beside = wide + why + 6 <= columns
  return lines
    .map((line) => {
      const parts = broken(line.right, columns - widthOf(line.left)).map((part) => toLatex(part).trim())
      const formula = `  ${leftOf(line)} &= ${parts.join(' \\\\\n    &\\quad {} ')}`
      if (line.why.length === 0) return formula
      return beside
        ? `${formula} && ${richMath(line.why)}`
        : `${formula} \\\\\n    &\\qquad \\text{(}${richMath(line.why)}\\text{)}`
    })
    .join(' \\\\\n')
}

const leftOf = ({ left }: StepLine): string => (left ? toLatex(left) : '')
const widthOf = (l: StepLine['left']): number => (l ? pageWidth(l) : 0)
/** Chinese characters take two columns. */
const widthOfRich = (rich: Rich): number =>
  rich.reduce(
    (sum, part) =>
      sum + (typeof part === 'string' ? part.replaceAll(/\p{Script=Han}/gu, 'mm').length : widthOf(part)),
    0,
  )
