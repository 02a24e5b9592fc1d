/**
 * The pictures of the README, from an example: the drawing of the network, and its page of formulas as a browser shows it (Chromium,
 * which must be installed). The chart of speed is made by `npm run speed -- --write` in bench/.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const out = join(root, 'docs/pictures')
const example = join(root, 'examples/two-layer.net')
const chainrule = (...args) =>
  execFileSync(process.execPath, [join(root, 'dist/src/cli/main.js'), ...args], { encoding: 'utf8' })

mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'network.svg'), chainrule('graph', example, '--format', 'svg'))

const scratch = mkdtempSync(join(tmpdir(), 'chainrule-pictures-'))
try {
  const page = join(scratch, 'page.html')
  writeFileSync(page, chainrule('latex', example, '--format', 'html'))
  execFileSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--window-size=1080,1790',
      `--screenshot=${join(out, 'page.png')}`,
      `file://${page}`,
    ],
    { stdio: 'ignore' },
  )
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
