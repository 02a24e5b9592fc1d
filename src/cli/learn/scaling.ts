/** Scaling of numbers, fitted on the samples that are learned from alone. */
import type { Scaling } from './buffers.ts'
import type { Samples } from './samples.ts'

export const SCALINGS = ['none', 'standardise', 'minmax'] as const
export type ScalingKind = (typeof SCALINGS)[number]

/** By the names of inputs and targets. An entry that is always the same is only moved. */
export function scalingsOf(
  samples: Samples,
  indices: ArrayLike<number>,
  kinds: { readonly input: ScalingKind; readonly target: ScalingKind },
): Map<string, Scaling> {
  const found = new Map<string, Scaling>()
  for (const part of samples.parts) {
    const kind = kinds[part.role]
    if (kind === 'none' || part.classes || part.whole) continue
    const n = part.stored
    const mean = new Float64Array(n)
    const squares = new Float64Array(n)
    const least = new Float64Array(n).fill(Infinity)
    const most = new Float64Array(n).fill(-Infinity)
    let count = 0
    for (let k = 0; k < indices.length; k++) {
      // Of a list all members count alike.
      const values = samples.of(part, indices[k]!)
      for (let i = 0; i < values.length; i++) {
        // Welford (1962).
        const j = i % n
        if (j === 0) count++
        const value = values[i]!
        const before = value - mean[j]!
        mean[j]! += before / count
        squares[j]! += before * (value - mean[j]!)
        least[j] = Math.min(least[j]!, value)
        most[j] = Math.max(most[j]!, value)
      }
    }
    const deviation = [...squares].map((s) => Math.sqrt(s / count))
    const spread = kind === 'standardise' ? deviation : [...most].map((m, j) => m - least[j]!)
    found.set(part.name, {
      shift: kind === 'standardise' ? [...mean] : [...least],
      scale: spread.map((s) => (s > 0 ? s : 1)),
    })
  }
  return found
}
