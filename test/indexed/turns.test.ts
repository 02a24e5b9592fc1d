/** How often the loops of emitted code turn: counted, not timed. */
import { work } from '../support/work.ts'
import { expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { type Fieldful, type Module, imported } from '../../src/modules.ts'
import type { Program } from '../../src/schedule/index.ts'
import { routineOperations } from '../../src/schedule/growth.ts'
import { typed } from '../support/direct/compared.ts'
import { extremes, lookUps, pointOf } from './sparse.ts'

interface Steps extends Module {
  step(params: Fieldful, data: Fieldful, rate: number): number
}

/** The blocks that each routine enters, once it has made its workspace. */
async function turns(source: string, batch?: number): Promise<Record<'loss' | 'backward' | 'step', number>> {
  const { code, diagnostics } = compile(source, { filename: 'turns.net', target: 'js', formulas: false })
  if (code === undefined) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  const module = (await imported(code)) as Steps
  const point = pointOf(source, 1, batch)
  const [params, data] = [typed(point.params, Float64Array), typed(point.data, Float64Array, source)]
  const grads = module.zeros()
  const once = (run: () => void): number => (run(), work(run))
  return {
    loss: once(() => void module.loss(params, data)),
    backward: once(() => void module.backward(params, data, grads)),
    step: once(() => void module.step(params, data, 0.01)),
  }
}

const LONG = 400

test.each(lookUps(LONG))('$name: rows that do not occur cost nothing', async ({ source }) => {
  const short = await turns(source)
  const long = await turns(source.replace(`V = ${LONG}`, `V = ${4 * LONG}`))
  // Other numbers take other branches: that is all that is different.
  expect(long.loss).toBeLessThan(1.1 * short.loss)
  expect(long.step).toBeLessThan(1.1 * short.step)
  // A gradient is filled with zeros, once: of at most two tables, a turn for a row and one for each of three columns.
  const rows = 3 * LONG
  expect(long.backward - short.backward).toBeLessThanOrEqual(2 * (1 + 3) * rows)
})

test.each(extremes(40))('$name: a gradient costs little more than the loss', ({ source }) => {
  const operations = new Map<string, number>()
  compile(source.replace('D = 3, N = 4', 'D = 30, N = 24'), {
    filename: 'extremes.net',
    target: 'js',
    formulas: false,
    ...(source.includes('batch') ? { batch: 40 } : {}),
    observe: (stage, result) => {
      if (stage === 'schedule')
        for (const r of (result as Program).routines) operations.set(r.name, routineOperations(r) as number)
    },
  })
  expect(operations.get('backward')).toBeLessThan(1.5 * operations.get('loss')!)
})
