/**
 * Where lines break. A document says where they may (Wadler, "A prettier printer", 2003; here as prettier has it): a group stands on
 * one line where it fits, and else breaks at each of its own lines.
 */

export const WIDTH = 80
export const TAB = 2

/** What is printed; `breaks` where a line break in it is certain, so that no group around it stands on one line. */
export type Doc = string | readonly Doc[] | Group | Indented | Line | Choice | Filled | Block

interface Group {
  readonly kind: 'group'
  readonly contents: Doc
  readonly breaks: boolean
  /** Further ways to print it, from tight to loose, tried in turn. */
  readonly states?: readonly Doc[]
  /** What others name it by. */
  readonly id?: symbol
}
interface Indented {
  readonly kind: 'indent'
  readonly contents: Doc
  readonly breaks: boolean
  /** Only where this group is broken. */
  readonly where?: symbol
}
interface Line {
  readonly kind: 'line'
  /** Nothing where it is not broken, instead of a blank. */
  readonly soft: boolean
  readonly hard: boolean
  readonly breaks: boolean
}
interface Choice {
  readonly kind: 'choice'
  readonly broken: Doc
  readonly flat: Doc
  readonly breaks: boolean
  /** The group that decides it, instead of the one around it. */
  readonly where?: symbol
}
interface Filled {
  readonly kind: 'fill'
  /** What is printed and the lines between, in turn: each line breaks only where what follows it does not fit. */
  readonly parts: readonly Doc[]
  readonly breaks: boolean
}
/** Statements in braces, whose text is made once their place is known. */
interface Block {
  readonly kind: 'block'
  readonly print: (indent: number) => string
  readonly breaks: true
}

export const line: Line = { kind: 'line', soft: false, hard: false, breaks: false }
export const softline: Line = { kind: 'line', soft: true, hard: false, breaks: false }
export const hardline: Line = { kind: 'line', soft: false, hard: true, breaks: true }

/** Nothing; but what is around it breaks. */
export const broken: Choice = { kind: 'choice', broken: '', flat: '', breaks: true }

export const breaks = (doc: Doc): boolean =>
  typeof doc === 'string' ? false : Array.isArray(doc) ? doc.some(breaks) : (doc as Group).breaks

export const group = (contents: Doc, always = false, id?: symbol): Group => ({
  kind: 'group',
  contents,
  breaks: always || breaks(contents),
  ...(id && { id }),
})
export const indent = (contents: Doc): Indented => ({ kind: 'indent', contents, breaks: breaks(contents) })
export const indentWhere = (where: symbol, contents: Doc): Indented => ({ ...indent(contents), where })
export const choice = (broken: Doc, flat: Doc = '', where?: symbol): Choice => ({
  kind: 'choice',
  broken,
  flat,
  breaks: false,
  ...(where && { where }),
})
export const fill = (parts: readonly Doc[]): Filled => ({ kind: 'fill', parts, breaks: parts.some(breaks) })
export const block = (print: Block['print']): Block => ({ kind: 'block', print, breaks: true })

/** The first of these that fits; what is in them may break without breaking what is around them. */
export const firstFitting = (states: readonly Doc[]): Group => ({
  kind: 'group',
  contents: states[0]!,
  states,
  breaks: false,
})

export const separated = (docs: readonly Doc[], by: Doc): Doc[] =>
  docs.flatMap((doc, i) => (i === 0 ? [doc] : [by, doc]))

/** Whether it may stand on several lines. */
export const canBreak = (doc: Doc): boolean => {
  if (typeof doc === 'string') return false
  if (Array.isArray(doc)) return doc.some(canBreak)
  const { kind, ...of } = doc as Exclude<Doc, string | readonly Doc[]>
  if (kind === 'line' || kind === 'block') return true
  if ('contents' in of) return canBreak(of.contents)
  return 'parts' in of ? of.parts.some(canBreak) : 'broken' in of && canBreak([of.broken, of.flat])
}

const PLAIN = /^[\x20-\x7e]*$/
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u

/** How many columns a text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const c of text) width += NO_WIDTH.test(c) ? 0 : WIDE.test(c) ? 2 : 1
  return width
}

interface Command {
  readonly indent: number
  readonly flat: boolean
  readonly doc: Doc
}

/** A document as text, the first line of which stands behind `column` characters. */
export function laidOut(doc: Doc, start: number, column = start): string {
  if (typeof doc === 'string') return doc
  return new Printer(WIDTH).print(doc, start, column)
}

/** All of it on one line, however long; undefined where it has line breaks. */
export const onOneLine = (doc: Doc): string | undefined =>
  breaks(doc) ? undefined : new Printer(Infinity).print(doc, 0, 0)

class Printer {
  readonly width: number
  /** Which of the groups that others go by are broken. */
  readonly #broken = new Map<symbol, boolean>()

  constructor(width: number) {
    this.width = width
  }

  print(all: Doc, start: number, column: number): string {
    const out: string[] = []
    const commands: Command[] = [{ indent: start, flat: false, doc: all }]
    // Within a flat group a hard line makes what follows measured again.
    let again = false
    for (let next = commands.pop(); next; next = commands.pop()) {
      const { indent, flat, doc } = next
      if (typeof doc === 'string') {
        out.push(doc)
        column += widthOf(doc)
        continue
      }
      if (isList(doc)) {
        for (let i = doc.length - 1; i >= 0; i--) commands.push({ indent, flat, doc: doc[i]! })
        continue
      }
      switch (doc.kind) {
        case 'line':
          if (flat && !doc.hard) {
            if (!doc.soft) {
              out.push(' ')
              column++
            }
            break
          }
          if (flat) again = true
          trim(out)
          out.push('\n', ' '.repeat(indent))
          column = indent
          break
        case 'indent': {
          const inner = doc.where === undefined || this.#broken.get(doc.where) === true
          commands.push({ indent: inner ? indent + TAB : indent, flat, doc: doc.contents })
          break
        }
        case 'choice': {
          const broken = doc.where === undefined ? !flat : this.#broken.get(doc.where) === true
          commands.push({ indent, flat, doc: broken ? doc.broken : doc.flat })
          break
        }
        case 'block':
          out.push(doc.print(indent))
          column = indent + 1
          break
        case 'fill':
          this.#fill(doc, next, commands, this.width - column)
          break
        case 'group': {
          const chosen = this.#group(doc, next, commands, this.width - column, again)
          if (!flat || again) again = false
          if (doc.id) this.#broken.set(doc.id, !chosen.flat)
          commands.push(chosen)
        }
      }
    }
    return out.join('')
  }

  #group(
    doc: Group,
    { indent, flat }: Command,
    rest: readonly Command[],
    room: number,
    again: boolean,
  ): Command {
    const loosest = doc.states?.at(-1) ?? doc.contents
    if (flat && !again) return { indent, flat: !doc.breaks, doc: doc.breaks ? loosest : doc.contents }
    const tight: Command = { indent, flat: true, doc: doc.contents }
    if (!doc.breaks && this.#fits(tight, rest, room)) return tight
    if (!doc.breaks && doc.states)
      for (const state of doc.states.slice(1)) {
        const tried: Command = { indent, flat: true, doc: state }
        if (this.#fits(tried, rest, room)) return tried
      }
    return { indent, flat: false, doc: loosest }
  }

  /** Takes the first of the parts and leaves the others. */
  #fill({ parts }: Filled, { indent, flat }: Command, commands: Command[], room: number): void {
    const [content, between, second] = parts
    if (content === undefined) return
    const fits = this.#fits({ indent, flat: true, doc: content }, [], room, true)
    const printed: Command = { indent, flat: fits, doc: content }
    if (between === undefined) return void commands.push(printed)
    const both =
      second === undefined
        ? fits
        : this.#fits({ indent, flat: true, doc: [content, between, second] }, [], room, true)
    if (second !== undefined) commands.push({ indent, flat, doc: fill(parts.slice(2)) })
    commands.push({ indent, flat: both, doc: between }, printed)
  }

  /** Whether the rest of the line fits, up to where it may break. */
  #fits(first: Command, rest: readonly Command[], room: number, allFlat = false): boolean {
    if (room === Infinity) return true
    const commands: { flat: boolean; doc: Doc }[] = [first]
    let behind = rest.length
    while (room >= 0) {
      const next = commands.pop() ?? rest[--behind]
      if (next === undefined) return true
      const { flat, doc } = next
      if (typeof doc === 'string') room -= widthOf(doc)
      else if (isList(doc)) for (let i = doc.length - 1; i >= 0; i--) commands.push({ flat, doc: doc[i]! })
      else
        switch (doc.kind) {
          case 'line':
            if (!flat || doc.hard) return true
            if (!doc.soft) room--
            break
          case 'indent':
            commands.push({ flat, doc: doc.contents })
            break
          case 'choice': {
            const broken = doc.where === undefined ? !flat : this.#broken.get(doc.where) === true
            commands.push({ flat, doc: broken ? doc.broken : doc.flat })
            break
          }
          case 'block':
            return room >= 1
          case 'fill':
            for (let i = doc.parts.length - 1; i >= 0; i--) commands.push({ flat, doc: doc.parts[i]! })
            break
          case 'group': {
            if (allFlat && doc.breaks) return false
            const broken = doc.breaks || !flat
            commands.push({ flat: !broken, doc: broken && doc.states ? doc.states.at(-1)! : doc.contents })
          }
        }
    }
    return false
  }
}

/** No line ends in blanks. */
function trim(out: string[]): void {
  while (out.length > 0 && /^$| $/.test(out.at(-1)!)) {
    const kept = out.pop()!.trimEnd()
    if (kept !== '') out.push(kept)
  }
}

const isList = (doc: Doc): doc is readonly Doc[] => Array.isArray(doc)
