/** Which target suits a network. */
import type { Shape } from '../graph/extent.ts'
import { sizeExtent } from '../schedule/workspace.ts'

/**
 * Networks of more learned numbers run in WebAssembly: there is enough to multiply. A step of one sample took the same time in both at 76 of
 * them, at 280 it was 1.2 times as fast, at 800 twice, and modules of JavaScript are read more easily.
 */
const MANY = 1000

interface Learning {
  readonly params: readonly { readonly symbol: { readonly shape: Shape } }[]
}

/** `js` or `wasm` for what runs in JavaScript, by how much is learned. An open dim without a value in `dims` counts as large. */
export function suitedTarget({ params }: Learning, dims: ReadonlyMap<string, number>): 'js' | 'wasm' {
  let learned = 0
  for (const { symbol } of params) {
    const size = sizeExtent(symbol.shape.map((e) => (typeof e === 'number' ? e : (dims.get(e.text) ?? MANY))))
    learned += typeof size === 'number' ? size : MANY
  }
  return learned > MANY ? 'wasm' : 'js'
}
