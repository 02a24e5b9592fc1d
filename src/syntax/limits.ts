/** What a file may cost. No program that anyone wants comes near; hostile ones end in a diagnostic instead of a hang. */

/** Length of a file in UTF-16 units. */
export const FILE_LENGTH = 4 * 1024 * 1024
/** Statements of a file. */
export const STATEMENTS = 100_000
/** Tokens of one statement: a sum of 60,000 terms. */
export const STATEMENT_TOKENS = 120_000
/**
 * How deep brackets, signs and powers may nest in an expression, counted together. Each makes at most four levels of the
 * tree (left chains apart, which nobody may walk by recursion).
 */
export const NESTING = 1000
/** Signs or powers in a row: `a^b^c`, `---a`. They are folded from the right, once for each of them. */
export const CHAIN = 100
/** Indices around an equation: those of `for` blocks inside each other, and those behind it. */
export const INDICES = 32
/** Digits of a number, and the size of its exponent: far more than a double tells apart. */
export const NUMBER_DIGITS = 400
export const NUMBER_EXPONENT = 400
/** Length of a name. */
export const NAME_LENGTH = 200
