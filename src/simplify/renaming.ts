/** Sums over axes that are the same but for the names of the indices that are summed over. For proofs only. */
import { same } from '../base/rational.ts'
import { type Factor, factorsOf, termsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, isContraction, isPureProduct } from '../graph/node.ts'
import type { Rule } from './rule.ts'
import { withFactors } from './terms.ts'

/** Pairs of factors that are tried for one pair of sums. */
const MOST_TRIES = 2000

/** (No type predicate: what is none may still be a product.) */
const isSum = (n: Node): boolean => n.kind === 'product' && isContraction(n)

/** The sums over axes of a term: itself, or factors of it. */
const sumsIn = (term: Node): ProductNode[] =>
  isSum(term)
    ? [term as ProductNode]
    : term.kind === 'product' && isPureProduct(term)
      ? (term.args.filter(isSum) as ProductNode[])
      : []

const signature = (n: ProductNode): string =>
  `${n.shape.length} ${n.args
    .map((a, i) => `${a.id}^${n.exponents[i]!.toFraction()}`)
    .sort()
    .join()}`

export const renaming: Rule = {
  name: 'names of summed indices',
  zh: '求和指标改名',
  on: 'sum',
  law: 'Σᵢⱼ xᵢ·Aᵢⱼ·xⱼ·yⱼ = Σᵢⱼ xⱼ·yᵢ·Aⱼᵢ·xᵢ',
  example:
    'param E[2, 2], C[2, 2], x[2]\nloss J = x @ (E @ C)^2 @ ones(2) - sum((E @ C @ C.T) * E * outer(x, ones(2)))',
  rewrite: (node, { g }) => {
    if (node.kind !== 'sum') return undefined
    const terms = termsOf(node)
    const first = new Map<string, ProductNode[]>()
    const image = new Map<Node, Node>()
    for (const n of [...new Set(terms.flatMap((t) => sumsIn(t.node)))].sort((a, b) => a.hash - b.hash)) {
      const key = signature(n)
      const known = first.get(key)?.find((o) => areRenamed(o, n))
      if (known) image.set(n, known)
      else first.set(key, [...(first.get(key) ?? []), n])
    }
    if (image.size === 0) return undefined
    const renamed = terms.map(({ coefficient, node: term }) => ({
      coefficient,
      node:
        image.get(term) ??
        (term.kind === 'product' && isPureProduct(term)
          ? withFactors(
              g,
              term,
              factorsOf(term).map((f) => ({ ...f, node: image.get(f.node) ?? f.node })),
            )
          : term),
    }))
    return g.sum(renamed, node.constant, node.shape)
  },
}

/** Whether two sums over axes have the same factors, when summed labels are renamed. */
function areRenamed(a: ProductNode, b: ProductNode): boolean {
  const [left, right] = [factorsOf(a), factorsOf(b)]
  const rank = a.shape.length
  let tries = 0
  const match = (at: number, names: ReadonlyMap<number, number>, used: ReadonlySet<Factor>): boolean => {
    if (at === left.length) return true
    const part = left[at]!
    return right.some((f) => {
      if (used.has(f) || f.node !== part.node || !same(f.exponent, part.exponent)) return false
      if (++tries > MOST_TRIES) return false
      const next = new Map(names)
      const taken = new Set(names.values())
      const fits = part.labels.every((l, axis) => {
        const name = f.labels[axis]!
        const known = next.get(l)
        if (known !== undefined) return known === name
        if ((l < rank || name < rank ? l !== name : false) || taken.has(name)) return false
        next.set(l, name)
        taken.add(name)
        return true
      })
      return fits && match(at + 1, next, new Set([...used, f]))
    })
  }
  return left.length === right.length && match(0, new Map(), new Set())
}
