/** Statements → the tree: what stands between `for … {` and `}` is the block's, without recursion. */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import type { Span } from '../base/span.ts'
import { withDocs } from './docs.ts'
import { INDICES } from './limits.ts'
import { declaredNames } from './names.ts'
import type { RawStatement } from './statements.ts'
import type { Broken, EquationStatement, ForStatement, Statement } from './tree.ts'

interface Open {
  readonly head: ForStatement | undefined
  readonly span: Span
  readonly docs: ReadonlyMap<number, string>
  readonly body: Statement[]
  /** Those in the body that cannot stand in a block. What is wrong, they or a brace that is missing, its end tells. */
  readonly misplaced: Map<Statement, Misplaced>
}

interface Misplaced {
  readonly raw: RawStatement
  /** What else is wrong with it: told where it turns out not to be in the block. */
  readonly held: Diagnostics | undefined
}

/** Puts statements into the blocks that are open; reports what is wrong with blocks, each mistake once. */
export class Blocks {
  readonly #text: string
  readonly #broken: Broken[]
  readonly #diagnostics: Diagnostics
  readonly #top: Statement[] = []
  readonly #open: Open[] = []

  /** @param broken where statements go that are reported already: what they declare is no unknown name below */
  constructor(text: string, broken: Broken[], diagnostics: Diagnostics) {
    this.#text = text
    this.#broken = broken
    this.#diagnostics = diagnostics
  }

  /** Whether a statement would stand in a block now. */
  get inside(): boolean {
    return this.#open.at(-1)?.head !== undefined
  }

  add(statement: Statement, raw: RawStatement, held?: Diagnostics): void {
    const block = this.#open.at(-1)
    if (statement.kind === 'equation' && this.#tooMany(statement)) {
      this.#broken.push({ kind: statement.kind, names: [statement.name.text], span: statement.span })
      return
    }
    const fits = statement.kind === 'equation' || statement.kind === 'for'
    // Where the head is broken nobody knows what was meant: it is kept, outside. The two branches of an `if` define the same names.
    if (block && !block.head && fits && !this.#isFor(block))
      this.#broken.push({
        kind: statement.kind,
        names: declaredNames(raw).map(({ text }) => text),
        span: raw.span,
      })
    else if (block && !block.head && !fits) this.#top.push(statement)
    else {
      if (block && !fits) block.misplaced.set(statement, { raw, held })
      this.#into(block, statement)
    }
  }

  open(head: ForStatement, { span, docs }: RawStatement): void {
    if (this.#tooMany(head)) this.openBroken(span)
    else this.#open.push({ head, span, docs, body: [], misplaced: new Map() })
  }

  /** A block whose head is broken: its lines count as lines of the block around it. */
  openBroken(span: Span): void {
    const body = this.#open.at(-1)?.body ?? this.#top
    this.#open.push({ head: undefined, span, docs: new Map(), body, misplaced: new Map() })
  }

  /** Whether there are more indices around what stands here than may be; reported where so. */
  #tooMany({ ranges, span }: ForStatement | EquationStatement): boolean {
    const around = this.#open.reduce((count, { head }) => count + (head?.ranges.length ?? 1), 0)
    const over = ranges.length > 0 && around + ranges.length > INDICES
    if (over)
      report(this.#diagnostics, 'over-limit', span, { what: 'The number of indices is', limit: INDICES })
    return over
  }

  close(brace: Span): void {
    const block = this.#open.pop()
    if (block === undefined) return report(this.#diagnostics, 'stray-brace', brace, {})
    for (const [statement, { raw }] of block.misplaced) {
      const { kind, span } = statement
      report(this.#diagnostics, 'misplaced-statement', span, { kind })
      this.#broken.push({ kind, names: declaredNames(raw).map(({ text }) => text), span })
    }
    this.#end(
      block,
      block.body.filter((statement) => !block.misplaced.has(statement)),
      brace.end,
    )
  }

  finish(): Statement[] {
    for (let block = this.#open.pop(); block; block = this.#open.pop()) {
      const brace = block.span.end - 1
      // What is no `for` is reported already, and opens nothing.
      if (block.head || this.#isFor(block))
        report(this.#diagnostics, 'unclosed-block', { start: brace, end: brace + 1 }, {})
      if (!block.head) continue
      const end = this.#lengthOf(block)
      const [body, below] = [block.body.slice(0, end), block.body.slice(end)]
      this.#end(block, body, body.at(-1)?.span.end ?? block.span.end)
      for (const statement of below) {
        const misplaced = block.misplaced.get(statement)
        if (!misplaced) this.#into(this.#open.at(-1), statement)
        else if (this.inside) this.add(statement, misplaced.raw, misplaced.held)
        else {
          for (const diagnostic of misplaced.held?.toArray() ?? []) this.#diagnostics.add(diagnostic)
          this.#into(undefined, statement)
        }
      }
    }
    return this.#top
  }

  /**
   * How many statements of a block that is never closed are its own: those before the first one that cannot stand in a
   * block, or that is not indented as the first line is.
   */
  #lengthOf({ span, body, misplaced }: Open): number {
    const head = this.#indentOf(span)
    const indented = body.length > 0 && this.#indentOf(body[0]!.span) > head
    const below = body.findIndex(
      (statement) =>
        misplaced.has(statement) ||
        (statement.kind === 'equation' && statement.indices.length === 0) ||
        (indented && this.#indentOf(statement.span) <= head),
    )
    return below < 0 ? body.length : below
  }

  #isFor({ span }: Open): boolean {
    return this.#text.startsWith('for', span.start)
  }

  #indentOf({ start }: Span): number {
    const line = this.#text.slice(this.#text.lastIndexOf('\n', start - 1) + 1, start)
    return line.length - line.trimStart().length
  }

  #end({ head, docs, span }: Open, body: readonly Statement[], end: number): void {
    if (head)
      this.#into(this.#open.at(-1), withDocs({ ...head, body, span: { start: span.start, end } }, docs))
  }

  #into(block: Open | undefined, statement: Statement): void {
    ;(block?.body ?? this.#top).push(statement)
  }
}
