/** The helper for the adjugate of a matrix. What it means stands in `src/ops/adjugate.ts`. */
import {
  READ,
  WRITE,
  after,
  diagonal,
  downwards,
  entry,
  helper,
  loop,
  lu,
  n,
  orderAt,
  parameter,
  plus,
  rowAt,
  size,
  swap,
} from './rows.ts'
import {
  type Expression,
  type Statement,
  add,
  assign,
  at,
  binary,
  conditional,
  constant,
  construct,
  giveBack,
  math,
  member,
  minus,
  multiply,
  name,
  num,
  subtract,
  variable,
  when,
} from './tree.ts'

/** Where matrices are worked on, in doubles; it grows and is kept. */
const scratch: Statement = variable('$cofactors', construct('Float64Array', num(0)))
const room: Expression = multiply(n, add(n, num(3)))

/** Behind the factors: where rows and columns came from, and a column that is worked on. */
const rows = orderAt
const columns = add(name('rows'), n)
const column = add(name('columns'), n)

const y = (i: string): Expression => at(lu, plus('column', name(i)))
const last: Expression = subtract(n, num(1))
const exchange = (best: string, list: string, body: Statement): Statement =>
  when(binary('!==', name(best), name('k')), [
    body,
    ...swap(entry(list, best), entry(list, 'k')),
    assign(name('sign'), minus(name('sign'))),
  ])

const adjugate = helper(
  '$adj',
  [
    'x[to…] = the transposed cofactors of the n × n matrix a[from…]; all of them are zero if it lacks two ranks.',
  ],
  [parameter('a', READ), parameter('from'), parameter('x', WRITE), parameter('to'), size],
  'void',
  [
    when(binary('<', member(name('$cofactors'), 'length'), room), [
      assign(name('$cofactors'), construct('Float64Array', room)),
    ]),
    constant('lu', name('$cofactors')),
    constant('at', num(0)),
    constant('rows', rows),
    constant('columns', columns),
    constant('column', column),
    loop('i', num(0), [assign(at(lu, name('i')), at(name('a'), plus('from', name('i'))))], binary('*', n, n)),
    loop('i', num(0), [assign(entry('rows', 'i'), name('i')), assign(entry('columns', 'i'), name('i'))]),
    variable('sign', num(1)),
    variable('others', num(1)),
    loop('k', num(0), [
      variable('p', name('k')),
      variable('q', name('k')),
      loop('i', name('k'), [
        loop('j', name('k'), [
          when(
            binary(
              '>',
              math('abs', at(lu, add(rowAt('i'), name('j')))),
              math('abs', at(lu, add(rowAt('p'), name('q')))),
            ),
            [assign(name('p'), name('i')), assign(name('q'), name('j'))],
          ),
        ]),
      ]),
      constant('top', rowAt('k')),
      exchange('p', 'rows', loop('j', num(0), swap(at(lu, add(rowAt('p'), name('j'))), entry('top', 'j')))),
      exchange(
        'q',
        'columns',
        loop('i', num(0), swap(at(lu, add(rowAt('i'), name('q'))), at(lu, add(rowAt('i'), name('k'))))),
      ),
      constant('pivot', entry('top', 'k')),
      when(binary('<', name('k'), last), [assign(name('others'), name('pivot'), '*=')]),
      when(binary('!==', name('pivot'), num(0)), [
        loop('i', after('k'), [
          constant('row', rowAt('i')),
          constant('f', binary('/', entry('row', 'k'), name('pivot'))),
          assign(entry('row', 'k'), name('f')),
          loop('j', after('k'), [assign(entry('row', 'j'), multiply(name('f'), entry('top', 'j')), '-=')]),
        ]),
      ]),
    ]),
    when(binary('===', name('others'), num(0)), [
      loop('i', num(0), [assign(at(name('x'), plus('to', name('i'))), num(0))], binary('*', n, n)),
      giveBack(),
    ]),
    constant('end', last),
    constant('all', multiply(name('others'), diagonal('end'))),
    loop('c', num(0), [
      loop('i', num(0), [
        constant('row', rowAt('i')),
        variable('s', conditional(binary('===', entry('rows', 'i'), name('c')), num(1), num(0))),
        loop('j', num(0), [assign(name('s'), multiply(entry('row', 'j'), y('j')), '-=')], name('i')),
        assign(y('i'), name('s')),
      ]),
      downwards([
        constant('row', rowAt('i')),
        variable(
          's',
          multiply(y('i'), conditional(binary('===', name('i'), name('end')), name('others'), name('all'))),
        ),
        loop('j', after('i'), [assign(name('s'), multiply(entry('row', 'j'), y('j')), '-=')]),
        when(binary('<', name('i'), name('end')), [assign(name('s'), entry('row', 'i'), '/=')]),
        assign(y('i'), name('s')),
        assign(
          at(name('x'), add(plus('to', multiply(entry('columns', 'i'), n)), name('c'))),
          multiply(name('sign'), name('s')),
        ),
      ]),
    ]),
  ],
)

export const adjugateHelpers: readonly Statement[] = [scratch, adjugate]
