/** Work that is timed. It returns a number that depends on all of it, so that no engine leaves it out. */
export type Work = () => number

/** Seconds that one call takes, of each piece of work, once it is optimised; undefined where that did not come about. */
export type Stopwatch = (works: readonly Work[]) => readonly (number | undefined)[]

/** A round shorter than this, in seconds, is lost among the ticks of the clock. */
const ROUND = 1e-3
/** How long work is measured before the next one has its turn. */
const TURN = 0.01
/**
 * Engines compile beside what runs, again and again, each time for faster code. Work is optimised when in so many turns
 * it has become no faster: a tenth of a second of its own, and as much of each of the others. The second number is of
 * work that takes longer than a turn.
 */
const STILL = { short: 10, long: 2 }
/** What is faster by less than that is no other code, but less disturbed. */
const FASTER = 0.95
/** Work that takes as long as that is long, and after so many turns, or so many seconds, it is given up. */
const LONG = 0.05
const MOST_TURNS = 12
const MOST_SECONDS = 3

/** What works returned: used, as far as an engine can know. @public */
export let sink = 0

/**
 * The clock of the machine. Works take turns, so that engines have the time to compile all of them and other processes
 * are not in the way of one alone. The least of the rounds is told: what disturbs a measurement adds to it and never takes
 * away (Python's timeit says so too).
 */
export const stopwatch: Stopwatch = (works) => {
  const timed = works.map((work) => ({ work, least: Infinity, spent: 0, turns: 0, still: 0 }))
  type Timed = (typeof timed)[number]
  const isSettled = ({ still, least }: Timed): boolean => still >= (least > LONG ? STILL.long : STILL.short)
  const isGivenUp = ({ turns, spent, least }: Timed): boolean =>
    least > LONG ? turns >= MOST_TURNS : spent > MOST_SECONDS
  const isGoing = (each: Timed): boolean => !isSettled(each) && !isGivenUp(each)
  for (let going = timed; going.length > 0; going = going.filter(isGoing))
    for (const each of going) {
      const before = each.least
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
      each.still = each.least < before * FASTER ? 0 : each.still + 1
    }
  return timed.map((each) => (isSettled(each) ? each.least : undefined))
}
