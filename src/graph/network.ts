import { type Rational, toNumber } from '../base/rational.ts'
import type { Span } from '../base/span.ts'
import { type Extent, dimsOf } from './extent.ts'
import type { FixedFamily } from './member.ts'
import type { EquationNode, Node, Symbol } from './node.ts'
import { topological } from './traverse.ts'

/** How a parameter starts. `glorot`, `he`, `lecun` read the fans off the shape: last axis in, first axis out. */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: Rational }
  | { readonly kind: 'uniform'; readonly lo: Rational; readonly hi: Rational }
  | { readonly kind: 'normal'; readonly mean: Rational; readonly sd: Rational }
  | { readonly kind: 'glorot' | 'he' | 'lecun' }

export interface Declaration {
  readonly symbol: Symbol
  /** Of a family whose range is open: where its index runs; the symbol is its general member. */
  readonly range?: { readonly index: string; readonly from: Extent; readonly to: Extent } | undefined
  readonly span: Span
  readonly doc: string | undefined
}
export interface DataDeclaration extends Declaration {
  readonly role: 'input' | 'target'
}
export interface ParamDeclaration extends Declaration {
  readonly role: 'param'
  readonly initialiser: Initialiser
}
export interface HyperDeclaration extends Declaration {
  readonly role: 'hyper'
  /** What it is where a call leaves it out, row-major; none where every call gives it. */
  readonly values: readonly Rational[] | undefined
}

/** The defaults of hyperparameters, where they have some, row-major. */
export const defaultsOf = (hypers: readonly HyperDeclaration[]): Map<string, readonly number[]> =>
  new Map(hypers.flatMap(({ symbol, values }) => (values ? [[symbol.name, values.map(toNumber)]] : [])))

/**
 * The values that hyperparameters keep where others are drawn: a default may be an exponent or a count. One that is 0 everywhere
 * hides its term, and is drawn too.
 */
export function keptDefaults(
  hypers: readonly HyperDeclaration[],
): (s: Symbol) => readonly number[] | undefined {
  const defaults = defaultsOf(hypers)
  return (s) => {
    const values = s.role === 'hyper' ? defaults.get(s.name) : undefined
    return values?.some((value) => value !== 0) ? values : undefined
  }
}

/** An equation of the program; `node.body` is its right-hand side as written, before any simplification. */
export interface Equation {
  readonly name: string
  readonly node: EquationNode
  readonly span: Span
  readonly doc: string | undefined
  /** Of one that says each value of an index alike: that index, which is the first axis. */
  readonly along?: IndexRange
}

/**
 * A block whose range is open: its equations for a general index. Members at earlier indices, and members of other
 * recurrences, are symbols of role `member`.
 */
export interface Recurrence extends IndexRange {
  readonly equations: readonly (Equation & { readonly family: string })[]
}

export interface Domain {
  readonly left: readonly Node[]
  readonly right: readonly Node[]
  /** In what is differentiated anywhere: nothing is claimed where it has no value. */
  readonly differentiated: readonly Node[]
}

/** What the author says is equal, for `check` to judge; a scalar on the right is claimed of every entry. */
export interface Claim {
  readonly left: Node
  readonly right: Node
  /** What must not be negative for a side to have a value, though its normal form may not tell: √x² is x. */
  readonly domain: Domain
  /** Of both sides. */
  readonly span: Span
  /** Of one for each value of an index: which, as a person says it: l = 2. */
  readonly at?: string
}

/** What a call of `forward` gives, one for each sample of a batch, or the mean or the sum over the samples. */
export interface Output {
  readonly name: string
  readonly node: Node
  readonly over?: 'mean' | 'sum' | undefined
}

/** One of several losses. */
export interface Objective {
  readonly loss: Equation
  /** The parameters that it trains. */
  readonly params: readonly Symbol[]
  /** What it is differentiated by: these, unless others are asked for. */
  readonly wrt: readonly Symbol[]
  /** What stands behind the names of its functions: its name in letters of JavaScript. */
  readonly suffix: string
}

/** Where an index runs, both ends included. */
export interface IndexRange {
  readonly index: string
  readonly from: Extent
  readonly to: Extent
}

/** A sum over an index; its node is the general term. */
export interface IndexSum extends IndexRange {
  readonly node: Node
}

/** A claim in a program with an open range: its indices are dims, members at these are symbols or picked from what holds all of them. */
export interface GeneralClaim extends Claim {
  /** The indices whose ranges are open. */
  readonly ranges: readonly IndexRange[]
  /** What symbols in the sides stand for: sums over members at a general index. */
  readonly sums: ReadonlyMap<Node, IndexSum>
}

/** A program as mathematics of one sample: what lowering makes of a tree, and every later phase starts from. */
export interface Network {
  readonly name: string
  readonly doc: string | undefined
  /** In the order of declaration; a number where the extent is known. */
  readonly dims: ReadonlyMap<string, Extent>
  /** The batch axis: its name, or a fixed length, or none. */
  readonly batch: string | number | undefined
  readonly data: readonly DataDeclaration[]
  readonly params: readonly ParamDeclaration[]
  readonly hypers: readonly HyperDeclaration[]
  /** In the order of definition, the loss last, where there is one. */
  readonly equations: readonly Equation[]
  readonly outputs: readonly Output[]
  /** What gradients are of; a program without one is a function of its inputs. */
  readonly loss: Equation | undefined
  /** What the loss is differentiated by: every parameter, unless others are asked for. */
  readonly wrt: readonly Symbol[]
  /** Of a program with several losses: all of them, `loss` and `wrt` being one's. */
  readonly losses?: readonly Objective[]
  readonly claims: readonly Claim[]
  /** Claims of a program some range of which is open, which stand for all lengths. */
  readonly general: readonly GeneralClaim[]
  /** Where a depth is open; such a network has formulas, and code only when the depth is given. */
  readonly recurrences: readonly Recurrence[]
  /** Families of their own for numbers in the places of indices, by their names. */
  readonly fixed?: ReadonlyMap<string, FixedFamily>
  /** Where values are written, each the first time, as far as it was lowered from a text. */
  readonly places?: ReadonlyMap<Node, Span>
}

/** A network as one of its losses sees it, and what the functions of that loss have behind their names where there are several. */
export interface OfLoss {
  readonly derived: Derived
  readonly suffix?: string | undefined
}

/** The network as one of its losses sees it. */
export const ofLoss = (network: Network, { loss, wrt }: Objective): Network => ({
  ...network,
  loss,
  wrt,
  equations: [...network.equations.filter(({ name }) => name !== loss.name), loss],
})

/** The same, as if it had no other loss. */
export function ofLossAlone(network: Network, objective: Objective): Network {
  const { losses: all = [], ...own } = ofLoss(network, objective)
  const others = new Set(all.map(({ loss }) => loss.node).filter((node) => node !== objective.loss.node))
  const used = new Set(topological([objective.loss.node]))
  return { ...own, equations: own.equations.filter(({ node }) => !others.has(node) || used.has(node)) }
}

/** The node of the loss, where there is one: as the first of roots. */
export const lossNodes = ({ loss }: Pick<Network, 'loss'>): readonly Node[] => (loss ? [loss.node] : [])

/** What a program's own values are: the loss, where there is one, and the outputs. */
export const valueNodes = ({ loss, outputs }: Pick<Network, 'loss' | 'outputs'>): readonly Node[] => [
  ...lossNodes({ loss }),
  ...outputs.map(({ node }) => node),
]

/** What is judged of a program: the loss, or the outputs of one without. */
export const judgedNodes = ({ loss, outputs }: Pick<Network, 'loss' | 'outputs'>): readonly Node[] =>
  loss ? [loss.node] : outputs.map(({ node }) => node)

/** Whether parameters are handed to every call: a function that learns nothing takes none. */
export const takesParams = ({ loss, params }: Pick<Network, 'loss' | 'params'>): boolean =>
  loss !== undefined || params.length > 0

/** What a sentence calls a program's value, and where it is: the loss, or else its last equation. */
export const mainOf = ({ loss, equations }: Pick<Network, 'loss' | 'equations'>): Equation | undefined =>
  loss ?? equations.at(-1)

/** The dims that leave the range of a block or of a family open, each once. */
export const openDims = ({ recurrences, params, data }: Network): string[] => [
  ...new Set(
    [...recurrences, ...[...params, ...data].flatMap(({ range }) => range ?? [])].flatMap(({ from, to }) => [
      ...dimsOf(to),
      ...dimsOf(from),
    ]),
  ),
]

/** What the calculus adds, per sample, simplified. Params that the loss does not reach have a zero gradient. */
export interface Derived {
  readonly network: Network
  /** ∂loss/∂v, shaped like v, in the order of `network.wrt` or of what else was asked for. */
  readonly gradients: ReadonlyMap<Symbol, Node>
  /** The loss, or what else was asked for, as it was differentiated: derivatives in the program taken, and simplified where that is shorter. */
  readonly differentiated?: EquationNode | undefined
  /** What the equations that write a derivative come to, with it taken, simplified. */
  readonly taken?: ReadonlyMap<string, Node>
}
