// The suite's own gradient descent (its cpp/gradbench/gd.hpp), so that all tools take the same steps.

const length = (v) => Math.hypot(...v)

/**
 * Where a function is least, from a start.
 * @param {{ value: (x: Float64Array) => number, gradient: (x: Float64Array) => Float64Array }} f
 * @param {Float64Array} start
 * @param {(x: Float64Array, rate: number) => void} [taken] told of each step that is taken: from where, and how far along −gradient
 */
export function least(f, start, taken) {
  let x = Float64Array.from(start)
  let value = f.value(x)
  let slope = f.gradient(x)
  let rate = 1e-5
  for (let count = 0; ;) {
    if (length(slope) <= 1e-5) return x
    if (count === 10) {
      rate *= 2
      count = 0
      continue
    }
    const next = x.map((xi, i) => xi - rate * slope[i])
    if (length(next.map((n, i) => n - x[i])) <= 1e-5) return x
    const there = f.value(next)
    if (there < value) {
      taken?.(x, rate)
      x = next
      value = there
      slope = f.gradient(x)
      count++
    } else {
      rate /= 2
      count = 0
    }
  }
}
