/** The program tree as text, in prettier's layout: statements line by line, each in a document of its own. */
import { unreachable } from '../base/bug.ts'
import { Expressions } from './expressions.ts'
import {
  type Doc,
  TAB,
  block,
  choice,
  group,
  indent as indented,
  laidOut,
  line,
  onOneLine,
  softline,
} from './layout.ts'
import { Lines } from './lines.ts'
import type { Origin } from './source-map.ts'
import { docComment, inComment, key } from './spelling.ts'
import type { Expression, FunctionDeclaration, InterfaceField, Statement } from './tree.ts'
import { typeDoc } from './types.ts'

/** `dts`: the declarations alone, of what is exported. */
export type Dialect = 'ts' | 'js' | 'dts'

/** What statements become, and where the lines come from. */
export interface Printed {
  readonly text: string
  readonly origins: readonly Origin[]
}

/** The text of statements, so far indented. */
export function printed(statements: readonly Statement[], dialect: Dialect, indent = 0): Printed {
  const printer = new Printer(dialect)
  printer.statements(statements, indent)
  return { text: printer.lines.text, origins: printer.origins }
}

export const printStatements = (statements: readonly Statement[], dialect: Dialect): string =>
  printed(statements, dialect).text

export function printExpression(e: Expression, dialect: Dialect): string {
  const doc = new Printer(dialect).expressions.doc(e)
  return onOneLine(doc) ?? laidOut(doc, 0)
}

class Printer {
  readonly lines = new Lines()
  readonly origins: Origin[] = []
  readonly dialect: Dialect
  readonly typed: boolean
  readonly ambient: boolean
  readonly expressions: Expressions

  constructor(dialect: Dialect) {
    this.dialect = dialect
    this.typed = dialect !== 'js'
    this.ambient = dialect === 'dts'
    this.expressions = new Expressions(this.typed, (body) => this.#braces(body))
  }

  /** The body of a function within an expression. */
  #braces(body: readonly Statement[]): Doc {
    if (body.length === 0) return '{}'
    return block((indent) => `{\n${printed(body, this.dialect, indent + TAB).text}\n${' '.repeat(indent)}}`)
  }

  statements(list: readonly Statement[], indent: number): void {
    for (const s of list) this.statement(s, indent)
  }

  #put(doc: Doc, indent: number): void {
    this.lines.push(`${' '.repeat(indent)}${laidOut(doc, indent)}`)
  }

  /** `head {`, the body, `}`. */
  #block(head: Doc, body: readonly Statement[], indent: number): void {
    if (body.length === 0) return this.#put([head, ' {}'], indent)
    this.#put([head, ' {'], indent)
    this.statements(body, indent + TAB)
    this.#put('}', indent)
  }

  #doc(lines: readonly string[] | undefined, indent: number): void {
    if (lines) this.lines.push(...docComment(lines, ' '.repeat(indent)))
  }

  /** What is returned or thrown: in brackets where it does not fit on the line. */
  #given(word: string, e: Expression): Doc {
    const doc = this.expressions.doc(e, 0, 'returned')
    return [word, ' ', this.expressions.isBinary(e) ? inBrackets(doc) : doc, ';']
  }

  statement(s: Statement, indent: number): void {
    const { expressions } = this
    switch (s.kind) {
      case 'declare': {
        this.#doc(s.doc, indent)
        const type: Doc = this.typed && s.type !== undefined ? [': ', typeDoc(s.type)] : ''
        if (this.ambient) return this.#put([`export declare ${s.keyword} ${s.name}`, type, ';'], indent)
        // What the module's level makes has no effect: bundlers may drop it where it is not used.
        const isPure = indent === 0 && (s.value?.kind === 'new' || s.value?.kind === 'call')
        const left: Doc = [s.name, type]
        const comment = isPure ? '/* @__PURE__ */ ' : ''
        const declared = s.value ? expressions.assignment(left, ' =', s.value, { comment }) : left
        return this.#put([s.exported ? 'export ' : '', `${s.keyword} `, declared, ';'], indent)
      }
      case 'assign': {
        // Of `x[i] += y` the read half is `number | undefined`: it takes the assertion too.
        const { target } = s
        const sure = s.operator !== '=' && target.kind === 'index' && this.typed ? '!' : ''
        const left = target.kind === 'index' ? [expressions.element(target), sure] : expressions.doc(target)
        return this.#put([expressions.assignment(left, ` ${s.operator}`, s.value), ';'], indent)
      }
      case 'do':
        return this.#put([expressions.first(s.expression, 'statement'), ';'], indent)
      case 'for':
        return this.#block(this.#loop(s), s.body, indent)
      case 'for-of':
        return this.#block(
          group([`for (const ${s.variable} of `, expressions.doc(s.of), ')']),
          s.body,
          indent,
        )
      case 'if': {
        const test = expressions.doc(s.test, 0, 'test')
        const isHung = expressions.isDenial(s.test)
        this.#put([group(['if (', isHung ? test : hanging(test), ')']), ' {'], indent)
        this.statements(s.then, indent + TAB)
        if (s.otherwise && s.otherwise.length > 0) this.#block('} else', s.otherwise, indent)
        else this.#put('}', indent)
        return
      }
      case 'return':
        return this.#put(s.value ? this.#given('return', s.value) : 'return;', indent)
      case 'throw':
        return this.#put(this.#given('throw', s.value), indent)
      case 'break':
      case 'continue':
        return this.#put(`${s.kind};`, indent)
      case 'block':
        this.#put('{', indent)
        this.statements(s.body, indent + TAB)
        return this.#put('}', indent)
      case 'comment':
        for (const text of s.lines) this.#put(`// ${inComment(text)}`.trimEnd(), indent)
        return
      case 'blank':
        return void this.lines.push('')
      case 'function':
        return this.#function(s, indent)
      case 'printed': {
        const { count } = this.lines
        for (const { line, span } of s.origins) this.origins.push({ line: count + line, span })
        return void this.lines.push(s.text)
      }
      case 'origin':
        return void this.origins.push({ line: this.lines.count, span: s.span })
      case 'interface': {
        if (!this.typed) return
        this.#doc(s.doc, indent)
        const base = s.extends ? ` extends ${s.extends}` : ''
        return this.#fields(`${s.exported ? 'export ' : ''}interface ${s.name}${base} `, s.fields, '', indent)
      }
      case 'type':
        if (!this.typed) return
        this.#doc(s.doc, indent)
        return this.#put(
          [`${s.exported ? 'export ' : ''}type ${s.name} =`, group(indented([line, typeDoc(s.type)])), ';'],
          indent,
        )
      default:
        return unreachable(s)
    }
  }

  #loop({ variable, from, to, step }: Statement & { readonly kind: 'for' }): Doc {
    const { expressions } = this
    const start = [`let `, expressions.assignment(variable, ' =', from)]
    const test = expressions.doc(
      {
        kind: 'binary',
        operator: step < 0 ? '>=' : '<',
        left: { kind: 'name', name: variable },
        right: to,
      },
      0,
      'loop',
    )
    const next =
      Math.abs(step) === 1
        ? `${variable}${step < 0 ? '--' : '++'}`
        : `${variable} ${step < 0 ? '-' : '+'}= ${Math.abs(step)}`
    return group(['for (', hanging([start, ';', line, test, ';', line, next]), ')'])
  }

  #function(f: FunctionDeclaration, indent: number): void {
    this.#doc(f.doc, indent)
    const parameters = this.expressions.parameters(f.parameters, this.ambient)
    const returns = this.ambient ? (f.returns ?? 'void') : this.typed ? f.returns : undefined
    const head = (word: string): Doc => [
      `${word} ${f.name}`,
      group([parameters, returns === undefined ? '' : `: ${returns}`]),
    ]
    if (this.ambient) return this.#put([head('export declare function'), ';'], indent)
    this.#block(head(f.exported ? 'export function' : 'function'), f.body, indent)
    if (this.origins.at(-1)?.span) this.origins.push({ line: this.lines.count, span: undefined })
  }

  #interfaceField(f: InterfaceField, indent: number): void {
    this.#doc(f.doc, indent)
    const start = `${key(f.key)}${f.optional ? '?' : ''}: `
    if (!f.fields) return this.#put(`${start}${f.type};`, indent)
    this.#fields(start, f.fields, ';', indent)
  }

  #fields(start: string, fields: readonly InterfaceField[], end: string, indent: number): void {
    if (fields.length === 0) return this.#put(`${start}{}${end}`, indent)
    this.#put(`${start}{`, indent)
    for (const f of fields) this.#interfaceField(f, indent + TAB)
    this.#put(`}${end}`, indent)
  }
}

const hanging = (doc: Doc): Doc => [indented([softline, doc]), softline]
const inBrackets = (doc: Doc): Doc => group([choice('('), hanging(doc), choice(')')])
