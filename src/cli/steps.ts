/** A worked example as a table for a terminal or for Markdown. */
import { type Nested, type Tensor, magnitude, nested } from '../interpret/index.ts'
import { columns, mathSpan, tableRow, toLatex, toText } from '../print/index.ts'
import type { Step } from '../trace.ts'

export interface StepSection {
  readonly title: string
  readonly steps: readonly Step[]
}

/** Formulas beyond this width have their values on a line below. */
const MOST_COLUMNS = 44
/** Where the entries of a long vector go on in the next line. */
const LINE = 88

/** Names, formulas and values in three columns; every number with all digits of its double. */
export function stepsText(sections: readonly StepSection[]): string {
  const cells = sections.map(({ title, steps }) => ({
    title,
    rows: steps.map(({ left, right, value }) => ({
      name: toText(left),
      formula: right ? `= ${toText(right)}` : '',
      value: valueLines(value),
    })),
  }))
  const rows = cells.flatMap((section) => section.rows)
  const width = (texts: readonly string[]): number =>
    Math.max(0, ...texts.map(columns).filter((n) => n <= MOST_COLUMNS))
  const names = width(rows.map(({ name }) => name))
  const formulas = width(rows.map(({ formula }) => formula))
  const gap = ' '.repeat(2 + names + 1 + formulas + 2)
  return cells
    .map(({ title, rows }) =>
      [
        title,
        ...rows.flatMap(({ name, formula, value }) => {
          const head = `  ${padded(name, names)} ${padded(formula, formulas)}`
          return columns(head) + 2 > gap.length
            ? [head.trimEnd(), ...value.map((line) => gap + line)]
            : value.map((line, i) => (i === 0 ? `${head}  ` : gap) + line)
        }),
      ].join('\n'),
    )
    .join('\n\n')
}

/** The same as tables that GitHub renders. */
export function stepsMarkdown(sections: readonly StepSection[]): string {
  return sections
    .map(({ title, steps }) =>
      [
        `### ${title}`,
        '',
        tableRow(['quantity', 'formula', 'value']),
        '| --- | --- | --- |',
        ...steps.map(({ left, right, value }) =>
          tableRow([mathSpan(toLatex(left)), right ? mathSpan(toLatex(right)) : '', nestedText(value)]),
        ),
      ].join('\n'),
    )
    .join('\n\n')
}

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columns(text)))

/** A matrix with a row on each line, its columns aligned; all else as nested lists. */
function valueLines(value: Tensor<number>): string[] {
  const { shape, data } = value
  if (shape.length === 1) return wrapped(data.map(String))
  if (shape.length !== 2 || data.length === 0) return [nestedText(value)]
  const [rows, width] = shape as [number, number]
  const texts = data.map(String)
  const widths = Array.from({ length: width }, (_, j) =>
    magnitude(Array.from({ length: rows }, (_, i) => texts[i * width + j]!.length)),
  )
  return Array.from({ length: rows }, (_, i) => {
    const row = texts.slice(i * width, (i + 1) * width)
    const last = (j: number): boolean => j === width - 1
    const body = row.map((t, j) => (last(j) ? t : `${t},`.padEnd(widths[j]! + 1))).join(' ')
    return `${i === 0 ? '[' : ' '}[${body}]${i === rows - 1 ? ']' : ','}`
  })
}

/** [a, b, c] on as many lines as it needs. */
function wrapped(texts: readonly string[]): string[] {
  const lines = ['[']
  texts.forEach((text, i) => {
    const piece = text + (i === texts.length - 1 ? ']' : ',')
    const last = lines.length - 1
    if (lines[last]!.length > 1 && lines[last]!.length + piece.length + 1 > LINE) lines.push(` ${piece}`)
    else lines[last] += lines[last]!.length > 1 ? ` ${piece}` : piece
  })
  return texts.length === 0 ? ['[]'] : lines
}

const nestedText = (value: Tensor<number>): string => listText(nested(value))
const listText = (value: Nested<number>): string =>
  typeof value === 'number' ? String(value) : `[${value.map(listText).join(', ')}]`
