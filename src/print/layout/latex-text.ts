/** Text in LaTeX. */
import { LATEX_LETTERS } from './glyphs.ts'

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  // \\$ is of another font, which not every installation has in outlines.
  $: '{\\char36}',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedblright{}',
  '`': '\\`{}',
  // Two hyphens would be a dash, and ?` a turned question mark.
  '-': '{-}',
}
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['⊙', '\\odot'],
  ['−', '-'],
  ['∂', '\\partial'],
  ['½', '\\tfrac{1}{2}'],
  ['·', '\\cdot'],
  ['≤', '\\le'],
  ['≥', '\\ge'],
  ['≠', '\\ne'],
  ['×', '\\times'],
  ['∈', '\\in'],
  ['∞', '\\infty'],
  ['√', '\\surd'],
  ['→', '\\to'],
  ['ᵀ', '^{\\top}'],
  ['‖', '\\|'],
])

/** An author's words in LaTeX: nothing in them is a command. */
export const latexText = (text: string): string =>
  [...text.normalize('NFC')]
    .map((c) => {
      const math = SIGNS.get(c) ?? LATEX_LETTERS.get(c)
      return SPECIAL[c] ?? (math === undefined ? c.replace(/\p{C}/u, ' ') : `$${math}$`)
    })
    .join('')
