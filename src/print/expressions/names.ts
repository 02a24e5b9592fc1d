import { rational } from '../../base/rational.ts'
import { pathOf } from '../../graph/member.ts'
import { ACCENTS, FROM_SUBSCRIPT, FROM_SUPERSCRIPT, GREEK } from '../layout/glyphs.ts'
import {
  type AccentName,
  type Layout,
  BINDING,
  accent,
  fence,
  indexedName,
  letter,
  list,
  number,
  row,
  script,
  sign,
} from '../layout/layout.ts'
import { toText } from '../layout/text.ts'

/** An identifier taken apart: yhat₁ is y with a hat and the index 1. */
export interface NameParts {
  readonly stem: Layout
  readonly sub: Layout | undefined
  readonly sup: Layout | undefined
  /** The index alone, if it has one: what its error term is called after. */
  readonly index: { readonly sub: Layout | undefined; readonly sup: Layout | undefined } | undefined
}

export function takeApart(name: string): NameParts {
  const member = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name)
  // A parameter of an instance is known by the letter that its layer has for it, with the instance below.
  const path = pathOf(name)
  const own = indexed(path.at(-1)!)
  const { stem, sup } = own
  const owners = path.slice(0, -1).map(ownerText)
  const subs = [...(own.sub ? [own.sub] : []), ...owners]
  const sub = subs.length > 1 ? list(subs) : subs[0]
  const family = member ? fence('(', list(member[2]!.split(',').map(indexText))) : undefined
  const above = family && sup ? row([sup, family], BINDING.atom) : (family ?? sup)
  return { stem, sub, sup: above, index: sub || above ? { sub, sup: above } : undefined }
}

/** An instance in a subscript: in upright letters where it is a word. */
const ownerText = (owner: string): Layout => {
  const { stem, sub, sup } = indexed(owner)
  return sub || sup ? letter(owner, 'word') : stem
}

/** The index of a member of a family: 3, l, l+1. */
export function indexText(text: string): Layout {
  const parts = text
    .trim()
    .split(/([+-])/)
    .filter((p) => p !== '')
  return row(
    parts.map((p, i) => (p === '+' ? sign('+') : p === '-' ? sign('−', i === 0) : piece(p))),
    BINDING.sum,
  )
}

function indexed(name: string): { stem: Layout; sub: Layout | undefined; sup: Layout | undefined } {
  const raised = /^(.+?)([⁰¹²³⁴-⁹]+)$/u.exec(name)
  const sup = raised
    ? number(rational([...raised[2]!].map((c) => FROM_SUPERSCRIPT.get(c)!).join('')))
    : undefined
  const plain = [...(raised ? raised[1]! : name)].map((c) => FROM_SUBSCRIPT.get(c) ?? c).join('')
  // Underscores that join nothing are part of the name.
  if (/^_|_$|__/.test(plain)) return { stem: letter(name, 'word'), sub: undefined, sup: undefined }
  const parts = plain.split('_')
  const match = /^(.*?\P{Nd})(\p{Nd}+)$/u.exec(parts[0]!)
  const head = match ? match[1]! : parts[0]!
  const subs = [...(match ? [match[2]!] : []), ...parts.slice(1)].map(piece)
  return { stem: stemLayout(head), sub: subs.length > 0 ? list(subs) : undefined, sup }
}

/** A part of a subscript: a number, a letter, a word, a name with its own digits. */
function piece(text: string): Layout {
  if (/^[0-9]+$/.test(text)) return number(rational(text))
  const { stem, sub } = /^[0-9]/.test(text) ? { stem: letter(text, 'word'), sub: undefined } : indexed(text)
  return sub ? script(stem, sub, undefined) : stem
}

/** One letter with its accents, or a word. */
function stemLayout(head: string): Layout {
  const single = oneLetter(head)
  if (single) return single
  for (const { name, suffix } of ACCENTS) {
    if (!suffix) continue
    const body =
      head.length > name.length && head.endsWith(name) ? oneLetter(head.slice(0, -name.length)) : undefined
    if (body) return accent(name, body)
  }
  return letter(head, 'word')
}

function oneLetter(text: string): Layout | undefined {
  const greek = GREEK.get(text)
  if (greek) return letter(greek)
  const [first, ...marks] = [...text.normalize('NFD')]
  if (first === undefined || !/\p{L}/u.test(first)) return undefined
  if (marks.length === 0) return letter(text.normalize('NFC'))
  const names = marks.map((mark) => ACCENTS.find((a) => a.mark === mark)?.name)
  if (names.includes(undefined))
    return [...text.normalize('NFC')].length === 1 ? letter(text.normalize('NFC')) : undefined
  return (names as AccentName[]).reduce((body, name) => accent(name, body), letter(first))
}

function layoutOf(name: string): Layout {
  const { stem, sub, sup } = takeApart(name)
  return sub || sup ? indexedName(stem, sub, sup) : stem
}

/** The names of one program: each looks different from every other, however it is spelled. */
export class Names {
  readonly #layouts = new Map<string, Layout>()
  readonly #taken = new Map<string, string>()

  readonly #called: (name: string) => string

  /** @param called what the program calls a value, where that differs */
  constructor(names: Iterable<string> = [], called: (name: string) => string = (name) => name) {
    this.#called = called
    // A name that looks as it is spelled keeps its look; others give way.
    const all = [...names]
    for (const name of all) if (toText(layoutOf(called(name))) === name) this.of(name)
    for (const name of all) this.of(name)
  }

  of(name: string): Layout {
    const known = this.#layouts.get(name)
    if (known) return known
    let layout = layoutOf(this.#called(name))
    // w1, w_1 and w₁ would all be w₁: the second is written as it is spelled.
    if (!this.take(layout, name)) layout = letter(name, 'word')
    this.#taken.set(toText(layout), name)
    this.#layouts.set(name, layout)
    return layout
  }

  /** Whether nothing is called or looks like that. */
  isFree(name: string): boolean {
    return !this.#layouts.has(name) && !this.#taken.has(toText(layoutOf(name)))
  }

  /** Reserves a notation for an owner; false if another one has it. */
  take(layout: Layout, owner: string): boolean {
    const key = toText(layout)
    const other = this.#taken.get(key)
    if (other !== undefined && other !== owner) return false
    this.#taken.set(key, owner)
    return true
  }

  /** Letters for indices that no name of the program is. */
  indices(): Layout[] {
    return [...'ijklmnpqrstuvabcdefgh'].map((c) => letter(c)).filter((l) => !this.#taken.has(toText(l)))
  }
}
