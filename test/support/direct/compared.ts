/** What the compiler makes of a program, against what the judge says of it. */
import { compile } from '../../../src/compile.ts'
import type { Derived } from '../../../src/graph/network.ts'
import { type Fieldful, imported } from '../../../src/modules.ts'
import type { ScheduleOptions } from '../../../src/schedule/index.ts'
import { emitted } from '../../schedule/built.ts'
import { judge, type Point, type Values } from './index.ts'

interface Runs {
  step(params: Fieldful, data: Fieldful, rate: number, hyper?: Fieldful): number
  forward(params: Fieldful, inputs: Fieldful, outputs?: Fieldful, hyper?: Fieldful): Fieldful
}

/** All numbers, one after the other. */
const flat = (values: Values | Fieldful[string]): number[] =>
  typeof values === 'number' ? [values] : [...(values as readonly Values[])].flatMap(flat)

const RATE = 0.125

/** What `compile` says where it makes no code. */
export class Refused extends Error {}

const verdicts = new WeakMap<Point, { readonly source: string; readonly verdict: ReturnType<typeof judge> }>()

/** The judge is slow: what it said of a point is remembered. */
function judged(source: string, point: Point): ReturnType<typeof judge> {
  const known = verdicts.get(point)
  if (known?.source === source) return known.verdict
  const verdict = judge(source, point)
  verdicts.set(point, { source, verdict })
  return verdict
}

/** The largest difference between code and judge, in losses, outputs, gradients and steps, relative to the largest entry of each. */
export async function differences(
  source: string,
  point: Point,
  shape?: ScheduleOptions,
  unrolled?: number,
): Promise<{ readonly what: string; readonly relative: number }[]> {
  let derived: Derived | undefined
  const precision = shape?.precision ?? 'f64'
  const { code: usual, diagnostics } = compile(source, {
    filename: 'random.net',
    target: 'js',
    precision,
    formulas: false,
    unrolled,
    dims: new Map(Object.entries(point.dims ?? {})),
    observe: (stage, result) => {
      if (stage === 'specialise') derived = result as Derived
    },
  })
  // Small programs are written without loops; who asks for a shape sees those too.
  const code = usual !== undefined && shape ? emitted(derived!, shape) : usual
  if (code === undefined) {
    const { message, span } = diagnostics.find(({ severity }) => severity === 'error')!
    throw new Refused(`${message} At: ${span ? source.slice(span.start, span.end) : ''}`)
  }
  const module = (await imported(code)) as Awaited<ReturnType<typeof imported>> & Runs
  const wanted = judged(source, point)
  const Real = precision === 'f64' ? Float64Array : Float32Array
  const [params, data] = [typed(point.params, Real), typed(point.data, Real, source)]
  const hyper = point.hyper ? [typed(point.hyper, Real)] : []
  const grads = module.zeros()
  const found = [compared('loss', [module.loss(params, data, ...hyper)], [wanted.loss])]
  // Twice: what is filled is not added up.
  module.backward(params, data, grads, ...hyper)
  found.push(
    compared('the loss of backward', [module.backward(params, data, grads, ...hyper)], [wanted.loss]),
  )
  for (const [name, values] of Object.entries(wanted.gradients))
    found.push(compared(`∂${name}`, flat(grads[name]!), flat(values)))
  const moved = structuredClone(params)
  found.push(compared('the loss of step', [module.step(moved, data, RATE, ...hyper)], [wanted.loss]))
  for (const [name, values] of Object.entries(wanted.gradients)) {
    const slopes = flat(values)
    const after = flat(params[name]!).map((p, i) => p - RATE * slopes[i]!)
    found.push(compared(`${name} after a step`, flat(moved[name]!), after))
  }
  if (Object.keys(wanted.outputs).length > 0) {
    const outputs = module.forward(params, data, undefined, ...hyper)
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

type Numbers = Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor

/** Values as a module wants them; of data, those that the program declares as members are whole numbers. */
export function typed(values: Readonly<Record<string, Values>>, Real: Numbers, source = ''): Fieldful {
  const indices = indexNames(source)
  const made = (v: Values, Type: Numbers): Fieldful[string] => {
    if (typeof v === 'number') return v
    const list = [...(v as readonly Values[])]
    // A list with lists in it is a family.
    if (list.some((entry) => typeof entry !== 'number')) return list.map((entry) => made(entry, Type))
    return Type.from(list as number[]) as Float64Array
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, v]) => [name, made(v, indices.has(name) ? Int32Array : Real)]),
  )
}
