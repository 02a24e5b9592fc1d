/**
 * A program in forms that lose no digits, before it is differentiated: names are seen through, positive quantities are
 * carried as logarithms where they meet one, 1 − f has its own form, quotients with a limit have it. The derivatives of such
 * forms are stable as well. For running only: formulas are of the program as it is written.
 */
import type { Graph } from '../graph/graph.ts'
import { type Node, type Symbol, peel } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { topological, transform } from '../graph/traverse.ts'
import { acosh, atan, detached, log, log1p } from '../ops/index.ts'
import { shiftedBy } from './build.ts'
import { complementOf, withComplements } from './complements.ts'
import type { Forms, Scaled } from './forms.ts'
import { acoshBesideOne, logarithmOf } from './logarithms.ts'
import { withQuotients } from './differences.ts'
import { withJoined } from './joined.ts'
import { withoutPoles } from './poles.ts'
import { withQuotient, withRemainders, withoutPolynomials } from './remainders.ts'
import { withConjugate, withSquares } from './roots.ts'
import { scaledOf, withScales } from './scaled.ts'
import { withWholeSlope } from './slopes.ts'
import { ONE } from '../base/rational.ts'

/** Questions about a value go through so many of the values that it is made of. */
const DEEPEST = 32

class Known implements Forms {
  readonly g: Graph
  readonly #scaled = new NodeMap<Scaled | null>()
  readonly #logarithms = new NodeMap<Node | null>()
  readonly #complements = new NodeMap<Node | null>()
  readonly #given = new NodeMap<boolean>()
  readonly #isParameter: (symbol: Symbol) => boolean
  #depth = 0

  constructor(g: Graph, isParameter: (symbol: Symbol) => boolean) {
    this.g = g
    this.#isParameter = isParameter
  }

  scaled(node: Node): Scaled | undefined {
    return this.#ask(this.#scaled, node, () => scaledOf(this, node))
  }

  noteOrdinary(node: Node): void {
    this.#scaled.set(peel(node), null)
  }

  logarithm(node: Node): Node | undefined {
    return this.#ask(this.#logarithms, node, () => logarithmOf(this, node))
  }

  complement(node: Node): Node | undefined {
    return this.#ask(this.#complements, node, () => complementOf(this, node))
  }

  isGiven(node: Node): boolean {
    for (const n of topological([node], (m) => this.#given.has(m)))
      if (!this.#given.has(n))
        this.#given.set(
          n,
          n.kind === 'symbol' ? !this.#isParameter(n.symbol) : n.args.every((a) => this.#given.get(a)!),
        )
    return this.#given.get(node)!
  }

  #ask<T>(known: NodeMap<T | null>, node: Node, find: () => T | undefined): T | undefined {
    const value = peel(node)
    const before = known.get(value)
    if (before !== undefined) return before ?? undefined
    if (this.#depth >= DEEPEST) return undefined
    this.#depth++
    try {
      const found = find()
      known.set(value, found ?? null)
      return found
    } finally {
      this.#depth--
    }
  }
}

/**
 * The roots in stable forms; the same roots where there is nothing to be said better.
 *
 * @param isParameter what they are differentiated by
 */
export function stabilised(
  g: Graph,
  roots: readonly Node[],
  isParameter: (symbol: Symbol) => boolean,
): readonly Node[] {
  const forms = new Known(g, isParameter)
  const image = new NodeMap<Node>()
  /** What stands for a node; poles and divided differences are seen in what divides before it is taken in parts. */
  const of = (root: Node, seeks: boolean): Node => {
    for (const node of topological([root], (n) => image.has(n))) {
      if (image.has(node)) continue
      const whole = seeks ? joinedQuotients(forms, node) : undefined
      const args = node.args.map((a) => image.get(a)!)
      image.set(
        node,
        whole ? of(whole, false) : better(forms, args.length === 0 ? node : g.rebuild(node, args)),
      )
    }
    return image.get(root)!
  }
  return roots.map((root) => of(root, true))
}

function joinedQuotients(f: Forms, node: Node): Node | undefined {
  if (node.kind === 'sum') return withoutPoles(f, node)
  return node.kind === 'product' ? withQuotients(f.g, node) : undefined
}

/** Rewrites of one node after another. */
const MOST = 8

function better(f: Forms, node: Node): Node {
  let current = node
  for (let i = 0; i < MOST; i++) {
    const next = rewritten(f, current)
    if (!next || next === current) break
    current = next
  }
  return f.g.stretch(current, node.shape)
}

function rewritten(f: Forms, node: Node): Node | undefined {
  const { g } = f
  switch (node.kind) {
    case 'apply':
      if (node.op === log) return f.logarithm(node.args[0]!)
      if (node.op === atan) return withQuotient(g, node)
      if (node.op === acosh) return acoshBesideOne(f, node)
      if (node.op === log1p) return f.scaled(node.args[0]!) && f.logarithm(shiftedBy(g, node.args[0]!, ONE))
      return undefined
    case 'sum':
      return (
        withoutPolynomials(g, node) ??
        withComplements(f, node) ??
        withConjugate(g, node) ??
        withSquares(g, node)
      )
    case 'product':
      return withJoined(g, node) ?? withRemainders(g, node) ?? withQuotients(g, node) ?? withScales(f, node)
    default:
      return undefined
  }
}

/** Whether a quotient of exponentials is left that is not taken in parts. */
export function overflows(
  g: Graph,
  roots: readonly Node[],
  isParameter: (symbol: Symbol) => boolean,
): boolean {
  const forms = new Known(g, isParameter)
  return topological(roots).some((node) => node.kind === 'product' && withScales(forms, node) !== undefined)
}

/** What has been differentiated: without the marks of what was taken for a constant, and with slopes that do not cancel. */
export const attached = (g: Graph, roots: readonly Node[]): readonly Node[] =>
  transform(g, roots, (rebuilt) => {
    if (rebuilt.kind === 'sum') return withWholeSlope(g, rebuilt) ?? rebuilt
    return rebuilt.kind === 'apply' && rebuilt.op === detached ? rebuilt.args[0]! : rebuilt
  })
