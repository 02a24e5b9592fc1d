import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import nearley from 'nearley'
import { expect, test } from 'vitest'

const require = createRequire(import.meta.url)

test('generated/grammar.ts is what grammar/net.ne compiles to', () => {
  const compile = require('nearley/lib/compile') as (parsed: unknown, options: object) => unknown
  const generate = require('nearley/lib/generate') as (compiled: unknown, name: string) => string
  const bootstrapped = require('nearley/lib/nearley-language-bootstrapped') as nearley.CompiledRules
  const { version } = require('nearley/package.json') as { version: string }

  const parser = new nearley.Parser(nearley.Grammar.fromCompiled(bootstrapped))
  parser.feed(readFileSync(new URL('../../grammar/net.ne', import.meta.url), 'utf8'))
  const compiled = compile(parser.results[0], { args: ['grammar/net.ne'], version })
  const fresh = generate(compiled, 'grammar')
  const kept = readFileSync(new URL('../../generated/grammar.ts', import.meta.url), 'utf8')
  expect(kept.trim(), 'run `npm run grammar`').toBe(fresh.trim())
})
