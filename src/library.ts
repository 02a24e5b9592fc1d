/** The library: the compiler with every target. */
import type { Diagnostic } from './base/diagnostics.ts'
import type { Source } from './base/span.ts'
import { everyTarget } from './compile.ts'
import type { AnalyseOptions } from './compiler/run.ts'
import { type Derivative, derive as deriveInside } from './derivatives.ts'
import type { Wanted } from './derive/wanted.ts'
import { type Session, type SessionOptions, sessionOf } from './session.ts'
import { type Compiled, type CompileOptions, inside, shown } from './shown.ts'
import { parse as parseInside } from './syntax/parse.ts'
import type { Program } from './syntax/tree.ts'

/** Text → module. Synchronous; never throws on a program, however wrong it is: what is wrong stands in the diagnostics. */
export const compile = (text: string, options: CompileOptions = {}): Compiled =>
  shown(everyTarget.compile(text, inside(options)))

/** The same again and again, where what has not changed is not done again. */
export const createSession = (options: SessionOptions = {}): Session => sessionOf(everyTarget, options)

/** Which derivatives are asked for: of the loss by every parameter, unless `of` and `wrt` name others. */
export interface DeriveOptions
  extends Pick<CompileOptions, 'filename' | 'resolve' | 'dims' | 'batch'>, Wanted {}

/**
 * The derivatives of the loss by its parameters, or those that are asked for, in their order. Throws a ProgramError
 * where the program has errors, or has no such names.
 */
export function derive(
  text: string,
  { filename, resolve, dims, batch, of, wrt }: DeriveOptions = {},
): Derivative[] {
  const analyse: AnalyseOptions & Wanted = { filename, resolve, dims, batch, of, wrt }
  return deriveInside(text, analyse)
}

export interface Parsed {
  /** What could be understood; all of the program where no diagnostic is an error. */
  readonly program: Program
  readonly diagnostics: readonly Diagnostic[]
  readonly source: Source
}

/** Text → tree, of which nothing is checked but the syntax. Never throws on any text. */
export function parse(text: string, { filename }: { readonly filename?: string | undefined } = {}): Parsed {
  const { program, diagnostics, source } = parseInside(text, filename === undefined ? {} : { filename })
  return { program, diagnostics: diagnostics.toArray(), source }
}
