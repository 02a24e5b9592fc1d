/**
 * What prettier would leave as it is. The emitter writes nearly all lines as prettier does, and prettier takes several
 * times as long as all the rest of a build to find that out: it is shown a comment in their place. Only what is
 * listed here is kept from it; a test holds the result to what prettier makes of the whole text.
 */

/** Prettier's width. */
const WIDTH = 80
const MARK = '//#'

/** Letters that are one column wide, signs of plain expressions, strings without escapes. */
const PLAIN =
  /^(?:[\w$ .[\]()!+\-*/,<>=?:|&\u00c0-\u024f\u0370-\u03ff]|'[\w$ .[\]()!+\-*/,;<>=?:|&\u00c0-\u024f\u0370-\u03ff]*')+$/
/**
 * Where prettier has an opinion beside the width: brackets in mixed operators (a product beside a quotient, "and" beside
 * "or"), functions, assertions, digits and signs in numbers that say nothing.
 */
const OPINION =
  /\*.*\/|\/.*[*/]|\*\*|&&.*\|\||\|\|.*&&|[^&]&[^&]|[^|]\|[^|]|<<|>>|=>| as |\de\+|\.\d*0\b|\d\.(?!\d)|[^\w\])]\.\d|\?[^ ?.]|[^ ]:/
const STATEMENT = /^(?:const |let |return |throw new )?[\w$\u00c0-\u024f\u0370-\u03ff-].*;$|^return;$/
const HEADERS = [
  /^for \(let [\w$]+ = [\w$+\-* ]+; [\w$]+ <=? [\w$+\-*. ]+; [\w$]+(?:\+\+| \+= \d+)\) \{$/,
  /^(?:export )?function [\w$]+\((?:[\w$]+\??: [\w$. |]+(?: = [\w$.]+)?(?:, )?)*\)(?:: [\w$ ]+)? \{$/,
]
const CONDITION = /^(?:\} else )?if \((.*)\) \{$/

const isPlain = (code: string): boolean =>
  PLAIN.test(code) && !OPINION.test(code.replaceAll(/'[^']*'/g, '""'))
const requoted = (code: string): string => code.replaceAll("'", '"')

/** A line of a block's level. */
interface Item {
  readonly text: string
  /** `part` is settled only as a part of its whole block. */
  readonly state: 'settled' | 'part' | 'open'
}

interface Block {
  readonly header: Item
  readonly items: Item[]
}

/** A text with marks in place of what is settled. */
export interface Folded {
  readonly text: string
  readonly runs: readonly string[]
}

export function fold(text: string): Folded {
  const top: Item[] = []
  const blocks: Block[] = []
  const level = (): Item[] => blocks.at(-1)?.items ?? top
  const runs: string[] = []
  for (const line of text.split('\n')) {
    const code = line.trimStart()
    if (/^\/?\*/.test(code)) level().push({ text: line, state: 'open' })
    else if (code.startsWith('}') && !code.endsWith('{')) {
      const block = blocks.pop()
      // Braces that do not match are none that the emitter wrote: prettier sees all of it.
      if (!block) return { text, runs: [] }
      level().push(...closed(block, line, code, runs))
    } else if (code.endsWith('{') && !code.startsWith('}'))
      blocks.push({ header: header(line, code), items: [] })
    else level().push(plainLine(line, code))
  }
  return blocks.length > 0 ? { text, runs: [] } : { text: marked(top, runs).join('\n'), runs }
}

export const unfold = (text: string, runs: readonly string[]): string =>
  text.replace(/^ *\/\/#(\d+)$/gm, (mark, index: string) => runs[Number(index)] ?? mark)

/** A block that is settled altogether is one item; of another one the settled lines are marked. */
function closed({ header, items }: Block, line: string, code: string, runs: string[]): Item[] {
  if (header.state === 'settled' && code === '}' && items.every(({ state }) => state !== 'open'))
    return [{ text: [header.text, ...items.map(({ text }) => text), line].join('\n'), state: 'settled' }]
  return [header.text, ...marked(items, runs), line].map((text) => ({ text, state: 'open' }))
}

/** The lines, with a mark in place of each run of settled ones. */
function marked(items: readonly Item[], runs: string[]): string[] {
  const lines: string[] = []
  let run: string[] = []
  const close = (): void => {
    if (run.length === 0) return
    lines.push(`${/^ */.exec(run[0]!)![0]}${MARK}${runs.length}`)
    runs.push(run.join('\n'))
    run = []
  }
  for (const { text, state } of items) {
    if (state === 'settled') run.push(text)
    else {
      close()
      lines.push(text)
    }
  }
  close()
  return lines
}

function header(line: string, code: string): Item {
  const condition = CONDITION.exec(code)?.[1]
  const settled =
    line.length <= WIDTH && (condition !== undefined ? isPlain(condition) : HEADERS.some((h) => h.test(code)))
  return settled ? { text: requoted(line), state: 'settled' } : { text: line, state: 'open' }
}

function plainLine(line: string, code: string): Item {
  if (code === '' || code === '} else {') return { text: line, state: 'part' }
  if (code.startsWith('} else if')) {
    const { text, state } = header(line, code)
    return { text, state: state === 'settled' ? 'part' : 'open' }
  }
  if (code.startsWith('// ')) return { text: line, state: 'settled' }
  const settled =
    line.length > WIDTH
      ? brokenSum(line)
      : STATEMENT.test(code) && isPlain(code.slice(0, -1))
        ? requoted(line)
        : undefined
  return settled === undefined ? { text: line, state: 'open' } : { text: settled, state: 'settled' }
}

/** A sum of products that is longer than the line, alone or as the one argument of a function. */
const SUM =
  /^( *)((?:const |let )?[\w$.[\]!]+ (?:=|\+=|-=)) (?:(Math\.\w+)\()?([\w$.[\]!]+(?: [+\-*] [\w$.[\]!]+)+)(\)?);$/

/** As prettier breaks it: the whole sum on the next line, else a line for each term. */
function brokenSum(line: string): string | undefined {
  const [, indent = '', left, callee, sum, bracket] = SUM.exec(line) ?? []
  if (left === undefined || sum === undefined || (callee !== undefined) !== (bracket === ')'))
    return undefined
  const inner = `${indent}  `
  const further = callee === undefined ? inner : `${inner}  `
  const fits = inner.length + sum.length + (callee === undefined ? 1 : 0) <= WIDTH
  const body = inner + (fits ? sum : sum.replaceAll(/ ([+-]) (?![^[]*\])/g, ` $1\n${further}`))
  if (body.split('\n').some((part) => part.length > WIDTH - 1)) return undefined
  return callee === undefined
    ? `${indent}${left}\n${body};`
    : `${indent}${left} ${callee}(\n${body},\n${indent});`
}
