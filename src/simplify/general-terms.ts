/**
 * Formulas for a general index, shorter without the name of an error term that only formulas at its own index mention: −y/p goes into p·(…) there
 * too, where p cancels. What it is at an end of its range becomes a case of those who mention it, perhaps that alone.
 */
import type { Case, IndexRange } from '../derive/indices.ts'
import type { IndexedTerm, Recurrent } from '../derive/recurrent.ts'
import { type Extent, addExtents, distance, openExtent } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { memberParts } from '../graph/member.ts'
import { type Node, isSource } from '../graph/node.ts'
import { memberSymbol, reindex, symbolAt } from '../graph/reindex.ts'
import { replaced, topological } from '../graph/traverse.ts'
import { readingCost } from './cost.ts'
import { simplify } from './index.ts'

/** What has cases: an error term, or a gradient. */
interface Cased {
  readonly cases: readonly Case[]
}

/** Longer formulas are not looked into: there a name is worth having. */
const LONGEST = 200

export function withShorterTerms(g: Graph, recurrent: Recurrent): Recurrent {
  let current = recurrent
  for (const { symbol } of recurrent.errorTerms) {
    const { cases } = current.errorTerms.find((term) => term.symbol.name === symbol.name)!
    const ends = cases.filter(({ range }) => !range).map((end) => [end])
    for (const gone of [cases, ...(cases.length > 1 ? ends : [])]) {
      const made = without(g, current, symbol.name, new Set(gone))
      if (!made) continue
      current = made
      break
    }
  }
  return current
}

/** The same without some cases of an error term; undefined where they are needed, or formulas are longer without them. */
function without(
  g: Graph,
  recurrent: Recurrent,
  name: string,
  gone: ReadonlySet<Case>,
): Recurrent | undefined {
  const own = recurrent.errorTerms.find(({ symbol }) => symbol.name === name)!
  const { family } = own.symbol.member!
  const mentions = (root: Node): Extent[] =>
    topological([root]).flatMap((n) =>
      n.kind === 'symbol' && n.symbol.role === 'adjoint' && n.symbol.member?.family === family
        ? [n.symbol.member.indices[0]!]
        : [],
    )
  const isUser = (cased: Cased): boolean =>
    cased.cases.some((c) => [c.node, ...c.sums.map((s) => s.node)].some((n) => mentions(n).length > 0))
  if (own.cases.some((c) => c.sums.length > 0) || isUser(own)) return undefined
  if ([...(recurrent.inner?.values() ?? [])].some((sum) => mentions(sum.node).length > 0)) return undefined
  const users = [...recurrent.errorTerms, ...recurrent.gradients].filter(isUser)
  const opened = new Map<Cased, Case[]>()
  for (const user of users) {
    const cases = openedCases(g, own, user, { gone, mentions })
    if (!cases) return undefined
    const known = cases.map((c) => ({ ...c, node: withEquations(g, recurrent, c) }))
    opened.set(user, known)
  }
  const equations = recurrent.network.equations.map((e) => e.node)
  const roots = [...opened.values()].flat().flatMap((c) => [c.node, ...c.sums.map((s) => s.node)])
  if (roots.some((root) => topological([root], isSource).length > LONGEST)) return undefined
  const simple = [...simplify(g, roots, equations).roots]
  const after = new Map(
    [...opened].map(([user, cases]) => [
      user,
      cases.map((c): Case => {
        const node = simple.shift()!
        return { ...c, node, sums: c.sums.map((s) => ({ ...s, node: simple.shift()! })) }
      }),
    ]),
  )
  const before = [...gone, ...users.flatMap(({ cases }) => cases)]
  if (lengthOf([...after.values()].flat()) > lengthOf(before)) return undefined
  const left = own.cases.filter((c) => !gone.has(c))
  const renewed = <C extends Cased>(cased: C): C => ({ ...cased, cases: after.get(cased) ?? cased.cases })
  return {
    ...recurrent,
    errorTerms: recurrent.errorTerms.flatMap((t) =>
      t !== own ? [renewed(t)] : left.length > 0 ? [{ ...own, cases: left }] : [],
    ),
    gradients: recurrent.gradients.map(renewed),
  }
}

/** With the equations of members at the index at hand, by which more is known of them than that they have a name. */
function withEquations(g: Graph, { network }: Recurrent, { node, at }: Case): Node {
  if (at === undefined) return node
  const equations = new Map<Node, Node>()
  for (const { index, equations: own } of network.recurrences)
    for (const { family, name, node: general } of own) {
      if (memberParts(name)!.indices[0] !== openExtent(index)) continue
      const [there] = reindex(g, [general], index, at)
      equations.set(g.symbol(memberSymbol('member', family, at, there!.shape)), there!)
    }
  return replaced(g, [node], equations)[0]!
}

/** What a reader reads of formulas, each of which is a line. */
const lengthOf = (cases: readonly Case[]): number =>
  cases.reduce(
    (sum, { node, sums }) => sum + 1 + readingCost(node) + sums.reduce((n, s) => n + readingCost(s.node), 0),
    0,
  )

/** What is to be written out: cases of a term, which is mentioned at these indices in a formula. */
interface Opening {
  readonly gone: ReadonlySet<Case>
  readonly mentions: (root: Node) => readonly Extent[]
}

/** The cases of a user with the term written out in them; undefined where it mentions the term at another index than its own. */
function openedCases(
  g: Graph,
  term: IndexedTerm,
  { cases }: Cased,
  { gone, mentions }: Opening,
): Case[] | undefined {
  const inside = (root: Node, at: Extent | undefined, found: Case): Node | undefined => {
    const places = mentions(root)
    if (places.length === 0) return root
    if (at === undefined || places.some((place) => place !== at)) return undefined
    if (!gone.has(found)) return root
    const { range } = term.cases.find((c) => c.range) ?? {}
    if (!range) return undefined
    const [value] = found.range ? reindex(g, [found.node], range.index, at) : [found.node]
    const symbol = g.symbol(symbolAt(term.symbol, range.index, at))
    return replaced(g, [root], new Map([[symbol, value!]]))[0]
  }
  const result: Case[] = []
  for (const c of cases) {
    if (c.sums.some((s) => mentions(s.node).length > 0)) {
      const [only, ...others] = term.cases
      if (others.length > 0) return undefined
      const sums = c.sums.map((s) => {
        const node = inside(s.node, openExtent(s.index), only!)
        return node && { ...s, node }
      })
      const node = mentions(c.node).length > 0 ? undefined : c.node
      if (!node || sums.includes(undefined)) return undefined
      result.push({ ...c, sums: sums as Case['sums'] })
      continue
    }
    const parts =
      mentions(c.node).length === 0 ? [{ here: c, found: term.cases[0]! }] : partsOf(g, c, term, gone)
    if (!parts) return undefined
    for (const { here, found } of parts) {
      const node = inside(here.node, here.at, found)
      if (!node) return undefined
      result.push({ ...here, node })
    }
  }
  return result
}

/** A case by those of a term: what differs at an end of the term's range is a case of its own. */
function partsOf(
  g: Graph,
  c: Case,
  { cases }: IndexedTerm,
  gone: ReadonlySet<Case>,
): { readonly here: Case; readonly found: Case }[] | undefined {
  const general = cases.find(({ range }) => range)
  if (!general || c.at === undefined) return undefined
  const isAt = (a: Extent, b: Extent): boolean => distance(a, b) === 0
  if (!c.range) {
    const found = cases.find((other) => !other.range && isAt(other.at!, c.at!)) ?? general
    return [{ here: c, found }]
  }
  let range: IndexRange = c.range
  const above: { here: Case; found: Case }[] = []
  const below: { here: Case; found: Case }[] = []
  const single = (found: Case): { here: Case; found: Case } | undefined => {
    if (topological([c.node]).some((n) => n.kind === 'scan')) return undefined
    const [node] = reindex(g, [c.node], range.index, found.at!)
    return { here: { ...c, at: found.at, range: undefined, node: node! }, found }
  }
  const before = cases.slice(0, cases.indexOf(general))
  const after = cases.slice(cases.indexOf(general) + 1).reverse()
  for (const found of before)
    if (gone.has(found) && isAt(found.at!, range.to)) {
      const made = single(found)
      if (!made) return undefined
      above.push(made)
      range = { ...range, to: addExtents(range.to, -1) }
    }
  for (const found of after)
    if (gone.has(found) && isAt(found.at!, range.from)) {
      const made = single(found)
      if (!made) return undefined
      below.unshift(made)
      range = { ...range, from: addExtents(range.from, 1) }
    }
  const away = [distance(general.range!.from, range.from), distance(range.to, general.range!.to)]
  if (gone.has(general) && away.some((d) => d === undefined || d < 0)) return undefined
  return [...above, { here: { ...c, range }, found: general }, ...below]
}
