/** What was measured. */
import type { Growth } from './growth.ts'
import type { Cost } from './measure.ts'

/** The network at one size, and what it takes there. */
export interface Row extends Cost {
  /** What the dims that grow were multiplied by. */
  readonly factor: number
}

/** A network growing. */
export interface Curve {
  readonly growing: readonly string[]
  readonly rows: readonly Row[]
  /** Of each cost the p of N^p; undefined where fewer than two sizes were measured. */
  readonly exponents: Readonly<Record<'forward' | 'gradients' | 'differences', number | undefined>>
}

export interface CostReport {
  /** The network as it is written; undefined where the engine did not optimise its code in time, so that no ratio would be true. */
  readonly own: Cost | undefined
  /** What the dims without values were measured with. */
  readonly assumed: Growth['assumed']
  /** Only where it is asked for. */
  readonly curve: Curve | undefined
}
