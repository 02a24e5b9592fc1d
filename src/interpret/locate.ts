/** Which part of a program loses the digits of a value. */
import type { Span } from '../base/span.ts'
import { doubles } from '../graph/doubles.ts'
import { type Derived, judgedNodes } from '../graph/network.ts'
import { type Node, peel } from '../graph/node.ts'
import { topological } from '../graph/traverse.ts'
import { type Big, bigNumbers } from './bignumbers.ts'
import { careful, carefree } from './careful.ts'
import { type Values, evaluate, evaluateAll } from './evaluate.ts'
import { valuesIn } from './forward.ts'
import { type Finding, isRight } from './hunt.ts'
import type { Point } from './points.ts'
import { type Tensor, mapTensor } from './tensor.ts'

/** A part of the program, or the derivative of that part. */
export interface Part {
  readonly span: Span
  readonly what: 'value' | 'derivative'
}

const DIGITS = 200
const LEAST = '1e-3000'
/** Digits in which values at a random point are the same ones. */
const SAME_DIGITS = 40

/**
 * The part that loses a finding's digits: the first node, in the order of evaluation, such that with exact values up to it and doubles
 * from there on the result is right, and without its exact value it is not. It is told by the part of the program that has its
 * value, or that is next below it, or that is the smallest around what it is made of.
 *
 * @param running the graph that the code is made of
 * @param elsewhere a point at which values that are equal are the same
 */
export async function locate(
  running: Derived,
  finding: Finding,
  elsewhere: Point,
): Promise<Part | undefined> {
  const { network, gradients } = running
  const root = finding.output
    ? network.outputs.find(({ name }) => name === finding.output)?.node
    : finding.param === undefined
      ? network.loss?.node
      : [...gradients].find(([s]) => s.name === finding.param)?.[1]
  if (!root) return undefined
  const { point, index } = finding
  const order = topological([root])
  const exact = await exactly(order, point)
  const places = new Map(order.map((node, k) => [node, k]))
  const isFine = (count: number): boolean => {
    const known = (node: Node): Tensor<number> | undefined =>
      places.get(node)! < count ? exact.get(node) : undefined
    const [value] = evaluate([root], point.values, doubles, { dims: point.dims, known })
    return isRight(finding, value!.data[index]!)
  }
  let [wrong, fine] = [0, order.length]
  if (isFine(wrong)) return undefined
  while (fine - wrong > 1) {
    const middle = (wrong + fine) >> 1
    if (isFine(middle)) fine = middle
    else wrong = middle
  }
  const forward = new Set(topological(judgedNodes(network)))
  return await partOf(order[fine - 1]!, running, elsewhere, forward)
}

/** The nodes' values as doubles, from high precision; what has none there is left out. */
async function exactly(order: readonly Node[], point: Point): Promise<Map<Node, Tensor<number>>> {
  const big = await bigNumbers(DIGITS)
  const f = careful(big, DIGITS, carefree(), big.number(1).times(LEAST))
  const values: Values<Big> = valuesIn(big, point)
  const all = evaluateAll([order[order.length - 1]!], values, f, { dims: point.dims })
  return new Map(
    [...all].flatMap(([node, t]) =>
      t.data.some((x) => x.isNaN()) ? [] : [[node, mapTensor(t, (x) => x.toNumber())] as const],
    ),
  )
}

async function partOf(
  node: Node,
  { network }: Derived,
  elsewhere: Point,
  forward: ReadonlySet<Node>,
): Promise<Part | undefined> {
  const big = await bigNumbers(SAME_DIGITS)
  const values = valuesIn(big, elsewhere)
  const written = [...(network.places ?? [])].filter(haveValues(elsewhere, network.places?.keys() ?? []))
  const all = evaluateAll([node, ...written.map(([n]) => n)], values, big, { dims: elsewhere.dims })
  const key = (n: Node): string => {
    const { shape, data } = all.get(n)!
    return `${shape.join()}: ${data.map((x) => x.toSignificantDigits(SAME_DIGITS / 2).toString()).join()}`
  }
  const spans = new Map<string, Span>()
  for (const [n, span] of written) if (!spans.has(key(n))) spans.set(key(n), span)
  // Breadth first: itself, what it is made of, and so on.
  let level: readonly Node[] = [node]
  const seen = new Set<Node>()
  while (level.length > 0) {
    for (const n of level) {
      const span = n.kind === 'symbol' || isNumber(n) ? undefined : spans.get(key(n))
      if (span) return { span, what: n === node && forward.has(n) ? 'value' : 'derivative' }
      seen.add(n)
    }
    level = [...new Set(level.flatMap((n) => n.args))].filter((n) => !seen.has(n))
  }
  const around = written.find(([n]) => {
    const inside = new Set(topological([n]))
    return node.args.every((a) => isNumber(a) || inside.has(peel(a)) || inside.has(a))
  })
  return around && { span: around[1], what: 'derivative' }
}

const isNumber = (n: Node): boolean => n.kind === 'constant'

/**
 * Whether a place has a value: not where it is of a general index, or of the argument of a function whose derivative is taken, which
 * stand for others.
 */
function haveValues({ values }: Point, roots: Iterable<Node>): (place: readonly [Node, Span]) => boolean {
  const without = new Set<Node>()
  for (const node of topological([...roots]))
    if (
      node.kind === 'symbol'
        ? node.symbol.role !== 'constant' && node.symbol.role !== 'dim' && !values.has(node.symbol.name)
        : node.args.some((arg) => without.has(arg))
    )
      without.add(node)
  return ([node]) => !without.has(node)
}
