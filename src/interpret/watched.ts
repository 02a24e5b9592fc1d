/** Numbers that remember what may be wrong with them. */
import { ONE, ZERO } from '../base/rational.ts'
import type { System } from '../graph/numbers.ts'

/**
 * `undefined`: a function was asked for a value where it has none; `lost`: too large for the number system, or made of
 * digits that rounding has taken, so that nothing can be said.
 */
export type Fault = 'undefined' | 'lost'

export interface Watched<T> {
  readonly value: T
  /** Without rounding, as far as that is known: given, or sums and products of such numbers, or a quotient or root that comes out even. */
  readonly exact: boolean
  readonly fault: Fault | undefined
}

/** What an evaluation met with on the way. */
export interface Watch {
  /** Numbers were compared that are equal, or nearly so, up to rounding: either may be the greater one. */
  undecided: boolean
  /** A term of a sum was too small beside the others to leave a trace. */
  absorbed: boolean
}

/** What is as small as that counts as nothing. */
const LEAST = 1e-30
/** Beyond that a function may be too large for any number system: its exponential has 4e14 digits. */
const LARGE = 1e15

const always = (): boolean => true

/**
 * A number system over another one, of so many digits, that notes where a value comes from: which infinities and NaN are
 * those of mathematics, and which comparisons are left to rounding.
 */
export function watched<T>(f: System<T>, digits: number): { numbers: System<Watched<T>>; watch: Watch } {
  const watch: Watch = { undecided: false, absorbed: false }
  const zero = f.rational(ZERO)
  const tiny = 10 ** -Math.min(digits / 2, 300)
  const one = f.rational(ONE)
  /** Rounding in sums of smaller numbers is not above `LEAST`. */
  const ordinary = f.number(LEAST / (tiny * tiny * 1e10))
  const absolute = (x: T): T => f.call('abs', x)
  const size = (x: T): number => Math.abs(f.toNumber(x))
  const isZero = (x: T): boolean => !f.less(x, zero) && !f.less(zero, x)
  /** Of those that are not, the difference is NaN. */
  const isFinite = (x: T): boolean => f.less(f.subtract(x, x), one)

  const isSame = (a: T, b: T): boolean => isZero(f.subtract(a, b))
  const isExactZero = (a: Watched<T>): boolean => a.exact && isZero(a.value)

  const given = (value: T): Watched<T> => ({ value, exact: true, fault: undefined })
  /** The result of an operation on `args`; whether it adds no rounding is asked where they have none. */
  const made = (value: T, isEven: () => boolean, ...args: readonly Watched<T>[]): Watched<T> => {
    const fault = args.some((a) => a.fault === 'lost')
      ? 'lost'
      : args.some((a) => a.fault !== undefined)
        ? 'undefined'
        : isFinite(value)
          ? undefined
          : args.some(isDoubtful)
            ? 'lost'
            : 'undefined'
    return { value, exact: fault === undefined && args.every((a) => a.exact) && isEven(), fault }
  }
  /** Too large, or what is left of digits that cancelled: the true number may be another one. */
  const isDoubtful = ({ value, exact }: Watched<T>): boolean =>
    size(value) > LARGE || isVanishing({ value, exact })

  const isVanishing = ({ value, exact }: Pick<Watched<T>, 'value' | 'exact'>): boolean =>
    !exact && size(value) < tiny

  const sum = (value: T, a: Watched<T>, b: Watched<T>): Watched<T> => {
    if (!isZero(a.value) && !isZero(b.value)) {
      const large = f.less(absolute(a.value), absolute(b.value)) ? b.value : a.value
      if (isZero(f.subtract(value, large)) && Math.min(size(a.value), size(b.value)) !== Infinity)
        watch.absorbed = true
      // All digits cancel: what is left is rounding, which is next to nothing only beside numbers of ordinary size.
      if (!(a.exact && b.exact) && f.less(ordinary, absolute(large))) {
        const rounding = size(large) * tiny * tiny * 1e10
        if (size(value) <= rounding && rounding > LEAST) return { value, exact: false, fault: 'lost' }
      }
    }
    return made(value, always, a, b)
  }
  const compare = (a: Watched<T>, b: Watched<T>): void => {
    const off = size(f.subtract(a.value, b.value))
    if (off <= tiny * Math.max(1, size(a.value)) && !(off === 0 && a.exact && b.exact)) watch.undecided = true
  }

  return {
    watch,
    numbers: {
      kernels: false,
      rational: (value) => given(f.rational(value)),
      // An operator says by NaN that it has no value.
      number: (value) => ({
        ...given(f.number(value)),
        fault: Number.isFinite(value) ? undefined : 'undefined',
      }),
      add: (a, b) => sum(f.add(a.value, b.value), a, b),
      subtract: (a, b) => sum(f.subtract(a.value, b.value), a, b),
      multiply(a, b) {
        const result = made(f.multiply(a.value, b.value), always, a, b)
        const isExact = isExactZero(a) || isExactZero(b)
        return isExact && result.fault === undefined ? { ...result, exact: true } : result
      },
      divide(a, b) {
        const value = f.divide(a.value, b.value)
        const result = made(value, () => isSame(f.multiply(value, b.value), a.value), a, b)
        // By what may be 0 but for rounding: the quotient says nothing.
        return isVanishing(b) && result.fault === undefined
          ? { ...result, exact: false, fault: 'lost' }
          : result
      },
      negate: (a) => made(f.negate(a.value), always, a),
      power: (a, b) => made(f.power(a.value, b.value), () => Number.isInteger(f.toNumber(b.value)), a, b),
      call(name, a) {
        const decides = name === 'abs' || name === 'sign'
        if (decides) compare(a, given(zero))
        const value = f.call(name, a.value)
        const isEven = (): boolean =>
          decides ||
          isZero(a.value) ||
          isZero(value) ||
          (name === 'sqrt' && isSame(f.multiply(value, value), a.value))
        return made(value, isEven, a)
      },
      select(relation, a, b, then, otherwise) {
        compare(a, b)
        let chosen: Watched<T> | undefined
        f.select(
          relation,
          a.value,
          b.value,
          () => (chosen = then()).value,
          () => (chosen = otherwise()).value,
        )
        const { value, exact } = chosen!
        return { value, exact, fault: made(value, always, chosen!, a, b).fault }
      },
      less(a, b) {
        compare(a, b)
        return f.less(a.value, b.value)
      },
      toNumber: (a) => f.toNumber(a.value),
      pi: () => ({ ...given(f.pi()), exact: false }),
      e: () => ({ ...given(f.e()), exact: false }),
    },
  }
}
