/** Affine subscripts as they are written: i+u−1, tokₜ; and the conditions of brackets: [1 ≤ n−i ≤ N]. */
import { isInteger, rational, toNumber } from '../../base/rational.ts'
import { type Extent, addExtents, multiplyExtents, openExtent } from '../../graph/extent.ts'
import type { Node } from '../../graph/node.ts'
import { type Condition, type LabelForm, axisOf } from '../../graph/subscripts.ts'
import { multiple } from './factors.ts'
import { BINDING, type Layout, fence, number, row, sign } from '../layout/layout.ts'
import { type Joined, joined } from './sum.ts'
import type { Writer } from './contract.ts'

/** How a node with whole values is written where its axes are at `indices`. */
type Entry = (node: Node, indices: readonly Layout[]) => Layout

/**
 * The form as a subscript, counted from 1, where `indices` are the letters of its labels. Of an index value, which counts from 0 in
 * data, the name stands for the member that it selects.
 */
export function subscript(w: Writer, form: LabelForm, indices: readonly Layout[], entry: Entry): Layout {
  const terms: Joined[] = []
  let constant: Extent = addExtents(form.offset, 1)
  for (const { layout, coefficient, first } of summands(form, indices, entry)) {
    terms.push({ layout: multiple(rational(Math.abs(coefficient)), layout), negative: coefficient < 0 })
    constant = addExtents(constant, -coefficient * first)
  }
  return total(w, terms, constant)
}

/** What a form adds up; `first`: what is written where the form counts 0. */
function* summands(
  form: LabelForm,
  indices: readonly Layout[],
  entry: Entry,
): Generator<{ layout: Layout; coefficient: number; first: number }> {
  // i + k − 1: by the alphabet, not by where a normal form puts them.
  const key = (label: number): string => {
    const at = indices[label]!
    return at.kind === 'letter' ? at.text : '~'
  }
  const inOrder = [...form.labels].sort(([a], [b]) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a - b))
  for (const [label, coefficient] of inOrder) {
    const { rest, constant } = apart(indices[label]!)
    yield { layout: rest, coefficient, first: 1 - constant }
  }
  for (const { node, labels, coefficient } of form.multiples)
    yield {
      layout: entry(
        node,
        labels.map((l) => indices[l]!),
      ),
      coefficient,
      first: axisOf(node) === undefined ? 0 : 1,
    }
}

/** i − 1 without its number, which joins others. */
function apart(l: Layout): { readonly rest: Layout; readonly constant: number } {
  const whole = { rest: l, constant: 0 }
  if (l.kind !== 'row' || l.level !== BINDING.sum) return whole
  const [operator, last] = l.items.slice(-2)
  if (operator?.kind !== 'operator' || operator.prefix || last?.kind !== 'number' || !isInteger(last.value))
    return whole
  const constant = toNumber(last.value) * (operator.sign === '−' ? -1 : 1)
  return { rest: row(l.items.slice(0, -2), BINDING.sum), constant }
}

function total(w: Writer, terms: Joined[], constant: Extent): Layout {
  terms.sort((a, b) => Number(a.negative) - Number(b.negative))
  if (typeof constant !== 'number') terms.push({ layout: w.of(w.g.extent(constant)), negative: false })
  else if (constant !== 0 || terms.length === 0)
    terms.push({ layout: number(rational(Math.abs(constant))), negative: constant < 0 })
  return joined(terms)
}

/** [i = j+1], [j ≤ i]: what is taken away stands on the other side. */
export function condition(
  w: Writer,
  { relation, form }: Condition,
  indices: readonly Layout[],
  entry: Entry,
): Layout {
  const sides: [Joined[], Joined[]] = [[], []]
  let constant: Extent = form.offset
  for (const { layout, coefficient, first } of summands(form, indices, entry)) {
    sides[coefficient > 0 ? 0 : 1].push({
      layout: multiple(rational(Math.abs(coefficient)), layout),
      negative: false,
    })
    constant = addExtents(constant, -coefficient * first)
  }
  const [left, right] = bySign(constant)
  return fence(
    '[',
    row(
      [total(w, sides[0], left), sign(relation === '=' ? '=' : '≥'), total(w, sides[1], right)],
      BINDING.comparison,
    ),
  )
}

/** What is added and what is taken away. */
function bySign(extent: Extent): [added: Extent, taken: Extent] {
  if (typeof extent === 'number') return [Math.max(extent, 0), Math.max(-extent, 0)]
  if (!extent.terms.every(({ coefficient }) => isInteger(coefficient))) return [extent, 0]
  const sides: [Extent, Extent] = [0, 0]
  for (const { coefficient, dims } of extent.terms) {
    let term: Extent = Math.abs(toNumber(coefficient))
    for (const [name, power] of dims)
      for (let i = 0; i < power; i++) term = multiplyExtents(term, openExtent(name))
    const side = coefficient.s > 0n ? 0 : 1
    sides[side] = addExtents(sides[side], term)
  }
  return sides
}

/** [1 ≤ i ≤ n]: a subscript that may leave its axis. */
export const within = (w: Writer, at: Layout, extent: Extent): Layout =>
  fence(
    '[',
    row([number(rational(1)), sign('≤'), at, sign('≤'), w.of(w.g.extent(extent))], BINDING.comparison),
  )
