/**
 * Every sentence that the compiler says about a program, by its stable code. A message names the thing and what is
 * wrong with it; the hint, where one is known, names the way out. Adding a diagnostic is adding a row.
 */
import type { Diagnostics, Related, Severity } from './diagnostics.ts'
import {
  foreignAssumption,
  foreignFunction,
  foreignInitialiser,
  foreignValue,
  overLastAxis,
} from './foreign.ts'
import { printable } from './frame.ts'
import type { Span } from './span.ts'
import { letters } from './spelling.ts'

interface Sentence {
  readonly message: string
  readonly hint?: string | undefined
}

interface Row<A> {
  readonly severity: Severity
  readonly say: (args: A) => Sentence
}

const error = <A>(say: (args: A) => Sentence): Row<A> => ({ severity: 'error', say })
const warning = <A>(say: (args: A) => Sentence): Row<A> => ({ severity: 'warning', say })

/** Text of the user's, quoted and kept short. */
const q = (text: string): string => {
  const shown = printable(text)
  return '`' + (shown.length > 60 ? shown.slice(0, 57) + '…' : shown) + '`'
}

const list = (items: readonly string[], word = 'or'): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`

const plural = (count: number, one: string, many = one + 's'): string =>
  `${count} ${count === 1 ? one : many}`

const shape = (extents: readonly string[]): string =>
  extents.length === 0 ? 'a scalar' : `[${extents.join(', ')}]`

const didYouMean = (nearest: string | undefined): string | undefined =>
  nearest === undefined ? undefined : `did you mean ${q(nearest)}?`

/** So many names are listed in a hint. */
const LISTED = 12

/** The name that was meant, and those that there are. */
const among = (nearest: string | undefined, known: readonly string[]): string | undefined => {
  const more = known.length > LISTED ? [...known.slice(0, LISTED), '…'] : known
  const there =
    known.length === 0 ? undefined : `there ${known.length === 1 ? 'is' : 'are'} ${more.join(', ')}`
  const meant = didYouMean(nearest)
  return meant !== undefined && there !== undefined ? `${meant} (${there})` : (meant ?? there)
}

/** The way to what other languages have a function for. */
function spelt(name: string): string | undefined {
  const foreign = foreignFunction(name)
  if (!foreign) return undefined
  const { spelling, note } = foreign
  return [spelling === undefined ? undefined : `write ${spelling}`, note].filter((part) => part).join(', ')
}

const DERIVATIVE = 'a derivative is written d(f, v)'

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

export const MESSAGES = {
  // ---- Text and tokens
  'bad-character': error((a: { character: string; hint?: string | undefined }) => ({
    message: `${q(a.character)} has no meaning here.`,
    hint: a.hint,
  })),
  'bidi-control': error((a: { codePoint: string }) => ({
    message: `The text holds the invisible character ${a.codePoint}, which changes the direction of the text around it.`,
    hint: 'remove it: what is read would differ from what is compiled',
  })),
  'invisible-character': error((a: { codePoint: string }) => ({
    message: `There is an invisible character, ${a.codePoint}, here.`,
    hint: 'remove it: two names that look equal could differ by it',
  })),
  'look-alike': warning((a: { name: string; other: string }) => ({
    message: `${q(a.name)} looks like ${q(a.other)}, but is written with letters of another script.`,
    hint: 'if the same is meant, write both with the same letters',
  })),
  'bad-number': error((a: { text: string; hint?: string | undefined }) => ({
    message: `${q(a.text)} is not a number.`,
    hint: a.hint ?? 'numbers are written 2, 0.5 or 1e-3; a product needs its *',
  })),
  'unclosed-comment': error(() => ({
    message: 'This comment is never closed.',
    hint: 'close it with */; until then only its first line is taken as a comment',
  })),

  // ---- Syntax
  syntax: error(
    (a: { expected: readonly string[]; found: string; after?: string; hint?: string | undefined }) => ({
      message:
        a.expected.length === 0
          ? `${a.found} does not belong here.`
          : `Expected ${list(a.expected)}${a.after === undefined ? '' : ` after ${q(a.after)}`}, found ${a.found}.`,
      hint: a.hint,
    }),
  ),
  'unclosed-bracket': error((a: { bracket: string; close: string }) => ({
    message: `The bracket ${q(a.bracket)} is never closed.`,
    hint: `close it with ${q(a.close)}`,
  })),
  'wrong-bracket': error((a: { found: string; expected?: string | undefined }) => ({
    message:
      a.expected === undefined
        ? `${q(a.found)} closes nothing: no bracket is open here.`
        : `Expected ${q(a.expected)} to close the bracket, found ${q(a.found)}.`,
    hint: a.expected === undefined ? 'remove it, or open a bracket before it' : undefined,
  })),
  'unclosed-block': error(() => ({
    message: 'This block is never closed.',
    hint: 'close it with } on a line of its own',
  })),
  'stray-brace': error(() => ({ message: '`}` closes nothing: no block is open here.' })),
  'misplaced-statement': error((a: { kind: string }) => ({
    message: `${q(a.kind)} cannot stand inside a for block: only equations can.`,
    hint: a.kind === 'for' ? undefined : 'move it above or below the block',
  })),
  'too-many-brackets': error((a: { name: string }) => ({
    message: `${q(a.name)} has more than two brackets: one is for the index of a family, one for the shape.`,
    hint: `write the extents in one bracket: ${a.name}[m, n]`,
  })),
  'family-index': error((a: { name: string; index: string; found?: string | undefined }) => ({
    message:
      a.found === undefined
        ? `The family ${q(a.name)} does not say its index.`
        : `The family ${q(a.name)} runs over ${q(a.index)}, but its first bracket says ${q(a.found)}.`,
    hint: `write ${a.name}[${a.index}] before the shape`,
  })),
  'family-without-range': error((a: { name: string }) => ({
    message: `${q(a.name)} has two brackets, an index and a shape, but nothing says where the index runs.`,
    hint: `add a range, such as: for l in 1..L; or write the shape of a single tensor in one bracket`,
  })),
  'over-limit': error((a: { what: string; limit: number; hint?: string | undefined }) => ({
    message: `${a.what} over the limit of ${a.limit.toLocaleString('en')}.`,
    hint: a.hint,
  })),

  // ---- Names
  'unknown-name': error(
    (a: { name: string; nearest?: string | undefined; meant?: string | undefined; extent?: true }) => {
      const base = a.name.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]+$/u, '')
      const power = [...a.name.slice(base.length)].map((digit) => SUPERSCRIPTS.indexOf(digit)).join('')
      return {
        message: `Nothing is called ${q(a.name)}.`,
        hint:
          a.meant ??
          didYouMean(a.nearest) ??
          (a.extent && `declare it above: dim ${a.name} = 3, or dim ${a.name} for any length`) ??
          foreignValue(a.name) ??
          (base !== '' && power !== '' ? `for the power write ${base}^${power}` : undefined),
      }
    },
  ),
  'duplicate-name': error((a: { name: string }) => ({
    message: `${q(a.name)} is defined twice.`,
    hint: 'every name is defined once: give the second one another name',
  })),
  'use-before-definition': error((a: { name: string }) => ({
    message: `${q(a.name)} is used before it is defined.`,
    hint: 'move its definition above this line',
  })),
  'defined-by-itself': error((a: { name: string }) => ({
    message: `${q(a.name)} is defined by itself.`,
    hint: 'an equation cannot use the value that it defines: give one of the two another name',
  })),
  'not-a-value': error((a: { name: string; what: string }) => ({
    message: `${q(a.name)} is ${a.what}, not a value.`,
    hint: a.name === 'd' ? DERIVATIVE : a.what === 'a function' ? `call it: ${a.name}(…)` : undefined,
  })),
  'not-a-function': error((a: { name: string; what: string; nearest?: string | undefined }) => ({
    message: `${q(a.name)} is ${a.what} and cannot be called.`,
    hint:
      didYouMean(a.nearest) ??
      `a product needs its *: ${a.name} * (…)${/^an? (param|input|target|equation)$/.test(a.what) ? `; an element is ${a.name}[1]` : ''}`,
  })),
  'unknown-function': error(
    (a: {
      name: string
      nearest?: string | undefined
      meant?: string | undefined
      parameters: readonly string[]
    }) => ({
      message: `There is no function ${q(a.name)}.`,
      hint:
        a.meant ??
        (a.nearest !== undefined && letters(a.nearest) === letters(a.name) ? undefined : spelt(a.name)) ??
        didYouMean(a.nearest) ??
        `define it above: fn ${a.name}(${a.parameters.join(', ')}) = …`,
    }),
  ),
  'recursive-function': error((a: { name: string }) => ({
    message: `The function ${q(a.name)} is defined by itself.`,
    hint: 'functions are expanded where they are called, so none may call itself',
  })),

  // ---- Shapes and arguments
  'shape-mismatch': error(
    (a: {
      what: string
      left: readonly string[]
      right: readonly string[]
      axis?: string | undefined
      hint?: string | undefined
    }) => ({
      message: `The shapes ${shape(a.left)} and ${shape(a.right)} do not fit ${a.what}${a.axis === undefined ? '' : `: ${a.axis}`}.`,
      hint: a.hint,
    }),
  ),
  'wrong-shape': error(
    (a: { what: string; expected: string; found: readonly string[]; hint?: string | undefined }) => ({
      message: `${a.what} must be ${a.expected}, but is ${shape(a.found)}.`,
      hint: a.hint,
    }),
  ),
  'not-square': error((a: { what: string; found: readonly string[] }) => ({
    message: `${a.what} needs a square matrix, but this is ${shape(a.found)}.`,
  })),
  'wrong-argument-count': error(
    (a: { name: string; expected: string; found: number; usage?: string | undefined }) => ({
      message: `${q(a.name)} takes ${a.expected}, but is given ${plural(a.found, 'argument')}.`,
      hint: a.usage === undefined ? undefined : `write ${a.usage}`,
    }),
  ),
  'unknown-argument': error((a: { name: string; argument: string; known: readonly string[] }) => ({
    message: `${q(a.name)} has no argument called ${q(a.argument)}.`,
    hint:
      overLastAxis(a.name, a.argument) ??
      (a.known.length === 0 ? undefined : `it knows ${list(a.known.map(q), 'and')}`),
  })),
  'duplicate-argument': error((a: { name: string; argument: string }) => ({
    message: `${q(a.name)} is given its argument ${q(a.argument)} twice.`,
  })),
  'bad-axis': error((a: { found: string; rank: number }) => ({
    message:
      a.rank === 0
        ? `There is no axis ${a.found}: this is a scalar.`
        : `There is no axis ${a.found}: this has ${plural(a.rank, 'axis', 'axes')}.`,
    hint: a.rank === 0 ? undefined : 'axes count from 1',
  })),
  'wrong-index-count': error((a: { name: string; expected: number; found: number }) => ({
    message: `${q(a.name)} takes ${plural(a.expected, 'index', 'indices')}, but is given ${a.found}.`,
    hint:
      a.expected === 0
        ? 'a scalar has no elements'
        : `an element has an index for each axis: ${a.name}[${Array(a.expected).fill(1).join(', ')}]`,
  })),
  'bad-index': error((a: { reason: string }) => ({
    message: `This index does not work: ${a.reason}.`,
    hint: 'an index is a whole number that is known when compiling; elements count from 1',
  })),
  'index-out-of-range': error((a: { name: string; index: string; from: string; to: string }) => ({
    message: `${q(a.name)} has no member ${a.index}: its index runs from ${a.from} to ${a.to}.`,
    hint: 'elements are counted from 1, members of a family from its first index',
  })),
  'not-a-family': error((a: { name: string }) => ({
    message: `${q(a.name)} is not a family and has no members.`,
    hint: undefined,
  })),
  'missing-index': error((a: { name: string; member: string }) => ({
    message: `${q(a.name)} is a family: say which member, such as ${a.member}.`,
  })),
  'undefined-member': error((a: { member: string; known: readonly string[] }) => ({
    message: `${q(a.member)} is not defined at this point.`,
    hint:
      a.known.length === 0
        ? 'a member is defined by an earlier line, or by an earlier index of the block'
        : `so far there ${a.known.length === 1 ? `is ${a.known[0]}` : `are ${a.known[0]} to ${a.known.at(-1)}`}; a member uses earlier lines and earlier indices only`,
  })),
  'duplicate-member': error((a: { member: string }) => ({
    message: `${q(a.member)} is defined twice.`,
    hint: 'every member of a family is defined once',
  })),
  'index-taken': error((a: { name: string; what: string }) => ({
    message: `The index ${q(a.name)} is called like ${a.what} of the program.`,
    hint: 'give the index another name',
  })),
  'equation-without-index': error((a: { name: string; index: string }) => ({
    message: `${q(a.name)} would be defined anew for each ${a.index}.`,
    hint: `make it a family: ${a.name}[${a.index}] = …`,
  })),
  'bad-output': error(() => ({
    message: 'An output is an equation or a member of a family.',
    hint: 'for an element write an equation of its own: y1 = y[1]',
  })),
  'open-range-with-values': error((a: { name: string; range: string }) => ({
    message: `The family ${q(a.name)} runs over ${a.range}, so its values cannot be listed.`,
    hint: 'give the range a value, or leave the values out: then every member is open',
  })),
  'several-open-ranges': error((a: { name: string }) => ({
    message: `The family ${q(a.name)} has several indices, one of them with an open range.`,
    hint: 'a family with an open range has one index: give the dim a value, or use a family for each index',
  })),
  'open-block-nested': error((a: { range: string }) => ({
    message: `A block over the open range ${a.range} stands in or around another block.`,
    hint: 'give the dims of the ranges values',
  })),
  'member-shape': error((a: { member: string; found: readonly string[]; assumed: readonly string[] }) => ({
    message: `${q(a.member)} has the shape ${shape(a.found)} here, but ${shape(a.assumed)} by the members before it.`,
    hint: 'all members of a family with an open range have the same shape, or extents of families by the same index',
  })),
  'open-depth': error((a: { dim: string }) => ({
    message: `${q(a.dim)} is open, so that the number of layers or steps is not known: there are formulas, but no code.`,
    hint: `give it a value: --dim ${a.dim}=4`,
  })),
  'no-recurrence': error((a: { reason: string }) => ({
    message: `The gradients of this recurrence cannot be given for a general index: ${a.reason}.`,
    hint: 'give the open dims values',
  })),
  'no-wrt': error((a: { name: string }) => ({
    message: `Nothing says what ${q(a.name)} is differentiated by.`,
    hint: 'at an open depth it has to be named, with wrt',
  })),
  'no-parameter': error((a: { name: string }) => ({
    message: `${q(a.name)} is no parameter and no family of parameters.`,
    hint: 'at an open depth the loss is differentiated by these alone: give the open dims values',
  })),
  'empty-range': error((a: { from: string; to: string }) => ({
    message: `The range ${a.from}..${a.to} is empty.`,
    hint: 'a range counts upwards, both ends included',
  })),
  'bad-range-end': error((a: { found: string }) => ({
    message: `An end of a range must be a whole number, but is ${a.found}.`,
  })),
  'misplaced-comparison': error(() => ({
    message: 'A comparison can only be the first argument of `where`.',
    hint: 'write where(a < b, u, v) for u where the comparison holds and v elsewhere',
  })),
  'missing-comparison': error(() => ({
    message: 'The first argument of `where` must be a comparison.',
    hint: 'write where(a < b, u, v)',
  })),
  'bad-extent': error((a: { what: string; found: string }) => ({
    message: `${a.what} must be a whole number of at least 1, but is ${a.found}.`,
  })),
  'bad-option': error((a: { name: string; allowed: string; found: string }) => ({
    message: `The option ${q(a.name)} is ${a.allowed}, and not ${printable(a.found).slice(0, 60)}.`,
  })),
  'bad-dim': error((a: { found: string }) => ({
    message: `Extents and indices are computed from numbers and earlier dims only, not from ${a.found}.`,
    hint: 'write the number itself, or declare it: dim n = 3',
  })),
  'bad-family-values': error((a: { name: string; expected: number; found: number }) => ({
    message: `The family ${q(a.name)} has ${plural(a.expected, 'member')}, but ${a.found} ${a.found === 1 ? 'value' : 'values'}.`,
  })),

  // ---- The program as a whole
  'no-loss': error((a: { equation?: string | undefined }) => ({
    message: 'The program has no loss.',
    hint:
      a.equation === undefined
        ? 'add a line such as: loss J = squarederror(yhat, y)'
        : `${q(a.equation)} is an ordinary equation here: write loss J = …`,
  })),
  'two-losses': error((a: { first: string; second: string }) => ({
    message: `${q(a.second)} is a second loss, after ${q(a.first)}: a program has exactly one.`,
    hint: 'make one of them an ordinary equation, or add both in one loss',
  })),
  'loss-not-scalar': error((a: { name: string; found: readonly string[] }) => ({
    message: `The loss ${q(a.name)} must be a scalar, but is ${shape(a.found)}.`,
    hint: 'reduce it with sum(…) or mean(…)',
  })),
  'loss-on-no-parameter': warning((a: { name: string }) => ({
    message: `The loss ${q(a.name)} depends on no parameter: there is nothing to learn.`,
    hint: 'declare what is learned with: param',
  })),
  'no-checkpoint': warning(() => ({
    message:
      'No recurrence here can be run again from states that are kept now and then: all of them are kept.',
    hint: 'checkpoint is for one loop over steps in time, or layers that are alike, longer than a segment',
  })),
  'unreached-parameter': warning((a: { name: string }) => ({
    message: `The loss never reaches the parameter ${q(a.name)}: its gradient is zero.`,
    hint: 'use it, or remove it',
  })),
  'unreached-input': warning((a: { name: string; kind: string }) => ({
    message: `The loss never reaches the ${a.kind} ${q(a.name)}.`,
    hint: 'use it, or remove it',
  })),
  'output-needs-target': error((a: { name: string; target: string }) => ({
    message: `The output ${q(a.name)} depends on the target ${q(a.target)}, which a prediction does not have.`,
    hint: `declare ${q(a.target)} as an input, or choose another output`,
  })),
  'two-batches': error((a: { first: string; second: string }) => ({
    message: `${q(a.second)} is a second batch, after ${q(a.first)}: a program has at most one.`,
  })),
  'batch-name-taken': error((a: { name: string; what: string }) => ({
    message: `The batch cannot be called ${q(a.name)}: the program has ${a.what} of this name.`,
    hint: 'choose another name for the batch',
  })),
  'two-networks': error((a: { first: string; second: string }) => ({
    message: `The program has two names, ${q(a.first)} and ${q(a.second)}.`,
    hint: 'one file describes one network',
  })),
  'unknown-assumption': error(
    (a: { name: string; known: readonly string[]; nearest?: string | undefined }) => ({
      message: `${q(a.name)} is not an assumption.`,
      hint: didYouMean(foreignAssumption(a.name) ?? a.nearest) ?? `known ones are ${list(a.known, 'and')}`,
    }),
  ),
  'assumption-misfit': error((a: { name: string; assumption: string; reason: string }) => ({
    message: `${q(a.name)} cannot be ${a.assumption}: ${a.reason}.`,
  })),
  'unknown-initialiser': error(
    (a: { found: string; known: readonly string[]; nearest?: string | undefined }) => ({
      message: `${q(a.found)} is not an initialiser.`,
      hint:
        didYouMean(foreignInitialiser(a.found) ?? a.nearest) ??
        `known ones are a number, ${list(a.known, 'and')}`,
    }),
  ),
  'bad-initialiser': error((a: { name: string; reason: string }) => ({
    message: `The initial value of ${q(a.name)} does not work: ${a.reason}.`,
  })),
  'misplaced-initialiser': error((a: { name: string; kind: string }) => ({
    message: `The ${a.kind} ${q(a.name)} is given when the code runs and cannot have an initial value.`,
    hint: 'only param and hyper have one',
  })),
  'not-constant': error((a: { name: string }) => ({
    message: `The default of ${q(a.name)} must be a number that is known when compiling.`,
    hint: `write such as: hyper ${a.name} = 0.1; what is given with each sample is an input`,
  })),
  'number-too-long': error(() => ({
    message:
      'Numbers are exact until code is written, and one that is computed here has too many digits for that.',
    hint: 'write a rounded value instead, or a hyper',
  })),
  'beyond-doubles': warning((a: { beyond: 'larger' | 'smaller' }) => ({
    message: `This constant is ${a.beyond} than every double: code computes with ${a.beyond === 'larger' ? 'Infinity' : '0'} in its place.`,
    hint: 'scale what it belongs to, or write its logarithm',
  })),
  'abstract-arity': error((a: { name: string }) => ({
    message: `${q(a.name)} has neither a body nor an argument.`,
    hint: `give it a body: fn ${a.name}(…) = …`,
  })),
  'unknown-dim': error((a: { name: string; nearest?: string | undefined; known: readonly string[] }) => ({
    message: `The program has no dim ${q(a.name)} that could be given a value.`,
    hint: among(a.nearest, a.known) ?? 'it declares no dim',
  })),
  'claim-shape': error((a: { left: readonly string[]; right: readonly string[] }) => ({
    message: `The left side of this claim has the shape ${shape(a.left)}, the right side ${shape(a.right)}.`,
    hint: 'a derivative d(f, v) has the axes of f, then those of v; a scalar on the right is claimed of every entry',
  })),
  'bad-derivative': error((a: { reason: string }) => ({
    message: `This derivative does not work: ${a.reason}.`,
    hint: 'write d(f, v), with v the name of a parameter, an input or an equation',
  })),
  'division-by-zero': error(() => ({ message: 'This divides by the number zero.' })),
  // ---- Emitting
  'abstract-function': error((a: { name: string }) => ({
    message: `The function ${q(a.name)} has no body: formulas can show it, but code cannot compute it.`,
    hint: `write its body: fn ${a.name}(v) = …`,
  })),
  'undetermined-extent': error((a: { name: string; by: string }) => ({
    message: `The lengths of the ${a.by} do not determine the extent ${q(a.name)}.`,
    hint: `give it a value: --dim ${a.name}=…, or dim ${a.name} = … in the file`,
  })),
  'undetermined-batch': error((a: { name: string; by: string }) => ({
    message: `The lengths of the ${a.by} do not determine the batch ${q(a.name)}.`,
    hint: 'give it a fixed length, --batch 32, or compile for single samples, --batch none',
  })),
  'open-parameter': error((a: { name: string; extent: string }) => ({
    message: `The parameter ${q(a.name)} has the open extent ${q(a.extent)}: init and zeros could not know its size.`,
    hint: `give it a value: --dim ${a.extent}=…${a.extent.includes('[') ? '' : `, or dim ${a.extent} = … in the file`}`,
  })),

  'unknown-quantity': error(
    (a: { what: string; name: string; nearest?: string | undefined; known: readonly string[] }) => ({
      message: `The program has no ${a.what} called ${q(a.name)}.`,
      hint: /,(?![^[]*\])/.test(a.name)
        ? 'the option is given once for each name'
        : among(a.nearest, a.known),
    }),
  ),
  'internal-error': error((a: { stage: string; what: string }) => ({
    message: `chainrule itself failed on this program, in the stage ${a.stage}: ${printable(a.what).slice(0, 300)}.`,
    hint: 'this is a bug of the compiler and not of the program: please report it, with the program',
  })),
} as const

export type MessageCode = keyof typeof MESSAGES
export type MessageArgs<C extends MessageCode> = Parameters<(typeof MESSAGES)[C]['say']>[0]

/** What `report` takes after the span: nothing more where the sentence has no gaps. */
type Rest<C extends MessageCode> =
  unknown extends MessageArgs<C>
    ? [args?: Record<never, never>, related?: readonly Related[]]
    : [args: MessageArgs<C>, related?: readonly Related[]]

/** Where something is wrong: a place in the program, or an option that was given with it. */
export type Where = Span | { readonly option: string }

/**
 * Reports a diagnostic: `report(diagnostics, 'unknown-name', span, { name, nearest })`. The arguments are checked
 * against the code's row.
 */
export function report<C extends MessageCode>(
  diagnostics: Diagnostics,
  code: C,
  where: Where,
  ...rest: Rest<C>
): void {
  const [args = {}, related] = rest
  const row = MESSAGES[code] as Row<unknown>
  const { message, hint } = row.say(args)
  diagnostics.add({
    code,
    severity: row.severity,
    // Whatever a sentence was made of: nothing in it moves or hides text on a terminal.
    message: printable(message),
    ...('option' in where ? { span: { start: 0, end: 0 }, option: where.option } : { span: where }),
    ...(hint === undefined ? {} : { hint: printable(hint) }),
    ...(related && related.length > 0 ? { related } : {}),
  })
}
