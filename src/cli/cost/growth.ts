/**
 * How a network grows: which of its dims make it wider, found by trying and not by their names. A dim is a width where
 * the same parameters, data and equations have more entries when it is greater, and a depth where there are more of
 * them. Every trial is parsing and lowering only.
 */
import { Diagnostics } from '../../base/diagnostics.ts'
import { dimsOf } from '../../graph/extent.ts'
import { Graph } from '../../graph/graph.ts'
import { familyOf } from '../../graph/member.ts'
import { type Network, openDims } from '../../graph/network.ts'
import { sizeOfShape } from '../../interpret/index.ts'
import { lower, parseWithImports } from '../../lower/index.ts'
import { resolveFile } from '../imports.ts'

type Dims = ReadonlyMap<string, number>

/** A network at one size. */
export interface Size {
  /** What the dims that grow were multiplied by. */
  readonly factor: number
  /** Values of dims over those in the program. */
  readonly dims: Dims
  /** How many numbers are learned: N. */
  readonly parameters: number
}

export interface Growth {
  /** As it is written; dims without values have some. */
  readonly base: Size
  /** The dims without values, and what they are measured with. */
  readonly assumed: Dims
  /** The dims that grow, families by their names; none where no dim changes how many parameters there are. */
  readonly growing: readonly string[]
  /** Larger and larger networks. */
  readonly sizes: readonly Size[]
}

/** What dims without values are measured with: of ranges, and of everything else. */
const DEPTH = 4
const WIDTH = 8
/**
 * From how many parameters on it is measured, over how large a range, at how many sizes. Below, a call and its checks count
 * for more than arithmetic; a deep network compiles as long as it is deep, so there the range is shorter.
 */
const RANGES = {
  width: { least: 2000, range: 100, count: 5 },
  depth: { least: 60, range: 12, count: 4 },
}
/** More members or equations are not tried: a trial would take seconds. */
const MOST_PARTS = 20_000

type At = (dims: Dims) => Network | undefined

const lowering =
  (text: string, filename: string, given: Dims): At =>
  (dims) =>
    lower(
      new Graph(),
      parseWithImports(text, { filename, resolve: resolveFile, diagnostics: new Diagnostics() }).program,
      {
        filename,
        dims: new Map([...given, ...dims]),
        diagnostics: new Diagnostics(),
      },
    )

/** A program with these dims as it is written; undefined where it has errors. */
export function asWritten(
  text: string,
  filename: string,
  given: Dims = new Map(),
): Pick<Growth, 'base' | 'assumed'> | undefined {
  const at = lowering(text, filename, given)
  const assumed = assume(at)
  const network = assumed && at(assumed)
  if (!network) return undefined
  const base = { factor: 1, dims: new Map([...given, ...assumed]), parameters: parametersOf(network) }
  return { base, assumed }
}

/** How a program with these dims grows; undefined where it has errors. */
export function growthOf(text: string, filename: string, given: Dims = new Map()): Growth | undefined {
  const at = lowering(text, filename, given)
  const written = asWritten(text, filename, given)
  const network = written && at(written.assumed)
  if (!network) return undefined
  const { base, assumed } = written
  const size = (factor: number, dims: Dims): Size | undefined => {
    const grown = at(dims)
    return grown && { factor, dims: new Map([...given, ...dims]), parameters: parametersOf(grown) }
  }
  const none: Growth = { base, assumed, growing: [], sizes: [] }
  if (partsOf(network) > MOST_PARTS) return none
  const values = valuesOf(network, assumed)
  const times = (dims: Iterable<string>, factor: number): Dims => {
    const families = new Set(dims)
    const grown = [...values].filter(([name]) => families.has(familyOf(name)))
    return new Map([...assumed, ...grown.map(([name, value]) => [name, value * factor] as const)])
  }
  const { widths, depths } = kindsOf(network, values, (name) => at(times([name], 2)))
  for (const [kind, names] of [
    ['width', widths],
    ['depth', depths],
  ] as const) {
    const growing = together(names, (some) => {
      const grown = at(times(some, 2))
      return grown !== undefined && (kind === 'depth' || partsOf(grown) === partsOf(network))
    })
    if (growing.length === 0) continue
    const range = RANGES[kind]
    const least = Math.max(range.least, base.parameters)
    const sizes = sizesOf({ ...range, least }, (factor) => size(factor, times(growing, factor)))
    return { base, assumed, growing, sizes }
  }
  return none
}

/** Values for dims that have none. A depth that is given one may uncover extents of its members. */
function assume(at: At): Dims | undefined {
  const assumed = new Map<string, number>()
  for (;;) {
    const network = at(assumed)
    if (!network) return undefined
    const isOpen = (name: string): boolean => !assumed.has(name)
    const depths = openDims(network).filter(isOpen)
    const shapes = [...network.params, ...network.data].flatMap(({ symbol }) => symbol.shape)
    // Members at a general index are no dims; they are known by their numbers when the depth is.
    const widths =
      depths.length > 0 ? [] : [...network.dims.values(), ...shapes].flatMap(dimsOf).filter(isOpen)
    if (depths.length === 0 && widths.length === 0) return assumed
    for (const name of depths) assumed.set(name, DEPTH)
    for (const name of widths) assumed.set(name, WIDTH)
  }
}

const valuesOf = (network: Network, assumed: Dims): Map<string, number> =>
  new Map([
    ...[...network.dims].flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value] as const] : [],
    ),
    ...assumed,
  ])

const parametersOf = ({ params }: Network): number =>
  params.reduce((sum, { symbol }) => sum + sizeOfShape(symbol.shape as readonly number[]), 0)

const partsOf = ({ params, data, equations }: Network): number =>
  params.length + data.length + equations.length

/** The dims and families of dims that change how many parameters there are. What others are computed from stands for those. */
function kindsOf(
  network: Network,
  values: Dims,
  doubled: (name: string) => Network | undefined,
): { widths: string[]; depths: string[] } {
  const widths: string[] = []
  const depths: string[] = []
  const computed = new Set<string>()
  for (const name of new Set([...values.keys()].map(familyOf))) {
    const grown = doubled(name)
    if (!grown) continue
    for (const [other, value] of grown.dims)
      if (familyOf(other) !== name && values.has(other) && value !== values.get(other))
        computed.add(familyOf(other))
    if (parametersOf(grown) > parametersOf(network))
      (partsOf(grown) === partsOf(network) ? widths : depths).push(name)
  }
  const own = (name: string): boolean => !computed.has(name)
  return { widths: widths.filter(own), depths: depths.filter(own) }
}

/** As many of the names as grow together. */
function together(names: readonly string[], fits: (names: readonly string[]) => boolean): readonly string[] {
  if (names.length === 0 || fits(names)) return names
  return names.reduce<readonly string[]>((some, name) => (fits([...some, name]) ? [...some, name] : some), [])
}

/** Sizes from `least` parameters on, `count` of them about evenly apart in their logarithms. */
function sizesOf(
  { least, range, count }: { readonly least: number; readonly range: number; readonly count: number },
  at: (factor: number) => Size | undefined,
): readonly Size[] {
  const found: Size[] = []
  for (let factor = 1; ; factor = Math.max(factor + 1, Math.round(factor * 1.25))) {
    const size = at(factor)
    if (!size || size.parameters > least * range * 1.5) break
    if (size.parameters >= least) found.push(size)
  }
  const distance = (size: Size, step: number): number =>
    Math.abs(Math.log(size.parameters / least) - (Math.log(range) * step) / (count - 1))
  const nearest = Array.from({ length: count }, (_, step) =>
    found.reduce<Size | undefined>(
      (best, size) => (best && distance(best, step) <= distance(size, step) ? best : size),
      undefined,
    ),
  )
  return [...new Set(nearest.flatMap((size) => size ?? []))]
}
