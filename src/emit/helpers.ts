/** The functions at the top of a module that its checks call. Only those that are called are emitted. */
import { INTEGERS } from './interface.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Parameter,
  type Statement,
  assign,
  at as indexAt,
  binary,
  call,
  conditional,
  constant,
  construct,
  giveBack,
  member,
  name,
  num,
  str,
  variable,
  when,
} from './tree.ts'

const isKind = (value: Expression, type: string): Expression =>
  binary('===', { kind: 'unary', operator: 'typeof ', argument: value }, str(type))
const template = (...parts: (string | Expression)[]): Expression => {
  const texts = ['']
  const values: Expression[] = []
  for (const p of parts) {
    if (typeof p === 'string') texts[texts.length - 1] += p
    else {
      values.push(p)
      texts.push('')
    }
  }
  return { kind: 'template', texts, values }
}
const fail = (error: 'TypeError' | 'RangeError', message: Expression): Statement => ({
  kind: 'throw',
  value: construct(error, message),
})
const helper = (
  id: string,
  parameters: readonly Parameter[],
  returns: string,
  body: readonly Statement[],
  doc?: string,
): FunctionDeclaration => ({
  kind: 'function',
  name: id,
  parameters,
  returns,
  body,
  ...(doc === undefined ? {} : { doc: [doc] }),
})

const value = name('value')
const label: Parameter = { name: 'name', type: 'string' }
const given: Parameter = { name: 'value', type: 'unknown' }

/** All helpers for arrays of a type, in the order in which they are declared. */
export function helpers(array: 'Float64Array' | 'Float32Array'): FunctionDeclaration[] {
  const tag = call(member(member(member(name('Object'), 'prototype'), 'toString'), 'call'), value)
  const shape = name('shape')
  const unknown = name('unknown')
  const words = call(member(shape, 'join'), str(' × '))
  const product = call(
    member(shape, 'reduce'),
    {
      kind: 'arrow',
      parameters: [{ name: 'size', type: 'number' }, { name: 'n' }],
      body: binary('*', name('size'), call('Number', name('n'))),
    },
    num(1),
  )
  const many = binary('>', member(shape, 'length'), num(1))
  return [
    helper(
      '$isArray',
      [given],
      `value is ${array}`,
      [
        giveBack(
          binary(
            '||',
            binary('instanceof', value, name(array)),
            binary('===', tag, str(`[object ${array}]`)),
          ),
        ),
      ],
      'An array of another realm (a frame, a worker, a test runner) is none by instanceof.',
    ),
    helper('$fits', [given, { name: 'length', type: 'number' }], 'boolean', [
      giveBack(binary('&&', call('$isArray', value), binary('===', member(value, 'length'), name('length')))),
    ]),
    helper('$kind', [given], 'string', [
      when(binary('||', binary('===', value, name('undefined')), binary('===', value, name('null'))), [
        giveBack(call('String', value)),
      ]),
      when(isKind(value, 'number'), [giveBack(template('the number ', value))]),
      constant('kind', call(member(tag, 'slice'), num(8), num(-1))),
      constant(
        'length',
        conditional(
          binary(
            '||',
            call(member(name('Array'), 'isArray'), value),
            call(member(name('ArrayBuffer'), 'isView'), value),
          ),
          template(' of length ', member({ kind: 'as', value, type: 'ArrayLike<unknown>' }, 'length')),
          str(''),
        ),
      ),
      giveBack(
        template(
          conditional(
            call(member(str('AEIOU'), 'includes'), call(member(name('kind'), 'charAt'), num(0))),
            str('an '),
            str('a '),
          ),
          name('kind'),
          name('length'),
        ),
      ),
    ]),
    helper('$wrongKind', [label, given, { name: 'expected', type: 'string' }], 'never', [
      fail(
        'TypeError',
        template(name('name'), ': expected ', name('expected'), ', got ', call('$kind', value)),
      ),
    ]),
    helper('$wrong', [label, given, { name: 'shape', type: 'readonly (number | string)[]' }], 'never', [
      when(binary('===', member(shape, 'length'), num(0)), [
        { kind: 'do', expression: call('$wrongKind', name('name'), value, str('a number')) },
      ]),
      constant('words', words),
      constant(
        'unknown',
        call(member(shape, 'filter'), {
          kind: 'arrow',
          parameters: [{ name: 'n' }, { name: 'i' }],
          body: binary(
            '&&',
            isKind(name('n'), 'string'),
            binary('===', call(member(shape, 'indexOf'), name('n')), name('i')),
          ),
        }),
      ),
      variable('expected', template(`a ${array} of length `)),
      when(
        binary('>', member(unknown, 'length'), num(0)),
        [
          assign(
            name('expected'),
            template(
              name('words'),
              ', ',
              call(member(unknown, 'join'), str(', ')),
              ' a whole number of at least 1',
            ),
            '+=',
          ),
        ],
        [
          assign(name('expected'), call('String', product), '+='),
          when(many, [assign(name('expected'), template(' (', name('words'), ')'), '+=')]),
        ],
      ),
      when(call('$isArray', value), [
        fail(
          'RangeError',
          template(name('name'), ': expected ', name('expected'), ', got length ', member(value, 'length')),
        ),
      ]),
      { kind: 'do', expression: call('$wrongKind', name('name'), value, name('expected')) },
    ]),
    helper('$isIndices', [given], 'value is Indices', [
      giveBack(call(member(str(INTEGERS.map((kind) => `[object ${kind}]`).join('')), 'includes'), tag)),
    ]),
    helper('$fitsIndices', [given, { name: 'length', type: 'number' }], 'boolean', [
      giveBack(
        binary('&&', call('$isIndices', value), binary('===', member(value, 'length'), name('length'))),
      ),
    ]),
    helper(
      '$wrongIndices',
      [label, given, { name: 'shape', type: 'readonly (number | string)[]' }],
      'never',
      [
        when(call('$isIndices', value), [
          fail(
            'RangeError',
            template(name('name'), ': expected length ', words, ', got length ', member(value, 'length')),
          ),
        ]),
        {
          kind: 'do',
          expression: call(
            '$wrongKind',
            name('name'),
            value,
            template('an Int32Array, or another array of integers, of length ', words),
          ),
        },
      ],
    ),
    helper(
      '$within',
      [{ name: 'value', type: 'number | Indices' }, { name: 'end', type: 'number' }, label],
      'void',
      [
        constant(
          'count',
          conditional(
            isKind(value, 'number'),
            num(1),
            member({ kind: 'as', value, type: 'Indices' }, 'length'),
          ),
        ),
        {
          kind: 'for',
          variable: '$i',
          from: num(0),
          to: name('count'),
          step: 1,
          body: [
            constant(
              'at',
              conditional(
                isKind(value, 'number'),
                { kind: 'as', value, type: 'number' },
                indexAt({ kind: 'as', value, type: 'Indices' }, name('$i')),
              ),
            ),
            when(
              {
                kind: 'unary',
                operator: '!',
                argument: binary(
                  '&&',
                  binary(
                    '&&',
                    call(member(name('Number'), 'isInteger'), name('at')),
                    binary('>=', name('at'), num(0)),
                  ),
                  binary('<', name('at'), name('end')),
                ),
              },
              [
                fail(
                  'RangeError',
                  template(
                    name('name'),
                    conditional(isKind(value, 'number'), str(''), template('[', name('$i'), ']')),
                    ': expected a whole number from 0 to ',
                    binary('-', name('end'), num(1)),
                    ', got ',
                    name('at'),
                  ),
                ),
              ],
            ),
          ],
        },
      ],
    ),
    helper('$wrongFamily', [label, given, { name: 'length', type: 'number | string' }], 'never', [
      constant('expected', template('an array of ', name('length'))),
      when(call(member(name('Array'), 'isArray'), value), [
        fail(
          'RangeError',
          template(name('name'), ': expected ', name('expected'), ', got ', member(value, 'length')),
        ),
      ]),
      { kind: 'do', expression: call('$wrongKind', name('name'), value, name('expected')) },
    ]),
    helper(
      '$wrongExtent',
      [
        { name: 'extent', type: 'string' },
        { name: 'value', type: 'number' },
      ],
      'never',
      [
        fail(
          'RangeError',
          template(
            'the extent ',
            name('extent'),
            ' must be a whole number of at least 1, and these data make it ',
            value,
          ),
        ),
      ],
    ),
    helper('$sameArray', [label, { name: 'other', type: 'string' }], 'never', [
      fail('TypeError', template(name('name'), ': must not be the same array as ', name('other'))),
    ]),
    helper('$wrongRate', [{ name: 'rate', type: 'unknown' }], 'never', [
      when(binary('!==', { kind: 'unary', operator: 'typeof ', argument: name('rate') }, str('number')), [
        { kind: 'do', expression: call('$wrongKind', str('rate'), name('rate'), str('a number')) },
      ]),
      fail('RangeError', template('rate: expected a finite number, got ', call('String', name('rate')))),
    ]),
    helper('$wrongSetting', [label, given, { name: 'range', type: 'string' }], 'never', [
      when(binary('!==', { kind: 'unary', operator: 'typeof ', argument: value }, str('number')), [
        {
          kind: 'do',
          expression: call('$wrongKind', template('state.', name('name')), value, str('a number')),
        },
      ]),
      fail(
        'RangeError',
        template(
          'state.',
          name('name'),
          ': expected a number of ',
          name('range'),
          ', got ',
          call('String', value),
        ),
      ),
    ]),
    helper('$length', [given, label], 'number', [
      when({ kind: 'unary', operator: '!', argument: call(member(name('Number'), 'isInteger'), value) }, [
        {
          kind: 'do',
          expression: call('$wrongKind', name('name'), value, str('a whole number of at least 1')),
        },
      ]),
      constant('length', call('Number', value)),
      when(binary('<', name('length'), num(1)), [
        fail(
          'RangeError',
          template(name('name'), ': expected a whole number of at least 1, got ', name('length')),
        ),
      ]),
      giveBack(name('length')),
    ]),
    helper('$number', [given, label], 'number', [
      when(binary('!==', { kind: 'unary', operator: 'typeof ', argument: value }, str('number')), [
        { kind: 'do', expression: call('$wrongKind', name('name'), value, str('a number')) },
      ]),
      when(call(member(name('Number'), 'isNaN'), value), [
        fail('RangeError', template(name('name'), ': expected a number, got NaN')),
      ]),
      giveBack(value),
    ]),
  ]
}
