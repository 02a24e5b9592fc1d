/** Why a loss is no number: the first quantity of the trace, at the batch and the parameters before, that is none. */
import type { Value } from '../../interpret/index.ts'
import { toText } from '../../print/index.ts'
import { traced } from '../../trace.ts'
import type { Prepared } from './prepared.ts'
import type { Buffers } from './buffers.ts'
import type { Encoded } from './buffers.ts'
import type { Samples } from './samples.ts'
import type { NotFinite } from './trainer.ts'
import { resolveFile } from '../imports.ts'

/** Samples that are worked through; each is, slowly. */
const MOST = 64

export function whyNotFinite(
  { source, batch }: Prepared,
  samples: Samples,
  buffers: Buffers,
  { before }: NotFinite,
  hyper: Readonly<Record<string, number>>,
): string {
  const program = traced(source.text, {
    filename: source.filename,
    resolve: resolveFile,
    dims: samples.dims,
    batch,
  })
  if (!program.network) return ''
  // The gradient of the step before may have been the first that was none: it is looked at first.
  for (const { indices, params } of [...before].reverse())
    for (const index of indices.subarray(0, MOST)) {
      samples.fill([index], buffers)
      const values: Record<string, Value> = { ...hyper }
      for (const { name, shape, values: own } of params) values[name] = shape.length === 0 ? own[0]! : own
      for (const { name, value } of buffers.fixed) values[name] = value as Value
      for (const part of samples.parts) values[part.name] = valueOf(part, buffers)
      try {
        const { given, forward, backward } = program.at(values)
        const found = [...given, ...forward, ...backward].find((s) => !s.value.data.every(Number.isFinite))
        if (!found) continue
        const at = found.value.data.findIndex((x) => !Number.isFinite(x))
        const entry = found.value.data.length === 1 ? '' : ` (entry ${at + 1} of ${found.value.data.length})`
        return `The first quantity that became so is ${toText(found.left)}, which is ${found.value.data[at]}${entry}, for sample ${index + 1} of the table.`
      } catch {
        return ''
      }
    }
  return 'Every quantity of the trace is finite in exact arithmetic of doubles: it overflowed in the code, or in the sum over the batch.'
}

function valueOf(part: Encoded, buffers: Buffers): Value {
  const [values] = buffers.of(part)
  return part.shape.length === 0 ? values![0]! : values!
}
