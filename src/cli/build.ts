/** `chainrule build`: modules from programs. One program's errors stop neither the others nor touch its old output. */
import { createHash } from 'node:crypto'
import { dirname, join, relative, resolve } from 'node:path'
import { type CompileOptions, type Compiled, type Target, compile } from '../compile.ts'
import type { FileOptions } from '../config.ts'
import { isGenerated } from '../emit/module.ts'
import type { FunctionName } from '../schedule/functions.ts'
import type { OptimizerName } from '../schedule/optimizers.ts'
import { STAGES, dumpStage } from '../stages.ts'
import { type Project, merged, optionsFor, readProject } from './config.ts'
import { type Said, print, say, sayDiagnostics, sayProblem, sayWarning } from './console.ts'
import { type Job, commonRoot, foldersOf, inputFiles, jobsFor } from './inputs.ts'
import { orphans } from './orphans.ts'
import { type OutputTarget, TARGETS, outputsOf } from './outputs.ts'
import { commonJsPackage } from './packages.ts'
import { DONE, FAILED, Problem, problems, warnings } from './problem.ts'
import { STDIN, readSource } from './read.ts'
import { suitedTarget } from './suited.ts'
import { watch } from './watch.ts'
import { type Output, freshness, replace, uncut } from './write.ts'
import { resolveFile, resolverFor } from './imports.ts'
import { importsIn, isForImport } from '../lower/index.ts'
import type { Source } from '../base/span.ts'

/** What the command line says; what it leaves out stands in the config, or is as by default. */
export interface BuildOptions {
  readonly out?: string
  readonly target?: OutputTarget
  readonly precision?: 'f64' | 'f32'
  readonly batch?: string | number
  readonly dim?: ReadonlyMap<string, number>
  /** True where it is given without a number. */
  readonly checkpoint?: number | true
  readonly threads?: boolean
  readonly optimizer?: OptimizerName
  readonly wrt?: readonly string[]
  readonly functions?: readonly FunctionName[]
  readonly check?: boolean
  readonly watch?: boolean
  readonly config?: string
  /** False where it is said so. */
  readonly formulas?: boolean
  readonly json?: boolean
  readonly dump?: string
}

export async function build(args: readonly string[], options: BuildOptions): Promise<number> {
  if (options.dump !== undefined) requireStage(options.dump)
  if (args.includes(STDIN)) refuseForInput(options)
  if (options.watch && options.check) throw problems.watchAndCheck()
  const builder = new Build(args, options)
  return options.watch ? watch(builder) : builder.round()
}

function requireStage(name: string): void {
  if (!STAGES.some((stage) => stage === name)) throw problems.noStage(name, STAGES)
}

/** Standard input has no name, and is there once. */
function refuseForInput({ out, check, target, watch }: BuildOptions): void {
  if (out !== undefined || check) throw problems.inputToFolder()
  if (target === 'c') throw problems.inputToTwoFiles()
  if (target === 'onnx') throw problems.inputToModels()
  if (watch) throw problems.watchInput()
}

/** One build, or one after another of what has changed since the one before. */
class Build {
  readonly #args: readonly string[]
  readonly #options: BuildOptions
  readonly #said: Said
  /** Packages that were warned of. */
  readonly #doubted = new Set<string>()
  /** By inputs, what they were built from, and whether that went well. */
  readonly #built = new Map<string, { readonly key: string; readonly done: boolean }>()
  /** The last time's troubles around files: what has been said is not said again. */
  #troubles = new Set<string>()
  #folders: Set<string>

  constructor(args: readonly string[], options: BuildOptions) {
    this.#args = args
    this.#options = options
    this.#said = { json: options.json === true }
    this.#folders = new Set([options.config === undefined ? '.' : dirname(options.config)])
  }

  /** Where something may change that the next round would see. */
  get folders(): ReadonlySet<string> {
    return new Set([...this.#folders, ...this.#imported])
  }

  /** Folders of files that programs import. */
  readonly #imported = new Set<string>()

  /** How many programs there are. */
  get count(): number {
    return this.#built.size
  }

  /** Builds what has changed. The exit status. Throws a Problem where the arguments or the config are wrong. */
  async round(): Promise<number> {
    const { check, config, watch: watched } = this.#options
    this.#imported.clear()
    const project = await this.#project(config)
    const args = this.#args.length > 0 ? this.#args : patternsOf(project)
    this.#folders = foldersOf(args)
    this.#folders.add(project.path === undefined ? project.folder : dirname(project.path))
    const troubles = new Map<string, Problem>()
    const files = await inputFiles(
      args,
      watched ? (problem) => void troubles.set(problem.message, problem) : undefined,
    )
    for (const [message, problem] of troubles)
      if (!this.#troubles.has(message)) sayProblem(problem, this.#said)
    this.#troubles = new Set(troubles.keys())
    const out = this.#outFor(project)
    const root = commonRoot(files)
    const jobs = jobsFor(files, out, root)
    let status: number = troubles.size === 0 ? DONE : FAILED
    for (const job of jobs) if (!(await this.#job(job, project))) status = FAILED
    for (const input of this.#built.keys()) if (!files.includes(input)) this.#gone(input)
    if (!check) return status
    const left = orphans(foldersOf(args), out, root)
    for (const path of left) print(`orphan: ${path}`)
    return left.length > 0 ? FAILED : status
  }

  async #project(config: string | undefined): Promise<Project> {
    // A program from standard input belongs to no folder, but to the options on its line.
    if (this.#args[0] === STDIN && config === undefined) return { folder: '.', path: undefined, config: {} }
    return readProject('.', config)
  }

  #outFor({ folder, config }: Project): string | undefined {
    const { out } = this.#options
    return out ?? (config.out === undefined || this.#args[0] === STDIN ? undefined : join(folder, config.out))
  }

  #gone(input: string): void {
    this.#built.delete(input)
    say(`${input} is gone; what was written for it stays (build --check finds it)`)
  }

  /** Whether the program is built, or with --check up to date. */
  async #job(job: Job, project: Project): Promise<boolean> {
    const settings = settingsFor(job, project, this.#options)
    const before = this.#built.get(job.input)
    try {
      const source = readSource(job.input)
      // A pattern finds files of functions too, of which nothing is made.
      if (!this.#args.includes(job.input) && isForImport(source.text)) return true
      const resolve = resolverFor((path) => this.#imported.add(dirname(path)))
      const { sources: imported } = importsIn(source.text, { filename: source.filename, resolve })
      const key = keyOf([source, ...imported], settings)
      if (before?.key === key) return before.done
      this.#built.set(job.input, { key, done: false })
      if (!(await this.#compile(job, source.text, source.filename, settings, before?.done === false)))
        return false
      this.#built.set(job.input, { key, done: true })
      if (TARGETS[settings.target].code === '.js' && job.input !== STDIN) this.#doubtPackage(job)
      return true
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const key = `${error.message} ${error.hint}`
      if (before?.key !== key) sayProblem(error, this.#said, job.input)
      this.#built.set(job.input, { key, done: false })
      return false
    }
  }

  async #compile(
    job: Job,
    text: string,
    filename: string,
    { target, ...settings }: Settings,
    wasBroken: boolean,
  ): Promise<boolean> {
    const { check, dump: asked } = this.#options
    const dump = new Dump(asked)
    const language = TARGETS[target].language
    const made = (language: Target, threads = settings.threads): Compiled =>
      compile(text, {
        filename,
        resolve: resolveFile,
        ...settings,
        threads,
        target: language,
        ...dump.options,
      })
    // What becomes JavaScript because it is small has nothing to share either.
    let compiled = made(language, target !== 'auto' && settings.threads)
    if (target === 'auto' && compiled.network && suitedTarget(compiled.network, new Map()) === 'wasm')
      compiled = made('wasm')
    dump.done()
    sayDiagnostics(compiled.diagnostics, compiled.source, this.#said)
    const { code } = compiled
    if (asked !== undefined) return code !== undefined
    if (code === undefined) return false
    const outputs = await outputsOf(job.stem, { ...compiled, code }, target)
    if (job.input === STDIN) print(String(outputs[0]!.text))
    else if (check) return checkFresh(outputs)
    else {
      const written = await uncut(() => replace(outputs, isGenerated))
      for (const path of written) say(`wrote ${path}`)
      if (wasBroken && written.length === 0) say(`${job.input} is as it was built before`)
    }
    return true
  }

  /** Warns of a package in which the output is no ES module, once for each package. */
  #doubtPackage({ input, stem }: Job): void {
    const path = commonJsPackage(dirname(stem))
    if (path === undefined || this.#doubted.has(path)) return
    this.#doubted.add(path)
    sayWarning(warnings.commonJs(`${stem}.js`, relative('', path)), this.#said, input)
  }
}

/** What a config says is to be built, by default all below its folder. */
function patternsOf({ folder, path, config }: Project): string[] {
  if (path === undefined) throw problems.nothingToBuild()
  return [config.files ?? '**/*.net'].flat().map((pattern) => join(folder, pattern))
}

type Settings = Omit<CompileOptions, 'target'> & { readonly target: OutputTarget }

/** Of the command line, or else of the config. */
function settingsFor({ input }: Job, project: Project, options: BuildOptions): Settings {
  const { dim, formulas, target, precision, batch, checkpoint, optimizer, wrt, functions, threads } = options
  const own: FileOptions = {
    target,
    precision,
    batch,
    dims: dim && Object.fromEntries(dim),
    checkpoint,
    threads,
    optimizer,
    wrt,
    functions,
    // Without the option the command line says true.
    formulas: formulas === false ? false : undefined,
  }
  const found = merged([input === STDIN ? {} : optionsFor(project, resolve(input)), own])
  return { ...found, target: found.target ?? 'ts' }
}

const keyOf = (sources: readonly Source[], settings: Settings): string =>
  createHash('sha256')
    .update(JSON.stringify([settings, sources.map(({ filename, text }) => [filename, text])]))
    .digest('hex')

/** Prints what the compiler has after a stage, as soon as it has it. */
class Dump {
  readonly options: Pick<CompileOptions, 'verify' | 'observe'>
  #failure: unknown

  constructor(asked: string | undefined) {
    this.options =
      asked === undefined
        ? {}
        : {
            verify: true,
            observe: (stage, result) => {
              if (stage !== asked) return
              try {
                print(dumpStage(stage, result))
              } catch (error) {
                // No fault of the program, which the compiler would take it for.
                this.#failure = error
              }
            },
          }
  }

  done(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

function checkFresh(outputs: readonly Output[]): boolean {
  const stale = outputs
    .map((output) => ({ output, state: freshness(output, isGenerated) }))
    .filter(({ state }) => state !== 'up to date')
  for (const { output, state } of stale) print(`${state}: ${output.path}`)
  return stale.length === 0
}
