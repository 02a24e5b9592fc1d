import { report } from '../base/messages.ts'
import { ONE, type Rational, ZERO, compare, isNegative } from '../base/rational.ts'
import { nearest } from '../base/spelling.ts'
import { constantValue } from '../graph/graph.ts'
import type { Initialiser } from '../graph/network.ts'
import { peel } from '../graph/node.ts'
import type { CallExpression, DataDeclaration, Expression } from '../syntax/tree.ts'
import { check } from './check.ts'
import { type Context, TOP, complain } from './context.ts'
import { evaluate } from './expression.ts'

/** Those that are a word alone. */
const WORDS: ReadonlyMap<string, Initialiser> = new Map<string, Initialiser>([
  ['zeros', { kind: 'constant', value: ZERO }],
  ['ones', { kind: 'constant', value: ONE }],
  ['glorot', { kind: 'glorot' }],
  ['he', { kind: 'he' }],
  ['lecun', { kind: 'lecun' }],
])

/** Whether a word alone says how a parameter starts. */
export const isInitialiser = (word: string): boolean => WORDS.has(word)

type Make = (a: Rational, b: Rational) => Initialiser | string

/** Those with two numbers; a text says why the numbers do not fit. */
const CALLS: ReadonlyMap<string, { readonly usage: string; readonly make: Make }> = new Map<
  string,
  { usage: string; make: Make }
>([
  [
    'uniform',
    {
      usage: 'uniform(lo, hi)',
      make: (lo, hi) =>
        compare(lo, hi) > 0 ? 'the lower bound is above the upper one' : { kind: 'uniform', lo, hi },
    },
  ],
  [
    'normal',
    {
      usage: 'normal(mean, sd)',
      make: (mean, sd) =>
        isNegative(sd) ? 'the standard deviation is negative' : { kind: 'normal', mean, sd },
    },
  ],
])

const KNOWN = [...WORDS.keys(), ...[...CALLS.values()].map(({ usage }) => usage)]

/** How a parameter starts; undefined where nothing is said, or what is said is wrong, which is reported. */
export function initialiserOf(
  ctx: Context,
  { name, initialiser: tree }: DataDeclaration,
): Initialiser | undefined {
  if (!tree) return undefined
  const word = tree.kind === 'name' ? tree.name : tree.kind === 'call' ? tree.callee.text : undefined
  const known = word === undefined ? undefined : WORDS.get(word)
  if (known && tree.kind === 'name') return known
  if (tree.kind === 'call' && CALLS.has(tree.callee.text)) return made(ctx, tree, name.text)
  if (known || (word !== undefined && CALLS.has(word))) return unknown(ctx, tree, word!)
  // A word that nothing else explains was meant to be an initialiser.
  if (word !== undefined && !ctx.scope.declared(word)) return unknown(ctx, tree, word)
  const value = number(ctx, tree, name.text)
  return value && { kind: 'constant', value }
}

function unknown(ctx: Context, tree: Expression, found: string): undefined {
  report(ctx.diagnostics, 'unknown-initialiser', tree.span, {
    found,
    known: KNOWN,
    nearest: nearest(found, [...WORDS.keys(), ...CALLS.keys()]),
  })
}

function made(ctx: Context, tree: CallExpression, name: string): Initialiser | undefined {
  const { usage, make } = CALLS.get(tree.callee.text)!
  if (tree.args.length !== 2 || tree.named.length > 0) {
    const found = tree.args.length + tree.named.length
    complain(ctx, TOP, 'wrong-argument-count', tree.span, {
      name: tree.callee.text,
      expected: '2 arguments',
      found,
      usage,
    })
    return undefined
  }
  const [a, b] = tree.args.map((arg) => number(ctx, arg, name))
  if (!a || !b) return undefined
  const initialiser = make(a, b)
  if (typeof initialiser !== 'string') return initialiser
  complain(ctx, TOP, 'bad-initialiser', tree.span, { name, reason: initialiser })
  return undefined
}

/** A number that is known when compiling. */
function number(ctx: Context, tree: Expression, name: string): Rational | undefined {
  const node = check(ctx, tree).ok ? evaluate(ctx, TOP, tree) : undefined
  if (!node) return undefined
  const value = node.shape.length === 0 ? constantValue(peel(node)) : undefined
  if (!value)
    complain(ctx, TOP, 'bad-initialiser', tree.span, {
      name,
      reason: 'it is no number that is known when compiling',
    })
  return value
}
