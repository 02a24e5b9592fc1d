/** Names of C, and the one place in which names and texts of a program are made fit for it. */
const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Keywords of C and C++, macros that headers and compilers define, and what the output includes or declares. */
const RESERVED: ReadonlySet<string> = new Set(
  words(`
  alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl concept
  const const_cast consteval constexpr constinit continue co_await co_return co_yield decltype default delete do double
  dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace new
  noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict return
  short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef
  typeid typename typeof union unsigned using virtual void volatile wchar_t while xor xor_eq
  linux unix i386 NULL EOF NAN INFINITY HUGE_VAL I RAND_MAX BUFSIZ errno assert stdin stdout stderr offsetof signgam
  size_t ptrdiff_t int32_t uint32_t uint64_t memcpy memset max_align_t
  acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax fmin
  fmod frexp hypot ilogb ldexp lgamma tgamma gamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint
  nextafter nexttoward pow remainder remquo rint round scalbln scalbn sin sinh sqrt tan tanh trunc j0 j1 jn y0 y1 yn
  isnan isinf isfinite isnormal signbit isless isgreater islessequal isgreaterequal isunordered fpclassify drem
  significand scalb pow10 exp10 sincos abs labs div main
  params inputs data outputs grads hyper state work slots rate seed`),
)

const GREEK = words(`
  α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi ο omicron π pi
  ρ rho σ sigma ς sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega ϕ phi ϵ epsilon ϑ theta ϱ rho
  Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega ℓ ell ∂ d µ mu`)
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  GREEK.flatMap((letter, i) => (i % 2 === 0 ? [[letter, GREEK[i + 1]!] as const] : [])),
)
/** Combining marks, as people say them: ŷ is yhat. */
const MARKS: ReadonlyMap<string, string> = new Map([
  ['\u0302', 'hat'],
  ['\u0303', 'tilde'],
  ['\u0304', 'bar'],
  ['\u0305', 'bar'],
  ['\u0307', 'dot'],
  ['\u20d7', 'vec'],
])

/** A name in letters of ASCII: `ŷ` is yhat, `σ₁` sigma1, the member `W[2]` W_2, `hidden.W` hidden_W, and what has no such spelling its number, u4e2d. */
function plain(text: string): string {
  const spelled = [...text.normalize('NFKD')]
    .map((c) => {
      if (/[A-Za-z0-9_]/.test(c)) return c
      const known = SPELLINGS.get(c) ?? MARKS.get(c)
      if (known !== undefined) return known
      if (c === ']' || c === ' ' || c === '$') return ''
      if (c === '[' || c === ',' || c === '.') return '_'
      return c === '-' ? 'm' : `u${c.codePointAt(0)!.toString(16)}`
    })
    .join('')
  // Two underscores, and one before a capital, are the compiler's.
  const own = spelled.replace(/_{2,}/g, '_').replace(/^_/, 'v_')
  return /^[A-Za-z]/.test(own) ? own : `v_${own}`
}

/** Names within one scope of C, inside of another one whose names they do not hide. */
export class CNames {
  readonly #outer: CNames | undefined
  readonly #taken = new Set<string>()
  readonly #next = new Map<string, number>()

  constructor(outer?: CNames) {
    this.#outer = outer
  }

  /** A free name as near to the wish as can be. */
  fresh(wish: string): string {
    const base = plain(wish)
    let name = base
    for (let i = this.#next.get(base) ?? 1; this.has(name); i++) {
      name = i === 1 ? `${base}_` : `${base}_${i}`
      this.#next.set(base, i + 1)
    }
    this.#taken.add(name)
    return name
  }

  /** A name as it stands, which is somebody else's here. */
  take(name: string): void {
    this.#taken.add(name)
  }

  has(name: string): boolean {
    return RESERVED.has(name) || this.#taken.has(name) || this.#outer?.has(name) === true
  }

  /** Names that a block gives back at its end. */
  release(names: readonly string[]): void {
    for (const name of names) this.#taken.delete(name)
    if (names.length > 0) this.#next.clear()
  }

  inner(): CNames {
    return new CNames(this)
  }
}

/** What every function, type and macro of a program's begins with. */
export const prefixOf = (network: string): string => plain(network)

/** A text in a comment: nothing in it ends the comment, begins another or is a trigraph, and nothing is invisible. */
export const inComment = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replace(/\?(?=\?)/g, '? ')
    .replace(/\\$/, '\\ ')
    .trimEnd()

/** A text as a string literal: bytes of UTF-8 outside of ASCII, quotes and `?` as octal escapes. */
export const quote = (text: string): string =>
  `"${encodeURIComponent(text.replace(/\p{Cs}/gu, '?')).replace(/%(..)|['?]/g, (c, byte?: string) => {
    const code = byte === undefined ? c.charCodeAt(0) : parseInt(byte, 16)
    return code >= 32 && code < 127 && !'"\\?'.includes(String.fromCharCode(code))
      ? String.fromCharCode(code)
      : `\\${code.toString(8).padStart(3, '0')}`
  })}"`
