import { memberParts } from '../../graph/member.ts'
import type { Node } from '../../graph/node.ts'
import { peel } from '../../graph/node.ts'
import { isView } from '../keep.ts'

/** A family's member: `h[3,1]` is of family `h` at [3, 1]; `kind` keeps data, values and error terms apart. */
export interface Label {
  readonly family: string
  readonly indices: readonly number[]
  /** For each axis of the node that it is of, which axis of the named tensor that is; the same where it is left out. */
  readonly axes?: readonly number[]
}

/** Where a member stands: `turn` along the axis that may become a loop; members of one stack differ in nothing else. */
export interface Place {
  readonly stack: string
  readonly axis: number
  readonly turn: number
}

export function labelOf(kind: string, name: string): Label | undefined {
  const member = memberParts(name)
  if (!member?.indices.every((i) => typeof i === 'number')) return undefined
  return { family: `${kind} ${member.family}`, indices: member.indices as readonly number[] }
}

/** The labels of symbols and of what family equations name. Of two values of one name only the first has it. */
export function labelNodes(order: readonly Node[]): Map<Node, Label> {
  const labels = new Map<Node, Label>()
  const taken = new Set<string>()
  const members = new Map<string, number>()
  for (const n of order) {
    const name = n.kind === 'symbol' ? n.symbol.name : n.kind === 'equation' ? n.name : ''
    if (!name.endsWith(']')) continue
    const { value, axes } = behind(n)
    if (labels.has(value) || value.kind === 'constant' || (value.kind === 'symbol' && value !== n)) continue
    const kind = n.kind === 'symbol' ? n.symbol.role : n.kind === 'equation' ? n.role : ''
    const key = `${kind} ${name}`
    const label = labelOf(kind, name)
    if (!label || taken.has(key)) continue
    taken.add(key)
    labels.set(value, axes ? { ...label, axes } : label)
    members.set(label.family, (members.get(label.family) ?? 0) + 1)
  }
  // Error terms that have kept their names here and there are no family: they would make differences where there are none.
  for (const [node, { family }] of labels) {
    const [role, name] = family.split(' ') as [string, string]
    if (role === 'adjoint' && 2 * members.get(family)! < (members.get(`source ${name}`) ?? 0))
      labels.delete(node)
  }
  return labels
}

/** The value behind a name, or another order of its axes. */
function behind(named: Node): { value: Node; axes: readonly number[] | undefined } {
  let value = peel(named)
  let axes: readonly number[] | undefined
  while (isView(value)) {
    const [labels] = value.labels as [readonly number[]]
    if (labels.length !== value.shape.length || new Set(labels).size !== labels.length) break
    const outer = axes
    axes = outer ? labels.map((l) => outer[l]!) : labels
    value = peel(value.args[0]!)
  }
  return { value, axes }
}
