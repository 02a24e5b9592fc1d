/** Tables, row by row: what a file of any kind is to what reads it. */

/** A text or number as it stands in the file; several numbers where a column is a tensor. */
export type Cell = string | number | boolean | null | undefined | ArrayLike<unknown>

export interface Row {
  /** Where it stands, for messages: `line 17`, `sample 3`. */
  readonly place: string
  readonly cells: readonly Cell[]
}

export interface Column {
  readonly name: string
  /** How many numbers a cell holds, where that is known. */
  readonly width?: number
  /** Of columns of classes: those of one alphabet have one table of names together. */
  readonly alphabet?: string
}

export interface Table {
  readonly path: string
  readonly columns: readonly Column[]
  /** From the first row on, each time. */
  rows(): AsyncIterable<Row>
}
