/**
 * A law as it is written, `1/(1 + exp(u)) = sigmoid(-u)`, in the language itself. What its names stand for is in their
 * letters, as in a book: k, m, n, p are exact numbers, A and B square matrices, z tensors along the axes that a sum in
 * the law is over, all others values, entry by entry.
 */
import { assert } from '../../base/bug.ts'
import { Graph } from '../../graph/graph.ts'
import type { Extent, Shape } from '../../graph/extent.ts'
import type { Node } from '../../graph/node.ts'
import { children, fold } from '../../lower/fold.ts'
import { formula } from '../../lower/formula.ts'
import * as ops from '../../ops/index.ts'
import { parse } from '../../syntax/parse.ts'
import type { ComparisonOperator, Expression } from '../../syntax/tree.ts'

/** A condition on what the names stand for. */
export type Guard =
  /** `u >= 0`, `m + n != 0` */
  | { readonly relation: ComparisonOperator; readonly left: Node; readonly right: Node }
  /** `n : integer`, `y : binary` */
  | { readonly name: string; readonly is: string }

export interface Law {
  readonly left: Node
  readonly right: Node
  readonly guards: readonly Guard[]
}

/** The graph of all laws. */
const graph = new Graph()
const AXIS: Extent = 3
const MATRIX: Shape = [AXIS, AXIS]

export const isNumberName = (name: string): boolean => /^[kmnp]$/.test(name)
const shapeOf = (name: string): Shape => (/^[A-Z]$/.test(name) ? MATRIX : name === 'z' ? [AXIS] : [])

/** Operators that no program mentions, as the laws for code do. */
const hidden = new Map([...ops.running, ops.erfc, ops.log1p].map((op) => [op.name, op] as const))

const named = (name: string): Node =>
  graph.symbol({
    name,
    role: isNumberName(name) ? 'hyper' : 'param',
    shape: shapeOf(name),
    assumptions: new Set(),
  })

/** `left = right where guard, guard`, after the names of parts that the right side is written in: `t = exp(-abs(u))`. */
export function lawOf(text: string, parts: Readonly<Record<string, string>> = {}): Law {
  const { sides, conditions } = split(text)
  const lines = [
    `claim ${sides}`,
    ...Object.entries(parts).map(([name, formula]) => `${name} = ${formula}`),
    ...conditions.map((condition, i) => (isDeclaration(condition) ? '' : `guard_${i} = ${condition}`)),
  ]
  const { program, diagnostics } = parse(lines.join('\n'), { filename: 'law' })
  const [claim, ...others] = program.statements
  assert(!diagnostics.hasErrors && claim?.kind === 'claim', `the law ${text} does not parse`)
  const locals = new Map<string, Node>()
  const valueOf = (tree: Expression): Node => {
    for (const name of namesIn(tree)) if (!locals.has(name)) locals.set(name, named(name))
    return formula(graph, tree, locals, hidden)
  }
  const guards: Guard[] = conditions.filter(isDeclaration).map((condition) => {
    const [name, is] = condition.split(' : ') as [string, string]
    return { name, is }
  })
  for (const statement of others) {
    assert(statement.kind === 'equation', `the law ${text} is followed by a ${statement.kind}`)
    const { name, value } = statement
    if (value.kind === 'comparison')
      guards.push({ relation: value.operator, left: valueOf(value.left), right: valueOf(value.right) })
    else locals.set(name.text, graph.equation(name.text, valueOf(value)))
  }
  return { left: valueOf(claim.left), right: valueOf(claim.right), guards }
}

export function split(text: string): { sides: string; conditions: string[] } {
  const [sides, conditions] = text.split(' where ') as [string, string | undefined]
  return { sides, conditions: conditions?.split(', ') ?? [] }
}
const isDeclaration = (condition: string): boolean => condition.includes(' : ')

const CONSTANTS = new Set(['pi', 'e'])

const namesIn = (tree: Expression): readonly string[] =>
  fold<readonly string[]>(tree, children, (t, names) =>
    t.kind === 'name' && !CONSTANTS.has(t.name) ? [t.name] : names.flat(),
  )
