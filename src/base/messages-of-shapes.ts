/** What is wrong with the shapes of tensors and with what functions are given. */
import { printable } from './frame.ts'
import { error, q, list, plural, shape } from './sentences.ts'

export const ofShapes = {
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
  'uneven-literal': error((a: { first: readonly string[]; other: readonly string[] }) => ({
    message: `The parts of a tensor in brackets have one shape, but this is ${shape(a.other)}, and the first ${shape(a.first)}.`,
    hint: 'rows of a matrix are equally long: [[1, 2], [3, 4]]',
  })),
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
    hint: a.known.length === 0 ? undefined : `it knows ${list(a.known.map(q), 'and')}`,
  })),
  'argument-shape': error(
    (a: {
      name: string
      argument: string
      declared: readonly string[]
      found: readonly string[]
      reason: string | undefined
    }) => ({
      message: `The argument ${q(a.argument)} of ${q(a.name)} is ${shape(a.found)}, which does not fit ${a.argument}[${a.declared.join(', ')}]${a.reason === undefined ? '' : `: ${a.reason}`}.`,
    }),
  ),
  'several-results': error((a: { name: string; count: number }) => ({
    message: `${q(a.name)} gives ${a.count} values, which are no value together.`,
    hint: `give each a name: ${Array.from({ length: a.count }, (_, i) => `u${i + 1}`).join(', ')} = ${a.name}(…)`,
  })),
  'uneven-results': error((a: { count: number; name?: string; found?: number }) => ({
    message:
      a.name === undefined
        ? `${a.count} names cannot be defined at once by what is one value.`
        : `${q(a.name)} gives ${plural(a.found!, 'value')}, and here are ${a.count} names.`,
    hint:
      a.name === undefined
        ? 'write an equation for each name; only a function gives several values'
        : undefined,
  })),
  'late-parameter': error((a: { name: string }) => ({
    message: `The argument ${q(a.name)} has no default, but stands behind one that has.`,
    hint: 'what a call may leave out comes last',
  })),
  'bad-several': error((a: { name: string; index: string }) => ({
    message: `The index of the arguments ${q(a.name)} does not count them.`,
    hint: `write ${a.name}[${a.index}] for ${a.index} in 1..n, with any name for their number`,
  })),
  'empty-family': error((a: { name: string }) => ({
    message: `${q(a.name)} is empty: a range of its indices has no values.`,
    hint: 'a range a..b is empty where a > b',
  })),
  'mixed-subscripts': error((a: { name: string; last: boolean }) => ({
    message: `The indices of ${q(a.name)} are its ${a.last ? 'last' : 'first'} axes in an equation above, and its ${a.last ? 'first' : 'last'} ones here.`,
    hint: `write ${a.name}[${a.last ? '..., ' : ''}i] in all of its equations`,
  })),
  'no-return': error((a: { name: string }) => ({
    message: `The function ${q(a.name)} returns nothing.`,
    hint: 'its last line is: return y',
  })),
  'early-return': error((a: { name: string }) => ({
    message: `Nothing stands behind the return of the function ${q(a.name)}.`,
    hint: 'a function returns once, with its last line',
  })),
  'duplicate-argument': error((a: { name: string; argument: string }) => ({
    message: `${q(a.name)} is given its argument ${q(a.argument)} twice.`,
  })),
  'bad-axis': error((a: { found: string; rank: number }) => ({
    message:
      a.rank === 0
        ? `There is no axis ${a.found}: this is a scalar.`
        : `There is no axis ${a.found}: this has ${plural(a.rank, 'axis', 'axes')}.`,
    hint: a.rank === 0 ? undefined : 'axes count from 1, and from the last one -1',
  })),
  'repeated-axis': error((a: { axis: string }) => ({ message: `The axis ${a.axis} is named twice.` })),
  'not-elementwise': error((a: { name: string }) => ({
    message: `${q(a.name)} is no function of one number, entry by entry, so that ${a.name}' is none.`,
    hint: 'of other functions a derivative is written d(f(v), v)',
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
  'subscript-leaves-axis': error(
    (a: {
      name: string
      from: string
      to: string
      values: readonly string[]
      index: string | undefined
    }) => ({
      message: `A subscript of ${q(a.name)} runs from ${a.from} to ${a.to}, and this one ${
        a.index === undefined
          ? 'is not known to stay there'
          : a.values.length === 0
            ? `is ${a.index}`
            : `is ${a.index} for ${a.values.join(', ')}`
      }.`,
      hint: 'take a smaller range, or a condition: where(i > 1, x[i-1], 0)',
    }),
  ),
  'subscript-not-affine': error((a: { name: string }) => ({
    message: `This subscript of ${q(a.name)} is neither a sum of multiples of indices and dims nor an index value.`,
    hint: 'a subscript is such as 2*i + u - 1, or index data: `input tok : index(V)`, E[tok]',
  })),
  'wrong-index-data': error((a: { name: string; axis: number; extent: string; selects: string }) => ({
    message: `Axis ${a.axis} of ${q(a.name)} has the length ${a.extent}, and this index value selects one of ${a.selects}.`,
    hint: undefined,
  })),
  'index-as-number': error((a: { what: string }) => ({
    message: `An index value says which, and not how much: it cannot be ${a.what}.`,
    hint: 'it is a subscript, E[tok], is compared for equality, or becomes a vector: onehot(tok, V)',
  })),
  'part-of-many-lengths': error(() => ({
    message: 'The length of this part depends on an index.',
    hint: 'give the range of the index values, or add up over another index with a condition',
  })),
  'family-of-shapes': error((a: { what: string; left: readonly string[]; right: readonly string[] }) => ({
    message: `The members of ${q(a.what)} have different shapes, ${shape(a.left)} and ${shape(a.right)}, so that together they are no tensor.`,
    hint: 'name one member',
  })),
  'family-with-gaps': error((a: { name: string }) => ({
    message: `The members of ${q(a.name)} do not fill a box, so that together they are no tensor.`,
    hint: 'define all members from the first to the last, or name one member',
  })),
  'open-family': error((a: { index: string }) => ({
    message: `The range of ${q(a.index)} is open, and it picks members that are things of their own.`,
    hint: 'give the dims of the range values, or declare what it picks from as a tensor: x[T, D]',
  })),
  'circular-family': error((a: { circle: readonly string[] }) => ({
    message: `There is no order in which these can be evaluated: ${a.circle.map(q).join(' needs ')}.`,
    hint: 'something has to be given without the others: h[0] = …',
  })),
  'member-read-before': error((a: { member: string }) => ({
    message: `More of ${q(a.member)} is defined here, after it has been used as a whole.`,
    hint: 'define all of it before it is used',
  })),
  'not-a-reduction': error((a: { name: string; known: readonly string[] }) => ({
    message: `${q(a.name)} cannot be taken over an index.`,
    hint: `these can: ${a.known.join(', ')}`,
  })),
  'index-not-on-the-left': error((a: { index: string; name: string }) => ({
    message: `The index ${q(a.index)} does not stand on the left, so that ${q(a.name)} would be defined anew for each of its values.`,
    hint: 'to add up over an index: sum(… for k in 1..K)',
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
  'recurrence-of-any-length': error((a: { name: string; reason: string }) => ({
    message: `The recurrence of ${q(a.name)} cannot be computed for a length that is open: ${a.reason}.`,
    hint: 'give the open dims values',
  })),
  'no-recurrence': error((a: { reason: string }) => ({
    message: `The gradients of this recurrence cannot be given for a general index: ${a.reason}.`,
    hint: 'give the open dims values',
  })),
  'members-unreadable': error((a: { reason: string; members: number }) => ({
    message: `The formulas of this recurrence cannot be given for a general index (${a.reason}), and written out they are of ${a.members} members.`,
    hint: 'give the dims smaller values (--dim), or have all members written out (--unroll)',
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
}
