/** The file from which a training goes on: parameters, the best ones, the optimizer's state, settings and progress. */
import type { Fields } from '../../emit/fields.ts'
import type { Fieldful } from '../../modules.ts'
import { wrong } from './problems.ts'
import type { Begun, Meta } from './meta.ts'
import { fileOf, putTensors, readParameters, tensorsOf } from './parameters.ts'
import type { Tensor } from './safetensors.ts'
import type { Settings } from './settings.ts'
import type { Trainer } from './trainer.ts'

export const pathToGoOn = (out: string): string =>
  `${out.replace(/\.(safetensors|json)$/i, '')}.training.safetensors`

const isNumber = (entry: readonly [string, unknown]): entry is [string, number] =>
  typeof entry[1] === 'number'
const momentsOf = (state: Fieldful | undefined): [string, Fieldful][] =>
  Object.entries(state ?? {}).flatMap(([name, value]) =>
    typeof value === 'number' ? [] : [[name, value as unknown as Fieldful]],
  )

export function bytesToGoOn(
  path: string,
  fields: Fields,
  trainer: Trainer,
  settings: Settings,
  data: string,
  meta: Meta,
  shared: readonly Tensor[],
): Buffer {
  const { precision } = settings
  const begun: Begun = {
    settings,
    progress: trainer.progress,
    data,
    state: Object.fromEntries(Object.entries(trainer.state ?? {}).filter(isNumber)),
  }
  return fileOf(
    path,
    [
      ...trainer.copy(),
      ...trainer.best.map((t) => ({ ...t, name: `best/${t.name}` })),
      ...momentsOf(trainer.state).flatMap(([name, moment]) =>
        tensorsOf(fields.params, moment, precision, `${name}/`),
      ),
      ...shared,
    ],
    { ...meta, training: begun },
  )
}

/** What was begun; undefined where the file is of parameters only. */
export function begunIn(path: string): { readonly meta: Meta; readonly begun: Begun } {
  const { meta } = readParameters(path)
  const begun = meta.training
  if (begun === undefined) throw wrong.broke(path, 'it says nothing of a training that could go on')
  return { meta, begun }
}

/** Puts a trainer at parameters that a file gives. */
export function begin(path: string, fields: Fields, trainer: Trainer): void {
  putTensors(path, fields.params, trainer.params, readParameters(path).tensors)
  trainer.best = trainer.copy()
}

/** Puts a trainer where the file left it. */
export function restore(path: string, fields: Fields, trainer: Trainer): void {
  const { tensors, meta } = readParameters(path)
  const { progress, state } = meta.training!
  putTensors(path, fields.params, trainer.params, tensors)
  for (const [name, moment] of momentsOf(trainer.state))
    putTensors(path, fields.params, moment, tensors, `${name}/`)
  Object.assign(trainer.state ?? {}, state)
  const best = tensors.filter((t) => t.name.startsWith('best/'))
  trainer.best = trainer.best.map((own) => {
    const found = best.find((t) => t.name === `best/${own.name}`)
    if (!found) throw wrong.tensorWrong(path, `best/${own.name}`, 'is missing')
    return { ...found, name: own.name }
  })
  Object.assign(trainer.progress, progress)
}
