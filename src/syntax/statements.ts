/**
 * Tokens → statements. A statement ends at a line break or `;`, except that a line break inside brackets, or after an
 * operator, a comma, `=`, `:` or `..`, does not end it, and that a line which begins with `for` goes on with what may end with
 * one, unless it is the head of a block. `{` ends the line of a `for`; `}` is a statement of its own.
 *
 * A bracket that is never closed must not swallow the rest of the file: a line that can only be the beginning of a
 * statement (`loss J`, `z =`, `a[l] =`) ends the one before, whatever is open.
 */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import type { Span } from '../base/span.ts'
import { UNSHOWN } from './characters.ts'
import { CHAIN, NESTING, STATEMENT_TOKENS } from './limits.ts'
import { tokenise, type Token } from './tokens.ts'

/** The words that begin statements. They are words like any other everywhere else. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'network',
  'import',
  'dim',
  'batch',
  'input',
  'target',
  'param',
  'hyper',
  'const',
  'fn',
  'layer',
  'return',
  'output',
  'loss',
  'claim',
  'for',
])

/** Keywords that TypeScript reserves, and what the grammar calls them. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['for', 'each'],
  ['const', 'fixed'],
  ['return', 'returns'],
  ['import', 'imports'],
])
/** What opens a block. */
const BLOCK_WORDS: ReadonlySet<string> = new Set(['for', 'fn'])
/** A layer opens one where its name has arguments; else the word makes instances. */
const isLayer = ([first, , third]: readonly Token[]): boolean =>
  first?.text === 'layer' && third?.text === '('

/** The words of assumptions that have an argument: with it they are no names, in the list of a declaration. */
const ASSUMED: ReadonlySet<string> = new Set(['index', 'count'])
const DATA: ReadonlySet<string> = new Set(['input', 'target', 'param'])

/** The tokens of one statement, the last of them its end. */
export interface RawStatement {
  /**
   * A keyword at the beginning has the keyword as its type (those that TypeScript reserves have another word), an assumption with
   * an argument the type `assumed`, and the name of a layer where its body says what applying it is the type `applies`.
   */
  readonly tokens: readonly Token[]
  readonly span: Span
  /** Doc comments by the offset of the token that follows them. */
  readonly docs: ReadonlyMap<number, string>
  /** Something in it is reported already. */
  readonly spoilt: boolean
  /** A bracket that is still open where it ends. */
  readonly open?: Token
}

const CLOSE: Readonly<Record<string, string>> = { '(': ')', '[': ']' }
const CONTINUES = new Set([
  '+',
  '-',
  '*',
  '/',
  '@',
  '^',
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  '=',
  ',',
  ':',
  '..',
  '(',
  '[',
])
/** After these a minus is a difference; after everything else a sign. */
const ENDS_OPERAND = new Set(['name', 'number', 'T', 'square'])
/** How far a line is read ahead to see whether it begins a statement. */
const LOOKAHEAD = 64
/** How far a line that begins with `for` is read ahead for the brace of a block. */
const HEAD = 256
/** Statements that may end with the ranges of indices; equations, which begin with no such word, may too. */
const RANGED: ReadonlySet<string> = new Set(['input', 'target', 'param', 'claim', 'layer'])

/** The statements of a text, one at a time: the tokens of a large file are never all in memory. */
export function* statements(text: string, diagnostics: Diagnostics): Generator<RawStatement> {
  const reader = new Reader(text, diagnostics)
  for (let statement = reader.next(); statement; statement = reader.next()) yield statement
}

interface Ahead {
  readonly token: Token
  /** It, or what stood before it and became no token. */
  readonly spoilt: boolean
}

class Reader {
  readonly #diagnostics: Diagnostics
  readonly #tokens: Iterator<Token>
  readonly #ahead: Ahead[] = []
  /** Something before the token that is read next is spoilt. */
  #spoilt = false
  /** Something in the statement at hand is spoilt. */
  #error = false
  #lineStart = 0
  /** Of each block that is open whether it is a layer. */
  readonly #blocks: boolean[] = []
  /** Where the first word of the current line stands. */
  #indent: number | undefined

  constructor(text: string, diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics
    this.#tokens = tokenise(text, diagnostics, () => (this.#spoilt = true))
  }

  /** The token at a distance from the current one. */
  #peek(distance: number): Token | undefined {
    while (this.#ahead.length <= distance) {
      const { value, done } = this.#tokens.next()
      if (done) return undefined
      this.#ahead.push({ token: value, spoilt: this.#spoilt })
      this.#spoilt = false
    }
    return this.#ahead[distance]!.token
  }

  /** Goes past the current token: what is spoilt about it counts for the statement at hand. */
  #take(): void {
    if (this.#ahead.shift()!.spoilt) this.#error = true
  }

  /** The next statement that is not empty. */
  next(): RawStatement | undefined {
    const tokens: Token[] = []
    const docs = new Map<number, string>()
    let doc: string | undefined
    const nest = new Nest(this.#diagnostics)
    let column = 0
    let last: Token | undefined
    let overLimit = false
    let braces = 0
    /** What may still end with the ranges of indices. */
    let ranged = true

    const finish = (end: Token): RawStatement => {
      const spoilt = this.#error || nest.spoilt || overLimit
      this.#error = false
      const first = tokens[0]!
      if (first.type === 'name' && KEYWORDS.has(first.text) && !isDefined(tokens)) {
        tokens[0] = { ...first, type: TYPES.get(first.text) ?? first.text }
      } else if (this.#isApplication(tokens)) tokens[0] = { ...first, type: 'applies' }
      if (tokens.at(-1)!.text === '{') this.#blocks.push(isLayer(tokens))
      else if (first.text === '}') this.#blocks.pop()
      if (DATA.has(tokens[0]!.type))
        tokens.forEach((token, at) => {
          if (ASSUMED.has(token.text) && tokens[at + 1]?.text === '(')
            tokens[at] = { ...token, type: 'assumed' }
        })
      const span = { start: first.start, end: tokens.at(-1)!.end }
      tokens.push({ type: 'end', text: '', start: end.start, end: end.end })
      const open = nest.open
      return { tokens, span, docs, spoilt, ...(open ? { open } : {}) }
    }

    for (;;) {
      const token = this.#peek(0)
      if (token === undefined) {
        if (tokens.length === 0) return undefined
        const at = tokens.at(-1)!.end
        this.#error ||= this.#spoilt
        return finish({ type: 'end', text: '', start: at, end: at })
      }
      const { type, text } = token

      if (type === 'newline') {
        // The names of an import may stand on lines of their own.
        const isList =
          braces > 0 && tokens[0]?.text === 'import' && (last?.text === ',' || last?.text === '{')
        const closes = braces > 0 && tokens[0]?.text === 'import' && this.#after(1).token?.text === '}'
        const ends =
          last !== undefined &&
          !isList &&
          !closes &&
          this.#endsHere(tokens, last, nest.depth, column, token.end, ranged)
        this.#take()
        this.#lineStart = token.end
        this.#indent = undefined
        if (ends) return finish(token)
        // What is spoilt on a line by itself is nobody's.
        if (tokens.length === 0) this.#error = false
        continue
      }
      if (type === 'doc') {
        this.#take()
        const line = text.slice(3).replaceAll(UNSHOWN, ' ').trim()
        doc = doc === undefined ? line : doc + '\n' + line
        continue
      }
      if (text === ';' && !(nest.depth > 0 && this.#closes(nest.depth))) {
        this.#take()
        if (tokens.length > 0) return finish(token)
        continue
      }
      // Two words are never side by side in an expression: what a function returns may stand on the line of its last equation.
      if (text === 'return' && nest.depth === 0 && endsOperand(last))
        return finish({ type: 'end', text: '', start: last!.end, end: last!.end })
      if (text === '}' && braces > 0) braces--
      else if (text === '}' && tokens.length > 0) return finish(token)

      this.#take()
      // The statement's line counts, not the statement: it may stand behind a semicolon.
      this.#indent ??= token.start - this.#lineStart
      if (tokens.length === 0) column = this.#indent
      if (doc !== undefined) {
        docs.set(token.start, doc)
        doc = undefined
      }
      if (tokens.length >= STATEMENT_TOKENS) {
        if (!overLimit) {
          overLimit = true
          const hint = 'split it into several equations'
          report(this.#diagnostics, 'over-limit', token, {
            what: 'The length of this statement, in words and signs, is',
            limit: STATEMENT_TOKENS,
            hint,
          })
        }
      } else tokens.push(token)
      nest.see(token, last)
      if (text === 'for' && nest.depth === 0) ranged = false
      const isInline = text === '{' && this.#isInline(tokens[0]!, last)
      last = token
      if (isInline) braces++
      else if (text === '{' || (text === '}' && tokens.length === 1)) return finish(token)
    }
  }

  /** Whether what is open is closed on the line: a semicolon in between, as in `[x; y]`, ends no statement. */
  #closes(depth: number): boolean {
    let open = depth
    for (let at = 1; at < LOOKAHEAD; at++) {
      const token = this.#peek(at)
      if (token === undefined || token.type === 'newline' || token.text === '=') return false
      if (token.text === '(' || token.text === '[') open++
      if ((token.text === ')' || token.text === ']') && --open === 0) return true
    }
    return false
  }

  /** Whether a brace that was taken opens no block: its statement is no `for` and no head of a function, and goes on behind it. */
  #isInline(first: Token, before: Token | undefined): boolean {
    const next = this.#peek(0)
    if (first.text === 'import') return true
    const isHead = first.text === 'fn' || first.text === 'layer' || this.#blocks.at(-1) === true
    const opens = first.text === 'for' || (isHead && before?.text === ')')
    return !opens && next !== undefined && next.type !== 'newline'
  }

  /** Whether the line break ahead ends the statement. */
  #endsHere(
    tokens: readonly Token[],
    last: Token,
    depth: number,
    column: number,
    lineStart: number,
    ranged: boolean,
  ): boolean {
    const [first, second] = tokens
    if (depth === 0 && !CONTINUES.has(last.text)) {
      const { at, token: next } = this.#after(1)
      // The brace of a block may stand on a line of its own.
      const isHead = (BLOCK_WORDS.has(first!.text) && second?.type === 'name') || isLayer(tokens)
      if (isHead || (this.#isApplication(tokens) && last.text === ')')) return next?.text !== '{'
      const takes =
        ranged && (RANGED.has(first!.text) || !KEYWORDS.has(first!.text) || second?.type !== 'name')
      return !(takes && next?.text === 'for' && this.#peek(at + 2)?.text === 'in' && !this.#isHead(at))
    }
    return this.#lineBegins(last, depth, column, lineStart)
  }

  /** `dense(x[D]) …`, in a layer. */
  #isApplication([first, second]: readonly Token[]): boolean {
    return this.#blocks.at(-1) === true && first?.type === 'name' && second?.text === '('
  }

  /** The first token from a distance on that is no line break, not looked for very far. */
  #after(distance: number): { readonly at: number; readonly token: Token | undefined } {
    let at = distance
    while (this.#peek(at)?.type === 'newline' && at < distance + LOOKAHEAD) at++
    return { at, token: this.#peek(at) }
  }

  /** Whether the `for` at a distance begins a block: its line, or the next one, has the brace. */
  #isHead(distance: number): boolean {
    let last: Token | undefined
    let depth = 0
    for (let at = distance; at < distance + HEAD; at++) {
      const token = this.#peek(at)
      if (token === undefined) return false
      const { type, text } = token
      if (text === '{' || (text === ':' && depth === 0)) return true
      if (text === '(' || text === '[') depth++
      if (text === ')' || text === ']') depth--
      if (text === ';' || text === '}' || depth < 0) return false
      if (type !== 'newline') last = token
      else if (depth === 0 && !CONTINUES.has(last!.text)) return this.#after(at).token?.text === '{'
    }
    return false
  }

  /** Whether the line after the line break ahead can only be the beginning of a statement. */
  #lineBegins(last: Token, depth: number, column: number, lineStart: number): boolean {
    const first = this.#peek(1)
    const second = this.#peek(2)
    if (first?.type !== 'name' || second === undefined) return false
    // Two names in a row are never inside a statement, except the `for l` of a reduction or after a declaration.
    if (KEYWORDS.has(first.text) && second.type === 'name')
      return first.text !== 'for' || (depth > 0 ? this.#isHead(1) : last.text !== ',')
    if (second.text === '=') {
      // A named argument, or the next declaration of a list, where one may stand.
      if (last.text === '(') return first.start - lineStart <= column
      if (last.text === ',') return depth > 0 && first.start - lineStart <= column
      return true
    }
    if (second.text !== '[' || (last.text === ',' && depth === 0)) return false
    let open = 0
    for (let at = 2; at < LOOKAHEAD; at++) {
      const token = this.#peek(at)
      if (token === undefined || token.type === 'newline') return false
      if (token.text === '[') open++
      if (token.text === ']' && --open === 0) return this.#peek(at + 1)?.text === '='
    }
    return false
  }
}

/** The brackets that are open, and how deep the expression is by them, by signs and by powers. */
class Nest {
  readonly #diagnostics: Diagnostics
  readonly #open: { token: Token; chain: number }[] = []
  #chain = 0
  #chains = 0
  spoilt = false

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics
  }

  get depth(): number {
    return this.#open.length
  }

  get open(): Token | undefined {
    return this.#open.at(-1)?.token
  }

  see(token: Token, previous: Token | undefined): void {
    const { text, type } = token
    if (text === '(' || text === '[') {
      this.#open.push({ token, chain: this.#chain })
      this.#chains += this.#chain
      this.#chain = 0
      if (this.#open.length + this.#chains > NESTING)
        this.#tooDeep(token, 'The nesting of this expression is', NESTING)
    } else if (text === ')' || text === ']') {
      this.#close(token)
    } else if (
      text === '^' ||
      (text === '-' && !endsOperand(previous)) ||
      (text === 'not' && previous?.text === 'not')
    ) {
      this.#chain++
      if (this.#chain > CHAIN) this.#tooDeep(token, 'The number of signs or powers in a row is', CHAIN)
    } else if (!ENDS_OPERAND.has(type)) {
      this.#chain = 0
    }
  }

  #close(token: Token): void {
    const expected = this.#open.length > 0 ? CLOSE[this.open!.text] : undefined
    if (token.text !== expected && !this.spoilt) {
      report(
        this.#diagnostics,
        'wrong-bracket',
        token,
        { found: token.text, expected },
        this.open && [{ span: this.open, message: 'it was opened here' }],
      )
      this.spoilt = true
    }
    const top = this.#open.pop()
    if (top) {
      this.#chain = top.chain
      this.#chains -= top.chain
    }
  }

  #tooDeep(token: Token, what: string, limit: number): void {
    if (!this.spoilt)
      report(this.#diagnostics, 'over-limit', token, {
        what,
        limit,
        hint: 'name a part of it in an equation of its own',
      })
    this.spoilt = true
  }
}

/** Whether a keyword is a name here, which the statement defines: `input = 3`, `loss[l] = 1`; `return [a, b]` defines nothing. */
function isDefined(tokens: readonly Token[]): boolean {
  const second = tokens[1]?.text
  if (second !== '[' || tokens[0]!.text !== 'return') return second === '=' || second === '['
  let depth = 0
  return tokens.some(({ text }) => {
    if (text === '(' || text === '[') depth++
    else if (text === ')' || text === ']') depth--
    return text === '=' && depth === 0
  })
}

function endsOperand(token: Token | undefined): boolean {
  return token !== undefined && (ENDS_OPERAND.has(token.type) || token.text === ')' || token.text === ']')
}
