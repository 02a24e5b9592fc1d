/** What a law is looked for by, as its text says, before it is parsed: most programs need few laws. */
import { isNumberName, split } from './law.ts'
import { type Mark, type Marks, bitsOf } from './marks.ts'

export interface Outline {
  /** What its left side is at its outermost: an operator, a sum, a product. */
  readonly on: string
  /** What its parts look like: the factors of a product, the terms of a sum, the arguments of an operator. */
  readonly needs: Marks
}

/** One factor of a part as the text has it. */
interface Factor {
  readonly marks: readonly Mark[]
  /** Whether its exponent is positive or negative; undefined where a name decides. */
  readonly isBelow: boolean | undefined
  /** The parts of what stands in its parentheses. */
  readonly inner: readonly string[]
}

const CALL = /^(\w*)\((.*)\)$/

export function outlineOf(text: string): Outline {
  const { sides, conditions } = split(text)
  const left = sides.split(' = ')[0]!
  const words = new Map(conditions.map((c) => c.split(/ (?=[:<>=!])/) as [string, string | undefined]))
  const factors = (part: string): readonly Factor[] => factorsOf(part, words)
  const terms = outside(left, ' + ', ' - ')
  if (terms.length > 1) return { on: 'sum', needs: needsOf(terms.map(factors)) }
  const [, name, inner] = (outside(left, '*', '/', '^').length === 1 && CALL.exec(left)) || []
  const op = name && operatorOf(name)
  if (op && op !== 'contraction') return { on: op, needs: needsOf(outside(inner!, ', ').map(factors)) }
  const product = factors(op ? inner! : left)
  const parts = product.map((f) => [{ ...f, marks: ['any', ...f.marks] }])
  const onSide = (side: boolean): number =>
    bitsOf(parts.flatMap(([f]) => (f!.isBelow === side ? f!.marks : [])))
  return { on: 'product', needs: { ...needsOf(parts), above: onSide(false), below: onSide(true) } }
}

/** The marks of parts, each of some factors. */
function needsOf(parts: readonly (readonly Factor[])[]): Marks {
  let [all, twice] = [0, 0]
  for (const factors of parts) {
    const own = bitsOf(factors.flatMap((f) => f.marks))
    twice |= all & own
    all |= own
  }
  const within = parts.flat().flatMap((f) => f.inner.flatMap((part) => factorsOf(part)))
  return { all, twice, above: 0, below: 0, within: bitsOf(within.flatMap((f) => f.marks)) }
}

function factorsOf(
  part: string,
  words: ReadonlyMap<string, string | undefined> = new Map(),
): readonly Factor[] {
  const terms = outside(part, ' + ', ' - ')
  if (terms.length > 1) return [{ marks: ['sum'], isBelow: false, inner: terms }]
  const text = part.replace(/^-/, '').trim()
  const found: Factor[] = []
  let at = 0
  for (const factor of outside(text, '*', '/')) {
    const isDivisor = text[at - 1] === '/'
    at += factor.length + 1
    const [base, exponent = '1'] = outside(factor.trim(), '^') as [string, string?]
    if (/^\d/.test(base) || isNumberName(base)) continue
    const [, name, inner] = CALL.exec(base) ?? []
    const word = words.get(exponent) ?? ''
    const isNegative = word === '< 0' ? true : word === '> 0' || /^\d+$/.test(exponent) ? false : undefined
    found.push({
      marks: [
        ...marksOf(base, exponent, words.get(base)),
        ...(/^: (fraction|half)$/.test(word) ? ['fraction'] : []),
      ],
      isBelow: isNegative === undefined ? undefined : isNegative !== isDivisor,
      inner: inner === undefined ? [] : name ? outside(inner, ', ') : outside(inner, ' + ', ' - '),
    })
  }
  return found
}

function marksOf(base: string, exponent: string, is: string | undefined): readonly Mark[] {
  if (/^[a-z]$/.test(exponent) && !isNumberName(exponent)) return ['pow']
  const [, name, inner] = CALL.exec(base) ?? []
  if (name) return [operatorOf(name) ?? []].flat()
  if (inner !== undefined) return outside(inner, ' + ', ' - ').length > 1 ? ['sum'] : []
  return is === ': binary' ? ['binary'] : []
}

/** The parts of a text between these, outside of parentheses. */
function outside(text: string, ...between: readonly string[]): string[] {
  const parts: string[] = []
  let [from, depth] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    const found = depth === 0 ? between.find((b) => text.startsWith(b, i)) : undefined
    if (found === undefined) continue
    parts.push(text.slice(from, i))
    from = i + found.length
  }
  return [...parts, text.slice(from)]
}

/** What functions of the language are in the graph, where a root is a power. */
const OPERATORS: ReadonlyMap<string, string | undefined> = new Map([
  ['where', 'select'],
  ['logsumexp', 'lse'],
  ['sum', 'contraction'],
  ['sqrt', undefined],
])
const operatorOf = (name: string): string | undefined => (OPERATORS.has(name) ? OPERATORS.get(name) : name)
