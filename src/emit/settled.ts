/**
 * What prettier would leave as it is. The emitter writes nearly all lines as prettier does, and prettier takes several
 * times as long as all the rest of a build to find that out: it is shown a comment in their place. Only what is
 * listed here is kept from it; a test holds the result to what prettier makes of the whole text.
 */
import { Layouts, type Line } from './layouts.ts'

/** Prettier's width. */
const WIDTH = 80
const MARK = '//#'

/** Letters that are one column wide. */
const LETTERS = '\\w$\\u00c0-\\u024f\\u0370-\\u03ff'
/** Signs of plain expressions, and strings without escapes. */
const PLAIN = new RegExp(
  `^(?:[${LETTERS} .[\\]()!+\\-*/,<>=?:|&]|'[${LETTERS} .[\\]()!+\\-*/,;<>=?:|&×]*')+$`,
)
/**
 * Where prettier has an opinion beside the width: brackets in mixed operators (a product beside a quotient, "and" beside
 * "or"), functions, assertions, digits and signs in numbers that say nothing.
 */
const OPINION =
  /\*.*\/|\/.*[*/]|\*\*|&&.*\|\||\|\|.*&&|[^&]&[^&]|[^|]\|[^|]|<<|>>|=>| as |\de\+|\.\d*0\b|\d\.(?!\d)|[^\w\])]\.\d|\?[^ ?.]|[^ ]:/
const STATEMENT = new RegExp(`^(?:const |let |return |throw new )?[${LETTERS}-].*;$|^return;$`)
const FIELD = new RegExp(`^[${LETTERS}]+\\??: [\\w$[\\] ]+;$`)
const HEADERS = [
  /^for \(let [\w$]+ = [\w$+\-* ]+; [\w$]+ <=? [\w$+\-*. ]+; [\w$]+(?:\+\+| \+= \d+)\) \{$/,
  /^(?:export )?function [\w$]+\((?:[\w$]+\??: [\w$. |]+(?: = [\w$.]+)?(?:, )?)*\)(?:: [\w$ ]+)? \{$/,
  /^export interface [\w$]+(?: extends [\w$]+)? \{$/,
]
const ARROW = /^const [\w$]+ = \(\) => \{$/
const CONDITION = /^(?:\} else )?if \((.*)\) \{$/
/** A statement or the header of a block, whatever is in it: its layout can be shared. */
const WHOLE =
  /^(?:(?:const|let|return|throw) |[\w$.[\]!+* ]+ [-+*/]?= |[\w$.]+\().*;$|^(?:if|(?:export )?function) .*\{$/
/** An object that is written over several lines stays so; its ends, and its entries. */
const OBJECT = new RegExp(`^(?:return|export const network =|[${LETTERS}]+:|'[^'"\\\\]*':) \\{$`)
const OBJECT_END = /^\}(?:,|;| as const;)$/
const ENTRY = new RegExp(`^([${LETTERS}]+|'[^'"\\\\]*'): (.*),$`)
const STRING = new RegExp(`^'(?:[${LETTERS} .[\\](){}^!+\\-*/,;<>=?:|&×]|\\\\\\\\)*'$`)

const isPlain = (code: string): boolean =>
  PLAIN.test(code) && !OPINION.test(code.replaceAll(/'[^']*'/g, '""'))
const requoted = (code: string): string => code.replaceAll("'", '"')

/** What stands on a block's level: as it will be, as it was; `part` is settled only as a part of its whole block. */
interface Item {
  readonly lines: readonly Line[]
  readonly source: readonly string[]
  readonly state: 'settled' | 'part' | 'open'
}

interface Block {
  readonly header: Item
  readonly items: Item[]
  readonly end: RegExp
}

/** A text with marks in place of what is settled. */
export class Folded {
  readonly text: string
  readonly #folded: boolean
  readonly #runs: (readonly Line[])[] = []
  readonly #layouts = new Layouts()

  constructor(text: string) {
    const top: Item[] = []
    const blocks: Block[] = []
    // Marks that are not ours, and braces that do not match, are none that the emitter wrote: prettier sees all of it.
    let matched = !text.includes(MARK)
    for (const line of text.split('\n')) {
      const code = line.trimStart()
      const level = blocks.at(-1)?.items ?? top
      if (/^\/?\*/.test(code)) level.push(item('settled', line))
      else if (code.startsWith('}') && !code.endsWith('{')) {
        const block = blocks.pop()
        if (block) (blocks.at(-1)?.items ?? top).push(...this.#closed(block, line, code))
        else matched = false
      } else if (code.endsWith('{') && !code.startsWith('}')) blocks.push(this.#opened(line, code))
      else level.push(this.#line(line, code))
    }
    this.#folded = matched && blocks.length === 0
    this.text = this.#folded ? `${this.#marked(top).join('\n')}\n${this.#layouts.text}` : text
  }

  /** What was formatted, with all in its place again; undefined if something was not found. */
  unfold(formatted: string): string | undefined {
    if (!this.#folded) return formatted
    const read = this.#layouts.read(formatted)
    return read?.text.replace(/^ *\/\/#(\d+)$/gm, (_, index: string) =>
      this.#runs[Number(index)]!.map(read.print).join('\n'),
    )
  }

  #opened(line: string, code: string): Block {
    const end = OBJECT.test(code) ? OBJECT_END : ARROW.test(code) ? /^\};$/ : /^\}$/
    if (line.length <= WIDTH) {
      const condition = CONDITION.exec(code)?.[1]
      const settled =
        condition !== undefined ? isPlain(condition) : end.test('};') || HEADERS.some((h) => h.test(code))
      if (settled) return { header: item('settled', line, requoted(line)), items: [], end }
    }
    return { header: this.#shared(line, code), items: [], end }
  }

  /** A block that is settled altogether is one item; of another one the settled lines are marked. */
  #closed({ header, items, end }: Block, line: string, code: string): Item[] {
    if (items.length === 0 && header.source[0]!.startsWith('export interface '))
      return [item('settled', `${header.source[0]!}${code}`)]
    const all = [header, ...items, item('settled', line)]
    const source = all.flatMap((i) => i.source)
    if (
      header.state === 'settled' &&
      end.test(code) &&
      items.length > 0 &&
      items.every(({ state }) => state !== 'open')
    )
      return [{ lines: all.flatMap((i) => i.lines), source, state: code.endsWith(',') ? 'part' : 'settled' }]
    return [...header.source, ...this.#marked(items), line].map((text) => item('open', text))
  }

  #line(line: string, code: string): Item {
    if (code === '' || code === '} else {') return item('part', line)
    if (code.startsWith('} else if'))
      return line.length <= WIDTH && isPlain(CONDITION.exec(code)?.[1] ?? '')
        ? item('part', line, requoted(line))
        : item('open', line)
    if (code.startsWith('// ')) return item('settled', line)
    if (FIELD.test(code)) return item('part', line)
    if (code.endsWith(',')) return entry(line, code)
    if (line.length <= WIDTH && STATEMENT.test(code) && isPlain(code.slice(0, -1)))
      return item('settled', line, requoted(line))
    return this.#shared(line, code)
  }

  #shared(line: string, code: string): Item {
    return WHOLE.test(code) ? item('settled', line, this.#layouts.follow(line)) : item('open', line)
  }

  /** The lines, with a mark in place of each run of settled ones. */
  #marked(items: readonly Item[]): string[] {
    const lines: string[] = []
    let run: Line[] = []
    let indent = ''
    const close = (): void => {
      if (run.length > 0) lines.push(`${indent}${MARK}${this.#runs.push(run) - 1}`)
      run = []
    }
    for (const { lines: own, source, state } of items) {
      if (state !== 'settled') {
        close()
        lines.push(...source)
      } else {
        if (run.length === 0) indent = /^ */.exec(source[0]!)![0]
        run.push(...own)
      }
    }
    close()
    return lines
  }
}

const item = (state: Item['state'], source: string, line: Line = source): Item => ({
  lines: [line],
  source: [source],
  state,
})

/** Prettier lets a long string follow a key that is shorter than this, quotes included; else it goes to the next line. */
const SHORT_KEY = 5

/** An entry of an object. */
function entry(line: string, code: string): Item {
  const [, key = '', value = ''] = ENTRY.exec(code) ?? []
  if (STRING.test(value)) {
    const indent = line.slice(0, line.length - code.length)
    const follows = line.length <= WIDTH || [...key].length < SHORT_KEY
    return item('part', line, requoted(follows ? line : `${indent}${key}:\n${indent}  ${value},`))
  }
  const inner = /^\{ (.*) \}$/.exec(value)?.[1] ?? value
  return line.length <= WIDTH && value !== '' && isPlain(inner.replaceAll(/([\w$]): /g, '$1, '))
    ? item('part', line, requoted(line))
    : item('open', line)
}
