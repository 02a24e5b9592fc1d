/** A program as two models of ONNX: its outputs, and its loss with the derived gradients. */
import type { Diagnostics } from '../../base/diagnostics.ts'
import { report } from '../../base/messages.ts'
import { toNumber } from '../../base/rational.ts'
import { PROJECT, VERSION } from '../../base/version.ts'
import { type Extent, extentText, openExtent } from '../../graph/extent.ts'
import type { OfLoss } from '../../graph/network.ts'
import type { Node, Symbol } from '../../graph/node.ts'
import { batch } from '../../schedule/batch.ts'
import { batchExtent, fieldsOf } from '../fields.ts'
import type { Emitted } from '../module.ts'
import { Refusals } from '../refusals.ts'
import { base64 } from '../wasm/binary.ts'
import { NotInOnnx, Operations } from './operations.ts'
import { type TensorInfo, encodeModel } from './proto.ts'

export interface OnnxOptions {
  readonly precision: 'f32' | 'f64'
}

/** `code` is JSON: the models in base64, `forward` where there are outputs, `gradients` where there is a loss, of several with their names behind. */
export function emitOnnx(
  losses: readonly OfLoss[],
  diagnostics: Diagnostics,
  { precision }: OnnxOptions,
): Emitted | undefined {
  const { network } = losses[0]!.derived
  const refuse = new Refusals(network, diagnostics)
  refuse.abstract()
  refuse.families(fieldsOf(network, batchExtent(network.batch)).params)
  if (refuse.refused) return undefined
  const params = network.params.map((p) => p.symbol)
  const inputs = network.data.filter((d) => d.role === 'input').map((d) => d.symbol)
  const targets = network.data.filter((d) => d.role === 'target').map((d) => d.symbol)
  const hypers = network.hypers.map((h) => h.symbol)
  const presets = new Map(network.hypers.map((h) => [h.symbol.name, h.values?.map(toNumber)]))
  const wholeShape = (symbol: Symbol): readonly Extent[] =>
    symbol.samples === undefined ? symbol.shape : [symbol.samples, ...symbol.shape]
  const lengths = (shape: readonly Extent[]): (number | string)[] =>
    shape.map((e) => (typeof e === 'number' ? e : extentText(e)))
  const isWhole = (s: Symbol): boolean => s.indexes !== undefined || s.counts !== undefined

  const model = (
    what: string,
    symbols: readonly Symbol[],
    roots: readonly { readonly name: string; readonly node: Node }[],
  ): string => {
    const where = (dim: string): { input: string; axis: number } => {
      for (const symbol of symbols)
        for (const [axis, e] of wholeShape(symbol).entries())
          if (typeof e !== 'number' && e.text === dim && openExtent(dim) === e)
            return { input: symbol.name, axis }
      throw new NotInOnnx(`the length ${dim}, which no data have by itself`)
    }
    const operations = new Operations(precision, (node) => node.symbol.name, where)
    const values = operations.values(roots.map((r) => r.node))
    roots.forEach(({ name }, i) =>
      operations.operations.push({ op: 'Identity', inputs: [values[i]!], output: name }),
    )
    const info = (symbol: Symbol): TensorInfo => ({
      name: symbol.name,
      type: isWhole(symbol) ? 'i64' : precision,
      shape: lengths(wholeShape(symbol)),
    })
    return base64(
      encodeModel({
        name: network.name,
        doc: what,
        producer: PROJECT,
        version: VERSION,
        operations: operations.operations,
        initializers: [
          ...operations.initializers,
          // An input that has a value may be left out.
          ...hypers.flatMap((s) => {
            const preset = presets.get(s.name)
            return preset
              ? [{ name: s.name, type: precision, shape: s.shape as readonly number[], values: preset }]
              : []
          }),
        ],
        inputs: symbols.map(info),
        outputs: roots.map(({ name, node }) => ({ name, type: precision, shape: lengths(node.shape) })),
      }),
    )
  }
  try {
    const all = losses.map(({ derived, suffix = '' }) => ({ ...batch(derived), suffix }))
    const { outputs } = all[0]!
    const models: Record<string, string> = {}
    if (outputs.length > 0)
      models['forward'] = model('The outputs.', [...params, ...inputs, ...hypers], outputs)
    for (const { loss, gradients, suffix } of all)
      if (loss)
        models[`gradients${suffix}`] = model(
          'The loss, with a batch the mean over it, and its gradients.',
          [...params, ...inputs, ...targets, ...hypers],
          [
            { name: 'loss', node: loss },
            ...gradients.map(({ symbol, node }) => ({ name: `grad ${symbol.name}`, node })),
          ],
        )
    return { code: JSON.stringify(models) }
  } catch (error) {
    if (!(error instanceof NotInOnnx)) throw error
    return void report(diagnostics, 'not-in-target', (network.loss ?? network.equations.at(-1))!.span, {
      target: 'onnx',
      what: error.message,
    })
  }
}
