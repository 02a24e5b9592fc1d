/** Work that is timed. It returns a number that depends on all of it, so that no engine leaves it out. */
export type Work = () => number

/** Seconds that one call takes, of each piece of work, once it is warm. */
export type Stopwatch = (works: readonly Work[]) => readonly number[]

/** A round shorter than this, in seconds, is lost among the ticks of the clock. */
const ROUND = 1e-3
/** How long work is measured before the next one has its turn, and how many turns each one has. */
const TURN = 0.01
const TURNS = 6
/** So long at least, all in all: engines compile beside what runs, and what they compile late would be measured slow. */
const LONG_ENOUGH = 0.06
/** What takes as long as that is no matter of compiling; so often it is called. */
const SLOW = 0.05
const SLOW_TURNS = 2

/** What works returned: used, as far as an engine can know. */
export let sink = 0

/**
 * The clock of the machine. Works take turns, so that engines have the time to compile all of them and other processes
 * are not in the way of one alone. The least of the rounds is told: what disturbs a measurement adds to it and never takes
 * away (Python's timeit says so too).
 */
export const stopwatch: Stopwatch = (works) => {
  const timed = works.map((work) => ({ work, least: Infinity, spent: 0, turns: 0 }))
  const isDone = ({ turns, spent, least }: (typeof timed)[number]): boolean =>
    least > SLOW ? turns >= SLOW_TURNS : turns >= TURNS && spent > LONG_ENOUGH
  for (let going = timed; going.length > 0; going = going.filter((each) => !isDone(each)))
    for (const each of going) {
      each.turns++
      const end = each.spent + TURN
      do {
        // Of what has not been timed yet, one call.
        const calls = Math.min(1e6, Math.max(1, Math.ceil(ROUND / each.least)))
        const start = performance.now()
        for (let i = 0; i < calls; i++) sink += each.work()
        const seconds = (performance.now() - start) / 1000
        each.spent += seconds
        each.least = Math.min(each.least, Math.max(seconds, 1e-9) / calls)
      } while (each.spent < end)
    }
  return timed.map(({ least }) => least)
}
