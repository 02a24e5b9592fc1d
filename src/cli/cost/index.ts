/** The claim that gradients cost what a forward pass does, O(N), and differences O(N²): measured. */
import { resolveFile } from '../imports.ts'
import { type Maker, makerOf } from '../../modules.ts'
import { exponentOf } from './exponent.ts'
import { type Growth, asWritten, growthOf } from './growth.ts'
import { type Subject, measure, subjectOf } from './measure.ts'
import type { CostReport, Curve, Row } from './report.ts'
import { type Stopwatch, stopwatch } from './stopwatch.ts'

export type { CostReport } from './report.ts'
export { costText } from './text.ts'

/** Larger networks are not made for a measurement. */
const MOST_PARAMETERS = 1e7
/** No more of them are made after so many seconds. */
const MAKING = 3

/**
 * What a program costs as it is, and where it is asked for as its dims grow. Undefined where there is no code to be
 * measured, or nothing is learned.
 */
export async function costOf(
  text: string,
  filename: string,
  {
    grown,
    dims,
    seconds = stopwatch,
    make = makerOf(text, filename, 'f64', undefined, resolveFile),
  }: {
    readonly grown: boolean
    /** Values of dims over those in the program. */
    readonly dims?: ReadonlyMap<string, number> | undefined
    readonly seconds?: Stopwatch
    readonly make?: Maker
  },
): Promise<CostReport | undefined> {
  const growth = grown ? growthOf(text, filename, dims) : undefined
  const written = growth ?? asWritten(text, filename, dims)
  if (!written || written.base.parameters > MOST_PARAMETERS) return undefined
  const { base, assumed } = written
  const subject = await subjectOf(make, base.dims)
  if (!subject) return undefined
  const larger = growth ? await largerOf(make, growth) : []
  const [own, ...costs] = measure([subject, ...larger.map((l) => l.subject)], seconds)
  const rows = larger.flatMap(({ factor }, i): Row[] => (costs[i] ? [{ factor, ...costs[i] }] : []))
  return { own, assumed, curve: growth && curveOf(growth.growing, rows) }
}

interface Larger {
  readonly factor: number
  readonly subject: Subject
}

async function largerOf(make: Maker, { sizes }: Growth): Promise<Larger[]> {
  const found: Larger[] = []
  const start = performance.now()
  for (const { factor, dims, parameters } of sizes) {
    if (parameters > MOST_PARAMETERS || performance.now() - start > MAKING * 1000) break
    const subject = await subjectOf(make, dims)
    if (!subject) break
    found.push({ factor, subject })
  }
  return found
}

function curveOf(growing: readonly string[], rows: readonly Row[]): Curve {
  const fitted = (of: keyof Curve['exponents']): number | undefined =>
    exponentOf(rows.map((row) => ({ size: row.parameters, cost: row[of] })))
  return {
    growing,
    rows,
    exponents: {
      forward: fitted('forward'),
      gradients: fitted('gradients'),
      differences: fitted('differences'),
    },
  }
}
