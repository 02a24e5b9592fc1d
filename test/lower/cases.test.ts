/**
 * Case files: `# name`, a source, `==>`, then the diagnostics and the network. Write the first two parts by hand and run
 * `npx vitest run test/lower -u` to fill in the third; then read what it says before committing it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { lowered, networkText, said } from './lowered.ts'

const folder = new URL('../cases/lower/', import.meta.url)

function outcome(source: string): string {
  const result = lowered(source)
  return [...said(result), ...(result.network ? [networkText(result.network)] : [])].join('\n')
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
