/**
 * Layouts that statements share. Where prettier breaks a line depends on the shape of a statement and on how wide its
 * parts are, and not on its names: of all statements alike it lays out one, and the others follow it.
 */

/** A statement, or the header of a block, that follows a layout with names of its own. */
export interface Follower {
  readonly layout: number
  readonly words: readonly string[]
}

export type Line = string | Follower

const MARK = '//#='
const END = '//#!'
/**
 * Whole numbers, and names that are not called or looked into: whatever stands in their place is laid out alike if it is
 * as wide. Exponents are no numbers of their own: of 1e+308 prettier makes 1e308.
 */
const WORDS =
  /(?<![\w$.])(?!(?:const|let|return|throw|new|typeof|instanceof|if|else|for|export|function|as|in|this|null)\b)[A-Za-z_$][\w$]*(?![\w$]*[.(?])|(?<![\w$.])(?<!\de[+-])\d+(?![\w$.])/g

export class Layouts {
  readonly #numbers = new Map<string, number>()
  readonly #lines: string[] = []

  /** A line that is a statement, or the header of a block. */
  follow(line: string): Follower {
    const key = line.replace(WORDS, (word) => (/\d/.test(word[0]!) ? '0' : '_').repeat(word.length))
    let layout = this.#numbers.get(key)
    if (layout === undefined) {
      this.#numbers.set(key, (layout = this.#lines.length))
      this.#lines.push(line)
    }
    return { layout, words: line.match(WORDS) ?? [] }
  }

  /** One statement of each layout, as deep in blocks as it stands, for the end of what prettier is given. */
  get text(): string {
    const parts = this.#lines.map((line) => {
      const depth = /^ */.exec(line)![0].length / 2
      const body = line.endsWith('{') ? `${line}\n${MARK}\n}` : `${line}\n${MARK}`
      return `${'{\n'.repeat(depth)}${MARK}\n${body}\n${'}\n'.repeat(depth)}`
    })
    return this.#lines.length === 0 ? '' : `${END}\n${parts.join('')}`
  }

  /** The formatted text without the layouts, and the function that lays out followers. Undefined if it was not understood. */
  read(formatted: string): { text: string; print: (line: Line) => string } | undefined {
    const at = formatted.indexOf(`\n${END}\n`)
    if (this.#lines.length === 0) return { text: formatted, print: String }
    if (at < 0) return undefined
    const between = formatted.slice(at).split(/^ *\/\/#=\n/m)
    // What stands between a first and a second mark is a layout.
    const layouts = between.filter((_, i) => i % 2 === 1).map((layout) => layout.replace(/\n$/, ''))
    const words = (line: string): number => line.match(WORDS)?.length ?? 0
    if (layouts.length !== this.#lines.length || layouts.some((l, i) => words(l) !== words(this.#lines[i]!)))
      return undefined
    return {
      text: formatted.slice(0, at).trimEnd() + '\n',
      print: (line) => (typeof line === 'string' ? line : fill(layouts[line.layout]!, line.words)),
    }
  }
}

function fill(layout: string, words: readonly string[]): string {
  let next = 0
  return layout.replace(WORDS, () => words[next++]!)
}
