import { LEVEL } from '../../base/notation.ts'
import { ONE, type Rational } from '../../base/rational.ts'
import { numeral } from './numerals.ts'

/**
 * A tree of notation: what a formula looks like, in no format's words. LaTeX, text and other formats are made from it
 * and from nothing else. `level` is the binding strength of the outermost operator, `size` the number of leaves.
 */
export type Layout =
  | Letter
  | NumberLayout
  | FunctionName
  | OperatorSign
  | Accent
  | Script
  | Row
  | FractionLayout
  | Root
  | Fence
  | Call
  | Big
  | Cases
  | Table
  | Derivative
  | Brace

interface Common {
  readonly level: number
  readonly size: number
  /** How deep trees nest in it: printers recurse. */
  readonly depth: number
}

/** One letter in italics, several upright, or a bold symbol; `sample` is an index that runs over the samples of a batch, in italics; the text is Unicode and not yet quoted for any format. */
export interface Letter extends Common {
  readonly kind: 'letter'
  readonly text: string
  readonly style: 'italic' | 'word' | 'bold' | 'sample'
}
/** Not negative: signs are operators. */
export interface NumberLayout extends Common {
  readonly kind: 'number'
  readonly value: Rational
}
/** The name of a function of the operator table, which says itself how it is written. */
export interface FunctionName extends Common {
  readonly kind: 'function'
  readonly latex: string
  readonly text: string
}
export interface OperatorSign extends Common {
  readonly kind: 'operator'
  readonly sign: Sign
  readonly prefix: boolean
}
export interface Accent extends Common {
  readonly kind: 'accent'
  readonly accent: AccentName
  readonly body: Layout
}
export interface Script extends Common {
  readonly kind: 'script'
  readonly base: Layout
  readonly sub: Layout | undefined
  readonly sup: Layout | undefined
  /** A tensor that is said by its entries, [Σₖ …]ᵢⱼ: the letters below. */
  readonly entries?: readonly Layout[]
}
/** Things side by side; two that are no operators are multiplied or applied by standing so. */
export interface Row extends Common {
  readonly kind: 'row'
  readonly items: readonly Layout[]
}
export interface FractionLayout extends Common {
  readonly kind: 'fraction'
  readonly top: Layout
  readonly bottom: Layout
}
export interface Root extends Common {
  readonly kind: 'root'
  readonly body: Layout
}
/** Brackets. Those with `flat` are drawn only where a fraction is written on one line. */
export interface Fence extends Common {
  readonly kind: 'fence'
  readonly open: FenceName
  readonly body: Layout
  readonly flat: boolean
}
export interface Call extends Common {
  readonly kind: 'call'
  readonly callee: Layout
  readonly args: readonly Layout[]
}
/** Σ over indices, or over one from … to …. */
export interface Big extends Common {
  readonly kind: 'big'
  readonly under: Layout
  readonly over: Layout | undefined
  readonly body: Layout
}
/** The words before a condition, and for every other case. */
export interface CaseWords {
  readonly if: string
  readonly otherwise: string
}
/** Values with their conditions, the last one for every other case. */
export interface Cases extends Common {
  readonly kind: 'cases'
  readonly rows: readonly { readonly value: Layout; readonly condition: Layout | undefined }[]
  readonly words: CaseWords
}
/** A matrix by its entries or blocks, row by row; blocks below one another are rows of one. */
export interface Table extends Common {
  readonly kind: 'table'
  readonly rows: readonly (readonly Layout[])[]
}
/** ∂of/∂by, of higher order ∂²of/∂by₁∂by₂: `by` has what stands below the line, powers of one letter together. */
export interface Derivative extends Common {
  readonly kind: 'derivative'
  readonly of: Layout
  readonly by: readonly Layout[]
  readonly order: number
}

/** Something with a remark under it, such as its shape; in text it stands without. */
export interface Brace extends Common {
  readonly kind: 'brace'
  readonly body: Layout
  readonly under: Layout
}

export type Sign = '+' | '−' | '·' | '⊙' | '=' | ',' | '<' | '≤' | '>' | '≥' | '≠' | ':' | '→' | '×' | '⋅'
export type AccentName =
  'hat' | 'bar' | 'tilde' | 'dot' | 'ddot' | 'vec' | 'check' | 'breve' | 'acute' | 'grave'
export type FenceName = '(' | '[' | '|' | '‖'

/** The levels of base/notation, with those of products told apart: each may stand unbracketed in the looser ones. */
export const BINDING = {
  ...LEVEL,
  /** a ⊙ b */
  hadamard: LEVEL.product,
  /** ∂L/∂x: as a factor it is bracketed where it is written on one line */
  derivative: LEVEL.product + 0.1,
  /** a·b and fractions */
  dot: LEVEL.product + 0.25,
  /** W x: side by side */
  matrix: LEVEL.product + 0.5,
} as const

const measure = (parts: readonly (Layout | undefined)[]): { size: number; depth: number } => {
  let size = 0
  let depth = 0
  for (const p of parts) {
    if (!p) continue
    size += p.size
    if (p.depth > depth) depth = p.depth
  }
  return { size, depth: depth + 1 }
}
const LEAF = { size: 1, depth: 0 }

export const letter = (text: string, style: Letter['style'] = 'italic'): Layout => ({
  kind: 'letter',
  text,
  style,
  level: BINDING.atom,
  ...LEAF,
})
export function number(value: Rational): Layout {
  const { top, bottom, exponent } = numeral(value)
  const level =
    bottom !== undefined
      ? BINDING.dot
      : exponent === undefined
        ? BINDING.atom
        : top === '1'
          ? BINDING.power
          : BINDING.dot
  return { kind: 'number', value, level, ...LEAF }
}
export const functionName = (latex: string, text: string): Layout => ({
  kind: 'function',
  latex,
  text,
  level: BINDING.postfix,
  ...LEAF,
})
const operator = (s: Sign, prefix: boolean): Layout => ({
  kind: 'operator',
  sign: s,
  prefix,
  level: BINDING.atom,
  size: 0,
  depth: 0,
})
const signs = new Map<Sign, { readonly infix: Layout; readonly prefix: Layout }>()
/** A sign is one object wherever it stands: long formulas have many. */
export function sign(s: Sign, prefix = false): Layout {
  let both = signs.get(s)
  if (!both) signs.set(s, (both = { infix: operator(s, false), prefix: operator(s, true) }))
  return prefix ? both.prefix : both.infix
}
export const accent = (name: AccentName, body: Layout): Layout => ({
  kind: 'accent',
  accent: name,
  body,
  level: BINDING.atom,
  ...measure([body]),
})
export const row = (items: readonly Layout[], level: number): Layout =>
  items.length === 1 ? items[0]! : { kind: 'row', items, level, ...measure(items) }
export const fraction = (top: Layout, bottom: Layout): Layout => ({
  kind: 'fraction',
  top,
  bottom,
  level: BINDING.dot,
  ...measure([top, bottom]),
})
export const root = (body: Layout): Layout => ({
  kind: 'root',
  body,
  level: BINDING.atom,
  ...measure([body]),
})
export const fence = (open: FenceName, body: Layout, flat = false): Layout => ({
  kind: 'fence',
  open,
  body,
  flat,
  level: BINDING.atom,
  ...measure([body]),
})
export const call = (callee: Layout, args: readonly Layout[]): Layout => ({
  kind: 'call',
  callee,
  args,
  level: BINDING.postfix,
  ...measure([callee, ...args]),
})
export const big = (under: Layout, body: Layout, over?: Layout): Layout => ({
  kind: 'big',
  under,
  over,
  body: bracket(body, BINDING.hadamard),
  level: BINDING.hadamard,
  ...measure([under, over, body]),
})
export const brace = (body: Layout, under: Layout): Layout => ({
  kind: 'brace',
  body,
  under,
  level: body.level,
  ...measure([body, under]),
})
export const cases = (rows: Cases['rows'], words: CaseWords): Layout => ({
  kind: 'cases',
  rows,
  words,
  level: BINDING.comparison,
  ...measure(rows.flatMap((r) => [r.value, r.condition])),
})
export const table = (rows: Table['rows']): Layout => ({
  kind: 'table',
  rows,
  level: BINDING.atom,
  ...measure(rows.flat()),
})
/** The derivative of `of` by all of `by`, the last one taken first. */
export function derivative(of: Layout, ...by: readonly Layout[]): Layout {
  const runs: { layout: Layout; length: number }[] = []
  for (const layout of by) {
    const last = runs[runs.length - 1]
    if (last?.layout === layout) last.length++
    else runs.push({ layout, length: 1 })
  }
  const below = runs.map(({ layout, length }) =>
    length === 1 ? layout : script(layout, undefined, number(ONE.mul(length))),
  )
  return {
    kind: 'derivative',
    of,
    by: below,
    order: by.length,
    level: BINDING.derivative,
    ...measure([of, ...below]),
  }
}

/** What a layout is made of. */
export function partsOf(l: Layout): readonly Layout[] {
  switch (l.kind) {
    case 'letter':
    case 'number':
    case 'function':
    case 'operator':
      return []
    case 'accent':
    case 'root':
    case 'fence':
      return [l.body]
    case 'script':
      return [l.base, l.sub, l.sup].filter((part) => part !== undefined)
    case 'row':
      return l.items
    case 'fraction':
      return [l.top, l.bottom]
    case 'call':
      return [l.callee, ...l.args]
    case 'big':
      return l.over ? [l.under, l.over, l.body] : [l.under, l.body]
    case 'cases':
      return l.rows.flatMap((r) => (r.condition ? [r.value, r.condition] : [r.value]))
    case 'table':
      return l.rows.flat()
    case 'derivative':
      return [l.of, ...l.by]
    case 'brace':
      return [l.body, l.under]
  }
}

/** A tensor by its entries, [aᵢ + bⱼ]ᵢⱼ. */
export const byLetters = (body: Layout, letters: readonly Layout[]): Layout => ({
  ...(script(fence('[', body), row(letters, BINDING.atom), undefined) as Script),
  entries: letters,
})

/** Whether a tensor in it is said by its entries. */
export function saysEntries(l: Layout): boolean {
  const work = [l]
  for (let part = work.pop(); part; part = work.pop()) {
    if (part.kind === 'script' && part.entries) return true
    work.push(...partsOf(part))
  }
  return false
}

/** With brackets where the place asks for something that binds more tightly. */
export function bracket(l: Layout, context: number): Layout {
  if (l.level >= context) return l
  // A fraction's bar groups by itself: only where it is written on one line it needs them, and under a script.
  const stacked = l.kind === 'fraction' || l.kind === 'derivative' || l.kind === 'number'
  return fence('(', l, stacked && context <= BINDING.unary)
}

/** What a script can be set on; a script that is there already is joined where it can be. */
export function script(base: Layout, sub: Layout | undefined, sup: Layout | undefined): Layout {
  if (base.kind === 'script' && !(sub && base.sub) && !(sup && base.sup))
    return script(base.base, sub ?? base.sub, sup ?? base.sup)
  const inner =
    base.kind === 'script' || base.level < BINDING.postfix || base.kind === 'call' ? fence('(', base) : base
  return {
    kind: 'script',
    base: inner,
    sub,
    sup,
    level: sup ? BINDING.power : BINDING.atom,
    ...measure([inner, sub, sup]),
  }
}

/** A name with its indices: that of a member of a family stands above it and is no power. */
export const indexedName = (stem: Layout, sub: Layout | undefined, sup: Layout | undefined): Layout => {
  const whole = script(stem, sub, sup)
  const index = sup?.kind === 'row' ? sup.items.at(-1) : sup
  return index?.kind === 'fence' ? { ...whole, level: BINDING.atom } : whole
}

/** f(x)ᵢ: an entry of a value needs no brackets of its own. */
export const subOnCall = (base: Layout, sub: Layout): Layout => ({
  kind: 'script',
  base,
  sub,
  sup: undefined,
  level: BINDING.postfix,
  ...measure([base, sub]),
})

/** a, b, c */
export const list = (items: readonly Layout[]): Layout =>
  row(
    items.flatMap((item, i) => (i === 0 ? [item] : [sign(','), item])),
    BINDING.comparison,
  )

/** −x; its level is that of a sum, so that it is bracketed wherever a sum is. */
export const minus = (l: Layout): Layout =>
  row(
    [
      sign('−', true),
      ...(l.kind === 'row' && l.level > BINDING.sum ? l.items : [bracket(l, BINDING.hadamard)]),
    ],
    BINDING.sum,
  )

/** Whether it begins with a sign. */
export const isNegated = (l: Layout): boolean =>
  l.kind === 'row' && l.items[0]!.kind === 'operator' && l.items[0]!.prefix

const TRANSPOSED = letter('⊤', 'bold')
const isTransposed = (sup: Layout | undefined): boolean =>
  sup !== undefined &&
  (sup === TRANSPOSED || (sup.kind === 'row' && sup.items[sup.items.length - 1] === TRANSPOSED))

/** Aᵀ, and A of Aᵀ; a family's index stands before the sign: W⁽²⁾ᵀ. */
export function transposed(l: Layout): Layout {
  if (l.kind === 'script' && l.entries && !l.sup)
    return byLetters((l.base as Fence).body, [...l.entries].reverse())
  if (l.kind === 'script' && l.sup === TRANSPOSED)
    return l.sub ? script(l.base, l.sub, undefined) : unfenced(l.base)
  if (l.kind === 'script' && l.sup && isTransposed(l.sup) && l.sup.kind === 'row')
    return script(l.base, l.sub, row(l.sup.items.slice(0, -1), BINDING.atom))
  if (l.kind === 'script' && l.sup?.kind === 'fence')
    return { ...l, sup: row([l.sup, TRANSPOSED], BINDING.atom) }
  return { ...script(l, undefined, TRANSPOSED), level: BINDING.postfix }
}
const unfenced = (l: Layout): Layout => (l.kind === 'fence' && l.open === '(' ? l.body : l)
