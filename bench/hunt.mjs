// Hunts over programs for inputs at which emitted code gives NaN, an infinity or loses more than four digits. Build first.
// usage: node bench/hunt.mjs [--budget 1000000] [--seed S] [--json] [FILE.net …]   (default: examples and test programs)
import { readFileSync } from 'node:fs'
import { globSync } from 'tinyglobby'
import { analyse } from '../dist/src/compile.js'
import { huntedOf, makerOf } from '../dist/src/modules.js'
import { gradientPoints, hunt, locate, nested } from '../dist/src/interpret/index.js'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv.splice(at, 2)[1]
}
const budget = Number(option('budget', '300000'))
const seed = option('seed', 'hunt')
const most = Number(option('findings', '3'))
const files = process.argv.slice(2).filter((a) => !a.startsWith('--'))
const all =
  files.length > 0
    ? files
    : globSync(['examples/*.net', 'test/closed-forms/*.net', 'test/families/*.net']).sort()

const text = (v) => (Array.isArray(v) ? `[${v.map(text).join(', ')}]` : Object.is(v, -0) ? '-0' : String(v))
let [programs, found, points] = [0, 0, 0]
for (const file of all) {
  const source = readFileSync(file, 'utf8')
  const t0 = process.cpuUsage().user
  const say = (what) => console.log(`${file}: ${what}`)
  try {
    const { mathematics, recurrent } = analyse(source, { filename: file, recurrences: true })
    if (recurrent || !mathematics) {
      say(recurrent ? 'open depth' : 'has errors')
      continue
    }
    const { written } = mathematics
    const [base] = await gradientPoints(written, { seeds: 1 })
    const made = await makerOf(source, file)(base.dims)
    const result = await hunt(written.network, base, huntedOf(made.module, made.network), {
      budget,
      seed,
      findings: most,
    })
    programs++
    points += result.points
    found += result.findings.length > 0 ? 1 : 0
    const ms = Math.round((process.cpuUsage().user - t0) / 1000)
    const seen = new Set()
    for (const f of result.findings) {
      const part = await locate(made.running, f, base)
      const where = part
        ? `${part.what === 'derivative' ? 'the derivative of ' : ''}${source.slice(part.span.start, part.span.end).replaceAll('\n', ' ')}`
        : 'nowhere'
      const kind = Number.isFinite(f.got) ? 'digits' : 'no number'
      if (seen.has(where + kind) || seen.size >= most) continue
      seen.add(where + kind)
      const values = written.network.params
        .concat(written.network.data)
        .map(({ symbol: { name } }) => `${name} = ${text(nested(f.point.values.get(name)))}`)
      say(
        `{${where}} ${f.output ? f.output + f.entry : f.param ? `∂/∂${f.param}${f.entry}` : 'loss'} is ${f.got}, right is ${f.want}  at ${values.join(', ')}`,
      )
    }
    if (process.env.TIME) say(`${result.points} points, ${result.findings.length} findings, ${ms} ms`)
  } catch (error) {
    say(error.name === 'EvaluationError' ? error.message : error.stack)
  }
}
console.log(`${found} of ${programs} programs with findings; ${points} points`)
