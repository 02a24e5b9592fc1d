import { unreachable } from '../base/bug.ts'
import { Lines } from './lines.ts'
import type { Origin } from './source-map.ts'
import type {
  BinaryOperator,
  Expression,
  FunctionDeclaration,
  InterfaceField,
  Parameter,
  Statement,
} from './tree.ts'

/** `dts`: the declarations alone, of what is exported. */
export type Dialect = 'ts' | 'js' | 'dts'

/** Binding strength in JavaScript, from loose to tight; a child looser than its place gets brackets. */
const P = {
  lowest: 0,
  arrow: 1,
  conditional: 2,
  coalesce: 3,
  or: 3,
  and: 4,
  bitOr: 5,
  bitXor: 6,
  bitAnd: 7,
  equality: 8,
  relation: 9,
  shift: 10,
  sum: 11,
  product: 12,
  power: 13,
  unary: 14,
  postfix: 16,
  atom: 17,
} as const

const BINARY: Readonly<Record<BinaryOperator, number>> = {
  '??': P.coalesce,
  '||': P.or,
  '&&': P.and,
  '|': P.bitOr,
  '^': P.bitXor,
  '&': P.bitAnd,
  '===': P.equality,
  '!==': P.equality,
  '<': P.relation,
  '<=': P.relation,
  '>': P.relation,
  '>=': P.relation,
  in: P.relation,
  instanceof: P.relation,
  '<<': P.shift,
  '>>': P.shift,
  '>>>': P.shift,
  '+': P.sum,
  '-': P.sum,
  '*': P.product,
  '/': P.product,
  '%': P.product,
  '**': P.power,
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u
// What a reader could not see, and what ends a line: written as escapes wherever it stands in quotes.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

const escaped = (c: string): string =>
  [...Array(c.length)].map((_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')

/** A text as a string literal. The one function through which a user's text becomes a string of the output. */
export const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'").replace(INVISIBLE, escaped)}'`
/** A text inside a comment: nothing in it can end the comment or its line. */
export const inComment = (text: string): string =>
  text
    .replaceAll('*/', '*\\/')
    .replace(INVISIBLE, (c) => (c === '\t' ? ' ' : c === '\u200d' || c === '\u200c' ? c : ' '))

/**
 * A text of the user's in a comment speaks to no tool. `@ts-ignore` and other tags are escaped as TSDoc escapes them;
 * `//# sourceMappingURL` and `#__PURE__` are found anywhere in a comment, so that a blank takes them apart.
 */
export const silent = (text: string): string =>
  text.replace(/\/\/(?=[@#])|[@#](?=__)/g, '$& ').replace(/(?<![\p{L}\p{N}_\\])@(?=\p{L})/gu, '\\@')

/** A property's key. */
export const key = (text: string): string => (IDENTIFIER.test(text) ? text : quote(text))

export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return 'Infinity'
  if (value === -Infinity) return '-Infinity'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** The text of statements. */
export const printStatements = (statements: readonly Statement[], dialect: Dialect): string =>
  printed(statements, dialect).text

/** The text of statements, and where its lines come from. */
export function printed(
  statements: readonly Statement[],
  dialect: Dialect,
): { readonly text: string; readonly origins: readonly Origin[] } {
  const printer = new Printer(dialect)
  printer.statements(statements, '')
  return { text: printer.lines.text, origins: printer.origins }
}

export const printExpression = (e: Expression, dialect: Dialect): string =>
  new Printer(dialect).expression(e, P.lowest, '')

class Printer {
  readonly lines = new Lines()
  readonly origins: Origin[] = []
  readonly typed: boolean
  readonly ambient: boolean

  constructor(dialect: Dialect) {
    this.typed = dialect !== 'js'
    this.ambient = dialect === 'dts'
  }

  // ——— expressions

  expression(e: Expression, place: number, indent: string): string {
    const [text, level] = this.piece(e, indent)
    return level < place ? `(${text})` : text
  }

  piece(e: Expression, indent: string): [string, number] {
    switch (e.kind) {
      case 'number':
        return [numberText(e.value), e.value < 0 || Object.is(e.value, -0) ? P.unary : P.atom]
      case 'string':
        return [quote(e.value), P.atom]
      case 'template':
        return [this.template(e.texts, e.values, indent), P.atom]
      case 'name':
        return [e.name, P.atom]
      case 'member': {
        const object = this.expression(e.object, e.object.kind === 'number' ? P.atom + 1 : P.postfix, indent)
        const plain = IDENTIFIER.test(e.property)
        return [
          `${object}${e.optional ? (plain ? '?.' : '?.[') : plain ? '.' : '['}${plain ? e.property : `${quote(e.property)}]`}`,
          P.postfix,
        ]
      }
      case 'index':
        return [`${this.element(e, indent)}${this.typed && !e.maybe ? '!' : ''}`, P.postfix]
      case 'unary': {
        const inner = this.expression(e.argument, P.unary, indent)
        return [
          `${e.operator}${inner.startsWith(e.operator.trim()) && e.operator !== '!' ? `(${inner})` : inner}`,
          P.unary,
        ]
      }
      case 'binary':
        return this.binary(e.operator, e.left, e.right, indent)
      case 'conditional':
        return [
          `${this.expression(e.test, P.coalesce, indent)} ? ${this.expression(e.then, P.arrow, indent)} : ${this.expression(e.otherwise, P.arrow, indent)}`,
          P.conditional,
        ]
      case 'call':
        return [`${this.expression(e.callee, P.postfix, indent)}(${this.list(e.args, indent)})`, P.postfix]
      case 'new':
        return [`new ${this.expression(e.callee, P.atom, indent)}(${this.list(e.args, indent)})`, P.postfix]
      case 'array':
        return [`[${this.list(e.items, indent)}]`, P.atom]
      case 'object': {
        if (e.fields.length === 0) return ['{}', P.atom]
        const broken = e.broken === true || e.fields.some((f) => f.doc !== undefined)
        const inner = broken ? `${indent}  ` : indent
        const fields = e.fields.map(
          (f) =>
            `${f.doc ? `${doc(f.doc, inner).join('\n')}\n${inner}` : ''}${this.field(f.key, f.value, inner)}`,
        )
        return [
          broken ? `{\n${inner}${fields.join(`,\n${inner}`)},\n${indent}}` : `{ ${fields.join(', ')} }`,
          P.atom,
        ]
      }
      case 'arrow': {
        const head = `(${e.parameters.map((p) => this.parameter(p)).join(', ')}) =>`
        if (Array.isArray(e.body))
          return [`${head} ${this.braces(e.body as readonly Statement[], indent)}`, P.arrow]
        const body = this.expression(e.body as Expression, P.arrow, indent)
        return [`${head} ${body.startsWith('{') ? `(${body})` : body}`, P.arrow]
      }
      case 'as':
        return this.typed
          ? [`${this.expression(e.value, P.relation, indent)} as ${e.type}`, P.relation]
          : this.piece(e.value, indent)
      case 'sure':
        return this.typed
          ? [`${this.expression(e.value, P.postfix, indent)}!`, P.postfix]
          : this.piece(e.value, indent)
      case 'spread':
        return [`...${this.expression(e.value, P.arrow, indent)}`, P.lowest]
      default:
        return unreachable(e)
    }
  }

  binary(operator: BinaryOperator, left: Expression, right: Expression, indent: string): [string, number] {
    const level = BINARY[operator]
    const mixes = (e: Expression): boolean =>
      e.kind === 'binary' &&
      (operator === '??'
        ? e.operator === '||' || e.operator === '&&'
        : (operator === '||' || operator === '&&') && e.operator === '??')
    const side = (e: Expression, place: number): string =>
      this.expression(e, mixes(e) ? P.atom + 1 : place, indent)
    // `(-x) ** y` needs its brackets; the power is right-associative. A long chain of one operator is walked, not recursed.
    if (operator === '**') return [`${side(left, P.postfix)} ** ${side(right, P.power)}`, level]
    const chain: { operator: BinaryOperator; right: Expression }[] = [{ operator, right }]
    let head = left
    while (
      head.kind === 'binary' &&
      BINARY[head.operator] === level &&
      head.operator !== '??' &&
      operator !== '??'
    ) {
      chain.push({ operator: head.operator, right: head.right })
      head = head.left
    }
    let text = side(head, level)
    for (let i = chain.length - 1; i >= 0; i--)
      text += ` ${chain[i]!.operator} ${side(chain[i]!.right, level + 1)}`
    return [text, level]
  }

  element(e: Expression & { kind: 'index' }, indent: string): string {
    return `${this.expression(e.array, P.postfix, indent)}[${this.expression(e.index, P.lowest, indent)}]`
  }

  list(items: readonly Expression[], indent: string): string {
    return items
      .map((e) => (e.kind === 'spread' ? this.piece(e, indent)[0] : this.expression(e, P.arrow, indent)))
      .join(', ')
  }

  field(name: string, value: Expression, indent: string): string {
    if (value.kind === 'spread') return this.piece(value, indent)[0]
    // `__proto__: value` in a literal would set the prototype; a computed key makes a property.
    if (name === '__proto__') return `['__proto__']: ${this.expression(value, P.arrow, indent)}`
    return value.kind === 'name' && value.name === name
      ? name
      : `${key(name)}: ${this.expression(value, P.arrow, indent)}`
  }

  template(texts: readonly string[], values: readonly Expression[], indent: string): string {
    const raw = (t: string): string =>
      quote(t).slice(1, -1).replaceAll("\\'", "'").replaceAll('`', '\\`').replaceAll('${', '\\${')
    return `\`${texts.map((t, i) => `${raw(t)}${i < values.length ? `\${${this.expression(values[i]!, P.lowest, indent)}}` : ''}`).join('')}\``
  }

  parameter(p: Parameter): string {
    const type =
      this.typed && p.type !== undefined
        ? `${(p.optional && !p.value) || (p.value && this.ambient) ? '?' : ''}: ${p.type}`
        : ''
    if (this.ambient) return `${p.name}${type}`
    return `${p.name}${type}${p.value ? ` = ${this.expression(p.value, P.arrow, '')}` : ''}`
  }

  // ——— statements

  braces(body: readonly Statement[], indent: string): string {
    if (body.length === 0) return '{}'
    const inner = new Printer(this.ambient ? 'dts' : this.typed ? 'ts' : 'js')
    inner.statements(body, `${indent}  `)
    return `{\n${inner.lines.text}\n${indent}}`
  }

  statements(list: readonly Statement[], indent: string): void {
    for (const s of list) this.statement(s, indent)
  }

  /** `head {`, the body, `}`. */
  block(head: string, body: readonly Statement[], indent: string, tail = '}'): void {
    this.lines.push(`${indent}${head} {`)
    this.statements(body, `${indent}  `)
    this.lines.push(`${indent}${tail}`)
  }

  target(e: Expression, indent: string): string {
    return e.kind === 'index' ? this.element(e, indent) : this.expression(e, P.postfix, indent)
  }

  statement(s: Statement, indent: string): void {
    const put = (text: string): void => void this.lines.push(`${indent}${text}`)
    const value = (e: Expression): string => this.expression(e, P.lowest, indent)
    switch (s.kind) {
      case 'declare': {
        if (s.doc) this.lines.push(...doc(s.doc, indent, true))
        const type = this.typed && s.type !== undefined ? `: ${s.type}` : ''
        if (this.ambient) return put(`export declare ${s.keyword} ${s.name}${type};`)
        // What the module's level makes has no effect: bundlers may drop it where it is not used.
        const pure =
          indent === '' && (s.value?.kind === 'new' || s.value?.kind === 'call') ? '/* @__PURE__ */ ' : ''
        return put(
          `${s.exported ? 'export ' : ''}${s.keyword} ${s.name}${type}${s.value ? ` = ${pure}${value(s.value)}` : ''};`,
        )
      }
      case 'assign': {
        // Of `x[i] += y` the read half is `number | undefined`: it takes the assertion too.
        const sure = s.operator !== '=' && s.target.kind === 'index' && this.typed ? '!' : ''
        return put(`${this.target(s.target, indent)}${sure} ${s.operator} ${value(s.value)};`)
      }
      case 'do': {
        const text = value(s.expression)
        return put(`${text.startsWith('{') || text.startsWith('function') ? `(${text})` : text};`)
      }
      case 'for': {
        const step =
          s.step === 1
            ? `${s.variable}++`
            : s.step === -1
              ? `${s.variable}--`
              : `${s.variable} ${s.step < 0 ? '-' : '+'}= ${Math.abs(s.step)}`
        return this.block(
          `for (let ${s.variable} = ${value(s.from)}; ${s.variable} ${s.step < 0 ? '>=' : '<'} ${this.expression(s.to, P.shift, indent)}; ${step})`,
          s.body,
          indent,
        )
      }
      case 'for-of':
        return this.block(`for (const ${s.variable} of ${value(s.of)})`, s.body, indent)
      case 'if': {
        this.lines.push(`${indent}if (${value(s.test)}) {`)
        this.statements(s.then, `${indent}  `)
        if (s.otherwise && s.otherwise.length > 0) this.block('} else', s.otherwise, indent)
        else put('}')
        return
      }
      case 'return':
        return put(s.value ? `return ${value(s.value)};` : 'return;')
      case 'throw':
        return put(`throw ${value(s.value)};`)
      case 'break':
      case 'continue':
        return put(`${s.kind};`)
      case 'block':
        this.lines.push(`${indent}{`)
        this.statements(s.body, `${indent}  `)
        return put('}')
      case 'comment':
        for (const line of s.lines) put(`// ${inComment(line)}`.trimEnd())
        return
      case 'blank':
        return void this.lines.push('')
      case 'function':
        return this.function(s, indent)
      case 'printed': {
        const { count } = this.lines
        for (const { line, span } of s.origins) this.origins.push({ line: count + line, span })
        return void this.lines.push(s.text)
      }
      case 'origin':
        return void this.origins.push({ line: this.lines.count, span: s.span })
      case 'interface': {
        if (!this.typed) return
        if (s.doc) this.lines.push(...doc(s.doc, indent, true))
        put(`${s.exported ? 'export ' : ''}interface ${s.name}${s.extends ? ` extends ${s.extends}` : ''} {`)
        for (const f of s.fields) this.interfaceField(f, `${indent}  `)
        return put('}')
      }
      case 'type':
        if (!this.typed) return
        if (s.doc) this.lines.push(...doc(s.doc, indent, true))
        return put(`${s.exported ? 'export ' : ''}type ${s.name} = ${s.type};`)
      default:
        return unreachable(s)
    }
  }

  function(f: FunctionDeclaration, indent: string): void {
    if (f.doc) this.lines.push(...doc(f.doc, indent, true))
    if (this.ambient)
      return void this.lines.push(
        `${indent}export declare function ${f.name}(${f.parameters.map((p) => this.parameter(p)).join(', ')}): ${f.returns ?? 'void'};`,
      )
    const returns = this.typed && f.returns !== undefined ? `: ${f.returns}` : ''
    this.block(
      `${f.exported ? 'export ' : ''}function ${f.name}(${f.parameters.map((p) => this.parameter(p)).join(', ')})${returns}`,
      f.body,
      indent,
    )
    if (this.origins.at(-1)?.span) this.origins.push({ line: this.lines.count, span: undefined })
  }

  interfaceField(f: InterfaceField, indent: string): void {
    if (f.doc) this.lines.push(...doc(f.doc, indent, true))
    const start = `${indent}${key(f.key)}${f.optional ? '?' : ''}: `
    if (!f.fields) return void this.lines.push(`${start}${f.type};`)
    this.lines.push(`${start}{`)
    for (const inner of f.fields) this.interfaceField(inner, `${indent}  `)
    this.lines.push(`${indent}};`)
  }
}

/** The lines of a doc comment; the first is not indented unless asked, for it may stand after something. */
function doc(lines: readonly string[], indent: string, first = false): string[] {
  const clean = lines.map(inComment)
  const head = first ? indent : ''
  if (clean.length === 1) return [`${head}/** ${clean[0]!} */`]
  return [`${head}/**`, ...clean.map((l) => `${indent} * ${l}`.trimEnd()), `${indent} */`]
}
