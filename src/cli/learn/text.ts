/** Texts as tables: each sample is some letters, and what comes after each of them. */
import { isFamily } from '../../emit/fields.ts'
import { openLetters } from './letters.ts'
import type { Mapping } from './mapping.ts'
import type { Prepared } from './prepared.ts'
import { wrong } from './problems.ts'
import type { Row, Table } from './table.ts'

/** Samples of so many letters, or each line one. */
export type Cut = { readonly letters: number } | 'lines'

/** Columns of letters; `next` has for each of `text` the one that comes after it, `after` the one that comes after all. */
const [TEXT, NEXT, AFTER] = ['text', 'next', 'after']

export function textTable(path: string, cut: Cut): Table {
  const alphabet = 'letters'
  return {
    path,
    columns: [TEXT, NEXT, AFTER].map((name) => ({ name: name!, alphabet })),
    rows: () => (cut === 'lines' ? lines(path) : windows(path, cut.letters)),
  }
}

const rowOf = (place: string, letters: readonly string[]): Row => ({
  place,
  cells: [letters.slice(0, -1), letters.slice(1), letters.at(-1)],
})

/** One after the other; what is left at the end is too short for one more. */
async function* windows(path: string, length: number): AsyncGenerator<Row> {
  let held: string[] = []
  let [line, count] = [1, 0]
  for await (const letter of openLetters(path)) {
    held.push(letter)
    if (letter === '\n') line++
    if (held.length <= length) continue
    count++
    yield rowOf(`up to line ${line}`, held)
    held = held.slice(length)
  }
  if (count === 0) throw wrong.shortText(path, held.length, length)
}

/** Lines with letters in them; the end of a line comes after its last letter. */
async function* lines(path: string): AsyncGenerator<Row> {
  let held: string[] = []
  let line = 1
  for await (const letter of openLetters(path)) {
    held.push(letter)
    if (letter !== '\n') continue
    if (held.length > 1) yield rowOf(`line ${line}`, held)
    held = []
    line++
  }
  if (held.length > 0) yield rowOf(`line ${line}`, [...held, '\n'])
}

/** Whether data are a text by their name and by what the network takes, whole numbers that choose. */
export const readsText = ([path]: readonly string[], { network }: Prepared): boolean =>
  /\.(txt|md)(\.gz)?$/i.test(path ?? '') &&
  network.data.every((d) => d.role !== 'input' || d.symbol.indexes !== undefined)

/** Which columns are whose where nobody says it: inputs read the text, and targets are what comes next. */
export function textMapping({ fields, network }: Prepared): Mapping {
  const rankOf = (name: string): number =>
    network.data.find((d) => d.symbol.name === name)?.symbol.shape.length ?? 1
  return new Map([
    ...fields.inputs.map((f): [string, string[]] => [f.name, [TEXT!]]),
    ...fields.targets.map((f): [string, string[]] => {
      const isList = isFamily(f.item) || f.item.members !== undefined || rankOf(f.name) > 0
      return [f.name, [isList ? NEXT! : AFTER!]]
    }),
  ])
}
