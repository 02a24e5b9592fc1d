import { alignedOnPaper } from './align.ts'
import { LATEX_LETTERS } from './glyphs.ts'
import { toLatex } from './latex.ts'
import type { Layout } from './layout.ts'
import type { Entry, Paper } from './paper.ts'

/** A document that pdflatex takes, with packages of texlive-latex-base and -recommended. */
export function texDocument({ title, doc, entries, notes, sections }: Paper): string {
  const body = [
    `\\section*{${latexText(title)}}`,
    ...(doc === '' ? [] : [latexText(doc)]),
    ...(entries.length === 0 ? [] : ['\\subsection*{Names}', table(entries)]),
    ...sections.flatMap((section) => [
      `\\subsection*{${section.title}}`,
      ...(section.id === 'gradients' ? notes.map(latexText) : []),
      `\\begin{align*}\n${alignedOnPaper(section.lines)}\n\\end{align*}`,
    ]),
  ].join('\n\n')
  return `${HEAD}${declarations(body)}\\begin{document}\n\n${body}\n\n\\end{document}\n`
}

const HEAD = `\\documentclass[11pt,a4paper]{article}
\\usepackage[utf8]{inputenc}
\\usepackage[margin=25mm]{geometry}
\\usepackage{amsmath,amssymb,array,longtable}
\\allowdisplaybreaks
\\setlength{\\parindent}{0pt}
\\setlength{\\parskip}{1ex}
\\setlength{\\LTleft}{0pt}
\\emergencystretch=3em
`

function table(entries: readonly Entry[]): string {
  const rows = entries.map(({ name, role, extents, assumptions, doc }) =>
    [`$${member(name, extents)}$`, [role, ...assumptions].join(', '), latexText(doc)].join(' & '),
  )
  return `\\begin{longtable}{@{}ll>{\\raggedright\\arraybackslash}p{0.6\\linewidth}@{}}\n${rows.map((r) => `${r} \\\\\n`).join('')}\\end{longtable}`
}

/** x ∈ ℝⁿ. */
export function member(name: Layout, extents: readonly Layout[]): string {
  const power = extents.length === 0 ? '' : `^{${extents.map(toLatex).join(' \\times ')}}`
  return `${toLatex(name)} \\in \\mathbb{R}${power}`
}

// ——— text

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

/**
 * What the fonts of every installation have, letters with accents put together. (With the encoding T1 there would be more,
 * and without further packages all of it in bitmaps.)
 */
const SET =
  /[\u0000-\u007fÀ-ÅÇ-ÏÑ-ÖØ-ÜàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßÆÝŒœĆćČčĎďĚěĞğŁłŃńŇňŐőŔŕŘřŚśŞşŠšŤťŮůŰűŹźŻżŽž‘’“”–—…¡¿]/

/** Every other character is shown as its code point: pdflatex stops at one that it knows nothing of. */
function declarations(body: string): string {
  const unknown = [...new Set(body)].filter((c) => !SET.test(c)).sort()
  const code = (c: string): string => c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  return unknown
    .map((c) => `\\DeclareUnicodeCharacter{${code(c)}}{{\\normalfont\\scriptsize U+${code(c)}}}\n`)
    .join('')
}
