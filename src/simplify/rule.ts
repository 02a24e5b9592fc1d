import type { Graph } from '../graph/graph.ts'
import type { EquationNode, Node } from '../graph/node.ts'
import type { Marks } from './rows/marks.ts'
import type { Solution } from './solutions.ts'

/** What a rule may ask for. */
export interface Context {
  readonly g: Graph
  /** The node in simplest form, to look at what a rewrite would give. Undefined beyond the depth of such questions. */
  readonly simplest: (node: Node) => Node | undefined
  /** Equations whose formulas are products with this factor; but none whose formula `within` is. */
  readonly named: (factor: Node, within: Node) => readonly EquationNode[]
  /** What the equations of the program say of a factor; but none whose formula `within` is. */
  readonly solutions: (factor: Node, within: Node) => readonly Solution[]
}

/**
 * A rewrite that holds wherever its guard does: for the mathematics, not for a pair of layers. `on` is the kind or the
 * operator's name of the nodes it looks at; `law` is what it says, as people write it; `rewrite` finds an instance
 * (the guard included) and gives the other side.
 */
export interface Rule {
  readonly name: string
  /** The name in Chinese, for derivations that are printed. */
  readonly zh: string
  readonly on: string
  readonly law: string
  /** What the parts of a node must look like, in one of these ways: else it is not tried. */
  readonly needs?: readonly Marks[]
  /** A program in which it applies: what its test runs. */
  readonly example: string
  /** Its right side may subtract what is nearly equal: for formulas, and not for the program's own values. */
  readonly reading?: true
  /** Wrong where something is infinite: the program's own values keep what they are there. */
  readonly finite?: true
  /** Asks what its rewrite would come to, each time: left out where no question may be asked. */
  readonly trial?: true
  /** Of a rule that is its law: what is written. */
  readonly row?: Row
  readonly rewrite: (node: Node, c: Context) => Node | undefined
}

/** One rewrite that was made. */
export interface Step {
  readonly rule: Rule
  readonly from: Node
  readonly to: Node
}

/** A rule that is its law. */
export interface Row extends Omit<Rule, 'on' | 'needs' | 'law' | 'rewrite' | 'row'> {
  /** `left = right where guard, guard`, in the language (see `law.ts`); of several the first that applies is taken. */
  readonly law: string | readonly string[]
  /** Names that parts of the right side keep, each with its formula. */
  readonly parts?: Readonly<Record<string, string>>
  /** Made also where all that it replaces has names, and the names go. */
  readonly named?: true
  /** Factors have exactly the exponents of the law, and not more of them; terms of a sum have no further factors. */
  readonly exact?: true
}
