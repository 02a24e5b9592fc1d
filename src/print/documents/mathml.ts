import { aligned } from '../formulas/align.ts'
import { blocks } from '../formulas/document.ts'
import { grouped } from '../formulas/grouped.ts'
import type { Formulas, Line } from '../formulas/formulas.ts'
import { htmlText } from '../layout/html-text.ts'
import { toLatex } from '../layout/latex.ts'
import { alignedSteps } from '../steps/steps-latex.ts'
import type { Rich } from '../steps/chain.ts'
import type { Steps } from '../steps/steps.ts'

type Typeset = (latex: string) => string

/** A `math` element for the equations, one for the error terms, one for the gradients. */
export const mathml = (found: Formulas, typeset: Typeset): string =>
  blocks(grouped(found))
    .map((lines) => block(lines, typeset))
    .join('')

/** The same, and between the equations and the results a paragraph and a `math` element for each value. */
export function mathmlSteps({ found, intro, blocks: steps }: Steps, typeset: Typeset): string {
  const paragraph = (rich: Rich): string =>
    `<p>${rich.map((part) => (typeof part === 'string' ? htmlText(part) : inline(typeset(toLatex(part))))).join('')}</p>\n`
  const [forward = [], ...results] = blocks(found)
  const derivation = steps.flatMap((step) => [
    ...(step.says.length === 0 ? [paragraph([step.title])] : step.says.map(paragraph)),
    ...(step.lines.length === 0 ? [] : [display(alignedSteps(step), typeset)]),
  ])
  return [
    block(forward, typeset),
    ...intro.map(paragraph),
    ...derivation,
    ...results.map((lines) => block(lines, typeset)),
  ].join('')
}

const block = (lines: readonly Line[], typeset: Typeset): string => display(aligned(lines), typeset)
const display = (rows: string, typeset: Typeset): string =>
  `${element(typeset(`\\begin{aligned}\n${rows}\n\\end{aligned}`))}\n`

/** Within a line of text. */
const inline = (markup: string): string => element(markup).replace(' display="block"', '')

/** The element alone, without what KaTeX wraps around it and without the LaTeX in it. */
function element(markup: string): string {
  const math = markup.slice(markup.indexOf('<math'), markup.lastIndexOf('</math>') + '</math>'.length)
  return math.replace(/<annotation[^]*<\/annotation>/, '')
}
