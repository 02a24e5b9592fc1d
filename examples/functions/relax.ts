/** Thirteen atoms, shaken, find back to the icosahedron: of all their arrangements the one of the least energy, −44.326801 (Hoare, Pal 1971). */
import { backward, hvp, loss } from './cluster.net'
import { newtonCG } from './newton-cg.ts'

const φ = (1 + Math.sqrt(5)) / 2
const corners = [-1, 1].flatMap((a) =>
  [-φ, φ].flatMap((b) => [
    [0, a, b],
    [a, b, 0],
    [b, 0, a],
  ]),
)
const radius = 1.1 / Math.hypot(1, φ)
const start = Float64Array.from([[0, 0, 0], ...corners].flat(), (c, i) => radius * c + 0.1 * Math.sin(17 * i))

let products = 0
const x = newtonCG(
  {
    loss: (x) => loss({ x }, {}),
    gradient: (x, g) => void backward({ x }, {}, { x: g }),
    hessian(x, v, out) {
      products++
      hvp({ x }, {}, { x: v }, { x: out })
    },
  },
  start,
)
console.log(`the energy falls from ${loss({ x: start }, {}).toFixed(3)} to ${loss({ x }, {}).toFixed(6)}`)
console.log(`with ${products} products of the Hessian with a vector`)
