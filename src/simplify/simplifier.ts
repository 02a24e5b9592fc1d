import { type Rational, isOne } from '../base/rational.ts'
import type { Graph } from '../graph/graph.ts'
import { NodeMap } from '../graph/node-map.ts'
import { type EquationNode, type Node, isPureProduct } from '../graph/node.ts'
import type { Context, Rule, Step } from './rule.ts'

/** Rules may ask what a rewrite would come to; such questions nest to this depth. */
const DEEPEST_QUESTION = 3
/** Rewrites of one node after another, after which it is left as it is: a guard against rules that undo one another. */
const MOST_REWRITES = 64

/**
 * Rewrites a graph with rules, arguments first, to a fixed point. Names are kept: a value that equals the body of an
 * equation of the program becomes that equation.
 */
export class Simplifier {
  readonly #g: Graph
  readonly #rules = new Map<string, Rule[]>()
  readonly #result = new NodeMap<Node>()
  readonly #pending = new Map<Node, Node>()
  readonly #rewrites = new NodeMap<number>()
  readonly #named: Map<Node, EquationNode>
  /** Equations that are a power of something, by its base. */
  readonly #powers = new Map<Node, { equation: EquationNode; exponent: Rational }>()
  readonly steps: Step[] = []
  readonly #context: Context
  #depth = 0
  /** Rewrites left: near linear in the graph. Rules terminate by themselves; this holds even where one does not. */
  #fuel: number

  constructor(g: Graph, rules: readonly Rule[], named = new Map<Node, EquationNode>()) {
    this.#g = g
    this.#named = named
    this.#context = {
      g,
      simplest: (n) => this.#question(n),
      power: (base) => this.#powers.get(base),
    }
    this.#fuel = 10_000 + 20 * g.size
    for (const [body, equation] of named) this.#learn(body, equation)
    for (const rule of rules) {
      const list = this.#rules.get(rule.on)
      if (list) list.push(rule)
      else this.#rules.set(rule.on, [rule])
    }
  }

  /** The equations by their simplified bodies. */
  get named(): ReadonlyMap<Node, EquationNode> {
    return this.#named
  }

  simplify(root: Node): Node {
    const result = this.#result
    const stack = [root]
    // Nodes that an outer question is still about are left alone by the inner one.
    const outer = this.#depth > 0 ? new Set(this.#pending.keys()) : undefined
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!
      if (result.has(node)) {
        stack.pop()
        continue
      }
      if (outer?.has(node)) {
        if (node === root) return node
        result.set(node, node)
        continue
      }
      const next = this.#pending.get(node)
      if (next) {
        const simplified = result.get(next)
        if (simplified) {
          this.#pending.delete(node)
          result.set(node, simplified)
        } else if (this.#pending.has(next) && stack.includes(next)) {
          // A cycle of rewrites: the later one stands.
          this.#pending.delete(node)
          result.set(node, node)
        } else stack.push(next)
        continue
      }
      const own = stack.length
      for (const a of node.args) if (!result.has(a)) stack.push(a)
      if (stack.length > own) continue
      const to = this.#step(node)
      if (to === node) this.#settle(node)
      else this.#pending.set(node, to)
    }
    return result.get(root)!
  }

  #settle(node: Node): void {
    this.#result.set(node, node)
    if (node.kind !== 'equation' || node.role !== 'source') return
    const { body } = node
    if (body.args.length > 0 && body.kind !== 'equation' && !this.#named.has(body)) {
      this.#named.set(body, node)
      this.#learn(body, node)
    }
  }

  /** Remembers the equation of a power xᵃ under its base. */
  #learn(body: Node, equation: EquationNode): void {
    if (body.kind !== 'product' || !isPureProduct(body) || body.args.length !== 1 || !isOne(body.coefficient))
      return
    const [labels, exponent] = [body.labels[0]!, body.exponents[0]!]
    if (labels.length !== body.shape.length || labels.some((l, i) => l !== i) || isOne(exponent)) return
    if (!this.#powers.has(body.args[0]!)) this.#powers.set(body.args[0]!, { equation, exponent })
  }

  #step(node: Node): Node {
    if (node.args.some((a) => this.#inPlace(node, a) !== a)) {
      const rebuilt = this.#g.rebuild(
        node,
        node.args.map((a) => this.#inPlace(node, a)),
      )
      if (rebuilt !== node) return rebuilt
    }
    const rules = this.#rules.get(node.kind === 'apply' ? node.op.name : node.kind)
    if (!rules) return node
    const count = this.#rewrites.get(node) ?? 0
    if (count >= MOST_REWRITES || this.#fuel <= 0) return node
    for (const rule of rules) {
      const to = rule.rewrite(node, this.#context)
      if (to && to !== node) {
        this.#fuel--
        this.steps.push({ rule: rule.name, from: node, to })
        this.#rewrites.set(to, Math.max(this.#rewrites.get(to) ?? 0, count + 1))
        return to
      }
    }
    return node
  }

  /** What stands for an argument: its simplest form, or the equation of that value. */
  #inPlace(user: Node, arg: Node): Node {
    const simplest = this.#result.get(arg)!
    return user.kind === 'equation' ? simplest : (this.#named.get(simplest) ?? simplest)
  }

  #question(node: Node): Node | undefined {
    if (this.#depth >= DEEPEST_QUESTION) return undefined
    this.#depth++
    try {
      return this.simplify(node)
    } finally {
      this.#depth--
    }
  }
}
