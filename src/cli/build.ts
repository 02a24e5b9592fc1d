/** `chainrule build`: modules from programs. One program's errors stop neither the others nor touch its old output. */
import { dirname, relative } from 'node:path'
import { type CompileOptions, type Compiled, compile } from '../compile.ts'
import { format } from '../emit/format.ts'
import { isGenerated } from '../emit/module.ts'
import type { OptimizerName } from '../schedule/optimizers.ts'
import { STAGES, dumpStage } from '../stages.ts'
import { type Said, print, say, sayDiagnostics, sayProblem, sayWarning } from './console.ts'
import { type Job, inputFiles, jobsFor } from './inputs.ts'
import { commonJsPackage } from './packages.ts'
import { DONE, FAILED, Problem, problems, warnings } from './problem.ts'
import { STDIN, readSource } from './read.ts'
import { type Output, freshness, replace, uncut } from './write.ts'

/** The language, and what is written after NAME.net: of the code, and of its declarations or header where they stand apart. */
const TARGETS = {
  ts: { language: 'ts', code: '.ts', beside: undefined },
  js: { language: 'js', code: '.js', beside: '.d.ts' },
  mjs: { language: 'js', code: '.mjs', beside: '.d.mts' },
  wasm: { language: 'wasm', code: '.js', beside: '.d.ts' },
  c: { language: 'c', code: '.c', beside: '.h' },
} as const
export type Target = keyof typeof TARGETS

export interface BuildOptions {
  readonly out?: string
  readonly target: Target
  readonly precision: 'f64' | 'f32'
  readonly batch?: string | number
  readonly dim?: ReadonlyMap<string, number>
  /** True where it is given without a number. */
  readonly checkpoint?: number | true
  readonly optimizer: OptimizerName
  readonly check?: boolean
  readonly formulas: boolean
  readonly json?: boolean
  readonly dump?: string
}

export async function build(args: readonly string[], options: BuildOptions): Promise<number> {
  const said = { json: options.json === true }
  const doubted = new Set<string>()
  const files = await inputFiles(args)
  if (files[0] === STDIN && (options.out !== undefined || options.check)) throw problems.inputToFolder()
  if (files[0] === STDIN && options.target === 'c') throw problems.inputToTwoFiles()
  if (options.dump !== undefined) requireStage(options.dump)
  let status: number = DONE
  for (const job of jobsFor(files, options.out)) {
    try {
      if (!(await buildOne(job, options))) status = FAILED
      else if (TARGETS[options.target].code === '.js' && job.input !== STDIN) doubtPackage(job, doubted, said)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      sayProblem(error, said, job.input)
      status = FAILED
    }
  }
  return status
}

/** Warns of a package in which the output is no ES module, once for each package. */
function doubtPackage({ input, stem }: Job, doubted: Set<string>, said: Said): void {
  const path = commonJsPackage(dirname(stem))
  if (path === undefined || doubted.has(path)) return
  doubted.add(path)
  sayWarning(warnings.commonJs(`${stem}.js`, relative('', path)), said, input)
}

function requireStage(name: string): void {
  if (!STAGES.some((stage) => stage === name)) throw problems.noStage(name, STAGES)
}

/** Whether the program was built, or with --check is. */
async function buildOne(job: Job, options: BuildOptions): Promise<boolean> {
  const source = readSource(job.input)
  const dump = new Dump(options.dump)
  const compiled = compile(source.text, { ...compileOptions(source.filename, options), ...dump.options })
  dump.done()
  sayDiagnostics(compiled.diagnostics, source, { json: options.json === true })
  if (options.dump !== undefined) return compiled.code !== undefined
  if (compiled.code === undefined) return false
  const outputs = await outputsOf(job, compiled.code, compiled, options)
  if (job.input === STDIN) print(outputs[0]!.text)
  else if (options.check) return checkFresh(outputs)
  else for (const path of await uncut(() => replace(outputs, isGenerated))) say(`wrote ${path}`)
  return true
}

const compileOptions = (
  filename: string,
  { target, precision, batch, dim, formulas, checkpoint, optimizer }: BuildOptions,
): CompileOptions => ({
  filename,
  target: TARGETS[target].language,
  precision,
  formulas,
  batch,
  dims: dim,
  checkpoint,
  optimizer,
})

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

/** The files of one program: TypeScript, JavaScript and its declarations, or C and its header. */
async function outputsOf(
  { stem }: Job,
  code: string,
  { types, header }: Compiled,
  { target }: BuildOptions,
): Promise<Output[]> {
  const { language, code: ending, beside } = TARGETS[target]
  if (language === 'c')
    return [
      { path: stem + ending, text: code },
      { path: stem + beside, text: header! },
    ]
  const outputs = [{ path: stem + ending, text: await format(code, language === 'ts' ? 'ts' : 'js') }]
  if (types !== undefined && beside !== undefined)
    outputs.push({ path: stem + beside, text: await format(types, 'ts') })
  return outputs
}

function checkFresh(outputs: readonly Output[]): boolean {
  const stale = outputs
    .map((output) => ({ output, state: freshness(output, isGenerated) }))
    .filter(({ state }) => state !== 'up to date')
  for (const { output, state } of stale) print(`${state}: ${output.path}`)
  return stale.length === 0
}
