/** What the docs show works: recipes run, code parses, options and pages that are mentioned are there. */
import { existsSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import { rolldown } from 'rolldown'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'
import forRolldown from '../src/plugins/rolldown.ts'
import { chainrule, folder } from './cli/support.ts'

const root = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

interface Block {
  readonly language: string
  readonly file: string | undefined
  readonly text: string
}
const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/^```(\w*)(?: (?:file|from)=(\S+))?\n(.*?)^```$/gms)].map(([, language, file, code]) => ({
    language: language!,
    file,
    text: code!,
  }))

/** The recipes of a page, each a project, with the files that stand before all of them. */
const recipes = ['docs/cookbook.md', 'docs/interop.md'].flatMap((page) => {
  const [before, ...sections] = read(page).split(/^## /m)
  return sections.map(
    (text) => [text.slice(0, text.indexOf('\n')), [...blocksOf(before!), ...blocksOf(text)]] as const,
  )
})

/** Runs a program of modules; what it prints. */
async function printed(path: string): Promise<string> {
  const lines: string[] = []
  const { log } = console
  console.log = (...args: unknown[]) => lines.push(`${args.map(String).join(' ')}\n`)
  try {
    await import(/* @vite-ignore */ pathToFileURL(path).href)
  } finally {
    console.log = log
  }
  return lines.join('')
}

test.each(recipes)('recipe: %s', async (_, blocks) => {
  const files = blocks.filter(({ file }) => file !== undefined)
  const dir = folder({
    'package.json': '{"type":"module"}',
    ...Object.fromEntries(files.map(({ file, text }) => [file!, text])),
  })
  // Packages are those of this project.
  symlinkSync(fileURLToPath(new URL('node_modules', root)), join(dir, 'node_modules'))
  let out = ''
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'))
  for (const line of lines) {
    const [command, ...args] = line.split(' ')
    if (command === 'node') out += await printed(join(dir, args[0]!))
    else {
      expect(command).toBe('chainrule')
      const { status, out: said, err } = await chainrule(dir, args)
      expect(status, err).toBeLessThan(2)
      out += said
    }
  }
  // Programs that no command runs are built by a bundler.
  if (lines.length === 0) {
    const bundle = await rolldown({
      input: join(dir, 'main.js'),
      plugins: [forRolldown({ config: false })],
      // What is run in Node, of the modules that a bundler takes.
      platform: 'node',
      resolve: { mainFields: ['module', 'main'] },
    })
    await bundle.write({ file: join(dir, 'out.mjs') })
    out = await printed(join(dir, 'out.mjs'))
  }
  const expected = blocks.filter(({ language }) => language === 'text')
  expect(expected.length).toBeGreaterThan(0)
  for (const { text } of expected) expect(out).toContain(text.trim())
})

describe.each(PAGES)('%s', (page) => {
  const text = read(page)

  test('its JavaScript and TypeScript parse', () => {
    for (const { language, text: code } of blocksOf(text)) {
      if (language !== 'js' && language !== 'ts') continue
      const { diagnostics } = ts.transpileModule(code, {
        reportDiagnostics: true,
        compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
      })
      expect(
        diagnostics!.map(({ messageText }) => messageText),
        code,
      ).toEqual([])
    }
  })

  test('pages that it leads to are there', () => {
    // Code is no link: block[l](h[l-1]).
    const prose = text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '')
    const links = [...prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#([^)]+))?\)/g)]
    for (const [, path, anchor] of links) {
      const to = posix.join(dirname(page), path!)
      expect(existsSync(new URL(to, root)), `${page} leads to ${path}`).toBe(true)
      if (anchor === undefined || !to.endsWith('.md')) continue
      const anchors = [...read(to).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
        title!
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      )
      expect(anchors, `${page} leads to ${path}#${anchor}`).toContain(anchor)
    }
  })

  test('commands and options that it mentions are there', async () => {
    const commands = new Set(
      [...text.matchAll(/\bchainrule ([a-z]+) (?:[^\n`]*)/g)].map(([line, name]) => [name!, line] as const),
    )
    for (const [name, line] of commands) {
      const help = await chainrule('.', [name, '--help'])
      if (help.status !== 0) continue
      for (const [, option] of line.matchAll(/\s(--[a-z][a-z-]*)/g)) expect(help.out, line).toContain(option)
    }
  })
})

test('entries that are imported are those of the package', () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> }
  const entries = Object.keys(exports).map((entry) => `chainrule${entry.slice(1)}`)
  const mentioned = PAGES.flatMap((page) =>
    [...read(page).matchAll(/from '(chainrule(?:\/[\w-]+)?)'/g)].map(([, name]) => name!),
  )
  expect(mentioned.length).toBeGreaterThan(3)
  for (const name of mentioned) expect(entries).toContain(name)
})

test('a module needs nothing but ECMAScript: no global of Node, of browsers, of Deno or Bun', () => {
  const { code } = compile(
    'batch B\ninput x\ntarget y\nparam w = normal(0, 1)\nloss J = mean((w * x - y)^2)',
    { target: 'js' },
  )
  const script = code!.replaceAll(/^export /gm, '')
  const run = `const params = init(1)
const data = { x: Float64Array.of(1, 2), y: Float64Array.of(2, 4) }
for (let i = 0; i < 100; i++) step(params, data, 0.1)
params.w`
  expect(runInNewContext(`'use strict';${script}\n${run}`, {})).toBeCloseTo(2, 6)
})

test('every package that users get is in the table, and no other', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const table = read('CONTRIBUTING.md').split('| package ')[1]!.split('\n\n')[0]!
  const listed = [...table.matchAll(/^\| ([a-z][\w.-]*) +\|/gm)].map(([, name]) => name!)
  expect(listed.sort()).toEqual(Object.keys(dependencies).sort())
})

test('every page is in the index', () => {
  const index = read('docs/index.md')
  for (const page of PAGES.filter((name) => name.startsWith('docs/') && name !== 'docs/index.md'))
    expect(index).toContain(`](${page.slice('docs/'.length)})`)
})
