import type { Plugin } from 'rollup'
import type { PluginOptions } from './options.ts'
import { plugin } from './plugin.ts'

export type { PluginOptions }

/** For `plugins` of `rollup.config.js`. */
export default function chainrule(options?: PluginOptions): Plugin {
  return plugin.rollup(options)
}
