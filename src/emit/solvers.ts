/** Helpers that solve with a factorised matrix, right-hand side by right-hand side, each a row. */
import {
  after,
  diagonal,
  downwards,
  each,
  entry,
  factors,
  helper,
  inBlocks,
  loop,
  lu,
  n,
  numbered,
  orderAt,
  parameter,
  plus,
  READ,
  rowAt,
  rowsBefore,
  size,
  WRITE,
} from './rows.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  add,
  assign,
  at,
  binary,
  call,
  constant,
  construct,
  giveBack,
  member,
  multiply,
  name,
  num,
  variable,
  when,
} from './tree.ts'

export const singular = helper('$singular', ['Whether a pivot is zero.'], [...factors, size], 'boolean', [
  loop('k', num(0), [when(binary('===', diagonal('k'), num(0)), [giveBack(name('true'))])]),
  giveBack(name('false')),
])

/** Where right-hand sides are worked on, in doubles; it grows and is kept. */
export const columns: Statement = variable('$columns', construct('Float64Array', num(0)))
const room: Expression = multiply(num(4), n)

/** A function over `count` right-hand sides; `body` works on several at once, from the c-th on. */
const solver = (
  id: string,
  doc: string,
  body: (width: number) => readonly Statement[],
): FunctionDeclaration =>
  helper(
    id,
    [doc, 'NaN everywhere if the matrix is singular.'],
    [
      ...factors,
      parameter('r', READ),
      parameter('from'),
      parameter('x', WRITE),
      parameter('to'),
      size,
      { name: 'count', value: num(1) },
    ],
    'void',
    [
      when(call('$singular', lu, name('at'), n), [
        loop(
          'i',
          num(0),
          [assign(at(name('x'), plus('to', name('i'))), name('NaN'))],
          binary('*', name('count'), n),
        ),
        giveBack(),
      ]),
      when(binary('<', member(name('$columns'), 'length'), room), [
        assign(name('$columns'), construct('Float64Array', room)),
      ]),
      constant('y', name('$columns')),
      constant('order', orderAt),
      ...inBlocks('c', num(0), name('count'), body),
    ],
  )

/** Right-hand sides worked on at once take turns in y. */
const y = (width: number, v: string, k: number): Expression => {
  const first = multiply(num(width), name(v))
  return at(name('y'), k === 0 ? first : add(first, num(k)))
}
const row = constant('row', rowAt('i'))
/** Where each of them starts in an array, from the base on. */
const starts = (width: number, id: string, base: string): Statement[] =>
  each(width, (k) =>
    constant(numbered(id, k), k === 0 ? add(name(base), rowsBefore('c')) : add(name(numbered(id, k - 1)), n)),
  )

/** L and U by rows: what is known already is taken off one unknown. */
function substitute(width: number): Statement[] {
  const s = (k: number): Expression => name(numbered('s', k))
  const takeOff = (from: Expression, to: Expression): Statement =>
    loop(
      'j',
      from,
      [
        constant('f', entry('row', 'j')),
        ...each(width, (k) => assign(s(k), multiply(name('f'), y(width, 'j', k)), '-=')),
      ],
      to,
    )
  return [
    ...starts(width, 'source', 'from'),
    ...starts(width, 'target', 'to'),
    loop('i', num(0), [
      row,
      constant('o', entry('order', 'i')),
      ...each(width, (k) =>
        variable(numbered('s', k), at(name('r'), plus(numbered('source', k), name('o')))),
      ),
      takeOff(num(0), name('i')),
      ...each(width, (k) => assign(y(width, 'i', k), s(k))),
    ]),
    downwards([
      row,
      ...each(width, (k) => variable(numbered('s', k), y(width, 'i', k))),
      takeOff(after('i'), n),
      constant('pivot', entry('row', 'i')),
      ...each(width, (k) => [
        assign(s(k), name('pivot'), '/='),
        assign(y(width, 'i', k), s(k)),
        assign(at(name('x'), plus(numbered('target', k), name('i'))), s(k)),
      ]).flat(),
    ]),
  ]
}

/** Uᵀ and Lᵀ, whose columns are the rows of U and L: an unknown that is found is taken off all others. */
function substituteTransposed(width: number): Statement[] {
  const f = (k: number): Expression => name(numbered('f', k))
  const takeOff = (from: Expression, to: Expression): Statement =>
    loop(
      'j',
      from,
      [
        constant('u', entry('row', 'j')),
        ...each(width, (k) => assign(y(width, 'j', k), multiply(name('u'), f(k)), '-=')),
      ],
      to,
    )
  return [
    ...starts(width, 'source', 'from'),
    ...starts(width, 'target', 'to'),
    loop(
      'i',
      num(0),
      each(width, (k) => assign(y(width, 'i', k), at(name('r'), plus(numbered('source', k), name('i'))))),
    ),
    loop('i', num(0), [
      row,
      constant('pivot', entry('row', 'i')),
      ...each(width, (k) => [
        constant(numbered('f', k), binary('/', y(width, 'i', k), name('pivot'))),
        assign(y(width, 'i', k), f(k)),
      ]).flat(),
      takeOff(after('i'), n),
    ]),
    downwards([
      row,
      constant('o', entry('order', 'i')),
      ...each(width, (k) => constant(numbered('f', k), y(width, 'i', k))),
      takeOff(num(0), name('i')),
      ...each(width, (k) => assign(at(name('x'), plus(numbered('target', k), name('o'))), f(k))),
    ]),
  ]
}

export const solve = solver(
  '$solve',
  'x[to…] = A⁻¹·r[from…] for each of `count` right-hand sides.',
  substitute,
)
export const solveTransposed = solver(
  '$solvet',
  'x[to…] = A⁻ᵀ·r[from…] for each of `count` right-hand sides.',
  substituteTransposed,
)
