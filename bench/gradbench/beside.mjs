// Times what chainrule emits beside the suite's hand-written C++ (`manual`), in one run: problem by problem, interleaved, the least time of several
// short rounds. Every result is held against that of `manual` first, as the suite does it.
// usage: node bench/gradbench/beside.mjs --suite DIR [--eval gmm,ba] [--targets wasm,c,js] [--quick] [--rounds 5] [--seconds 0.05] [--write]
//   DIR: a checkout of the suite, whose Python package can be imported and whose `manual` can be compiled. --write makes RESULTS.md.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { evals } from './evals.mjs'
import { NativeProgram } from './native.mjs'
import { measure, solver } from './programs.mjs'

const option = (name, fallback) => {
  const i = process.argv.indexOf(`--${name}`)
  return i < 0 ? fallback : process.argv[i + 1]
}
const suite = resolve(option('suite', '.'))
const names = option('eval', 'lse,llsq,kmeans,gmm,lstm,ba,ht,ode,det,particle,saddle').split(',')
const targets = option('targets', 'wasm,c,js').split(',')
const [rounds, seconds] = [Number(option('rounds', '5')), Number(option('seconds', '0.05'))]
const quick = process.argv.includes('--quick')
/** What the suite's programs are told, where it is not all of their workloads. */
const fewer = {
  lse: ['-n', '2500', '40000', '640000'],
  ode: ['-n', '1000', '10000', '-s', '1', '10'],
  det: ['-l', '5', '7', '9'],
  llsq: ['-n', '16', '1024', '16392'],
  kmeans: ['-k', '10', '100', '-n', '1000', '10000', '-d', '8'],
  gmm: ['-d', '2', '10', '32', '-k', '5', '25'],
  lstm: ['-l', '2', '4', '-c', '1024'],
  ba: ['--max', '2'],
  ht: ['--max', '4'],
}

/** All problems of an eval, as its program puts them: it is told that none can be solved. */
function problemsOf(name) {
  return new Promise((done) => {
    const found = []
    const args = quick ? (fewer[name] ?? []) : []
    const judge = spawn('python3', [join('python/gradbench/gradbench/evals', name, 'run.py'), ...args], {
      cwd: suite,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        PYTHONPATH: [join(suite, 'python/gradbench'), process.env.PYTHONPATH ?? ''].join(':'),
      },
    })
    judge.stdin.on('error', () => {})
    createInterface({ input: judge.stdout }).on('line', (line) => {
      const m = JSON.parse(line)
      if (m.kind === 'evaluate') found.push(m)
      judge.stdin.write(`${JSON.stringify({ id: m.id, success: m.kind !== 'evaluate' })}\n`)
    })
    judge.on('close', () => done(found))
  })
}

const folder = mkdtempSync(join(tmpdir(), 'chainrule-beside-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

// Native programs take the time of a clock on the wall, which on a busy machine shows what others do: before they are started their clock becomes
// that of their own work.
const clock = join(folder, 'clock.so')
writeFileSync(
  `${clock}.c`,
  `#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *t) { return (int)syscall(SYS_clock_gettime, clock == CLOCK_MONOTONIC ? CLOCK_PROCESS_CPUTIME_ID : clock, t); }
`,
)
execFileSync('gcc', ['-O2', '-shared', '-fPIC', `${clock}.c`, '-o', clock])
const worked = { ...process.env, LD_PRELOAD: clock }

/** The nanoseconds of work of a run in this process: the least mean of batches that are long enough for the process's clock. */
function work(problem) {
  const solve = solver(problem)
  let found = Infinity
  let count = 1
  for (let total = 0; total < seconds * 1e9;) {
    const start = process.cpuUsage()
    for (let i = 0; i < count; i++) solve()
    const { user, system } = process.cpuUsage(start)
    const took = 1000 * (user + system)
    total += took
    if (took < 2e6) {
      count = Math.ceil(count * Math.min(100, Math.max(2, 3e6 / Math.max(took, 1))))
      continue
    }
    found = Math.min(found, took / count)
  }
  return found
}

/** The same of a problem in whatever target it is made for. */
async function timed(problem) {
  if (!(problem.module instanceof NativeProgram)) return work(problem)
  return least((await measure(problem, { seconds, env: worked })).nanoseconds)
}

/** `manual`: what it finds, and the nanoseconds of its least run. */
function manual(name, { function: f, input }, settings) {
  const file = join(folder, 'input.json')
  writeFileSync(file, JSON.stringify({ ...input, ...settings }))
  const [output, ...timings] = execFileSync(join(suite, 'tools/manual/bin', name), [file, f], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    cwd: suite,
    env: worked,
  })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { output, least: least(timings.filter((t) => t.name === 'evaluate').map((t) => t.nanoseconds)) }
}

const least = (list) => list.reduce((a, b) => Math.min(a, b), Infinity)

/** Whether two results agree as the suite asks for it: to 1e-4, relative to the larger where that is above 1. */
function agree(a, b) {
  if (typeof a === 'number' || typeof b === 'number')
    return Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a), Math.abs(b))
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b) || Array.isArray(a))
    return a.length === b.length && Array.from(a).every((x, i) => agree(x, b[i]))
  return Object.keys(a).every((k) => agree(a[k], b[k]))
}

const isGradient = (f) => /^(gradient|jacobian|dir|double)$/.test(f)
const rows = []
/** Those that `manual` computes as the programs do. */
const alike = names.filter((n) => n !== 'ode' && n !== 'det')
for (const name of names) {
  const hasManual = existsSync(join(suite, 'tools/manual', `${name}.cpp`))
  if (hasManual && !existsSync(join(suite, 'tools/manual/bin', name)))
    execFileSync('make', ['-C', join(suite, 'tools/manual'), `bin/${name}`])
  for (const problem of await problemsOf(name)) {
    const row = {
      eval: name,
      function: problem.function,
      workload: problem.description ?? '',
      times: {},
      notes: {},
    }
    const wanted = hasManual && manual(name, problem, { min_runs: 1, min_seconds: 0 }).output
    const prepared = {}
    for (const target of targets)
      try {
        prepared[target] = await evals[name][problem.function](problem.input, { target })
        const { output } = await measure(prepared[target])
        if (wanted !== false && !agree(wanted, output)) row.notes[target] = 'wrong'
      } catch (error) {
        row.notes[target] = String(error.message).split('\n')[0]
      }
    for (let round = 0; round < rounds; round++) {
      const keep = (who, ns) => (row.times[who] = Math.min(row.times[who] ?? Infinity, ns / 1000))
      if (hasManual) keep('manual', manual(name, problem, { min_runs: 1, min_seconds: seconds }).least)
      for (const target of targets) if (!row.notes[target]) keep(target, await timed(prepared[target]))
    }
    rows.push(row)
    const ratios = targets.map(
      (t) => row.notes[t] ?? `${t} ${(row.times[t] / (row.times.manual ?? 1)).toFixed(2)}`,
    )
    console.log(
      `${name} ${row.function} ${row.workload}: manual ${row.times.manual?.toFixed(1)} µs; ${ratios.join(', ')}`,
    )
  }
  // What there is by now, should the run be cut off.
  if (process.argv.includes('--write')) writeFileSync(new URL('RESULTS.md', import.meta.url), page())
}

/** The geometric mean. */
function mean(list) {
  return Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length)
}
/** Times of an eval's workloads, in times of `manual`. */
function compared(name, target, gradients) {
  return rows
    .filter(
      (r) => r.eval === name && isGradient(r.function) === gradients && r.times[target] && r.times.manual,
    )
    .map((r) => r.times[target] / r.times.manual)
}

for (const gradients of [true, false])
  for (const target of targets) {
    const all = names.flatMap((n) => compared(n, target, gradients))
    if (all.length === 0) continue
    const each = names.map((n) => [n, compared(n, target, gradients)]).filter(([, list]) => list.length > 0)
    console.log(
      `${gradients ? 'gradients' : 'values'}, ${target}: ${mean(all).toFixed(2)} × manual (${all.length} workloads); ${each.map(([n, list]) => `${n} ${mean(list).toFixed(2)}`).join(', ')}`,
    )
  }
function page() {
  const version = readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)?.[1] ?? ''
  const gcc = execFileSync('gcc', ['--version'], { encoding: 'utf8' }).split('\n')[0]
  const number = (x) => (Number.isFinite(x) ? x.toFixed(2) : '')
  const table = (gradients) => [
    `| eval | workloads | ${targets.join(' | ')} |`,
    `| --- | ---: | ${targets.map(() => '---:').join(' | ')} |`,
    ...names.flatMap((n) => {
      const cells = targets.map((t) => compared(n, t, gradients))
      if (cells.every((list) => list.length === 0)) return []
      return [
        `| ${n} | ${Math.max(...cells.map((c) => c.length))} | ${cells.map((list) => (list.length > 0 ? number(mean(list)) : '')).join(' | ')} |`,
      ]
    }),
    `| all | | ${targets.map((t) => number(mean(names.flatMap((n) => compared(n, t, gradients))))).join(' | ')} |`,
    `| all but ode and det | | ${targets.map((t) => number(mean(alike.flatMap((n) => compared(n, t, gradients))))).join(' | ')} |`,
  ]
  const micro = (x) => (x === undefined ? '' : x >= 100 ? x.toFixed(0) : x.toPrecision(2))
  return `# GradBench beside C++ by hand

Made by \`node bench/gradbench/beside.mjs --suite DIR${quick ? ' --quick' : ''} --write\` (${new Date().toISOString().slice(0, 10)}): times of what chainrule emits in times of the suite's
\`manual\` (C++ by hand, \`-O3 -march=native\`), geometric means over ${quick ? 'some of ' : ''}the suite's default workloads, one thread, CPU time, the least of ${rounds} interleaved rounds
of ${seconds} s each. Every result was held against that of \`manual\`, as the suite does it.

- ${version}, ${cpus().length} cores, load ${loadavg()[2].toFixed(1)} (others worked on the machine), Node ${process.version}, ${gcc}.
- \`manual\` of \`ode\` knows the solution in closed form, and that of \`det\` expands by minors. \`particle\` and \`saddle\` have no \`manual\`.

## Gradients

${table(true).join('\n')}

## Values

${table(false).join('\n')}

## All workloads, in microseconds

| eval | function | workload | manual | ${targets.join(' | ')} |
| --- | --- | --- | ---: | ${targets.map(() => '---:').join(' | ')} |
${rows.map((r) => `| ${r.eval} | ${r.function} | ${r.workload} | ${micro(r.times.manual)} | ${targets.map((t) => r.notes[t] ?? micro(r.times[t])).join(' | ')} |`).join('\n')}
`
}
