/** The forms for running: values that lose no digits, their derivatives, products with vectors. */
import { report } from '../base/messages.ts'
import { PRODUCTS, type ProductName, productOf } from '../derive/functions.ts'
import { gradients } from '../derive/gradients.ts'
import { type SegmentLength, segmented } from '../derive/segments.ts'
import type { Graph } from '../graph/graph.ts'
import { type Derived, type Network, type OfLoss, ofLoss } from '../graph/network.ts'
import { type Node, type Symbol, isSource } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { withTermNames } from '../print/index.ts'
import { keepsDigits, simplify, specialise } from '../simplify/index.ts'
import { attached, overflows, stabilised } from '../stable/index.ts'
import { keepsAllDigits } from '../stable/safe.ts'
import { rootsOf, valuesOf, withRoots } from '../stages.ts'
import { type Mathematics, toMathematics } from './analyse.ts'
import { carriedFormulas, readable, together } from './carried.ts'
import { type Settings, areThere } from './options.ts'
import { type Run, noneRefused } from './run.ts'
import type { Carried } from './target.ts'

export interface Start {
  readonly graph: Graph
  readonly mathematics: Mathematics
}

/** What routines are made of: the network as one of several losses sees it, or a product with a vector. */
export interface Part extends OfLoss {
  readonly product?: ProductName
}

/** The network is the program's. */
export interface Special {
  readonly network: Network
  readonly parts: readonly Part[]
  readonly carried: Carried
}

/** The network as each of its losses sees it, in forms that lose no digits; of one loss, or none, as it is. */
export function toLosses(
  run: Run,
  options: Settings,
  { graph, mathematics }: Start,
): { readonly network: Network; readonly losses: readonly Part[]; readonly carried: Carried } | undefined {
  const { network } = mathematics.written
  if (!areThere(network, options, run.diagnostics)) return undefined
  const objectives = network.losses ?? []
  const suffixes = objectives.length > 1 ? objectives.map(({ suffix }) => suffix) : [undefined]
  const all = suffixes.map((_, i) =>
    i === 0 ? mathematics : toMathematics(run, graph, ofLoss(network, objectives[i]!)),
  )
  const losses: Part[] = []
  const carried: [suffix: string | undefined, Carried][] = []
  for (const [i, one] of all.entries()) {
    if (!one) return undefined
    const found = toNamed(run, options, { graph, mathematics: one })
    carried.push([suffixes[i], found.carried])
    losses.push({ derived: found.named, suffix: suffixes[i] })
  }
  return { network, losses, carried: together(network, carried) }
}

/** The forms for running. Loops make graphs of their own: of this one only what they start from stays in memory. */
export function toSpecial(run: Run, options: Settings, start: () => Start | undefined): Special | undefined {
  const started = start()
  if (!started) return undefined
  const { functions = [], to } = options
  const sharesTanh = to.of === 'loops' && to.tuning.sharesTanh
  const { graph } = started
  const found = toLosses(run, options, started)
  if (!found) return undefined
  const { network, losses, carried } = found
  const objectives = network.losses ?? []
  const parts: Part[] = losses.map(({ derived: named, suffix }) => ({
    derived: run.stage('specialise', () =>
      withRoots(named, specialise(graph, rootsOf(named), valuesOf(named), sharesTanh)),
    ),
    suffix,
  }))
  for (const product of PRODUCTS.filter((name) => functions.includes(name)))
    for (const [i, { derived, suffix }] of (product === 'hvp' ? losses : losses.slice(0, 1)).entries()) {
      const own = derived.network
      const trained = new Set(objectives[i]?.params)
      const params = objectives[i] && own.params.filter(({ symbol }) => trained.has(symbol))
      const made = toProduct(run, graph, own, product, params, sharesTanh)
      parts.push({ derived: made, product, suffix: product === 'hvp' ? suffix : undefined })
    }
  return { network, parts, carried }
}

/** In forms that lose no digits, with the names that formulas give to its terms. */
function toNamed(
  run: Run,
  { formulas = true, checkpoint = false, to }: Settings,
  { graph, mathematics }: Start,
): { readonly named: Derived; readonly carried: Carried } {
  const { written, simplified } = mathematics
  // Before specialising: formulas are printed from what people write, softmax and not shifted exponentials.
  const found = formulas ? readable(run, graph, mathematics) : undefined
  const carried = found ? carriedFormulas(found) : {}
  const length = checkpoint === false || to.of === 'graph' ? undefined : checkpoint
  const stable = toStable(run, graph, simplified, length)
  const named = withRoots(stable, withTermNames(graph, written, rootsOf(stable)))
  return { named, carried }
}

/** A product with a vector, in forms for running: of values that lose no digits. */
function toProduct(
  run: Run,
  graph: Graph,
  network: Network,
  name: ProductName,
  trained: Network['params'] | undefined,
  sharesTanh: boolean,
): Derived {
  const made: Derived = { network: productOf(graph, network, name, trained), gradients: new Map() }
  const roots = valuesOf(made)
  const found = simplify(graph, attached(graph, roots), topological(roots).filter(isSource), keepsDigits)
  noneRefused(run, found.refused)
  return withRoots(made, specialise(graph, found.roots, found.roots, sharesTanh))
}

/** The loss and the outputs in forms that lose no digits, and in segments where these are asked for, and their derivatives; the same where they are so already. */
function toStable(run: Run, graph: Graph, simplified: Derived, length: SegmentLength | undefined): Derived {
  return run.stage('stabilise', () => {
    const values = valuesOf(simplified)
    const isParameter = ({ role }: Symbol): boolean => role === 'param'
    const stable = stabilised(graph, values, isParameter)
    const inSegments = length === undefined ? undefined : segmented(graph, stable, length)
    if (length !== undefined && !inSegments) report(run.diagnostics, 'no-checkpoint', run.blamed)
    const forms = inSegments ?? stable
    const isSame = (nodes: readonly (Node | undefined)[]): boolean => nodes.every((n, i) => n === values[i])
    const simplest = (roots: readonly Node[]): readonly Node[] => {
      const equations = topological(roots).filter(isSource)
      const found = simplify(graph, attached(graph, roots), equations, keepsDigits)
      noneRefused(run, found.refused)
      return found.roots
    }
    const isStable = !inSegments && (isSame(forms) || isSame(simplest(forms)))
    if (isStable && !overflows(graph, [...simplified.gradients.values()], isParameter)) return simplified
    const { network } = withRoots({ ...simplified, gradients: new Map() }, forms)
    const derived = { network, gradients: gradients(graph, network) }
    const found = withRoots(derived, simplest(rootsOf(derived)))
    return withWritten(found, simplified, (roots) => stabilised(graph, roots, isParameter))
  })
}

/** With a gradient as it is printed, where that loses no digits, and the one of the stable loss may. */
function withWritten(
  { network, gradients: found }: Derived,
  { gradients: written }: Derived,
  stable: (roots: readonly Node[]) => readonly Node[],
): Derived {
  const chosen = [...found].map(([symbol, node]): [Symbol, Node] => {
    const own = keepsAllDigits(node) ? undefined : written.get(symbol)
    const [better] = own ? stable([own]) : []
    return [symbol, better && keepsAllDigits(better) ? better : node]
  })
  return { network, gradients: new Map(chosen) }
}
