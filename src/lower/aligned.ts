/** Equations that define the next member, h[t+1] = f(h[t]), said of their own: h[t] = f(h[t-1]), one value of the index further on. */
import type { EquationStatement, Expression, IndexRange, Range, Statement } from '../syntax/tree.ts'
import { children, fold } from './fold.ts'
import { shiftOf, walk } from './plan.ts'
import { rebuilt } from './rebuilt.ts'

/** The statements in which the left sides over certain ranges have their index alone; equations of blocks of which that was not so stand behind these. */
export function aligned(
  statements: readonly Statement[],
  isKept: (range: IndexRange) => boolean,
): readonly Statement[] {
  const inBlock = (
    statement: Statement,
    around: readonly IndexRange[],
  ): { readonly left: Statement | undefined; readonly moved: readonly Statement[] } => {
    if (statement.kind === 'for') {
      const parts = statement.body.map((s) => inBlock(s, [...around, ...statement.ranges]))
      const moved = parts.flatMap((p) => p.moved)
      if (moved.length === 0) return { left: statement, moved }
      const body = parts.flatMap((p) => p.left ?? [])
      return { left: body.length === 0 ? undefined : { ...statement, body }, moved }
    }
    if (statement.kind !== 'equation') return { left: statement, moved: [] }
    const ranges = [...around, ...statement.ranges]
    const own = ranges.filter(isKept).reduce(moved, { ...statement, ranges })
    return own.value === statement.value ? { left: statement, moved: [] } : { left: undefined, moved: [own] }
  }
  return statements.flatMap((statement) => {
    const { left, moved } = inBlock(statement, [])
    return moved.length === 0 ? [statement] : [...(left ? [left] : []), ...moved]
  })
}

/** An equation with `t` on its left where it has `t + c`. */
function moved(statement: EquationStatement, { name: { text: index } }: IndexRange): EquationStatement {
  const uses = (tree: Expression): boolean =>
    [...walk(tree)].some((t) => t.kind === 'name' && t.name === index)
  const having = statement.indices.filter(uses)
  const by = having.length === 1 ? (shiftOf(having[0]!, index) ?? 0) : 0
  if (by === 0) return statement
  const back = (tree: Expression): Expression =>
    fold<Expression>(tree, children, (t, made) =>
      t.kind === 'name' && t.name === index ? plus(t, -by) : rebuilt(t, made),
    )
  const both = (range: Range, change: (end: Expression) => Expression): Range => ({
    ...range,
    from: change(range.from),
    to: change(range.to),
  })
  return {
    ...statement,
    indices: statement.indices.map((s) => (s === having[0] ? nameOf(index, s) : s)),
    value: back(statement.value),
    ranges: statement.ranges.map((r) => ({
      ...r,
      range: both(r.range, r.name.text === index ? (end) => plus(end, by) : back),
    })),
  }
}

const nameOf = (name: string, { span }: Expression): Expression => ({ kind: 'name', name, span })

function plus(left: Expression, by: number): Expression {
  const { span } = left
  const right: Expression = { kind: 'number', text: String(Math.abs(by)), span }
  return { kind: 'binary', operator: by > 0 ? '+' : '-', left, right, span }
}
