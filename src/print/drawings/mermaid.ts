import type { Arrow, Box, BoxKind, Drawing } from './drawing.ts'

/** Everything but letters, digits and harmless signs as a number: Mermaid reads `#35;` wherever a text stands. */
const quoted = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{M}\p{N} =+·⊙−∂∇∈‖√Σ𝟏,.:()/_×ᵀ⁺⁻₊₋⁽⁾≤≥≠]/gu, (c) => `#${c.codePointAt(0)};`)

const STYLES: Readonly<Record<BoxKind, string>> = {
  input: 'fill:#dbeafe,stroke:#2563eb,color:#111',
  target: 'fill:#fef3c7,stroke:#d97706,color:#111',
  param: 'fill:#f3f4f6,stroke:#6b7280,color:#111',
  value: 'fill:#ffffff,stroke:#6b7280,color:#111',
  output: 'fill:#dcfce7,stroke:#16a34a,color:#111',
  loss: 'fill:#fee2e2,stroke:#dc2626,color:#111',
  error: 'fill:#fce7f3,stroke:#db2777,color:#111',
  gradient: 'fill:#ede9fe,stroke:#7c3aed,color:#111',
}

/** A flowchart, as GitHub renders it in a ```mermaid block. */
export function mermaid({ round, direction, groups, boxes, arrows }: Drawing): string {
  const box = ({ id, lines, kind }: Box): string => {
    const label = `"${lines.map(quoted).join('<br/>')}"`
    return `${id}${round ? `((${label}))` : `[${label}]`}:::${kind}`
  }
  const arrow = ({ from, to, label, dashed }: Arrow): string =>
    `${from} ${dashed ? '-.->' : '-->'}${label === undefined ? '' : `|"${quoted(label)}"|`} ${to}`
  const inside = groups.flatMap(({ id, title }) => [
    `subgraph ${id}["${quoted(title)}"]`,
    ...boxes.filter(({ group }) => group === id).map((b) => `  ${box(b)}`),
    'end',
  ])
  const outside = boxes.filter(({ group }) => !groups.some(({ id }) => id === group)).map(box)
  const kinds = [...new Set(boxes.map(({ kind }) => kind))]
  const body = [
    ...inside,
    ...outside,
    ...arrows.map(arrow),
    ...kinds.map((kind) => `classDef ${kind} ${STYLES[kind]}`),
  ]
  return `flowchart ${direction === 'right' ? 'LR' : 'TD'}\n${body.map((line) => `  ${line}\n`).join('')}`
}
