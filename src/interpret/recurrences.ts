/** Recurrences at a known depth: what their formulas say, index by index, for comparison with what is unrolled. */
import type { Case, IndexRange, IndexSum } from '../derive/indices.ts'
import type { Recurrent } from '../derive/recurrent.ts'
import { doubles } from '../graph/doubles.ts'
import { type Member, memberName, memberParts } from '../graph/member.ts'
import { type EquationNode, type Node, type SymbolNode, isSource } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { EvaluationError, evaluate, integerOf } from './evaluate.ts'
import type { Tensor } from './tensor.ts'

/** Tensors by name; members by their numbers, `W[2]`. */
export type MemberValues = ReadonlyMap<string, Tensor<number>>

/**
 * The gradients that the formulas give at the lengths `dims` (with those of members: `n[2]`), from the values of all
 * symbols and of all equations: each error term from its last index to its first one.
 */
export function expandRecurrences(
  { errorTerms, gradients, inner = new Map<Node, IndexSum>() }: Recurrent,
  dims: ReadonlyMap<string, number>,
  values: MemberValues,
): Map<string, Tensor<number>> {
  const adjoints = new Map<string, Tensor<number>>()
  const at = (index: string | undefined, k: number): Place =>
    new Place({ values, adjoints, inner }, dims, index, k)

  /** Terms need one another at one index, and at later ones: whatever can be computed is, until nothing is left. */
  const pending = errorTerms.flatMap(({ symbol, cases }) =>
    cases.flatMap((c) => indicesOf(c, dims).map((k) => ({ family: symbol.member!.family, c, k }))),
  )
  for (let rest = pending; rest.length > 0;) {
    const later = rest.filter(({ family, c, k }) => {
      const place = at(c.range?.index, k)
      if (!place.isReady(c)) return true
      const name = `${family}[${k}]`
      if (!adjoints.has(name)) adjoints.set(name, place.of(c))
      return false
    })
    if (later.length === rest.length)
      throw new EvaluationError('missing', `${later[0]!.family}[${later[0]!.k}] depends on itself`)
    rest = later
  }
  const found = new Map<string, Tensor<number>>()
  for (const { symbol, cases } of gradients)
    for (const c of cases)
      for (const k of indicesOf(c, dims)) {
        const name = c.at === undefined ? symbol.name : `${symbol.member!.family}[${k}]`
        if (!found.has(name)) found.set(name, at(c.range?.index, k).of(c))
      }
  return found
}

/** Whether ranges are long enough at these lengths for the formulas: no two cases are the same index, and recurrences have steps. */
export function holdsAt(
  { errorTerms, gradients, network }: Recurrent,
  dims: ReadonlyMap<string, number>,
): boolean {
  const steps = ({ from, to }: IndexRange): number => integerOf(to, dims) - integerOf(from, dims) + 1
  if (network.recurrences.some((r) => steps(r) < 1)) return false
  return [...errorTerms, ...gradients].every(({ cases }) => {
    const single = cases.flatMap(({ at, range }) => (at === undefined || range ? [] : [integerOf(at, dims)]))
    return new Set(single).size === single.length && cases.every(({ range }) => !range || steps(range) >= 0)
  })
}

/** The numbers that a case stands for; those that other cases (which come first) stand for too are theirs. */
function indicesOf({ at, range }: Case, dims: ReadonlyMap<string, number>): number[] {
  if (at === undefined) return [NaN]
  if (!range) return [integerOf(at, dims)]
  const [from, to] = [integerOf(range.from, dims), integerOf(range.to, dims)]
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => to - i)
}

/** What is known at all indices. */
interface KnownValues {
  readonly values: MemberValues
  readonly adjoints: ReadonlyMap<string, Tensor<number>>
  readonly inner: ReadonlyMap<Node, IndexSum>
}

/** One index: what symbols and extents are there. */
class Place {
  readonly dims: ReadonlyMap<string, number>
  readonly known: KnownValues

  constructor(known: KnownValues, dims: ReadonlyMap<string, number>, index: string | undefined, k: number) {
    this.dims = new Lengths(dims, index === undefined ? [] : [[index, k]])
    this.known = known
  }

  of({ node, sums }: Case): Tensor<number> {
    return sums.reduce((total, s) => added(total, this.#sum(s)), this.#value(node))
  }

  isReady({ node, sums }: Pick<Case, 'node' | 'sums'>): boolean {
    const isReady = (sum: IndexSum): boolean =>
      this.#turns(sum).every((p) => p.isReady({ node: sum.node, sums: [] }))
    return (
      sums.every(isReady) &&
      topological([node]).every((n) => {
        const sum = this.known.inner.get(n)
        if (sum) return isReady(sum)
        return n.kind !== 'symbol' || n.symbol.role !== 'adjoint' || this.known.adjoints.has(this.#nameOf(n))
      })
    )
  }

  #turns({ index, from, to }: IndexSum): Place[] {
    const [first, last] = [integerOf(from, this.dims), integerOf(to, this.dims)]
    return Array.from(
      { length: Math.max(0, last - first + 1) },
      (_, i) => new Place(this.known, this.dims, index, first + i),
    )
  }

  #sum(s: IndexSum): Tensor<number> {
    return this.#turns(s)
      .map((place) => place.#value(s.node))
      .reduce(added, zeros(s.node.shape.map((e) => integerOf(e, this.dims))))
  }

  /** Symbols and named values by their numbers. */
  #value(root: Node): Tensor<number> {
    const { values, adjoints, inner } = this.known
    return evaluate([root], values, doubles, {
      dims: this.dims,
      known: (n) => {
        const sum = inner.get(n)
        if (sum) return this.#sum(sum)
        if (n.kind === 'symbol' && n.symbol.member)
          return (n.symbol.role === 'adjoint' ? adjoints : values).get(this.#nameOf(n))
        return isSource(n) ? values.get(this.#called(n)) : undefined
      },
    })[0]!
  }

  #nameOf({ symbol: { member } }: SymbolNode): string {
    return numbered(member!, this.dims)
  }

  #called({ name }: EquationNode): string {
    const member = memberParts(name)
    return member ? numbered(member, this.dims) : name
  }
}

/** The name of a member by its numbers: `W[2]` of W[l+1] at l = 1. */
const numbered = ({ family, indices }: Member, dims: ReadonlyMap<string, number>): string =>
  memberName(
    family,
    indices.map((i) => integerOf(i, dims)),
  )

/** The lengths at an index: those of members of families by their numbers. */
class Lengths extends Map<string, number> {
  constructor(dims: ReadonlyMap<string, number>, more: readonly (readonly [string, number])[]) {
    super([...dims, ...more])
  }

  override get(name: string): number | undefined {
    const member = memberParts(name)
    return super.get(member ? numbered(member, this) : name)
  }
}

const zeros = (shape: readonly number[]): Tensor<number> => ({
  shape: [...shape],
  data: Array.from({ length: shape.reduce((n, e) => n * e, 1) }, () => 0),
})

const added = (a: Tensor<number>, b: Tensor<number>): Tensor<number> => ({
  shape: a.shape,
  data: a.data.map((x, i) => x + b.data[i]!),
})
