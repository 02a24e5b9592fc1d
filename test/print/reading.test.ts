/** Formulas are read back: text and LaTeX of every example, evaluated by a reader of characters, are its gradients. */
import { type Matrix, matrix } from 'mathjs'
import { expect, test } from 'vitest'
import { everyNth } from '../support/campaign.ts'
import { analyse } from '../../src/compile.ts'
import type { Node } from '../../src/graph/node.ts'
import { type Tensor, doubles, evaluate, randomPoint } from '../../src/interpret/index.ts'
import { elementwise } from '../../src/print/formulas/elements.ts'
import { type Formulas, formulas, latexLine, namesOf, textLine, toText } from '../../src/print/index.ts'
import { writesRows } from '../../src/print/formulas/formulas.ts'
import { EntryNames, positions } from '../../src/print/expressions/entry-names.ts'
import { closed, read as readExample } from '../support/examples.ts'
import { fromLatex, read } from './text-reader.ts'

/** Those with positions among their data are read entry by entry, in `entries-reading.test.ts`. */
const names = closed.filter((file) => !readExample(file).includes(': index('))

/** Lengths at which entries are few. A family of lengths keeps those that it lists. */
const SMALL: Readonly<Record<string, number>> = { D: 2, F: 2, H: 3, K: 2, T: 2 }

type Value = number | Matrix

function valueOf({ shape, data }: Tensor<number>, rows: boolean): Value {
  if (shape.length === 0) return data[0]!
  if (shape.length === 1) return rows ? matrix([[...data]]) : matrix(data.map((x) => [x]))
  return matrix(Array.from({ length: shape[0]! }, (_, i) => data.slice(i * shape[1]!, (i + 1) * shape[1]!)))
}

const flat = (value: Value): number[] =>
  typeof value === 'number' ? [value] : (value.toArray().flat() as number[])

/** A small network of an example, values at a point, and its formulas. */
function sample(file: string) {
  const text = readExample(file)
  const declared = analyse(text).mathematics!.written.network.dims
  const dims = Object.fromEntries(Object.entries(SMALL).filter(([name]) => declared.has(name)))
  const { graph, mathematics } = analyse(text, { dims })
  const { network, gradients } = mathematics!.written
  const found = formulas(graph, mathematics!.written)
  const roots: Node[] = [...network.equations.map((e) => e.node), ...gradients.values()]
  const { point } = randomPoint(roots, 7)
  const results = evaluate(roots, point.values, doubles, { dims: point.dims })
  const equations = new Map(network.equations.map(({ name }, i) => [name, results[i]!]))
  const slopes = new Map(
    [...gradients.keys()].map(({ name }, i) => [name, results[network.equations.length + i]!]),
  )
  const rows = writesRows(graph, network)
  return { graph, network, found, point, equations, slopes, rows }
}

/** h⁽⁰⁾ = 0 is a number for every entry, and vᵀh, a matrix with one, is a number. */
function shapedLike(known: Value, value: Value): Value {
  if (typeof known === 'number') return flat(value).length === 1 ? flat(value)[0]! : value
  return typeof value === 'number' ? known.map(() => value) : value
}

/** Reads every line in order, each with those before it; `expected` has what is known beforehand. */
function readLines(
  lines: readonly string[],
  scope: Map<string, Value>,
  expected: ReadonlyMap<string, Value>,
): number {
  let compared = 0
  for (const line of lines) {
    const [left, right] = line.split(' = ') as [string, string]
    const known = expected.get(left)
    const plain = read(right, scope)
    const value = known === undefined ? plain : shapedLike(known, plain)
    if (known !== undefined) {
      const found = flat(value)
      flat(known).forEach((x, i) => expect(found[i], line).toBeCloseTo(x, 9))
      expect(found).toHaveLength(flat(known).length)
      compared++
    }
    scope.set(left, value)
  }
  return compared
}

const all = ({ forward, errorTerms, gradients }: Formulas) => [...forward, ...errorTerms, ...gradients]

test.each(names)('%s, as tensors', (file) => {
  const { network, found, point, equations, slopes, rows } = sample(file)
  const printed = namesOf(network)
  const scope = () =>
    new Map([...point.values].map(([name, t]) => [toText(printed.of(name)), valueOf(t, rows)]))
  const expected = new Map([
    ...[...equations].map(([name, t]) => [toText(printed.of(name)), valueOf(t, rows)] as const),
    ...found.gradients.map(({ name, left }) => [toText(left), valueOf(slopes.get(name)!, rows)] as const),
  ])
  expect(readLines(all(found).map(textLine), scope(), expected)).toBe(expected.size)
  expect(
    readLines(
      all(found).map((line) => fromLatex(latexLine(line))),
      scope(),
      expected,
    ),
  ).toBe(expected.size)
})

test.each(everyNth(names, 2))('%s, entry by entry: every gradient as scalars', (file) => {
  const { graph, network, found, point, equations, slopes, rows } = sample(file)
  const entries = elementwise(graph, found) as Formulas
  const printed = namesOf(network)
  const named = new EntryNames(printed, network)
  const scope = new Map<string, Value>()
  const add = (name: string, { shape, data }: Tensor<number>, into: Map<string, Value>): void =>
    positions(shape).forEach((at, i) => into.set(toText(named.of(name, shape, at)), data[i]!))
  for (const { symbol } of [...network.data, ...network.params, ...network.hypers])
    add(symbol.name, point.values.get(symbol.name)!, scope)
  const expected = new Map<string, Value>()
  for (const [name, t] of equations) add(name, t, expected)
  for (const [name, { shape, data }] of slopes)
    positions(shape).forEach((at, i) =>
      expected.set(`∂${network.loss!.name}/∂${toText(named.of(name, shape, at))}`, data[i]!),
    )
  // What a softmax is of are whole tensors.
  const withTensors = (): Map<string, Value> => {
    const tensors = [...point.values, ...equations].map(
      ([name, t]) => [toText(printed.of(name)), valueOf(t, rows)] as const,
    )
    return new Map([...tensors.filter(([name]) => !scope.has(name) && !expected.has(name)), ...scope])
  }
  const lines = (of: (line: ReturnType<typeof all>[number]) => string): string[] =>
    all(entries)
      .map(of)
      .filter((line) => !line.includes('softmax'))
  for (const format of [lines(textLine), lines((line) => fromLatex(latexLine(line)))]) {
    const start = withTensors()
    const missing = [...expected.keys()].filter(
      (name) => !format.some((line) => line.startsWith(`${name} = `)),
    )
    // A softmax is read where it is read whole.
    expect(missing.filter((name) => !/^[ap][₀-₉]/u.test(name))).toEqual([])
    for (const name of missing) start.set(name, expected.get(name)!)
    expect(readLines(format, start, expected)).toBe(expected.size - missing.length)
  }
})
