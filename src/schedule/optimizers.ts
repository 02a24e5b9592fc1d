/**
 * How a step changes parameters by their gradients: rows of equations, in the language itself. `g` is an entry of the gradient, `w` one of
 * the parameter, which loses `change`; moments are kept for each entry and start at 0. What stands in `once` is computed once a step,
 * in double precision.
 */
import { assert } from '../base/bug.ts'
import { type Rational, rational } from '../base/rational.ts'
import { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { formula } from '../lower/formula.ts'
import { parse } from '../syntax/parse.ts'

/** A number that the caller may choose: from `from` on, less than `below`. */
export interface Setting {
  readonly name: string
  readonly value: Rational
  readonly from: number
  readonly below: number
  readonly doc: string
}

interface Row {
  readonly name: string
  readonly value: Node
}

export interface Optimizer {
  readonly name: OptimizerName
  /** What it is and where it was published, for the docs of what is emitted. */
  readonly about: string
  readonly settings: readonly Setting[]
  /** Whether it counts its steps: `t`, 1 in the first. */
  readonly counts: boolean
  readonly once: readonly Row[]
  readonly moments: readonly Row[]
  readonly change: Node
}

interface Text {
  readonly about: string
  readonly settings?: readonly Setting[]
  readonly once?: Readonly<Record<string, string>>
  readonly moments?: Readonly<Record<string, string>>
  readonly change: string
}

const setting = (name: string, value: Rational, below: number, doc: string): Setting => ({
  name,
  value,
  from: 0,
  below,
  doc,
})
const ADAM_SETTINGS = [
  setting('beta1', rational(9, 10), 1, 'How much of m stays.'),
  setting('beta2', rational(999, 1000), 1, 'How much of v stays.'),
  setting('epsilon', rational(1, 100_000_000), Infinity, 'Keeps the denominator from 0.'),
]
/** 1 − βᵗ, by which moments that started at 0 are too small, as −expm1(t·log β): for β near 1 the difference would lose digits. */
const ADAM = {
  once: {
    size: 'rate / (-expm1(t * log(beta1)))',
    scale: '1 / sqrt(-expm1(t * log(beta2)))',
    new1: '1 - beta1',
    new2: '1 - beta2',
  },
  moments: { m: 'beta1 * m + new1 * g', v: 'beta2 * v + new2 * g^2' },
  change: 'size * m / (scale * sqrt(v) + epsilon)',
}

const TEXTS = {
  sgd: { about: 'Gradient descent', change: 'rate * g' },
  momentum: {
    about: 'Gradient descent with momentum (Polyak 1964), velocity ← momentum·velocity + gradient',
    settings: [setting('momentum', rational(9, 10), 1, 'How much of the velocity stays.')],
    moments: { velocity: 'momentum * velocity + g' },
    change: 'rate * velocity',
  },
  adam: { about: 'Adam (Kingma, Ba 2015)', settings: ADAM_SETTINGS, ...ADAM },
  adamw: {
    about: 'Adam with decoupled weight decay (Loshchilov, Hutter 2019)',
    settings: [
      ...ADAM_SETTINGS,
      setting('decay', rational(1, 100), Infinity, 'Times the rate, what parameters lose of themselves.'),
    ],
    ...ADAM,
    once: { ...ADAM.once, loses: 'rate * decay' },
    change: `${ADAM.change} + loses * w`,
  },
} satisfies Record<string, Text>

export type OptimizerName = keyof typeof TEXTS
export const OPTIMIZERS = Object.keys(TEXTS) as readonly OptimizerName[]

const known = new Map<OptimizerName, Optimizer>()

/** The optimizer of that name; its equations are read when it is first asked for. */
export function optimizer(name: OptimizerName): Optimizer {
  let found = known.get(name)
  if (!found) known.set(name, (found = read(name, TEXTS[name])))
  return found
}

function read(
  name: OptimizerName,
  { about, settings = [], once = {}, moments = {}, change }: Text,
): Optimizer {
  const graph = new Graph()
  const locals = new Map<string, Node>()
  for (const id of [
    'rate',
    ...settings.map((s) => s.name),
    ...Object.keys(once),
    ...Object.keys(moments),
    'g',
    'w',
    't',
  ])
    locals.set(id, graph.symbol({ name: id, role: 'hyper', shape: [], assumptions: new Set() }))
  const value = (text: string): Node => {
    const { program, diagnostics } = parse(`value = ${text}`, { filename: name })
    const [statement] = program.statements
    assert(!diagnostics.hasErrors && statement?.kind === 'equation', `${text} of ${name} does not parse`)
    return formula(graph, statement.value, locals, new Map())
  }
  const rows = (texts: Readonly<Record<string, string>>): Row[] =>
    Object.entries(texts).map(([id, text]) => ({ name: id, value: value(text) }))
  const steps = rows(once)
  return {
    name,
    about,
    settings,
    counts: steps.some((row) => mentions(row.value).has('t')),
    once: steps,
    moments: rows(moments),
    change: value(change),
  }
}

/** The names in a formula. */
export function mentions(root: Node): Set<string> {
  const found = new Set<string>()
  const stack = [root]
  for (let n = stack.pop(); n; n = stack.pop()) {
    if (n.kind === 'symbol') found.add(n.symbol.name)
    stack.push(...n.args)
  }
  return found
}

/** What the state of an optimizer holds beside its moments. */
export const numbersOf = ({ counts, settings }: Optimizer): readonly string[] => [
  ...(counts ? ['t'] : []),
  ...settings.map((s) => s.name),
]

/** Whether `step` takes a state. */
export const hasState = (o: Optimizer): boolean => o.moments.length > 0
