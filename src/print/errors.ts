import type { Network } from '../graph/network.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import { type Layout, derivative, indexedName, letter, list, number, script } from './layout.ts'
import { ONE } from '../base/rational.ts'
import { type Names, takeApart } from './names.ts'
import { toText } from './text.ts'

/** Leaves of an expression that the loss is shown to be differentiated by: ∂L/∂(z − m). */
const MOST_LEAVES = 12

/**
 * The notation of error terms: δ with the equation's index (δ₁ of z₁, δ⁽²⁾ of z⁽²⁾) where that is unambiguous, else
 * with its name (δ_h, δ_ŷ). Where an equation's argument has no name, as in h = σ(x W), the δ is the argument's and
 * the equation's own is ∂L/∂h; of other parts of equations it is ∂L/∂(part).
 */
export function errorNames(
  terms: readonly EquationNode[],
  network: Network,
  names: Names,
  loss: Layout,
  write: (node: Node) => Layout | undefined,
): Map<EquationNode, Layout> {
  const shapes = new Map(network.equations.map((e) => [e.name, e.node.shape]))
  const isArgument = (e: EquationNode): boolean =>
    e.of?.kind !== 'equation' && e.name !== network.loss.name && shapes.get(e.name)?.length === e.shape.length
  const argumentsOf = new Map<string, EquationNode>()
  for (const e of terms) if (isArgument(e) && !argumentsOf.has(e.name)) argumentsOf.set(e.name, e)
  const isDelta = (e: EquationNode): boolean =>
    (argumentsOf.get(e.name) ?? e) === e && (e.of?.kind === 'equation' || isArgument(e))

  // δ_h, and of a member of a family δ_h⁽ᵗ⁾.
  const full = (e: EquationNode): Layout => {
    if (!e.name.includes('[')) return script(letter('δ'), names.of(e.name), undefined)
    const { stem, sub, sup } = takeApart(e.name)
    return indexedName(letter('δ'), sub ? script(stem, sub, undefined) : stem, sup)
  }
  const short = (e: EquationNode): Layout => {
    const { index } = takeApart(e.name)
    return index ? indexedName(letter('δ'), index.sub, index.sup) : full(e)
  }
  const shorts = new Map<EquationNode, { readonly layout: Layout; readonly text: string }>()
  const counts = new Map<string, number>()
  for (const e of terms) {
    if (!isDelta(e)) continue
    const layout = short(e)
    const text = toText(layout)
    shorts.set(e, { layout, text })
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }

  const result = new Map<EquationNode, Layout>()
  for (const e of terms) {
    const owner = `error ${result.size}`
    const free = (candidate: Layout | undefined): candidate is Layout =>
      candidate !== undefined && names.take(candidate, owner)
    const argument = e.of && e.of.kind !== 'equation' ? write(e.of) : names.of(e.name)
    const by = argument && argument.size <= MOST_LEAVES ? derivative(loss, argument) : undefined
    const own = shorts.get(e)
    const briefest = own && counts.get(own.text) === 1 ? own.layout : undefined
    let layout = free(briefest) ? briefest : [...(own ? [full(e)] : []), by, full(e)].find(free)
    for (let k = 2; layout === undefined; k++)
      layout = [script(letter('δ'), list([names.of(e.name), number(ONE.mul(k))]), undefined)].find(free)
    result.set(e, layout)
  }
  return result
}
