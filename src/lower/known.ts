/** Tensors that are known when compiling, entry by entry. */
import { ONE, type Rational, ZERO, plus, power, times } from '../base/rational.ts'
import { type Node, isPureProduct, peel } from '../graph/node.ts'

/** The entries of a tensor, row-major; undefined where its lengths or an entry are not known. */
export function knownEntries(node: Node): readonly Rational[] | undefined {
  const lengths = node.shape.map(Number)
  if (lengths.some(Number.isNaN)) return undefined
  const entries: Rational[] = []
  const at = lengths.map(() => 0)
  const size = lengths.reduce((n, length) => n * length, 1)
  for (let k = 0; k < size; k++) {
    const entry = entryOf(node, at)
    if (!entry) return undefined
    entries.push(entry)
    for (let axis = at.length - 1; axis >= 0 && ++at[axis]! === lengths[axis]; axis--) at[axis] = 0
  }
  return entries
}

function entryOf(whole: Node, at: readonly number[]): Rational | undefined {
  const node = peel(whole)
  switch (node.kind) {
    case 'constant':
      return node.value
    case 'delta':
      return at[0] === at[1] ? ONE : ZERO
    case 'basis':
      return at[0] === node.index ? ONE : ZERO
    case 'symbol':
      return node.symbol.entries?.[at.reduce((place, i, axis) => place * (node.shape[axis] as number) + i, 0)]
    case 'sum':
      return node.args.reduce<Rational | undefined>((sum, arg, i) => {
        const entry = sum && entryOf(arg, arg.shape.length === 0 ? [] : at)
        return entry && plus(sum, times(node.coefficients[i]!, entry))
      }, node.constant)
    case 'product':
      if (!isPureProduct(node)) return undefined
      return node.args.reduce<Rational | undefined>((product, arg, i) => {
        const entry =
          product &&
          entryOf(
            arg,
            node.labels[i]!.map((l) => at[l]!),
          )
        const factor = entry && power(entry, node.exponents[i]!)
        return factor && times(product, factor)
      }, node.coefficient)
    default:
      return undefined
  }
}
