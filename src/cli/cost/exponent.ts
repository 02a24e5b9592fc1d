/** A place of a curve: how large, and what it takes there; both positive. */
export interface Place {
  readonly size: number
  readonly cost: number
}

/**
 * The p of cost ≈ c · size^p: least squares of the logarithms. Undefined for fewer than two sizes, where any p fits, and
 * where something is not positive.
 */
export function exponentOf(places: readonly Place[]): number | undefined {
  const points = places.map(({ size, cost }) => [Math.log(size), Math.log(cost)] as const)
  if (!points.flat().every(Number.isFinite)) return undefined
  const [x, y] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length)
  const spread = points.reduce((sum, point) => sum + (point[0] - x!) ** 2, 0)
  return spread > 0
    ? points.reduce((sum, point) => sum + (point[0] - x!) * (point[1] - y!), 0) / spread
    : undefined
}
