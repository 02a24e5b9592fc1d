/** Expressions of the program tree as documents, in prettier's layout. */
import { unreachable } from '../base/bug.ts'
import {
  type Doc,
  TAB,
  WIDTH,
  breaks,
  broken,
  canBreak,
  choice,
  fill,
  firstFitting,
  group,
  hardline,
  indent,
  indentWhere,
  line,
  onOneLine,
  separated,
  softline,
  widthOf,
} from './layout.ts'
import { docComment, inTemplate, isIdentifier, key, numberText, quote } from './spelling.ts'
import type { BinaryOperator, Expression, ObjectField, Parameter, Statement } from './tree.ts'
import { typeDoc } from './types.ts'

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

const isLogical = (o: BinaryOperator): boolean => o === '&&' || o === '||' || o === '??'
const isBitwise = (o: BinaryOperator): boolean => BINARY[o] === P.shift || o === '|' || o === '^' || o === '&'

/** Whether a ∘ b ∙ c is read as one chain. */
const runOn = (outer: BinaryOperator, inner: BinaryOperator): boolean =>
  BINARY[outer] === BINARY[inner] &&
  (!isLogical(outer) || outer === inner) &&
  outer !== '**' &&
  BINARY[outer] !== P.equality &&
  BINARY[outer] !== P.shift &&
  (BINARY[outer] !== P.product || (outer === inner && outer !== '%')) &&
  !(outer === '>' && inner === '<')

type Binary = Expression & { readonly kind: 'binary' }
type Call = Expression & { readonly kind: 'call' | 'new' }
type Conditional = Expression & { readonly kind: 'conditional' }
type Arrow = Expression & { readonly kind: 'arrow' }

/** What an expression is to what is around it, where the layout goes by that. */
export type Role =
  | 'other'
  | 'operand'
  | 'condition'
  | 'test'
  | 'returned'
  | 'argument'
  | 'called'
  | 'negated'
  | 'assigned'
  | 'body'
  | 'loop'
  | 'case'
  | 'alternative'
  | 'statement'

/** Expressions of one dialect. `braces` prints a body. */
export class Expressions {
  readonly typed: boolean
  readonly braces: (body: readonly Statement[]) => Doc
  /** Objects that stand in brackets. */
  readonly #apart = new WeakSet<Expression>()

  constructor(typed: boolean, braces: (body: readonly Statement[]) => Doc) {
    this.typed = typed
    this.braces = braces
  }

  /** In brackets where it binds looser than its place asks for. */
  doc(expression: Expression, place: number = P.lowest, role: Role = 'other'): Doc {
    const e = this.#seen(expression)
    return this.#level(e) < place ? ['(', this.#piece(e, role), ')'] : this.#piece(e, role)
  }

  isBinary(e: Expression): boolean {
    return this.#seen(e).kind === 'binary'
  }

  /** `!(a && b)`, which opens where it stands. */
  isDenial(e: Expression): boolean {
    const denied = (o: Expression): Expression | undefined => {
      const seen = this.#seen(o)
      return seen.kind === 'unary' && seen.operator === '!' ? this.#seen(seen.argument) : undefined
    }
    const once = denied(e)
    const inner = once && (denied(once) ?? once)
    return inner?.kind === 'binary' && isLogical(inner.operator)
  }

  /** What is left of it in this dialect. */
  #seen(e: Expression): Expression {
    let seen = e
    while (!this.typed && (seen.kind === 'as' || seen.kind === 'sure')) seen = seen.value
    return seen
  }

  #level(e: Expression): number {
    switch (e.kind) {
      case 'number':
        return isNegative(e) ? P.unary : P.atom
      case 'member':
      case 'index':
      case 'call':
      case 'new':
      case 'sure':
        return P.postfix
      case 'as':
        return P.relation
      case 'unary':
        return P.unary
      case 'binary':
        return BINARY[e.operator]
      case 'conditional':
        return P.conditional
      case 'arrow':
        return P.arrow
      default:
        return P.atom
    }
  }

  #piece(e: Expression, role: Role): Doc {
    switch (e.kind) {
      case 'number':
        return numberText(e.value)
      case 'string':
        return quote(e.value)
      case 'template':
        return this.#template(e.texts, e.values)
      case 'name':
        return e.name
      case 'member':
        return [this.#owner(e.object), lookup(e)]
      case 'index':
        return [this.element(e), this.typed && !e.maybe ? '!' : '']
      case 'unary': {
        const argument = this.#seen(e.argument)
        const inner = this.doc(argument, P.unary, 'negated')
        const doubles =
          argument.kind === 'unary'
            ? argument.operator === e.operator && e.operator !== '!'
            : e.operator === '-' && isNegative(argument)
        return [e.operator, doubles ? ['(', inner, ')'] : inner]
      }
      case 'binary':
        return this.#binary(e, role)
      case 'conditional':
        return this.#conditional(e, role)
      case 'call':
      case 'new':
        return this.#call(e, role)
      case 'array':
        return this.#array(e.items)
      case 'object': {
        const doc = this.#fields(e.fields, e.broken === true)
        return this.#apart.has(e) ? ['(', doc, ')'] : doc
      }
      case 'arrow':
        return this.#arrow(e)
      case 'as':
        return [
          this.doc(e.value, this.#seen(e.value).kind === 'as' ? P.relation : P.unary),
          ' as ',
          typeDoc(e.type),
        ]
      case 'sure':
        return [this.doc(e.value, P.postfix, 'called'), '!']
      case 'spread':
        return ['...', this.doc(e.value, P.arrow)]
      default:
        return unreachable(e)
    }
  }

  /** An element as it is assigned to: without what TypeScript wants where it is read. */
  element({ array, index }: Expression & { readonly kind: 'index' }): Doc {
    return [this.doc(array, P.postfix, 'called'), this.#subscript(index)]
  }

  #subscript(index: Expression): Doc {
    const inner = this.doc(index)
    return index.kind === 'number'
      ? ['[', inner, ']']
      : group(['[', indent([softline, inner]), softline, ']'])
  }

  /** What a member is of. */
  #owner(object: Expression): Doc {
    const e = this.#seen(object)
    if (e.kind === 'number') return ['(', this.#piece(e, 'called'), ')']
    const doc = this.doc(e, P.postfix, 'called')
    return e.kind === 'as' ? ['(', hung([this.#piece(e, 'called')]), ')'] : doc
  }

  // ——— operators

  #operand(expression: Expression, parent: BinaryOperator, isRight: boolean): Doc {
    const e = this.#seen(expression)
    const role = isLogical(parent) ? 'condition' : 'operand'
    const around = BINARY[parent]
    if (e.kind !== 'binary') {
      const place = parent === '**' && !isRight ? P.postfix : Math.max(around, P.relation + 1)
      return this.doc(e, place, role)
    }
    const own = BINARY[e.operator]
    const bracketed =
      isLogical(parent) && isLogical(e.operator)
        ? parent !== e.operator || isRight
        : around > own ||
          (around === own && (isRight || !runOn(parent, e.operator))) ||
          (e.operator === '%' && around === P.sum) ||
          isBitwise(parent)
    return bracketed ? ['(', this.#piece(e, role), ')'] : this.#piece(e, role)
  }

  /** a && (b && c) is (a && b) && c. */
  #leftward(e: Binary): Binary {
    const right = this.#seen(e.right)
    if (!isLogical(e.operator) || right.kind !== 'binary' || right.operator !== e.operator) return e
    const left: Binary = { ...e, right: right.left }
    return this.#leftward({ ...e, left, right: right.right })
  }

  /** What stands to its left in one chain with it. */
  #continues(e: Binary): Binary | undefined {
    const left = this.#seen(e.left)
    return left.kind === 'binary' && runOn(e.operator, left.operator) ? left : undefined
  }

  /** From left to right, each part behind the first one with its operator. A long chain is walked, not recursed. */
  #chain(e: Binary, role: Role): Doc[] {
    const links = [this.#leftward(e)]
    for (;;) {
      const left = this.#continues(links.at(-1)!)
      if (!left) break
      links.push(this.#leftward(left))
    }
    const last = links[0]!
    const { left, operator } = links.at(-1)!
    const parts: Doc[] = [group(this.#operand(left, operator, false))]
    for (const link of links.reverse()) {
      const right = this.#operand(link.right, link.operator, true)
      const logical = isLogical(link.operator)
      const isAlike = (o: Expression): boolean => {
        const seen = this.#seen(o)
        return seen.kind === 'binary' && isLogical(seen.operator) === logical
      }
      const part: Doc = isInline(link) ? [link.operator, ' ', right] : [link.operator, line, right]
      const alone =
        link === last &&
        role !== (logical ? 'condition' : 'operand') &&
        !(role === 'test' && logical) &&
        !isAlike(link.left) &&
        !isAlike(link.right)
      parts.push(' ', alone ? group(part) : part)
    }
    return parts
  }

  #binary(e: Binary, role: Role): Doc {
    const parts = this.#chain(e, role)
    switch (role) {
      case 'test':
        return parts
      case 'called':
      case 'negated':
        return hung(parts)
      case 'returned':
      case 'body':
      case 'loop':
      case 'case':
        return group(parts)
      default: {
        if (isInline(e) ? !this.#continues(e) : role === 'assigned') return group(parts)
        const [first, ...rest] = parts
        return group([first!, indent(rest)])
      }
    }
  }

  #conditional(e: Conditional, role: Role): Doc {
    const isNested = role === 'case' || role === 'alternative'
    // What stands in a condition that is returned or handed over is set off from it.
    const inner: Role = role === 'returned' || role === 'argument' ? 'other' : 'case'
    const isNestedThen = this.#seen(e.then).kind === 'conditional'
    const tested = this.#seen(e.test)
    const branches: Doc = [
      line,
      '? ',
      isNestedThen ? choice('', '(') : '',
      indent(this.#branch(e.then, isNestedThen ? 'case' : inner, P.arrow)),
      isNestedThen ? choice('', ')') : '',
      line,
      ': ',
      indent(
        this.#branch(
          e.otherwise,
          this.#seen(e.otherwise).kind === 'conditional' ? 'alternative' : inner,
          P.arrow,
        ),
      ),
    ]
    const test =
      tested.kind === 'conditional'
        ? ['(', hung([this.#conditional(tested, 'other')]), ')']
        : this.#branch(tested, inner, P.conditional + 1)
    const doc = [role === 'alternative' ? indent(test) : test, isNested ? branches : indent(branches)]
    if (isNested) return doc
    return role === 'called' ? group([...doc, softline]) : group(doc)
  }

  #branch(expression: Expression, role: Role, place: number): Doc {
    const e = this.#seen(expression)
    const bracketed = e.kind === 'as' || (e.kind === 'binary' && e.operator === '??')
    return bracketed ? ['(', this.#piece(e, role), ')'] : this.doc(e, place, role)
  }

  // ——— calls

  #call(e: Call, role: Role): Doc {
    const args = this.#arguments(e.args)
    if (e.kind === 'new') return ['new ', this.doc(e.callee, P.postfix), args]
    const callee = this.#seen(e.callee)
    if (this.#isAccess(callee)) return this.#memberChain({ ...e, callee }, args, role)
    const doc = [this.doc(callee, P.postfix, 'called'), args]
    return callee.kind === 'call' ? group(doc) : doc
  }

  /** `a.b`, or `a[b]` without an assertion behind it. */
  #isAccess(e: Expression): e is Expression & { readonly kind: 'member' | 'index' } {
    return e.kind === 'member' || (e.kind === 'index' && !(this.typed && !e.maybe))
  }

  #memberChain(e: Call, args: Doc, role: Role): Doc {
    const links: Link[] = [{ kind: 'call', doc: args, args: e.args }]
    const walk = (expression: Expression): void => {
      const at = this.#seen(expression)
      if (at.kind === 'sure') {
        links.unshift({ kind: 'sure', doc: '!' })
        return walk(at.value)
      }
      if (at.kind === 'member') {
        links.unshift({ kind: 'access', doc: lookup(at), property: at.property })
        return this.#seen(at.object).kind === 'number' ? walkEnd(at.object) : walk(at.object)
      }
      if (at.kind === 'index') {
        if (this.typed && !at.maybe) links.unshift({ kind: 'sure', doc: '!' })
        const link = { kind: 'access', doc: this.#subscript(at.index), computed: true } as const
        links.unshift(at.index.kind === 'number' ? { ...link, counted: true } : link)
        return walk(at.array)
      }
      if (at.kind === 'call') {
        const callee = this.#seen(at.callee)
        if (this.#isAccess(callee) || callee.kind === 'call') {
          links.unshift({ kind: 'call', doc: this.#arguments(at.args), args: at.args })
          return walk(callee)
        }
      }
      walkEnd(at)
    }
    const walkEnd = (at: Expression): void => {
      const head = at.kind === 'number' ? this.#owner(at) : this.doc(at, P.postfix, 'called')
      links.unshift({ kind: 'head', doc: head, ...(at.kind === 'name' && { name: at.name }) })
    }
    walk(e.callee)
    return inChain(links, role === 'statement', (o) => this.#seen(o))
  }

  #arguments(args: readonly Expression[]): Doc {
    if (args.length === 0) return '()'
    const docs = args.map((a, i): Doc => {
      const doc = this.doc(a, P.arrow, 'argument')
      return i === args.length - 1 ? doc : [doc, ',', line]
    })
    const allBroken = (): Doc => group(['(', indent([line, ...docs]), choice(','), line, ')'], true)
    if (this.#isComposition(args)) return allBroken()
    const [only, second] = args.map((a) => this.#seen(a))
    if (args.length === 2 && only!.kind === 'arrow' && isBody(only!.body) && this.#stands(second!)) {
      if (breaks(docs[1]!)) return allBroken()
      const doc = this.#arrow(only!, true)
      const opened: Doc = ['(', group(doc, true), ', ', docs[1]!, ')']
      return breaks(doc)
        ? [broken, firstFitting([opened, allBroken()])]
        : firstFitting([['(', doc, ', ', docs[1]!, ')'], opened, allBroken()])
    }
    if (this.#hugsLast(args)) {
      const before = docs.slice(0, -1)
      if (before.some(breaks)) return allBroken()
      const last = this.#seen(args.at(-1)!)
      const doc = last.kind === 'arrow' ? this.#arrow(last, true) : this.doc(last, P.arrow, 'argument')
      const opened: Doc = ['(', ...before, group(doc, true), ')']
      return breaks(doc)
        ? [broken, firstFitting([opened, allBroken()])]
        : firstFitting([['(', ...before, doc, ')'], opened, allBroken()])
    }
    return group(['(', indent([softline, ...docs]), choice(','), softline, ')'])
  }

  /** Whether an argument may stand behind a function that opens before it. */
  #stands(e: Expression): boolean {
    const seen: Seen = (o) => this.#seen(o)
    if (e.kind === 'arrow' || e.kind === 'conditional' || this.#opens(e)) return false
    if (e.kind === 'as') return isSimple(e.value, 1, seen)
    if (e.kind === 'binary') return isSimple(e.left, 1, seen) && isSimple(e.right, 1, seen)
    return !((e.kind === 'call' || e.kind === 'new') && e.args.length > 1) && isSimple(e, 2, seen)
  }

  /** Several functions, or calls that take some: one to a line. */
  #isComposition(args: readonly Expression[]): boolean {
    if (args.length < 2) return false
    const seen = args.map((a) => this.#seen(a))
    return (
      seen.filter((a) => a.kind === 'arrow').length > 1 ||
      seen.some((a) => a.kind === 'call' && a.args.some((b) => b.kind === 'arrow'))
    )
  }

  /** Whether the last argument opens on the line of the call. */
  #hugsLast(args: readonly Expression[]): boolean {
    const last = this.#seen(args.at(-1)!)
    const before = args.length > 1 ? this.#seen(args.at(-2)!) : undefined
    return (
      this.#opens(last) &&
      before?.kind !== last.kind &&
      (args.length !== 2 || before?.kind !== 'arrow' || last.kind !== 'array') &&
      !(args.length > 1 && last.kind === 'array' && isOfNumbers(last.items))
    )
  }

  #opens(expression: Expression): boolean {
    const e = this.#seen(expression)
    if (e.kind === 'object') return e.fields.length > 0
    if (e.kind === 'array') return e.items.length > 0
    if (e.kind === 'as') return this.#opens(e.value)
    if (e.kind !== 'arrow') return false
    if (isBody(e.body)) return true
    const body = this.#seen(e.body)
    return (
      ['object', 'array', 'conditional', 'call'].includes(body.kind) ||
      (body.kind === 'arrow' && this.#opens(body))
    )
  }

  // ——— what has brackets of its own

  #array(items: readonly Expression[]): Doc {
    if (items.length === 0) return '[]'
    const docs = items.map((i) => this.doc(i, P.arrow))
    const isTable = (kind: 'array' | 'object'): boolean =>
      items.length > 1 &&
      items.every((i) => {
        const e = this.#seen(i)
        return e.kind === kind && ('items' in e ? e.items : e.fields).length > 1
      })
    const list = Symbol()
    const last = docs.length - 1
    const inner: Doc = isOfNumbers(items)
      ? fill(
          docs.flatMap((doc, i): Doc[] => (i === last ? [[doc, choice(',', '', list)]] : [[doc, ','], line])),
        )
      : [
          ...separated(
            docs.map((doc) => group(doc)),
            [',', line],
          ),
          choice(','),
        ]
    return group(['[', indent([softline, inner]), softline, ']'], isTable('array') || isTable('object'), list)
  }

  #fields(fields: readonly ObjectField[], isBroken: boolean): Doc {
    if (fields.length === 0) return '{}'
    const docs = fields.map(({ key: name, value, doc }): Doc => {
      const above = doc ? [...separated(docComment(doc, ''), hardline), hardline] : []
      return [...above, this.#field(name, value)]
    })
    return group(
      ['{', indent([line, ...separated(docs, [',', line])]), choice(','), line, '}'],
      isBroken || fields.some(({ doc }) => doc !== undefined),
    )
  }

  #field(name: string, value: Expression): Doc {
    if (value.kind === 'spread') return this.#piece(value, 'other')
    if (value.kind === 'name' && value.name === name && name !== '__proto__') return name
    // `__proto__: value` in a literal would set the prototype; a computed key makes a property.
    const left = name === '__proto__' ? '["__proto__"]' : key(name)
    return this.assignment(left, ':', value, { isShort: widthOf(left) < SHORT_KEY })
  }

  #template(texts: readonly string[], values: readonly Expression[]): Doc {
    const inner = values.map((v) => {
      const doc = this.doc(v)
      return onOneLine(doc) ?? doc
    })
    return [
      '`',
      texts.map((t, i): Doc => [inTemplate(t), i < inner.length ? ['${', inner[i]!, '}'] : '']),
      '`',
    ]
  }

  #arrow(e: Arrow, isLast = false): Doc {
    const parameters = isLast
      ? [
          '(',
          ...separated(
            e.parameters.map((p) => this.parameter(p)),
            ', ',
          ),
          ')',
        ]
      : this.parameters(e.parameters)
    const head = [group(parameters), ' =>']
    const ending = isLast ? [choice(','), softline] : []
    if (isBody(e.body)) return group([group(head), ' ', this.braces(e.body)])
    const body = this.#seen(e.body)
    const doc = this.first(body, 'body')
    if (body.kind === 'array' || body.kind === 'object' || body.kind === 'arrow')
      return group([group(head), group([' ', doc])])
    if (body.kind === 'conditional' && !firstObject(body))
      return group([
        group(head),
        group([' ', group([choice('', '('), indent([softline, doc]), choice('', ')'), ...ending])]),
      ])
    return group([group(head), group([indent([line, doc]), ...ending])])
  }

  /** Where what begins with a brace would be read as a block. */
  first(e: Expression, role: Role): Doc {
    const object = firstObject(e)
    if (object) this.#apart.add(object)
    return this.doc(e, role === 'body' ? P.arrow : P.lowest, role)
  }

  parameters(list: readonly Parameter[], isAmbient = false): Doc {
    if (list.length === 0) return '()'
    const docs = separated(
      list.map((p) => this.parameter(p, isAmbient)),
      [',', line],
    )
    const only = list.length === 1 && this.typed ? list[0]!.type : undefined
    if (typeof only === 'object' && only.kind === 'object' && !list[0]!.value) return ['(', ...docs, ')']
    return ['(', indent([softline, ...docs]), choice(','), softline, ')']
  }

  parameter(p: Parameter, isAmbient = false): Doc {
    const optional = (p.optional && !p.value) || (p.value && isAmbient)
    const type: Doc = this.typed && p.type !== undefined ? [optional ? '?: ' : ': ', typeDoc(p.type)] : ''
    return [p.name, type, p.value && !isAmbient ? [' = ', this.doc(p.value, P.arrow)] : '']
  }

  // ——— what is assigned

  /**
   * What is given to a name, a place or a key: on the same line as far as it can break within itself, else on the next one.
   * @param comment what stands before it
   */
  assignment(
    left: Doc,
    operator: string,
    right: Expression,
    { isShort = false, comment = '' }: { readonly isShort?: boolean; readonly comment?: string } = {},
  ): Doc {
    const e = this.#seen(right)
    const doc: Doc = [comment, this.doc(e, P.arrow, 'assigned')]
    if (this.#goesBelow(e, isShort)) return group([group(left), operator, group(indent([line, doc]))])
    if (!canBreak(left) && (isShort || e.kind === 'template' || e.kind === 'number'))
      return group([group(left), operator, ' ', doc])
    const below = Symbol()
    return group([group(left), operator, group(indent(line), false, below), indentWhere(below, doc)])
  }

  #goesBelow(e: Expression, isShort: boolean): boolean {
    if (e.kind === 'binary') return !isInline(e)
    if (e.kind === 'conditional') {
      const test = this.#seen(e.test)
      return test.kind === 'binary' && !isInline(test)
    }
    if (isShort) return false
    let inner: Expression = e
    while (inner.kind === 'unary' || inner.kind === 'sure')
      inner = this.#seen(inner.kind === 'unary' ? inner.argument : inner.value)
    return inner.kind === 'string' || this.#isPlainPath(inner, false)
  }

  /** Names and members, and calls with nothing in them that would break well. */
  #isPlainPath(expression: Expression, isWithin: boolean): boolean {
    const e = this.#seen(expression)
    switch (e.kind) {
      case 'sure':
        return this.#isPlainPath(e.value, true)
      case 'member':
        return this.#isPlainPath(e.object, true)
      case 'index':
        return this.#isPlainPath(e.array, true)
      case 'call':
        if (this.#isLongChain(e)) return false
        if (e.args.length > 1 || (e.args.length === 1 && !this.#isShort(e.args[0]!))) return false
        return this.#isPlainPath(e.callee, true)
      case 'name':
        return isWithin
      default:
        return false
    }
  }

  #isLongChain(e: Call): boolean {
    const doc = this.#call(e, 'other')
    return Array.isArray(doc) || (typeof doc === 'object' && 'states' in doc)
  }

  #isShort(argument: Expression): boolean {
    const e = this.#seen(argument)
    switch (e.kind) {
      case 'name':
        return e.name.length <= SHORT
      case 'number':
        return true
      case 'string':
        return quote(e.value).length <= SHORT
      case 'template':
        return e.values.length === 0 && e.texts.join('').length <= SHORT
      case 'unary':
        return this.#isShort(e.argument)
      case 'call':
        return e.args.length === 0 && e.callee.kind === 'name' && e.callee.name.length <= SHORT - 2
      default:
        return false
    }
  }
}

/** Keys that are so short gain nothing from a value on the next line. */
const SHORT_KEY = TAB + 3
/** A quarter of a line. */
const SHORT = WIDTH / 4

const hung = (parts: readonly Doc[]): Doc => group([indent([softline, ...parts]), softline])

const isNegative = (e: Expression): boolean => e.kind === 'number' && (e.value < 0 || Object.is(e.value, -0))

/** A condition whose right side is an object or a list, which opens on its line. */
const isInline = ({ operator, right }: Binary): boolean =>
  isLogical(operator) &&
  ((right.kind === 'object' && right.fields.length > 0) || (right.kind === 'array' && right.items.length > 0))

const isOfNumbers = (items: readonly Expression[]): boolean =>
  items.every(
    (i) => i.kind === 'number' || (i.kind === 'unary' && i.operator !== '!' && i.argument.kind === 'number'),
  )

export const isBody = (body: Arrow['body']): body is readonly Statement[] => Array.isArray(body)

function lookup(e: Expression & { readonly kind: 'member' }): string {
  const plain = isIdentifier(e.property)
  return `${e.optional ? '?.' : plain ? '.' : ''}${plain ? e.property : `[${quote(e.property)}]`}`
}

/** The object that an expression begins with, which would be read as a block where a statement or a body begins. */
function firstObject(e: Expression): Expression | undefined {
  switch (e.kind) {
    case 'object':
      return e
    case 'member':
      return firstObject(e.object)
    case 'index':
      return firstObject(e.array)
    case 'binary':
      return firstObject(e.left)
    case 'conditional':
      return firstObject(e.test)
    case 'call':
      return firstObject(e.callee)
    case 'as':
    case 'sure':
      return firstObject(e.value)
    default:
      return undefined
  }
}

/** One part of a.b(c)[d]!. */
interface Link {
  readonly kind: 'head' | 'access' | 'call' | 'sure'
  readonly doc: Doc
  readonly name?: string
  readonly property?: string
  readonly computed?: boolean
  /** By a number. */
  readonly counted?: boolean
  readonly args?: readonly Expression[]
}

/** Calls of members of calls: each on a line of its own where they do not fit on one. */
function inChain(links: readonly Link[], isStatement: boolean, seen: Seen): Doc {
  const groups = grouped(links)
  const [first, ...others] = groups
  const merges = others.length > 0 && staysWithFirst(first!, others[0]!, isStatement)
  const docs = (list: readonly Link[]): Doc => list.map(({ doc }) => doc)
  const onOne = groups.map(docs)
  if (groups.length <= (merges ? 3 : 2)) return group(onOne)
  const below = others.slice(merges ? 1 : 0).map(docs)
  const onMany: Doc = [
    docs(first!),
    merges ? docs(others[0]!) : '',
    indent([hardline, ...separated(below, hardline)]),
  ]
  const calls = links.filter(({ kind }) => kind === 'call')
  const hasFunction = ({ args = [] }: Link): boolean => args.some((a) => a.kind === 'arrow')
  const apart =
    (calls.length > 2 && calls.some(({ args = [] }) => args.some((a) => !isSimple(a, 2, seen)))) ||
    onOne.slice(0, -1).some(breaks) ||
    (links.at(-1)!.kind === 'call' && breaks(onOne.at(-1)!) && calls.slice(0, -1).some(hasFunction))
  if (apart) return group(onMany)
  return [breaks(onOne) ? broken : '', firstFitting([onOne, onMany])]
}

function grouped(links: readonly Link[]): Link[][] {
  let at = 1
  while (
    at < links.length &&
    (links[at]!.kind === 'sure' || links[at]!.kind === 'call' || links[at]!.counted)
  )
    at++
  if (links[0]!.kind !== 'call')
    while (at + 1 < links.length && links[at]!.kind === 'access' && links[at + 1]!.kind === 'access') at++
  const groups: Link[][] = [links.slice(0, at)]
  let current: Link[] = []
  let called = false
  for (const link of links.slice(at)) {
    if (called && link.kind === 'access' && !link.counted) {
      groups.push(current)
      current = []
      called = false
    }
    called ||= link.kind === 'call'
    current.push(link)
  }
  if (current.length > 0) groups.push(current)
  return groups
}

/** Whether the first call stands on the line of what it is of: of `Math`, or of a short name. */
function staysWithFirst(first: readonly Link[], second: readonly Link[], isStatement: boolean): boolean {
  const isFactory = (name: string): boolean => /^[A-Z]|^[$_]+$/.test(name)
  const computed = second[0]!.computed === true
  if (first.length === 1) {
    const { name } = first[0]!
    return name !== undefined && (isFactory(name) || (isStatement && name.length <= TAB) || computed)
  }
  const { kind, property } = first.at(-1)!
  return kind === 'access' && property !== undefined && (isFactory(property) || computed)
}

/** What of an expression its dialect has. */
type Seen = (e: Expression) => Expression

/** What a reader takes in at a glance. */
function isSimple(expression: Expression, depth: number, seen: Seen): boolean {
  if (depth <= 0) return false
  const e = seen(expression)
  const inner = (o: Expression): boolean => isSimple(o, depth - 1, seen)
  switch (e.kind) {
    case 'number':
    case 'string':
    case 'name':
      return true
    case 'template':
      return e.values.every(inner)
    case 'object':
      return e.fields.every(({ value }) => inner(value))
    case 'array':
      return e.items.every(inner)
    case 'call':
    case 'new':
      return isSimple(e.callee, depth, seen) && e.args.length <= depth && e.args.every(inner)
    case 'member':
      return isSimple(e.object, depth, seen)
    case 'index':
      return isSimple(e.array, depth, seen) && isSimple(e.index, depth, seen)
    case 'sure':
      return isSimple(e.value, depth, seen)
    case 'unary':
      return e.operator !== 'typeof ' && isSimple(e.argument, depth, seen)
    default:
      return false
  }
}
