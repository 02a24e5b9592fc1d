/** Exact division of sums as polynomials in what they are made of: (x² − 1)/(x − 1) is x + 1, (1/x − 1/y)/(x − y) is −1/(x·y). */
import { ONE, type Rational, ZERO, isZero, plus, rationalKey, times } from '../base/rational.ts'
import { type Factor, type Graph, constantValue } from '../graph/graph.ts'
import { type Node, peel } from '../graph/node.ts'
import { multiplyOut } from '../simplify/rules/cancelling.ts'
import { asFactors, asTerms } from '../simplify/terms.ts'

/** Π of atoms by their numbers, with exponents; those of 0 are left out. */
type Powers = ReadonlyMap<number, Rational>
interface Monomial {
  readonly coefficient: Rational
  readonly powers: Powers
}

/** Terms of what is divided, of what divides, and of the quotient: beyond them a quotient is no shorter way to a value. */
const MOST_TERMS = 16

/** The quotient n/d where d divides n; undefined where it does not, and where it would have too many terms. */
export function exactQuotient(g: Graph, n: Node, d: Node): Node | undefined {
  const atoms = new Atoms()
  const [above, below] = [n, d].map((node) => atoms.terms(g, node))
  if (!above || !below || above.length === 0 || below.length === 0) return undefined
  // A power alone divides what it is in: it is not taken below 0.
  const isPower = below.length === 1
  const second = isPower ? new Map<number, Rational>() : lowest(below)
  const first = lowest(above)
  if (isPower) for (const at of below[0]!.powers.keys()) first.delete(at)
  let rest = above.map((m) => moved(m, first, -1))
  const divisor = below.map((m) => moved(m, second, -1)).sort(descending)
  const quotient: Monomial[] = []
  while (rest.length > 0) {
    if (quotient.length === MOST_TERMS || rest.length > MOST_TERMS) return undefined
    const lead = rest.reduce((a, b) => (descending(a, b) <= 0 ? a : b))
    const next: Monomial = {
      ...moved(lead, divisor[0]!.powers, -1),
      coefficient: lead.coefficient.div(divisor[0]!.coefficient),
    }
    if ([...next.powers.values()].some((e) => e.compare(0) < 0)) return undefined
    quotient.push(next)
    rest = collected([
      ...rest,
      ...divisor.map((m) => ({
        ...moved(m, next.powers, 1),
        coefficient: times(m.coefficient, next.coefficient).neg(),
      })),
    ])
  }
  const shape = n.shape.length >= d.shape.length ? n.shape : d.shape
  return g.addAll(
    quotient.map((m) => atoms.node(g, moved(moved(m, first, 1), second, -1), shape)),
    shape,
  )
}

/** What sums are made of, numbered as it is met. */
class Atoms {
  readonly #known: Factor[] = []

  /** A sum as a polynomial, multiplied out; undefined where it has too many terms or is a contraction. */
  terms(g: Graph, root: Node): Monomial[] | undefined {
    const { terms, constant } = asTerms(peel(root))
    const all: Monomial[] = isZero(constant) ? [] : [{ coefficient: constant, powers: new Map() }]
    for (const t of terms) {
      const value = peel(t.node)
      const expanded = value.kind === 'product' ? multiplyOut(g, value, undefined, MOST_TERMS) : undefined
      const inner = asTerms(expanded ?? value)
      if (!isZero(inner.constant))
        all.push({ coefficient: times(t.coefficient, inner.constant), powers: new Map() })
      for (const { node, coefficient } of inner.terms) {
        const own = this.#monomial(node)
        if (!own) return undefined
        all.push({ ...own, coefficient: times(own.coefficient, times(coefficient, t.coefficient)) })
      }
      if (all.length > MOST_TERMS) return undefined
    }
    return collected(all)
  }

  #monomial(node: Node): Monomial | undefined {
    const number = constantValue(node)
    if (number) return { coefficient: number, powers: new Map() }
    const { coefficient, factors } = asFactors(node)
    const rank = node.shape.length
    const powers = new Map<number, Rational>()
    for (const f of factors) {
      const isEntrywise =
        f.labels.every((l, i) => l === i) && (f.labels.length === 0 || f.labels.length === rank)
      if (!isEntrywise) return undefined
      const base = peel(f.node)
      let at = this.#known.findIndex((k) => k.node === base)
      if (at < 0) at = this.#known.push({ ...f, node: base, exponent: ONE }) - 1
      powers.set(at, plus(powers.get(at) ?? ZERO, f.exponent))
    }
    return { coefficient, powers }
  }

  node(g: Graph, { coefficient, powers }: Monomial, shape: Node['shape']): Node {
    const factors = [...powers].map(([at, exponent]) => ({ ...this.#known[at]!, exponent }))
    const axes = shape.map((_, i) => i)
    return factors.length === 0 ? g.full(coefficient, shape) : g.product(coefficient, factors, axes, shape)
  }
}

/** The least exponent of each atom in all terms: what makes of x⁻¹ + √x a polynomial. */
function lowest(terms: readonly Monomial[]): Map<number, Rational> {
  const least = new Map<number, Rational>()
  for (const at of new Set(terms.flatMap((t) => [...t.powers.keys()])))
    least.set(
      at,
      terms.map((t) => t.powers.get(at) ?? ZERO).reduce((a, b) => (a.compare(b) <= 0 ? a : b)),
    )
  return least
}

function moved(m: Monomial, by: Powers, sign: 1 | -1): Monomial {
  const powers = new Map(m.powers)
  for (const [at, e] of by) {
    const sum = plus(powers.get(at) ?? ZERO, sign > 0 ? e : e.neg())
    if (isZero(sum)) powers.delete(at)
    else powers.set(at, sum)
  }
  return { ...m, powers }
}

/** By the exponents of the atoms in their order: the larger one first. */
function descending(a: Monomial, b: Monomial): number {
  for (const at of [...new Set([...a.powers.keys(), ...b.powers.keys()])].sort((i, j) => i - j)) {
    const order = (b.powers.get(at) ?? ZERO).compare(a.powers.get(at) ?? ZERO)
    if (order !== 0) return order
  }
  return 0
}

function collected(terms: readonly Monomial[]): Monomial[] {
  const byPowers = new Map<string, Monomial>()
  for (const m of terms) {
    const key = [...m.powers]
      .sort(([i], [j]) => i - j)
      .map(([at, e]) => `${at}^${rationalKey(e)}`)
      .join(' ')
    const before = byPowers.get(key)
    byPowers.set(key, before ? { ...m, coefficient: plus(before.coefficient, m.coefficient) } : m)
  }
  return [...byPowers.values()].filter((m) => !isZero(m.coefficient))
}
