import { Diagnostics } from '../../src/base/diagnostics.ts'
import { gradients } from '../../src/derive/gradients.ts'
import { emitKernel } from '../../src/emit/kernel.ts'
import { wasmKernel } from '../../src/emit/wasm/kernel.ts'
import { emitModule } from '../../src/emit/module.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Derived, Network } from '../../src/graph/network.ts'
import type { EquationNode } from '../../src/graph/node.ts'
import { lower } from '../../src/lower/index.ts'
import { type ScheduleOptions, schedule } from '../../src/schedule/index.ts'
import { simplify, specialise } from '../../src/simplify/index.ts'
import { parse } from '../../src/syntax/parse.ts'

/** A text with its gradients, simplified and specialised for running; and as the calculus left them. */
export function derivedOf(
  text: string,
  dims?: ReadonlyMap<string, number>,
  batch?: string | number,
): { derived: Derived; plain: Derived; g: Graph } {
  const { program, diagnostics } = parse(text)
  const g = new Graph()
  const network = lower(g, program, {
    filename: 'case.net',
    diagnostics,
    ...(dims ? { dims } : {}),
    ...(batch === undefined ? {} : { batch }),
  })
  if (!network)
    throw new Error(
      diagnostics
        .toArray()
        .map((d) => `${d.code}: ${d.message}`)
        .join('\n'),
    )
  const raw = gradients(g, network)
  return { g, plain: { network, gradients: raw }, derived: finish(g, network, [...raw.values()]) }
}

function finish(
  g: Graph,
  network: Network,
  raw: Derived['gradients'] extends ReadonlyMap<unknown, infer N> ? N[] : never,
): Derived {
  const simple = simplify(
    g,
    [network.loss!.node, ...network.outputs.map((o) => o.node), ...raw],
    network.equations.map((e) => e.node),
  ).roots
  const roots = specialise(g, simple)
  const count = network.outputs.length
  return {
    network: {
      ...network,
      loss: { ...network.loss!, node: roots[0] as EquationNode },
      outputs: network.outputs.map((o, i) => ({ ...o, node: roots[1 + i]! })),
    },
    gradients: new Map(network.params.map((p, i) => [p.symbol, roots[1 + count + i]!])),
  }
}

/** The module's text, unformatted. */
export function emitted(
  derived: Derived,
  options: ScheduleOptions,
  target: 'ts' | 'js' | 'wasm' = 'js',
): string {
  const diagnostics = new Diagnostics()
  const kernel = target === 'wasm' ? wasmKernel : emitKernel
  const result = emitModule(schedule(derived, options), kernel, diagnostics, {
    target: target === 'wasm' ? 'js' : target,
    filename: 'case.net',
  })
  if (!result)
    throw new Error(
      diagnostics
        .toArray()
        .map((d) => `${d.code}: ${d.message}`)
        .join('\n'),
    )
  return result.code
}

export type Loose = number | Float64Array | Float32Array | Loose[]

export interface Module {
  zeros(dims?: Readonly<Record<string, number>>): Record<string, Loose>
  init(seed?: number, dims?: Readonly<Record<string, number>>): Record<string, Loose>
  forward(params: object, inputs: object, outputs?: object, hyper?: object): Record<string, Loose>
  loss(params: object, data: object, hyper?: object): number
  backward(params: object, data: object, grads: object, hyper?: object): number
  step(params: object, data: object, rate: number, hyperOrState?: object): number
  /** Where the optimizer has a state. */
  initState(
    settings?: Readonly<Record<string, number>>,
    dims?: Readonly<Record<string, number>>,
  ): Record<string, Loose>
}

/** The module itself. */
export function load(code: string): Module {
  const names = [...code.matchAll(/^export function (\w+)/gm)].map(([, name]) => name!)
  const body = code.replace(/^export (?=function|const|let)/gm, '')
  return new Function(`'use strict';\n${body}\nreturn { ${names.join(', ')} }`)() as Module
}

/** The functions of each of its losses, by what stands behind their names: '' where there is one. */
export const lossesOf = (m: Module): { readonly suffix: string; readonly backward: Module['backward'] }[] =>
  Object.entries(m as unknown as Record<string, Module['backward']>).flatMap(([name, backward]) =>
    name.startsWith('backward') ? [{ suffix: name.slice('backward'.length), backward }] : [],
  )
