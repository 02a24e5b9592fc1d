/** A model of ONNX → a program, as text, and the numbers of its parameters. */
import { printable } from '../../base/frame.ts'
import { At, Unread } from './at.ts'
import { Draft, type DraftInput, type DraftParam, indexNames, inOrder } from './draft.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { folded, known } from './known.ts'
import type { Length } from './lengths.ts'
import { lossOf } from './loss.ts'
import type { LossKind } from './losses.ts'
import type { Model, ModelNode, ModelValue } from './model.ts'
import { PRODUCTS } from './products.ts'
import type { Reader } from './readers.ts'
import { RECURRENT } from './recurrent.ts'
import { REDUCTIONS } from './reductions.ts'
import { SHAPES } from './shapes.ts'
import { type FileTensor, DOUBLE, FLOATS } from './tensors.ts'
import { BATCH, type Operand, type Value, isNatural, lengthsAt, valueOf } from './values.ts'
import { entry } from './views.ts'
import { WINDOWS } from './windows.ts'

const READERS: ReadonlyMap<string, Reader> = new Map(
  Object.entries({ ...ELEMENTWISE, ...PRODUCTS, ...SHAPES, ...REDUCTIONS, ...WINDOWS, ...RECURRENT }),
)

export interface TranslateOptions {
  readonly loss: LossKind
  /** Where samples stand in all inputs; none: the model has no axis of samples; undefined: wherever it goes. */
  readonly batchAxis?: number | 'none' | undefined
  /** After which the network is called. */
  readonly name: string
  /** What the program says of itself in its first lines. */
  readonly from: string
}

export interface Translated {
  readonly text: string
  readonly params: readonly DraftParam[]
  readonly precision: 'f32' | 'f64'
}

/** Throws `Unread`. */
export function translate(model: Model, options: TranslateOptions): Translated {
  const { batchAxis } = options
  if (batchAxis !== undefined) return translated(model, options, batchAxis === 'none' ? undefined : batchAxis)
  // Samples are along the first axis, or the second one of series; whatever works with one sample at a time.
  let first: unknown
  for (const axis of candidates(model)) {
    try {
      return translated(model, options, axis)
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      first ??= error
    }
  }
  throw first
}

/** An axis whose length is open comes first; where none is, there may be no samples at all. */
function candidates(model: Model): (number | undefined)[] {
  const open = data(model).flatMap(({ shape }) =>
    (shape ?? []).flatMap((l, i) => (typeof l === 'string' ? [i] : [])),
  )
  return [
    ...new Set([...(new Set(open).size === 1 ? open : []), 0, 1]),
    ...(open.length === 0 ? [undefined] : []),
  ]
}

const data = (model: Model): ModelValue[] => model.inputs.filter((i) => !model.tensors.has(i.name))

function translated(model: Model, options: TranslateOptions, axis: number | undefined): Translated {
  const draft = new Draft()
  const given = data(model)
  draft.precision =
    given.some((i) => i.type === DOUBLE) ||
    [...model.tensors.values()].some((t) => !t.whole && t.precision === 'f64')
      ? 'f64'
      : 'f32'
  if (given.length === 0) throw new Unread('The model has no inputs: there is nothing to compute with.')
  const values = new Map<string, Operand>()
  const operators = new Map<string, string>()
  if (axis !== undefined && given.some((i) => (i.shape?.length ?? 0) > axis)) {
    draft.batch = draft.names.of('B', 'B')
    const [length, ...others] = new Set(given.flatMap((i) => i.shape?.[axis] ?? []))
    if (others.length === 0 && typeof length === 'number') draft.fixedBatch = length
  }
  const dims = new Map<string, string>()
  // What has a fixed length there, where others leave it open, is shared by all samples.
  const isOpen = axis !== undefined && given.some((i) => typeof i.shape?.[axis] === 'string')
  for (const input of given) {
    const isShared = axis !== undefined && isOpen && typeof input.shape?.[axis] !== 'string'
    values.set(input.name, declareInput(draft, input, isShared ? undefined : axis, dims))
  }
  for (const [name, tensor] of model.tensors) values.set(name, learned(name, tensor))
  const uses = usesOf(model)
  for (const node of model.nodes) {
    const at = new At(
      node,
      model.opset,
      draft,
      node.inputs.map((name) => (name === '' ? undefined : available(values, name, node))),
      (output) => uses.get(node.outputs[output] ?? '') ?? 0,
    )
    const results = folded(at) ?? read(at)
    const list = Array.isArray(results) ? (results as readonly (Operand | undefined)[]) : [results as Operand]
    node.outputs.forEach((name, i) => {
      if (name === '') return
      const result = list[i]
      if (!result) {
        if ((uses.get(name) ?? 0) > 0)
          throw at.refuse(`has an output ${i + 1}, ${printable(name)}, which is not read`)
        return
      }
      if (values.has(name)) throw at.refuse(`makes ${printable(name)} a second time`)
      values.set(name, result)
      // What only looks at a tensor in another way leaves it what it was.
      const passed = VIEWS.has(node.operator) ? operators.get(node.inputs[0] ?? '') : undefined
      operators.set(name, passed ?? node.operator)
    })
  }
  return finished(model, draft, values, operators, options)
}

const VIEWS = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Dropout',
  'Cast',
  'Transpose',
])

const learned = (name: string, { shape, values, whole }: FileTensor): Operand =>
  known(shape, values, whole, whole ? undefined : name)

function available(values: ReadonlyMap<string, Operand>, name: string, node: ModelNode): Operand {
  const found = values.get(name)
  if (!found)
    throw new Unread(
      `The node ${printable(node.name || node.outputs[0] || node.operator)} (${printable(node.operator)}) uses ${printable(name)}, which nothing before it makes.`,
      'the file may have been cut off, or its nodes be out of order',
    )
  return found
}

/** How often each tensor is used, outputs of the model among it. */
function usesOf(model: Model): ReadonlyMap<string, number> {
  const uses = new Map<string, number>()
  const use = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1)
  for (const node of model.nodes) node.inputs.forEach(use)
  for (const { name } of model.outputs) use(name)
  return uses
}

function read(at: At): (Operand | undefined)[] {
  const { operator, domain, attributes } = at.node
  for (const [name, { kind }] of attributes)
    if (kind === 'graph')
      throw at.refuse(
        `has a graph of its own (${name})`,
        'export the model without conditions and loops, such as by tracing it',
      )
  const reader =
    domain === '' || domain === 'ai.onnx' || OWN.has(operator) ? READERS.get(operator) : undefined
  if (!reader)
    throw at.refuse(
      `is of an operator${domain === '' ? '' : ` of ${printable(domain)}`} that is not read`,
      'cut the model before it, or write this part of the program by hand; docs/onnx.md lists what is read',
    )
  return reader(at)
}

/** Of other domains too, where they mean the same. */
const OWN = new Set(['Gelu'])

function declareInput(
  draft: Draft,
  { name, type, shape }: ModelValue,
  axis: number | undefined,
  dims: Map<string, string>,
): Value {
  const called = `The input ${printable(name)}`
  if (shape === undefined)
    throw new Unread(`${called} says nothing of its shape.`, 'export the model with the shapes of its inputs')
  const isWhole = type === 6 || type === 7
  if (!isWhole && !FLOATS.has(type ?? 0))
    throw new Unread(`${called} holds numbers of type ${type ?? 'unknown'}, which are not read.`)
  const own = shape.flatMap((length, a): { a: number; length: Length }[] =>
    a === axis ? [] : [{ a, length: typeof length === 'number' ? length : openDim(draft, dims, length) }],
  )
  const open = own.findIndex(({ length }) => typeof length === 'string')
  if (own.slice(1).some(({ length }) => typeof length === 'string'))
    throw new Unread(
      `${called} leaves axis ${own.filter(({ length }) => typeof length === 'string').at(-1)!.a} open; only samples and the first axis beside them can be.`,
      'export the model with fixed lengths there, or give --batch-axis where the samples stand',
    )
  const isShared = draft.batch !== undefined && (axis === undefined || axis >= shape.length)
  const text = draft.names.of(name, 'x')
  const source = { name: text, text, shape: own.map(({ length }) => length) }
  const input: DraftInput = {
    name: text,
    source,
    isSeries: open === 0,
    isShared,
    isWhole,
    below: undefined,
    isNumber: false,
  }
  draft.inputs.push(input)
  let next = 0
  return valueOf(
    source,
    shape.map((_, a) => (a === axis ? [BATCH] : [next++])),
  )
}

function openDim(draft: Draft, dims: Map<string, string>, name: string): string {
  const known = dims.get(name)
  if (known !== undefined && name !== '') return known
  const dim = draft.names.of(name === '' ? 'T' : name, 'T')
  draft.dims.push(dim)
  dims.set(name, dim)
  return dim
}

/** Outputs by their names, each a tensor with its axes in the order of the model. */
function finished(
  model: Model,
  draft: Draft,
  values: ReadonlyMap<string, Operand>,
  operators: ReadonlyMap<string, string>,
  { loss, from, name: called }: TranslateOptions,
): Translated {
  if (model.outputs.length === 0) throw new Unread('The model has no outputs.')
  const outputs = model.outputs.map(({ name }) => {
    const value = values.get(name)
    if (!value) throw new Unread(`The output ${printable(name)} is made by no node.`)
    if (value.kind === 'known') throw new Unread(`The output ${printable(name)} depends on no input.`)
    return { value: named(draft, value, name), operator: operators.get(name) ?? '' }
  })
  const y = draft.names.firstOf('y', 'wanted')
  const { value, operator } = outputs[0]!
  const made = lossOf(loss, operator, value, value.source.name!, y)
  const name = draft.names.of(pascal(called), 'Network')
  const inputs = draft.inputs.map(inputText)
  const lines = [
    `// ${from}`,
    `network ${name}`,
    '',
    ...draft.dims.map((dim) => `dim ${dim}`),
    ...(draft.batch === undefined ? [] : [`batch ${draft.batch}`]),
    ...inputs,
    ...(made ? [made.target] : []),
    '',
    ...paramLines(draft.params),
    ...draft.constants,
    '',
    ...draft.statements,
    '',
    `output ${outputs.map((o) => o.value.source.name!).join(', ')}`,
    ...(made ? [`loss ${draft.names.of('J', 'J')} = ${made.loss}`] : []),
  ]
  return {
    text: `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`,
    params: draft.params,
    precision: draft.precision,
  }
}

/** Weights and the bias that belongs to them on one line. */
function paramLines(params: readonly DraftParam[]): string[] {
  const lines: string[] = []
  let open: string[] = []
  const end = (): void => {
    if (open.length > 0) lines.push(`param ${open.join(', ')}`)
    open = []
  }
  for (const { name, shape, initialiser } of params) {
    const text = `${name}${shape.length === 0 ? '' : `[${shape.join(', ')}]`}${initialiser}`
    if (open.join(', ').length + text.length > 90) end()
    open.push(text)
    if (shape.length < 2) end()
  }
  end()
  return lines
}

const pascal = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('') || 'Network'

function inputText(input: DraftInput): string {
  const { name, source, isSeries, isShared, isWhole, below, isNumber } = input
  if (below !== undefined && isNumber)
    throw new Unread(`The input ${name} chooses rows of a table, and is computed with as a number too.`)
  const [first, ...rest] = source.shape
  const shape = isSeries ? rest : source.shape
  const brackets = shape.length === 0 ? '' : `[${shape.join(', ')}]`
  const said = [
    ...(isWhole && below !== undefined ? [`index(${below})`] : []),
    ...(isShared ? ['shared'] : []),
  ]
  return `input ${name}${isSeries ? '[t]' : ''}${brackets}${said.length === 0 ? '' : ` : ${said.join(', ')}`}${isSeries ? ` for t in 1..${first}` : ''}`
}

/** A value as an equation of the output's name: the one that it is, or one more that lays it out. */
function named(draft: Draft, value: Value, output: string): Value {
  const name = draft.names.of(output, 'out')
  const like = inOrder(value.axes.map((f) => lengthsAt(value, f)))
  const text = isNatural(value) ? draft.whole(value) : undefined
  if (text === value.source.name && draft.rename(value.source, name)) return value
  const order = value.axes.flat().filter((a) => a !== BATCH)
  const indices = indexNames(order.map((a) => value.source.shape[a]!))
  const by = new Map(order.map((a, i) => [a, indices[i]!.text]))
  const source =
    text === undefined
      ? draft.entries('', indices, entry(draft, value, by), name)
      : draft.equation('', text, like.shape, name)
  return valueOf(source, like.axes)
}
