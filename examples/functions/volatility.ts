/** Implied volatilities by Newton's method: the price and its slope by σ come from one call. */
import { forward } from './black-scholes.net'

const market = { S: 42, K: [35, 40, 45, 50], τ: 0.5, r: 0.1 }
const quoted = [9.04, 4.76, 1.93, 0.72]

const count = quoted.length
const all = (x: number): Float64Array => new Float64Array(count).fill(x)
const given = { S: all(market.S), K: Float64Array.from(market.K), τ: all(market.τ), r: all(market.r) }
let σ: Float64Array = all(0.3)
for (let i = 0; i < 20; i++) {
  const { V, Vega } = forward({ ...given, σ })
  σ = σ.map((s, k) => s - (V[k]! - quoted[k]!) / Vega[k]!)
}
const { V, Delta, Gamma } = forward({ ...given, σ })
for (let k = 0; k < count; k++)
  console.log(
    `strike ${market.K[k]}: price ${V[k]!.toFixed(2)}, implied volatility ${(100 * σ[k]!).toFixed(1)} %, Δ ${Delta[k]!.toFixed(3)}, Γ ${Gamma[k]!.toFixed(4)}`,
  )
