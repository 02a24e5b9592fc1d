/**
 * Programs of general depth. That the formulas by hand are right is shown with numbers, for some depths, against the
 * program written out flat; that the compiler agrees, against the program itself with its depth given; and what it
 * prints with the depth left open is compared with the formulas line by line.
 */
import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/compile.ts'
import { recurrentFormulas, textDocument } from '../../src/print/index.ts'
import { expand } from './expand.ts'
import { type General, type Known, type Matrix, programs } from './general-programs.ts'
import { type Value, type Values, built, compareTwins, error, list, valuesFor } from './support.ts'

const numericOf = (general: General): string => general.numeric ?? general.program
const cases = programs.map((general) => [general.name, general] as const)

/** Tensors by name and index, with the shapes of the flat program. */
function known(values: Values, shapes: Record<string, { readonly shape: readonly number[] }>): Known {
  const name = (base: string, index?: number): string => (index === undefined ? base : `${base}_${index}`)
  const value = (base: string, index?: number): Value => {
    const found = values[name(base, index)]
    expect(found, name(base, index)).toBeDefined()
    return found!
  }
  return {
    scalar: (base, index) => value(base, index) as number,
    vector: (base, index) => list(value(base, index)),
    matrix: (base, index): Matrix => {
      const entries = list(value(base, index))
      const [rows, columns] = shapes[name(base, index)]!.shape as [number, number]
      return Array.from({ length: rows }, (_, i) => entries.slice(i * columns, (i + 1) * columns))
    },
  }
}

const depths = programs.flatMap((general) =>
  general.depths.map((depth) => [general.name, depth, general] as const),
)

describe('the formulas by hand are right', () => {
  test.each(depths)('%s, depth %d', async (name, depth, general) => {
    const { text, declared } = expand(numericOf(general), { [general.open]: depth })
    const flat = await built(text)
    for (const seed of ['1', '2']) {
      const [params, data] = valuesFor(flat, declared, `${name}/${seed}`)
      const wanted = flat.zeros()
      flat.backward(params, data, wanted)
      const { network } = flat
      const mine = general.byHand(
        known({ ...params, ...data }, { ...network.params, ...network.inputs, ...network.targets }),
        depth,
      )
      expect(Object.keys(mine).sort()).toEqual(Object.keys(wanted).sort())
      for (const [param, value] of Object.entries(mine))
        expect(error([value].flat(2) as number[], list(wanted[param]!)), `∂/∂${param}`).toBeLessThan(1e-11)
    }
  })
})

describe('with a depth that is given, the program computes them', () => {
  test.each(depths)('%s, depth %d', async (name, depth, general) => {
    await compareTwins(numericOf(general), { [general.open]: depth }, [name])
  })
})

/** Blanks do not count. */
const bare = (line: string): string => line.replace(/\s+/g, '')

describe('with the depth left open, they are printed', () => {
  test.each(cases)('%s', (_, general) => {
    const { graph, recurrent, diagnostics } = analyse(general.program, {
      recurrences: true,
      filename: 'general.net',
      verify: true,
    })
    const errors = diagnostics.filter((d) => d.severity === 'error')
    if (general.mayBeRefused && errors.length > 0) {
      expect(errors.length).toBe(1)
      expect(errors[0]!.code).not.toBe('internal-error')
      return
    }
    expect(
      errors.map((d) => `${d.code}: ${d.message}`),
      general.program,
    ).toEqual([])
    const printed = textDocument(recurrentFormulas(graph, recurrent!))
    // The ranges of lines stand behind them, in brackets.
    const lines = printed.split('\n').map((line) => bare(line.replace(/ {2,}\([^()]*\)$/, '')))
    for (const { text, also = [], isSpecial } of [...general.errors, ...general.gradients])
      if (!isSpecial)
        expect
          .soft(
            [text, ...also].some((form) => lines.includes(bare(form))),
            `${text}\n\nis not in\n\n${printed}`,
          )
          .toBe(true)
    // Nothing is written out: members have numbers only where the formulas by hand have them.
    const numbers = (text: string): string[] => text.match(/⁽⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+⁾/g) ?? []
    const allowed = new Set(['⁽⁰⁾', '⁽¹⁾', ...numbers(JSON.stringify([general.errors, general.gradients]))])
    expect(numbers(printed).filter((number) => !allowed.has(number))).toEqual([])
  })
})
