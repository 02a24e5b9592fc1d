// Antiderivatives of a test suite of integration as claims, d(F, x) = f: how many are proved. The folder holds files in
// Mathematica's syntax, such as those of Rubi (github.com/RuleBasedIntegration/MathematicaSyntaxTestSuite). Build first.
// usage: node bench/antiderivatives.mjs FOLDER [--most 1400] [--skip 0] [--only TEXT] [--spoil] [--list VERDICT] [--json FILE]
//   --spoil   the same claims made false, by x²/10⁶ added to F: none may be proved
//   --skip    begins so many entries later, for another sample
//   --only    entries of files whose path has this text in it
//   --list    prints the claims of that verdict
// Exits 1 where a spoilt claim is proved.
import { Buffer } from 'node:buffer'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { judgeClaims } from '../dist/src/claims.js'
import { analyse } from '../dist/src/compile.js'
import { entriesOf, programOf } from './antiderivatives/mathematica.mjs'

const options = process.argv.slice(2)
const option = (name, fallback) => {
  const at = options.indexOf(`--${name}`)
  return at < 0 ? fallback : options[at + 1]
}
const [folder] = options
if (!folder || folder.startsWith('--')) {
  console.error('usage: node bench/antiderivatives.mjs FOLDER [--most 1400] [--spoil]')
  process.exit(2)
}
const most = Number(option('most', '1400'))
const spoil = options.includes('--spoil')
const listed = option('list', undefined)
const only = option('only', '')

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((f) => f.isFile() && f.name.endsWith('.m'))
  .map((f) => join(f.parentPath, f.name))
  .sort()
const said = []
let read = 0
for (const path of files) {
  const file = relative(folder, path)
  if (!file.includes(only)) continue
  const { entries, unread } = entriesOf(readFileSync(path, 'utf8'))
  read += entries.length + unread
  for (const entry of entries) {
    const program = programOf(entry, spoil)
    // Texts as they are built hold on to all their parts.
    if (program) said.push({ file, text: Buffer.from(program) })
  }
}
const step = Math.max(1, said.length / most)
const chosen = []
for (let at = Number(option('skip', '0')); at < said.length && chosen.length < most; at += step)
  chosen.push(said[Math.floor(at)])
console.log(`${read} entries; our language can say ${said.length}, of which ${chosen.length} are tried`)

async function judge(program) {
  const { graph, mathematics, diagnostics } = analyse(program, { filename: 'claim.net' })
  return mathematics
    ? verdictOf((await judgeClaims(graph, mathematics))[0])
    : `not compiled: ${diagnostics[0]?.message}`
}

/** A right antiderivative may be defined elsewhere than what it is of, as where roots or logarithms are split. */
const verdictOf = ({ verdict, counterexample }) =>
  counterexample && (Number.isNaN(counterexample.left) || Number.isNaN(counterexample.right))
    ? 'refuted: a side has no value there'
    : verdict

const verdicts = new Map()
const results = []
// What is loaded on first use is no part of the first claim.
await judge('param x\nloss J = x\nclaim d(sin(x), x) = cos(x)')
for (const { file, text } of chosen) {
  const program = text.toString()
  const before = process.cpuUsage()
  let verdict
  try {
    verdict = await judge(program)
  } catch (error) {
    verdict = `failed: ${error.message}`
  }
  const used = process.cpuUsage(before)
  const seconds = (used.user + used.system) / 1e6
  verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  results.push({ file, program, verdict, seconds })
  if (verdict === listed) console.log(`${file}  (${seconds.toFixed(1)} s)\n${program}`)
}
for (const [verdict, count] of [...verdicts].sort((a, b) => b[1] - a[1]))
  console.log(
    `${String(count).padStart(6)}  ${((100 * count) / chosen.length).toFixed(1).padStart(5)} %  ${verdict}`,
  )
results.sort((a, b) => b.seconds - a.seconds)
const total = results.reduce((sum, r) => sum + r.seconds, 0)
console.log(`slowest of ${total.toFixed(0)} s of CPU together:`)
for (const { file, program, verdict, seconds } of results.slice(0, 5))
  console.log(`  ${seconds.toFixed(2)} s  ${verdict}  ${file}: ${program.split('\n')[2].slice(0, 160)}`)
const json = option('json', undefined)
if (json) writeFileSync(json, JSON.stringify(results, null, 1))
if (spoil && verdicts.has('proved')) process.exitCode = 1
