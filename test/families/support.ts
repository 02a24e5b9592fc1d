/** Both forms of a family program, compiled and run side by side. */
import { expect } from 'vitest'
import { type Analysed, type Compiled, analyse, compileAnalysed } from '../../src/compile.ts'
import { checkGradients, checkText, passes } from '../../src/interpret/index.ts'
import { type Declared, expand } from './expand.ts'

export type Dims = Readonly<Record<string, number>>
/** A number, a tensor, or a family of them. */
export type Value = number | Float64Array | Value[]
export type Values = Record<string, Value>

interface Module {
  init(seed?: number): Values
  zeros(): Values
  forward(params: Values, inputs: Values): Values
  loss(params: Values, data: Values): number
  backward(params: Values, data: Values, grads: Values): number
  step(params: Values, data: Values, rate: number): number
  readonly network: {
    readonly batch?: string | number
    readonly params: Record<string, { readonly shape: readonly number[] }>
    readonly inputs: Record<string, { readonly shape: readonly number[] }>
    readonly targets: Record<string, { readonly shape: readonly number[] }>
  }
}

const SAMPLES = 3
const RATE = 0.125

/** Each program once, for the tests of a file ask for the same ones. */
function once<T>(make: (source: string, dims: Dims) => T): (source: string, dims?: Dims) => T {
  const made = new Map<string, T>()
  return (source, dims = {}) => {
    const key = JSON.stringify([source, dims])
    const known = made.get(key) ?? make(source, dims)
    made.set(key, known)
    return known
  }
}

const analysed = once((source, dims): Analysed =>
  analyse(source, { filename: 'twin.net', dims, verify: true }),
)

/** As JavaScript. */
export const compiled = once((source, dims): Pick<Compiled, 'code' | 'diagnostics'> => {
  const program = analysed(source, dims)
  const { code, diagnostics } = compileAnalysed(program, {
    filename: 'twin.net',
    target: 'js',
    dims,
    verify: true,
  })
  return { code, diagnostics: [...program.diagnostics, ...diagnostics] }
})

/** Emitted JavaScript, loaded. Throws with the sentences where there are errors. */
export async function built(source: string, dims: Dims = {}): Promise<Module> {
  const { code, diagnostics } = compiled(source, dims)
  if (code === undefined)
    throw new Error(
      `${diagnostics.map((d) => `${d.code} at ${JSON.stringify(source.slice(d.span.start, d.span.end))}: ${d.message}`).join('\n')}\n${source}`,
    )
  return (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)) as Module
}

// ——— numbers

/** Uniform on [0, 1), reproducible: mulberry32 from a hash of the text. */
export function generator(seed: string): () => number {
  let state = 0x811c9dc5
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A value that keeps its assumptions, for each of `samples` samples. */
function draw(
  shape: readonly number[],
  assumptions: readonly string[],
  samples: number,
  next: () => number,
): number[] {
  const size = shape.reduce((a, b) => a * b, 1)
  const sample = (): number[] => {
    const values = Array.from({ length: size }, () => 2 * next() - 1)
    const row = shape.at(-1) ?? 1
    for (const assumption of assumptions) {
      if (assumption === 'positive' || assumption === 'nonnegative')
        values.forEach((v, i) => (values[i] = 0.1 + Math.abs(v)))
      if (assumption === 'binary') values.forEach((v, i) => (values[i] = v < 0 ? 0 : 1))
      for (let from = 0; from < size; from += row) {
        if (assumption === 'onehot') {
          const one = Math.floor(next() * row)
          for (let i = 0; i < row; i++) values[from + i] = i === one ? 1 : 0
        }
        if (assumption === 'simplex') {
          const entries = values.slice(from, from + row).map((v) => 0.1 + Math.abs(v))
          const sum = entries.reduce((a, b) => a + b)
          entries.forEach((v, i) => (values[from + i] = v / sum))
        }
      }
      if (assumption === 'symmetric')
        for (let i = 0; i < row; i++) for (let j = 0; j < i; j++) values[i * row + j] = values[j * row + i]!
    }
    return values
  }
  return Array.from({ length: samples }, sample).flat()
}

export const list = (value: Value): number[] =>
  typeof value === 'number' ? [value] : Array.isArray(value) ? value.flatMap(list) : Array.from(value)

/** The largest difference, relative to the largest entry. */
export function error(found: readonly number[], wanted: readonly number[]): number {
  if (found.length !== wanted.length) return Infinity
  const scale = Math.max(1e-8, ...wanted.map(Math.abs))
  return found.reduce((most, v, i) => {
    const off = Math.abs(v - wanted[i]!) / scale
    return Number.isNaN(off) ? Infinity : Math.max(most, off)
  }, 0)
}

// ——— the two forms of a value

/** Where a member stands: a family is an array from its first index, one of two indices an array of such arrays. */
function places(declared: readonly Declared[]): Map<Declared, readonly number[]> {
  const found = new Map<Declared, readonly number[]>()
  for (const one of declared) {
    const members = declared.filter((d) => d.role === one.role && d.name === one.name)
    found.set(
      one,
      one.indices.map((index, axis) => {
        const beside = members.filter(
          (m) => m.indices.slice(0, axis).join() === one.indices.slice(0, axis).join(),
        )
        return index - Math.min(...beside.map((m) => m.indices[axis]!))
      }),
    )
  }
  return found
}

/**
 * Values of the flat program as the family program takes them. This is the one place that knows the layout of families
 * in `Params` and `Data`: "a scalar is a number field, a tensor a flat typed array, a family an array of those from
 * its first index".
 */
export function nested(flat: Values, declared: readonly Declared[]): Values {
  const where = places(declared)
  const values: Values = {}
  for (const one of declared) {
    const place = where.get(one)!
    const value = flat[one.flat]!
    if (place.length === 0) values[one.name] = value
    else {
      let array = (values[one.name] ??= []) as Value[]
      for (const at of place.slice(0, -1)) array = (array[at] ??= []) as Value[]
      array[place.at(-1)!] = value
    }
  }
  return values
}

function memberOf(values: Values, one: Declared, where: ReadonlyMap<Declared, readonly number[]>): number[] {
  let value = values[one.name]
  for (const at of where.get(one)!) value = (value as Value[] | undefined)?.[at]
  expect(value, `the member ${one.flat} of ${one.name}`).toBeDefined()
  return list(value!)
}

const copied = (value: Value): Value =>
  typeof value === 'number' ? value : Array.isArray(value) ? value.map(copied) : value.slice()
const copy = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, v]) => [name, copied(v)]))

// ——— comparisons

/** Values for every parameter, input and target of a flat program, by its own metadata. */
export function valuesFor(flat: Module, declared: readonly Declared[], seed: string): [Values, Values] {
  const next = generator(seed)
  const samples = flat.network.batch === undefined ? 1 : SAMPLES
  const params: Values = {}
  const data: Values = {}
  for (const { role, flat: name, assumptions } of declared) {
    const { network } = flat
    const { shape } = (
      role === 'param' ? network.params : role === 'input' ? network.inputs : network.targets
    )[name]!
    const isData = role !== 'param'
    const values = draw(shape, assumptions, isData ? samples : 1, next)
    const batched = isData && flat.network.batch !== undefined
    ;(isData ? data : params)[name] = shape.length === 0 && !batched ? values[0]! : Float64Array.from(values)
  }
  return [params, data]
}

/** Compiles both forms and compares all that they compute, at random values. */
export async function compareTwins(source: string, dims: Dims, seeds: readonly string[]): Promise<void> {
  const twin = expand(source, dims)
  const families = await built(source, dims)
  const flat = await built(twin.text)
  const where = places(twin.declared)
  const learned = twin.declared.filter(({ role }) => role === 'param')
  for (const seed of seeds) {
    const [params, data] = valuesFor(flat, twin.declared, seed)
    const isOf = (role: (role: string) => boolean) => twin.declared.filter((d) => role(d.role))
    const theirParams = (): Values => nested(copy(params), learned)
    const theirData = nested(
      data,
      isOf((role) => role !== 'param'),
    )
    const said = `seed ${seed}, dims ${JSON.stringify(dims)}\n${source}`

    const wanted = flat.zeros()
    const loss = flat.backward(params, data, wanted)
    expect(Number.isFinite(loss), `the flat loss is finite; ${said}`).toBe(true)
    expect(error([families.loss(theirParams(), theirData)], [loss]), `loss; ${said}`).toBeLessThan(1e-10)

    const found = families.zeros()
    const value = families.backward(theirParams(), theirData, found)
    expect(error([value], [loss]), `the loss that backward returns; ${said}`).toBeLessThan(1e-10)
    const scale = Math.max(...learned.flatMap((d) => list(wanted[d.flat]!).map(Math.abs)))
    for (const one of learned) {
      const mine = memberOf(found, one, where)
      const theirs = list(wanted[one.flat]!)
      // Relative to the largest entry of the tensor; where cancellation leaves next to nothing, to that of all gradients.
      const most = Math.max(1e-3 * scale, ...theirs.map(Math.abs)) || 1
      expect(mine.length, one.flat).toBe(theirs.length)
      const off = Math.max(0, ...mine.map((v, i) => Math.abs(v - theirs[i]!) / most))
      expect(off, `∂/∂${one.flat}; ${said}`).toBeLessThan(1e-10)
    }

    const outputs = Object.values(families.forward(theirParams(), theirData)).flatMap(list)
    const theirs = Object.values(flat.forward(params, data)).flatMap(list)
    expect(outputs.length, `outputs; ${said}`).toBe(theirs.length)
    if (theirs.length > 0) expect(error(outputs, theirs), `outputs; ${said}`).toBeLessThan(1e-10)

    const after = theirParams()
    const flatAfter = copy(params)
    expect(error([families.step(after, theirData, RATE)], [loss]), `step; ${said}`).toBeLessThan(1e-10)
    flat.step(flatAfter, data, RATE)
    for (const one of learned)
      expect(
        error(memberOf(after, one, where), list(flatAfter[one.flat]!)),
        `${one.flat} after a step; ${said}`,
      )
        // Sums may be taken in another order.
        .toBeLessThan(1e-10)
  }
  // Every parameter has a start, of the right size, and the same one every time.
  for (const one of learned) {
    const start = memberOf(families.init(1), one, where)
    expect(start.length, one.flat).toBe(list(flat.zeros()[one.flat]!).length)
    expect(start.every(Number.isFinite), one.flat).toBe(true)
    expect(memberOf(families.init(1), one, where), one.flat).toEqual(start)
  }
}

/** Derived gradients against forward mode and differences. */
export async function checkProgram(source: string, dims: Dims, seed: string): Promise<void> {
  const { mathematics, diagnostics } = analysed(source, dims)
  expect(mathematics, `${diagnostics.map((d) => d.message).join('\n')}\n${source}`).toBeDefined()
  const options = { seeds: [seed], entries: 3, budget: 200_000 }
  for (const c of await checkGradients(mathematics!.written, options))
    expect(passes(c), `${checkText(c)}\n${source}`).toBe(true)
}
