// The whole `build` command on chains of written-out equations, time and peak memory: both should grow linearly.
// Build first. usage: node bench/compile.mjs [sizes…]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url))
const sizes = process.argv.slice(2).map(Number)
const watch = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`
const folder = mkdtempSync(join(tmpdir(), 'chainrule-bench-'))

const chain = (n) =>
  [
    'input x\ntarget y\nparam w, b\nz0 = tanh(w * x + b)',
    ...Array.from({ length: n - 1 }, (_, i) => `z${i + 1} = tanh(w * z${i} + b)`),
    `loss J = (z${n - 1} - y)^2\n`,
  ].join('\n')

console.log('equations    seconds  ms/equation  peak MB  output MB')
for (const n of sizes.length > 0 ? sizes : [200, 2000, 20000]) {
  const file = join(folder, `chain${n}.net`)
  writeFileSync(file, chain(n))
  const start = performance.now()
  const run = spawnSync(process.execPath, ['--import', watch, command, 'build', file, '--target', 'js'], {
    encoding: 'utf8',
  })
  const seconds = (performance.now() - start) / 1000
  if (run.status !== 0) throw new Error(run.stderr)
  const peak = Number(/peak (\d+)/.exec(run.stderr)[1]) / 1024
  const size = statSync(`${file}.js`).size / 1e6
  console.log(
    [
      String(n).padStart(9),
      seconds.toFixed(2).padStart(10),
      ((seconds / n) * 1000).toFixed(2).padStart(12),
      peak.toFixed(0).padStart(8),
      size.toFixed(1).padStart(10),
    ].join(' '),
  )
}
rmSync(folder, { recursive: true })
