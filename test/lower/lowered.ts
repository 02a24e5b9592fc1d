import type { Diagnostic } from '../../src/base/diagnostics.ts'
import type { Source } from '../../src/base/span.ts'
import { dump } from '../../src/graph/dump.ts'
import { extentText, shapeText } from '../../src/graph/extent.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Initialiser, Network } from '../../src/graph/network.ts'
import { lower, type LowerOptions } from '../../src/lower/index.ts'
import { parse } from '../../src/syntax/parse.ts'

export interface Lowered {
  readonly graph: Graph
  readonly network: Network | undefined
  readonly diagnostics: readonly Diagnostic[]
  readonly source: Source
}

/** A text, parsed and lowered. */
export function lowered(text: string, options: Partial<LowerOptions> = {}): Lowered {
  const { program, diagnostics, source } = parse(text)
  const graph = new Graph()
  const network = lower(graph, program, { filename: 'case.net', diagnostics, ...options })
  return { graph, network, diagnostics: diagnostics.toArray(), source }
}

/** The network of a text that is right. */
export function networkOf(text: string, options: Partial<LowerOptions> = {}): Network {
  const { network, diagnostics } = lowered(text, options)
  if (!network) throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'))
  return network
}

/** Diagnostics, one a line. */
export function said({ diagnostics, source }: Lowered): string[] {
  const place = (span: { start: number; end: number }): string => {
    const from = source.position(span.start)
    const to = source.position(span.end)
    return `${from.line}:${from.column}-${to.line === from.line ? '' : to.line + ':'}${to.column}`
  }
  return diagnostics.map(({ severity, code, span, message, hint, related = [] }) => {
    const also = related.map((other) => ` [${place(other.span)} ${other.message}]`).join('')
    return `${severity} ${code} ${place(span)}: ${message}${hint === undefined ? '' : ` (${hint})`}${also}`
  })
}

/** What a network declares, and the graph of its equations. */
export function networkText(network: Network): string {
  const { name, dims, batch, data, params, hypers, equations, outputs, loss, doc } = network
  const document = (text: string | undefined): string => (text === undefined ? '' : ` /// ${text}`)
  return [
    `network ${name}${document(doc)}`,
    ...[...dims].map(([dim, extent]) => `dim ${dim} = ${extentText(extent)}`),
    ...(batch === undefined ? [] : [`batch ${batch}`]),
    ...data.map(
      ({ role, symbol, doc }) =>
        `${role} ${symbol.name} ${shapeText(symbol.shape)}${[...symbol.assumptions].map((a) => ` : ${a}`).join('')}${document(doc)}`,
    ),
    ...params.map(
      ({ symbol, initialiser, doc }) =>
        `param ${symbol.name} ${shapeText(symbol.shape)}${[...symbol.assumptions].map((a) => ` : ${a}`).join('')} = ${start(initialiser)}${document(doc)}`,
    ),
    ...hypers.map(({ symbol, values, doc }) => {
      const shape = symbol.shape.length === 0 ? '' : ` ${shapeText(symbol.shape)}`
      const preset = values ? ` = ${values.map((value) => value.toFraction()).join(' ')}` : ''
      return `hyper ${symbol.name}${shape}${preset}${document(doc)}`
    }),
    dump(Object.fromEntries(equations.map((equation) => [equation.name, equation.node]))),
    ...equations.filter(({ doc }) => doc !== undefined).map(({ name, doc }) => `${name}${document(doc)}`),
    `output ${outputs.map((output) => output.name).join(', ')}`,
    `loss ${loss!.name}`,
  ].join('\n')
}

function start(initialiser: Initialiser): string {
  switch (initialiser.kind) {
    case 'constant':
      return initialiser.value.toFraction()
    case 'uniform':
      return `uniform(${initialiser.lo.toFraction()}, ${initialiser.hi.toFraction()})`
    case 'normal':
      return `normal(${initialiser.mean.toFraction()}, ${initialiser.sd.toFraction()})`
    default:
      return initialiser.kind
  }
}
