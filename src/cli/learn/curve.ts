/** The loss over the epochs, as characters and as SVG. */
export interface Point {
  readonly epoch: number
  readonly loss: number
  readonly validation?: number | undefined
}

interface Scale {
  readonly low: number
  readonly high: number
  readonly isLog: boolean
  /** From 0 at the bottom to 1 at the top. */
  readonly at: (value: number) => number
}

/** Losses that fall by much are drawn by their logarithms. */
const MUCH = 50

function scaleOf(points: readonly Point[]): Scale {
  const values = points.flatMap((p) => [p.loss, ...(p.validation === undefined ? [] : [p.validation])])
  const low = Math.min(...values)
  const high = Math.max(...values)
  const isLog = low > 0 && high / low > MUCH
  const f = isLog ? Math.log : (x: number): number => x
  const span = f(high) - f(low) || 1
  return { low, high, isLog, at: (value) => (f(value) - f(low)) / span }
}

const ROWS = 10
const COLUMNS = 60

export function curveText(points: readonly Point[]): string[] {
  const scale = scaleOf(points)
  const columns = Math.min(COLUMNS, points.length)
  const grid = Array.from({ length: ROWS }, () => new Array<string>(columns).fill(' '))
  const put = (column: number, value: number, mark: string): void => {
    const row = ROWS - 1 - Math.round(scale.at(value) * (ROWS - 1))
    const before = grid[row]![column]!
    grid[row]![column] = before === ' ' || before === mark ? mark : '*'
  }
  for (let c = 0; c < columns; c++) {
    const point = points[columns === 1 ? 0 : Math.round((c * (points.length - 1)) / (columns - 1))]!
    put(c, point.loss, '•')
    if (point.validation !== undefined) put(c, point.validation, '+')
  }
  const labels = [scale.high.toPrecision(3), scale.low.toPrecision(3)]
  const width = Math.max(...labels.map((l) => l.length))
  const lines = grid.map((row, r) => {
    const label = r === 0 ? labels[0]! : r === ROWS - 1 ? labels[1]! : ''
    return `${label.padStart(width)} ┤${row.join('')}`.trimEnd()
  })
  const last = String(points.at(-1)!.epoch)
  const axis = `${points[0]!.epoch}${' '.repeat(Math.max(1, columns - last.length - 1))}${last}`
  const both = points.some((p) => p.validation !== undefined)
  return [
    ...lines,
    `${' '.repeat(width + 2)}${axis} epochs`,
    `${' '.repeat(width + 2)}• loss${both ? '  + validation  * both' : ''}${scale.isLog ? '  (logarithmic)' : ''}`,
  ]
}

const WIDTH = 640
const HEIGHT = 360
const LEFT = 64
const RIGHT = 16
const TOP = 24
const BOTTOM = 44
const COLOURS = { loss: '#1f77b4', validation: '#d95f02' } as const

/** Numbers that are 1, 2 or 5 times a power of ten, about five of them. */
function ticks(low: number, high: number): number[] {
  const span = high - low || Math.abs(high) || 1
  const power = 10 ** Math.floor(Math.log10(span / 4))
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => span / s <= 5)!
  const found: number[] = []
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) found.push(k * step)
  return found
}

const text = (value: number): string => String(Number(value.toPrecision(3)))

export function curveSvg(points: readonly Point[], title: string): string {
  const scale = scaleOf(points)
  const [first, last] = [points[0]!.epoch, points.at(-1)!.epoch]
  const x = (epoch: number): number =>
    LEFT + ((WIDTH - LEFT - RIGHT) * (epoch - first)) / Math.max(1, last - first)
  const y = (value: number): number => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * scale.at(value)
  const number = (n: number): string => String(Number(n.toFixed(2)))
  const line = (key: 'loss' | 'validation'): string => {
    const at = points.flatMap((p) => {
      const value = p[key]
      return value === undefined ? [] : [`${number(x(p.epoch))},${number(y(value))}`]
    })
    return at.length === 0
      ? ''
      : `<polyline fill="none" stroke="${COLOURS[key]}" stroke-width="2" points="${at.join(' ')}"/>`
  }
  const levels = scale.isLog
    ? ticks(Math.log10(scale.low), Math.log10(scale.high)).map((e) => 10 ** e)
    : ticks(scale.low, scale.high)
  const rows = levels.map(
    (v) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${number(y(v))}" y2="${number(y(v))}" stroke="#ddd"/><text x="${LEFT - 8}" y="${number(y(v) + 4)}" text-anchor="end">${text(v)}</text>`,
  )
  const columns = ticks(first, last)
    .filter(Number.isInteger)
    .map((e) => `<text x="${number(x(e))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${e}</text>`)
  const both = points.some((p) => p.validation !== undefined)
  const key = (at: number, colour: string, word: string): string =>
    `<line x1="${at}" x2="${at + 20}" y1="12" y2="12" stroke="${colour}" stroke-width="2"/><text x="${at + 26}" y="16">${word}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...rows,
    ...columns,
    `<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">epoch</text>`,
    line('loss'),
    line('validation'),
    key(LEFT, COLOURS.loss, 'loss'),
    both ? key(LEFT + 80, COLOURS.validation, 'validation') : '',
    '</svg>\n',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

const escaped = (t: string): string =>
  t.replace(/[&<>"]/gu, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)
