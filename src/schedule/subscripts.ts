/** Positions along axes: of a loop, known, or derived from others. */
import type { Extent } from '../graph/extent.ts'
import { addExtents, multiplyExtents } from '../graph/extent.ts'
import { valueKey } from './keys.ts'
import type { Derived, Subscript, Value, Variable } from './program.ts'
import { partsOf } from './value.ts'

export const fixed = (offset: number): Subscript => ({ variable: undefined, offset })

/** Derived variables by what they are made of: equal ones are one object, for as long as somebody holds the first of their parts. */
const derivedOf = new WeakMap<object, Map<string, Variable>>()
let numbers = 0
const numberOf = new WeakMap<Variable, number>()
const id = (v: Variable): number => {
  let n = numberOf.get(v)
  if (n === undefined) numberOf.set(v, (n = numbers++))
  return n
}

/** The subscript Σ stride·at + Σ coefficient·value + offset, along an axis of length `extent`. */
export function derived(
  parts: readonly { readonly at: Subscript; readonly stride: number }[],
  values: Derived['values'],
  offset: Extent,
  extent: Extent,
): Subscript {
  const strides = new Map<Variable, number>()
  const read = [...values]
  const add = (s: Subscript, stride: number): void => {
    offset = addExtents(offset, s.offset * stride)
    const { variable } = s
    if (!variable) return
    if (!variable.of) return void strides.set(variable, (strides.get(variable) ?? 0) + stride)
    for (const t of variable.of.terms) add({ variable: t.variable, offset: 0 }, stride * t.stride)
    for (const x of variable.of.values) read.push({ ...x, coefficient: stride * x.coefficient })
    offset = addExtents(offset, multiplyExtents(stride, variable.of.offset))
  }
  for (const { at, stride } of parts) add(at, stride)
  const terms = [...strides]
    .filter(([, stride]) => stride !== 0)
    .map(([variable, stride]) => ({ variable, stride }))
    .sort((a, b) => id(a.variable) - id(b.variable))
  const whole = typeof offset === 'number' ? offset : 0
  if (read.length === 0 && typeof offset === 'number') {
    if (terms.length === 0) return fixed(offset)
    if (terms.length === 1 && terms[0]!.stride === 1) return { variable: terms[0]!.variable, offset }
  }
  const rest = typeof offset === 'number' ? 0 : offset
  const of: Derived = { terms, values: read, offset: rest }
  const key = `${terms.map((t) => `${t.stride}v${id(t.variable)}`).join('+')}|${read
    .map((x) => `${x.coefficient}${valueKey(x.value)}`)
    .join(
      '+',
    )}|${typeof rest === 'number' ? rest : rest.text}|${typeof extent === 'number' ? extent : extent.text}`
  const owner = terms[0]?.variable
  if (!owner) return { variable: { name: 'at', extent, of }, offset: whole }
  let known = derivedOf.get(owner)
  if (!known) derivedOf.set(owner, (known = new Map()))
  let variable = known.get(key)
  if (!variable) known.set(key, (variable = { name: owner.name, extent, of }))
  return { variable, offset: whole }
}

/** The loops' variables on which a position depends. */
export function* loopsOf(s: Subscript): Generator<Variable> {
  const { variable } = s
  if (!variable) return
  if (!variable.of) return void (yield variable)
  for (const t of variable.of.terms) yield* loopsOf({ variable: t.variable, offset: 0 })
  for (const { value } of variable.of.values) yield* loopsOfValue(value)
}

function* loopsOfValue(v: Value): Generator<Variable> {
  for (const s of subscriptsOf(v)) yield* loopsOf(s)
  for (const p of partsOf(v)) yield* loopsOfValue(p)
}

export function dependsOn(s: Subscript, v: Variable | undefined): boolean {
  if (s.variable === v) return true
  if (!s.variable?.of) return false
  for (const l of loopsOf(s)) if (l === v) return true
  return false
}

/** The positions that a value itself looks at. */
export function subscriptsOf(v: Value): readonly Subscript[] {
  if (v.kind === 'load') return v.at
  if (v.kind === 'position') return [v.at]
  return v.kind === 'where' ? v.tests.flatMap((t) => [t.left, t.right]) : []
}

/** The position with the variables of loops, and values, replaced. */
export function moved(
  s: Subscript,
  place: (s: Subscript) => Subscript,
  value: (v: Value) => Value,
): Subscript {
  const { variable } = s
  if (!variable?.of) return place(s)
  let changed = false
  const parts = variable.of.terms.map((t) => {
    const from: Subscript = { variable: t.variable, offset: 0 }
    const at = place(from)
    changed ||= at.variable !== t.variable || at.offset !== 0
    return { at, stride: t.stride }
  })
  const values = variable.of.values.map((x) => {
    const to = value(x.value)
    changed ||= to !== x.value
    return { ...x, value: to }
  })
  if (!changed) return s
  return derived(parts, values, addExtents(variable.of.offset, s.offset), variable.extent)
}
