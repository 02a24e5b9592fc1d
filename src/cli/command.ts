/** The command line. Each command's work is imported when it is called, so that starting costs what is used. */
import { Command, CommanderError, Option } from 'commander'
import { LANGUAGES } from '../base/language.ts'
import { printable } from '../base/frame.ts'
import { VERSION } from '../base/version.ts'
import type { BuildOptions } from './build.ts'
import type { CheckOptions } from './check.ts'
import { print, say, sayProblem } from './console.ts'
import type { FromOnnxOptions } from './from-onnx.ts'
import type { GraphOptions } from './graph.ts'
import type { LatexOptions } from './latex.ts'
import { LOSSES } from './onnx/losses.ts'
import {
  axisOption,
  batchOption,
  choice,
  collect,
  countOption,
  dimOption,
  effortOption,
  hyperOption,
  lengthOption,
  rateOption,
  functionsOption,
  namesOption,
  seedsOption,
  segmentOption,
  shareOption,
  wholeOption,
} from './options.ts'
import { DONE, FAILED, MISUSED, Problem, problems } from './problem.ts'
import type { PredictOptions } from './predict.ts'
import type { TraceOptions } from './trace.ts'
import type { TrainOptions } from './train.ts'

function program(finish: (status: number) => void): Command {
  const chainrule = new Command('chainrule')
    .description('compiles networks written as mathematics to closed-form gradients and TypeScript')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print how to use it')
    .helpCommand('help [command]', 'print how to use a command')
    .showSuggestionAfterError()
    .configureOutput({ writeOut: print, writeErr: say })
    .showHelpAfterError('(chainrule --help shows the commands and options)')
    .exitOverride()

  const build = chainrule
    .command('build')
    .description(
      'write NAME.net.ts (or NAME.net.js and NAME.net.d.ts, NAME.net.mjs and NAME.net.d.mts, NAME.net.c and NAME.net.h) for each NAME.net',
    )
    .argument(
      '[files...]',
      'files or quoted globs; - reads standard input and prints the code; by default those of the config',
    )
    .option('--out <dir>', 'write under this folder instead of beside the sources')
    .addOption(
      new Option(
        '--target <target>',
        'ts, js, mjs (an ES module in any package), wasm (as js), auto (js or wasm, by size), c, pytorch, or onnx',
      )
        .argParser(choice(['ts', 'js', 'mjs', 'wasm', 'auto', 'c', 'pytorch', 'onnx']))
        .default(undefined, 'ts'),
    )
    .addOption(
      new Option('--precision <precision>', 'f64 or f32')
        .argParser(choice(['f64', 'f32']))
        .default(undefined, 'f64'),
    )
    .option(
      '--batch <batch>',
      "a name or a length for the batch axis, or none, instead of the program's",
      batchOption,
    )
    .option('--dim <name=value>', 'the value of a dim; may be repeated', dimOption)
    .addOption(
      new Option(
        '--optimizer <name>',
        'how step changes parameters: sgd, or momentum, adam, adamw, which take a state that initState makes',
      )
        .argParser(choice(['sgd', 'momentum', 'adam', 'adamw']))
        .default(undefined, 'sgd'),
    )
    .option(
      '--wrt <names>',
      'what backward differentiates by, inputs too: names with commas between (default: every parameter)',
      namesOption,
    )
    .option(
      '--functions <names>',
      'what the module has: forward, loss, backward, step (the default), jvp, vjp, hvp, with commas between',
      functionsOption,
    )
    .option(
      '--threads',
      'of wasm: several threads may run a call; the module has parallel(n), which starts them',
    )
    .option('--watch', 'build again what changes, until ended')
    .option(
      '--check',
      'write nothing, fail where an output is missing, out of date, or left over from a program that is gone',
    )
    .option(
      '--config <file>',
      'a config to be read instead of chainrule.config.js (or .mjs, .json) in this folder',
    )
    .option(
      '--checkpoint [n]',
      'keep the states of a recurrence once in n steps (by default √ of their number) and run it again on the way back',
      segmentOption,
    )
    .option('--no-formulas', 'leave the formulas out of the code')
    .option('--json', 'print diagnostics as JSON, one a line')
    .option('--dump <stage>', 'print what the compiler has after a stage, and write nothing')
    .action(async (files: string[], options: BuildOptions) =>
      finish(await (await import('./build.ts')).build(files, options)),
    )

  const init = chainrule
    .command('init')
    .description('start a project: a network, a script that trains it, a config')
    .argument('[folder]', 'where', '.')
    .action(async (folder: string) => finish((await import('./init.ts')).init(folder)))

  const latex = chainrule
    .command('latex')
    .description('print the equations and the gradients as formulas')
    .argument('<file>', 'a .net file, or - for standard input')
    .option(
      '--wrt <name>',
      'differentiate with respect to this; may be repeated (default: every parameter)',
      collect,
    )
    .option('--of <name>', 'differentiate this instead of the loss')
    .addOption(
      new Option('--format <format>', 'latex, document, markdown, text, mathml or html')
        .argParser(choice(['latex', 'document', 'markdown', 'text', 'mathml', 'html']))
        .default('latex'),
    )
    .option('--elements', 'print every formula entry by entry')
    .option('--samples', 'print the batch as a mean over its samples')
    .option('--unroll', 'print every member of a recurrence, instead of the recurrence')
    .option('--steps', 'print the derivation: the chain rule, each factor with its rule, each simplification')
    .addOption(
      new Option('--lang <lang>', 'the language of the words: en or zh')
        .argParser(choice(LANGUAGES))
        .default('en'),
    )
    .option('--dim <name=value>', 'the value of a dim; may be repeated', dimOption)
    .option('--json', 'print diagnostics as JSON, one a line')
    .action(async (file: string, options: LatexOptions) =>
      finish(await (await import('./latex.ts')).latex(file, options)),
    )

  const check = chainrule
    .command('check')
    .description('compare the derived gradients with independent ones')
    .argument('<file>', 'a .net file, or - for standard input')
    .option('--seeds <n>', 'how many random points', seedsOption, 3)
    .option('--dim <name=value>', 'the value of a dim; may be repeated', dimOption)
    .option('--hunt <n>', 'look n times as long for inputs at which the code loses digits', effortOption, 1)
    .option(
      '--steps',
      'print how claims for every length are proved: the cases, the base and the step of an induction',
    )
    .option('--cost', 'measure also how the costs grow with the number of parameters')
    .option('--json', 'print the result as JSON, and diagnostics too')
    .action(async (file: string, options: CheckOptions) =>
      finish(await (await import('./check.ts')).check(file, options)),
    )

  const trace = chainrule
    .command('trace')
    .description('print every value of the forward and the backward pass, as a worked example')
    .argument('<file>', 'a .net file, or - for standard input')
    .requiredOption('--data <json>', 'a JSON file, or JSON itself: {"x": [0.5, 0.1], …}')
    .option('--dim <name=value>', 'the value of a dim; may be repeated', dimOption)
    .option('--markdown', 'print tables that GitHub renders')
    .option('--json', 'print diagnostics as JSON, one a line')
    .action(async (file: string, options: TraceOptions) =>
      finish(await (await import('./trace.ts')).trace(file, options)),
    )

  const graph = chainrule
    .command('graph')
    .description('draw the network, or its expressions with the backward pass')
    .argument('<file>', 'a .net file, or - for standard input')
    .addOption(
      new Option('--format <format>', 'mermaid, dot or svg')
        .argParser(choice(['mermaid', 'dot', 'svg']))
        .default('mermaid'),
    )
    .addOption(
      new Option(
        '--view <view>',
        'neurons, layers or expressions (default: neurons where there are few, else layers)',
      ).argParser(choice(['neurons', 'layers', 'expressions'])),
    )
    .option('--gradient', 'draw expressions, and the backward pass beside them')
    .option('--unroll', 'draw every step of a recurrence, instead of one with an arrow back to it')
    .option('--of <name>', 'of several losses: whose backward pass')
    .option('--dim <name=value>', 'the value of a dim; may be repeated', dimOption)
    .option('--json', 'print diagnostics as JSON, one a line')
    .action(async (file: string, options: GraphOptions) =>
      finish(await (await import('./graph.ts')).graph(file, options)),
    )

  const tableOptions = (command: Command): Command =>
    command
      .argument('<file>', 'a .net file')
      .requiredOption(
        '--data <file>',
        'a table: .csv, .tsv, .jsonl; or NAME=FILE, arrays of numbers: .npy, .idx, once for each name; with .gz behind it, packed',
        collect,
      )
      .option(
        '--map <map>',
        "which columns are whose: 'x=length,width;y=species', with ranges c1..c8 and stars pixel*",
      )
      .option(
        '--length <n>',
        'the data are a text: a sample is n letters of it, or, with lines, each line (targets are the letters that come next)',
        lengthOption,
      )
      .option(
        '--shared <name=file>',
        'an array that all samples share: .npy, .idx, .csv or .json; once for each name',
        collect,
      )
      .option('--delimiter <mark>', 'what stands between the cells of a table')
      .option('--no-header', 'the first line names no columns: they are called 1, 2, 3, …')
      .addOption(
        new Option('--missing <what>', 'rows with empty cells: error or skip (default: error)').argParser(
          choice(['error', 'skip']),
        ),
      )
      .option('--dim <name=value>', 'the value of a dim; may be repeated', dimOption)
      .option('--hyper <name=value>', 'the value of a hyperparameter; may be repeated', hyperOption)
      .option(
        '--memory <megabytes>',
        'how much of the samples is kept in memory; the rest is on disk',
        countOption,
        1024,
      )
      .option('--json', 'print diagnostics as JSON, one a line')

  const train = tableOptions(
    chainrule
      .command('train')
      .description(
        'learn parameters from a table: reads, splits, scales, trains, and keeps the best parameters',
      ),
  )
    .option(
      '--window <n>',
      'rows are a series: a sample is n of them, one after the other, its targets those of the last',
      countOption,
    )
    .option(
      '--out <file>',
      'the parameters: .safetensors or .json (default: NAME.safetensors beside NAME.net)',
    )
    .option('--plot <file>', 'draw the loss over the epochs as SVG')
    .option('--params <file>', 'begin with these parameters, instead of drawing them')
    .option('--resume', 'go on where the last training to the same --out ended')
    .option('--epochs <n>', 'how often all samples are gone through (default: 100)', countOption)
    .option('--rate <rate>', 'of a step (default: 0.003; momentum 0.01, sgd 0.1)', rateOption)
    .addOption(
      new Option(
        '--schedule <schedule>',
        'of the rate: constant, cosine (falls to 0), step (a tenth after half, a hundredth after three quarters) (default: constant)',
      ).argParser(choice(['constant', 'cosine', 'step'])),
    )
    .addOption(
      new Option('--optimizer <name>', 'sgd, momentum, adam or adamw (default: adam)').argParser(
        choice(['sgd', 'momentum', 'adam', 'adamw']),
      ),
    )
    .option('--batch <n>', 'samples of a step (default: 32)', countOption)
    .option(
      '--threads <n>',
      'share each step among n threads; the result stays the same (default: 1)',
      countOption,
    )
    .option(
      '--seed <n>',
      'of the first parameters, the split, and the order of samples (default: 1)',
      wholeOption,
    )
    .option('--validation <share>', 'of the samples are held out (default: 0.2)', shareOption)
    .addOption(
      new Option('--split <how>', 'which are held out: random or last (default: random)').argParser(
        choice(['random', 'last']),
      ),
    )
    .option(
      '--patience <n>',
      'end after n epochs without a better validation; 0: never (default: 0)',
      wholeOption,
    )
    .addOption(
      new Option('--scale <how>', 'inputs: none, standardise or minmax (default: none)').argParser(
        choice(['none', 'standardise', 'minmax']),
      ),
    )
    .addOption(
      new Option(
        '--scale-targets <how>',
        'targets that are numbers, in the same ways (default: none)',
      ).argParser(choice(['none', 'standardise', 'minmax'])),
    )
    .addOption(
      new Option('--precision <precision>', 'f64 or f32 (default: f64)').argParser(choice(['f64', 'f32'])),
    )
    .addOption(
      new Option('--target <target>', 'what the steps run in: js, wasm, or what suits the size')
        .argParser(choice(['auto', 'js', 'wasm']))
        .default('auto'),
    )
    .action(async (file: string, options: TrainOptions) =>
      finish(await (await import('./train.ts')).train(file, options)),
    )

  const predict = tableOptions(
    chainrule.command('predict').description('print the outputs for each row of a table, as a table'),
  )
    .requiredOption('--params <file>', 'what chainrule train has written: .safetensors or .json')
    .option('--out <file>', 'write the table to this file instead of printing it')
    .action(async (file: string, options: PredictOptions) =>
      finish(await (await import('./predict.ts')).predict(file, options)),
    )

  const fromOnnx = chainrule
    .command('from-onnx')
    .description('write a .net and a .safetensors for a trained network in a model of ONNX')
    .argument('<file>', 'a model: NAME.onnx')
    .option(
      '--out <file>',
      'the program; the parameters stand beside it (default: NAME.net beside NAME.onnx)',
    )
    .addOption(
      new Option('--loss <loss>', 'of the program, to train on with: auto fits what the model puts out')
        .argParser(choice(LOSSES))
        .default('auto'),
    )
    .option(
      '--batch-axis <axis>',
      'where the samples stand in inputs, counted from 0, or none (default: what the model leaves open, or 0, or 1)',
      axisOption,
    )
    .option('--params <file>', 'values for inputs of the model that are parameters: .safetensors')
    .option('--json', 'print diagnostics as JSON, one a line')
    .action(async (file: string, options: FromOnnxOptions) =>
      finish((await import('./from-onnx.ts')).fromOnnx(file, options)),
    )

  for (const command of [build, init, latex, check, trace, graph, train, predict, fromOnnx])
    command.exitOverride().showHelpAfterError(`(chainrule ${command.name()} --help shows the options)`)
  return chainrule
}

/** Runs the command, with what stands behind its name; its exit status. Never throws. */
export async function run(args: readonly string[]): Promise<number> {
  let status: number = DONE
  const command = program((ended) => (status = ended))
  if (args.length === 0) {
    say(command.helpInformation())
    return MISUSED
  }
  try {
    if (args[0]!.endsWith('.net')) throw problems.fileFirst(args[0]!)
    await command.parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    // Commander has said what is wrong already; help and version end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : MISUSED
    if (error instanceof Problem) {
      sayProblem(error, { json: args.includes('--json') })
      return error.status
    }
    say(
      `error: this is a bug of chainrule, please report it: ${printable(error instanceof Error ? error.message : String(error))}`,
    )
    return FAILED
  }
}
