/** Types as they are written: texts, and what may need several lines. */
import { type Doc, choice, group, indent, line, separated, softline } from './layout.ts'
import { key } from './spelling.ts'

export type Type =
  | string
  | { readonly kind: 'object'; readonly fields: readonly TypeField[] }
  | { readonly kind: 'list'; readonly items: readonly Type[] }
  | { readonly kind: 'union'; readonly items: readonly Type[] }

export interface TypeField {
  readonly key: string
  readonly type: Type
  readonly optional?: boolean
  readonly mutable?: boolean
}

/** Lists are readonly, and fields but for those that say otherwise. */
export function typeDoc(type: Type): Doc {
  if (typeof type === 'string') return type
  if (type.kind === 'list') {
    if (type.items.length === 0) return 'readonly []'
    const items = separated(type.items.map(typeDoc), [',', line])
    return ['readonly ', group(['[', indent([softline, ...items]), choice(','), softline, ']'])]
  }
  if (type.kind === 'union') return group([choice('| '), ...separated(type.items.map(typeDoc), [line, '| '])])
  if (type.fields.length === 0) return '{}'
  const fields = type.fields.map((f): Doc => [
    f.mutable ? '' : 'readonly ',
    key(f.key),
    f.optional ? '?: ' : ': ',
    typeDoc(f.type),
  ])
  return group(['{', indent([line, ...separated(fields, [';', line])]), choice(';'), line, '}'])
}
