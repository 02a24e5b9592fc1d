/** Scaling of numbers, fitted on the samples that are learned from alone. */
import type { Samples, Scaling } from './samples.ts'

export const SCALINGS = ['none', 'standardise', 'minmax'] as const
export type ScalingKind = (typeof SCALINGS)[number]

/** By the names of inputs and targets. An entry that is always the same is only moved. */
export function scalingsOf(
  { parts, store }: Samples,
  indices: ArrayLike<number>,
  kinds: { readonly input: ScalingKind; readonly target: ScalingKind },
): Map<string, Scaling> {
  const found = new Map<string, Scaling>()
  for (const part of parts) {
    const kind = kinds[part.role]
    if (kind === 'none' || part.classes || part.whole) continue
    const n = part.stored
    const mean = new Float64Array(n)
    const squares = new Float64Array(n)
    const least = new Float64Array(n).fill(Infinity)
    const most = new Float64Array(n).fill(-Infinity)
    for (let k = 0; k < indices.length; k++) {
      const row = store.row(indices[k]!)
      for (let j = 0; j < n; j++) {
        // Welford (1962).
        const value = row[part.at + j]!
        const before = value - mean[j]!
        mean[j]! += before / (k + 1)
        squares[j]! += before * (value - mean[j]!)
        least[j] = Math.min(least[j]!, value)
        most[j] = Math.max(most[j]!, value)
      }
    }
    const deviation = [...squares].map((s) => Math.sqrt(s / indices.length))
    const spread = kind === 'standardise' ? deviation : [...most].map((m, j) => m - least[j]!)
    found.set(part.name, {
      shift: kind === 'standardise' ? [...mean] : [...least],
      scale: spread.map((s) => (s > 0 ? s : 1)),
    })
  }
  return found
}
