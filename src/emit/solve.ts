import type { Shape, SymbolicExtent } from '../graph/extent.ts'
import { dimsOf } from '../graph/extent.ts'
import { type Affine, type DimValue, affineIn, polynomial, sizeExpression } from './extents.ts'
import { type Field, type Fields, type Leaf, access, leaves, openDims as openDimsIn } from './fields.ts'
import { type Expression, binary, divide, math, member, name, num, subtract } from './tree.ts'

/**
 * One unknown found: length = Π others · (slope·dim + base)^power, where everything but `dim` is known by then.
 */
export interface Step {
  readonly dim: string
  /** The argument in which the length stands. */
  readonly object: string
  readonly field: string
  readonly path: readonly number[]
  readonly leaf: Leaf
  readonly others: Shape
  readonly affine: Affine
  readonly power: number
}

/** How the lengths of some data determine open extents, in an order in which they can be computed. */
export interface Solution {
  readonly steps: readonly Step[]
  readonly solved: ReadonlySet<string>
}

/**
 * Solves for the open extents. Each tensor gives one equation, length = product of its extents; one is used where a
 * single unknown is left in it, in one extent or in several that are equal, as an affine function. Simple equations
 * come first: a length that *is* the unknown before one that is its square. What does not follow stays unsolved.
 *
 * @param known open extents that are known already
 */
function solve(object: string, fields: readonly Field[], known: ReadonlySet<string> = new Set()): Solution {
  const equations = fields.flatMap((f) =>
    [...leaves(f.item)].flatMap(({ leaf, path }) => {
      const one = { leaf, path, field: f.name, open: openDims(leaf.shape) }
      if (leaf.members === undefined) return [one]
      // The length of a list, and that of its first member.
      const shape = [leaf.members]
      return [
        { ...one, leaf: { ...leaf, shape }, open: openDims(shape) },
        { ...one, path: [...path, 0] },
      ]
    }),
  )
  const candidates = equations.filter((e) => e.open.size > 0)
  const solved = new Set<string>(known)
  const steps: Step[] = []
  for (;;) {
    let best: Step | undefined
    for (const { leaf, path, field, open } of candidates) {
      const unknown = [...open].filter((d) => !solved.has(d))
      if (unknown.length !== 1) continue
      const step = isolate({ object, field, path, leaf }, unknown[0]!)
      if (step && (!best || effort(step) < effort(best))) best = step
      if (best && effort(best) === 0) break
    }
    if (!best) return { steps, solved }
    solved.add(best.dim)
    steps.push(best)
  }
}

const openDims = (shape: Shape): Set<string> => new Set(shape.flatMap(dimsOf))

const effort = ({ power, affine }: Step): number =>
  (power - 1) * 2 + (affine.base.length > 0 || affine.slope[0]!.dims.size > 0 ? 1 : 0)

function isolate(place: Pick<Step, 'object' | 'field' | 'path' | 'leaf'>, dim: string): Step | undefined {
  const { leaf } = place
  const holds = leaf.shape.filter((e): e is SymbolicExtent => dimsOf(e).includes(dim))
  const first = holds[0]!
  if (!holds.every((e) => e === first)) return undefined
  const affine = affineIn(first, dim)
  if (!affine) return undefined
  return {
    ...place,
    dim,
    affine,
    power: holds.length,
    others: leaf.shape.filter((e) => e !== first),
  }
}

/** The value of the unknown; a whole number of at least 1 where the length is a possible one. */
export function stepExpression(step: Step, dim: DimValue): Expression {
  const length = member(access(name(step.object), step.field, step.path), 'length')
  const power = divide(length, sizeExpression(step.others, dim))
  const extent =
    step.power === 1
      ? power
      : // A root of a whole number need not come out whole; the check that follows compares the length itself.
        math(
          'round',
          step.power === 2 ? math('sqrt', power) : binary('**', power, divide(num(1), num(step.power))),
        )
  const above = step.affine.base.length > 0 ? subtract(extent, polynomial(step.affine.base, dim)) : extent
  return divide(above, polynomial(step.affine.slope, dim))
}

/** How params and data of a routine determine their open extents together. */
export function together(lengths: Lengths, data: 'inputs' | 'data'): Solution {
  const both = [lengths.params, lengths[data]]
  const [one, then] = lengths.first === 'params' ? both : both.reverse()
  return {
    steps: [...one!.steps, ...then!.steps],
    solved: new Set([...one!.solved, ...then!.solved]),
  }
}

/** What tells its lengths first, params or data; the other is checked with those of them that it depends on. */
export interface Lengths {
  readonly first: 'params' | 'data'
  readonly told: Readonly<Record<'params' | 'inputs' | 'data', ReadonlySet<string>>>
  readonly params: Solution
  readonly inputs: Solution
  readonly data: Solution
}

/** Params come first where they tell all of theirs. */
export function lengthsOf({ params, inputs, targets }: Fields): Lengths {
  const data = [...inputs, ...targets]
  const own = solve('params', params)
  const among = (solved: ReadonlySet<string>, fields: readonly Field[]): Set<string> =>
    new Set([...openDimsIn(fields)].filter((d) => solved.has(d)))
  const none: ReadonlySet<string> = new Set()
  if ([...openDimsIn(params)].every((d) => own.solved.has(d)))
    return {
      first: 'params',
      told: { params: none, inputs: among(own.solved, inputs), data: among(own.solved, data) },
      params: own,
      inputs: solve('inputs', inputs, own.solved),
      data: solve('data', data, own.solved),
    }
  const found = solve('inputs', inputs)
  return {
    first: 'data',
    told: { params: among(found.solved, params), inputs: none, data: none },
    params: solve('params', params, found.solved),
    inputs: found,
    data: solve('data', data),
  }
}

/** The steps that lead to the dims that are wanted. */
export function stepsFor(solution: Solution, wanted: ReadonlySet<string>): Step[] {
  const needed = new Set(wanted)
  const kept: Step[] = []
  for (let i = solution.steps.length - 1; i >= 0; i--) {
    const step = solution.steps[i]!
    if (!needed.has(step.dim)) continue
    kept.unshift(step)
    for (const d of openDims(step.leaf.shape)) needed.add(d)
  }
  return kept
}
