// The accuracy of every operator and every slope as emitted code computes them, in units in the last place (f64), against
// high precision. Exits 1 where one is off by more than 4. Build first. usage: node bench/accuracy.mjs [--points 100] [--only NAME]
import { analyse, compile } from '../dist/src/compile.js'
import { bigNumbers, dualNumbers, evaluate } from '../dist/src/interpret/index.js'
import { cases } from './accuracy/cases.mjs'
import { generator, measure } from './accuracy/measure.mjs'

const MOST = 4

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
console.log(`${'operator'.padEnd(22)}    value, ULP                            slope, ULP`)
for (const c of cases) {
  if (!c.name.startsWith(only)) continue
  const worst = await measure(compiler, c, random, points)
  const bad = Math.max(worst.value.units, worst.slope.units) > MOST
  if (bad) process.exitCode = 1
  console.log(`${c.name.padEnd(22)} ${cell(worst.value)} ${cell(worst.slope)}${bad ? ' !' : ''}`)
}
