/** One thing that is measured, and where. */
export interface Case {
  readonly name: string
  readonly program: string
  readonly from?: number
  readonly to?: number
  readonly delicate?: readonly number[]
  readonly slopeZeros?: readonly { readonly at: number; readonly size: number }[]
  readonly least?: number
  readonly except?: readonly number[]
}

/** An error in units in the last place, and the argument. */
export interface Worst {
  readonly units: number
  readonly at: number
}

export function measure(
  compiler: Readonly<Record<'analyse' | 'compile' | 'bigNumbers' | 'dualNumbers' | 'evaluate', unknown>>,
  what: Case,
  random: () => number,
  count: number,
): Promise<{ readonly value: Worst; readonly slope: Worst }>

export function generator(seed: number): () => number
