/** What an import asks for: a file, and options behind a question mark. */
import { InvalidArgumentError } from 'commander'
import { nearest } from '../base/spelling.ts'
import type { FileOptions } from '../config.ts'
import { OPTIMIZERS } from '../schedule/optimizers.ts'
import { problems } from '../cli/problem.ts'
import {
  batchOption,
  choice,
  dimOption,
  functionsOption,
  namesOption,
  segmentOption,
} from '../cli/options.ts'

export interface Request {
  readonly path: string
  /** With its question mark; empty where there is none. */
  readonly query: string
}

/** What bundlers have for any file: its text, or where it is served. */
const OTHERS = /(?:^|&)(?:raw|url|inline)(?:[=&]|$)/

/** The request of an import of a network; undefined of any other. */
export function requestOf(id: string): Request | undefined {
  const [, path, query] = /^([^?\0]*\.net)(\?.*)?$/s.exec(id) ?? []
  if (path === undefined || OTHERS.test(query?.slice(1) ?? '')) return undefined
  return { path, query: query ?? '' }
}

const flag = choice(['true', 'false'])

type Read = (text: string, before: FileOptions) => FileOptions
const OPTIONS: Readonly<Record<string, Read>> = {
  target: (text) => ({ target: choice(['js', 'wasm', 'auto'])(text) }),
  precision: (text) => ({ precision: choice(['f64', 'f32'])(text) }),
  batch: (text) => ({ batch: batchOption(text) }),
  dim: (text, { dims = {} }) => ({
    dims: Object.fromEntries(dimOption(text, new Map(Object.entries(dims)))),
  }),
  formulas: (text) => ({ formulas: flag(text) === 'true' }),
  threads: (text) => ({ threads: text === '' || flag(text) === 'true' }),
  optimizer: (text) => ({ optimizer: choice(OPTIMIZERS)(text) }),
  wrt: (text) => ({ wrt: namesOption(text) }),
  functions: (text) => ({ functions: functionsOption(text) }),
  checkpoint: (text) => ({ checkpoint: text === '' || text === 'true' ? true : segmentOption(text) }),
}

/**
 * The options of `?target=wasm&precision=f32&dim=H=8`. What else stands there belongs to somebody else, unless it is
 * spelt like one of them. Throws a Problem where a value is none.
 */
export function queryOptions({ path, query }: Request): FileOptions {
  let options: FileOptions = {}
  for (const [name, text] of new URLSearchParams(query)) {
    const read = Object.hasOwn(OPTIONS, name) ? OPTIONS[name]! : undefined
    const near = read ? undefined : nearest(name, Object.keys(OPTIONS))
    if (near !== undefined && name.length > 2)
      throw problems.badQuery(path, `there is no option ${name}`, `did you mean ${near}?`)
    try {
      if (read) options = { ...options, ...read(text, options) }
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      throw problems.badQuery(path, `${name} is not ${text === '' ? 'given' : text}`, error.message)
    }
  }
  return options
}
