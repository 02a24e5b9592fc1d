/** The reader of `bench/antiderivatives.mjs`, and verdicts on entries as its suites have them. */
import { describe, expect, it } from 'vitest'
import { entriesOf, programOf } from '../bench/antiderivatives/mathematica.mjs'
import { judgeClaims } from '../src/claims.ts'
import { analyse } from '../src/compile.ts'

const SUITE = `
(* ::Title:: (* nested *) {not, an, entry, here} *)
{x^2*Sqrt[a + b*x^3], x, 1, 2*(a + b*x^3)^(3/2)/(9*b)}
{Sec[x]^2, x, 1, Tan[x]}

{ArcTan[x]/(1 + x^2), x, 1, (1/2) ArcTan[x]^2}
{e*E^(m*x), x, 1, e*E^(m*x)/m}
{1/(x*Log[x]), x, 1, Log[Log[x]], Log[2 Log[x]]}
{PolyLog[2, x]/x, x, 1, PolyLog[3, x]}
{I*x, x, 1, I*x^2/2}
{f'[x], x, 1, f[x]}
`

const { entries, unread } = entriesOf(SUITE)

async function verdictOf(program: string): Promise<string> {
  const { graph, mathematics } = analyse(program, { filename: 'a.net' })
  return (await judgeClaims(graph, mathematics!))[0]!.verdict
}

describe('a suite of integration', () => {
  it('is read, but for what is no expression', () => {
    expect(entries).toHaveLength(7)
    expect(unread).toBe(1)
  })
  it('is said in our language, where that has the functions', () => {
    const said = entries.map((e) => programOf(e))
    expect(said.map((p) => p !== undefined)).toEqual([true, true, true, true, true, false, false])
    expect(said[3]).toContain('param k0, m, x')
  })
  it.each(entries.slice(0, 5).map((e, i) => [i, e] as const))('entry %i is proved', async (_i, entry) =>
    expect(await verdictOf(programOf(entry)!)).toBe('proved'),
  )
  it.each(entries.slice(0, 5).map((e, i) => [i, e] as const))(
    'entry %i is refuted when spoilt',
    async (_i, entry) => expect(await verdictOf(programOf(entry, true)!)).toBe('refuted'),
  )
})
