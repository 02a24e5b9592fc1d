/**
 * Vectors in C: types and functions of the compilers that have them (GCC's extension, which Clang and others have too), as wide as the machine that is
 * compiled for. Where there are none a vector is one number, and all that is said about vectors stays as it is.
 */
import { bug } from '../../base/bug.ts'
import type { Real } from '../../code/code.ts'
import type { CNames } from './names.ts'

/** What a function needs of the precision. */
interface Numbers {
  readonly type: string
  /** Of functions of libm. */
  readonly suffix: string
  readonly fraction: number
  readonly bias: string
  readonly sign: string
  /** 1.5·2^fraction: what is added to it loses its fraction, and leaves a whole number in the lowest bits (Muller et al., Handbook of Floating-Point Arithmetic, 2018). */
  readonly shifter: string
}
const NUMBERS: Readonly<Record<Real, Numbers>> = {
  f32: { type: 'float', suffix: 'f', fraction: 23, bias: '127', sign: 'INT32_MAX', shifter: '12582912.0f' },
  f64: {
    type: 'double',
    suffix: '',
    fraction: 52,
    bias: '1023',
    sign: 'INT64_MAX',
    shifter: '6755399441055744.0',
  },
}

/** A function: what it is handed and what it gives, its text for vectors, and that for one number where it is another. */
interface Helper {
  readonly head: (n: Numbers) => string
  readonly vector: (n: Numbers) => string
  readonly number?: (n: Numbers) => string
  readonly needs?: readonly string[]
}

/** In halves: the sum is as deep as it can be, and compilers have instructions for it. */
const folded = (step: string): string =>
  `for (int n = LANES / 2; n > 0; n /= 2) for (int i = 0; i < n; i++) ${step}; return lane[0];`
const lanesOf = (type: string): string => `${type} lane[LANES]; memcpy(lane, &x, sizeof x); `
const sign = (which: '<' | '>') => (): string => `return vector_select((x ${which} y) | (x != x), x, y);`
const fold =
  (of: 'minimum' | 'maximum') =>
  ({ type }: Numbers): string =>
    `${lanesOf(type)}${folded(`lane[i] = ${of === 'minimum' ? '(lane[i] < lane[i + n])' : '(lane[i] > lane[i + n])'} | (lane[i] != lane[i]) ? lane[i] : lane[i + n]`)}`

const HELPERS: Readonly<Record<string, Helper>> = {
  vector_of: {
    head: ({ type }) => `vector vector_of(${type} x)`,
    vector: () => 'return x - (vector){0};',
    number: () => 'return x;',
  },
  vector_at: {
    head: ({ type }) => `vector vector_at(const ${type} *p)`,
    vector: () => 'vector x; memcpy(&x, p, sizeof x); return x;',
  },
  vector_to: {
    head: ({ type }) => `void vector_to(${type} *p, vector x)`,
    vector: () => 'memcpy(p, &x, sizeof x);',
  },
  vector_select: {
    head: () => 'vector vector_select(truths t, vector x, vector y)',
    vector: () => 'return (vector)(((truths)x & t) | ((truths)y & ~t));',
    number: () => 'return t ? x : y;',
  },
  vector_minimum: {
    head: () => 'vector vector_minimum(vector x, vector y)',
    vector: sign('<'),
    needs: ['vector_select'],
  },
  vector_maximum: {
    head: () => 'vector vector_maximum(vector x, vector y)',
    vector: sign('>'),
    needs: ['vector_select'],
  },
  vector_total: {
    head: ({ type }) => `${type} vector_total(vector x)`,
    vector: ({ type }) => `${lanesOf(type)}${folded('lane[i] += lane[i + n]')}`,
  },
  vector_greatest: {
    head: ({ type }) => `${type} vector_greatest(vector x)`,
    vector: fold('maximum'),
  },
  vector_least: {
    head: ({ type }) => `${type} vector_least(vector x)`,
    vector: fold('minimum'),
  },
  vector_abs: {
    head: () => 'vector vector_abs(vector x)',
    vector: ({ sign }) => `return (vector)((truths)x & ${sign});`,
    number: ({ suffix }) => `return fabs${suffix}(x);`,
  },
  vector_sqrt: {
    head: () => 'vector vector_sqrt(vector x)',
    vector: ({ type, suffix }) =>
      `${lanesOf(type)}for (int i = 0; i < LANES; i++) lane[i] = sqrt${suffix}(lane[i]); memcpy(&x, lane, sizeof x); return x;`,
    number: ({ suffix }) => `return sqrt${suffix}(x);`,
  },
  vector_nearest: {
    head: () => 'vector vector_nearest(vector x)',
    vector: ({ shifter }) => `return (x + ${shifter}) - ${shifter};`,
    number: ({ suffix }) => `return rint${suffix}(x);`,
  },
  /** x·2^n. */
  vector_scale: {
    head: () => 'vector vector_scale(vector x, vector n)',
    vector: ({ shifter, fraction, bias }) =>
      `return x * (vector)(((truths)(n + ${shifter}) + ${bias}) << ${fraction});`,
    number: ({ suffix }) => `return ldexp${suffix}(x, (int)n);`,
  },
}

export class Vectors {
  readonly #type: Real
  readonly #used = new Set<string>()
  #isUsed = false

  constructor(type: Real, names: CNames) {
    this.#type = type
    for (const name of ['vector', 'truths', 'LANES', ...Object.keys(HELPERS)]) names.take(name)
  }

  /** The type of a vector, or of truths about one. */
  type(isTruth: boolean): string {
    this.#isUsed = true
    return isTruth ? 'truths' : 'vector'
  }

  function(name: string): string {
    const helper = HELPERS[name]
    if (!helper) return bug(`no vectors of ${name}`)
    this.#isUsed = true
    this.#used.add(name)
    helper.needs?.forEach((n) => this.#used.add(n))
    return name
  }

  /** What stands before all that has vectors. `lanes`: the most numbers that a vector has. */
  declarations(lanes: number): string[] {
    if (!this.#isUsed) return []
    const n = NUMBERS[this.#type]
    const size = this.#type === 'f32' ? 4 : 8
    const names = Object.keys(HELPERS).filter((name) => this.#used.has(name))
    const text = (name: string, body: Helper['vector']): string =>
      `static inline ${HELPERS[name]!.head(n)} { ${body(n)} }`
    const split = names.filter((name) => HELPERS[name]!.number)
    const both = names.filter((name) => !HELPERS[name]!.number)
    return [
      `/* Vectors of so many bytes, as wide as those of the machine; 0 where the compiler has none. */
#ifndef CHAINRULE_VECTOR
#if !defined(__GNUC__)
#define CHAINRULE_VECTOR 0
#elif defined(__AVX512F__)
#define CHAINRULE_VECTOR 64
#elif defined(__AVX__)
#define CHAINRULE_VECTOR 32
#elif defined(__SSE2__) || defined(__ARM_NEON) || defined(__VSX__) || defined(__wasm_simd128__)
#define CHAINRULE_VECTOR 16
#else
#define CHAINRULE_VECTOR 0
#endif
#endif`,
      `#if CHAINRULE_VECTOR > 0
typedef ${n.type} vector __attribute__((vector_size(CHAINRULE_VECTOR < ${lanes * size} ? CHAINRULE_VECTOR : ${lanes * size})));
typedef __typeof__((vector){0} < (vector){0}) truths;
enum { LANES = sizeof(vector) / sizeof(${n.type}) };
${split.map((name) => text(name, HELPERS[name]!.vector)).join('\n')}
#else
typedef ${n.type} vector;
typedef int truths;
enum { LANES = 1 };
${split.map((name) => text(name, HELPERS[name]!.number!)).join('\n')}
#endif${both.map((name) => `\n${text(name, HELPERS[name]!.vector)}`).join('')}`,
    ]
  }
}
