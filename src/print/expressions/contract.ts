import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import type { Layout } from '../layout/layout.ts'
import type { Vocabulary } from '../words.ts'
import type { Names } from './names.ts'
import type { Order } from './order.ts'

/** What the parts of the writer of expressions ask it for. */
export interface Writer {
  readonly g: Graph
  readonly names: Names
  readonly order: Order
  /** Vectors are rows: x W, xᵀδ. Else they are columns: W x, δ xᵀ. */
  readonly rows: boolean
  readonly words: Vocabulary
  of(node: Node): Layout
  plain(node: Node): Layout | undefined
  flipped(node: Node): Layout
  isReplaced(node: Node): boolean
  fresh(): Layout
  argument(node: Node): Layout
  byEntries(node: Node): Layout
}
