/** Data flow one way: a file imports from its own folder or from folders before it, and no files import in a circle. */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = new URL('../', import.meta.url)

/** Folders and files of src by their place; those at one place may not import one another. */
const ORDER = [
  ['base'],
  ['graph'],
  ['ops'],
  ['syntax'],
  ['lower'],
  ['derive'],
  ['simplify'],
  ['stable'],
  ['schedule'],
  ['code'],
  ['emit', 'print', 'interpret'],
  ['stages.ts'],
  ['compiler'],
  ['compile.ts'],
  ['config.ts'],
  ['claims.ts', 'depths.ts', 'derivatives.ts', 'modules.ts', 'trace.ts'],
  ['shown.ts'],
  ['session.ts'],
  ['library.ts'],
  ['proofs.ts'],
  ['every-depth.ts'],
  ['index.ts', 'javascript.ts'],
  ['cli'],
  ['plugins'],
]
/** The rooms of src/print, in the same way; what stands outside of them are its words and its door. */
const ROOMS = ['layout', 'expressions', 'formulas', 'steps', 'documents', 'drawings']
/** Made from grammar/net.ne: its only place is inside of src/syntax. */
const GRAMMAR = 'generated/grammar.ts'

interface Import {
  readonly from: string
  readonly to: string
  /** Types only: gone when the code runs. */
  readonly typeOnly: boolean
}

const files = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => 'src/' + name.replaceAll('\\', '/'))
files.push(GRAMMAR)

const imports = files.flatMap(importsOf)

function importsOf(file: string): Import[] {
  const tree = ts.createSourceFile(file, readFileSync(new URL(file, root), 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const add = (node: ts.Node | undefined, typeOnly: boolean) => {
    if (node === undefined || !ts.isStringLiteral(node)) return
    const to = node.text.startsWith('.') ? posix.join(posix.dirname(file), node.text) : node.text
    found.push({ from: file, to, typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

const unit = (file: string): string => (file === GRAMMAR ? 'syntax' : (file.split('/')[1] ?? file))
const place = (file: string): number => ORDER.findIndex((units) => units.includes(unit(file)))

describe('the direction of imports', () => {
  test('every file has a place', () => {
    expect(files.length).toBeGreaterThan(10)
    expect(imports.length).toBeGreaterThan(20)
    expect(files.filter((file) => place(file) < 0)).toEqual([])
  })

  test('imports inside of src name files that are there, with their ending', () => {
    const inside = imports.filter(({ to }) => to.startsWith('src/') || to.startsWith('generated/'))
    expect(inside.filter(({ to }) => !files.includes(to)).map(say)).toEqual([])
    const outside = imports.filter(
      ({ to }) => to.startsWith('..') || /^(test|bench|examples|dist)\//.test(to),
    )
    expect(outside.map(say)).toEqual([])
  })

  test('a file imports from its own folder or from earlier ones', () => {
    const wrong = imports.filter(
      ({ from, to }) => files.includes(to) && unit(from) !== unit(to) && place(to) >= place(from),
    )
    expect(wrong.map(say)).toEqual([])
  })

  test('rooms of src/print too: a file imports from its own room or from earlier ones', () => {
    const room = (file: string): number => ROOMS.indexOf(/^src\/print\/(\w+)\//.exec(file)?.[1] ?? '')
    const inside = files.filter((file) => file.startsWith('src/print/') && room(file) < 0)
    expect(inside.sort()).toEqual(['src/print/index.ts', 'src/print/words.ts'])
    const wrong = imports.filter(({ from, to }) => room(from) >= 0 && room(to) > room(from))
    expect(wrong.map(say)).toEqual([])
  })

  test('the generated grammar is known to src/syntax only', () => {
    const wrong = imports.filter(({ from, to }) => to === GRAMMAR && !from.startsWith('src/syntax/'))
    expect(wrong.map(say)).toEqual([])
  })

  test('only the command line and the plugins touch Node', () => {
    const wrong = imports.filter(({ from, to }) => isBuiltin(to) && !/^src\/(cli|plugins)\//.test(from))
    expect(wrong.map(say)).toEqual([])
  })

  test('src/index.ts only passes on', () => {
    const tree = ts.createSourceFile(
      'index.ts',
      readFileSync(new URL('src/index.ts', root), 'utf8'),
      ts.ScriptTarget.Latest,
    )
    const other = tree.statements.filter(
      (statement) => !(ts.isExportDeclaration(statement) && statement.moduleSpecifier),
    )
    expect(other.map((statement) => statement.getText(tree))).toEqual([])
  })
})

test('no phase asks for an operator by its name: what it asks for is a field of the record, or the record itself', () => {
  const asks =
    /\bop\.name [=!]== (?:'|\w+\.name)|' [=!]== (?:\w+\.)*op\.name\b|\bop\.name\.(?:startsWith|endsWith|includes|match)\b|switch \((?:\w+\.)*op\.name\)|includes\((?:\w+\.)*op\.name\)/
  const found = files
    .filter((file) => !file.startsWith('src/ops/'))
    .flatMap((file) =>
      readFileSync(new URL(file, root), 'utf8')
        .split('\n')
        .flatMap((line, i) => (asks.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    )
  expect(found).toEqual([])
  expect(asks.test("node.op.name === 'exp'")).toBe(true)
})

/**
 * Files whose types know one another: a node holds its operator, an operator makes nodes of a graph; what an expression means is
 * asked of the scope in which families and equations stand, which are expressions.
 */
const RECURSIVE = ['src/graph/', 'src/lower/']

test.each([
  ['code', false],
  ['types', true],
])('no files import in a circle: %s', (_, types) => {
  const next = new Map<string, string[]>()
  for (const { from, to, typeOnly } of imports) {
    const isOpen = types || !typeOnly
    const isKnown = types && RECURSIVE.some((room) => from.startsWith(room) && to.startsWith(room))
    if (isOpen && !isKnown && files.includes(to)) next.set(from, [...(next.get(from) ?? []), to])
  }
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file) || path.includes(file)) return
    for (const to of next.get(file) ?? []) walk(to, [...path, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
  expect(circles).toEqual([])
})

function say({ from, to }: Import): string {
  return `${from} imports ${to}`
}
