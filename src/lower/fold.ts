import type { BinaryExpression, Expression, IndexExpression } from '../syntax/tree.ts'

/**
 * The value of a tree from the values of its parts, without recursion: depth costs no stack. `parts` says which trees
 * a tree's value depends on, in order, and `combine` makes its value from theirs.
 */
export function fold<T>(
  root: Expression,
  parts: (tree: Expression) => readonly Expression[],
  combine: (tree: Expression, values: readonly T[]) => T,
): T {
  const stack = [{ tree: root, parts: parts(root), values: [] as T[] }]
  for (;;) {
    const top = stack[stack.length - 1]!
    const next = top.parts[top.values.length]
    if (next !== undefined) {
      stack.push({ tree: next, parts: parts(next), values: [] })
      continue
    }
    const value = combine(top.tree, top.values)
    stack.pop()
    const user = stack[stack.length - 1]
    if (user === undefined) return value
    user.values.push(value)
  }
}

/** All trees directly below a tree. */
export function children(tree: Expression): readonly Expression[] {
  switch (tree.kind) {
    case 'number':
    case 'name':
      return []
    case 'negate':
    case 'not':
    case 'transpose':
      return [tree.operand]
    case 'field':
      return [tree.object]
    case 'binary':
    case 'comparison':
    case 'logical':
      return [tree.left, tree.right]
    case 'call':
      return [
        ...(tree.of ? [tree.of] : []),
        ...tree.args,
        ...tree.named.map((argument) => argument.value),
        ...(tree.instance ? [...subscripts(tree.instance), ...tree.instance.held.map((h) => h.tree)] : []),
      ]
    case 'reduction':
      return [
        tree.body,
        ...tree.ranges.flatMap(({ range }) => [range.from, range.to]),
        ...(tree.condition ? [tree.condition] : []),
      ]
    case 'literal':
      return tree.items
    case 'result':
      return [tree.of]
    case 'index':
      return [tree.object, ...subscripts(tree)]
  }
}

/** The expressions in the brackets; of a part its ends. */
export const subscripts = ({ indices }: Pick<IndexExpression, 'indices'>): readonly Expression[] =>
  indices.flatMap((index) =>
    index.kind !== 'part' ? [index] : index.range ? [index.range.from, index.range.to] : [],
  )

export type Link = { readonly operator: string; readonly tree: BinaryExpression }

/**
 * The operands of a chain of operators of one level, from the left, each with the operator before it and the tree
 * that ends with it: `a - b + c` is a, (−, b), (+, c).
 */
export function chain(
  tree: Expression,
  level: ReadonlySet<string>,
): { first: Expression; links: (Link & { readonly right: Expression })[] } {
  const links: (Link & { readonly right: Expression })[] = []
  let at = tree
  while (at.kind === 'binary' && level.has(at.operator)) {
    links.push({ operator: at.operator, tree: at, right: at.right })
    at = at.left
  }
  return { first: at, links: links.reverse() }
}

export const SUM: ReadonlySet<string> = new Set(['+', '-'])
export const PRODUCT: ReadonlySet<string> = new Set(['*', '/', '@'])
