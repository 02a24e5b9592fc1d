/** `init` in C: the generator and the draws of modules in JavaScript, so that a seed gives the same parameters. */
import { type MemoryField, sizeOfLeaf } from '../memory-layout.ts'
import { type Distribution, distribution } from '../initial.ts'
import { toNumber } from '../../base/rational.ts'
import { type Optimizer, hasState } from '../../schedule/optimizers.ts'
import type { Real } from '../../code/code.ts'
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

/** The functions that `init` needs, and its body. */
export function initialCode(
  params: readonly MemoryField[],
  precision: Real,
  names: CNames,
): { readonly helpers: readonly string[]; readonly body: readonly string[]; readonly usesSeed: boolean } {
  const starts = params.flatMap((f) =>
    f.parts.map(({ leaf, offset }) => ({
      f,
      offset,
      size: sizeOfLeaf(leaf) as number,
      d: distribution(leaf),
    })),
  )
  const kinds = new Set(starts.map(({ d }) => d.kind))
  const usesSeed = kinds.has('uniform') || kinds.has('normal')
  const id = usesSeed ? names.fresh('generator') : ''
  const real = precision === 'f32' ? 'float' : 'double'
  const body = usesSeed ? [`  ${id} r = ${id}_seeded(seed);`] : []
  for (const { f, offset, size, d } of starts) {
    const value = d.kind === 'constant' ? number(d.value) : drawn(d, id)
    const cast = precision === 'f32' ? `(${real})` : ''
    const written = d.kind === 'constant' ? value : `${cast}${value}`
    if (f.memory.single) body.push(`  params->${f.name} = ${written};`)
    else {
      const at = offset === 0 ? 'i' : `${String(offset)} + i`
      body.push(`  for (ptrdiff_t i = 0; i < ${size}; i++) params->${f.name}[${at}] = ${written};`)
    }
  }
  const helpers = !usesSeed
    ? []
    : [GENERATOR, ...(kinds.has('uniform') ? [UNIFORM] : []), ...(kinds.has('normal') ? [NORMAL] : [])]
  return { helpers: helpers.map((text) => text.replaceAll('NAME', id)), body, usesSeed }
}

/** `init_state`, where the optimizer has a state. */
export const initialState = (optimizer: Optimizer, prefix: string): readonly string[] =>
  hasState(optimizer)
    ? [
        [
          `void ${prefix}_init_state(${prefix}_state *state) {`,
          '  memset(state, 0, sizeof *state);',
          ...optimizer.settings.map((s) => `  state->${s.name} = ${number(toNumber(s.value))};`),
          '}',
        ].join('\n'),
      ]
    : []

const number = (value: number): string => {
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

function drawn(d: Exclude<Distribution, { kind: 'constant' }>, id: string): string {
  return d.kind === 'uniform'
    ? `${id}_uniform(&r, ${number(d.lo)}, ${number(d.hi)})`
    : `${id}_normal(&r, ${number(d.mean)}, ${number(d.sd)})`
}
