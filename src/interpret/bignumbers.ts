import type { Rational } from '../base/rational.ts'
import { type System, holds } from '../graph/numbers.ts'
import { type Big, type BigClass, bigFunctions } from './big-functions.ts'

export type { Big } from './big-functions.ts'

const systems = new Map<number, Promise<System<Big>>>()

/**
 * Decimal numbers of the given count of significant digits. mathjs takes a second to load: only here, when asked for.
 * Sums, products and quotients are rounded rightly by mathjs; the functions (`fixed.ts`) are right to a digit or two of the last.
 */
export function bigNumbers(digits = 64): Promise<System<Big>> {
  let system = systems.get(digits)
  if (!system) systems.set(digits, (system = load(digits)))
  return system
}

async function load(digits: number): Promise<System<Big>> {
  const { create, BigNumberDependencies } = await import('mathjs')
  const math = create(BigNumberDependencies!, { precision: digits }) as unknown as { BigNumber: BigClass }
  return makeSystem(math.BigNumber)
}

/** Larger powers would multiply the rounding of the root. */
const MOST_POWER = 50

function makeSystem(D: BigClass): System<Big> {
  const big = (value: number | string): Big => new D(value)
  const functions = bigFunctions(D)
  const { sqrt } = functions.call
  const roots: readonly (readonly [number, (x: Big) => Big])[] = [
    [2, sqrt],
    [3, (x) => x.cbrt()],
    [4, (x) => sqrt(sqrt(x))],
  ]
  const rationals = new WeakMap<Rational, Big>()
  const less = (a: Big, b: Big): boolean => a.lt(b)
  const equal = (a: Big, b: Big): boolean => a.eq(b)
  let pi: Big | undefined
  let e: Big | undefined
  const rounding = new D(10).pow(3 - D.precision)
  /** Halves, thirds and quarters of whole powers by roots, which take much less than exponential and logarithm. */
  const root = (a: Big, b: Big): Big | undefined => {
    if (b.isInteger() || !a.gt(0)) return undefined
    for (const [part, f] of roots) {
      const whole = b.times(part).round()
      if (whole.abs().lte(MOST_POWER) && b.times(part).minus(whole).abs().lt(rounding)) return f(a).pow(whole)
    }
    return undefined
  }
  return {
    kernels: false,
    rational(value) {
      let known = rationals.get(value)
      if (!known) {
        known = big((value.s * value.n).toString())
        if (value.d !== 1n) known = known.div(big(value.d.toString()))
        rationals.set(value, known)
      }
      return known
    },
    number: (value) => exactly(D, value),
    add: (a, b) => a.plus(b),
    subtract: (a, b) => a.minus(b),
    multiply: (a, b) => a.times(b),
    divide: (a, b) => a.div(b),
    negate: (a) => a.neg(),
    power: (a, b) => root(a, b) ?? functions.power(a, b),
    call: (name, a) => functions.call[name](a),
    select: (relation, a, b, then, otherwise) => (holds(relation, a, b, less, equal) ? then() : otherwise()),
    less,
    toNumber: (a) => a.toNumber(),
    pi: () => (pi ??= D.acos(-1)),
    e: () => (e ??= big(1).exp()),
  }
}

/** The double itself, not the shortest decimal that reads as it: 0.1 is 0.1000000000000000055511…. */
function exactly(D: BigClass, value: number): Big {
  if (!Number.isFinite(value) || value === 0) return new D(value)
  let halvings = 0
  while (!Number.isInteger(value)) {
    value *= 2
    halvings++
  }
  const whole = new D(BigInt(value).toString())
  return halvings === 0 ? whole : whole.div(new D(2).pow(halvings))
}
