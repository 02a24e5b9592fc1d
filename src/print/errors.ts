import type { EquationNode } from '../graph/node.ts'
import { type Layout, derivative, letter, script } from './layout.ts'
import { type Names, takeApart } from './names.ts'
import { toText } from './text.ts'

/**
 * The notation of error terms: δ with the equation's index (δ₁ of z₁, δ⁽²⁾ of z⁽²⁾) where that is unambiguous, else
 * with its name (δ_h, δ_z₁). Of an equation and of its anonymous argument, which share a name, the argument's is δ.
 */
export function errorNames(terms: readonly EquationNode[], names: Names, loss: Layout): Map<EquationNode, Layout> {
  const short = (e: EquationNode): Layout => {
    const { index } = takeApart(e.name)
    return index ? script(letter('δ'), index.sub, index.sup) : full(e)
  }
  const full = (e: EquationNode): Layout => script(letter('δ'), names.of(e.name), undefined)
  const arguments_ = new Set(terms.filter(e => !e.of).map(e => e.name))
  const isArgument = (e: EquationNode): boolean => !e.of || !arguments_.has(e.name)
  const counts = new Map<string, number>()
  for (const e of terms) if (isArgument(e)) counts.set(toText(short(e)), (counts.get(toText(short(e))) ?? 0) + 1)
  const result = new Map<EquationNode, Layout>()
  for (const e of terms) {
    const owner = `error ${e.id}`
    const candidates = isArgument(e) ? [...(counts.get(toText(short(e))) === 1 ? [short(e)] : []), full(e)] : []
    result.set(e, candidates.find(c => names.take(c, owner)) ?? derivative(loss, names.of(e.name)))
  }
  return result
}
