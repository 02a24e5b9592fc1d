/** What imported files declare: names in scopes of their own, of which the program sees those that it imports. */
import type { Extent } from '../graph/extent.ts'
import { familyOf } from '../graph/member.ts'
import type { ConstDeclaration, Module, Program, Statement } from '../syntax/tree.ts'
import type { Context } from './context.ts'
import { constants, dims, hiddenConstant } from './declarations.ts'
import { fn } from './functions.ts'
import { layer } from './layers.ts'
import type { Parts } from './parts.ts'
import { Plan } from './plan.ts'
import { repeated } from './repeated.ts'
import { Scope } from './scope.ts'

/**
 * Gives the names that the program imports their meanings.
 *
 * @param overrides the values of dims from outside, which are for those that the program itself imports
 * @param guarded does what may end in a number that is too long
 */
export function importModules(
  ctx: Context,
  { modules = [], statements }: Program,
  parts: Parts,
  overrides: ReadonlyMap<string, number>,
  guarded: (ctx: Context, statement: Statement, step: () => void) => void,
): void {
  const scopes = new Map<Module, Scope>()
  const importInto = (scope: Scope, all: readonly Statement[]): void => {
    for (const s of all) {
      if (s.kind !== 'import') continue
      const there = s.module && scopes.get(s.module)
      for (const { text } of s.names) scope.define(text, there?.meaning(text) ?? { kind: 'unknown' })
    }
  }
  for (const module of modules) {
    const scope = new Scope(module.statements)
    const inside: Context = { ...ctx, scope, plan: new Plan(module.statements) }
    for (const { names, span } of module.broken) for (const name of names) scope.declareBroken(name, span)
    importInto(scope, module.statements)
    // Members of a family of extents are known by its name.
    const isExported = (name: string): boolean => module.exported.has(familyOf(name))
    const given = new Map([...overrides].filter(([name]) => isExported(name)))
    for (const s of module.statements)
      guarded(inside, s, () => {
        repeated(inside, s)
        if (s.kind === 'fn') fn(inside, s)
        if (s.kind === 'layer') layer(inside, s)
        if (s.kind === 'dim') {
          const found = new Map<string, Extent>()
          dims(inside, s, { dims: found }, given)
          for (const [name, extent] of found) if (isExported(name)) parts.dims.set(name, extent)
        }
        if (s.kind === 'const') for (const d of s.declarations) constantOf(inside, d, module, parts)
      })
    scopes.set(module, scope)
  }
  importInto(ctx.scope, statements)
}

/** A constant that the program imports is its own, declared where it does so; others are known in their file alone. */
function constantOf(ctx: Context, declaration: ConstDeclaration, { exported }: Module, parts: Parts): void {
  const name = exported.get(declaration.name.text)
  if (name) constants(ctx, [{ ...declaration, span: name.span }], parts)
  else hiddenConstant(ctx, declaration)
}
