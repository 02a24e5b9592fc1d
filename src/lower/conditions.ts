/** Conditions: comparisons, of index values too, and what `and`, `or` and `not` make of them. */
import { MINUS_ONE, ONE, type Rational, ZERO, compare, same } from '../base/rational.ts'
import { constantValue } from '../graph/graph.ts'
import { holds } from '../graph/numbers.ts'
import { axisOf, isWhole } from '../graph/subscripts.ts'
import { type Node, peel } from '../graph/node.ts'
import type { ComparisonExpression, Expression, LogicalExpression } from '../syntax/tree.ts'
import { type Context, type Env, complain } from './context.ts'
import {
  ANYWHERE,
  type Domain,
  type Linear,
  both,
  combine,
  constantForm,
  either,
  linearOf,
} from './domain.ts'
import { RELATIONS } from './comparisons.ts'
import { children } from './fold.ts'
import { equalPlaces, samePlace } from './index-data.ts'
import { isPlain } from './plain.ts'
import { fitted, joined } from './shapes.ts'

export const isCondition = (tree: Expression): boolean =>
  tree.kind === 'comparison' || tree.kind === 'logical' || tree.kind === 'not'

/** What is known of index data where a node has whole values by what it is: it is compared with members, which count from 1. */
const isSelection = (node: Node): boolean => isWhole(node) && axisOf(node) !== undefined

/** 1 where the condition holds, else 0. (Conditions nest as deep as the limits of the syntax allow.) */
export function condition(ctx: Context, env: Env, tree: Expression): Node | undefined {
  const { graph } = ctx
  if (tree.kind === 'not') {
    const inner = condition(ctx, env, tree.operand)
    return inner && graph.sum([{ node: inner, coefficient: MINUS_ONE }], ONE, inner.shape)
  }
  if (tree.kind === 'logical') {
    let result: Node | undefined
    let here = env
    for (const operand of operandsOf(tree)) {
      const next = condition(ctx, here, operand)
      if (!next) return undefined
      // What stands before guards what comes: i > 1 and x[i-1] > 0.
      here = guarded(here, implied(ctx, here, operand, tree.operator === 'and'))
      if (!result) {
        result = next
        continue
      }
      const shape = joined(ctx, env, tree.operator, result.shape, next.shape, tree.span)
      if (!shape) return undefined
      const [a, b] = [fitted(graph, result, shape), fitted(graph, next, shape)]
      // a or b = a + b − ab
      result =
        tree.operator === 'and'
          ? graph.multiply(a, b)
          : graph.sum(
              [
                { node: a, coefficient: ONE },
                { node: b, coefficient: ONE },
                { node: graph.multiply(a, b), coefficient: MINUS_ONE },
              ],
              ZERO,
              shape,
            )
    }
    return result
  }
  if (tree.kind !== 'comparison') return complain(ctx, env, 'missing-comparison', tree.span, {})
  const [a, b] = [ctx.evaluate(ctx, env, tree.left), ctx.evaluate(ctx, env, tree.right)]
  return a && b && comparison(ctx, env, tree, a, b)
}

function comparison(ctx: Context, env: Env, tree: ComparisonExpression, a: Node, b: Node): Node | undefined {
  const { graph } = ctx
  const shape = joined(ctx, env, tree.operator, a.shape, b.shape, tree.span)
  if (!shape) return undefined
  const { operator } = tree
  if (isSelection(a) || isSelection(b)) {
    const sides = [a, b].map((node) => ({ node, selects: isSelection(node), linear: linearOf(node) }))
    const other = sides.find((s) => !s.selects)
    if (other && !other.linear)
      return complain(ctx, env, 'index-as-number', tree.span, {
        what: 'compared with a number that is computed',
      })
    if (operator !== '==' && operator !== '!=')
      return complain(ctx, env, 'index-as-number', tree.span, { what: `compared by ${operator}` })
    // Members count from 1, data from 0.
    const equal = other
      ? equalPlaces(graph, a, b, shape, other.node === a ? -1 : 1)
      : samePlace(ctx, env, tree, a, b)
    if (!equal) return undefined
    return operator === '==' ? equal : graph.sum([{ node: equal, coefficient: MINUS_ONE }], ONE, shape)
  }
  if (operator === '==' && [a, b].every(isPosition)) return equalPlaces(graph, a, b, shape)
  return graph.stretch(
    graph.apply(
      RELATIONS[operator],
      [a, b].map((n) => (n.shape.length === 0 ? n : fitted(graph, n, shape))),
    ),
    shape,
  )
}

/** Whether a value is a whole multiple of indices, dims and numbers. */
function isPosition(node: Node): boolean {
  const form = linearOf(node)
  return form !== undefined && [...form.terms.values(), form.constant].every(Number.isInteger)
}

/** Whether a condition of known numbers holds, such as of indices that are run through; undefined where it is of other things. */
export function decided(ctx: Context, env: Env, tree: Expression): boolean | undefined {
  if (tree.kind === 'not') {
    const inner = decided(ctx, env, tree.operand)
    return inner === undefined ? undefined : !inner
  }
  if (tree.kind === 'logical') {
    const settles = tree.operator === 'or'
    let all: boolean | undefined = !settles
    for (const operand of operandsOf(tree)) {
      const one = decided(ctx, env, operand)
      if (one === settles) return settles
      if (one === undefined) all = undefined
    }
    return all
  }
  if (tree.kind !== 'comparison' || !isPlain(ctx, env, tree.left) || !isPlain(ctx, env, tree.right))
    return undefined
  const [a, b] = [tree.left, tree.right].map((side) => {
    const node = ctx.evaluate(ctx, env, side)
    return node && constantValue(peel(node))
  })
  return a && b ? holds(RELATIONS[tree.operator].relation!, a, b, less, same) : undefined
}

const less = (a: Rational, b: Rational): boolean => compare(a, b) < 0

/** Where something more is known. */
export const guarded = (env: Env, more: Domain): Env => ({
  ...env,
  domain: both(env.domain ?? ANYWHERE, more),
})

/** What holds of indices where a condition does, or does not. */
export function implied(ctx: Context, env: Env, tree: Expression, when: boolean): Domain {
  if (tree.kind === 'not') return implied(ctx, env, tree.operand, !when)
  if (tree.kind === 'logical') {
    const [first, ...others] = operandsOf(tree)
    const join = (tree.operator === 'and') === when ? both : either
    return others.reduce((sum, t) => join(sum, implied(ctx, env, t, when)), implied(ctx, env, first!, when))
  }
  if (tree.kind !== 'comparison' || !isOfIndices(env, tree)) return ANYWHERE
  const [a, b] = [ctx.evaluate(ctx, env, tree.left), ctx.evaluate(ctx, env, tree.right)].map(
    (n) => n && linearOf(n),
  )
  if (!a || !b) return ANYWHERE
  const above = combine(a, b, -1)
  const below = combine(b, a, -1)
  const strictly = (f: Linear): Linear => combine(f, constantForm(-1))
  switch (tree.operator) {
    case '<':
      return [[when ? strictly(below) : above]]
    case '<=':
      return [[when ? below : strictly(above)]]
    case '>':
      return [[when ? strictly(above) : below]]
    case '>=':
      return [[when ? above : strictly(below)]]
    case '==':
    case '!=':
      return (tree.operator === '==') === when ? [[above, below]] : [[strictly(above)], [strictly(below)]]
  }
}

/** Whether both sides are written with indices, dims and numbers alone: then they have no subscripts that a condition could guard. */
const isOfIndices = (env: Env, tree: ComparisonExpression): boolean => {
  const work: Expression[] = [tree.left, tree.right]
  for (let t = work.pop(); t; t = work.pop()) {
    if (t.kind === 'index' || t.kind === 'call' || t.kind === 'reduction') return false
    work.push(...children(t))
  }
  return (env.indices?.length ?? 0) > 0
}

/** The operands of a chain of one operator, which is as deep along its left side as it is long. */
function operandsOf(tree: LogicalExpression): Expression[] {
  const operands: Expression[] = []
  let at: Expression = tree
  for (; at.kind === 'logical' && at.operator === tree.operator; at = at.left) operands.unshift(at.right)
  return [at, ...operands]
}
