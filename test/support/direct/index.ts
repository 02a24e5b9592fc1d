/** What a program means, by its definitions alone: the independent judge of the compiler. */
import type { Expression } from '../../../src/syntax/tree.ts'
import { isFalling, number, type Numbers, valuesOf, whole } from './arithmetic.ts'
import * as n from './numbers.ts'
import { isIndex, isShared, programOf, type Datum, type Program } from './program.ts'
import { sizeOf, type Tensor, tensor } from './tensors.ts'
import { type Given, type Setting, World } from './world.ts'

/** Numbers as a module has them: a scalar, a flat tensor, a family as a list. */
export type Values = number | ArrayLike<number> | readonly Values[]

export interface Point {
  readonly data: Readonly<Record<string, Values>>
  readonly params: Readonly<Record<string, Values>>
  readonly hyper?: Readonly<Record<string, Values>>
  /** Dims that neither the program nor the lengths of the data say. */
  readonly dims?: Readonly<Record<string, number>>
}

export interface Judgement {
  readonly loss: number
  /** The mean over the batch, of the losses of the samples. */
  readonly gradients: Readonly<Record<string, Values>>
  /** Flat, the batch first. */
  readonly outputs: Readonly<Record<string, readonly number[]>>
}

/** What a program yields at a point. */
export function judge(source: string, point: Point): Judgement {
  const program = programOf(source)
  const loss = lossAt(program, point, new Map())
  const gradients: Record<string, Values> = {}
  for (const [name, { role }] of program.data) {
    if (role !== 'param') continue
    const own = point.params[name]!
    const slopes = (values: Values, path: string): Values => {
      if (typeof values === 'number')
        return n.plain(n.slopeOf(lossAt(program, point, new Map([[`${path}#0`, 1]])), 1))
      if (isList(values)) return values.map((v, i) => slopes(v, `${path}/${i}`))
      return Array.from(values, (_, k) =>
        n.plain(n.slopeOf(lossAt(program, point, new Map([[`${path}#${k}`, 1]])), 1)),
      )
    }
    gradients[name] = slopes(own, name)
  }
  return { loss: n.plain(loss), gradients, outputs: outputsAt(program, point) }
}

/** The loss alone. */
export const lossOf = (source: string, point: Point): number =>
  n.plain(lossAt(programOf(source), point, new Map()))

const isList = (values: Values): values is readonly Values[] =>
  Array.isArray(values) && values.some((v) => typeof v !== 'number')

/** The loss with slopes: `moved` holds the entries that move, `W#3`, `b/0#1`, and how fast. */
function lossAt(program: Program, point: Point, moved: ReadonlyMap<string, number>): n.Real {
  const setting = settingOf(program, point, moved)
  const world = new World(setting)
  const name = program.loss!
  let sum: n.Real = 0
  for (let s = 0; s < setting.samples; s++) sum = n.add(sum, world.member(name, [], s).entries[0]!)
  return n.divide(sum, setting.samples)
}

function outputsAt(program: Program, point: Point): Record<string, number[]> {
  const setting = settingOf(program, point, new Map())
  const world = new World(setting)
  const outputs: Record<string, number[]> = {}
  for (const tree of program.outputs) {
    const name = tree.kind === 'name' ? tree.name : (tree.object as { name: string }).name
    outputs[name] = Array.from({ length: setting.samples }, (_, s) => s).flatMap((s) =>
      world.value(tree, s).entries.map(n.plain),
    )
  }
  return outputs
}

// ——— dims and data

function settingOf(program: Program, point: Point, moved: ReadonlyMap<string, number>): Setting {
  const { dims, samples } = lengthsOf(program, point)
  const given = new Map<string, Given>()
  const hyper = new World({ program, dims, given, samples: 1 })
  for (const [name, { value, shape }] of program.hypers) {
    const own = point.hyper?.[name]
    const preset = (): Tensor => hyper.value(value!, 0)
    given.set(name, { at: () => (own === undefined ? preset() : hyperOf(own, shape, dims, preset)) })
  }
  for (const [name, datum] of program.data) {
    const values = datum.role === 'param' ? point.params[name] : point.data[name]
    if (values === undefined) throw new Error(`${name} is not given`)
    given.set(
      name,
      givenOf(
        datum,
        values,
        dims,
        isShared(datum) || program.batch === undefined ? undefined : samples,
        moved,
      ),
    )
  }
  return { program, dims, given, samples }
}

/** A hyperparameter as a call gives it. Where its extents are not written, they are those of what it is else. */
function hyperOf(
  values: Values,
  extents: readonly Expression[] | undefined,
  dims: Numbers,
  preset: () => Tensor,
): Tensor {
  if (typeof values === 'number') return tensor([], [values])
  const shape = extents ? extents.map((e) => whole(number(e, dims), 'an extent')) : preset().shape
  return tensor(shape, Array.from(values as ArrayLike<number>))
}

function givenOf(
  datum: Datum,
  values: Values,
  dims: Numbers,
  samples: number | undefined,
  moved: ReadonlyMap<string, number>,
): Given {
  const name = datum.name.text
  const leaf = (
    values: Values,
    path: string,
    bound: ReadonlyMap<string, number>,
  ): ((sample: number) => Tensor) => {
    const shape = shapeOf(datum, dims, bound)
    const size = sizeOf(shape)
    const flat = typeof values === 'number' ? [values] : Array.from(values as ArrayLike<number>)
    if (flat.length !== size * (samples ?? 1)) throw new Error(`${path} has ${flat.length} entries`)
    return (sample) => {
      const start = samples === undefined ? 0 : sample * size
      const entries = Array.from({ length: size }, (_, k) => {
        const by = moved.get(`${path}#${k}`)
        const value = flat[start + k]! + (isIndex(datum) ? 1 : 0)
        return by === undefined ? value : n.dual(1, value, by)
      })
      return { ...tensor(shape, entries), ...(isIndex(datum) ? { identity: true as const } : {}) }
    }
  }
  if (datum.family.length === 0) {
    const at = leaf(values, name, new Map())
    return { at }
  }
  const members = new Map<string, (sample: number) => Tensor>()
  const list: number[][] = []
  const read = (k: number, values: Values, path: string, bound: ReadonlyMap<string, number>): void => {
    const index = datum.family[k]
    if (!index) {
      const at = [...bound.values()]
      list.push(at)
      members.set(at.join(), leaf(values, path, bound))
      return
    }
    const range = valuesOf(index.range, isFalling(index.range, datum.family.slice(0, k)), within(dims, bound))
    for (const [j, i] of [...range].sort((a, b) => a - b).entries())
      read(
        k + 1,
        (values as readonly Values[])[j]!,
        `${path}/${j}`,
        new Map([...bound, [index.name.text, i]]),
      )
  }
  read(0, values, name, new Map())
  return { members: list, at: (sample, indices) => members.get(indices.join())!(sample) }
}

const within =
  (dims: Numbers, bound: ReadonlyMap<string, number>): Numbers =>
  (name, indices) =>
    bound.get(name) ?? dims(name, indices)

const shapeOf = (datum: Datum, dims: Numbers, bound: ReadonlyMap<string, number>): number[] =>
  datum.shape.map((e) => whole(number(e, within(dims, bound)), `an extent of ${datum.name.text}`))

class Unknown extends Error {}

/** Lengths up to here are tried for a dim that is open. */
const LONGEST = 2000

/** Dims as the program says them, or as the lengths of data and parameters do. */
function lengthsOf(program: Program, point: Point): { dims: Numbers; samples: number } {
  const known = new Map<string, number>(Object.entries(point.dims ?? {}))
  const dims: Numbers = (name, indices) => {
    const key = indices.length === 0 ? name : `${name}[${indices.join()}]`
    const found = known.get(key)
    if (found !== undefined) return found
    const declared = program.dims.get(name)
    if (!declared) throw new Error(`${name} is no dim`)
    const { range, values } = declared
    const at = range ? indices[0]! - whole(number(range.from, dims), 'an end') : 0
    const value: Expression | undefined = values[at]
    if (!value) throw new Unknown(name)
    return whole(number(value, dims), `the dim ${name}`)
  }
  let samples: number | undefined = program.batch === undefined ? 1 : undefined
  const fits = (datum: Datum, values: Values): boolean => {
    const [length, first] =
      datum.family.length > 0
        ? [(values as readonly Values[]).length, (values as readonly Values[])[0]!]
        : [undefined, values]
    const index = datum.family[0]
    const bound = new Map<string, number>()
    if (index) {
      const range = valuesOf(index.range, isFalling(index.range, []), dims)
      if (range.length !== length) return false
      bound.set(index.name.text, Math.min(...range))
    }
    if (datum.family.length > 1) return true
    const size = sizeOf(shapeOf(datum, dims, bound))
    const found = typeof first === 'number' ? 1 : (first as ArrayLike<number>).length
    if (isShared(datum) || program.batch === undefined) return size === found
    if (samples === undefined && Number.isInteger(found / size)) samples = found / size
    return size * samples! === found
  }
  const waiting = [...program.data].map(([name, datum]) => ({
    datum,
    values: (datum.role === 'param' ? point.params : point.data)[name]!,
  }))
  for (let progress = true; progress;) {
    progress = false
    for (const one of [...waiting]) {
      const { datum, values } = one
      const unknown = missing(() => fits(datum, values))
      if (unknown === undefined) {
        waiting.splice(waiting.indexOf(one), 1)
        progress = true
        continue
      }
      // With a batch and an open dim at once one length cannot give both.
      const family = datum.family.length > 0
      if (samples === undefined && !isShared(datum) && !family) continue
      for (let length = 1; length <= LONGEST; length++) {
        known.set(unknown, length)
        const before: number | undefined = samples
        if (
          missing(() => {
            if (!fits(datum, values)) throw new Unknown('')
          }) === undefined
        ) {
          progress = true
          break
        }
        samples = before
        known.delete(unknown)
      }
    }
  }
  return { dims, samples: samples ?? 1 }
}

/** The dim that is not known in something. */
function missing(run: () => void): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof Unknown) return error.message
    throw error
  }
}
