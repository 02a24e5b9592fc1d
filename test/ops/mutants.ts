/** Records with one thing wrong in each: the tests of the laws must notice every one of them. */
import { MINUS_ONE, ONE, TWO, rational } from '../../src/base/rational.ts'
import type { Field, Numbers } from '../../src/graph/field.ts'
import type { Graph } from '../../src/graph/graph.ts'
import type { Node } from '../../src/graph/node.ts'
import type { Mask, MatrixOperator, Operator, Pointwise, Reduction } from '../../src/graph/operator.ts'
import { range } from '../../src/graph/range.ts'
import { sign, stop, operators as table } from '../../src/ops/index.ts'

export interface Mutant {
  readonly what: string
  readonly op: Operator
}

const nearlyOne = rational(1_000_000_001, 1_000_000_000)
/** Their derivative is 0 everywhere. */
const isFlat = (op: Pointwise): boolean =>
  op.relation !== undefined || [sign, stop].some((flat) => flat.name === op.name)

export function mutants(operators: ReadonlyMap<string, Operator>): Mutant[] {
  const all: Mutant[] = []
  const add = (op: Operator, what: string, change: Partial<Operator>): void =>
    void all.push({ what: `${op.name} ${what}`, op: { ...op, ...change } as Operator })
  for (const op of operators.values()) {
    if (op.kind === 'pointwise') pointwise(op, add)
    else if (op.kind === 'reduction') reduction(op, add)
    else if (op.kind === 'mask') mask(op, add)
    else matrix(op, add)
  }
  const one = (name: string): Pointwise => table.get(name) as Pointwise
  const apply = (g: Graph, name: string, ...x: Node[]): Node => g.apply(one(name), x)
  const slope = (name: string, what: string, make: NonNullable<Pointwise['slope']>): void =>
    add(one(name), what, { slope: make } as Partial<Pointwise>)
  // Mistakes that people make.
  slope('tanh', 'with the slope 1 + y²', (g, _x, y) =>
    g.sum([{ coefficient: ONE, node: g.power(y, TWO) }], ONE, y.shape),
  )
  slope('tanh', 'with the slope 1 − y', (g, _x, y) =>
    g.sum([{ coefficient: MINUS_ONE, node: y }], ONE, y.shape),
  )
  slope('sigmoid', 'with the slope of its argument x(1 − x)', (g, [x]) =>
    g.multiply(x!, g.sum([{ coefficient: MINUS_ONE, node: x! }], ONE, x!.shape)),
  )
  slope('cos', 'without its sign', (g, [x]) => apply(g, 'sin', x!))
  slope('cosh', 'with the sign of cos', (g, [x]) => g.negate(apply(g, 'sinh', x!)))
  slope('expm1', 'with itself as the slope', (_g, _x, y) => y)
  slope('log1p', 'with the slope of log', (g, [x]) => g.power(x!, MINUS_ONE))
  slope('erf', 'without 2/√π', (g, [x]) => apply(g, 'exp', g.negate(g.power(x!, TWO))))
  slope('atan', 'with the slope 1/(1 + x)', (g, [x]) =>
    g.power(g.sum([{ coefficient: ONE, node: x! }], ONE, x!.shape), MINUS_ONE),
  )
  slope('softplus', 'with the slope σ′', (g, [x]) =>
    g.multiply(apply(g, 'sigmoid', x!), apply(g, 'sigmoid', g.negate(x!))),
  )
  slope('abs', 'with the slope 1', (g) => g.constant(ONE))
  slope('pow', 'with its arguments exchanged', (g, args, y, by) => one('pow').slope!(g, args, y, 1 - by))
  const max = one('max')
  add(max, 'following the second of equals', {
    pull: (g: Graph, [a, b]: readonly Node[], _y: Node, adjoint: Node, by: number) =>
      apply(
        g,
        'select',
        apply(g, by === 0 ? 'gt' : 'ge', by === 0 ? a! : b!, by === 0 ? b! : a!),
        adjoint,
        g.number(0),
      ),
  } as Partial<Pointwise>)
  add(one('select'), 'with a pull for the branch not taken', {
    pull: (g: Graph, [c]: readonly Node[], _y: Node, adjoint: Node, by: number) =>
      by === 0
        ? g.number(0)
        : g.apply(one('select'), by === 2 ? [c!, adjoint, g.number(0)] : [c!, g.number(0), adjoint]),
  } as Partial<Pointwise>)
  add(one('softplus'), 'with no kernel', { kernel: undefined } as unknown as Partial<Pointwise>)
  add(one('erf'), 'with an open bound at 0', { range: () => range(-1, 0, true, true) } as Partial<Pointwise>)
  const lse = table.get('lse') as Reduction
  add(lse, 'with no kernel', { kernel: undefined } as unknown as Partial<Reduction>)
  return all
}

type Add = (op: Operator, what: string, change: Partial<Operator>) => void

function anyone(op: Operator, add: Add): void {
  add(op, 'without a notation', { notation: { ...op.notation, latex: '' } })
  add(op, 'that costs nothing', { cost: 0 })
}

function valued(op: Pointwise | Reduction, add: Add): void {
  add(op, 'without reference values', { values: [] })
  add(op, 'with a wrong reference value', {
    values: op.values.map((row) => [...row.slice(0, -1), row.at(-1)! + 1e-9]),
  })
  const { definition } = op
  if (definition)
    add(op, 'with another definition', {
      definition: { ...definition, of: (g, args, axes) => g.scale(nearlyOne, definition.of(g, args, axes)) },
    })
}

function pointwise(op: Pointwise, add: Add): void {
  anyone(op, add)
  valued(op, add)
  add(op, 'without delicate points', { delicate: [] })
  add(op, 'shifted', {
    meaning: <T>(f: Field<T>, ...x: T[]) => f.add(op.meaning(f, ...x), f.rational(rational(1, 1_000_000))),
    kernel: undefined,
  } as unknown as Partial<Pointwise>)
  add(op, 'with a narrow range', {
    range: (...r: Parameters<Pointwise['range']>) => ({
      ...op.range(...r),
      hi: (op.range(...r).lo + Math.min(op.range(...r).hi, 1)) / 2,
    }),
  } as Partial<Pointwise>)
  if (op.kernel)
    add(op, 'with a kernel that is off by 1e-12', {
      kernel: (f, ...x) => f.multiply(f.number(1 + 1e-12), op.kernel!(f, ...x)),
    } as Partial<Pointwise>)
  if (op.slope) {
    const slope = op.slope
    if (isFlat(op)) add(op, 'with a slope', { slope: (g) => g.constant(ONE) } as Partial<Pointwise>)
    else {
      add(op, 'with its slope negated', {
        slope: (g, x, y, by) => g.negate(slope(g, x, y, by)),
      } as Partial<Pointwise>)
      add(op, 'with its slope off by 1e-9', {
        slope: (g, x, y, by) => g.scale(nearlyOne, slope(g, x, y, by)),
      } as Partial<Pointwise>)
    }
    add(op, 'without a slope', { slope: undefined } as unknown as Partial<Pointwise>)
  }
  if (op.pull) {
    const pull = op.pull
    add(op, 'with its pull doubled', {
      pull: (g, x, y, adjoint, by) => g.scale(TWO, pull(g, x, y, adjoint, by)),
    } as Partial<Pointwise>)
    add(op, 'with a pull that forgets the adjoint', {
      pull: (g, x, y, adjoint, by) =>
        pull(g, x, y, adjoint.shape.length === 0 ? g.constant(ONE) : g.full(ONE, adjoint.shape), by),
    } as Partial<Pointwise>)
  }
}

function reduction(op: Reduction, add: Add): void {
  anyone(op, add)
  valued(op, add)
  add(op, 'with its pull doubled', {
    pull: (g, x, y, adjoint, axes) => g.scale(TWO, op.pull(g, x, y, adjoint, axes)),
  } as Partial<Reduction>)
  // Of a sum that is right.
  if (!op.adds)
    add(op, 'with a pull that sends everything back', {
      pull: (_g, _x, _y, adjoint) => adjoint,
    } as Partial<Reduction>)
  add(op, 'with a range that excludes the least entry', {
    range: (r) => ({ ...r, lo: r.hi, loOpen: true }),
  } as Partial<Reduction>)
  add(op, 'of all but the last entry', {
    meaning: <T>(f: Numbers<T>, v: readonly T[]) => op.meaning(f, v.length > 1 ? v.slice(0, -1) : v),
    kernel: undefined,
  } as unknown as Partial<Reduction>)
  if (op.picks)
    add(op, 'that says it picks the other end', {
      picks: op.picks === 'greatest' ? 'least' : 'greatest',
    } as Partial<Reduction>)
}

function mask(op: Mask, add: Add): void {
  anyone(op, add)
  add(op, 'that says it picks the other end', {
    picks: op.picks === 'greatest' ? 'least' : 'greatest',
  } as Partial<Mask>)
  add(op, 'that marks the last of equals', {
    meaning: (f, v) => op.meaning(f, [...v].reverse()).reverse(),
  } as Partial<Mask>)
  add(op, 'that is never 0', { range: () => range(0, 1, true) } as Partial<Mask>)
}

function matrix(op: MatrixOperator, add: Add): void {
  anyone(op, add)
  add(op, 'with its pull negated', {
    pull: (g, a, y, adjoint, i) => g.negate(op.pull!(g, a, y, adjoint, i)),
  } as Partial<MatrixOperator>)
  add(op, 'with its pull transposed', {
    pull: (g, a, y, adjoint, i) => g.transpose(op.pull!(g, a, y, adjoint, i)),
  } as Partial<MatrixOperator>)
  add(op, 'that ignores its adjoint', {
    pull: (g, a, y, adjoint, i) => op.pull!(g, a, y, g.full(ONE, adjoint.shape), i),
  } as Partial<MatrixOperator>)
}
