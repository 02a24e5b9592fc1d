/** Networks by hand, and kernels that stand in for the real ones: the frame is what is tested here. */
import { Diagnostics } from '../../src/base/diagnostics.ts'
import { rational } from '../../src/base/rational.ts'
import { type Extent, type Shape, addExtents, multiplyExtents, openExtent } from '../../src/graph/extent.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Initialiser, Network } from '../../src/graph/network.ts'
import type { Node, Role, Symbol } from '../../src/graph/node.ts'
import { type ModuleOptions, emitModule } from '../../src/emit/module.ts'
import type { Frame, Kernel } from '../../src/emit/kernel.ts'
import {
  type Expression,
  type Statement,
  assign,
  at,
  binary,
  constant,
  construct,
  giveBack,
  member,
  multiply,
  name,
  num,
  perform,
  variable,
} from '../../src/emit/tree.ts'
import { optimizer } from '../../src/schedule/optimizers.ts'
import type { Buffer, Program, RoutineName } from '../../src/schedule/program.ts'

/** `3`, `T`, `T+1`, `2*T`, `T-2`, `T*U`: enough for tests. */
function extent(text: number | string): Extent {
  if (typeof text === 'number') return text
  const [, a, op, b] = /^([^+*-]+)(?:([+*-])(.+))?$/.exec(text)!
  const atom = (t: string): Extent => (/^\d+$/.test(t) ? Number(t) : openExtent(t))
  if (op === undefined) return atom(a!)
  return op === '*'
    ? multiplyExtents(atom(a!), atom(b!))
    : addExtents(atom(a!), atom(b!), op === '+' ? 1 : -1)
}

export interface Sketch {
  name?: string
  doc?: string
  params?: Record<string, readonly (number | string)[]>
  initialisers?: Record<string, Initialiser>
  docs?: Record<string, string>
  inputs?: Record<string, readonly (number | string)[]>
  targets?: Record<string, readonly (number | string)[]>
  outputs?: Record<string, readonly (number | string)[]>
  hypers?: Record<string, number>
  dims?: Record<string, number | string>
  batch?: string | number
}

const span = { start: 0, end: 1 }

export function network(sketch: Sketch, loss: (g: Graph) => Node = (g) => g.number(0)): Network {
  const g = new Graph()
  const batch = typeof sketch.batch === 'string' ? openExtent(sketch.batch) : sketch.batch
  const symbol = (id: string, role: Role, shape: readonly (number | string)[]): Symbol => ({
    name: id,
    role,
    shape: shape.map(extent),
    assumptions: new Set(),
    samples: role === 'input' || role === 'target' ? batch : undefined,
  })
  const common = (id: string) => ({ span, doc: sketch.docs?.[id] })
  const all = (
    r: Record<string, readonly (number | string)[]> | undefined,
  ): [string, readonly (number | string)[]][] => Object.entries(r ?? {})
  const data = [
    ...all(sketch.inputs).map((e) => ['input', ...e] as const),
    ...all(sketch.targets).map((e) => ['target', ...e] as const),
  ]
  const outputs = all(sketch.outputs).map(([id, shape]) => ({
    name: id,
    node: g.equation(id, g.symbol(symbol(`${id}!`, 'constant', shape))),
  }))
  const params = all(sketch.params).map(([id, shape]) => ({
    symbol: symbol(id, 'param', shape),
    role: 'param' as const,
    initialiser: sketch.initialisers?.[id] ?? { kind: 'glorot' as const },
    ...common(id),
  }))
  const lossNode = g.equation('J', loss(g))
  if (lossNode.kind !== 'equation') throw new Error('no equation')
  const last = { name: 'J', node: lossNode, ...common('J') }
  return {
    name: sketch.name ?? 'Test',
    doc: sketch.doc,
    batch: sketch.batch,
    dims: new Map(Object.entries(sketch.dims ?? {}).map(([k, v]) => [k, extent(v)])),
    data: data.map(([role, id, shape]) => ({ symbol: symbol(id, role, shape), role, ...common(id) })),
    params,
    hypers: Object.entries(sketch.hypers ?? {}).map(([id, value]) => ({
      symbol: symbol(id, 'hyper', []),
      role: 'hyper',
      values: [rational(String(value))],
      ...common(id),
    })),
    equations: [last],
    outputs,
    loss: last,
    wrt: params.map((p) => p.symbol),
    claims: [],
    general: [],
    recurrences: [],
  }
}

/**
 * Kernels that touch everything: the loss is the sum of all data, params and hyperparameters times the mean open extent,
 * a gradient is its position + 1, a step subtracts rate · that, an output is the sum of the first entries of the params.
 */
function standIn(program: Program, frame: Frame): Kernel {
  const { network: net, batch } = program
  const batched = (shape: Shape): Shape => (batch === undefined ? shape : [batch, ...shape])
  const buffer = (storage: Buffer['storage'], s: Symbol, shape: Shape): Buffer => ({
    name: s.name,
    storage,
    symbol: s,
    shape,
  })
  const bodies = new Map<RoutineName, Statement[]>()
  const sum = name('$sum')
  const add = (value: Expression): Statement => assign(sum, value, '+=')
  const each = (
    array: Expression,
    shape: Shape,
    use: (entry: Expression, index: Expression) => Statement,
  ): Statement =>
    shape.length === 0
      ? use(array, num(0))
      : {
          kind: 'for',
          variable: '$k',
          from: num(0),
          to: member(array, 'length'),
          step: 1,
          body: [use(at(array, name('$k')), name('$k'))],
        }
  for (const which of ['forward', 'loss', 'backward', 'step'] as const) {
    const body: Statement[] = [variable('$sum', num(0))]
    for (const p of net.params)
      body.push(
        each(frame.place(buffer('param', p.symbol, p.symbol.shape), which), p.symbol.shape, (e) => add(e)),
      )
    for (const d of net.data)
      if (which !== 'forward' || d.role === 'input')
        body.push(
          each(
            frame.place(buffer(d.role, d.symbol, batched(d.symbol.shape)), which),
            batched(d.symbol.shape),
            (e) => add(e),
          ),
        )
    for (const h of net.hypers) body.push(add(frame.place(buffer('hyper', h.symbol, []), which)))
    if (typeof net.batch === 'string') body.push(assign(sum, frame.extent(net.batch, which), '*='))
    for (const p of net.params) {
      body.push({ kind: 'comment', lines: [...frame.comment(p.symbol, which)] })
      if (which === 'backward') {
        const place = frame.place(buffer('gradient', p.symbol, p.symbol.shape), which)
        const local = frame.names.gradient(p.symbol.name)
        if (p.symbol.shape.length > 0)
          body.push(
            constant(local, place),
            each(name(local), p.symbol.shape, (e, i) => assign(e, binary('+', i, num(1)))),
          )
        else body.push(assign(place, num(1)))
      }
      if (which === 'step')
        body.push(
          each(frame.place(buffer('param', p.symbol, p.symbol.shape), which), p.symbol.shape, (e, i) =>
            assign(
              e,
              multiply(
                frame.place({ name: 'rate', storage: 'rate', symbol: undefined, shape: [] }, which),
                binary('+', i, num(1)),
              ),
              '-=',
            ),
          ),
        )
    }
    if (which === 'forward')
      for (const o of net.outputs)
        body.push(
          each(
            frame.place(
              { name: o.name, storage: 'output', symbol: undefined, shape: batched(o.node.shape) },
              which,
            ),
            batched(o.node.shape),
            (e) => assign(e, sum),
          ),
        )
    else body.push(giveBack(sum))
    bodies.set(which, body)
  }
  bodies.get('loss')!.unshift(perform(name('$work')))
  return { declarations: [variable('$work', construct('Float64Array', num(0)))], bodies }
}

export function emitted(net: Network, options: Partial<ModuleOptions> & { precision?: 'f64' | 'f32' } = {}) {
  const diagnostics = new Diagnostics()
  const batch = typeof net.batch === 'string' ? openExtent(net.batch) : net.batch
  const program: Program = {
    network: net,
    precision: options.precision ?? 'f64',
    batch,
    optimizer: optimizer('sgd'),
    routines: (['forward', 'loss', 'backward', 'step'] as const).map((name) => ({
      name,
      body: [],
      result: undefined,
    })),
  }
  const module = emitModule(program, standIn, diagnostics, { target: 'js', ...options })
  return { ...module, diagnostics: diagnostics.toArray() }
}

/** The emitted module, loaded. */
export async function load(
  net: Network,
  options: Partial<ModuleOptions> & { precision?: 'f64' | 'f32' } = {},
): Promise<Module> {
  const { code, diagnostics } = emitted(net, { ...options, target: 'js' })
  if (code === undefined) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Module
}

export type Tensors = Record<string, unknown>
export interface Module {
  init(seed?: number): Tensors
  zeros(): Tensors
  forward(params: unknown, inputs: unknown, outputs?: unknown, hyper?: unknown): Tensors
  loss(params: unknown, data: unknown, hyper?: unknown): number
  backward(params: unknown, data: unknown, grads: unknown, hyper?: unknown): number
  step(params: unknown, data: unknown, rate: unknown, hyper?: unknown): number
  network: Record<string, unknown>
}
