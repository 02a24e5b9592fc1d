/** What could have stood at an error, from nearley's table, in words that a person uses. */
import type { Token } from './tokens.ts'

/** A terminal of the grammar: a type or a text of a token. */
export interface Terminal {
  readonly type?: string
  readonly literal?: string
}

/** Tokens that begin an operand, and those that go on after one, are named as the group that they are. */
const OPERAND = ['name', 'number', '(', '[', '-', 'not']
const OPERATOR = [
  '+',
  '-',
  'mul',
  '^',
  'compare',
  'and',
  'or',
  'square',
  'T',
  '[',
  '(',
  'prime',
  'for',
  'dot',
]
const WORDS: Readonly<Record<string, string>> = {
  name: 'a name',
  number: 'a number',
  string: 'a path in quotes',
  compare: 'a comparison',
  end: 'the end of the line',
}
/** In this order they are said. */
const ORDER = ['=', '(', '[', ')', ']', '{', '}', ':', '...', '..', 'in', ',', 'for', 'end']

/** A short list for the sentence "Expected …". */
export function describeExpected(terminals: readonly Terminal[]): string[] {
  const keys = new Set(terminals.map(({ type, literal }) => type ?? literal!))
  // A word that only some declarations may have, where a name may stand too.
  keys.delete('assumed')
  const said: string[] = []
  const group = (members: readonly string[], word: string) => {
    for (const member of members) keys.delete(member)
    said.push(word)
  }
  // At the beginning of a statement the list would be of all its kinds.
  if (keys.has('network')) return ['a declaration or an equation']
  if (keys.has('number')) group(OPERAND, 'a value')
  if (keys.has('+')) group(OPERATOR, 'an operator')
  const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : -1)
  for (const key of [...keys].sort((a, b) => rank(a) - rank(b))) said.push(WORDS[key] ?? '`' + key + '`')
  return said
}

/** What was found instead. */
export function describeFound(token: Token, text: string): string {
  if (token.type !== 'end') return '`' + text.slice(token.start, Math.min(token.end, token.start + 40)) + '`'
  if (token.start >= text.length) return 'the end of the file'
  const end = text.slice(token.start, token.end)
  return end === ';' || end === '}' ? '`' + end + '`' : 'the end of the line'
}
