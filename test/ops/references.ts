/** What each operator is, said a second time and in other words: values in doubles. */
export const references: Readonly<Record<string, (...x: number[]) => number>> = {
  exp: Math.exp,
  expm1: (x) => (Math.abs(x) < 1e-5 ? x + (x * x) / 2 : Math.exp(x) - 1),
  log: (x) => 2 * Math.atanh((x - 1) / (x + 1)),
  log1p: (x) => (Math.abs(x) < 1e-5 ? x - (x * x) / 2 : Math.log(1 + x)),
  sin: (x) => Math.cos(x - Math.PI / 2),
  cos: (x) => Math.sin(x + Math.PI / 2),
  tan: (x) => Math.sin(x) / Math.cos(x),
  sinh: (x) => (Math.exp(x) - Math.exp(-x)) / 2,
  cosh: (x) => (Math.exp(x) + Math.exp(-x)) / 2,
  tanh: (x) => 1 - 2 / (Math.exp(2 * x) + 1),
  atan: (x) => Math.asin(x / Math.sqrt(1 + x * x)),
  erf: erfByTrapezia,
  erfc: (x) => 1 - erfByTrapezia(x),
  asin: (x) => 2 * Math.atan(x / (1 + Math.sqrt(1 - x * x))),
  acos: (x) => Math.PI / 2 - 2 * Math.atan(x / (1 + Math.sqrt(1 - x * x))),
  asinh: (x) => (x < 0 ? -1 : 1) * Math.log(Math.abs(x) + Math.sqrt(x * x + 1)),
  acosh: (x) => Math.log(x + Math.sqrt(x * x - 1)),
  atanh: (x) => (Math.log(1 + x) - Math.log(1 - x)) / 2,
  log2: (x) => Math.log(x) / Math.LN2,
  lgamma: (x) => stirling(x + 20) - sum(20, (k) => Math.log(x + k)),
  digamma: (x) => digammaFar(x + FAR) - sum(FAR, (k) => 1 / (x + k)),
  polygamma1: (x) => trigammaFar(x + FAR) + sum(FAR, (k) => 1 / ((x + k) * (x + k))),
  polygamma2: (x) => tetragammaFar(x + FAR) - sum(FAR, (k) => 2 / ((x + k) * (x + k) * (x + k))),
  log10: (x) => Math.log(x) / Math.LN10,
  atan2: (y, x) => 2 * Math.atan(y / (Math.sqrt(x * x + y * y) + x)),
  sigmoid: (x) => (1 + Math.tanh(x / 2)) / 2,
  softplus: (x) => -Math.log(1 - 1 / (1 + Math.exp(-x))),
  abs: (x) => (x < 0 ? -x : x),
  sign: (x) => (x < 0 ? -1 : x > 0 ? 1 : 0),
  pow: (x, y) => Math.exp(y * Math.log(x)),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(!(a > b)),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(!(a < b)),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  select: (c, u, v) => [v, u][c]!,
  max: Math.max,
  min: Math.min,
  lse: (...x) => Math.log(x.map(Math.exp).reduce((a, b) => a + b)),
  reducemax: Math.max,
  reducemin: Math.min,
}

/** 2/√π ∫₀ˣ e^(−t²) dt; the rule converges faster than any power only for periodic functions, so take many steps. */
function erfByTrapezia(x: number): number {
  const n = 20_000
  const h = x / n
  let sum = (1 + Math.exp(-x * x)) / 2
  for (let i = 1; i < n; i++) sum += Math.exp(-((i * h) ** 2))
  return (2 / Math.sqrt(Math.PI)) * h * sum
}

const sum = (count: number, term: (k: number) => number): number => {
  let total = 0
  for (let k = 0; k < count; k++) total += term(k)
  return total
}

/** Of large arguments. */
const stirling = (x: number): number =>
  (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3)

/** Beyond that the asymptotic series (Abramowitz, Stegun 6.3.18, 6.4.11) are right after a few terms. */
const FAR = 2000
const digammaFar = (x: number): number => Math.log(x) - 1 / (2 * x) - 1 / (12 * x ** 2)
const trigammaFar = (x: number): number => 1 / x + 1 / (2 * x ** 2) + 1 / (6 * x ** 3)
const tetragammaFar = (x: number): number => -1 / x ** 2 - 1 / x ** 3 - 1 / (2 * x ** 4)
