/** What `check` finds at the edges: inputs at which emitted code loses what high precision has. */
import { plural } from '../base/sentences.ts'
import type { Source } from '../base/span.ts'
import type { Derived } from '../graph/network.ts'
import { type Finding, type Nested, type Point, hunt, locate, mapTensor, nested } from '../interpret/index.ts'
import { type Maker, dimsAt, huntedOf } from '../modules.ts'

/** About how many multiplications in 60 digits a hunt may take: half a second of them. */
const BUDGET = 40_000
/** Findings that are looked at, and those that are shown. */
const MOST = 24
const SHOWN = 3

/** A number as JSON has it; what it has not is told in words, as the tools for data read it. */
export type Told = number | 'NaN' | 'inf' | '-inf'

export interface HuntReport {
  /** How many points were tried. */
  readonly points: number
  /** One of each part of the program and each kind of fault, those at the most ordinary values first. */
  readonly findings: readonly {
    /** `loss`, the parameter whose gradient it is, or of a program without a loss the output. */
    readonly output: string
    readonly kind: 'loss' | 'gradient' | 'output'
    readonly entry: string
    readonly got: Told
    readonly want: number
    readonly dims: Readonly<Record<string, number>>
    readonly values: Readonly<Record<string, Nested<Told>>>
    /** What loses the digits: this part of the program, or its derivative; null where it is not in the formulas. */
    readonly part: {
      readonly what: 'value' | 'derivative'
      readonly text: string
      readonly line: number
      readonly column: number
    } | null
  }[]
}

/** Looks for such inputs around a point, with a multiple of the usual effort. */
export async function huntAround(
  source: Source,
  make: Maker,
  { network }: Derived,
  base: Point,
  dims: ReadonlyMap<string, number> = new Map(),
  effort = 1,
): Promise<HuntReport | undefined> {
  const made = await make(dimsAt(network, base, dims))
  if (!made) return undefined
  const { findings, points } = await hunt(network, base, huntedOf(made.module, made.network), {
    budget: BUDGET * effort,
    findings: MOST,
  })
  const names = [...network.params, ...network.data, ...network.hypers]
    .map((d) => d.symbol.name)
    .filter((name) => base.values.has(name))
  const told = new Map<string, HuntReport['findings'][number]>()
  for (const finding of findings) {
    const found = reportOf(source, names, finding, await locate(made.running, finding, base))
    const key = `${found.part?.what} ${found.part?.text} ${Number.isFinite(finding.got)}`
    if (!told.has(key)) told.set(key, found)
  }
  return { points, findings: [...told.values()] }
}

function reportOf(
  source: Source,
  names: readonly string[],
  { point, param, output, entry, got, want }: Finding,
  part: Awaited<ReturnType<typeof locate>>,
): HuntReport['findings'][number] {
  return {
    output: output ?? param ?? 'loss',
    kind: output !== undefined ? 'output' : param !== undefined ? 'gradient' : 'loss',
    entry,
    got: told(got),
    want,
    dims: Object.fromEntries(point.dims),
    values: Object.fromEntries(names.map((name) => [name, nested(mapTensor(point.values.get(name)!, told))])),
    part: part
      ? { what: part.what, text: textOf(source, part.span), ...source.position(part.span.start) }
      : null,
  }
}

const told = (x: number): Told =>
  Number.isNaN(x) ? 'NaN' : x === Infinity ? 'inf' : x === -Infinity ? '-inf' : x

/** On one line, without parentheses around it. */
function textOf(source: Source, span: { readonly start: number; readonly end: number }): string {
  const text = source.slice(span).replace(/\s+/g, ' ')
  let open = 0
  const closes = [...text].findIndex((c) => (open += c === '(' ? 1 : c === ')' ? -1 : 0) === 0)
  return text.startsWith('(') && closes === text.length - 1 ? text.slice(1, -1) : text
}

/** The findings as lines: the plainest, one block each. */
export function huntText(file: string, { points, findings }: HuntReport): string[] {
  if (findings.length === 0)
    return [
      '',
      `At ${plural(points, 'point')} at the edges (large, small, zero, equal, masked) the code keeps its digits.`,
    ]
  const more = findings.length - SHOWN
  return [
    '',
    `The code loses digits at edges (${plural(points, 'point')} ${points === 1 ? 'was' : 'were'} tried):`,
    ...findings
      .slice(0, SHOWN)
      .flatMap(({ output, kind, entry, got, want, dims, values, part }) => [
        '',
        `  ${{ loss: 'the loss', gradient: `∂/∂${output}${entry}`, output: output + entry }[kind]} is ${text(got)}, right is ${want}`,
        ...(part
          ? [
              `  lost in ${part.what === 'derivative' ? 'the derivative of ' : ''}${part.text} (${file}:${part.line}:${part.column})`,
            ]
          : []),
        `  at ${[...Object.entries(dims), ...Object.entries(values)].map(([name, v]) => `${name} = ${text(v)}`).join(', ')}`,
      ]),
    ...(more > 0 ? ['', `  and ${more} more: chainrule check --json ${file}`] : []),
  ]
}

const text = (v: Nested<Told>): string =>
  Array.isArray(v) ? `[${v.map(text).join(', ')}]` : Object.is(v, -0) ? '-0' : String(v)
