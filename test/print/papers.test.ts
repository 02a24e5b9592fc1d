/** Whole documents: read by what they are for, and with text in them that tries to be something else. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import katex from 'katex'
import { expect, test } from 'vitest'
import type { Language } from '../../src/base/language.ts'
import { analyse } from '../../src/compile.ts'
import { formulas, markdownText } from '../../src/print/index.ts'
import {
  htmlDocument,
  markdownDocument,
  mathml,
  mathmlSteps,
  paper,
  texDocument,
} from '../../src/print/papers.ts'
import { latexText } from '../../src/print/latex-text.ts'
import { derivationSteps } from '../../src/print/steps.ts'
import { stepsLatex } from '../../src/print/steps-latex.ts'
import { closed, read } from '../support/examples.ts'
import { wellFormed } from './xml.ts'

const HOSTILE = String.raw`\input{/etc/passwd} </script><script>alert(1)</script> "]]> */ '"'"' ${'`'}code${'`'} ${'```'} $x$ % & # _ ^ ~ { } \end{document} <img src=x onerror=alert(1)> [a](javascript:b) | @someone #1 &lt; – Ж 中 ∮ ½ ᵀ`
const program = (doc: string): string => `/// ${doc}
network N

/// ${doc}
input x[2]
/// ${doc}
param W[2, 2], __proto__[2], Ж[2], 中文[2], ünï_çö[2], _[2], class[2]
/// ${doc}
z = W @ x + __proto__ * Ж + 中文 * ünï_çö + _ * class
loss J = sum(tanh(z))
`

const sources = new Map([...closed.map((file) => [file, read(file)] as const), ['hostile', program(HOSTILE)]])

function printed(source: string, language: Language = 'en') {
  const { graph, mathematics } = analyse(source)
  const { written, differentiated } = mathematics!
  const found = formulas(graph, written, { language })
  const steps = derivationSteps(graph, written, differentiated, { language })!
  return {
    found,
    paper: paper(graph, written.network, found),
    steps,
    derived: paper(graph, written.network, found, steps),
  }
}

const typeset =
  (output: 'htmlAndMathml' | 'mathml') =>
  (latex: string): string =>
    katex.renderToString(latex, { output, strict: 'error', throwOnError: true })

const hasLatex = spawnSync('kpsewhich', ['amssymb.sty']).status === 0

/** The log of pdflatex; throws where it stops. */
function compiled(document: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-tex-'))
  try {
    writeFileSync(join(folder, 'a.tex'), document)
    const { status, stdout } = spawnSync(
      'pdflatex',
      ['-interaction=nonstopmode', '-halt-on-error', 'a.tex'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    )
    expect(status, stdout).toBe(0)
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.runIf(hasLatex).each([...sources])(
  'pdflatex takes the document of %s, and nothing stands out of a line',
  (name, source) => {
    const log = compiled(texDocument(printed(source).paper))
    expect(log).not.toMatch(/Missing character|undefined/)
    // Words without a place to break them are the author's.
    if (name !== 'hostile') expect(log).not.toContain('Overfull')
  },
)

test.runIf(hasLatex)('a formula that is longer than a line goes on in the next one', () => {
  const names = Array.from({ length: 30 }, (_, i) => `weight_${i}`)
  const source = `param ${names.join(', ')}\nloss J = ${names.map((n) => `sin(${n})`).join(' + ')}`
  const document = texDocument(printed(source).paper)
  expect(document).toContain('&\\quad {} +')
  expect(compiled(document)).not.toMatch(/Overfull/)
})

test.runIf(hasLatex)('pdflatex takes every character', () => {
  const all = Array.from({ length: 0x2fff }, (_, i) => String.fromCodePoint(i + 1)).filter(
    (c) => !/\p{M}|\p{C}/u.test(c),
  )
  const { paper: empty } = printed('param w\nloss J = w^2')
  compiled(texDocument({ ...empty, doc: all.join(' ') + ' 中 한 😀' }))
})

test('no command of an author’s words is one of the document', () => {
  const document = texDocument(printed(program(HOSTILE)).paper)
  expect(document).not.toMatch(/\\input\b/)
  expect(document.match(/\\end\{document\}/g)).toHaveLength(1)
  expect(latexText('a_b \\c{d} 50% #1 x^2 ~ $y$')).toBe(
    'a\\_b \\textbackslash{}c\\{d\\} 50\\% \\#1 x\\textasciicircum{}2 \\textasciitilde{} {\\char36}y{\\char36}',
  )
})

test.each([...sources])('the page of %s is by itself, and nothing in it runs', (_, source) => {
  const { paper: content } = printed(source)
  const code = new Map([['W', '// </code></pre><script>alert(1)</script>']])
  const page = htmlDocument(content, {
    typeset: typeset('htmlAndMathml'),
    style: '.katex{}',
    picture: undefined,
    code,
  })
  expect(page).not.toMatch(/<script|<img|<link|<iframe|url\(http|@import/i)
  // As XML it is read strictly: every tag is closed, every quote is.
  const body = wellFormed(page.slice(page.indexOf('<body>'), page.indexOf('</body>') + 7))
  expect(body.getElementsByTagName('script')).toHaveLength(0)
  const links = [...page.matchAll(/href="#([^"]*)"/g)].map((match) => match[1]!)
  expect(links.length).toBeGreaterThan(1)
  for (const id of links) expect(page).toContain(`<section id="${id}">`)
})

test('formulas stand beside their code', () => {
  const { paper: content } = printed('param w, v\nloss J = w^2 * v')
  const parts = { typeset: (latex: string) => `[${latex}]`, style: '', picture: '<svg></svg>' }
  const page = htmlDocument(content, { ...parts, code: new Map([['v', 'grads.v = w * w;']]) })
  expect(page).toMatch(/\{\\partial v\}\][^\n]*<pre><code>grads\.v = w \* w;<\/code><\/pre><\/div>/)
  expect(page).toContain('<figure><svg></svg></figure>')
  expect(page.match(/<pre>/g)).toHaveLength(1)
})

test('Markdown: an author’s words stay words', () => {
  expect(markdownText('*a* _b_ `c` <d> [e](f) #1 @g | h \\')).toBe(
    '\\*a\\* \\_b\\_ \\`c\\` \\<d\\> \\[e\\](f) \\#\u20601 \\@\u2060g \\| h \\\\',
  )
  expect(markdownText('1. a\n\n- b')).toBe('1\\. a - b')
  expect(markdownText('- a')).toBe('\\- a')
  const page = markdownDocument(printed(program(HOSTILE)).paper, 'flowchart LR')
  expect(page).not.toMatch(/[^\\]<(script|img)/)
  // Fences of formulas and of the drawing alone, each closed.
  const fences = page.split('\n').filter((line) => line.startsWith('```'))
  expect(fences).toEqual(['```mermaid', '```', '```math', '```', '```math', '```', '```math', '```'])
  // In a table as many cells as in its head.
  for (const row of page.split('\n').filter((line) => line.startsWith('| ')))
    expect(row.replaceAll('\\|', '').split('|')).toHaveLength(5)
})

test('Markdown: no command that GitHub refuses', () => {
  const page = markdownDocument(printed('param A[2, 2]\nloss J = trace(A @ A)').paper)
  expect(page).not.toContain('\\operatorname')
  expect(page).toContain('\\mathop{\\mathrm{tr}}\\nolimits')
})

test.each([...sources])('MathML of %s', (_, source) => {
  const { found } = printed(source)
  const text = mathml(found, typeset('mathml'))
  const document = wellFormed(`<all>${text}</all>`)
  expect(document.documentElement!.getElementsByTagName('math').length).toBeGreaterThan(1)
  expect(document.documentElement!.getElementsByTagName('annotation')).toHaveLength(0)
  expect(text).not.toContain('merror')
})

test.each([...sources])('the derivation of %s: each format stays what it is', (_, source) => {
  for (const language of ['en', 'zh'] as const) {
    const { derived, steps } = printed(source, language)
    const page = htmlDocument(derived, {
      typeset: typeset('htmlAndMathml'),
      style: '.katex{}',
      picture: undefined,
      code: new Map(),
    })
    expect(page).toContain(`<html lang="${language}">`)
    expect(page).toContain('<section id="steps">')
    expect(page).not.toMatch(/<script|<img|<link|<iframe/i)
    wellFormed(page.slice(page.indexOf('<body>'), page.indexOf('</body>') + 7))
    const document = wellFormed(`<all>${mathmlSteps(steps, typeset('mathml'))}</all>`)
    expect(document.documentElement!.getElementsByTagName('p').length).toBeGreaterThan(1)
    const markdown = markdownDocument(derived)
    expect(markdown).not.toMatch(/[^\\]<(script|img)/)
    expect(markdown.split('\n').filter((line) => line.startsWith('```')).length % 2).toBe(0)
    expect(markdown).not.toContain('\\operatorname')
    for (const latex of [stepsLatex(steps), texDocument(derived)]) {
      expect(latex).not.toMatch(/\\input\b(?!enc)/)
      expect(latex.match(/\\begin\{align\*\}/g)!.length).toBe(latex.match(/\\end\{align\*\}/g)!.length)
    }
  }
})

test.runIf(hasLatex).each([...sources])('pdflatex takes the derivation of %s', (name, source) => {
  const log = compiled(texDocument(printed(source).derived))
  expect(log).not.toMatch(/Missing character|undefined/)
  if (name !== 'hostile') expect(log).not.toContain('Overfull')
})

test.runIf(hasLatex)('Chinese on paper: set where the font is, and else one clear error', () => {
  const document = texDocument(printed(sources.get('two-layer.net')!, 'zh').derived)
  const hasChinese = spawnSync('kpsewhich', ['c70gbsn.fd']).stdout.toString().trim() !== ''
  if (hasChinese) expect(compiled(document)).not.toMatch(/Missing character|undefined/)
  else expect(() => compiled(document)).toThrow(/This document has Chinese words: install latex-cjk-chinese/)
})
