/** The command as a process that is ended in the middle: files stay whole, and training goes on to the same parameters. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { random } from '../../../src/base/random.ts'
import { irisCsv } from '../../../examples/tables.mjs'
import { begunIn } from '../../../src/cli/learn/going-on.ts'
import { readParameters } from '../../../src/cli/learn/parameters.ts'
import { read } from '../../support/examples.ts'
import { seeds } from '../../support/campaign.ts'
import { command } from '../process.ts'
import { folder } from '../support.ts'

const EPOCHS = 150
const ARGS = ['train', 'iris.net', '--data', 'iris.csv', '--scale', 'standardise', '--epochs', String(EPOCHS)]
const MAP = ['--map', 'x=sepal_length..petal_width;y=species']
const iris = (): string => folder({ 'iris.net': read('iris.net'), 'iris.csv': irisCsv() })
const bytes = (dir: string): Buffer => readFileSync(join(dir, 'iris.safetensors'))
const run = (dir: string, args: readonly string[]) =>
  spawnSync(process.execPath, [command, ...args], { cwd: dir, encoding: 'utf8' })

/** Ends it some time after it has written the best parameters, anew where they are there already; what it said. */
function ended(dir: string, args: readonly string[], signal: NodeJS.Signals, wait: number) {
  return new Promise<{ status: number | null; err: string }>((resolve) => {
    const child = spawn(process.execPath, [command, ...args], {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const written = (): number | undefined =>
      statSync(join(dir, 'iris.safetensors'), { throwIfNoEntry: false })?.ino
    const before = written()
    let err = ''
    child.stderr.on('data', (data) => (err += String(data)))
    const look = setInterval(() => {
      if (written() === before) return
      clearInterval(look)
      setTimeout(() => child.kill(signal), wait)
    }, 1)
    child.on('close', (status) => {
      clearInterval(look)
      resolve({ status, err })
    })
  })
}

test('Ctrl-C saves and says how to go on; killed at any moment, files are whole; both go on to the same bytes', async () => {
  const whole = iris()
  expect(run(whole, [...ARGS, ...MAP]).status).toBe(0)

  const stopped = iris()
  const { status, err } = await ended(stopped, [...ARGS, ...MAP], 'SIGINT', 3)
  // It may have been faster than the signal.
  if (status !== 0) {
    expect(status).toBe(130)
    expect(err).toMatch(
      /stopped in epoch \d+ of 150, after \d of 4 steps; to go on: the same command with --resume\n$/,
    )
  }
  expect(run(stopped, [...ARGS, '--resume']).status).toBe(0)
  expect(bytes(stopped).equals(bytes(whole))).toBe(true)

  const killed = iris()
  await ended(killed, [...ARGS, ...MAP], 'SIGKILL', 0)
  wholeFiles(killed)
  expect(run(killed, [...ARGS, '--resume']).status).toBe(0)
  expect(bytes(killed).equals(bytes(whole))).toBe(true)
})

/** Whole files, and how many epochs are safe in them; nothing lies about but what is used again. */
function wholeFiles(dir: string): number {
  const path = join(dir, 'iris.training.safetensors')
  if (!existsSync(path)) return 0
  expect(readParameters(path).tensors.length).toBeGreaterThan(0)
  const { epoch } = begunIn(path).begun.progress
  const best = join(dir, 'iris.safetensors')
  // The first epoch may be saved, and its parameters not yet.
  if (epoch > 1 || existsSync(best)) expect(readParameters(best).tensors).toHaveLength(4)
  const rest = readdirSync(dir).filter((file) => !/^iris\.(net|csv|(training\.)?safetensors)$/.test(file))
  expect(
    rest.every((file) => /^\.iris\.(training\.)?safetensors\.tmp$/.test(file)),
    rest.join(),
  ).toBe(true)
  return epoch
}

/** Ends it so many milliseconds after it began, unless it has ended. */
const killedAfter = (dir: string, args: readonly string[], wait: number): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args], { cwd: dir, stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), wait)
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve(status === 0)
    })
  })

test('killed at random moments again and again, it comes to the same bytes, and loses no epoch that was over', async () => {
  const wanted = iris()
  const start = performance.now()
  expect(run(wanted, [...ARGS, ...MAP]).status).toBe(0)
  const life = performance.now() - start
  let [dir, safe] = [iris(), 0]
  for (const seed of seeds(4)) {
    const args = safe === 0 ? [...ARGS, ...MAP] : [...ARGS, '--resume']
    const isDone = await killedAfter(dir, args, random(`killed ${seed}`).uniform() * 1.1 * life)
    const now = wholeFiles(dir)
    expect(now, `seed ${seed}`).toBeGreaterThanOrEqual(safe)
    safe = now
    if (!isDone) continue
    expect(bytes(dir).equals(bytes(wanted)), `seed ${seed}`).toBe(true)
    ;[dir, safe] = [iris(), 0]
  }
  expect(run(dir, safe === 0 ? [...ARGS, ...MAP] : [...ARGS, '--resume']).status).toBe(0)
  expect(bytes(dir).equals(bytes(wanted))).toBe(true)
})
