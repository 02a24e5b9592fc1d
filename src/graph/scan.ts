/** Recurrences: where their members stand, and which nodes belong to their steps. */
import { type Extent, SCALAR, addExtents, extentText, multiplyExtents, openExtent } from './extent.ts'
import { Hash } from './hash.ts'
import type { BracketNode, Node, Scan, Symbol } from './node.ts'
import { needsOf, valuesInOrder } from './traverse.ts'

/** A recurrence as it is put together. */
export type ScanParts = Omit<Scan, 'hash' | 'inside' | 'outside'>

/** The length of the axis of a family: the given members, and those that the steps define. */
export const lengthOfFamily = ({ families, length }: ScanParts, which: number): Extent =>
  addExtents(length, families[which]!.given)

/** Where along its axis a family's member of the first value of the index stands. */
export const firstOf = ({ families, falls }: ScanParts, which: number): number =>
  falls ? 0 : families[which]!.given

/** A member's position along the axis, less that of its step: of one `back` steps before. */
export const offsetOf = (scan: ScanParts, which: number, back: number): number =>
  firstOf(scan, which) + (scan.falls ? back : -back)

/** The value of the index as a position from 0. */
export const stepOffset = ({ from }: ScanParts): Extent => multiplyExtents(-1, from)

/** A text that is equal for equal recurrences of one graph. */
export function keyOf(s: ScanParts): string {
  const ids = (nodes: readonly (Node | undefined)[]): string => nodes.map((n) => n?.id ?? '').join()
  return [
    s.index.id,
    extentText(s.from),
    extentText(s.length),
    s.falls,
    s.axis,
    s.families.map((f) => `${f.name}${f.summed ? 'Σ' : '+'}${f.given}`).join(),
    s.reads.map((r) => `${r.symbol.id}=${r.which}-${r.back}`).join(),
    s.histories.map((h) => `${h.symbol.id}=${h.which}`).join(),
    s.takes.map((t) => `${t.symbol.id}=${t.of.id}.${t.axis}+${t.offset}`).join(),
    ids(s.initial),
    ids(s.bodies),
  ].join('|')
}

/** With what follows from the parts. */
export function completed(parts: ScanParts): Scan {
  const hash = new Hash()
    .text(
      `scan ${parts.index.symbol.name} ${extentText(parts.from)} ${extentText(parts.length)} ${parts.falls} ${parts.axis}`,
    )
    .text(parts.families.map((f) => `${f.name}${f.summed ? 'Σ' : '+'}${f.given}`).join())
    .text(parts.reads.map((r) => `${r.symbol.symbol.name}=${r.which}-${r.back}`).join())
  if (parts.histories.length > 0)
    hash.text(parts.histories.map((h) => `${h.symbol.symbol.name}=${h.which}`).join())
  for (const t of parts.takes) hash.text(`${t.symbol.symbol.name}.${t.axis}+${t.offset}`).number(t.of.hash)
  for (const n of parts.initial) hash.number(n?.hash ?? 0)
  for (const n of parts.bodies) hash.number(n.hash)
  const own = new Set<Node>([...parts.reads, ...parts.histories, ...parts.takes].map((r) => r.symbol))
  const inside = new Set<Node>()
  const outside = new Set<Node>(parts.initial.flatMap((n) => n ?? []))
  own.add(parts.index)
  for (const n of valuesInOrder(parts.bodies)) {
    if (own.has(n) || needsOf(n).some((a) => inside.has(a))) inside.add(n)
  }
  for (const n of inside) for (const a of needsOf(n)) if (!inside.has(a)) outside.add(a)
  for (const n of parts.bodies) if (!inside.has(n)) outside.add(n)
  // What no body sees is not there.
  const reads = parts.reads.filter((r) => inside.has(r.symbol))
  const histories = parts.histories.filter((h) => inside.has(h.symbol))
  const takes = parts.takes.filter((t) => inside.has(t.symbol))
  for (const t of takes) outside.add(t.of)
  return { ...parts, reads, histories, takes, hash: hash.value, inside, outside: [...outside] }
}

/** What a scan is made of, in the order of the arguments of its families. */
export const argsOf = ({ bodies, initial, takes }: ScanParts): Node[] => [
  ...bodies,
  ...initial.flatMap((n) => n ?? []),
  ...takes.map((t) => t.of),
]

/** The parts of a scan over other arguments. */
export function withArgs(scan: ScanParts, args: readonly Node[]): ScanParts {
  const rest = [...args]
  const bodies = rest.splice(0, scan.bodies.length)
  const initial = scan.initial.map((n) => n && rest.shift()!)
  return { ...scan, bodies, initial, takes: scan.takes.map((t) => ({ ...t, of: rest.shift()! })) }
}

/** The greatest value of the index. */
export const lastOf = ({ from, length }: Pick<Scan, 'from' | 'length'>): Extent =>
  addExtents(addExtents(from, length), -1)

/** What the program calls the index of a recurrence. */
export const indexName = ({ name, member }: Symbol): string => member?.family ?? name

/** The index of a recurrence as a symbol of which it is known where it runs. */
export const runningIndex = (name: string, from: Extent, length: Extent): Symbol => ({
  name: `${name} in ${extentText(from)}..${extentText(lastOf({ from, length }))}`,
  role: 'index',
  shape: SCALAR,
  assumptions: new Set(),
  member: { family: name, indices: [] },
  runs: { from, length },
})

/** What a bracket compares with 0 besides its axes, with indices of recurrences by their names; undefined where data are in it. */
export function formOf(n: BracketNode): Extent | undefined {
  let form = n.offset
  for (const [k, a] of n.args.entries()) {
    if (a.kind !== 'symbol' || a.symbol.role !== 'index') return undefined
    form = addExtents(form, multiplyExtents(n.multiples[k]!, openExtent(indexName(a.symbol))))
  }
  return form
}

/** The position (from 0) along its one axis at which a unit vector or a bracket is 1, with indices of recurrences by their names. */
export function positionOf(n: Node): Extent | undefined {
  if (n.kind === 'basis') return n.index
  if (n.kind !== 'bracket' || n.relation !== '=' || n.shape.length !== 1) return undefined
  const [coefficient] = n.coefficients as [number]
  const form = Math.abs(coefficient) === 1 ? formOf(n) : undefined
  return form === undefined ? undefined : multiplyExtents(-coefficient, form)
}
