/**
 * What a loss uses in other ways than the program says. Where a derivative is taken, its formula may hold values by name:
 * ∂h/∂x = W(1 − h²). Differentiated further, that is a way from the loss to h which is none in the program, as the derivative
 * of h + c is that of h: an error term that goes along it is no ∂loss/∂h of the program, and is not called so.
 */
import type { Derived } from '../../graph/network.ts'
import { type EquationNode, type Node, isSource } from '../../graph/node.ts'
import { topological } from '../../graph/traverse.ts'

/** What the body of an equation is made of, down to other equations of the program. */
const within = ({ body }: EquationNode): Node[] => topological([body], isSource)

/** Everything that equations use where the program has derivatives of something instead. */
export function behindDerivatives({ network, differentiated }: Derived): Set<Node> {
  if (!differentiated) return new Set()
  const bodies = new Map(network.equations.map(({ name, node }) => [name, within(node as EquationNode)]))
  const taken = new Set(
    [...bodies].flatMap(([name, nodes]) => (nodes.some((n) => n.kind === 'derivative') ? [name] : [])),
  )
  if (taken.size === 0) return new Set()
  const differently = topological([differentiated]).filter(isSource)
  // An equation that was put in the place of its name is in those that use it.
  const left = new Set(differently.map(({ name }) => name))
  for (const { name } of network.equations)
    if (bodies.get(name)!.some((n) => isSource(n) && taken.has(n.name) && !left.has(n.name))) taken.add(name)
  return new Set(differently.flatMap((e) => (taken.has(e.name) ? within(e) : [])))
}
