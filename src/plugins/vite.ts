import type { Plugin } from 'vite'
import type { PluginOptions } from './options.ts'
import { plugin } from './plugin.ts'

export type { PluginOptions }

/** For `plugins` of `vite.config.js`. */
export default function chainrule(options?: PluginOptions): Plugin {
  return plugin.vite(options)
}
