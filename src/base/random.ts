/** Pseudo-random numbers that a seed makes again: every check can be replayed. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** A whole number in [from, to]. */
  integer(from: number, to: number): number
  chance(probability: number): boolean
  pick<A>(list: readonly A[]): A
  /** `count` different elements (or all there are), in their order in the list. */
  sample<A>(list: readonly A[], count: number): A[]
}

/** Numbers from a seed; texts that differ give unrelated streams. The generator is sfc32 (Chris Doty-Humphrey, PractRand, public domain). */
export function random(seed: number | string): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = 0xb7e15162
  let d = 1
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (const char of String(seed)) {
    a = Math.imul(a ^ char.codePointAt(0)!, 0x85ebca6b)
    word()
  }
  for (let i = 0; i < 16; i++) word()

  const uniform = (): number => (word() * 0x200000 + (word() >>> 11)) / 2 ** 53
  const self: Random = {
    uniform,
    // Box, Muller 1958; 1 − u is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (from, to) => from + Math.floor(uniform() * (to - from + 1)),
    chance: (probability) => uniform() < probability,
    pick: (list) => list[Math.floor(uniform() * list.length)]!,
    sample(list, count) {
      if (count >= list.length) return [...list]
      // Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S.
      const chosen = []
      for (let i = 0; i < list.length && chosen.length < count; i++)
        if (uniform() * (list.length - i) < count - chosen.length) chosen.push(list[i]!)
      return chosen
    },
  }
  return self
}
