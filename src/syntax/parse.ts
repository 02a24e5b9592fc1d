/** Text → tree. The lexer finds the statements, nearley parses each of them, `blocks.ts` puts blocks together. */
import nearley from 'nearley'
import { assert } from '../base/bug.ts'
import { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { Source } from '../base/span.ts'
import { wordSlip } from '../base/slips.ts'
import { nearest } from '../base/spelling.ts'
import grammar from '../../generated/grammar.ts'
import { Blocks } from './blocks.ts'
import { TooManyIndices, type Built } from './build.ts'
import { dataStatement, instanceStatement } from './declarations.ts'
import { withDocs } from './docs.ts'
import { describeExpected, describeFound, type Terminal } from './expected.ts'
import { FILE_LENGTH, INDICES, STATEMENTS } from './limits.ts'
import { declaredNames, declaredSpecials, LookAlikes, respell } from './names.ts'
import { KEYWORDS, statements, type RawStatement } from './statements.ts'
import type { Token } from './tokens.ts'
import type { Broken, Program } from './tree.ts'

export interface Parsed {
  /** What could be understood; all of the program where the diagnostics hold no error. */
  readonly program: Program
  readonly diagnostics: Diagnostics
  readonly source: Source
}

export interface ParseOptions {
  /** For places in diagnostics. */
  readonly filename?: string
  /** Where errors go; by default a collection of its own. */
  readonly diagnostics?: Diagnostics
}

/** Parses a program. Never throws on any text: what is wrong with it is in the diagnostics. */
export function parse(
  text: string,
  { filename = 'network.net', diagnostics = new Diagnostics() }: ParseOptions = {},
): Parsed {
  const source = new Source(filename, text)
  if (text.length > FILE_LENGTH) {
    report(
      diagnostics,
      'over-limit',
      { start: 0, end: 0 },
      { what: 'The length of this file is', limit: FILE_LENGTH },
    )
    // What the file declares is not known, so nothing is missing in it.
    return {
      program: { statements: [], broken: [{ kind: 'loss', names: [], span: { start: 0, end: 0 } }] },
      diagnostics,
      source,
    }
  }
  return { program: programOf(source, diagnostics), diagnostics, source }
}

function programOf({ text }: Source, diagnostics: Diagnostics): Program {
  const specials = declaredSpecials(text)
  const lookAlikes = new LookAlikes(text, diagnostics)
  const broken: Broken[] = []
  const blocks = new Blocks(text, broken, diagnostics)
  let count = 0
  for (const raw of statements(text, diagnostics)) {
    if (diagnostics.full) break
    if (++count > STATEMENTS) {
      report(diagnostics, 'over-limit', raw.span, { what: 'The number of statements is', limit: STATEMENTS })
      break
    }
    const statement = { ...raw, tokens: respell(raw.tokens, specials) }
    lookAlikes.see(statement.tokens)
    const built = raw.spoilt ? undefined : parseStatement(statement, text, diagnostics)
    if (built === undefined) {
      const [first] = statement.tokens
      broken.push({
        kind: first!.text,
        names: declaredNames(statement).map((token) => token.text),
        span: raw.span,
      })
      if (raw.tokens.at(-2)!.text === '{') blocks.openBroken(raw)
      // `}` alone always parses; a broken statement never closes a block.
    } else if (built.kind === 'close') blocks.close(built.span)
    else if (built.kind === 'for') blocks.open(built, raw)
    else if (built.kind === 'fnHead') blocks.open(built.fn, raw)
    else if (built.kind === 'layerHead') blocks.open(built.layer, raw)
    else if (built.kind === 'equations')
      for (const equation of built.equations) blocks.add(withDocs(equation, raw.docs), raw)
    else if (built.kind === 'data' || built.kind === 'instances') {
      const kind = built.kind === 'data' ? built.of : 'instance'
      // Where it cannot stand it is the place of it that is wrong, whatever else is.
      const held = blocks.takes(kind) ? diagnostics : new Diagnostics()
      const { statement, leftOut } =
        built.kind === 'data' ? dataStatement(built, held) : instanceStatement(built, held)
      if (leftOut.length > 0) broken.push({ kind: statement.kind, names: leftOut, span: statement.span })
      if (statement.declarations.length > 0 || !blocks.takes(kind))
        blocks.add(withDocs(statement, raw.docs), raw, held)
    } else blocks.add(withDocs(built, raw.docs), raw)
  }
  return { statements: blocks.finish(), broken }
}

// ---- One statement

const compiled = nearley.Grammar.fromCompiled(grammar)

/** The part of nearley's column that says what may come next. */
interface Column {
  readonly scannable: readonly {
    readonly rule: { readonly symbols: readonly unknown[] }
    readonly dot: number
  }[]
}

class StatementParser extends nearley.Parser {
  /** nearley's own report walks the whole table and is never shown. */
  reportError(): string {
    return 'syntax error'
  }

  expected(): Terminal[] {
    const { table, current } = this as unknown as { table: readonly Column[]; current: number }
    return table[current]!.scannable.map(({ rule, dot }) => rule.symbols[dot] as Terminal)
  }
}

/** Hands tokens that are made already to nearley. */
class TokenLexer {
  #tokens: readonly Token[] = []
  #at = 0

  feed(tokens: readonly Token[]): void {
    this.#tokens = tokens
    this.#at = 0
  }
  reset(): void {}
  next(): Token | undefined {
    return this.#tokens[this.#at++]
  }
  save(): undefined {
    return undefined
  }
  formatError(): string {
    return ''
  }
  /** The token that was handed out last. */
  get last(): Token {
    return this.#tokens[this.#at - 1]!
  }
  get beforeLast(): Token | undefined {
    return this.#tokens[this.#at - 2]
  }
}

const lexer = new TokenLexer()

function parseStatement(statement: RawStatement, text: string, diagnostics: Diagnostics): Built | undefined {
  lexer.feed(statement.tokens)
  const parser = new StatementParser(compiled, { lexer: lexer as unknown as nearley.Lexer })
  try {
    parser.feed('')
  } catch (error) {
    if (error instanceof TooManyIndices) {
      report(diagnostics, 'over-limit', error.span, { what: 'The number of indices is', limit: INDICES })
      return undefined
    }
    // A token that nothing expects is all that nearley throws for; anything else is a mistake of ours.
    if (!(error instanceof Error && 'token' in error && error.token === lexer.last)) throw error
    reportSyntax(parser.expected(), statement, text, diagnostics)
    return undefined
  }
  assert(parser.results.length === 1, `a statement has ${parser.results.length} parses`)
  return parser.results[0] as Built
}

function reportSyntax(
  terminals: readonly Terminal[],
  { open, tokens }: RawStatement,
  text: string,
  diagnostics: Diagnostics,
) {
  const { last: token, beforeLast: before } = lexer
  if (open && token.type === 'end') {
    report(diagnostics, 'unclosed-bracket', open, {
      bracket: open.text,
      close: open.text === '(' ? ')' : ']',
    })
    return
  }
  // An error at a line break stands right behind what was written, not on the next line.
  const end = before && token.type === 'end' ? { start: before.end, end: before.end } : token
  report(
    diagnostics,
    'syntax',
    { start: end.start, end: end.end },
    {
      expected: describeExpected(terminals),
      found: describeFound(token, text),
      ...(before ? { after: text.slice(before.start, before.end) } : {}),
      hint: hintFor(token, before, tokens, terminals),
    },
  )
}

function hintFor(
  token: Token,
  before: Token | undefined,
  tokens: readonly Token[],
  terminals: readonly Terminal[],
): string | undefined {
  const slip = wordSlip(...around(token, tokens))
  if (slip !== undefined) return slip
  if (before === undefined) {
    const infix = ['+', '-', '*', '/', '@', '^'].includes(token.text)
    return infix ? 'to go on with the line above, end that line with the operator' : undefined
  }
  if (before === tokens[0] && before.type === 'name' && token.type === 'name') {
    const keyword = nearest(before.text, KEYWORDS)
    return keyword && `did you mean \`${keyword}\`?`
  }
  if (tokens[0]!.type === 'claim' && tokens.some(({ text }) => text === '=='))
    return 'a claim is written with a single ='
  const afterOperand = terminals.some(({ literal }) => literal === '+')
  const operand = token.type === 'name' || token.type === 'number' || token.text === '('
  return afterOperand && operand ? 'a product needs its * (elementwise) or @ (of matrices)' : undefined
}

/** So many words before an error and after it tell what was meant. */
const WINDOW = { before: 60, after: 12, letters: 40 }

function around(
  token: Token,
  tokens: readonly Token[],
): [before: readonly string[], after: readonly string[]] {
  const at = tokens.findIndex(({ start, end }) => start === token.start && end === token.end)
  const from = Math.max(0, at - WINDOW.before)
  const texts = (some: readonly Token[]): string[] => some.map(({ text }) => text.slice(0, WINDOW.letters))
  return [
    [...(from > 0 ? ['…'] : []), ...texts(tokens.slice(from, at))],
    texts(tokens.slice(at, at + WINDOW.after)),
  ]
}
