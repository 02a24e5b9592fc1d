import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE, TWO, rational } from '../../src/base/rational.ts'
import { Graph } from '../../src/graph/graph.ts'
import { Hash } from '../../src/graph/hash.ts'
import type { Node } from '../../src/graph/node.ts'
import { NodeMap } from '../../src/graph/node-map.ts'
import { sortShort } from '../../src/graph/sort.ts'
import { NONE, Table } from '../../src/graph/table.ts'
import { topological } from '../../src/graph/traverse.ts'

const symbol = (g: Graph, name: string): Node =>
  g.symbol({ name, role: 'param', shape: [], assumptions: new Set() })

/** (…((x·y + x)·y + x)…)·y + x */
function chain(g: Graph, length: number): Node {
  const [x, y] = [symbol(g, 'x'), symbol(g, 'y')]
  let z = x
  for (let i = 0; i < length; i++) z = g.equation(`z${i}`, g.add(g.multiply(z, y), x))
  return z
}

describe('interning', () => {
  test('equal structure is the identical object, over many nodes', () => {
    const g = new Graph()
    const first = chain(g, 5000)
    const { size } = g
    expect(chain(g, 5000)).toBe(first)
    expect(g.size).toBe(size)
  })

  test('what differs in one part is another node', () => {
    const g = new Graph()
    const [x, y] = [symbol(g, 'x'), symbol(g, 'y')]
    const different = [
      g.multiply(x, y),
      g.scale(TWO, g.multiply(x, y)),
      g.scale(rational(1n << 70n), g.multiply(x, y)),
      g.scale(rational((1n << 70n) + (1n << 64n)), g.multiply(x, y)),
      g.power(x, TWO),
      g.power(x, rational(1, 2)),
      g.divide(x, y),
      g.add(x, y),
      g.subtract(x, y),
      g.sum([{ coefficient: ONE, node: x }], ONE, []),
      g.sum([{ coefficient: ONE, node: x }], TWO, []),
      g.equation('a', x),
      g.equation('b', x),
      g.equation('a', x, 'adjoint'),
      g.equation('a', x, 'adjoint', y),
      g.full(TWO, [2]),
      g.full(TWO, [3]),
      g.full(TWO, [3, 2]),
    ]
    expect(new Set(different).size).toBe(different.length)
  })

  test('a graph keeps what it is told to and what the program wrote, and makes the rest anew', () => {
    const g = new Graph()
    const [x, y] = [symbol(g, 'x'), symbol(g, 'y')]
    const kept = g.add(g.multiply(x, y), x)
    const operands = [x, y]
    const written = g.noteWritten(g.subtract(x, y), operands)
    const gone = g.divide(x, y)
    g.keep([kept])
    expect(g.add(g.multiply(x, y), x)).toBe(kept)
    expect(g.subtract(x, y)).toBe(written)
    expect(g.written(g.subtract(x, y))).toBe(operands)
    expect(g.divide(x, y)).not.toBe(gone)
    expect(symbol(g, 'x')).toBe(x)
  })

  test('entries of one hash are all found, before and after the table grows and is filtered', () => {
    const g = new Graph()
    const nodes = topological([chain(g, 1500)])
    const table = new Table()
    for (const n of nodes) table.add(n.id % 7, n)
    const under = (t: Table, hash: number): Node[] => {
      const found: Node[] = []
      for (let i = t.first(hash); i !== NONE; i = t.following(i)) found.push(t.at(i))
      return found.sort((a, b) => a.id - b.id)
    }
    const expected = nodes.filter((n) => n.id % 7 === 3).sort((a, b) => a.id - b.id)
    expect(under(table, 3)).toEqual(expected)
    const even = table.filter((n) => n.id % 2 === 0)
    expect(under(even, 3)).toEqual(expected.filter((n) => n.id % 2 === 0))
    expect(under(table, 8)).toEqual([])
  })
})

describe('the tools of graphs', () => {
  test('a number is mixed in as its text is', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string(), (x, rest) => {
        expect(new Hash().decimal(x, rest).value).toBe(new Hash().text(`${x}${rest}`).value)
      }),
    )
  })

  test('short lists are sorted as long ones are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat())), (list) => {
        const compare = (a: [number, number], b: [number, number]): number => a[0] - b[0]
        expect(sortShort([...list], compare)).toEqual([...list].sort(compare))
      }),
    )
  })

  test('a map of nodes knows what it was told, in the order of creation', () => {
    const g = new Graph()
    const order = topological([chain(g, 100)])
    const map = new NodeMap<string>()
    for (const n of [...order].reverse()) map.set(n, n.kind)
    expect(order.every((n) => map.get(n) === n.kind)).toBe(true)
    expect(map.values()).toEqual([...order].sort((a, b) => a.id - b.id).map((n) => n.kind))
    expect(map.has(order[0]!)).toBe(true)
    expect(map.get(symbol(g, 'new'))).toBeUndefined()
  })

  test('nothing is looked at under a leaf', () => {
    const g = new Graph()
    const [x, y] = [symbol(g, 'x'), symbol(g, 'y')]
    const inner = g.equation('a', g.multiply(x, y))
    const root = g.add(inner, x)
    expect(topological([root], (n) => n.kind === 'equation')).toEqual(
      root.args[0] === inner ? [inner, x, root] : [x, inner, root],
    )
  })
})
