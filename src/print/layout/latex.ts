import { BINDING, type Layout, type Script } from './layout.ts'
import { LATEX_LETTERS } from './glyphs.ts'
import { numeral } from './numerals.ts'

const SIGNS: Readonly<Record<string, string>> = {
  '+': '+',
  '−': '-',
  '·': '\\cdot',
  '⊙': '\\odot',
  '=': '=',
  ',': ',',
  '<': '<',
  '≤': '\\le',
  '>': '>',
  '≥': '\\ge',
  '≠': '\\ne',
  ':': ':',
  '→': '\\to',
  '×': '\\times',
  '⋅': '\\cdot',
}

/** The formula in LaTeX, for math mode; nothing in it depends on packages beyond amsmath. */
export function toLatex(l: Layout): string {
  switch (l.kind) {
    case 'letter':
      return l.style === 'word'
        ? word(l.text)
        : (LATEX_LETTERS.get(l.text) ?? (/^[A-Za-z]$/.test(l.text) ? l.text : word(l.text)))
    case 'number': {
      const { top, bottom, exponent } = numeral(l.value)
      if (bottom !== undefined)
        return top.length + bottom.length <= 4 ? `\\tfrac{${top}}{${bottom}}` : `\\frac{${top}}{${bottom}}`
      if (exponent === undefined) return top
      return top === '1' ? `10^{${exponent}}` : `${top} \\cdot 10^{${exponent}}`
    }
    case 'function':
      return l.latex
    case 'operator':
      return SIGNS[l.sign]!
    case 'accent':
      return `\\${l.accent}{${toLatex(l.body)}}`
    case 'script':
      return scriptLatex(l)
    case 'row':
      return rowLatex(l.items)
    case 'fraction':
      return `\\frac{${toLatex(l.top)}}{${toLatex(l.bottom)}}`
    case 'derivative':
      return `\\frac{\\partial${l.order > 1 ? `^{${l.order}}` : ''} ${tight(l.of)}}{${l.by.map((b) => `\\partial ${tight(b)}`).join(' ')}}`
    case 'root':
      return `\\sqrt{${toLatex(l.body)}}`
    case 'fence':
      return l.flat ? toLatex(l.body) : fenced(l.open, l.body)
    case 'call':
      return `${toLatex(l.callee)}${bracketed('(', ')', l.args.map(toLatex).join(', '), l.args.some(isTall))}`
    case 'big':
      return `\\sum_{${toLatex(l.under)}}${l.over ? `^{${toLatex(l.over)}}` : ''} ${toLatex(l.body)}`
    case 'brace':
      return `\\underbrace{${toLatex(l.body)}}_{${toLatex(l.under)}}`
    case 'table':
      return `\\begin{pmatrix} ${l.rows.map((cells) => cells.map(toLatex).join(' & ')).join(' \\\\ ')} \\end{pmatrix}`
    case 'cases':
      return `\\begin{cases} ${l.rows.map((r) => `${toLatex(r.value)} & ${r.condition ? `\\text{${l.words.if} } ${toLatex(r.condition)}` : `\\text{${l.words.otherwise}}`}`).join(' \\\\ ')} \\end{cases}`
  }
}

const tight = (l: Layout): string => (l.level < BINDING.power ? fenced('(', l) : toLatex(l))

const CLOSING: Readonly<Record<string, readonly [string, string]>> = {
  '(': ['(', ')'],
  '[': ['[', ']'],
  '|': ['\\lvert', '\\rvert'],
  '‖': ['\\lVert', '\\rVert'],
}

function fenced(open: string, body: Layout): string {
  const [left, right] = CLOSING[open]!
  return bracketed(left, right, toLatex(body), isTall(body))
}

function bracketed(left: string, right: string, inner: string, tall: boolean): string {
  const space = left.startsWith('\\') ? ' ' : ''
  return tall ? `\\left${left} ${inner} \\right${right}` : `${left}${space}${inner}${space}${right}`
}

/** Whether brackets around it must grow. */
function isTall(l: Layout): boolean {
  switch (l.kind) {
    case 'fraction':
    case 'big':
    case 'cases':
    case 'table':
    case 'derivative':
      return true
    case 'row':
      return l.items.some(isTall)
    case 'call':
      return l.args.some(isTall)
    case 'fence':
    case 'root':
      return isTall(l.body)
    case 'script':
      return isTall(l.base)
    default:
      return false
  }
}

function scriptLatex(l: Script): string {
  // Two scripts on one letter are one script to TeX: braces keep them apart.
  const base = l.base.kind === 'script' ? `{${toLatex(l.base)}}` : toLatex(l.base)
  const sub = l.sub ? `_${group(toLatex(l.sub))}` : ''
  if (!l.sup) return base + sub
  const sup = toLatex(l.sup)
  return (
    base + sub + (/^(\\prime *)+$/.test(sup) ? "'".repeat(sup.split('\\prime').length - 1) : `^${group(sup)}`)
  )
}

const group = (text: string): string => (/^[A-Za-z0-9]$/.test(text) ? text : `{${text}}`)

function rowLatex(items: readonly Layout[]): string {
  // Joined and not added: an added text keeps all its parts alive.
  return items
    .map((item, i) => {
      const own = toLatex(item)
      const before = items[i - 1]
      if (item.kind === 'operator') return item.prefix ? own : item.sign === ',' ? ', ' : ` ${own} `
      return before && before.kind !== 'operator' ? ` ${own}` : own
    })
    .join('')
}

// ——— names, the only text that a user can put into a formula

const SPECIAL: Readonly<Record<string, string>> = {
  _: '\\_',
  '#': '\\#',
  $: '\\$',
  '%': '\\%',
  '&': '\\&',
  '{': '\\{',
  '}': '\\}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '\\': '\\textbackslash{}',
}

/** Scripts whose letters TeX systems and KaTeX set as text: Latin, Cyrillic, Armenian, Devanagari, Georgian, CJK, Hangul. */
const SETTABLE =
  /^[\u00c0-\u024f\u0400-\u04ff\u0531-\u0587\u0904-\u0939\u10a0-\u10ff\u3040-\u30ff\u4e00-\u9faf\uac00-\ud7af]$/u

/** A name of several letters, upright; what no font has is written as its code point. */
function word(text: string): string {
  if (/^[A-Za-z0-9_]+$/.test(text)) return `\\mathrm{${text.replaceAll('_', '\\_')}}`
  let out = ''
  let run = ''
  const flush = (): void => {
    if (run !== '') out += `\\text{${run}}`
    run = ''
  }
  for (const c of text.normalize('NFC')) {
    const command = LATEX_LETTERS.get(c)
    if (command) {
      flush()
      out += `{${command}}`
    } else if (/[A-Za-z0-9 ]/.test(c) || (SETTABLE.test(c) && /\p{L}/u.test(c))) run += c
    else run += SPECIAL[c] ?? `u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`
  }
  flush()
  return out === ''
    ? '\\text{}'
    : out.startsWith('\\text{') && out.indexOf('}') === out.length - 1
      ? out
      : `{${out}}`
}
