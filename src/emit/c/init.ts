/** `init` in C: the generator and the draws of modules in JavaScript, so that a seed gives the same parameters. */
import { type MemoryField, sizeOfLeaf } from '../memory-layout.ts'
import { openDims } from '../fields.ts'
import { type Distribution, type Spread, distribution } from '../initial.ts'
import { toNumber } from '../../base/rational.ts'
import { type Optimizer, hasState } from '../../schedule/optimizers.ts'
import type { Real } from '../../code/code.ts'
import type { Extent } from '../../graph/extent.ts'
import { extentText } from './extents.ts'
import type { CNames } from './names.ts'

const GENERATOR = `/* sfc32 by Chris Doty-Humphrey, seeded with the 64 bits of a number. */
typedef struct {
  uint32_t a, b, c, count;
} NAME;

static uint32_t NAME_next(NAME *r) {
  const uint32_t sum = r->a + r->b + r->count;
  r->count += 1;
  r->a = r->b ^ (r->b >> 9);
  r->b = r->c + (r->c << 3);
  r->c = ((r->c << 21) | (r->c >> 11)) + sum;
  return sum;
}

/* 53 random bits as a number from 0 to 1, 1 excluded. */
static double NAME_unit(NAME *r) {
  const uint32_t high = NAME_next(r) >> 5;
  const uint32_t low = NAME_next(r) >> 6;
  return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

static NAME NAME_seeded(double seed) {
  const double number = seed + 0.0;
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  NAME r = {0, (uint32_t)bits, (uint32_t)(bits >> 32), 1};
  for (int i = 0; i < 12; i++) NAME_next(&r);
  return r;
}`

const UNIFORM = `static double NAME_uniform(NAME *r, double lo, double hi) { return lo + (hi - lo) * NAME_unit(r); }`

const NORMAL = `/* By Box and Muller (1958). */
static double NAME_normal(NAME *r, double mean, double sd) {
  const double u = 1.0 - NAME_unit(r);
  return mean + sd * sqrt(-2.0 * log(u)) * cos(6.283185307179586 * NAME_unit(r));
}`

type Lengths = readonly { readonly name: string; readonly field: string }[]

/** The open lengths of parameters: the caller has the arrays, and says how long they are. */
const lengthsIn = (params: readonly MemoryField[], lengths: Lengths): Lengths => {
  const open = openDims(params.map(({ field }) => field))
  return lengths.filter(({ name }) => open.has(name))
}

const lengthParameters = (params: readonly MemoryField[], lengths: Lengths): string =>
  lengthsIn(params, lengths)
    .map(({ field }) => `, ptrdiff_t ${field}`)
    .join('')

export const initPrototype = (prefix: string, params: readonly MemoryField[], lengths: Lengths): string =>
  `void ${prefix}_init(${prefix}_params *params, double seed${lengthParameters(params, lengths)})`

export const statePrototype = (prefix: string, params: readonly MemoryField[], lengths: Lengths): string =>
  `void ${prefix}_init_state(${prefix}_state *state${lengthParameters(params, lengths)})`

/** An extent by the names of lengths. */
const textIn = (lengths: Lengths): ((extent: Extent) => string) => {
  const spelled = new Map(lengths.map(({ name, field }) => [name, field]))
  return (extent) => extentText(extent, (dim) => spelled.get(dim)!)
}

/** The functions that `init` needs, and its body. */
export function initialCode(
  params: readonly MemoryField[],
  precision: Real,
  names: CNames,
  lengths: Lengths,
): { readonly helpers: readonly string[]; readonly body: readonly string[]; readonly usesSeed: boolean } {
  const starts = params.flatMap((f) =>
    f.parts.map(({ leaf, offset }) => ({
      f,
      offset,
      size: sizeOfLeaf(leaf),
      d: distribution(leaf),
    })),
  )
  const text = textIn(lengths)
  const kinds = new Set(starts.map(({ d }) => d.kind))
  const usesSeed = kinds.has('uniform') || kinds.has('normal')
  const id = usesSeed ? names.fresh('generator') : ''
  const real = precision === 'f32' ? 'float' : 'double'
  const body = usesSeed ? [`  ${id} r = ${id}_seeded(seed);`] : []
  for (const { f, offset, size, d } of starts) {
    const value = d.kind === 'constant' ? number(d.value) : drawn(d, id, text)
    const cast = precision === 'f32' ? `(${real})` : ''
    const written = d.kind === 'constant' ? value : `${cast}${value}`
    if (f.memory.single) body.push(`  params->${f.name} = ${written};`)
    else {
      const at = offset === 0 ? 'i' : `${text(offset)} + i`
      body.push(`  for (ptrdiff_t i = 0; i < ${text(size)}; i++) params->${f.name}[${at}] = ${written};`)
    }
  }
  const helpers = !usesSeed
    ? []
    : [GENERATOR, ...(kinds.has('uniform') ? [UNIFORM] : []), ...(kinds.has('normal') ? [NORMAL] : [])]
  return { helpers: helpers.map((text) => text.replaceAll('NAME', id)), body, usesSeed }
}

/** `init_state`, where the optimizer has a state. */
export const initialState = (
  optimizer: Optimizer,
  prefix: string,
  params: readonly MemoryField[],
  lengths: Lengths,
): readonly string[] =>
  hasState(optimizer)
    ? [
        [
          `${statePrototype(prefix, params, lengths)} {`,
          ...zeroed(optimizer, params, textIn(lengths)),
          ...optimizer.settings.map((s) => `  state->${s.name} = ${number(toNumber(s.value))};`),
          '}',
        ].join('\n'),
      ]
    : []

/** Numbers are 0 at first; arrays of the caller's stay where they are. */
function zeroed(
  { counts, moments }: Optimizer,
  params: readonly MemoryField[],
  text: (extent: Extent) => string,
): string[] {
  if (params.every(({ size }) => typeof size === 'number')) return ['  memset(state, 0, sizeof *state);']
  const each = moments.flatMap(({ name: moment }) =>
    params.map(({ name, memory, size }) =>
      memory.single
        ? `  state->${moment}.${name} = 0;`
        : `  for (ptrdiff_t i = 0; i < ${text(size)}; i++) state->${moment}.${name}[i] = 0;`,
    ),
  )
  return [...(counts ? ['  state->t = 0;'] : []), ...each]
}

const number = (value: number): string => {
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

function drawn(
  d: Exclude<Distribution, { kind: 'constant' }>,
  id: string,
  text: (extent: Extent) => string,
): string {
  const spread = (s: Spread): string =>
    typeof s === 'number'
      ? number(s)
      : `${s.negative ? '-' : ''}sqrt(${number(s.over)} / (double)(${text(s.by)}))`
  return d.kind === 'uniform'
    ? `${id}_uniform(&r, ${spread(d.lo)}, ${spread(d.hi)})`
    : `${id}_normal(&r, ${number(d.mean)}, ${spread(d.sd)})`
}
