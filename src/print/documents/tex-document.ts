import type { Language } from '../../base/language.ts'
import { LINE, alignedOnPaper } from '../formulas/align.ts'
import { isSimplifiedChinese } from './chinese.ts'
import { latexText } from '../layout/latex-text.ts'
import { toLatex } from '../layout/latex.ts'
import type { Layout } from '../layout/layout.ts'
import type { Entry, Paper } from './paper.ts'
import { alignedStepsOnPaper, richLatex } from '../steps/steps-latex.ts'
import { type Vocabulary, vocabulary } from '../words.ts'

/** A document that pdflatex takes, with packages of texlive-latex-base and -recommended; in Chinese with those for it. */
export function texDocument({ title, doc, entries, notes, sections, steps, language }: Paper): string {
  const words = vocabulary(language)
  const body = [
    `\\section*{${latexText(title)}}`,
    ...(doc === '' ? [] : [latexText(doc)]),
    ...(entries.length === 0 ? [] : [`\\subsection*{${words.names}}`, table(entries)]),
    ...sections.flatMap((section) => [
      `\\subsection*{${section.title}}`,
      ...(section.id === 'gradients' ? notes.map(latexText) : []),
      `\\begin{align*}\n${alignedOnPaper(section.lines)}\n\\end{align*}`,
      ...(section.id === 'equations' && steps ? derivation(steps, words) : []),
    ]),
  ].join('\n\n')
  const head = language === 'zh' ? HEAD.replace(INPUT, CHINESE) : HEAD
  return `${head}${declarations(body, language)}\\begin{document}\n\n${body}\n\n\\end{document}\n`
}

function derivation({ intro, blocks }: NonNullable<Paper['steps']>, words: Vocabulary): string[] {
  return [
    `\\subsection*{${words.steps}}`,
    ...intro.map(richLatex),
    ...blocks.flatMap((block) => [
      `\\subsubsection*{$\\displaystyle ${toLatex(block.title)}$}`,
      ...block.says.map(richLatex),
      ...(block.lines.length === 0
        ? []
        : [`\\begin{align*}\n${alignedStepsOnPaper(block, LINE)}\n\\end{align*}`]),
    ]),
  ]
}

const INPUT = '\\usepackage[utf8]{inputenc}\n'
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

/**
 * Chinese for the engine at hand: pdflatex needs CJKutf8 with the font gbsn, xelatex and lualatex need ctex. Where that
 * is missing the document stops at once and says what to install, and does not come out without its words.
 */
const CHINESE = `\\usepackage{iftex}
\\ifpdftex
  \\usepackage[utf8]{inputenc}
  \\IfFileExists{c70gbsn.fd}{}{\\errmessage{This document has Chinese words: install latex-cjk-chinese and latex-cjk-chinese-arphic-gbsn00lp (TeX Live: collection-langchinese), or use xelatex with ctex}\\stop}
  \\usepackage{CJKutf8}
  \\AtBeginDocument{\\begin{CJK}{UTF8}{gbsn}}
  \\AtEndDocument{\\clearpage\\end{CJK}}
\\else
  \\IfFileExists{ctex.sty}{}{\\errmessage{This document has Chinese words: install ctex (TeX Live: collection-langchinese)}\\stop}
  \\usepackage[scheme=plain]{ctex}
  \\providecommand\\DeclareUnicodeCharacter[2]{}
\\fi
`

function table(entries: readonly Entry[]): string {
  const rows = entries.map(({ name, role, extents, range, assumptions, doc }) =>
    [`$${member(name, extents, range)}$`, [role, ...assumptions].join(', '), latexText(doc)].join(' & '),
  )
  return `\\begin{longtable}{@{}ll>{\\raggedright\\arraybackslash}p{0.6\\linewidth}@{}}\n${rows.map((r) => `${r} \\\\\n`).join('')}\\end{longtable}`
}

/** x ∈ ℝⁿ, with where an index runs. */
export function member(name: Layout, extents: readonly Layout[], range: Entry['range']): string {
  const power = extents.length === 0 ? '' : `^{${extents.map(toLatex).join(' \\times ')}}`
  const where = range
    ? `,\\; ${toLatex(range.index)} = ${toLatex(range.from)}, \\dots, ${toLatex(range.to)}`
    : ''
  return `${toLatex(name)} \\in \\mathbb{R}${power}${where}`
}

/**
 * What the fonts of every installation have, letters with accents put together. (With the encoding T1 there would be more,
 * and without further packages all of it in bitmaps.)
 */
const SET =
  /[\u0000-\u007fÀ-ÅÇ-ÏÑ-ÖØ-ÜàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßÆÝŒœĆćČčĎďĚěĞğŁłŃńŇňŐőŔŕŘřŚśŞşŠšŤťŮůŰűŹźŻżŽž‘’“”–—…¡¿]/

/** Every other character is shown as its code point: pdflatex stops at one that it knows nothing of. */
function declarations(body: string, language: Language): string {
  const known = (c: string): boolean => SET.test(c) || (language === 'zh' && isSimplifiedChinese(c))
  const unknown = [...new Set(body)].filter((c) => !known(c)).sort()
  const code = (c: string): string => c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  return unknown
    .map((c) => `\\DeclareUnicodeCharacter{${code(c)}}{{\\normalfont\\scriptsize U+${code(c)}}}\n`)
    .join('')
}
