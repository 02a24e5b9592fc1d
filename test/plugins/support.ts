/** Projects that import networks, built by each bundler and run. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build as esbuild } from 'esbuild'
import { rolldown } from 'rolldown'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import type { PluginOptions } from '../../src/plugins/options.ts'
import forEsbuild from '../../src/plugins/esbuild.ts'
import forRolldown from '../../src/plugins/rolldown.ts'
import forRollup from '../../src/plugins/rollup.ts'
import forVite from '../../src/plugins/vite.ts'

/** Builds main.js of a folder; its code and its source map. Throws what the bundler throws; `warned` hears warnings. */
type Bundle = (
  root: string,
  options?: PluginOptions,
  warned?: (text: string) => void,
) => Promise<{ code: string; map: string }>

const rollupLog =
  (warned: (text: string) => void) =>
  (log: { message: string; frame?: string | undefined }): void =>
    warned(`${log.message}\n${log.frame ?? ''}`)
const ignore = (): void => undefined
const first = ({ output }: { readonly output: readonly object[] }): { code: string; map: string } => {
  const { code, map } = output[0] as { readonly code: string; readonly map: object }
  return { code, map: JSON.stringify(map) }
}

export const BUNDLERS: Readonly<Record<string, Bundle>> = {
  rollup: async (root, options, warned = ignore) => {
    const bundle = await rollup({
      input: join(root, 'main.js'),
      plugins: [forRollup({ config: false, ...options })],
      onwarn: rollupLog(warned),
    })
    return first(
      await bundle.generate({
        format: 'es',
        inlineDynamicImports: true,
        sourcemap: true,
        file: join(root, 'out.js'),
      }),
    )
  },
  rolldown: async (root, options, warned = ignore) => {
    const bundle = await rolldown({
      input: join(root, 'main.js'),
      plugins: [forRolldown({ config: false, ...options })],
      onLog: (level, log) => (level === 'warn' ? rollupLog(warned)(log) : undefined),
    })
    return first(
      await bundle.generate({
        format: 'esm',
        codeSplitting: false,
        sourcemap: true,
        file: join(root, 'out.js'),
      }),
    )
  },
  vite: async (root, options, warned = ignore) => {
    const result = await vite({
      root,
      configFile: false,
      logLevel: 'silent',
      plugins: [forVite({ config: false, ...options })],
      build: {
        write: false,
        minify: false,
        sourcemap: true,
        lib: { entry: 'main.js', formats: ['es'], fileName: 'out' },
        rolldownOptions: {
          output: { codeSplitting: false },
          onLog: (level, log) => (level === 'warn' ? rollupLog(warned)(log) : undefined),
        },
      },
    })
    return first((result as Parameters<typeof first>[0][])[0]!)
  },
  esbuild: async (root, options, warned = ignore) => {
    const { outputFiles, warnings } = await esbuild({
      entryPoints: [join(root, 'main.js')],
      absWorkingDir: root,
      plugins: [forEsbuild({ config: false, ...options })],
      bundle: true,
      write: false,
      format: 'esm',
      charset: 'utf8',
      sourcemap: 'external',
      outfile: join(root, 'out.js'),
      logLevel: 'silent',
    })
    for (const { text, location } of warnings) warned(`${text}\n${location?.lineText}`)
    const text = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))!.text
    return { code: text('.js'), map: text('.map') }
  },
}

let count = 0
/** Runs a module; what it exports. */
export async function run(root: string, code: string): Promise<Record<string, unknown>> {
  const path = join(root, `out-${count++}.mjs`)
  // The map is another file, which nobody has written.
  writeFileSync(path, code.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>
}
