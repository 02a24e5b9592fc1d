/** Helpers for matrix operators: LU with partial pivoting in doubles on a scratch matrix that grows and is kept. */
import {
  type Expression,
  type Parameter,
  type Statement,
  add,
  assign,
  at,
  binary,
  call,
  constant,
  construct,
  giveBack,
  math,
  member,
  minus,
  multiply,
  name,
  num,
  perform,
  subtract,
  variable,
  when,
} from './tree.ts'

const n = name('n')
const m = name('m')
const times = (a: string, b: Expression): Expression => add(binary('*', name(a), n), b)
const entry = (i: string, j: string): Expression => at(m, times(i, name(j)))
const loop = (v: string, from: Expression, body: readonly Statement[], to: Expression = n): Statement => ({
  kind: 'for',
  variable: v,
  from,
  to,
  step: 1,
  body,
})
const after = (v: string): Expression => add(name(v), num(1))
const set = (target: Expression, value: Expression): Statement => assign(target, value)
const matrix: Parameter = { name: 'a', type: 'ArrayLike<number>' }
const offset: Parameter = { name: 'from', type: 'number' }
const size: Parameter = { name: 'n', type: 'number' }
const nan: Expression = name('NaN')

/** m = a copy factorised in place, rows exchanged; `$order` says which row came where. The sign of the permutation. */
const factorise: Statement = {
  kind: 'function',
  name: '$factorise',
  parameters: [matrix, offset, size],
  returns: 'number',
  doc: ['LU with partial pivoting, into $lu and $order; gives the sign of the exchanges of rows.'],
  body: [
    when(binary('<', member(name('$lu'), 'length'), binary('*', n, n)), [
      set(name('$lu'), construct('Float64Array', binary('*', n, n))),
      set(name('$order'), construct('Float64Array', n)),
    ]),
    constant('m', name('$lu')),
    constant('order', name('$order')),
    loop(
      'i',
      num(0),
      [set(at(m, name('i')), at(name('a'), add(name('from'), name('i'))))],
      binary('*', n, n),
    ),
    loop('i', num(0), [set(at(name('order'), name('i')), name('i'))]),
    variable('sign', num(1)),
    loop('k', num(0), [
      variable('p', name('k')),
      loop('i', after('k'), [
        when(binary('>', math('abs', entry('i', 'k')), math('abs', entry('p', 'k'))), [
          set(name('p'), name('i')),
        ]),
      ]),
      when(binary('!==', name('p'), name('k')), [
        loop('j', num(0), [
          constant('t', entry('p', 'j')),
          set(entry('p', 'j'), entry('k', 'j')),
          set(entry('k', 'j'), name('t')),
        ]),
        constant('t', at(name('order'), name('p'))),
        set(at(name('order'), name('p')), at(name('order'), name('k'))),
        set(at(name('order'), name('k')), name('t')),
        set(name('sign'), minus(name('sign'))),
      ]),
      constant('pivot', entry('k', 'k')),
      when(binary('!==', name('pivot'), num(0)), [
        loop('i', after('k'), [
          constant('f', binary('/', entry('i', 'k'), name('pivot'))),
          set(entry('i', 'k'), name('f')),
          loop('j', after('k'), [assign(entry('i', 'j'), multiply(name('f'), entry('k', 'j')), '-=')]),
        ]),
      ]),
    ]),
    giveBack(name('sign')),
  ],
}

const inverse: Statement = {
  kind: 'function',
  name: '$inv',
  parameters: [
    matrix,
    offset,
    { name: 'r', type: '{ [index: number]: number }' },
    { name: 'to', type: 'number' },
    size,
  ],
  returns: 'void',
  doc: ['r[to…] = the inverse of the n × n matrix a[from…]; NaN everywhere if it is singular.'],
  body: [
    perform(call('$factorise', name('a'), name('from'), n)),
    constant('m', name('$lu')),
    constant('order', name('$order')),
    variable('singular', { kind: 'name', name: 'false' }),
    loop('k', num(0), [when(binary('===', entry('k', 'k'), num(0)), [set(name('singular'), name('true'))])]),
    loop('c', num(0), [
      loop('i', num(0), [
        variable('x', {
          kind: 'conditional',
          test: binary('===', at(name('order'), name('i')), name('c')),
          then: num(1),
          otherwise: num(0),
        }),
        loop(
          'j',
          num(0),
          [
            assign(
              name('x'),
              multiply(entry('i', 'j'), at(name('r'), add(name('to'), times('j', name('c'))))),
              '-=',
            ),
          ],
          name('i'),
        ),
        set(at(name('r'), add(name('to'), times('i', name('c')))), name('x')),
      ]),
      loop('u', num(0), [
        constant('i', subtract(subtract(n, num(1)), name('u'))),
        variable('x', at(name('r'), add(name('to'), times('i', name('c'))))),
        loop('j', after('i'), [
          assign(
            name('x'),
            multiply(entry('i', 'j'), at(name('r'), add(name('to'), times('j', name('c'))))),
            '-=',
          ),
        ]),
        set(at(name('r'), add(name('to'), times('i', name('c')))), {
          kind: 'conditional',
          test: name('singular'),
          then: nan,
          otherwise: binary('/', name('x'), entry('i', 'i')),
        }),
      ]),
    ]),
  ],
}

const determinant: Statement = {
  kind: 'function',
  name: '$det',
  parameters: [matrix, offset, size],
  returns: 'number',
  body: [
    variable('product', call('$factorise', name('a'), name('from'), n)),
    constant('m', name('$lu')),
    loop('k', num(0), [assign(name('product'), entry('k', 'k'), '*=')]),
    giveBack(name('product')),
  ],
}

const logDeterminant: Statement = {
  kind: 'function',
  name: '$logdet',
  parameters: [matrix, offset, size],
  returns: 'number',
  doc: ['−Infinity for a singular matrix, NaN where the determinant is negative.'],
  body: [
    variable('sign', call('$factorise', name('a'), name('from'), n)),
    constant('m', name('$lu')),
    variable('sum', num(0)),
    loop('k', num(0), [
      constant('d', entry('k', 'k')),
      when(binary('<', name('d'), num(0)), [set(name('sign'), minus(name('sign')))]),
      assign(name('sum'), math('log', math('abs', name('d'))), '+='),
    ]),
    giveBack({
      kind: 'conditional',
      test: binary('<', name('sign'), num(0)),
      then: nan,
      otherwise: name('sum'),
    }),
  ],
}

/** The scratch of the factorisation. */
const scratch: readonly Statement[] = [
  variable('$lu', construct('Float64Array', num(0))),
  variable('$order', construct('Float64Array', num(0))),
]

const HELPERS: Readonly<Record<string, Statement>> = {
  inv: inverse,
  det: determinant,
  logdet: logDeterminant,
}

/** What the module needs for these matrix operators. */
export function matrixHelpers(names: ReadonlySet<string>): Statement[] {
  const wanted = Object.keys(HELPERS).filter((k) => names.has(k))
  return wanted.length === 0 ? [] : [...scratch, factorise, ...wanted.map((k) => HELPERS[k]!)]
}
