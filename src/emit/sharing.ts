/**
 * Arrays that must not be one and the same: what a routine fills, and what it reads while it fills. Views of one buffer
 * that overlap in part are not found, for asking a small array for its buffer makes V8 move the array.
 */
import { type Shape, multiplyExtents } from '../graph/extent.ts'
import { memberLabel, prefixed } from './checks.ts'
import { type Field, type Item, SHORT_RUN, access, isFamily, leaves, runs } from './fields.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  at,
  binary,
  call,
  name,
  num,
  perform,
  str,
  when,
} from './tree.ts'

const sameArray = (a: Expression, b: Expression, labelA: Expression, labelB: Expression): Statement =>
  when(binary('===', a, b), [perform(call('$sameArray', labelA, labelB))])

/** `function $checkGrads(grads, params)`: as params, and no array of them. */
export function checkGrads(fields: readonly Field[]): FunctionDeclaration {
  const [grads, params] = [name('grads'), name('params')]
  const distinct = (field: Field, item: Item, path: readonly number[]): Statement[] => {
    const [a, b] = [access(grads, field.name, path), access(params, field.name, path)]
    if (!isFamily(item))
      return item.shape.length === 0 ? [] : [sameArray(a, b, str(`grads.${item.name}`), str(item.name))]
    const here = sameArray(a, b, str(`grads.${field.name}`), str(field.name))
    return [
      here,
      ...runs(item, (x, y) => x.shape.length === y.shape.length).flatMap((run): Statement[] => {
        if (isFamily(run.first) || run.length < SHORT_RUN)
          return item
            .slice(run.from, run.from + run.length)
            .flatMap((inner, i) => distinct(field, inner, [...path, run.from + i]))
        if (run.first.shape.length === 0) return []
        const label = memberLabel(run.first, run.from)
        const body = sameArray(at(a, name('$i')), at(b, name('$i')), prefixed('grads.')(label), label)
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
  return {
    kind: 'function',
    name: '$checkGrads',
    returns: 'void',
    parameters: [
      { name: 'grads', type: 'Params' },
      { name: 'params', type: 'Params' },
    ],
    body: [
      perform(call('$checkParams', grads, str('grads.'))),
      sameArray(grads, params, str('grads'), str('params')),
      ...fields.flatMap((f) => distinct(f, f.item, [])),
    ],
  }
}

/** More pairs are not compared: the check must stay small beside the work. */
const MOST_PAIRS = 32

/** Outputs are no arrays of the inputs or params, where the sizes allow it. Arrays that overlap in part are not found. */
export function outputsApart(
  outputs: readonly Field[],
  inputs: readonly Field[],
  params: readonly Field[],
): Statement[] {
  const found: Statement[] = []
  for (const out of outputs)
    for (const { leaf, path } of leaves(out.item)) {
      if (leaf.shape.length === 0) continue
      for (const [object, fields] of [
        ['inputs', inputs],
        ['params', params],
      ] as const)
        for (const f of fields)
          for (const other of leaves(f.item)) {
            if (!sameSize(leaf.shape, other.leaf.shape)) continue
            if (
              found.push(
                sameArray(
                  access(name('outputs'), out.name, path),
                  access(name(object), f.name, other.path),
                  str(`outputs.${leaf.name}`),
                  str(other.leaf.name),
                ),
              ) >= MOST_PAIRS
            )
              return found
          }
    }
  return found
}

const sameSize = (a: Shape, b: Shape): boolean =>
  a.reduce(multiplyExtents, 1) === b.reduce(multiplyExtents, 1) && b.length > 0
