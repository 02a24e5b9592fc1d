/** Formulas for a general depth: expanded at several depths they are the gradients of the unrolled network. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse } from '../src/compile.ts'
import { checkDepths } from '../src/depths.ts'
import { recurrentFormulas, textLine } from '../src/print/index.ts'

const folder = new URL('cases/depths/', import.meta.url)
const files = readdirSync(folder).filter((f) => f.endsWith('.net'))
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8')

function open(file: string): ReturnType<typeof analyse> {
  const analysed = analyse(read(file), { filename: file, recurrences: true })
  expect(analysed.diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  expect(analysed.recurrent).toBeDefined()
  return analysed
}

describe('recurrences at several depths', () => {
  test.each(files.filter((f) => !f.startsWith('abstract')))('%s', (file) => {
    const { recurrent } = open(file)
    for (const seed of [1, 2]) {
      const checks = checkDepths(read(file), { filename: file }, recurrent!, seed)
      expect(checks.length).toBeGreaterThan(1)
      for (const { errors } of checks) {
        expect(errors.size).toBeGreaterThan(0)
        for (const [name, error] of errors) expect(error, name).toBeLessThan(1e-12)
      }
    }
  })
})

test.each(files)('the formulas of %s', async (file) => {
  const { graph, recurrent } = open(file)
  const { errorTerms, gradients } = recurrentFormulas(graph, recurrent!)
  const text = [...errorTerms, ...gradients].map(textLine).join('\n')
  await expect(`${text}\n`).toMatchFileSnapshot(new URL(file.replace('.net', '.txt'), folder).pathname)
})

test('code needs a depth, and a wrong formula is found', () => {
  const { recurrent } = open('deep.net')
  const spoilt = {
    ...recurrent!,
    gradients: recurrent!.gradients.map((g, i) => ({
      ...g,
      cases: g.cases.map((c) => (i === 0 ? { ...c, node: recurrent!.gradients[0]!.cases[0]!.node } : c)),
    })),
    errorTerms: recurrent!.errorTerms.map((t) => ({
      ...t,
      cases: t.cases.map((c) => ({ ...c, node: t.cases[0]!.node })),
    })),
  }
  const [, second] = checkDepths(read('deep.net'), { filename: 'deep.net' }, spoilt)
  // Not a number, where not even the lengths are right.
  expect(Math.max(...second!.errors.values())).not.toBeLessThanOrEqual(1e-3)
})
