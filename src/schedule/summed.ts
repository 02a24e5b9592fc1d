/**
 * Sums over the steps of recurrences that are added up in the steps: what only they need of a step is not kept. That of outer products after all
 * steps is one product of matrices, which is faster, and needs all factors in memory; so this is for recurrences in segments.
 */
import { type Factor, type Graph, factorsOf } from '../graph/graph.ts'
import { type Node, type ProductNode, type Scan, isContraction, peel } from '../graph/node.ts'
import { type ScanParts, stepOffset } from '../graph/scan.ts'
import { isStructure } from '../graph/subscripts.ts'
import { replaced, valuesInOrder } from '../graph/traverse.ts'
import type { Batched } from './batch.ts'

/** The same values, sums over steps of recurrences of recurrences added up in the steps. */
export function summedInSteps(batched: Batched): Batched {
  const { graph, loss, gradients, outputs } = batched
  let roots: readonly Node[] = [
    ...(loss ? [loss] : []),
    ...outputs.map((o) => o.node),
    ...gradients.map((x) => x.node),
  ]
  const done = new Set<string>()
  for (;;) {
    const scan = valuesInOrder(roots).find(
      (n): n is Node & { kind: 'scan' } =>
        n.kind === 'scan' && holdsScan(n.scan) && !done.has(nameOf(n.scan)),
    )?.scan
    if (!scan) break
    done.add(nameOf(scan))
    roots = withSums(graph, roots, scan)
  }
  const rest = loss ? roots.slice(1) : roots
  return {
    ...batched,
    loss: loss && roots[0],
    outputs: outputs.map((o, i) => ({ ...o, node: rest[i]! })),
    gradients: gradients.map((x, i) => ({ ...x, node: rest[outputs.length + i]! })),
  }
}

/** A recurrence stays one by its index and its families when others are added. */
const nameOf = ({ index, falls, bodies, families }: ScanParts): string =>
  `${index.id} ${falls} ${bodies.flatMap((b, which) => (families[which]!.summed ? [] : b.id)).join()}`

/** Whether steps are recurrences. */
export const holdsScan = (scan: Scan): boolean => [...scan.inside].some((n) => n.kind === 'scan')

function withSums(g: Graph, roots: readonly Node[], scan: Scan): readonly Node[] {
  const families = new Set<Node>(scan.families.map((_, which) => g.familyOf(scan, which)))
  const sums = new Map<Node, Node>()
  for (const n of valuesInOrder(roots)) {
    const body = isContraction(n) ? inStep(g, n as ProductNode, scan) : undefined
    if (body && !valuesInOrder([body]).some((m) => families.has(m))) sums.set(n, body)
  }
  if (sums.size === 0) return roots
  const values = g.scan({
    ...scan,
    families: [
      ...scan.families,
      ...[...sums.keys()].map(() => ({ name: '', given: 0, summed: true as const })),
    ],
    initial: [...scan.initial, ...[...sums.keys()].map(() => undefined)],
    bodies: [...scan.bodies, ...sums.values()],
  })
  const images = new Map<Node, Node>(
    scan.families.map((_, which) => [g.familyOf(scan, which), values[which]!]),
  )
  ;[...sums.keys()].forEach((n, k) => images.set(n, values[scan.families.length + k]!))
  return replaced(g, roots, images)
}

/** The part of a sum over steps that belongs to the step at hand; undefined of what is none. */
function inStep(g: Graph, n: ProductNode, scan: Scan): Node | undefined {
  const factors = factorsOf(n)
  const label = n.extents.findIndex(
    (_, l) =>
      l >= n.shape.length &&
      factors.some((f) => f.labels.includes(l) && isMember(f.node, f.labels.indexOf(l), scan)),
  )
  if (label < 0 || factors.some((f) => fixes(f, label, n))) return undefined
  const rest = n.extents.map((_, l) => l).filter((l) => l !== label)
  const own = factors.map((f) => {
    const axis = f.labels.indexOf(label)
    if (axis < 0) return f
    return { ...f, node: atStep(g, f.node, axis, scan), labels: f.labels.filter((l) => l !== label) }
  })
  // An axis that a factor has twice is no axis of steps.
  if (factors.some((f) => f.labels.filter((l) => l === label).length > 1) || rest.length === 0)
    return undefined
  return g.product(
    n.coefficient,
    own,
    n.shape.map((_, i) => i),
    n.shape,
  )
}

/** Whether a factor says at which step a sum is taken: then it is none. */
const fixes = ({ node, labels }: Factor, label: number, { extents }: ProductNode): boolean =>
  isStructure(node) && labels.includes(label) && labels.every((l) => l === label || extents[l] === 1)

/** Whether an axis of a value is that of the steps, since it is made of members of the recurrence. */
function isMember(node: Node, axis: number, scan: Scan): boolean {
  const n = peel(node)
  if (n.kind === 'scan') {
    const { given, summed } = n.scan.families[n.which]!
    return n.scan === scan && axis === scan.axis && given === 0 && !summed
  }
  return partsAlong(n, axis).some(({ node: part, axis: own }) => isMember(part, own, scan))
}

/** The arguments that a value is made of entry by entry along an axis. */
function partsAlong(n: Node, axis: number): { readonly node: Node; readonly axis: number }[] {
  if (n.kind === 'product')
    return n.args.flatMap((node, i) => {
      const own = n.labels[i]!.indexOf(axis)
      return own < 0 ? [] : [{ node, axis: own }]
    })
  if (n.kind === 'sum' || (n.kind === 'apply' && n.op.kind === 'pointwise'))
    return n.args.flatMap((node) => (node.shape.length === n.shape.length ? [{ node, axis }] : []))
  return []
}

/** A value at the step at hand, without the axis of the steps. */
function atStep(g: Graph, node: Node, axis: number, scan: Scan): Node {
  const n = peel(node)
  if (isMember(n, axis, scan)) {
    const shape = n.shape.filter((_, i) => i !== axis)
    if (n.kind === 'scan') return scan.bodies[n.which]!
    if (n.kind === 'product')
      return g.product(
        n.coefficient,
        factorsOf(n).map((f) => {
          const own = f.labels.indexOf(axis)
          const labels = f.labels.filter((l) => l !== axis).map((l) => (l > axis ? l - 1 : l))
          return own < 0 ? { ...f, labels } : { ...f, node: atStep(g, f.node, own, scan), labels }
        }),
        shape.map((_, i) => i),
        shape,
      )
    const args = n.args.map((a) => (a.shape.length === n.shape.length ? atStep(g, a, axis, scan) : a))
    if (n.kind === 'sum')
      return g.sum(
        args.map((a, i) => ({ node: a, coefficient: n.coefficients[i]! })),
        n.constant,
        shape,
      )
    if (n.kind === 'apply' && n.op.kind === 'pointwise') return g.stretch(g.apply(n.op, args), shape)
  }
  return g.at(node, axis, scan.index, stepOffset(scan))
}
