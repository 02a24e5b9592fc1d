/** `chainrule trace`: the forward and the backward pass by numbers, as a worked example. */
import { nearest } from '../base/spelling.ts'
import { type Network, openDims } from '../graph/network.ts'
import { familyOf } from '../graph/member.ts'
import { shapeText } from '../graph/extent.ts'
import { EvaluationError, type Value, type NamedValues, byName } from '../interpret/index.ts'
import { traced } from '../trace.ts'
import { print, sayDiagnostics } from './console.ts'
import { lengthsFrom, openNetwork } from './open.ts'
import { DONE, FAILED, MISUSED, Problem, problems } from './problem.ts'
import { readSource } from './read.ts'
import { toText } from '../print/index.ts'
import { stepsMarkdown, stepsText } from './steps.ts'
import { resolveFile } from './imports.ts'

export interface TraceOptions {
  readonly data: string
  readonly dim?: ReadonlyMap<string, number>
  readonly markdown?: boolean
  readonly json?: boolean
}

export async function trace(
  path: string,
  { data, dim, markdown = false, json = false }: TraceOptions,
): Promise<number> {
  const source = readSource(path)
  const options = { filename: source.filename, resolve: resolveFile, dims: dim }
  let asked = options
  let found = traced(source.text, asked)
  const open = found.network ? undefined : openNetwork(source.text, options)
  if (open) {
    // Every member is shown: as many as there are values of.
    const lengths = lengthsFrom(open, parsedFrom(data).values)
    const unknown = openDims(open).find((name) => !lengths.has(name))
    if (unknown !== undefined) throw problems.openElements(source.filename, unknown)
    asked = { ...options, dims: new Map([...(dim ?? []), ...lengths]) }
    found = traced(source.text, asked)
  }
  const { network, diagnostics, at } = found
  sayDiagnostics(diagnostics, source, { json })
  if (!network) return FAILED
  const values = valuesIn(data, network)
  try {
    const losses = network.losses?.map(({ loss }) => loss.name) ?? []
    // Each of several losses goes its own way back, and may name parts of its own on the way there.
    const all =
      losses.length > 1
        ? losses.map((loss) => ({ loss, ...traced(source.text, { ...asked, loss }).at(values) }))
        : [{ loss: undefined, ...at(values) }]
    const named = new Map(all.flatMap((one) => one.forward.map((step) => [toText(step.left), step])))
    const forward = all.length > 1 ? [...named.values()] : all[0]!.forward
    const sections = [
      { title: 'Given', steps: all[0]!.given },
      { title: 'Forward', steps: forward },
      ...all.map(({ loss, backward }) => ({
        title: loss === undefined ? 'Backward' : `Backward: ${loss}`,
        steps: backward,
      })),
    ].filter(({ steps }) => steps.length > 0)
    print(markdown ? stepsMarkdown(sections) : stepsText(sections))
  } catch (error) {
    if (error instanceof RangeError || error instanceof EvaluationError)
      throw problems.untraceable(source.filename, error.message)
    throw error
  }
  return DONE
}

/** Values of the program's names. */
function valuesIn(data: string, network: Network): Readonly<Record<string, Value>> {
  const { where, values } = parsedFrom(data)
  return checked(where, Object.entries(values), network)
}

/** An object, from a file or, where it begins with a brace, from the command line itself. */
function parsedFrom(data: string): {
  readonly where: string
  readonly values: Readonly<Record<string, unknown>>
} {
  const inline = data.trimStart().startsWith('{')
  const where = inline ? '--data' : data
  const text = inline ? data : fileText(data)
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw problems.noJson(where, error instanceof Error ? error.message : '')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw problems.noValues(where)
  return { where, values: byName(parsed as NamedValues) }
}

function fileText(path: string): string {
  try {
    return readSource(path).text
  } catch (error) {
    // What is no file may have been meant for values.
    throw error instanceof Problem && error.status === MISUSED ? problems.noDataFile(path) : error
  }
}

function checked(
  where: string,
  entries: readonly (readonly [string, unknown])[],
  { data, params, hypers, dims }: Network,
): Record<string, Value> {
  const declared = new Map([...data, ...params, ...hypers].map(({ symbol }) => [symbol.name, symbol]))
  const families = [...declared.keys()].map(familyOf)
  const open = [...dims].flatMap(([name, extent]) => (typeof extent === 'number' ? [] : [name]))
  const names = [...new Set([...families, ...declared.keys(), ...open])]
  const values = new Map<string, Value>()
  for (const [written, value] of entries) {
    const name = written.normalize('NFC')
    if (!names.includes(name)) throw problems.noSuchValue(where, name, nearest(name, names))
    if (!isValue(value)) throw problems.noNumber(where, name)
    values.set(name, value)
  }
  const missing = [...data, ...params, ...hypers.filter((hyper) => hyper.values === undefined)]
    .map(({ symbol }) => symbol)
    .filter(({ name }) => !values.has(name) && !values.has(familyOf(name)))
  if (missing.length > 0)
    throw problems.missingValues(
      where,
      missing.map(({ name, shape }) => `${name} (${shapeText(shape)})`),
    )
  return Object.fromEntries(values)
}

/** Lists may be nested deeper than calls. */
function isValue(value: unknown): value is Value {
  const parts = [value]
  for (let part = parts.pop(); part !== undefined; part = parts.pop())
    if (Array.isArray(part)) for (const inner of part) parts.push(inner)
    else if (typeof part !== 'number') return false
  return true
}
