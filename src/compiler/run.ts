/** One program on its way through the phases. */
import { CompilerBug, bug } from '../base/bug.ts'
import { type Diagnostic, Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { NumberTooLong } from '../base/rational.ts'
import { Source, type Span } from '../base/span.ts'
import type { Resolve } from '../lower/index.ts'
import type { Step } from '../simplify/index.ts'
import { type Observe, type StageName, type Stages, verify } from '../stages.ts'

export interface AnalyseOptions {
  /** For places in diagnostics, and for the network's name where the program gives none. */
  readonly filename?: string | undefined
  /** Values of dims, over those in the program. */
  readonly dims?: Readonly<Record<string, number>> | ReadonlyMap<string, number> | undefined
  /** The batch axis, over the one in the program: its name, its length, or 'none'. */
  readonly batch?: string | number | undefined
  /** As which of several losses sees the program; its functions have their plain names then. */
  readonly loss?: string | undefined
  /** Finds the files that the program imports; without it an import is an error. */
  readonly resolve?: Resolve | undefined
  /** Checks the laws of the middle language behind every stage. */
  readonly verify?: boolean | undefined
  /** Sees the result of every stage. */
  readonly observe?: Observe | undefined
}

export interface Outcome {
  readonly source: Source
  readonly diagnostics: readonly Diagnostic[]
}

/** One program on its way. */
export class Run {
  readonly text: string
  readonly options: AnalyseOptions
  readonly filename: string
  readonly diagnostics = new Diagnostics()
  /** Where a diagnostic points to that has no better place. */
  blamed: Span = { start: 0, end: 0 }
  #doing: StageName = 'parse'
  /** Whether a mistake of ours ended it. */
  failed = false

  constructor(text: string, options: AnalyseOptions) {
    this.text = text
    this.options = options
    this.filename = options.filename ?? 'network.net'
  }

  /** One of the same program, of which nobody sees anything until its results are taken. */
  trial(): { readonly run: Run; readonly take: () => void } {
    const seen: [name: StageName, result: Stages[StageName]][] = []
    const observe = (name: StageName, result: Stages[StageName]): void => void seen.push([name, result])
    const run = new Run(this.text, { ...this.options, observe })
    const take = (): void => {
      this.diagnostics.take(run.diagnostics)
      this.blamed = run.blamed
      for (const [name, result] of seen) this.options.observe?.(name, result)
    }
    return { run, take }
  }

  /** The door behind every phase. A phase without a result has reported why. */
  stage<S extends StageName, R extends Stages[S] | undefined>(name: S, phase: () => R): R {
    this.#doing = name
    const result = phase()
    if (result !== undefined && this.options.verify) verify(name, result)
    if (result !== undefined) this.options.observe?.(name, result)
    return result
  }

  /** The result; undefined, with a diagnostic, where a number grows too long, or where we have made a mistake. */
  guarded<T>(work: () => T | undefined): T | undefined {
    try {
      const result = work()
      return this.diagnostics.hasErrors ? undefined : result
    } catch (error) {
      if (error instanceof NumberTooLong) report(this.diagnostics, 'number-too-long', this.blamed)
      else {
        this.failed = true
        report(this.diagnostics, 'internal-error', this.blamed, { stage: this.#doing, what: told(error) })
      }
      return undefined
    }
  }

  get source(): Source {
    return new Source(this.filename, this.text)
  }

  get outcome(): Outcome {
    return { source: this.source, diagnostics: this.diagnostics.toArray() }
  }
}

const told = (error: unknown): string =>
  error instanceof CompilerBug
    ? error.message
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error)

/** The values of dims that are given. */
export const givenDims = ({ dims = {} }: AnalyseOptions): ReadonlyMap<string, number> =>
  new Map(dims instanceof Map ? dims : Object.entries(dims))

export const batchOf = ({ batch }: AnalyseOptions): { batch?: string | number } =>
  batch === undefined ? {} : { batch }

/** Rules that the gate had to stop are mistakes of ours. */
export function noneRefused(run: Run, refused: readonly Step[]): void {
  if (run.options.verify && refused.length > 0)
    bug(`wrong rules: ${refused.map((step) => step.rule.name).join(', ')}`)
}
