/**
 * exp and tanh as code, of numbers and of vectors: for targets that have no such functions of their own. In single precision after expf and tanhf, in
 * double precision after exp and tanh of the Cephes library (Moshier 1989): at most 2 units in the last place from JavaScript's, NaN and infinity as
 * there, results below the least normal number included.
 */
import { Builder } from './builder.ts'
import type { CodeFunction, Expression, LibraryFunction, Real, Register } from './code.ts'
import { settle } from './settle.ts'

/** What a type takes: whole powers of 2 beyond which e^x is 0 or infinite, ln 2 in two parts, and the approximations. */
interface Numbers {
  readonly least: number
  readonly greatest: number
  readonly ln2: readonly [number, number]
  /** e^r for |r| ≤ ln 2 / 2. */
  readonly exp: (k: Kit, r: Expression) => Expression
  /** (tanh(x) − x) / x³ for |x| < 0.625, of x². */
  readonly tail: (k: Kit, square: Expression) => Expression
}

/** Arithmetic of a type. */
class Kit {
  readonly b: Builder
  readonly type: Real
  constructor(b: Builder, type: Real) {
    this.b = b
    this.type = type
  }
  readonly number = (value: number): Expression => this.b.number(value, this.type)
  /** Σ coefficients·x^k, the highest power first. */
  horner(x: Expression, coefficients: readonly number[]): Expression {
    return coefficients.map(this.number).reduce((sum, c) => this.b.add(this.b.multiply(sum, x), c))
  }
}

const NUMBERS: Readonly<Record<Real, Numbers>> = {
  f32: {
    least: -104,
    greatest: 89,
    ln2: [0.693359375, -2.1219444e-4],
    exp: (k, r) => {
      const { b } = k
      const tail = k.horner(
        r,
        [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
      )
      return b.add(b.add(b.multiply(tail, b.multiply(r, r)), r), k.number(1))
    },
    tail: (k, square) =>
      k.horner(
        square,
        [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
      ),
  },
  f64: {
    least: -746,
    greatest: 710,
    ln2: [0.693145751953125, 1.4286068203094173e-6],
    exp: (k, r) => {
      const { b } = k
      const square = b.multiply(r, r)
      const odd = b.multiply(r, k.horner(square, [0.00012617719307481058, 0.030299440770744195, 1]))
      const even = k.horner(square, [3.0019850513866446e-6, 0.002524483403496841, 0.22726554820815503, 2])
      const half = b.divide(odd, b.subtract(even, odd))
      return b.add(k.number(1), b.add(half, half))
    },
    tail: (k, square) =>
      k.b.divide(
        k.horner(square, [-0.9643991794250523, -99.28772310019185, -1614.6876844170845]),
        k.horner(square, [1, 112.81167849163293, 2235.4883906010045, 4844.063053251255]),
      ),
  },
}

function written(
  name: string,
  type: Real,
  lanes: number,
  body: (k: Kit, x: Expression) => Expression,
): CodeFunction {
  const b = new Builder()
  const x: Register = { name: 'x', type, mutable: false, ...(lanes > 1 ? { lanes } : {}) }
  b.root.statements.push({ kind: 'return', value: body(new Kit(b, type), b.read(x)) })
  settle(b.root, () => 't')
  return { name, doc: [], parameters: [x], returns: type, body: b.root }
}

/** e^x = 2^n·e^r with n the whole number next to x / ln 2; ln 2 in two parts, so that r is exact. */
const exp = (type: Real, lanes: number): CodeFunction =>
  written('exp', type, lanes, (k, given) => {
    const { b, number } = k
    const { least, greatest, ln2, exp: near } = NUMBERS[type]
    // NaN is neither.
    const below = b.select(b.compare('>', given, number(greatest)), number(greatest), given)
    const x = b.select(b.compare('<', below, number(least)), number(least), below)
    const n = b.operation('nearest', type, b.multiply(x, number(Math.LOG2E)))
    const r = b.subtract(b.subtract(x, b.multiply(n, number(ln2[0]))), b.multiply(n, number(ln2[1])))
    // In two steps, neither of which leaves the exponents that there are.
    const half = b.operation('nearest', type, b.multiply(n, number(0.5)))
    return b.operation('scale', type, b.operation('scale', type, near(k, r), half), b.subtract(n, half))
  })

/** Near 0 x + x³·(…), else 1 − 2/(e^2|x| + 1). */
const tanh = (type: Real, lanes: number): CodeFunction =>
  written('tanh', type, lanes, (k, x) => {
    const { b, number } = k
    const size = b.operation('abs', type, x)
    const square = b.multiply(x, x)
    const near = b.add(b.multiply(b.multiply(NUMBERS[type].tail(k, square), square), x), x)
    const power = b.call(elementary('exp', type, lanes)!, type, b.add(size, size))
    const far = b.subtract(number(1), b.divide(number(2), b.add(power, number(1))))
    const signed = b.select(b.compare('<', x, number(0)), b.negate(far), far)
    return b.select(b.compare('<', size, number(0.625)), near, signed)
  })

const FUNCTIONS: Partial<Record<LibraryFunction, (type: Real, lanes: number) => CodeFunction>> = {
  exp,
  tanh,
}
const made = new Map<string, CodeFunction>()

/** Whether there is code for a function of the library. */
export const isElementary = (name: string): boolean => name in FUNCTIONS

/** A function of the library as code, of vectors of so many numbers; undefined where there is none. */
export function elementary(name: LibraryFunction, type: Real, lanes: number): CodeFunction | undefined {
  const write = FUNCTIONS[name]
  if (!write) return undefined
  const key = `${name} ${type} ${lanes}`
  let f = made.get(key)
  if (!f) made.set(key, (f = write(type, lanes)))
  return f
}
