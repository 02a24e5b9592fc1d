import type { Plugin } from 'rolldown'
import type { PluginOptions } from './options.ts'
import { plugin } from './plugin.ts'

export type { PluginOptions }

/** For `plugins` of `rolldown.config.js`. */
export default function chainrule(options?: PluginOptions): Plugin {
  return plugin.rolldown(options)
}
