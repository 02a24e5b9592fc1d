/** Modules in Deno and Bun, which come from the npm registry. */
import { execFileSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { folder } from '../cli/support.ts'

const program = `network Line
batch B
input x
target y
param w
loss J = (w * x - y)^2
`
const use = (module: string): string => `import { init, step } from './${module}'
const params = init(1)
const data = { x: Float64Array.of(1, 2), y: Float64Array.of(2, 4) }
for (let i = 0; i < 200; i++) step(params, data, 0.1)
console.log(params.w.toFixed(6))
`

let dir: string
beforeAll(() => {
  const code = (target: 'ts' | 'js' | 'wasm'): string => compile(program, { target }).code!
  dir = folder({
    'package.json': '{"type":"module","private":true}',
    'line.net.ts': code('ts'),
    'line.net.js': code('js'),
    'line.wasm.js': code('wasm'),
    'typed.ts': use('line.net.ts'),
    'plain.js': use('line.net.js'),
    'wasm.js': use('line.wasm.js'),
  })
  execFileSync('npm', ['install', '--silent', 'deno@2', 'bun@1'], { cwd: dir, stdio: 'ignore' })
})

test.each([
  ['deno', 'run', '--check', 'typed.ts'],
  ['deno', 'run', 'plain.js'],
  ['deno', 'run', 'wasm.js'],
  ['bun', 'typed.ts'],
  ['bun', 'plain.js'],
  ['bun', 'wasm.js'],
])('%s %s', (runtime, ...args) => {
  const out = execFileSync('npx', ['--no-install', runtime, ...args.filter(Boolean)], {
    cwd: dir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(out.trim()).toBe('2.000000')
})
