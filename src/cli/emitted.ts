/**
 * The emitted code as a judge sees it: JavaScript made in memory, imported, and run beside the slow evaluator. With it
 * `check` vouches for what will run, and not only for the formulas.
 */
import { isCoupled } from '../derive/whole-batch.ts'
import { type Derived, type Network, lossNodes, valueNodes } from '../graph/network.ts'
import type { Node } from '../graph/node.ts'
import {
  type GradientPoint,
  type Point,
  bigNumbers,
  cancelled,
  doubles,
  evaluate,
  magnitude,
  outputsWithDerivatives,
  pointFor,
  valuesIn,
  workOf,
} from '../interpret/index.ts'
import { type Maker, type Module, dimsAt, outputsOf, runnerOf } from '../modules.ts'

/** What the evaluator can do in about a second, in doubles and in high precision. */
const MOST_WORK = 2e7
const MOST_EXACT_WORK = 2e5
const DIGITS = 50
/** Samples in the batch, where there is one. */
const SAMPLES = 3

/** Largest relative error of each parameter's gradient and of the loss; undefined where the evaluator is too slow. */
export interface CodeCheck {
  /** 0 where there is none. */
  readonly loss: number
  readonly gradients: ReadonlyMap<string, number>
  /** Of the outputs that write a derivative, against what they say. */
  readonly outputs: ReadonlyMap<string, number>
}

/** Runs the code that a program is compiled to at these points. */
export async function checkCode(
  make: Maker,
  derived: Derived,
  points: readonly GradientPoint[],
  given: ReadonlyMap<string, number> = new Map(),
): Promise<CodeCheck | undefined> {
  const { network } = derived
  const roots = [...valueNodes(network), ...derived.gradients.values()]
  let worst: CodeCheck | undefined
  for (const point of points) {
    if (workOf(roots, point.dims) * (network.batch === undefined ? 1 : SAMPLES) * points.length > MOST_WORK)
      return undefined
    const made = await make(dimsAt(network, point, given))
    if (!made) return undefined
    worst = merge(worst, await compare(made.module, made.network, derived, batchOf(network, derived, point)))
  }
  return worst
}

/** Runs code at one point: for a network of known lengths, which the code may read from what it is given. */
export const checkCodeAt = (
  module: Module,
  network: Network,
  derived: Derived,
  point: GradientPoint,
): Promise<CodeCheck> => compare(module, network, derived, batchOf(network, derived, point))

/** The point, and for a batch further ones with other data at which the loss is finite. */
function batchOf(network: Network, derived: Derived, point: Point): Point[] {
  const count = typeof network.batch === 'number' ? network.batch : network.batch === undefined ? 1 : SAMPLES
  const samples = [point]
  // Where samples have to do with one another, a point is a batch.
  if (isCoupled(valueNodes(network))) return samples
  for (let k = 1; k < count; k++) {
    const other = pointFor(derived, `${point.seed} sample ${k}`, point.dims)
    const values = new Map(point.values)
    for (const { symbol } of network.data)
      if (symbol.samples !== undefined) values.set(symbol.name, other.values.get(symbol.name)!)
    const finite = evaluate(lossNodes(network), values, doubles, { dims: point.dims }).every(({ data }) =>
      data.every(Number.isFinite),
    )
    samples.push(finite ? { ...point, values } : point)
  }
  return samples
}

async function compare(
  module: Module,
  network: Network,
  derived: Derived,
  samples: readonly Point[],
): Promise<CodeCheck> {
  const outputs = await compareOutputs(module, network, derived, samples)
  if (!derived.network.loss) return { loss: 0, gradients: new Map(), outputs }
  const { loss, gradients } = runnerOf(module, network)(...samples)
  const roots = [derived.network.loss.node, ...derived.gradients.values()]
  const each = await Promise.all(samples.map((sample) => expected(roots, sample)))
  const mean = roots.map((_, r) =>
    each[0]![r]!.map((_, i) => each.reduce((sum, sample) => sum + sample[r]![i]!, 0) / each.length),
  )
  // What is zero up to the last digits of high precision is so in values of ordinary size.
  const zero = cancelled(derived.network.loss.node, samples[0]!)
  const largest = magnitude(mean.flat().filter(Number.isFinite))
  const least = largest > zero ? 1e-300 : 1
  // A gradient that is small beside the loss is the rest of what cancels, as where an optimiser has arrived: as `checkGradients` counts.
  const size = Math.min(1, magnitude(mean[0]!.filter(Number.isFinite)))
  const greatest = Math.max(least, size, magnitude(mean.slice(1).flat().filter(Number.isFinite)))
  return {
    outputs,
    loss: furthest([loss], mean[0]!, least),
    gradients: new Map(
      [...derived.gradients.keys()].map(({ name }, i) => [
        name,
        furthest(gradients.get(name)!, mean[i + 1]!, 1e-6 * greatest),
      ]),
    ),
  }
}

/** What `forward` gives for outputs that write a derivative. */
async function compareOutputs(
  module: Module,
  network: Network,
  derived: Derived,
  samples: readonly Point[],
): Promise<Map<string, number>> {
  const which = outputsWithDerivatives(derived).map((i) => derived.network.outputs[i]!)
  if (which.length === 0) return new Map()
  const given = outputsOf(module, network)(...samples)
  const each = await Promise.all(
    samples.map((sample) =>
      expected(
        which.map(({ node }) => node),
        sample,
      ),
    ),
  )
  return new Map(
    which.map(({ name }, i) => [
      name,
      furthest(
        given.get(name)!,
        each.flatMap((sample) => sample[i]!),
        1e-300,
      ),
    ]),
  )
}

/** The values of the roots: in high precision, so that another order of rounding is no error, where that is affordable. */
async function expected(roots: readonly Node[], point: Point): Promise<(readonly number[])[]> {
  const { dims, values } = point
  if (workOf(roots, dims) > MOST_EXACT_WORK)
    return evaluate(roots, values, doubles, { dims }).map(({ data }) => data)
  const big = await bigNumbers(DIGITS)
  return evaluate(roots, valuesIn(big, point), big, { dims }).map(({ data }) =>
    data.map((x) => big.toNumber(x)),
  )
}

/** The largest difference, relative to the largest of the expected entries. */
function furthest(found: readonly number[], expected: readonly number[], floor: number): number {
  const unit = Math.max(floor, magnitude(expected))
  return expected.reduce(
    (worst, wanted, i) =>
      larger(
        worst,
        Object.is(found[i], wanted) || found[i] === wanted ? 0 : Math.abs(found[i]! - wanted) / unit,
      ),
    found.length === expected.length ? 0 : Infinity,
  )
}

/** NaN, a value that is none, is the largest. */
const larger = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b))

function merge(a: CodeCheck | undefined, b: CodeCheck): CodeCheck {
  if (!a) return b
  const both = (of: 'gradients' | 'outputs'): Map<string, number> =>
    new Map([...b[of]].map(([name, error]) => [name, larger(error, a[of].get(name)!)]))
  return { loss: larger(a.loss, b.loss), gradients: both('gradients'), outputs: both('outputs') }
}
