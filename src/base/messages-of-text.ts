/** What is wrong with the text of a program: its characters, its statements, its names. */
import { foreignValue } from './foreign.ts'
import {
  error,
  warning,
  q,
  list,
  shape,
  didYouMean,
  among,
  spelt,
  DERIVATIVE,
  SUPERSCRIPTS,
} from './sentences.ts'
import { letters } from './spelling.ts'

/** What may stand in a block, as sentences say it. */
const BLOCKS = {
  for: { what: 'for block', called: 'block', holds: 'equations' },
  fn: { what: 'function', called: 'function', holds: 'equations, dims, for blocks and return' },
  layer: {
    what: 'layer',
    called: 'layer',
    holds: 'params, dims, constants, functions, other layers and what applying it is',
  },
} as const

export const ofText = {
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
  'stray-brace': error(() => ({
    message: '`}` closes nothing: no block is open here.',
    hint: 'a block has its { at the end of its first line: for l in 1..L {',
  })),
  'misplaced-statement': error((a: { kind: string; block: keyof typeof BLOCKS }) => ({
    message: `${q(a.kind)} cannot stand inside a ${BLOCKS[a.block].what}: only ${BLOCKS[a.block].holds} can.`,
    hint:
      a.kind === 'return'
        ? 'a function returns once, with its last line'
        : `move it above or below the ${BLOCKS[a.block].called}`,
  })),
  'misplaced-return': error(() => ({
    message: '`return` can only stand in a function.',
    hint: 'what a program gives is declared: output z',
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
  'instances-without-range': error((a: { name: string; index: string }) => ({
    message: `${q(a.name)} has an index, but nothing says where it runs.`,
    hint: `add a range: for ${a.index || 'l'} in 1..3`,
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
  'unknown-layer': error((a: { name: string; what?: string | undefined; nearest?: string | undefined }) => ({
    message:
      a.what === undefined ? `There is no layer ${q(a.name)}.` : `${q(a.name)} is ${a.what}, and no layer.`,
    hint: didYouMean(a.nearest) ?? `a layer is declared above: layer ${a.name}(D) { … }`,
  })),
  'layer-without-instance': error((a: { name: string; usage: string }) => ({
    message: `${q(a.name)} is a layer: what is applied is an instance of it, which has parameters.`,
    hint: `make one, and apply that: layer ${a.name}1 = ${a.usage}`,
  })),
  'instance-as-value': error((a: { name: string; layer: string; parameters: readonly string[] }) => ({
    message: `${q(a.name)} is an instance of the layer ${q(a.layer)}, not a value.`,
    hint: `apply it, ${a.name}(x)${
      a.parameters.length > 0
        ? `; it has ${list(
            a.parameters.slice(0, 12).map((p) => `${a.name}.${p}`),
            'and',
          )}`
        : ''
    }`,
  })),
  'unknown-field': error(
    (a: {
      name: string
      field: string
      layer: string
      known: readonly string[]
      nearest?: string | undefined
    }) => ({
      message: `${q(a.name)}, an instance of the layer ${q(a.layer)}, has no ${q(a.field)}.`,
      hint: among(a.nearest, a.known) ?? 'it has no parameters and holds no layers',
    }),
  ),
  'layer-circle': error((a: { circle: readonly string[] }) => ({
    message: `Layers hold each other in a circle: ${a.circle.map(q).join(' → ')}.`,
    hint: 'an instance has all that it holds, which must come to an end',
  })),
  'layer-application': error((a: { name: string; found: string | undefined }) => ({
    message:
      a.found === undefined
        ? `The layer ${q(a.name)} does not say what applying it is.`
        : a.found === 'twice'
          ? `The layer ${q(a.name)} says twice what applying it is.`
          : `${q(a.found)} is not the name of the layer, ${q(a.name)}, by which it is applied.`,
    hint: `write once, in its braces: ${a.name}(x) = …`,
  })),
  'layer-argument': error((a: { name: string; layer: string; found: readonly string[] }) => ({
    message: `A layer is made for extents and numbers, but the argument ${q(a.name)} of ${q(a.layer)} is ${shape(a.found)}.`,
    hint: 'what it is applied to stands in the brackets of its application',
  })),
  'instance-index': error((a: { name: string }) => ({
    message: `${q(a.name)} is one instance of a layer, and no family of them.`,
    hint: `apply it without an index: ${a.name}(x)`,
  })),
  'not-applicable': error((a: { name: string; what: string | undefined }) => ({
    message:
      a.what === undefined
        ? `There is no instance of a layer that is called ${q(a.name)}.`
        : `${q(a.name)} is ${a.what}: only functions, and instances of layers, are applied.`,
    hint: `a product needs its *: ${a.name}[1] * (…)`,
  })),
  'recursive-function': error((a: { name: string }) => ({
    message: `The function ${q(a.name)} is defined by itself.`,
    hint: 'functions are expanded where they are called, so none may call itself',
  })),
}
