/**
 * Instances of layers, looked up: what they hold becomes parameters of the program with paths for names, `hidden.W`, families along the
 * indices of their instances, `block.W[l]`; where an instance is applied stands what it is applied with. Everybody after this sees parameters
 * and functions only. What a layer's own names mean is left to `layers.ts`, which knows the file that it stands in.
 */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import type { Span } from '../base/span.ts'
import { nearest } from '../base/spelling.ts'
import type {
  Broken,
  CallExpression,
  DataDeclaration,
  Expression,
  FnStatement,
  InstanceDeclaration,
  LayerStatement,
  Module,
  Parameter,
  Program,
  Statement,
  Subscript,
} from '../syntax/tree.ts'
import { children, fold } from './fold.ts'
import { rebuilt } from './rebuilt.ts'
import { namesDeclared } from './scope.ts'

/** How deep layers may hold layers, and how many parameters an instance, and all applications together, may have. */
const DEEPEST = 32
const MOST_HELD = 10_000
const MOST_APPLIED = 200_000

/** A layer with all that its instances hold, called as it calls them itself. */
interface Layer {
  readonly statement: LayerStatement
  readonly held: readonly DataDeclaration[]
  readonly instances: ReadonlyMap<string, Instance>
  /** How deep layers nest in it. */
  readonly depth: number
}

interface Instance {
  /** From the one that is named first to this one. */
  readonly path: readonly InstanceDeclaration[]
  readonly layer: Layer
}

/** What names with paths stand for at some place of a program. */
interface Names {
  readonly instances: ReadonlyMap<string, Instance>
  /** Parameters, each with the number of its indices. */
  readonly held: ReadonlyMap<string, number>
  /** Instances of which nothing is known: what is wrong with them is reported. */
  readonly unknown: ReadonlySet<string>
}

/** The program with its instances looked up; what is wrong with layers as such is reported. */
export function withInstances(program: Program, diagnostics: Diagnostics): Program {
  const { statements, modules = [], broken } = program
  const all = [statements, ...modules.map((m) => m.statements)]
  if (!all.some((list) => list.some(({ kind }) => kind === 'layer' || kind === 'instance'))) {
    return program
  }
  const files = new Map<Module, { readonly module: Module; readonly file: File }>()
  const budget = { left: MOST_APPLIED }
  const fileOf = (own: readonly Statement[]): File => {
    const linked = own.map((s) => {
      const found = s.kind === 'import' && s.module ? files.get(s.module) : undefined
      return s.kind === 'import' && found ? { ...s, module: found.module } : s
    })
    const imported = new Map<string, Layer>()
    for (const s of own)
      if (s.kind === 'import')
        for (const { text } of s.names) {
          const layer = s.module && files.get(s.module)?.file.layer(text)
          if (layer) imported.set(text, layer)
        }
    return new File(linked, imported, diagnostics, budget)
  }
  for (const module of modules) {
    const file = fileOf(module.statements)
    const made = file.made()
    files.set(module, {
      module: { ...module, statements: made.statements, broken: [...module.broken, ...made.broken] },
      file,
    })
  }
  const made = fileOf(statements).made()
  return {
    ...program,
    statements: made.statements,
    broken: [...broken, ...made.broken],
    ...(program.modules ? { modules: modules.map((m) => files.get(m)!.module) } : {}),
  }
}

/** The layers and the instances of one file. */
class File {
  readonly #statements: readonly Statement[]
  readonly #imported: ReadonlyMap<string, Layer>
  readonly #diagnostics: Diagnostics
  readonly #budget: { left: number }
  readonly #declared = new Map<string, LayerStatement>()
  readonly #layers = new Map<string, Layer>()
  /** Those that are being looked up, each held by the one before. */
  readonly #open: string[] = []
  /** Layers that hold themselves, or too much. */
  readonly #refused = new Set<string>()
  readonly #broken: Broken[] = []

  constructor(
    statements: readonly Statement[],
    imported: ReadonlyMap<string, Layer>,
    diagnostics: Diagnostics,
    budget: { left: number },
  ) {
    this.#statements = statements
    this.#imported = imported
    this.#diagnostics = diagnostics
    this.#budget = budget
    for (const s of statements)
      if (s.kind === 'layer' && !this.#declared.has(s.name.text)) this.#declared.set(s.name.text, s)
  }

  /** The layer of a name; undefined where there is none, or where what is wrong with it is reported. */
  layer(name: string): Layer | undefined {
    const known = this.#layers.get(name) ?? this.#imported.get(name)
    const statement = this.#declared.get(name)
    if (known || !statement || this.#open.includes(name)) return known
    this.#open.push(name)
    const held: DataDeclaration[] = []
    const instances = new Map<string, Instance>()
    let depth = 1
    const seen = new Set<string>()
    const body = statement.body.map((s): Statement => {
      if (s.kind === 'param')
        for (const d of s.declarations) {
          if (!seen.has(d.name.text)) held.push(d)
          seen.add(d.name.text)
        }
      if (s.kind !== 'instance') return s
      const declarations = s.declarations.map((d) => {
        const made = seen.has(d.name.text) ? undefined : this.#instance(d)
        seen.add(d.name.text)
        if (!made || made === 'broken') return made ? { ...d, broken: true as const } : d
        depth = Math.max(depth, made.layer.depth + 1)
        for (const [path, instance] of made.instances) instances.set(path, instance)
        held.push(...made.held)
        return made.declaration
      })
      return { ...s, declarations }
    })
    const layer = { statement: { ...statement, body }, held, instances, depth }
    this.#open.pop()
    this.#layers.set(name, layer)
    return layer
  }

  /** What an instance brings with it; undefined where its layer is not there, which is told where it stands. */
  #instance(declaration: InstanceDeclaration) {
    const { name, making } = declaration
    const { text, span } = making.callee
    if (this.#open.includes(text)) {
      const circle = this.#open.slice(this.#open.indexOf(text))
      for (const one of circle) this.#refused.add(one)
      report(this.#diagnostics, 'layer-circle', span, { circle: [...circle, text] })
      return 'broken'
    }
    const layer = this.layer(text)
    if (this.#refused.has(text)) return 'broken'
    if (!layer) return undefined
    const tooMuch = (what: string, limit: number) => {
      report(this.#diagnostics, 'over-limit', span, { what, limit, hint: undefined })
      for (const one of this.#open) this.#refused.add(one)
      return 'broken' as const
    }
    if (layer.depth >= DEEPEST) return tooMuch('The nesting of layers in layers is', DEEPEST)
    if (layer.held.length + layer.instances.size > MOST_HELD)
      return tooMuch(`What ${text} holds, in parameters and layers, is`, MOST_HELD)
    const inner = new Map([...layer.instances].map(([path, { path: own }]) => [path, own]))
    const made: InstanceDeclaration = { ...declaration, inner }
    const instances = new Map<string, Instance>([[name.text, { path: [made], layer }]])
    for (const [path, instance] of layer.instances)
      instances.set(`${name.text}.${path}`, { path: [made, ...instance.path], layer: instance.layer })
    const held = layer.held.map((d): DataDeclaration => {
      const doc = d.doc ?? declaration.doc
      return {
        ...d,
        name: { text: `${name.text}.${d.name.text}`, span: name.span },
        family: [...declaration.family, ...d.family],
        within: [made, ...(d.within ?? [])],
        ...(doc === undefined ? {} : { doc }),
      }
    })
    return { declaration: made, layer, instances, held }
  }

  made(): { readonly statements: readonly Statement[]; readonly broken: readonly Broken[] } {
    const instances = new Map<string, Instance>()
    const held = new Map<string, number>()
    const unknown = new Set<string>()
    const first = new Set<string>()
    const withParameters = this.#statements.flatMap((s): Statement[] => {
      if (s.kind === 'layer') this.layer(s.name.text)
      const repeats = s.kind === 'instance' ? s.declarations.map((d) => first.has(d.name.text)) : []
      for (const { text } of namesDeclared([s])) first.add(text)
      if (s.kind !== 'instance') return [s]
      const params: DataDeclaration[] = []
      const declarations = s.declarations.map((d, i) => {
        const found = repeats[i] ? undefined : this.#instance(d)
        if (!found || found === 'broken') {
          if (!repeats[i]) unknown.add(d.name.text)
          return found ? { ...d, broken: true as const } : d
        }
        for (const [path, instance] of found.instances) instances.set(path, instance)
        for (const p of found.held) held.set(p.name.text, p.family.length)
        params.push(...found.held)
        return found.declaration
      })
      const { span } = s
      return [
        { ...s, declarations },
        ...(params.length > 0 ? [{ kind: 'param' as const, declarations: params, span }] : []),
      ]
    })
    const names: Names = { instances, held, unknown }
    const rewrite = new Rewriting(names, this.#diagnostics, this.#broken, this.#budget)
    const statements = withParameters.map((s) =>
      s.kind === 'layer' ? this.#layerBody(s, names) : rewrite.statement(s),
    )
    return { statements, broken: this.#broken }
  }

  /** A layer with its own instances looked up in what applying it is; those of the file it sees as functions do. */
  #layerBody(s: LayerStatement, around: Names): LayerStatement {
    const layer = this.#layers.get(s.name.text)
    if (layer?.statement.name !== s.name) return s
    const own = new Set(
      [...namesDeclared(s.body), ...s.parameters.map(({ name }) => name)].map((n) => n.text),
    )
    const visible = hiding(around, own)
    const names: Names = {
      instances: new Map([...visible.instances, ...layer.instances]),
      unknown: new Set([
        ...visible.unknown,
        ...layer.statement.body.flatMap((b) =>
          b.kind === 'instance'
            ? b.declarations.flatMap(({ name: { text } }) => (layer.instances.has(text) ? [] : [text]))
            : [],
        ),
      ]),
      held: new Map([
        ...visible.held,
        ...layer.held.map((d): [string, number] => [d.name.text, d.family.length]),
      ]),
    }
    const rewrite = new Rewriting(names, this.#diagnostics, this.#broken, this.#budget)
    const known = new Set([
      ...s.parameters.map(({ name }) => name.text),
      ...layer.statement.body.flatMap((inner) =>
        inner.kind === 'dim' || inner.kind === 'const' ? inner.declarations.map(({ name }) => name.text) : [],
      ),
    ])
    const inner = layer.held.filter(({ within }) => within !== undefined)
    return {
      ...layer.statement,
      body: [
        ...layer.statement.body.map((b) =>
          b.kind === 'fn' ? withKnown(rewrite.statement(b) as FnStatement, known) : b,
        ),
        ...(inner.length > 0 ? [{ kind: 'param' as const, declarations: inner, span: s.span }] : []),
      ],
    }
  }
}

/** Extents that the layer knows are not for the argument to say. */
function withKnown(fn: FnStatement, known: ReadonlySet<string>): FnStatement {
  const marked = (entry: Expression): Expression =>
    entry.kind === 'name' && known.has(entry.name) ? { ...entry, known: true } : entry
  return {
    ...fn,
    parameters: fn.parameters.map((p) => (p.shape ? { ...p, shape: p.shape.map(marked) } : p)),
  }
}

const rootOf = (name: string): string => name.split('.', 1)[0]!

/** Without what names that are declared nearer hide. */
const hiding = ({ instances, held, unknown }: Names, own: ReadonlySet<string>): Names => ({
  instances: new Map([...instances].filter(([name]) => !own.has(rootOf(name)))),
  held: new Map([...held].filter(([name]) => !own.has(rootOf(name)))),
  unknown: new Set([...unknown].filter((name) => !own.has(name))),
})

/** A path with the indices of the families on its way. */
interface Place {
  readonly name: string
  readonly indices: readonly Subscript[]
}

function placeOf(tree: Expression): Place | undefined {
  if (tree.kind === 'name') return { name: tree.name, indices: [] }
  if (tree.kind !== 'index' || tree.object.kind !== 'name' || tree.last) return undefined
  return { name: tree.object.name, indices: tree.indices }
}

const treeAt = ({ name, indices }: Place, span: Span): Expression => {
  const object: Expression = { kind: 'name', name, span }
  return indices.length === 0 ? object : { kind: 'index', object, indices, span }
}

/** Paths and applications in expressions → names, members and calls with what they hold. */
class Rewriting {
  readonly #names: Names
  readonly #diagnostics: Diagnostics
  readonly #broken: Broken[]
  readonly #budget: { left: number }

  constructor(names: Names, diagnostics: Diagnostics, broken: Broken[], budget: { left: number }) {
    this.#names = names
    this.#diagnostics = diagnostics
    this.#broken = broken
    this.#budget = budget
  }

  statement(s: Statement): Statement {
    if (this.#names.instances.size + this.#names.unknown.size === 0) return s
    const tree = (e: Expression): Expression => this.#tree(e)
    switch (s.kind) {
      case 'equation':
        return { ...s, indices: s.indices.map(tree), value: tree(s.value) }
      case 'loss':
        return { ...s, value: tree(s.value) }
      case 'claim':
        return { ...s, left: tree(s.left), right: tree(s.right) }
      case 'for':
        return { ...s, body: s.body.map((inner) => this.statement(inner)) }
      case 'return':
        return { ...s, values: s.values.map(tree) }
      case 'fn':
        return this.#fn(s)
      default:
        return s
    }
  }

  #fn(s: FnStatement): FnStatement {
    const { parameters, body } = s
    const own = new Set(
      [...parameters.map((p) => p.name), ...namesDeclared(body ?? [])].map(({ text }) => text),
    )
    const inner = [...own].some((name) => this.#names.instances.has(name))
      ? new Rewriting(hiding(this.#names, own), this.#diagnostics, this.#broken, this.#budget)
      : this
    const withDefault = (p: Parameter): Parameter => (p.value ? { ...p, value: inner.#tree(p.value) } : p)
    return {
      ...s,
      parameters: parameters.map(withDefault),
      ...(body ? { body: body.map((b) => inner.statement(b)) } : {}),
    }
  }

  #tree(root: Expression): Expression {
    return fold<Expression>(root, children, (t, made) => {
      const tree = rebuilt(t, made)
      switch (tree.kind) {
        case 'field':
          return this.#field(tree.object, tree.field.text, tree.field.span, tree.span) ?? tree
        case 'transpose':
          // A parameter may be called T.
          return this.#instanceAt(tree.operand) && this.#hasField(tree.operand, 'T')
            ? this.#field(tree.operand, 'T', tree.span, tree.span)!
            : tree
        case 'index':
          return this.#member(tree)
        case 'call':
          return this.#call(tree)
        default:
          return tree
      }
    })
  }

  #instanceAt(tree: Expression): (Place & { readonly instance: Instance }) | undefined {
    const place = placeOf(tree)
    const instance = place && this.#names.instances.get(place.name)
    return instance && { ...place!, instance }
  }

  #hasField(tree: Expression, field: string): boolean {
    const place = placeOf(tree)
    return place !== undefined && this.#names.held.has(`${place.name}.${field}`)
  }

  /** `hidden.W`; undefined of what is behind no instance. */
  #field(object: Expression, field: string, at: Span, span: Span): Expression | undefined {
    const found = this.#instanceAt(object)
    const place = found ?? placeOf(object)
    if (!found && place && this.#names.unknown.has(rootOf(place.name))) {
      const path = `${place.name}.${field}`
      this.#broken.push({ kind: 'layer', names: [path], span: at })
      return treeAt({ name: path, indices: place.indices }, span)
    }
    if (!found) return undefined
    const { name, indices, instance } = found
    const path = `${name}.${field}`
    if (!this.#names.held.has(path) && !this.#names.instances.has(path)) {
      const { held, instances } = instance.layer
      const known = [...held.map((d) => d.name.text), ...instances.keys()].filter((n) => n === rootOf(n))
      report(this.#diagnostics, 'unknown-field', at, {
        name,
        field,
        layer: instance.layer.statement.name.text,
        known,
        nearest: nearest(field, known),
      })
      this.#broken.push({ kind: 'layer', names: [path], span: at })
    }
    return treeAt({ name: path, indices }, span)
  }

  /** The indices of a family in a family are written in brackets of their own, `block[l].head[h].W`. */
  #member(tree: Expression & { kind: 'index' }): Expression {
    const { object, indices, last } = tree
    const place = object.kind === 'index' ? placeOf(object) : undefined
    if (!place || last) return tree
    const instance = this.#names.instances.get(place.name)
    const count = instance ? indicesOf(instance) : this.#names.held.get(place.name)
    const missing = (count ?? 0) - place.indices.length
    if (missing <= 0 || !place.name.includes('.')) return tree
    const whole = treeAt({ ...place, indices: [...place.indices, ...indices.slice(0, missing)] }, tree.span)
    const rest = indices.slice(missing)
    return rest.length === 0 ? whole : { ...tree, object: whole, indices: rest }
  }

  /** An application, with what the instance holds. */
  #call(tree: CallExpression): CallExpression {
    const found = this.#instanceAt(
      tree.of ?? { kind: 'name', name: tree.callee.text, span: tree.callee.span },
    )
    const place = tree.of && placeOf(tree.of)
    if (!found && place && this.#names.unknown.has(rootOf(place.name))) {
      const { of, ...rest } = tree
      return { ...rest, callee: { text: rootOf(place.name), span: of!.span } }
    }
    if (!found) return tree
    const { name, indices, instance } = found
    const { of, ...rest } = tree
    const span = of?.span ?? tree.callee.span
    const { held, instances } = instance.layer
    const size = 1 + held.length + instances.size
    this.#budget.left -= size
    if (this.#budget.left < 0 && this.#budget.left + size >= 0)
      report(this.#diagnostics, 'over-limit', span, {
        what: 'What the layers that this program applies hold together is',
        limit: MOST_APPLIED,
        hint: undefined,
      })
    return {
      ...rest,
      callee: { text: name, span },
      instance: {
        indices,
        held:
          this.#budget.left < 0
            ? []
            : held.map((d) => ({
                name: d.name.text,
                tree: treeAt({ name: `${name}.${d.name.text}`, indices }, span),
              })),
      },
    }
  }
}

/** How many indices an instance has, with those of the families that it is in. */
const indicesOf = ({ path }: Instance): number => path.reduce((sum, { family }) => sum + family.length, 0)
