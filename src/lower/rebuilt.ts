import type { Expression, FieldExpression, IndexExpression, Range, Subscript } from '../syntax/tree.ts'

/** A tree of other parts, in the order of `children`. */
export function rebuilt(t: Expression, parts: readonly Expression[]): Expression {
  const left = [...parts].reverse()
  const next = (): Expression => left.pop()!
  const range = (r: Range): Range => ({ ...r, from: next(), to: next() })
  const subscript = (s: Subscript): Subscript =>
    s.kind !== 'part' ? next() : s.range ? { ...s, range: range(s.range) } : s
  switch (t.kind) {
    case 'number':
    case 'name':
      return t
    case 'negate':
    case 'not':
    case 'transpose':
      return { ...t, operand: next() }
    case 'field':
      return { ...t, object: next() }
    case 'binary':
    case 'comparison':
    case 'logical':
      return { ...t, left: next(), right: next() }
    case 'call':
      return {
        ...t,
        ...(t.of ? { of: next() as IndexExpression | FieldExpression } : {}),
        args: t.args.map(next),
        named: t.named.map((n) => ({ ...n, value: next() })),
        ...(t.instance
          ? {
              instance: {
                indices: t.instance.indices.map(subscript),
                held: t.instance.held.map((h) => ({ ...h, tree: next() })),
              },
            }
          : {}),
      }
    case 'reduction':
      return {
        ...t,
        body: next(),
        ranges: t.ranges.map((r) => ({ ...r, range: range(r.range) })),
        ...(t.condition ? { condition: next() } : {}),
      }
    case 'literal':
      return { ...t, items: t.items.map(next) }
    case 'result':
      return { ...t, of: next() }
    case 'index':
      return {
        ...t,
        object: next(),
        indices: t.indices.map(subscript),
      }
  }
}
