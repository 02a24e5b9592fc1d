/** The training itself: epochs of steps in an order that the seed says, the best parameters kept. */
import { setImmediate } from 'node:timers/promises'
import type { Fields } from '../../emit/fields.ts'
import type { Fieldful, Module } from '../../modules.ts'
import { putTensors, tensorsOf } from './parameters.ts'
import { rateAt } from './rates.ts'
import type { Buffers } from './buffers.ts'
import type { Samples } from './samples.ts'
import type { Tensor } from './safetensors.ts'
import type { Progress, Settings } from './settings.ts'
import { type Split, batchCount, batchesOf, shuffle } from './split.ts'

/** A module whose step may keep a state. */
export interface Trainable extends Omit<Module, 'step'> {
  forward(params: Fieldful, inputs: Fieldful, outputs?: Fieldful, hyper?: Fieldful): Fieldful
  step(params: Fieldful, data: Fieldful, rate: number, ...rest: unknown[]): number
  initState?(): Fieldful
  /** Of a module that threads may run. */
  parallel?(threads: number): Promise<number>
}

/** A loss that is no number, and what came before it. */
export class NotFinite extends Error {
  readonly loss: number
  readonly step: number
  readonly epoch: number
  /** Batches and the parameters that they met, the last one first. */
  readonly before: readonly { readonly indices: Uint32Array; readonly params: readonly Tensor[] }[]

  constructor(loss: number, step: number, epoch: number, before: NotFinite['before']) {
    super('the loss is no number')
    this.loss = loss
    this.step = step
    this.epoch = epoch
    this.before = before
  }
}

export interface Listener {
  /** After a step. */
  step(done: number, of: number, loss: number, rate: number): void
  /** After an epoch: what is kept of it is saved here. */
  epoch(rate: number, isBest: boolean): void
}

export class Trainer {
  readonly params: Fieldful
  readonly state: Fieldful | undefined
  readonly progress: Progress
  best: readonly Tensor[]
  /** Set from outside: ends after the step under way. */
  stopped = false
  readonly #module: Trainable
  readonly #fields: Fields
  readonly #samples: Samples
  readonly #split: Split
  readonly #buffers: Buffers
  readonly #settings: Settings
  #stepsPerEpoch: number | undefined

  constructor(
    module: Trainable,
    fields: Fields,
    samples: Samples,
    split: Split,
    buffers: Buffers,
    settings: Settings,
    progress: Progress,
  ) {
    this.#module = module
    this.#fields = fields
    this.#samples = samples
    this.#split = split
    this.#buffers = buffers
    this.#settings = settings
    this.progress = progress
    this.params = module.init(settings.seed)
    this.state = module.initState?.()
    this.best = tensorsOf(fields.params, this.params, settings.precision)
  }

  get #hyper(): unknown[] {
    return Object.keys(this.#settings.hyper).length === 0 ? [] : [this.#settings.hyper]
  }

  copy(): Tensor[] {
    return tensorsOf(this.#fields.params, this.params, this.#settings.precision)
  }

  get stepsPerEpoch(): number {
    return (this.#stepsPerEpoch ??= batchCount(this.#split.train, this.#settings.batch, this.#samples.kind))
  }

  /** Until all epochs are over, patience is at its end, or it is stopped. */
  async run(listener: Listener): Promise<'done' | 'patience' | 'stopped'> {
    const { epochs, patience } = this.#settings
    const { progress } = this
    while (progress.epoch < epochs) {
      if (!(await this.#epoch(listener))) return 'stopped'
      const { best, epoch } = progress
      if (patience > 0 && best && epoch - best.epoch >= patience) return 'patience'
    }
    return 'done'
  }

  /** Whether it came to its end. */
  async #epoch(listener: Listener): Promise<boolean> {
    const { seed, batch, rate: first, schedule, epochs } = this.#settings
    const { progress } = this
    const steps = this.stepsPerEpoch
    const order = shuffle(this.#split.train.slice(), `${seed} epoch ${progress.epoch + 1}`)
    const batches = batchesOf(order, batch, this.#samples.kind)
    const before: { indices: Uint32Array; params: readonly Tensor[] }[] = []
    let rate = first
    while (progress.step < steps) {
      if (this.stopped) return false
      const k = progress.step
      const indices = batches[k]!
      const data = this.#samples.fill(indices, this.#buffers)
      const done = progress.epoch * steps + k
      rate = rateAt(schedule, first, done, epochs * steps)
      before.unshift({ indices, params: this.copy() })
      before.length = Math.min(before.length, 2)
      const rest = this.state === undefined ? this.#hyper : [this.state, ...this.#hyper]
      const loss = this.#module.step(this.params, data, rate, ...rest)
      if (!Number.isFinite(loss)) throw new NotFinite(loss, done + 1, progress.epoch + 1, before)
      progress.total += loss * indices.length
      progress.step++
      listener.step(progress.step, steps, loss, rate)
      // A turn of the loop, in which signals are heard.
      await setImmediate()
    }
    const loss = progress.total / order.length
    const validation = this.#split.validation.length > 0 ? this.#lossOf(this.#split.validation) : undefined
    if (validation !== undefined && !Number.isFinite(validation))
      throw new NotFinite(validation, (progress.epoch + 1) * steps, progress.epoch + 1, [
        { indices: this.#split.validation, params: this.copy() },
      ])
    progress.epoch++
    progress.step = 0
    progress.total = 0
    progress.history.push({ epoch: progress.epoch, loss, validation })
    const value = validation ?? loss
    const isBest = progress.best === undefined || value < progress.best.value
    if (isBest) {
      progress.best = { epoch: progress.epoch, value }
      this.best = this.copy()
    }
    listener.epoch(rate, isBest)
    return true
  }

  #lossOf(indices: Uint32Array): number {
    const { batch } = this.#settings
    let total = 0
    for (const part of batchesOf(indices, batch, this.#samples.kind)) {
      const data = this.#samples.fill(part, this.#buffers)
      total += part.length * this.#module.loss(this.params, data, ...(this.#hyper as [Fieldful?]))
    }
    return total / indices.length
  }

  /** What `forward` gives with the best parameters. */
  predictor(path: string): (data: Fieldful) => Fieldful {
    const params = this.#module.zeros()
    putTensors(path, this.#fields.params, params, this.best)
    return (data) => this.#module.forward(params, data, undefined, ...(this.#hyper as [Fieldful?]))
  }
}
