/** Labels for the axes of what stands in a pattern. */

/**
 * Labels of axes that only a part of a subject has, which sums over them: in their order, the same in each part, so that
 * the tensor of a sum is the tensor of another sum.
 */
const SUMMED = 1 << 21

/** `at` with labels for these summed axes among them. */
export function withSummed(
  count: number,
  at: readonly number[],
  isSummed: (axis: number) => boolean,
): number[] {
  let [kept, next] = [0, SUMMED]
  return Array.from({ length: count }, (_, axis) => {
    if (!isSummed(axis)) return at[kept++]!
    while (at.includes(next)) next++
    return next++
  })
}

/** Beyond all labels. */
const AGAIN = 1 << 22

/** Labels of which each stands once: of a diagonal Aᵢᵢ the second i is another one. */
export const distinct = (labels: readonly number[]): readonly number[] =>
  labels.some((l, axis) => labels.indexOf(l) !== axis)
    ? labels.map((l, axis) => (labels.indexOf(l) === axis ? l : l + AGAIN * (axis + 1)))
    : labels

/** The labels that they were. */
export const original = (labels: readonly number[]): readonly number[] => labels.map((l) => l % AGAIN)
