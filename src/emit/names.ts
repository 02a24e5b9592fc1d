/** Words that are no identifiers in a strict module, and globals that emitted code uses. */
const RESERVED = new Set(
  (
    'arguments as async await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for from function get if implements import in instanceof interface let new null of package private protected public ' +
    'return set static super switch this throw true try type typeof undefined var void while with yield ' +
    'Math Number Object Array String Symbol Float64Array Float32Array NaN Infinity RangeError TypeError Error globalThis isNaN isFinite ' +
    'any boolean never number object string symbol unknown constructor'
  ).split(' '),
)

/**
 * The names of one scope of the emitted module. The one function through which a wish (a name of the user's, any
 * identifier of the language) becomes a name of JavaScript: what is taken or reserved gets `$`, which no user can type.
 */
export class Names {
  readonly #taken: Set<string>
  readonly #outer: Names | undefined
  readonly #next = new Map<string, number>()

  constructor(taken: Iterable<string> = [], outer?: Names) {
    this.#taken = new Set(taken)
    this.#outer = outer
  }

  /** A scope inside this one. Make it when all names of this one are given. */
  inner(taken: Iterable<string> = []): Names {
    return new Names(taken, this)
  }

  has(name: string): boolean {
    return RESERVED.has(name) || this.#taken.has(name) || (this.#outer?.has(name) ?? false)
  }

  /** A free name, as near to the wish as can be. Amortised constant time however many share a wish. */
  fresh(wish: string): string {
    const clean = identifier(wish)
    if (!this.has(clean)) {
      this.#taken.add(clean)
      return clean
    }
    for (let n = this.#next.get(clean) ?? 0; ; n++) {
      const name = n === 0 && !clean.includes('$') ? `${clean}$` : `${clean}${clean.includes('$') ? '' : '$'}${n}`
      if (this.has(name)) continue
      this.#next.set(clean, n + 1)
      this.#taken.add(name)
      return name
    }
  }
}

/** The wish with what JavaScript allows in no identifier replaced: W[1] → W_1, x₁ → x1. */
export function identifier(wish: string): string {
  const text = wish
    .replace(/[₀-₉]/g, c => String(c.charCodeAt(0) - 0x2080))
    .replace(/[⁰¹²³⁴-⁹]/g, c => `_${'⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(c)}`)
    .replace(/[[\],\s.]+/g, '_')
    .replace(/_+$/, m => (wish.endsWith(m) ? m : ''))
    .replace(/[^\p{ID_Continue}$]/gu, '$')
  return /^[\p{ID_Start}$_]/u.test(text) ? text : `$${text}`
}
