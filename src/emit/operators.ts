import type { Pointwise } from '../graph/operator.ts'
import { expressions } from './arithmetic.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  call,
  constant,
  giveBack,
  name,
  when,
} from './tree.ts'

/** How a pointwise operator is written: in place, or as a call of a helper at the top of the module. */
export interface Written {
  readonly inline: boolean
  /** For each argument whether the code mentions it more than once, so that it must be a name. */
  readonly repeats: readonly boolean[]
  readonly helper: FunctionDeclaration | undefined
}

/** Code of more nodes than this is a function. */
const LONGEST_INLINE = 9

const written = new Map<Pointwise, Written>()

const parametersOf = (op: Pointwise): string[] =>
  op.arity === 1 ? ['x'] : ['x', 'y', 'z'].slice(0, op.arity)

export function writing(op: Pointwise): Written {
  let w = written.get(op)
  if (!w) written.set(op, (w = write(op)))
  return w
}

function write(op: Pointwise): Written {
  const parameters = parametersOf(op).map(name)
  const body = code(op, parameters)
  const { uses, size } = countUses(body)
  const repeats = parameters.map((p) => (uses.get(p) ?? 0) > 1)
  // A condition among the arguments melts into a conditional: its cost is not known from names alone, it is short.
  const inline = size <= LONGEST_INLINE
  if (inline) return { inline, repeats, helper: undefined }
  const id = `$${op.name.replace(/[^A-Za-z0-9_]/g, '_')}`
  const statements: Statement[] = []
  writeReturn(body, uses, new Map(), statements, { next: 0 })
  const helper: FunctionDeclaration = {
    kind: 'function',
    name: id,
    parameters: parametersOf(op).map((p) => ({ name: p, type: 'number' })),
    returns: 'number',
    body: statements,
  }
  return { inline, repeats: repeats.map(() => false), helper }
}

/** The code of an operator at arguments. */
export function code(op: Pointwise, args: readonly Expression[]): Expression {
  const meaning = op.kernel ?? op.meaning
  return meaning(expressions, ...args)
}

export const helperCall = (helper: FunctionDeclaration, args: readonly Expression[]): Expression =>
  call(helper.name, ...args)

/** The parts of the kinds of expression that arithmetic makes. */
function parts(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'unary':
      return [e.argument]
    case 'binary':
      return [e.left, e.right]
    case 'conditional':
      return [e.test, e.then, e.otherwise]
    case 'call':
      return e.args
    default:
      return []
  }
}

function rebuilt(e: Expression, p: readonly Expression[]): Expression {
  switch (e.kind) {
    case 'unary':
      return { ...e, argument: p[0]! }
    case 'binary':
      return { ...e, left: p[0]!, right: p[1]! }
    case 'conditional':
      return { ...e, test: p[0]!, then: p[1]!, otherwise: p[2]! }
    case 'call':
      return { ...e, args: p }
    default:
      return e
  }
}

/** How often each part is mentioned, and the number of parts of the whole when written out. */
function countUses(root: Expression): { uses: Map<Expression, number>; size: number } {
  const uses = new Map<Expression, number>()
  let size = 0
  const visit = (e: Expression): void => {
    if (++size > 10_000) return
    const seen = uses.get(e) ?? 0
    uses.set(e, seen + 1)
    for (const p of parts(e)) visit(p)
  }
  visit(root)
  return { uses, size }
}

/** `return e`, with what is mentioned often as constants first and conditionals at the end as branches. */
function writeReturn(
  e: Expression,
  uses: ReadonlyMap<Expression, number>,
  bound: ReadonlyMap<Expression, Expression>,
  out: Statement[],
  names: { next: number },
): void {
  const here = new Map(bound)
  const bind = (x: Expression): Expression => {
    const known = here.get(x)
    if (known) return known
    const p = parts(x)
    if (p.length === 0) return x
    const built = rebuilt(x, p.map(bind))
    if ((uses.get(x) ?? 0) < 2) return built
    const id = `${'abcdefghkmnpqrst'[names.next++] ?? `v${names.next}`}`
    out.push(constant(id, built))
    here.set(x, name(id))
    return name(id)
  }
  if (e.kind !== 'conditional') return void out.push(giveBack(bind(e)))
  const test = bind(e.test)
  const then: Statement[] = []
  writeReturn(e.then, uses, here, then, names)
  out.push(when(test, then))
  writeReturn(e.otherwise, uses, here, out, names)
}
