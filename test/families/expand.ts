/**
 * Family programs written out flat, as a person would with a pencil: every `for` block unrolled, every member under a
 * plain name (`W[2]` is `W_2`, `h[1, 0]` is `h_1_0`), every index and every family of extents a number. It works on the
 * text alone and shares nothing with the compiler, so that it can say what a family program means.
 *
 * It takes right programs only, and throws at others.
 */

/** One tensor of the flat program that was declared, and the member that it stands for. */
export interface Declared {
  readonly role: 'input' | 'target' | 'param'
  readonly flat: string
  /** The family's name, or the tensor's own. */
  readonly name: string
  /** Of the member; empty where it is no family. */
  readonly indices: readonly number[]
  readonly assumptions: readonly string[]
}

export interface Expanded {
  readonly text: string
  readonly declared: readonly Declared[]
}

interface Token {
  readonly text: string
  /** Blanks and comments before it. */
  readonly before: string
}
type Tokens = readonly Token[]

interface Block {
  readonly index: string
  readonly from: Tokens
  readonly to: Tokens
  readonly body: Item[]
}
type Item = Tokens | Block
const isBlock = (item: Item): item is Block => !Array.isArray(item)

type Indices = ReadonlyMap<string, number>
interface Range {
  readonly index: string
  readonly from: Tokens
  readonly to: Tokens
}

const TOKEN =
  /((?:[^\S\n]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*)(\n|;|\.\.|[\p{L}_][\p{L}\p{M}\p{N}_]*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.T|<=|>=|[^\s])/uy
const NAME = /^[\p{L}_]/u
/** Tokens after which a statement goes on in the next line. */
const OPEN_END = new Set([...'+-*/^@=,:<>≤≥≠·⊙−([{', '..', '<=', '>='])

function tokens(source: string): Token[] {
  const found: Token[] = []
  TOKEN.lastIndex = 0
  for (let match; (match = TOKEN.exec(source));)
    found.push({ text: match[2]!, before: match[1]!.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '') })
  return found
}

/** Statements and blocks. Line breaks are gone. */
function items(all: readonly Token[]): Item[] {
  const root: Item[] = []
  const open: Item[][] = [root]
  let line: Token[] = []
  let depth = 0
  const end = (): void => {
    if (line.length > 0) open.at(-1)!.push(line)
    line = []
  }
  for (let at = 0; at < all.length; at++) {
    const token = all[at]!
    const { text } = token
    if (text === '(' || text === '[') depth++
    if (text === ')' || text === ']') depth--
    if (text === '\n' || text === ';') {
      const goesOn = depth > 0 || (line.length > 0 && OPEN_END.has(line.at(-1)!.text))
      const next = all.slice(at).find((t) => t.text !== '\n')
      if (text === ';' || (!goesOn && next?.text !== '{')) end()
    } else if (text === '{') {
      const [word, index, within, ...range] = line
      if (word?.text !== 'for' || within?.text !== 'in' || !index) throw new Error('a { without its for')
      const [from, to] = split(range, '..') as [Tokens, Tokens]
      const body: Item[] = []
      open.at(-1)!.push({ index: index.text, from, to, body })
      open.push(body)
      line = []
    } else if (text === '}') {
      end()
      open.pop()
    } else line.push(token)
  }
  end()
  if (open.length !== 1) throw new Error('a block is open')
  return root
}

/** Parts between separators outside of all brackets. */
function split(list: Tokens, separator: string): Tokens[] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of list) {
    if (token.text === '(' || token.text === '[') depth++
    if (token.text === ')' || token.text === ']') depth--
    if (depth === 0 && token.text === separator) parts.push([])
    else parts.at(-1)!.push(token)
  }
  return parts
}

/** The position behind the bracket that opens at `at`. */
function behind(list: Tokens, at: number): number {
  let depth = 0
  for (let i = at; i < list.length; i++) {
    const { text } = list[i]!
    if (text === '(' || text === '[') depth++
    if (text === ')' || text === ']') depth--
    if (depth === 0) return i + 1
  }
  throw new Error('a bracket is open')
}

const written = (list: Tokens): string =>
  list
    .map(({ text, before }) => before + text)
    .join('')
    .trim()

/** `dims` are values over those of the program: `L`, or `n[0]` for a member of a family of extents. */
export function expand(source: string, dims: Readonly<Record<string, number>> = {}): Expanded {
  return new Expander(source, dims).expand()
}

class Expander {
  readonly #items: Item[]
  readonly #given: Readonly<Record<string, number>>
  readonly #names: ReadonlySet<string>
  /** Values of dims that have one. */
  readonly #values = new Map<string, number>()
  /** Extents of families of dims, as text: `n` → 0 → `784`. */
  readonly #extents = new Map<string, Map<number, string>>()
  readonly #families = new Set<string>()
  readonly #declared: Declared[] = []
  readonly #lines: string[] = []

  constructor(source: string, given: Readonly<Record<string, number>>) {
    const all = tokens(source)
    this.#items = items(all)
    this.#given = given
    this.#names = new Set(all.map((t) => t.text))
  }

  expand(): Expanded {
    this.#findFamilies(this.#items)
    this.#all(this.#items, new Map())
    return { text: `${this.#lines.join('\n')}\n`, declared: this.#declared }
  }

  /** What an equation defines with an index; families that are declared are added where they are. */
  #findFamilies(list: readonly Item[]): void {
    for (const item of list)
      if (isBlock(item)) this.#findFamilies(item.body)
      else if (item[1]?.text === '[' && item[behind(item, 1)]?.text === '=') this.#families.add(item[0]!.text)
  }

  #all(list: readonly Item[], at: Indices): void {
    for (const item of list) {
      if (!isBlock(item)) this.#statement(item, at)
      else
        for (const inner of this.#range(item, at)) this.#all(item.body, new Map([...at, [item.index, inner]]))
    }
  }

  #range({ from, to }: Range, at: Indices): number[] {
    const first = this.#integer(from, at)
    const last = this.#integer(to, at)
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
  }

  #statement(line: Tokens, at: Indices): void {
    const [first, second] = line
    const keyword = second && second.text !== '=' && second.text !== '[' ? first!.text : ''
    const rest = line.slice(1)
    if (keyword === 'dim') this.#dims(rest)
    else if (keyword === 'input' || keyword === 'target' || keyword === 'param') this.#data(keyword, rest)
    else if (keyword === 'network' || keyword === 'batch') this.#lines.push(written(line))
    else if (['hyper', 'fn', 'output', 'loss', 'claim'].includes(keyword))
      this.#lines.push(`${keyword} ${this.#rewritten(rest, at)}`)
    else if (keyword === '') this.#lines.push(this.#rewritten(line, at))
    else throw new Error(`what is ${written(line)}?`)
  }

  // ——— declarations

  #dims(rest: Tokens): void {
    const parts = split(rest, ',')
    for (let i = 0; i < parts.length; i++) {
      const [head, ...values] = split(parts[i]!, '=')
      const name = head![0]!.text
      const value = values[0]
      if (head!.length > 1) {
        // A family of extents takes all values up to the end of its line.
        const [from, to] = split(head!.slice(2, -1), '..') as [Tokens, Tokens]
        const range = this.#range({ index: '', from, to }, new Map())
        const texts = value ? [value, ...parts.slice(i + 1)].map((v) => this.#extent(v)) : []
        if (value && texts.length !== range.length)
          throw new Error(`${name} has ${range.length} members and ${texts.length} values`)
        const members = range.map((index, k): [number, string] => {
          const given = this.#given[`${name}[${index}]`]
          const text = given === undefined ? texts[k] : String(given)
          if (text === undefined) throw new Error(`${name}[${index}] has no value`)
          return [index, text]
        })
        this.#extents.set(name, new Map(members))
        return
      }
      const given = this.#given[name]
      const text = given !== undefined ? String(given) : value && this.#extent(value)
      if (text !== undefined && /^\d+$/.test(text)) this.#values.set(name, Number(text))
      this.#lines.push(text === undefined ? `dim ${name}` : `dim ${name} = ${text}`)
    }
  }

  /** The number, or the text where a dim in it is open. */
  #extent(value: Tokens): string {
    try {
      return String(this.#integer(value, new Map()))
    } catch {
      return this.#rewritten(value, new Map())
    }
  }

  #data(role: Declared['role'], rest: Tokens): void {
    interface Datum {
      name: string
      brackets: Tokens[]
      assumptions: string[]
      initialiser: Tokens | undefined
      ranges: Range[]
    }
    const data: Datum[] = []
    const range = (part: Tokens): Range => {
      const [from, to] = split(part.slice(2), '..') as [Tokens, Tokens]
      return { index: part[0]!.text, from, to }
    }
    for (const part of split(rest, ',')) {
      const last = data.at(-1)
      if (part[1]?.text === 'in' && last) {
        last.ranges.push(range(part))
        continue
      }
      if (part.length === 1 && KNOWN.has(part[0]!.text) && last && last.assumptions.length > 0) {
        last.assumptions.push(part[0]!.text)
        continue
      }
      const [declaration, ...ranges] = split(part, 'for')
      const datum: Datum = {
        name: declaration![0]!.text,
        brackets: [],
        assumptions: [],
        initialiser: undefined,
        ranges: ranges.map(range),
      }
      let k = 1
      for (; declaration![k]?.text === '['; k = behind(declaration!, k))
        datum.brackets.push(declaration!.slice(k + 1, behind(declaration!, k) - 1))
      while (k < declaration!.length) {
        if (declaration![k]!.text === ':') {
          datum.assumptions.push(declaration![k + 1]!.text)
          k += 2
        } else {
          const colon = declaration!.findIndex((t, j) => j > k && t.text === ':')
          datum.initialiser = declaration!.slice(k + 1, colon < 0 ? undefined : colon)
          k = colon < 0 ? declaration!.length : colon
        }
      }
      data.push(datum)
    }
    // A range serves the declarations before it that name its index.
    data.forEach((datum, i) => {
      if (datum.ranges.length > 0) return
      const first = datum.brackets[0] && split(datum.brackets[0], ',').map(written)
      const later = data
        .slice(i + 1)
        .find((d) => d.ranges.length > 0 && d.ranges.map((r) => r.index).join() === first?.join())
      if (later) datum.ranges = later.ranges
    })
    for (const { name, brackets, assumptions, initialiser, ranges } of data) {
      if (ranges.length > 0) this.#families.add(name)
      const declare = (at: Indices): void => {
        const next = ranges[at.size]
        if (next) {
          for (const index of this.#range(next, at)) declare(new Map([...at, [next.index, index]]))
          return
        }
        const indices = [...at.values()]
        const flat = ranges.length > 0 ? this.#flat(name, indices) : name
        const shape = brackets[ranges.length > 0 ? 1 : 0]
        this.#lines.push(
          [
            `${role} ${flat}`,
            shape ? `[${this.#rewritten(shape, at)}]` : '',
            ...assumptions.map((a) => ` : ${a}`),
            initialiser ? ` = ${this.#rewritten(initialiser, at)}` : '',
          ].join(''),
        )
        this.#declared.push({ role, flat, name, indices, assumptions })
      }
      declare(new Map())
    }
  }

  // ——— expressions

  #flat(name: string, indices: readonly number[]): string {
    let flat = `${name}_${indices.map((i) => (i < 0 ? `m${-i}` : i)).join('_')}`
    while (this.#names.has(flat)) flat += '_'
    return flat
  }

  #rewritten(list: Tokens, at: Indices): string {
    let text = ''
    for (let i = 0; i < list.length; i++) {
      const token = list[i]!
      const family = this.#families.has(token.text)
      const extents = this.#extents.get(token.text)
      const isCall = list[i + 1]?.text === '('
      if ((family || extents) && list[i + 1]?.text === '[') {
        const end = behind(list, i + 1)
        const indices = split(list.slice(i + 2, end - 1), ',').map((index) => this.#integer(index, at))
        const member = extents ? this.#member(token.text, indices[0]!) : this.#flat(token.text, indices)
        text += token.before + (/^\w+$/.test(member) || !extents ? member : `(${member})`)
        i = end - 1
      } else if (at.has(token.text) && !isCall)
        text += token.before + (at.get(token.text)! < 0 ? `(${at.get(token.text)!})` : at.get(token.text)!)
      else text += token.before + token.text
    }
    return text.trim()
  }

  #member(name: string, index: number): string {
    const text = this.#extents.get(name)?.get(index)
    if (text === undefined) throw new Error(`${name}[${index}] is no extent`)
    return text
  }

  /** A whole number of indices, dims and families of them. */
  #integer(list: Tokens, at: Indices): number {
    let position = 0
    const peek = (): string | undefined => list[position]?.text
    const atom = (): number => {
      const text = list[position++]?.text
      if (text === undefined) throw new Error(`no number: ${written(list)}`)
      if (text === '-' || text === '−') return -atom()
      if (text === '(') {
        const value = sum()
        if (list[position++]?.text !== ')') throw new Error(`no number: ${written(list)}`)
        return value
      }
      if (/^\d+$/.test(text)) return Number(text)
      if (NAME.test(text) && this.#extents.has(text) && peek() === '[') {
        const end = behind(list, position)
        const index = this.#integer(list.slice(position + 1, end - 1), at)
        position = end
        return Number(this.#member(text, index))
      }
      const value = at.get(text) ?? this.#values.get(text)
      if (value === undefined) throw new Error(`no number: ${text} in ${written(list)}`)
      return value
    }
    const power = (): number => {
      const base = atom()
      if (peek() !== '^') return base
      position++
      return base ** power()
    }
    const product = (): number => {
      let value = power()
      while (['*', '/', '·'].includes(peek() ?? '')) {
        const operator = list[position++]!.text
        value = operator === '/' ? value / power() : value * power()
      }
      return value
    }
    const sum = (): number => {
      let value = product()
      while (['+', '-', '−'].includes(peek() ?? '')) {
        const operator = list[position++]!.text
        value = operator === '+' ? value + product() : value - product()
      }
      return value
    }
    const value = sum()
    if (position < list.length || !Number.isInteger(value)) throw new Error(`no index: ${written(list)}`)
    return value
  }
}

const KNOWN = new Set(['onehot', 'simplex', 'binary', 'positive', 'nonnegative', 'symmetric'])
