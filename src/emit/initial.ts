/** `init` and `zeros`: how parameters start. */
import type { Initialiser } from '../graph/network.ts'
import { rationalKey, toNumber } from '../base/rational.ts'
import { type Extent, type SymbolicExtent, addExtents } from '../graph/extent.ts'
import { sizeExtent } from '../schedule/workspace.ts'
import { type DimValue, extentExpression, sizeExpression } from './extents.ts'
import {
  type Field,
  type Item,
  type Leaf,
  SHORT_RUN,
  isFamily,
  objectFields,
  runs,
  openDims,
} from './fields.ts'
import type { Names } from './names.ts'
import { key } from './text.ts'
import { fillFunction, normalFunction, randomFunction, uniformFunction } from './random.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Parameter,
  binary,
  call,
  constant,
  construct,
  divide,
  giveBack,
  math,
  member,
  minus,
  name,
  num,
  str,
  when,
} from './tree.ts'

/** The fans of a parameter: its last axis comes in, its first goes out; a vector's one axis is both, a scalar's are 1. */
const fans = ({ shape }: Leaf): { fanIn: Extent; fanOut: Extent } => ({
  fanIn: shape.at(-1) ?? 1,
  fanOut: shape[0] ?? 1,
})

/** √(over / by), negative or not, of lengths that are known only at a call. */
export interface OpenSpread {
  readonly over: number
  readonly by: SymbolicExtent
  readonly negative?: boolean
}
export type Spread = number | OpenSpread

/** What a parameter is drawn from. */
export type Distribution =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly lo: Spread; readonly hi: Spread }
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: Spread }

const spread = (over: number, by: Extent): Spread =>
  typeof by === 'number' ? Math.sqrt(over / by) : { over, by }
const negative = (s: Spread): Spread => (typeof s === 'number' ? -s : { ...s, negative: true })

/**
 * glorot: uniform on ±√(6 / (in + out)) (Glorot and Bengio 2010, equation 16), variance 2 / (in + out);
 * he: normal with variance 2 / in (He et al. 2015, equation 10); lecun: normal with variance 1 / in (LeCun et al. 1998,
 * section 4.6). A vector of n entries has n for both fans, a scalar 1: it starts on ±√(3 / n), never all at zero, where
 * a product of parameters would have no gradient.
 */
export function distribution(leaf: Leaf): Distribution {
  const initialiser: Initialiser = leaf.initialiser ?? { kind: 'glorot' }
  const { fanIn, fanOut } = fans(leaf)
  switch (initialiser.kind) {
    case 'constant':
      return { kind: 'constant', value: toNumber(initialiser.value) }
    case 'uniform':
      return { kind: 'uniform', lo: toNumber(initialiser.lo), hi: toNumber(initialiser.hi) }
    case 'normal':
      return { kind: 'normal', mean: toNumber(initialiser.mean), sd: toNumber(initialiser.sd) }
    case 'glorot': {
      const bound = spread(6, addExtents(fanIn, fanOut))
      return { kind: 'uniform', lo: negative(bound), hi: bound }
    }
    case 'he':
      return { kind: 'normal', mean: 0, sd: spread(2, fanIn) }
    case 'lecun':
      return { kind: 'normal', mean: 0, sd: spread(1, fanIn) }
  }
}

/** The initialiser in the words of the language. */
export function initialiserText(i: Initialiser): string {
  switch (i.kind) {
    case 'constant':
      return rationalKey(i.value) === '0'
        ? 'zeros'
        : rationalKey(i.value) === '1'
          ? 'ones'
          : String(toNumber(i.value))
    case 'uniform':
      return `uniform(${toNumber(i.lo)}, ${toNumber(i.hi)})`
    case 'normal':
      return `normal(${toNumber(i.mean)}, ${toNumber(i.sd)})`
    default:
      return i.kind
  }
}

/** The lengths of parameters that are open: what functions that make parameters are told. */
export function dimsParameter(fields: readonly Field[]): Parameter[] {
  const open = [...openDims(fields)]
  if (open.length === 0) return []
  return [{ name: 'dims', type: `{ ${open.map((dim) => `readonly ${key(dim)}: number`).join('; ')} }` }]
}

type ArrayName = 'Float64Array' | 'Float32Array'

/** `init`, `zeros` and the functions that they need. */
export function initialFunctions(
  fields: readonly Field[],
  array: ArrayName,
  names: Names,
  adopt?: string,
  grads?: readonly Field[],
): FunctionDeclaration[] {
  const open = [...openDims(fields)]
  const dims = dimsParameter(fields)
  const dim = (d: string): Expression => name(names.value(d))
  const lengths = open.map((d) => constant(names.value(d), call('$length', member(name('dims'), d), str(d))))
  const length = (extent: Extent): Expression => extentExpression(extent, dim)
  const adopted = (made: Expression): Expression => (adopt === undefined ? made : call(adopt, made))
  const draws = { uniform: false, normal: false }
  const drawn = (leaf: Leaf): Expression => {
    const d = distribution(leaf)
    if (d.kind === 'constant') return filled(leaf, d.value, array, dim)
    draws[d.kind] = true
    const numbers =
      d.kind === 'uniform'
        ? [spreadExpression(d.lo, dim), spreadExpression(d.hi, dim)]
        : [num(d.mean), spreadExpression(d.sd, dim)]
    const draw = call(d.kind === 'uniform' ? '$uniform' : '$normal', name('$next'), ...numbers)
    return leaf.shape.length === 0
      ? draw
      : call('$fill', filled(leaf, 0, array, dim), { kind: 'arrow', parameters: [], body: draw })
  }
  const initial = record(fields, drawn, length, (a, b) => sameStart(a, b))
  const random = draws.uniform || draws.normal
  const init: FunctionDeclaration = {
    kind: 'function',
    name: 'init',
    exported: true,
    returns: 'Params',
    parameters:
      open.length === 0
        ? [{ name: 'seed', type: 'number', value: num(0) }]
        : [{ name: 'seed', type: 'number' }, ...dims],
    doc: initDoc(fields, open),
    body: [
      when(
        binary(
          '||',
          binary('!==', { kind: 'unary', operator: 'typeof ', argument: name('seed') }, str('number')),
          not(call(member(name('Number'), 'isFinite'), name('seed'))),
        ),
        [
          {
            kind: 'throw',
            value: construct('RangeError', {
              kind: 'template',
              texts: ['seed: expected a finite number, got ', ''],
              values: [call('String', name('seed'))],
            }),
          },
        ],
      ),
      ...lengths,
      ...(random ? [constant('$next', call('$random', name('seed')))] : []),
      giveBack(adopted(initial)),
    ],
  }
  const zeros: FunctionDeclaration = {
    kind: 'function',
    name: 'zeros',
    exported: true,
    returns: 'Params',
    parameters: dims,
    doc: [
      'Parameters that are all zero: a buffer for the gradients that `backward` fills.',
      ...(open.length === 0 ? [] : ['', ...dimsDoc(open)]),
    ],
    body: [
      ...lengths,
      giveBack(
        adopted(
          record(
            fields,
            (leaf) => filled(leaf, 0, array, dim),
            length,
            (a, b) => sizeExtent(a.shape) === sizeExtent(b.shape),
          ),
        ),
      ),
    ],
  }
  const tensors = fields.some((f) => hasTensor(f.item))
  return [
    init,
    grads ? zerosOf(grads, array, names) : zeros,
    ...(random ? [randomFunction()] : []),
    ...(draws.uniform ? [uniformFunction()] : []),
    ...(draws.normal ? [normalFunction()] : []),
    ...(random && tensors ? [fillFunction(array)] : []),
  ]
}

/** `zeros` of what is asked for, which may be as long as data are: `zeros({ B: 32 })`. */
function zerosOf(grads: readonly Field[], array: ArrayName, names: Names): FunctionDeclaration {
  const open = [...openDims(grads)]
  const dim = (d: string): Expression => name(names.value(d))
  const made = record(
    grads,
    (leaf) => filled(leaf, 0, array, dim),
    (extent) => extentExpression(extent, dim),
    (a, b) => a.shape.length === b.shape.length && a.shape.every((e, i) => e === b.shape[i]),
  )
  return {
    kind: 'function',
    name: 'zeros',
    exported: true,
    returns: 'Gradients',
    parameters: dimsParameter(grads),
    doc: [
      'A buffer for the gradients that `backward` fills.',
      ...(open.length === 0 ? [] : ['', ...dimsDoc(open)]),
    ],
    body: [
      ...open.map((d) => constant(names.value(d), call('$length', member(name('dims'), d), str(d)))),
      giveBack(made),
    ],
  }
}

const not = (e: Expression): Expression => ({ kind: 'unary', operator: '!', argument: e })
const hasTensor = (item: Item): boolean => (isFamily(item) ? item.some(hasTensor) : item.shape.length > 0)

function sameStart(a: Leaf, b: Leaf): boolean {
  return sizeExtent(a.shape) === sizeExtent(b.shape) && sameDistribution(distribution(a), distribution(b))
}

function sameDistribution(a: Distribution, b: Distribution): boolean {
  const key = (s: Spread): string | number => (typeof s === 'number' ? s : `${s.over}/${s.by.text}`)
  switch (a.kind) {
    case 'constant':
      return b.kind === a.kind && a.value === b.value
    case 'uniform':
      return b.kind === a.kind && key(a.lo) === key(b.lo) && key(a.hi) === key(b.hi)
    case 'normal':
      return b.kind === a.kind && a.mean === b.mean && key(a.sd) === key(b.sd)
  }
}

function spreadExpression(s: Spread, dim: DimValue): Expression {
  if (typeof s === 'number') return num(s)
  const root = math('sqrt', divide(num(s.over), extentExpression(s.by, dim)))
  return s.negative ? minus(root) : root
}

function filled(leaf: Leaf, value: number, array: ArrayName, dim: DimValue): Expression {
  if (leaf.shape.length === 0) return num(value)
  const made = construct(array, sizeExpression(leaf.shape, dim))
  return value === 0 ? made : call(member(made, 'fill'), num(value))
}

/** An object with the fields; long runs of alike members of a family are made by a function. */
function record(
  fields: readonly Field[],
  make: (leaf: Leaf) => Expression,
  length: (extent: Extent) => Expression,
  alike: (a: Leaf, b: Leaf) => boolean,
): Expression {
  const times = (length: Expression, first: Leaf): Expression =>
    call(
      member(name('Array'), 'from'),
      { kind: 'object', fields: [{ key: 'length', value: length }] },
      { kind: 'arrow', parameters: [], body: make(first) },
    )
  const item = (i: Item): Expression => {
    if (!isFamily(i)) return i.members === undefined ? make(i) : times(length(i.members), i)
    const found = runs(i, alike).flatMap((run): Expression[] => {
      if (isFamily(run.first) || run.length < SHORT_RUN)
        return i.slice(run.from, run.from + run.length).map(item)
      const many = times(num(run.length), run.first)
      return [run.length === i.length ? many : { kind: 'spread', value: many }]
    })
    const [only] = found
    return found.length === 1 && i.length > 1 && only ? only : { kind: 'array', items: found }
  }
  return {
    kind: 'object',
    fields: objectFields(fields.map((f) => [f.name, item(f.item)])),
    broken: fields.length > 2,
  }
}

const dimsDoc = (open: readonly string[]): string[] => [
  `@param dims the lengths that are open: ${open.join(', ')}`,
  '@throws RangeError where one of these is no whole number of at least 1',
]

function initDoc(fields: readonly Field[], open: readonly string[]): string[] {
  const kinds = new Set<Initialiser['kind']>()
  const visit = (item: Item): void =>
    isFamily(item) ? item.forEach(visit) : void kinds.add(item.initialiser?.kind ?? 'glorot')
  for (const f of fields) visit(f.item)
  const rules: Partial<Record<Initialiser['kind'], string>> = {
    glorot:
      'glorot: uniform on ±√(6 / (in + out)), where in is the last axis and out the first (both of a vector, 1 for a scalar).',
    he: 'he: normal with mean 0 and variance 2 / in, where in is the last axis.',
    lecun: 'lecun: normal with mean 0 and variance 1 / in, where in is the last axis.',
  }
  return [
    `Fresh parameters. The same seed gives the same parameters${open.length === 0 ? '; without one the seed is 0' : ''}.`,
    ...(['glorot', 'he', 'lecun'] as const).filter((k) => kinds.has(k)).map((k) => rules[k]!),
    '',
    '@param seed any finite number',
    '@throws RangeError where the seed is not a finite number',
    ...(open.length === 0 ? [] : dimsDoc(open)),
  ]
}
