/** Time to learn handwritten digits: 8,000 of examples/data to learn from, 2,000 to be told, until 97 % of these are told right; f32. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { outputs } from './reference.mjs'
import { doubles, lay, open } from './session.mjs'
import { digitsNetwork as network, parameters, random } from './workloads.mjs'

const [SIDE, LEARNT, COUNT, GOAL, EPOCHS, RATE, DECAY] = [14, 8000, 10000, 0.97, 20, 0.1, 0.9]

/** The format of the file is told in scripts/digits.mjs. */
function read() {
  const bytes = gunzipSync(readFileSync(new URL('../../examples/data/digits.bin.gz', import.meta.url)))
  const pixels = SIDE * SIDE
  const x = new Float64Array(COUNT * pixels)
  const y = new Float64Array(COUNT * 10)
  for (let i = 0; i < COUNT; i++) {
    const digit = bytes.subarray(i * (1 + pixels / 2), (i + 1) * (1 + pixels / 2))
    y[10 * i + digit[0]] = 1
    for (let k = 0; k < pixels; k++) {
      const pair = digit[1 + (k >> 1)]
      x[i * pixels + k] = Math.fround((k % 2 === 0 ? pair >> 4 : pair & 15) / 5 - 0.5)
    }
  }
  return { x, y }
}

/** How much of what was held out is told right. */
function told(theta, { x, y }) {
  let right = 0
  for (let i = LEARNT; i < COUNT; i++) {
    const out = outputs(network, theta, x.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE))
    right += y[10 * i + out.indexOf(Math.max(...out))]
  }
  return right / (COUNT - LEARNT)
}

/** The same samples in the same order for everybody. */
function orders() {
  const next = random(99)
  return Array.from({ length: EPOCHS }, () => {
    const order = Int32Array.from({ length: LEARNT }, (_, i) => i)
    for (let i = LEARNT - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1))
      ;[order[i], order[j]] = [order[j], order[i]]
    }
    return order
  })
}

/** Milliseconds of CPU time, loading and steps, until an epoch ends at the goal; nobody gets more than `most` seconds. */
export async function digits(peers, folder, most) {
  const place = join(folder, 'digits')
  const all = read()
  const B = network.batch
  lay(network, place, parameters(network), {
    x: all.x.subarray(0, B * SIDE * SIDE),
    y: all.y.subarray(0, B * 10),
  })
  writeFileSync(join(place, 'all.x'), all.x)
  writeFileSync(join(place, 'all.y'), all.y)
  const files = orders().map((order, e) => {
    const file = join(place, `order${e}`)
    writeFileSync(file, order)
    return file
  })
  const rows = []
  for (const peer of peers) {
    const row = { peer: peer.name, ms: 0, epochs: 0, right: 0, absent: peer.absent(network, 'f32') }
    rows.push(row)
    if (row.absent) continue
    let session
    try {
      session = await open(peer, network, place, 'f32')
      row.ms = session.ready
      const epoch = (Number(await session.ask('time 0.05')) * LEARNT) / B / 1e6
      if (epoch > most) throw new Error(`an epoch takes ${epoch.toFixed(0)} s`)
      for (const file of files) {
        row.ms += Number(await session.ask(`epoch ${RATE * DECAY ** row.epochs} ${file}`))
        row.epochs++
        const now = join(place, 'now')
        await session.ask(`save ${now}`)
        row.right = told(doubles(now), all)
        if (row.right >= GOAL) break
        if (row.ms > 1000 * most)
          throw new Error(
            `not within ${most} s: ${(100 * row.right).toFixed(1)} % after ${row.epochs} epochs`,
          )
      }
      if (row.right < GOAL) row.absent = `${(100 * row.right).toFixed(1)} % after ${row.epochs} epochs`
    } catch (error) {
      row.absent = String(error.message).slice(0, 160)
    } finally {
      session?.close()
    }
  }
  return rows
}
