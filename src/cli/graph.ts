/** `chainrule graph`: the network as neurons, as layers, or as expressions with the backward pass beside it. */
import { type Mathematics, analyse } from '../compile.ts'
import type { Graph } from '../graph/graph.ts'
import { openDims } from '../graph/network.ts'
import {
  type Drawing,
  MOST_BOXES,
  cellDrawing,
  dot,
  expressionDrawing,
  layerDrawing,
  mermaid,
  neuronDrawing,
  svg,
} from '../print/drawings/drawings.ts'
import { formulas, recurrentFormulas } from '../print/index.ts'
import { print, sayDiagnostics } from './console.ts'
import { FEWEST_STEPS } from './latex.ts'
import { openNetwork } from './open.ts'
import { DONE, FAILED, problems } from './problem.ts'
import { readSource } from './read.ts'
import { resolveFile } from './imports.ts'

export type View = 'neurons' | 'layers' | 'expressions'

export interface GraphOptions {
  readonly format: 'mermaid' | 'dot' | 'svg'
  readonly view?: View
  readonly gradient?: boolean
  /** Whether each step of a recurrence is drawn, and not one for all. */
  readonly unroll?: boolean
  /** Of several losses: whose gradients are drawn. */
  readonly of?: string
  readonly dim?: ReadonlyMap<string, number>
  readonly json?: boolean
}

export async function graph(
  path: string,
  { format, view, gradient = false, unroll = false, of, dim, json = false }: GraphOptions,
): Promise<number> {
  if (gradient && view !== undefined && view !== 'expressions') throw problems.gradientOf(view)
  const source = readSource(path)
  // Neurons and expressions are of every member.
  const isCell = !unroll && !gradient && (view === undefined || view === 'layers')
  const asked = { filename: source.filename, resolve: resolveFile, dims: dim, loss: of }
  const {
    graph: g,
    mathematics,
    recurrent,
    diagnostics,
  } = analyse(source.text, isCell ? { ...asked, recurrences: true, kept: FEWEST_STEPS } : asked)
  const open = mathematics || recurrent || isCell ? undefined : openNetwork(source.text, asked)
  if (open) throw problems.openElements(source.filename, openDims(open)[0]!)
  sayDiagnostics(diagnostics, source, { json })
  const network = recurrent?.network ?? mathematics?.written.network
  if (!network) return FAILED
  if (of !== undefined && of.normalize('NFC') !== network.loss?.name)
    throw problems.noSuchLoss(source.filename, of)
  const drawing = recurrent
    ? cellDrawing(recurrentFormulas(g, recurrent))
    : drawn(g, mathematics!, gradient ? 'expressions' : view, gradient)
  if (!drawing) throw problems.noNeurons(source.filename)
  if (format === 'svg' && drawing.boxes.length > MOST_BOXES)
    throw problems.tooManyBoxes(drawing.boxes.length, MOST_BOXES)
  print(format === 'svg' ? await svg(drawing) : format === 'dot' ? dot(drawing) : mermaid(drawing))
  return DONE
}

/** Without a view neurons where there are few, else layers. */
function drawn(
  g: Graph,
  { written }: Mathematics,
  view: View | undefined,
  backward: boolean,
): Drawing | undefined {
  // What is a layer within an equation has a name in formulas, and neurons of its own.
  const found = formulas(g, written)
  const neurons = view === undefined || view === 'neurons' ? neuronDrawing(found.network) : undefined
  if (neurons || view === 'neurons') return neurons
  return view === 'expressions' ? expressionDrawing(g, found, { backward }) : layerDrawing(found)
}
