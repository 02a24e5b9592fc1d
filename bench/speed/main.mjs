/**
 * Steps (forward, backward, update) of every workload, by what chainrule emits and by others; time to learn the digits; time of the first steps.
 * One process per peer, all of them at the same parameters and data. A peer is timed only if its gradient is the right one; then rounds
 * are interleaved. Build first, and `npm ci` in bench/.
 *
 *     npm run speed -- [--only W4,LeNet] [--peers chainrule,PyTorch] [--precision f32,f64] [--rounds 7] [--seconds 0.2]
 *                      [--without steps,first,digits] [--write]
 *
 * --write keeps each result in results.json as soon as it is there, and makes RESULTS.md and the chart of all that is kept: a run may be cut off, and
 * what is missing measured by another. Without it results are only printed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digits } from './digits.mjs'
import { FIRST, TOLERANCE, write } from './page.mjs'
import { peaks } from './peak.mjs'
import { hasGcc, peers as all } from './peers.mjs'
import { Record } from './record.mjs'
import { difference, reference } from './reference.mjs'
import { doubles, lay, open } from './session.mjs'
import { workloads } from './workloads.mjs'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const list = (name, fallback) => option(name, fallback).split(',').filter(Boolean)
const only = list('only', '')
const chosen = list('peers', '')
const precisions = list('precision', 'f32,f64')
const without = list('without', '')
const rounds = Number(option('rounds', '7'))
const seconds = Number(option('seconds', '0.2'))
const writes = process.argv.includes('--write')
const begins = (names, name) => names.length === 0 || names.some((n) => name.startsWith(n))

// A row of the page is of one run.
if (writes && chosen.length > 0) throw new Error('--write is of all peers: leave out --peers')

const peers = all.filter((p) => begins(chosen, p.name))
const folder = mkdtempSync(join(tmpdir(), 'chainrule-speed-'))
const STEPS = [1000, 10000]

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]
const message = (error) => String(error.message).slice(0, 160)

/** A row for each peer: microseconds, or why not. */
async function compare(workload, precision) {
  const place = join(folder, `${workload.name}-${precision}`)
  const { theta, x, y } = lay(workload, place)
  const { gradient } = reference(workload, theta, { x, y })
  // So that differences of parameters have the digits of the gradient.
  const scale = 1 / gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 1e-6)
  const rows = []
  const running = []
  for (const peer of peers) {
    const row = { peer: peer.name, times: [] }
    rows.push(row)
    row.absent = peer.absent(workload, precision)
    if (row.absent) continue
    let session
    try {
      session = await open(peer, workload, place, precision)
      const file = join(place, 'after')
      const rate = scale * (peer.short ?? 1)
      await session.ask(`step ${rate} ${file}`)
      const after = doubles(file)
      const found = after.map((v, i) => (theta[i] - v) / rate)
      row.version = session.version
      row.error = difference(workload, found, gradient)
      if (row.error > TOLERANCE[precision])
        throw new Error(`its gradient is off by ${row.error.toExponential(1)}`)
      // Engines compile as they run.
      await session.ask(`time ${Math.max(0.5, seconds)}`)
      running.push({ row, session })
    } catch (error) {
      row.absent = message(error)
      session?.close()
    }
  }
  for (let round = 0; round < rounds; round++)
    for (const { row, session } of running) {
      // What takes seconds is not asked as often.
      if (row.times.length >= 3 && row.times[0] > 4e5 * seconds * rounds) continue
      row.times.push(Number(await session.ask(`time ${seconds}`)))
    }
  for (const { row, session } of running) {
    row.us = median(row.times)
    session.close()
  }
  return rows
}

/** Milliseconds from the import of each peer until so many steps are done, the least of three processes. */
async function firstSteps(workload) {
  const place = join(folder, `${workload.name}-f32`)
  lay(workload, place)
  const rows = []
  for (const peer of peers) {
    if (peer.absent(workload, 'f32')) continue
    const best = STEPS.map(() => Infinity)
    for (let turn = 0; turn < 3; turn++) {
      let session
      try {
        session = await open(peer, workload, place, 'f32')
        for (const [k, steps] of STEPS.entries()) {
          const ms = Number(await session.ask(`first ${steps}`))
          best[k] = Math.min(best[k], ms)
        }
      } catch {
        break
      } finally {
        session?.close()
      }
      if (best[1] > 1000) break
    }
    rows.push({ peer: peer.name, ms: best })
  }
  return rows
}

const say = (us) =>
  us === undefined ? '' : us < 10 ? us.toFixed(3) : us < 1000 ? us.toFixed(1) : us.toFixed(0)
const record = new Record(writes)
const put = (kind, entry) => {
  record.put(kind, entry)
  if (writes) write(record.all, peers)
}
try {
  for (const precision of precisions) {
    if (without.includes('steps')) break
    const found = peaks(folder, precision, hasGcc)
    record.peak(precision, found)
    console.log(
      `peak, ${precision}: ${Object.entries(found)
        .map(([k, v]) => `${k} ${v.toFixed(1)} GFLOP/s`)
        .join(', ')}`,
    )
    for (const workload of workloads) {
      if (!begins(only, workload.name)) continue
      const rows = await compare(workload, precision)
      for (const r of rows) if (r.version) record.all.versions[r.peer] = r.version
      const told = rows.map(({ peer, us, absent }) => ({ peer, us, absent }))
      put('steps', { workload: workload.name, precision, rounds, seconds, rows: told })
      console.log(`${workload.name}, ${precision} (${workload.about})`)
      for (const r of rows) console.log(`  ${r.peer.padEnd(20)} ${r.absent ?? `${say(r.us)} µs`}`)
    }
  }
  if (!without.includes('first'))
    for (const workload of workloads) {
      if (!FIRST.includes(workload.name) || !begins(only, workload.name)) continue
      const rows = await firstSteps(workload)
      put('first', { workload: workload.name, rows })
      console.log(
        `${workload.name}: milliseconds from the import to the end of the first ${STEPS.join(' and ')} steps`,
      )
      for (const r of rows)
        console.log(`  ${r.peer.padEnd(20)} ${r.ms.map((v) => v.toFixed(1)).join(' and ')}`)
    }
  if (!without.includes('digits')) {
    const rows = await digits(peers, folder, option('most', '120'))
    put('digits', { rows })
    for (const r of rows)
      console.log(
        `digits: ${r.peer.padEnd(20)} ${r.absent ?? `${(r.ms / 1000).toFixed(2)} s, ${r.epochs} epochs, ${(100 * r.right).toFixed(1)} %`}`,
      )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
