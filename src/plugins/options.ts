import type { Config } from '../config.ts'

/** Options for all imports, and with `overrides` for those of some files; what stands behind a `?` of an import comes before them. */
export interface PluginOptions extends Omit<Config, 'files' | 'out'> {
  /** A config to be read instead of `chainrule.config.js` (or .mjs, .json) in the root; false for none. */
  readonly config?: string | false
  /** Writes NAME.d.net.ts beside each network that is imported, where TypeScript with `allowArbitraryExtensions` finds its types. */
  readonly types?: boolean
}
