/** How the gradients come out: the chain rule from the loss to each parameter, and what the simplifier made of it. */
import { type Backward, type Point, type Use, backward, formulaOf } from '../derive/backward.ts'
import { type Reason, reasonsOf } from '../derive/reasons.ts'
import type { Shape } from '../graph/extent.ts'
import type { Graph } from '../graph/graph.ts'
import { type EquationNode, type Node, isAdjoint } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { readingCost } from './cost.ts'
import { stepwise } from './index.ts'
import { Replay, type Rewrite, replaced } from './stepwise.ts'

/** An expression, what was rewritten, and what came of it. */
export interface Simplification {
  readonly before: Node
  readonly rewrites: readonly Rewrite[]
  readonly result: Node
}

/** A use of a value, with its share of the adjoint. */
export interface WorkedUse {
  readonly user: Worked
  /** What the user sends back, with the user's stand-in in it. */
  readonly sent: Node
  /** ∂user/∂value, of scalars. */
  readonly slope: Simplification | undefined
  /** The rules of calculus that gave it. */
  readonly reasons: readonly Reason[]
}

/** The adjoint of a value: Σ over its uses, simplified; then with the adjoints in it that have no name of their own. */
export interface Worked {
  readonly node: Node
  /** Stands for ∂loss/∂node in what its arguments get. */
  readonly seed: Node
  readonly uses: readonly WorkedUse[]
  readonly sum: Simplification
  readonly inserted: Simplification | undefined
  /** The formula that is printed of it, its own name aside; undefined where it has none. */
  readonly printed: Node | undefined
  /** Whether it has a name in the formulas of others. */
  readonly isTerm: boolean
  /** Whether a derivative by it is asked for. */
  readonly isWanted: boolean
}

/** One way from the loss to a value. */
export type Path = readonly { readonly at: Worked; readonly use: WorkedUse | undefined }[]

export interface Derivation {
  readonly loss: Node
  /** From the loss to what is asked for. */
  readonly points: readonly Worked[]
  readonly wanted: ReadonlyMap<Node, Worked>
  /** The sum of the products of local derivatives along paths, where all values on them are scalars. */
  readonly along: (to: Worked, paths: readonly Path[]) => Simplification
}

export interface DerivationOf {
  /** What was differentiated. */
  readonly loss: EquationNode
  /** The equations of the program. */
  readonly equations: readonly EquationNode[]
  /** The derivatives as they are printed, by what they are taken by. */
  readonly gradients: ReadonlyMap<Node, Node>
  /** The error terms in them. */
  readonly terms: readonly EquationNode[]
  /** What does not change. */
  readonly held?: readonly Node[]
}

/** An adjoint without a name of its own that is longer stands by its derivative in what follows. */
const LONGEST_INSERTED = 40

/** Undefined where there are more values on the way than `most`. */
export function derivation(
  g: Graph,
  { loss, equations, gradients, terms, held = [] }: DerivationOf,
  most: number,
): Derivation | undefined {
  const cuts = new Map(
    terms.flatMap((e) => (e.of && e.of.kind !== 'equation' ? [[e.of, e.name] as const] : [])),
  )
  const found = backward(g, loss, cuts, [...gradients.keys()], held)
  if (found.points.length > most) return undefined
  return new Deriving(g, equations, gradients, terms, found).derive(loss)
}

class Deriving {
  readonly #g: Graph
  readonly #replay: Replay
  readonly #gradients: ReadonlyMap<Node, Node>
  readonly #terms = new Map<Node, EquationNode>()
  readonly #found: Backward
  readonly #worked = new Map<Node, Worked>()
  /** The axes of what is differentiated, which are the first of all derivatives. */
  #of: Shape = []
  /** Stand-ins for the error terms that are printed. */
  readonly #seeds = new Map<Node, Node>()
  /** What is put in for the others. */
  readonly #values = new Map<Node, Node>()

  constructor(
    g: Graph,
    equations: readonly EquationNode[],
    gradients: ReadonlyMap<Node, Node>,
    terms: readonly EquationNode[],
    found: Backward,
  ) {
    this.#g = g
    this.#replay = new Replay(g, stepwise(g, equations))
    this.#gradients = gradients
    this.#found = found
    for (const e of terms) if (e.of) this.#terms.set(e.of, e)
    for (const { node, seed } of found.points)
      for (const e of terms) if (e.of === node) this.#seeds.set(e, seed)
  }

  derive(loss: Node): Derivation {
    this.#of = loss.shape
    const points = this.#found.points.map((point) => this.#point(point))
    const wanted = new Map(points.filter((p) => p.isWanted).map((p) => [p.node, p]))
    return { loss, points, wanted, along: (to, paths) => this.#along(to, paths) }
  }

  #point({ node, seed, uses }: Point): Worked {
    const term = this.#terms.get(node)
    const gradient = this.#gradients.get(node)
    const formula =
      term?.body ?? (gradient && isAdjoint(gradient) && gradient.of === node ? gradient.body : gradient)
    const printed = formula && replaced(this.#g, formula, this.#seeds)
    const isTerm = term !== undefined
    const named = uses.map(({ sent }) => this.#replay.named(sent))
    const sum = this.#simplified(this.#g.addAll(named, [...this.#of, ...node.shape]))
    const put = replaced(this.#g, sum.result, this.#values)
    let inserted = put === sum.result ? undefined : this.#simplified(put)
    const result = (inserted ?? sum).result
    if (printed && printed !== result && uses.length > 0)
      inserted = this.#ending(inserted ?? { before: result, rewrites: [], result }, printed)
    const worked: Worked = {
      node,
      seed,
      uses: uses.map((use, i) => this.#use(node, use, named[i]!)),
      sum,
      inserted,
      printed,
      isTerm,
      isWanted: this.#gradients.has(node),
    }
    this.#worked.set(node, worked)
    const value = printed ?? result
    if (!isTerm && uses.length > 0 && readingCost(value) <= LONGEST_INSERTED) this.#values.set(seed, value)
    return worked
  }

  #use(node: Node, { user, slope }: Use, sent: Node): WorkedUse {
    const { isPoint } = this.#found
    return {
      user: this.#worked.get(user)!,
      sent,
      slope: slope && this.#simplified(this.#replay.named(slope)),
      reasons: reasonsOf(formulaOf(user), node, (n) => n !== user && isPoint(n)),
    }
  }

  #simplified(root: Node): Simplification {
    const before = this.#replay.named(root)
    const { rewrites, result } = this.#replay.simplified(before)
    return { before, rewrites: straight(before, rewrites), result }
  }

  #along({ printed }: Worked, paths: readonly Path[]): Simplification {
    const product = (path: Path): Node =>
      path
        .flatMap(({ use }) => (use?.slope ? [use.slope.result] : []))
        .reduce((a, b) => this.#g.multiply(a, b), this.#g.number(1))
    return this.#ending(this.#simplified(this.#g.addAll(paths.map(product), [])), printed)
  }

  /** What is printed was simplified together with all other formulas, and may have come out otherwise. */
  #ending(found: Simplification, printed: Node | undefined): Simplification {
    if (!printed || found.result === printed) return found
    return { ...found, rewrites: [...found.rewrites, { rule: undefined, after: printed }], result: printed }
  }
}

/** The rewrites without those between two that come to the same. */
function straight(before: Node, rewrites: readonly Rewrite[]): readonly Rewrite[] {
  const places = new Map([[before, 0]])
  const kept: Rewrite[] = []
  for (const rewrite of rewrites) {
    const known = places.get(rewrite.after)
    if (known === undefined) {
      kept.push(rewrite)
      places.set(rewrite.after, kept.length)
    } else for (const { after } of kept.splice(known)) places.delete(after)
  }
  return kept
}

/** How many paths there are from the loss to a value. */
export function countPaths(to: Worked): bigint {
  const counts = new Map<Worked, bigint>()
  const work = [to]
  while (work.length > 0) {
    const top = work[work.length - 1]!
    const missing = top.uses.map((u) => u.user).filter((u) => !counts.has(u))
    if (missing.length > 0) work.push(...missing)
    else {
      work.pop()
      counts.set(top, top.uses.length === 0 ? 1n : top.uses.reduce((sum, u) => sum + counts.get(u.user)!, 0n))
    }
  }
  return counts.get(to)!
}

/** All of them, each from the loss to the value. Only where they are few. */
export function pathsTo(to: Worked): Path[] {
  const paths: Path[] = []
  const work: { at: Worked; rest: Path }[] = [{ at: to, rest: [] }]
  while (work.length > 0) {
    const { at, rest } = work.pop()!
    if (at.uses.length === 0) paths.push([{ at, use: undefined }, ...rest])
    else for (const use of [...at.uses].reverse()) work.push({ at: use.user, rest: [{ at, use }, ...rest] })
  }
  return paths
}

/** Whether a formula mentions an error term. */
export const mentionsTerm = (node: Node): boolean =>
  topological([node], (n) => n.kind === 'equation').some(isAdjoint)
