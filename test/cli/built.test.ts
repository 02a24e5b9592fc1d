/** The command as it ships: bundled, in a process of its own, it does what the sources do. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { command } from './process.ts'
import { BROKEN, GOOD, type Result, chainrule, folder } from './support.ts'

function built(cwd: string, args: readonly string[], input: string): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd,
    input,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined },
  })
  return { status, out: stdout, err: stderr }
}

test.each([
  [['--version'], 0],
  [['build', '-'], 0],
  [['build', 'b.net', '--json'], 1],
  [['latex', 'a.net', '--format', 'html'], 0],
  [['graph', 'a.net', '--format', 'svg'], 0],
  [['check', 'a.net', '--json'], 0],
  [['trace', 'a.net', '--data', '{"x": 1, "y": 2, "w": 3}'], 0],
  [['latex', 'b.net'], 1],
  [['frob'], 2],
  [[], 2],
])('%j', async (args, status) => {
  const dir = folder({ 'a.net': GOOD, 'b.net': BROKEN })
  const shipped = built(dir, args, GOOD)
  expect(shipped.status).toBe(status)
  expect(shipped).toEqual(await chainrule(dir, args, GOOD))
})
