import { type Analysed, analyse } from '../../src/compile.ts'

const known = new Map<string, Analysed>()

/** A program, analysed once for all targets and precisions that a file compiles it for. */
export function analysedOnce(source: string, filename: string): Analysed {
  const found = known.get(source) ?? analyse(source, { filename })
  known.set(source, found)
  return found
}
