import { ZERO } from '../base/rational.ts'
import type { ApplyNode, Node } from '../graph/node.ts'
import type { Operator } from '../graph/operator.ts'
import { topological } from '../graph/traverse.ts'
import { doubles } from '../graph/doubles.ts'
import { entryOf, fibres, isBatched } from './evaluate.ts'
import type { System } from '../graph/numbers.ts'
import type { Tensor } from './tensor.ts'

/** Told of every decision: which way a comparison goes, which sign a number has; and of the two numbers compared. */
type Note<T> = (decision: number, a: T, b: T) => void

/** A number system that notes every decision. */
function recording<T>(f: System<T>, note: Note<T>): System<T> {
  const zero = f.rational(ZERO)
  return {
    ...f,
    select(relation, a, b, then, otherwise) {
      let holds = false
      const result = f.select(relation, a, b, () => ((holds = true), then()), otherwise)
      note(holds ? 1 : 0, a, b)
      return result
    },
    less(a, b) {
      const result = f.less(a, b)
      note(result ? 1 : 0, a, b)
      return result
    },
    call(name, a) {
      if (name === 'abs' || name === 'sign') note(f.less(a, zero) ? 2 : f.less(zero, a) ? 3 : 4, a, zero)
      return f.call(name, a)
    },
  }
}

const known = new WeakMap<Operator, boolean>()

/** Whether an operator's definition decides anything, found by looking on at its delicate points. */
function decides(op: Operator): boolean {
  let answer = known.get(op)
  if (answer === undefined) {
    answer = false
    if (op.kind !== 'matrix') {
      const f = recording(doubles, () => (answer = true))
      for (const values of op.delicate) {
        if (op.kind === 'pointwise') op.meaning(f, ...values)
        else op.meaning(f, values)
      }
    }
    known.set(op, answer)
  }
  return answer
}

/** The operators below the roots at which a value may have a kink or a jump: comparisons, |x|, greatest entries. */
export const decisiveNodes = (roots: readonly Node[]): ApplyNode[] =>
  topological(roots).filter((n): n is ApplyNode => n.kind === 'apply' && decides(n.op))

export interface Decisions {
  /** Equal for equal decisions: where two points differ in it, something between them is not smooth. */
  readonly fingerprint: number
  /** Something is nearly equal, or equal to another entry that might be picked: rounding decides, and a derivative is no use. */
  readonly close: boolean
  /** Numbers that move apart are equal here: there may be a kink or a jump. Told only where `apart` is given. */
  readonly tied: boolean
}

/** Numbers this near to each other, relative to them and to 1, differ by rounding. */
const CLOSE = 1e-12

/**
 * All decisions that an evaluation takes, from the values of the decisive nodes' arguments. (Definitions are asked, and
 * not kernels, whose branches join smoothly.)
 *
 * @param apart whether two numbers that are equal here move apart elsewhere: then it matters which of them is picked
 */
export function decisions<T>(
  nodes: readonly ApplyNode[],
  values: ReadonlyMap<Node, Tensor<T>>,
  numbers: System<T>,
  apart?: (a: T, b: T) => boolean,
): Decisions {
  let hash = 0
  let close = false
  let tied = false
  const f = recording(numbers, (decision, a, b) => {
    hash = (Math.imul(hash ^ decision, 0x01000193) + 0x9e3779b9) | 0
    const off = numbers.toNumber(numbers.subtract(a, b))
    if (off === 0 && apart?.(a, b) === true) tied = true
    if (off !== 0 && Math.abs(off) <= CLOSE * Math.max(1, Math.abs(numbers.toNumber(a)))) close = true
  })
  for (const node of nodes) {
    const { op } = node
    const args = node.args.map((a) => values.get(a)!)
    if (op.kind === 'pointwise') for (const entries of operands(node, values)) op.meaning(f, ...entries)
    else if (op.kind !== 'matrix') {
      const shift = isBatched(node.args[0]!, args[0]!) ? 1 : 0
      for (const fibre of fibres(
        args[0]!.shape,
        node.axes.map((axis) => axis + shift),
      )) {
        const entries = fibre.map((k) => args[0]!.data[k]!)
        op.meaning(f, entries)
        if (op.picks && apart) {
          const better = op.picks === 'greatest' ? Math.max : Math.min
          const wanted = entries.map(numbers.toNumber).reduce((x, y) => better(x, y))
          const [first, ...others] = entries.filter((x) => numbers.toNumber(x) === wanted)
          if (others.some((x) => apart(first!, x))) close = true
        }
      }
    }
  }
  return { fingerprint: hash, close, tied }
}

/** What an elementwise operator is applied to, for each of its entries. */
function* operands<T>(node: ApplyNode, values: ReadonlyMap<Node, Tensor<T>>): Generator<T[]> {
  const value = values.get(node)!
  const args = node.args.map((arg) => {
    const { data } = values.get(arg)!
    const entry = entryOf(node, value, arg, values.get(arg)!)
    return (k: number): T => data[entry(k)]!
  })
  for (let k = 0; k < value.data.length; k++) yield args.map((arg) => arg(k))
}

/** How far apart the numbers are that elementwise operators compare, of every entry: at 0 another branch is taken. */
export function gaps(nodes: readonly ApplyNode[], values: ReadonlyMap<Node, Tensor<number>>): number[] {
  const found: number[] = []
  const f = recording(doubles, (_decision, a, b) => found.push(a - b))
  for (const node of nodes) {
    const { op } = node
    // A case distinction only looks at what a comparison has decided.
    const [first] = node.args
    const isSelect = first?.kind === 'apply' && first.op.kind === 'pointwise' && first.op.relation
    if (op.kind !== 'pointwise' || isSelect) continue
    for (const entries of operands(node, values)) op.meaning(f, ...entries)
  }
  return found
}
