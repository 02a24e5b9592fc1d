/** Nodes as statements of PyTorch: each value a tensor, computed once. */
import { bug } from '../../base/bug.ts'
import { type Rational, isOne, isZero, toNumber } from '../../base/rational.ts'
import { type Extent, type Shape, sameShape } from '../../graph/extent.ts'
import type { Elementary, Field, Native, Relation } from '../../graph/field.ts'
import type { ApplyNode, BracketNode, Node, ProductNode, SumNode, SymbolNode } from '../../graph/node.ts'
import { valuesInOrder } from '../../graph/traverse.ts'
import { nameNodes } from '../../schedule/storage.ts'
import { extentText } from '../c/extents.ts'
import { MOST_AXES, einsumOf } from '../einsum.ts'
import { type PythonNames, real } from './names.ts'

/** What has no equal in PyTorch. */
export class NotInPytorch extends Error {}

export interface Scope {
  readonly names: PythonNames
  /** Data, parameters, hyperparameters: the variable that holds them. */
  readonly symbol: (node: SymbolNode) => string
  /** The variable that holds an open length. */
  readonly length: (dim: string) => string
}

const ELEMENTARY: Readonly<Record<Elementary, string>> = {
  exp: 'torch.exp',
  expm1: 'torch.expm1',
  log: 'torch.log',
  log1p: 'torch.log1p',
  sqrt: 'torch.sqrt',
  sin: 'torch.sin',
  cos: 'torch.cos',
  tan: 'torch.tan',
  sinh: 'torch.sinh',
  cosh: 'torch.cosh',
  tanh: 'torch.tanh',
  atan: 'torch.atan',
  erf: 'torch.erf',
  abs: 'torch.abs',
  sign: 'torch.sign',
}
/** Operators that PyTorch has of its own, under other names than their meaning would use. */
const OWN: Readonly<Record<string, string>> = {
  ...ELEMENTARY,
  sigmoid: 'torch.sigmoid',
  lgamma: 'torch.lgamma',
  digamma: 'torch.digamma',
  erfc: 'torch.erfc',
  asin: 'torch.asin',
  acos: 'torch.acos',
  asinh: 'torch.asinh',
  acosh: 'torch.acosh',
  atanh: 'torch.atanh',
  log2: 'torch.log2',
  log10: 'torch.log10',
  atan2: 'torch.atan2',
  max: 'torch.maximum',
  min: 'torch.minimum',
}

const MATRICES: Readonly<Record<string, string>> = {
  inv: 'torch.linalg.inv',
  det: 'torch.linalg.det',
  logdet: 'torch.logdet',
  cholesky: 'torch.linalg.cholesky',
}
const REDUCTIONS: Readonly<Record<string, string>> = {
  lse: 'torch.logsumexp',
  reducemax: 'torch.amax',
  reducemin: 'torch.amin',
  batchsum: 'torch.sum',
}
const COMPARISONS: Readonly<Record<Relation, string>> = {
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '=': '==',
  '!=': '!=',
}

/** Statements that compute the roots, and the variables that then hold them. */
export function statementsOf(
  roots: readonly Node[],
  scope: Scope,
): { readonly lines: readonly string[]; readonly values: ReadonlyMap<Node, string> } {
  const writer = new Statements(scope)
  const order = valuesInOrder(roots)
  const names = nameNodes(order)
  for (const node of order) writer.add(node, names.get(node))
  return writer
}

class Statements {
  readonly lines: string[] = []
  readonly values = new Map<Node, string>()
  readonly #scope: Scope
  readonly #field: Field<string>

  constructor(scope: Scope) {
    this.#scope = scope
    this.#field = this.#fieldOf()
  }

  /** @param called what the program calls it */
  add(node: Node, called: string | undefined): void {
    const value = this.#value(node)
    const last = this.lines.at(-1)
    if (called === undefined || !last?.startsWith(`${value} = `)) return void this.values.set(node, value)
    const name = this.#scope.names.fresh(called)
    this.lines[this.lines.length - 1] = name + last.slice(value.length)
    this.values.set(node, name)
  }

  #of(node: Node): string {
    return this.values.get(node) ?? bug('a value that comes too late')
  }

  /** A variable for an expression. */
  #put(expression: string): string {
    const name = this.#scope.names.fresh('t')
    this.lines.push(`${name} = ${expression}`)
    return name
  }

  #extent(e: Extent): string {
    return extentText(e, this.#scope.length).replace(/ \/ /g, ' // ')
  }

  #shape(shape: Shape): string {
    return `(${shape.map((e) => this.#extent(e)).join(', ')}${shape.length === 1 ? ',' : ''})`
  }

  #value(node: Node): string {
    switch (node.kind) {
      case 'constant':
        return this.#put(`_number(${real(toNumber(node.value))})`)
      case 'symbol':
        return this.#symbol(node)
      case 'equation':
        return this.#of(node.body)
      case 'delta':
        return this.#put(`_number(torch.eye(${this.#extent(node.extent)}))`)
      case 'basis':
        return this.#put(`_bracket(0, [1], [], ${-node.index}, ${this.#shape(node.shape)})`)
      case 'iota':
        return this.#put(`_number(torch.arange(1, ${this.#extent(node.extent)} + 1))`)
      case 'bracket':
        return this.#bracket(node)
      case 'sum':
        return this.#sum(node)
      case 'product':
        return this.#product(node)
      case 'apply':
        return this.#apply(node)
      case 'scan':
        throw new NotInPytorch('a recurrence of any length')
      case 'derivative':
        return bug('a derivative in code')
    }
  }

  #symbol(node: SymbolNode): string {
    const { symbol } = node
    if (symbol.role === 'dim') return this.#put(`_number(${this.#scope.length(symbol.name)})`)
    if (symbol.entries) {
      const list = symbol.entries.map((v) => real(toNumber(v))).join(', ')
      return this.#put(`_number([${list}]).reshape(${this.#shape(node.shape)})`)
    }
    if (symbol.role === 'constant') return this.#put(`_number(math.${symbol.name})`)
    if (symbol.list !== undefined) throw new NotInPytorch('a list of data of any length')
    return this.#scope.symbol(node)
  }

  #bracket(node: BracketNode): string {
    const args = node.args.map(
      (a, k) => `(${node.multiples[k]}, ${this.#of(a)}, ${JSON.stringify(node.labels[k])})`,
    )
    const relation = node.relation === '=' ? 0 : 1
    return this.#put(
      `_bracket(${relation}, ${JSON.stringify(node.coefficients)}, [${args.join(', ')}], ${this.#extent(node.offset)}, ${this.#shape(node.shape)})`,
    )
  }

  #sum(node: SumNode): string {
    let text = ''
    node.args.forEach((a, i) => {
      const c = node.coefficients[i]!
      const size = c.abs()
      const term = isOne(size) ? this.#of(a) : `${real(toNumber(size))} * ${this.#of(a)}`
      text += c.s < 0n ? (text === '' ? `-${term}` : ` - ${term}`) : text === '' ? term : ` + ${term}`
    })
    if (!isZero(node.constant)) text += ` + ${real(toNumber(node.constant))}`
    return this.#put(text.replace(/\+ -/g, '- '))
  }

  #powered(value: string, exponent: Rational): string {
    if (isOne(exponent)) return value
    const e = toNumber(exponent)
    if (e === 2) return this.#put(`${value} * ${value}`)
    if (e === -1) return this.#put(`1 / ${value}`)
    if (e === 0.5) return this.#put(`torch.sqrt(${value})`)
    return this.#put(`${value} ** ${e < 0 ? `(${real(e)})` : real(e)}`)
  }

  /** By Einstein's sums; what is only multiplied entry by entry without them. */
  #product(node: ProductNode): string {
    if (node.extents.length > MOST_AXES) throw new NotInPytorch(`a product along more than ${MOST_AXES} axes`)
    const { scalars, tensors, lengths, present, equation } = einsumOf(node)
    const all = node.args.map((a, i) => this.#powered(this.#of(a), node.exponents[i]!))
    const values = tensors.map((i) => all[i]!)
    const product = [
      ...(isOne(node.coefficient) ? [] : [real(toNumber(node.coefficient))]),
      ...scalars.map((i) => all[i]!),
      ...lengths.map((e) => this.#extent(e)),
      ...(equation === undefined || values.length === 0
        ? values
        : [`torch.einsum("${equation}", ${values.join(', ')})`]),
    ].join(' * ')
    const text = values.length === 0 ? `_number(${product || '1.0'})` : product
    if (present.length === node.shape.length) return this.#put(text)
    return this.#put(`_stretch(${text}, ${JSON.stringify(present)}, ${this.#shape(node.shape)})`)
  }

  #apply(node: ApplyNode): string {
    const { op } = node
    const args = node.args.map((a) => this.#of(a))
    switch (op.kind) {
      case 'pointwise': {
        if (op.abstract) throw new NotInPytorch(`the function ${op.abstract.name}, which has no body`)
        const own = OWN[op.name]
        const value = own
          ? this.#put(`${own}(${args.join(', ')})`)
          : (op.kernel ?? op.meaning)(this.#field, ...args)
        // All arguments may be numbers where the value is a tensor.
        return node.args.some((a) => sameShape(a.shape, node.shape))
          ? value
          : this.#put(`_stretch(${value}, [], ${this.#shape(node.shape)})`)
      }
      case 'reduction': {
        const own = REDUCTIONS[op.name] ?? bug(`the reduction ${op.name}`)
        return this.#put(`${own}(${args[0]!}, dim=(${node.axes.join(', ')},))`)
      }
      case 'mask':
        return this.#put(
          `_first(${args[0]!}, ${JSON.stringify(node.axes)}, ${op.picks === 'greatest' ? 'True' : 'False'})`,
        )
      case 'matrix': {
        const own = MATRICES[op.name]
        if (!own) throw new NotInPytorch(`the operator ${op.name}`)
        return this.#put(`${own}(${args.join(', ')})`)
      }
    }
  }

  /** Operators by their meanings: each step is a statement. Both branches are computed, for no one differentiates them. */
  #fieldOf(): Field<string> {
    const put = (text: string): string => this.#put(text)
    const tensor = (a: string): string => (isLiteral(a) ? `_number(${a})` : a)
    const call = (name: string, args: readonly string[]): string =>
      put(`${name}(${args.map(tensor).join(', ')})`)
    const infix = (a: string, sign: string, b: string): string =>
      put(`${isLiteral(b) ? tensor(a) : bracketed(a)} ${sign} ${bracketed(b)}`)
    return {
      rational: (value) => real(toNumber(value)),
      number: (value) => real(value),
      add: (a, b) => infix(a, '+', b),
      subtract: (a, b) => infix(a, '-', b),
      multiply: (a, b) => infix(a, '*', b),
      divide: (a, b) => infix(a, '/', b),
      negate: (a) => put(`-${bracketed(tensor(a))}`),
      power: (a, b) => call('torch.pow', [a, b]),
      call: (name: Elementary, a) => call(ELEMENTARY[name], [a]),
      native: (name: Native, ...args) => call(OWN[name]!, args),
      still: (a) => a,
      select: (relation, a, b, then, otherwise) => {
        const test = `${tensor(a)} ${COMPARISONS[relation]} ${bracketed(b)}`
        return put(`torch.where(${test}, ${tensor(then())}, ${tensor(otherwise())})`)
      },
    }
  }
}

/** A number, and no variable. */
const isLiteral = (text: string): boolean => /^-?(?:\d|math\.)/.test(text)
const bracketed = (text: string): string => (text.startsWith('-') ? `(${text})` : text)
