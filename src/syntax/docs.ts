/** Doc comments → the statements and declarations below them. */
import type { Statement } from './tree.ts'

interface Documented {
  readonly name: { readonly span: { readonly start: number } }
  readonly doc?: string
}

/**
 * The statement with the doc comment above it. In a list of declarations each has the comment right before its name,
 * else the one of the statement.
 */
export function withDocs<S extends Statement>(statement: S, docs: ReadonlyMap<number, string>): S {
  if (docs.size === 0) return statement
  const doc = docs.get(statement.span.start)
  const documented = doc === undefined ? statement : { ...statement, doc }
  if (!('declarations' in documented)) return documented
  const declarations = (documented.declarations as readonly Documented[]).map((declaration) => {
    const own = docs.get(declaration.name.span.start) ?? doc
    return own === undefined ? declaration : { ...declaration, doc: own }
  })
  return { ...documented, declarations } as S
}
