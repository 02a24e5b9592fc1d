import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/derive/gradients.ts'
import { topological } from '../../src/graph/traverse.ts'
import { bigNumbers, doubles, evaluate, randomPoint } from '../../src/interpret/index.ts'
import { simplify, specialise } from '../../src/simplify/index.ts'
import { lowered } from '../lower/lowered.ts'
import { seeds } from '../support/campaign.ts'
import { randomNetwork } from '../support/random-network.ts'

describe('random networks', () => {
  let points = 0
  it.each(seeds(8, 1))('seed %i: simplified equals raw at high precision', async (seed) => {
    const { name, source } = randomNetwork(seed, { size: 4 + (seed % 9), families: false })
    const { graph: g, network, diagnostics } = lowered(source)
    expect(network, `${name}\n${source}\n${diagnostics.map((d) => d.message).join('\n')}`).toBeDefined()
    const raw = [network!.loss!.node, ...gradients(g, network!).values()]
    const equations = network!.equations.map((e) => e.node)
    const { roots, refused } = simplify(g, raw, equations)
    expect(
      refused.map((step) => step.rule.name),
      `${name}\n${source}`,
    ).toEqual([])
    const running = specialise(g, roots)

    const finite = (p: {
      values: Parameters<typeof evaluate<number>>[1]
      dims: ReadonlyMap<string, number>
    }): boolean =>
      evaluate(raw, p.values, doubles, { dims: p.dims }).every((t) => t.data.every(Number.isFinite))
    const big = await bigNumbers(64)
    for (let i = 0; i < 3; i++) {
      const { point, usable } = randomPoint(raw, `${seed} ${i}`, {}, finite)
      if (!usable) continue
      points++
      const values = new Map(
        [...point.values].map(([key, t]) => [
          key,
          { shape: t.shape, data: t.data.map((x) => big.number(x)) },
        ]),
      )
      const options = { dims: point.dims }
      const [a, b, c] = [raw, roots, running].map((nodes) => evaluate(nodes, values, big, options))
      a!.forEach((t, root) => {
        t.data.forEach((x, k) => {
          const size = Math.max(1e-6, ...t.data.map((v) => Math.abs(big.toNumber(v))))
          for (const other of [b!, c!]) {
            const off = Math.abs(big.toNumber(big.subtract(x, other[root]!.data[k]!))) / size
            // Distributions are drawn as doubles: they sum to 1 to 16 digits only.
            expect(off, `${name}, root ${root}\n${source}`).toBeLessThan(
              source.includes('simplex') ? 1e-13 : 1e-45,
            )
          }
        })
      })
    }
    const forward = topological([raw[0]!]).length
    expect(topological(roots).length, `${name}\n${source}`).toBeLessThanOrEqual(5 * forward)
    const again = simplify(g, roots, equations)
    again.roots.forEach((root, i) => expect(root, `${name}, root ${i}\n${source}`).toBe(roots[i]))
  })

  it('have points at which they are finite', () => {
    expect(points).toBeGreaterThan(0)
  })
})
