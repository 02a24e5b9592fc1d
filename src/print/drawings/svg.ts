import { columns } from '../formulas/document.ts'
import type { Arrow, Box, Drawing } from './drawing.ts'
import { htmlText } from '../layout/html-text.ts'
import { type Place, type Point, type Size, place } from './placing.ts'

/** Beyond so many boxes a layout takes minutes, and what comes out is no picture. */
export const MOST_BOXES = 400

const FONT = 14
const LINE = 19
/** Of an average character, wide ones included. */
const WIDTH = 7.9
const PADDING = 9
const RADIUS = 21
/** Where along an arrow its label stands. */
const LABEL = 0.3

/** Coordinates to a tenth: equal on all machines, and short. */
const short = (x: number): string => String(Math.round(x * 10) / 10)

/** A picture for browsers, in light and in dark. */
export async function svg(drawing: Drawing): Promise<string> {
  const { round, title } = drawing
  const { width, height, boxes, arrows, groups } = await place(drawing, (box) => sizeOf(box, round))
  const body = [
    ...groups.map((group) => groupShape(group.place, group.title)),
    ...[...arrows].map(([arrow, points]) => arrowShape(arrow, points)),
    ...[...boxes].map(([box, at]) => boxShape(box, at, round)),
  ]
  const size = `width="${short(width)}" height="${short(height)}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" class="net" viewBox="0 0 ${short(width)} ${short(height)}" ${size} role="img" aria-label="${htmlText(title)}">
<style>${STYLE}</style>
<defs><marker id="net-head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0.8L7.5 4L0 7.2z"/></marker></defs>
${body.join('\n')}
</svg>
`
}

function sizeOf({ lines }: Box, round: boolean): Size {
  const widest = Math.max(...lines.map(columns)) * WIDTH
  if (round) {
    const side = 2 * Math.max(RADIUS, widest / 2 + 6)
    return { width: side, height: side }
  }
  return { width: widest + 2 * PADDING, height: lines.length * LINE + 2 * PADDING }
}

function boxShape({ lines, kind }: Box, { x, y, width, height }: Place, round: boolean): string {
  const shape = round
    ? `<circle cx="${short(x)}" cy="${short(y)}" r="${short(width / 2)}"/>`
    : `<rect x="${short(x - width / 2)}" y="${short(y - height / 2)}" width="${short(width)}" height="${short(height)}" rx="6"/>`
  const first = y - ((lines.length - 1) * LINE) / 2
  const texts = lines.map((line, i) => text(line, x, first + i * LINE))
  return `<g class="${kind}">${shape}${texts.join('')}</g>`
}

const groupShape = ({ x, y, width, height }: Place, name: string): string =>
  `<g class="group"><rect x="${short(x - width / 2)}" y="${short(y - height / 2)}" width="${short(width)}" height="${short(height)}" rx="8"/>${text(name, x, y - height / 2 + 13)}</g>`

function arrowShape({ label, dashed }: Arrow, points: readonly Point[]): string {
  const line = `<path${dashed ? ' class="dashed"' : ''} d="${curve(points)}" marker-end="url(#net-head)"/>`
  // Near its beginning the arrows from one neuron are apart already, and those into another not yet together.
  const [from, to] = [points[0]!, points[points.length - 1]!]
  const name =
    label === undefined ? '' : text(label, from.x + LABEL * (to.x - from.x), from.y + LABEL * (to.y - from.y))
  return `<g class="arrow">${line}${name}</g>`
}

/** Through the points of the layout: one curve at four points, else rounded where it bends. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points.map(({ x, y }) => ({ x, y, text: `${short(x)} ${short(y)}` }))
  if (rest.length === 1) return `M${first!.text}L${rest[0]!.text}`
  if (rest.length === 3) return `M${first!.text}C${rest.map((p) => p.text).join(' ')}`
  const bends = rest.slice(0, -1).map((p, i) => {
    const next = rest[i + 1]!
    const end =
      i === rest.length - 2 ? next.text : `${short((p.x + next.x) / 2)} ${short((p.y + next.y) / 2)}`
    return `Q${p.text} ${end}`
  })
  return `M${first!.text}${bends.join('')}`
}

const text = (line: string, x: number, y: number): string =>
  `<text x="${short(x)}" y="${short(y)}">${htmlText(line)}</text>`

const COLOURS = [
  ['input', '#dbeafe', '#2563eb', '#1e3a5f', '#60a5fa'],
  ['target', '#fef3c7', '#d97706', '#4a3410', '#fbbf24'],
  ['param', '#f3f4f6', '#6b7280', '#2b303b', '#9ca3af'],
  ['value', '#ffffff', '#6b7280', '#1f2430', '#9ca3af'],
  ['output', '#dcfce7', '#16a34a', '#14401f', '#4ade80'],
  ['loss', '#fee2e2', '#dc2626', '#4c1717', '#f87171'],
  ['error', '#fce7f3', '#db2777', '#4a1530', '#f472b6'],
  ['gradient', '#ede9fe', '#7c3aed', '#2e1f54', '#a78bfa'],
] as const
const coloured = (fill: 1 | 3, stroke: 2 | 4): string =>
  COLOURS.map((c) => `.net .${c[0]}>:first-child{fill:${c[fill]};stroke:${c[stroke]}}`).join('')
const STYLE =
  `.net text{font:${FONT}px "DejaVu Sans","Segoe UI",system-ui,sans-serif;text-anchor:middle;dominant-baseline:central;fill:#111}` +
  '.net .arrow path{fill:none;stroke:#8a8f98;stroke-width:1.2}.net .arrow .dashed{stroke-dasharray:4 4;opacity:.55}.net marker path{fill:#8a8f98}' +
  '.net .arrow text{font-size:12px;paint-order:stroke;stroke:#fff;stroke-width:4px}' +
  '.net .group>:first-child{fill:none;stroke:#b6bac2;stroke-dasharray:2 3}.net .group text{font-size:12px;fill:#666}' +
  coloured(1, 2) +
  '@media (prefers-color-scheme:dark){.net text{fill:#eee}.net .arrow text{stroke:#16181d}.net .group text{fill:#aaa}' +
  coloured(3, 4) +
  '}'
