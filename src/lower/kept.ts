/** Which recurrences stay one value of the graph, as far as the text and the values from outside tell. */
import { fallsAsWritten } from './ranges.ts'
import type { CallExpression, Expression, IndexRange, Range, Statement } from '../syntax/tree.ts'
import { children, fold } from './fold.ts'
import { type Recurrences, membersIn, walk } from './plan.ts'

/** All states of a recurrence stand in memory: of more steps, which nobody means, it is written out, and refused as such. */
const MOST_STEPS = 1_000_000

/**
 * Recurrences over open ranges, and over ranges of at least `least` steps, but for families that are to be written out; families of data and parameters over such
 * ranges are tensors, where their members have one shape.
 */
export function keptRecurrences(
  statements: readonly Statement[],
  given: ReadonlyMap<string, number>,
  least: number,
  written: ReadonlySet<string>,
): Recurrences {
  const dims = new Dims(statements, given)
  const isOpen = ({ range }: IndexRange): boolean => dims.steps(range) === 'open'
  const isKept = ({ range }: IndexRange): boolean => {
    const steps = dims.steps(range)
    return steps === 'open' || (steps !== undefined && steps >= least && steps <= MOST_STEPS)
  }
  const tensors = new Set<string>()
  const byMembers = differentiatedBy(statements)
  for (const s of statements) {
    if (s.kind !== 'input' && s.kind !== 'target' && s.kind !== 'param') continue
    for (const { name, family, shape, within } of s.declarations) {
      const [index] = family
      // What an instance is made for says its shapes; what stands in its layer knows no index around it.
      const [made] = within ?? []
      if (made && made.family.length === 0) continue
      const sizes = made ? children(made.making) : shape
      const uses = (e: Expression): boolean =>
        [...walk(e)].some((t) => t.kind === 'name' && t.name === index!.name.text)
      if (family.length === 1 && isKept(index!) && !sizes.some(uses) && !byMembers.has(name.text))
        tensors.add(name.text)
    }
  }
  return { isKept, isOpen, written, tensors }
}

/** The values of dims by their text. */
export class Dims {
  /** Undefined where a value is none that is seen here. */
  readonly #values = new Map<string, number | 'open' | undefined>()

  constructor(statements: readonly Statement[], given: ReadonlyMap<string, number>) {
    for (const s of statements)
      if (s.kind === 'import') {
        const { exported, statements: there = [] } = s.module ?? {}
        const dims = new Dims(there, new Map([...given].filter(([name]) => exported?.has(name))))
        for (const { text } of s.names) this.#values.set(text, dims.#values.get(text))
      } else if (s.kind === 'dim')
        for (const { name, range, values } of s.declarations)
          if (!range)
            this.#values.set(
              name.text,
              given.get(name.text) ?? (values.length === 0 ? 'open' : this.value(values[0]!)),
            )
  }

  /** How many values an index takes. */
  steps(range: Range): number | 'open' | undefined {
    const ends = [this.value(range.from), this.value(range.to)]
    if (ends.includes(undefined)) return undefined
    const [from, to] = fallsAsWritten(range) ? [ends[1]!, ends[0]!] : [ends[0]!, ends[1]!]
    return from === 'open' || to === 'open' ? 'open' : to - from + 1
  }

  /** Undefined of what is no sum or product of dims and numbers. */
  value(root: Expression): number | 'open' | undefined {
    return fold<number | 'open' | undefined>(
      root,
      (t) => (t.kind === 'binary' || t.kind === 'negate' ? children(t) : []),
      (t, parts) => {
        if (t.kind === 'number') return Number(t.text)
        if (t.kind === 'name') return this.#values.get(t.name)
        if (parts.length === 0 || parts.includes(undefined)) return undefined
        if (parts.includes('open')) return 'open'
        const [a, b] = parts as [number, number]
        if (t.kind === 'negate') return -a
        if (t.kind !== 'binary') return undefined
        switch (t.operator) {
          case '+':
            return a + b
          case '-':
            return a - b
          case '*':
            return a * b
          case '/':
            return a / b
          default:
            return undefined
        }
      },
    )
  }
}

/** Families by members of which the program takes derivatives, or which it holds in them: these are values of their own. What it claims of them it does not compute. */
function differentiatedBy(statements: readonly Statement[]): ReadonlySet<string> {
  const names = new Set<string>()
  const work: unknown[] = statements.filter(({ kind }) => kind !== 'claim')
  for (let part = work.pop(); part !== undefined || work.length > 0; part = work.pop()) {
    if (typeof part !== 'object' || part === null) continue
    if ((part as Partial<CallExpression>).kind === 'call')
      for (const { name } of membersIn(part as CallExpression)) names.add(name)
    work.push(...(Object.values(part) as unknown[]))
  }
  return names
}
