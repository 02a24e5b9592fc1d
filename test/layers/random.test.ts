/** Random programs with layers are the ones with their parameters written out. */
import { expect, test } from 'vitest'
import { random, type Random } from '../../src/base/random.ts'
import { compile } from '../../src/compile.ts'
import { seeds } from '../support/campaign.ts'
import { expectSame, numbersOf } from './written-out.ts'

const D = 2

/** A layer from vectors to vectors: its text, and what an instance of it is. */
interface Layer {
  readonly name: string
  readonly text: string
  /** Its parameters as paths, each with its shape and the ranges of families within it. */
  readonly params: readonly {
    readonly path: string
    readonly shape: string
    readonly inner: readonly number[]
  }[]
  /** Its application written out: `own` writes a parameter, given its path and inner indices. */
  readonly apply: (x: string, own: (path: string, inner: readonly number[]) => string) => string
}

function randomLayer(r: Random, name: string, below: readonly Layer[]): Layer {
  const kind = below.length === 0 ? r.integer(0, 1) : r.integer(0, 4)
  const N = r.chance(0.5) ? 'N' : 'M'
  const head = `layer ${name}(${N}, k = 1/2) {`
  if (kind === 0)
    return {
      name,
      text: `${head}\n  param W[${N}, ${N}], b[${N}]\n  ${name}(x[${N}]) = k * (W @ x) + b\n}`,
      params: [
        { path: 'W', shape: `${D}, ${D}`, inner: [] },
        { path: 'b', shape: `${D}`, inner: [] },
      ],
      apply: (x, own) => `(1/2 * (${own('W', [])} @ ${x}) + ${own('b', [])})`,
    }
  if (kind === 1)
    return {
      name,
      text: `${head}\n  dim T = 2 * ${N}\n  param g[i][${N}] for i in 1..2\n  ${name}(x[${N}]) {\n    h = tanh(g[1] * x)\n    return h * T + g[2]\n  }\n}`,
      params: [{ path: 'g', shape: `${D}`, inner: [2] }],
      apply: (x, own) => `(tanh(${own('g', [1])} * ${x}) * ${2 * D} + ${own('g', [2])})`,
    }
  const [f, g] = [r.pick(below), r.pick(below)]
  const within = (instance: string, { params }: Layer, inner: readonly number[]) =>
    params.map((p) => ({ ...p, path: `${instance}.${p.path}`, inner: [...inner, ...p.inner] }))
  const at =
    (own: (path: string, inner: readonly number[]) => string, instance: string, index: readonly number[]) =>
    (path: string, inner: readonly number[]): string =>
      own(`${instance}.${path}`, [...index, ...inner])
  if (kind === 2)
    return {
      name,
      text: `${head}\n  layer f = ${f.name}(${N}), g = ${g.name}(${N}, k=1/2)\n  ${name}(x[${N}]) = x + k * f(g(f(x)))\n}`,
      params: [...within('f', f, []), ...within('g', g, [])],
      apply: (x, own) =>
        `(${x} + 1/2 * ${f.apply(g.apply(f.apply(x, at(own, 'f', [])), at(own, 'g', [])), at(own, 'f', []))})`,
    }
  if (kind === 3)
    return {
      name,
      text: `${head}\n  layer f[i] = ${f.name}(${N}) for i in 1..2\n  param s\n  ${name}(x[${N}]) = s * f[2](x) - f[1](x)\n}`,
      params: [...within('f', f, [2]), { path: 's', shape: '', inner: [] }],
      apply: (x, own) =>
        `(${own('s', [])} * ${f.apply(x, at(own, 'f', [2]))} - ${f.apply(x, at(own, 'f', [1]))})`,
    }
  return {
    name,
    text: `${head}\n  layer f[i] = ${f.name}(${N}) for i in 1..2\n  ${name}(x[${N}]) {\n    c[i] = f[i](x) for i in 1..2\n    return sum(c[i] for i in 1..2) / 2\n  }\n}`,
    params: within('f', f, [2]),
    apply: (x, own) => `((${f.apply(x, at(own, 'f', [1]))} + ${f.apply(x, at(own, 'f', [2]))}) / 2)`,
  }
}

/** A program both ways; deep ones, whose text would be too long, are small. */
function randomProgram(seed: number): { readonly layers: string; readonly plain: string } {
  const r = random(seed)
  const layers: Layer[] = []
  for (let i = 0; i < r.integer(1, 3); i++) layers.push(randomLayer(r, `a${i}`, layers))
  const top = layers.at(-1)!
  const L = r.pick([2, 3])
  const depth = r.chance(0.5)
  const declared = (instance: string, { params }: Layer, family: boolean): string =>
    params
      .map(({ path, shape, inner }) => {
        const ranges = [...(family ? [L] : []), ...inner]
        const names = ranges.map((_, i) => 'lijk'[i]!)
        const own = `param ${instance}_${path.replaceAll('.', '_')}`
        const brackets = shape === '' ? '' : `[${shape}]`
        return ranges.length === 0
          ? own + brackets
          : `${own}[${names.join(', ')}]${brackets} for ${ranges.map((n, i) => `${names[i]!} in 1..${n}`).join(', ')}`
      })
      .join('\n')
  const written =
    (instance: string, index: readonly string[]) =>
    (path: string, inner: readonly number[]): string => {
      const all = [...index, ...inner.map(String)]
      return `${instance}_${path.replaceAll('.', '_')}${all.length === 0 ? '' : `[${all.join(', ')}]`}`
    }
  const some = r.pick(layers)
  const data = `${r.chance(0.5) ? 'batch B\n' : ''}input x[${D}]\ntarget y[${D}]\n`
  const loss = 'loss J = squarederror(z, y)'
  return {
    layers: `${data}${layers.map((l) => l.text).join('\n')}
layer one = ${some.name}(${D})
layer deep[l] = ${top.name}(${D}) for l in 1..${L}
fn twice(v) = one(one(v))
h[0] = ${depth ? 'twice(x)' : 'one(x)'}
h[l] = deep[l](h[l-1]) for l in 1..${L}
z = h[${L}]
${loss}`,
    plain: `${data}${declared('one', some, false)}
${declared('deep', top, true)}
u = ${some.apply('x', written('one', []))}
h[0] = ${depth ? some.apply('u', written('one', [])) : 'u'}
h[l] = ${top.apply('h[l-1]', written('deep', ['l']))} for l in 1..${L}
z = h[${L}]
${loss}`,
  }
}

test.each([...seeds(8)])('seed %i', async (seed) => {
  const { layers, plain } = randomProgram(seed)
  expect(compile(plain, { formulas: false }).diagnostics, plain).toEqual([])
  expectSame(await numbersOf(layers), await numbersOf(plain))
})
