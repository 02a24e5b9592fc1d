import { aligned } from '../formulas/align.ts'
import { toLatex } from '../layout/latex.ts'
import { markdownText, mathBlock, mathSpan, tableRow } from './markdown.ts'
import type { Paper } from './paper.ts'
import { alignedSteps } from '../steps/steps-latex.ts'
import type { Rich } from '../steps/chain.ts'
import { member } from './tex-document.ts'
import { type Vocabulary, vocabulary } from '../words.ts'

/** A page that GitHub renders; `picture` is a drawing in Mermaid. */
export function markdownDocument(
  { title, doc, entries, notes, sections, steps, language }: Paper,
  picture?: string,
): string {
  const words = vocabulary(language)
  const names = [
    tableRow([words.name, words.role, words.meaning]),
    '| --- | --- | --- |',
    ...entries.map(({ name, role, extents, range, assumptions, doc: text }) =>
      tableRow([
        mathSpan(member(name, extents, range)),
        [role, ...assumptions].join(', '),
        markdownText(text),
      ]),
    ),
  ].join('\n')
  return [
    `# ${markdownText(title)}`,
    ...(doc === '' ? [] : [markdownText(doc)]),
    ...(picture === undefined ? [] : [`\`\`\`mermaid\n${picture.trimEnd()}\n\`\`\``]),
    ...(entries.length === 0 ? [] : [`## ${words.names}`, names]),
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      ...(section.id === 'gradients' ? notes.map(markdownText) : []),
      mathBlock(`\\begin{aligned}\n${aligned(section.lines)}\n\\end{aligned}`),
      ...(section.id === 'equations' && steps ? derivation(steps, words) : []),
    ]),
  ]
    .map((part) => `${part}\n`)
    .join('\n')
}

function derivation({ intro, blocks }: NonNullable<Paper['steps']>, words: Vocabulary): string[] {
  return [
    `## ${words.steps}`,
    ...intro.map(rich),
    ...blocks.flatMap((block) => [
      `### ${mathSpan(toLatex(block.title))}`,
      ...block.says.map(rich),
      ...(block.lines.length === 0
        ? []
        : [mathBlock(`\\begin{aligned}\n${alignedSteps(block)}\n\\end{aligned}`)]),
    ]),
  ]
}

/** Our words need no quoting but that of Markdown; spaces around formulas stay. */
const rich = (parts: Rich): string =>
  parts.map((part) => (typeof part === 'string' ? ourText(part) : mathSpan(toLatex(part)))).join('')

const ourText = (text: string): string => {
  const [before = ''] = /^\s*/.exec(text)!
  const [after = ''] = /\s*$/.exec(text)!
  return text.trim() === '' ? text : before + markdownText(text) + after
}
