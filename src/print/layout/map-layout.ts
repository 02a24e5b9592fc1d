import {
  type Layout,
  accent,
  big,
  brace,
  call,
  cases,
  derivative,
  fence,
  fraction,
  root,
  row,
  script,
  table,
} from './layout.ts'

/** A layout with parts of it replaced: `change` sees each from the outside, and gives undefined to look into it. */
export function mapLayout(l: Layout, change: (part: Layout) => Layout | undefined): Layout {
  const own = change(l)
  if (own) return own
  const map = (part: Layout): Layout => mapLayout(part, change)
  switch (l.kind) {
    case 'letter':
    case 'number':
    case 'function':
    case 'operator':
      return l
    case 'accent':
      return accent(l.accent, map(l.body))
    case 'script': {
      const base = map(l.base)
      // A script joins one that its base has now; else it stands as it stood, of a call without brackets.
      const joined = base.kind === 'script' && l.base.kind !== 'script'
      // An exponent is a formula; an index of a family, in brackets, is none.
      const sup = l.sup && l.sup.kind !== 'fence' ? map(l.sup) : l.sup
      return joined ? { ...script(base, l.sub, sup), level: l.level } : { ...l, base, sup }
    }
    case 'row':
      return row(l.items.map(map), l.level)
    case 'fraction':
      return fraction(map(l.top), map(l.bottom))
    case 'root':
      return root(map(l.body))
    case 'fence':
      return fence(l.open, map(l.body), l.flat)
    case 'call':
      return call(map(l.callee), l.args.map(map))
    case 'big':
      return big(l.under, map(l.body), l.over)
    case 'cases':
      return cases(
        l.rows.map(({ value, condition }) => ({ value: map(value), condition: condition && map(condition) })),
        l.words,
      )
    case 'table':
      return table(l.rows.map((cells) => cells.map(map)))
    case 'derivative':
      return derivative(map(l.of), ...l.by.map(map))
    case 'brace':
      return brace(map(l.body), l.under)
  }
}
