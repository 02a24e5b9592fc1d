/**
 * Each network of this folder, as it stands and written out flat by the text-level expander: losses, gradients, outputs
 * and steps are equal. The flat program is checked by the judges of `chainrule check`, so it is known to be good.
 *
 * The first line of a file may say which values its dims get: `// dims: L=1; L=3, T=2` compares twice.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { expand } from './expand.ts'
import { LONG, everyNth } from '../support/campaign.ts'
import { type Dims, built, checkProgram, compiled, compareTwins, list, nested, valuesFor } from './support.ts'

const folder = new URL('./', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8')
const files = readdirSync(folder).filter((file) => file.endsWith('.net'))

function variants(source: string): Dims[] {
  const line = /^\/\/ dims: (.*)/.exec(source)?.[1]
  if (line === undefined) return [{}]
  return line
    .split(';')
    .map((part) =>
      Object.fromEntries(part.split(',').map((p) => [p.split('=')[0]!.trim(), Number(p.split('=')[1])])),
    )
}

const cases = files.flatMap((file) => variants(read(file)).map((dims) => [file, dims] as const))

// What is written out is judged by itself in the long campaign; here by what both compute.
if (LONG)
  describe('the flat twin is a good program', () => {
    test.each(cases)('%s %o', async (file, dims) => {
      await checkProgram(expand(read(file), dims).text, {}, file)
    })
  })

describe('both forms compute the same', () => {
  test.each(cases)('%s %o', async (file, dims) => {
    await compareTwins(read(file), dims, [`${file}/1`, `${file}/2`])
  })
})

describe('the gradients of the family form are right', () => {
  test.each(everyNth(cases, 3))('%s %o', async (file, dims) => {
    await checkProgram(read(file), dims, file)
  })
})

describe('there are no complaints', () => {
  test.each(everyNth(cases, 2))('%s %o', (file, dims) => {
    const diagnostics = (source: string, values: Dims): string[] =>
      compiled(source, values).diagnostics.map((d) => d.severity)
    // A member that the loss does not reach is a warning in both forms; one for a whole family is enough.
    const flat = diagnostics(expand(read(file), dims).text, {})
    const families = diagnostics(read(file), dims)
    expect(families.includes('error')).toBe(false)
    expect(families.includes('warning')).toBe(flat.includes('warning'))
    expect(families.length).toBeLessThanOrEqual(flat.length)
  })
})

describe('constant initialisers', () => {
  const file = 'initialisers.net'
  test('are those of the declaration, for every member', async () => {
    const twin = expand(read(file))
    const [mine, flat] = [(await built(read(file))).init(3), (await built(twin.text)).init(3)]
    const theirs = nested(
      flat,
      twin.declared.filter((d) => d.role === 'param'),
    )
    for (const name of ['b', 'gain', 'half', 's'])
      expect(list(mine[name]!), name).toEqual(list(theirs[name]!))
    // uniform(-1/4, 1/4), and normal(2, 1/100).
    expect(list(mine['U']!).every((v) => Math.abs(v) <= 0.25)).toBe(true)
    expect(list(mine['V']!).every((v) => Math.abs(v - 2) < 0.08)).toBe(true)
    // Members do not start with the same numbers.
    const [first, second] = mine['U'] as [Float64Array, Float64Array]
    expect(Array.from(first)).not.toEqual(Array.from(second))
  })
})

/** A module with parameters and data as it takes them. */
async function withValues(file: string) {
  const source = read(file)
  const twin = expand(source)
  const flat = await built(twin.text)
  const module = await built(source)
  const [params, data] = valuesFor(flat, twin.declared, 'wrong')
  const ours = nested(
    params,
    twin.declared.filter((d) => d.role === 'param'),
  )
  const theirs = nested(
    data,
    twin.declared.filter((d) => d.role !== 'param'),
  )
  return { module, ours, theirs }
}

describe('data of a family', () => {
  test('of the wrong length are refused with the place', async () => {
    const { module, ours, theirs } = await withValues('rnn.net')
    const x = theirs['x'] as Float64Array[]
    const call = (values: unknown) => () => module.loss(ours, { ...theirs, x: values } as never)
    expect(call(x)).not.toThrow()
    expect(call(x.slice(1)), 'a member too few').toThrow(/x/)
    expect(call([...x, x[0]!]), 'a member too many').toThrow(/x/)
    expect(call([...x.slice(0, -1), new Float64Array(1)]), 'a short member').toThrow(RangeError)
    expect(call([...x.slice(0, -1), undefined]), 'a missing member').toThrow(/x/)
    expect(call(x[0]), 'no family').toThrow(/x/)
    expect(call(undefined), 'nothing').toThrow(/x/)
  })

  test('of parameters too', async () => {
    const { module, ours, theirs } = await withValues('mlp.net')
    const W = ours['W'] as Float64Array[]
    const before = JSON.stringify(ours)
    const call = (values: unknown) => () => module.step({ ...ours, W: values } as never, theirs, 0.1)
    expect(call(W.slice(1))).toThrow(/W/)
    expect(call([W[1]!, W[0]!, ...W.slice(2)]), 'members in the wrong order').toThrow(RangeError)
    expect(call(undefined)).toThrow(/W/)
    // Nothing is half updated.
    expect(JSON.stringify(ours)).toBe(before)
    expect(call(W)).not.toThrow()
  })
})
