/** What the compiler makes of a program, against what the judge says of it. */
import { compile } from '../../../src/compile.ts'
import { type Fieldful, imported } from '../../../src/modules.ts'
import { judge, type Point, type Values } from './index.ts'

interface Runs {
  forward(params: Fieldful, inputs: Fieldful, outputs?: Fieldful, hyper?: Fieldful): Fieldful
}

/** All numbers, one after the other. */
export const flat = (values: Values | Fieldful[string]): number[] =>
  typeof values === 'number' ? [values] : [...(values as readonly Values[])].flatMap(flat)

/** What `compile` says where it makes no code. */
export class Refused extends Error {}

/** The largest difference between code and judge, in losses, outputs and gradients, relative to the largest entry of each. */
export async function differences(
  source: string,
  point: Point,
): Promise<{ readonly what: string; readonly relative: number }[]> {
  const { code, diagnostics } = compile(source, {
    filename: 'random.net',
    target: 'js',
    formulas: false,
    dims: new Map(Object.entries(point.dims ?? {})),
  })
  if (code === undefined) {
    const { message, span } = diagnostics.find(({ severity }) => severity === 'error')!
    throw new Refused(`${message} At: ${span ? source.slice(span.start, span.end) : ''}`)
  }
  const module = await imported(code)
  const wanted = judge(source, point)
  const indices = indexNames(source)
  const [params, data] = [typed(point.params), typed(point.data, indices)]
  const hyper = point.hyper ? [typed(point.hyper)] : []
  const grads = module.zeros()
  const found = [compared('loss', [module.loss(params, data, ...hyper)], [wanted.loss])]
  // Twice: what is filled is not added up.
  module.backward(params, data, grads, ...hyper)
  found.push(
    compared('the loss of backward', [module.backward(params, data, grads, ...hyper)], [wanted.loss]),
  )
  for (const [name, values] of Object.entries(wanted.gradients))
    found.push(compared(`∂${name}`, flat(grads[name]!), flat(values)))
  if (Object.keys(wanted.outputs).length > 0) {
    const outputs = (module as unknown as Runs).forward(params, data, undefined, ...hyper)
    for (const [name, values] of Object.entries(wanted.outputs))
      found.push(compared(name, flat(outputs[name]!), values))
  }
  return found
}

function compared(
  what: string,
  found: readonly number[],
  wanted: readonly number[],
): { readonly what: string; readonly relative: number } {
  const scale = Math.max(1e-6, ...wanted.filter(Number.isFinite).map(Math.abs))
  const relative = wanted.map((w, i) =>
    Object.is(w, found[i]) || w === found[i] ? 0 : Math.abs(found[i]! - w) / scale,
  )
  const worst =
    relative.some(Number.isNaN) || found.length !== wanted.length ? Infinity : Math.max(0, ...relative)
  return {
    what: `${what}: ${found.slice(0, 6).join(' ')}, wanted ${wanted.slice(0, 6).join(' ')}`,
    relative: worst,
  }
}

/** The data that choose members. */
const indexNames = (source: string): ReadonlySet<string> =>
  new Set(
    [...source.matchAll(/^(?:input|target) (\w+)[^:\n]*: (?:index|count)\(/gmu)].map(([, name]) => name!),
  )

function typed(values: Readonly<Record<string, Values>>, indices: ReadonlySet<string> = new Set()): Fieldful {
  const made = (v: Values, Type: Float64ArrayConstructor | Int32ArrayConstructor): Fieldful[string] => {
    if (typeof v === 'number') return v
    const list = [...(v as readonly Values[])]
    // A list with lists in it is a family.
    if (list.some((entry) => typeof entry !== 'number')) return list.map((entry) => made(entry, Type))
    return Type.from(list as number[]) as Float64Array
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, v]) => [name, made(v, indices.has(name) ? Int32Array : Float64Array)]),
  )
}
