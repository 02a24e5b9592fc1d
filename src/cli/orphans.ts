/** Outputs whose programs are gone. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { isGenerated } from '../emit/module.ts'
import type { Job } from './inputs.ts'
import { stemOf } from './outputs.ts'

/**
 * Generated files in the folders of these outputs (with `out`, below it) that come of no program: not of one of these jobs,
 * nor of another file that stands where it would.
 *
 * @param root the folder of which `out` repeats the folders
 */
export function orphans(jobs: readonly Job[], out: string | undefined, root: string): string[] {
  const own = new Set(jobs.map(({ stem }) => resolve(stem)))
  const folders = out === undefined ? new Set(jobs.map(({ stem }) => dirname(stem))) : new Set([out])
  const isOrphan = (path: string): boolean => {
    const stem = stemOf(path)
    if (stem === undefined || own.has(resolve(stem))) return false
    return !existsSync(out === undefined ? stem : join(root, relative(out, stem))) && isOurs(path)
  }
  return [...folders].flatMap((folder) => filesIn(folder, out !== undefined).filter(isOrphan)).sort()
}

function filesIn(folder: string, below: boolean): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return below && entry.name !== 'node_modules' ? filesIn(path, below) : []
    return entry.isFile() ? [path] : []
  })
}

function isOurs(path: string): boolean {
  try {
    return isGenerated(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}
