/** The config of a project: found, loaded, checked, and what it says of a file. */
import { readFileSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import picomatch from 'picomatch'
import { nearest } from '../base/spelling.ts'
import type { Config, FileOptions, Override } from '../config.ts'
import { FUNCTIONS } from '../schedule/functions.ts'
import { OPTIMIZERS } from '../schedule/optimizers.ts'
import { NAME, whole } from './options.ts'
import { codeOf, problems, quoted } from './problem.ts'

export const CONFIG_NAMES = ['chainrule.config.js', 'chainrule.config.mjs', 'chainrule.config.json'] as const

/** A folder of programs with what is said of them. */
export interface Project {
  readonly folder: string
  /** Where the config stands; undefined where there is none. */
  readonly path: string | undefined
  readonly config: Config
}

/** The project of a folder. `given` is a path to its config, which must be there then; paths in it are seen from where it stands. */
export async function readProject(folder: string, given?: string): Promise<Project> {
  if (given !== undefined && !isFile(given)) throw problems.noConfig(given)
  const found = CONFIG_NAMES.map((name) => join(folder, name)).filter(isFile)
  if (given === undefined && found.length > 1) throw problems.twoConfigs(found[0]!, found[1]!)
  const path = given ?? found[0]
  if (path === undefined) return { folder, path, config: {} }
  return {
    folder: given === undefined ? folder : join(given, '..'),
    path,
    config: checked(`The config ${quoted(path)}`, await load(path)),
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

async function load(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8'))
    // Node keeps what it has imported: what was edited since is another module.
    const href = `${pathToFileURL(path).href}?${statSync(path).mtimeMs}`
    return ((await import(/* @vite-ignore */ href)) as { readonly default?: unknown }).default
  } catch (error) {
    if (codeOf(error) === 'EACCES') throw problems.unreadable(path, error)
    throw problems.badConfig(
      `The config ${quoted(path)}`,
      `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const oneOf = (words: readonly string[]) => (value: unknown) =>
  words.some((word) => word === value) ? undefined : words.join(', ')
const isWhole = (value: unknown): boolean => whole(String(value)) !== undefined && typeof value === 'number'
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): boolean =>
  typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && isTexts(value)

/** Of each option what is allowed, told where a value is something else. */
const OPTIONS: { readonly [Name in keyof Required<FileOptions>]: (value: unknown) => string | undefined } = {
  target: oneOf(['ts', 'js', 'mjs', 'wasm', 'auto', 'c', 'pytorch', 'onnx']),
  precision: oneOf(['f64', 'f32']),
  batch: (value) =>
    isWhole(value) || (typeof value === 'string' && NAME.test(value))
      ? undefined
      : 'a name, a whole number of at least 1, or none',
  dims: (value) =>
    isObject(value) && Object.values(value).every(isWhole)
      ? undefined
      : 'an object of whole numbers of at least 1 by name',
  formulas: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  checkpoint: (value) =>
    typeof value === 'boolean' || isWhole(value) ? undefined : 'true, false, or a whole number of at least 1',
  threads: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  optimizer: oneOf(OPTIMIZERS),
  wrt: (value) => (isNames(value) ? undefined : 'a list of names'),
  functions: (value) =>
    isNames(value) && value.every((name) => FUNCTIONS.some((f) => f === name))
      ? undefined
      : `a list of ${FUNCTIONS.join(', ')}`,
}
const PATTERNS = (value: unknown) => (isTexts(value) ? undefined : 'a path or a pattern, or a list of such')
const CONFIG: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  ...OPTIONS,
  files: PATTERNS,
  out: (value) => (typeof value === 'string' ? undefined : 'the path of a folder'),
  overrides: (value) => (Array.isArray(value) ? undefined : 'a list of objects'),
}

/** The config, or a Problem that names what is wrong in it. @param where what has the options, as the beginning of a sentence */
export function checked(where: string, found: unknown): Config {
  if (!isObject(found))
    throw problems.badConfig(where, 'there is no object, which is to be exported by default')
  check(where, found, CONFIG, '')
  const overrides = (found.overrides ?? []) as readonly unknown[]
  overrides.forEach((override, i) => {
    const which = `overrides[${i}]`
    if (!isObject(override)) throw problems.badConfig(where, `${which} is no object`)
    if (override.files === undefined) throw problems.badConfig(where, `${which} has no files`)
    check(where, override, { ...OPTIONS, files: PATTERNS }, `${which}.`)
  })
  return found as Config
}

function check(
  where: string,
  found: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, (value: unknown) => string | undefined>>,
  prefix: string,
): void {
  for (const [name, value] of Object.entries(found)) {
    if (!Object.hasOwn(known, name)) {
      const near = nearest(name, Object.keys(known))
      throw problems.badConfig(where, `there is no option ${prefix}${name}`, near && `did you mean ${near}?`)
    }
    if (value === undefined) continue
    const allowed = known[name]!(value)
    if (allowed !== undefined) throw problems.badConfig(where, `${prefix}${name} must be ${allowed}`)
  }
}

/** What the config says of a file: the options of all, and those of the overrides that match, the later before the earlier. */
export function optionsFor({ folder, config }: Project, file: string): FileOptions {
  const own = slashed(relative(resolve(folder), resolve(file)))
  const whole = slashed(resolve(file))
  // Patterns are of paths below the folder; those that begin with a slash or with ** of any.
  const matches = ({ files }: Override): boolean =>
    [files]
      .flat()
      .some((pattern) => picomatch(pattern.replace(/^\.\//, ''))(/^(?:\/|\*\*)/.test(pattern) ? whole : own))
  return merged([config, ...(config.overrides ?? []).filter(matches)])
}

const slashed = (path: string): string => path.split(sep).join('/')

/** Only what is an option of files; dims one by one. */
export function merged(all: readonly FileOptions[]): FileOptions {
  const result: Record<string, unknown> = {}
  for (const options of all)
    for (const name of Object.keys(OPTIONS) as (keyof FileOptions)[]) {
      const value = options[name]
      if (value === undefined) continue
      result[name] =
        name === 'dims' ? { ...(result.dims as object | undefined), ...(value as object) } : value
    }
  return result
}
