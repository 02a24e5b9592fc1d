import {
  type Analysed,
  type CompileOptions,
  type Compiled,
  analyse,
  compileAnalysed,
  everyTarget,
} from '../../src/compile.ts'

const known = new Map<string, Analysed>()

/** A program, analysed once for all targets and precisions that a file compiles it for. */
export function analysedOnce(source: string, filename: string): Analysed {
  const found = known.get(source) ?? analyse(source, { filename })
  known.set(source, found)
  return found
}

/** Graphs are large: of more programs than these the first ones are forgotten. */
const MOST = 64
const halves = new Map<string, Analysed>()

/** As `compile`, of a program without imports; what precisions and optimizers have in common is done once. */
export function compileShared(source: string, options: CompileOptions): Compiled {
  const first = everyTarget.firstHalf(options)
  const key = JSON.stringify([source, first])
  let half = halves.get(key)
  if (!half) {
    if (halves.size === MOST) halves.delete(halves.keys().next().value!)
    halves.set(key, (half = everyTarget.prepare(source, first)))
  }
  const made = compileAnalysed(half, options)
  return { ...made, diagnostics: [...half.diagnostics, ...made.diagnostics] }
}
