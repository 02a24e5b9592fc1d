/** From the arguments of `build` to input files and the outputs of each. */
import { statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { codeOf, problems } from './problem.ts'
import { STDIN, noSuchFile } from './read.ts'

const EXTENSION = '.net'
const MAGIC = /[*?[\]{}()!]/

/** The files that arguments name, each once: files as written, in order; what a pattern matches sorted by path. */
export async function inputFiles(args: readonly string[]): Promise<string[]> {
  if (args.includes(STDIN) && args.length > 1) throw problems.lonelyInput()
  const files = new Map<string, string>()
  for (const arg of args)
    for (const path of arg === STDIN ? [arg] : await named(arg))
      if (!files.has(resolve(path))) files.set(resolve(path), path)
  return [...files.values()]
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
export function jobsFor(files: readonly string[], out: string | undefined): Job[] {
  const root = commonRoot(files)
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
function commonRoot(files: readonly string[]): string {
  let root: readonly string[] | undefined
  for (const file of files) {
    const parts = dirname(resolve(file)).split(sep)
    const before = root ?? parts
    const same = before.findIndex((part, i) => part !== parts[i])
    root = same < 0 ? before : before.slice(0, same)
  }
  return root?.join(sep) || sep
}
