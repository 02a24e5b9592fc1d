import type { PluginOptions } from './options.ts'
import { plugin } from './plugin.ts'

export type { PluginOptions }

/** For `plugins` of `rspack.config.js`. */
export default function chainrule(options?: PluginOptions): { apply(compiler: unknown): void } {
  return plugin.rspack(options) as never
}
