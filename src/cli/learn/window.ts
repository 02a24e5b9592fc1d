/** A series as a table: each sample is so many rows, one after the other, the last of which its targets are of. */
import { familyOf, memberParts } from '../../graph/member.ts'
import type { Mapping } from './mapping.ts'
import { wrong } from './problems.ts'
import type { Row, Table } from './table.ts'

/** Of the column `high`, `high@1` is that of a sample's first row; `high` itself is the last one. Without a length each row is a sample. */
export function windowed(table: Table, length: number | undefined): Table {
  if (length === undefined) return table
  const names = table.columns.map((c) => c.name)
  return {
    path: table.path,
    columns: [
      ...table.columns,
      ...Array.from({ length }, (_, t) => names.map((name) => ({ name: `${name}@${t + 1}` }))).flat(),
    ],
    async *rows(): AsyncGenerator<Row> {
      const last: Row[] = []
      let count = 0
      for await (const row of table.rows()) {
        count++
        last.push(row)
        if (last.length < length) continue
        yield { place: row.place, cells: [...row.cells, ...last.flatMap((r) => r.cells)] }
        last.shift()
      }
      if (count < length) throw wrong.shortSeries(table.path, count, length)
    },
  }
}

/** A map of columns to inputs as one of the windows of their rows: to the members of a family, or to a tensor row by row. */
export function overWindow(
  mapping: Mapping,
  length: number,
  inputs: readonly string[],
  chosen: (column: string) => readonly string[],
): Mapping {
  return new Map(
    [...mapping].flatMap(([name, columns]): [string, readonly string[]][] => {
      const members = inputs.filter((input) => familyOf(input) === name && memberParts(input) !== undefined)
      if (members.length === 0 && !inputs.includes(name)) return [[name, columns]]
      const all = columns.flatMap(chosen)
      if (all.some((column) => column.includes('@'))) return [[name, columns]]
      const at = (t: number): string[] => all.map((column) => `${column}@${t}`)
      if (members.length === 0) return [[name, Array.from({ length }, (_, i) => at(i + 1)).flat()]]
      if (members.length !== length) throw wrong.wrongWindow(name, members.length, length)
      return members.map((member, i) => [member, at(i + 1)])
    }),
  )
}
