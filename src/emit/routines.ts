/** The four exported functions: signature, checks, the open extents, the kernel's body. */

import type { Span } from '../base/span.ts'
import { type HyperDeclaration, type Network, takesParams } from '../graph/network.ts'
import { toNumber } from '../base/rational.ts'
import { type Optimizer, hasState } from '../schedule/optimizers.ts'
import type { RoutineName } from '../schedule/program.ts'
import { checkObject } from './checks.ts'
import { extentExpression, sizeExpression } from './extents.ts'
import {
  type Field,
  type Fields,
  type Item,
  access,
  isFamily,
  leaves,
  openDims,
  type VectorObject,
} from './fields.ts'
import type { ArrayName } from './interface.ts'
import type { Names } from './names.ts'
import { type Checked, quickChecks } from './quick.ts'
import { filledApart } from './sharing.ts'
import { type Solution, stepExpression, stepsFor } from './solve.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Parameter,
  type Statement,
  assign,
  binary,
  call,
  constant,
  construct,
  giveBack,
  member,
  name,
  num,
  perform,
  str,
  when,
} from './tree.ts'

/** What a routine's frame depends on. */
export interface RoutineFrame {
  readonly network: Network
  readonly fields: Fields
  readonly names: Names
  readonly array: ArrayName
  /** How the lengths of its params and data determine the open extents. */
  readonly solution: Solution
  /** What is checked first, and the lengths that the checks of the other are handed. */
  readonly first: 'params' | 'data'
  readonly told: ReadonlySet<string>
  /** The open extents and hyperparameters that its body reads. */
  readonly dims: ReadonlySet<string>
  readonly hypers: ReadonlySet<string>
  /** The arrays of defaults, by the names of the hyperparameters. */
  readonly presets: ReadonlyMap<string, string>
  readonly body: readonly Statement[]
  /** What the gradients of `backward` are by, where that is not all parameters and nothing else. */
  readonly grads: readonly Field[] | undefined
  /** The type of what `backward` fills. */
  readonly gradsType: string
  /** Of a product: the objects of its vectors. */
  readonly vectors: readonly VectorObject[]
  /** By which name it is called, and whether from outside. */
  readonly called: string
  readonly exported: boolean
  /** Where the program says what it computes in the end. */
  readonly origin: Span | undefined
  readonly optimizer: Optimizer
}

export function routine(which: RoutineName, frame: RoutineFrame): FunctionDeclaration {
  const { fields, optimizer } = frame
  const object = which === 'forward' ? 'inputs' : 'data'
  const grads: Checked[] =
    which === 'backward' && !frame.grads
      ? [
          {
            object: 'grads',
            fields: fields.params,
            check: perform(call('$checkGrads', name('grads'), name('params'), ...paramLengths(frame))),
            apart: true,
          },
        ]
      : []
  const own = which === 'forward' ? fields.outputs : which === 'backward' ? (frame.grads ?? []) : []
  const wanted = new Set([...frame.dims, ...frame.told, ...openDims(own)])
  return {
    kind: 'function',
    name: frame.called,
    exported: frame.exported,
    doc: which === 'step' ? stepDoc(optimizer) : DOCS[which],
    ...signature(which, frame),
    body: [
      { kind: 'origin', span: frame.origin },
      ...checksOf(object, frame, wanted, grads),
      ...(which === 'step' ? [rateCheck, ...stateCheck(frame), ...writable(fields.params, optimizer)] : []),
      ...extents(frame, wanted, frame.first === 'params' ? object : 'params'),
      ...(which === 'backward' && frame.grads
        ? [
            ...checkObject(frame.grads, frame.names, 'grads'),
            ...filledApart('grads', frame.grads, [
              { object: 'params', fields: fields.params },
              { object: 'data', fields: [...fields.inputs, ...fields.targets] },
            ]),
          ]
        : []),
      ...hypersOf(frame),
      ...(which === 'forward' ? outputs(frame) : []),
      ...frame.body,
      ...(which === 'forward' ? [giveBack(name('outputs'))] : []),
    ],
  }
}

/**
 * What throws where numbers are held by something frozen, before anything is written: typed arrays cannot be frozen, objects and
 * the arrays of families can. A store of the value that is there costs a nanosecond; asking `Object.isFrozen` costs twenty. Where
 * all is written to one object, its first update throws anyway.
 */
function writable(params: readonly Field[], { moments }: Optimizer): Statement[] {
  const firsts = params.map(({ name: field, item }) => ({ field, ...[...leaves(item)][0]! }))
  const numbers = firsts.filter(({ leaf }) => leaf.shape.length === 0)
  const targets = [name('params'), ...moments.map((m) => member(name('state'), m.name))].flatMap((object) => {
    const places = numbers.map(({ field, path }) => access(object, field, path))
    const own = places.find((place) => place.kind === 'member')
    return [...(own ? [own] : []), ...places.filter((place) => place.kind !== 'member')]
  })
  if (targets.length + (numbers.length < firsts.length ? 1 : 0) < 2) return []
  const lines = ['What is frozen throws here, before anything is updated.']
  return [{ kind: 'comment', lines }, ...targets.map((place) => assign(place, place))]
}

const rateCheck = when(
  { kind: 'unary', operator: '!', argument: call(member(name('Number'), 'isFinite'), name('rate')) },
  [perform(call('$wrongRate', name('rate')))],
)

const DOCS: Readonly<Record<Exclude<RoutineName, 'step'>, readonly string[]>> = {
  forward: [
    'The prediction. Given `outputs`, it fills these and allocates nothing.',
    '',
    '@throws TypeError where a field is missing or of the wrong kind, or an output is the same array as an input',
    '@throws RangeError where a length is wrong',
  ],
  loss: ['The loss: with a batch, the mean over it.', '', '@throws TypeError, RangeError as `forward`'],
  backward: [
    'Fills `grads` with the gradient of the loss by each parameter, and returns the loss.',
    '',
    '@throws TypeError, RangeError as `forward`, and where `grads` shares an array with `params`',
  ],
}

const stateCheck = (frame: RoutineFrame): Statement[] =>
  hasState(frame.optimizer)
    ? [perform(call('$checkState', name('state'), name('params'), ...paramLengths(frame)))]
    : []

/** What checks of anything like params are handed. */
const paramLengths = ({ first, told, names }: RoutineFrame): Expression[] =>
  first === 'data' ? [...told].map((dim) => name(names.value(dim))) : []

const stepDoc = (optimizer: Optimizer): string[] => [
  hasState(optimizer)
    ? `One step, in place: ${optimizer.about}. Returns the loss before it.`
    : 'One step of gradient descent, params −= rate · gradient, in place. Returns the loss before it.',
  'Nothing is written before all arguments are checked. No array of `data` may be one of `params`.',
  '',
  ...(hasState(optimizer) ? ['@param state what `initState` has made; it belongs to these params'] : []),
  '@throws TypeError, RangeError as `forward`, and where `rate` is not a finite number',
]

/** The hyperparameters that a routine reads, as constants. */
export const hypersOf = (frame: RoutineFrame): Statement[] =>
  frame.network.hypers.filter((h) => frame.hypers.has(h.symbol.name)).flatMap((h) => hyper(h, frame))

/** The last parameter of every routine, in a program that has hyperparameters. */
export function hyperParameter({ hypers }: Network): Parameter[] {
  const required = hypers.some(({ values }) => values === undefined)
  return hypers.length > 0 ? [{ name: 'hyper', type: 'Hyper', ...(required ? {} : { optional: true }) }] : []
}

/**
 * The checks of params and data, by functions of the module, and other checks. Lengths that the first of them tell are read behind its own.
 *
 * @param wanted the open extents that are read
 */
export function checksOf(
  object: 'inputs' | 'data',
  frame: RoutineFrame,
  wanted: ReadonlySet<string>,
  others: readonly Checked[] = [],
): Statement[] {
  const { network, fields, names, array } = frame
  const told = frame.first === 'params' ? [...frame.told].map((dim) => name(names.value(dim))) : []
  const params: Checked[] = takesParams(network)
    ? [
        {
          object: 'params',
          fields: fields.params,
          check: perform(call('$checkParams', name('params'), str(''), ...paramLengths(frame))),
        },
      ]
    : []
  const data: Checked =
    object === 'inputs'
      ? { object, fields: fields.inputs, check: perform(call('$checkInputs', name(object), ...told)) }
      : {
          object,
          fields: [...fields.inputs, ...fields.targets],
          check: perform(call('$checkData', name(object), ...told)),
        }
  const [first, second, own] =
    frame.first === 'params' ? [params, [data], 'params'] : [[data], params, object]
  if (frame.told.size === 0)
    return [...quickChecks([...params, data, ...others], array), ...extents(frame, wanted, own)]
  return [
    ...first.map(({ check }) => check),
    ...extents(frame, wanted, own),
    ...[...second, ...others].map(({ check }) => check),
  ]
}

function signature(
  which: RoutineName,
  { network, optimizer, gradsType }: RoutineFrame,
): { parameters: readonly Parameter[]; returns: string } {
  const { hypers } = network
  const required = hypers.some(({ values }) => values === undefined)
  const own: Readonly<Record<RoutineName, readonly Parameter[]>> = {
    forward: [
      { name: 'inputs', type: 'Inputs' },
      required
        ? { name: 'outputs', type: 'Outputs | undefined' }
        : { name: 'outputs', type: 'Outputs', optional: true },
    ],
    loss: [{ name: 'data', type: 'Data' }],
    backward: [
      { name: 'data', type: 'Data' },
      { name: 'grads', type: gradsType },
    ],
    step: [
      { name: 'data', type: 'Data' },
      { name: 'rate', type: 'number' },
      ...(hasState(optimizer) ? [{ name: 'state', type: 'State' }] : []),
    ],
  }
  return {
    parameters: [
      ...(takesParams(network) ? [{ name: 'params', type: 'Params' }] : []),
      ...own[which],
      ...hyperParameter(network),
    ],
    returns: which === 'forward' ? 'Outputs' : 'number',
  }
}

/** Checked before, so that the quotients are whole. */
export function extents(
  { solution, names }: RoutineFrame,
  wanted: ReadonlySet<string>,
  object: string,
): Statement[] {
  const dim = (d: string): Expression => name(names.value(d))
  return stepsFor(solution, wanted)
    .filter((step) => step.object === object)
    .map((step) => constant(names.value(step.dim), stepExpression(step, dim)))
}

/** A hyperparameter as the call gives it, or its default; what is left out though it has none is no number and no array. */
function hyper({ symbol, values }: HyperDeclaration, { names, presets }: RoutineFrame): Statement[] {
  const { name: id, shape } = symbol
  const own = names.value(id)
  const given: Expression = { kind: 'member', object: name('hyper'), property: id, optional: true }
  const or = (preset: Expression | undefined): Expression => (preset ? binary('??', given, preset) : given)
  if (shape.length === 0)
    return [constant(own, call('$number', or(values && num(toNumber(values[0]!))), str(id)))]
  const preset = presets.get(id)
  const dim = (d: string): Expression => name(names.value(d))
  const lengths: Expression = { kind: 'array', items: shape.map((e) => extentExpression(e, dim)) }
  return [
    constant(own, or(preset === undefined ? undefined : name(preset))),
    when({ kind: 'unary', operator: '!', argument: call('$fits', name(own), sizeExpression(shape, dim)) }, [
      perform(call('$wrong', str(id), name(own), lengths)),
    ]),
  ]
}

/** Outputs are made, or those that the caller passes are checked. */
function outputs(frame: RoutineFrame): Statement[] {
  const { fields, names, array } = frame
  const dim = (d: string): Expression => name(names.value(d))
  const make = (item: Item): Expression => {
    if (isFamily(item)) return { kind: 'array', items: item.map(make) }
    return item.shape.length === 0 ? num(0) : construct(array, sizeExpression(item.shape, dim))
  }
  const made: Expression = {
    kind: 'object',
    fields: fields.outputs.map((f) => ({ key: f.name, value: make(f.item) })),
  }
  const checks = [
    ...checkObject(fields.outputs, names, 'outputs'),
    ...filledApart('outputs', fields.outputs, [
      { object: 'inputs', fields: fields.inputs },
      { object: 'params', fields: fields.params },
    ]),
  ]
  return [when(binary('===', name('outputs'), name('undefined')), [assign(name('outputs'), made)], checks)]
}
