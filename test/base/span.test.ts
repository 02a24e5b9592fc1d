import { expect, test } from 'vitest'
import { cover, Source } from '../../src/base/span.ts'

test('lines end at LF, CRLF and CR', () => {
  const source = new Source('a', 'one\ntwo\r\nthree\rfour')
  expect(source.lineCount).toBe(4)
  expect([1, 2, 3, 4].map((line) => source.slice(source.lineSpan(line)))).toEqual([
    'one',
    'two',
    'three',
    'four',
  ])
  expect(source.position(4)).toEqual({ line: 2, column: 1 })
  expect(source.position(8)).toEqual({ line: 2, column: 5 })
  expect(source.position(9)).toEqual({ line: 3, column: 1 })
  expect(source.position(19)).toEqual({ line: 4, column: 5 })
})

test('a column counts characters, and no byte-order mark', () => {
  const source = new Source('a', '\ufeff\u{1d465} = 1')
  expect(source.position(1)).toEqual({ line: 1, column: 1 })
  expect(source.position(4)).toEqual({ line: 1, column: 3 })
})

test('a place outside of the text is the nearest one inside', () => {
  const source = new Source('a', 'ab\n')
  expect(source.position(99)).toEqual({ line: 2, column: 1 })
  expect(source.position(-1)).toEqual({ line: 1, column: 1 })
})

test('a cover holds both', () => {
  expect(cover({ start: 5, end: 7 }, { start: 2, end: 6 })).toEqual({ start: 2, end: 7 })
})
