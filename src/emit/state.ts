/** What `step` keeps between calls for its optimizer: the type, `initState`, and the check of what callers pass. */
import { toNumber } from '../base/rational.ts'
import { type Optimizer, type Setting, hasState } from '../schedule/optimizers.ts'
import type { Field } from './fields.ts'
import { lengthParameters } from './checks.ts'
import { dimsParameter } from './initial.ts'
import type { Names } from './names.ts'
import { type Distinct, distinctFields } from './sharing.ts'
import { docLines } from './interface.ts'
import { numberText } from './text.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  binary,
  call,
  constant,
  giveBack,
  member,
  name,
  num,
  perform,
  str,
  when,
} from './tree.ts'

/** A number from `from` on, less than `below`. */
type Range = Pick<Setting, 'name' | 'from' | 'below'>

const rangeText = ({ from, below }: Range): string =>
  below === Infinity ? `at least ${from}` : `at least ${from}, less than ${below}`

const settingDoc = (s: Setting): string[] => [
  ...docLines(s.doc),
  `A number of ${rangeText(s)}. Default ${numberText(toNumber(s.value))}.`,
]

/** `State`, and `Settings` for what of it may be chosen. */
export function stateTypes(optimizer: Optimizer): Statement[] {
  if (!hasState(optimizer)) return []
  const { settings, counts, moments, about } = optimizer
  return [
    {
      kind: 'interface',
      name: 'Settings',
      exported: true,
      doc: [`What may be chosen of the optimizer. ${about}.`],
      fields: settings.map((s) => ({ key: s.name, type: 'number', doc: settingDoc(s) })),
    },
    {
      kind: 'interface',
      name: 'State',
      exported: true,
      extends: 'Settings',
      doc: [
        'What `step` keeps from call to call: plain numbers and arrays, to be saved beside the parameters.',
      ],
      fields: [
        ...(counts ? [{ key: 't', type: 'number', doc: ['The steps that were taken.'] }] : []),
        ...moments.map((m) => ({ key: m.name, type: 'Params', doc: ['For each parameter, 0 at first.'] })),
      ],
    },
  ]
}

/** `initState(settings)` */
export function stateFunctions(
  optimizer: Optimizer,
  fields: readonly Field[],
  known: ReadonlySet<string>,
  names: Names,
): FunctionDeclaration[] {
  if (!hasState(optimizer)) return []
  const { settings, counts, moments } = optimizer
  const dims = dimsParameter(fields)
  const chosen = (s: Setting): Expression => ({
    kind: 'binary',
    operator: '??',
    left: { kind: 'member', object: name('settings'), property: s.name, optional: true },
    right: num(toNumber(s.value)),
  })
  const made: Expression = {
    kind: 'object',
    broken: true,
    fields: [
      ...(counts ? [{ key: 't', value: num(0) }] : []),
      ...settings.map((s) => ({ key: s.name, value: chosen(s) })),
      ...moments.map((m) => ({ key: m.name, value: call('zeros', ...dims.map((d) => name(d.name))) })),
    ],
  }
  return [
    {
      kind: 'function',
      name: 'initState',
      exported: true,
      returns: 'State',
      parameters:
        dims.length === 0
          ? [{ name: 'settings', type: 'Partial<Settings>', optional: true }]
          : [{ name: 'settings', type: 'Partial<Settings> | undefined' }, ...dims],
      doc: [
        'A fresh state for `step`.',
        '',
        '@throws TypeError, RangeError where a setting is no number or out of its range',
      ],
      body: [
        constant('state', made),
        perform(call('$checkSettings', name('state'))),
        giveBack(name('state')),
      ],
    },
    {
      kind: 'function',
      name: '$checkSettings',
      returns: 'void',
      parameters: [{ name: 'state', type: 'Settings' }],
      body: settings.map((s) => check(s, member(name('state'), s.name))),
    },
    checkState(optimizer, fields, known, names),
  ]
}

const check = (s: Range, place: Expression): Statement => {
  const wrong = perform(call('$wrongSetting', str(s.name), place, str(rangeText(s))))
  const from = binary('>=', place, num(s.from))
  const below = s.below === Infinity ? num(Infinity) : num(s.below)
  const right = binary('&&', from, binary('<', place, below))
  const isNumber = binary('===', { kind: 'unary', operator: 'typeof ', argument: place }, str('number'))
  return when({ kind: 'unary', operator: '!', argument: binary('&&', isNumber, right) }, [wrong])
}

/** `function $checkState(state, params)`: numbers in their ranges, moments as params, and no array of theirs. */
function checkState(
  optimizer: Optimizer,
  fields: readonly Field[],
  known: ReadonlySet<string>,
  names: Names,
): FunctionDeclaration {
  const lengths = [...known].map((dim) => name(names.value(dim)))
  const { settings, counts, moments } = optimizer
  const state = name('state')
  const listed = [...(counts ? ['t'] : []), ...settings.map((s) => s.name), ...moments.map((m) => m.name)]
  const isNone = binary(
    '||',
    binary('!==', { kind: 'unary', operator: 'typeof ', argument: state }, str('object')),
    binary('===', state, name('null')),
  )
  const count: Range = { name: 't', from: 0, below: Infinity }
  const objects: Distinct[] = [
    { object: name('params'), prefix: '', label: 'params' },
    ...moments.map((m) => ({
      object: member(state, m.name),
      prefix: `state.${m.name}.`,
      label: `state.${m.name}`,
    })),
  ]
  return {
    kind: 'function',
    name: '$checkState',
    returns: 'void',
    parameters: [
      { name: 'state', type: 'State' },
      { name: 'params', type: 'Params' },
      ...lengthParameters(known, names),
    ],
    body: [
      when(isNone, [
        perform(call('$wrongKind', str('state'), state, str(`what initState() gives: ${listed.join(', ')}`))),
      ]),
      ...(counts ? [check(count, member(state, 't'))] : []),
      perform(call('$checkSettings', state)),
      ...moments.map((m) =>
        perform(call('$checkParams', member(state, m.name), str(`state.${m.name}.`), ...lengths)),
      ),
      ...objects.flatMap((a, i) => objects.slice(0, i).flatMap((b) => distinctFields(fields, a, b))),
    ],
  }
}
