import type { AccentName } from './layout.ts'

/** Greek letters by name, as programs spell them in ASCII. */
export const GREEK: ReadonlyMap<string, string> = new Map(
  Object.entries({
    alpha: 'α',
    beta: 'β',
    gamma: 'γ',
    delta: 'δ',
    epsilon: 'ε',
    zeta: 'ζ',
    eta: 'η',
    theta: 'θ',
    iota: 'ι',
    kappa: 'κ',
    lambda: 'λ',
    mu: 'μ',
    nu: 'ν',
    xi: 'ξ',
    omicron: 'ο',
    pi: 'π',
    rho: 'ρ',
    sigma: 'σ',
    tau: 'τ',
    upsilon: 'υ',
    phi: 'φ',
    chi: 'χ',
    psi: 'ψ',
    omega: 'ω',
    Gamma: 'Γ',
    Delta: 'Δ',
    Theta: 'Θ',
    Lambda: 'Λ',
    Xi: 'Ξ',
    Pi: 'Π',
    Sigma: 'Σ',
    Upsilon: 'Υ',
    Phi: 'Φ',
    Psi: 'Ψ',
    Omega: 'Ω',
  }),
)

/** Characters that LaTeX has a command for in formulas; the others are set as text. */
export const LATEX_LETTERS: ReadonlyMap<string, string> = new Map([
  ...[...GREEK].map(([name, char]): [string, string] => [char, `\\${name}`]),
  ['ο', 'o'],
  ['…', '\\dots'],
  ['∞', '\\infty'],
  ['ε', '\\varepsilon'],
  ['φ', '\\varphi'],
  ['ϕ', '\\phi'],
  ['ϵ', '\\epsilon'],
  ['ς', '\\varsigma'],
  ['ϑ', '\\vartheta'],
  ['ϱ', '\\varrho'],
  ...['Α:A', 'Β:B', 'Ε:E', 'Ζ:Z', 'Η:H', 'Ι:I', 'Κ:K', 'Μ:M', 'Ν:N', 'Ο:O', 'Ρ:P', 'Τ:T', 'Χ:X'].map(
    (p): [string, string] => [p[0]!, `\\mathrm{${p[2]!}}`],
  ),
  ['ℒ', '\\mathcal{L}'],
  ['ℓ', '\\ell'],
  ['ℝ', '\\mathbb{R}'],
  ['ℕ', '\\mathbb{N}'],
  ['ℰ', '\\mathcal{E}'],
  ['ℋ', '\\mathcal{H}'],
  ['ħ', '\\hbar'],
  ['⊤', '\\top'],
  ['′', '\\prime'],
  ['𝟏', '\\mathbf{1}'],
])

/** Accents: the combining mark of a Unicode name, and whether an ASCII name may say it (xhat). */
export const ACCENTS: readonly {
  readonly name: AccentName
  readonly mark: string
  readonly suffix: boolean
}[] = [
  { name: 'hat', mark: '\u0302', suffix: true },
  { name: 'bar', mark: '\u0304', suffix: true },
  { name: 'tilde', mark: '\u0303', suffix: true },
  { name: 'ddot', mark: '\u0308', suffix: true },
  { name: 'dot', mark: '\u0307', suffix: true },
  { name: 'vec', mark: '\u20d7', suffix: true },
  { name: 'check', mark: '\u030c', suffix: false },
  { name: 'breve', mark: '\u0306', suffix: false },
  { name: 'acute', mark: '\u0301', suffix: false },
  { name: 'grave', mark: '\u0300', suffix: false },
]

const pairs = (from: string, to: string): Map<string, string> =>
  new Map([...from].map((c, i) => [c, [...to][i]!]))

/** Of letters only the usual indices: few exist, and half an alphabet reads worse than none. */
export const SUBSCRIPTS = pairs('0123456789+−ijkl', '₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₗ')
export const SUPERSCRIPTS = pairs('0123456789+−()nilktmKLMNT⊤′', '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱˡᵏᵗᵐᴷᴸᴹᴺᵀᵀ′')
/** In the brackets of an index, h⁽ˢ˒ᵗ⁾, all that exist: what stands in brackets is read as a whole. */
export const RAISED_INDICES: ReadonlyMap<string, string> = new Map([
  ...pairs('abcdefghjoprsuvwxyz,', 'ᵃᵇᶜᵈᵉᶠᵍʰʲᵒᵖʳˢᵘᵛʷˣʸᶻ˒'),
  ...SUPERSCRIPTS,
])
const DIGITS = '0123456789'
export const FROM_SUBSCRIPT = pairs('₀₁₂₃₄₅₆₇₈₉', DIGITS)
export const FROM_SUPERSCRIPT = pairs('⁰¹²³⁴⁵⁶⁷⁸⁹', DIGITS)

/** Fractions that have a character. */
export const VULGAR: ReadonlyMap<string, string> = new Map([
  ['1/2', '½'],
  ['1/3', '⅓'],
  ['2/3', '⅔'],
  ['1/4', '¼'],
  ['3/4', '¾'],
  ['1/5', '⅕'],
  ['1/6', '⅙'],
  ['1/8', '⅛'],
  ['3/8', '⅜'],
  ['5/8', '⅝'],
  ['7/8', '⅞'],
])
