/** The types of imports of networks, where TypeScript finds them. */
import { format } from '../emit/format.ts'
import { isGenerated } from '../emit/module.ts'
import { replace } from '../cli/write.ts'
import type { Request } from './request.ts'

/**
 * Of `./NAME.net` the types stand in NAME.d.net.ts, for TypeScript with `allowArbitraryExtensions`. An import with a query is
 * one of no file: its types are those of a module that is declared, in NAME.QUERY.d.ts, which TypeScript reads as any file of the project. Writes
 * them where they differ from what stands there. Throws a Problem where a file that is not ours stands in the place.
 */
export async function writeDeclarations({ path, query }: Request, types: string): Promise<void> {
  const base = path.replace(/\.net$/, '')
  const [file, text] =
    query === ''
      ? [`${base}.d.net.ts`, types]
      : [`${base}.${query.slice(1).replaceAll(/[^\w=.-]/g, '_')}.d.ts`, declared({ path, query }, types)]
  replace([{ path: file, text: await format(text, 'ts') }], isGenerated)
}

/** As a module of every path that ends so; the header of a generated file stays its first line. */
function declared({ path, query }: Request, types: string): string {
  const name = JSON.stringify(`*/${path.split(/[\\/]/).at(-1)}${query}`)
  const [header, ...lines] = types.split('\n')
  const body = lines.join('\n').replaceAll(/^export declare /gm, 'export ')
  return `${header}\ndeclare module ${name} {\n${body}\n}\n`
}
