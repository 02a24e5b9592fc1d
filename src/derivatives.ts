/** Derivatives as values of the library: printed, and evaluated. */
import type { Diagnostic } from './base/diagnostics.ts'
import { render } from './base/frame.ts'
import { toNumber } from './base/rational.ts'
import type { Source } from './base/span.ts'
import { type AnalyseOptions, analyse } from './compile.ts'
import type { Wanted } from './derive/wanted.ts'
import type { Extent } from './graph/extent.ts'
import type { Network } from './graph/network.ts'
import type { Node, Symbol } from './graph/node.ts'
import {
  EvaluationError,
  doubles,
  evaluate,
  lengthOf,
  nested,
  sizeOfShape,
  symbolsOf,
} from './interpret/index.ts'
import type { Nested, Tensor } from './interpret/index.ts'
import { type Line, formulas, toLatex, toText } from './print/index.ts'

/** A number, nested lists of numbers, or a flat row-major array where the shape is known. */
export type Value = number | ArrayLike<number> | readonly Value[]

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
  evaluate(values: Readonly<Record<string, Value>>): Nested<number>
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
  const of = options.of?.normalize('NFC') ?? network.loss.name
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

const formula = (name: string, { right }: Line): Formula => ({
  name,
  toLatex: () => toLatex(right),
  toText: () => toText(right),
})

// ---- Values

function valueOf(node: Node, network: Network, values: Readonly<Record<string, Value>>): Nested<number> {
  const defaults = new Map(network.hypers.map(({ symbol, value }) => [symbol.name, toNumber(value)]))
  const needed = symbolsOf([node])
  const given = new Map(needed.map((symbol) => [symbol, pick(symbol, values, defaults)]))
  const dims = lengthsOf(network, given, values)
  const tensors = new Map(needed.map((symbol) => [symbol.name, tensorOf(symbol, given.get(symbol)!, dims)]))
  try {
    return nested(evaluate([node], tensors, doubles, { dims })[0]!)
  } catch (error) {
    if (error instanceof EvaluationError) throw new RangeError(error.message)
    throw error
  }
}

function pick(
  { name, role }: Symbol,
  values: Readonly<Record<string, Value>>,
  defaults: ReadonlyMap<string, number>,
): Value {
  const value = Object.hasOwn(values, name) ? values[name] : defaults.get(name)
  if (value === undefined) throw new RangeError(`no value is given for the ${role} ${name}`)
  return value
}

/** The lengths of open dims: where an axis is such a dim and nothing else, a nested list shows its length. */
function lengthsOf(
  network: Network,
  given: ReadonlyMap<Symbol, Value>,
  values: Readonly<Record<string, Value>>,
): Map<string, number> {
  const dims = new Map<string, number>()
  for (const [name, extent] of network.dims) {
    const value = values[name]
    if (typeof extent !== 'number' && typeof value === 'number') dims.set(name, value)
  }
  for (const [{ shape }, value] of given) {
    let inner: Value | undefined = value
    for (const extent of shape) {
      if (inner === undefined || typeof inner === 'number') break
      const dim = dimOf(extent)
      if (dim !== undefined && !dims.has(dim)) dims.set(dim, inner.length)
      inner = inner[0]
    }
  }
  return dims
}

function dimOf(extent: Extent): string | undefined {
  if (typeof extent === 'number' || extent.terms.length !== 1) return undefined
  const [{ coefficient, dims }] = extent.terms as [(typeof extent.terms)[number]]
  return coefficient.equals(1) && dims.size === 1 && [...dims.values()][0] === 1
    ? [...dims.keys()][0]
    : undefined
}

/** A value as a tensor of the symbol's shape. */
function tensorOf(
  { name, shape: extents }: Symbol,
  value: Value,
  dims: ReadonlyMap<string, number>,
): Tensor<number> {
  const shape = extents.map((extent) => lengthOf(extent, dims))
  const data: number[] = []
  const walk = (part: Value | undefined, axis: number): void => {
    if (typeof part === 'number') data.push(part)
    else if (
      part === undefined ||
      axis >= shape.length ||
      (part.length !== shape[axis] && !(axis === 0 && part.length === sizeOfShape(shape)))
    )
      throw misfit()
    else for (let i = 0; i < part.length; i++) walk(part[i], axis + 1)
  }
  const misfit = (): RangeError =>
    new RangeError(`the value of ${name} does not have the shape [${shape.join(', ')}]`)
  walk(value, 0)
  if (data.length !== sizeOfShape(shape)) throw misfit()
  return { shape, data }
}
