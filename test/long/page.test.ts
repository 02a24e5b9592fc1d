/** Threads in a page of a browser, with and without what they need. The browser is Debian's chromium, and without it this says so and is skipped. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { folder } from '../cli/support.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync)

const { code } = compile(
  `batch B
input x[200]
target y : index(10)
param W[300, 200], b[300], V[10, 300]
loss J = crossentropy(softmax(V @ relu(W @ x + b)), y)
`,
  { target: 'wasm', precision: 'f32', threads: true },
)

/** On the main thread, which may not sleep; then again when the workers sleep. */
const MAIN = `import { init, step, parallel } from './wide.js'
const data = { x: Float32Array.from({ length: 200 * 64 }, (_, i) => Math.sin(i)), y: Int32Array.from({ length: 64 }, (_, i) => i % 10) }
const losses = (params) => Array.from({ length: 50 }, () => step(params, data, 0.1)).join()
let result
try {
  const alone = losses(init(1))
  const threads = await parallel(2)
  const first = losses(init(1)) === alone
  await new Promise((resolve) => setTimeout(resolve, 50))
  result = [threads, first, losses(init(1)) === alone].join(' ')
} catch (error) {
  result = String(error)
}
await fetch('/result?' + encodeURIComponent(result))
`
const FILES: Readonly<Record<string, readonly [string, string]>> = {
  '/': ['text/html', '<!doctype html><body><script type="module" src="/main.js"></script>'],
  '/main.js': ['text/javascript', MAIN],
  '/wide.js': ['text/javascript', code!],
}
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}
const POLICY = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'"

const open: { server?: Server; browser?: ChildProcess } = {}
afterAll(() => {
  open.browser?.kill()
  open.server?.close()
})

test.skipIf(CHROMIUM === undefined).each([
  ['isolated', ISOLATED, '2 true true'],
  ['not isolated', {}, '1 true true'],
  [
    'isolated, by a policy that knows of workers',
    { ...ISOLATED, 'content-security-policy': `${POLICY}; worker-src blob:` },
    '2 true true',
  ],
  ['isolated, by a policy that does not', { ...ISOLATED, 'content-security-policy': POLICY }, '1 true true'],
] as const)(
  `a page that is %s${CHROMIUM === undefined ? ' (no chromium is installed)' : ''}`,
  async (_, headers, expected) => {
    const result = await new Promise<string>((resolve, reject) => {
      open.server = createServer(({ url = '' }, response) => {
        const file = FILES[url]
        if (url.startsWith('/result?')) resolve(decodeURIComponent(url.slice('/result?'.length)))
        response.writeHead(file ? 200 : 404, { ...headers, 'content-type': file?.[0] ?? 'text/plain' })
        response.end(file?.[1])
      })
      open.server.listen(0, '127.0.0.1', () => {
        const { port } = open.server!.address() as AddressInfo
        const profile = `--user-data-dir=${join(folder(), 'profile')}`
        const address = `http://127.0.0.1:${port}/`
        open.browser = spawn(CHROMIUM!, ['--headless', '--no-sandbox', '--disable-gpu', profile, address], {
          stdio: 'ignore',
        })
        open.browser.once('close', () => reject(new Error('the browser ended')))
      })
    })
    open.browser!.removeAllListeners('close')
    const ended = new Promise((resolve) => open.browser!.once('close', resolve))
    open.browser!.kill()
    await ended
    open.server!.close()
    expect(result).toBe(expected)
  },
)
