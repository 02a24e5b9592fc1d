import { ONE, type Rational, isInteger, rational } from '../../base/rational.ts'
import type { Elementary, Field } from '../../graph/field.ts'
import { type ApplyNode, type Node, isPureProduct } from '../../graph/node.ts'
import { isPositiveRange } from '../../graph/range.ts'
import { topological } from '../../graph/traverse.ts'
import { pow } from '../../ops/index.ts'
import { Angles } from './angles.ts'
import { type Lanes, Undecidable } from './lanes.ts'
import { Positives } from './positives.ts'

/** Writes an expression as steps: a number system whose numbers are steps. */
export class Reader implements Field<number> {
  readonly #lanes: Lanes
  readonly #positives: Positives
  readonly #angles: Angles
  readonly #steps = new Map<Node, number>()
  readonly #exponentials = new Map<number, number>()
  readonly #logarithms = new Map<number, number>()
  readonly #points = new Map<number, { readonly cos: number; readonly sin: number }>()
  readonly #errors: { readonly of: number; readonly value: number }[] = []
  /** Values that moduli are taken of. */
  readonly #signs: number[] = []
  readonly #same: (readonly [number, number])[] = []
  #pi: number | undefined

  constructor(lanes: Lanes) {
    this.#lanes = lanes
    this.#positives = new Positives(lanes)
    this.#angles = new Angles(lanes, () => this.#circle())
  }

  get equalities(): readonly (readonly [number, number])[] {
    return [...this.#positives.equalities, ...this.#angles.equalities, ...this.#same]
  }
  get hidden(): number {
    return this.#positives.hidden + this.#signs.length
  }
  /** Base-2 logarithm of the degree of all roots together. */
  get roots(): number {
    return this.#positives.roots
  }
  /** The degree of exponentials and of points of angles in what is drawn. */
  get drawn(): number {
    return Math.max(this.#positives.drawn, this.#angles.drawn)
  }
  require(value: number): void {
    this.#positives.require(value)
  }

  /** What must be positive is read first, so that a point at which it is not is left early. */
  read(root: Node): number {
    const order = topological([root])
    const selective = order.filter((n) =>
      n.kind === 'apply' ? n.op.domain !== undefined : n.kind === 'product' && !n.exponents.every(isInteger),
    )
    for (const node of topological([...selective, root]))
      if (!this.#steps.has(node)) this.#steps.set(node, this.#written(node))
    return this.#steps.get(root)!
  }

  #written(node: Node): number {
    if (node.shape.length > 0) throw new Undecidable()
    const args = node.args.map((a) => this.#steps.get(a)!)
    switch (node.kind) {
      case 'constant':
        return this.rational(node.value)
      case 'symbol':
        return node.symbol.role === 'constant'
          ? node.symbol.name === 'pi'
            ? this.#circle()
            : this.call('exp', this.rational(ONE))
          : this.#drawn(isPositiveRange(node.range))
      case 'sum':
        return this.#sum(args, node.coefficients, node.constant)
      case 'product':
        if (!isPureProduct(node)) throw new Undecidable()
        return this.#product(args, node.exponents, node.coefficient)
      case 'apply':
        if (node.op.kind !== 'pointwise' || node.op.abstract || isWholePower(node)) throw new Undecidable()
        return node.op.meaning(this, ...args)
      default:
        throw new Undecidable()
    }
  }

  #sum(args: readonly number[], coefficients: readonly Rational[], constant: Rational): number {
    return this.#lanes.step((v, f) => {
      let sum = f.rational(constant)
      for (let i = 0; i < args.length; i++) {
        const c = f.rational(coefficients[i]!)
        if (c === undefined || sum === undefined) return undefined
        sum += c * v[args[i]!]!
      }
      return sum === undefined ? undefined : f.reduce(sum)
    }, args.length)
  }

  #product(args: readonly number[], exponents: readonly Rational[], coefficient: Rational): number {
    const roots = args.map((a, i) => (isInteger(exponents[i]!) ? undefined : this.raised(a, exponents[i]!)))
    return this.#lanes.step((v, f) => {
      let product = f.rational(coefficient)
      for (let i = 0; i < args.length; i++) {
        const root = roots[i]
        const power = root === undefined ? f.raise(v[args[i]!]!, exponents[i]!) : v[root]
        if (power === undefined || product === undefined) return undefined
        product = (product * power) % f.p
      }
      return product
    }, args.length)
  }

  #drawn(isPositive: boolean): number {
    const value = this.#lanes.step((_v, f, draw) => {
      const x = draw()
      return isPositive ? (x * x) % f.p || undefined : x
    })
    return value
  }

  #circle(): number {
    if (this.#pi === undefined) {
      this.#pi = this.#drawn(true)
      this.#angles.straight(this.#pi)
    }
    return this.#pi
  }

  raised(a: number, exponent: Rational): number {
    if (!isInteger(exponent)) return this.#positives.root(a, exponent)
    return exponent.equals(1) ? a : this.#lanes.step((v, f) => f.raise(v[a]!, exponent))
  }

  // ——— the number system

  rational(value: Rational): number {
    return this.#lanes.step((_v, f) => f.rational(value))
  }
  number(value: number): number {
    return this.rational(rational(String(value)))
  }
  add(a: number, b: number): number {
    return this.#lanes.step((v, f) => (v[a]! + v[b]!) % f.p)
  }
  subtract(a: number, b: number): number {
    return this.#lanes.step((v, f) => f.reduce(v[a]! - v[b]!))
  }
  multiply(a: number, b: number): number {
    return this.#lanes.step((v, f) => (v[a]! * v[b]!) % f.p)
  }
  divide(a: number, b: number): number {
    return this.multiply(a, this.raised(b, rational(-1)))
  }
  negate(a: number): number {
    return this.#lanes.step((v, f) => f.reduce(-v[a]!))
  }
  power(a: number, b: number): number {
    return this.call('exp', this.multiply(b, this.call('log', a)))
  }
  select(): number {
    throw new Undecidable()
  }

  call(name: Elementary, a: number): number {
    return this.#functions[name](a)
  }

  readonly #exp = (a: number): number =>
    remembered(this.#exponentials, a, (u) => this.#positives.exponential(u))
  readonly #log = (a: number): number => remembered(this.#logarithms, a, (u) => this.#positives.logarithm(u))
  readonly #point = (a: number) => remembered(this.#points, a, (u) => this.#angles.pointOf(u))

  readonly #functions: Readonly<Record<Elementary, (a: number) => number>> = {
    exp: this.#exp,
    expm1: (a) => this.subtract(this.#exp(a), this.rational(ONE)),
    log: this.#log,
    log1p: (a) => this.#log(this.add(a, this.rational(ONE))),
    sqrt: (a) => this.raised(a, rational(1, 2)),
    sin: (a) => this.#point(a).sin,
    cos: (a) => this.#point(a).cos,
    tan: (a) => this.divide(this.#point(a).sin, this.#point(a).cos),
    sinh: (a) => this.#half((e, inverse) => this.subtract(e, inverse), a),
    cosh: (a) => this.#half((e, inverse) => this.add(e, inverse), a),
    tanh: (a) => {
      const square = this.raised(this.#exp(a), rational(2))
      const one = this.rational(ONE)
      return this.divide(this.subtract(square, one), this.add(square, one))
    },
    atan: (a) => this.#angles.arctangent(a),
    erf: (a) => this.#odd(a),
    abs: (a) => this.#modulus(a),
    sign: () => this.select(),
  }

  #half(combined: (e: number, inverse: number) => number, a: number): number {
    const e = this.#exp(a)
    return this.multiply(this.rational(rational(1, 2)), combined(e, this.raised(e, rational(-1))))
  }

  /** Of x and −x the square. What is continuous and zero beside the places where x is zero is zero there too. */
  #modulus(a: number): number {
    if (!this.#lanes.column(a).every((x) => this.#lanes.field.isPositive(x))) this.#signs.push(a)
    return this.#lanes.step((v, f) => (f.isPositive(v[a]!) ? v[a]! : f.reduce(-v[a]!)))
  }

  /** erf, of which no more is known than that it is a function, and odd. */
  #odd(a: number): number {
    const column = this.#lanes.column(a)
    const { field } = this.#lanes
    for (const { of, value } of this.#errors) {
      const other = this.#lanes.column(of)
      if (other.every((x, i) => x === column[i])) {
        this.#same.push([of, a])
        return value
      }
      if (other.every((x, i) => field.reduce(-x) === column[i])) {
        this.#same.push([this.negate(of), a])
        return this.negate(value)
      }
    }
    const value = this.#drawn(false)
    this.#errors.push({ of: a, value })
    return value
  }
}

/** xⁿ for a length n has values where x is negative too. */
const isWholePower = ({ op, args: [, n] }: ApplyNode): boolean =>
  op === pow && n!.kind === 'symbol' && n!.symbol.role === 'dim'

function remembered<T>(known: Map<number, T>, key: number, make: (key: number) => T): T {
  const found = known.get(key) ?? make(key)
  known.set(key, found)
  return found
}
