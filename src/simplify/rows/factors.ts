/** Factors that patterns are looked for among. */
import { ONE, type Rational, isInteger, isOne, power, times } from '../../base/rational.ts'
import type { Factor } from '../../graph/graph.ts'
import { type Node, peel } from '../../graph/node.ts'
import { asFactors } from '../terms.ts'
import { distinct, original } from './labels.ts'

/** f = (scale·base)^has, of which the power `takes` is used. */
export interface Use {
  readonly factor: Factor
  readonly takes: Rational
  readonly scale: Rational
}

/** Factors with the numbers of axes for labels. */
export const inAxes = (factors: readonly Factor[], at: readonly number[]): Factor[] =>
  factors.map((f) => ({ ...f, labels: original(f.labels).map((l) => at.indexOf(l)) }))

/** A term as its factors, seen through a name; labels of axes are `at`. */
export function termFactors(
  node: Node,
  at: readonly number[],
): { coefficient: Rational; factors: readonly Factor[] } {
  const value = peel(node)
  const own = asFactors(value)
  return {
    coefficient: own.coefficient,
    factors: own.factors.map((f) => ({ ...f, labels: distinct(f.labels.map((axis) => at[axis]!)) })),
  }
}

/** The product of the numbers that used bases have more than their patterns; undefined where it is no rational. */
export function scaleOf(uses: readonly Use[], count: Rational): Rational | undefined {
  let all: Rational | undefined = ONE
  for (const { scale, takes } of uses)
    if (!isOne(scale)) {
      const own = isInteger(times(takes, count)) ? power(scale, times(takes, count)) : undefined
      all = own && all && times(all, own)
    }
  return all
}
