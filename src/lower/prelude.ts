import { assert } from '../base/bug.ts'
import { helpers, prelude as lines } from '../ops/prelude.ts'
import { parse } from '../syntax/parse.ts'
import type { Expression, Statement } from '../syntax/tree.ts'
import { children, fold } from './fold.ts'
import { planOf } from './calls.ts'
import type { Fn } from './scope.ts'

/** The functions of the prelude, each parsed when it is first asked for. */
export interface Prelude {
  has(name: string): boolean
  get(name: string): Fn | undefined
  /** What its own functions can name. */
  readonly inside: Prelude
}

const parsed = new Map<string, Fn>()

/** What a program can name. */
export const PRELUDE: Prelude = {
  has: (name) => lines.has(name),
  get: (name) => (lines.has(name) ? INSIDE.get(name) : undefined),
  get inside() {
    return INSIDE
  },
}

const INSIDE: Prelude = {
  get inside() {
    return INSIDE
  },
  has: (name) => lines.has(name) || helpers.has(name),
  get(name) {
    const known = parsed.get(name)
    const line = known ? undefined : (lines.get(name) ?? helpers.get(name))
    if (line === undefined) return known
    const { program, diagnostics } = parse(line, { filename: 'prelude' })
    const statement = program.statements[0]
    assert(
      !diagnostics.hasErrors && statement?.kind === 'fn' && statement.body,
      `the prelude's ${name} does not parse`,
    )
    const { body, parameters } = statement
    const last = body.at(-1)
    const plain = parameters.map(({ name: { text }, ...rest }) => ({ ...rest, name: text }))
    const fn: Fn = {
      name,
      parameters: plain,
      body,
      results: last?.kind === 'return' ? last.values.length : 1,
      scope: undefined,
      plan: planOf(plain, body),
      depth: depthOf(body),
      fromPrelude: true,
    }
    parsed.set(name, fn)
    return fn
  },
}

const depthOf = (body: readonly Statement[]): number =>
  valuesIn(body).reduce(
    (most, value) =>
      fold<number>(value, children, (tree, depths) => {
        const called = tree.kind === 'call' ? INSIDE.get(tree.callee.text) : undefined
        return depths.reduce((a, b) => Math.max(a, b), called ? called.depth + 1 : most)
      }),
    0,
  )

/** What the statements of a body compute. */
const valuesIn = (body: readonly Statement[]): readonly Expression[] =>
  body.flatMap((statement) =>
    statement.kind === 'return'
      ? statement.values
      : statement.kind === 'equation'
        ? [statement.value]
        : statement.kind === 'for'
          ? valuesIn(statement.body)
          : [],
  )
