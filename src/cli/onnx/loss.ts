/** A loss that fits what a network puts out, so that it can be trained on. */
import type { Length } from './lengths.ts'
import { STEP } from './names.ts'
import type { LossKind } from './losses.ts'
import { type Value, lengthsAt, seen } from './values.ts'

export interface LossText {
  readonly target: string
  readonly loss: string
}

/**
 * @param operator what makes the output in the model
 * @param whole the output as a tensor of the program
 */
export function lossOf(
  kind: LossKind,
  operator: string,
  output: Value,
  whole: string,
  y: string,
): LossText | undefined {
  if (kind === 'none') return undefined
  const shape = seen(output).map((a): Length => lengthsAt(output, [a])[0]!)
  const chosen = kind === 'auto' ? fitting(operator, shape) : kind
  if (chosen === 'crossentropy') {
    const classes = shape.at(-1)
    if (classes === undefined) return undefined
    // Logits become probabilities in the loss; their logarithms are probabilities already.
    const p =
      operator === 'Softmax' ? whole : operator === 'LogSoftmax' ? `exp(${whole})` : `softmax(${whole})`
    return {
      target: declared(y, shape.slice(0, -1), `index(${classes})`),
      loss: `crossentropy(${p}, ${y})`,
    }
  }
  if (chosen === 'binarycrossentropy') {
    const p = operator === 'Sigmoid' ? whole : `sigmoid(${whole})`
    return {
      target: declared(y, shape, shape.length === 0 ? 'binary' : undefined),
      loss: `binarycrossentropy(${p}, ${y})`,
    }
  }
  return { target: declared(y, shape), loss: `squarederror(${whole}, ${y})` }
}

/** With a first axis of open length it is a series, as inputs are. */
function declared(y: string, shape: readonly Length[], assumed?: string): string {
  const [first, ...rest] = shape
  const isSeries = typeof first === 'string'
  const lengths = isSeries ? rest : shape
  const brackets = lengths.length === 0 ? '' : `[${lengths.join(', ')}]`
  return `target ${y}${isSeries ? `[${STEP}]` : ''}${brackets}${assumed === undefined ? '' : ` : ${assumed}`}${isSeries ? ` for ${STEP} in 1..${first}` : ''}`
}

function fitting(operator: string, shape: readonly Length[]): LossKind {
  if ((operator === 'Softmax' || operator === 'LogSoftmax') && shape.length > 0) return 'crossentropy'
  return operator === 'Sigmoid' ? 'binarycrossentropy' : 'squarederror'
}
