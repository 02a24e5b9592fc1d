/** Derivatives as values of the library: printed, and evaluated. */
import type { Diagnostic } from './base/diagnostics.ts'
import { render } from './base/frame.ts'
import type { Source } from './base/span.ts'
import { analyse } from './compiler/analyse.ts'
import type { AnalyseOptions } from './compiler/run.ts'
import type { Wanted } from './derive/wanted.ts'
import type { Network } from './graph/network.ts'
import type { Node } from './graph/node.ts'
import { EvaluationError, type Value, doubles, evaluate, given, nested } from './interpret/index.ts'
import type { NamedValues, Nested } from './interpret/index.ts'
import { type Line, formulas, rightOf, toLatex, toText } from './print/index.ts'

export type { NamedValues, Nested, Value }

/** One side of an equation. */
export interface Formula {
  /** What it is called in the program, or the notation of an error term. */
  readonly name: string
  toLatex(): string
  /** Unicode on one line. */
  toText(): string
}

/** A derivative in simplest form, of one sample. */
export interface Derivative extends Formula {
  /** Of what it is taken. */
  readonly of: string
  /** Its axes; an open extent is its text. */
  readonly shape: readonly (number | string)[]
  /** The error terms of the program: a derivative may be written with them. */
  readonly errorTerms: readonly Formula[]
  /**
   * Its value, given those of the program's inputs, targets and parameters by name; hyperparameters have their defaults.
   * Throws a RangeError where a value is missing or does not fit.
   */
  evaluate(values: NamedValues): Nested<number>
}

/** The program has errors: its derivatives are not known. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'
  readonly diagnostics: readonly Diagnostic[]
  readonly source: Source

  constructor(diagnostics: readonly Diagnostic[], source: Source) {
    super(
      render(
        diagnostics.filter((d) => d.severity === 'error'),
        source,
        { limit: 5 },
      ),
    )
    this.diagnostics = diagnostics
    this.source = source
  }
}

/**
 * The derivatives of the loss by its parameters, or those that are asked for, in their order. Throws a ProgramError
 * where the program has errors, or has no such names.
 */
export function derive(text: string, options: AnalyseOptions & Wanted = {}): Derivative[] {
  const { graph, mathematics, diagnostics, source } = analyse(text, options)
  if (!mathematics) throw new ProgramError(diagnostics, source)
  const { network, gradients } = mathematics.written
  const of = mathematics.written.differentiated!.name
  const found = formulas(graph, mathematics.written, { of })
  const errorTerms = found.errorTerms.map((line) => formula(toText(line.left), line))
  return [...gradients].map(([symbol, node]) => ({
    ...formula(
      symbol.name,
      found.gradients.find(({ name }) => name === symbol.name)!,
    ),
    of,
    shape: node.shape.map((extent) => (typeof extent === 'number' ? extent : extent.text)),
    errorTerms,
    evaluate: (values) => valueOf(node, network, values),
  }))
}

const formula = (name: string, line: Line): Formula => ({
  name,
  toLatex: () => toLatex(rightOf(line)),
  toText: () => toText(rightOf(line)),
})

function valueOf(node: Node, network: Network, values: NamedValues): Nested<number> {
  const { tensors, dims } = given(network, [node], values)
  try {
    return nested(evaluate([node], tensors, doubles, { dims })[0]!)
  } catch (error) {
    if (error instanceof EvaluationError) throw new RangeError(error.message)
    throw error
  }
}
