/** Values that lose no digits as they are written. */
import { isInteger, isPositive, isZero } from '../base/rational.ts'
import { type ApplyNode, type Node, type ProductNode, type SumNode, isPureProduct } from '../graph/node.ts'
import { type Range, isNonnegativeRange } from '../graph/range.ts'
import { topological } from '../graph/traverse.ts'
import {
  abs,
  cos,
  cosh,
  erfc,
  exp,
  max,
  min,
  phi,
  sechsquare,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  tanh,
} from '../ops/index.ts'

/**
 * Whether a value is found to nearly all digits, whatever numbers it is of: no sum in it has terms that may cancel, and no part
 * leaves the range of doubles where the value does not.
 */
export const keepsAllDigits = (root: Node): boolean => topological([root]).every(isAccurate)

/** Their results are good to the last digits, of any double. */
const ACCURATE: ReadonlySet<ApplyNode['op']> = new Set<ApplyNode['op']>([
  abs,
  cos,
  erfc,
  max,
  min,
  phi,
  sechsquare,
  sigmoid,
  sign,
  sin,
  softplus,
  tanh,
])

/** They leave the range of doubles beyond this. */
const LARGEST = 700
const GROWING: ReadonlySet<ApplyNode['op']> = new Set<ApplyNode['op']>([exp, cosh, sinh])

function isAccurate(node: Node): boolean {
  switch (node.kind) {
    case 'symbol':
    case 'constant':
    case 'equation':
      return true
    case 'sum':
      return hasOneSign(node)
    case 'product':
      return isAccurateProduct(node)
    case 'apply': {
      const [u] = node.args
      return ACCURATE.has(node.op) || (GROWING.has(node.op) && isWithin(u!.range))
    }
    default:
      return false
  }
}

const isWithin = ({ lo, hi }: Range): boolean => lo >= -LARGEST && hi <= LARGEST

/** Terms of one sign, or a difference of two numbers that are given, which is rounded once. */
function hasOneSign({ args, coefficients, constant }: SumNode): boolean {
  const numbers = isZero(constant) ? args.length : args.length + 1
  if (numbers <= 2 && args.every((a) => a.kind === 'symbol')) return true
  const signs = args.map((a, i) => {
    const side = isNonnegativeRange(a.range) ? 1 : a.range.hi <= 0 ? -1 : 0
    return isPositive(coefficients[i]!) ? side : -side
  })
  if (!isZero(constant)) signs.push(isPositive(constant) ? 1 : -1)
  return signs.every((s) => s !== 0 && s === signs[0])
}

/** Powers of what is not near 0; a sum over axes of terms of one sign. */
function isAccurateProduct(node: ProductNode): boolean {
  if (!isPureProduct(node) && !node.args.every((a) => isNonnegativeRange(a.range))) return false
  return node.args.every(({ range }, i) => {
    const exponent = node.exponents[i]!
    return isPositive(exponent)
      ? isInteger(exponent) || isNonnegativeRange(range)
      : (range.lo > 0 || range.hi < 0) && Number.isFinite(range.lo) && Number.isFinite(range.hi)
  })
}
