/**
 * The checks of small networks, where a call costs as much as a few of their multiplications: one condition in the
 * routine itself, which holds when all is right. Measured on 2-2-1 (Node 20): +5 ns a step instead of +10.
 */
import { pathOf } from '../graph/member.ts'
import { type Field, type Leaf, access, isFamily } from './fields.ts'
import type { ArrayName } from './interface.ts'
import { type Expression, type Statement, binary, giveBack, member, name, num, str, when } from './tree.ts'

/** An argument, its fields, and the statement that finds out what is wrong with it. */
export interface Checked {
  readonly object: string
  readonly fields: readonly Field[]
  readonly check: Statement
  /** Whether it must not share arrays with the params. */
  readonly apart?: boolean
}

/** With more fields the condition would cost more than the calls. */
const MOST = 16
/** With more numbers in an object the condition stands once, in the function that checks it: measured on 4-16-16-3, +10 ns a step, and 2 KB less. */
const MOST_NUMBERS = 128

const sizeOf = ({ shape }: Leaf): number => shape.reduce<number>((size, e) => size * Number(e), 1)

const isFixed = ({ item: i }: Field): boolean =>
  !isFamily(i) && i.members === undefined && i.shape.every((e) => typeof e === 'number')
const numbersIn = (fields: readonly Field[]): number =>
  fields.reduce((sum, { item }) => sum + sizeOf(item as Leaf), 0)
/** Whether indices are within their axes is found in a loop. */
const hasIndices = (fields: readonly Field[]): boolean =>
  fields.some(({ item }) => (item as Leaf).end !== undefined)

/** At the start of the function that checks an object of some size: all is right. */
export function shortcut(object: string, fields: readonly Field[], array: ArrayName): Statement[] {
  if (fields.length > MOST || !fields.every(isFixed) || hasIndices(fields)) return []
  if (numbersIn(fields) <= MOST_NUMBERS) return []
  return [when(all(conditions({ object, fields }, array)), [giveBack()])]
}

/** The checks of arguments, behind a condition where all is small and of known size. */
export function quickChecks(checked: readonly Checked[], array: ArrayName): Statement[] {
  const small =
    checked.reduce((sum, { fields }) => sum + fields.length, 0) <= MOST &&
    checked.every(({ fields }) => fields.every(isFixed) && numbersIn(fields) <= MOST_NUMBERS)
  const isPlain = ({ fields }: Checked): boolean => !small || fields.length === 0 || hasIndices(fields)
  const plain = checked.filter(isPlain)
  const quick = checked.filter((c) => !plain.includes(c))
  if (quick.length === 0) return plain.map((c) => c.check)
  const wrong: Expression = {
    kind: 'unary',
    operator: '!',
    argument: all(quick.flatMap((c) => conditions(c, array))),
  }
  return [
    ...plain.map((c) => c.check),
    when(
      wrong,
      quick.map((c) => c.check),
    ),
  ]
}

const all = (tests: readonly Expression[]): Expression => tests.reduce((a, b) => binary('&&', a, b))

function conditions({ object, fields, apart }: Omit<Checked, 'check'>, array: ArrayName): Expression[] {
  const target = name(object)
  const found = fields.flatMap((f, i): Expression[] => {
    const leaf = f.item as Leaf
    // The first field of an object asks whether there is an object at all.
    const isFirst = fields.findIndex((other) => objectOf(other.name) === objectOf(f.name)) === i
    const first = isFirst ? ifThere(target, f.name) : access(target, f.name, [])
    if (leaf.shape.length === 0)
      return [binary('===', { kind: 'unary', operator: 'typeof ', argument: first }, str('number'))]
    const place = access(target, f.name, [])
    const own = binary('!==', place, access(name('params'), f.name, []))
    return [
      binary('instanceof', first, name(array)),
      binary('===', member(place, 'length'), num(sizeOf(leaf))),
      ...(apart ? [own] : []),
    ]
  })
  return apart ? [...found, binary('!==', target, name('params'))] : found
}

const objectOf = (field: string): string => pathOf(field).slice(0, -1).join('.')

/** A field of what may be no object. */
const ifThere = (target: Expression, field: string): Expression =>
  pathOf(field).reduce<Expression>(
    (object, property) => ({ kind: 'member', object, property, optional: true }),
    target,
  )
