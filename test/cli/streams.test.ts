/** What becomes of results that cannot be written: one line, and never a stack trace. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { command } from './process.ts'
import { BROKEN, GOOD, folder } from './support.ts'

const dir = folder({ 'a.net': GOOD, 'b.net': BROKEN })

const COMMANDS: readonly (readonly string[])[] = [
  ['build', '-'],
  ['build', 'a.net', '--dump', 'parse'],
  ['build', 'a.net', '--check'],
  ['latex', 'a.net'],
  ['check', 'a.net', '--seeds', '1'],
  ['trace', 'a.net', '--data', '{"x": 1, "y": 2, "w": 3}'],
  ['graph', 'a.net'],
  ['--help'],
  ['help', 'latex'],
  ['--version'],
]

function to(path: string, args: readonly string[]) {
  const out = openSync(path, 'w')
  try {
    const { status, stderr } = spawnSync(process.execPath, [command, ...args], {
      cwd: dir,
      input: GOOD,
      stdio: ['pipe', out, 'pipe'],
      encoding: 'utf8',
    })
    return { status, said: stderr }
  } finally {
    closeSync(out)
  }
}

describe('a full disk', () => {
  test.each(COMMANDS.map((args) => [args]))('%j', (args) => {
    expect(to('/dev/full', args)).toEqual({
      status: 1,
      said: 'error: Cannot write to standard output: the disk is full.\n  hint: free some space, or send it elsewhere\n',
    })
  })
})

describe('a reader that has gone', () => {
  const piped = (args: readonly string[]) => {
    // The reader ends before the command begins; then the status of the command is printed.
    const quoted = [process.execPath, command, ...args].map((arg) => `'${arg}'`).join(' ')
    const script = `{ sleep 0.1; ${quoted} < a.net; echo "$?" > status; } | true; cat status`
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: dir, encoding: 'utf8' })
    return { status: Number(stdout), said: stderr }
  }

  test.each([COMMANDS[0]!, COMMANDS[3]!, COMMANDS[4]!, COMMANDS[7]!].map((args) => [args]))('%j', (args) => {
    expect(piped(args)).toEqual({ status: 0, said: '' })
  })

  test('what the command found is its status still', () => {
    expect(piped(['build', 'a.net', '--check']).status).toBe(1)
  })

  test('much is not written', () => {
    // More than a pipe holds.
    const sum = Array(2000).fill('x').join(' + ')
    const sums = Array.from({ length: 30 }, (_, i) => `z${i} = ${sum}\n`).join('')
    const large = folder({ 'large.net': `input x\nparam w\n${sums}loss J = w^2\n` })
    const script = `'${process.execPath}' '${command}' build large.net --dump parse | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: large, encoding: 'utf8' })
    expect(stdout).toBe('input 0–7: input x\n0\n')
    expect(stderr).not.toMatch(/^error|^ {4}at /m)
  })
})

test('all of a long result arrives', () => {
  const equations = Array.from({ length: 2000 }, (_, i) => `z${i} = w * x + ${i}\n`).join('')
  const whole = folder({ 'long.net': `input x\nparam w\n${equations}loss J = z0^2\n` })
  const { stdout } = spawnSync(process.execPath, [command, 'build', 'long.net', '--dump', 'parse'], {
    cwd: whole,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  expect(stdout.split('\n')).toHaveLength(2004)
  expect(stdout).toContain(': z1999 = w * x + 1999\n')
})
