/**
 * The checks of what callers pass, all before the first write: kinds, lengths, and the open extents that follow from
 * lengths. A check that holds is a comparison or two and allocates nothing; sentences are made where one fails.
 */
import { type Extent, dimsOf, extentText, sameShape } from '../graph/extent.ts'
import { pathOf } from '../graph/member.ts'
import { extentExpression, sizeExpression } from './extents.ts'
import {
  type Branch,
  type Field,
  type Item,
  type Leaf,
  SHORT_RUN,
  access,
  branches,
  isFamily,
  lastIndex,
  leaves,
  runs,
} from './fields.ts'
import type { ArrayName } from './interface.ts'
import type { Names } from './names.ts'
import { shortcut } from './quick.ts'
import { type Solution, type Step, stepExpression } from './solve.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Parameter,
  type Statement,
  add,
  at,
  binary,
  call,
  constant,
  member,
  name,
  num,
  perform,
  str,
  when,
} from './tree.ts'

/** The name of a leaf in messages: what stands before it tells grads and outputs from params and data. */
type Labels = (text: Expression) => Expression

/**
 * `function $checkParams(params, $prefix)`: of params, of grads with the prefix `grads.`, and of a state's moments; open lengths follow from them.
 *
 * @param known the open lengths that data tell
 * @param others what is called by a prefix, where that is not grads alone
 */
export function checkParams(
  fields: readonly Field[],
  solution: Solution,
  known: ReadonlySet<string>,
  names: Names,
  array: ArrayName,
  others: Expression = str('grads'),
): FunctionDeclaration {
  const object = name('params')
  const label: Labels = (text) => binary('+', name('$prefix'), text)
  const checker = new Checker(fields, names, object, label)
  return {
    kind: 'function',
    name: '$checkParams',
    returns: 'void',
    parameters: [
      { name: 'params', type: 'Params' },
      { name: '$prefix', type: 'string' },
      ...lengthParameters(known, names),
    ],
    body: [
      ...shortcut('params', fields, array),
      ...objectChecks(
        object,
        {
          kind: 'conditional',
          test: binary('===', name('$prefix'), str('')),
          then: str('params'),
          otherwise: others,
        },
        fields,
        label,
      ),
      ...solution.steps.flatMap((s) => checker.solve(s)),
      ...checker.all(),
      ...extentChecks(fields, names),
    ],
  }
}

/** `function $checkInputs(inputs)` or `$checkData(data)`: also solves for the open extents and checks them; `known` are those that params tell. */
export function checkData(
  which: 'inputs' | 'data',
  fields: readonly Field[],
  solution: Solution,
  known: ReadonlySet<string>,
  names: Names,
  array: ArrayName,
): FunctionDeclaration {
  const object = name(which)
  const checker = new Checker(fields, names, object, (text) => text)
  return {
    kind: 'function',
    name: which === 'inputs' ? '$checkInputs' : '$checkData',
    returns: 'void',
    parameters: [
      { name: which, type: which === 'inputs' ? 'Inputs' : 'Data' },
      ...lengthParameters(known, names),
    ],
    body: [
      ...shortcut(which, fields, array),
      ...objectChecks(object, str(which), fields, (text) => text),
      ...solution.steps.flatMap((s) => checker.solve(s)),
      ...checker.all(),
      ...extentChecks(fields, names),
      ...checker.ends(),
    ],
  }
}

/** Lengths that are found by then. */
export const lengthParameters = (known: ReadonlySet<string>, names: Names): Parameter[] =>
  [...known].map((dim) => ({ name: names.value(dim), type: 'number' }))

/** The checks of an object that a caller passes, such as `outputs`, within a routine: open extents are at hand. */
export function checkObject(fields: readonly Field[], names: Names, id: string): Statement[] {
  const object = name(id)
  return [
    ...objectChecks(object, str(id), fields, prefixed(`${id}.`)),
    ...new Checker(fields, names, object, prefixed(`${id}.`)).all(),
  ]
}

export const prefixed =
  (prefix: string): Labels =>
  (text) =>
    text.kind === 'string'
      ? str(prefix + text.value)
      : text.kind === 'template'
        ? { ...text, texts: [prefix + text.texts[0]!, ...text.texts.slice(1)] }
        : text

/** Names beyond this number are not listed in a message. */
const LISTED = 8

/** The object that a caller passes, and those of instances in it, are objects. */
function objectChecks(
  object: Expression,
  label: Expression,
  fields: readonly Field[],
  labels: Labels,
): Statement[] {
  const inside = (
    place: Expression,
    called: Expression,
    path: readonly string[],
    all: readonly Branch<Field>[],
  ): Statement[] => [
    objectCheck(
      place,
      called,
      all.map(({ key }) => key),
    ),
    ...all.flatMap((b) => {
      if (!('inner' in b)) return []
      const own = [...path, b.key]
      return inside(member(place, b.key), labels(str(own.join('.'))), own, b.inner)
    }),
  ]
  return inside(object, label, [], branches(fields.map((f) => ({ path: pathOf(f.name), value: f }))))
}

function objectCheck(object: Expression, label: Expression, names: readonly string[]): Statement {
  const listed = names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', …' : '')
  const test = binary(
    '||',
    binary('!==', { kind: 'unary', operator: 'typeof ', argument: object }, str('object')),
    binary('===', object, name('null')),
  )
  return when(test, [
    perform(
      call('$wrongKind', label, object, str(names.length === 0 ? 'an object' : `an object with ${listed}`)),
    ),
  ])
}

class Checker {
  readonly #fields: readonly Field[]
  readonly #names: Names
  readonly #object: Expression
  readonly #label: Labels
  /** Families whose arrays are checked, and leaves that solved for an extent. */
  readonly #done = new Set<Item>()

  constructor(fields: readonly Field[], names: Names, object: Expression, label: Labels) {
    this.#fields = fields
    this.#names = names
    this.#object = object
    this.#label = label
  }

  #dim = (dim: string): Expression => name(this.#names.value(dim))

  all(): Statement[] {
    return this.#fields.flatMap((f) => this.#item(f, f.item, []))
  }

  /** Whole numbers are within their ranges; all kinds and lengths are right by then. */
  ends(): Statement[] {
    return this.#fields.flatMap((f) =>
      [...leaves(f.item)].flatMap(({ leaf, path }) => {
        const { end } = leaf
        if (end === undefined) return []
        const within = (place: Expression, label: Expression): Statement =>
          perform(call('$within', place, extentExpression(end, this.#dim), this.#label(label)))
        const place = access(this.#object, f.name, path)
        return [leaf.members === undefined ? within(place, str(leaf.name)) : this.#each(leaf, place, within)]
      }),
    )
  }

  /** Something for each member of a list. */
  #each(
    { name: id, members }: Leaf,
    list: Expression,
    what: (place: Expression, label: Expression) => Statement,
  ): Statement {
    return eachMember(id, list, extentExpression(members!, this.#dim), what)
  }

  /** The list is an array, of the right length where that is known. */
  #list(leaf: Leaf, place: Expression, length: Expression | undefined): Statement {
    const isNone = not(call(member(name('Array'), 'isArray'), place))
    const own = member(place, 'length')
    const wrong = length ? binary('!==', own, length) : binary('<', own, num(1))
    const expected = length ?? str(extentText(leaf.members!))
    return when(binary('||', isNone, wrong), [
      perform(call('$wrongFamily', this.#label(str(leaf.name)), place, expected)),
    ])
  }

  /** The leaf is an array, the unknown is a whole number of at least 1, and the length is right for it. */
  solve(step: Step): Statement[] {
    const place = access(this.#object, step.field, step.path)
    const unknown = name(this.#names.value(step.dim))
    const { members } = step.leaf
    if (members !== undefined && step.path.length === 0) {
      const value = stepExpression(step, this.#dim)
      const isWhole = call(member(name('Number'), 'isInteger'), unknown)
      const wrong = call('$wrongFamily', this.#label(str(step.leaf.name)), place, str(extentText(members)))
      return [
        this.#list(step.leaf, place, undefined),
        constant(this.#names.value(step.dim), value),
        when(binary('||', not(isWhole), binary('<', unknown, num(1))), [perform(wrong)]),
      ]
    }
    const shape = step.leaf.shape.map((e): Expression =>
      dimsOf(e).includes(step.dim) ? str(extentText(e)) : extentExpression(e, this.#dim),
    )
    const wrong = perform(
      call(
        step.leaf.end === undefined ? '$wrong' : '$wrongIndices',
        this.#label(str(step.leaf.name)),
        place,
        {
          kind: 'array',
          items: shape,
        },
      ),
    )
    const possible = binary(
      '||',
      not(call(member(name('Number'), 'isInteger'), unknown)),
      binary('<', unknown, num(1)),
    )
    const test =
      step.power === 1
        ? possible
        : binary(
            '||',
            possible,
            binary('!==', member(place, 'length'), sizeExpression(step.leaf.shape, this.#dim)),
          )
    if (members === undefined) this.#done.add(step.leaf)
    const list =
      members === undefined ? [] : [this.#list(step.leaf, access(this.#object, step.field, []), undefined)]
    return [
      ...list,
      ...this.#containers(step),
      when(not(call(step.leaf.end === undefined ? '$isArray' : '$isIndices', place)), [wrong]),
      constant(this.#names.value(step.dim), stepExpression(step, this.#dim)),
      when(test, [wrong]),
    ]
  }

  /** The arrays of a family on the way to a member. */
  #containers(step: Step): Statement[] {
    const found: Statement[] = []
    let item = this.#fields.find((f) => f.name === step.field)!.item
    for (let depth = 0; isFamily(item) && depth < step.path.length; depth++) {
      found.push(...this.#family(item, step.field, step.path.slice(0, depth)))
      item = item[step.path[depth]!]!
    }
    return found
  }

  #family(items: readonly Item[], field: string, path: readonly number[]): Statement[] {
    if (this.#done.has(items)) return []
    this.#done.add(items)
    const place = access(this.#object, field, path)
    const label = this.#label(str(field + path.map((i) => `[${i}]`).join('')))
    const test = binary(
      '||',
      not(call(member(name('Array'), 'isArray'), place)),
      binary('!==', member(place, 'length'), num(items.length)),
    )
    return [when(test, [perform(call('$wrongFamily', label, place, num(items.length)))])]
  }

  #item(field: Field, item: Item, path: readonly number[]): Statement[] {
    if (!isFamily(item) && item.members !== undefined) {
      const place = access(this.#object, field.name, path)
      return [
        this.#list(item, place, extentExpression(item.members, this.#dim)),
        this.#each(item, place, (one, label) => this.#leaf(item, one, label)),
      ]
    }
    if (!isFamily(item))
      return this.#done.has(item)
        ? []
        : [this.#leaf(item, access(this.#object, field.name, path), str(item.name))]
    const statements = this.#family(item, field.name, path)
    for (const run of runs(item, (a, b) => sameShape(a.shape, b.shape) && a.end === b.end)) {
      if (!isFamily(run.first) && run.length >= SHORT_RUN)
        statements.push(this.#loop(field, run.first, run.from, run.length, path))
      else
        for (let i = run.from; i < run.from + run.length; i++)
          statements.push(...this.#item(field, item[i]!, [...path, i]))
    }
    return statements
  }

  #loop(field: Field, first: Leaf, from: number, length: number, path: readonly number[]): Statement {
    const index = name('$i')
    return {
      kind: 'for',
      variable: '$i',
      from: num(from),
      to: num(from + length),
      step: 1,
      body: [this.#leaf(first, at(access(this.#object, field.name, path), index), memberLabel(first, from))],
    }
  }

  #leaf(leaf: Leaf, place: Expression, label: Expression): Statement {
    const shape: Expression = { kind: 'array', items: leaf.shape.map((e) => extentExpression(e, this.#dim)) }
    if (leaf.end !== undefined && leaf.shape.length > 0)
      return when(not(call('$fitsIndices', place, sizeExpression(leaf.shape, this.#dim))), [
        perform(call('$wrongIndices', this.#label(label), place, shape)),
      ])
    const test =
      leaf.shape.length === 0
        ? binary('!==', { kind: 'unary', operator: 'typeof ', argument: place }, str('number'))
        : not(call('$fits', place, sizeExpression(leaf.shape, this.#dim)))
    return when(test, [perform(call('$wrong', this.#label(label), place, shape))])
  }
}

const not = (e: Expression): Expression => ({ kind: 'unary', operator: '!', argument: e })

/** Extents such as T − 2 may come out below 1 although all lengths agree. */
function extentChecks(fields: readonly Field[], names: Names): Statement[] {
  const compound = new Set<Extent>()
  for (const f of fields)
    for (const { leaf } of leaves(f.item))
      for (const e of [...leaf.shape, ...(leaf.members === undefined ? [] : [leaf.members])])
        if (isCompound(e)) compound.add(e)
  return [...compound].map((e) => extentCheck(e, names))
}

/** Not whole and positive by itself, as every sum of whole multiples of dims is. */
const isCompound = (e: Extent): boolean =>
  typeof e !== 'number' && e.terms.some(({ coefficient: c }) => c.s < 0n || c.d !== 1n)

function extentCheck(extent: Extent, names: Names): Statement {
  const value = extentExpression(extent, (d) => name(names.value(d)))
  const test = binary('||', not(call(member(name('Number'), 'isInteger'), value)), binary('<', value, num(1)))
  return when(test, [perform(call('$wrongExtent', str(extentText(extent)), value))])
}

/** Something for each member of a list, which is told what it is and what it is called. */
export function eachMember(
  id: string,
  list: Expression,
  count: Expression,
  what: (place: Expression, label: Expression) => Statement,
): Statement {
  const index = name('$i')
  const label: Expression = { kind: 'template', texts: [`${id}[`, ']'], values: [index] }
  return {
    kind: 'for',
    variable: '$i',
    from: num(0),
    to: count,
    step: 1,
    body: [what(at(list, index), label)],
  }
}

/** `x[3]` as a template, for a loop over `$i`. */
export function memberLabel(first: Leaf, from: number): Expression {
  const text = first.name.slice(0, first.name.lastIndexOf(String(lastIndex(first))))
  const by = lastIndex(first) - from
  return { kind: 'template', texts: [text, ']'], values: [by === 0 ? name('$i') : add(name('$i'), num(by))] }
}
