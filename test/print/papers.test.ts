/** Whole documents: read by what they are for, and with text in them that tries to be something else. */
import katex from 'katex'
import { expect, test } from 'vitest'
import { LANGUAGES } from '../../src/base/language.ts'
import { markdownText } from '../../src/print/index.ts'
import {
  htmlDocument,
  markdownDocument,
  mathml,
  mathmlSteps,
  texDocument,
} from '../../src/print/documents/papers.ts'
import { latexText } from '../../src/print/layout/latex-text.ts'
import { stepsLatex } from '../../src/print/steps/steps-latex.ts'
import { LONG, everyNth } from '../support/campaign.ts'
import { HOSTILE, printed, program, sources } from './documents.ts'
import { wellFormed } from './xml.ts'

const typeset =
  (output: 'htmlAndMathml' | 'mathml') =>
  (latex: string): string =>
    katex.renderToString(latex, { output, strict: 'error', throwOnError: true })

test('no command of an author’s words is one of the document', () => {
  const document = texDocument(printed(program(HOSTILE)).paper)
  expect(document).not.toMatch(/\\input\b/)
  expect(document.match(/\\end\{document\}/g)).toHaveLength(1)
  expect(latexText('a_b \\c{d} 50% #1 x^2 ~ $y$')).toBe(
    'a\\_b \\textbackslash{}c\\{d\\} 50\\% \\#1 x\\textasciicircum{}2 \\textasciitilde{} {\\char36}y{\\char36}',
  )
})

test.each(everyNth([...sources], 2, 1))(
  'the page of %s is by itself, and nothing in it runs',
  (_, source) => {
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
  },
)

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

test('Markdown: an address is no link', () => {
  const page = markdownDocument(
    printed(
      '/// see https://a.example, WWW.b.example, www.c.example or ftp://d.example; me@e.example\nnetwork N\nparam w\nloss J = w^2',
    ).paper,
  )
  // What GitHub makes links of: an address with a scheme, one that begins with www., and one with an @.
  expect(page).not.toMatch(/\w:\/\/|www\.|@\w/i)
  expect(page).toContain('https\\://a.example')
})

test('no control character of a doc reaches a document', () => {
  const content = printed('/// a\u0007b\u0085c\u200bd\u2028e\ufefff\nnetwork N\nparam w\nloss J = w^2').paper
  expect(content.doc).toBe('a b c d e f')
})

test('Markdown: no command that GitHub refuses', () => {
  const page = markdownDocument(printed('param A[2, 2]\nloss J = trace(A @ A)').paper)
  expect(page).not.toContain('\\operatorname')
  expect(page).toContain('\\mathop{\\mathrm{tr}}\\nolimits')
})

test.each(everyNth([...sources], 2))('MathML of %s', (_, source) => {
  const { found } = printed(source)
  const text = mathml(found, typeset('mathml'))
  const document = wellFormed(`<all>${text}</all>`)
  expect(document.documentElement!.getElementsByTagName('math').length).toBeGreaterThan(1)
  expect(document.documentElement!.getElementsByTagName('annotation')).toHaveLength(0)
  expect(text).not.toContain('merror')
})

test.each([...sources])('the derivation of %s: each format stays what it is', (name, source) => {
  // The formulas are the same in both: the words of the other one are tried with words that try everything.
  for (const language of name === 'hostile' || LONG ? LANGUAGES : (['en'] as const)) {
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
