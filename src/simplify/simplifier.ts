import type { Graph } from '../graph/graph.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import { NodeMap } from '../graph/node-map.ts'
import { RuleTable } from './rule-table.ts'
import type { Context, Rule, Step } from './rule.ts'
import { Fingerprint } from './fingerprint.ts'
import { type Solution, keysOf, solutionsOf } from './solutions.ts'

const NONE: readonly Solution[] = []
const NO_NAMES: readonly EquationNode[] = []

/** Rules may ask what a rewrite would come to; such questions nest to this depth. */
const DEEPEST_QUESTION = 4
/** Nodes that are looked at for one question and those within it; after that no further question is asked for it. */
const MOST_WORK = 256
/** Of what is left of the budget of all questions each may take this part, and at least a few nodes. */
const PART = 8
const LEAST_WORK = 8
/** A question that ends for want of so few nodes has an answer that a smaller program would have had in full. */
const SCANT_WORK = MOST_WORK / 4
/** The budget of all questions: nodes that they may look at, for the whole and for each node that is simplified. */
const BUDGET = 2000
const BUDGET_OF_A_NODE = 2
/** Rewrites of one node after another, after which it is left as it is: a guard against rules that undo one another. */
const MOST_REWRITES = 64

/** Nodes that may still be looked at, and terms that rewrites may still make; shared by all that has one aim. */
export interface Work {
  left: number
}

/** What a question came to while nodes outside of it were open. */
interface Answer {
  readonly answer: Node
  /** The open nodes that were met and left alone. */
  readonly met: readonly Node[]
  /** The least depth at which the answer is as good as a new one: it was cut short where questions nest too deeply. */
  readonly from: number
}

/**
 * Rewrites a graph with rules, arguments first, to a fixed point. Names are kept: a value that equals the body of an
 * equation of the program becomes that equation.
 */
export class Simplifier {
  readonly #g: Graph
  readonly #rules: RuleTable
  readonly #result = new NodeMap<Node>()
  readonly #pending = new NodeMap<Node>()
  readonly #rewrites = new NodeMap<number>()
  readonly #named = new Map<Node, EquationNode>()
  /** What equations say of the factors of their bodies. */
  readonly #solutions = new Map<Node, Solution[]>()
  readonly #byFactor = new Map<Node, EquationNode[]>()
  readonly steps: Step[] = []
  /** Rewrites that were not made, because values at a point are different. */
  readonly refused: Step[] = []
  readonly #fingerprints: readonly Fingerprint[]
  readonly #context: Context
  #depth = 0
  /** The depth at which a rewrite of a node began that is not finished. */
  readonly #open = new NodeMap<number>()
  /** Nodes that got their result within questions, and what the question that is being asked depends on. */
  readonly #found: Node[] = []
  #met = new Set<Node>()
  #cut = false
  /** What is left of the work for the outermost question that is being asked, and for all. */
  #patience = 0
  #budget = BUDGET
  /** Nodes that were looked at so far. */
  work = 0
  /** Laws that were looked for at them. */
  tried = 0
  /** Whether something may be longer than it would be, as the budget was used up. */
  curtailed = false
  /** Answers that hold only while what they depend on does: most questions come again from the next rule or node. */
  readonly #answers = new NodeMap<Answer>()
  /** Rewrites left: near linear in the graph. Rules terminate by themselves; this holds even where one does not. */
  #fuel: number
  readonly #allowed: Work

  /**
   * @param settled values that are in simplest form already, by what they were: names are used in what comes after them
   * @param allowed after so much work everything is left as it is
   */
  constructor(
    g: Graph,
    rules: readonly Rule[],
    settled: ReadonlyMap<Node, Node> = new Map(),
    allowed: Work = { left: Infinity },
  ) {
    this.#g = g
    this.#allowed = allowed
    this.#fingerprints = fingerprintsOf(g)
    this.#context = {
      g,
      simplest: (n) => this.#question(n),
      solutions: (factor, within) => this.#solutionsFor(factor, within),
      named: (factor, within) => this.#namesFor(factor, within),
    }
    this.#fuel = 10_000 + 20 * g.size
    for (const [before, node] of settled) {
      this.#result.set(before, node)
      this.#settle(node)
      // Else a part of it that has a name would be found first, and then it is no longer what the equation says.
      if (node.kind === 'equation') this.#result.set(node.body, node.body)
    }
    this.#rules = new RuleTable(rules)
  }

  /** The equation that a value is by itself, or the value. */
  called(node: Node): Node {
    return this.#named.get(node) ?? node
  }

  simplify(root: Node): Node {
    const result = this.#result
    const stack = [root]
    // Nodes that wait for what they were rewritten into: one that is met again meanwhile is a part of that.
    const waiting = new Set<Node>()
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!
      if (result.has(node)) {
        stack.pop()
        continue
      }
      // Nodes that an outer question is still about are left alone by the inner one.
      if (this.#isOpenOutside(node)) {
        this.#met.add(node)
        if (node === root) return node
        result.set(node, node)
        this.#found.push(node)
        continue
      }
      if (this.#depth > 0 && this.#recall(node)) continue
      const next = this.#pending.get(node)
      if (next) {
        const simplified = result.get(next)
        if (simplified) {
          this.#pending.set(node, undefined)
          waiting.delete(node)
          this.#finish(node, simplified)
        } else if (waiting.has(node) || (this.#pending.has(next) && stack.includes(next))) {
          // A cycle of rewrites: the later one stands.
          this.#pending.set(node, undefined)
          waiting.delete(node)
          this.#finish(node, node)
        } else {
          waiting.add(node)
          stack.push(next)
        }
        continue
      }
      const own = stack.length
      for (const a of node.args) if (!result.has(a)) stack.push(a)
      if (stack.length > own) continue
      this.#open.set(node, this.#depth)
      const to = this.#step(node)
      if (to === node) this.#settle(node)
      else this.#pending.set(node, to)
    }
    return result.get(root)!
  }

  #settle(node: Node): void {
    this.#finish(node, node)
    if (node.kind !== 'equation' || node.role !== 'source') return
    const { body } = node
    if (body.args.length > 0 && body.kind !== 'equation' && !this.#named.has(body)) {
      this.#named.set(body, node)
      this.#learn(node)
    }
  }

  /** Remembers what an equation says of the factors of its body. */
  #learn(equation: EquationNode): void {
    for (const key of keysOf(equation)) {
      const known = this.#byFactor.get(key)
      if (known) known.push(equation)
      else this.#byFactor.set(key, [equation])
    }
    for (const { factor, solution } of solutionsOf(equation)) {
      const known = this.#solutions.get(factor)
      if (known) known.push(solution)
      else this.#solutions.set(factor, [solution])
    }
  }

  /** An equation's own formula stays what it is. */
  #solutionsFor(factor: Node, within: Node): readonly Solution[] {
    const known = this.#solutions.get(factor)
    return known ? known.filter(({ equation }) => equation.body !== within) : NONE
  }

  #namesFor(factor: Node, within: Node): readonly EquationNode[] {
    const known = this.#byFactor.get(factor)
    return known ? known.filter(({ body }) => body !== within) : NO_NAMES
  }

  #step(node: Node): Node {
    this.work++
    if (this.#depth > 0) this.#patience--
    else this.#budget += BUDGET_OF_A_NODE
    if (node.args.some((a) => this.#inPlace(node, a) !== a)) {
      const rebuilt = this.#g.rebuild(
        node,
        node.args.map((a) => this.#inPlace(node, a)),
      )
      if (rebuilt !== node) return rebuilt
    }
    const rules = this.#rules.of(node)
    if (rules.length === 0 || this.#allowed.left-- <= 0) return node
    const count = this.#rewrites.get(node) ?? 0
    if (this.#fuel <= 0) this.curtailed = true
    if (count >= MOST_REWRITES || this.#fuel <= 0) return node
    const mayAsk = this.#mayAsk
    if (!mayAsk && rules.some((rule) => rule.trial)) this.#cut = true
    for (const rule of rules) {
      if (rule.trial && !mayAsk) continue
      if (rule.needs) this.tried++
      const to = rule.rewrite(node, this.#context)
      if (to && to !== node && !this.#differ(rule, node, to)) {
        this.#fuel--
        this.#allowed.left -= to.args.length
        this.steps.push({ rule, from: node, to })
        this.#rewrites.set(to, Math.max(this.#rewrites.get(to) ?? 0, count + 1))
        return to
      }
    }
    return node
  }

  /** The gate behind every rule: a rule that is wrong here is a simplification that is missed, and not a wrong formula. */
  #differ(rule: Rule, from: Node, to: Node): boolean {
    const differ = this.#fingerprints.some((f) => f.differ(from, to) === true)
    if (differ) this.refused.push({ rule, from, to })
    return differ
  }

  /** What stands for an argument: its simplest form, or the equation of that value. */
  #inPlace(user: Node, arg: Node): Node {
    const simplest = this.#result.get(arg)!
    return user.kind === 'equation' ? simplest : (this.#named.get(simplest) ?? simplest)
  }

  /** Whether an outer question is about this node, or one that encloses it. */
  #isOpenOutside(node: Node): boolean {
    return (this.#open.get(node) ?? Infinity) < this.#depth
  }

  /** Takes what an earlier question found of a node as its result, where that is as good as a new one. */
  #recall(node: Node): boolean {
    const known = this.#answers.get(node)
    if (!known || this.#depth < known.from || !known.met.every((n) => this.#isOpenOutside(n))) return false
    this.#result.set(node, known.answer)
    this.#found.push(node)
    for (const n of known.met) this.#met.add(n)
    this.#cut ||= known.from > 0
    return true
  }

  /** Whether rules may ask what a rewrite would come to. */
  get #mayAsk(): boolean {
    return this.#depth === 0 || (this.#depth < DEEPEST_QUESTION && this.#patience > 0)
  }

  /**
   * All questions together have a budget that is linear in what is simplified. It is counted in nodes and not in time,
   * so that equal programs come to equal formulas. As it is used up answers get shorter, rather than the first ones long and
   * the last ones none.
   */
  #question(node: Node): Node | undefined {
    if (this.#depth > 0) return this.#answer(node)
    const share = Math.max(LEAST_WORK, Math.min(MOST_WORK, Math.floor(this.#budget / PART)))
    this.#patience = share
    this.#cut = false
    try {
      return this.#answer(node)
    } finally {
      this.curtailed ||= this.#cut && this.#patience <= 0 && share < SCANT_WORK
      this.#budget = Math.max(0, this.#budget - (share - this.#patience))
    }
  }

  #answer(node: Node): Node | undefined {
    if (!this.#mayAsk) {
      this.#cut = true
      return undefined
    }
    const depth = ++this.#depth
    const outer = { met: this.#met, cut: this.#cut }
    const before = this.#found.length
    this.#met = new Set()
    this.#cut = false
    try {
      const answer = this.simplify(node)
      const met = [...this.#met].filter((n) => this.#isOpenOutside(n))
      // What was found while a node outside was still open may not be the simplest: it is to be looked at anew.
      if (met.length > 0 || this.#cut) {
        const from = this.#cut ? depth : 0
        for (const n of this.#found.splice(before)) {
          this.#answers.set(n, { answer: this.#result.get(n)!, met, from })
          this.#result.set(n, undefined)
        }
      }
      for (const n of met) outer.met.add(n)
      return answer
    } finally {
      this.#depth--
      this.#met = outer.met
      this.#cut = this.#cut || outer.cut
      if (this.#depth === 0) this.#found.length = 0
    }
  }

  #finish(node: Node, simplest: Node): void {
    this.#open.set(node, undefined)
    this.#result.set(node, simplest)
    if (this.#depth > 0) this.#found.push(node)
  }
}

const fingerprints = new WeakMap<Graph, readonly Fingerprint[]>()

/** A few points for each graph. */
function fingerprintsOf(g: Graph): readonly Fingerprint[] {
  let known = fingerprints.get(g)
  if (!known) {
    known = (['positive', 'negative', 'mixed'] as const).map((signs) => new Fingerprint('point', signs))
    fingerprints.set(g, known)
  }
  return known
}
