/** The page of results, bench/RESULTS.md, and the chart that the README shows. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { chart } from './chart.mjs'
import { digitsNetwork, operations } from './workloads.mjs'

const CHART = ['W1', 'W3·1', 'W3·32', 'W4·32', 'W6', 'LeNet']

const output = (command, args) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0].trim()
  } catch {
    return undefined
  }
}
const number = (us) =>
  (us < 10 ? us.toPrecision(2) : us < 1000 ? us.toFixed(0) : Math.round(us / 10) * 10).toString()
const ratio = (r) => (r < 10 ? r.toFixed(2) : r < 100 ? r.toFixed(1) : r.toFixed(0))
const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

/** Workloads as columns, peers as rows. */
function steps(results, precision, cell) {
  const columns = results.steps.filter((s) => s.precision === precision)
  const names = columns[0]?.rows.map((r) => r.peer) ?? []
  const rows = names
    .map((name) => [
      name,
      ...columns.map((c) =>
        cell(
          c.rows.find((r) => r.peer === name),
          c,
        ),
      ),
    ])
    .filter((row) => row.slice(1).some((text) => text !== ''))
  return table(['', ...columns.map((c) => c.workload.name)], rows)
}

/** Of the targets the fastest one, against which others are read. */
const best = ({ rows }) =>
  Math.min(...rows.filter((r) => r.peer.startsWith('chainrule') && r.us).map((r) => r.us))

function reasons(results, peers) {
  const found = new Map()
  for (const { workload, precision, rows } of results.steps)
    for (const r of rows)
      if (r.absent) {
        const key = `${r.peer}: ${r.absent}`
        found.set(key, [...(found.get(key) ?? []), `${workload.name} ${precision}`])
      }
  for (const r of results.digits ?? []) if (r.absent) found.set(`${r.peer}: ${r.absent}`, ['the digits'])
  const all = results.steps.length
  return [...found]
    .sort(
      ([a], [b]) =>
        peers.findIndex((p) => a.startsWith(p.name)) - peers.findIndex((p) => b.startsWith(p.name)),
    )
    .map(([reason, where]) => `- ${reason} (${where.length === all ? 'everywhere' : where.join(', ')}).`)
}

export async function write(results, peers) {
  const versions = new Map()
  for (const { rows } of results.steps) for (const r of rows) if (r.version) versions.set(r.peer, r.version)
  const load = loadavg()[2]
  const shared = load > cpus().length / 2
  const precisions = [...new Set(results.steps.map((s) => s.precision))]
  const peakOf = (precision) =>
    Object.entries(results.peaks[precision])
      .map(([k, v]) => `${k} ${v.toFixed(1)}`)
      .join(', ')
  const text = `# Steps beside others

Made by \`npm run speed -- --write\` in \`bench/\` (${new Date().toISOString().slice(0, 10)}); the chart is [docs/speed.svg](../docs/speed.svg). One step is forward, backward and the update by gradient descent. All
peers start from the same parameters and data; one is timed only if its gradient is that of plain loops in doubles (to ${results.tolerance.f32} of the greatest entry of a parameter in f32, ${results.tolerance.f64} in f64).
Each runs in a process of its own on one thread; times are CPU time, the median of ${results.rounds} interleaved rounds of ${results.seconds} s. Only ratios of one run count, and gaps under 1.5 × are noise.

- ${cpus()[0].model}, ${cpus().length} cores, Linux ${release()}, Node ${process.versions.node} (V8 ${process.versions.v8})${output('gcc', ['--version']) ? `, ${output('gcc', ['--version'])}` : ''}.
- Other work ran on the machine: a load of ${load.toFixed(1)} on average over the last quarter of an hour${shared ? ', so that caches and cores were shared' : ''}.
- Peak of one thread, multiplications and additions, GFLOP/s: ${precisions.map((p) => `${p}: ${peakOf(p)}`).join('; ')}. (JavaScript has doubles; C has the widest vectors and fused operations.)
- ${[...versions].map(([k, v]) => `${k}: ${v}`).join('; ')}.

${table(
  ['workload', 'network', 'operations of a step'],
  results.steps
    .filter((s) => s.precision === precisions[0])
    .map(({ workload: w }) => [w.name, w.about, operations(w).toLocaleString('en')]),
)}
${precisions
  .map(
    (p) => `
## ${p}

Microseconds per step:

${steps(results, p, (r) => (r?.us ? number(r.us) : ''))}

Times that of the fastest target:

${steps(results, p, (r, c) => (r?.us ? ratio(r.us / best(c)) : ''))}

GFLOP/s of the products and convolutions of a step:

${steps(results, p, (r, c) => (r?.us ? ratio(operations(c.workload) / r.us / 1000) : ''))}
`,
  )
  .join('')}${
    results.first.length > 0
      ? `
## The first steps

Milliseconds from the import to the end of the first 1,000 / 10,000 steps (f32; the least of three processes, which all the others on the machine delay; ∞: over 5 s):

${table(
  ['', ...results.first.map((f) => f.workload.name)],
  peers
    .filter((p) => results.first.some((f) => f.rows.some((r) => r.peer === p.name)))
    .map((p) => [
      p.name,
      ...results.first.map((f) => {
        const ms = f.rows.find((r) => r.peer === p.name)?.ms
        return ms && ms[0] < Infinity ? ms.map((v) => (v < Infinity ? number(v) : '∞')).join(' / ') : ''
      }),
    ]),
)}
`
      : ''
  }${
    results.digits
      ? `
## Time to 97 %

The digits of examples/data, 14 × 14: from 8,000 of them 2,000 others are told. A network of ${digitsNetwork.about}; gradient descent at a rate of 0.1 that falls by a tenth every epoch, the same order for all, f32; seconds of CPU time, loading and
compiling by the engine included, until 97 % are right at the end of an epoch:

${table(
  ['', 'seconds', 'epochs', 'right'],
  results.digits
    .filter((r) => !r.absent)
    .map((r) => [r.peer, (r.ms / 1000).toFixed(2), r.epochs, `${(100 * r.right).toFixed(1)} %`]),
)}
`
      : ''
  }
## Absent

${reasons(results, peers).join('\n')}
`
  writeFileSync(new URL('../RESULTS.md', import.meta.url), text)
  const shown = results.steps.filter((s) => s.precision === 'f32' && CHART.includes(s.workload.name))
  if (shown.length === 0) return
  const groups = shown.map(({ workload, rows }) => ({
    title: `${workload.name}: ${workload.about}`,
    bars: rows
      .filter((r) => r.us)
      .map((r) => ({ label: r.peer, us: r.us, ours: r.peer.startsWith('chainrule') })),
  }))
  writeFileSync(
    new URL('../../docs/speed.svg', import.meta.url),
    chart('Time of one step (forward, backward, update), f32, one thread; logarithmic', groups),
  )
}
