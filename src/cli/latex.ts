/** `chainrule latex`: the equations, the error terms and the gradients as formulas. */
import { type Mathematics, analyse, compile } from '../compile.ts'
import type { Language } from '../base/language.ts'
import type { Source } from '../base/span.ts'
import type { Graph } from '../graph/graph.ts'
import { dimsOf } from '../graph/extent.ts'
import { type Network, openDims } from '../graph/network.ts'
import {
  type FormulaOptions,
  type Formulas,
  formulas,
  latexDocument,
  recurrentFormulas,
  textDocument,
} from '../print/index.ts'
import type { Steps } from '../print/steps/steps.ts'
import { print, sayDiagnostics } from './console.ts'
import { DONE, FAILED, problems } from './problem.ts'
import { readSource } from './read.ts'
import { resolveFile } from './imports.ts'

export interface LatexOptions {
  readonly wrt?: readonly string[]
  readonly of?: string
  readonly format: 'latex' | 'document' | 'markdown' | 'text' | 'mathml' | 'html'
  readonly elements?: boolean
  readonly samples?: boolean
  readonly steps?: boolean
  /** Every member of a recurrence, instead of the recurrence. */
  readonly unroll?: boolean
  readonly lang?: Language
  readonly dim?: ReadonlyMap<string, number>
  readonly json?: boolean
}

/** What is printed: a program, its mathematics, and the formulas of it that are asked for. */
interface Printed {
  readonly source: Source
  readonly graph: Graph
  readonly network: Network
  readonly found: Formulas
  /** How they come out, where that is asked for. */
  readonly steps: Steps | undefined
  /** The same of tensors, of one sample. */
  readonly whole: Formulas
  readonly dim: ReadonlyMap<string, number> | undefined
  /** Whether these are the gradients of the loss by all parameters, which are in the emitted code. */
  readonly all: boolean
}

/** Recurrences of fewer steps are shorter by their members. */
export const FEWEST_STEPS = 3

export async function latex(path: string, options: LatexOptions): Promise<number> {
  const { wrt, of, dim, format, elements = false, samples = false, json = false } = options
  const { steps: derivation = false, lang: language = 'en', unroll = false } = options
  if (elements && samples) throw problems.elementsOfSamples()
  if (elements && derivation) throw problems.elementsOfSteps()
  const source = readSource(path)
  const all = wrt === undefined && of === undefined && !elements
  // What is written out entry by entry, or derived, is so of members by their numbers.
  const kept = all && !samples && !derivation && !unroll ? FEWEST_STEPS : undefined
  const asked = {
    filename: source.filename,
    resolve: resolveFile,
    dims: dim,
    wrt,
    of,
    recurrences: true,
    kept,
  }
  const { graph, mathematics, recurrent, diagnostics } = analyse(source.text, asked)
  sayDiagnostics(diagnostics, source, { json })
  const network = recurrent?.network ?? mathematics?.written.network
  if (!network) return FAILED
  const named = of === undefined ? {} : { of: of.normalize('NFC') }
  const whole = recurrent
    ? recurrentFormulas(graph, recurrent, language)
    : formulas(graph, mathematics!.written, { ...named, language })
  if (recurrent && (elements || samples)) throw problems.openElements(source.filename, openDims(network)[0]!)
  const found = elements
    ? await entries(source, graph, network, whole)
    : samples
      ? await sampled(source, network, whole)
      : whole
  if (derivation && recurrent?.of !== undefined) throw problems.stepsOfJacobian(recurrent.of)
  const steps = derivation
    ? recurrent
      ? (await import('../print/steps/recurrent-steps.ts')).recurrentSteps(graph, recurrent, language)
      : await stepsOf(source, graph, mathematics!, { ...named, language }, samples ? found : undefined)
    : undefined
  print(await written({ source, graph, network, found, steps, whole, all, dim }, format))
  return DONE
}

async function entries(source: Source, graph: Graph, network: Network, found: Formulas): Promise<Formulas> {
  const { elementwise } = await import('../print/formulas/elements.ts')
  const result = elementwise(graph, found)
  if (result === 'open') throw problems.openElements(source.filename, openLength(network))
  if (result === 'large') throw problems.tooManyElements(source.filename)
  return result
}

/** A dim without a value; a member of a family of dims where all others have one. */
const openLength = ({ dims, params, data }: Network): string =>
  [...dims.values(), ...[...params, ...data].flatMap(({ symbol }) => symbol.shape)].flatMap(dimsOf)[0]!

async function sampled(source: Source, network: Network, found: Formulas): Promise<Formulas> {
  if (network.batch === undefined) throw problems.noBatch(source.filename)
  const { overSamples } = await import('../print/formulas/samples.ts')
  return overSamples(found, network.batch)
}

async function stepsOf(
  source: Source,
  graph: Graph,
  { written }: Mathematics,
  options: FormulaOptions,
  samples: Formulas | undefined,
): Promise<Steps> {
  const { MOST_VALUES, derivationSteps } = await import('../print/steps/steps.ts')
  const { differentiated } = written
  if (!differentiated) throw problems.stepsOfNothing()
  if (differentiated.shape.length > 0) throw problems.stepsOfJacobian(differentiated.name)
  const steps = derivationSteps(graph, written, options, samples)
  if (!steps) throw problems.tooManySteps(source.filename, MOST_VALUES)
  return steps
}

async function written(printed: Printed, format: LatexOptions['format']): Promise<string> {
  const { graph, found, steps } = printed
  switch (format) {
    case 'latex':
      return steps ? (await import('../print/steps/steps-latex.ts')).stepsLatex(steps) : latexDocument(found)
    case 'text':
      return steps ? (await import('../print/steps/steps-text.ts')).stepsText(steps) : textDocument(found)
    case 'mathml': {
      const { typesetter } = await import('./typeset.ts')
      const { mathml, mathmlSteps } = await import('../print/documents/papers.ts')
      const typeset = await typesetter('mathml')
      return steps ? mathmlSteps(steps, typeset) : mathml(found, typeset)
    }
    default: {
      const papers = await import('../print/documents/papers.ts')
      const paper = papers.paper(graph, found, steps)
      if (format === 'document') return papers.texDocument(paper)
      return format === 'markdown'
        ? papers.markdownDocument(paper, await picture(printed, 'mermaid'))
        : papers.htmlDocument(paper, await htmlParts(printed))
    }
  }
}

async function htmlParts(printed: Printed) {
  const { embeddedStyle, typesetter } = await import('./typeset.ts')
  return {
    typeset: await typesetter('html'),
    style: embeddedStyle(),
    picture: await picture(printed, 'svg'),
    code: printed.all ? await codeOf(printed) : new Map<string, string>(),
  }
}

/** The network as neurons or layers, of recurrences one step; none where it is too large for a picture. */
async function picture({ network, whole }: Printed, format: 'mermaid' | 'svg'): Promise<string | undefined> {
  const { MOST_BOXES, cellDrawing, layerDrawing, mermaid, neuronDrawing, svg } =
    await import('../print/drawings/drawings.ts')
  const drawing =
    network.recurrences.length > 0 ? cellDrawing(whole) : (neuronDrawing(network) ?? layerDrawing(whole))
  if (drawing.boxes.length > MOST_BOXES) return undefined
  return format === 'svg' ? svg(drawing) : mermaid(drawing)
}

/** The code that `build` would write; none where the program has formulas but no code, such as with an open depth. */
async function codeOf({ source, whole, dim }: Printed): Promise<Map<string, string>> {
  const { code } = compile(source.text, { filename: source.filename, resolve: resolveFile, dims: dim })
  if (code === undefined) return new Map()
  const { format } = await import('../emit/format.ts')
  const { gradientCode } = await import('./excerpts.ts')
  return gradientCode(await format(code, 'ts'), whole)
}
