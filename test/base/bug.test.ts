import { expect, test } from 'vitest'
import { assert, bug, CompilerBug } from '../../src/base/bug.ts'

test('a bug says that it is one', () => {
  expect(() => bug('two parses')).toThrow(CompilerBug)
  expect(() => bug('two parses')).toThrow('internal error, please report it: two parses')
})

test('an assertion that holds says nothing', () => {
  expect(() => assert(true, 'x')).not.toThrow()
  expect(() => assert(0, 'zero')).toThrow('zero')
})
