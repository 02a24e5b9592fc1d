/**
 * How far the random tests go. `npm test` tries a few programs of each campaign and always the same ones; `npm run
 * test:long` tries `TIMES` as many. `FUZZ` says how many, `FUZZ_SEED` where to begin: a failure names its seed, and
 * `FUZZ=1 FUZZ_SEED=seed npx vitest run FILE` makes that program again.
 */

/** Whether this is the long campaign. */
export const LONG = process.env['CAMPAIGN'] === 'long'

const TIMES = 25
const setting = (name: string): number | undefined => {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  if (!/^\d+$/.test(text)) throw new Error(`${name}=${text}: a whole number is wanted`)
  return Number(text)
}

/** Where campaigns begin, if not at their own seeds. */
export const SEED = setting('FUZZ_SEED')

/** How many runs a campaign makes that makes `few` in `npm test`. */
export const runs = (few: number): number => setting('FUZZ') ?? (LONG ? TIMES * few : few)

/** Their seeds: `from`, `from + 1`, … */
export const seeds = (few: number, from = 0): number[] =>
  Array.from({ length: runs(few) }, (_, i) => (SEED ?? from) + i)

/** Every `n`th of a list, from `first` on; all of it in the long campaign. */
export const everyNth = <T>(all: readonly T[], n: number, first = 0): readonly T[] =>
  LONG ? all : all.filter((_, i) => i % n === first)
