/** A program ready for a table: its names, with an axis for the samples of a batch, and what tells it from others. */
import { createHash } from 'node:crypto'
import { Diagnostics } from '../../base/diagnostics.ts'
import { report } from '../../base/messages.ts'
import type { Source } from '../../base/span.ts'
import { type CompileOptions, type Compiled, compile } from '../../compile.ts'
import { type Fields, batchExtent, fieldsOf, openDims } from '../../emit/fields.ts'
import { dimsOf } from '../../graph/extent.ts'
import { Graph } from '../../graph/graph.ts'
import type { Network } from '../../graph/network.ts'
import { importsIn, lower, parseWithImports } from '../../lower/index.ts'
import { type Module, imported } from '../../modules.ts'
import { tokenise } from '../../syntax/tokens.ts'
import { sayDiagnostics } from '../console.ts'
import { readSource } from '../read.ts'
import { resolveFile } from '../imports.ts'

export interface Prepared {
  readonly source: Source
  readonly network: Network
  readonly fields: Fields
  readonly batch: string
  readonly hash: string
}

/** Undefined where the program has errors, which are said. */
export const prepare = (
  path: string,
  dims: ReadonlyMap<string, number>,
  json: boolean,
): Prepared | undefined => prepareSource(readSource(path), dims, json)

export function prepareSource(
  source: Source,
  dims: ReadonlyMap<string, number>,
  json: boolean,
): Prepared | undefined {
  const lowered = (batch?: string): Network | undefined => {
    const diagnostics = new Diagnostics()
    const { program } = parseWithImports(source.text, {
      filename: source.filename,
      resolve: resolveFile,
      diagnostics,
    })
    const network = lower(new Graph(), program, {
      filename: source.filename,
      diagnostics,
      dims,
      // Members of known number are one by one here, whatever becomes of their recurrence; over an open range they are a list.
      scans: Infinity,
      ...(batch === undefined ? {} : { batch }),
    })
    if (diagnostics.hasErrors) sayDiagnostics(diagnostics.toArray(), source, { json })
    return diagnostics.hasErrors ? undefined : network
  }
  const first = lowered()
  if (!first) return undefined
  const batch = typeof first.batch === 'string' ? first.batch : freeName(first)
  const network = typeof first.batch === 'string' ? first : lowered(batch)
  return (
    network && {
      source,
      network,
      fields: fieldsOf(network, batchExtent(network.batch)),
      batch,
      hash: hashOf([source, ...importsOf(source)].map(({ text }) => text).join('\n')),
    }
  )
}

/** A name for the batch that the program does not use. */
function freeName({ data, params, hypers, dims, equations }: Network): string {
  const used = new Set([
    ...[...data, ...params, ...hypers].map((d) => d.symbol.name.split('[')[0]),
    ...dims.keys(),
    ...equations.map((e) => e.name.split('[')[0]),
  ])
  for (let i = 0; ; i++) {
    const name = i === 0 ? 'B' : `B${i}`
    if (!used.has(name)) return name
  }
}

const importsOf = ({ text, filename }: Source): readonly Source[] =>
  importsIn(text, { filename, resolve: resolveFile }).sources

/** The same for programs that differ in comments, blanks and spellings of one character only. */
function hashOf(text: string): string {
  const hash = createHash('sha256')
  for (const { text: token } of tokenise(text, new Diagnostics(), () => undefined)) hash.update(`${token}\0`)
  return hash.digest('hex').slice(0, 32)
}

/** The module that `build` would write; undefined where the program has errors, which are said. */
export async function moduleOf<M extends Module>(
  { source, batch }: Prepared,
  options: CompileOptions,
  json: boolean,
): Promise<{ readonly module: M; readonly network: Network; readonly fields: Fields } | undefined> {
  const compiled: Compiled = compile(source.text, {
    filename: source.filename,
    resolve: resolveFile,
    batch,
    formulas: false,
    ...options,
  })
  sayDiagnostics(compiled.diagnostics, source, { json })
  const { code, network } = compiled
  if (code === undefined || network === undefined) return undefined
  const fields = fieldsOf(network, batchExtent(network.batch))
  const [extent] = openDims(fields.params)
  if (extent !== undefined) {
    const diagnostics = new Diagnostics()
    const open = network.params.find(({ symbol }) => symbol.shape.flatMap(dimsOf).includes(extent))!
    report(diagnostics, 'open-parameter', open.span, { name: open.symbol.name, extent })
    sayDiagnostics(diagnostics.toArray(), source, { json })
    return undefined
  }
  return { module: (await imported(code)) as M, network, fields }
}
