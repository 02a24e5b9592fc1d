/** What a project says once for all of its programs: the contents of `chainrule.config.js`, and the options of the plugins. */
import type { TargetName } from './compiler/target.ts'
import type { FunctionName } from './schedule/functions.ts'
import type { OptimizerName } from './schedule/optimizers.ts'

/** How a program is compiled. What is left out is as the command has it by default. */
export interface FileOptions {
  /** What is written: TypeScript, JavaScript (`mjs`: an ES module in any package), JavaScript with WebAssembly in it, one of these two by the size of the network (`auto`), or C. Bundlers take js and wasm. */
  readonly target?: TargetName | 'mjs' | 'auto' | undefined
  readonly precision?: 'f64' | 'f32' | undefined
  /** A name or a length for the batch axis, or `none`, instead of the program's. */
  readonly batch?: string | number | undefined
  /** The values of dims by name, instead of those in the program. */
  readonly dims?: Readonly<Record<string, number>> | undefined
  /** Whether the code carries its formulas; by default it does. */
  readonly formulas?: boolean | undefined
  /** A recurrence keeps its states once in so many steps; true for about the square root of their number. */
  readonly checkpoint?: boolean | number | undefined
  /** Of WebAssembly: whether several threads may run a call; the module's `parallel(n)` starts them. */
  readonly threads?: boolean | undefined
  /** How `step` changes parameters; gradient descent by default. The others keep a state, which `initState` makes. */
  readonly optimizer?: OptimizerName | undefined
  /** What `backward` differentiates by: parameters, inputs, targets, hyperparameters; every parameter by default. */
  readonly wrt?: readonly string[] | undefined
  /** What the module has: `forward`, `loss`, `backward` and `step` by default; `jvp`, `vjp`, `hvp`. */
  readonly functions?: readonly FunctionName[] | undefined
}

/** Options of the files that match one of the patterns. */
export interface Override extends FileOptions {
  /** Paths below the folder of the config, or glob patterns of such: `models/*.net`; with `**` or a slash first, of any paths. */
  readonly files: string | readonly string[]
}

export interface Config extends FileOptions {
  /** What `chainrule build` builds where no files are named: paths or glob patterns, from the folder of the config. By default all .net files below it. */
  readonly files?: string | readonly string[]
  /** The folder under which outputs are written, from the folder of the config; by default they stand beside their sources. */
  readonly out?: string
  /** Options for some files. Of several that match, the last one that says something counts. */
  readonly overrides?: readonly Override[]
}

/** The config itself, so that editors know its type. */
export const defineConfig = (config: Config): Config => config
