/** The table that `--data` names: one file with columns, or several arrays that are named. */
import { arraysTable, isArray } from './arrays.ts'
import { endingOf } from './bytes.ts'
import { csvTable } from './csv.ts'
import { jsonTable } from './json-lines.ts'
import { wrong } from './problems.ts'
import type { Table } from './table.ts'
import { textTable } from './text.ts'

export interface TableOptions {
  readonly delimiter?: string | undefined
  readonly header: boolean
  /** Of a text what a sample is: so many letters, or a line. */
  readonly length?: number | 'lines' | undefined
}

const KINDS: Readonly<Record<string, string>> = { csv: ',', tsv: '\t', tab: '\t', txt: ',', data: ',' }

/** @param names of the inputs and targets that arrays may be called after */
export async function openTable(
  given: readonly string[],
  { delimiter, header, length }: TableOptions,
  names: readonly string[],
): Promise<Table> {
  const files = given.map((text) => {
    const [, name, path] = /^([^=/\\]+)=(.+)$/.exec(text) ?? []
    return name !== undefined && isArray(path!)
      ? { name: name.normalize('NFC'), path: path! }
      : { name: undefined, path: text }
  })
  if (files.every((f) => isArray(f.path)))
    return arraysTable(
      files.map(({ name, path }) => {
        if (name === undefined) throw wrong.nameless(path, names)
        return { name, path }
      }),
    )
  const { path } = files[0]!
  if (files.length > 1) throw wrong.tableAmongTensors(files.find((f) => !isArray(f.path))!.path)
  const ending = endingOf(path)
  if (length !== undefined) {
    if (ending !== 'txt' && ending in KINDS) throw wrong.notCut(path)
    return textTable(path, length === 'lines' ? length : { letters: length })
  }
  if (ending === 'jsonl' || ending === 'ndjson') return jsonTable(path)
  const mark = delimiter ?? KINDS[ending]
  if (mark === undefined) throw wrong.unknownKind(path)
  return csvTable(path, { delimiter: mark === '\\t' ? '\t' : mark, header })
}
