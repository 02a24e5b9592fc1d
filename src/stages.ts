/** What each phase hands on, how it is verified, and how it looks in a dump. */
import { bug } from './base/bug.ts'
import type { Emitted } from './emit/module.ts'
import { dump } from './graph/dump.ts'
import { type Derived, type Network, lossNodes, valueNodes } from './graph/network.ts'
import type { EquationNode, Node } from './graph/node.ts'
import { sameShape, shapeText } from './graph/extent.ts'
import { topological } from './graph/traverse.ts'
import { violations } from './graph/verify.ts'
import { det, inv, logdet, lse } from './ops/index.ts'
import type { Program as Loops } from './schedule/index.ts'
import { programText } from './schedule/text.ts'
import type { Parsed } from './syntax/parse.ts'

/** The result of each phase, in their order. */
export interface Stages {
  readonly parse: Parsed
  readonly lower: Network
  readonly derive: Derived
  readonly simplify: Derived
  readonly stabilise: Derived
  readonly specialise: Derived
  readonly schedule: Loops
  readonly emit: Emitted
}

export type StageName = keyof Stages
export type Observe = <S extends StageName>(stage: S, result: Stages[S]) => void

interface Row<R> {
  /** What is wrong with a result, a sentence each. */
  readonly laws: (result: R) => readonly string[]
  /** The result for people who look into the compiler. */
  readonly dump: (result: R) => string
}

const graphs = (derived: Derived): string[] => [...violations(rootsOf(derived)), ...gradientLaws(derived)]

const rows: { readonly [S in StageName]: Row<Stages[S]> } = {
  parse: {
    laws: () => [],
    dump: ({ program, source }) =>
      program.statements
        .map((s) => `${s.kind} ${s.span.start}–${s.span.end}: ${source.slice(s.span)}`)
        .join('\n'),
  },
  lower: {
    laws: (network) => violations(rootsOf({ network, gradients: new Map() })),
    dump: (network) => dump(named({ network, gradients: new Map() })),
  },
  derive: { laws: graphs, dump: (derived) => dump(named(derived)) },
  simplify: { laws: graphs, dump: (derived) => dump(named(derived)) },
  stabilise: { laws: graphs, dump: (derived) => dump(named(derived)) },
  specialise: {
    laws: (derived) => [
      ...graphs(derived),
      ...(topological(rootsOf(derived)).some(isUnstable)
        ? ['a log-sum-exp is left, which overflows as it stands']
        : []),
      ...(topological(rootsOf(derived)).some(isUnfactored)
        ? ['an inverse or a determinant is left that is not found from factors']
        : []),
    ],
    dump: (derived) => dump(named(derived)),
  },
  schedule: {
    laws: () => [],
    dump: programText,
  },
  emit: { laws: () => [], dump: ({ code }) => code },
}

export const STAGES = Object.keys(rows) as StageName[]

/** Stops with an internal error where the result of a stage breaks a law. */
export function verify<S extends StageName>(stage: S, result: Stages[S]): void {
  const broken = rows[stage].laws(result)
  if (broken.length > 0) bug(`after the stage ${stage}: ${broken.join('; ')}`)
}

export const dumpStage = <S extends StageName>(stage: S, result: Stages[S]): string =>
  rows[stage].dump(result)

/** The loss, where there is one, gradients, outputs. */
export const rootsOf = ({ network, gradients }: Derived): Node[] => [
  ...lossNodes(network),
  ...gradients.values(),
  ...network.outputs.map((o) => o.node),
]

/** The program's own values among them. */
export const valuesOf = ({ network }: Derived): Node[] => [...valueNodes(network)]

/** With other nodes for the loss, the gradients and the outputs, in the order of `rootsOf`. */
export function withRoots({ network, gradients }: Derived, roots: readonly Node[]): Derived {
  const { loss } = network
  const rest = loss ? roots.slice(1) : roots
  const symbols = [...gradients.keys()]
  const outputs = network.outputs.map((o, i) => ({ ...o, node: rest[symbols.length + i]! }))
  return {
    network: { ...network, loss: loss && { ...loss, node: roots[0] as EquationNode }, outputs },
    gradients: new Map(symbols.map((symbol, i) => [symbol, rest[i]!])),
  }
}

const named = ({ network, gradients }: Derived): Record<string, Node> =>
  Object.fromEntries([
    ...(network.loss ? [[`loss ${network.loss.name}`, network.loss.node] as const] : []),
    ...[...gradients].map(([symbol, node]) => [`d ${symbol.name}`, node] as const),
    ...network.outputs.map(({ name, node }) => [`output ${name}`, node] as const),
  ])

const gradientLaws = ({ gradients }: Derived): string[] =>
  [...gradients].flatMap(([{ name, shape }, node]) =>
    sameShape(shape, node.shape)
      ? []
      : [`the gradient of ${name} is ${shapeText(node.shape)} and not ${shapeText(shape)}`],
  )

/** What is found from factors, where it runs. */
const isUnfactored = (n: Node): boolean =>
  n.kind === 'apply' && (n.op === inv || n.op === det || n.op === logdet)
const isUnstable = (n: Node): boolean => n.kind === 'apply' && n.op === lse
