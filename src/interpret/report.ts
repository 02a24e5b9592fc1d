/** The worst that the points showed of one parameter's gradient. Errors are relative to its largest entry. */
export interface GradientCheck {
  readonly name: string
  /** Entries checked, over all points, and how many there were. */
  readonly checked: number
  readonly entries: number
  /** The derived gradient in doubles against forward mode: formula and rounding together. */
  readonly maxRelativeError: number
  /** The derived gradient in high precision against forward mode: the formula alone. Undefined beyond the budget. */
  readonly formulaError: number | undefined
  /** The derived gradient against central differences in doubles, where these can tell; undefined where none can, and beyond the budget. */
  readonly differencesError: number | undefined
  /** Entries without differences: a kink or the end of the domain is too near. */
  readonly kinks: number
  /** Entries whose differences, by their own error bound, cannot tell: the loss swings fast, or loses its digits. */
  readonly unsure: number
  /** Entries at points where a comparison is left to rounding (ties that the program makes): they say nothing. */
  readonly undecided: number
  /** How much a relative error of the data grows on the way to the gradient, at the worst point. */
  readonly amplification: number
  /** Whether forward mode ran in high precision at every point; in doubles beyond the budget. */
  readonly precise: boolean
  /** Where the greatest error was: for messages, and to replay. */
  readonly worst: {
    readonly seed: number | string
    readonly entry: string
    readonly derived: number
    readonly expected: number
  }
}

/**
 * What passes. In high precision a wrong formula shows at once, and it decides. Where it confirms the formula, doubles may
 * still lose many digits, to a loss that is ill-conditioned or to sums that cancel: `confirmedRounding` is what is left to
 * be useful, more where data that move by a last digit move the gradient further. Else doubles judge the formula too,
 * with differences where these can tell.
 */
export const TOLERANCE = {
  formula: 1e-12,
  confirmedRounding: 1e-2,
  rounding: 1e-6,
  differences: 1e-4,
} as const

/** What rounding makes of values that are amplified on the way: a thousand times the last digit. */
export const roundingOf = (amplification: number): number => 1000 * Number.EPSILON * amplification

/** Whether a gradient is right. (A comparison with NaN fails, as it must.) */
export function passes(c: GradientCheck): boolean {
  if (c.undecided === c.checked) return true
  const rounding = roundingOf(c.amplification)
  return c.formulaError === undefined
    ? c.maxRelativeError <= Math.max(TOLERANCE.rounding, rounding) &&
        (c.differencesError ?? 0) <= Math.max(TOLERANCE.differences, rounding)
    : c.formulaError <= TOLERANCE.formula &&
        c.maxRelativeError <= Math.max(TOLERANCE.confirmedRounding, rounding)
}

/** One line for a person: what was checked, how well it agrees, and how to replay the worst case. */
export function checkText(c: GradientCheck): string {
  const error = (x: number | undefined): string => (x === undefined ? 'none' : x.toExponential(1))
  return (
    `∂/∂${c.name}: ${c.checked} of ${c.entries} entries; error ${error(c.maxRelativeError)} in doubles, ` +
    `${error(c.formulaError)} in high precision, ${error(c.differencesError)} against differences` +
    `${c.kinks > 0 ? `, ${c.kinks} beside a kink` : ''}` +
    `${c.unsure > 0 ? `, ${c.unsure} where differences cannot tell` : ''}` +
    `${c.undecided > 0 ? `, ${c.undecided} where rounding decides a comparison` : ''}; ` +
    `worst at seed ${c.worst.seed}: ${c.name}${c.worst.entry} is ${c.worst.derived}, expected ${c.worst.expected}`
  )
}

/** The greater error; NaN (a value that is none) is the greatest, an absent one the least. */
function worse(a: number, b: number): number
function worse(a: number | undefined, b: number | undefined): number | undefined
function worse(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b)
}

/** What two points (or two entries) show together. */
export function merge(a: GradientCheck | undefined, b: GradientCheck): GradientCheck {
  if (!a) return b
  // What is decided counts alone, if anything is.
  const undecided = a.undecided + b.undecided
  const saysNothing = (c: GradientCheck): boolean => c.undecided === c.checked
  if (saysNothing(a) !== saysNothing(b)) {
    const decided = saysNothing(a) ? b : a
    return { ...decided, checked: a.checked + b.checked, entries: a.entries + b.entries, undecided }
  }
  const max = worse(a.maxRelativeError, b.maxRelativeError)
  return {
    name: b.name,
    checked: a.checked + b.checked,
    entries: a.entries + b.entries,
    maxRelativeError: max,
    formulaError: worse(a.formulaError, b.formulaError),
    differencesError: worse(a.differencesError, b.differencesError),
    kinks: a.kinks + b.kinks,
    unsure: a.unsure + b.unsure,
    amplification: Math.max(a.amplification, b.amplification),
    undecided,
    precise: a.precise && b.precise,
    worst: Object.is(max, a.maxRelativeError) ? a.worst : b.worst,
  }
}
