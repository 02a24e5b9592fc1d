/*
 * How far emitted code is from the truth: programs of one number, `param z` / `loss J = f(z)`, compiled and run, their
 * value and their slope against the program itself, unsimplified, in forward mode at as many digits as it takes. Errors
 * are counted in units in the last place of the true value.
 */

/** The unit in the last place of a double of this size. */
export function unitOf(x) {
  const a = Math.abs(x)
  if (a < 2 ** -1022) return Number.MIN_VALUE
  const exponent = Math.floor(Math.log2(a))
  // log2 may round up to the next whole number.
  return 2 ** ((2 ** exponent > a ? exponent - 1 : exponent) - 52)
}

/** The error in units of a value of the size of the exact one, or of `least` where that is more. */
export function errorInUnits(got, exact, big, least = 0) {
  const wanted = exact.toNumber()
  if (!Number.isFinite(got) || !Number.isFinite(wanted)) return Object.is(got, wanted) ? 0 : Infinity
  const unit = unitOf(Math.max(Math.abs(wanted), least))
  return exact.minus(big.number(got)).abs().div(big.number(unit)).toNumber()
}

const DIGITS = [60, 120, 240, 500, 1000]

/** Value and slope of a program of one number: digits are added until they no longer matter for the first 25. */
export function reference({ analyse, bigNumbers, dualNumbers, evaluate }, source) {
  const { loss } = analyse(source).mathematics.written.network
  const at = async (digits, z) => {
    const big = await bigNumbers(digits)
    const dual = { value: big.number(z), tangent: [{ direction: 0, slope: big.number(1) }] }
    const values = new Map([['z', { shape: [], data: [dual] }]])
    const { value, tangent } = evaluate([loss.node], values, dualNumbers(big))[0].data[0]
    return { value, slope: tangent?.[0]?.slope ?? big.number(0), big }
  }
  // What is 0 or infinite may be so for lack of digits.
  const settled = (a, b) => b.isFinite() && !b.isZero() && a.minus(b).abs().lte(b.abs().times(1e-25))
  return async (z) => {
    let last = await at(DIGITS[0], z)
    for (const digits of DIGITS.slice(1)) {
      const next = await at(digits, z)
      if (settled(last.value, next.value) && settled(last.slope, next.slope)) return next
      last = next
    }
    return last
  }
}

/** Wider only where it is said: beyond, exponentials are infinities to any number system, and edges are tested by hand. */
const WIDE = 1e4

/** Arguments between two bounds: many sizes, dense where functions bend, and close on both sides of what is delicate. */
export function pointsOf({ from = -WIDE, to = WIDE, delicate = [] }, random, count) {
  const found = new Set()
  const add = (z) => {
    if (z > from && z < to && Number.isFinite(z)) found.add(z)
  }
  const signed = (z) => {
    add(z)
    add(-z)
  }
  for (let i = 0; i < count; i++) {
    signed(random() * 10 ** -Math.floor(random() * 300))
    signed(10 ** (random() * 20 - 17))
    for (const reach of [0.5, 2, 8, 40, 750]) signed(random() * reach)
    add(10 ** (random() * 300))
    add(-(10 ** (random() * 300)))
  }
  for (const d of [...delicate, 0])
    for (let i = 0; i <= count / 10; i++) {
      const step = unitOf(d) * Math.floor(10 ** (random() * 8))
      add(d)
      add(d + step)
      add(d - step)
    }
  return [...found]
}

/** The worst errors of a case, and where they are. */
export async function measure(
  compiler,
  { program, slopeZeros = [], least = 0, except = [], ...domain },
  random,
  count,
) {
  const source = `param z\nloss J = ${program}`
  const { code, diagnostics } = compiler.compile(source, { target: 'js', formulas: false })
  if (!code) throw new Error(`${program}: ${diagnostics.map((d) => d.message).join('; ')}`)
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const exactly = reference(compiler, source)
  const worst = { value: { units: 0, at: NaN }, slope: { units: 0, at: NaN } }
  const note = (what, units, at) => {
    if (units > worst[what].units) worst[what] = { units, at }
  }
  for (const z of pointsOf(domain, random, count)) {
    if (except.includes(z)) continue
    const { value, slope, big } = await exactly(z)
    const grads = { z: 0 }
    note('value', errorInUnits(module.loss({ z }, {}), value, big, least), z)
    module.backward({ z }, {}, grads)
    const near = slopeZeros.find(({ at }) => Math.abs(z - at) < 0.5)
    note('slope', errorInUnits(grads.z, slope, big, near?.size ?? least), z)
  }
  return worst
}

/** Repeatable numbers in [0, 1) (Park, Miller 1988). */
export function generator(seed) {
  let state = seed
  return () => (state = (state * 16807) % 2147483647) / 2147483647
}
