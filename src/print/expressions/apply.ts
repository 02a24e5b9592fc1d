import { OPPOSITE } from '../../graph/field.ts'
import { ONE, isNegative, isZero } from '../../base/rational.ts'
import { constantValue, isZeroNode } from '../../graph/graph.ts'
import { type ApplyNode, BATCH, type Node } from '../../graph/node.ts'
import { isStructure } from '../../graph/subscripts.ts'
import { log, lse, pow, select, softmaxIn } from '../../ops/index.ts'
import {
  type Layout,
  type Sign,
  BINDING,
  bracket,
  call,
  cases,
  fence,
  functionName,
  letter,
  minus,
  number,
  row,
  script,
  sign,
} from '../layout/layout.ts'
import type { Names } from './names.ts'
import { statistic } from './sample-index.ts'
import type { Writer } from './contract.ts'

/** Leaves of an exponent that is still set as one. */
const MOST_RAISED = 7
const SOFTMAX = functionName('\\operatorname{softmax}', 'softmax')

/** An operator of the table on its arguments, as its record says that it is written. */
export function applied(w: Writer, node: ApplyNode): Layout {
  const softmax = softmaxIn(w.g, node)
  if (softmax) return call(along(SOFTMAX, softmax.z, softmax.axes), [w.argument(softmax.z)])
  if (node.op === select) return selected(w, node)
  if (node.op.kind === 'pointwise' && node.op.relation) return fence('[', comparison(w, node, false))
  const args = node.args.map((a) => w.argument(a))
  if (node.axes[0] === BATCH) return statistic(w, node, args[0]!)
  if (node.op.kind === 'matrix' && node.op.abstract) return functional(w, node.op.abstract, args)
  return written(w.names, node, args, along)
}

/** The notation of an operator with given arguments. */
export function written(
  names: Names,
  node: ApplyNode,
  args: readonly Layout[],
  callee: typeof along = (f) => f,
): Layout {
  const { op } = node
  const [x] = args
  const limit = op === log ? limitOf(node.args[0]!) : undefined
  if (limit) return limit
  if (op === pow) return script(bracket(x!, BINDING.atom), undefined, args[1]!)
  switch (op.notation.form) {
    case 'exponential':
      return short(x!)
        ? { ...script(letter('e'), undefined, x!), level: BINDING.power }
        : call(functionName('\\exp', 'exp'), [x!])
    case 'absolute':
      return fence('|', x!)
    case 'inverse':
      return script(
        bracket(x!, BINDING.postfix),
        undefined,
        row([sign('−', true), number(ONE)], BINDING.atom),
      )
    default: {
      const abstract = op.kind === 'pointwise' ? op.abstract : undefined
      if (abstract) return call(primed(names.of(abstract.name), abstract.order), args)
      return call(callee(functionName(op.notation.latex, op.notation.text), node.args[0]!, node.axes), args)
    }
  }
}

/** The logarithm of nothing is −∞, and that of a negative number is none. */
function limitOf(of: Node): Layout | undefined {
  const value = constantValue(of)
  if (!value || (!isZero(value) && !isNegative(value))) return undefined
  return isZero(value) ? minus(letter('∞')) : letter('NaN', 'word')
}

/** ℒ(a, y), and ∇ₐ of it: of the equation whose formula it is, where there is one. */
function functional(
  { names, order }: Writer,
  { name, by }: { readonly name: string; readonly by: readonly number[] },
  args: readonly Layout[],
): Layout {
  if (by.length === 0) return call(names.of(name), args)
  const equation = order.equationOf(name)
  const value = equation === undefined ? call(names.of(name), args) : names.of(equation)
  return row([...by.map((i) => script(letter('∇', 'bold'), args[i], undefined)), value], BINDING.postfix)
}

const short = (x: Layout): boolean =>
  x.size <= MOST_RAISED &&
  x.depth <= 3 &&
  !/fraction|cases|big|root/.test(x.kind === 'row' ? x.items.map((i) => i.kind).join() : x.kind)

/** φ′, φ″, φ⁽⁴⁾. */
function primed(name: Layout, order: number): Layout {
  if (order === 0) return name
  const base = name.kind === 'script' && name.sup ? fence('(', name) : name
  const sup =
    order <= 3
      ? row(
          Array.from({ length: order }, () => letter('′', 'bold')),
          BINDING.atom,
        )
      : fence('(', number(ONE.mul(order)))
  return { ...script(base, undefined, sup), level: BINDING.postfix }
}

/** A reduction over some axes of several says which; the last one of a softmax goes without saying. */
function along(f: Layout, arg: Node, axes: readonly number[]): Layout {
  const rank = arg.shape.length
  if (axes.length === 0) return f
  // Of a matrix these are taken row by row, others of all entries.
  const byRows = f.kind === 'function' && (f.text === 'softmax' || f.text === lse.notation.text)
  if (byRows ? axes.length === 1 && axes[0] === rank - 1 : axes.length === rank) return f
  const items = axes.map((a) => number(ONE.mul(a + 1)))
  return {
    ...script(
      f,
      row(
        items.flatMap((l, i) => (i > 0 ? [sign(','), l] : [l])),
        BINDING.atom,
      ),
      undefined,
    ),
    level: BINDING.postfix,
  }
}

// ——— cases

const FLIPPED: Readonly<Record<string, Sign>> = {
  '<': '>',
  '<=': '≥',
  '>': '<',
  '>=': '≤',
  '=': '=',
  '!=': '≠',
}
const PLAIN: Readonly<Record<string, Sign>> = {
  '<': '<',
  '<=': '≤',
  '>': '>',
  '>=': '≥',
  '=': '=',
  '!=': '≠',
}
/** a < b, or its opposite; a constant stands on the right. */
export function comparison(
  w: Writer,
  node: Node,
  negated: boolean,
  side: (n: Node) => Layout = (n) => w.of(n),
): Layout {
  if (node.kind === 'bracket' && node.args.length === 2 && node.coefficients.every((c) => c === 0)) {
    const [a, b] = node.args as [Node, Node]
    return row([side(a), sign(negated ? '≠' : '='), side(b)], BINDING.comparison)
  }
  if (node.kind !== 'apply' || node.op.kind !== 'pointwise' || !node.op.relation) {
    return row([side(node), sign(negated ? '=' : '≠'), number(ONE.sub(ONE))], BINDING.comparison)
  }
  const relation = negated ? OPPOSITE[node.op.relation] : node.op.relation
  const [a, b] = node.args as [Node, Node]
  const flip = constantValue(a) !== undefined && constantValue(b) === undefined
  const [left, right] = flip ? [b, a] : [a, b]
  return row(
    [
      bracket(side(left), BINDING.sum),
      sign((flip ? FLIPPED : PLAIN)[relation]!),
      bracket(side(right), BINDING.sum),
    ],
    BINDING.comparison,
  )
}

export interface Masked {
  readonly condition: Node
  readonly negated: boolean
  readonly value: Node
}

/** where(c, u, 0) and where(c, 0, u). */
export function isSelectOrZero(node: Node): Masked | undefined {
  if (node.kind !== 'apply' || node.op !== select) return undefined
  const [condition, u, v] = node.args as [Node, Node, Node]
  if (isZeroNode(v)) return { condition, negated: false, value: u }
  return isZeroNode(u) ? { condition, negated: true, value: v } : undefined
}

/** Whether a condition is one of positions, which have names among entries only. */
export const isOfPositions = (n: Node): boolean =>
  n.kind === 'bracket' || (n.kind === 'product' && n.args.length > 0 && n.args.every(isStructure))

/** A selection of entries by their positions. */
export const selectsPositions = (n: Node): boolean =>
  n.kind === 'apply' && n.op === select && n.shape.length > 0 && isOfPositions(n.args[0]!)

/** [z > 0]: 1 where it holds, else 0. */
export const iverson = (w: Writer, m: Masked): Layout => fence('[', comparison(w, m.condition, m.negated))

function selected(w: Writer, node: ApplyNode): Layout {
  const masked = isSelectOrZero(node)
  if (!masked) {
    const [c, u, v] = node.args as [Node, Node, Node]
    return cases(
      [
        { value: w.of(u), condition: comparison(w, c, false) },
        { value: w.of(v), condition: undefined },
      ],
      w.words,
    )
  }
  const condition = iverson(w, masked)
  const one = constantValue(masked.value)
  if (one?.equals(1)) return condition
  const whole = w.of(masked.value)
  const value = bracket(whole, BINDING.unary)
  // A scalar value or condition multiplies as scalars do.
  if (node.shape.length === 0 || masked.value.shape.length === 0)
    return row(
      [value.kind === 'number' ? value : condition, sign('·'), value.kind === 'number' ? condition : value],
      BINDING.dot,
    )
  if (masked.condition.shape.length === 0) return row([condition, sign('·'), value], BINDING.dot)
  return row(
    [
      condition,
      sign('⊙'),
      ...(whole.kind === 'row' && whole.level === BINDING.hadamard ? whole.items : [value]),
    ],
    BINDING.hadamard,
  )
}
