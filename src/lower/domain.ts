/**
 * Where indices run, as linear inequalities; and whether a subscript can leave its axis there (Fourier–Motzkin elimination, with
 * what follows from variables being whole numbers left aside: what is proved holds).
 */
import { toNumber } from '../base/rational.ts'
import { gcd } from '../graph/bracket.ts'
import { type Extent, MOST_DEGREE, addExtents, multiplyExtents, openExtent } from '../graph/extent.ts'
import type { Node } from '../graph/node.ts'

/** Σ coefficient·variable + constant, over the names of indices and of (products of) open dims. */
export interface Linear {
  readonly terms: ReadonlyMap<string, number>
  readonly constant: number
}

/** What holds: each form is at least 0. */
export type Conjunction = readonly Linear[]

/** What holds: all of one of these. */
export type Domain = readonly Conjunction[]

/** Everywhere. */
export const ANYWHERE: Domain = [[]]

/** Alternatives that are told apart: where there are more, less is known. */
const MOST_ALTERNATIVES = 32

/** What holds where both do. */
export function both(a: Domain, b: Domain): Domain {
  if (a.length * b.length > MOST_ALTERNATIVES) return a.length <= b.length ? a : b
  return a.flatMap((x) => b.map((y) => [...x, ...y]))
}

/** What holds where one of them does. */
export const either = (a: Domain, b: Domain): Domain =>
  a.length + b.length > MOST_ALTERNATIVES ? ANYWHERE : [...a, ...b]

/** An index within a formula, with the box that it runs in, which may be empty; where its range depends on other indices, it runs in part of it. */
export interface Bound {
  readonly name: string
  readonly symbol: Node
  readonly from: Extent
  readonly extent: Extent
  /** Its range is written falling. */
  readonly falls: boolean
  /** Where it runs, over the names of indices. */
  readonly range: Conjunction
  /** What holds beside the box. */
  readonly conditions: readonly Node[]
}

export const constantForm = (constant: number): Linear => ({ terms: new Map(), constant })

export function combine(a: Linear, b: Linear, factor = 1): Linear {
  const terms = new Map(a.terms)
  for (const [name, c] of b.terms) {
    const sum = (terms.get(name) ?? 0) + factor * c
    if (sum === 0) terms.delete(name)
    else terms.set(name, sum)
  }
  return { terms, constant: a.constant + factor * b.constant }
}

/** A node as a linear form; undefined where it is none of indices, dims and numbers. */
export function linearOf(root: Node): Linear | undefined {
  let result = constantForm(0)
  const work: { node: Node; factor: number }[] = [{ node: root, factor: 1 }]
  for (let w = work.pop(); w; w = work.pop()) {
    const { node, factor } = w
    if (node.shape.length > 0) return undefined
    if (node.kind === 'constant') result = combine(result, constantForm(toNumber(node.value)), factor)
    else if (node.kind === 'symbol' && (node.symbol.role === 'index' || node.symbol.role === 'dim'))
      result = combine(result, variable(node.symbol.name), factor)
    else if (node.kind === 'sum') {
      result = combine(result, constantForm(toNumber(node.constant)), factor)
      node.args.forEach((a, i) => work.push({ node: a, factor: factor * toNumber(node.coefficients[i]!) }))
    } else if (node.kind === 'product' && node.extents.length === 0) {
      const c = factor * toNumber(node.coefficient)
      if (node.args.length === 1 && node.exponents[0]!.equals(1))
        work.push({ node: node.args[0]!, factor: c })
      else {
        const monomial = monomialOf(node)
        if (monomial === undefined) return undefined
        result = combine(result, variable(monomial), c)
      }
    } else return undefined
  }
  return result
}

const variable = (name: string): Linear => ({ terms: new Map([[name, 1]]), constant: 0 })

/** The text of a product of open dims. */
function monomialOf(node: Node & { kind: 'product' }): string | undefined {
  const names: string[] = []
  for (const [i, a] of node.args.entries()) {
    const exponent = toNumber(node.exponents[i]!)
    const isPower = Number.isInteger(exponent) && exponent >= 0 && exponent <= MOST_DEGREE
    if (a.kind !== 'symbol' || a.symbol.role !== 'dim' || !isPower) return undefined
    for (let k = 0; k < exponent; k++) names.push(a.symbol.name)
  }
  return names.sort().join('*')
}

export function extentForm(extent: Extent): Linear {
  if (typeof extent === 'number') return constantForm(extent)
  let result = constantForm(0)
  for (const { coefficient, dims } of extent.terms) {
    const names = [...dims].flatMap(([name, power]) => Array.from({ length: power }, () => name)).sort()
    const term = names.length === 0 ? constantForm(1) : variable(names.join('*'))
    result = combine(result, term, toNumber(coefficient))
  }
  return result
}

/** The form as an extent, where it is one of dims alone with whole coefficients. */
export function formExtent(form: Linear, isDim: (name: string) => boolean): Extent | undefined {
  let extent: Extent = form.constant
  if (!Number.isInteger(form.constant)) return undefined
  for (const [name, c] of form.terms) {
    const factors = name.split('*')
    if (!Number.isInteger(c) || !factors.every(isDim)) return undefined
    extent = addExtents(
      extent,
      factors.reduce<Extent>((p, f) => multiplyExtents(p, openExtent(f)), c),
    )
  }
  return extent
}

/** Open dims are at least 1. */
const dimsPositive = (forms: readonly Linear[], indices: ReadonlySet<string>): Linear[] =>
  [...new Set(forms.flatMap((f) => [...f.terms.keys()]))]
    .filter((name) => !indices.has(name))
    .map((name) => combine(variable(name), constantForm(-1)))

/** Inequalities of one elimination: beyond, nothing is said. */
const MOST = 400

/**
 * Whole numbers for all variables at which every form of the domain is at least 0; `undefined` where there are none, `'unknown'` where
 * none were found although there may be.
 */
function pointOf(domain: Conjunction): ReadonlyMap<string, number> | 'unknown' | undefined {
  const names = [...new Set(domain.flatMap((f) => [...f.terms.keys()]))]
  const levels: { name: string; forms: readonly Linear[] }[] = []
  let forms = [...domain]
  for (const name of names) {
    levels.push({ name, forms })
    const lower = forms.filter((f) => (f.terms.get(name) ?? 0) > 0)
    const upper = forms.filter((f) => (f.terms.get(name) ?? 0) < 0)
    const rest = forms.filter((f) => !f.terms.has(name))
    for (const a of lower) for (const b of upper) rest.push(tightened(eliminated(a, b, name)))
    forms = distinct(rest)
    if (forms.length > MOST) return 'unknown'
    if (forms.some((f) => f.terms.size === 0 && f.constant < 0)) return undefined
  }
  if (forms.some((f) => f.terms.size === 0 && f.constant < 0)) return undefined
  const point = new Map<string, number>()
  for (const { name, forms: own } of levels.reverse()) {
    let lo = -Infinity
    let hi = Infinity
    for (const f of own) {
      const c = f.terms.get(name) ?? 0
      if (c === 0) continue
      let rest = f.constant
      for (const [other, k] of f.terms) if (other !== name) rest += k * (point.get(other) ?? 0)
      if (c > 0) lo = Math.max(lo, Math.ceil(-rest / c - 1e-9))
      else hi = Math.min(hi, Math.floor(-rest / c + 1e-9))
    }
    if (lo > hi) return 'unknown'
    point.set(name, Number.isFinite(lo) ? lo : Number.isFinite(hi) ? hi : 0)
  }
  return point
}

/** a and b without a variable that they bound from below and from above. */
function eliminated(a: Linear, b: Linear, name: string): Linear {
  const p = a.terms.get(name)!
  const q = -b.terms.get(name)!
  const scaled = (f: Linear, k: number): Linear => ({
    terms: new Map([...f.terms].map(([n, c]) => [n, c * k])),
    constant: f.constant * k,
  })
  return combine(scaled(a, q), scaled(b, p))
}

/** Without a common divisor; of whole numbers the constant may be rounded down. */
function tightened(f: Linear): Linear {
  const all = [...f.terms.values()]
  if (all.length === 0 || !all.every(Number.isInteger)) return f
  const divisor = all.reduce(gcd, 0)
  if (divisor <= 1) return f
  return {
    terms: new Map([...f.terms].map(([n, c]) => [n, c / divisor])),
    constant: Math.floor(f.constant / divisor),
  }
}

function distinct(forms: readonly Linear[]): Linear[] {
  const seen = new Map<string, Linear>()
  for (const f of forms) {
    if (f.terms.size === 0 && f.constant >= 0) continue
    const key = [...f.terms]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([n, c]) => `${n}:${c}`)
      .join()
    const known = seen.get(key)
    if (!known || f.constant < known.constant) seen.set(key, f)
  }
  return [...seen.values()]
}

/** A form that is at least 0 where another one is below. */
export const negative = (form: Linear): Linear => combine(constantForm(-1), form, -1)

/** Where in the domain a form is below 0: values of its variables, `undefined` where it never is. */
export const whereNegative = (
  domain: Domain,
  form: Linear,
  indices: ReadonlySet<string>,
): ReadonlyMap<string, number> | 'unknown' | undefined => whereAll(domain, [negative(form)], indices)

/** Where in the domain all of some conditions hold too. */
export function whereAll(
  domain: Domain,
  conditions: Conjunction,
  indices: ReadonlySet<string>,
): ReadonlyMap<string, number> | 'unknown' | undefined {
  for (const one of domain) {
    const all = [...one, ...conditions]
    const point = pointOf([...all, ...dimsPositive(all, indices)])
    if (point !== undefined) return point
  }
  return undefined
}
