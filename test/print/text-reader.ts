/**
 * Reads formulas back from what is printed, characters alone: an independent reader on top of mathjs. LaTeX is put into
 * the notation of the text first. Vectors are columns, or rows where the program writes rows.
 */
import { type Matrix, create, all } from 'mathjs'

const math = create(all!)

export type Scope = ReadonlyMap<string, number | Matrix>

const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  σ: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  log: Math.log,
  exp: Math.exp,
}

/** A name: a letter with its accent, an index below, an index above in brackets; or δ with a name below. */
const NAME = /^(?:\p{L}\p{M}*(?:_(?:\p{L}\p{M}*[₀-₉]*))?[₀-₉]*(?:⁽[^⁾]*⁾)?)/u
const TOKEN = /^(?:\d+(?:\.\d+)?|½|ᵀ|[²³]|_F|‖|\s+|[()+−·⊙/=])/u
const SIGNS: Readonly<Record<string, string>> = {
  '−': '-',
  '·': '*',
  '⊙': '.*',
  '/': './',
  ᵀ: "'",
  '²': '.^2',
  '³': '.^3',
  '½': '0.5',
}

/** The value of a formula. */
export function read(text: string, scope: Scope): number | Matrix {
  return math.evaluate(translated(wholeSums(text), scope), environment(scope)) as number | Matrix
}

/** Σᵢ of entries, to the end of a formula, as 𝟏ᵀ of whole vectors: entry by entry their product is ⊙. */
const wholeSums = (text: string): string =>
  text.replace(
    /Σᵢ (\(.*\))$/,
    (_, body: string) =>
      `total${body
        .replaceAll(/\((\p{L}[₀-₉]*)\)ᵢ/gu, '$1')
        .replaceAll('ᵢ', '')
        .replaceAll('·', '⊙')}`,
  )

const id = (name: string): string => `v${[...name].map((c) => c.codePointAt(0)!.toString(36)).join('_')}`

function environment(scope: Scope): Record<string, unknown> {
  const values = Object.fromEntries([...scope].map(([name, value]) => [id(name), value]))
  const functions = Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, f]) => [
      id(name),
      (x: number | Matrix) => (typeof x === 'number' ? f(x) : math.map(x, f as never)),
    ]),
  )
  const softmax = (x: Matrix): unknown => {
    const e = math.map(x, Math.exp as never)
    return math.divide(e, math.sum(e) as number)
  }
  const size = (x: number | Matrix): number =>
    math.norm(math.flatten(math.matrix([x] as never)) as never) as number
  return {
    ...values,
    ...functions,
    [id('softmax')]: softmax,
    [id('total')]: (x: Matrix) => math.sum(x) as number,
    size,
  }
}

function translated(text: string, scope: Scope): string {
  const words = [...Object.keys(FUNCTIONS), 'softmax', 'total']
  let rest = text.trim()
  let out = ''
  // Whether something ends here that a factor beside it multiplies.
  let value = false
  let isFunction = false
  let open = false
  const times = (): void => void (value && !isFunction && (out += ' * '))
  while (rest !== '') {
    const word = words.find((w) => rest.startsWith(w) && !/^[₀-₉_]/.test(rest.slice(w.length)))
    const name =
      word ?? [...scope.keys()].filter((n) => rest.startsWith(n)).sort((a, b) => b.length - a.length)[0]
    const token = name ?? TOKEN.exec(rest)?.[0]
    if (token === undefined)
      throw new Error(`cannot read on at ${rest} of ${text} (${NAME.exec(rest)?.[0]} is unknown)`)
    rest = rest.slice(token.length)
    if (name !== undefined) {
      times()
      out += id(name)
      value = true
      isFunction = word !== undefined
    } else if (token === '(') {
      times()
      out += '('
      value = isFunction = false
    } else if (token === '‖') {
      if (!open) times()
      out += open ? ')' : 'size('
      value = open
      open = !open
      isFunction = false
    } else if (token === ')') {
      out += ')'
      value = true
    } else if (/^(?:\d|½)/.test(token)) {
      times()
      out += SIGNS[token] ?? token
      value = true
    } else if (/^[ᵀ²³]$/.test(token)) out += SIGNS[token]
    else if (token.trim() !== '' && token !== '_F') {
      out += ` ${SIGNS[token] ?? token} `
      value = isFunction = false
    }
  }
  return out
}

// ——— LaTeX

const COMMANDS: Readonly<Record<string, string>> = {
  cdot: '·',
  odot: '⊙',
  top: 'ᵀ',
  lVert: '‖',
  rVert: '‖',
  sigma: 'σ',
  delta: 'δ',
  lambda: 'λ',
  partial: '∂',
  sum: 'Σ',
  tanh: 'tanh',
  log: 'log',
  left: '',
  right: '',
}
const BELOW = '₀₁₂₃₄₅₆₇₈₉'
const ABOVE: Readonly<Record<string, string>> = { '2': '²', '3': '³', ᵀ: 'ᵀ' }

/** LaTeX in the notation of the text: \frac{a}{b} is (a)/(b), w_{11}^{(2)} is w₁₁⁽²⁾. */
export function fromLatex(latex: string): string {
  let at = 0
  const group = (): string => {
    if (latex[at] === ' ') at++
    if (latex[at] === '\\') return command()
    if (latex[at] !== '{') return latex[at++]!
    at++
    let inner = ''
    while (latex[at] !== '}') inner += piece()
    at++
    return inner
  }
  const command = (): string => {
    const name = /^\\([a-zA-Z]+)/.exec(latex.slice(at))?.[1]
    if (name === undefined) throw new Error(`cannot read ${latex.slice(at)}`)
    at += name.length + 1
    if (name === 'frac' || name === 'tfrac') {
      const [top, bottom] = [group(), group()]
      return top.startsWith('∂') ? `${top}/${bottom}` : `((${top})/(${bottom}))`
    }
    if (name === 'hat') return `${group()}\u0302`.normalize('NFC')
    if (name === 'operatorname' || name === 'mathrm') return group()
    const text = COMMANDS[name]
    if (text === undefined) throw new Error(`\\${name} is unknown`)
    if (latex[at] === ' ' && !/[a-z]/.test(text)) at++
    return text
  }
  const piece = (): string => {
    const c = latex[at]!
    if (c === '\\') return command()
    if (c === '{') return group()
    at++
    if (c === '_') {
      const below = group()
      if (below === 'i') return 'ᵢ'
      if (/^\d+$/.test(below)) return [...below].map((d) => BELOW[Number(d)]).join('')
      return [...below].length > 1 ? `_{${below.replaceAll(' ', '')}}` : `_${below}`
    }
    if (c === '^') {
      const above = group()
      const member = /^\((\d+)\) *(.*)$/.exec(above)
      if (!member) return ABOVE[above] ?? `^${above}`
      const digits = [...member[1]!].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(d)]).join('')
      return `⁽${digits}⁾${ABOVE[member[2]!] ?? member[2]!}`
    }
    return c === '-' ? '−' : c
  }
  let out = ''
  while (at < latex.length) out += piece()
  // A subscript stands before what is raised, in whatever order it is written.
  return out.replaceAll('  ', ' ')
}
