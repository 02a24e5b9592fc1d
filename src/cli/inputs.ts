/** From the arguments of `build` to input files and the outputs of each. */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { Problem, codeOf, problems } from './problem.ts'
import { STDIN, noSuchFile } from './read.ts'

const EXTENSION = '.net'
const MAGIC = /[*?[\]{}()!]/

/**
 * The files that arguments name, each once: files as written, in order; what a pattern matches sorted by path. Throws a
 * Problem where an argument names none, unless `missing` hears of it.
 */
export async function inputFiles(
  args: readonly string[],
  missing?: (problem: Problem) => void,
): Promise<string[]> {
  if (args.includes(STDIN) && args.length > 1) throw problems.lonelyInput()
  const files = new Map<string, string>()
  for (const arg of args) {
    try {
      for (const path of arg === STDIN ? [arg] : await named(arg))
        if (!files.has(resolve(path))) files.set(resolve(path), path)
    } catch (error) {
      if (!(error instanceof Problem && missing)) throw error
      missing(error)
    }
  }
  return [...files.values()]
}

/** The folders in which a file may come to be that arguments name: of a pattern all below the folder that it begins with. */
export function foldersOf(args: readonly string[]): Set<string> {
  const folders = new Set<string>()
  for (const arg of args) {
    if (kindOf(arg) === 'file' || !MAGIC.test(arg)) folders.add(dirname(arg))
    else {
      const parts = arg.split(/[\\/]/)
      const fixed = parts.slice(
        0,
        parts.findIndex((part) => MAGIC.test(part)),
      )
      addBelow(fixed.length === 0 ? '.' : fixed.join('/') || '/', folders)
    }
  }
  return folders
}

function addBelow(folder: string, folders: Set<string>): void {
  const work = [folder]
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    folders.add(at)
    try {
      for (const entry of readdirSync(at, { withFileTypes: true }))
        if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
          work.push(join(at, entry.name))
    } catch {
      // It is gone meanwhile, or nobody may look into it: no pattern finds anything there.
    }
  }
}

async function named(arg: string): Promise<string[]> {
  const kind = kindOf(arg)
  if (kind === 'folder') throw problems.folder(arg)
  if (kind === 'file') {
    if (basename(arg) === EXTENSION || !arg.endsWith(EXTENSION)) throw problems.notNet(arg)
    return [arg]
  }
  if (!MAGIC.test(arg)) throw noSuchFile(arg)
  // Loaded here because most builds name their files, or a shell expands the pattern.
  const { glob } = await import('tinyglobby')
  const found = await glob(sep === '\\' ? arg.replaceAll('\\', '/') : arg, {
    dot: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**'],
  })
  const matches = found.filter((path) => path.endsWith(EXTENSION) && basename(path) !== EXTENSION).sort()
  if (matches.length === 0) throw problems.noMatch(arg)
  return matches
}

function kindOf(path: string): 'file' | 'folder' | 'nothing' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'EINVAL')
      return 'nothing'
    throw code === '' ? noSuchFile(path) : problems.unreadable(path, error)
  }
}

/** Input and outputs of one program. */
export interface Job {
  readonly input: string
  /** The output's path without what the target appends: `out/a/NAME.net`. */
  readonly stem: string
}

/** Where each input's outputs go: beside it, or under `out` with the folders below the inputs' common root. */
export function jobsFor(files: readonly string[], out: string | undefined, root = commonRoot(files)): Job[] {
  const jobs = files.map((input) => ({
    input,
    stem: out === undefined ? input : join(out, relative(root, resolve(input))),
  }))
  const taken = new Map<string, { readonly name: string; readonly input: string }>()
  for (const { input, stem } of jobs) {
    // Two names that a file system may take for one.
    const name = resolve(stem).normalize('NFC')
    const other = taken.get(name.toUpperCase())
    if (other?.name === name) throw problems.sameOutput(other.input, input, stem)
    if (other) throw problems.twinOutputs(other.input, input)
    taken.set(name.toUpperCase(), { name, input })
  }
  return jobs
}

/** The deepest folder that holds all files. */
export function commonRoot(files: readonly string[]): string {
  let root: readonly string[] | undefined
  for (const file of files) {
    const parts = dirname(resolve(file)).split(sep)
    const before = root ?? parts
    const same = before.findIndex((part, i) => part !== parts[i])
    root = same < 0 ? before : before.slice(0, same)
  }
  return root?.join(sep) || sep
}
