export { compile, createSession, derive, parse, type DeriveOptions, type Parsed } from './library.ts'
export type { Compiled, CompileOptions, Field, Formulas, Network } from './shown.ts'
export type { Resolve } from './lower/index.ts'
export type { Session, SessionOptions } from './session.ts'
export {
  ProgramError,
  type Derivative,
  type Formula,
  type NamedValues,
  type Nested,
  type Value,
} from './derivatives.ts'
export { format, type TextKind } from './emit/format.ts'
export type { SourceMap } from './emit/source-map.ts'
export { render, type RenderOptions } from './base/frame.ts'
export {
  toJson,
  type Diagnostic,
  type DiagnosticJson,
  type Related,
  type Severity,
} from './base/diagnostics.ts'
export { Source, type Span, type Position } from './base/span.ts'
export { defineConfig, type Config, type FileOptions, type Override } from './config.ts'
export type * as tree from './syntax/tree.ts'
export type { TargetName as Target } from './compiler/target.ts'
export type { OptimizerName } from './schedule/optimizers.ts'
export type { FunctionName } from './schedule/functions.ts'
