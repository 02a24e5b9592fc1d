/** Programs and what is made of them as other programs see it: plain values, and none of what the compiler works with inside. */
import type { Diagnostic } from './base/diagnostics.ts'
import { toNumber } from './base/rational.ts'
import type { Source, Span } from './base/span.ts'
import type { Compiled as Inside } from './compiler/compiler.ts'
import type { CompileOptions as InsideOptions } from './compiler/options.ts'
import type { TargetName } from './compiler/target.ts'
import type { FileOptions } from './config.ts'
import type { SourceMap } from './emit/source-map.ts'
import { type Shape, extentText } from './graph/extent.ts'
import type { Network as Graphs } from './graph/network.ts'
import type { Resolve } from './lower/index.ts'

/** How a program is compiled; `filename` is for places in diagnostics, for the network's name where the program gives none, and for the source map. */
export interface CompileOptions extends Omit<FileOptions, 'target' | 'dims'> {
  readonly filename?: string | undefined
  /** Finds the files that the program imports: `(path, from) => ({ filename, text })`, from the file with this name. Without it an import is an error. */
  readonly resolve?: Resolve | undefined
  /** By default `ts`. `wasm`: JavaScript whose routines are WebAssembly, in one module; `c`: C99, and beside it a header. */
  readonly target?: TargetName | undefined
  /** The values of dims by name, instead of those in the program. */
  readonly dims?: Readonly<Record<string, number>> | ReadonlyMap<string, number> | undefined
  /** Recurrences of fewer steps are written out, so that their members may differ and be computed without a loop. */
  readonly unrolled?: number | undefined
}

/** A tensor, or with no axis a number, by its name in the program. */
export interface Field {
  readonly name: string
  /** Of one sample; an open extent is its text. */
  readonly shape: readonly (number | string)[]
  readonly doc?: string
}

/** The program as the compiler understood it. */
export interface Network {
  readonly name: string
  readonly doc?: string
  readonly dims: Readonly<Record<string, number | string>>
  /** The batch axis: its name or its length; none where a call is one sample. */
  readonly batch?: string | number
  readonly inputs: readonly Field[]
  readonly targets: readonly Field[]
  readonly params: readonly Field[]
  /** With their defaults, row-major, where they have some. */
  readonly hypers: readonly (Field & { readonly default?: readonly number[] })[]
  readonly outputs: readonly Field[]
  /** In the order of definition, the loss last. */
  readonly equations: readonly (Field & { readonly span: Span })[]
  /** The name of the loss, where there is one. */
  readonly loss?: string
}

/** LaTeX by names: of the equations, of the error terms by their notation, of the gradients by their parameters. */
export interface Formulas {
  readonly equations: Readonly<Record<string, string>>
  readonly errorTerms: Readonly<Record<string, string>>
  readonly gradients: Readonly<Record<string, string>>
}

export interface Compiled {
  /** The module in the emitter's own layout (`format` has prettier's); undefined where the program has errors. */
  readonly code: string | undefined
  /** The declarations (.d.ts) beside JavaScript and WebAssembly. */
  readonly types: string | undefined
  /** The header (.h) beside C. */
  readonly header: string | undefined
  /** Of TypeScript and JavaScript: which lines of `code` come from which statement, forward and backward. */
  readonly map: SourceMap | undefined
  /** Undefined where `formulas: false` leaves them out. */
  readonly formulas: Formulas | undefined
  readonly network: Network | undefined
  /** Errors and warnings in the order of their places; `render` prints them with the lines that they are about. */
  readonly diagnostics: readonly Diagnostic[]
  readonly source: Source
}

/** The options that are known here: the compiler has two more, for its own tests. */
export function inside(options: CompileOptions): CompileOptions {
  const { verify: _verify, observe: _observe, ...known } = options as CompileOptions & InsideOptions
  return known
}

/** What came of it, without what it was made with. */
export function shown({
  code,
  types,
  header,
  map,
  formulas,
  network,
  diagnostics,
  source,
}: Inside): Compiled {
  const latex = (lines: Iterable<readonly [string, string]> = []): Record<string, string> =>
    Object.fromEntries(lines)
  return {
    code,
    types,
    header,
    map,
    formulas: formulas && {
      equations: latex(formulas.equations),
      errorTerms: latex(formulas.errorTerms),
      gradients: latex(formulas.gradients),
    },
    network: network && described(network),
    diagnostics,
    source,
  }
}

const shapeOf = (shape: Shape): (number | string)[] =>
  shape.map((extent) => (typeof extent === 'number' ? extent : extentText(extent)))

const field = (name: string, shape: Shape, doc: string | undefined): Field => ({
  name,
  shape: shapeOf(shape),
  ...(doc === undefined ? {} : { doc }),
})

function described(network: Graphs): Network {
  const { name, doc, dims, batch, data, params, hypers, outputs, equations, loss } = network
  const declared = (
    all: readonly { symbol: { name: string; shape: Shape }; doc: string | undefined }[],
  ): Field[] => all.map(({ symbol, doc }) => field(symbol.name, symbol.shape, doc))
  const docOf = (name: string): string | undefined => equations.find((e) => e.name === name)?.doc
  return {
    name,
    ...(doc === undefined ? {} : { doc }),
    dims: Object.fromEntries([...dims].map(([dim, extent]) => [dim, shapeOf([extent])[0]!])),
    ...(batch === undefined ? {} : { batch }),
    inputs: declared(data.filter(({ role }) => role === 'input')),
    targets: declared(data.filter(({ role }) => role === 'target')),
    params: declared(params),
    hypers: hypers.map(({ symbol, doc, values }) => ({
      ...field(symbol.name, symbol.shape, doc),
      ...(values ? { default: values.map(toNumber) } : {}),
    })),
    outputs: outputs.map(({ name, node }) => field(name, node.shape, docOf(name))),
    equations: equations.map(({ name, node, doc, span }) => ({ ...field(name, node.shape, doc), span })),
    ...(loss ? { loss: loss.name } : {}),
  }
}
