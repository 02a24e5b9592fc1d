/** Each sentence of the language of indices has a program with numbers that are worked out by hand: judge and compiler must say them. */
import { describe, expect, test } from 'vitest'
import { casesIn } from '../support/direct/cases.ts'
import { Refused, differences } from '../support/direct/compared.ts'
import { judge, type Values } from '../support/direct/index.ts'

const flat = (values: Values): number[] =>
  typeof values === 'number' ? [values] : [...(values as readonly Values[])].flatMap(flat)

/** What the judge says of a program that means nothing. */
const SAID = /leaves|nothing defines|depends on itself|defined twice|not whole|gaps|do not fit together/

/** Equal in all digits but the last few. */
function expectNear(found: readonly number[], wanted: readonly number[], what: string): void {
  expect(found.length, what).toBe(wanted.length)
  for (const [i, value] of wanted.entries()) {
    if (Number.isFinite(value))
      expect(Math.abs(found[i]! - value), `${what}: ${found.join(' ')}`).toBeLessThanOrEqual(
        1e-12 * Math.max(1, Math.abs(value)),
      )
    else expect(found[i], what).toBe(value)
  }
}

describe.each(casesIn(new URL('../cases/indexed/', import.meta.url)))('$file', ({ cases }) => {
  test.each(cases)('$name', ({ source, values, loss, outputs, gradients, refused }) => {
    if (refused !== undefined) {
      expect(source).toContain(refused)
      expect(() => judge(source, { data: values, params: values })).toThrow(SAID)
      return
    }
    const found = judge(source, { data: values, params: values })
    expectNear([found.loss], [loss!], 'loss')
    expect(Object.keys(found.outputs)).toEqual(expect.arrayContaining(Object.keys(outputs)))
    for (const [name, wanted] of Object.entries(outputs)) expectNear(found.outputs[name]!, wanted, name)
    expect(Object.keys(found.gradients)).toEqual(expect.arrayContaining(Object.keys(gradients)))
    for (const [name, wanted] of Object.entries(gradients))
      expectNear(flat(found.gradients[name]!), flat(wanted), `∂${name}`)
  })

  test.each(cases)('$name, compiled', async ({ source, values, refused }) => {
    // Of what has an open dim code is made for the length at hand.
    const dims = Object.fromEntries(
      Object.entries(values).filter(([name]) => new RegExp(`^dim ${name}\\b(?! =)`, 'm').test(source)),
    ) as Record<string, number>
    const found = differences(source, { data: values, params: values, dims })
    if (refused === undefined)
      for (const { what, relative } of await found) expect(relative, what).toBeLessThan(1e-9)
    else await expect(found).rejects.toThrow(Refused)
  })
})
