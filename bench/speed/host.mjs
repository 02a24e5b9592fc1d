/**
 * A peer in JavaScript, in a process of its own: `node host.mjs PEER FOLDER PRECISION`. The folder has workload.json and the numbers theta, x and y
 * (doubles). Reads commands, a line each, and answers with lines that begin with "= ":
 *   step RATE FILE    one step from the first parameters; the new ones go to the file
 *   time SECONDS      microseconds of CPU time per step, of as many steps as take about so long
 *   first STEPS       milliseconds from the import until so many steps are done
 *   epoch RATE FILE   steps over all samples in the order that the file has; milliseconds of CPU time
 *   save FILE         writes the parameters
 * The C driver (native/driver.c) and pytorch.py speak the same.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const [peer, folder, precision] = process.argv.slice(2)
const workload = JSON.parse(readFileSync(resolve(folder, 'workload.json'), 'utf8'))
const read = (file, Numbers) => {
  const bytes = readFileSync(resolve(folder, file))
  return new Numbers(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
const Real = precision === 'f64' ? Float64Array : Float32Array
const theta = read('theta', Float64Array)
const [x, y] = ['x', 'y'].map((name) => Real.from(read(name, Float64Array)))
const cpu = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

const start = performance.now()
const { make } = await import(`./javascript/${peer.split(' ')[0]}.mjs`)
const { load, save, feed, step, version } = await make({ workload, Real, precision, folder, peer })
load(theta)
feed(x, y)
let done = 0
const run = (n, rate) => {
  for (let i = 0; i < n; i++) step(rate)
  done += n
}
/** Microseconds of CPU time that n steps take. */
const timed = (n, rate) => {
  const before = cpu()
  run(n, rate)
  return cpu() - before
}

const commands = {
  step([rate, file]) {
    load(theta)
    run(1, Number(rate))
    writeFileSync(file, save())
    load(theta)
  },
  time([seconds]) {
    const wanted = Number(seconds) * 1e6
    let n = 1
    let spent = timed(n, 1e-6)
    while (spent < wanted / 8) spent = timed((n *= 2), 1e-6)
    n = Math.max(1, Math.round((n * wanted) / spent))
    return timed(n, 1e-6) / n
  },
  first([steps]) {
    while (done < Number(steps)) {
      run(Math.min(100, Number(steps) - done), 1e-6)
      // Nobody waits longer.
      if (performance.now() - start > 5e3) return Infinity
    }
    return performance.now() - start
  },
  epoch([rate, file]) {
    all ??= ['all.x', 'all.y'].map((name) => Real.from(read(name, Float64Array)))
    const order = read(file, Int32Array)
    const B = workload.batch
    const batch = [new Real(x.length), new Real(y.length)]
    const before = cpu()
    for (let at = 0; at + B <= order.length; at += B) {
      batch.forEach((into, k) => {
        const length = into.length / B
        for (let s = 0; s < B; s++) {
          const from = order[at + s] * length
          into.set(all[k].subarray(from, from + length), s * length)
        }
      })
      feed(...batch)
      step(Number(rate))
    }
    return (cpu() - before) / 1000
  },
  save([file]) {
    writeFileSync(file, save())
  },
}
let all

console.log(`= ${version} | ${(cpu() / 1000).toFixed(0)}`)
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ')
  console.log(`= ${commands[command](words) ?? ''}`)
}
