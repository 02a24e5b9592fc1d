/** Longer names are not compared: a hint for them is worth less than the time. */
const LONGEST = 64
/** At most so many candidates are looked at, so that a thousand unknown names in a large file stay cheap. */
const CANDIDATES = 2000

/** Of a name in ASCII in small letters, so that few names are compared whole. */
const initial = (name: string): number => name.charCodeAt(0) | 0x20

/** A name without case and underscores, in which languages differ: `Leaky_ReLU` is `leakyrelu`. */
export const letters = (name: string): string => name.toLowerCase().replaceAll('_', '')

/** Which characters a name has, by their last five bits. */
function charactersOf(name: string): number {
  let set = 0
  for (let i = 0; i < name.length; i++) set |= 1 << (name.charCodeAt(i) & 31)
  return set
}

/** Each edit takes away one character at most, and brings one. */
const mayBeNear = (a: number, b: number, bound: number): boolean =>
  countBits(a & ~b) < bound && countBits(b & ~a) < bound

function countBits(set: number): number {
  let count = 0
  for (; set !== 0; set &= set - 1) count++
  return count
}

/**
 * The candidate that is most like `name`, or undefined where none is like it: one edit for short names, two from six
 * letters on; a change of case and underscores alone is always like. The first of equals wins.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > LONGEST) return undefined
  const own = letters(name)
  const first = initial(name)
  const characters = charactersOf(name)
  let best: string | undefined
  let bound = (name.length < 3 ? 0 : name.length < 6 ? 1 : 2) + 1
  let looked = 0
  for (const candidate of candidates) {
    if (++looked > CANDIDATES) break
    if (candidate === name) continue
    if (initial(candidate) === first && letters(candidate) === own) return candidate
    if (bound === 1 || Math.abs(candidate.length - name.length) >= bound) continue
    if (!mayBeNear(characters, charactersOf(candidate), bound)) continue
    const distance = editDistance(name, candidate, bound)
    if (distance < bound) {
      best = candidate
      bound = distance
    }
  }
  return best
}

/**
 * Damerau–Levenshtein distance (insert, delete, replace, swap neighbours), or `bound` where it is not below it. Only
 * the diagonal band that can stay below the bound is computed: O(length · bound).
 */
export function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) >= bound) return bound
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = new Array<number>(b.length + 1).fill(bound)
    const from = Math.max(1, i - bound)
    const to = Math.min(b.length, i + bound)
    if (from === 1) row[0] = i
    let least = row[0]!
    for (let j = from; j <= to; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1)
      }
      row[j] = cost
      if (cost < least) least = cost
    }
    if (least >= bound) return bound
    beforeLast = last
    last = row
  }
  return Math.min(bound, last[b.length]!)
}
