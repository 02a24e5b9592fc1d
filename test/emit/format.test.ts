/** What is built has prettier's layout, up to a length. */
import { format as prettier } from 'prettier'
import { expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { LONGEST_FORMATTED, format } from '../../src/emit/format.ts'
import { read } from '../support/examples.ts'

test.each(['ts', 'js'] as const)('%s is laid out as prettier does it by default', async (target) => {
  const { code, types } = compile(read('two-layer.net'), { filename: 'two-layer.net', target })
  const formatted = await format(code!, target)
  expect(formatted).not.toBe(code)
  expect(formatted).toBe(await prettier(code!, { parser: target === 'ts' ? 'typescript' : 'babel' }))
  expect(await format(formatted, target)).toBe(formatted)
  if (types !== undefined)
    expect(await format(types, 'ts')).toBe(await prettier(types, { parser: 'typescript' }))
})

test('what is too long stays as it is', async () => {
  const text = 'const x = 1\n'.repeat(LONGEST_FORMATTED / 10)
  expect(await format(text, 'ts')).toBe(text)
})
