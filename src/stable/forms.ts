import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'

/**
 * A value as mantissa·e^exponent: the exponent carries what would overflow or vanish, the mantissa is of ordinary size. It
 * is to a sum of exponentials what the exponent is to a floating-point number.
 */
export interface Scaled {
  readonly exponent: Node
  readonly mantissa: Node
  /** It may leave the range of doubles; a sigmoid does not, whose exponent only a logarithm asks for. */
  readonly wild: boolean
  /** It stands for more than one exponential: a quotient by it, or a power of it, has to be taken in parts if it is wild. */
  readonly composite: boolean
}

/**
 * What is known of a value besides itself. Each is undefined where nothing better is known than what anybody would compute
 * from the value.
 */
export interface Forms {
  readonly g: Graph
  readonly scaled: (node: Node) => Scaled | undefined
  /** Says of a mantissa that it is of ordinary size as it is. */
  readonly noteOrdinary: (node: Node) => void
  /** log of the value; the value has to be positive wherever the logarithm is defined. */
  readonly logarithm: (node: Node) => Node | undefined
  /** 1 − the value, without a difference that cancels. */
  readonly complement: (node: Node) => Node | undefined
  /** Whether no parameter is in it, so that nothing is differentiated by it. */
  readonly isGiven: (node: Node) => boolean
}
