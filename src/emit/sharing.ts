/**
 * Arrays that must not be one and the same: what a routine fills, and what it reads while it fills. Views of one buffer
 * that overlap in part are not found, for asking a small array for its buffer makes V8 move the array.
 */
import { type Extent, type Shape, multiplyExtents } from '../graph/extent.ts'
import { eachMember, lengthParameters, memberLabel, prefixed } from './checks.ts'
import { type Field, type Item, type Leaf, SHORT_RUN, access, isFamily, leaves, runs } from './fields.ts'
import type { Names } from './names.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  at,
  binary,
  call,
  member,
  name,
  num,
  perform,
  str,
  when,
} from './tree.ts'

const sameArray = (a: Expression, b: Expression, labelA: Expression, labelB: Expression): Statement =>
  when(binary('===', a, b), [perform(call('$sameArray', labelA, labelB))])

/** An object with the fields of params, and what it and they are called. */
export interface Distinct {
  readonly object: Expression
  readonly prefix: string
  readonly label: string
}

/** One is not the other, neither are its arrays, and they have the same lengths. */
export function distinctFields(fields: readonly Field[], one: Distinct, other: Distinct): Statement[] {
  const distinct = (field: Field, item: Item, path: readonly number[]): Statement[] => {
    const [a, b] = [access(one.object, field.name, path), access(other.object, field.name, path)]
    const labels = (id: string): [Expression, Expression] => [str(one.prefix + id), str(other.prefix + id)]
    const here = sameArray(a, b, ...labels(field.name))
    if (!isFamily(item) && item.members !== undefined) {
      const lengths = [member(a, 'length'), member(b, 'length')] as const
      const label = str(one.prefix + item.name)
      return [
        here,
        ...(typeof item.members === 'number'
          ? []
          : [when(binary('!==', ...lengths), [perform(call('$wrongFamily', label, a, lengths[1]))])]),
        ...(item.shape.length === 0
          ? []
          : [
              eachMember(item.name, a, lengths[0], (its, called) =>
                sameArray(
                  its,
                  at(b, name('$i')),
                  prefixed(one.prefix)(called),
                  prefixed(other.prefix)(called),
                ),
              ),
            ]),
      ]
    }
    if (!isFamily(item)) {
      if (item.shape.length === 0) return []
      const [own, wanted] = [member(a, 'length'), member(b, 'length')]
      const wrong = call('$wrong', str(one.prefix + item.name), a, { kind: 'array', items: [wanted] })
      const isOpen = item.shape.some((e) => typeof e !== 'number')
      return [
        sameArray(a, b, ...labels(item.name)),
        ...(isOpen ? [when(binary('!==', own, wanted), [perform(wrong)])] : []),
      ]
    }
    return [
      here,
      ...runs(item, (x, y) => x.shape.length === y.shape.length).flatMap((run): Statement[] => {
        if (isFamily(run.first) || run.length < SHORT_RUN)
          return item
            .slice(run.from, run.from + run.length)
            .flatMap((inner, i) => distinct(field, inner, [...path, run.from + i]))
        if (run.first.shape.length === 0) return []
        const label = memberLabel(run.first, run.from)
        const body = sameArray(
          at(a, name('$i')),
          at(b, name('$i')),
          prefixed(one.prefix)(label),
          prefixed(other.prefix)(label),
        )
        return [
          {
            kind: 'for',
            variable: '$i',
            from: num(run.from),
            to: num(run.from + run.length),
            step: 1,
            body: [body],
          },
        ]
      }),
    ]
  }
  return [
    sameArray(one.object, other.object, str(one.label), str(other.label)),
    ...fields.flatMap((f) => distinct(f, f.item, [])),
  ]
}

/** `function $checkGrads(grads, params)`: as params, and no array of them. */
export function checkGrads(
  fields: readonly Field[],
  known: ReadonlySet<string>,
  names: Names,
): FunctionDeclaration {
  const [grads, params] = [name('grads'), name('params')]
  return {
    kind: 'function',
    name: '$checkGrads',
    returns: 'void',
    parameters: [
      { name: 'grads', type: 'Params' },
      { name: 'params', type: 'Params' },
      ...lengthParameters(known, names),
    ],
    body: [
      perform(call('$checkParams', grads, str('grads.'), ...[...known].map((d) => name(names.value(d))))),
      ...distinctFields(
        fields,
        { object: grads, prefix: 'grads.', label: 'grads' },
        { object: params, prefix: '', label: 'params' },
      ),
    ],
  }
}

/** More pairs are not compared: the check must stay small beside the work. */
const MOST_PAIRS = 32

/** What a call fills is no array of what it reads, where the sizes allow it. */
export function filledApart(
  filled: string,
  outputs: readonly Field[],
  read: readonly { readonly object: string; readonly fields: readonly Field[] }[],
): Statement[] {
  const bySize = new Map<Extent, { place: Expression; leaf: Leaf }[]>()
  for (const { object, fields } of read)
    for (const { leaf, path, field } of tensors(fields)) {
      const known = bySize.get(size(leaf.shape)) ?? []
      known.push({ place: access(name(object), field, path), leaf })
      bySize.set(size(leaf.shape), known)
    }
  const found: Statement[] = []
  for (const { leaf, path, field } of tensors(outputs))
    for (const other of bySize.get(size(leaf.shape)) ?? []) {
      if (found.length === MOST_PAIRS) return found
      const place = access(name(filled), field, path)
      found.push(apart(place, str(`${filled}.${leaf.name}`), other))
    }
  return found
}

/** An output is no array of another leaf, of a list no member. */
function apart(output: Expression, label: Expression, other: { place: Expression; leaf: Leaf }): Statement {
  const { place, leaf } = other
  if (leaf.members === undefined) return sameArray(output, place, label, str(leaf.name))
  return eachMember(leaf.name, place, member(place, 'length'), (one, its) =>
    sameArray(output, one, label, its),
  )
}

const size = (shape: Shape): Extent => shape.reduce(multiplyExtents, 1)

const tensors = (fields: readonly Field[]) =>
  fields.flatMap((f) =>
    [...leaves(f.item)]
      .filter(({ leaf }) => leaf.shape.length > 0)
      .map((found) => ({ ...found, field: f.name })),
  )
