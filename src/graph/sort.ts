/** More would be sorted sooner by merging. */
const SHORT = 10

/** The list sorted in place, stably, as by `sort`, which makes copies: most sums and products have two or three operands. */
export function sortShort<T>(list: T[], compare: (a: T, b: T) => number): T[] {
  if (list.length > SHORT) return list.sort(compare)
  for (let i = 1; i < list.length; i++) {
    const item = list[i]!
    let at = i
    for (; at > 0 && compare(list[at - 1]!, item) > 0; at--) list[at] = list[at - 1]!
    list[at] = item
  }
  return list
}
