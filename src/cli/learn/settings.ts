/** How a training is done: what its options say, and what of it goes on. */
import type { OptimizerName } from '../../schedule/optimizers.ts'
import type { Precision } from '../../modules.ts'
import type { Schedule } from './rates.ts'
import { wrong } from './problems.ts'
import type { ScalingKind } from './scaling.ts'
import type { Prepared } from './prepared.ts'

export interface Settings {
  readonly epochs: number
  readonly rate: number
  readonly schedule: Schedule
  readonly optimizer: OptimizerName
  readonly batch: number
  readonly seed: number
  readonly validation: number
  readonly split: 'random' | 'last'
  /** Epochs without a better validation after which it ends; 0: never. */
  readonly patience: number
  readonly scale: ScalingKind
  readonly scaleTargets: ScalingKind
  readonly missing: 'error' | 'skip'
  readonly precision: Precision
  readonly target: 'js' | 'wasm'
  readonly hyper: Readonly<Record<string, number>>
}

/** What the options of the command say of them. */
export interface Said {
  readonly epochs?: number
  readonly rate?: number
  readonly schedule?: Schedule
  readonly optimizer?: OptimizerName
  readonly batch?: number
  readonly seed?: number
  readonly validation?: number
  readonly split?: 'random' | 'last'
  readonly patience?: number
  readonly scale?: ScalingKind
  readonly scaleTargets?: ScalingKind
  readonly precision?: 'f64' | 'f32'
  readonly target: 'auto' | 'js' | 'wasm'
  readonly missing?: 'error' | 'skip'
  readonly hyper?: ReadonlyMap<string, number>
}

/** What stands where an option is not given. Adam and its kin take smaller steps. */
const DEFAULTS: Omit<Settings, 'rate' | 'target'> = {
  epochs: 100,
  schedule: 'constant',
  optimizer: 'adam',
  batch: 32,
  seed: 1,
  validation: 0.2,
  split: 'random',
  patience: 0,
  scale: 'none',
  scaleTargets: 'none',
  missing: 'error',
  precision: 'f64',
  hyper: {},
}
const RATES: Readonly<Record<OptimizerName, number>> = {
  sgd: 0.1,
  momentum: 0.01,
  adam: 0.003,
  adamw: 0.003,
}

/** How far a training is: what goes on from here comes to the same numbers as what never stopped. */
export interface Progress {
  /** Epochs that are over. */
  epoch: number
  /** Steps of the epoch under way, and the losses of its samples so far. */
  step: number
  total: number
  best: { readonly epoch: number; readonly value: number } | undefined
  readonly history: {
    readonly epoch: number
    readonly loss: number
    readonly validation?: number | undefined
  }[]
}

export const atStart = (): Progress => ({ epoch: 0, step: 0, total: 0, best: undefined, history: [] })

/** What options say over what was begun or stands by default. What decides the numbers cannot change on the way. */
export function settingsOf(options: Said, before: Settings | undefined, on: string): Settings {
  const fixed = [
    'schedule',
    'optimizer',
    'batch',
    'seed',
    'validation',
    'split',
    'scale',
    'scaleTargets',
    'missing',
    'precision',
  ] as const
  for (const key of fixed)
    if (before && options[key] !== undefined && options[key] !== before[key])
      throw wrong.otherSetting(
        on,
        key === 'scaleTargets' ? 'scale-targets' : key,
        String(before[key]),
        String(options[key]),
      )
  const from = { ...DEFAULTS, ...before }
  const said = Object.fromEntries(
    Object.entries(options).filter(([key, value]) => value !== undefined && key in from && key !== 'hyper'),
  ) as Partial<Settings>
  const optimizer = options.optimizer ?? from.optimizer
  return {
    ...from,
    ...said,
    optimizer,
    rate: options.rate ?? before?.rate ?? RATES[optimizer],
    target: before?.target ?? (options.target === 'auto' ? 'js' : options.target),
    hyper: { ...from.hyper, ...Object.fromEntries(options.hyper ?? []) },
  }
}

/** Hyperparameters that are given, and none that is missing. */
export function hyperOf(
  { network }: Prepared,
  given: Readonly<Record<string, number>>,
): Record<string, number> {
  const numbers = network.hypers.filter(({ symbol }) => symbol.shape.length === 0).map((h) => h.symbol.name)
  for (const name of Object.keys(given)) if (!numbers.includes(name)) throw wrong.wrongHyper(name, numbers)
  for (const { symbol, values } of network.hypers)
    if (values === undefined && given[symbol.name] === undefined) throw wrong.noHyper(symbol.name)
  return { ...given }
}
