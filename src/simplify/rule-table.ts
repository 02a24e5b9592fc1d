import type { Node } from '../graph/node.ts'
import { covers, marksOf } from './rows/marks.ts'
import type { Rule } from './rule.ts'

/** Rules in their order, by the nodes that they may apply to: what is tried at a node is few of many. */
export class RuleTable {
  readonly #on = new Map<string, { readonly rules: Rule[]; readonly byMarks: Map<number, readonly Rule[]> }>()

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      const known = this.#on.get(rule.on)
      if (known) known.rules.push(rule)
      else this.#on.set(rule.on, { rules: [rule], byMarks: new Map() })
    }
  }

  /** The rules that look at such nodes, where there is what they need. */
  of(node: Node): readonly Rule[] {
    const on = this.#on.get(node.kind === 'apply' ? node.op.name : node.kind)
    if (!on) return NONE
    const marks = marksOf(node)
    // Most are told apart by the marks of all parts, of which a program has few combinations.
    let likely = on.byMarks.get(marks.all)
    if (!likely) {
      const everything = { all: marks.all, twice: ~0, above: ~0, below: ~0, within: ~0 }
      likely = on.rules.filter(({ needs }) => !needs || needs.some((n) => covers(everything, n)))
      on.byMarks.set(marks.all, likely)
    }
    return likely.filter(({ needs }) => !needs || needs.some((n) => covers(marks, n)))
  }
}

const NONE: readonly Rule[] = []
