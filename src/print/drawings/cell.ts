/** A network with recurrences: each step drawn once, with arrows back to it from what the next one sees. */
import { type Extent, extentText, openExtent } from '../../graph/extent.ts'
import { familyOf, memberName, memberParts } from '../../graph/member.ts'
import type { IndexRange, Recurrence } from '../../graph/network.ts'
import type { Node, SymbolNode } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'
import { indexText } from '../expressions/names.ts'
import { textLine } from '../formulas/document.ts'
import { type Formulas, namesOf } from '../formulas/formulas.ts'
import { toText } from '../layout/text.ts'
import { type BoxKind, type Drawing, Sketch } from './drawing.ts'
import { labelled } from './layers.ts'

/** Formulas for a general index, as boxes: those of a recurrence in a group that says where its index runs. */
export function cellDrawing({ network, forward, inner }: Formulas): Drawing {
  const leavesOf = (equation: Node): Node[] => leavesIn(equation, inner)
  const names = namesOf(network)
  const sketch = new Sketch()
  const text = (e: Extent): string => toText(indexText(extentText(e)))
  const within = new Map<string, Recurrence>()
  const titleOf = ({ index, from, to }: IndexRange): string =>
    `${toText(indexText(index))} = ${text(from)}, …, ${text(to)}`
  for (const recurrence of network.recurrences)
    for (const { name } of recurrence.equations) within.set(name, recurrence)
  const groups = [...new Set(network.recurrences.map(titleOf))].map((title, k) => ({
    id: `cell${k + 1}`,
    title,
  }))
  const groupOf = (range: IndexRange | undefined): string | undefined =>
    range && groups.find(({ title }) => title === titleOf(range))?.id
  const lines = new Map(forward.map((line) => [line.name, textLine({ ...line, range: undefined })]))
  const outputs = new Set(network.outputs.map(({ name }) => familyOf(name)))
  const ids = new Map<string, string>()
  const add = (name: string, kind: BoxKind, { shape }: Node, group?: string): string => {
    const id = sketch.box(kind, labelled(lines.get(name), toText(names.of(name)), shape), group)
    ids.set(name, id)
    return id
  }
  /** A list has a box for the member that a step sees. */
  const data = (leaf: SymbolNode, group: string | undefined): void => {
    const { name, list, role } = leaf.symbol
    const index = group && network.recurrences[0]?.index
    const [label, shape] =
      list && index
        ? [memberName(name, [openExtent(index)]), leaf.shape.filter((_, axis) => axis !== list.axis)]
        : [name, leaf.shape]
    const id = sketch.box(
      role as 'input' | 'target',
      labelled(undefined, toText(names.of(label)), shape),
      list || memberAt(leaf) ? group : undefined,
    )
    ids.set(name, id)
  }
  // Boxes first, for what a step sees of the one before stands below it.
  for (const { name, node } of network.equations) {
    const kind =
      name === network.loss?.name ? 'loss' : outputs.has(familyOf(name)) ? 'output' : ('value' as const)
    const group = groupOf(within.get(name))
    for (const leaf of leavesOf(node)) if (isData(leaf) && !ids.has(leaf.symbol.name)) data(leaf, group)
    add(name, kind, node, group)
  }
  for (const { name, node } of network.equations) {
    const id = ids.get(name)!
    const own = within.get(name)
    for (const leaf of leavesOf(node)) {
      const seen = leaf.kind === 'equation' ? leaf.name : (leaf as SymbolNode).symbol.name
      const direct = ids.get(seen)
      if (direct !== undefined) {
        if (direct !== id) sketch.arrow(direct, id)
        continue
      }
      const [family, at] = memberAt(leaf) ?? [familyOf(seen), undefined]
      const recurrence = network.recurrences.find((r) => r.equations.some((e) => e.family === family))
      const general = recurrence?.equations.find((e) => e.family === family)
      const from = general && ids.get(general.name)
      if (from === undefined) continue
      const label = at === undefined ? undefined : `${toText(indexText(recurrence!.index))} = ${text(at)}`
      if (own !== recurrence || at === undefined) sketch.arrow(from, id, label === undefined ? {} : { label })
      else {
        // A state begins as what is given of it, and goes on to the next step.
        sketch.arrow(from, id, { label: text(at), dashed: true })
        for (const first of given(family)) sketch.arrow(first, from)
      }
    }
  }
  const { boxes, arrows } = sketch
  return { title: network.name, round: false, direction: 'down', groups, boxes, arrows }

  /** The boxes of members that are given. */
  function given(family: string): string[] {
    return [...ids].flatMap(([name, id]) => {
      const parts = memberParts(name)
      return parts?.family === family && !within.has(name) ? [id] : []
    })
  }
}

/** What stands in an equation, in the sums of it too. */
const leavesIn = (equation: Node, sums: Formulas['inner']): Node[] =>
  topological([equation], (n) => n.kind === 'equation' && n !== equation).flatMap((n): Node[] => {
    const sum = sums?.get(n)
    if (sum) return leavesIn(sum.node, sums)
    const isLeaf = n.kind === 'equation' || (n.kind === 'symbol' && n.symbol.role !== 'param')
    return isLeaf && n !== equation ? [n] : []
  })

const isData = (n: Node): n is SymbolNode =>
  n.kind === 'symbol' && (n.symbol.role === 'input' || n.symbol.role === 'target')

/** The family and the index of a member. */
function memberAt(n: Node): readonly [string, Extent] | undefined {
  const member = n.kind === 'symbol' ? n.symbol.member : undefined
  const [at] = member?.indices ?? []
  return member && at !== undefined ? [member.family, at] : undefined
}
