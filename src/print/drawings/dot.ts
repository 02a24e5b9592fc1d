import type { Arrow, Box, BoxKind, Drawing } from './drawing.ts'

/** A quoted string of DOT, in which backslashes mean something to labels and entities are read. */
const quoted = (text: string): string =>
  `"${text
    .replaceAll('&', '&amp;')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/\p{Cc}+/gu, ' ')}"`

const lines = (texts: readonly string[]): string =>
  `"${texts.map((t) => quoted(t).slice(1, -1)).join('\\n')}"`

const FILLS: Readonly<Record<BoxKind, string>> = {
  input: '#dbeafe',
  target: '#fef3c7',
  param: '#f3f4f6',
  value: '#ffffff',
  output: '#dcfce7',
  loss: '#fee2e2',
  error: '#fce7f3',
  gradient: '#ede9fe',
}

/** A digraph for Graphviz. */
export function dot({ title, round, direction, groups, boxes, arrows }: Drawing): string {
  const box = ({ id, lines: texts, kind }: Box): string =>
    `${id} [label=${lines(texts)}, fillcolor="${FILLS[kind]}"]`
  const arrow = ({ from, to, label, dashed }: Arrow): string => {
    const attributes = [
      ...(label === undefined ? [] : [`label=${quoted(label)}`]),
      ...(dashed ? ['style=dashed', 'constraint=false'] : []),
    ]
    return `${from} -> ${to}${attributes.length > 0 ? ` [${attributes.join(', ')}]` : ''}`
  }
  const inside = groups.flatMap(({ id, title: name }) => [
    `subgraph cluster_${id} {`,
    `  label=${quoted(name)}`,
    ...boxes.filter(({ group }) => group === id).map((b) => `  ${box(b)}`),
    '}',
  ])
  const outside = boxes.filter(({ group }) => !groups.some(({ id }) => id === group)).map(box)
  const body = [
    `rankdir=${direction === 'right' ? 'LR' : 'TB'}`,
    `node [shape=${round ? 'circle' : 'box'}, style="filled${round ? '' : ',rounded'}", fontname="sans-serif"]`,
    'edge [fontname="sans-serif", fontsize=11]',
    ...inside,
    ...outside,
    ...arrows.map(arrow),
  ]
  return `digraph ${quoted(title)} {\n${body.map((line) => `  ${line}\n`).join('')}}\n`
}
