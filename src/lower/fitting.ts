/** Shapes that do not fit as a product is written, and may have been meant to: how it would fit. */
import type { Shape } from '../graph/extent.ts'
import type { BinaryExpression, Expression } from '../syntax/tree.ts'
import { join } from './shapes.ts'

/** Whether a @ b is a product. */
const multiplies = (a: Shape, b: Shape): boolean =>
  isMatrixOrVector(a) && isMatrixOrVector(b) && a[a.length - 1] === b[0]

const isMatrixOrVector = ({ length }: Shape): boolean => length === 1 || length === 2
const turned = (a: Shape): Shape => (a.length === 2 ? [a[1]!, a[0]!] : a)

/** A side of a product: a name, an element or a transpose of one is written as it is. */
function spelt(tree: Expression): string | undefined {
  if (tree.kind === 'name') return tree.name
  if (tree.kind !== 'transpose') return undefined
  const inner = spelt(tree.operand)
  return inner && `${inner}.T`
}

const transposed = (text: string): string => (text.endsWith('.T') ? text.slice(0, -2) : `${text}.T`)

interface Way {
  readonly fits: boolean
  /** With the names of both sides. */
  readonly spelling: (a: string, b: string) => string
  /** Where the sides have none. */
  readonly words: string
}

/** How a product of two sides would fit. */
export function fittingProduct(
  { operator, left, right }: BinaryExpression,
  a: Shape,
  b: Shape,
): string | undefined {
  const swap: Way = {
    fits: multiplies(b, a),
    spelling: (x, y) => `${y} @ ${x}`,
    words: 'with its sides exchanged @ fits',
  }
  const turn: readonly Way[] = [
    {
      fits: b.length === 2 && multiplies(a, turned(b)),
      spelling: (x, y) => `${x} @ ${transposed(y)}`,
      words: 'the second would fit @ when it is transposed with .T',
    },
    {
      fits: a.length === 2 && multiplies(turned(a), b),
      spelling: (x, y) => `${transposed(x)} @ ${y}`,
      words: 'the first would fit @ when it is transposed with .T',
    },
  ]
  const ways: readonly Way[] = [
    {
      fits: operator !== '@' && multiplies(a, b),
      spelling: (x, y) => `${x} @ ${y}`,
      words: 'the product of matrices is written @',
    },
    // A vector is neither a row nor a column: W @ x says what x @ W.T would.
    ...(a.length === 1 ? [swap, ...turn] : [...turn, swap]),
    {
      fits: operator === '@' && join(a, b) !== undefined,
      spelling: (x, y) => `${x} * ${y}`,
      words: 'an elementwise product is written *',
    },
    {
      fits: a.length === 1 && b.length === 1,
      spelling: (x, y) => `outer(${x}, ${y})`,
      words: 'all products of two entries are outer(u, v)',
    },
  ]
  const way = ways.find(({ fits }) => fits)
  if (!way) return undefined
  const [x, y] = [spelt(left), spelt(right)]
  return x === undefined || y === undefined ? way.words : `these shapes fit as ${way.spelling(x, y)}`
}

/**
 * A sum of a matrix and of a vector that is as long as its columns, where the matrix is an elementwise product: W * x + b for
 * W @ x + b.
 */
export function starForProduct(terms: readonly Expression[], a: Shape, b: Shape): string | undefined {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  if (long.length !== 2 || short.length !== 1 || short[0] !== long[0]) return undefined
  for (const term of terms) {
    if (term.kind !== 'binary' || term.operator !== '*') continue
    const [x, y] = [spelt(term.left), spelt(term.right)]
    return `* is elementwise; the product of a matrix and a vector is written ${x !== undefined && y !== undefined ? `${x} @ ${y}` : '@'}`
  }
  return undefined
}
