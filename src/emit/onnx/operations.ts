/** Nodes as operations of ONNX (opset 13): each value a tensor, computed once. */
import { bug } from '../../base/bug.ts'
import { type Rational, isOne, isZero, toNumber } from '../../base/rational.ts'
import { type Extent, type Shape, sameShape } from '../../graph/extent.ts'
import type { Elementary, Field, Native, Relation } from '../../graph/field.ts'
import type { ApplyNode, Node, ProductNode, SumNode, SymbolNode } from '../../graph/node.ts'
import { valuesInOrder } from '../../graph/traverse.ts'
import { MOST_AXES, einsumOf } from '../einsum.ts'
import type { Initializer, Operation } from './proto.ts'
import { TYPE } from './fields.ts'

/** What has no equal in ONNX. */
export class NotInOnnx extends Error {}

type Real = 'f32' | 'f64'
type Where = (dim: string) => { readonly input: string; readonly axis: number }

/** Of one input and of two. */
const OWN: Readonly<Record<string, string>> = {
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  sin: 'Sin',
  cos: 'Cos',
  tan: 'Tan',
  sinh: 'Sinh',
  cosh: 'Cosh',
  tanh: 'Tanh',
  atan: 'Atan',
  erf: 'Erf',
  abs: 'Abs',
  sign: 'Sign',
  sigmoid: 'Sigmoid',
  asin: 'Asin',
  acos: 'Acos',
  asinh: 'Asinh',
  acosh: 'Acosh',
  atanh: 'Atanh',
  max: 'Max',
  min: 'Min',
}
/** Those that have their axes as attributes; a sum has them as an input. */
const REDUCTIONS: Readonly<Record<string, string>> = {
  reducemax: 'ReduceMax',
  reducemin: 'ReduceMin',
  lse: 'ReduceLogSumExp',
}
const MATRICES: Readonly<Record<string, string>> = { det: 'Det' }
const COMPARISONS: Readonly<Record<Exclude<Relation, '!='>, string>> = {
  '<': 'Less',
  '<=': 'LessOrEqual',
  '>': 'Greater',
  '>=': 'GreaterOrEqual',
  '=': 'Equal',
}

export class Operations {
  readonly operations: Operation[] = []
  readonly initializers: Initializer[] = []
  readonly #values = new Map<Node, string>()
  readonly #constants = new Map<string, string>()
  readonly #lengths = new Map<string, string>()
  readonly #type: Real
  readonly #symbol: (node: SymbolNode) => string
  /** The input and the axis that has an open length. */
  readonly #where: Where
  readonly #field: Field<string>

  constructor(type: Real, symbol: (node: SymbolNode) => string, where: Where) {
    this.#type = type
    this.#symbol = symbol
    this.#where = where
    this.#field = this.#fieldOf()
  }

  /** The name of the tensor of each root. */
  values(roots: readonly Node[]): string[] {
    for (const node of valuesInOrder(roots))
      if (!this.#values.has(node)) this.#values.set(node, this.#value(node))
    return roots.map((r) => this.#values.get(r)!)
  }

  #of(node: Node): string {
    return this.#values.get(node) ?? bug('a value that comes too late')
  }

  put(op: string, inputs: readonly string[], attributes?: Operation['attributes']): string {
    const output = `t${this.operations.length}`
    this.operations.push({ op, inputs, output, ...(attributes ? { attributes } : {}) })
    return output
  }

  #constant(type: Real | 'i64', shape: readonly number[], values: readonly number[]): string {
    const key = JSON.stringify([type, shape, values.map(String)])
    let name = this.#constants.get(key)
    if (name === undefined) {
      name = `c${this.initializers.length}`
      this.#constants.set(key, name)
      this.initializers.push({ name, type, shape, values })
    }
    return name
  }

  #number(value: number): string {
    return this.#constant(this.#type, [], [value])
  }

  #whole(value: number): string {
    return this.#constant('i64', [], [value])
  }

  #list(values: readonly number[]): string {
    return this.#constant('i64', [values.length], values)
  }

  /** A length as a whole number. */
  #extent(e: Extent): string {
    if (typeof e === 'number') return this.#whole(e)
    let sum: string | undefined
    const denominator = e.terms.reduce((d, { coefficient }) => d * Number(coefficient.d), 1)
    for (const { coefficient, dims } of e.terms) {
      let term = this.#whole(toNumber(coefficient) * denominator)
      for (const [name, power] of dims)
        for (let i = 0; i < power; i++) term = this.put('Mul', [term, this.#length(name)])
      sum = sum === undefined ? term : this.put('Add', [sum, term])
    }
    return denominator === 1 ? sum! : this.put('Div', [sum!, this.#whole(denominator)])
  }

  #length(dim: string): string {
    let name = this.#lengths.get(dim)
    if (name === undefined) {
      const { input, axis } = this.#where(dim)
      name = this.put('Gather', [this.put('Shape', [input]), this.#whole(axis)], { axis: 0 })
      this.#lengths.set(dim, name)
    }
    return name
  }

  #shape(shape: Shape): string {
    if (shape.every((e) => typeof e === 'number')) return this.#list(shape)
    const parts = shape.map((e) => this.put('Unsqueeze', [this.#extent(e), this.#list([0])]))
    return this.put('Concat', parts, { axis: 0 })
  }

  #real(value: string): string {
    return this.put('Cast', [value], { to: TYPE[this.#type] })
  }

  /** A tensor with the axes that it has, in this order, among those of a larger one. */
  #among(value: string, axes: readonly number[], rank: number): string {
    const order = axes.map((_, k) => k).sort((a, b) => axes[a]! - axes[b]!)
    const turned = order.every((k, i) => k === i) ? value : this.put('Transpose', [value], { perm: order })
    const missing = Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i))
    return missing.length === 0 ? turned : this.put('Unsqueeze', [turned, this.#list(missing)])
  }

  #stretch(value: string, axes: readonly number[], shape: Shape): string {
    return this.put('Expand', [this.#among(value, axes, shape.length), this.#shape(shape)])
  }

  #value(node: Node): string {
    switch (node.kind) {
      case 'constant':
        return this.#number(toNumber(node.value))
      case 'symbol':
        return this.#named(node)
      case 'equation':
        return this.#of(node.body)
      case 'delta':
        return this.#bracket('=', [1, -1], [], 0, node.shape)
      case 'basis':
        return this.#bracket('=', [1], [], -node.index, node.shape)
      case 'iota':
        return this.put('Add', [this.#real(this.#positions(node.extent)), this.#number(1)])
      case 'bracket':
        return this.#bracket(
          node.relation,
          node.coefficients,
          node.args.map((a, k) => ({
            value: this.#of(a),
            multiple: node.multiples[k]!,
            axes: node.labels[k]!,
          })),
          node.offset,
          node.shape,
        )
      case 'sum':
        return this.#sum(node)
      case 'product':
        return this.#product(node)
      case 'apply':
        return this.#apply(node)
      case 'scan':
        throw new NotInOnnx('a recurrence of any length')
      case 'derivative':
        return bug('a derivative in code')
    }
  }

  #named(node: SymbolNode): string {
    const { symbol } = node
    if (symbol.role === 'dim') return this.#real(this.#length(symbol.name))
    if (symbol.entries)
      return this.#constant(this.#type, node.shape as readonly number[], symbol.entries.map(toNumber))
    if (symbol.role === 'constant') return this.#number(symbol.name === 'pi' ? Math.PI : Math.E)
    if (symbol.list !== undefined) throw new NotInOnnx('a list of any length')
    return this.#symbol(node)
  }

  #positions(extent: Extent): string {
    return this.put('Range', [this.#whole(0), this.#extent(extent), this.#whole(1)])
  }

  #bracket(
    relation: '=' | '>=',
    coefficients: readonly number[],
    args: readonly { value: string; multiple: number; axes: readonly number[] }[],
    offset: Extent,
    shape: Shape,
  ): string {
    let total = this.#extent(offset)
    const add = (value: string, times: number): void => {
      const term = times === 1 ? value : this.put('Mul', [value, this.#whole(times)])
      total = this.put('Add', [total, term])
    }
    coefficients.forEach((c, axis) => {
      if (c !== 0) add(this.#among(this.#positions(shape[axis]!), [axis], shape.length), c)
    })
    for (const { value, multiple, axes } of args)
      add(this.#among(this.put('Cast', [value], { to: TYPE.i64 }), axes, shape.length), multiple)
    const op = relation === '=' ? 'Equal' : 'GreaterOrEqual'
    return this.#real(this.put(op, [total, this.#whole(0)]))
  }

  #sum(node: SumNode): string {
    let total: string | undefined
    const add = (value: string): void => {
      total = total === undefined ? value : this.put('Add', [total, value])
    }
    node.args.forEach((a, i) => {
      const c = node.coefficients[i]!
      add(isOne(c) ? this.#of(a) : this.put('Mul', [this.#of(a), this.#number(toNumber(c))]))
    })
    if (!isZero(node.constant)) add(this.#number(toNumber(node.constant)))
    return total!
  }

  #powered(value: string, exponent: Rational): string {
    if (isOne(exponent)) return value
    const e = toNumber(exponent)
    if (e === 2) return this.put('Mul', [value, value])
    if (e === -1) return this.put('Div', [this.#number(1), value])
    if (e === 0.5) return this.put('Sqrt', [value])
    return this.put('Pow', [value, this.#number(e)])
  }

  /** By Einstein's sums; what is only multiplied entry by entry without them. */
  #product(node: ProductNode): string {
    if (node.extents.length > MOST_AXES) throw new NotInOnnx(`a product along more than ${MOST_AXES} axes`)
    const { scalars, tensors, lengths, present, equation } = einsumOf(node)
    const all = node.args.map((a, i) => this.#powered(this.#of(a), node.exponents[i]!))
    const factors = scalars.map((i) => all[i]!)
    for (const e of lengths) factors.push(this.#real(this.#extent(e)))
    if (!isOne(node.coefficient)) factors.push(this.#number(toNumber(node.coefficient)))
    const values = tensors.map((i) => all[i]!)
    if (equation === undefined) factors.push(...values)
    else if (values.length > 0) factors.push(this.put('Einsum', values, { equation }))
    const product = factors.reduce<string | undefined>(
      (a, b) => (a === undefined ? b : this.put('Mul', [a, b])),
      undefined,
    )
    const value = product ?? this.#number(1)
    return present.length === node.shape.length ? value : this.#stretch(value, present, node.shape)
  }

  #apply(node: ApplyNode): string {
    const { op } = node
    const args = node.args.map((a) => this.#of(a))
    switch (op.kind) {
      case 'pointwise': {
        if (op.abstract) throw new NotInOnnx(`the function ${op.abstract.name}, which has no body`)
        const own = OWN[op.name]
        const value = own ? this.put(own, args) : (op.kernel ?? op.meaning)(this.#field, ...args)
        return node.args.some((a) => sameShape(a.shape, node.shape))
          ? value
          : this.#stretch(value, [], node.shape)
      }
      case 'reduction': {
        const own = REDUCTIONS[op.name]
        return own
          ? this.put(own, args, { axes: node.axes, keepdims: 0 })
          : this.put('ReduceSum', [args[0]!, this.#list(node.axes)], { keepdims: 0 })
      }
      case 'mask':
        return this.#first(args[0]!, node.args[0]!.shape.length, node.axes, op.picks === 'greatest')
      case 'matrix': {
        const own = MATRICES[op.name]
        if (own) return this.put(own, args)
        throw new NotInOnnx(`the operator ${op.name}`)
      }
    }
  }

  /** 1 at the first greatest (or least) entry along the axes, 0 elsewhere. */
  #first(value: string, rank: number, axes: readonly number[], greatest: boolean): string {
    const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i))
    const order = [...rest, ...axes]
    const turned = this.put('Transpose', [value], { perm: order })
    // 0 is the length that the axis has.
    const flat = this.put('Reshape', [turned, this.#list([...rest.map(() => 0), -1])])
    const at = this.put(greatest ? 'ArgMax' : 'ArgMin', [flat], { axis: -1, keepdims: 0 })
    const depth = this.put('Gather', [this.put('Shape', [flat]), this.#whole(-1)], { axis: 0 })
    const mask = this.put('OneHot', [at, depth, this.#constant('f32', [2], [0, 1])], { axis: -1 })
    const back = this.put('Reshape', [this.#real(mask), this.put('Shape', [turned])])
    return this.put('Transpose', [back], { perm: order.map((_, axis) => order.indexOf(axis)) })
  }

  /** Operators by their meanings: each step is an operation. Both branches are computed. */
  #fieldOf(): Field<string> {
    const put = (op: string, ...inputs: string[]): string => this.put(op, inputs)
    const number = (value: number): string => this.#number(value)
    const call = (name: Elementary, a: string): string => {
      // With identities that lose no digits near 0: eˣ − 1 = tanh(x/2)·(eˣ + 1), log(1 + x) = 2·artanh(x/(2 + x)).
      if (name === 'expm1')
        return put('Mul', put('Tanh', put('Mul', a, number(0.5))), put('Add', put('Exp', a), number(1)))
      if (name === 'log1p')
        return put('Mul', number(2), put('Atanh', put('Div', a, put('Add', a, number(2)))))
      return put(OWN[name]!, a)
    }
    return {
      rational: (value) => number(toNumber(value)),
      number,
      add: (a, b) => put('Add', a, b),
      subtract: (a, b) => put('Sub', a, b),
      multiply: (a, b) => put('Mul', a, b),
      divide: (a, b) => put('Div', a, b),
      negate: (a) => put('Neg', a),
      power: (a, b) => put('Pow', a, b),
      call,
      native: (name: Native, ...args) => {
        if (name === 'log2' || name === 'log10')
          return put('Div', put('Log', args[0]!), number(name === 'log2' ? Math.LN2 : Math.LN10))
        if (name === 'atan2') throw new NotInOnnx('the function atan2')
        return put(OWN[name]!, ...args)
      },
      still: (a) => a,
      select: (relation, a, b, then, otherwise) =>
        relation === '!='
          ? put('Where', put('Equal', a, b), otherwise(), then())
          : put('Where', put(COMPARISONS[relation], a, b), then(), otherwise()),
    }
  }
}
