/**
 * What the compiler makes of each example stands in generated/: the formulas as text and as LaTeX; of three small ones the module,
 * of the others its loops, with operations, workspace and size. A change shows as a diff that a reviewer can read; `npm run golden`
 * writes them anew.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { analyse, compile } from '../src/compile.ts'
import { format } from '../src/emit/format.ts'
import { programText } from '../src/schedule/text.ts'
import { rules, type Rule } from '../src/simplify/index.ts'
import { finishing } from '../src/simplify/rules/finishing.ts'
import { sharedTanhRules } from '../src/simplify/running/parts.ts'
import { runningGroups } from '../src/simplify/specialise.ts'
import { formulas, latexDocument, recurrentFormulas, textDocument } from '../src/print/index.ts'
import type { Observe, Stages } from '../src/stages.ts'
import { all, closed, read } from './support/examples.ts'

const generated = new URL('../generated/', import.meta.url)
/** Of whom the module is kept as a whole. */
const WHOLE = ['scalar.net', 'two-layer.net', 'worked.net']
const made = (name: string): string[] => [
  `${name}.txt`,
  `${name}.tex`,
  ...(closed.includes(name) ? [WHOLE.includes(name) ? `${name}.ts` : `${name}.loops.txt`] : []),
]

test.each(all)('%s', async (name) => {
  const options = { filename: name, verify: true }
  const { graph, mathematics, recurrent, diagnostics } = analyse(read(name), {
    ...options,
    recurrences: true,
  })
  expect(diagnostics).toEqual([])
  const printed = recurrent ? recurrentFormulas(graph, recurrent) : formulas(graph, mathematics!.written)
  const outputs = [textDocument(printed), latexDocument(printed)]
  if (closed.includes(name)) {
    let loops: string | undefined
    const observe: Observe = (stage, result) => {
      if (stage === 'schedule') loops = programText(result as Stages['schedule'])
    }
    const compiled = compile(read(name), { ...options, observe })
    expect(compiled.diagnostics).toEqual([])
    if (WHOLE.includes(name)) outputs.push(await format(compiled.code!, 'ts'))
    else outputs.push(`${loops!}\ncode: ${compiled.code!.length} characters\n`)
  }
  for (const [i, file] of made(name).entries()) {
    const path = fileURLToPath(new URL(file, generated))
    // A snapshot that is missing would be written and pass.
    if (process.env['npm_lifecycle_event'] !== 'golden')
      expect(existsSync(path), `${file} is missing: npm run golden`).toBe(true)
    await expect(outputs[i]).toMatchFileSnapshot(path)
  }
})

/** The laws of a set of rules, each with the name of its rule; what no pattern can say, in words. */
const lawsOf = (set: readonly Rule[]): string =>
  set
    .flatMap(({ name, law, row }) =>
      row
        ? `- ${name}: ${law
            .split('; ')
            .map((l) => `\`${l}\``)
            .join(', ')}`
        : `- ${name}: ${law}`,
    )
    .join('\n')

test('the list of laws', async () => {
  const running = [...runningGroups([]).flatMap((group) => group.rules), ...sharedTanhRules]
  const list = [
    '# The laws that formulas are simplified by',
    '',
    'Made by `npm run golden` from the rules in `src/simplify`. A law in code style is the rule itself: it is read like a program, and',
    'found wherever its left side stands (`src/simplify/rows/law.ts` says what its letters mean). The others are code.',
    '',
    '## Of formulas',
    '',
    lawsOf([...rules, ...finishing]),
    '',
    '## Of code, which must not lose digits',
    '',
    lawsOf(running),
    '',
  ]
  const path = fileURLToPath(new URL('../docs/rules.md', import.meta.url))
  if (process.env['npm_lifecycle_event'] !== 'golden') expect(existsSync(path)).toBe(true)
  await expect(list.join('\n')).toMatchFileSnapshot(path)
})

test('a page shows programs as they stand in their files', async () => {
  const path = fileURLToPath(new URL('../docs/trades.md', import.meta.url))
  const shown = readFileSync(path, 'utf8').replaceAll(
    /^(```\w+ from=(\S+)\n).*?^```$/gms,
    (_, fence: string, file: string) =>
      `${fence}${readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')}\`\`\``,
  )
  await expect(shown).toMatchFileSnapshot(path)
})

test('nothing is left of examples that are gone', () => {
  const expected = ['grammar.ts', ...all.flatMap(made)].sort()
  expect(readdirSync(generated).sort()).toEqual(expected)
})
