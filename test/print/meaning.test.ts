/** What the printed formulas say, read by a reader that knows nothing of the graph, is what the graph computes. */
import { describe, expect, it } from 'vitest'
import type { Node } from '../../src/graph/node.ts'
import { type Tensor, doubles, evaluate, randomPoint } from '../../src/interpret/index.ts'
import { namesOf, writesRows } from '../../src/print/formulas/formulas.ts'
import { formulas, textLine, toText } from '../../src/print/index.ts'
import { seeds } from '../support/campaign.ts'
import { stagesOf } from '../support/pipeline.ts'
import { randomNetwork } from '../support/random-network.ts'
import { Reader, Unreadable, type Value, scalar } from './layout-value.ts'

function toValue(t: Tensor<number>, rows: boolean): Value | undefined {
  if (t.shape.length === 0) return scalar(t.data[0]!)
  if (t.shape.length === 1)
    return rows
      ? { rows: 1, columns: t.data.length, data: t.data }
      : { rows: t.data.length, columns: 1, data: t.data }
  return t.shape.length === 2 ? { rows: t.shape[0]!, columns: t.shape[1]!, data: t.data } : undefined
}

/** Lines that were read, and lines that the reader has no words for. */
export function readAll(
  source: string,
  seed: number | string,
): { read: number; unread: number; wrong: string[] } | undefined {
  const { graph, network, simple } = stagesOf(source)
  const roots = [...network.equations.map((e) => e.node as Node), ...simple.gradients.values()]
  const finite = (p: {
    values: Parameters<typeof evaluate<number>>[1]
    dims: ReadonlyMap<string, number>
  }): boolean =>
    evaluate(roots, p.values, doubles, { dims: p.dims }).every((t) => t.data.every(Number.isFinite))
  const { point, usable } = randomPoint(roots, seed, {}, finite)
  if (!usable) return undefined
  const names = namesOf(network)
  const rows = writesRows(graph, network)
  const known = new Map<string, Value>([
    ['π', scalar(Math.PI)],
    ['I', { rows: 1, columns: 1, data: [1] }],
  ])
  const note = (name: string, t: Tensor<number>): void => {
    const v = toValue(t, rows)
    if (v) known.set(toText(names.of(name)), v)
  }
  for (const [name, t] of point.values) note(name, t)
  for (const [name, n] of point.dims) note(name, { shape: [], data: [n] })
  known.delete('I')

  const results = evaluate(roots, point.values, doubles, { dims: point.dims })
  if (results.some((t) => t.shape.includes(1)) || [...point.values.values()].some((t) => t.shape.includes(1)))
    return undefined
  const f = formulas(graph, simple)
  const expected = new Map<string, Tensor<number>>()
  network.equations.forEach((e, i) => expected.set(toText(names.of(e.name)), results[i]!))
  f.gradients.forEach((l, i) => expected.set(toText(l.left), results[network.equations.length + i]!))
  const reader = new Reader(known, rows)
  const outcome = { read: 0, unread: 0, wrong: [] as string[] }
  for (const line of [...f.forward, ...f.errorTerms, ...f.gradients]) {
    const key = toText(line.left)
    const should = expected.get(key)
    const shouldBe = should && toValue(should, rows)
    let value: Value | undefined
    try {
      value = reader.value(line.right)
      if (value.data.some(Number.isNaN))
        throw new Unreadable('a logarithm of a number that is too small for a double')
      if (value.identity) throw new Unreadable('an identity of no size')
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      outcome.unread++
      if (shouldBe) known.set(key, shouldBe)
      if (process.env['SHOW']) console.log(`${String(error)}: ${textLine(line)}`)
      continue
    }
    outcome.read++
    if (should && shouldBe) {
      // A number for a tensor stands for every entry.
      const scale = Math.max(1e-3, ...shouldBe.data.map(Math.abs))
      const same = shouldBe.data.every((x, k) => {
        const i = value.rows === 1 ? 0 : Math.floor(k / shouldBe.columns)
        const j = value.columns === 1 ? 0 : k % shouldBe.columns
        return Math.abs(x - value.data[i * value.columns + j]!) <= 1e-7 * scale
      })
      const fits =
        (value.rows === shouldBe.rows || value.openRows) &&
        (value.columns === shouldBe.columns || value.openColumns)
      if (!same || !fits)
        outcome.wrong.push(
          `${textLine(line)}\n  says ${value.rows}×${value.columns} ${value.data.join(' ')}\n  is ${shouldBe.rows}×${shouldBe.columns} ${shouldBe.data.join(' ')}`,
        )
    }
    known.set(key, shouldBe ?? value)
  }
  return outcome
}

describe('formulas of random networks mean what is computed', () => {
  let read = 0
  let unread = 0
  it.each(seeds(8, 1))('seed %i', (seed) => {
    const { name, source } = randomNetwork(seed, { size: 2 + (seed % 5), families: false, batch: false })
    const outcome = readAll(source, seed)
    if (!outcome) return
    read += outcome.read
    unread += outcome.unread
    expect(outcome.wrong, `${name}\n${source}`).toEqual([])
  })
  it('and most of them can be read', () => {
    expect(read).toBeGreaterThan(unread)
  })
})
