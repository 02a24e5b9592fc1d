/** Text → tokens. Comments and blanks end here; what no token can hold is reported here. */
import moo from 'moo'
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { characterSlip } from '../base/slips.ts'
import { BIDI, codePoint, INVISIBLE, INVISIBLE_CLASS, NAME, TRANSPOSE } from './characters.ts'
import { NAME_LENGTH, NUMBER_DIGITS, NUMBER_EXPONENT } from './limits.ts'

/**
 * The grammar asks for a token by its type (`%name`) or by its text (`"+"`). The text is the normal spelling: `*` for
 * `⊙`, a name in NFC. `start` and `end` are offsets into the file as it came.
 */
export interface Token {
  readonly type: string
  readonly text: string
  readonly start: number
  readonly end: number
}

const RULES: moo.Rules = {
  blank: /[\t\p{Zs}]+/u,
  newline: { match: /\r\n|\r|\n/u, lineBreaks: true },
  doc: /\/\/\/(?!\/)[^\r\n]*/u,
  comment: /\/\/[^\r\n]*/u,
  block: { match: /\/\*[^]*?\*\//u, lineBreaks: true },
  unclosed: /\/\*[^\r\n]*/u,
  // Nowhere else is there a text in quotes.
  string: /(?<=\bfrom[\t ]*)(?:"[^"\r\n]*"|'[^'\r\n]*')/u,
  name: NAME,
  number: /(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|½/u,
  dots: /\.\.\.|…/u,
  range: /\.\./u,
  T: TRANSPOSE,
  dot: /\.(?=[\p{L}_])/u,
  superscriptT: /ᵀ/u,
  square: /[²³]/u,
  sigma: /∑/u,
  power: /\*\*|\^/u,
  compare: /<=|>=|==|!=|[<>≤≥≠]/u,
  mul: /[*/@·⋅⊙]/u,
  minus: /[-−]/u,
  punctuation: /[+()[\]{},:;=]/u,
  prime: /['′″‴]+(?=\()/u,
  invisible: new RegExp(`[${INVISIBLE_CLASS}]+`, 'u'),
  bad: { match: /[^]/u, lineBreaks: true },
}

const NORMAL: ReadonlyMap<string, string> = new Map([
  ['·', '*'],
  ['⋅', '*'],
  ['⊙', '*'],
  ['−', '-'],
  ['…', '...'],
  ['≤', '<='],
  ['≥', '>='],
  ['≠', '!='],
  ['∑', 'Σ'],
  ['½', '0.5'],
  ['**', '^'],
])

/** Two of these are one mistake. */
const PAIRED = /[|∥‖"'$]/u

const withBlocks = moo.compile(RULES)
// After the last `*/` no comment can be closed any more. Looking for its end at every `/*` would cost a scan to the end of
// the file each time, so that the rest is read by a lexer that does not look.
const { block: _, ...withoutBlock } = RULES
const withoutBlocks = moo.compile(withoutBlock)

/**
 * All tokens of a text, newlines and doc comments among them. After an error a token is left out or mended, and the
 * next ones follow: `onError` tells the caller that the statement at hand is spoilt.
 */
export function* tokenise(text: string, diagnostics: Diagnostics, onError: () => void): Generator<Token> {
  reportBidi(text, diagnostics)
  let split = text.lastIndexOf('*/') + 2
  if (split === 1) split = 0
  else while (split < text.length && text[split] !== '\n' && text[split] !== '\r') split++

  let held: Token | undefined // a number, held back until it is clear that no letter touches it
  let badEnd = -1
  const saidOnLine = new Set<string>()
  // Without layers nothing has parts with names.
  const hasFields = /\blayer\b/u.test(text)
  for (const raw of rawTokens(text, split)) {
    let token: Token | undefined = raw
    const { start, end } = raw
    const type = raw.type === 'dot' && !hasFields ? 'bad' : raw.type
    if (held) {
      const touches = start === held.end && (type === 'name' || type === 'number' || raw.text === '.')
      if (touches) {
        held = { type: 'number', text: '1', start: held.start, end }
        const wrong = text.slice(held.start, end)
        const product = /^(?!0[xXbBoO]\d)([0-9.]+|½)(\p{L}.*)$/u.exec(wrong)
        onError()
        report(diagnostics, 'bad-number', held, {
          text: wrong,
          ...(product ? { hint: `for a product write ${product[1]} * ${product[2]}` } : {}),
        })
        continue
      }
      yield held
      held = undefined
    }
    switch (type) {
      case 'blank':
      case 'comment':
        continue
      case 'newline':
        saidOnLine.clear()
        break
      case 'block':
        // A comment over several lines separates statements as its line breaks would.
        if (!/[\r\n]/.test(raw.text)) continue
        token = { type: 'newline', text: '\n', start, end }
        break
      case 'unclosed':
        report(diagnostics, 'unclosed-comment', { start, end: start + 2 })
        continue
      case 'name':
        token = name(raw, diagnostics, onError)
        break
      case 'number':
        held = number(raw, diagnostics, onError)
        continue
      case 'invisible':
        if (start === 0 && raw.text === '\ufeff') continue
        reportInvisible(raw, diagnostics, onError)
        continue
      case 'bad':
        onError()
        // A run of them is one mistake, and so are those of a line that have one way out.
        if (badEnd !== start && !diagnostics.full) {
          const hint = characterSlip(text.slice(start, start + 32))
          const mistake = PAIRED.test(raw.text) ? raw.text : (hint ?? String(start))
          if (!saidOnLine.has(mistake))
            report(diagnostics, 'bad-character', raw, { character: raw.text, hint })
          saidOnLine.add(mistake)
        }
        badEnd = end
        continue
      case 'power':
        if (end - start === 2) {
          onError()
          report(diagnostics, 'bad-character', raw, { character: '**', hint: 'a power is written a ^ b' })
        }
        break
    }
    yield token
  }
  if (held) yield held
}

function* rawTokens(text: string, split: number): Generator<Token> {
  for (const [compiled, from, to] of [
    [withBlocks, 0, split],
    [withoutBlocks, split, text.length],
  ] as const) {
    if (from === to) continue
    const lexer = (compiled as moo.Lexer & { clone(): moo.Lexer }).clone()
    lexer.reset(text.slice(from, to))
    for (let raw = lexer.next(); raw; raw = lexer.next()) {
      const start = from + raw.offset
      const spelt = raw.text
      const type = raw.type!
      yield {
        type: type === 'superscriptT' ? 'T' : type === 'sigma' ? 'name' : type,
        text: NORMAL.get(spelt) ?? spelt,
        start,
        end: start + spelt.length,
      }
    }
  }
}

function reportBidi(text: string, diagnostics: Diagnostics): void {
  for (const match of text.matchAll(BIDI)) {
    if (diagnostics.full) return
    report(
      diagnostics,
      'bidi-control',
      { start: match.index, end: match.index + 1 },
      { codePoint: codePoint(match[0]) },
    )
  }
}

function reportInvisible(raw: Token, diagnostics: Diagnostics, onError: () => void): void {
  for (const match of raw.text.matchAll(INVISIBLE)) {
    onError()
    if (match[0].match(BIDI) || diagnostics.full) continue // reported already, wherever they stand
    const start = raw.start + match.index
    report(
      diagnostics,
      'invisible-character',
      { start, end: start + match[0].length },
      { codePoint: codePoint(match[0]) },
    )
  }
}

const ASCII = /^[\x21-\x7e]*$/

function name(raw: Token, diagnostics: Diagnostics, onError: () => void): Token {
  let { text } = raw
  if (text.length > NAME_LENGTH) {
    onError()
    report(diagnostics, 'over-limit', raw, { what: 'This name is', limit: NAME_LENGTH })
    text = text.slice(0, NAME_LENGTH)
  }
  if (ASCII.test(text)) return text === raw.text ? raw : { ...raw, text }
  if (text.search(INVISIBLE) >= 0) {
    reportInvisible(raw, diagnostics, onError)
    text = text.replace(INVISIBLE, '')
  }
  text = text.normalize('NFC')
  return text === raw.text ? raw : { ...raw, text }
}

function number(raw: Token, diagnostics: Diagnostics, onError: () => void): Token {
  const [mantissa = '', exponent = '0'] = raw.text.toLowerCase().split('e')
  if (mantissa.length <= NUMBER_DIGITS && !(Math.abs(Number(exponent)) > NUMBER_EXPONENT)) return raw
  onError()
  if (mantissa.length > NUMBER_DIGITS) {
    report(diagnostics, 'over-limit', raw, { what: 'The digits of this number are', limit: NUMBER_DIGITS })
  } else {
    report(diagnostics, 'over-limit', raw, { what: 'The exponent of this number is', limit: NUMBER_EXPONENT })
  }
  return { ...raw, text: '1' }
}
