/** NAME.d.net.ts: the types of an import of NAME.net, for TypeScript with `allowArbitraryExtensions`. */
import { format } from '../emit/format.ts'
import { isGenerated } from '../emit/module.ts'
import { replace } from '../cli/write.ts'

/** Where TypeScript looks for them. */
const declarationsPath = (path: string): string => path.replace(/\.net$/, '.d.net.ts')

/** Writes them where they differ from what stands there. Throws a Problem where a file that is not ours stands in the place. */
export async function writeDeclarations(path: string, types: string): Promise<void> {
  replace([{ path: declarationsPath(path), text: await format(types, 'ts') }], isGenerated)
}
