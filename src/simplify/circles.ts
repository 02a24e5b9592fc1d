/** Names without which the error terms of a recurrence could not be said for one step. */
import { type EquationNode, type Node, type Scan, isAdjoint, isSource } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'

/**
 * Of error terms that are to be written where they are used, those that must stay: what a step sends back is said by what later steps have
 * sent, and where there is no name on the way, a formula of it goes on through all steps.
 */
export function neededNames(order: readonly Node[], gone: ReadonlySet<Node>): Set<EquationNode> {
  const needed = new Set<EquationNode>()
  const scans = new Set(order.flatMap((n) => (n.kind === 'scan' ? [n.scan] : [])))
  for (const scan of scans) {
    if (![...scan.inside].some((n) => gone.has(n))) continue
    for (let circle = circleOf(scan, gone, needed); circle; circle = circleOf(scan, gone, needed)) {
      const names = [...circle].filter((n): n is EquationNode => isAdjoint(n) && !needed.has(n))
      const ofMembers = names.filter(({ of }) => of !== undefined && isSource(of))
      if (names.length === 0) break
      needed.add((ofMembers.length > 0 ? ofMembers : names)[0]!)
    }
  }
  return needed
}

/** What stands on a way from what the steps of a recurrence send to what they have been sent, and back to it, without a name that stays. */
function circleOf(
  scan: Scan,
  gone: ReadonlySet<Node>,
  needed: ReadonlySet<Node>,
): ReadonlySet<Node> | undefined {
  const stays = (n: Node): boolean => isAdjoint(n) && (!gone.has(n) || needed.has(n))
  /** By family: what leads from a member of another one to its own. */
  const uses = scan.bodies.map((body) => {
    const order = topological([body], (n) => !scan.inside.has(n) || stays(n))
    return [...scan.reads, ...scan.histories].flatMap(({ symbol, which }) =>
      order.includes(symbol) ? [{ which, way: leadingTo(order, symbol) }] : [],
    )
  })
  const path: { family: number; way: ReadonlySet<Node>; next: number }[] = []
  const done = new Set<number>()
  for (const start of uses.keys()) {
    if (done.has(start)) continue
    path.push({ family: start, way: new Set(), next: 0 })
    while (path.length > 0) {
      const top = path.at(-1)!
      const use = uses[top.family]![top.next++]
      if (!use) {
        done.add(top.family)
        path.pop()
        continue
      }
      const at = path.findIndex(({ family }) => family === use.which)
      if (at >= 0) return new Set([use, ...path.slice(at + 1)].flatMap(({ way }) => [...way]))
      if (!done.has(use.which)) path.push({ family: use.which, way: use.way, next: 0 })
    }
  }
  return undefined
}

/** Of nodes in order, those that are made of one of them. */
function leadingTo(order: readonly Node[], end: Node): Set<Node> {
  const found = new Set([end])
  for (const n of order) if (n.args.some((a) => found.has(a))) found.add(n)
  return found
}
