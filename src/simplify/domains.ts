/**
 * Where a value is defined, up to single points: where all that logarithms, roots and powers in it are of is positive. Signs
 * multiply, so the conditions are linear equations over the field of two elements, one unknown for each part whose
 * sign is not known; two values are defined at the same places if each one's equations follow from the other's.
 */
import { isEven, isInteger, isNegative } from '../base/rational.ts'
import { type Graph, constantValue } from '../graph/graph.ts'
import { type Node, isPureProduct } from '../graph/node.ts'
import { isNegativeRange, isNonnegativeRange } from '../graph/range.ts'
import { topological } from '../graph/traverse.ts'
import { oppositeSum } from './terms.ts'

/** That a product of signs is +: its parts, and `-` where it is to be −. */
type Equation = ReadonlySet<string>

const NEGATIVE = '-'

/** What must be positive wherever a node has a value, of all that it is made of. */
export function conditionsOf(g: Graph, roots: readonly Node[]): Node[] {
  const found = new Set<Node>()
  for (const n of topological(roots)) {
    if (n.kind === 'product')
      n.args.forEach((a, i) => {
        if (!isInteger(n.exponents[i]!)) found.add(a)
      })
    else if (n.kind === 'apply' && n.op.domain) found.add(n.op.domain(g, n.args))
  }
  return [...found]
}

/** Whether all of `wanted` are positive wherever all of `known` are; each is looked at as `simplest` writes it. */
export function follow(
  g: Graph,
  wanted: readonly Node[],
  known: readonly Node[],
  simplest: (node: Node) => Node,
): boolean {
  const equations = (nodes: readonly Node[]): Equation[] =>
    nodes.flatMap((node) => {
      const equation = new Set<string>()
      if (!isNonnegativeRange(node.range)) signs(g, simplest(node), '', equation)
      return equation.size > 0 ? [equation] : []
    })
  const rows = reduced(equations(known))
  return equations(wanted).every((e) => remainder(e, rows).size === 0)
}

/** Adds the parts that the sign of a value is the product of. */
function signs(g: Graph, node: Node, labels: string, equation: Set<string>): void {
  const turn = (key: string): void => void (equation.delete(key) || equation.add(key))
  const value = constantValue(node)
  if (value ? isNegative(value) : isNegativeRange(node.range)) turn(NEGATIVE)
  else if (value || isNonnegativeRange(node.range)) return
  else if (node.kind === 'product' && isPureProduct(node)) {
    if (isNegative(node.coefficient)) turn(NEGATIVE)
    node.args.forEach((a, i) => {
      // A root is positive where it is defined.
      const exponent = node.exponents[i]!
      if (isInteger(exponent) && !isEven(exponent)) signs(g, a, placed(labels, node.labels[i]!), equation)
    })
  } else {
    const opposite = node.kind === 'sum' ? oppositeSum(g, node) : node
    if (opposite.hash < node.hash) turn(NEGATIVE)
    turn(`${opposite.hash < node.hash ? opposite.id : node.id}${labels}`)
  }
}

/** Where the entries of a factor stand, unless in the same place. */
const placed = (labels: string, own: readonly number[]): string =>
  own.every((l, axis) => l === axis) ? labels : `${labels}/${own.join()}`

/** The equations with each one's first part in none of those after it (Gauss). */
function reduced(equations: readonly Equation[]): Equation[] {
  const rows: Equation[] = []
  for (const equation of equations) {
    const rest = remainder(equation, rows)
    if (rest.size > 0) rows.push(rest)
  }
  return rows
}

function remainder(equation: Equation, rows: readonly Equation[]): Equation {
  const rest = new Set(equation)
  for (const row of rows) {
    const pivot = [...row].find((key) => key !== NEGATIVE) ?? NEGATIVE
    if (rest.has(pivot)) for (const key of row) if (!rest.delete(key)) rest.add(key)
  }
  return rest
}
