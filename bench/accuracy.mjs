// The accuracy of every operator and every slope as emitted code computes them, in units in the last place (f64), against
// high precision. Exits 1 where one is off by more than 4. Build first. usage: node bench/accuracy.mjs [--points 100] [--only NAME]
// With --spellings: how many digits formulas lose as people write them, over their whole range, in f64 and f32, as a table in Markdown; with
// --corpus: so of all programs of the repository, by folder. Only what begins with NAME.
import { readFileSync } from 'node:fs'
import { globSync } from 'tinyglobby'
import { analyse, compile } from '../dist/src/compile.js'
import { bigNumbers, dualNumbers, evaluate } from '../dist/src/interpret/index.js'
import { cases } from './accuracy/cases.mjs'
import { digitsLost } from './accuracy/digits.mjs'
import { generator, measure } from './accuracy/measure.mjs'
import { spellings } from './accuracy/spellings.mjs'

const MOST = 4
/** Digits that a formula may lose in f64. */
const MOST_DIGITS = 4

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const only = option('only', '')
const points = Number(option('points', '100'))
const compiler = { analyse, compile, bigNumbers, dualNumbers, evaluate }
const random = generator(Number(option('seed', '7')))

const cell = ({ units, at }) =>
  `${units.toPrecision(3).padStart(9)}  ${units > 0 ? `at ${at}` : ''}`.padEnd(38)

async function operators() {
  console.log(`${'operator'.padEnd(22)}    value, ULP                            slope, ULP`)
  for (const c of cases) {
    if (!c.name.startsWith(only)) continue
    const worst = await measure(compiler, c, random, points)
    const bad = Math.max(worst.value.units, worst.slope.units) > MOST
    if (bad) process.exitCode = 1
    console.log(`${c.name.padEnd(22)} ${cell(worst.value)} ${cell(worst.slope)}${bad ? ' !' : ''}`)
  }
}

const digits = (found) => `${found.worst.toFixed(1)} | ${found.mean.toFixed(2)}`

/** A row for each spelling. */
async function inSpellings() {
  console.log(
    '| spelling | worst, f64 | mean, f64 | worst, f32 | mean, f32 |\n| --- | ---: | ---: | ---: | ---: |',
  )
  let kind
  for (const s of spellings) {
    if (!s.kind.startsWith(only) && !s.name.startsWith(only)) continue
    if (s.kind !== kind) console.log(`| **${(kind = s.kind)}** | | | | |`)
    const [double, single] = [
      await digitsLost(s.program, 'f64', points),
      await digitsLost(s.program, 'f32', points),
    ]
    if (double.worst > MOST_DIGITS) process.exitCode = 1
    console.log(`| ${s.name} | ${digits(double)} | ${digits(single)} |`)
    if (process.argv.includes('--where'))
      console.error(`${s.name}: ${double.output} at ${double.at}; f32 ${single.output} at ${single.at}`)
  }
}

/** A row for each folder, and the programs that lose more than four digits. */
async function inCorpus() {
  const folders = {
    examples: 'examples/*.net',
    'test/closed-forms': 'test/closed-forms/*.net',
    'test/families': 'test/families/*.net',
  }
  console.log(
    '| programs | | worst, f64 | mean, f64 | lose more than 4 digits somewhere, f64 | worst, f32 | mean, f32 |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
  )
  for (const [folder, pattern] of Object.entries(folders)) {
    const found = { f64: [], f32: [] }
    for (const file of globSync(pattern).sort()) {
      if (!file.includes(only)) continue
      for (const precision of ['f64', 'f32']) {
        // Without values, as with an open depth or an abstract function, there is nothing to measure.
        const lost = await digitsLost(readFileSync(file, 'utf8'), precision, points, file).catch((error) => {
          if (error.name !== 'EvaluationError') throw error
        })
        if (lost) found[precision].push(lost)
      }
    }
    const { f64, f32 } = found
    const of = (list) =>
      digits({
        worst: Math.max(0, ...list.map((l) => l.worst)),
        mean: list.reduce((m, l) => m + l.mean, 0) / list.length,
      })
    console.log(
      `| ${folder} | ${f64.length} | ${of(f64)} | ${f64.filter((l) => l.worst > MOST_DIGITS).length} | ${of(f32)} |`,
    )
  }
}

const chosen = [
  ['spellings', inSpellings],
  ['corpus', inCorpus],
].filter(([name]) => process.argv.includes(`--${name}`))
for (const [, work] of chosen.length > 0 ? chosen : [['operators', operators]]) await work()
