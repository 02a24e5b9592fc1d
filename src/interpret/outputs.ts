/**
 * Outputs in which a program writes derivatives (Jacobians, Hessians, forces) against independent ones: the derived form against the
 * program as it is written, whose derivatives the evaluator takes in forward mode in high precision; and against central differences.
 */
import type { Derived } from '../graph/network.ts'
import type { DerivativeNode, EquationNode, Node } from '../graph/node.ts'
import { doubles } from '../graph/doubles.ts'
import { topological } from '../graph/traverse.ts'
import { bigNumbers } from './bignumbers.ts'
import type { GradientPoint } from './check.ts'
import { difference, lossAlong } from './differences.ts'
import { evaluate } from './evaluate.ts'
import { valuesIn } from './forward.ts'
import { type GradientCheck, TOLERANCE, merge } from './report.ts'
import { type Tensor, magnitude, positionText } from './tensor.ts'
import { workOf } from './work.ts'

export interface OutputOptions {
  /** Of the high precision. */
  readonly digits?: number
  /** About how many multiplications in high precision for each output at each point. */
  readonly budget?: number
}

const DIGITS = 50
const BUDGET = 400_000
/** What a multiplication in big numbers costs, in such in doubles. */
const BIG_COST = 20
/** About so many evaluations make one difference. */
const EVALUATIONS = 40

const isDerivative = (n: Node): n is DerivativeNode => n.kind === 'derivative'

/** The outputs that write a derivative, directly or behind a name: which of them, in their order. */
export const outputsWithDerivatives = ({ network }: Derived): number[] =>
  network.outputs.flatMap(({ node }, i) => (topological([node]).some(isDerivative) ? [i] : []))

/**
 * Each output of `written` that writes a derivative, with its form in `simplified`, at points at which the program has values. Errors
 * are relative to the output's largest entry. Throws an EvaluationError where the program cannot be evaluated.
 */
export async function checkOutputs(
  written: Derived,
  simplified: Derived,
  points: readonly GradientPoint[],
  { digits = DIGITS, budget = BUDGET }: OutputOptions = {},
): Promise<GradientCheck[]> {
  const big = await bigNumbers(digits)
  const results = new Map<string, GradientCheck>()
  for (const point of points)
    for (const i of outputsWithDerivatives(written)) {
      const { dims, seed, decided } = point
      const { name, node } = written.network.outputs[i]!
      const form = simplified.network.outputs[i]!.node
      const precise = workOf([node], dims) <= budget && workOf([form], dims) <= budget
      const inDoubles = evaluate([form], point.values, doubles, { dims })[0]!
      const exact = precise ? evaluate([node], valuesIn(big, point), big, { dims })[0]! : undefined
      const own = precise ? evaluate([form], valuesIn(big, point), big, { dims })[0]! : undefined
      const wanted = exact
        ? exact.data.map((x) => big.toNumber(x))
        : evaluate([node], point.values, doubles, { dims })[0]!.data
      const scale = Math.max(magnitude(wanted.filter(Number.isFinite)), 1e-30)
      const differences = differencesOf(node, point, budget)
      inDoubles.data.forEach((value, k) => {
        const off = exact && own && big.toNumber(big.subtract(own.data[k]!, exact.data[k]!))
        const tells = differences !== undefined && differences.error <= (TOLERANCE.differences / 10) * scale
        results.set(
          name,
          merge(results.get(name), {
            name,
            checked: 1,
            entries: 1,
            maxRelativeError: value === wanted[k] ? 0 : Math.abs(value - wanted[k]!) / scale,
            formulaError: off === undefined ? undefined : Math.abs(off) / scale,
            differencesError: tells ? Math.abs(value - differences.value.data[k]!) / scale : undefined,
            kinks: 0,
            unsure: differences !== undefined && !tells ? 1 : 0,
            amplification: point.amplification,
            precise,
            undecided: decided ? 0 : 1,
            worst: {
              seed,
              entry: positionText(inDoubles.shape, k),
              derived: value,
              expected: wanted[k]!,
            },
          }),
        )
      })
    }
  return [...results.values()]
}

interface ByDifferences {
  readonly value: Tensor<number>
  /** How far the differences in it may be off, each by its own bound: of the sum of all. */
  readonly error: number
}

/** An output whose outermost derivatives are central differences, and inner ones forward mode; undefined where a step crosses a kink, and beyond the budget. */
function differencesOf(output: Node, point: GradientPoint, budget: number): ByDifferences | undefined {
  const { dims } = point
  const known = new Map<Node, Tensor<number>>()
  let error = 0
  const outermost = topological([output], isDerivative).filter(isDerivative)
  for (const derivative of outermost) {
    const found = taken(derivative, point, budget / outermost.length)
    if (!found) return undefined
    known.set(derivative, found.value)
    error += found.error
  }
  const [value] = evaluate([output], point.values, doubles, { dims, known: (node) => known.get(node) })
  return { value: value!, error }
}

function taken(
  { of, by, held }: DerivativeNode,
  point: GradientPoint,
  budget: number,
): ByDifferences | undefined {
  const { dims } = point
  // No value of a program has such a name.
  const name = by.kind === 'symbol' ? by.symbol.name : `∂${(by as EquationNode).name}`
  const here = evaluate([of], point.values, doubles, { dims })[0]!
  const at = evaluate([by], point.values, doubles, { dims })[0]!
  const { shape, data } = at
  if (workOf([of], dims) * data.length * here.data.length * EVALUATIONS > budget * BIG_COST) return undefined
  const start = by.kind === 'symbol' ? point : { ...point, values: new Map(point.values).set(name, at) }
  const within = { by: by.kind === 'symbol' ? undefined : { node: by, name }, held }
  const result = new Array<number>(here.data.length * data.length)
  let error = 0
  for (let i = 0; i < here.data.length; i++) {
    const along = lossAlong(of, start, i, within)
    for (let k = 0; k < data.length; k++) {
      const found = difference(of, start, { name, index: k }, along)
      if (!found) return undefined
      result[i * data.length + k] = found.value
      error = Math.max(error, found.error)
    }
  }
  return { value: { shape: [...here.shape, ...shape], data: result }, error }
}
