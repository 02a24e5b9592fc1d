/** Documents are typeset by pdflatex, which has to be installed. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { texDocument } from '../../src/print/documents/papers.ts'
import { printed, sources } from '../print/documents.ts'

beforeAll(() => {
  const { status } = spawnSync('kpsewhich', ['amssymb.sty'])
  if (status !== 0)
    throw new Error(
      'pdflatex with amssymb is wanted here: install texlive-latex-base and texlive-latex-extra',
    )
})

/** The log of pdflatex; throws where it stops. */
function compiled(document: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-tex-'))
  try {
    writeFileSync(join(folder, 'a.tex'), document)
    const { status, stdout } = spawnSync(
      'pdflatex',
      ['-interaction=nonstopmode', '-halt-on-error', 'a.tex'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    )
    expect(status, stdout).toBe(0)
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.each([...sources])(
  'pdflatex takes the document of %s, and nothing stands out of a line',
  (name, source) => {
    const log = compiled(texDocument(printed(source).paper))
    expect(log).not.toMatch(/Missing character|undefined/)
    // Words without a place to break them are the author's.
    if (name !== 'hostile') expect(log).not.toContain('Overfull')
  },
)

test('a formula that is longer than a line goes on in the next one', () => {
  const names = Array.from({ length: 30 }, (_, i) => `weight_${i}`)
  const source = `param ${names.join(', ')}\nloss J = ${names.map((n) => `sin(${n})`).join(' + ')}`
  const document = texDocument(printed(source).paper)
  expect(document).toContain('&\\quad {} +')
  expect(compiled(document)).not.toMatch(/Overfull/)
})

test('pdflatex takes every character', () => {
  const all = Array.from({ length: 0x2fff }, (_, i) => String.fromCodePoint(i + 1)).filter(
    (c) => !/\p{M}|\p{C}/u.test(c),
  )
  const { paper: empty } = printed('param w\nloss J = w^2')
  compiled(texDocument({ ...empty, doc: all.join(' ') + ' 中 한 😀' }))
})

test.each([...sources])('pdflatex takes the derivation of %s', (name, source) => {
  const log = compiled(texDocument(printed(source).derived))
  expect(log).not.toMatch(/Missing character|undefined/)
  if (name !== 'hostile') expect(log).not.toContain('Overfull')
})

test('Chinese on paper: set where the font is, and else one clear error', () => {
  const document = texDocument(printed(sources.get('two-layer.net')!, 'zh').derived)
  const hasChinese = spawnSync('kpsewhich', ['c70gbsn.fd']).stdout.toString().trim() !== ''
  // Both outcomes are tests: a system has the font, or has not.
  if (hasChinese) expect(compiled(document)).not.toMatch(/Missing character|undefined/)
  else expect(() => compiled(document)).toThrow(/This document has Chinese words: install latex-cjk-chinese/)
})
