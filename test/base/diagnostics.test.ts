import { describe, expect, test } from 'vitest'
import { Diagnostics, toJson } from '../../src/base/diagnostics.ts'
import { render } from '../../src/base/frame.ts'
import { MESSAGES, report } from '../../src/base/messages.ts'
import { Source } from '../../src/base/span.ts'

function shown(text: string, start: number, end: number, color = false): string {
  const diagnostics = new Diagnostics()
  report(diagnostics, 'unknown-name', { start, end }, { name: 'foo', nearest: 'for' })
  return render(diagnostics.toArray(), new Source('net/a.net', text), { color })
}

describe('frames', () => {
  test('place, sentence, line, caret, hint', () => {
    expect(shown('a = 1\nb = foo + 1\n', 10, 13)).toBe(
      'net/a.net:2:5: error[unknown-name]: Nothing is called `foo`.\n' +
        '  2 | b = foo + 1\n' +
        '    |     ^~~\n' +
        '  hint: did you mean `for`?\n',
    )
  })

  const caret = (text: string, start: number, end: number) => shown(text, start, end).split('\n').slice(1, 3)

  test('tabs count as they are shown', () => {
    expect(caret('\tb = foo', 5, 8)).toEqual(['  1 |     b = foo', '    |         ^~~'])
  })

  test('wide characters take two cells, combining marks none', () => {
    expect(caret('漢 = y\u0302 + foo', 9, 12)).toEqual(['  1 | 漢 = y\u0302 + foo', '    |          ^~~'])
    expect(caret('漢字', 0, 2)).toEqual(['  1 | 漢字', '    | ^~~~'])
  })

  test('a span over several lines is marked on its first', () => {
    expect(caret('foo(\n1)', 0, 7)).toEqual(['  1 | foo(', '    | ^~~~'])
  })

  test('a span at the very end, and in an empty text', () => {
    expect(caret('a = ', 4, 4)).toEqual(['  1 | a = ', '    |     ^'])
    expect(caret('', 0, 0)).toEqual(['  1 | ', '    | ^'])
  })

  test('a long line is cut to a window around the place', () => {
    const [line = '', marks = ''] = caret(
      'a + '.repeat(100_000) + 'foo' + ' + b'.repeat(100_000),
      400_000,
      400_003,
    )
    expect(line.length).toBeLessThan(130)
    expect(line.slice(marks.indexOf('^'), marks.indexOf('^') + 3)).toBe('foo')
    expect(line).toMatch(/^ {2}1 \| ….*…$/)
  })

  test('nothing that a terminal would act on comes through', () => {
    expect(shown('\u001b[31m\u202efoo', 6, 9)).not.toMatch(/[\u001b\u202e]/)
    expect(render([], new Source('a', ''))).toBe('')
  })

  test('colour only where it is asked for', () => {
    expect(shown('foo', 0, 3, true)).toContain('\u001b[31merror[unknown-name]\u001b[0m')
    expect(shown('foo', 0, 3)).not.toContain('\u001b')
  })

  test('more than the limit are counted', () => {
    const diagnostics = new Diagnostics()
    for (let at = 0; at < 5; at++) report(diagnostics, 'stray-brace', { start: at, end: at + 1 }, {})
    const text = render(diagnostics.toArray(), new Source('a', '}}}}}'), { limit: 2 })
    expect(text.match(/stray-brace/g)).toHaveLength(2)
    expect(text).toMatch(/… and 3 more\n$/)
  })
})

describe('the collector', () => {
  test('sorts by place, tells errors from warnings, keeps no duplicates', () => {
    const diagnostics = new Diagnostics()
    report(diagnostics, 'unreached-parameter', { start: 5, end: 6 }, { name: 'w' })
    expect(diagnostics.hasErrors).toBe(false)
    report(diagnostics, 'division-by-zero', { start: 1, end: 2 })
    report(diagnostics, 'division-by-zero', { start: 1, end: 2 })
    expect(diagnostics.hasErrors).toBe(true)
    expect(diagnostics.toArray().map(({ code }) => code)).toEqual(['division-by-zero', 'unreached-parameter'])
  })

  test('keeps a thousand', () => {
    const diagnostics = new Diagnostics()
    for (let at = 0; at < 5000; at++) report(diagnostics, 'stray-brace', { start: at, end: at + 1 })
    expect(diagnostics.toArray()).toHaveLength(1000)
    expect(diagnostics.dropped).toBe(4000)
    expect(diagnostics.full).toBe(true)
  })
})

test('the JSON form has lines and columns', () => {
  const diagnostics = new Diagnostics()
  const related = [{ span: { start: 0, end: 1 }, message: 'here' }]
  report(diagnostics, 'duplicate-name', { start: 6, end: 7 }, { name: 'a' }, related)
  const [diagnostic] = diagnostics.toArray()
  expect(toJson(diagnostic!, new Source('a.net', 'a = 1\na = 2'))).toEqual({
    file: 'a.net',
    code: 'duplicate-name',
    severity: 'error',
    message: '`a` is defined twice.',
    hint: 'every name is defined once: give the second one another name',
    start: { line: 2, column: 1, offset: 6 },
    end: { line: 2, column: 2, offset: 7 },
    related: [
      { message: 'here', start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 2, offset: 1 } },
    ],
  })
})

test('a power written with superscripts that are none gets the way out', () => {
  const diagnostics = new Diagnostics()
  report(diagnostics, 'unknown-name', { start: 0, end: 2 }, { name: 'x⁴' })
  expect(diagnostics.toArray()[0]?.hint).toBe('for the power write x^4')
})

test('codes are in one style', () => {
  for (const code of Object.keys(MESSAGES)) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
})
