/** How the derivatives come out that a program writes, J = ∂p/∂q: each like a gradient, inner ones first. */
import { type NamedDerivative, derivativesIn } from '../../derive/named.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Derived, Network } from '../../graph/network.ts'
import { type EquationNode, type Node, type Symbol, isSource } from '../../graph/node.ts'
import { type FormulaOptions, formulas } from '../formulas/formulas.ts'
import { type Steps, derivationSteps } from './steps.ts'

/** A program in which every derivative has a name, and what they come to (`Mathematics`). */
interface Program {
  readonly written: Derived
  /** With the derivatives in their places. */
  readonly expanded: Network
}

/** All derivatives of one value that the program writes, with the same held. */
export interface DerivativesOf {
  readonly of: string
  readonly held: readonly Node[]
  /** With what is known where they are written. */
  readonly derived: Derived
}

/**
 * The formulas, and a derivation for all derivatives of one value; undefined where one of these goes through too many values. No blocks
 * where the program writes no derivative.
 */
export function derivativeSteps(g: Graph, program: Program, options: FormulaOptions = {}): Steps | undefined {
  const all: Steps[] = []
  for (const { of, held, derived } of derivativesByValue(g, program)) {
    const steps = derivationSteps(g, derived, { ...options, of, held })
    if (!steps) return undefined
    all.push(steps)
  }
  const intros = all.flatMap(({ intro }) => intro)
  return {
    found: formulas(g, program.written, options),
    intro: intros.filter((line, i) => intros.findIndex((l) => String(l[0]) === String(line[0])) === i),
    blocks: all.flatMap(({ blocks }) => blocks),
  }
}

/** What the program differentiates, in the order of its equations. */
export function derivativesByValue(g: Graph, { written, expanded }: Program): DerivativesOf[] {
  const taken = written.taken ?? new Map<string, Node>()
  const nodes = new Map(expanded.equations.map(({ name, node }) => [name, node]))
  const at = (node: Node): Node => (isSource(node) ? nodes.get(node.name)! : node)
  return sameValue(derivativesIn(written.network)).flatMap((group): DerivativesOf[] => {
    const [{ name: first, derivative }] = group
    const { of, held } = derivative
    if (!isSource(of)) return []
    const value = taken.get(of.name)
    const differentiated = value ? (g.equation(of.name, bodyOf(value)) as EquationNode) : nodes.get(of.name)!
    const gradients = new Map(
      group.map(({ name, derivative: { by } }) => [symbolOf(by), bodyOf(taken.get(name)!)] as const),
    )
    // A derivative is not told by its own name, nor by what is made of it.
    const before = expanded.equations.findIndex(({ name }) => name === first)
    const network = { ...expanded, loss: undefined, equations: expanded.equations.slice(0, before) }
    return [{ of: of.name, held: held.map(at), derived: { network, gradients, differentiated } }]
  })
}

/** Together those of one value with the same held, in their order. */
function sameValue(all: readonly NamedDerivative[]): [NamedDerivative, ...NamedDerivative[]][] {
  const groups: [NamedDerivative, ...NamedDerivative[]][] = []
  for (const one of all) {
    const { of, held, by } = one.derivative
    const known = groups.find(
      ([{ derivative: d }, ...rest]) =>
        d.of === of &&
        d.held.length === held.length &&
        d.held.every((h, i) => h === held[i]) &&
        [d, ...rest.map((r) => r.derivative)].every((r) => r.by !== by),
    )
    if (known) known.push(one)
    else groups.push([one])
  }
  return groups
}

const bodyOf = (node: Node): Node => (node.kind === 'equation' ? node.body : node)

/** What is differentiated by, as a symbol of its name. */
const symbolOf = (by: Node): Symbol =>
  by.kind === 'symbol'
    ? by.symbol
    : { name: (by as EquationNode).name, role: 'input', shape: by.shape, assumptions: new Set() }
