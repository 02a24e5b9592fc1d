/** The statements of a program, sorted by what they define. */
import { Diagnostics } from '../../../src/base/diagnostics.ts'
import { parse } from '../../../src/syntax/parse.ts'
import type {
  ClaimStatement,
  DataDeclaration,
  DataStatement,
  DimDeclaration,
  EquationStatement,
  Expression,
  FnStatement,
  HyperDeclaration,
  IndexExpression,
  IndexRange,
  NameExpression,
  Statement,
} from '../../../src/syntax/tree.ts'

/** One equation, of one value or of members, with all the ranges around it and behind it. */
export interface Definition {
  readonly name: string
  readonly indices: readonly Expression[]
  /** The indices are the last axes. */
  readonly last?: true | undefined
  readonly value: Expression
  readonly ranges: readonly IndexRange[]
}

export interface Datum extends DataDeclaration {
  readonly role: DataStatement['kind']
}

export interface Program {
  readonly dims: ReadonlyMap<string, DimDeclaration>
  readonly data: ReadonlyMap<string, Datum>
  readonly hypers: ReadonlyMap<string, HyperDeclaration>
  readonly functions: ReadonlyMap<string, FnStatement>
  readonly equations: ReadonlyMap<string, readonly Definition[]>
  readonly batch: string | undefined
  readonly loss: string | undefined
  readonly outputs: readonly (NameExpression | IndexExpression)[]
  readonly claims: readonly ClaimStatement[]
  /** Of a function's body: its results. */
  readonly returns: readonly Expression[]
}

/** @throws what the parser says */
export function programOf(source: string): Program {
  const { program, diagnostics } = parse(source, { diagnostics: new Diagnostics() })
  const wrong = diagnostics.toArray().find(({ severity }) => severity === 'error')
  if (wrong)
    throw new Error(`${wrong.code}: ${wrong.message}\n${source.slice(wrong.span.start, wrong.span.end)}`)
  return sorted(program.statements)
}

/** The statements of a program, or of a function's body, by what they define. */
export function sorted(statements: readonly Statement[]): Program {
  const dims = new Map<string, DimDeclaration>()
  const data = new Map<string, Datum>()
  const hypers = new Map<string, HyperDeclaration>()
  const functions = new Map<string, FnStatement>()
  const equations = new Map<string, Definition[]>()
  const outputs: (NameExpression | IndexExpression)[] = []
  const claims: ClaimStatement[] = []
  let returns: readonly Expression[] = []
  let batch: string | undefined
  let loss: string | undefined
  const define = (
    { name, indices, last, value, ranges }: EquationStatement,
    around: readonly IndexRange[],
  ): void => {
    const all = equations.get(name.text) ?? []
    equations.set(name.text, all)
    all.push({ name: name.text, indices, last, value, ranges: [...around, ...ranges] })
  }
  const read = (statement: Statement, around: readonly IndexRange[]): void => {
    switch (statement.kind) {
      case 'dim':
        for (const d of statement.declarations) dims.set(d.name.text, d)
        break
      case 'input':
      case 'target':
      case 'param':
        for (const d of statement.declarations) data.set(d.name.text, { ...d, role: statement.kind })
        break
      case 'hyper':
        for (const h of statement.declarations) hypers.set(h.name.text, h)
        break
      case 'fn':
        functions.set(statement.name.text, statement)
        break
      case 'equation':
        define(statement, around)
        break
      case 'loss': {
        const { name, value } = statement
        equations.set(name.text, [{ name: name.text, indices: [], value, ranges: [] }])
        loss = name.text
        break
      }
      case 'for':
        for (const inner of statement.body) read(inner, [...around, ...statement.ranges])
        break
      case 'output':
        outputs.push(...statement.outputs)
        break
      case 'batch':
        batch = statement.name.text
        break
      case 'claim':
        claims.push(statement)
        break
      case 'const':
        for (const { name, value } of statement.declarations)
          equations.set(name.text, [{ name: name.text, indices: [], value, ranges: [] }])
        break
      case 'return':
        returns = statement.values
        break
      case 'network':
        break
    }
  }
  for (const statement of statements) read(statement, [])
  return { dims, data, hypers, functions, equations, batch, loss, outputs, claims, returns }
}

/** Whether entries of a datum are members of an axis, which count from 0 in data. */
export const isIndex = ({ assumptions }: DataDeclaration): boolean =>
  assumptions.some((a) => a.text === 'index')
export const isShared = ({ assumptions, role }: Datum): boolean =>
  role === 'param' || assumptions.some((a) => a.text === 'shared')
