/**
 * exp and tanh in single precision, as code: for targets that have no such functions of their own. After expf and tanhf of the Cephes library (Moshier 1989);
 * at most 2 units in the last place from the real value, NaN and infinity as in doubles, results below the least normal number included.
 */
import { Builder } from './builder.ts'
import type { CodeFunction, Expression, LibraryFunction, Register } from './code.ts'
import { settle } from './settle.ts'

const f32 = 'f32'

/** Σ coefficients·x^k, the highest power first. */
const horner = (b: Builder, x: Expression, coefficients: readonly number[]): Expression =>
  coefficients.map((c) => b.number(c, f32)).reduce((sum, c) => b.add(b.multiply(sum, x), c))

function written(name: string, body: (b: Builder, x: Expression) => Expression): CodeFunction {
  const b = new Builder()
  const x: Register = { name: 'x', type: f32, mutable: false }
  b.root.statements.push({ kind: 'return', value: body(b, b.read(x)) })
  settle(b.root, () => 't')
  return { name, doc: [], parameters: [x], returns: f32, body: b.root }
}

/** e^x = 2^n·e^r with n the whole number next to x / ln 2; ln 2 in two parts, so that r is exact. */
const exp = written('exp', (b, given) => {
  const number = (value: number): Expression => b.number(value, f32)
  // Beyond these the value is infinite, or 0.
  const x = b.extremum('maximum', number(-104), b.extremum('minimum', number(89), given))
  const n = b.operation('nearest', f32, b.multiply(x, number(Math.LOG2E)))
  const r = b.add(b.subtract(x, b.multiply(n, number(0.693359375))), b.multiply(n, number(2.1219444e-4)))
  const tail = horner(
    b,
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  )
  const power = b.add(b.add(b.multiply(tail, b.multiply(r, r)), r), number(1))
  // In two steps, neither of which leaves the exponents that there are.
  const whole = b.convert('i32', n)
  const half = b.divide(whole, b.int(2))
  return b.operation('scale', f32, b.operation('scale', f32, power, half), b.subtract(whole, half))
})

/** A polynomial near 0, else 1 − 2/(e^2|x| + 1). */
const tanh = written('tanh', (b, x) => {
  const number = (value: number): Expression => b.number(value, f32)
  const size = b.operation('abs', f32, x)
  const square = b.multiply(x, x)
  const tail = horner(
    b,
    square,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  )
  const near = b.add(b.multiply(b.multiply(tail, square), x), x)
  const power = b.call(exp, f32, b.add(size, size))
  const far = b.subtract(number(1), b.divide(number(2), b.add(power, number(1))))
  const signed = b.select(b.compare('<', x, number(0)), b.negate(far), far)
  return b.select(b.compare('<', size, number(0.625)), near, signed)
})

export const SINGLES: ReadonlyMap<LibraryFunction, CodeFunction> = new Map([
  ['exp', exp],
  ['tanh', tanh],
])
