/** What the packages around an output make of it. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** The package.json that makes `.js` files of a folder CommonJS; undefined where they are ES modules, or none is there. */
export function commonJsPackage(folder: string): string | undefined {
  for (let at = resolve(folder); basename(at) !== 'node_modules'; at = dirname(at)) {
    const path = join(at, 'package.json')
    const type = typeOf(path)
    if (type !== undefined) return type === 'module' ? undefined : path
    if (dirname(at) === at) return undefined
  }
  return undefined
}

/** Its `type`, by default `commonjs`; undefined where there is no such file, or nothing that Node would understand. */
function typeOf(path: string): string | undefined {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as { readonly type?: unknown } | null
    return found?.type === 'module' ? 'module' : 'commonjs'
  } catch {
    return undefined
  }
}
