import type { Language } from '../../base/language.ts'
import type { Case, IndexRange } from '../../derive/indices.ts'
import type { Recurrent } from '../../derive/recurrent.ts'
import { type Extent, extentText } from '../../graph/extent.ts'
import { familyOf, memberName } from '../../graph/member.ts'
import { type Graph, isZeroNode } from '../../graph/graph.ts'
import type { Equation, IndexSum } from '../../graph/network.ts'
import { type EquationNode, type Node, type Symbol, isAdjoint } from '../../graph/node.ts'
import { memberSymbol, reindex } from '../../graph/reindex.ts'
import { countUses, topological } from '../../graph/traverse.ts'
import { errorNames } from './errors.ts'
import { type Formulas, type Line, auxiliaryLine, lines, namesOf, notes, writesRows } from './formulas.ts'
import { BINDING, type Layout, derivative, row, sign } from '../layout/layout.ts'
import { indexSum } from '../expressions/index-sum.ts'
import { indexText } from '../expressions/names.ts'
import { Order } from '../expressions/order.ts'
import { familiesOf, nameParts } from './parts.ts'
import { formulaNodes } from './prepare.ts'
import { vocabulary } from '../words.ts'
import { Writer } from '../expressions/writer.ts'

/** Formulas of a general depth, and what they are written with. */
export interface WrittenRecurrences {
  readonly found: Formulas
  readonly writer: Writer
}

/** With the names, or the families, that are not the program's own. */
export type NamedRecurrent = Recurrent & { readonly parts: ReadonlySet<string> }

/** The formulas of a general depth with names for the parts that have error terms. */
export function withNamedParts(g: Graph, recurrent: Recurrent): NamedRecurrent {
  const { errorTerms, gradients } = recurrent
  const cases = [...errorTerms, ...gradients].flatMap((term) => term.cases)
  const plain = formulaNodes(cases.flatMap((c) => [c.node, ...c.sums.map((s) => s.node)])).filter(isAdjoint)
  const { network, parts, image } = nameParts(
    g,
    recurrent.network,
    [...plain, ...errorTerms],
    namesOf(recurrent.network),
  )
  const imaged = (c: Case): Case => ({
    ...c,
    node: image(c.node),
    sums: c.sums.map((s) => ({ ...s, node: image(s.node) })),
  })
  return {
    ...recurrent,
    network,
    parts: familiesOf(parts),
    sums: new Map([...(recurrent.sums ?? [])].map(([name, c]) => [name, imaged(c)])),
    inner: new Map([...(recurrent.inner ?? [])].map(([n, sum]) => [n, { ...sum, node: image(sum.node) }])),
    errorTerms: errorTerms.map((term) => ({
      ...term,
      of: image(term.of),
      name: parts.get(term.of) ?? term.name,
      cases: term.cases.map(imaged),
    })),
    gradients: gradients.map((gradient) => ({ ...gradient, cases: gradient.cases.map(imaged) })),
  }
}

/** The formulas of a network of general depth: equations, error terms and gradients, each with its range of indices. */
export const recurrentFormulas = (g: Graph, recurrent: Recurrent, language: Language = 'en'): Formulas =>
  writtenRecurrences(g, withNamedParts(g, recurrent), language).found

export function writtenRecurrences(
  g: Graph,
  { network, of, sums, inner, errorTerms, gradients, parts }: NamedRecurrent,
  language: Language,
): WrittenRecurrences {
  const names = namesOf(network)
  const loss = names.of(of ?? network.loss?.name ?? 'L')
  const all = [...errorTerms, ...gradients].flatMap(({ cases }) => cases)
  const roots = all.flatMap((c) => [c.node, ...c.sums.map((s) => s.node)])
  const plain = formulaNodes(roots).filter(isAdjoint)
  const left = new Map<Node, Layout>()
  /** The error terms outside of the blocks, by their equations: derivations have symbols for them. */
  const outside = new Map<string, Node>(
    plain.flatMap((e) => (e.of?.kind === 'equation' && e.of.name === e.name ? [[e.name, e] as const] : [])),
  )
  /** An error term that has no notation of its own: the derivative by what it is of. */
  const plainly = ({ name, member }: Symbol): Layout => {
    const term = errorTerms.find(({ symbol }) => member && symbol.member!.family === member.family)
    const of = term && member ? memberName(familyOf(term.name), member.indices) : name
    return derivative(loss, names.of(of))
  }
  const w = new Writer(g, {
    names,
    order: new Order(g, network),
    rows: writesRows(g, network),
    adjoint: (e) => left.get(e) ?? derivative(loss, names.of(e.name)),
    adjointAt: (n) => left.get(n) ?? left.get(outside.get(n.symbol.name) ?? n) ?? plainly(n.symbol),
    sums: inner ?? new Map(),
    uses: countUses([...network.equations.map((e) => e.node as Node), ...roots]),
    language,
  })
  const inSums = [...(inner ?? new Map<Node, IndexSum>()).values()].map((sum) => sum.node)
  for (const [term, layout] of termNames(
    g,
    network,
    errorTerms,
    [...roots, ...inSums],
    plain,
    (found, equations) =>
      errorNames(
        found,
        { ...network, equations },
        names,
        of ?? network.loss?.name ?? '',
        (n) => w.of(n),
        () => undefined,
        parts,
      ),
  ))
    left.set(term, layout)

  const ranges = new Map(network.recurrences.flatMap((r) => r.equations.map((e) => [e.name, r] as const)))
  const inRange = (made: Line[], range: IndexRange | undefined, downwards = false): Line[] =>
    made.map((line, i) =>
      range && i === made.length - 1 ? { ...line, range: ends(range, downwards) } : line,
    )
  const formula = ({ name, node }: Equation): Line[] => {
    const added = sums?.get(name)
    return added ? caseLine(w, name, names.of(name), added) : lines(w, name, names.of(name), node.body)
  }
  const forward = network.equations.flatMap((e) => inRange(formula(e), ranges.get(e.name)))
  const caseLines = (
    name: string,
    leftOf: (at: Extent | undefined) => Layout,
    list: readonly Case[],
    down: boolean,
  ): Line[] => list.flatMap((c) => inRange(caseLine(w, name, leftOf(c.at), c), c.range, down))
  // A name after what it uses.
  const [later, first] = split(plain, (e) =>
    topological([e]).some((n) => n.kind === 'symbol' && n.symbol.role === 'adjoint'),
  )
  const plainLines = (terms: readonly EquationNode[]): Line[] =>
    terms.flatMap((e) => lines(w, e.name, left.get(e)!, e.body))
  const termLines = [
    ...plainLines(first),
    ...errorTerms.flatMap(({ symbol, cases }) =>
      caseLines(
        symbol.name,
        (at) => {
          const own = at === undefined ? symbol : atMember(symbol, at)
          return left.get(g.symbol(own)) ?? plainly(own)
        },
        cases,
        true,
      ),
    ),
    ...plainLines(later),
  ]
  const gradientLines = gradients.flatMap(({ symbol, cases }) =>
    caseLines(
      symbol.name,
      (at) =>
        derivative(loss, names.of(at === undefined ? symbol.name : memberName(symbol.member!.family, [at]))),
      [...cases].reverse(),
      false,
    ),
  )
  const found = {
    network,
    ...(inner ? { inner } : {}),
    forward: [...forward, ...w.auxiliaries().map(auxiliaryLine)],
    errorTerms: termLines,
    gradients: gradientLines,
    notes: [
      ...notes(network, roots, of && generalName(network, of), language),
      ...endNotes([...errorTerms, ...gradients], language),
    ],
    language,
  }
  return { found, writer: w }
}

const split = <T>(list: readonly T[], holds: (item: T) => boolean): [T[], T[]] => [
  list.filter(holds),
  list.filter((item) => !holds(item)),
]

/** The equation of a member's family as its block writes it. */
const generalName = ({ recurrences }: Recurrent['network'], member: string): string | undefined =>
  recurrences.flatMap((r) => r.equations).find(({ family }) => family === familyOf(member))?.name

/** Cases at both ends are different cases only where the range is long enough. */
function endNotes(terms: readonly { readonly cases: readonly Case[] }[], language: Language): string[] {
  const both = terms.some(({ cases }) => cases.length > 1 && !cases[0]!.range && !cases.at(-1)!.range)
  return both ? [vocabulary(language).ends] : []
}

/** node + Σ …, after the lines of the names that it needed. */
function caseLine(w: Writer, name: string, left: Layout, { node, sums }: Case): Line[] {
  if (sums.length === 0) return lines(w, name, left, node)
  const parts = sums.map((sum) => indexSum(sum, w.line(sum.node)))
  const first = isZeroNode(node) ? [] : [w.line(node)]
  const items = [...first, ...parts].flatMap((part, i) => (i === 0 ? [part] : [sign('+'), part]))
  const right = items.length === 1 ? items[0]! : row(items, BINDING.sum)
  return [...w.auxiliaries().map(auxiliaryLine), { name, left, right, node }]
}

const ends = ({ index, from, to }: IndexRange, downwards: boolean): NonNullable<Line['range']> => {
  const [first, last] = downwards ? [to, from] : [from, to]
  return { index: indexText(index), from: indexText(extentText(first)), to: indexText(extentText(last)) }
}

/** The symbol of an error term at an index. */
const atMember = ({ member, shape }: Symbol, at: Extent): Symbol =>
  memberSymbol('adjoint', member!.family, at, shape)

/** The notation of every error term at every index that occurs in the formulas. */
function termNames(
  g: Graph,
  network: Recurrent['network'],
  terms: Recurrent['errorTerms'],
  roots: readonly Node[],
  plain: readonly EquationNode[],
  name: (terms: readonly EquationNode[], equations: readonly Equation[]) => Map<EquationNode, Layout>,
): Map<Node, Layout> {
  const inFormulas = formulaNodes(roots).flatMap((n) =>
    n.kind === 'symbol' && n.symbol.role === 'adjoint' ? [n.symbol.member!.indices[0]!] : [],
  )
  const inCases = terms.flatMap(({ cases }) => cases.flatMap(({ at }) => at ?? []))
  const stands = new Map<EquationNode, Node>()
  // Each of them at each index: what is told apart at one is told apart at all.
  for (const at of new Set([...inFormulas, ...inCases]))
    for (const { symbol, name: called, of } of terms) {
      const n = g.symbol(atMember(symbol, at))
      const index = network.recurrences.find((r) => r.equations.some((e) => e.name === called))?.index
      if (index === undefined && symbol.member!.indices[0] !== at) continue
      const here = index === undefined ? called : memberName(familyOf(called), [at])
      const value = index === undefined ? of : reindex(g, [of], index, at)[0]!
      stands.set(g.equation(here, n, 'adjoint', value) as EquationNode, n)
    }
  // The equations at the other indices, for their shapes.
  const others = [...stands].map(([e, node]) => ({
    ...network.loss!,
    name: e.name,
    node: g.equation(e.name, node) as EquationNode,
  }))
  const found = name([...plain, ...stands.keys()], [...network.equations, ...others])
  return new Map([...found].map(([e, layout]) => [stands.get(e) ?? e, layout]))
}
