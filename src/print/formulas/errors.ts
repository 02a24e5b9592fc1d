import { familyOf } from '../../graph/member.ts'
import type { Network } from '../../graph/network.ts'
import { type EquationNode, type Node, isAdjoint } from '../../graph/node.ts'
import { type Layout, derivative, indexedName, letter, script } from '../layout/layout.ts'
import { type Names, takeApart } from '../expressions/names.ts'
import type { Order } from '../expressions/order.ts'
import { formulaNodes } from './prepare.ts'
import { toText } from '../layout/text.ts'

/**
 * The notation of error terms. One by an entry of something, or by a view of it, is ∂L/∂w₁; any other is by an equation: δ with the equation's name (δ_h, δ_ŷ), or with
 * its number alone (δ₁ of z₁, δ⁽²⁾ of z⁽²⁾) where it is the first equation of that number and no other one has an error
 * term; of families one at most has numbers alone. Where the program has something of that name it is ∂L/∂h. δ is of the loss: of anything else there are derivatives.
 *
 * @param neutral what stands for the derivative by a part that the equations do not show
 * @param parts names, or families of names, that are not the program's own: they are always said in full
 */
export function errorNames(
  terms: readonly EquationNode[],
  network: Network,
  names: Names,
  of: string,
  write: (node: Node) => Layout,
  neutral: (e: EquationNode) => Layout | undefined,
  parts: ReadonlySet<string> = new Set(),
): Map<EquationNode, Layout> {
  const isNamed = (e: EquationNode): boolean => e.of?.kind === 'equation'
  const whole = names.of(of)
  // δ_h, and of a member of a family δ_h⁽ᵗ⁾.
  const full = (name: string): Layout => {
    if (!name.includes('[')) return script(letter('δ'), names.of(name), undefined)
    const { stem, sub, sup } = takeApart(name)
    return indexedName(letter('δ'), sub ? script(stem, sub, undefined) : stem, sup)
  }
  const short = (name: string): Layout | undefined => {
    const { index } = takeApart(name)
    const isNumber = index && (index.sub ? index.sub.kind === 'number' : index.sup !== undefined)
    return isNumber && !parts.has(familyOf(name)) ? indexedName(letter('δ'), index.sub, index.sup) : undefined
  }
  const first = new Map<string, string>()
  for (const { name } of network.equations) {
    const layout = short(name)
    if (layout && !first.has(toText(layout))) first.set(toText(layout), name)
  }
  const counts = new Map<string, number>()
  for (const { name } of terms.filter(isNamed)) {
    const layout = short(name)
    if (layout) counts.set(toText(layout), (counts.get(toText(layout)) ?? 0) + 1)
  }
  const isClear = (name: string, brief: Layout): boolean =>
    counts.get(toText(brief)) === 1 && first.get(toText(brief)) === name
  // The members of a family are written alike.
  const unclear = new Set(
    terms.filter(isNamed).flatMap(({ name }) => {
      const brief = short(name)
      return brief && isClear(name, brief) ? [] : [familyOf(name)]
    }),
  )
  // δ⁽⁰⁾ is not said of h where δ⁽¹⁾ is that of z: a number alone is for one family, which comes first at all of its numbers.
  const isMember = (name: string): boolean => name.includes('[')
  for (const { name } of network.equations) {
    const brief = short(name)
    if (isMember(name) && brief && first.get(toText(brief)) !== name) unclear.add(familyOf(name))
  }
  const brief = new Set(terms.filter((e) => isNamed(e) && isMember(e.name)).map(({ name }) => familyOf(name)))
  for (const family of unclear) brief.delete(family)
  if (brief.size > 1) for (const family of brief) unclear.add(family)
  const result = new Map<EquationNode, Layout>()
  for (const e of terms) {
    const free = (candidate: Layout | undefined): candidate is Layout =>
      candidate !== undefined && names.take(candidate, `error ${result.size}`)
    const brief = short(e.name)
    const isBrief = !unclear.has(familyOf(e.name))
    const deltas = of === network.loss?.name && isNamed(e) ? [isBrief ? brief : undefined, full(e.name)] : []
    result.set(
      e,
      neutral(e) ?? deltas.find(free) ?? derivative(whole, isNamed(e) ? names.of(e.name) : write(e.of!)),
    )
  }
  return result
}

/**
 * Error terms from the loss backwards: each after those that it is made of, and of those that are as far from the loss,
 * members of a family together, in the order of the program.
 */
export function fromTheLoss(terms: readonly EquationNode[], order: Order): EquationNode[] {
  const levels = new Map<Node, number>()
  // Arguments come first, so that what a term mentions has its level already.
  for (const n of formulaNodes(terms)) {
    const below = n.args.reduce((most, a) => Math.max(most, levels.get(a) ?? 0), 0)
    levels.set(n, isAdjoint(n) ? below + 1 : below)
  }
  const keyOf = (e: EquationNode): string => `${levels.get(e)} ${stemOf(e.name)}`
  const firsts = new Map<string, number>()
  for (const e of terms)
    firsts.set(keyOf(e), Math.min(order.placeOf(e.name), firsts.get(keyOf(e)) ?? Infinity))
  return [...terms].sort(
    (a, b) =>
      levels.get(a)! - levels.get(b)! ||
      firsts.get(keyOf(a))! - firsts.get(keyOf(b))! ||
      order.placeOf(a.name) - order.placeOf(b.name),
  )
}

const stemOf = (name: string): string => familyOf(name).replace(/[\d₀-₉]+$/u, '')
