/** Statements → the tree: what stands between `for … {` or `fn … {` and `}` is the block's, without recursion. */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import type { Span } from '../base/span.ts'
import { withDocs } from './docs.ts'
import { INDICES } from './limits.ts'
import { declaredNames } from './names.ts'
import type { RawStatement } from './statements.ts'
import type {
  Broken,
  EquationStatement,
  FnStatement,
  ForStatement,
  LayerStatement,
  Statement,
} from './tree.ts'

type Head = ForStatement | FnStatement | LayerStatement

interface Open {
  readonly head: Head | undefined
  readonly raw: Pick<RawStatement, 'span' | 'docs' | 'tokens'>
  readonly body: Statement[]
  /** Those in the body that cannot stand in a block. What is wrong, they or a brace that is missing, its end tells. */
  readonly misplaced: Map<Statement, Misplaced>
}

/** What may stand in a block. */
const FITTING: Readonly<Record<Head['kind'], ReadonlySet<Statement['kind']>>> = {
  for: new Set(['equation', 'for']),
  fn: new Set(['equation', 'for', 'dim', 'return']),
  layer: new Set(['param', 'dim', 'const', 'instance', 'fn']),
}

interface Misplaced {
  readonly raw: Pick<RawStatement, 'tokens' | 'span'>
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

  /** Whether a statement of a kind may stand here. */
  takes(kind: Statement['kind']): boolean {
    const head = this.#open.at(-1)?.head
    return !head || FITTING[head.kind].has(kind)
  }

  add(statement: Statement, raw: Pick<RawStatement, 'tokens' | 'span'>, held?: Diagnostics): void {
    const block = this.#open.at(-1)
    if (statement.kind === 'equation' && this.#tooMany(statement)) {
      this.#broken.push({ kind: statement.kind, names: [statement.name.text], span: statement.span })
      return
    }
    const applies = statement.kind === 'fn' && statement.applies === true
    const fits =
      FITTING[block?.head?.kind ?? 'for'].has(statement.kind) && (!applies || block?.head?.kind === 'layer')
    if (!block && statement.kind === 'return')
      return report(this.#diagnostics, 'misplaced-return', statement.span, {})
    // Where the head is broken nobody knows what was meant: it is kept, outside. The two branches of an `if` define the same names.
    if ((applies && !block?.head) || (block && !block.head && fits && !this.#isBlock(block)))
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

  open(head: Head, raw: RawStatement): void {
    const deep = head.kind !== 'for' && this.#open.length >= INDICES
    if (deep)
      report(this.#diagnostics, 'over-limit', raw.span, { what: 'The nesting of blocks is', limit: INDICES })
    if (deep || (head.kind === 'for' && this.#tooMany(head))) this.openBroken(raw)
    else this.#open.push({ head, raw, body: [], misplaced: new Map() })
  }

  /** A block whose head is broken: its lines count as lines of the block around it. */
  openBroken(raw: RawStatement): void {
    const body = this.#open.at(-1)?.body ?? this.#top
    this.#open.push({ head: undefined, raw, body, misplaced: new Map() })
  }

  /** Whether there are more indices around what stands here than may be; reported where so. */
  #tooMany({ ranges, span }: ForStatement | EquationStatement): boolean {
    const around = this.#open.reduce(
      (count, { head }) => count + (head === undefined ? 1 : head.kind === 'for' ? head.ranges.length : 0),
      0,
    )
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
      report(this.#diagnostics, 'misplaced-statement', span, {
        kind: kind === 'instance' ? 'layer' : kind,
        block: block.head!.kind,
      })
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
      const brace = block.raw.span.end - 1
      // What is no `for` is reported already, and opens nothing.
      if (block.head || this.#isBlock(block))
        report(this.#diagnostics, 'unclosed-block', { start: brace, end: brace + 1 }, {})
      if (!block.head) continue
      const end = this.#lengthOf(block)
      const [body, below] = [block.body.slice(0, end), block.body.slice(end)]
      this.#end(block, body, body.at(-1)?.span.end ?? block.raw.span.end)
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
  #lengthOf({ head, raw, body, misplaced }: Open): number {
    const indent = this.#indentOf(raw.span)
    const indented = body.length > 0 && this.#indentOf(body[0]!.span) > indent
    const below = body.findIndex(
      (statement) =>
        misplaced.has(statement) ||
        (head?.kind === 'for' && statement.kind === 'equation' && statement.indices.length === 0) ||
        (indented && this.#indentOf(statement.span) <= indent),
    )
    const last = body.findIndex((statement) => statement.kind === 'return')
    const end = below < 0 ? body.length : below
    return head?.kind === 'fn' && last >= 0 ? Math.min(end, last + 1) : end
  }

  /** Whether the word of a block is there, whatever is wrong behind it. */
  #isBlock({ raw: { span } }: Open): boolean {
    return /^(for|fn|layer)\b/.test(this.#text.slice(span.start, span.start + 6))
  }

  #indentOf({ start }: Span): number {
    const line = this.#text.slice(this.#text.lastIndexOf('\n', start - 1) + 1, start)
    return line.length - line.trimStart().length
  }

  #end({ head, raw }: Open, body: readonly Statement[], end: number): void {
    if (!head) return
    const whole = withDocs<Statement>({ ...head, body, span: { start: raw.span.start, end } }, raw.docs)
    if (head.kind !== 'for') this.add(whole, raw)
    else this.#into(this.#open.at(-1), whole)
  }

  #into(block: Open | undefined, statement: Statement): void {
    ;(block?.body ?? this.#top).push(statement)
  }
}
