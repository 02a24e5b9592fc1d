import { HALF, MINUS_ONE, ONE, TWO, ZERO } from '../base/rational.ts'
import type { Elementary, Numbers } from '../graph/field.ts'
import { type System, holds } from '../graph/numbers.ts'

/** A derivative in one direction, which is known by its number. */
export interface Slope<T> {
  readonly direction: number
  readonly slope: T
}

/** Derivatives in several directions, in ascending order; a direction left out is exactly zero, and takes no memory. */
export type Tangent<T> = readonly Slope<T>[]

/** value + Σ tangentₖ·εₖ with εⱼεₖ = 0. No tangent means a constant. */
export interface Dual<T> {
  readonly value: T
  readonly tangent: Tangent<T> | undefined
}

/** A number that moves in one direction, at the rate `slope`. */
export const moving = <T>(value: T, direction: number, slope: T): Dual<T> => ({
  value,
  tangent: [{ direction, slope }],
})

/** The derivative in a direction; undefined where it is exactly zero. */
export const slopeOf = <T>({ tangent }: Dual<T>, direction: number): T | undefined =>
  tangent?.find((s) => s.direction === direction)?.slope

/**
 * Dual numbers over any number system, themselves a number system: what is evaluated with them comes with its
 * derivatives in as many directions as the tangents have entries (forward mode). The rules are from the textbook and
 * not from the operator table, which they judge. By the language's convention |x| has the slope 0 at 0, and a
 * comparison or `sign` has none. Twice over (`dualNumbers(dualNumbers(f))`) gives second derivatives.
 */
export function dualNumbers<T>(f: Numbers<T>): System<Dual<T>> {
  const constant = (value: T): Dual<T> => ({ value, tangent: undefined })
  const one = f.rational(ONE)
  const zero = f.rational(ZERO)
  const square = (x: T): T => f.multiply(x, x)
  const inverse = (x: T): T => f.divide(one, x)

  /** The derivative of a function at x, where its value is y. */
  const slopes: Record<Elementary, (x: T, y: T) => T> = {
    exp: (_x, y) => y,
    expm1: (x) => f.call('exp', x),
    log: (x) => inverse(x),
    log1p: (x) => inverse(f.add(one, x)),
    sqrt: (_x, y) => f.divide(f.rational(HALF), y),
    sin: (x) => f.call('cos', x),
    cos: (x) => f.negate(f.call('sin', x)),
    tan: (x) => inverse(square(f.call('cos', x))),
    sinh: (x) => f.call('cosh', x),
    cosh: (x) => f.call('sinh', x),
    tanh: (x) => inverse(square(f.call('cosh', x))),
    atan: (x) => inverse(f.add(one, square(x))),
    erf: (x) =>
      f.multiply(f.divide(f.rational(TWO), f.call('sqrt', f.pi())), f.call('exp', f.negate(square(x)))),
    abs: (x) => f.call('sign', x),
    sign: () => zero,
  }
  const less = (a: Dual<T>, b: Dual<T>): boolean => f.less(a.value, b.value)
  // By the system itself, and not by order: NaN is neither less nor greater, and still not equal.
  const equal = (a: Dual<T>, b: Dual<T>): boolean =>
    f.toNumber(
      f.select(
        '=',
        a.value,
        b.value,
        () => one,
        () => zero,
      ),
    ) === 1
  const isZero = (x: T): boolean => equal(constant(x), constant(zero))

  const map = (t: Tangent<T> | undefined, change: (x: T) => T): Tangent<T> | undefined =>
    t?.map(({ direction, slope }) => ({ direction, slope: change(slope) }))
  const times = (t: Tangent<T> | undefined, x: T): Tangent<T> | undefined => map(t, (d) => f.multiply(d, x))
  function plus(a: Tangent<T> | undefined, b: Tangent<T> | undefined): Tangent<T> | undefined {
    if (a === undefined || b === undefined) return a ?? b
    const sum: Slope<T>[] = []
    let [i, j] = [0, 0]
    while (i < a.length || j < b.length) {
      const [x, y] = [a[i], b[j]]
      const direction = Math.min(x?.direction ?? Infinity, y?.direction ?? Infinity)
      const left = x?.direction === direction ? a[i++]! : undefined
      const right = y?.direction === direction ? b[j++]! : undefined
      sum.push(left && right ? { direction, slope: f.add(left.slope, right.slope) } : (left ?? right)!)
    }
    return sum
  }

  return {
    kernels: false,
    rational: (value) => constant(f.rational(value)),
    number: (value) => constant(f.number(value)),
    add: (a, b) => ({ value: f.add(a.value, b.value), tangent: plus(a.tangent, b.tangent) }),
    subtract: (a, b) => ({
      value: f.subtract(a.value, b.value),
      tangent: plus(
        a.tangent,
        map(b.tangent, (x) => f.negate(x)),
      ),
    }),
    multiply: (a, b) => ({
      value: f.multiply(a.value, b.value),
      tangent: plus(times(a.tangent, b.value), times(b.tangent, a.value)),
    }),
    divide(a, b) {
      const value = f.divide(a.value, b.value)
      // (a/b)′ = (a′ − (a/b)·b′) / b
      const above = plus(
        a.tangent,
        map(b.tangent, (x) => f.negate(f.multiply(value, x))),
      )
      return { value, tangent: map(above, (x) => f.divide(x, b.value)) }
    },
    negate: (a) => ({ value: f.negate(a.value), tangent: map(a.tangent, (x) => f.negate(x)) }),
    power(a, b) {
      const value = f.power(a.value, b.value)
      // (aᵇ)′ = b·a^(b−1)·a′ + aᵇ·log a·b′
      const slope = (): T =>
        isZero(b.value) ? zero : f.multiply(b.value, f.power(a.value, f.add(b.value, f.rational(MINUS_ONE))))
      return {
        value,
        tangent: plus(
          a.tangent && times(a.tangent, slope()),
          b.tangent && times(b.tangent, f.multiply(value, f.call('log', a.value))),
        ),
      }
    },
    call(name, a) {
      const value = f.call(name, a.value)
      return { value, tangent: a.tangent && times(a.tangent, slopes[name](a.value, value)) }
    },
    still: ({ value }) => constant(f.still?.(value) ?? value),
    select: (relation, a, b, then, otherwise) => (holds(relation, a, b, less, equal) ? then() : otherwise()),
    less,
    toNumber: (a) => f.toNumber(a.value),
    pi: () => constant(f.pi()),
    e: () => constant(f.e()),
  }
}
