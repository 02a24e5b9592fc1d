/**
 * Helpers for matrix operators, all in doubles: LU with partial pivoting into a matrix of the workspace, and what goes on
 * from it. What they mean stands in `src/ops/matrices.ts`.
 */
import { adjugateHelpers } from './adjugate.ts'
import {
  READ,
  after,
  diagonal,
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
  WRITE,
  rowAt,
  rowsBefore,
  size,
  swap,
} from './rows.ts'
import { columns, singular, solve, solveTransposed } from './solvers.ts'
import {
  type Statement,
  add,
  assign,
  at,
  binary,
  call,
  conditional,
  constant,
  giveBack,
  math,
  minus,
  multiply,
  name,
  num,
  variable,
  when,
} from './tree.ts'

/** Row k is taken off the rows below it, several at once. */
const eliminate = inBlocks('i', after('k'), n, (width) => {
  const row = (k: number): string => numbered('row', k)
  const f = (k: number): string => numbered('f', k)
  return [
    ...each(width, (k) => constant(row(k), k === 0 ? rowAt('i') : add(name(row(k - 1)), n))),
    ...each(width, (k) => [
      constant(f(k), binary('/', entry(row(k), 'k'), name('pivot'))),
      assign(entry(row(k), 'k'), name(f(k))),
    ]).flat(),
    loop('j', after('k'), [
      constant('u', entry('top', 'j')),
      ...each(width, (k) => assign(entry(row(k), 'j'), multiply(name(f(k)), name('u')), '-=')),
    ]),
  ]
})

const factorise = helper(
  '$lu',
  [
    'lu[at…] = the n × n matrix a[from…] as L·U, rows exchanged for the greatest pivot; the multipliers of L stand below',
    'the diagonal, and in a last row which row each one was.',
  ],
  [parameter('a', READ), parameter('from'), ...factors, size],
  'void',
  [
    constant('order', orderAt),
    loop(
      'i',
      num(0),
      [assign(at(lu, plus('at', name('i'))), at(name('a'), plus('from', name('i'))))],
      binary('*', n, n),
    ),
    loop('i', num(0), [assign(entry('order', 'i'), name('i'))]),
    loop('k', num(0), [
      constant('top', rowAt('k')),
      variable('best', name('k')),
      loop('i', after('k'), [
        when(
          binary(
            '>',
            math('abs', at(lu, add(rowAt('i'), name('k')))),
            math('abs', at(lu, add(rowAt('best'), name('k')))),
          ),
          [assign(name('best'), name('i'))],
        ),
      ]),
      when(binary('!==', name('best'), name('k')), [
        constant('other', rowAt('best')),
        loop('j', num(0), swap(entry('other', 'j'), entry('top', 'j'))),
        ...swap(entry('order', 'best'), entry('order', 'k')),
      ]),
      constant('pivot', entry('top', 'k')),
      when(binary('!==', name('pivot'), num(0)), eliminate),
    ]),
  ],
)

const signOfOrder = helper(
  '$sign',
  ['1, or −1 where the rows were exchanged an odd number of times.'],
  [...factors, size],
  'number',
  [
    constant('order', orderAt),
    variable('sign', num(1)),
    loop('i', num(0), [
      loop(
        'j',
        num(0),
        [
          when(binary('>', entry('order', 'j'), entry('order', 'i')), [
            assign(name('sign'), minus(name('sign'))),
          ]),
        ],
        name('i'),
      ),
    ]),
    giveBack(name('sign')),
  ],
)

const determinant = helper(
  '$ludet',
  ['The determinant of the factorised matrix.'],
  [...factors, size],
  'number',
  [
    variable('product', call('$sign', lu, name('at'), n)),
    loop('k', num(0), [assign(name('product'), diagonal('k'), '*=')]),
    giveBack(name('product')),
  ],
)

const logDeterminant = helper(
  '$lulogdet',
  [
    'The logarithm of the determinant: −Infinity for a singular matrix, NaN where the determinant is negative.',
  ],
  [...factors, size],
  'number',
  [
    when(call('$singular', lu, name('at'), n), [giveBack(num(-Infinity))]),
    variable('sign', call('$sign', lu, name('at'), n)),
    variable('sum', num(0)),
    loop('k', num(0), [
      constant('d', diagonal('k')),
      when(binary('<', name('d'), num(0)), [assign(name('sign'), minus(name('sign')))]),
      assign(name('sum'), math('log', math('abs', name('d'))), '+='),
    ]),
    giveBack(conditional(binary('<', name('sign'), num(0)), name('NaN'), name('sum'))),
  ],
)

const sumOfRows = variable(
  'sum',
  binary(
    '/',
    add(
      at(name('a'), add(plus('from', rowsBefore('i')), name('j'))),
      at(name('a'), add(plus('from', rowsBefore('j')), name('i'))),
    ),
    num(2),
  ),
)

const cholesky = helper(
  '$cholesky',
  [
    'lu[at…] = the lower triangle L with L·Lᵀ the n × n matrix a[from…]; NaN where that is not positive definite.',
  ],
  [parameter('a', READ), parameter('from'), parameter('lu', WRITE), parameter('at'), size],
  'void',
  [
    loop('i', num(0), [
      constant('row', rowAt('i')),
      loop(
        'j',
        num(0),
        [
          constant('other', rowAt('j')),
          sumOfRows,
          loop(
            'k',
            num(0),
            [assign(name('sum'), multiply(entry('row', 'k'), entry('other', 'k')), '-=')],
            name('j'),
          ),
          assign(
            entry('row', 'j'),
            conditional(
              binary('===', name('i'), name('j')),
              math('sqrt', name('sum')),
              binary('/', name('sum'), entry('other', 'j')),
            ),
          ),
        ],
        after('i'),
      ),
      loop('j', after('i'), [assign(entry('row', 'j'), num(0))]),
    ]),
  ],
)

/** What each operator needs, in the order in which it is declared. */
const HELPERS: Readonly<Record<string, readonly Statement[]>> = {
  lu: [factorise],
  cholesky: [cholesky],
  adj: adjugateHelpers,
  solve: [columns, singular, solve],
  solvet: [columns, singular, solveTransposed],
  ludet: [signOfOrder, determinant],
  lulogdet: [singular, signOfOrder, logDeterminant],
}

/** What the module needs for these matrix operators. */
export const matrixHelpers = (names: ReadonlySet<string>): Statement[] => [
  ...new Set(Object.keys(HELPERS).flatMap((key) => (names.has(key) ? HELPERS[key]! : []))),
]
