import { aligned } from './align.ts'
import { markdownText, mathBlock, mathSpan, tableRow } from './markdown.ts'
import type { Paper } from './paper.ts'
import { member } from './tex-document.ts'

/** A page that GitHub renders; `picture` is a drawing in Mermaid. */
export function markdownDocument({ title, doc, entries, notes, sections }: Paper, picture?: string): string {
  const names = [
    tableRow(['name', 'role', 'meaning']),
    '| --- | --- | --- |',
    ...entries.map(({ name, role, extents, assumptions, doc: words }) =>
      tableRow([mathSpan(member(name, extents)), [role, ...assumptions].join(', '), markdownText(words)]),
    ),
  ].join('\n')
  return [
    `# ${markdownText(title)}`,
    ...(doc === '' ? [] : [markdownText(doc)]),
    ...(picture === undefined ? [] : [`\`\`\`mermaid\n${picture.trimEnd()}\n\`\`\``]),
    ...(entries.length === 0 ? [] : ['## Names', names]),
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      ...(section.id === 'gradients' ? notes.map(markdownText) : []),
      mathBlock(`\\begin{aligned}\n${aligned(section.lines)}\n\\end{aligned}`),
    ]),
  ]
    .map((part) => `${part}\n`)
    .join('\n')
}
