/**
 * Random programs of the language, well-shaped by construction and tame by design: every value stays of moderate size
 * and inside of the domains, so that losses and gradients are finite at ordinary points. A seed and a size make the
 * same program again.
 */
import { type Random, random } from '../../src/base/random.ts'

export interface RandomNetworkOptions {
  /** About how many equations. */
  readonly size?: number
  /** Whether some dims may be left open. */
  readonly open?: boolean
  /** Whether a batch axis may be declared. */
  readonly batch?: boolean
  /** Whether families of layers and of steps in time may occur. */
  readonly families?: boolean
  /** Whether equations are derivatives, d(f, v), of first and second order. */
  readonly derivatives?: boolean
  /** Whether some equations are statistics of the batch, which there is then. */
  readonly statistics?: boolean
}

export interface RandomNetwork {
  /** Says how to make it again. */
  readonly name: string
  readonly source: string
}

/** An extent by the name of its dim. Equal names are equal extents. */
type Shape = readonly string[]
interface Value {
  readonly text: string
  readonly shape: Shape
  used: boolean
}

export function randomNetwork(seed: number | string, options: RandomNetworkOptions = {}): RandomNetwork {
  const {
    size = 6,
    open = true,
    batch = true,
    families = true,
    derivatives = false,
    statistics = false,
  } = options
  const name = `randomNetwork(${JSON.stringify(seed)}, { size: ${size}, open: ${open}, batch: ${batch}, families: ${families}${derivatives ? ', derivatives: true' : ''}${statistics ? ', statistics: true' : ''} })`
  return {
    name,
    source: new Writer(random(`${seed}/${size}/${open}/${batch}`), {
      size,
      open,
      batch,
      families,
      derivatives,
      statistics,
    }).program(),
  }
}

const same = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((e, i) => e === b[i])
const isTail = (short: Shape, long: Shape): boolean =>
  short.length < long.length && short.every((e, i) => e === long[long.length - short.length + i])

/** Elementwise functions of ordinary numbers that stay of moderate size; # is the argument. */
const UNARY = [
  'tanh(#)',
  'sigmoid(#)',
  'sin(#)',
  'cos(#)',
  'atan(#)',
  'erf(#)',
  'softplus(#)',
  'relu(#)',
  'abs(#)',
  'elu(#)',
  'selu(#)',
  'gelu(#)',
  'silu(#)',
  'leakyrelu(#, 0.1)',
  'sign(#)',
  'exp(tanh(#))',
  'exp(-(#)^2)',
  'log(1 + (#)^2)',
  'log1p((#)^2)',
  'expm1(sin(#))',
  'sqrt(1 + (#)^2)',
  'sinh(tanh(#))',
  'cosh(tanh(#))',
  'tan(tanh(#) / 2)',
  'log(sigmoid(#))',
  '1 / (1 + exp(-(#)))',
  '(1 + (#)^2)^(-1/2)',
  '(1 + (#)^2)^0.75',
  '0.5 * (#)^2',
  'exp(tanh(#)) ^ sin(#)',
  'σ(#)',
  '½ * (#)²',
  '-(#)',
  '2 * (#) - 1',
  '(#) / 3',
  'tanh(#)^3',
  "tanh'(#)",
  'stop(#) * tanh(#)',
  'clip(#, -1, 1/2)',
]

class Writer {
  readonly r: Random
  readonly lines: string[] = []
  readonly values: Value[] = []
  readonly functions: { name: string; arity: number }[] = []
  readonly dims: string[] = []
  /** Values of dims that have one. */
  readonly lengths = new Map<string, number>()
  readonly targets: { text: string; shape: Shape; kind: string }[] = []
  readonly options: Required<RandomNetworkOptions>
  count = 0
  /** Whether there is a function with two results. */
  several = false

  constructor(r: Random, options: Required<RandomNetworkOptions>) {
    this.r = r
    this.options = options
  }

  program(): string {
    const { r, lines } = this
    if (r.chance(0.5)) lines.push(`network Random`)
    this.declareDims()
    const { batch, families, size, derivatives, statistics } = this.options
    if (statistics || (batch && r.chance(0.3))) lines.push('batch B')
    this.declareData()
    this.declareFunctions()
    if (families && r.chance(0.4)) this.family()
    if (families && r.chance(0.25)) this.recurrence()
    for (let i = 0; i < size; i++) {
      this.equation()
      if (statistics && r.chance(0.5)) this.statistic()
    }
    if (derivatives) this.derivative()
    this.loss()
    return `${lines.join('\n')}\n`
  }

  // ——— declarations

  declareDims(): void {
    const count = this.r.integer(1, 3)
    for (const name of ['D', 'H', 'K'].slice(0, count)) {
      this.dims.push(name)
      if (this.options.open && this.r.chance(0.25)) this.lines.push(`dim ${name}`)
      else {
        const length = this.r.chance(0.08) ? 1 : this.r.integer(2, 4)
        this.lengths.set(name, length)
        this.lines.push(`dim ${name} = ${length}`)
      }
    }
  }

  shape(rank: number): Shape {
    return Array.from({ length: rank }, () => this.r.pick(this.dims))
  }

  anyShape(): Shape {
    return this.shape(this.r.pick([0, 1, 1, 1, 2, 2, this.r.chance(0.2) ? 3 : 1]))
  }

  brackets(shape: Shape): string {
    return shape.length === 0 ? '' : `[${shape.map((d) => this.extent(d)).join(', ')}]`
  }

  /** The dim, or now and then its length. */
  extent(dim: string): string {
    const length = this.lengths.get(dim)
    return length !== undefined && this.r.chance(0.1) ? String(length) : dim
  }

  add(text: string, shape: Shape): Value {
    const value = { text, shape, used: false }
    this.values.push(value)
    return value
  }

  declareData(): void {
    const { r, lines } = this
    const inputs = r.integer(1, 2)
    for (let i = 1; i <= inputs; i++) {
      const shape = i === 1 ? this.shape(1) : this.anyShape()
      const assumption = r.chance(0.2) ? ` : ${r.pick(['positive', 'nonnegative', 'binary'])}` : ''
      lines.push(`input x${i}${this.brackets(shape)}${assumption}`)
      this.add(`x${i}`, shape)
    }
    const targets = r.integer(0, 2)
    for (let i = 1; i <= targets; i++) {
      const kind = r.pick(['', 'onehot', 'simplex', 'binary', 'onehot'])
      const shape =
        kind === 'onehot' || kind === 'simplex' ? this.shape(r.chance(0.85) ? 1 : 2) : this.anyShape()
      lines.push(`target y${i}${this.brackets(shape)}${kind === '' ? '' : ` : ${kind}`}`)
      this.targets.push({ text: `y${i}`, shape, kind })
    }
    const params = r.integer(2, 4)
    for (let i = 1; i <= params; i++) {
      const shape = i === 1 ? this.shape(2) : this.anyShape()
      const assumption =
        shape.length === 2 && shape[0] === shape[1] && r.chance(0.3)
          ? ' : symmetric'
          : r.chance(0.1)
            ? ' : positive'
            : ''
      const initialiser = r.chance(0.4)
        ? ` = ${r.pick(['glorot', 'zeros', 'ones', '0.5', 'normal(0, 1)', 'uniform(-1, 1)', 'he'])}`
        : ''
      if (r.chance(0.1)) lines.push(`/// The parameter ${i}.`)
      lines.push(`param w${i}${this.brackets(shape)}${assumption}${initialiser}`)
      this.add(`w${i}`, shape)
    }
    if (r.chance(0.4)) {
      lines.push(`hyper lambda = ${r.pick(['0.1', '1e-2', '0.5', '2'])}`)
      this.add('lambda', [])
    }
    const [dim] = this.dims as [string]
    const length = this.lengths.get(dim)
    if (length !== undefined && r.chance(0.3)) {
      const preset = r.pick(['0.5', `[${Array.from({ length }, (_, i) => `${i + 1} / 4`).join(', ')}]`])
      lines.push(`hyper mu[${dim}]${r.chance(0.7) ? ` = ${preset}` : ''}`)
      this.add('mu', [dim])
    }
  }

  declareFunctions(): void {
    if (this.r.chance(0.4)) {
      this.lines.push(
        `fn f(v) = ${this.r.pick(['v * sigmoid(v)', 'tanh(v) + v / 2', 'where(v > 0, v, sin(v))', 'max(v, 0.1 * v)', 'v / sqrt(1 + v^2)'])}`,
      )
      this.functions.push({ name: 'f', arity: 1 })
    }
    if (this.r.chance(0.3)) {
      this.lines.push(
        `fn h(u, v) = ${this.r.pick(['u * tanh(v)', 'u - v * u', 'min(u, v) + u', 'where(u < v, u^2, v)', 'u / (1 + v^2)'])}`,
      )
      this.functions.push({ name: 'h', arity: 2 })
    }
    if (this.r.chance(0.3)) {
      this.several = true
      this.lines.push(
        this.r.pick([
          'fn k(u, v = 2) { s = tanh(u) * v  return s * u, s + v }',
          'fn k(u, v = 1/2) {\n  x1 = sin(u)\n  w1 = x1 + v * u\n  return w1 * x1, softplus(w1)\n}',
          'fn k(u) { p[0] = u; for i in 1..2 { p[i] = tanh(p[i-1] + u) }; return p[2], u * p[1] }',
        ]),
      )
    }
  }

  /** A chain of layers of different widths. */
  family(): void {
    const { r } = this
    const from = this.values.find((v) => v.shape.length === 1)!
    from.used = true
    const depth = r.integer(1, 3)
    const widths = Array.from({ length: depth }, () => r.integer(1, 3))
    const [to] = [this.dims[0]!]
    const last = this.lengths.get(to)
    this.lines.push(
      `dim L = ${depth}`,
      `dim n[0..L] = ${[from.shape[0]!, ...widths.slice(1), last === undefined ? to : this.extent(to)].join(', ')}`,
      'param W[l][n[l], n[l-1]] for l in 1..L',
      `param b[l][n[l]]${r.chance(0.5) ? ' = zeros' : ''} for l in 1..L`,
      `a[0] = ${from.text}`,
      'for l in 1..L {',
      '  z[l] = W[l] @ a[l-1] + b[l]',
      `  a[l] = ${r.pick(UNARY.slice(0, 8)).replaceAll('#', 'z[l]')}`,
      '}',
    )
    this.add('a[L]', [to])
  }

  /** Parameters that are shared over time. */
  recurrence(): void {
    const { r } = this
    const width = r.pick(this.dims)
    const state = r.pick(this.dims)
    this.lines.push(
      `dim T = ${r.integer(1, 3)}`,
      `input s[t][${width}] for t in 1..T`,
      `param U[${state}, ${width}]`,
      `param R[${state}, ${state}]`,
      `m[0] = zeros(${state})`,
      'for t in 1..T {',
      `  m[t] = ${r.pick(['tanh', 'sigmoid', 'sin'])}(U @ s[t] + R @ m[t-1])`,
      '}',
    )
    this.add('m[T]', [state])
    if (r.chance(0.5)) this.add('m[1]', [state])
  }

  // ——— equations

  equation(): void {
    const shape = this.anyShape()
    const name = `v${++this.count}`
    if (this.several && this.r.chance(0.25)) {
      const second = `v${++this.count}`
      this.lines.push(`${name}, ${second} = k(${this.expression(shape, 2)})`)
      this.add(name, shape)
      this.add(second, shape)
      return
    }
    const body = this.expression(shape, 3)
    this.lines.push(
      `${this.r.chance(0.05) ? 'output ' : ''}${name} = ${body}`.replace(
        /^output (\w+) = (.*)$/,
        '$1 = $2\noutput $1',
      ),
    )
    this.add(name, shape)
  }

  /** What samples have in common, of moderate size; or what is left of a value without it. */
  statistic(): void {
    const { r } = this
    const of = r.pick(this.values)
    of.used = true
    const name = `v${++this.count}`
    const form = r.pick([
      'mean(#, over=B)',
      'tanh(sum(#, over=B))',
      'max(#, over=B)',
      'min(#, over=B)',
      'logsumexp(#, over=B)',
      '# - mean(#, over=B)',
      '(# - mean(#, over=B)) / sqrt(1 + var(#, over=B))',
      'mean((#)^2, over=B) * #',
    ])
    this.lines.push(`${name} = ${form.replaceAll('#', of.text)}`)
    this.add(name, of.shape)
  }

  /** Of a scalar, or of a vector, by something that it may or may not depend on; and a derivative of that. */
  derivative(): void {
    const { r } = this
    const small = this.values.filter((v) => v.shape.length <= 1 && /^[xwv]\d+$/.test(v.text))
    const by = r.pick(small)
    const of = r.pick(this.values)
    const value = of.shape.length <= 1 && r.chance(0.4) ? `tanh(${of.text})` : `sum(sin(${of.text}))`
    const rank = value.startsWith('tanh') ? of.shape.length : 0
    of.used = by.used = true
    const shape = [...(rank === 1 ? of.shape : []), ...by.shape]
    const first = `v${++this.count}`
    // What is held stands in the derivative, so that it is used there.
    const held = this.values.filter((v) => /^v\d+$/.test(v.text) && v !== by)
    const hold = held.length > 0 && r.chance(0.4) ? r.pick(held) : undefined
    if (hold) {
      hold.used = true
      this.lines.push(`${first} = tanh(d(${value} * cos(sum(${hold.text})), ${by.text}, hold=${hold.text}))`)
    } else this.lines.push(`${first} = tanh(d(${value}, ${by.text}))`)
    this.add(first, shape)
    if (r.chance(0.5)) return
    // By what is held inside that derivative is a function of its own.
    if (hold && shape.length + hold.shape.length <= 2 && r.chance(0.5)) {
      const mixed = `v${++this.count}`
      this.lines.push(`${mixed} = sin(d(${first}, ${hold.text}))`)
      this.add(mixed, [...shape, ...hold.shape])
      return
    }
    const again = r.pick(small.filter((v) => shape.length + v.shape.length <= 2 && !v.text.startsWith('v')))
    if (!again) return
    const second = `v${++this.count}`
    this.lines.push(`${second} = sin(d(${first}, ${again.text}))`)
    this.add(second, [...shape, ...again.shape])
  }

  /** An expression of a shape. */
  expression(shape: Shape, depth: number): string {
    const { r } = this
    if (depth === 0 || r.chance(0.12)) return this.leaf(shape)
    const inner = (s: Shape = shape): string => this.expression(s, depth - 1)
    const choices: (() => string)[] = [
      () => this.unary(inner()),
      () => this.unary(inner()),
      () => `(${this.pair(shape, r.pick(['+', '-', '*', '+', '*', '·', '⊙', '−']), depth)})`,
      () => `(${this.pair(shape, '+', depth)})`,
      () => `(${inner()} / (1 + (${inner(this.narrower(shape))})^2))`,
      () =>
        `where(${inner(this.narrower(shape))} ${r.pick(['<', '<=', '>', '>=', '≤', '≥'])} ${inner(this.narrower(shape))}, ${inner()}, ${inner()})`,
      () => `${r.pick(['min', 'max'])}(${inner()}, ${inner()})`,
    ]
    if (this.functions.length > 0)
      choices.push(() => {
        const fn = r.pick(this.functions)
        return `${fn.name}(${Array.from({ length: fn.arity }, () => inner()).join(', ')})`
      })
    if (shape.length > 0) choices.push(() => `${r.pick(['softmax', 'logsoftmax'])}(${inner()})`)
    if (shape.length === 0) choices.push(...this.scalars(depth), ...this.scalars(depth))
    if (shape.length === 1) choices.push(...this.vectors(shape[0]!, depth), ...this.vectors(shape[0]!, depth))
    if (shape.length === 2) choices.push(...this.matrices(shape[0]!, shape[1]!, depth))
    return r.pick(choices)()
  }

  unary(argument: string): string {
    const text = this.r.pick(UNARY).replaceAll('#', argument)
    return /^\w+\(#[^()]*\)$/.test(text) ? text : `(${text})`
  }

  /** Two operands whose shapes fit `shape`; at least one has it. */
  pair(shape: Shape, operator: string, depth: number): string {
    const wide = this.expression(shape, depth - 1)
    const other = this.expression(this.narrower(shape), depth - 1)
    return this.r.chance(0.5) ? `${wide} ${operator} ${other}` : `${other} ${operator} ${wide}`
  }

  /** The shape itself, or one that stretches to it. */
  narrower(shape: Shape): Shape {
    if (this.r.chance(0.7)) return shape
    return shape.slice(this.r.integer(0, shape.length))
  }

  scalars(depth: number): (() => string)[] {
    const { r } = this
    const inner = (s: Shape): string => this.expression(s, depth - 1)
    const rank = (): number => r.pick([1, 1, 2])
    return [
      () =>
        `${r.pick(['sum', 'mean', 'max', 'min', 'logsumexp', 'Σ'])}(${inner(this.shape(rank()))})`.replace(
          /^logsumexp\((.*)\)$/s,
          'mean(logsumexp($1))',
        ),
      () => {
        const s = this.shape(rank())
        return `norm(${inner(s)} + 3)`
      },
      () => {
        const s = this.shape(1)
        return r.chance(0.5) ? `dot(${inner(s)}, ${inner(s)})` : `(${inner(s)} @ ${inner(s)})`
      },
      () => {
        const s = this.shape(rank())
        return `${r.pick(['mse', 'squarederror'])}(${inner(s)}, ${inner(s)})`
      },
      () => {
        const [d] = this.shape(1) as [string]
        return r.pick([
          `trace(${inner([d, d])})`,
          `logdet(${this.conditioned(d, depth)})`,
          `det(${this.conditioned(d, depth)} / (${d} + 1))`,
        ])
      },
      () => {
        const value = r.pick(
          this.values
            .filter((v) => v.shape.length > 0 && v.shape.every((d) => this.lengths.has(d)))
            .concat(this.values[0]!),
        )
        if (value.shape.length === 0 || !value.shape.every((d) => this.lengths.has(d))) return this.leaf([])
        value.used = true
        const index = value.shape.map((d) => r.integer(1, this.lengths.get(d)!)).join(', ')
        return /^\w+$/.test(value.text) ? `${value.text}[${index}]` : this.leaf([])
      },
    ]
  }

  /** A tensor in brackets, its entries known numbers or scalars; of rows where a last axis is open. */
  literal(shape: Shape, depth: number): string {
    const [length] = shape.map((dim) => this.lengths.get(dim))
    if (length === undefined) return this.leaf(shape)
    const inner = shape.slice(1)
    const written = inner.length > 0 && this.lengths.has(inner[0]!) && this.r.chance(0.5)
    const known = ['0', '1', '1/2', '-2', '3']
    const part = (): string =>
      written
        ? this.literal(inner, depth)
        : inner.length === 0 && this.r.chance(0.5)
          ? this.r.pick(known)
          : this.expression(inner, depth > 2 ? 1 : 0)
    return `[${Array.from({ length }, part).join(', ')}]`
  }

  vectors(n: string, depth: number): (() => string)[] {
    const { r } = this
    const inner = (s: Shape): string => this.expression(s, depth - 1)
    const [m] = this.shape(1) as [string]
    return [
      () => `(${inner([n, m])} @ ${inner([m])})`,
      () => `(${inner([m])} @ ${inner([m, n])})`,
      () => `(${this.matrixLeaf(m, n)}${r.pick(['.T', 'ᵀ'])} @ ${inner([m])})`,
      () =>
        r.chance(0.5)
          ? `${r.pick(['sum', 'mean', 'max', 'min'])}(${inner([n, m])}, axis=2)`
          : `${r.pick(['sum', 'mean', 'max', 'min'])}(${inner([m, n])}, axis=1)`,
      () => `logsumexp(${inner([n, m])})`,
      () => `(inv(${this.conditioned(n, depth)}) @ ${inner([n])})`,
      () => `(diag(${inner([n])}) @ ${inner([n])})`,
      () => this.literal([n], depth),
    ]
  }

  matrices(n: string, m: string, depth: number): (() => string)[] {
    const inner = (s: Shape): string => this.expression(s, depth - 1)
    const [k] = this.shape(1) as [string]
    const all = [
      () => `outer(${inner([n])}, ${inner([m])})`,
      () => `(${inner([n, k])} @ ${inner([k, m])})`,
      () => `(${inner([m, n])}).T`,
      () => {
        const reduced = this.r.pick(['sum', 'mean', 'max', 'logsumexp', 'std'])
        const axes = this.r.pick(['axis=1', 'axis=2', 'axis=(1, 2)', 'axis=-1'])
        const v = inner([n, m])
        return `(${inner([n, m])} - ${reduced === 'std' ? `sqrt(var(${v}, ${axes}, keep) + 1)` : `${reduced}(${v}, ${axes}, keep)`})`
      },
      () =>
        `${this.r.pick(['softmax', 'logsoftmax'])}(${inner([n, m])}, axis=${this.r.pick(['1', '(1, 2)'])})`,
      () => `layernorm(${inner([n, m])})`,
      () => this.literal([n, m], depth),
      () => `softmax(${inner([n, k])} @ ${this.matrixLeaf(m, k)}.T / sqrt(${k}))`,
    ]
    if (n === m)
      all.push(
        () => `diag(${inner([n])})`,
        () => `inv(${this.conditioned(n, depth)})`,
        () => `eye(${n})`,
      )
    return all
  }

  /** A square matrix whose diagonal outweighs its rows. */
  conditioned(d: string, depth: number): string {
    return `(eye(${d}) * (${d} + 1) + tanh(${this.expression([d, d], depth - 1)}))`
  }

  matrixLeaf(n: string, m: string): string {
    const leaf = this.leaf([n, m])
    return /^\w+$/.test(leaf) ? leaf : `(${leaf})`
  }

  /** A value of this shape, or of one that stretches to it; else constants. */
  leaf(shape: Shape): string {
    const { r } = this
    const fitting = this.values.filter((v) => same(v.shape, shape))
    // What no equation has used yet comes first, so that chains grow.
    const fresh = fitting.filter((v) => !v.used)
    if (fitting.length > 0 && !r.chance(0.1)) {
      const value = r.pick(fresh.length > 0 && r.chance(0.6) ? fresh : fitting)
      value.used = true
      return value.text
    }
    if (shape.length === 0)
      return r.pick([
        '0.5',
        '2',
        '1/3',
        '-1',
        'pi / 4',
        '1.5e-1',
        ...this.dims.slice(0, 1).map((d) => `1 / ${d}`),
      ])
    const tails = this.values.filter((v) => isTail(v.shape, shape))
    const ones = `${r.pick(['ones', 'zeros', 'ones'])}(${shape.join(', ')})`
    if (tails.length > 0) {
      const value = r.pick(tails)
      value.used = true
      return `(${ones} + ${value.text})`
    }
    return ones
  }

  /** One number that everything goes into. */
  loss(): void {
    const { r } = this
    const terms: string[] = []
    for (const t of this.targets) {
      const prediction = this.expression(t.shape, 2)
      if (t.kind === 'onehot' || t.kind === 'simplex')
        terms.push(
          r.pick([
            `crossentropy(softmax(${prediction}), ${t.text})`,
            `-sum(${t.text} * logsoftmax(${prediction}))`,
            `sum(logsumexp(${prediction})) - sum(${t.text} * ${prediction})`,
          ]),
        )
      else if (t.kind === 'binary')
        terms.push(
          r.pick([
            `binarycrossentropy(sigmoid(${prediction}), ${t.text})`,
            `sum(softplus(${prediction}) - ${t.text} * ${prediction})`,
          ]),
        )
      else terms.push(`${r.pick(['squarederror', 'mse'])}(${prediction}, ${t.text})`)
    }
    for (const v of this.values) {
      if (v.used) continue
      const tamed = r.pick(['#', '(#)^2', 'tanh(#)', 'sigmoid(#)', 'log(1 + (#)^2)']).replaceAll('#', v.text)
      terms.push(
        v.shape.length === 0
          ? tamed
          : `${r.pick(['sum', 'mean', 'max', 'norm'])}(${tamed})`.replace(/^norm\((.*)\)$/s, 'norm(2 + $1)'),
      )
    }
    if (terms.length === 0) terms.push('sum(w1^2)')
    this.lines.push(`loss J = ${terms.join(' + ')}`)
  }
}
