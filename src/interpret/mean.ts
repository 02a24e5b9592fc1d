import { ONE, rational } from '../base/rational.ts'
import type { Numbers } from '../graph/field.ts'
import type { Node } from '../graph/node.ts'
import { type Options, type Values, evaluate } from './evaluate.ts'
import type { Tensor } from './tensor.ts'

/**
 * The mean over a batch: the roots evaluated for each sample (its data over the shared values), and averaged. What a
 * batched loss and its gradients must be equal to.
 */
export function evaluateMean<T>(
  roots: readonly Node[],
  shared: Values<T>,
  samples: readonly Values<T>[],
  numbers: Numbers<T>,
  options: Options<T> = {},
): Tensor<T>[] {
  const share = numbers.divide(numbers.rational(ONE), numbers.rational(rational(samples.length)))
  const results = samples.map((data) => evaluate(roots, new Map([...shared, ...data]), numbers, options))
  return roots.map((_, r) => ({
    shape: results[0]![r]!.shape,
    data: results[0]![r]!.data.map((_x, k) =>
      numbers.multiply(
        share,
        results.map((result) => result[r]!.data[k] as T).reduce((a, b) => numbers.add(a, b)),
      ),
    ),
  }))
}
