/** A node that is read: what it is given, checked, and how it is refused. */
import type { Draft } from './draft.ts'
import type { ModelNode } from './model.ts'
import type { Wish } from './names.ts'
import { type Known, type Operand, type Value, valueOf } from './values.ts'
import type { FileTensor } from './tensors.ts'

/** What is not read, by its node, operator and attribute. */
export class Unread extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

export class At {
  readonly node: ModelNode
  readonly opset: number
  readonly draft: Draft
  /** The length of the batch where the model fixes it. */
  readonly fixedBatch: number | undefined
  readonly #inputs: readonly (Operand | undefined)[]
  readonly #uses: (output: number) => number

  constructor(
    node: ModelNode,
    opset: number,
    draft: Draft,
    inputs: readonly (Operand | undefined)[],
    uses: (output: number) => number,
  ) {
    this.node = node
    this.opset = opset
    this.draft = draft
    this.fixedBatch = draft.fixedBatch
    this.#inputs = inputs
    this.#uses = uses
  }

  refuse(what: string, hint?: string): Unread {
    const { name, operator, outputs } = this.node
    const called = name === '' ? `that makes ${outputs[0] ?? 'nothing'}` : name
    return new Unread(`The node ${called} (${operator}) ${what}.`, hint)
  }

  get count(): number {
    return this.#inputs.length
  }

  optional(i: number): Operand | undefined {
    return this.#inputs[i]
  }

  input(i: number): Operand {
    const found = this.#inputs[i]
    if (!found) throw this.refuse(`has no input ${i + 1}`)
    return found
  }

  /** What depends on data; known numbers become a parameter or constant. */
  value(i: number, stem = 'w'): Value {
    return this.asValue(this.input(i), stem)
  }

  asValue(operand: Operand, stem = 'w'): Value {
    if (operand.kind === 'value') return operand
    return this.draft.declared(this.numeric(operand), this.wish(operand, stem))
  }

  /** A good name for known numbers. */
  wish({ learned }: Known, stem: string): Wish {
    if (learned !== undefined && !isCounted(learned)) return { like: learned }
    // Nodes of PyTorch have the path of their layer.
    const layer = /^\/?([\w./]+)\/\w+$/.exec(this.node.name)?.[1]
    return layer === undefined ? { stem } : { like: `${layer}_${stem}` }
  }

  /** Known numbers, all of them numbers. */
  numeric(known: Known): Known {
    if (known.shape.some((n) => typeof n !== 'number'))
      throw this.refuse('needs a tensor of a size that the model leaves open')
    return known
  }

  known(i: number, what: string): Known {
    const operand = this.input(i)
    if (operand.kind !== 'known')
      throw this.refuse(`takes its ${what} from data`, 'export the model with constants there')
    return operand
  }

  /** Known whole numbers, such as axes. */
  wholes(i: number, what: string): number[] {
    const { values, shape } = this.known(i, what)
    const list =
      typeof values === 'number' ? Array.from({ length: Number(shape[0] ?? 1) }, () => values) : [...values]
    return list.map((v) => {
      if (typeof v !== 'number')
        throw this.refuse(`takes its ${what} from lengths that the model leaves open`)
      return v
    })
  }

  int(name: string, otherwise: number): number {
    return this.#attribute(name, 'int') ?? otherwise
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name, 'float') ?? otherwise
  }

  text(name: string, otherwise: string): string {
    return this.#attribute(name, 'string') ?? otherwise
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'ints')
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'floats')
  }

  strings(name: string): readonly string[] | undefined {
    return this.#attribute(name, 'strings')
  }

  tensor(name: string): FileTensor | undefined {
    return this.#attribute(name, 'tensor')
  }

  #attribute<T>(name: string, kind: string): T | undefined {
    const found = this.node.attributes.get(name)
    if (!found) return undefined
    if (found.kind !== kind) throw this.refuse(`has an attribute ${name} that is no ${kind}`)
    return (found as unknown as { readonly value: T }).value
  }

  /** Attributes that are read; any other is refused, for what it says would be lost. */
  only(...names: readonly string[]): void {
    for (const name of this.node.attributes.keys())
      if (!names.includes(name))
        throw this.refuse(
          `has the attribute ${name}, which is not read`,
          'export the model without it, or write this part of the program by hand',
        )
  }

  /** An axis, counted from the end where it is negative. */
  axis(axis: number, rank: number): number {
    const found = axis < 0 ? axis + rank : axis
    if (!(found >= 0 && found < rank)) throw this.refuse(`speaks of axis ${axis} of ${rank}`)
    return found
  }

  isUsedOnce(output = 0): boolean {
    return this.#uses(output) === 1
  }

  isUsed(output: number): boolean {
    return this.#uses(output) > 0
  }

  /** A new equation of a tensor. */
  equation(
    stem: string,
    text: string,
    like: { readonly axes: Value['axes']; readonly shape: Value['source']['shape'] },
  ): Value {
    return valueOf(this.draft.equation(stem, text, like.shape), like.axes)
  }
}

/** Whether a name is one that an exporter counts out, and nobody has given: `onnx::MatMul_23`, `42`. */
const isCounted = (name: string): boolean =>
  name === '' || /^(?:\d+|onnx::\w+(?: transposed .*)?|.*_output_\d+)$/.test(name)
