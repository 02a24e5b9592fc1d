/** `chainrule latex`: the equations, the error terms and the gradients as formulas. */
import { type Analysed, type Mathematics, analyse, compile } from '../compile.ts'
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
  /** Of several losses: which one. */
  readonly loss: string | undefined
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
    // The name of one of several losses says what it is differentiated by, too.
    loss: of,
    recurrences: true,
    kept,
    // A derivation has a name for each derivative that the program writes.
    named: derivation && all,
  }
  const analysed = analyse(source.text, asked)
  sayDiagnostics(analysed.diagnostics, source, { json })
  const program = analysed.recurrent?.network ?? analysed.mathematics?.written.network
  if (!program) return FAILED
  const losses = of === undefined ? (program.losses ?? []).map(({ loss }) => loss.name) : []
  const show: Show = { source, options, all, language, derivation }
  if (losses.length < 2) {
    print(await written([await printedOf(show, analysed)], format))
    return DONE
  }
  const each: Printed[] = []
  for (const loss of losses) each.push(await printedOf(show, analyse(source.text, { ...asked, loss }), loss))
  print(await written(each, format))
  return DONE
}

/** What is asked for. */
interface Show {
  readonly source: Source
  readonly options: LatexOptions
  readonly all: boolean
  readonly language: Language
  readonly derivation: boolean
}

/** The formulas of a program, or of one of its losses. */
async function printedOf(
  { source, options, all, language, derivation }: Show,
  { graph, mathematics, recurrent }: Analysed,
  loss?: string,
): Promise<Printed> {
  const { elements = false, samples = false, dim } = options
  const network = (recurrent?.network ?? mathematics?.written.network)!
  const of = (options.of ?? loss)?.normalize('NFC')
  const named = of === undefined ? {} : { of }
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
  if (derivation && recurrent?.inner?.size) throw problems.stepsOfHistories(openDims(network)[0]!)
  const steps = derivation
    ? recurrent
      ? (await import('../print/steps/recurrent-steps.ts')).recurrentSteps(graph, recurrent, language)
      : await stepsOf(source, graph, mathematics!, { ...named, language }, samples ? found : undefined, all)
    : undefined
  return { source, graph, network, found, steps, whole, all, dim, loss }
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

/** @param inIt whether of the derivatives that the program writes too */
async function stepsOf(
  source: Source,
  graph: Graph,
  mathematics: Mathematics,
  options: FormulaOptions,
  samples: Formulas | undefined,
  inIt: boolean,
): Promise<Steps> {
  const { MOST_VALUES, derivationSteps } = await import('../print/steps/steps.ts')
  const { derivativeSteps } = await import('../print/steps/derivative-steps.ts')
  const { written } = mathematics
  const own = written.differentiated && derivationSteps(graph, written, options, samples)
  const inProgram = inIt && written.taken?.size ? derivativeSteps(graph, mathematics, options) : undefined
  const isShort = (inProgram || !written.taken?.size || !inIt) && (own || !written.differentiated)
  if (!isShort) throw problems.tooManySteps(source.filename, MOST_VALUES)
  if (!own && !inProgram) throw problems.stepsOfNothing()
  if (!own || !inProgram) return (own ?? inProgram)!
  return {
    found: samples ?? inProgram.found,
    intro: [...inProgram.intro, ...own.intro],
    blocks: [...inProgram.blocks, ...own.blocks],
  }
}

/** One after the other, in documents as sections of one. */
async function written(each: readonly Printed[], format: LatexOptions['format']): Promise<string> {
  switch (format) {
    case 'latex': {
      const { stepsLatex } = await import('../print/steps/steps-latex.ts')
      return each.map(({ found, steps }) => (steps ? stepsLatex(steps) : latexDocument(found))).join('\n')
    }
    case 'text': {
      const { stepsText } = await import('../print/steps/steps-text.ts')
      return each.map(({ found, steps }) => (steps ? stepsText(steps) : textDocument(found))).join('\n')
    }
    case 'mathml': {
      const { typesetter } = await import('./typeset.ts')
      const { mathml, mathmlSteps } = await import('../print/documents/papers.ts')
      const typeset = await typesetter('mathml')
      return each
        .map(({ found, steps }) => (steps ? mathmlSteps(steps, typeset) : mathml(found, typeset)))
        .join('\n')
    }
    default: {
      const papers = await import('../print/documents/papers.ts')
      const paper = papers.together(
        each.map(({ graph, found, steps, loss }) => ({ paper: papers.paper(graph, found, steps), loss })),
      )
      if (format === 'document') return papers.texDocument(paper)
      return format === 'markdown'
        ? papers.markdownDocument(paper, await picture(each[0]!, 'mermaid'))
        : papers.htmlDocument(paper, await htmlParts(each))
    }
  }
}

async function htmlParts(each: readonly Printed[]) {
  const { embeddedStyle, typesetter } = await import('./typeset.ts')
  const code = new Map<string, string>()
  for (const printed of each.filter(({ all }) => all))
    for (const [name, text] of await codeOf(printed)) code.set(name, text)
  return {
    typeset: await typesetter('html'),
    style: embeddedStyle(),
    picture: await picture(each[0]!, 'svg'),
    code,
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
async function codeOf({ source, whole, dim, loss }: Printed): Promise<Map<string, string>> {
  const { code } = compile(source.text, { filename: source.filename, resolve: resolveFile, dims: dim, loss })
  if (code === undefined) return new Map()
  const { format } = await import('../emit/format.ts')
  const { gradientCode } = await import('./excerpts.ts')
  return gradientCode(await format(code, 'ts'), whole)
}
