import type { Plugin } from 'esbuild'
import type { PluginOptions } from './options.ts'
import { plugin } from './plugin.ts'

export type { PluginOptions }

/** For `plugins` of a build by esbuild. */
export default function chainrule(options?: PluginOptions): Plugin {
  return plugin.esbuild(options)
}
