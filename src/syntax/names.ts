/** What must be known of all names of a file before its statements are parsed, and what is wrong between two of them. */
import { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { hasLookAlikes, skeleton } from './characters.ts'
import { statements, type RawStatement } from './statements.ts'
import type { Token } from './tokens.ts'

/** The names that a statement declares, as far as its tokens tell; it may be broken anywhere. */
export function declaredNames({ tokens }: Pick<RawStatement, 'tokens'>): Token[] {
  const [first, second] = tokens
  switch (first?.type) {
    case 'name':
      return second?.text === '=' || second?.text === '[' || isFunction(tokens)
        ? [first]
        : severalNames(tokens)
    case 'loss':
    case 'batch':
      return second?.type === 'name' ? [second] : []
    case 'each':
      return tokens.filter(
        ({ type }, at) =>
          type === 'name' && (at === 1 || tokens[at - 1]!.text === ',' || tokens[at + 1]!.text === 'in'),
      )
    case 'imports':
      return tokens
        .slice(
          2,
          Math.max(
            2,
            tokens.findIndex(({ text }) => text === '}'),
          ),
        )
        .filter(({ type }) => type === 'name')
    case 'fn':
      return tokens.filter((token, at) => token.type === 'name' && (at === 1 || inParameters(tokens, at)))
    case 'layer':
      if (tokens[2]?.text !== '(') return declarationList(tokens)
      return tokens.filter((token, at) => token.type === 'name' && (at === 1 || inParameters(tokens, at)))
    case 'applies':
      return tokens.filter((token, at) => token.type === 'name' && inParameters(tokens, at, 1))
    case 'dim':
    case 'input':
    case 'target':
    case 'param':
    case 'hyper':
    case 'fixed':
      return declarationList(tokens)
    default:
      return []
  }
}

/** `u, v[t] = …` */
function severalNames(tokens: readonly Token[]): Token[] {
  const end = tokens.findIndex(({ text }) => text === '=')
  return tokens[1]?.text === ',' && end > 0 ? declarationList([tokens[0]!, ...tokens.slice(0, end)]) : []
}

/** `f(v) = …`, as others write functions. */
function isFunction(tokens: readonly Token[]): boolean {
  const close = tokens.findIndex(({ text }) => text === ')')
  return tokens[1]?.text === '(' && tokens[close + 1]?.text === '='
}

function inParameters(tokens: readonly Token[], at: number, open = 2): boolean {
  const close = tokens.findIndex((token) => token.text === ')')
  return at > open && tokens[open]?.text === '(' && (close < 0 || at < close)
}

/** The names after the keyword and after the commas outside of brackets, or right behind another where a comma is missing. */
function declarationList(tokens: readonly Token[]): Token[] {
  const names: Token[] = []
  let depth = 0
  for (let at = 1; at < tokens.length; at++) {
    const { text, type } = tokens[at]!
    const before = tokens[at - 1]!.text
    if (text === '(' || text === '[') depth++
    else if (text === ')' || text === ']') depth--
    else if (
      type === 'name' &&
      depth === 0 &&
      (at === 1 || before === ',' || tokens[at - 1]!.type === 'name')
    )
      names.push(tokens[at]!)
  }
  return names
}

const RESPELT = /[²³Σ∑]|^not$/u
const MAY_BE_RESPELT = /[²³Σ∑]|\bnot\b/u

/**
 * `x²` is the power of `x`, `Σ` is the sum, and `not` is the word of a condition, unless the file declares just that name:
 * `σ² = mean(…)`. The declared ones among such names are found in a reading of their own, which files without any are spared.
 */
export function declaredSpecials(text: string): ReadonlySet<string> | undefined {
  if (!MAY_BE_RESPELT.test(text)) return undefined
  const declared = new Set<string>()
  for (const statement of statements(text, new Diagnostics())) {
    for (const { text: name } of declaredNames(statement)) if (RESPELT.test(name)) declared.add(name)
  }
  return declared
}

/** The tokens of a statement with `x²` as `x` and `²`, `Σ` as `sum`, and `not` of a type of its own, where these are not declared names. */
export function respell(
  tokens: readonly Token[],
  declared: ReadonlySet<string> | undefined,
): readonly Token[] {
  if (declared === undefined) return tokens
  return tokens.flatMap((token) => {
    if (token.type !== 'name' || declared.has(token.text)) return [token]
    if (token.text === 'Σ') return [{ ...token, text: 'sum' }]
    if (token.text === 'not') return [{ ...token, type: 'not' }]
    const power = /[^⁰¹²³⁴-⁹]([²³])$/u.exec(token.text)
    if (!power) return [token]
    const cut = token.end - 1
    return [
      { ...token, text: token.text.slice(0, -1), end: cut },
      { type: 'square', text: power[1]!, start: cut, end: token.end },
    ]
  })
}

/** Finds names that differ only by look-alikes. Files in which no such letter stands cost nothing. */
export class LookAlikes {
  readonly #diagnostics: Diagnostics
  readonly #active: boolean
  /** The first name of each appearance, and whether others were reported. */
  readonly #seen = new Map<string, Token>()
  readonly #reported = new Set<string>()

  constructor(text: string, diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics
    this.#active = hasLookAlikes(text)
  }

  see(tokens: readonly Token[]): void {
    if (!this.#active) return
    for (const token of tokens) {
      if (token.type !== 'name') continue
      const key = skeleton(token.text)
      const first = this.#seen.get(key)
      if (first === undefined) this.#seen.set(key, token)
      else if (first.text !== token.text && !this.#reported.has(token.text)) {
        this.#reported.add(token.text)
        report(this.#diagnostics, 'look-alike', token, { name: token.text, other: first.text }, [
          { span: { start: first.start, end: first.end }, message: 'the other one' },
        ])
      }
    }
  }
}
