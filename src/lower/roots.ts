/**
 * What roots are taken of while expressions are lowered: the normal form of products does not tell √x² from x, which has a value
 * where the former has none.
 */
import { type EquationNode, type Node, isSource } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { select } from '../ops/index.ts'
import type { Expression } from '../syntax/tree.ts'

export interface Root {
  /** What must not be negative. */
  readonly of: Node
  /** It stands in what a derivative is taken of, which is asked for only where that has a value. */
  readonly differentiated: boolean
}

export class Roots {
  #found: Root[] = []
  /** How many there were when a tree was begun. */
  readonly #before = new Map<Expression, number>()
  readonly #ofEquations = new Map<Node, readonly Root[]>()

  begin(tree: Expression): void {
    this.#before.set(tree, this.#found.length)
  }

  take(of: Node): void {
    this.#found.push({ of, differentiated: false })
  }

  /** Those from one tree on, up to another one or to the last. */
  change(from: Expression, to: Expression | undefined, change: (root: Root) => Root): void {
    const start = this.#before.get(from)!
    const end = to ? this.#before.get(to)! : this.#found.length
    this.#found = this.#found.map((root, i) => (i >= start && i < end ? change(root) : root))
  }

  /** The roots in what `work` lowers, which stand among the others as well. */
  within<T>(work: () => T): { readonly value: T; readonly roots: readonly Root[] } {
    const start = this.#found.length
    const value = work()
    return { value, roots: this.#found.slice(start) }
  }

  /** Those in what is lowered for all values of an index are forgotten: of which value they would be, no node says. */
  without<T>(work: () => T): T {
    const start = this.#found.length
    const value = work()
    this.#found.length = start
    return value
  }

  add(roots: readonly Root[]): void {
    this.#found.push(...roots)
  }

  /** What an equation's formula is defined by. */
  define(equation: EquationNode, roots: readonly Root[]): void {
    if (roots.length > 0) this.#ofEquations.set(equation, roots)
    this.#found = []
  }

  /** Of a whole side of a claim: its own roots, and those of the equations in it. */
  domainOf(side: Node, own: readonly Root[]): { readonly plain: Node[]; readonly differentiated: Node[] } {
    const derivatives = topological([side]).flatMap((n) => (n.kind === 'derivative' ? [n.of] : []))
    // Of cases only one is taken: what stands in one says nothing of the others.
    const plainly = topological(
      [side],
      (n) => n.kind === 'derivative' || (n.kind === 'apply' && n.op === select),
    )
    const ofEquations = (nodes: readonly Node[]): Root[] =>
      nodes.filter(isSource).flatMap((n) => this.#ofEquations.get(n) ?? [])
    const inside = ofEquations(topological(derivatives))
    const all = [...own, ...ofEquations(plainly), ...inside.map((r) => ({ ...r, differentiated: true }))]
    const those = (differentiated: boolean): Node[] => [
      ...new Set(all.filter((r) => r.differentiated === differentiated).map((r) => r.of)),
    ]
    return { plain: those(false), differentiated: those(true) }
  }
}
