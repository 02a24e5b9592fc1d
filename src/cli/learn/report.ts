/** What is told of a training at its end: the curve, the best epoch, and how well its parameters predict. */
import { print } from '../console.ts'
import { curveText } from './curve.ts'
import { metricText, metricsOf, outputLeaves, pairsOf } from './metrics.ts'
import type { Buffers } from './buffers.ts'
import type { Prepared } from './prepared.ts'
import type { Samples } from './samples.ts'
import type { Settings } from './settings.ts'
import type { Split } from './split.ts'
import type { Trainer } from './trainer.ts'

export interface Learned {
  readonly samples: Samples
  readonly buffers: Buffers
  readonly split: Split
  readonly fields: Prepared['fields']
  readonly end: 'done' | 'patience'
  readonly settings: Settings
}

export function report(
  trainer: Trainer,
  network: Prepared['network'],
  { source }: Prepared,
  { samples, buffers, split, fields, end, settings }: Learned,
): void {
  const { history, best } = trainer.progress
  if (history.length > 1) print(curveText(history).join('\n'))
  if (end === 'patience') print(`no better validation for ${settings.patience} epochs: ended`)
  if (best) {
    const { loss, validation } = history.find((p) => p.epoch === best.epoch)!
    print(
      `best: epoch ${best.epoch} of ${history.length}, loss ${loss.toPrecision(4)}${validation === undefined ? '' : `, validation ${validation.toPrecision(4)}`}`,
    )
  }
  const pairs = pairsOf(outputLeaves(network, fields.outputs), samples.parts)
  if (pairs.length === 0) return
  const which = split.validation.length > 0 ? split.validation : split.train
  const forward = trainer.predictor(source.filename)
  const metrics = metricsOf(pairs, samples, buffers, which, settings.batch, forward)
  print(`of the ${which.length} samples ${which === split.validation ? 'to validate with' : 'learned from'}:`)
  for (const metric of metrics)
    print(
      metricText(metric)
        .map((l) => `  ${l}`)
        .join('\n'),
    )
}
