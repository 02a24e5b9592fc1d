/**
 * What a layout means, read as a person reads it: a second opinion on the printer that knows nothing of the graph.
 * Everything is a matrix: a vector is a column, or a row where the program writes rows.
 */
import { erf } from 'mathjs'
import type { Layout } from '../../src/print/layout/layout.ts'
import { toText } from '../../src/print/layout/text.ts'

/** A matrix, or a 𝟏 whose length its neighbours decide (`open` sides have length 1 and stretch). */
export interface Value {
  readonly rows: number
  readonly columns: number
  readonly data: readonly number[]
  readonly openRows?: boolean
  readonly openColumns?: boolean
  /** A scalar, which multiplies; not a matrix of open sides. */
  readonly number?: boolean
  /** A multiple of the identity, whose size its neighbours decide. */
  readonly identity?: boolean
}

export class Unreadable extends Error {}

export const scalar = (x: number): Value => ({
  rows: 1,
  columns: 1,
  data: [x],
  openRows: true,
  openColumns: true,
  number: true,
})
const isScalar = (v: Value): boolean => v.number === true
const at = (v: Value, i: number, j: number): number =>
  v.data[(v.rows === 1 ? 0 : i) * v.columns + (v.columns === 1 ? 0 : j)]!
const make = (
  rows: number,
  columns: number,
  f: (i: number, j: number) => number,
  from: readonly Value[],
): Value => ({
  rows,
  columns,
  data: Array.from({ length: rows * columns }, (_, k) => f(Math.floor(k / columns), k % columns)),
  openRows: from.length > 0 && from.every((v) => v.openRows === true),
  openColumns: from.length > 0 && from.every((v) => v.openColumns === true),
  number: from.length > 0 && from.every(isScalar),
})
const transpose = (v: Value): Value => ({
  ...make(v.columns, v.rows, (i, j) => at(v, j, i), []),
  openRows: v.openColumns === true,
  openColumns: v.openRows === true,
})

/** A value whose lengths are known. */
function closed(v: Value): Value {
  if (v.openRows || v.openColumns || v.identity)
    throw new Unreadable('a function of a length that nothing says')
  return v
}

function eye(identity: Value, like: Value): Value {
  const n = Math.max(closed(like).rows, like.columns)
  return make(n, n, (i, j) => (i === j ? identity.data[0]! : 0), [])
}

/** Gauss–Jordan with pivots. */
function inverse(v: Value): Value {
  const n = closed(v).rows
  const m = Array.from({ length: n }, (_, i) =>
    Array.from({ length: 2 * n }, (_, j) => (j < n ? at(v, i, j) : Number(j - n === i))),
  )
  for (let k = 0; k < n; k++) {
    let p = k
    for (let i = k; i < n; i++) if (Math.abs(m[i]![k]!) > Math.abs(m[p]![k]!)) p = i
    ;[m[k], m[p]] = [m[p]!, m[k]!]
    const pivot = m[k]![k]!
    m[k] = m[k]!.map((x) => x / pivot)
    for (let i = 0; i < n; i++)
      if (i !== k) {
        const c = m[i]![k]!
        m[i] = m[i]!.map((x, j) => x - c * m[k]![j]!)
      }
  }
  return make(n, n, (i, j) => m[i]![n + j]!, [])
}

export class Reader {
  readonly known: ReadonlyMap<string, Value>
  readonly rowVectors: boolean
  /** What index letters stand for, from 0. */
  readonly indices = new Map<string, number>()

  constructor(known: ReadonlyMap<string, Value>, rowVectors: boolean) {
    this.known = known
    this.rowVectors = rowVectors
  }

  #unary(f: (x: number) => number, v: Value): Value {
    if (v.identity) throw new Unreadable('an identity of no size')
    return { ...v, data: v.data.map(f) }
  }

  /** Elementwise; sides of length 1 that are open stretch, and a vector stretches along the rows of a matrix. */
  #zip(f: (x: number, y: number) => number, a: Value, b: Value): Value {
    if (a.identity && b.identity) return { ...a, data: [f(a.data[0]!, b.data[0]!)] }
    // Of a scalar and the identity only the product has no need of a size.
    const multiple = f(0, 5) === 0 && f(3, 1) === 3
    if (a.identity)
      return isScalar(b) && multiple
        ? { ...a, data: [f(a.data[0]!, b.data[0]!)] }
        : this.#zip(f, eye(a, b), b)
    if (b.identity)
      return isScalar(a) && multiple
        ? { ...b, data: [f(a.data[0]!, b.data[0]!)] }
        : this.#zip(f, a, eye(b, a))
    for (const [x, y, flip] of [
      [a, b, false],
      [b, a, true],
    ] as const) {
      const vector =
        !isScalar(x) && !x.openRows && !x.openColumns && (this.rowVectors ? x.rows === 1 : x.columns === 1)
      const length = this.rowVectors ? x.columns : x.rows
      if (vector && !isScalar(y) && (this.rowVectors ? y.openRows : y.openColumns))
        throw new Unreadable('a vector beside what may be a matrix')
      const matrix = !isScalar(y) && (this.rowVectors ? y.rows > 1 : y.columns > 1)
      if (vector && matrix && length === y.columns && !this.rowVectors) {
        const spread = { ...transpose(x), openRows: true, openColumns: false }
        return flip ? this.#zip(f, y, spread) : this.#zip(f, spread, y)
      }
    }
    const side = (m: number, n: number, om?: boolean, on?: boolean): number => {
      if (m === n) return m
      if (m === 1 && (om || this.rowVectors)) return n
      if (n === 1 && (on || this.rowVectors)) return m
      throw new Unreadable(`${a.rows}×${a.columns} with ${b.rows}×${b.columns}`)
    }
    const rows = side(a.rows, b.rows, a.openRows, b.openRows)
    const columns = side(a.columns, b.columns, a.openColumns, b.openColumns)
    return make(rows, columns, (i, j) => f(at(a, i, j), at(b, i, j)), [a, b])
  }

  #juxtaposed(a: Value, b: Value): Value {
    if (a.identity || b.identity) return this.#zip((x, y) => x * y, a, b)
    if (isScalar(a) || isScalar(b)) return this.#zip((x, y) => x * y, a, b)
    if (a.openColumns && b.openRows) throw new Unreadable('a sum over a length that nothing says')
    const inner = a.columns === b.rows ? a.columns : a.openColumns ? b.rows : b.openRows ? a.columns : -1
    if (inner < 0) throw new Unreadable(`${a.rows}×${a.columns} times ${b.rows}×${b.columns}`)
    const result = make(
      a.rows,
      b.columns,
      (i, j) => {
        let sum = 0
        for (let k = 0; k < inner; k++) sum += at(a, i, k) * at(b, k, j)
        return sum
      },
      [],
    )
    const openRows = a.openRows === true
    const openColumns = b.openColumns === true
    return result.data.length === 1 && !openRows && !openColumns
      ? scalar(result.data[0]!)
      : { ...result, openRows, openColumns }
  }

  value(l: Layout): Value {
    const known = this.known.get(toText(l))
    if (known) return known
    switch (l.kind) {
      case 'number':
        return scalar(l.value.valueOf())
      case 'letter':
        if (l.text === '𝟏')
          return this.rowVectors
            ? { rows: 1, columns: 1, data: [1], openRows: false, openColumns: true }
            : { rows: 1, columns: 1, data: [1], openRows: true, openColumns: false }
        if (l.text === 'I') return { rows: 1, columns: 1, data: [1], identity: true }
        throw new Unreadable(toText(l))
      case 'row':
        return this.#row(l.items)
      case 'fraction':
        return this.#zip((x, y) => x / y, this.value(l.top), this.value(l.bottom))
      case 'root':
        return this.#unary(Math.sqrt, this.value(l.body))
      case 'fence':
        return this.#fence(l)
      case 'call':
        return this.#call(l.callee, l.args)
      case 'script':
        return this.#script(l)
      case 'cases':
        return this.#cases(l.rows)
      case 'big':
        return this.#big(toText(l.under).split(', '), l.body)
      default:
        throw new Unreadable(`${l.kind} ${toText(l)}`)
    }
  }

  /** (a, b) is a vector, ((a, b), (c, d)) a matrix by its rows. */
  #tuple(items: readonly Layout[]): Value {
    const parts = items.filter((i) => i.kind !== 'operator').map((i) => this.value(i))
    const n = parts.length
    if (parts.every(isScalar)) {
      const data = parts.map((p) => p.data[0]!)
      return this.rowVectors ? { rows: 1, columns: n, data } : { rows: n, columns: 1, data }
    }
    const length = parts[0]!.data.length
    if (parts.some((p) => p.data.length !== length)) throw new Unreadable('rows of different lengths')
    return { rows: n, columns: length, data: parts.flatMap((p) => p.data) }
  }

  #fence(l: Layout & { kind: 'fence' }): Value {
    if (l.open === '(') {
      const { body } = l
      const isList = body.kind === 'row' && body.items.some((i) => i.kind === 'operator' && i.sign === ',')
      return isList ? this.#tuple(body.items) : this.value(body)
    }
    if (l.open === '|') return this.#unary(Math.abs, this.value(l.body))
    if (l.open === '‖') return scalar(Math.hypot(...closed(this.value(l.body)).data))
    return this.#condition(l.body)
  }

  #condition(l: Layout): Value {
    if (
      l.kind !== 'row' ||
      l.items.length !== 3 ||
      l.items[1]!.kind !== 'operator' ||
      !'<≤>≥=≠'.includes(l.items[1]!.sign)
    )
      throw new Unreadable(toText(l))
    const [a, relation, b] = l.items as [Layout, Layout & { kind: 'operator' }, Layout]
    const holds: Record<string, (x: number, y: number) => boolean> = {
      '<': (x, y) => x < y,
      '≤': (x, y) => x <= y,
      '>': (x, y) => x > y,
      '≥': (x, y) => x >= y,
      '=': (x, y) => x === y,
      '≠': (x, y) => x !== y,
    }
    const test = holds[relation.sign]!
    const index = (x: Layout): Value =>
      this.indices.has(toText(x)) ? scalar(this.indices.get(toText(x))! + 1) : this.value(x)
    return this.#zip((x, y) => Number(test(x, y)), index(a), index(b))
  }

  /** Signs bind most loosely, then ⊙ and ·, then standing side by side. */
  #row(items: readonly Layout[]): Value {
    const split = (list: readonly Layout[], ...signs: string[]): { sign: string; items: Layout[] }[] => {
      const parts: { sign: string; items: Layout[] }[] = [{ sign: '', items: [] }]
      for (const item of list) {
        if (item.kind === 'operator' && signs.includes(item.sign)) {
          if (parts.length === 1 && parts[0]!.items.length === 0) parts[0]!.sign = item.sign
          else parts.push({ sign: item.sign, items: [] })
        } else parts[parts.length - 1]!.items.push(item)
      }
      return parts
    }
    const terms = split(items, '+', '−').map(({ sign, items: term }) => {
      const factors = split(term, '⊙', '·').map((p) =>
        p.items.map((i) => this.value(i)).reduce((a, b) => this.#juxtaposed(a, b)),
      )
      const product = factors.reduce((a, b) => this.#zip((x, y) => x * y, a, b))
      return sign === '−' ? { ...product, data: product.data.map((x) => -x) } : product
    })
    return terms.reduce((a, b) => this.#zip((x, y) => x + y, a, b))
  }

  #call(callee: Layout, args: readonly Layout[]): Value {
    const name = toText(callee)
    const [x, y] = args.map((a) => this.value(a))
    const f = FUNCTIONS[name]
    if (f) return this.#unary(f, x!)
    if (y && (name === 'max' || name === 'min')) return this.#zip(name === 'max' ? Math.max : Math.min, x!, y)
    closed(x!)
    const isVector = x!.rows === 1 || x!.columns === 1
    if (name === 'tr')
      return scalar(Array.from({ length: x!.rows }, (_, i) => at(x!, i, i)).reduce((a, b) => a + b))
    if (name === 'diag')
      return isVector && x!.data.length > 1
        ? make(x!.data.length, x!.data.length, (i, j) => (i === j ? x!.data[i]! : 0), [])
        : this.#column(x!.data.filter((_, k) => k % (x!.columns + 1) === 0))
    if (name === 'softmax' || name === 'logsumexp') {
      const rows = isVector
        ? [x!.data]
        : Array.from({ length: x!.rows }, (_, i) =>
            Array.from({ length: x!.columns }, (_, j) => at(x!, i, j)),
          )
      const sums = rows.map((r) => r.reduce((a, b) => a + Math.exp(b), 0))
      if (name === 'logsumexp')
        return isVector ? scalar(Math.log(sums[0]!)) : this.#column(sums.map(Math.log))
      return { ...x!, data: rows.flatMap((r, i) => r.map((v) => Math.exp(v) / sums[i]!)) }
    }
    const reduced = /^(max|min|argmax|argmin|logsumexp)([₁₂]?)$/.exec(name)
    if (reduced) return this.#reduced(reduced[1]!, reduced[2]!, x!)
    throw new Unreadable(name)
  }

  #reduced(name: string, axis: string, x: Value): Value {
    const f = (v: readonly number[]): readonly number[] => {
      const best = name.endsWith('max') ? Math.max(...v) : Math.min(...v)
      return name.startsWith('arg')
        ? v.map((_, i) => Number(i === v.indexOf(best)))
        : [name === 'logsumexp' ? Math.log(v.reduce((s, y) => s + Math.exp(y), 0)) : best]
    }
    if (axis === '') return name.startsWith('arg') ? { ...x, data: f(x.data) } : scalar(f(x.data)[0]!)
    const flipped = axis === '₁' ? transpose(x) : x
    const rows = Array.from({ length: flipped.rows }, (_, i) =>
      f(flipped.data.slice(i * flipped.columns, (i + 1) * flipped.columns)),
    )
    if (!name.startsWith('arg')) return this.#column(rows.flat())
    const whole = { ...flipped, data: rows.flat() }
    return axis === '₁' ? transpose(whole) : whole
  }

  #column(data: readonly number[]): Value {
    return this.rowVectors ? { rows: 1, columns: data.length, data } : { rows: data.length, columns: 1, data }
  }

  #script({ base, sub, sup }: Layout & { kind: 'script' }): Value {
    if (base.kind === 'letter' && base.text === 'e' && sup && !sub)
      return this.#unary(Math.exp, this.value(sup))
    const inner =
      this.known.get(
        toText(sub ? { kind: 'script', base, sub, sup: undefined, level: 7, size: 1, depth: 0 } : base),
      ) ?? (sub ? this.#entry(base, sub) : this.value(base))
    if (!sup) return inner
    const power = toText(sup)
    if (power === '−1') return inverse(inner)
    if (power === 'ᵀ') return transpose(inner)
    const exponent = sup.kind === 'row' && toText(sup.items[0]!) === '∘' ? sup.items[1]! : sup
    return this.#zip((x, y) => x ** y, inner, this.value(exponent))
  }

  #entry(base: Layout, sub: Layout): Value {
    if (base.kind === 'fence' && base.open === '‖') return this.value(base)
    const v = closed(this.value(base))
    const list = (sub.kind === 'row' ? sub.items.filter((i) => i.kind !== 'operator') : [sub]).map(toText)
    const places = list.map((i) => this.indices.get(i) ?? Number(i) - 1)
    if (places.some(Number.isNaN)) throw new Unreadable(toText(sub))
    if (places.length === 1) return scalar(v.data[places[0]!]!)
    return scalar(at(v, places[0]!, places[1]!))
  }

  #cases(rows: (Layout & { kind: 'cases' })['rows']): Value {
    const condition = this.#condition(rows[0]!.condition!)
    const [u, v] = rows.map((r) => this.value(r.value))
    const chosen = this.#zip((c, x) => (c ? x : 0), condition, u!)
    return this.#zip(
      (x, y) => x + y,
      chosen,
      this.#zip((c, x) => (c ? 0 : x), condition, v!),
    )
  }

  /** An index runs over the side of what it is a subscript of. */
  #big(letters: readonly string[], body: Layout): Value {
    const [first, ...rest] = letters
    if (first === undefined) return this.value(body)
    const length = this.#length(first, body, new Set(letters))
    let sum = 0
    for (let i = 0; i < length; i++) {
      this.indices.set(first, i)
      const v = this.#big(rest, body)
      if (!isScalar(v)) throw new Unreadable(`Σ over ${toText(body)}`)
      sum += v.data[0]!
    }
    this.indices.delete(first)
    return scalar(sum)
  }

  #length(index: string, l: Layout, all: ReadonlySet<string>): number {
    const stack: Layout[] = [l]
    while (stack.length > 0) {
      const at = stack.pop()!
      if (at.kind === 'script' && at.sub) {
        const list = (
          at.sub.kind === 'row' ? at.sub.items.filter((i) => i.kind !== 'operator') : [at.sub]
        ).map(toText)
        const place = list.indexOf(index)
        if (place >= 0) {
          const v = closed(this.value(at.base))
          return list.length === 1 ? v.data.length : place === 0 ? v.rows : v.columns
        }
      }
      if (at.kind === 'row') stack.push(...at.items)
      else if (at.kind === 'call') stack.push(...at.args)
      else if (at.kind === 'fence' || at.kind === 'root' || at.kind === 'big') stack.push(at.body)
      else if (at.kind === 'fraction') stack.push(at.top, at.bottom)
      else if (at.kind === 'script') stack.push(at.base, ...(at.sup ? [at.sup] : []))
      else if (at.kind === 'cases')
        stack.push(...at.rows.flatMap((r) => (r.condition ? [r.value, r.condition] : [r.value])))
    }
    throw new Unreadable(`${index} of ${[...all].join()} in ${toText(l)}`)
  }
}

const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  erf: (x) => erf(x),
  σ: (x) => 1 / (1 + Math.exp(-x)),
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  atan: Math.atan,
  expm1: Math.expm1,
  log1p: Math.log1p,
  sign: Math.sign,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
}
