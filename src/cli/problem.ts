/** What can go wrong around a program: files, folders, the command line. The sentences of all of it stand here. */
import { printable } from '../base/frame.ts'

/** Exit statuses: done; the program or the check has errors; the command line is wrong. */
export const DONE = 0
export const FAILED = 1
export const MISUSED = 2

/** Ends a command, or the work on one of its files, with a sentence and a status. Never a bug of ours. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: typeof FAILED | typeof MISUSED
  readonly hint: string | undefined

  constructor(
    message: string,
    { status = FAILED, hint }: { status?: typeof FAILED | typeof MISUSED; hint?: string | undefined } = {},
  ) {
    super(message)
    this.status = status
    this.hint = hint
  }
}

const misused = (message: string, hint?: string): Problem => new Problem(message, { status: MISUSED, hint })
const failed = (message: string, hint?: string): Problem => new Problem(message, { hint })

/** A path as a sentence names it. */
export const quoted = (path: string): string => `\`${printable(path)}\``

export const problems = {
  noSuchFile: (path: string, near: string | undefined) =>
    misused(
      `There is no file ${quoted(path)}.`,
      near === undefined ? undefined : `did you mean ${quoted(near)}?`,
    ),
  noMatch: (pattern: string) => misused(`No .net file matches ${quoted(pattern)}.`),
  folder: (path: string) =>
    misused(
      `${quoted(path)} is a folder, not a file.`,
      `for all networks in it write '${printable(path.replace(/\/+$/, ''))}/**/*.net'`,
    ),
  oneFile: (path: string) =>
    misused(`${quoted(path)} is a folder, not a file.`, 'name one file in it, such as NAME.net'),
  notNet: (path: string) =>
    misused(`${quoted(path)} is not a .net file: the outputs are named after NAME.net.`),
  fileFirst: (path: string) =>
    misused(
      `${quoted(path)} is no command.`,
      `a file stands after its command, such as chainrule build ${printable(path)}; chainrule --help shows all commands`,
    ),
  noDataFile: (path: string) =>
    misused(
      `There is no file ${quoted(path)} with values.`,
      '--data is a JSON file, or JSON itself: {"x": [0.5, 0.1], "w": 2}',
    ),
  lonelyInput: () => misused('Standard input (-) is one program by itself: it cannot stand beside files.'),
  inputToFolder: () =>
    misused(
      'A program from standard input has no file name: its code goes to standard output, not to --out or --check.',
    ),
  inputToTwoFiles: () =>
    misused(
      'C is two files, of which one names the other: a program from standard input has no name for them.',
    ),
  watchInput: () => misused('Standard input is read once: there is nothing in it to watch.'),
  watchAndCheck: () =>
    misused(
      '--check looks once and writes nothing; --watch writes again and again.',
      'leave one of them out',
    ),
  inputToModels: () =>
    misused('Models of ONNX are files of bytes: a program from standard input has no name for them.'),
  sameOutput: (a: string, b: string, output: string) =>
    misused(
      `${quoted(a)} and ${quoted(b)} would both be written to ${quoted(output)}.`,
      'build them one by one, with different --out folders',
    ),
  twinOutputs: (a: string, b: string) =>
    misused(
      `The outputs of ${quoted(a)} and ${quoted(b)} would be one file where a file system ignores case.`,
      'rename one of the two, or build them one by one, with different --out folders',
    ),
  noConfig: (path: string) => misused(`There is no file ${quoted(path)} with a config.`),
  twoConfigs: (a: string, b: string) =>
    misused(
      `There are two configs, ${quoted(a)} and ${quoted(b)}.`,
      'delete one of them, or name one with --config',
    ),
  /** @param where a path in quotes, or what else has the options */
  badConfig: (where: string, why: string, hint?: string) => misused(`${where}: ${printable(why)}.`, hint),
  badQuery: (path: string, why: string, hint: string) =>
    failed(`The options of an import of ${quoted(path)} are wrong: ${printable(why)}.`, hint),
  nothingToBuild: () =>
    misused(
      'No file is named, and no config says what to build.',
      "write such as chainrule build 'src/**/*.net', or start a project with chainrule init",
    ),
  noStage: (name: string, stages: readonly string[]) =>
    misused(`There is no stage ${quoted(name)}.`, `stages are ${stages.join(', ')}`),
  unchecked: (path: string, why: string) => failed(`${quoted(path)} cannot be checked: ${why}.`),
  untraceable: (path: string, why: string) => failed(`${quoted(path)} cannot be traced: ${why}.`),
  noJson: (where: string, why: string) =>
    failed(`${quoted(where)} is not JSON: ${printable(why)}.`, 'write such as {"x": [0.5, 0.1], "w": 2}'),
  noValues: (where: string) =>
    failed(
      `${quoted(where)} is not an object with a value for each name.`,
      `write such as {"x": [0.5, 0.1], "W": [[1, 2], [3, 4]]}`,
    ),
  noSuchValue: (where: string, name: string, near: string | undefined) =>
    failed(
      `${quoted(where)} gives a value for ${quoted(name)}, which the program does not declare.`,
      near === undefined ? undefined : `did you mean ${quoted(near)}?`,
    ),
  noNumber: (where: string, name: string) =>
    failed(
      `The value of ${quoted(name)} in ${quoted(where)} is neither a number nor nested lists of numbers.`,
    ),
  missingValues: (where: string, names: readonly string[]) =>
    failed(
      `${quoted(where)} gives no value for ${names.map(printable).join(', ')}.`,
      'every input, target and parameter needs one',
    ),
  gradientOf: (view: string) =>
    misused(`The backward pass is drawn of expressions, not of ${view}.`, 'leave --view out, or --gradient'),
  noNeurons: (path: string) =>
    failed(
      `${quoted(path)} has no drawing of neurons: it is large, or not made of vectors of known length.`,
      'draw --view layers',
    ),
  tooManyBoxes: (count: number, most: number) =>
    failed(
      `The drawing has ${count} boxes; pictures are laid out up to ${most}.`,
      'print --format dot, and let Graphviz lay it out',
    ),
  elementsOfSamples: () =>
    misused(
      'Formulas are printed entry by entry or over the samples of a batch, not both.',
      'leave one of --elements and --samples out',
    ),
  elementsOfSteps: () =>
    misused(
      'The steps of a derivation are those of tensors, not of their entries.',
      'leave one of --steps and --elements out',
    ),
  stepsOfNothing: () =>
    misused(
      'The program has no loss and writes no derivative, so it must be said of what there are steps.',
      'name an equation: --of y --wrt x',
    ),
  stepsOfJacobian: (name: string) =>
    misused(
      `For a general index there are steps of a scalar; of ${quoted(name)} there is a Jacobian.`,
      'give the open dims values, or leave --steps out',
    ),
  stepsOfHistories: (dim: string) =>
    misused(
      'Steps of a recurrence whose steps need all earlier ones are of a known length.',
      `give the length, --dim ${dim}=7, or leave --steps out`,
    ),
  tooManySteps: (path: string, most: number) =>
    failed(
      `The derivation of ${quoted(path)} goes through more than ${most} values.`,
      'ask for fewer parameters, such as --wrt W1, or leave --steps out',
    ),
  openElements: (path: string, dim: string) =>
    failed(
      `The tensors of ${quoted(path)} have axes of unknown length.`,
      `give lengths, such as --dim ${dim}=2`,
    ),
  tooManyElements: (path: string) =>
    failed(
      `The tensors of ${quoted(path)} have too many entries to write them all.`,
      'give smaller lengths, such as --dim D=2',
    ),
  noSuchLoss: (path: string, name: string) =>
    failed(
      `${quoted(path)} has no loss called ${quoted(name)}.`,
      'write the name of one of its losses behind --of',
    ),
  noBatch: (path: string) =>
    failed(
      `${quoted(path)} declares no batch, so there are no samples to sum over.`,
      'write such as: batch B',
    ),
  notUtf8: (path: string, line: number, byte: number) =>
    failed(
      `${quoted(path)} is not UTF-8: byte ${byte} (line ${line}) begins no character.`,
      'save it as UTF-8',
    ),
  tooLong: (path: string, limit: number) =>
    failed(`${quoted(path)} is longer than ${limit.toLocaleString('en')} bytes: that is no program.`),
  notOurs: (path: string) =>
    failed(
      `${quoted(path)} exists and does not carry the header of a generated file, so it is left alone.`,
      'move or delete it, or choose another folder with --out',
    ),
  noModel: (path: string, what: string) =>
    failed(
      `${quoted(path)} cannot be read as a model of ONNX: ${printable(what)}.`,
      'it may have been cut off, or be another kind of file',
    ),
  badImport: (path: string) =>
    failed(
      `The program that ${quoted(path)} becomes has the errors above.`,
      'this is a bug of chainrule, please report it',
    ),
  inTheWay: (path: string) =>
    failed(
      `${quoted(path)} exists and is something else, so it is left alone.`,
      'move it, or choose another file with --out',
    ),
  deadLink: (path: string) =>
    failed(
      `${quoted(path)} is a symbolic link that leads nowhere.`,
      'remove the link, or create what it points to',
    ),
  notAFile: (path: string) =>
    failed(`${quoted(path)} exists and is not a file.`, 'move it away, or choose another folder with --out'),
  noFolder: (path: string) =>
    failed(`${quoted(path)} is a file, not a folder to write to.`, 'choose another folder with --out'),
  unreadable: (path: string, error: unknown) =>
    failed(
      `Cannot read ${quoted(path)}: ${reason(error)}.`,
      FORBIDDEN.has(codeOf(error)) ? 'give yourself the right to read it, such as with chmod u+r' : undefined,
    ),
  /** @param folder the one in which something was to be made */
  unwritable: (path: string, folder: string, error: unknown) => {
    const code = codeOf(error)
    const where = folder === '.' ? 'the current folder' : `the folder ${quoted(folder)}`
    return failed(
      `Cannot write ${quoted(path)}: ${READ_ONLY.has(code) ? `${where} is ${code === 'EROFS' ? 'on a read-only file system' : 'read-only'}` : reason(error)}.`,
      READ_ONLY.has(code)
        ? 'give yourself the right to write there, or choose another folder with --out'
        : FULL.has(code)
          ? 'free some space, or choose another folder with --out'
          : 'choose another folder with --out',
    )
  },
  unwritableOutput: (error: unknown) =>
    failed(
      `Cannot write to standard output: ${reason(error)}.`,
      FULL.has(codeOf(error)) ? 'free some space, or send it elsewhere' : undefined,
    ),
}

/** What is doubtful around a program. */
export interface Warning {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export const warnings = {
  otherNetwork: (params: string, network: string): Warning => ({
    code: 'other-network',
    message: `${quoted(network)} has changed since ${quoted(params)} was written; all tensors still fit.`,
  }),
  commonJs: (output: string, packageJson: string): Warning => ({
    code: 'commonjs',
    message: `${quoted(packageJson)} makes .js files CommonJS, as which ${quoted(output)} cannot be imported.`,
    hint: 'build with --target mjs, or write "type": "module" in it',
  }),
}

const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])
const READ_ONLY: ReadonlySet<string> = new Set([...FORBIDDEN, 'EROFS'])
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EEXIST: 'it exists already',
  EBUSY: 'it is in use',
  EIO: 'the disk reports an error',
  EBADF: 'it is closed',
}

/** The reason of a failed system call in words; the path is in the sentence already. */
function reason(error: unknown): string {
  const code = codeOf(error)
  return REASONS[code] ?? (code === '' ? printable(String(error)) : code)
}

/** The code of a failed system call, such as ENOENT; empty for anything else. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
