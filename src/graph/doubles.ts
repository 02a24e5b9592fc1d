import { toNumber } from '../base/rational.ts'
import type { Elementary } from './field.ts'
import { type System, holds } from './numbers.ts'

const functions: Record<Elementary, (x: number) => number> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  atan: Math.atan,
  erf: erfOfDouble,
  abs: Math.abs,
  sign: Math.sign,
}

/** JavaScript's doubles. */
export const doubles: System<number> = {
  kernels: true,
  rational: toNumber,
  number: (value) => value,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  negate: (a) => -a,
  power: (a, b) => Math.pow(a, b),
  call: (name, a) => functions[name](a),
  native: (name, ...args) => (Math[name] as (...args: number[]) => number)(...args),
  select: (relation, a, b, then, otherwise) => (holds(relation, a, b, less, equal) ? then() : otherwise()),
  less,
  toNumber: (a) => a,
  pi: () => Math.PI,
  e: () => Math.E,
}

function less(a: number, b: number): boolean {
  return a < b
}
function equal(a: number, b: number): boolean {
  return a === b
}

/**
 * erf in doubles, to a few units in the last place, and independent of the operator table:
 * near zero 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!! (all terms of one sign; Abramowitz, Stegun 7.1.6), far out
 * 1 − e^(−x²)/(x√π) · 1/(1 + q/(1 + 2q/(1 + …))) with q = 1/(2x²) (ibid. 7.1.14).
 */
function erfOfDouble(x: number): number {
  const a = Math.abs(x)
  if (Number.isNaN(x) || a === 0) return x
  if (a > 6) return Math.sign(x)
  if (a < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
      term *= (2 * x * x) / (2 * n + 1)
      sum += term
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
  }
  const q = 1 / (2 * x * x)
  let tail = 1
  for (let k = 120; k >= 1; k--) tail = 1 + (k * q) / tail
  return Math.sign(x) * (1 - Math.exp(-x * x) / (a * Math.sqrt(Math.PI) * tail))
}
