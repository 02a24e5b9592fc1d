import { type Extent, addExtents, multiplyExtents } from '../graph/extent.ts'
import type { MatrixOperator } from '../graph/operator.ts'
import { productOperations, sumOperations } from './operations.ts'
import type { Instruction, Routine, Value, Whole } from './program.ts'
import { partsOf } from './value.ts'

/**
 * The operations on numbers that a call of a routine takes, as a polynomial in the dims that are open: each instruction as
 * often as the loops around it turn. Counted as `operations` counts them; a matrix operator by its textbook order, n³ for a
 * factorisation and n² for each right-hand side.
 */
export function routineOperations({ body, result }: Routine): Extent {
  return addExtents(listOperations(body), result ? valueOperations(result) : 0)
}

function listOperations(list: readonly Instruction[]): Extent {
  return list.reduce<Extent>((sum, i) => addExtents(sum, instructionOperations(i)), 0)
}

/** Several turns at once are as much as one after the other; what is left over is of single ones. */
function loopOperations({ variable, body, step = 1, rest }: Instruction & { kind: 'loop' }): Extent {
  const { extent } = variable
  const single = listOperations(rest ?? body)
  if (step === 1 || typeof extent !== 'number') return multiplyExtents(extent, single)
  const whole = multiplyExtents(Math.floor(extent / step), listOperations(body))
  return addExtents(whole, multiplyExtents(extent % step, single))
}

function instructionOperations(i: Instruction): Extent {
  switch (i.kind) {
    case 'loop':
      return loopOperations(i)
    case 'chunk':
      return listOperations(i.body)
    case 'define':
      return valueOperations(i.value)
    case 'update':
    case 'pick':
      return valueOperations(i.value) + 1
    case 'store':
      return valueOperations(i.value) + (i.combine === 'set' ? 0 : 1)
    case 'matrix':
      return matrixOperations(i.op, i.from)
    case 'backward':
    case 'anchor':
      return 0
  }
}

/** Of a matrix of n rows and columns. */
function matrixOperations(op: MatrixOperator, from: readonly Whole[]): Extent {
  const shapes = from.map(({ buffer, at }) => buffer.shape.slice(at.length))
  const n = shapes[0]!.at(-1)!
  if (shapes.length === 1) return op.factored ? n : multiplyExtents(n, multiplyExtents(n, n))
  return shapes[1]!.reduce<Extent>(multiplyExtents, n)
}

/** What is shared within a value is computed once. */
function valueOperations(root: Value): number {
  const seen = new Set<Value>()
  const stack = [root]
  let count = 0
  for (let v = stack.pop(); v; v = stack.pop()) {
    if (seen.has(v)) continue
    seen.add(v)
    count += own(v)
    stack.push(...partsOf(v))
  }
  return count
}

function own(v: Value): number {
  switch (v.kind) {
    case 'sum':
      return sumOperations(v)
    case 'product':
      return productOperations(v)
    case 'apply':
      return v.op.cost
    default:
      return 0
  }
}
