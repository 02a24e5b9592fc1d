/** Outputs whose programs are gone. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { header, isGenerated, sourceIn } from '../emit/module.ts'

/** Of all that is written: code, declarations, headers. */
const ENDINGS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs', '.c', '.h', '.py'])

/**
 * Generated files that come of no program: there is none of the name that they say, in their folder or, under `out`, in the
 * one that theirs repeats.
 *
 * @param folders where outputs stand beside their programs; with `out` all below that
 * @param root the folder of which `out` repeats the folders
 */
export function orphans(folders: Iterable<string>, out: string | undefined, root: string): string[] {
  const all = out === undefined ? [...folders] : below(out)
  return all
    .flatMap((folder) => {
      const sources = sourcesIn(out === undefined ? folder : join(root, relative(out, folder)))
      return filesIn(folder)
        .filter((name) => ENDINGS.has(extname(name)))
        .map((name) => join(folder, name))
        .filter((path) => isLeft(path, sources))
    })
    .sort()
}

/** The programs of a folder, by their names and by those that headers give them. */
const sourcesIn = (folder: string): ReadonlySet<string | undefined> =>
  new Set(
    filesIn(folder)
      .filter((name) => name.endsWith('.net'))
      .flatMap((name) => [name, sourceIn(header(name))]),
  )

function isLeft(path: string, sources: ReadonlySet<string | undefined>): boolean {
  try {
    const text = readFileSync(path, 'utf8')
    const source = isGenerated(text) ? sourceIn(text) : undefined
    return source !== undefined && !sources.has(source)
  } catch {
    return false
  }
}

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name)
    : []

function below(folder: string): string[] {
  if (!existsSync(folder)) return []
  const inside = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules',
  )
  return [folder, ...inside.flatMap(({ name }) => below(join(folder, name)))]
}
