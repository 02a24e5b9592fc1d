/** The page of results, bench/RESULTS.md, and the chart that the README shows, of what has been measured so far; what has not is said. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { chart } from './chart.mjs'
import { digitsNetwork, operations, workloads } from './workloads.mjs'

/** How far a gradient may be off, relative to the greatest entry of the parameter. */
export const TOLERANCE = { f32: 2e-3, f64: 1e-8 }
/** Of the first steps of these, which people wait for. */
export const FIRST = ['W1', 'W2', 'W3·1', 'W3·32', 'W4·1', 'W4·32']
const PRECISIONS = ['f32', 'f64']
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
/** In columns, the first one to the left. */
function table(head, rows) {
  const widths = head.map((_, k) =>
    Math.max(k === 0 ? 3 : 4, ...[head, ...rows].map((r) => String(r[k]).length)),
  )
  const line = (cells) =>
    `| ${cells.map((c, k) => (k === 0 ? String(c).padEnd(widths[k]) : String(c).padStart(widths[k]))).join(' | ')} |`
  const rule = widths.map((w, k) => (k === 0 ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`))
  return [head, rule, ...rows].map(line).join('\n')
}

/** What there is of some workloads, in their order. */
const inOrder = (entries) =>
  workloads.flatMap((workload) => {
    const entry = entries.find((e) => e.workload === workload.name)
    return entry ? [{ ...entry, workload }] : []
  })
const stepsOf = ({ steps }, precision) => inOrder(steps.filter((s) => s.precision === precision))

/** Workloads as columns, peers as rows. */
function steps(results, peers, precision, cell) {
  const columns = stepsOf(results, precision)
  const rows = peers
    .map(({ name }) => [
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
  for (const precision of PRECISIONS)
    for (const { workload, rows } of stepsOf(results, precision))
      for (const r of rows)
        if (r.absent) {
          const key = `${r.peer}: ${r.absent}`
          found.set(key, [...(found.get(key) ?? []), `${workload.name} ${precision}`])
        }
  for (const r of results.digits?.rows ?? [])
    if (r.absent) found.set(`${r.peer}: ${r.absent}`, ['the digits'])
  const all = results.steps.length
  return [...found]
    .sort(
      ([a], [b]) =>
        peers.findIndex((p) => a.startsWith(p.name)) - peers.findIndex((p) => b.startsWith(p.name)),
    )
    .map(([reason, where]) => `- ${reason} (${where.length === all ? 'everywhere' : where.join(', ')}).`)
}

/** What nobody has measured yet. */
function missing(results) {
  const names = workloads.map(({ name }) => name)
  const lacks = (wanted, found) => wanted.filter((name) => !found.some((e) => e.workload === name))
  const steps = PRECISIONS.flatMap((p) =>
    lacks(
      names,
      results.steps.filter((s) => s.precision === p),
    ).map((name) => `${name} ${p}`),
  )
  const first = lacks(FIRST, results.first)
  return [
    ...(steps.length > 0 ? [`steps of ${steps.join(', ')}`] : []),
    ...(first.length > 0 ? [`the first steps of ${first.join(', ')}`] : []),
    ...(results.digits ? [] : ['the time to 97 % of the digits']),
  ]
}

/** `from` or `from to to`. */
const span = (values, show = String) => {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1))
  const [least, most] = [show(sorted[0]), show(sorted.at(-1))]
  return least === most ? least : `${least} to ${most}`
}

export function write(results, peers) {
  const entries = [...results.steps, ...results.first, ...(results.digits ? [results.digits] : [])]
  const precisions = PRECISIONS.filter((p) => stepsOf(results, p).length > 0)
  const peakOf = (precision) =>
    Object.entries(results.peaks[precision] ?? {})
      .map(([k, v]) => `${k} ${v.toFixed(1)}`)
      .join(', ')
  const measured = workloads.filter(({ name }) => results.steps.some((s) => s.workload === name))
  const lacking = missing(results)
  const text = `# Steps beside others

Made by \`npm run speed -- --write\` in \`bench/\` (${span(entries.map((e) => e.date))}) from [results.json](results.json), which has the date of each; the chart is [docs/speed.svg](../docs/speed.svg). One step is forward, backward and the update by gradient descent. All
peers start from the same parameters and data; one is timed only if its gradient is that of plain loops in doubles (to ${TOLERANCE.f32} of the greatest entry of a parameter in f32, ${TOLERANCE.f64} in f64).
Each runs in a process of its own on one thread; times are CPU time, the median of ${span(results.steps.map((s) => s.rounds))} interleaved rounds of ${span(results.steps.map((s) => s.seconds))} s. Only ratios of one column count, and gaps under 1.5 × are noise.
${lacking.length > 0 ? `\n**Not measured yet:** ${lacking.join('; ')}.\n` : ''}
- ${results.machine}${output('gcc', ['--version']) ? `, ${output('gcc', ['--version'])}` : ''}.
- The load of the machine, on average over a quarter of an hour, was ${span(
    entries.map((e) => e.load),
    (n) => n.toFixed(1),
  )}: where it is more than half of the cores, caches and cores were shared.
- Peak of one thread, multiplications and additions, GFLOP/s: ${precisions.map((p) => `${p}: ${peakOf(p)}`).join('; ')}. (JavaScript has doubles; C has the widest vectors and fused operations.)
- ${Object.entries(results.versions)
    .map(([k, v]) => `${k}: ${v}`)
    .join('; ')}.

${table(
  ['workload', 'network', 'operations of a step'],
  measured.map((w) => [w.name, w.about, operations(w).toLocaleString('en')]),
)}
${precisions
  .map(
    (p) => `
## ${p}

Microseconds per step:

${steps(results, peers, p, (r) => (r?.us ? number(r.us) : ''))}

Times that of the fastest target:

${steps(results, peers, p, (r, c) => (r?.us ? ratio(r.us / best(c)) : ''))}

GFLOP/s of the products and convolutions of a step:

${steps(results, peers, p, (r, c) => (r?.us ? ratio(operations(c.workload) / r.us / 1000) : ''))}
`,
  )
  .join('')}${
    results.first.length > 0
      ? `
## The first steps

Milliseconds from the import to the end of the first 1,000 / 10,000 steps (f32; the least of three processes, which all the others on the machine delay; ∞: over 5 s):

${table(
  ['', ...inOrder(results.first).map((f) => f.workload.name)],
  peers
    .filter((p) => results.first.some((f) => f.rows.some((r) => r.peer === p.name)))
    .map((p) => [
      p.name,
      ...inOrder(results.first).map((f) => {
        const ms = f.rows.find((r) => r.peer === p.name)?.ms
        // What is infinite is null in the file.
        const isKnown = (v) => v !== null && v < Infinity
        return ms && isKnown(ms[0]) ? ms.map((v) => (isKnown(v) ? number(v) : '∞')).join(' / ') : ''
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
  results.digits.rows
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
  const shown = stepsOf(results, 'f32').filter((s) => CHART.includes(s.workload.name))
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
