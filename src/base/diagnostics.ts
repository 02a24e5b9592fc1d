import { type Position, PLACES, type Source, type Span } from './span.ts'

export type Severity = 'error' | 'warning'

/** A second place that explains the first one. */
export interface Related {
  readonly span: Span
  readonly message: string
  /** Of a place in a file that the program imports. */
  readonly source?: Source
}

/** A file that a program imports. */
export interface ImportedFile {
  readonly source: Source
  /** The import in the program that led there. */
  readonly at: Span
}

/** One thing that is wrong with a program, or doubtful in it. The sentences stand in `messages.ts`. */
export interface Diagnostic {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly span: Span
  /** The option that is wrong, such as `wrt`, where it is no text of the program: the span then stands for nothing. */
  readonly option?: string
  readonly hint?: string
  readonly related?: readonly Related[]
}

/** More are not kept: nobody reads them, and a hostile file must not fill the memory. */
const KEPT = 1000

/** Collects the diagnostics of a run, errors and warnings alike. */
export class Diagnostics {
  readonly #list: Diagnostic[] = []
  readonly #seen = new Set<string>()
  #files: readonly ImportedFile[] = []
  #errors = 0
  #dropped = 0

  /** Adds one; the same code at the same place twice counts once, and of an option the same sentence. */
  add(diagnostic: Diagnostic): void {
    const { code, span, option, message } = diagnostic
    const key = option === undefined ? `${code} ${span.start} ${span.end}` : `${code} ${option} ${message}`
    if (this.#seen.has(key)) return
    if (diagnostic.severity === 'error') this.#errors++
    if (this.#list.length >= KEPT) {
      this.#dropped++
      return
    }
    this.#seen.add(key)
    this.#list.push(diagnostic)
  }

  /** All of another collector, and the files that places in it are of. */
  take(other: Diagnostics): void {
    for (const diagnostic of other.#list) this.add(diagnostic)
    if (other.#files.length > 0) this.#files = other.#files
    this.#dropped += other.#dropped
  }

  /** Which files the places beyond the program's own are of: what is wrong there is told at their imports, with the place beside it. */
  imports(files: readonly ImportedFile[]): void {
    this.#files = files
  }

  get hasErrors(): boolean {
    return this.#errors > 0
  }

  /** How many came after the collector was full. */
  get dropped(): number {
    return this.#dropped
  }

  /** Nothing more is kept: whoever computes costly hints may stop. */
  get full(): boolean {
    return this.#list.length >= KEPT
  }

  /** All of them in the order of their places. */
  toArray(): Diagnostic[] {
    const files = this.#files
    const list = files.length === 0 ? [...this.#list] : this.#list.map((d) => inProgram(d, files))
    return list.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
  }
}

/** A diagnostic with its own place in the program. */
function inProgram(diagnostic: Diagnostic, files: readonly ImportedFile[]): Diagnostic {
  const there = (related: Related): Related => {
    const { span } = related
    const k = Math.floor(span.start / PLACES)
    const offset = k * PLACES
    const file = files[k - 1]
    return file
      ? { ...related, span: { start: span.start - offset, end: span.end - offset }, source: file.source }
      : related
  }
  const file = files[Math.floor(diagnostic.span.start / PLACES) - 1]
  const related = (diagnostic.related ?? []).map(there)
  if (!file) return related.length > 0 ? { ...diagnostic, related } : diagnostic
  const here = there({ span: diagnostic.span, message: 'here, in the file that is imported' })
  return { ...diagnostic, span: file.at, related: [here, ...related] }
}

/** A diagnostic as a program reads it. */
export interface DiagnosticJson {
  readonly file: string
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly hint?: string
  /** The option that is wrong; else there is a place in the file. */
  readonly option?: string
  readonly start?: Position & { readonly offset: number }
  readonly end?: Position & { readonly offset: number }
  readonly related?: readonly {
    message: string
    /** Where it is another one. */
    file?: string
    start: Position & { offset: number }
    end: Position & { offset: number }
  }[]
}

/** The JSON form, with line and column. */
export function toJson(diagnostic: Diagnostic, source: Source): DiagnosticJson {
  const { code, severity, message, hint, option, related } = diagnostic
  return {
    file: source.filename,
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(option === undefined ? ends(diagnostic.span, source) : { option }),
    ...(related && related.length > 0
      ? {
          related: related.map(({ message, span, source: other }) => ({
            message,
            ...(other ? { file: other.filename } : {}),
            ...ends(span, other ?? source),
          })),
        }
      : {}),
  }
}

function ends(span: Span, source: Source) {
  return {
    start: { ...source.position(span.start), offset: span.start },
    end: { ...source.position(span.end), offset: span.end },
  }
}
