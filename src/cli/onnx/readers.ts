/** What reads a node: the values of its outputs; undefined for such as nobody uses. */
import type { At } from './at.ts'
import type { Operand } from './values.ts'

export type Reader = (at: At) => (Operand | undefined)[]
