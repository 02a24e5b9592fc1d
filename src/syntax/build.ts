/**
 * What the grammar's rules build. nearley calls these from the leaves up, once for every way in which a rule matches so
 * far: a rule inside a list is built for each of its beginnings, so that none may cost more than a step. Lists are
 * therefore linked backwards, and become arrays only at the bracket or the end that closes them.
 */
import type { Span } from '../base/span.ts'
import { INDICES } from './limits.ts'
import type { Token } from './tokens.ts'
import type * as tree from './tree.ts'

type Expression = tree.Expression

/** A list so far. */
interface List<T> {
  readonly item: T
  readonly before: List<T> | undefined
}

/** A declaration of `input`, `target` or `param` as written; `declarations.ts` tells index from shape. */
export interface RawDatum {
  /** With an argument it is no name, but goes on with the assumptions before it. */
  readonly name: tree.Assumption
  readonly brackets: readonly (readonly Expression[])[]
  readonly assumptions: readonly tree.Assumption[]
  readonly initialiser?: Expression
  readonly ranges: readonly tree.IndexRange[]
  readonly span: Span
}

export interface RawData {
  readonly kind: 'data'
  readonly of: tree.DataStatement['kind']
  readonly declarations: readonly RawDatum[]
  readonly span: Span
}

/** The end of a block. */
export interface Close {
  readonly kind: 'close'
  readonly span: Span
}

/** The head of a function with statements. */
export interface FnHead {
  readonly kind: 'fnHead'
  readonly fn: tree.FnStatement
}

/** The head of a layer. */
export interface LayerHead {
  readonly kind: 'layerHead'
  readonly layer: tree.LayerStatement
}

/** An instance as written: the ranges that it has may be those of one behind it. */
export interface RawInstance extends tree.InstanceDeclaration {
  /** The names in its bracket. */
  readonly indices: readonly tree.Name[]
}

export interface RawInstances {
  readonly kind: 'instances'
  readonly declarations: readonly RawInstance[]
  readonly span: Span
}

/** The equations of one line. */
export interface RawEquations {
  readonly kind: 'equations'
  readonly equations: readonly tree.EquationStatement[]
  readonly span: Span
}

/** What the parse of one statement gives. */
export type Built =
  | Exclude<tree.Statement, tree.DataStatement | tree.EquationStatement | tree.InstanceStatement>
  | RawData
  | RawEquations
  | RawInstances
  | FnHead
  | LayerHead
  | Close

/** nearley hands over an untyped list of the parts; each rule states here what it knows of them from the grammar. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Rule = (parts: any[]) => any
const rule = <Parts extends unknown[]>(build: (parts: Parts) => unknown): Rule => build as unknown as Rule

const span = (from: Span, to: Span): Span => ({ start: from.start, end: to.end })
/** A statement ends before its end token. */
const until = (from: Span, last: Span): { span: Span } => ({ span: span(from, last) })

function toArray<T>(list: List<T>): T[] {
  const items: T[] = []
  for (let at: List<T> | undefined = list; at; at = at.before) items.push(at.item)
  return items.reverse()
}

/** There are more indices in a row than anything has. */
export class TooManyIndices extends Error {
  readonly span: Span
  constructor(at: Span) {
    super('too many indices')
    this.span = at
  }
}

// ---- Lists

export const first = rule<[unknown]>(([only]) => only)
export const single = rule<[unknown]>(([item]) => ({ item, before: undefined }))
export const moreIndices = rule<[List<tree.IndexRange>, Token, tree.IndexRange]>(([before, , item]) => {
  let count = 1
  for (let at: List<tree.IndexRange> | undefined = before; at; at = at.before) count++
  if (count > INDICES) throw new TooManyIndices(item.span)
  return { item, before }
})
export const more = rule<[List<unknown>, Token, unknown]>(([before, , item]) => ({ item, before }))
export const sign = rule<[List<Token>, Token]>(([before, item]) => ({ item, before }))

// ---- Statements

export const network = rule<[Token, tree.Name]>(([word, name]) => ({
  kind: 'network',
  name,
  ...until(word, name.span),
}))

export const imports = rule<[Token, Token, List<tree.Name>, ...Token[]]>(([word, , list, ...rest]) => {
  const path = rest.at(-2)!
  return {
    kind: 'import',
    names: toArray(list),
    path: path.text.slice(1, -1),
    from: span(path, path),
    ...until(word, path),
  }
})

export const dims = rule<[Token, List<tree.DimDeclaration>]>(([word, list]) => ({
  kind: 'dim',
  declarations: toArray(list),
  ...until(word, list.item.span),
}))

export const batch = rule<[Token, tree.Name]>(([word, name]) => ({
  kind: 'batch',
  name,
  ...until(word, name.span),
}))

export const data = rule<[Token, List<RawDatum>]>(([word, list]) => ({
  kind: 'data',
  of: word.text,
  declarations: toArray(list),
  ...until(word, list.item.span),
}))

export const hypers = rule<[Token, List<tree.HyperDeclaration>]>(([word, list]) => ({
  kind: 'hyper',
  declarations: toArray(list),
  ...until(word, list.item.span),
}))

export const fn = rule<[Token, tree.Name, Token, List<tree.Parameter>, Token, Token, Expression?]>(
  ([word, name, , parameters, close, , value]) => ({
    kind: 'fn',
    name,
    parameters: toArray(parameters),
    ...(value ? { body: [{ kind: 'return', values: [value], span: value.span }] } : {}),
    ...until(word, value ? value.span : close),
  }),
)

/** The head of a function with statements; these come later, from `parse.ts`. */
export const fnHead = rule<[Token, tree.Name, Token, List<tree.Parameter>, Token, Token]>(
  ([word, name, , parameters, , brace]) => ({
    kind: 'fnHead',
    fn: { kind: 'fn', name, parameters: toArray(parameters), body: [], ...until(word, brace) },
  }),
)

/** The head of a layer; what it holds comes later, from `parse.ts`. */
export const layerHead = rule<
  | [Token, tree.Name, Token, Token, Token, Token]
  | [Token, tree.Name, Token, List<tree.Parameter>, Token, Token, Token]
>((parts): LayerHead => {
  const [word, name] = parts
  const parameters = parts.length === 7 ? toArray(parts[3]) : []
  const layer = { kind: 'layer', name, parameters, body: [], ...until(word, name.span) } as const
  return { kind: 'layerHead', layer }
})

export const instance = rule<
  | [tree.Name, Token, tree.CallExpression]
  | [tree.Name, Token, List<tree.Name>, Token, Token, tree.CallExpression]
>((parts): RawInstance => {
  const [name] = parts
  const making = parts.length === 3 ? parts[2] : parts[5]
  return {
    name,
    family: [],
    indices: parts.length === 3 ? [] : toArray(parts[2]),
    making,
    span: span(name.span, making.span),
  }
})

export const instanceFor = rule<[RawInstance, Token, List<tree.IndexRange>]>(([of, , ranges]) => ({
  ...of,
  family: toArray(ranges),
  span: span(of.span, ranges.item.span),
}))

export const instances = rule<[Token, List<RawInstance>]>(([word, list]): RawInstances => ({
  kind: 'instances',
  declarations: toArray(list),
  ...until(word, list.item.span),
}))

const application = (word: Token, parameters: List<tree.Parameter>, last: Span): tree.FnStatement => ({
  kind: 'fn',
  name: { text: word.text, span: span(word, word) },
  parameters: toArray(parameters),
  body: [],
  applies: true,
  ...until(word, last),
})

/** What applying a layer is. */
export const applied = rule<[Token, Token, List<tree.Parameter>, Token, Token, Expression]>(
  ([word, , parameters, , , value]): tree.FnStatement => ({
    ...application(word, parameters, value.span),
    body: [{ kind: 'return', values: [value], span: value.span }],
  }),
)

export const appliedHead = rule<[Token, Token, List<tree.Parameter>, Token, Token]>(
  ([word, , parameters, , brace]): FnHead => ({ kind: 'fnHead', fn: application(word, parameters, brace) }),
)

export const returned = rule<[Token, List<Expression>]>(([word, values]) => ({
  kind: 'return',
  values: toArray(values),
  ...until(word, values.item.span),
}))

export const consts = rule<[Token, List<tree.ConstDeclaration>]>(([word, list]) => ({
  kind: 'const',
  declarations: toArray(list),
  ...until(word, list.item.span),
}))

export const outputs = rule<[Token, List<Expression>]>(([word, list]) => ({
  kind: 'output',
  outputs: toArray(list),
  ...until(word, list.item.span),
}))

export const loss = rule<[Token, tree.Name, Token, Expression]>(([word, name, , value]) => ({
  kind: 'loss',
  name,
  value,
  ...until(word, value.span),
}))

export const lossOfSome = rule<[Token, tree.Name, Token, Expression, Token, List<tree.Name>]>(
  ([word, name, , value, , names]) => ({
    kind: 'loss',
    name,
    value,
    trains: toArray(names),
    ...until(word, names.item.span),
  }),
)

export const claim = rule<[Token, Expression, Token, Expression]>(([word, left, , right]) => ({
  kind: 'claim',
  left,
  right,
  ranges: [],
  ...until(word, right.span),
}))

/** An equation or a claim with the ranges of its indices behind it. */
export const ranged = rule<[RawEquations | tree.ClaimStatement, Token, List<tree.IndexRange>]>(
  ([statement, , list]) => {
    const more = { ranges: toArray(list), ...until(statement.span, list.item.span) }
    return statement.kind === 'claim'
      ? { ...statement, ...more }
      : { ...statement, equations: statement.equations.map((one) => ({ ...one, ...more })), span: more.span }
  },
)

/** The head of a block; the body comes later, from `parse.ts`. */
export const head = rule<[Token, List<tree.IndexRange>]>(([word, ranges]) => ({
  kind: 'for',
  ranges: toArray(ranges),
  body: [],
  head: span(word, ranges.item.span),
  ...until(word, ranges.item.span),
}))

export const close = rule<[Token]>(([brace]) => ({ kind: 'close', ...until(brace, brace) }))

/** What an equation defines. */
type Left = Pick<tree.EquationStatement, 'name' | 'indices' | 'last'>

export const left = rule<[tree.Name, Token?, List<Expression>?]>(([name, , indices]): Left => ({
  name,
  indices: indices ? toArray(indices) : [],
}))

export const leftOfLast = rule<[tree.Name, Token, Token, Token, List<Expression>]>(
  ([name, , , , indices]): Left => ({ name, indices: toArray(indices), last: true }),
)

/** Of several names each is an equation of its own, for one of the results of a call. */
export const equation = rule<[List<Left>, Token, Expression]>(([lefts, , value]): RawEquations => {
  const all = toArray(lefts)
  const whole = until(all[0]!.name.span, value.span)
  return {
    kind: 'equations',
    equations: all.map((left, position) => ({
      kind: 'equation',
      ...left,
      value:
        all.length === 1
          ? value
          : { kind: 'result', of: value, position, count: all.length, span: value.span },
      ranges: [],
      ...whole,
    })),
    ...whole,
  }
})

// ---- Declarations

/** `hidden.W`, which is one name to whoever looks for it. */
export const path = rule<[tree.Name, Token, tree.Name]>(([of, , part]): tree.Name => ({
  text: `${of.text}.${part.text}`,
  span: span(of.span, part.span),
}))

export const name = rule<[Token]>(([token]) => ({ text: token.text, span: span(token, token) }))

export const dim = rule<[tree.Name, Token?, Expression?]>(([of, , value]) => ({
  name: of,
  values: value ? [value] : [],
  span: value ? span(of.span, value.span) : of.span,
}))

export const dimFamily = rule<[tree.Name, Token, tree.Range, Token, Token?, List<Expression>?]>(
  ([of, , range, bracket, , values]) => ({
    name: of,
    range,
    values: values ? toArray(values) : [],
    span: span(of.span, values ? values.item.span : bracket),
  }),
)

export const assumption = rule<[Token, Token, Expression, Token]>(([word, , argument, bracket]) => ({
  text: word.text,
  argument,
  span: span(word, bracket),
}))

export const datum = rule<[tree.Assumption]>(([of]) => ({
  name: of,
  brackets: [],
  assumptions: [],
  ranges: [],
  span: of.span,
}))

export const datumBracket = rule<[RawDatum, Token, List<Expression>, Token]>(([of, , list, bracket]) => ({
  ...of,
  brackets: [...of.brackets, toArray(list)],
  span: span(of.span, bracket),
}))

export const datumAssumption = rule<[RawDatum, Token, tree.Assumption]>(([of, , assumed]) => ({
  ...of,
  assumptions: [...of.assumptions, assumed],
  span: span(of.span, assumed.span),
}))

export const datumValue = rule<[RawDatum, Token, Expression]>(([of, , initialiser]) => ({
  ...of,
  initialiser,
  span: span(of.span, initialiser.span),
}))

export const datumFor = rule<[RawDatum, Token, List<tree.IndexRange>]>(([of, , ranges]) => ({
  ...of,
  ranges: toArray(ranges),
  span: span(of.span, ranges.item.span),
}))

export const index = rule<[tree.Name, Token, tree.Range]>(([of, , range]) => ({
  name: of,
  range,
  span: span(of.span, range.span),
}))

export const range = rule<[Expression, Token, Expression]>(([from, , to]) => ({
  from,
  to,
  span: span(from.span, to.span),
}))

export const constant = rule<
  [tree.Name, Token, Expression] | [tree.Name, Token, List<Expression>, Token, Token, Expression]
>((parts) => {
  const [of] = parts
  const value = parts.length === 3 ? parts[2] : parts[5]
  return {
    name: of,
    ...(parts.length === 3 ? {} : { shape: toArray(parts[2]) }),
    value,
    span: span(of.span, value.span),
  }
})

/** A name with extents, for which there may be a value. */
export const shaped = rule<[tree.Name, Token?, List<Expression>?, Token?]>(([of, , shape, end]) => ({
  name: of,
  ...(shape ? { shape: toArray(shape) } : {}),
  span: end ? span(of.span, end) : of.span,
}))

/** The axes of an argument. */
interface Extents extends Pick<tree.Parameter, 'shape' | 'further'> {
  readonly span: Span
}

export const extents = rule<[Token, List<Expression>, Token]>(([open, shape, end]): Extents => ({
  shape: toArray(shape),
  span: span(open, end),
}))
export const extentsBehind = rule<[Token, Token, Token, List<Expression>, Token]>(
  ([open, , , shape, end]): Extents => ({ shape: toArray(shape), further: 'before', span: span(open, end) }),
)
export const extentsBefore = rule<[Token, List<Expression>, Token, Token, Token]>(
  ([open, shape, , , end]): Extents => ({ shape: toArray(shape), further: 'behind', span: span(open, end) }),
)

export const extentsAny = rule<[Token, Token, Token]>(([open, , end]): Extents => ({
  shape: [],
  further: 'behind',
  span: span(open, end),
}))

export const opened = rule<[tree.Name, Extents]>(([of, { span: brackets, ...shape }]): tree.Parameter => ({
  name: of,
  ...shape,
  span: span(of.span, brackets),
}))

export const several = rule<
  | [tree.Name, Token, tree.Name, Token, Token, tree.IndexRange]
  | [tree.Name, Token, tree.Name, Token, Extents, Token, tree.IndexRange]
>((parts): tree.Parameter => {
  const [of, , index] = parts
  const range = parts.length === 6 ? parts[5] : parts[6]
  const { shape, further } = parts.length === 6 ? { shape: undefined, further: undefined } : parts[4]
  return {
    name: of,
    ...(shape ? { shape } : {}),
    ...(further ? { further } : {}),
    several: { index, range },
    span: span(of.span, range.span),
  }
})

export const preset = rule<[tree.Parameter | tree.HyperDeclaration, Token, Expression]>(([of, , value]) => ({
  ...of,
  value,
  span: span(of.span, value.span),
}))

// ---- Expressions

export const reference = rule<[Token]>(([token]) => ({
  kind: 'name',
  name: token.text,
  span: span(token, token),
}))
export const number = rule<[Token]>(([token]) => ({
  kind: 'number',
  text: token.text,
  span: span(token, token),
}))

/** Brackets leave no node; the span takes them in, so that what stands around them has the right one. */
export const bracketed = rule<[Token, Expression, Token]>(([open, inner, end]) => ({
  ...inner,
  span: span(open, end),
}))

export const literal = rule<[Token, List<Expression>, Token]>(([open, items, end]) => ({
  kind: 'literal',
  items: toArray(items),
  span: span(open, end),
}))

const infix = (kind: 'binary' | 'comparison' | 'logical') =>
  rule<[Expression, Token, Expression]>(([left, operator, right]) => ({
    kind,
    operator: operator.text,
    left,
    right,
    span: span(left.span, right.span),
  }))

export const binary = infix('binary')
export const comparison = infix('comparison')
export const logical = infix('logical')

/** `not not a` */
export const not = rule<[List<Token>, Expression]>(([words, operand]) => prefixed('not', words, operand))

export const call = rule<[tree.Name, Token, Token | List<Expression | tree.NamedArgument>, Token?]>(
  ([callee, , third, fourth]) => {
    const all = 'item' in third ? toArray(third) : []
    return {
      kind: 'call',
      callee,
      args: all.filter((argument) => 'kind' in argument),
      named: all.filter((argument) => !('kind' in argument)),
      span: span(callee.span, fourth ?? (third as Token)),
    }
  },
)

/** `block[l](x)`, `net.out(x)` */
export const callOf = rule<
  [tree.IndexExpression | tree.FieldExpression, Token, Token | List<Expression | tree.NamedArgument>, Token?]
>(([of, , third, fourth]) => {
  let root: Expression = of
  while (root.kind === 'index' || root.kind === 'field') root = root.object
  const all = 'item' in third ? toArray(third) : []
  return {
    kind: 'call',
    callee: { text: (root as tree.NameExpression).name, span: root.span },
    of,
    args: all.filter((argument) => 'kind' in argument),
    named: all.filter((argument) => !('kind' in argument)),
    span: span(of.span, fourth ?? (third as Token)),
  }
})

const nameTree = ({ text, span: at }: tree.Name): tree.NameExpression => ({
  kind: 'name',
  name: text,
  span: at,
})

export const indexedName = rule<[tree.Name, Token, List<tree.Subscript>, Token]>(
  ([of, , indices, end]): tree.IndexExpression => ({
    kind: 'index',
    object: nameTree(of),
    indices: toArray(indices),
    span: span(of.span, end),
  }),
)

export const field = rule<[Expression, Token, tree.Name]>(([object, , of]): tree.FieldExpression => ({
  kind: 'field',
  object,
  field: of,
  span: span(object.span, of.span),
}))

export const fieldOfName = rule<[tree.Name, Token, tree.Name]>(([object, , of]): tree.FieldExpression => ({
  kind: 'field',
  object: nameTree(object),
  field: of,
  span: span(object.span, of.span),
}))

/** `σ'(z)`, `σ''(z)` */
export const primed = rule<[tree.Name, Token, Token, Expression, Token]>(
  ([callee, marks, , argument, end]) => ({
    kind: 'call',
    callee,
    args: [argument],
    named: [],
    order: [...marks.text].reduce((order, mark) => order + (PRIMES[mark] ?? 1), 0),
    span: span(callee.span, end),
  }),
)
const PRIMES: Readonly<Record<string, number>> = { '″': 2, '‴': 3 }

/** `axis=(1, 2)` */
export const listed = rule<[tree.Name, Token, Token, List<Expression>, Token, Expression, Token]>(
  ([of, , open, items, , last, end]) => ({
    name: of,
    value: { kind: 'literal', items: [...toArray(items), last], span: span(open, end) },
    span: span(of.span, end),
  }),
)

export const named = rule<[tree.Name, Token, Expression]>(([of, , value]) => ({
  name: of,
  value,
  span: span(of.span, value.span),
}))

/** What stands between the brackets of a reduction. */
interface Reduced {
  readonly body: Expression
  readonly ranges: List<tree.IndexRange>
  readonly condition?: Expression
}

export const reduced = rule<[Expression, Token, List<tree.IndexRange>, Token?, Expression?]>(
  ([body, , ranges, , condition]): Reduced => ({ body, ranges, ...(condition ? { condition } : {}) }),
)

export const reduction = rule<[tree.Name, Token, Reduced, Token]>(([callee, , { ranges, ...rest }, end]) => ({
  kind: 'reduction',
  callee,
  ...rest,
  ranges: toArray(ranges),
  span: span(callee.span, end),
}))

export const part = rule<[tree.Range]>(([of]) => ({ kind: 'part', range: of, span: of.span }))
export const whole = rule<[Token]>(([colon]) => ({ kind: 'part', span: span(colon, colon) }))

export const indexed = rule<[Expression, Token, List<tree.Subscript>, Token]>(([object, , indices, end]) => ({
  kind: 'index',
  object,
  indices: toArray(indices),
  span: span(object.span, end),
}))

export const indexedLast = rule<[Expression, Token, Token, Token, List<tree.Subscript>, Token]>(
  ([object, , , , indices, end]) => ({
    kind: 'index',
    object,
    indices: toArray(indices),
    last: true,
    span: span(object.span, end),
  }),
)

/** `x[1, ...]` is `x[1]`: axes behind those that have subscripts are whole. */
export const indexedFirst = rule<[Expression, Token, List<tree.Subscript>, Token, Token, Token]>(
  ([object, , indices, , , end]) => ({
    kind: 'index',
    object,
    indices: toArray(indices),
    span: span(object.span, end),
  }),
)

export const transpose = rule<[Expression, Token]>(([operand, mark]) => ({
  kind: 'transpose',
  operand,
  span: span(operand.span, mark),
}))

/** `a ^ -b ^ c` so far: each operand with the signs before it. */
interface Powers {
  readonly operand: Expression
  readonly signs: List<Token> | undefined
  readonly before: Powers | undefined
}

export const base = rule<[Expression]>(([operand]) => ({ operand, signs: undefined, before: undefined }))

export const exponent = rule<[Powers, Token, Expression] | [Powers, Token, List<Token>, Expression]>(
  (parts) =>
    parts.length === 3
      ? { operand: parts[2], signs: undefined, before: parts[0] }
      : { operand: parts[3], signs: parts[2], before: parts[0] },
)

/** `x²` is `x ^ 2` in every way, in a tower of powers too. */
export const square = rule<[Powers, Token]>(([before, mark]) => ({
  operand: { kind: 'number', text: mark.text === '²' ? '2' : '3', span: span(mark, mark) },
  signs: undefined,
  before,
}))

/** Powers bind to the right, and a sign takes the powers after it: `a ^ -b ^ c` is `a ^ (-(b ^ c))`. */
function fold(powers: Powers): Expression {
  let right = negate(powers.signs, powers.operand)
  for (let at = powers.before; at; at = at.before) {
    const left = at.operand
    right = negate(at.signs, {
      kind: 'binary',
      operator: '^',
      left,
      right,
      span: span(left.span, right.span),
    })
  }
  return right
}

const negate = (signs: List<Token> | undefined, operand: Expression): Expression =>
  prefixed('negate', signs, operand)

function prefixed(kind: 'negate' | 'not', signs: List<Token> | undefined, operand: Expression): Expression {
  let result = operand
  for (let at = signs; at; at = at.before)
    result = { kind, operand: result, span: span(at.item, operand.span) }
  return result
}

export const power = rule<[Powers]>(([powers]) => fold(powers))
export const negated = rule<[List<Token>, Powers]>(([signs, powers]) => negate(signs, fold(powers)))
