/**
 * What must hold of every graph, as rows: shapes that agree, and the normal forms that passes rely on. The door of the
 * compiler runs it behind each stage, in tests and for `--dump`.
 */
import { isOne, isZero } from '../base/rational.ts'
import { sameShape, shapeText } from './extent.ts'
import { lengthOfFamily } from './scan.ts'
import {
  type ApplyNode,
  BATCH,
  type BracketNode,
  type DerivativeNode,
  type EquationNode,
  type Node,
  type ProductNode,
  type ScanNode,
  type SumNode,
  isContraction,
  isPureProduct,
} from './node.ts'
import { isWhole } from './subscripts.ts'
import { topological } from './traverse.ts'

interface Row<N extends Node = Node> {
  readonly law: string
  readonly of: (node: N) => boolean
}

const sums: readonly Row<SumNode>[] = [
  { law: 'a sum has a coefficient for each term', of: (n) => n.coefficients.length === n.args.length },
  {
    law: 'a sum has two terms, or one and a constant, or stretches one',
    of: (n) => n.args.length >= 2 || !isZero(n.constant),
  },
  {
    law: 'a term has the shape of the sum or is a scalar',
    of: (n) => n.args.every((a) => a.shape.length === 0 || sameShape(a.shape, n.shape)),
  },
  { law: 'a term has the shape of the sum', of: (n) => n.args.some((a) => sameShape(a.shape, n.shape)) },
  { law: 'no coefficient is zero', of: (n) => n.coefficients.every((c) => !isZero(c)) },
  { law: 'no term is a number', of: (n) => n.args.every((a) => a.kind !== 'constant') },
  {
    law: 'no term has a coefficient of its own',
    of: (n) => n.args.every((a) => a.kind !== 'product' || isOne(a.coefficient)),
  },
  { law: 'no term occurs twice', of: (n) => new Set(n.args).size === n.args.length },
]

const products: readonly Row<ProductNode>[] = [
  {
    law: 'a product has labels and an exponent for each factor',
    of: (n) => n.labels.length === n.args.length && n.exponents.length === n.args.length,
  },
  {
    law: 'the labels of a factor are its axes',
    of: (n) =>
      n.args.every(
        (a, i) =>
          a.shape.length === n.labels[i]!.length &&
          a.shape.every((e, axis) => e === n.extents[n.labels[i]![axis]!]),
      ),
  },
  {
    law: 'the first labels are the axes of the product',
    of: (n) => sameShape(n.shape, n.extents.slice(0, n.shape.length)),
  },
  {
    law: 'a factor touches each summed label',
    of: (n) =>
      n.extents.every((_, label) => label < n.shape.length || n.labels.some((l) => l.includes(label))),
  },
  { law: 'no exponent is zero', of: (n) => n.exponents.every((e) => !isZero(e)) },
  {
    law: 'no product has the coefficient zero, unless it is nothing else',
    of: (n) => !isZero(n.coefficient) || n.args.length === 0,
  },
  { law: 'a contraction has the coefficient 1', of: (n) => !isContraction(n) || isOne(n.coefficient) },
  {
    law: 'every factor of a contraction touches a summed label',
    of: (n) => !isContraction(n) || n.labels.every((l) => l.some((label) => label >= n.shape.length)),
  },
  {
    law: 'a product of one factor, unchanged, is that factor',
    of: (n) =>
      !(
        isPureProduct(n) &&
        n.args.length === 1 &&
        isOne(n.coefficient) &&
        isOne(n.exponents[0]!) &&
        n.labels[0]!.length === n.shape.length &&
        n.labels[0]!.every((l, i) => l === i)
      ),
  },
]

const applications: readonly Row<ApplyNode>[] = [
  { law: 'an operator has its number of arguments', of: (n) => n.args.length === n.op.arity },
  {
    law: 'elementwise arguments have the shape of the value or are scalars',
    of: (n) =>
      n.op.kind !== 'pointwise' || n.args.every((a) => a.shape.length === 0 || sameShape(a.shape, n.shape)),
  },
  {
    law: 'a reduction removes its axes',
    of: (n) =>
      n.op.kind !== 'reduction' ||
      sameShape(
        n.shape,
        n.args[0]!.shape.filter((_, i) => !n.axes.includes(i)),
      ),
  },
  {
    law: 'a statistic of the batch is of what differs between samples',
    of: (n) => n.axes[0] !== BATCH || n.args[0]!.samples !== undefined,
  },
  { law: 'a mask keeps the shape', of: (n) => n.op.kind !== 'mask' || sameShape(n.shape, n.args[0]!.shape) },
  {
    law: 'a matrix operator has the shape that its arguments give it',
    of: (n) => n.op.kind !== 'matrix' || sameShape(n.shape, n.op.shape(...n.args.map((a) => a.shape))),
  },
]

const equations: readonly Row<EquationNode>[] = [
  { law: 'an equation has the shape of its body', of: (n) => sameShape(n.shape, n.body.shape) },
  { law: 'an equation has its body as argument', of: (n) => n.args.length === 1 && n.args[0] === n.body },
  { law: 'only an adjoint is of something', of: (n) => (n.role === 'adjoint') === (n.of !== undefined) },
]

const brackets: readonly Row<BracketNode>[] = [
  {
    law: 'a bracket has a coefficient for each axis and for each argument',
    of: (n) =>
      n.coefficients.length === n.shape.length &&
      n.multiples.length === n.args.length &&
      [...n.coefficients, ...n.multiples].every(Number.isInteger),
  },
  {
    law: 'the labels of an argument of a bracket are its axes',
    of: (n) =>
      n.args.every(
        (a, k) =>
          a.shape.length === n.labels[k]!.length &&
          a.shape.every((e, axis) => e === n.shape[n.labels[k]![axis]!]),
      ),
  },
  {
    law: 'a bracket depends on each of its axes',
    of: (n) =>
      n.shape.every((_, axis) => n.coefficients[axis] !== 0 || n.labels.some((l) => l.includes(axis))),
  },
  {
    law: 'the arguments of a bracket are whole numbers',
    of: (n) => n.args.every(isWhole),
  },
]

const derivatives: readonly Row<DerivativeNode>[] = [
  {
    law: 'a derivative is by a name, and so is what is held',
    of: (n) => [n.by, ...n.held].every(({ kind }) => kind === 'symbol' || kind === 'equation'),
  },
  {
    law: 'a derivative has the axes of both',
    of: (n) => sameShape(n.shape, [...n.of.shape, ...n.by.shape]),
  },
]

const scans: readonly Row<ScanNode>[] = [
  {
    law: 'a recurrence has a body for each family',
    of: ({ scan }) =>
      scan.bodies.length === scan.families.length && scan.initial.length === scan.families.length,
  },
  {
    law: 'what a step reads is of an earlier one, and has the shape of its body',
    of: ({ scan }) =>
      scan.reads.every(
        ({ symbol, which, back }) => back >= 1 && sameShape(symbol.shape, scan.bodies[which]!.shape),
      ),
  },
  {
    law: 'what a step sees of all members of a family has their shape',
    of: ({ scan }) =>
      scan.histories.every(({ symbol, which }) => {
        const own = symbol.shape.filter((_, axis) => axis !== scan.axis)
        const isLong = symbol.shape[scan.axis] === lengthOfFamily(scan, which)
        return isLong && sameShape(own, scan.bodies[which]!.shape)
      }),
  },
  {
    law: 'what a step sees of a tensor has the shape of it without the axis',
    of: ({ scan }) =>
      scan.takes.every((t) =>
        sameShape(
          t.symbol.shape,
          t.of.shape.filter((_, axis) => axis !== t.axis),
        ),
      ),
  },
  {
    law: 'the given members have the shape of the others',
    of: ({ scan }) =>
      scan.initial.every((n, k) => {
        const { given } = scan.families[k]!
        if (!n) return given === 0
        return (
          n.shape[scan.axis] === given &&
          sameShape(
            n.shape.filter((_, axis) => axis !== scan.axis),
            scan.bodies[k]!.shape,
          )
        )
      }),
  },
]

function rowsOf(node: Node): readonly Row<never>[] {
  switch (node.kind) {
    case 'sum':
      return sums
    case 'product':
      return products
    case 'apply':
      return applications
    case 'equation':
      return equations
    case 'derivative':
      return derivatives
    case 'bracket':
      return brackets
    case 'scan':
      return scans
    default:
      return []
  }
}

/** The laws that the graph breaks, each with the first node that does. */
export function violations(roots: readonly Node[]): string[] {
  const found = new Map<string, string>()
  for (const node of topological(roots))
    for (const row of rowsOf(node) as readonly Row[])
      if (!found.has(row.law) && !row.of(node))
        found.set(row.law, `${row.law}: not so in a ${node.kind} of shape ${shapeText(node.shape)}`)
  return [...found.values()]
}
