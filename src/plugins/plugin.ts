/** One plugin for all bundlers: an import of a network is an import of the module that is compiled from it. */
import { statSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import type { OnLoadResult, PluginBuild } from 'esbuild'
import { type UnpluginFactory, type UnpluginOptions, createUnplugin } from 'unplugin'
import type { Diagnostic } from '../base/diagnostics.ts'
import { Source } from '../base/span.ts'
import { type Project, checked, merged, optionsFor, readProject } from '../cli/config.ts'
import { Problem } from '../cli/problem.ts'
import { readSource } from '../cli/read.ts'
import { createSession } from '../library.ts'
import { suitedTarget } from '../cli/suited.ts'
import { openExtent } from '../graph/extent.ts'
import type { Compiled, Network } from '../shown.ts'
import { writeDeclarations } from './declarations.ts'
import { withHotUpdate } from './hot.ts'
import type { PluginOptions } from './options.ts'
import { type Request, queryOptions, requestOf } from './request.ts'
import { esbuildMessage, logOf, textOf } from './trouble.ts'
import { resolverFor } from '../cli/imports.ts'

/** What became of an import. */
interface Loaded {
  readonly source: Source
  readonly diagnostics: readonly Diagnostic[]
  /** Undefined where the program has errors. */
  readonly code: string | undefined
  readonly map: Compiled['map']
}

/** Told of a file that is read, before it is. */
type Watch = (path: string) => void

class Networks {
  readonly #options: PluginOptions
  readonly #session = createSession()
  #project: Promise<Project> | undefined
  #root = process.cwd()

  constructor({ config, types, ...options }: PluginOptions) {
    // What is wrong with the options is known before anything is built.
    checked('The options of the plugin', options)
    this.#options = { ...options, ...(config === undefined ? {} : { config }), ...(types ? { types } : {}) }
  }

  /** The folder of the project, where it is not the current one. Configs are read anew. */
  from(root: string): void {
    this.#root = root
    this.#project = undefined
  }

  /** Configs are read when something is to be compiled. */
  project(): Promise<Project> {
    const { config } = this.#options
    this.#project ??=
      config === false
        ? Promise.resolve({ folder: this.#root, path: undefined, config: {} })
        : readProject(this.#root, config === undefined ? undefined : resolve(this.#root, config))
    return this.#project
  }

  /** Throws a Problem where a file cannot be read, a config or the options of the import are wrong. */
  async load(request: Request, watch: Watch): Promise<Loaded> {
    const { path } = request
    const project = await this.project()
    const own: Project = { folder: this.#root, path: undefined, config: this.#options }
    const { target, ...options } = merged([
      optionsFor(project, path),
      optionsFor(own, path),
      queryOptions(request),
    ])
    const { text } = readSource(path)
    const compile = (to: 'js' | 'wasm', threads = options.threads): Compiled =>
      this.#session.compile(text, {
        ...options,
        threads,
        filename: path,
        resolve: resolverFor(watch),
        target: to,
      })
    // What becomes JavaScript because it is small has nothing to share either.
    let compiled = compile(target === 'wasm' ? 'wasm' : 'js', target !== 'auto' && options.threads)
    if (target === 'auto' && compiled.network && suits(compiled.network) === 'wasm')
      compiled = compile('wasm')
    const { code, types, map, diagnostics } = compiled
    if (this.#options.types && types !== undefined) await writeDeclarations(request, types)
    return { source: new Source(shown(path), text), diagnostics, code, map }
  }
}

/** JavaScript or WebAssembly, as `build --target auto` chooses. */
const suits = ({ params }: Network): 'js' | 'wasm' =>
  suitedTarget(
    {
      params: params.map(({ shape }) => ({
        symbol: { shape: shape.map((n) => (typeof n === 'number' ? n : openExtent(n))) },
      })),
    },
    new Map(),
  )

/** As people know a path. */
const shown = (path: string): string => {
  const from = relative(process.cwd(), path)
  return from.startsWith('..') || isAbsolute(from) ? path : from
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

const told = (problem: Problem): string =>
  problem.hint === undefined ? problem.message : `${problem.message}\nhint: ${problem.hint}`

const errorsIn = ({ diagnostics }: Loaded): Diagnostic[] => diagnostics.filter((d) => d.severity === 'error')
const warningsIn = ({ diagnostics }: Loaded): Diagnostic[] =>
  diagnostics.filter((d) => d.severity === 'warning')

/** What Rollup's family of bundlers has as `this`. */
interface RollupContext {
  addWatchFile(path: string): void
  warn(log: object): void
  error(log: object): never
  resolve(
    id: string,
    importer: string | undefined,
    options: { skipSelf: boolean },
  ): Promise<{ id: string; external: boolean | string } | null>
}

/** Paths from a file, and with a query any others: bundlers look for a file whose name ends with the query. */
async function resolveId(this: unknown, id: string, importer: string | undefined): Promise<string | null> {
  const request = requestOf(id)
  if (!request) return null
  const { path, query } = request
  if (/^\.\.?\//.test(path) && importer !== undefined) {
    const file = resolve(dirname(importer.replace(/\?.*$/s, '')), path)
    if (isFile(file)) return file + query
  }
  if (isAbsolute(path) && isFile(path)) return id
  if (query === '') return null
  const found = await (this as RollupContext).resolve(path, importer, { skipSelf: true })
  return found && !found.external ? found.id + query : null
}

function rollupLike(networks: Networks): UnpluginOptions {
  let hot = false
  return {
    name: 'chainrule',
    enforce: 'pre',
    resolveId,
    async load(this: unknown, id: string) {
      const request = requestOf(id)
      if (!request || !isFile(request.path)) return null
      const context = this as RollupContext
      context.addWatchFile(request.path)
      const loaded = await networks
        .load(request, (path) => context.addWatchFile(path))
        .catch((error: unknown) => {
          if (!(error instanceof Problem)) throw error
          return context.error({ message: told(error), code: 'file', id })
        })
      const warnings = warningsIn(loaded)
      for (const warning of warnings) context.warn(logOf([warning], loaded.source, id))
      if (loaded.code === undefined) return context.error(logOf(errorsIn(loaded), loaded.source, id))
      return { code: loaded.code, map: loaded.map ?? null }
    },
    vite: {
      configResolved({ root, command, server }) {
        networks.from(root)
        hot = command === 'serve' && server.hmr !== false
      },
      async configureServer(server) {
        const { path } = await networks.project().catch(() => ({ path: undefined }))
        if (path === undefined) return
        server.watcher.add(path)
        server.watcher.on('change', (file) => {
          if (resolve(file) === resolve(path)) void server.restart()
        })
      },
      transform(code, id, options) {
        if (!hot || options?.ssr || !requestOf(id)) return undefined
        return { code: withHotUpdate(code), map: null }
      },
    },
  }
}

/** webpack and Rspack: a loader, whose errors are texts. */
function webpackLike(networks: Networks): UnpluginOptions {
  const refuse = (text: string): never => {
    const error = new Error(text)
    // The stack is ours, and nobody's help.
    error.stack = ''
    throw error
  }
  return {
    name: 'chainrule',
    enforce: 'pre',
    loadInclude: (id) => requestOf(id) !== undefined,
    async load(id) {
      const request = requestOf(id)
      if (!request) return null
      this.addWatchFile(request.path)
      const loaded = await networks
        .load(request, (path) => this.addWatchFile(path))
        .catch((error: unknown) => {
          if (!(error instanceof Problem)) throw error
          return refuse(told(error))
        })
      const warnings = warningsIn(loaded)
      if (warnings.length > 0) this.warn(textOf(warnings, loaded.source))
      if (loaded.code === undefined) return refuse(textOf(errorsIn(loaded), loaded.source))
      return { code: loaded.code, map: loaded.map ?? null }
    },
  }
}

/** esbuild has places with lengths and notes, and a suffix beside the path. */
function forEsbuild(networks: Networks): UnpluginOptions {
  const setup = (build: PluginBuild): void => {
    if (build.initialOptions.absWorkingDir !== undefined) networks.from(build.initialOptions.absWorkingDir)
    // esbuild takes what follows a # in a name for a suffix.
    build.onResolve({ filter: /^\.\.?\/.*\.net(?:\?|$)/ }, ({ path, resolveDir }) => {
      const request = requestOf(path)
      const file = request && resolve(resolveDir, request.path)
      return file !== undefined && isFile(file) ? { path: file, suffix: request!.query } : undefined
    })
    build.onLoad(
      { filter: /\.net$/, namespace: 'file' },
      async ({ path, suffix }): Promise<OnLoadResult | null> => {
        const request = requestOf(path + suffix)
        if (!request) return null
        const watchFiles = [path]
        try {
          const loaded = await networks.load(request, (file) => watchFiles.push(file))
          const { source, code, map } = loaded
          const warnings = warningsIn(loaded).map((d) => esbuildMessage(d, source))
          if (code === undefined)
            return { errors: errorsIn(loaded).map((d) => esbuildMessage(d, source)), warnings, watchFiles }
          return {
            contents: code + inline(map),
            loader: 'js',
            warnings,
            watchFiles,
            resolveDir: dirname(path),
          }
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          const notes = error.hint === undefined ? [] : [{ text: `hint: ${error.hint}` }]
          return { errors: [{ text: error.message, notes }], watchFiles }
        }
      },
    )
  }
  return { name: 'chainrule', esbuild: { setup } }
}

/** A map at the end of a text. */
const inline = (map: Compiled['map']): string =>
  map === undefined
    ? ''
    : `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`

const factory: UnpluginFactory<PluginOptions | undefined, false> = (options, { framework }) => {
  const networks = new Networks(options ?? {})
  if (framework === 'esbuild') return forEsbuild(networks)
  return framework === 'webpack' || framework === 'rspack' ? webpackLike(networks) : rollupLike(networks)
}

export const plugin = createUnplugin(factory)
