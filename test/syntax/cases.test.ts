/**
 * Case files: `# name`, a source, `==>`, then the diagnostics and the tree. Write the first two parts by hand and run
 * `npx vitest run test/syntax -u` to fill in the third; then read what it says before committing it.
 * `\u{200b}` in a source stands for that character.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from '../../src/syntax/parse.ts'
import { programText } from './sexpr.ts'

const folder = new URL('../cases/syntax/', import.meta.url)

function outcome(source: string): string {
  const unescaped = source.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) =>
    String.fromCodePoint(parseInt(hex, 16)),
  )
  const { program, diagnostics, source: file } = parse(unescaped)
  const said = diagnostics.toArray().map(({ severity, code, span, message, hint }) => {
    const from = file.position(span.start)
    const to = file.position(span.end)
    const place = `${from.line}:${from.column}-${to.line === from.line ? '' : to.line + ':'}${to.column}`
    return `${severity} ${code} ${place}: ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
  const tree = programText(program)
  return [...said, ...(tree === '' ? [] : [tree])].join('\n')
}

describe.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8')
  const cases = text.split(/^(?=# )/m).filter((part) => part.trim() !== '')

  test('the cases have names and sources', () => {
    expect(cases.length).toBeGreaterThan(0)
    for (const part of cases) expect(part).toMatch(/^# .+\n\n[^]*\n==>\n/)
  })

  test('every case gives what the file says', async () => {
    const actual = cases.map((part) => {
      const [given = ''] = part.split(/^==>$/m)
      const [title = '', ...lines] = given.split('\n')
      const source = lines.join('\n').trim()
      return `${title}\n\n${source}\n\n==>\n\n${outcome(source)}\n`
    })
    await expect(actual.join('\n')).toMatchFileSnapshot(new URL(name, folder).pathname)
  })
})

describe('networks', () => {
  const networks = new URL('networks/', folder)
  test.each(readdirSync(networks).filter((name) => name.endsWith('.net')))(
    '%s parses without a diagnostic',
    (name) => {
      const { program, diagnostics } = parse(readFileSync(new URL(name, networks), 'utf8'), {
        filename: name,
      })
      expect(diagnostics.toArray()).toEqual([])
      expect(program.broken).toEqual([])
      expect(program.statements.filter((statement) => statement.kind === 'loss')).toHaveLength(1)
    },
  )
})
