/** Operators as code: their meanings, over expressions as a number system. */
import { bug } from '../base/bug.ts'
import { type Rational, isOne, toNumber } from '../base/rational.ts'
import type { Elementary, Field, Native, Relation } from '../graph/field.ts'
import type { Pointwise } from '../graph/operator.ts'
import { Builder, blockWithin, fitsSingle, isNumber } from './builder.ts'
import { isElementary } from './elementary.ts'
import type { Block, CodeFunction, Expression, LibraryFunction, Real, Register } from './code.ts'

const LIBRARY: ReadonlySet<string> = new Set<LibraryFunction>([
  'exp',
  'expm1',
  'log',
  'log1p',
  'log2',
  'log10',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'pow',
  'atan2',
])
const isLibrary = (name: string): name is LibraryFunction => LIBRARY.has(name)

/** Expressions of a type as a number system: an operator's meaning, evaluated in it, is the operator's code. */
function arithmetic(b: Builder, type: Real): Field<Expression> {
  const call = (name: Elementary | Native, ...args: Expression[]): Expression => {
    const [x] = args
    if (name === 'abs' || name === 'sqrt') return b.operation(name, type, x!)
    if (name === 'sign') {
      const zero = b.number(0, type)
      const sign = (n: number): Expression => b.number(n, type)
      return b.select(b.compare('>', x!, zero), sign(1), b.select(b.compare('<', x!, zero), sign(-1), x!))
    }
    return isLibrary(name) ? b.call(name, type, ...args) : bug(`no code for the function ${name}`)
  }
  return {
    rational: (value) => b.number(toNumber(value), type),
    number: (value) => b.number(value, type),
    add: (x, y) => b.add(x, y),
    subtract: (x, y) => b.subtract(x, y),
    multiply: (x, y) => b.multiply(x, y),
    divide: (x, y) => b.divide(x, y),
    negate: (x) => b.negate(x),
    power: (x, y) => b.call('pow', type, x, y),
    call,
    native: call,
    select: (relation, x, y, then, otherwise) => choose(b, relation, x, y, then(), otherwise()),
  }
}

function choose(
  b: Builder,
  relation: Relation,
  x: Expression,
  y: Expression,
  then: Expression,
  otherwise: Expression,
): Expression {
  // (t ? 1 : 0) ≠ 0 is t: a condition that has been a number.
  if (relation === '!=' && isNumber(y, 0) && x.kind === 'select') {
    const [test, one, none] = x.args
    if (isNumber(one!, 1) && isNumber(none!, 0)) return b.select(test!, then, otherwise)
  }
  const isExtremum =
    (relation === '>=' || relation === '<=') &&
    then === x &&
    otherwise.kind === 'select' &&
    otherwise.args[0] === b.compare(relation, y, x) &&
    otherwise.args[1] === y
  // x ≥ y ? x : y ≥ x ? y : x + y is the greater one, or NaN.
  if (isExtremum) return b.extremum(relation === '>=' ? 'maximum' : 'minimum', x, y)
  return b.select(b.compare(relation, x, y), then, otherwise)
}

/** Whole powers up to this are multiplications. */
const MOST_MULTIPLICATIONS = 8

/** x^|exponent|. */
function magnitude(b: Builder, x: Expression, exponent: Rational): Expression {
  const p = Math.abs(toNumber(exponent))
  const root = (): Expression => b.operation('sqrt', x.type, x)
  if (p === 1) return x
  if (p === 0.5) return root()
  if (p <= MOST_MULTIPLICATIONS && Number.isInteger(p)) return whole(b, x, p)
  if (p < MOST_MULTIPLICATIONS && Number.isInteger(p - 0.5)) return b.multiply(whole(b, x, p - 0.5), root())
  return b.call('pow', x.type, x, b.number(p, x.type))
}

/** Repeated squaring, left to right: x·x·x, (x·x)·(x·x). */
function whole(b: Builder, x: Expression, p: number): Expression {
  if (p <= 3) return Array.from({ length: p - 1 }).reduce<Expression>((product) => b.multiply(product, x), x)
  const half = whole(b, x, Math.floor(p / 2))
  return p % 2 === 0 ? b.multiply(half, half) : b.multiply(b.multiply(half, half), x)
}

/** coefficient · Π factor^exponent. */
export function productOf(
  b: Builder,
  type: Real,
  coefficient: Rational,
  factors: readonly Expression[],
  exponents: readonly Rational[],
): Expression {
  let above: Expression | undefined
  let below: Expression | undefined
  factors.forEach((f, i) => {
    const e = exponents[i]!
    const power = isOne(e) ? f : magnitude(b, f, e)
    if (e.s < 0n) below = below ? b.multiply(below, power) : power
    else above = above ? b.multiply(above, power) : power
  })
  const c = b.number(toNumber(coefficient), type)
  const top = above === undefined ? c : b.multiply(c, above)
  return below ? b.divide(top, below) : top
}

/** Σ coefficient·term + constant; starts with what is added, so that no sign leads where none must. */
export function sumOf(
  b: Builder,
  type: Real,
  terms: readonly Expression[],
  coefficients: readonly Rational[],
  constant: Rational,
): Expression {
  const k = toNumber(constant)
  const parts = terms.map((term, i) => {
    const c = coefficients[i]!
    const size = b.multiply(b.number(Math.abs(toNumber(c)), type), term)
    return c.s < 0n ? b.negate(size) : size
  })
  const first = coefficients.findIndex((c) => c.s > 0n)
  if (first > 0) parts.unshift(...parts.splice(first, 1))
  if (k !== 0) {
    const known = b.number(k, type)
    if (first < 0 && k > 0) parts.unshift(known)
    else parts.push(known)
  }
  return parts.length === 0 ? b.number(k, type) : parts.reduce((x, y) => b.add(x, y))
}

/** Code of more parts than this is a function. */
const LONGEST_INLINE = 9

interface Known {
  /** Whether it is written in place, as a double and as a single. */
  readonly inline: Readonly<Record<Real, boolean>>
  /** Whether it calls functions but those of which there is code for vectors. */
  readonly calls: boolean
  /** Whether it calls those. */
  readonly elementary: boolean
  readonly function: CodeFunction
}
const known = new WeakMap<Pointwise, Known>()

function knownOf(op: Pointwise): Known {
  let k = known.get(op)
  if (!k) known.set(op, (k = write(op)))
  return k
}

function write(op: Pointwise): Known {
  const b = new Builder()
  const parameters = Array.from({ length: op.arity }, (_, i): Register => ({
    name: op.arity === 1 ? 'x' : 'xyz'[i]!,
    type: 'f64',
    mutable: false,
  }))
  const body = codeOf(
    b,
    'f64',
    op,
    parameters.map((r) => b.read(r)),
  )
  const { size, fits, calls, elementary } = written(body)
  giveBack(b, body, b.root)
  const short = size <= LONGEST_INLINE
  return {
    inline: { f64: short, f32: short && fits },
    calls,
    elementary,
    function: { name: op.name, doc: [], parameters, returns: 'f64', body: b.root },
  }
}

const codeOf = (b: Builder, type: Real, op: Pointwise, args: readonly Expression[]): Expression =>
  (op.kernel ?? op.meaning)(arithmetic(b, type), ...args)

/**
 * An operator at arguments of a type. What is short is written in place; the rest is a function of doubles, for its approximations have
 * their digits and their ranges.
 */
export function applied(b: Builder, type: Real, op: Pointwise, args: readonly Expression[]): Expression {
  const { inline, function: callee } = knownOf(op)
  if (inline[type])
    return b.convert(
      type,
      codeOf(
        b,
        type,
        op,
        args.map((a) => b.convert(type, a)),
      ),
    )
  return b.convert(type, b.call(callee, 'f64', ...args.map((a) => b.convert('f64', a))))
}

/** Whether an operator's code can be that of vectors: arithmetic, comparisons, and functions of which there is code. */
export function runsInLanes(op: Pointwise, type: Real): boolean {
  const { inline, calls } = knownOf(op)
  return inline[type] && !calls
}

/** Whether it is a function, or made of functions, of which there is code for vectors. */
export const isElementaryInLanes = (op: Pointwise, type: Real): boolean =>
  runsInLanes(op, type) && knownOf(op).elementary

/** How many parts an expression has when written out, as far as that matters, and whether singles can hold its constants. */
function written(root: Expression): {
  size: number
  fits: boolean
  calls: boolean
  elementary: boolean
} {
  const stack = [root]
  let size = 0
  let fits = true
  let calls = false
  let elementary = false
  for (let e = stack.pop(); e && size <= LONGEST_INLINE; e = stack.pop()) {
    size++
    const own = e.kind === 'call' && typeof e.callee === 'string' && isElementary(e.callee)
    elementary ||= own
    calls ||= e.kind === 'call' && !own
    if (e.kind === 'constant' && e.type !== 'i32') fits &&= fitsSingle(e.value)
    stack.push(...e.args)
  }
  return { size, fits, calls, elementary }
}

/** `return e`, with conditions at its end as branches. */
function giveBack(b: Builder, e: Expression, block: Block): void {
  while (e.kind === 'select') {
    const [test, value, otherwise] = e.args
    const then = blockWithin(block, 'branch')
    giveBack(b, value!, then)
    block.statements.push({ kind: 'if', test: test!, then })
    e = otherwise!
  }
  block.statements.push({ kind: 'return', value: e })
}
