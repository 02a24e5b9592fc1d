/** JSON lines: an object a line, its fields the columns; a field may be a list, nested or not. */
import { createInterface } from 'node:readline'
import { opened, streamProblem } from './bytes.ts'
import { wrong } from './problems.ts'
import type { Cell, Row, Table } from './table.ts'

interface Line {
  readonly line: number
  readonly object: Readonly<Record<string, Cell>>
}

async function* objects(path: string): AsyncGenerator<Line> {
  const file = opened(path)
  const lines = createInterface({ input: file, crlfDelay: Infinity })
  let failure: unknown
  file.on('error', (error) => {
    failure = error
    lines.close()
  })
  let line = 0
  try {
    for await (const raw of lines) {
      line++
      const text = line === 1 ? raw.replace(/^\ufeff/, '') : raw
      if (text.trim() === '') continue
      let object: unknown
      try {
        object = JSON.parse(text)
      } catch (error) {
        throw wrong.broken(path, line, `it is not JSON: ${error instanceof Error ? error.message : ''}`)
      }
      if (typeof object !== 'object' || object === null || Array.isArray(object))
        throw wrong.broken(path, line, 'it is no object such as {"x": [1, 2], "y": 3}')
      yield { line, object: object as Record<string, Cell> }
    }
    if (failure !== undefined) throw streamProblem(path, failure)
  } finally {
    file.destroy()
  }
}

/** The names are those of the first line. */
export async function jsonTable(path: string): Promise<Table> {
  let names: string[] | undefined
  for await (const { object } of objects(path)) {
    names = Object.keys(object)
    break
  }
  if (!names) throw wrong.empty(path)
  const own = names
  return {
    path,
    columns: own.map((name) => ({ name: name.normalize('NFC') })),
    async *rows(): AsyncGenerator<Row> {
      for await (const { line, object } of objects(path))
        yield {
          place: `line ${line}`,
          cells: own.map((name) => (Object.hasOwn(object, name) ? flat(object[name]) : undefined)),
        }
    },
  }
}

/** Lists in lists as one. */
function flat(cell: Cell): Cell {
  if (!Array.isArray(cell)) return cell
  const parts: unknown[] = []
  const stack: unknown[] = [cell]
  for (let part = stack.pop(); part !== undefined; part = stack.pop())
    if (Array.isArray(part)) for (let i = part.length - 1; i >= 0; i--) stack.push(part[i] ?? null)
    else parts.push(part)
  return parts
}
