/** Operators that are sums of products. */

import type { At } from './at.ts'
import { pointwise } from './broadcast.ts'
import { contract } from './contract.ts'
import type { Reader } from './readers.ts'
import { transposed } from './views.ts'
import type { Operand, Value } from './values.ts'

const LETTERS = [...'abcdefghijklmnop']

const rankOf = (o: Operand): number => (o.kind === 'known' ? o.shape.length : o.axes.length)

/** ONNX's MatMul, which is NumPy's: matrices in the last two axes, all others stretch. */
const matMul: Reader = (at) => {
  at.only()
  const [a, b] = [at.input(0), at.input(1)]
  const [p, q] = [rankOf(a), rankOf(b)]
  if (p === 0 || q === 0) throw at.refuse('multiplies by a number without axes')
  const rank = Math.max(p, q)
  const lead = LETTERS.slice(0, Math.max(0, rank - 2))
  const labels = (count: number, last: readonly string[]): string[] => [
    ...(count > 2 ? lead.slice(lead.length - (count - 2)) : []),
    ...last,
  ]
  const left = labels(p, p === 1 ? ['k'] : ['i', 'k'])
  const right = labels(q, q === 1 ? ['k'] : ['k', 'j'])
  const prefixed = (all: string[], count: number): string[] =>
    all.map((l, axis) => (axis < count - 2 ? `lead ${l}` : l))
  return [
    contract(
      at,
      'z',
      [
        { operand: a, labels: prefixed(left, p) },
        { operand: b, labels: prefixed(right, q) },
      ],
      [...lead.map((l) => `lead ${l}`), ...(p > 1 ? ['i'] : []), ...(q > 1 ? ['j'] : [])],
    ),
  ]
}

/** alpha · A B + beta · C, of matrices. */
const gemm: Reader = (at) => {
  at.only('alpha', 'beta', 'transA', 'transB', 'broadcast')
  const turned = (i: number, name: string): Operand => {
    const operand = at.input(i)
    if (rankOf(operand) !== 2) throw at.refuse(`takes a tensor of ${rankOf(operand)} axes as a matrix`)
    if (at.int(name, 0) === 0) return operand
    return operand.kind === 'known' ? operand : transposed(operand, [1, 0])
  }
  const a = turned(0, 'transA')
  const b = turned(1, 'transB')
  const isTurned = (o: Operand, name: string): boolean => o.kind === 'known' && at.int(name, 0) !== 0
  const product = contract(
    at,
    'z',
    [
      { operand: a, labels: isTurned(a, 'transA') ? ['k', 'i'] : ['i', 'k'] },
      { operand: b, labels: isTurned(b, 'transB') ? ['j', 'k'] : ['k', 'j'] },
    ],
    ['i', 'j'],
    true,
  )
  const [alpha, beta] = [at.float('alpha', 1), at.float('beta', 1)]
  const scaled = (text: string, by: number): string => (by === 1 ? text : `${at.draft.number(by)} * ${text}`)
  const c = at.optional(2)
  if (c === undefined || beta === 0)
    return alpha === 1 ? [named(at, product)] : [pointwise(at, 'z', [product], (p) => scaled(p!, alpha))]
  // One axis of length 1, and learned: a bias.
  return [
    pointwise(
      at,
      'z',
      [product, c],
      (p, q) => `${scaled(p!, alpha)} + ${scaled(q!, beta)}`,
      alpha === 1 && beta === 1 ? 'sum' : undefined,
    ),
  ]
}

/** Under a name where it is used more than once. */
function named(at: At, value: Value): Value {
  if (!at.isUsedOnce()) at.draft.name(value.source)
  return value
}

const einsum: Reader = (at) => {
  at.only('equation')
  const text = at.text('equation', '').replace(/\s+/g, '')
  const match = /^([A-Za-z,]*)(?:->([A-Za-z]*))?$/.exec(text)
  if (!match) throw at.refuse(`has the equation ${text}, which is not read`, 'write it without an ellipsis')
  const terms = match[1]!.split(',')
  if (terms.length !== at.count) throw at.refuse(`has ${at.count} inputs for the equation ${text}`)
  const given = terms.map((labels, i) => {
    const operand = at.input(i)
    if (rankOf(operand) !== labels.length)
      throw at.refuse(`has an input of ${rankOf(operand)} axes for ${labels} in ${text}`)
    return { operand, labels: [...labels] }
  })
  const all = terms.join('')
  const once = [...new Set(all)].filter((l) => all.indexOf(l) === all.lastIndexOf(l)).sort()
  return [contract(at, 'z', given, match[2] === undefined ? once : [...match[2]])]
}

export const PRODUCTS: Readonly<Record<string, Reader>> = { MatMul: matMul, Gemm: gemm, Einsum: einsum }
