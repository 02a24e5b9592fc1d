/** A peer's process, and the folder of a workload that all peers read. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { data, parameters, shaped } from './workloads.mjs'

/** Writes workload.json, theta, x and y; gives them. */
export function lay(workload, folder, theta = parameters(workload), given = data(workload)) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'workload.json'), JSON.stringify({ ...workload, shaped: shaped(workload) }))
  const numbers = { theta, ...given }
  for (const [name, values] of Object.entries(numbers)) writeFileSync(join(folder, name), values)
  return numbers
}

export function doubles(file) {
  const bytes = readFileSync(file)
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

/** Starts the peer and waits until it is ready. `ask` sends a command and gives the answer. */
export async function open(peer, workload, folder, precision) {
  const [command, args] = peer.start(workload, folder, precision)
  const child = spawn(command, args, {
    env: { ...process.env, ...peer.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (d) => (said = (said + d).slice(-2000)))
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  const waiting = []
  lines.on('line', (line) => line.startsWith('=') && waiting.shift()?.resolve(line.slice(1).trim()))
  child.on('close', () => {
    const reason = said.split('\n').find((l) => /Error|error/.test(l)) ?? said.trim().split('\n').at(-1)
    for (const w of waiting.splice(0)) w.reject(new Error(reason || 'ended'))
  })
  const answer = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  const [version, cpu] = (await answer()).split(' | ')
  return {
    name: peer.name,
    version,
    ready: Number(cpu),
    ask(text) {
      const answered = answer()
      child.stdin.write(`${text}\n`)
      return answered
    },
    close: () => child.kill(),
  }
}
