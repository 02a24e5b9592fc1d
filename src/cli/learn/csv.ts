/** Comma-separated values (RFC 4180) and their kin, by csv-parse: quoted cells, with line breaks in them; a byte-order mark. */
import type { CsvError } from 'csv-parse'
import { opened, streamProblem } from './bytes.ts'
import { wrong } from './problems.ts'
import type { Row, Table } from './table.ts'

export interface CsvOptions {
  readonly delimiter: string
  readonly header: boolean
}

interface Line {
  readonly line: number
  readonly cells: readonly string[]
}

const REASONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE:
    'text stands behind a closing quote; a quote within a quoted cell is written twice',
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a cell that does not begin with one',
  CSV_MAX_RECORD_SIZE: 'a row is longer than a million characters; a quote may be missing',
}

async function* lines(path: string, delimiter: string): AsyncGenerator<Line> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    max_record_size: 1_000_000,
  })
  const file = opened(path)
  file.on('error', (error) => parser.destroy(error))
  file.pipe(parser)
  try {
    // Where a row begins: a cell in quotes may go over several lines.
    let line = 1
    for await (const cells of parser as AsyncIterable<string[]>) {
      // An empty line is no row.
      if (cells.length > 1 || cells[0]!.trim() !== '') yield { line, cells }
      line += cells.reduce((count, cell) => count + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 1)
    }
  } catch (error) {
    const { code, lines: line } = error as CsvError & { lines?: number }
    const why = REASONS[code as string]
    throw why === undefined ? streamProblem(path, error) : wrong.broken(path, line, why)
  } finally {
    file.destroy()
  }
}

const isNumber = (cell: string): boolean => cell.trim() !== '' && Number.isFinite(Number(cell))

export async function csvTable(path: string, { delimiter, header }: CsvOptions): Promise<Table> {
  let first: Line | undefined
  for await (const line of lines(path, delimiter)) {
    first = line
    break
  }
  if (!first) throw wrong.empty(path)
  const names = first.cells.map((cell, i) => (header ? cell.trim().normalize('NFC') : String(i + 1)))
  if (header) {
    if (first.cells.every(isNumber)) throw wrong.headless(path, first.cells)
    const twin = names.find((name, i) => names.indexOf(name) !== i)
    if (twin !== undefined) throw wrong.twins(path, twin)
  }
  const mark = names.length === 1 ? [';', '\t', ',', '|'].find((m) => first.cells[0]!.includes(m)) : undefined
  if (mark !== undefined) throw wrong.oneColumn(path, first.cells[0]!, mark)
  return {
    path,
    columns: names.map((name) => ({ name })),
    async *rows(): AsyncGenerator<Row> {
      let isFirst = true
      for await (const { line, cells } of lines(path, delimiter)) {
        const isHeader = isFirst && header
        isFirst = false
        if (isHeader) continue
        if (cells.length !== names.length)
          throw wrong.broken(
            path,
            line,
            `there are ${cells.length} cells, and ${names.length} ${header ? 'columns' : 'in the first line'}`,
          )
        yield { place: `line ${line}`, cells }
      }
    },
  }
}
