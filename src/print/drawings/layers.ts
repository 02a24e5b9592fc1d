import { type Shape, extentText } from '../../graph/extent.ts'
import type { Node } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import { type BoxKind, type Drawing, Sketch } from './drawing.ts'
import { columns, textLine } from '../formulas/document.ts'
import { type Formulas, namesOf } from '../formulas/formulas.ts'
import { SUPERSCRIPTS } from '../layout/glyphs.ts'
import { toText } from '../layout/text.ts'

/** Columns of a formula that is written into its box. */
const MOST_COLUMNS = 48

/** A box for each of the data and for each equation, with its formula and its space. Parameters are in the formulas. */
export function layerDrawing({ network, forward }: Formulas): Drawing {
  const names = namesOf(network)
  const sketch = new Sketch()
  const ids = new Map<Node, string>()
  const outputs = new Set(network.outputs.map(({ node }) => node))
  const lines = new Map(forward.map((line) => [line.name, textLine(line)]))
  const add = (node: Node, kind: BoxKind, name: string): string => {
    const id = sketch.box(kind, labelled(lines.get(name), toText(names.of(name)), node.shape))
    ids.set(node, id)
    return id
  }
  for (const node of topological(network.equations.map((e) => e.node))) {
    if (node.kind === 'symbol' && (node.symbol.role === 'input' || node.symbol.role === 'target'))
      add(node, node.symbol.role, node.symbol.name)
    if (node.kind !== 'equation') continue
    const kind = node === network.loss?.node ? 'loss' : outputs.has(node) ? 'output' : 'value'
    const id = add(node, kind, node.name)
    for (const leaf of topological([node], (n) => n.kind === 'equation' && n !== node)) {
      const from = leaf === node ? undefined : ids.get(leaf)
      if (from !== undefined) sketch.arrow(from, id)
    }
  }
  const { boxes, arrows } = sketch
  return { title: network.name, round: false, direction: 'down', groups: [], boxes, arrows }
}

/** The lines in a box: the formula, where it is short, and the space. */
export const labelled = (formula: string | undefined, name: string, shape: Shape): string[] => [
  formula !== undefined && columns(formula) <= MOST_COLUMNS ? formula : name,
  ...(shape.length === 0 ? [] : [space(shape)]),
]

/** ∈ ℝ⁴, ∈ ℝ^(m×n). */
function space(shape: Shape): string {
  const extents = shape.map(extentText).join('×')
  const raised = [...extents].map((c) => (/\d/.test(c) ? SUPERSCRIPTS.get(c)! : undefined))
  return `∈ ℝ${raised.includes(undefined) ? `^${shape.length > 1 || [...extents].length > 1 ? `(${extents})` : extents}` : raised.join('')}`
}
