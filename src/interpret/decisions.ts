import type { ApplyNode, Node } from '../graph/node.ts'
import type { Operator } from '../graph/operator.ts'
import { topological } from '../graph/traverse.ts'
import { doubles } from './doubles.ts'
import { fibres } from './evaluate.ts'
import type { System } from './numbers.ts'
import type { Tensor } from './tensor.ts'

/** Doubles that note every decision: which way a comparison goes, which sign a number has. */
function recording(note: (decision: number) => void): System<number> {
  return {
    ...doubles,
    select(relation, a, b, then, otherwise) {
      return doubles.select(
        relation,
        a,
        b,
        () => (note(1), then()),
        () => (note(0), otherwise()),
      )
    },
    less(a, b) {
      const result = doubles.less(a, b)
      note(result ? 1 : 0)
      return result
    },
    call(name, a) {
      if (name === 'abs' || name === 'sign') note(Math.sign(a) + 2)
      return doubles.call(name, a)
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
      const f = recording(() => (answer = true))
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

/**
 * A fingerprint of all decisions that an evaluation takes, from the values of the decisive nodes' arguments: where two
 * points differ in it, something between them is not smooth. (Definitions are asked, and not kernels, whose
 * branches join smoothly.)
 */
export function decisions(nodes: readonly ApplyNode[], values: ReadonlyMap<Node, Tensor<number>>): number {
  let hash = 0
  const f = recording((d) => (hash = (Math.imul(hash ^ d, 0x01000193) + 0x9e3779b9) | 0))
  for (const node of nodes) {
    const args = node.args.map((a) => values.get(a)!)
    if (node.op.kind === 'pointwise') {
      const size = values.get(node)!.data.length
      for (let k = 0; k < size; k++)
        node.op.meaning(f, ...args.map((a) => (a.shape.length === 0 ? a.data[0]! : a.data[k]!)))
    } else if (node.op.kind !== 'matrix')
      for (const fibre of fibres(args[0]!.shape, node.axes))
        node.op.meaning(
          f,
          fibre.map((k) => args[0]!.data[k]!),
        )
  }
  return hash
}
