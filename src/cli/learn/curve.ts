/** The loss over the epochs, as characters and as SVG. Scales, ticks and lines are made by D3, which needs no page for them. */
import { extent } from 'd3-array'
import { format } from 'd3-format'
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import { htmlText } from '../../print/layout/html-text.ts'

export interface Point {
  readonly epoch: number
  readonly loss: number
  readonly validation?: number | undefined
}

const SERIES = [
  { name: 'loss', mark: '•', colour: '#1f77b4' },
  { name: 'validation', mark: '+', colour: '#d95f02' },
] as const

/** What is no number leaves a gap. So does what is so large that a difference is infinite; what is so small that it is inexact is 0. */
const drawn = (value = NaN): number => (Math.abs(value) < 1e-290 ? 0 : Math.abs(value) < 1e300 ? value : NaN)

/** Losses that fall by more than this are drawn by their logarithms. */
const MUCH = 50
const TICKS = 5
const NUMBER = '.12~g'

/** The series that have values, as pairs of epoch and value, and the scales of both; the label of a tick may be empty. */
function scaled(points: readonly Point[]) {
  const series = SERIES.map((of) => ({
    ...of,
    pairs: points.map((p): [number, number] => [p.epoch, drawn(p[of.name])]),
  })).filter(({ pairs }) => pairs.some(([, value]) => !Number.isNaN(value)))
  const [low = 0, high = 1] = extent(series.flatMap(({ pairs }) => pairs.map(([, value]) => value)))
  const log = low > 0 && high / low > MUCH ? scaleLog().domain([low, high]) : undefined
  const y = log ?? scaleLinear().domain([low, high]).nice(TICKS)
  const label = log?.tickFormat(TICKS, NUMBER) ?? format(NUMBER)
  const ticks = y.ticks(TICKS).map((at) => ({ at, label: label(at) }))
  const x = scaleLinear().domain([points[0]!.epoch, points.at(-1)!.epoch])
  return { series, x, y, isLog: log !== undefined, ticks }
}

/** Steps from the lowest row to the highest are at least so many. */
const STEPS = 10
const COLUMNS = 60

/** Without colours: each series has its mark, and where they meet is a third. Linear ticks stand exactly on rows. */
export function curveText(points: readonly Point[]): string[] {
  const { series, x, y, isLog, ticks } = scaled(points)
  const columns = Math.min(COLUMNS, points.length)
  const between = isLog ? STEPS : Math.max(1, ticks.length - 1)
  const steps = between * Math.ceil(STEPS / between)
  x.range([0, columns - 1])
  y.range([steps, 0])
  const grid = Array.from({ length: steps + 1 }, () => new Array<string>(columns).fill(' '))
  for (const { mark, pairs } of series)
    for (const [epoch, value] of pairs) {
      if (Number.isNaN(value)) continue
      const row = grid[Math.round(y(value))]!
      const column = Math.round(x(epoch))
      row[column] = row[column] === ' ' || row[column] === mark ? mark : '*'
    }
  const labels = new Map(ticks.filter((t) => t.label).map((t) => [Math.round(y(t.at)), t.label]))
  const width = Math.max(...[...labels.values()].map((l) => l.length))
  const [first, last] = x.domain().map(String) as [string, string]
  const axis = first === last ? first : `${first} ${last.padStart(columns - first.length - 1)}`
  const marks = [
    ...series.map(({ mark, name }) => `${mark} ${name}`),
    ...(series.length > 1 ? ['* both'] : []),
  ]
  return [
    ...grid.map((row, r) => `${(labels.get(r) ?? '').padStart(width)} ┤${row.join('')}`.trimEnd()),
    `${' '.repeat(width + 2)}${axis} epochs`,
    `${' '.repeat(width + 2)}${[...marks, ...(isLog ? ['(logarithmic)'] : [])].join('  ')}`,
  ]
}

const WIDTH = 640
const HEIGHT = 360
const RIGHT = WIDTH - 16
const TOP = 28
const BOTTOM = HEIGHT - 44
/** Of an average digit. */
const DIGIT = 7

export function curveSvg(points: readonly Point[], title: string): string {
  const { series, x, y, isLog, ticks } = scaled(points)
  const left = 40 + DIGIT * Math.max(...ticks.map((t) => t.label.length))
  x.range([left, RIGHT])
  y.range([BOTTOM, TOP])
  const path = line()
    .x(([epoch]) => x(epoch))
    .y(([, value]) => y(value))
    .defined(([, value]) => !Number.isNaN(value))
    .digits(2)
  const rows = ticks.map(({ at, label }) => {
    const height = y(at).toFixed(2)
    return `<path stroke="${label ? '#ccc' : '#eee'}" d="M${left},${height}H${RIGHT}"/><text x="${left - 8}" y="${height}" dy="4" text-anchor="end">${label}</text>`
  })
  const columns = x
    .ticks(10)
    .filter(Number.isInteger)
    .map((e) => `<text x="${x(e).toFixed(2)}" y="${BOTTOM + 18}" text-anchor="middle">${e}</text>`)
  const curves = series.map(({ name, colour, pairs }, i) => {
    const key = left + 90 * i
    return `<text x="${key + 26}" y="18" fill="#000" stroke="none">${name}</text><path d="M${key},14h20" stroke="${colour}"/><path class="${name}" d="${path(pairs)}" stroke="${colour}"/>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${htmlText(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...rows,
    ...columns,
    `<text x="${(left + RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">epoch</text>`,
    `<text transform="translate(16,${(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">loss${isLog ? ' (logarithmic)' : ''}</text>`,
    // A line of one point is a dot.
    `<g fill="none" stroke-width="${points.length > 1 ? 2 : 8}" stroke-linecap="round" stroke-linejoin="round">`,
    ...curves,
    '</g>',
    '</svg>\n',
  ].join('\n')
}
