import type { Span } from '../base/span.ts'
import { nearest } from '../base/spelling.ts'
import type { Extent } from '../graph/extent.ts'
import type { Node } from '../graph/node.ts'
import type { MatrixOperator, Pointwise } from '../graph/operator.ts'
import type {
  ImportStatement,
  InstanceDeclaration,
  LayerStatement,
  Name,
  Parameter as Declaration,
  Statement,
} from '../syntax/tree.ts'
import type { Family } from './families.ts'
import type { Plan } from './plan.ts'

/** A function of the program or of the prelude: expanded where it is called. */
export interface Fn {
  readonly name: string
  readonly parameters: readonly Parameter[]
  /** Statements, the last of which returns. None where something in it is wrong and reported: its calls have unknown values. */
  readonly body: readonly Statement[] | undefined
  /** How many values it gives. */
  readonly results: number
  /** The names that it sees beside its own; the library only, of a function of the prelude. */
  readonly scope: Scope | undefined
  /** Which indices of the families in its body are axes. */
  readonly plan: Plan
  /** How deep the calls in its body nest. */
  readonly depth: number
  /** An abstract function has an operator instead of a body. */
  readonly operator?: Pointwise | MatrixOperator
  readonly fromPrelude: boolean
  /** Of an instance of a layer: the instances on the way to it, the first of which is declared in the scope. */
  readonly instance?: {
    readonly path: readonly InstanceDeclaration[]
    readonly scope: Scope
    readonly layer: Layer
  }
}

/** A layer: what it is made for, and what applying an instance of it is. */
export interface Layer {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly statement: LayerStatement
  /** The names around it. */
  readonly scope: Scope
  /** Those that it declares in its braces; each instance has them in its own scope. */
  readonly functions: readonly Fn[]
  readonly application: Pick<Fn, 'parameters' | 'body' | 'results' | 'plan' | 'depth'>
}

export interface Parameter extends Omit<Declaration, 'name'> {
  readonly name: string
}

/** What a name stands for. A missing extent or node is one whose definition is wrong, which is reported there. */
export type Meaning =
  | { readonly kind: 'dim'; readonly extent: Extent | undefined }
  | { readonly kind: 'value'; readonly role: ValueRole; readonly node: Node | undefined }
  | { readonly kind: 'fn'; readonly fn: Fn }
  | { readonly kind: 'layer'; readonly layer: Layer }
  | { readonly kind: 'batch' }
  | { readonly kind: 'dims'; readonly family: Family<Extent> }
  | { readonly kind: 'values'; readonly role: ValueRole; readonly family: Family<Node> }
  | { readonly kind: 'unknown' }

export type ValueRole = 'input' | 'target' | 'param' | 'hyper' | 'equation' | 'constant' | 'argument' | 'loss'

/** A name where the program declares it first. */
export interface Declared {
  readonly span: Span
  /** What a sentence calls it: `a dim`, `an equation`. */
  readonly what: string
  /** Of a family of equations: how many indices its first member has, and whether they are its last axes. */
  readonly arity?: number | undefined
  readonly last?: true | undefined
}

/**
 * The names of a program. All are declared from the beginning, so that a declaration hides the library throughout; a
 * name gets its meaning where it is defined.
 */
export class Scope {
  readonly #declared = new Map<string, Declared>()
  readonly #meanings = new Map<string, Meaning>()
  /** What the program calls its batch, if it has one. */
  readonly batch: string | undefined
  /** Later declarations of a name, by their span's beginning, and the first one. */
  readonly #second = new Map<number, Declared>()

  /** Of a function: the names around it, which its own hide. */
  readonly #outer: Scope | undefined

  constructor(
    statements: readonly Statement[],
    { outer, names = [] }: { outer?: Scope; names?: readonly (Declared & { readonly name: string })[] } = {},
  ) {
    this.#outer = outer
    this.batch = outer?.batch ?? statements.find((s) => s.kind === 'batch')?.name.text
    for (const { name, ...declared } of names)
      if (!this.#declared.has(name)) this.#declared.set(name, declared)
    for (const { name, what, arity, last } of declarations(statements)) {
      const first = this.#declared.get(name.text)
      if (first === undefined) this.#declared.set(name.text, { span: name.span, what, arity, last })
      else if (first.arity === undefined || arity === undefined) this.#second.set(name.span.start, first)
    }
  }

  /** The first declaration of the name that a declaration at this place repeats. */
  firstOf(span: Span): Declared | undefined {
    return this.#second.get(span.start)
  }

  /** The families of equations, each with the number of its indices, and whether they are its last axes. */
  *familiesOfEquations(): Generator<{
    readonly name: string
    readonly arity: number
    readonly last: true | undefined
  }> {
    for (const [name, { arity, last }] of this.#declared) if (arity !== undefined) yield { name, arity, last }
  }

  declared(name: string): Declared | undefined {
    return this.#declared.get(name) ?? this.#outer?.declared(name)
  }

  meaning(name: string): Meaning | undefined {
    const own = this.#meanings.get(name)
    return own ?? (this.#declared.has(name) ? undefined : this.#outer?.meaning(name))
  }

  /** Gives a name its meaning; a second definition changes nothing. */
  define(name: string, meaning: Meaning): void {
    if (!this.#meanings.has(name)) this.#meanings.set(name, meaning)
  }

  /** Names of statements that did not parse: what they mean is not known, and that is reported already. */
  declareBroken(name: string, span: Span): void {
    if (!this.#declared.has(name)) this.#declared.set(name, { span, what: 'a name' })
    this.define(name, { kind: 'unknown' })
  }

  /** The declared name, or one of `others`, that is most like `name`. */
  nearest(name: string, others: Iterable<string>): string | undefined {
    return nearest(name, chained(this.#names(), others))
  }

  /** The names that are declared as something, such as `a layer`. */
  *namesThatAre(what: string): Generator<string> {
    for (const [name, declared] of this.#declared) if (declared.what === what) yield name
    if (this.#outer) yield* this.#outer.namesThatAre(what)
  }

  *#names(): Generator<string> {
    yield* this.#declared.keys()
    if (this.#outer) yield* this.#outer.#names()
  }
}

function* chained<T>(...lists: readonly Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list
}

/** The names that statements declare, those in blocks too. */
export function* namesDeclared(statements: readonly Statement[]): Generator<Name> {
  for (const { name } of declarations(statements)) yield name
}

/** What an import gives. */
const importedAs = ({ module }: ImportStatement, name: string): string => {
  const found = module && [...declarations(module.statements)].find(({ name: { text } }) => text === name)
  return found?.what ?? 'a name'
}

const WHAT = { input: 'an input', target: 'a target', param: 'a param' } as const

/** Every declaration of a name, in order; the equations of blocks too. */
function* declarations(
  statements: readonly Statement[],
): Generator<{ name: { text: string; span: Span }; what: string; arity?: number; last?: true }> {
  // A stack of iterators: blocks nest, and a generator that calls itself would pay for every level.
  const work = [statements[Symbol.iterator]()]
  while (work.length > 0) {
    const next = work[work.length - 1]!.next()
    if (next.done) {
      work.pop()
      continue
    }
    const statement = next.value
    switch (statement.kind) {
      case 'dim':
        for (const { name } of statement.declarations) yield { name, what: 'a dim' }
        break
      case 'input':
      case 'target':
      case 'param':
        for (const { name } of statement.declarations) yield { name, what: WHAT[statement.kind] }
        break
      case 'hyper':
        for (const { name } of statement.declarations) yield { name, what: 'a hyper' }
        break
      case 'const':
        for (const { name } of statement.declarations) yield { name, what: 'a constant' }
        break
      case 'import':
        for (const name of statement.names) yield { name, what: importedAs(statement, name.text) }
        break
      case 'batch':
        yield { name: statement.name, what: 'the batch' }
        break
      case 'fn':
        // Applying a layer is no name of its own.
        if (!statement.applies) yield { name: statement.name, what: 'a function' }
        break
      case 'layer':
        yield { name: statement.name, what: 'a layer' }
        break
      case 'instance':
        for (const { name } of statement.declarations) yield { name, what: 'an instance of a layer' }
        break
      case 'equation':
        if (statement.indices.length === 0) yield { name: statement.name, what: 'an equation' }
        else {
          const { name, indices, last } = statement
          yield { name, what: 'a family of equations', arity: indices.length, ...(last ? { last } : {}) }
        }
        break
      case 'loss':
        yield { name: statement.name, what: 'the loss' }
        break
      case 'for':
        work.push(statement.body[Symbol.iterator]())
        break
      case 'network':
      case 'return':
      case 'output':
      case 'claim':
        break
    }
  }
}
