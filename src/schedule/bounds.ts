/**
 * Loops whose terms stand under conditions on positions run only where these hold: triangles, prefixes, bands. A term that is 0 adds nothing, so
 * a condition that is affine in the loop's variable, and whose other parts do not change in the loop, is a bound of it.
 */
import { type Extent, addExtents, multiplyExtents } from '../graph/extent.ts'
import { select } from '../ops/index.ts'
import type { Bounds, Instruction, Local, Subscript, Test, Value, Variable } from './program.ts'
import { derived, fixed } from './subscripts.ts'

type Loop = Instruction & { kind: 'loop' }

export function bounded(list: readonly Instruction[]): readonly Instruction[] {
  return list.map((i) => {
    if (i.kind !== 'loop') return i
    const inner: Loop = { ...i, body: bounded(i.body) }
    return inner.step || inner.rest || inner.descending ? inner : boundedLoop(inner)
  })
}

function boundedLoop(loop: Loop): Loop {
  const { variable } = loop
  const known = new Map<Local, Value>()
  const tests = commonTests(loop.body, known)
  if (!tests) return loop
  const inside = new Set<Variable>()
  collect(loop.body, inside)
  const within: { from: Subscript[]; to: Subscript[] } = { from: [], to: [] }
  const used = tests.filter((test) => {
    const found = boundsBy(test, variable, inside)
    within.from.push(...(found?.from ?? []))
    within.to.push(...(found?.to ?? []))
    return found !== undefined
  })
  if (used.length === 0) return loop
  // No further than the axis, where that does not follow.
  if (!within.from.some((s) => (extreme(s, -1) ?? -1) >= 0)) within.from.push(fixed(0))
  const { extent } = variable
  const isShort = (s: Subscript): boolean => {
    const most = extreme(s, 1)
    return most !== undefined && typeof extent === 'number' && most <= extent
  }
  if (!within.to.some(isShort)) within.to.push(derived([], [], extent, extent))
  return { ...loop, within, body: loop.body.map((i) => without(i, used, known)) }
}

function collect(list: readonly Instruction[], into: Set<Variable>): void {
  for (const i of list)
    if (i.kind === 'loop') {
      into.add(i.variable)
      collect(i.body, into)
    }
}

const same = (a: Subscript, b: Subscript): boolean => a.variable === b.variable && a.offset === b.offset
const equal = (a: Test, b: Test): boolean =>
  a.relation === b.relation && same(a.left, b.left) && same(a.right, b.right)

/** What a value is where tests hold, if it is 0 elsewhere: by itself, or chosen by a mask of positions. */
function underTests(
  v: Value,
  known: ReadonlyMap<Local, Value>,
): { tests: readonly Test[]; then: Value } | undefined {
  if (v.kind === 'where') return v
  if (v.kind !== 'apply' || v.op !== select) return undefined
  const [mask, then, otherwise] = v.args as [Value, Value, Value]
  const tests = otherwise.kind === 'number' && otherwise.value.n === 0n ? maskTests(mask, known) : undefined
  return tests && { tests, then }
}

/** The tests of what is 1 where they hold, else 0. */
function maskTests(v: Value, known: ReadonlyMap<Local, Value>): readonly Test[] | undefined {
  if (v.kind === 'local') {
    const value = known.get(v.local)
    return value && maskTests(value, known)
  }
  const isOne =
    v.kind === 'where' && v.then.kind === 'number' && v.then.value.n === 1n && v.then.value.d === 1n
  return isOne ? v.tests : undefined
}

/** The tests under which all stands that a body does to its outside; undefined where it does something else than to add. */
function commonTests(body: readonly Instruction[], known: Map<Local, Value>): readonly Test[] | undefined {
  const own = new Set<Local>()
  let common: readonly Test[] | undefined
  const visit = (list: readonly Instruction[]): boolean =>
    list.every((i) => {
      if (i.kind === 'define') {
        if (!i.mutable) known.set(i.local, i.value)
        return own.add(i.local)
      }
      if (i.kind === 'loop') return visit(i.body) && visit(i.rest ?? [])
      if (i.kind === 'update' && own.has(i.local)) return true
      if (i.kind !== 'update' && i.kind !== 'store') return false
      const added = i.combine === 'add' || i.combine === 'subtract'
      const tests = added ? underTests(i.value, known)?.tests : undefined
      if (!tests) return false
      common = common ? common.filter((t) => tests.some((o) => equal(t, o))) : tests
      return common.length > 0
    })
  return visit(body) ? common : undefined
}

/** Σ stride·variable + offset; undefined where numbers from memory are in it. */
function affine(s: Subscript): { terms: [Variable, number][]; offset: Extent } | undefined {
  const { variable, offset } = s
  if (!variable) return { terms: [], offset }
  if (!variable.of) return { terms: [[variable, 1]], offset }
  if (variable.of.values.length > 0) return undefined
  return {
    terms: variable.of.terms.map((t) => [t.variable, t.stride]),
    offset: addExtents(variable.of.offset, offset),
  }
}

/** What a test says of a variable, if what else is in it does not change within the variable's loop. */
function boundsBy(test: Test, v: Variable, inside: ReadonlySet<Variable>): Bounds | undefined {
  const [left, right] = [affine(test.left), affine(test.right)]
  if (!left || !right) return undefined
  const strides = new Map<Variable, number>()
  for (const [sign, { terms }] of [
    [1, left],
    [-1, right],
  ] as const)
    for (const [x, stride] of terms) strides.set(x, (strides.get(x) ?? 0) + sign * stride)
  const own = strides.get(v) ?? 0
  if (own !== 1 && own !== -1) return undefined
  if ([...strides.keys()].some((x) => inside.has(x))) return undefined
  // own·v + rest, compared with 0: v is compared with −own·rest.
  const sign = -own
  const parts = [...strides]
    .filter(([x]) => x !== v)
    .map(([x, stride]) => ({ at: { variable: x, offset: 0 }, stride: sign * stride }))
  const rest = multiplyExtents(addExtents(left.offset, multiplyExtents(-1, right.offset)), sign)
  const at = (more: number): Subscript => derived(parts, [], addExtents(rest, more), v.extent)
  if (test.relation === '=') return { from: [at(0)], to: [at(1)] }
  const isLeast = (test.relation === '>=') === (own === 1)
  if (isLeast) return { from: [at(own === 1 ? 0 : 1)], to: [] }
  return { from: [], to: [at(own === 1 ? 0 : 1)] }
}

/** The greatest (least) that a position can be, where it is known. */
function extreme(s: Subscript, sign: 1 | -1): number | undefined {
  const form = affine(s)
  if (typeof form?.offset !== 'number') return undefined
  let sum = form.offset
  for (const [{ extent }, stride] of form.terms) {
    if (stride * sign < 0) continue
    if (typeof extent !== 'number') return undefined
    sum += stride * (extent - 1)
  }
  return sum
}

/** What adds to the outside, without tests that hold. */
function without(i: Instruction, tests: readonly Test[], known: ReadonlyMap<Local, Value>): Instruction {
  if (i.kind === 'loop')
    return {
      ...i,
      body: i.body.map((x) => without(x, tests, known)),
      ...(i.rest ? { rest: i.rest.map((x) => without(x, tests, known)) } : {}),
    }
  const found = i.kind === 'update' || i.kind === 'store' ? underTests(i.value, known) : undefined
  if (!found || (i.kind !== 'update' && i.kind !== 'store')) return i
  const left = found.tests.filter((t) => !tests.some((o) => equal(t, o)))
  if (left.length === found.tests.length) return i
  return { ...i, value: left.length > 0 ? { kind: 'where', tests: left, then: found.then } : found.then }
}
