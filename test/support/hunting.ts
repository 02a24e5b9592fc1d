import { analyse } from '../../src/compile.ts'
import {
  type Finding,
  type HuntOptions,
  type Point,
  hunt,
  locate,
  pointFor,
} from '../../src/interpret/index.ts'
import { huntedOf, makerOf } from '../../src/modules.ts'

/** A finding in words: the part of the program that loses digits, and an example. */
export interface Found {
  readonly part: string
  readonly text: string
}

/** Of numbers whose squares and exponents are those of doubles. */
export const isOrdinary = ({ values }: Point): boolean =>
  [...values.values()].every(({ data }) =>
    data.every((x) => x === 0 || Math.abs(x) === Infinity || Math.abs(Math.log10(Math.abs(x))) < 50),
  )

/** What a hunt finds in the code of a program, one of each part. */
export async function hunted(source: string, options: Omit<HuntOptions, 'findings'>): Promise<Found[]> {
  const analysed = analyse(source)
  const { written } = analysed.mathematics!
  const base = pointFor(written, 1)
  const made = (await makerOf(source, 'network.net', 'f64', { analysed, dims: undefined })(base.dims))!
  const { findings } = await hunt(written.network, base, huntedOf(made.module, made.network), {
    ...options,
    findings: 12,
  })
  const found = new Map<string, Found>()
  for (const finding of findings) {
    const place = await locate(made.running, finding, base)
    const text = place ? source.slice(place.span.start, place.span.end) : ''
    const part = place?.what === 'derivative' ? `the derivative of ${text}` : text
    if (!found.has(part)) found.set(part, { part, text: told(finding) })
  }
  return [...found.values()]
}

const told = ({ param, output, entry, got, want, point }: Finding): string =>
  `${output !== undefined ? output + entry : param === undefined ? 'the loss' : `∂/∂${param}${entry}`} is ${got}, right is ${want}, at ${[
    ...point.values,
  ]
    .map(([name, { data }]) => `${name} = [${data.join(', ')}]`)
    .join(', ')}`
