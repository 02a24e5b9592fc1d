/** Arithmetic of extents and indices: exact, over numbers and dims, a polynomial where dims are open. */
import {
  MINUS_ONE,
  NumberTooLong,
  type Rational,
  isInteger,
  isNegative,
  isZero,
  plus,
  power,
  rational,
  times,
  toNumber,
} from '../base/rational.ts'
import {
  type Extent,
  type SymbolicExtent,
  addExtents,
  divideExtent,
  extentText,
  multiplyExtents,
  openExtent,
} from '../graph/extent.ts'
import { memberName } from '../graph/member.ts'
import { type Node, peel } from '../graph/node.ts'
import type { BinaryExpression, Expression, IndexExpression } from '../syntax/tree.ts'
import type { Where } from '../base/messages.ts'
import { type Context, type Env, complain } from './context.ts'
import { type Family, outside } from './families.ts'
import { children, fold, subscripts } from './fold.ts'
import { decimal } from './numbers.ts'
import { MOST_ENTRIES } from './shapes.ts'

/** A value on the way: numbers may be fractions until the end. */
type Value = Rational | SymbolicExtent

/** Terms of a polynomial: beyond, products of sums of dims would take quadratic time. */
const MOST_TERMS = 100
const MOST_POWER = 16

const isOpen = (value: Value): value is SymbolicExtent => 'terms' in value

/**
 * An extent: a whole number of at least 1, or open. Its names are checked already. `what` begins the sentence that is
 * said where it is none.
 */
export function extentOf(ctx: Context, env: Env, tree: Expression, what: string): Extent | undefined {
  const value = integerOf(ctx, env, tree, (found) =>
    complain(ctx, env, 'bad-extent', tree.span, { what, found }),
  )
  if (value === undefined || typeof value !== 'number') return value
  return isLength(ctx, env, value, tree.span, what) ? value : undefined
}

/** Whether a known number can be the length of an axis; reports where not. */
export function isLength(ctx: Context, env: Env, value: number, where: Where, what: string): boolean {
  if (!Number.isInteger(value) || value < 1)
    complain(ctx, env, 'bad-extent', where, { what, found: String(value) })
  else if (value > MOST_ENTRIES) {
    complain(ctx, env, 'over-limit', where, {
      what: `${what} is ${value}, which is`,
      limit: MOST_ENTRIES,
      hint: undefined,
    })
  } else return true
  return false
}

/** A whole number, of any sign, or a polynomial of open dims; `fraction` reports what else it is. */
export function integerOf(
  ctx: Context,
  env: Env,
  tree: Expression,
  fraction: (found: string) => void,
): Extent | undefined {
  const value = fold<Value | undefined>(
    tree,
    (t) => (ctx.bad.has(t) ? [] : parts(t)),
    (t, values) => combine(ctx, env, t, values),
  )
  if (value === undefined || isOpen(value)) return value
  if (isInteger(value) && Math.abs(toNumber(value)) <= Number.MAX_SAFE_INTEGER) return toNumber(value)
  fraction(shown(value))
  return undefined
}

const shown = (value: Rational): string =>
  value.n.toString().length + value.d.toString().length > 40 ? `about ${toNumber(value)}` : value.toFraction()

/** The member of a family of extents. */
function member(
  ctx: Context,
  env: Env,
  tree: IndexExpression,
  no: (found: string) => undefined,
): Value | undefined {
  if (tree.object.kind !== 'name' || env.locals?.has(tree.object.name)) return no('an element')
  const meaning = ctx.scope.meaning(tree.object.name)
  if (meaning?.kind === 'unknown') return undefined
  if (meaning?.kind !== 'dims')
    return no(meaning?.kind === 'values' ? `a member of ${tree.object.name}` : 'an element')
  const extent = memberOf(ctx, env, meaning.family, tree)
  return typeof extent === 'number' ? rational(extent) : extent
}

const parts = (tree: Expression): readonly Expression[] =>
  tree.kind === 'binary' || tree.kind === 'negate' || isFloor(tree) ? children(tree) : []

/** `floor(N / 2)`: the one function of extents, which is none of values. */
export const isFloor = (tree: Expression): boolean =>
  tree.kind === 'call' && tree.callee.text === 'floor' && tree.args.length === 1 && tree.named.length === 0

function combine(
  ctx: Context,
  env: Env,
  tree: Expression,
  values: readonly (Value | undefined)[],
): Value | undefined {
  if (ctx.bad.has(tree)) return undefined
  const no = (found: string): undefined => complain(ctx, env, 'bad-dim', tree.span, { found })
  switch (tree.kind) {
    case 'number':
      return decimal(tree.text)
    case 'name':
      return named(ctx, env, tree.name, no)
    case 'negate':
      return values[0] && multiply(values[0], MINUS_ONE)
    case 'binary': {
      const [left, right] = values
      if (left === undefined || right === undefined) return undefined
      const value = binary(ctx, env, tree, left, right)
      if (value === undefined || !isOpen(value) || value.terms.length <= MOST_TERMS) return value
      return complain(ctx, env, 'over-limit', tree.span, {
        what: 'The number of terms in this extent is',
        limit: MOST_TERMS,
        hint: undefined,
      })
    }
    case 'call':
      if (!isFloor(tree)) return no('a function call')
      if (values[0] === undefined) return undefined
      if (!isOpen(values[0])) return values[0].floor()
      // What is whole whatever the dims are is its own floor.
      return values[0].terms.every(({ coefficient }) => isInteger(coefficient))
        ? values[0]
        : no('`floor` of an open dim')
    case 'result':
      return no('a function call')
    case 'index':
      return member(ctx, env, tree, no)
    case 'literal':
      return no('a tensor')
    case 'transpose':
      return no('a transpose')
    case 'field':
      return no('a part of a value')
    case 'comparison':
    case 'logical':
    case 'not':
      return no('a comparison')
    case 'reduction':
      return no('a reduction')
  }
}

function named(ctx: Context, env: Env, name: string, no: (found: string) => undefined): Value | undefined {
  const local = env.locals?.get(name)
  if (local) return valueOf(local) ?? no(`the argument \`${name}\``)
  const meaning = ctx.scope.meaning(name)
  if (meaning?.kind === 'dim')
    return typeof meaning.extent === 'number' ? rational(meaning.extent) : meaning.extent
  if (meaning?.kind === 'value' && (meaning.role === 'constant' || meaning.role === 'argument')) {
    if (!meaning.node) return undefined
    const value = valueOf(meaning.node)
    if (value) return value
  }
  if (meaning?.kind === 'value') return no(`the ${meaning.role} \`${name}\``)
  if (meaning?.kind === 'dims') return no(`all of the family \`${name}\``)
  return meaning?.kind === 'unknown' ? undefined : no(`\`${name}\``)
}

/** A scalar as a number, or as a polynomial of open dims; undefined where it is neither. */
function valueOf(node: Node): Value | undefined {
  const known = peel(node)
  if (known.shape.length > 0) return undefined
  switch (known.kind) {
    case 'constant':
      return known.value
    case 'symbol':
      return known.symbol.role === 'dim' ? openExtent(known.symbol.name) : undefined
    case 'sum':
      return known.args.reduce<Value | undefined>((sum, arg, i) => {
        const value = valueOf(arg)
        const term = value && multiply(value, known.coefficients[i]!)
        return sum && term && add(sum, term)
      }, known.constant)
    case 'product':
      return known.args.reduce<Value | undefined>((product, arg, i) => {
        const value = valueOf(arg)
        const factor = value && raised(value, known.exponents[i]!)
        return product && factor && multiply(product, factor)
      }, known.coefficient)
    default:
      return undefined
  }
}

function binary(
  ctx: Context,
  env: Env,
  tree: BinaryExpression,
  left: Value,
  right: Value,
): Value | undefined {
  const no = (found: string): undefined => complain(ctx, env, 'bad-dim', tree.span, { found })
  switch (tree.operator) {
    case '+':
      return add(left, right) ?? no('a fraction')
    case '-':
      return add(left, multiply(right, MINUS_ONE)!) ?? no('a fraction')
    case '*':
      return multiply(left, right) ?? no('a fraction')
    case '/':
      if (isOpen(right)) return no('a division by an open dim')
      if (isZero(right)) return complain(ctx, env, 'division-by-zero', tree.span, {})
      return multiply(left, right.inverse())
    case '^':
      return raised(left, right) ?? no('a power like this')
    case '@':
      return no('a matrix product')
  }
}

function add(a: Value, b: Value): Value | undefined {
  if (!isOpen(a) && !isOpen(b)) return plus(a, b)
  // a = x/p and b = y/q with whole numbers p, q: (xq + yp)/pq
  const [x, p] = split(a)
  const [y, q] = split(b)
  return quotient(addExtents(safe(multiplyExtents(x, q)), safe(multiplyExtents(y, p))), p * q)
}

function multiply(a: Value, b: Value): Value | undefined {
  if (!isOpen(a) && !isOpen(b)) return times(a, b)
  const [x, p] = split(a)
  const [y, q] = split(b)
  return quotient(multiplyExtents(x, y), p * q)
}

const split = (a: Value): [Extent, number] =>
  isOpen(a) ? [a, 1] : [safe(Number(a.s * a.n)) as number, safe(Number(a.d)) as number]

/** Beside open dims numbers are doubles: they must be exact. */
function safe(extent: Extent): Extent {
  if (typeof extent === 'number' && !Number.isSafeInteger(extent))
    throw new NumberTooLong('an extent is too long')
  return extent
}

/** Undefined where the open dims cancel and leave a fraction. */
function quotient(extent: Extent | undefined, divisor: number): Value | undefined {
  if (typeof extent === 'number') return rational(safe(extent) as number, safe(divisor) as number)
  return extent && (divideExtent(extent, safe(divisor) as number) as SymbolicExtent)
}

function raised(base: Value, exponent: Value): Value | undefined {
  if (isOpen(exponent) || !isInteger(exponent)) return undefined
  if (!isOpen(base)) return power(base, exponent)
  if (isNegative(exponent) || exponent.n > BigInt(MOST_POWER)) return undefined
  let result: Value | undefined = rational(1)
  for (let i = 0n; i < exponent.n && result; i++) {
    result = multiply(result, base)
    if (result && isOpen(result) && result.terms.length > MOST_TERMS) return result
  }
  return result
}

// ——— members of families

/** The indices in brackets: undefined where one is wrong, which is reported. */
export function indicesOf(
  ctx: Context,
  env: Env,
  name: string,
  trees: readonly Expression[],
): readonly Extent[] | undefined {
  const indices = trees.map((tree) =>
    integerOf(ctx, env, tree, (found) =>
      complain(ctx, env, 'bad-index', tree.span, { reason: `a member of ${name} is asked for by ${found}` }),
    ),
  )
  return indices.includes(undefined) ? undefined : (indices as Extent[])
}

/** The member that `family[indices]` names; undefined where there is none, which is reported. */
export function memberOf<Member>(
  ctx: Context,
  env: Env,
  family: Family<Member>,
  tree: IndexExpression,
): Member | undefined {
  const { name, ranges, members } = family
  const trees = subscripts(tree)
  if (trees.length !== ranges.length)
    return complain(ctx, env, 'wrong-index-count', tree.span, {
      name,
      expected: ranges.length,
      found: trees.length,
    })
  const indices = indicesOf(ctx, env, name, trees)
  if (!indices) return undefined
  const member = memberName(name, indices)
  if (members.has(member)) return members.get(member)
  for (const [i, range] of ranges.entries()) {
    const index = indices[i]!
    if (range && outside(index, range))
      return complain(ctx, env, 'index-out-of-range', trees[i]!.span, {
        name,
        index: extentText(index),
        from: extentText(range.from),
        to: extentText(range.to),
      })
  }
  if (family.broken) return undefined
  ctx.order.require(name, indices, tree.span)
  const general = family.general?.(ctx, indices)
  if (general !== undefined || family.broken) return general
  return complain(ctx, env, 'undefined-member', tree.span, { member, known: [...members.keys()] })
}
