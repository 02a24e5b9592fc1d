/** `chainrule/javascript`: the library for those who compile to TypeScript and JavaScript alone, without what other targets need. */
import { compiler } from './compiler/compiler.ts'
import { javascript } from './compiler/javascript.ts'
import { type Session, type SessionOptions, sessionOf } from './session.ts'
import { type Compiled, type CompileOptions as Options, inside, shown } from './shown.ts'

const onlyJavaScript = /* @__PURE__ */ compiler(javascript)

export interface CompileOptions extends Omit<Options, 'target'> {
  readonly target?: 'ts' | 'js' | undefined
}

/** As `compile` of the library. */
export const compile = (text: string, options: CompileOptions = {}): Compiled =>
  shown(onlyJavaScript.compile(text, inside(options)))

/** As `createSession` of the library. */
export const createSession = (options: SessionOptions = {}): Session => sessionOf(onlyJavaScript, options)

export { format, type TextKind } from './emit/format.ts'
export { render, type RenderOptions } from './base/frame.ts'
export { toJson, type Diagnostic, type DiagnosticJson } from './base/diagnostics.ts'
export type { Compiled, Field, Formulas, Network } from './shown.ts'
