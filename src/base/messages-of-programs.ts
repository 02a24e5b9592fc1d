/** What is wrong with a program as a whole, and with what is to be made of it. */
import { printable } from './frame.ts'
import { foreignAssumption, foreignInitialiser } from './foreign.ts'
import { error, warning, q, list, shape, didYouMean, among } from './sentences.ts'

export const ofPrograms = {
  // ---- The program as a whole
  'no-loss': error((a: { target?: string | undefined; equation?: string | undefined }) => ({
    message:
      a.target === undefined
        ? 'The program says nothing to compute: it has no loss and no equation.'
        : `The program has the target ${q(a.target)}, which is for a loss, and no loss.`,
    hint:
      a.target === undefined
        ? 'write what comes out, y = …, or a loss such as: loss J = squarederror(yhat, y)'
        : a.equation === undefined
          ? 'add a line such as: loss J = squarederror(yhat, y)'
          : `${q(a.equation)} is an ordinary equation here: write loss J = …, or declare ${q(a.target)} as an input`,
  })),
  'import-without-files': error((a: { path: string }) => ({
    message: `${q(a.path)} cannot be imported: nothing says where files are.`,
    hint: 'give the option resolve, a function (path, from) => ({ filename, text })',
  })),
  'import-not-found': error((a: { path: string; reason: string | undefined }) => ({
    message:
      a.reason === undefined
        ? `There is no file ${q(a.path)} to import from.`
        : `${q(a.path)} cannot be imported: ${printable(a.reason.replace(/\.$/, ''))}.`,
    hint: 'a path is from the file in which it stands: "./layers.net", "../layers.net"',
  })),
  'import-broken': error((a: { path: string }) => ({
    message: `${q(a.path)} cannot be imported: it has errors.`,
  })),
  'import-circle': error((a: { files: readonly string[] }) => ({
    message: `Files import each other in a circle: ${a.files.map(q).join(' → ')}.`,
    hint: 'move what both need into a file of its own',
  })),
  'import-missing': error(
    (a: { name: string; path: string; isThere: boolean; nearest: string | undefined }) => ({
      message: a.isThere
        ? `${q(a.name)} of ${q(a.path)} cannot be imported: only functions, layers, constants and dims that a file declares itself can.`
        : `${q(a.path)} has no ${q(a.name)}.`,
      hint: a.isThere ? undefined : didYouMean(a.nearest),
    }),
  ),
  'import-clash': error((a: { name: string; path: string }) => ({
    message: `${q(a.name)} is imported from ${q(a.path)}, and declared already.`,
    hint: 'rename one of them',
  })),
  'import-of-data': error((a: { name: string; used: string }) => ({
    message: `${q(a.name)} cannot be imported: it uses ${q(a.used)}, which is no function, layer, constant or dim.`,
    hint: `make ${q(a.used)} an argument of it`,
  })),
  'import-open-dim': error((a: { name: string }) => ({
    message: `The dim ${q(a.name)} cannot be imported: it has no value.`,
    hint: 'functions read extents from their arguments: fn f(x[N]) = …',
  })),
  'no-derivative-by': error((a: { name: string; reason: string }) => ({
    message: `There is no gradient by ${q(a.name)}: ${a.reason}.`,
    hint: 'name parameters, inputs or hyperparameters that are numbers',
  })),
  'nothing-to-differentiate-by': error((a: { reason: string }) => ({
    message: `What \`backward\` differentiates by cannot be chosen: ${a.reason}.`,
    hint: 'leave the option out',
  })),
  'no-such-function': error((a: { name: string; reason: string }) => ({
    message: `The module cannot have ${q(a.name)}, ${a.reason}.`,
    hint: 'leave it out of the functions that are asked for',
  })),
  'target-lacks': error((a: { target: string; what: string; able: readonly string[] }) => ({
    message: `The target ${q(a.target)} has no ${a.what}.`,
    hint: `build for ${list(a.able)}`,
  })),
  'state-of-some': error((a: { optimizer: string }) => ({
    message: `A step by ${q(a.optimizer)} is of all parameters, and not of some, or of data.`,
    hint: 'leave --wrt out, or build with --optimizer sgd',
  })),
  'nothing-to-differentiate': error((a: { known: readonly string[] }) => ({
    message: 'The program has no loss, so it must be said what is differentiated.',
    hint: `name an equation: --of ${a.known.at(-1) ?? 'y'}`,
  })),
  'not-a-parameter': error(
    (a: { name: string; what?: string | undefined; nearest?: string | undefined }) => ({
      message: `A loss trains parameters, and ${q(a.name)} is ${a.what === undefined ? 'none' : a.what}.`,
      hint:
        a.nearest === undefined
          ? 'name parameters behind for; without for the loss trains all of them'
          : `did you mean ${q(a.nearest)}?`,
    }),
  ),
  'trained-but-unreached': error((a: { name: string; loss: string }) => ({
    message: `The loss ${q(a.loss)} does not depend on ${q(a.name)}, which it is to train.`,
    hint: 'name parameters that it depends on',
  })),
  'trains-nothing': error((a: { loss: string }) => ({
    message: `The loss ${q(a.loss)} trains nothing: it depends on no parameter.`,
    hint: 'make it of something that is learned, or an equation: name = …',
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
    hint: 'checkpoint is for steps in time, or layers of one shape, of known number, at least two segments of them',
  })),
  'no-threads': warning(() => ({
    message: 'Nothing here is shared among threads.',
    hint: 'threads divide long loops of WebAssembly (target wasm): some 65,000 multiplications each, over a batch or the entries of a large tensor',
  })),
  curtailed: warning(() => ({
    message:
      'The formulas may be longer than they need be: of so large a program not everything is tried that would shorten them.',
    hint: 'they are right as they are; give large parts names of their own, or write them as a family over an index',
  })),
  unused: warning((a: { name: string; kind: string }) => ({
    message: `No output depends on the ${a.kind} ${q(a.name)}.`,
    hint: 'use it, or remove it',
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
  'no-batch-declared': error(() => ({
    message: 'There is no batch to reduce over: what is computed is of one sample.',
    hint: 'declare it above: batch B',
  })),
  'over-no-batch': error((a: { declared: string }) => ({
    message: `What \`over=\` names is not the batch ${q(a.declared)}.`,
    hint: `write over=${a.declared}; an axis of the value itself is named by its number, axis=1`,
  })),
  'batch-taken-away': error((a: { declared: string }) => ({
    message: `The program has statistics of its batch ${q(a.declared)}, and cannot be compiled without one.`,
    hint: 'give the batch a name or a length, or leave the option out',
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
  'assumption-argument': error((a: { name: string; takes: boolean }) => ({
    message: a.takes
      ? `${q(a.name)} needs the length of an axis: ${a.name}(N).`
      : `${q(a.name)} takes nothing in brackets.`,
    hint:
      a.takes && a.name === 'count'
        ? 'values are whole numbers from 0 to N'
        : a.takes
          ? 'values are whole numbers from 0 to N − 1'
          : undefined,
  })),
  'position-as-number': error((a: { name: string; axis: string; isCount: boolean }) => ({
    message: a.isCount
      ? `${q(a.name)} is a count up to ${a.axis}, and no number to compute with.`
      : `${q(a.name)} says a position along an axis of ${a.axis}, and is no number.`,
    hint: a.isCount
      ? `it is compared: where(${a.name} > 0, u, v)`
      : `it is a subscript, E[${a.name}], is compared with another position, or becomes a unit vector: onehot(${a.name}, ${a.axis})`,
  })),
  'index-of-other-axis': error((a: { name: string; axis: string; of: string; found: string }) => ({
    message: `${q(a.name)} says a position along an axis of ${a.axis}, and ${a.of} is of ${a.found}.`,
  })),
  'index-compared': error((a: { name: string }) => ({
    message: `${q(a.name)} says a position, and is compared with what says none.`,
    hint: 'positions along one axis are compared with one another: where(a == b, u, v)',
  })),
  'no-index-data': error(() => ({
    message: 'The first argument of `onehot` says no position.',
    hint: 'positions are data: target y : index(K)',
  })),
  'stray-assumption': error((a: { name: string }) => ({
    message: `${q(`${a.name}(…)`)} says something of data, and belongs to no declaration here.`,
    hint: `it stands behind a colon: input tok[T] : ${a.name}(V), shared`,
  })),
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
    message: `The default of ${q(a.name)} must be numbers that are known when compiling, of a known length.`,
    hint: `write such as: hyper ${a.name} = 0.1; without a default each call gives it; what is given with each sample is an input`,
  })),
  'varying-constant': error((a: { name: string; on: string }) => ({
    message: `The constant ${q(a.name)} depends on ${q(a.on)}, which is given when the code runs.`,
    hint: `as an equation it may: ${a.name} = …`,
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
  'bad-hold': error((a: { reason: string }) => ({
    message: `This cannot be held: ${a.reason}.`,
    hint: 'write d(f, v, hold=u), with u the name of an equation, an input or a parameter that f uses',
  })),
  'division-by-zero': error(() => ({ message: 'This divides by the number zero.' })),
  // ---- Emitting
  'abstract-function': error((a: { name: string }) => ({
    message: `The function ${q(a.name)} has no body: formulas can show it, but code cannot compute it.`,
    hint: `write its body: fn ${a.name}(v) = …`,
  })),
  'not-in-target': error((a: { target: string; what: string }) => ({
    message: `The target ${a.target} has no equal of ${a.what}.`,
    hint: 'give lengths with --dim, or build another target',
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
    message: `The parameter ${q(a.name)} has the open extent ${q(a.extent)}, which must be known here.`,
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
}
