/** What a file of parameters says beside its tensors, and whether it is that: such files come from anywhere. */
import { OPTIMIZERS } from '../../schedule/optimizers.ts'
import type { Precision } from '../../modules.ts'
import type { Scaling } from './buffers.ts'
import { wrong } from './problems.ts'
import { SCHEDULES } from './rates.ts'
import { SCALINGS } from './scaling.ts'
import type { Progress, Settings } from './settings.ts'

/** What stands beside the tensors. */
export interface Meta {
  readonly network: { readonly name: string; readonly hash: string }
  readonly precision: Precision
  readonly dims: Readonly<Record<string, number>>
  readonly map: Readonly<Record<string, readonly string[]>>
  /** Of a series: how many rows a sample is. */
  readonly window?: number
  /** Of a text: what a sample is. */
  readonly length?: number | 'lines'
  readonly classes: Readonly<Record<string, readonly string[]>>
  readonly scaling: Readonly<Record<string, Scaling>>
  /** Of a training that can go on: its settings and how far it is. */
  readonly training?: Begun
}

/** What of a training stands there. */
export interface Begun {
  readonly settings: Settings
  readonly progress: Progress
  /** Of the samples. */
  readonly data: string
  /** Numbers of the optimizer's state. */
  readonly state: Readonly<Record<string, number>>
}

type Is = (value: unknown) => boolean

const isText: Is = (v) => typeof v === 'string'
const isNumber: Is = (v) => typeof v === 'number' && Number.isFinite(v)
const isWhole: Is = (v) => Number.isSafeInteger(v) && (v as number) >= 0
const isCount: Is = (v) => Number.isSafeInteger(v) && (v as number) >= 1
const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
const either =
  (...some: readonly Is[]): Is =>
  (v) =>
    some.some((is) => is(v))
const maybe = (is: Is): Is => either((v) => v === undefined, is)
const oneOf =
  (...words: readonly string[]): Is =>
  (v) =>
    words.some((w) => w === v)
const listOf =
  (is: Is, least = 0): Is =>
  (v) =>
    Array.isArray(v) && v.length >= least && v.every(is)
const each =
  (is: Is): Is =>
  (v) =>
    isRecord(v) && Object.values(v).every(is)
/** An object with these fields, and perhaps others. */
const of =
  (fields: Readonly<Record<string, Is>>): Is =>
  (v) =>
    isRecord(v) && Object.entries(fields).every(([key, is]) => is(v[key]))

const SETTINGS: { readonly [Key in keyof Settings]: Is } = {
  epochs: isCount,
  rate: isNumber,
  schedule: oneOf(...SCHEDULES),
  optimizer: oneOf(...OPTIMIZERS),
  batch: isCount,
  seed: isWhole,
  validation: (v) => isNumber(v) && (v as number) >= 0 && (v as number) < 1,
  split: oneOf('random', 'last'),
  patience: isWhole,
  scale: oneOf(...SCALINGS),
  scaleTargets: oneOf(...SCALINGS),
  missing: oneOf('error', 'skip'),
  precision: oneOf('f64', 'f32'),
  target: oneOf('js', 'wasm'),
  hyper: each(isNumber),
}
const PROGRESS: { readonly [Key in keyof Progress]: Is } = {
  epoch: isWhole,
  step: isWhole,
  total: isNumber,
  best: maybe(of({ epoch: isWhole, value: isNumber })),
  history: listOf(of({ epoch: isWhole, loss: isNumber, validation: maybe(isNumber) })),
}
const TRAINING: { readonly [Key in keyof Begun]: Is } = {
  settings: of(SETTINGS),
  progress: of(PROGRESS),
  data: isText,
  state: each(isNumber),
}
const META: { readonly [Key in keyof Required<Meta>]: Is } = {
  network: of({ name: isText, hash: isText }),
  precision: oneOf('f64', 'f32'),
  dims: each(isCount),
  map: each(listOf(isText, 1)),
  window: maybe(isCount),
  length: maybe(either(isCount, oneOf('lines'))),
  classes: each(listOf(isText, 1)),
  scaling: each(of({ shift: maybe(listOf(isNumber)), scale: maybe(listOf(isNumber)) })),
  training: maybe(of(TRAINING)),
}

/** The same where it is one; else a Problem that says what of it is none. */
export function metaOf(path: string, found: unknown): Meta {
  if (!isRecord(found))
    throw wrong.broke(
      path,
      'it does not say which columns and scaling belong to it: chainrule train did not write it',
    )
  for (const [key, is] of Object.entries(META))
    if (!is(found[key])) throw wrong.broke(path, `what it says of ${key} is not what chainrule train writes`)
  return found as unknown as Meta
}
