/** C against the evaluator and against JavaScript: examples, networks, random graphs and random families; under sanitizers, and as fast as gcc makes it. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compileAnalysed } from '../../../src/compile.ts'
import type { Lanes } from '../../../src/code/lanes.ts'
import type { Precision, Program } from '../../../src/schedule/index.ts'
import { schedule } from '../../../src/schedule/index.ts'
import { buffersOf } from '../../../src/schedule/workspace.ts'
import { C_TUNING } from '../../../src/schedule/tuning.ts'
import { random } from '../../../src/base/random.ts'
import { analysedOnce, compileShared } from '../../support/analysed.ts'
import { LONG, everyNth, seeds } from '../../support/campaign.ts'
import { brief, closed } from '../../support/examples.ts'
import type { Loose } from '../../schedule/built.ts'
import { type Arrays, expectedOf, randomCase, values } from '../../schedule/random.ts'
import { randomFamilies } from '../../schedule/random-families.ts'
import { flat } from '../../schedule/written-out.ts'
import { given } from './given.ts'
import { inJavaScript } from './in-javascript.ts'
import { KINDS } from './kinds.ts'
import { type CCase, FEW, FLAGS, RATE, type Results, runC } from './run.ts'

const folder = (path: string): readonly [name: string, source: string][] =>
  readdirSync(new URL(path, import.meta.url))
    .filter((file) => file.endsWith('.net'))
    .map((file) => [file, readFileSync(new URL(path + file, import.meta.url), 'utf8')])

/** A program as C, its recurrences as users get them, and what a module in JavaScript computes in which they are written out. */
function beside(name: string, source: string, precision: Precision): { c: CCase; want: Results } {
  let program: Program | undefined
  const options = { filename: name, precision, formulas: false }
  const analysed = analysedOnce(source, name)
  const c = compileShared(source, {
    ...options,
    target: 'c',
    observe: (stage, result) => {
      if (stage === 'schedule') program = result as Program
    },
  })
  const js = compileAnalysed(analysed, { ...options, target: 'js' })
  const errors = [...analysed.diagnostics, ...c.diagnostics, ...js.diagnostics].filter(
    ({ severity }) => severity === 'error',
  )
  expect(
    errors.map(({ message }) => message),
    source,
  ).toEqual([])
  const { network } = program!
  const inputs = given(network, precision)
  return { c: { program: program!, ...inputs }, want: inJavaScript(js.code!, network, inputs) }
}

const TOLERANCE = { f64: 1e-11, f32: 2e-5 }

function close(what: string, got: readonly number[], want: readonly number[], tolerance: number): void {
  expect(got.length, what).toBe(want.length)
  const scale = Math.max(0.1, ...want.map(Math.abs).filter(Number.isFinite))
  got.forEach((x, i) => {
    if (Object.is(x, want[i]) || x === want[i] || Math.abs(x - want[i]!) <= tolerance * scale) return
    throw new Error(`${what}[${i}]: ${x}, expected ${want[i]}`)
  })
}

function compare(
  names: readonly string[],
  found: readonly Results[],
  wanted: readonly Results[],
  precision: Precision,
): void {
  expect(found.length).toBe(wanted.length)
  wanted.forEach((want, i) => {
    for (const what of ['loss', 'forward', 'backward', 'step'] as const)
      close(`${names[i]} ${what}`, found[i]![what], want[what], TOLERANCE[precision])
  })
}

function agree(
  programs: readonly (readonly [name: string, source: string])[],
  precision: Precision,
  flags: readonly string[],
  lanes?: Lanes,
): void {
  const made = programs.map(([name, source]) => beside(name, source, precision))
  compare(
    programs.map(([name]) => name),
    runC(
      made.map(({ c }) => ({ ...c, lanes })),
      flags,
    ),
    made.map(({ want }) => want),
    precision,
  )
}

const PRECISIONS = ['f64', 'f32'] as const

describe('programs: what JavaScript computes', () => {
  const examples = closed.map((file) => [file, brief(file)] as const)
  const networks = folder('../../cases/networks/')
  test('examples, f64', () => agree(everyNth(examples, 2), 'f64', FLAGS.sanitised, FEW))
  if (LONG) test('networks, f64', () => agree(networks, 'f64', FLAGS.plain, FEW))
  test('networks, f32, as fast as the compiler makes them', () =>
    agree(everyNth(networks, 2), 'f32', FLAGS.fast))
  test('networks, f32, by a compiler without vectors', () =>
    agree(everyNth(networks, 6, 1), 'f32', FLAGS.plain, FEW))
  for (const precision of PRECISIONS)
    test(`random families, ${precision}`, () => {
      const programs = seeds(2, 1).map((i) => [`families ${i}`, randomFamilies(`c ${i}`)] as const)
      agree(programs, precision, FLAGS.sanitised, FEW)
    })
  test('whole numbers as data, open lengths, hyperparameters, families of all kinds', () => {
    agree(Object.entries(KINDS), 'f64', FLAGS.sanitised, FEW)
  })
})

describe('random graphs: what the evaluator computes', () => {
  const lists = (a: Arrays, precision: Precision): Record<string, Loose> =>
    Object.fromEntries(
      Object.entries(a).map(([name, v]) => [
        name,
        typeof v === 'number' ? v : precision === 'f64' ? Float64Array.from(v) : Float32Array.from(v),
      ]),
    )
  for (const mode of ['loops', 'auto'] as const)
    for (const precision of PRECISIONS)
      test(`${mode}, ${precision}`, () => {
        const found = seeds(3, 1).flatMap((seed) => {
          const r = random(`graph ${mode} ${seed}`)
          const tape = Array.from({ length: 200 }, () => r.integer(0, 1 << 20))
          const c = randomCase(
            tape,
            r.pick([undefined, 'B', 3, 1] as const),
            mode === 'loops' && r.chance(0.5),
          )
          const v = values(c, seed)
          const want = expectedOf(c, v)
          if (
            ![want.loss, ...want.grads.flat(), ...want.outputs.flat()].every(
              (x) => Number.isFinite(x) && Math.abs(x) < 1e4,
            )
          )
            return []
          const program = schedule(c.derived, { precision, mode, tuning: C_TUNING })
          // No program has outputs that depend on targets; random graphs do.
          const forward = program.routines.find(({ name }) => name === 'forward')!
          if (forward.body.some((i) => [...buffersOf(i)].some(({ storage }) => storage === 'target')))
            return []
          const lengths = Object.fromEntries(
            [...c.lengths].filter(([name]) => name === c.batch || c.derived.network.dims.has(name)),
          )
          const params = lists(v.params, precision)
          const moved = Object.values(params)
            .flatMap(flat)
            .map((x, i) => x - RATE * want.grads.flat()[i]!)
          const grads = want.grads.flat()
          const wanted: Results = {
            loss: Array.from({ length: 4 }, () => want.loss),
            forward: [...want.outputs.flat(), ...want.outputs.flat()],
            backward: [...grads, want.loss, ...grads],
            step: moved,
          }
          return [
            { seed, wanted, c: { program, lanes: FEW, params, data: lists(v.data, precision), lengths } },
          ]
        })
        expect(found.length).toBeGreaterThan(0)
        const results = runC(found.map(({ c }) => c))
        const tolerance = precision === 'f64' ? 1e-9 : 2e-3
        found.forEach(({ seed, wanted }, i) => {
          for (const what of ['loss', 'forward', 'backward', 'step'] as const)
            close(`seed ${seed} ${what}`, results[i]![what], wanted[what], tolerance)
        })
      })
})
