/** `export const network`: what a module knows of itself. */
import { type Rational, toNumber } from '../base/rational.ts'
import { type Extent, type Shape, extentText } from '../graph/extent.ts'
import type { Network } from '../graph/network.ts'
import { type Field, type Fields, type Item, isFamily, fieldOf, objectFields } from './fields.ts'
import { initialiserText } from './initial.ts'
import { docLines } from './interface.ts'
import { key, numberText, quote } from './text.ts'
import { type Expression, type ObjectField, type Statement, num, str } from './tree.ts'

/**
 * LaTeX of the program: of each equation by its name (the loss among them), of the error terms that gradients mention by
 * their notation, of each gradient by its parameter's name.
 */
export interface Formulas {
  readonly errorTerms?: Iterable<readonly [notation: string, latex: string]>
  readonly equations: Iterable<readonly [name: string, latex: string]>
  readonly gradients: Iterable<readonly [param: string, latex: string]>
}

const object = (entries: Iterable<readonly [string, Expression]>, broken = true): Expression => ({
  kind: 'object',
  broken,
  fields: [...entries].map(([k, value]): ObjectField => ({ key: k, value })),
})
const list = (items: readonly Expression[]): Expression => ({ kind: 'array', items })

/** `network`; shapes are those of one sample, an open extent is its text. */
export function metadata(
  network: Network,
  fields: Fields,
  formulas: Formulas | undefined,
  optimizer: string | undefined,
): Statement {
  const strings = (entries: Iterable<readonly [string, string]>): Expression =>
    object([...entries].map(([k, latex]) => [k, str(latex)]))
  const value = object([
    ['name', str(network.name)],
    ['dims', object(dims(network), false)],
    ...(network.batch === undefined
      ? []
      : [['batch', typeof network.batch === 'number' ? num(network.batch) : str(network.batch)] as const]),
    ['params', group(fields.params, entry)],
    ['inputs', group(fields.inputs, entry)],
    ['targets', group(fields.targets, entry)],
    ['outputs', group(fields.outputs, entry)],
    ...(network.hypers.length === 0
      ? []
      : [
          [
            'hyper',
            object(
              network.hypers.map(({ symbol, values }) => [symbol.name, preset(symbol.shape, values)]),
              false,
            ),
          ] as const,
        ]),
    ...(optimizer === undefined ? [] : [['optimizer', str(optimizer)] as const]),
    [
      'formulas',
      object([
        ['equations', strings(formulas?.equations ?? [])],
        ...(formulas?.errorTerms ? [['errorTerms', strings(formulas.errorTerms)] as const] : []),
        ['gradients', strings(formulas?.gradients ?? [])],
      ]),
    ],
  ])
  return {
    kind: 'declare',
    keyword: 'const',
    name: 'network',
    exported: true,
    value: { kind: 'as', value, type: 'const' },
    doc:
      network.doc === undefined
        ? ['The network: shapes of one sample, initialisers, LaTeX.']
        : docLines(network.doc),
  }
}

/** A default: a number, or a flat list; null where there is none. */
const preset = (shape: Shape, values: readonly Rational[] | undefined): Expression => {
  const numbers = values?.map((value) => num(toNumber(value)))
  return numbers === undefined
    ? { kind: 'name', name: 'null' }
    : shape.length === 0
      ? numbers[0]!
      : list(numbers)
}

const group = (fields: readonly Field[], one: (item: Item) => Expression): Expression => ({
  kind: 'object',
  broken: true,
  fields: objectFields(fields.map((f) => [f.name, one(f.item)])),
})

function entry(item: Item): Expression {
  if (isFamily(item)) return list(item.map(entry))
  const shape = list(item.shape.slice(item.batched ? 1 : 0).map(extentLiteral))
  return object(
    [
      ['shape', shape],
      ...(item.members === undefined ? [] : [['members', extentLiteral(item.members)] as const]),
      ...(item.end === undefined ? [] : [['below', extentLiteral(item.end)] as const]),
      ...(item.initialiser ? [['initialiser', str(initialiserText(item.initialiser))] as const] : []),
    ],
    false,
  )
}

const extentLiteral = (e: Extent): Expression => (typeof e === 'number' ? num(e) : str(extentText(e)))

/** Dims by name, families of dims as arrays. */
function dims(network: Network): Map<string, Expression> {
  const found = new Map<string, Expression>()
  const families = new Map<string, Expression[]>()
  for (const [id, extent] of network.dims) {
    const { field, indices } = fieldOf(id)
    if (indices.length === 0) found.set(id, extentLiteral(extent))
    else {
      const members = families.get(field) ?? []
      members.push(extentLiteral(extent))
      families.set(field, members)
      found.set(field, list(members))
    }
  }
  return found
}

/** The type of a constant value, for declarations: literals as they are, but any string below `formulas`. */
export function literalType(e: Expression, loose = false): string {
  switch (e.kind) {
    case 'as':
      return literalType(e.value, loose)
    case 'name':
      return e.name
    case 'number':
      return numberText(e.value)
    case 'string':
      return loose ? 'string' : quote(e.value)
    case 'array':
      return `readonly [${e.items.map((i) => literalType(i, loose)).join(', ')}]`
    case 'object':
      return `{ ${e.fields.map((f) => `readonly ${key(f.key)}: ${literalType(f.value, loose || f.key === 'formulas')}`).join('; ')} }`
    default:
      return 'unknown'
  }
}
