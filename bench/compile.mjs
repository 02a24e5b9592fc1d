// How compiling grows with the number of equations: chains written out, and the same in one `for`. Of each size, in a process
// of its own, the seconds of every stage and the peak memory; last what parsing alone takes, and the p of size^p. All of it should
// grow linearly. Build first. usage: node bench/compile.mjs [sizes…]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const sizes = process.argv.slice(2).map(Number)
const [least, ...larger] = sizes.length > 0 ? sizes : [200, 2000, 20000]

const writtenOut = (n) =>
  [
    'input x\ntarget y\nparam w, b\nz0 = tanh(w * x + b)',
    ...Array.from({ length: n - 1 }, (_, i) => `z${i + 1} = tanh(w * z${i} + b)`),
    `loss J = (z${n - 1} - y)^2\n`,
  ].join('\n')
const inOneFor = (n) =>
  `dim T = ${n}\ninput x\ntarget y\nparam w, b\nz[0] = x\nfor t in 1..T { z[t] = tanh(w * z[t-1] + b) }\nloss J = (z[T] - y)^2\n`
const kinds = { 'written out': writtenOut, 'in one for': inOneFor }

/** Seconds of each stage, formulas printed as text and code emitted; megabytes of memory and of what was made. */
async function measure(source) {
  const { analyse, compile } = await import('../dist/src/compile.js')
  const { formulas, textDocument } = await import('../dist/src/print/index.js')
  const stages = {}
  let last = performance.now()
  const lap = (name) => {
    const now = performance.now()
    stages[name] = (stages[name] ?? 0) + (now - last) / 1000
    last = now
  }
  const { graph, mathematics, diagnostics } = analyse(source, { observe: lap })
  if (!mathematics) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  last = performance.now()
  const printed = textDocument(formulas(graph, mathematics.written)).length
  lap('print')
  // The first stages of it are those above once more.
  const made = new Set(Object.keys(stages))
  const { code } = compile(source, {
    target: 'js',
    formulas: false,
    observe: (stage) => lap(made.has(stage) ? 'again' : stage),
  })
  if (code === undefined) throw new Error('no code')
  delete stages.again
  stages.all = Object.values(stages).reduce((a, b) => a + b, 0)
  return {
    stages,
    peak: process.resourceUsage().maxRSS / 1024,
    printed: printed / 1e6,
    code: code.length / 1e6,
  }
}

async function measureParsing(source) {
  const { parse } = await import('../dist/src/syntax/parse.js')
  const start = performance.now()
  const { program } = parse(source)
  return { seconds: (performance.now() - start) / 1000, statements: program.statements.length }
}

const apart = (what, source) => {
  const args = ['--stack-size=4000', fileURLToPath(import.meta.url), '--measure', what]
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', input: source, maxBuffer: 1 << 26 })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout)
}

if (process.argv[2] === '--measure') {
  let source = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) source += chunk
  console.log(JSON.stringify(await (process.argv[3] === 'parsing' ? measureParsing : measure)(source)))
} else {
  const columns = ['parse', 'lower', 'derive', 'simplify', 'print', 'specialise', 'schedule', 'emit', 'all']
  console.log(`${' '.repeat(23)}${columns.map((c) => c.padStart(11)).join('')}  peak MB  text MB  code MB`)
  for (const [kind, chain] of Object.entries(kinds)) {
    const found = []
    for (const n of [least, ...larger]) {
      const { stages, peak, printed, code } = apart('compiling', chain(n))
      found.push({ n, stages, peak })
      console.log(
        [
          `${kind.padEnd(14)}${String(n).padStart(9)}`,
          ...columns.map((column) => stages[column].toFixed(3).padStart(11)),
          peak.toFixed(0).padStart(9),
          printed.toFixed(2).padStart(9),
          code.toFixed(2).padStart(9),
        ].join(''),
      )
    }
    const [first, last] = [found.at(-2), found.at(-1)]
    if (first === undefined) continue
    const power = (column) =>
      Math.log(last.stages[column] / first.stages[column]) / Math.log(last.n / first.n)
    console.log(
      `${'  grows as n^'.padEnd(23)}${columns.map((column) => power(column).toFixed(2).padStart(11)).join('')}   (from ${first.n} to ${last.n})`,
    )
  }
  const { seconds, statements } = apart('parsing', writtenOut(16000))
  console.log(
    `parsing alone, ${statements} statements: ${seconds.toFixed(2)} s, at most 1: ${seconds < 1 ? 'yes' : 'NO'}`,
  )
}
