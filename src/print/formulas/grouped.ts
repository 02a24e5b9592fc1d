/**
 * Lines of a recurrence that differ in a subscript alone, said once: ∂J/∂W_k = … for k = i, f, o, g, as papers write the gates of a cell.
 */
import { mapLayout } from '../layout/map-layout.ts'
import { type Layout, letter, partsOf, script } from '../layout/layout.ts'
import { toText } from '../layout/text.ts'
import type { Formulas, Line } from './formulas.ts'

/** From so many lines on. */
const LEAST = 3

/** Letters for what runs over the subscripts: the first one that is no name, no index and no subscript. */
const LETTERS = ['k', 'q', 'm', 'n', 'p', 'r', 'j']

/** The formulas with such lines as one, at the place of the first of them. */
export function grouped(found: Formulas): Formulas {
  if (found.network.recurrences.length === 0) return found
  const lines = [...found.forward, ...found.errorTerms, ...found.gradients]
  const used = new Set<string>()
  const work = lines.flatMap(({ left, right, range }) => [left, right, ...(range ? [range.index] : [])])
  for (let l = work.pop(); l; l = work.pop()) {
    if (l.kind === 'letter') used.add(l.text)
    work.push(...partsOf(l))
  }
  const free = LETTERS.find((text) => !used.has(text))
  if (free === undefined) return found
  const index = letter(free)
  return {
    ...found,
    forward: inGroups(found.forward, index),
    errorTerms: inGroups(found.errorTerms, index),
    gradients: inGroups(found.gradients, index),
  }
}

interface Member {
  readonly line: Line
  readonly subscript: Layout
  /** With the letter for the subscript. */
  readonly general: Line
}

function inGroups(lines: readonly Line[], index: Layout): Line[] {
  const groups = new Map<string, Member[]>()
  for (const line of lines) {
    if (line.entries || line.mean) continue
    for (const subscript of subscriptsIn(line.left)) {
      const general = {
        ...line,
        left: without(line.left, subscript, index),
        right: without(line.right, subscript, index),
      }
      const key = `${toText(general.left)} = ${toText(general.right)} ${line.range ? Object.values(line.range).map(toText).join() : ''}`
      const known = groups.get(key)
      if (known) known.push({ line, subscript, general })
      else groups.set(key, [{ line, subscript, general }])
    }
  }
  const first = new Map<Line, Line>()
  const gone = new Set<Line>()
  for (const members of groups.values()) {
    const left = members.filter(({ line }) => !first.has(line) && !gone.has(line))
    if (left.length < LEAST) continue
    const [one, ...others] = left as [Member, ...Member[]]
    first.set(one.line, {
      ...one.general,
      over: { index, values: left.map((m) => m.subscript), names: left.map((m) => m.line.name) },
    })
    for (const { line } of others) gone.add(line)
  }
  return lines.flatMap((line) => (gone.has(line) ? [] : [first.get(line) ?? line]))
}

/** The letters that stand below others, each once. */
function subscriptsIn(root: Layout): Layout[] {
  const found = new Map<string, Layout>()
  const work: Layout[] = [root]
  for (let l = work.pop(); l; l = work.pop()) {
    work.push(...partsOf(l))
    if (l.kind === 'script' && l.sub?.kind === 'letter') found.set(l.sub.text, l.sub)
  }
  return [...found.values()]
}

/** With another letter in the place of a subscript. */
function without(root: Layout, subscript: Layout, by: Layout): Layout {
  const text = toText(subscript)
  const inner = (l: Layout): Layout => without(l, subscript, by)
  return mapLayout(root, (l) => {
    if (l.kind !== 'script' || !l.sub || l.entries) return undefined
    const sub = l.sub.kind === 'letter' && toText(l.sub) === text ? by : inner(l.sub)
    return { ...script(inner(l.base), sub, l.sup && inner(l.sup)), level: l.level }
  })
}
