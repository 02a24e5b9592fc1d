/** What can go wrong with tables, parameters and training, in sentences. */
import { printable } from '../../base/frame.ts'
import { FAILED, MISUSED, Problem, quoted } from '../problem.ts'

const failed = (message: string, hint?: string): Problem => new Problem(message, { status: FAILED, hint })
const misused = (message: string, hint?: string): Problem => new Problem(message, { status: MISUSED, hint })

/** Names beyond this number are not listed. */
const LISTED = 12
const listed = (names: readonly string[]): string =>
  names.slice(0, LISTED).map(printable).join(', ') + (names.length > LISTED ? `, … (${names.length})` : '')

/** Wrong cells beyond this number are not listed. */
export const MOST_WRONG = 5

export const wrong = {
  noFile: (path: string) => misused(`There is no file ${quoted(path)}.`),
  inputWithoutName: () =>
    misused(
      'A program from standard input has no file name after which the parameters could be called.',
      'say where they go, such as --out model.safetensors',
    ),
  unknownKind: (path: string) =>
    misused(
      `${quoted(path)} has no ending that says what it is.`,
      'known are .csv, .tsv, .jsonl, .ndjson, .npy, .idx, each also with .gz behind it',
    ),
  tableAmongTensors: (path: string) =>
    misused(
      `${quoted(path)} is a table with columns of its own: it stands alone.`,
      'give one --data, or only .npy and .idx files, such as --data x=images.npy --data y=labels.npy',
    ),
  nameless: (path: string, names: readonly string[]) =>
    misused(
      `${quoted(path)} is one tensor: say whose.`,
      `write such as --data ${printable(names[0] ?? 'x')}=${printable(path)}; the network has ${listed(names)}`,
    ),
  empty: (path: string) => failed(`${quoted(path)} is empty: there is no row to learn from.`),
  noRows: (path: string) => failed(`${quoted(path)} has a header and no row below it.`),
  twins: (path: string, name: string) =>
    failed(`${quoted(path)} has two columns called ${quoted(name)}.`, 'rename one of them'),
  headless: (path: string, cells: readonly string[]) =>
    misused(
      `The first line of ${quoted(path)} is all numbers (${listed(cells)}), so it names no columns.`,
      'give --no-header: columns are then called 1, 2, 3, …',
    ),
  oneColumn: (path: string, header: string, mark: string) =>
    misused(
      `${quoted(path)} has a single column, ${quoted(header)}.`,
      `its cells may stand between other marks: try --delimiter '${mark}'`,
    ),
  broken: (path: string, line: number | undefined, why: string) =>
    failed(`${quoted(path)}${line === undefined ? '' : `, line ${line}`}: ${printable(why)}.`),
  tensor: (path: string, why: string) => failed(`${quoted(path)} cannot be read: ${printable(why)}.`),
  shortSeries: (path: string, rows: number, length: number) =>
    failed(`${quoted(path)} has ${rows} rows, and a window is ${length} of them.`, 'give a shorter --window'),
  shortText: (path: string, letters: number, length: number) =>
    failed(
      `${quoted(path)} has ${letters} letters, and a sample is ${length} and the one behind them.`,
      'give a shorter --length',
    ),
  noText: (path: string) => failed(`${quoted(path)} is no text in UTF-8.`, 'save it as UTF-8'),
  uncut: (path: string) =>
    misused(
      `${quoted(path)} is a text: say what a sample of it is.`,
      'give --length 64 for so many letters, or --length lines for lines',
    ),
  notCut: (path: string) =>
    misused(
      `--length is of texts, and ${quoted(path)} is a table.`,
      'of the rows of a series write --window',
    ),
  wrongWindow: (name: string, members: number, length: number) =>
    misused(
      `The family ${quoted(name)} has ${members} members, and a window is ${length} rows.`,
      `give --window ${members}`,
    ),
  unequal: (a: string, rowsA: number, b: string, rowsB: number) =>
    failed(
      `${quoted(a)} has ${rowsA} samples and ${quoted(b)} has ${rowsB}: they belong together one by one.`,
    ),
  badMap: (part: string) =>
    misused(
      `${quoted(part)} says no columns of a name.`,
      "write such as --map 'x=length,width;y=species', with ranges (x=c1..c8) and stars (x=pixel*) if you like",
    ),
  noColumn: (name: string, near: string | undefined, columns: readonly string[]) =>
    misused(
      `There is no column ${quoted(name)}.`,
      near === undefined ? `there are ${listed(columns)}` : `did you mean ${quoted(near)}?`,
    ),
  noField: (name: string, near: string | undefined, fields: readonly string[]) =>
    misused(
      `The network has no input or target ${quoted(name)}.`,
      near === undefined ? `there are ${listed(fields)}` : `did you mean ${quoted(near)}?`,
    ),
  unmapped: (name: string, size: string, columns: readonly string[], suggestion: string | undefined) =>
    misused(
      `No columns are called after ${quoted(name)} (${size}); the columns are ${listed(columns)}.`,
      suggestion === undefined
        ? "say which belong to it, such as --map 'x=length,width;y=species'"
        : `say which belong to it, such as --map '${printable(suggestion)}'`,
    ),
  misfit: (name: string, wanted: number, given: number, columns: readonly string[]) =>
    misused(
      `${quoted(name)} has ${wanted} entries, and ${given} come from ${listed(columns)}.`,
      'map as many columns as it has entries, or change its shape',
    ),
  cells: (path: string, sentences: readonly string[], more: boolean, canSkip: boolean) =>
    failed(
      `${quoted(path)}: ${sentences.map(printable).join('; ')}${more ? '; and perhaps more' : ''}.`,
      canSkip ? 'mend the file, or give --missing skip to leave out rows with empty cells' : 'mend the file',
    ),
  allSkipped: (path: string) => failed(`Every row of ${quoted(path)} has an empty cell: nothing is left.`),
  tooManyClasses: (name: string, most: number, place: string, last: string, known: readonly string[]) =>
    failed(
      `${quoted(name)} tells ${most} classes apart, and ${printable(place)} has another one, ${quoted(last)}, beside ${listed(known)}.`,
      'change the length of its axis, or mend the file',
    ),
  oneClass: (name: string, only: string) =>
    failed(
      `All rows are of one class of ${quoted(name)}, ${quoted(only)}: there is nothing to tell apart.`,
      'give rows of other classes too',
    ),
  unknownClass: (name: string, place: string, found: string, known: readonly string[]) =>
    failed(
      `${printable(place)}: ${quoted(found)} is none of the classes of ${quoted(name)}: ${listed(known)}.`,
    ),
  shared: (name: string) =>
    misused(
      `${quoted(name)} is shared by all samples: no row of a table gives it.`,
      `give it as an array of its own: --shared ${printable(name)}=FILE, .npy, .idx, .csv or .json`,
    ),
  notShared: (text: string, names: readonly string[]) =>
    misused(
      `${quoted(text)} gives no data that samples share.`,
      names.length === 0
        ? 'the network has none: data that are `: shared`'
        : `write such as --shared ${printable(names[0]!)}=FILE; the network has ${listed(names)}`,
    ),
  sharedShape: (name: string, shape: readonly number[], wanted: readonly (number | string)[]) =>
    failed(
      `The array for ${quoted(name)} is ${shape.length === 0 ? 'a number' : shape.join(' × ')}, and the network has ${wanted.length === 0 ? 'a number' : wanted.join(' × ')}.`,
    ),
  sharedEntry: (name: string, entry: number, end: number | undefined) =>
    failed(
      end === undefined
        ? `The array for ${quoted(name)} has the entry ${entry}, which is no number to compute with.`
        : `The array for ${quoted(name)} has the entry ${entry}; it chooses among ${end}, by whole numbers from 0 to ${end - 1}.`,
    ),
  unknownArray: (path: string) =>
    misused(
      `${quoted(path)} has no ending that says how it is an array.`,
      'known are .npy, .idx, .csv and .tsv (rows of numbers, without a header) and .json, each also with .gz behind it',
    ),
  openShape: (name: string, shape: string) =>
    failed(
      `The shape ${shape} of ${quoted(name)} is open, and columns do not say it.`,
      'a row of the table is one sample: leave an axis of samples out, such as input x[D]; other lengths are given, such as --dim D=4',
    ),
  noTargets: (path: string) => failed(`${quoted(path)} declares no parameters: there is nothing to learn.`),
  notOneLoss: (path: string) =>
    failed(
      `${quoted(path)} has no loss, or several: \`train\` is for programs with one.`,
      'say what is learned in one loss, or build the program and call its functions',
    ),
  tooFew: (count: number, validation: number) =>
    failed(
      `With ${count} rows, ${validation} for validation leaves nothing to learn from.`,
      'give a smaller share, such as --validation 0.2, or more rows',
    ),
  noHyper: (name: string) =>
    misused(`The hyperparameter ${quoted(name)} has no default.`, `give it: --hyper ${printable(name)}=0.1`),
  wrongHyper: (name: string, names: readonly string[]) =>
    misused(
      `There is no hyperparameter ${quoted(name)} that is a number.`,
      names.length === 0 ? 'the network has none' : `there are ${listed(names)}`,
    ),
  threadsOfScript: () =>
    misused(
      'Threads run steps in WebAssembly, and --target js asks for JavaScript.',
      'leave --target out, or give --target wasm',
    ),
  notFinite: (step: number, epoch: number, loss: number, what: string) =>
    failed(
      `The loss became ${loss} at step ${step} (epoch ${epoch}). ${what}`,
      'try a smaller --rate, --scale standardise, or look for cells of another size in the data',
    ),
  broke: (path: string, what: string) =>
    failed(
      `${quoted(path)} is no file of parameters: ${printable(what)}.`,
      'it may have been cut off, or be another kind of file',
    ),
  tensorWrong: (path: string, tensor: string, what: string) =>
    failed(`The tensor ${quoted(tensor)} in ${quoted(path)} ${what}.`),
  otherNetwork: (path: string, network: string) =>
    failed(
      `${quoted(path)} goes on from another program than ${quoted(network)} is now.`,
      'train anew, with another --out, or restore the program',
    ),
  otherData: (path: string) =>
    failed(
      `${quoted(path)} goes on from other data than these.`,
      'give the same --data, or train anew with another --out',
    ),
  otherSetting: (path: string, option: string, before: string, now: string) =>
    misused(
      `${quoted(path)} was begun with --${option} ${printable(before)}, not ${printable(now)}.`,
      `leave --${option} out to go on`,
    ),
  nothingToResume: (path: string) =>
    misused(`There is no ${quoted(path)} to go on from.`, 'leave --resume out to begin'),
  notOurs: (path: string) =>
    failed(
      `${quoted(path)} exists and was not written by chainrule train, so it is left alone.`,
      'move it, or choose another file with --out',
    ),
  noOutput: (path: string) =>
    failed(`${quoted(path)} declares no output: there is nothing to predict.`, 'write such as: output ŷ'),
}
