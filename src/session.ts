/** Compiling again and again, as editors, servers and watchers do: what has not changed is not done again. */
import { Source, type Span } from './base/span.ts'
import { type Compiled as Inside, type Compiler, linesIn } from './compiler/compiler.ts'
import type { Analysed } from './compiler/analyse.ts'
import { Diagnostics } from './base/diagnostics.ts'
import { sourceMap } from './emit/source-map.ts'
import { type Compiled, type CompileOptions, inside, shown } from './shown.ts'
import { parse } from './syntax/parse.ts'
import { importsIn } from './lower/index.ts'

export interface Session {
  /** As `compile` of the library, with the same result. */
  compile(text: string, options?: CompileOptions): Compiled
  /** How many programs were compiled from their text, how many from formulas that were there, and how many not at all. */
  readonly counts: { readonly compiled: number; readonly emitted: number; readonly reused: number }
}

export interface SessionOptions {
  /** How many results are kept, those that were asked for last; by default 64. */
  readonly size?: number
}

/**
 * A memory of results at three places. The same text with the same options is what it was. A text in which only blanks, line breaks and
 * comments are others has the same code, with other places in its map. And the same text for another target, precision or
 * optimizer goes on from its gradients. Compiling itself has no state, so that a session changes no result.
 */
export function sessionOf(compiler: Compiler, { size = 64 }: SessionOptions = {}): Session {
  const { compile, prepare, compileAnalysed, firstHalf, areValid } = compiler
  const results = new Recent<Inside>(size)
  const programs = new Recent<{ readonly result: Inside; readonly spans: readonly Span[] }>(size)
  const prepared = new Recent<Analysed>(Math.ceil(size / 8))
  const counts = { compiled: 0, emitted: 0, reused: 0 }

  const find = (text: string, given: CompileOptions): Inside => {
    const options = inside(given)
    const settings = keyOf(options) + importsOf(text, options)
    const exact = `${settings}\n${text}`
    const known = results.get(exact)
    if (known) {
      counts.reused++
      return known
    }
    if (!areValid(options, new Diagnostics())) return compile(text, options)
    const { program, diagnostics } = parse(text, { diagnostics: new Diagnostics() })
    const tree = diagnostics.hasErrors ? undefined : outline(program)
    const same = tree && programs.get(`${settings}\n${tree.key}`)
    let result: Inside
    if (same) {
      counts.reused++
      result = moved(same.result, text, same.spans, tree.spans)
    } else {
      const start = keyOf(firstHalf(options)) + importsOf(text, options)
      const before = prepared.get(`${start}\n${text}`)
      const analysed = before ?? prepare(text, options)
      if (before) counts.emitted++
      else counts.compiled++
      prepared.set(`${start}\n${text}`, analysed)
      result = withDiagnostics(analysed, compileAnalysed(analysed, options))
      if (tree && result.diagnostics.length === 0)
        programs.set(`${settings}\n${tree.key}`, { result, spans: tree.spans })
    }
    results.set(exact, result)
    return result
  }
  return { compile: (text, options = {}) => shown(find(text, options)), counts }
}

/** What a program imports as it is now; empty where it imports nothing. */
function importsOf(text: string, { filename = 'network.net', resolve }: CompileOptions): string {
  const { sources, diagnostics } = importsIn(text, { filename, resolve })
  if (sources.length === 0 && diagnostics.length === 0) return ''
  const said = diagnostics.map(({ code, message }) => [code, message])
  return JSON.stringify([sources.map(({ filename, text }) => [filename, text]), said])
}

const keyOf = (options: CompileOptions): string => {
  const { dims, ...others } = options
  const plain = { ...others, dims: dims && [...(dims instanceof Map ? dims : Object.entries(dims))] }
  return JSON.stringify(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What came of both halves. */
function withDiagnostics(analysed: Analysed, emitted: Inside): Inside {
  const all = new Diagnostics()
  for (const diagnostic of [...analysed.diagnostics, ...emitted.diagnostics]) all.add(diagnostic)
  return { ...emitted, diagnostics: all.toArray() }
}

/** The same result at other places. */
function moved(result: Inside, text: string, from: readonly Span[], to: readonly Span[]): Inside {
  const places = new Map(from.map((span, i) => [`${span.start} ${span.end}`, to[i]!]))
  const at = (span: Span): Span => places.get(`${span.start} ${span.end}`) ?? span
  const { origins, network, code } = result
  const source = new Source(result.source.filename, text)
  const there = origins?.map(({ line, span }) => ({ line, span: span && at(span) }))
  return {
    ...result,
    source,
    origins: there,
    map: there && sourceMap(source, there, linesIn(code!)),
    network: network && {
      ...network,
      equations: network.equations.map((equation) => ({ ...equation, span: at(equation.span) })),
    },
  }
}

/** A tree without its places as a text, and the places in the order of the tree. Trees may be very deep. */
function outline(tree: unknown): { readonly key: string; readonly spans: readonly Span[] } {
  const spans: Span[] = []
  const parts: string[] = []
  const work: unknown[] = [tree]
  while (work.length > 0) {
    const value = work.pop()
    if (typeof value !== 'object' || value === null) parts.push(JSON.stringify(value) ?? 'undefined')
    else if (isSpan(value)) spans.push(value)
    else {
      const entries = Object.entries(value)
      parts.push(Array.isArray(value) ? `[${entries.length}` : `{${entries.map(([name]) => name).join()}`)
      for (let i = entries.length - 1; i >= 0; i--) work.push(entries[i]![1])
    }
  }
  return { key: parts.join('\n'), spans }
}

const isSpan = (value: object): value is Span =>
  'start' in value && 'end' in value && typeof value.start === 'number' && Object.keys(value).length === 2

/** The last few of what was set or asked for. */
class Recent<T> {
  readonly #size: number
  readonly #values = new Map<string, T>()

  constructor(size: number) {
    this.#size = Math.max(1, size)
  }

  get(key: string): T | undefined {
    const value = this.#values.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: T): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#size) this.#values.delete(this.#values.keys().next().value!)
  }
}
