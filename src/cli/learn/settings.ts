/** How a training is done: what its options say, and what of it goes on. */
import type { OptimizerName } from '../../schedule/optimizers.ts'
import type { Precision } from '../../modules.ts'
import type { Schedule } from './rates.ts'
import type { ScalingKind } from './scaling.ts'

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

/** What stands where an option is not given. Adam and its kin take smaller steps. */
export const DEFAULTS: Omit<Settings, 'rate' | 'target'> = {
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
export const RATES: Readonly<Record<OptimizerName, number>> = {
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
