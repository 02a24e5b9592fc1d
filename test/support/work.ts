/**
 * What a computation does, counted instead of timed: the blocks of code that it enters, as V8 counts them for coverage,
 * and the elements that built-in functions go over. The count is the same on every machine and under every load.
 * Import this before the code whose work is counted: V8 counts in functions that are compiled after it is told to.
 */
import { Session } from 'node:inspector'
import { expect } from 'vitest'

if (!process.env['APART'])
  throw new Error('A test that counts work runs apart: name its file in vitest.config.ts')

const session = new Session()
session.connect()

interface Coverage {
  readonly result: readonly {
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[]
  }[]
}

/** What is asked for in the same thread is answered before `post` returns. */
function post(method: string, parameters: object = {}): unknown {
  let answer: unknown
  session.post(method, parameters, (error, result) => {
    if (error) throw error
    answer = result
  })
  return answer
}

post('Profiler.enable')
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

/** Built-in functions that go over what they are called on; their callbacks are counted as code. */
const BUILT_IN: readonly (readonly [object, readonly string[]])[] = [
  [
    Array.prototype,
    [
      'concat',
      'fill',
      'flat',
      'includes',
      'indexOf',
      'join',
      'reverse',
      'shift',
      'slice',
      'splice',
      'unshift',
    ],
  ],
  [String.prototype, ['includes', 'indexOf', 'match', 'replace', 'replaceAll', 'search', 'split']],
]

/** Runs something and adds up the lengths of what those functions go over. */
function elements(compute: () => void): number {
  let sum = 0
  const restore: (() => void)[] = []
  for (const [prototype, names] of BUILT_IN)
    for (const name of names) {
      const original = Object.getOwnPropertyDescriptor(prototype, name)!
      const builtIn = original.value as (...args: unknown[]) => unknown
      const value = function (this: { length: number }, ...args: unknown[]): unknown {
        const { length } = this
        const result = builtIn.apply(this, args)
        const from = name === 'indexOf' && typeof args[1] === 'number' ? args[1] : 0
        sum += Math.max(0, (name === 'indexOf' && Number(result) >= 0 ? Number(result) : length) - from)
        return result
      }
      Object.defineProperty(prototype, name, { ...original, value })
      restore.push(() => void Object.defineProperty(prototype, name, original))
    }
  try {
    compute()
  } finally {
    for (const undo of restore) undo()
  }
  return sum
}

/** What a computation costs, in steps of the kinds above, here and in the libraries that it calls. */
export function work(compute: () => void): number {
  post('Profiler.takePreciseCoverage')
  let sum = elements(compute)
  const { result } = post('Profiler.takePreciseCoverage') as Coverage
  for (const { functions } of result)
    for (const { ranges } of functions) for (const { count } of ranges) sum += count
  return sum
}

/** How much more work it is at `n` than at half of it: 2 where it is linear, 4 where it is quadratic. */
export function growth(compute: (n: number) => void, n: number): number {
  // The first run makes what is made once.
  compute(2)
  const half = work(() => compute(n / 2))
  expect(half, 'work is counted').toBeGreaterThan(0)
  return work(() => compute(n)) / half
}
