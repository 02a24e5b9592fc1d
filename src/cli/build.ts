/** `chainrule build`: modules from programs. One program's errors stop neither the others nor touch its old output. */
import { setImmediate as turn } from 'node:timers/promises'
import { type CompileOptions, type Compiled, compile } from '../compile.ts'
import { format } from '../emit/format.ts'
import { isGenerated } from '../emit/module.ts'
import { STAGES, dumpStage } from '../stages.ts'
import { print, say, sayDiagnostics, sayProblem } from './console.ts'
import { type Job, inputFiles, jobsFor } from './inputs.ts'
import { DONE, FAILED, Problem, problems } from './problem.ts'
import { STDIN, readSource } from './read.ts'
import { type Output, freshness, replace } from './write.ts'

export interface BuildOptions {
  readonly out?: string
  readonly target: 'ts' | 'js'
  readonly precision: 'f64' | 'f32'
  readonly batch?: string | number
  readonly dim?: ReadonlyMap<string, number>
  /** True where it is given without a number. */
  readonly checkpoint?: number | true
  readonly check?: boolean
  readonly formulas: boolean
  readonly json?: boolean
  readonly dump?: string
}

export async function build(args: readonly string[], options: BuildOptions): Promise<number> {
  const said = { json: options.json === true }
  const files = await inputFiles(args)
  if (files[0] === STDIN && (options.out !== undefined || options.check)) throw problems.inputToFolder()
  if (options.dump !== undefined) requireStage(options.dump)
  let status: number = DONE
  for (const job of jobsFor(files, options.out)) {
    // A turn of the loop, in which an interrupt is heard: all else here happens within one.
    await turn()
    try {
      if (!(await buildOne(job, options))) status = FAILED
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      sayProblem(error, said, job.input)
      status = FAILED
    }
  }
  return status
}

function requireStage(name: string): void {
  if (!STAGES.some((stage) => stage === name)) throw problems.noStage(name, STAGES)
}

/** Whether the program was built, or with --check is. */
async function buildOne(job: Job, options: BuildOptions): Promise<boolean> {
  const source = readSource(job.input)
  const compiled = compile(source.text, compileOptions(source.filename, options))
  sayDiagnostics(compiled.diagnostics, source, { json: options.json === true })
  if (options.dump !== undefined) return compiled.code !== undefined
  if (compiled.code === undefined) return false
  const outputs = await outputsOf(job, compiled.code, compiled, options)
  if (job.input === STDIN) print(outputs[0]!.text)
  else if (options.check) return checkFresh(outputs)
  else for (const path of replace(outputs, isGenerated)) say(`wrote ${path}`)
  return true
}

function compileOptions(
  filename: string,
  { target, precision, batch, dim, formulas, checkpoint, dump }: BuildOptions,
): CompileOptions {
  const watch =
    dump === undefined
      ? {}
      : {
          verify: true,
          observe: ((stage, result) =>
            stage === dump && print(dumpStage(stage, result))) satisfies CompileOptions['observe'],
        }
  return { filename, target, precision, formulas, batch, dims: dim, checkpoint, ...watch }
}

/** The files of one program: TypeScript, or JavaScript and its declarations. */
async function outputsOf(
  { stem }: Job,
  code: string,
  { types }: Compiled,
  { target }: BuildOptions,
): Promise<Output[]> {
  const outputs = [{ path: `${stem}.${target}`, text: await format(code, target) }]
  if (types !== undefined)
    outputs.push({ path: `${stem.replace(/\.net$/, '.net.d')}.ts`, text: await format(types, 'ts') })
  return outputs
}

function checkFresh(outputs: readonly Output[]): boolean {
  const stale = outputs
    .map((output) => ({ output, state: freshness(output, isGenerated) }))
    .filter(({ state }) => state !== 'up to date')
  for (const { output, state } of stale) print(`${state}: ${output.path}`)
  return stale.length === 0
}
