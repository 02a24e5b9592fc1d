import type { PluginOptions } from './options.ts'
import { plugin } from './plugin.ts'

export type { PluginOptions }

/** For `plugins` of `webpack.config.js`. */
export default function chainrule(options?: PluginOptions): { apply(compiler: unknown): void } {
  return plugin.webpack(options) as never
}
