/**
 * What has been measured, in results.json: an entry for each workload and precision, for its first steps, and for the digits. What is measured again
 * takes the place of what was; another machine starts from nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'

const FILE = new URL('../results.json', import.meta.url)

const machine = `${cpus()[0].model}, ${cpus().length} cores, Linux ${release()}, Node ${process.versions.node} (V8 ${process.versions.v8})`
const nothing = () => ({ machine, peaks: {}, versions: {}, steps: [], first: [], digits: null })

/** The kinds of entries that are lists, and what tells those of one kind apart. */
const KEY = { steps: (e) => `${e.workload} ${e.precision}`, first: (e) => e.workload }

export class Record {
  /** @param keeps whether entries are kept in the file, beside those that are there, or by this run alone */
  constructor(keeps) {
    this.keeps = keeps
    this.all = (keeps && read()) || nothing()
  }

  /** One thing more; in a file that is whole after each. */
  put(kind, entry) {
    const stamped = {
      ...entry,
      date: new Date().toISOString().slice(0, 10),
      load: Number(loadavg()[2].toFixed(1)),
    }
    if (KEY[kind]) {
      const others = this.all[kind].filter((e) => KEY[kind](e) !== KEY[kind](stamped))
      this.all[kind] = [...others, stamped]
    } else this.all[kind] = stamped
    this.save()
  }

  peak(precision, gflops) {
    this.all.peaks[precision] = gflops
    this.save()
  }

  save() {
    if (this.keeps) writeFileSync(FILE, `${JSON.stringify(this.all, null, 1)}\n`)
  }
}

function read() {
  try {
    const known = JSON.parse(readFileSync(FILE, 'utf8'))
    return known.machine === machine ? known : undefined
  } catch {
    return undefined
  }
}
