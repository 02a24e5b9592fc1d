import { BINDING, type Layout, type Script, type Table } from './layout.ts'
import { ACCENTS, RAISED_INDICES, SUBSCRIPTS, SUPERSCRIPTS, VULGAR } from './glyphs.ts'
import { numeral } from './numerals.ts'

/** The formula on one line of Unicode. */
export function toText(l: Layout): string {
  switch (l.kind) {
    case 'letter':
      return l.text === '⊤' ? 'ᵀ' : l.text
    case 'number':
      return numberText(l)
    case 'function':
      return l.text
    case 'operator':
      // A dot with room around it is the same dot.
      return l.sign === '⋅' ? '·' : l.sign
    case 'accent':
      return (toText(l.body) + ACCENTS.find((a) => a.name === l.accent)!.mark).normalize('NFC')
    case 'script':
      return scriptText(l)
    case 'row':
      return rowText(l.items)
    case 'fraction':
      return flatFraction(l.top, l.bottom)
    case 'derivative':
      return `∂${l.order > 1 ? supText(String(l.order)) : ''}${under(l.of, BINDING.postfix)}/${l.by.map((b) => `∂${under(b, BINDING.power)}`).join('')}`
    case 'root':
      return `√${under(l.body, BINDING.atom)}`
    case 'fence':
      return fenced(l.open, l.flat && isGlyph(l.body) ? undefined : toText(l.body), l.body)
    case 'call':
      return `${toText(l.callee)}(${l.args.map(toText).join(', ')})`
    case 'big':
      return l.over
        ? `Σ[${toText(l.under)}..${toText(l.over)}] ${toText(l.body)}`
        : `Σ${subText(l.under, isPlain(l.under) ? '' : ',')} ${toText(l.body)}`
    case 'brace':
      return toText(l.body)
    case 'table':
      return tableText(l.rows)
    case 'cases':
      return `{${l.rows.map((r) => `${toText(r.value)} ${r.condition ? `${l.words.if} ${toText(r.condition)}` : l.words.otherwise}`).join('; ')}}`
  }
}

/** ((a, b), (c, d)); blocks below one another are (u; v). */
const tableText = (rows: Table['rows']): string =>
  rows.length === 1 || rows.every((cells) => cells.length === 1)
    ? `(${rows
        .flat()
        .map(toText)
        .join(rows.length === 1 ? ', ' : '; ')})`
    : `(${rows.map((cells) => `(${cells.map(toText).join(', ')})`).join(', ')})`

/** Letters alone stand side by side. */
const isPlain = (under: Layout): boolean =>
  under.kind !== 'row' ||
  under.items.every((i) => i.kind === 'letter' || (i.kind === 'operator' && i.sign === ','))

/** ½ stands as close as a digit does. */
const isGlyph = (l: Layout): boolean => l.kind === 'number' && /^.$/u.test(numberText(l))

function fenced(open: string, inner: string | undefined, body: Layout): string {
  if (inner === undefined) return toText(body)
  return open === '(' ? `(${inner})` : open === '[' ? `[${inner}]` : `${open}${inner}${open}`
}

const under = (l: Layout, context: number): string => (l.level < context ? `(${toText(l)})` : toText(l))

function numberText(l: Layout & { kind: 'number' }): string {
  const { top, bottom, exponent } = numeral(l.value)
  if (bottom !== undefined) return VULGAR.get(`${top}/${bottom}`) ?? `${top}/${bottom}`
  if (exponent === undefined) return top
  const ten = `10${supText(String(exponent).replace('-', '−'))}`
  return top === '1' ? ten : `${top}·${ten}`
}

function flatFraction(top: Layout, bottom: Layout): string {
  // a·b/c is (a·b)/c; what stands below has nothing but the slash to hold it together.
  return `${under(top, BINDING.dot)}/${under(bottom, BINDING.power)}`
}

/** Superscript characters where all exist; a transpose has one, whatever it is of. */
function supText(text: string): string {
  const chars = [...text.replaceAll('ᵀ', '⊤')]
  if (/^∘.$/u.test(text)) return `^${text}`
  const raised = /^\(.*\)$/u.test(text) ? RAISED_INDICES : SUPERSCRIPTS
  if (chars.every((c) => raised.has(c))) return chars.map((c) => raised.get(c)!).join('')
  if (chars.at(-1) === '⊤') return `${supText(chars.slice(0, -1).join(''))}ᵀ`
  return chars.length === 1 ? `^${text}` : `^(${text})`
}

function subText(l: Layout, comma = ','): string {
  const text = toText(l).replaceAll(', ', comma)
  const chars = [...text]
  if (chars.every((c) => SUBSCRIPTS.has(c))) return chars.map((c) => SUBSCRIPTS.get(c)!).join('')
  // A name with its own digits, δ_z₁, needs no braces either.
  return chars.length === 1 || /^\p{L}\p{M}*[₀-₉]*$/u.test(text) ? `_${text}` : `_{${text}}`
}

function scriptText(l: Script): string {
  const sup = l.sup ? supText(scriptRow(l.sup)) : ''
  return toText(l.base) + (l.sub ? subText(l.sub) : '') + sup
}

/** Scripts are set without spaces. */
const scriptRow = (l: Layout): string => toText(l).replaceAll(' ', '')

const SPACED = new Set(['+', '−', '⊙', '=', '<', '≤', '>', '≥', '≠', '→', '⋅'])

function rowText(items: readonly Layout[]): string {
  let last = ''
  return items
    .map((item, i) => {
      const before = items[i - 1]
      const left = last
      const own = (last = toText(item))
      if (item.kind === 'operator')
        return item.prefix || !SPACED.has(item.sign) ? (item.sign === ',' ? ', ' : own) : ` ${own} `
      const apart = item.kind === 'big' && before?.kind === 'fraction'
      return apart || (before && before.kind !== 'operator' && runsTogether(left, own)) ? ` ${own}` : own
    })
    .join('')
}

/** Whether two things side by side would read as one word, or as a call. */
function runsTogether(left: string, right: string): boolean {
  if (/(\p{Lu}|\p{Ll}|\p{Lo}){2}$/u.test(left) || /_(\{.*\}|.)[₀-₉]*$/u.test(left)) return true
  return /^(\p{Lu}|\p{Ll}|\p{Lo}){2}/u.test(right)
}
