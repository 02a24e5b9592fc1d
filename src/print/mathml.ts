import { aligned } from './align.ts'
import { blocks } from './document.ts'
import type { Formulas } from './formulas.ts'

/** A `math` element for the equations, one for the error terms, one for the gradients. */
export const mathml = (found: Formulas, typeset: (latex: string) => string): string =>
  blocks(found)
    .map((lines) => `${element(typeset(`\\begin{aligned}\n${aligned(lines)}\n\\end{aligned}`))}\n`)
    .join('')

/** The element alone, without what KaTeX wraps around it and without the LaTeX in it. */
function element(markup: string): string {
  const math = markup.slice(markup.indexOf('<math'), markup.lastIndexOf('</math>') + '</math>'.length)
  return math.replace(/<annotation[^]*<\/annotation>/, '')
}
