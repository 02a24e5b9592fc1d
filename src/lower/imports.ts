/**
 * Which files a program imports, and what of them: each file is read and parsed once, and of its declarations those stay that something
 * imported needs. Where files are is the affair of whoever calls the compiler.
 */
import { type Diagnostic, Diagnostics, type ImportedFile, type Related } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { PLACES, type Source, type Span } from '../base/span.ts'
import { nearest } from '../base/spelling.ts'
import { type Parsed, parse } from '../syntax/parse.ts'
import type {
  Broken,
  ConstDeclaration,
  DimDeclaration,
  Expression,
  FnStatement,
  ImportStatement,
  LayerStatement,
  Module,
  Name,
  Program,
  Statement,
} from '../syntax/tree.ts'
import { isInitialiser } from './initialisers.ts'
import { namesDeclared } from './scope.ts'

/**
 * The file at a path that stands in the file `from`: under one name, however it is written, and its text. Undefined where there is none; the
 * message of an error that it throws says why.
 */
export type Resolve = (
  path: string,
  from: string,
) => { readonly filename: string; readonly text: string } | undefined

export interface ImportOptions {
  readonly filename: string
  readonly resolve?: Resolve | undefined
  readonly diagnostics: Diagnostics
}

/** More files than that are refused. */
const MOST_FILES = 200

/** A program and all that it imports; what is wrong with imports is reported. */
export function parseWithImports(text: string, options: ImportOptions): Parsed {
  const parsed = parse(text, options)
  const { program } = parsed
  if (!program.statements.some(({ kind }) => kind === 'import')) return parsed
  return { ...parsed, program: new Linker(options).link(program) }
}

/** The files that a program imports, directly or not, as far as they are there, and what is wrong with them. */
export function importsIn(
  text: string,
  { filename, resolve }: Omit<ImportOptions, 'diagnostics'>,
): { readonly sources: readonly Source[]; readonly diagnostics: readonly Diagnostic[] } {
  if (!/\bimport\b/.test(text)) return { sources: [], diagnostics: [] }
  const diagnostics = new Diagnostics()
  const { program } = parse(text, { filename, diagnostics })
  const linker = new Linker({ filename, resolve, diagnostics })
  if (program.statements.some(({ kind }) => kind === 'import')) linker.link(program)
  return { sources: linker.sources, diagnostics: diagnostics.toArray() }
}

/** Whether a program only declares what others import: there is nothing in it to compute. */
export function isForImport(text: string): boolean {
  const { statements, broken } = parse(text).program
  return (
    broken.length === 0 &&
    statements.some(({ kind }) => kind === 'fn' || kind === 'layer') &&
    statements.every(({ kind }) => DECLARES.has(kind))
  )
}
const DECLARES: ReadonlySet<Statement['kind']> = new Set(['dim', 'const', 'fn', 'layer', 'import'])

type Importable = DimDeclaration | ConstDeclaration | FnStatement | LayerStatement
type ImportableKind = 'dim' | 'const' | 'fn' | 'layer'

interface File {
  readonly source: Source
  readonly program: Program
  readonly statements: readonly Statement[]
  readonly importable: ReadonlyMap<string, { readonly kind: ImportableKind; readonly of: Importable }>
  readonly imports: ReadonlyMap<string, File>
  /** What is wrong in it and reported. */
  readonly broken: Broken[]
  readonly needed: Set<string>
  readonly exported: Map<string, Name>
}

class Linker {
  readonly #options: ImportOptions
  /** By their names; none of a file that does not parse. */
  readonly #files = new Map<string, File | undefined>()
  /** Each behind those that it imports. */
  readonly #order: File[] = []
  readonly #read: ImportedFile[] = []

  constructor(options: ImportOptions) {
    this.#options = options
  }

  get sources(): readonly Source[] {
    return this.#read.map(({ source }) => source)
  }

  link(program: Program): Program {
    const { filename, diagnostics } = this.#options
    // The list grows as files are read.
    diagnostics.imports(this.#read)
    const followed = this.#followed(program, filename, [filename], undefined)
    for (const { statement, file } of followed.of)
      for (const name of statement.names) {
        file.needed.add(name.text)
        if (!file.exported.has(name.text)) file.exported.set(name.text, name)
      }
    const modules = new Map<File, Module>()
    for (const file of [...this.#order].reverse()) this.#close(file)
    for (const file of this.#order)
      if (file.needed.size > 0)
        modules.set(file, {
          filename: file.source.filename,
          statements: withModules(
            file.statements.flatMap((s) => neededOf(s, file.needed)),
            file.imports,
            modules,
          ),
          broken: file.broken,
          exported: file.exported,
        })
    return {
      statements: withModules(followed.statements, followed.files, modules),
      broken: [...program.broken, ...followed.broken],
      modules: [...modules.values()],
    }
  }

  /** The statements of a file without what of its imports is wrong, which is reported. */
  #followed(program: Program, filename: string, around: readonly string[], root: Span | undefined) {
    const { diagnostics } = this.#options
    const files = new Map<string, File>()
    const of: { readonly statement: ImportStatement; readonly file: File }[] = []
    const statements: Statement[] = []
    const broken: Broken[] = []
    const own = new Map<string, Span>()
    for (const s of program.statements)
      if (s.kind !== 'import')
        for (const name of namesDeclared([s])) if (!own.has(name.text)) own.set(name.text, name.span)
    for (const statement of program.statements) {
      if (statement.kind !== 'import') {
        statements.push(statement)
        continue
      }
      const file = this.#fileOf(statement, filename, around, root ?? statement.from)
      const names = statement.names.filter((name) => {
        const { text, span } = name
        const found = file && this.#found(file, name, statement)
        const other = own.get(text)
        if (other && found)
          report(diagnostics, 'import-clash', span, { name: text, path: statement.path }, [
            { span: other, message: 'it is declared here too' },
            { span: found.name.span, message: 'this is what is imported' },
          ])
        if (other) return false
        own.set(text, span)
        if (!found) broken.push({ kind: 'import', names: [text], span })
        return found !== undefined
      })
      if (!file || names.length === 0) continue
      const kept: ImportStatement = { ...statement, names }
      files.set(statement.path, file)
      of.push({ statement: kept, file })
      statements.push(kept)
    }
    return { statements, of, files, broken }
  }

  /** What an import names; undefined where it cannot be had, which is reported. */
  #found(file: File, { text, span }: Name, { path }: ImportStatement): Importable | undefined {
    const { diagnostics } = this.#options
    const found = file.importable.get(text)
    if (!found) {
      const other = [...namesDeclared(file.program.statements)].find((name) => name.text === text)
      report(
        diagnostics,
        'import-missing',
        span,
        { name: text, path, isThere: other !== undefined, nearest: nearest(text, file.importable.keys()) },
        other ? [{ span: other.span, message: 'this is what it is there' }] : [],
      )
      return undefined
    }
    return found.of
  }

  #fileOf(statement: ImportStatement, from: string, around: readonly string[], root: Span): File | undefined {
    const { resolve, diagnostics } = this.#options
    const { path, from: place } = statement
    if (!resolve) return void report(diagnostics, 'import-without-files', place, { path })
    let found: ReturnType<Resolve>
    try {
      found = resolve(path, from)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return void report(diagnostics, 'import-not-found', place, { path, reason })
    }
    if (!found) return void report(diagnostics, 'import-not-found', place, { path, reason: undefined })
    const { filename, text } = found
    if (around.includes(filename))
      return void report(diagnostics, 'import-circle', place, {
        files: [...around.slice(around.indexOf(filename)), filename],
      })
    const known = this.#files.get(filename)
    if (known || this.#files.has(filename)) {
      // It is said once what is wrong with a file, and here that it is.
      if (!known) report(diagnostics, 'import-broken', place, { path })
      return known
    }
    if (this.#read.length >= MOST_FILES)
      return void report(diagnostics, 'over-limit', place, {
        what: 'The number of imported files is',
        limit: MOST_FILES,
      })
    const own = new Diagnostics()
    const { program, source } = parse(text, { filename, diagnostics: own })
    this.#read.push({ source, at: root })
    const offset = this.#read.length * PLACES
    const errors = own.toArray().filter(({ severity }) => severity === 'error')
    if (errors.length > 0) {
      const notes = errors
        .slice(0, 3)
        .map(({ span, message }): Related => ({ span: moved(span, offset), message }))
      this.#files.set(filename, undefined)
      return void report(diagnostics, 'import-broken', place, { path }, notes)
    }
    move(program, offset)
    const followed = this.#followed(program, filename, [...around, filename], root)
    const file: File = {
      source,
      program,
      statements: followed.statements,
      importable: importableOf(program.statements),
      imports: followed.files,
      broken: followed.broken,
      needed: new Set(),
      exported: new Map(),
    }
    this.#files.set(filename, file)
    this.#order.push(file)
    return file
  }

  /** What of a file is needed by what is needed of it; reports what cannot be without the rest of its program. */
  #close(file: File): void {
    const { diagnostics } = this.#options
    const { importable, needed, program, broken } = file
    const imported = new Map(
      file.statements.flatMap((s) =>
        s.kind === 'import' ? s.names.map(({ text }) => [text, file.imports.get(s.path)!] as const) : [],
      ),
    )
    const others = new Map(
      [...namesDeclared(program.statements.filter((s) => s.kind !== 'import'))].map(({ text, span }) => [
        text,
        span,
      ]),
    )
    const work = [...needed]
    for (let name = work.pop(); name !== undefined; name = work.pop()) {
      const from = imported.get(name)
      if (from) {
        from.needed.add(name)
        continue
      }
      const { kind, of } = importable.get(name)!
      if (kind === 'dim' && (of as DimDeclaration).values.length === 0)
        report(diagnostics, 'import-open-dim', of.name.span, { name })
      for (const [used, span] of 'kind' in of && of.kind === 'layer' ? freeOfLayer(of) : freeNames(of)) {
        if (needed.has(used)) continue
        if (importable.has(used) || imported.has(used)) {
          needed.add(used)
          work.push(used)
        } else if (others.has(used)) {
          broken.push({ kind: 'import', names: [used], span })
          report(diagnostics, 'import-of-data', span, { name, used }, [
            { span: others.get(used)!, message: `\`${used}\` is declared here` },
          ])
        }
      }
    }
  }
}

function importableOf(statements: readonly Statement[]): File['importable'] {
  const found = new Map<string, { kind: ImportableKind; of: Importable }>()
  const add = (kind: ImportableKind, of: Importable): void => {
    if (!found.has(of.name.text)) found.set(of.name.text, { kind, of })
  }
  for (const s of statements) {
    if (s.kind === 'fn' || s.kind === 'layer') add(s.kind, s)
    if (s.kind === 'dim' || s.kind === 'const') for (const d of s.declarations) add(s.kind, d)
  }
  return found
}

/** What of a statement is needed. */
function neededOf(s: Statement, needed: ReadonlySet<string>): readonly Statement[] {
  const isNeeded = ({ name }: { readonly name: Name }): boolean => needed.has(name.text)
  if (s.kind === 'fn' || s.kind === 'layer') return isNeeded(s) ? [s] : []
  if (s.kind === 'dim') return [{ ...s, declarations: s.declarations.filter(isNeeded) }]
  if (s.kind === 'const') return [{ ...s, declarations: s.declarations.filter(isNeeded) }]
  return s.kind === 'import' ? [{ ...s, names: s.names.filter(({ text }) => needed.has(text)) }] : []
}

/** With the modules of the imports. */
const withModules = (
  statements: readonly Statement[],
  files: ReadonlyMap<string, File>,
  modules: ReadonlyMap<File, Module>,
): Statement[] =>
  statements.map((s) => {
    const module = s.kind === 'import' ? modules.get(files.get(s.path)!) : undefined
    return s.kind === 'import' && module ? { ...s, module } : s
  })

/** Those of a layer: what it declares is seen by all of it, what it is applied to by the application alone. */
function freeOfLayer({ parameters, body }: LayerStatement): ReadonlyMap<string, Span> {
  const own = new Set([...parameters.map(({ name }) => name), ...namesDeclared(body)].map(({ text }) => text))
  const used = new Map<string, Span>()
  const note = (found: ReadonlyMap<string, Span>): void => {
    for (const [name, span] of found) if (!own.has(name) && !used.has(name)) used.set(name, span)
  }
  for (const { value } of parameters) if (value) note(freeNames({ value }))
  for (const s of body) {
    if (s.kind === 'fn') note(freeNames(s))
    else if (s.kind === 'param')
      for (const { family, shape, initialiser } of s.declarations) {
        const indices = new Set(family.map(({ name }) => name.text))
        const found = freeNames({ family, shape, start: initialiser && startingAt(initialiser) })
        note(new Map([...found].filter(([name]) => !indices.has(name))))
      }
    else if (s.kind === 'instance')
      for (const { family, making } of s.declarations) {
        const indices = new Set(family.map(({ name }) => name.text))
        note(new Map([...freeNames({ family, making })].filter(([name]) => !indices.has(name))))
      }
    else note(freeNames(s))
  }
  return used
}

/** What an initialiser is computed from: its own name is no value's. */
const startingAt = (tree: Expression): unknown =>
  tree.kind === 'call' ? tree.args : tree.kind === 'name' && isInitialiser(tree.name) ? [] : tree

/** The names in a declaration that it does not declare itself, each with the first place. Trees may be as deep as they are long. */
function freeNames(declaration: object): ReadonlyMap<string, Span> {
  const used = new Map<string, Span>()
  const bound = new Set<string>()
  if ('parameters' in declaration)
    for (const { name, shape = [], several } of declaration.parameters as FnStatement['parameters']) {
      bound.add(name.text)
      for (const e of shape) {
        if (e.kind === 'name') bound.add(e.name)
        if (several && e.kind === 'index' && e.object.kind === 'name') bound.add(e.object.name)
      }
      if (several?.range.range.to.kind === 'name') bound.add(several.range.range.to.name)
    }
  each(declaration, (part) => {
    const { kind, name, callee, range, values } = part as {
      kind?: string
      name?: Name | string
      callee?: Name
      range?: unknown
      values?: unknown
    }
    if (kind === 'name' && typeof name === 'string') note(name, part as { span: Span })
    if (callee) note(callee.text, callee)
    if (typeof name !== 'object' || part === declaration) return
    if (kind === 'equation' || (kind === undefined && (range !== undefined || values !== undefined)))
      bound.add(name.text)
  })
  function note(name: string, { span }: { readonly span: Span }): void {
    if (!used.has(name)) used.set(name, span)
  }
  for (const name of bound) used.delete(name)
  return used
}

/** Every object within a tree. */
function each(tree: object, see: (part: object) => void): void {
  const work: unknown[] = [tree]
  const seen = new Set<object>()
  for (let part = work.pop(); part !== undefined || work.length > 0; part = work.pop()) {
    if (typeof part !== 'object' || part === null || seen.has(part)) continue
    seen.add(part)
    see(part)
    for (const value of Object.values(part) as unknown[]) work.push(value)
  }
}

const moved = ({ start, end }: Span, by: number): Span => ({ start: start + by, end: end + by })

/** Moves all places of a tree that was just made. */
function move(tree: object, by: number): void {
  each(tree, (part) => {
    const span = part as { start?: unknown; end?: unknown }
    if (typeof span.start !== 'number' || typeof span.end !== 'number') return
    span.start += by
    span.end += by
  })
}
