import { type Rational, isOne } from '../base/rational.ts'
import { type Factor, factorsOf } from '../graph/graph.ts'
import { type EquationNode, type Node, isContraction, isPureProduct } from '../graph/node.ts'
import { isNonzeroRange } from '../graph/range.ts'
import { select } from '../ops/index.ts'

/** A named product solved for one of its factors: f^exponent = name / (coefficient · rest). */
export interface Solution {
  readonly equation: EquationNode
  readonly exponent: Rational
  readonly coefficient: Rational
  /** The other factors, their labels those of f's axes. */
  readonly rest: readonly Factor[]
  /** The label that each axis of the equation has there. */
  readonly axes: readonly number[]
  /** Of the other factors, those that may be zero: where one is, the name says nothing of f. */
  readonly mayVanish: readonly Factor[]
}

/** Of bodies with more factors nothing is said. */
const MOST_FACTORS = 8

/** What an equation says of each factor of its body that has all axes. */
export function solutionsOf(equation: EquationNode): { factor: Node; solution: Solution }[] {
  const { body } = equation
  if (body.kind !== 'product' || !isPureProduct(body) || body.args.length > MOST_FACTORS) return []
  const factors = factorsOf(body)
  return factors.flatMap((f) => {
    const rest = factors.filter((h) => h !== f)
    if (f.labels.length !== body.shape.length || new Set(f.labels).size !== f.labels.length) return []
    if (rest.length === 0 && isOne(f.exponent) && isOne(body.coefficient)) return []
    const over = (h: Factor): Factor => ({ ...h, labels: h.labels.map((l) => f.labels.indexOf(l)) })
    return [
      {
        factor: f.node,
        solution: {
          equation,
          exponent: f.exponent,
          coefficient: body.coefficient,
          rest: rest.map(over),
          axes: body.shape.map((_, axis) => f.labels.indexOf(axis)),
          mayVanish: rest.filter((h) => !isNonzeroRange(h.node.range)).map(over),
        },
      },
    ]
  })
}

/** The factors of a named product that it is looked for by: of each way to read it the one that says most; of cases their condition. */
export function keysOf({ body }: EquationNode): Node[] {
  const cases = [body, ...body.args].find((n) => n.kind === 'apply' && n.op === select)
  const condition = cases && (cases === body || isPureProduct(body)) ? [cases.args[0]!] : []
  if (body.kind !== 'product' || body.args.length > MOST_FACTORS) return condition
  const flat = body.args.flatMap((a, i) => (isContraction(a) && isOne(body.exponents[i]!) ? a.args : [a]))
  const keys = [body.args, flat].flatMap((args) => (args.length < 2 ? [] : keyOf(args)))
  return [...new Set([...condition, ...keys])].filter((key) => key !== undefined)
}

/** Not a sum, where another one will do: it may occur with the opposite sign. */
const keyOf = (args: readonly Node[]): Node | undefined =>
  args.find((a) => a.args.length > 0 && a.kind !== 'sum') ?? args.find((a) => a.kind !== 'sum')
