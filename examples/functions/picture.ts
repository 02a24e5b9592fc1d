/** Draws a signed distance field as characters: rays march as far as nothing can be (Hart 1996), and normals give the light. */
import { forward } from './field.net'

const [WIDTH, HEIGHT] = [60, 16]
const SHADES = '.:-=+*#%@'
const light = [-0.5, 0.6, -0.62]
const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, i) => [i % WIDTH, Math.floor(i / WIDTH)] as const)
const p = Float64Array.from(
  pixels.flatMap(([i, j]) => [(4 * (i + 0.5)) / WIDTH - 1.8, 1 - (2 * (j + 0.5)) / HEIGHT, -3]),
)
const outputs = { f: new Float64Array(pixels.length), n: new Float64Array(p.length) }
for (let step = 0; step < 60; step++) {
  forward({ p }, outputs)
  for (const [k, f] of outputs.f.entries()) if (p[3 * k + 2]! < 3) p[3 * k + 2]! += f
}
const { f, n } = forward({ p }, outputs)
const shade = (k: number): string => {
  if (f[k]! > 1e-3) return ' '
  const bright = light.reduce((sum, l, i) => sum + l * n[3 * k + i]!, 0)
  return SHADES[Math.max(0, Math.min(SHADES.length - 1, Math.floor(SHADES.length * bright)))]!
}
for (let j = 0; j < HEIGHT; j++)
  console.log(
    Array.from({ length: WIDTH }, (_, i) => shade(j * WIDTH + i))
      .join('')
      .trimEnd(),
  )
