/** The types at the border of a module: what callers pass and get. */
import { type Network, takesParams } from '../graph/network.ts'
import { type Rational, toNumber } from '../base/rational.ts'
import { type Shape, addExtents, extentText } from '../graph/extent.ts'
import { shapeWords } from './extents.ts'
import { pathOf } from '../graph/member.ts'
import {
  type Branch,
  type Field,
  type Fields,
  type Item,
  type Leaf,
  branches,
  isFamily,
  leaves,
} from './fields.ts'
import { initialiserText } from './initial.ts'
import type { InterfaceField, Statement } from './tree.ts'
import { key, numberText, quote, silent } from './text.ts'

export type ArrayName = 'Float64Array' | 'Float32Array'

/** Text of the program's as lines of a comment. Line breaks of all kinds end a line. */
export const docLines = (doc: string | undefined): string[] =>
  doc === undefined ? [] : doc.split(/\r\n|[\n\r\u2028\u2029]/u).map((line) => silent(line.trimEnd()))

/** `Params`, `Inputs`, `Data`, `Outputs`, and `Hyper`, as far as the program has them. */
export function interfaces(
  network: Network,
  fields: Fields,
  array: ArrayName,
  {
    grads,
    tangents,
  }: { readonly grads?: readonly Field[] | undefined; readonly tangents?: readonly Field[] | undefined },
): Statement[] {
  const block = (id: string, list: readonly Field[], doc: string, parent?: string): Statement => ({
    kind: 'interface',
    name: id,
    exported: true,
    doc: [doc],
    fields: fieldsIn(branches(list.map((f) => ({ path: pathOf(f.name), value: f }))), array),
    ...(parent === undefined ? {} : { extends: parent }),
  })
  const hyper: Statement = {
    kind: 'interface',
    name: 'Hyper',
    exported: true,
    doc: ['Numbers given at each call; what has a default may be left out.'],
    fields: network.hypers.map(({ symbol, values, doc }) => ({
      key: symbol.name,
      type: symbol.shape.length === 0 ? 'number' : array,
      ...(values ? { optional: true } : {}),
      doc: [...docLines(doc), ...hyperText(symbol.shape, values)],
    })),
  }
  return [
    ...(takesParams(network)
      ? [block('Params', fields.params, 'What is learned. Tensors are flat and row-major.')]
      : []),
    block('Inputs', fields.inputs, 'What a prediction needs.'),
    ...(network.loss ? [block('Data', fields.targets, 'What the loss needs.', 'Inputs')] : []),
    ...(hasIndices(fields) ? [indices] : []),
    block('Outputs', fields.outputs, 'What a prediction gives.'),
    ...(grads ? [block('Gradients', grads, 'What `backward` differentiates by.')] : []),
    ...(tangents ? [block('Tangents', tangents, 'Changes of the inputs, and what comes back to them.')] : []),
    ...(network.hypers.length > 0 ? [hyper] : []),
  ]
}

/**
 * The type of an object with some of the fields of a type, by the names of these; of all where none are named. Of instances of layers
 * it is what they hold that is picked.
 */
export function picked(type: string, names: readonly string[], all: readonly Field[]): string {
  const own = new Set(names)
  return own.size === 0
    ? type
    : pickedAt(
        type,
        all.map(({ name }) => ({ path: pathOf(name), wanted: own.has(name) })),
      )
}

interface Picked {
  readonly path: readonly string[]
  readonly wanted: boolean
}

function pickedAt(type: string, fields: readonly Picked[]): string {
  if (fields.every(({ wanted }) => wanted)) return type
  const within = new Map<string, Picked[]>()
  for (const { path, wanted } of fields) {
    const [head, ...rest] = path as [string, ...string[]]
    const known = within.get(head) ?? []
    known.push({ path: rest, wanted })
    within.set(head, known)
  }
  const whole = [...within].filter(([, inner]) => inner.every(({ wanted }) => wanted))
  const parts = [...within].filter(
    ([, inner]) => inner.some(({ wanted }) => wanted) && !inner.every(({ wanted }) => wanted),
  )
  return [
    ...(whole.length > 0 ? [`Pick<${type}, ${whole.map(([head]) => quote(head)).join(' | ')}>`] : []),
    ...parts.map(([head, inner]) => `{ ${key(head)}: ${pickedAt(`${type}[${quote(head)}]`, inner)} }`),
  ].join(' & ')
}

/** Fields, those of an instance of a layer in an object of its own. */
const fieldsIn = (all: readonly Branch<Field>[], array: ArrayName): InterfaceField[] =>
  all.map((b) =>
    'inner' in b ? { key: b.key, fields: fieldsIn(b.inner, array) } : fieldOf(b.key, b.value, array),
  )

function fieldOf(key: string, field: Field, array: ArrayName): InterfaceField {
  return {
    key,
    type: typeText(field.item, array),
    doc: [...docLines(field.doc), ...layout(field.item)],
  }
}

/** Defaults of more entries are not listed. */
const MOST_LISTED = 12

/** `Shape 3. Default 1, 2, 3.` */
export function hyperText(shape: Shape, values: readonly Rational[] | undefined): string[] {
  const texts = (values ?? []).map((value) => numberText(toNumber(value)))
  const [first] = texts
  const list = texts.every((text) => text === first)
    ? first!
    : texts.slice(0, MOST_LISTED).join(', ') + (texts.length > MOST_LISTED ? ', …' : '')
  const parts = [
    ...(shape.length === 0 ? [] : [`Shape ${shapeWords(shape)}.`]),
    ...(values ? [`Default ${list}.`] : []),
  ]
  return parts.length === 0 ? [] : [parts.join(' ')]
}

const hasIndices = ({ inputs, targets }: Fields): boolean =>
  [...inputs, ...targets].some(({ item }) =>
    [...leaves(item)].some(({ leaf }) => leaf.end !== undefined && leaf.shape.length > 0),
  )

const typeText = (item: Item, array: ArrayName): string =>
  isFamily(item)
    ? `${typeText(item[0]!, array)}[]`
    : item.members !== undefined
      ? `${typeText({ ...item, members: undefined }, array)}[]`
      : item.shape.length === 0
        ? 'number'
        : item.end === undefined
          ? array
          : 'Indices'

/** What data of whole numbers may be. */
export const INTEGERS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
] as const

const indices: Statement = {
  kind: 'type',
  name: 'Indices',
  type: INTEGERS.join(' | '),
  exported: true,
  doc: ['Whole numbers from 0 on: positions along an axis, or counts.'],
}

/** `whole numbers from 0 to 9` */
const wholeText = ({ end, shape }: Leaf): string[] =>
  end === undefined
    ? []
    : [
        `${shape.length === 0 ? 'a whole number' : 'whole numbers'} from 0 to ${extentText(addExtents(end, -1))}`,
      ]

/** Shape and initialiser of a field in a line: `Shape 128 × 784, glorot.` */
export function layout(item: Item): string[] {
  const all = [...leaves(item)].map((l) => l.leaf)
  const start = (leaf: Leaf): string[] => (leaf.initialiser ? [initialiserText(leaf.initialiser)] : [])
  const shapes = [shapeWords(all[0]!.shape), shapeWords(all.at(-1)!.shape)]
  const shape =
    shapes[0] === ''
      ? all[0]!.initialiser
        ? ['a number']
        : []
      : shapes[0] === shapes[1]
        ? [`shape ${shapes[0]}`]
        : [`shapes from ${shapes.join(' to ')}`]
  const { members } = all[0]!
  const many = members === undefined ? [] : [`${extentText(members)} of them`]
  const text = [...shape, ...many, ...start(all[0]!), ...wholeText(all[0]!)].join(', ')
  return text === '' ? [] : [`${text[0]!.toUpperCase()}${text.slice(1)}.`]
}
