/** The simplifier one expression at a time, with the rewrites that lead to each result. */
import type { Graph } from '../graph/graph.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import type { Rule, Step } from './rule.ts'

/** One rewrite within a whole expression; without a rule where it is more than one of them. */
export interface Rewrite {
  readonly rule: Rule | undefined
  readonly after: Node
}

export interface Stepwise {
  readonly simplest: (root: Node) => Node
  /** What was rewritten so far, in order: of each phase by itself. */
  readonly phases: readonly { readonly steps: readonly Step[] }[]
  /** The equation of the program that a value is. */
  readonly called: (node: Node) => Node
}

/** What is longer is not shown step by step, nor are more steps than these. */
const MOST_NODES = 2000
const MOST_STEPS = 64

/** Looks rewrites up by what they were of: those that were made of each node. */
export class Replay {
  readonly #g: Graph
  readonly #stepwise: Stepwise
  readonly #known: Map<Node, Step>[]
  readonly #read: number[]

  constructor(g: Graph, stepwise: Stepwise) {
    this.#g = g
    this.#stepwise = stepwise
    this.#known = stepwise.phases.map(() => new Map())
    this.#read = stepwise.phases.map(() => 0)
  }

  /** The expression with the names of the program's equations for their values. */
  named(root: Node): Node {
    const names = new Map<Node, Node>()
    for (const n of topological([root], isName)) {
      const name = this.#stepwise.called(n)
      if (name !== n && n.kind !== 'equation') names.set(n, name)
    }
    return replaced(this.#g, root, names)
  }

  /**
   * The simplest form, and the rewrites that lead to it from the expression: those that the simplifier made, each within
   * the whole. Where it found more by asking what something would come to, the last one has no rule.
   */
  simplified(root: Node): { readonly rewrites: readonly Rewrite[]; readonly result: Node } {
    const result = this.#stepwise.simplest(root)
    this.#learn()
    const rewrites: Rewrite[] = []
    let current = this.named(root)
    const tooLong = topological([root], isName).length > MOST_NODES
    for (const known of tooLong ? [] : this.#known)
      for (;;) {
        if (current === result || rewrites.length >= MOST_STEPS) break
        const step = topological([current], isName)
          .map((n) => known.get(n))
          .find((s) => s !== undefined && s.to !== s.from)
        if (!step) break
        const after = this.named(replaced(this.#g, current, new Map([[step.from, step.to]])))
        if (after !== current) rewrites.push({ rule: step.rule, after })
        else break
        current = after
      }
    if (current !== result) rewrites.push({ rule: undefined, after: result })
    return { rewrites, result }
  }

  #learn(): void {
    this.#stepwise.phases.forEach(({ steps }, phase) => {
      const known = this.#known[phase]!
      for (; this.#read[phase]! < steps.length; this.#read[phase]!++) {
        const step = steps[this.#read[phase]!]!
        if (!known.has(step.from)) known.set(step.from, step)
      }
    })
  }
}

const isName = (n: Node): n is EquationNode => n.kind === 'equation'

/** The expression with other nodes in the places of some; what names stand for is not looked at. */
export function replaced(g: Graph, root: Node, images: ReadonlyMap<Node, Node>): Node {
  if (images.size === 0) return root
  const result = new Map<Node, Node>()
  for (const n of topological([root], (m) => isName(m) || images.has(m)))
    result.set(
      n,
      images.get(n) ??
        (isName(n) || n.args.length === 0
          ? n
          : g.rebuild(
              n,
              n.args.map((a) => result.get(a)!),
            )),
    )
  return result.get(root)!
}
