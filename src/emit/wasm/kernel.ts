/**
 * The kernels of a module whose routines are WebAssembly: numbers go into its memory and come back. What `init` and `zeros` give stands there already,
 * as views, and is not copied; arrays of the caller's are. The memory never grows, so that views stay what they are: where a batch needs more, a new
 * instance with more memory takes over, and what stands in the old one is copied like any other array. Memory that threads share grows, for views of such stay valid.
 */
import type { Register } from '../../code/code.ts'
import { SIZE } from '../../code/lower.ts'
import { openLengths } from '../lengths.ts'
import { numbersOf } from '../../schedule/optimizers.ts'
import {
  type Buffer,
  type Program,
  type Routine,
  type Storage,
  calledOf,
  takesInputs,
} from '../../schedule/program.ts'
import { vectorName } from '../../derive/functions.ts'
import { takesParams } from '../../graph/network.ts'
import { sizeExtent } from '../../schedule/workspace.ts'
import { type Leaf, batchExtent, fieldsOf } from '../fields.ts'
import type { MemoryField } from '../memory-layout.ts'
import type { Symbol } from '../../graph/node.ts'
import type { Frame, Kernel } from '../contract.ts'
import { extentExpression } from '../extents.ts'
import {
  type Expression,
  type FunctionDeclaration,
  type Statement,
  add,
  assign,
  at,
  binary,
  call,
  constant,
  construct,
  divide,
  giveBack,
  math,
  member,
  multiply,
  name,
  num,
  perform,
  str,
  subtract,
  variable,
  when,
} from '../tree.ts'
import { binaryOf } from './fused.ts'
import { Plan, aligned } from './plan.ts'
import { parallelFunction, workerText } from './parallel.ts'
import { encodeProgram } from './program.ts'
import type { Control } from './threads.ts'

/** Bytes of a page. */
const PAGE = 65_536
/** So many sets of parameters stand in memory at once: parameters, gradients, and a few others. */
const BLOCKS = 4
/** What more leaves than this cost to look at, copying costs too. */
const MOST_LEAVES = 64
/** Room for batches, where their length is open; a page that is not touched costs nothing. */
const OPEN_ROOM = 1 << 24
/** The most pages that memory of threads has, 1 GB: engines of phones set aside as much as there may ever be. */
const SHARED_PAGES = 16_384
/** Arrays of fewer numbers are copied one by one. */
const SHORT = 24
/** Of memory a view is made first, which pays from here on: 0.8 ns a number instead of 2.7, and 0.2 from a thousand on. */
const LONG = 128

export function wasmKernel(program: Program, frame: Frame): Kernel {
  return new WasmKernel(program, frame).kernel()
}

class WasmKernel {
  readonly #program: Program
  readonly #frame: Frame
  readonly #plan: Plan
  readonly #rate: Register
  readonly #lengths: ReadonlyMap<string, Register>
  readonly #real: number

  constructor(program: Program, frame: Frame) {
    this.#program = program
    this.#frame = frame
    this.#plan = new Plan(
      program,
      fieldsOf(program.network, program.batch ?? batchExtent(program.network.batch)),
    )
    this.#rate = { name: 'rate', type: program.precision, mutable: false }
    this.#real = SIZE[program.precision]
    this.#lengths = new Map(
      openLengths(program.network).map((id) => [id, { name: id, type: 'i32', mutable: false }]),
    )
  }

  kernel(): Kernel {
    const { bytes, products, parameters, control } = encodeProgram(
      this.#program,
      this.#plan,
      this.#lengths,
      this.#rate,
    )
    const bodies = new Map(this.#program.routines.map((r) => [calledOf(r), this.#body(r, parameters)]))
    return {
      declarations: this.#declarations(bytes, products, control),
      bodies,
      ...(takesParams(this.#program.network) ? { adopt: '$adopt' } : {}),
      sharing: control !== undefined,
    }
  }

  // ——— places in JavaScript

  #leaf(id: string, storage: Storage, which: string): Expression {
    // All that the frame looks at.
    const buffer: Buffer = { name: id, storage, symbol: undefined, shape: [] }
    return this.#frame.place(buffer, which)
  }

  #heap(memory: MemoryField['memory']): Expression {
    return name(memory.type === 'i32' ? '$integers' : '$reals')
  }

  // ——— a call

  #body(routine: Routine, parameters: readonly Register[]): Statement[] {
    const which = calledOf(routine)
    const { plan, open } = { plan: this.#plan, open: this.#openAddresses(which) }
    const is = (name: Routine['name']): boolean => routine.name === name && !routine.product
    const vectors = plan.layout.products.get(which) ?? []
    const statements: Statement[] = [...open.statements]
    const given = plan.fieldsOf(takesInputs(which) ? 'inputs' : 'data')
    const takes = takesParams(this.#program.network)
    if (takes) {
      statements.push(constant('$at', call('$locate', name('params'), num(plan.spare.params))))
      statements.push(perform(call('$enter', name('params'), name('$at'), num(plan.spare.params))))
    }
    const loose = plan.layout.params.filter(({ memory }) => !plan.fields.has(memory))
    for (const f of [...loose, ...given])
      statements.push(...this.#copyIn(f, which, f.memory.storage as Storage, open.start))
    for (const f of plan.layout.hypers) statements.push(...this.#copyIn(f, which, 'hyper', open.start))
    for (const { object, fields, filled } of vectors)
      if (!filled)
        for (const f of fields) statements.push(...this.#copyIn(f, which, 'input', open.start, object))
    // Gradients by all parameters stand in a block like theirs; others are copied.
    const own = is('backward') ? plan.layout.filledBy(routine.suffix) : undefined
    const grads = is('backward') && !own
    if (grads) statements.push(constant('$to', call('$locate', name('grads'), num(plan.spare.grads))))
    const state = is('step') ? [...this.#stateIn(), ...this.#looseState(loose, which, open.start, 'in')] : []
    statements.push(...state)
    const moments = new Map([...plan.moments].map(([id, r]) => [r, id]))
    const args = parameters.map((r): Expression => {
      const moment = moments.get(r)
      if (moment !== undefined)
        return is('step') ? name(`$at_${moment}`) : num(plan.spare.moments.get(moment)!)
      if (r === plan.params) return takes ? name('$at') : num(0)
      if (r === plan.grads) return grads ? name('$to') : num(plan.spare.own)
      if (r === this.#rate) return is('step') ? name('rate') : num(0)
      const length = [...this.#lengths].find(([, register]) => register === r)
      if (length) return this.#frame.extent(length[0], which)
      return open.addresses.get(r)!
    })
    const run = call(member(name('$instance'), which), ...args)
    if (routine.name === 'forward') {
      statements.push(perform(run))
      for (const f of is('forward') ? plan.layout.outputs : [])
        statements.push(...this.#copyOut(f, which, open.start(f)))
      for (const { object, fields, filled } of vectors)
        if (filled)
          for (const f of fields)
            statements.push(
              ...this.#copyOut(f, which, open.start(f), 'output', object === 'outputs' ? undefined : object),
            )
      return statements
    }
    statements.push(constant('$loss', run))
    if (grads) statements.push(perform(call('$leave', name('grads'), name('$to'), num(plan.spare.grads))))
    for (const f of own ?? (grads ? loose : [])) {
      const inBlock = plan.fields.get(f.memory)
      const memory = loose.includes(f) ? plan.layout.gradientOf(f.memory) : f.memory
      const start = inBlock === undefined ? open.start({ ...f, memory }) : num(plan.spare.own + inBlock)
      statements.push(...this.#copyOut(f, which, start, 'gradient'))
    }
    if (is('step')) {
      statements.push(perform(call('$leave', name('params'), name('$at'), num(plan.spare.params))))
      for (const f of loose) statements.push(...this.#copyOut(f, which, open.start(f), 'param'))
      statements.push(...this.#stateOut(), ...this.#looseState(loose, which, open.start, 'out'))
    }
    return [...statements, giveBack(name('$loss'))]
  }

  /** The optimizer's state goes where a step finds it. */
  #stateIn(): Statement[] {
    const { layout, spare } = this.#plan
    const numbers = [...layout.stateNumbers].map(([id, memory]) =>
      assign(this.#double(memory), member(name('state'), id)),
    )
    const moments = [...layout.moments.keys()].flatMap((id) => {
      const own = member(name('state'), id)
      return [
        constant(`$at_${id}`, call('$locate', own, num(spare.moments.get(id)!))),
        perform(call('$enter', own, name(`$at_${id}`), num(spare.moments.get(id)!))),
      ]
    })
    return [...numbers, ...moments]
  }

  /** What it keeps of parameters of open lengths, which stand in no block. */
  #looseState(
    loose: readonly MemoryField[],
    which: string,
    start: (f: MemoryField) => Expression,
    way: 'in' | 'out',
  ): Statement[] {
    return loose.flatMap((f) =>
      [...this.#plan.momentsOf(f.memory)].flatMap(([moment, memory]) => {
        const place = (leaf: Leaf): Expression =>
          this.#frame.place(
            { name: moment, storage: 'state', symbol: { ...NOWHERE, name: leaf.name }, shape: [] },
            which,
          )
        const own = start({ ...f, memory })
        return way === 'in' ? this.#copied(f, which, own, place) : this.#fetched(f, which, own, place)
      }),
    )
  }

  #stateOut(): Statement[] {
    const { layout, spare } = this.#plan
    const { counts } = this.#program.optimizer
    return [
      ...(counts ? [assign(member(name('state'), 't'), this.#double(layout.stateNumbers.get('t')!))] : []),
      ...[...layout.moments.keys()].map((id) =>
        perform(call('$leave', member(name('state'), id), name(`$at_${id}`), num(spare.moments.get(id)!))),
      ),
    ]
  }

  #double(memory: MemoryField['memory']): Expression {
    const heap = this.#program.precision === 'f64' ? '$reals' : '$doubles'
    return at(name(heap), num(this.#plan.base(memory).offset / SIZE.f64))
  }

  /** Where arrays of open lengths stand in this call, and the memory that it takes. */
  #openAddresses(which: string): {
    statements: Statement[]
    addresses: Map<Register, Expression>
    start: (f: MemoryField) => Expression
  } {
    const statements: Statement[] = []
    const addresses = new Map<Register, Expression>()
    const dim = (id: string): Expression => this.#frame.extent(id, which)
    let end: Expression = num(this.#blocksEnd)
    this.#plan.open.forEach(({ register, bytes }, i) => {
      addresses.set(register, i === 0 ? end : name(`$at${i}`))
      const next = `$at${i + 1}`
      const size = divide(extentExpression(bytes, dim), num(64))
      statements.push(constant(next, add(addresses.get(register)!, multiply(num(64), math('ceil', size)))))
      end = name(next)
    })
    if (this.#plan.open.length > 0)
      statements.push(when(binary('>', end, name('$bytes')), [perform(call('$room', end))]))
    const start = (f: MemoryField): Expression => {
      const { register, offset } = this.#plan.base(f.memory)
      return register ? addresses.get(register)! : num(offset)
    }
    return { statements, addresses, start }
  }

  /** The position of a part of a field in the array of numbers of its type. */
  #position(f: MemoryField, offset: MemoryField['size'], which: string, start: Expression): Expression {
    const dim = (id: string): Expression => this.#frame.extent(id, which)
    return add(divide(start, num(SIZE[f.memory.type])), extentExpression(offset, dim))
  }

  #copyIn(
    f: MemoryField,
    which: string,
    storage: Storage,
    start: (f: MemoryField) => Expression,
    object?: string,
  ): Statement[] {
    return this.#copied(f, which, start(f), (leaf) => this.#leaf(idIn(object, leaf), storage, which))
  }

  /** The parts of a field, from their places into memory. */
  #copied(f: MemoryField, which: string, start: Expression, place: (leaf: Leaf) => Expression): Statement[] {
    const heap = this.#heap(f.memory)
    return this.#eachPart(f, which, start, place, (one, position, leaf) =>
      leaf.shape.length === 0 ? assign(at(heap, position), one) : perform(call('$copy', one, heap, position)),
    )
  }

  /** From memory to their places. */
  #fetched(f: MemoryField, which: string, start: Expression, place: (leaf: Leaf) => Expression): Statement[] {
    return this.#eachPart(f, which, start, place, (one, position, leaf) =>
      leaf.shape.length === 0
        ? assign(one, at(name('$reals'), position))
        : perform(call('$fetch', one, position)),
    )
  }

  /** Something for each part of a field, of lists for each of their members, one after the other. */
  #eachPart(
    f: MemoryField,
    which: string,
    start: Expression,
    placeOf: (leaf: Leaf) => Expression,
    what: (place: Expression, position: Expression, leaf: Leaf) => Statement,
  ): Statement[] {
    const dim = (id: string): Expression => this.#frame.extent(id, which)
    return f.parts.map(({ leaf, offset }) => {
      const place = placeOf(leaf)
      const position = this.#position(f, offset, which, start)
      if (leaf.members === undefined || place.kind !== 'index') return what(place, position, leaf)
      const index = name('$i')
      const size = extentExpression(sizeExtent(leaf.shape), dim)
      return {
        kind: 'for',
        variable: '$i',
        from: num(0),
        to: extentExpression(leaf.members, dim),
        step: 1,
        body: [what(at(place.array, index), add(position, multiply(index, size)), leaf)],
      }
    })
  }

  #copyOut(
    f: MemoryField,
    which: string,
    start: Expression,
    storage: Storage = 'output',
    object?: string,
  ): Statement[] {
    return this.#fetched(f, which, start, (leaf) => this.#leaf(idIn(object, leaf), storage, which))
  }

  // ——— the module's level

  /** How many blocks for parameters there are; they stand behind what is of known size, and what is of open lengths behind them. */
  get #blockCount(): number {
    return this.#plan.block === 0 ? 0 : BLOCKS + this.#program.optimizer.moments.length
  }

  get #blocks(): number {
    return aligned(this.#plan.end)
  }

  get #blocksEnd(): number {
    return this.#blocks + this.#blockCount * this.#plan.block
  }

  /** The parameters' leaves, with where each stands in its block, in bytes. */
  #leaves(object: 'params' | 'grads'): ParamLeaf[] {
    const standing = this.#plan.layout.params.filter(({ memory }) => this.#plan.fields.has(memory))
    return standing.flatMap((f) =>
      f.parts.map(({ leaf, offset }) => ({
        place: this.#leaf(leaf.name, object === 'params' ? 'param' : 'gradient', 'backward'),
        single: leaf.shape.length === 0,
        list: leaf.members !== undefined,
        offset: this.#plan.fields.get(f.memory)! + (offset as number) * this.#real,
        size: sizeExtent(leaf.shape) as number,
      })),
    )
  }

  /** Something for a leaf, or in a loop for each of a list; `place` of a list is that of its first member. */
  #forEach(
    { place, list, offset, size }: ParamLeaf,
    what: (place: Expression, position: Expression) => Statement,
  ): Statement {
    const position = divide(add(name('$base'), num(offset)), num(this.#real))
    if (!list || place.kind !== 'index') return what(place, position)
    const index = name('$i')
    return {
      kind: 'for',
      variable: '$i',
      from: num(0),
      to: member(place.array, 'length'),
      step: 1,
      body: [what(at(place.array, index), add(position, multiply(index, num(size))))],
    }
  }

  #declarations(bytes: Uint8Array, products: readonly number[], control: Control | undefined): Statement[] {
    const plan = this.#plan
    const blocks = num(this.#blocks)
    const array = this.#program.precision === 'f32' ? 'Float32Array' : 'Float64Array'
    const leaves = this.#leaves('params')
    const tensors = leaves.filter(({ single }) => !single)
    const singles = leaves.filter(({ single }) => single)
    const base = name('$base')
    const lists = tensors.some(({ list }) => list)
    const [first] = tensors
    const isOwn = tensors.map(({ place, list }, k) => {
      const own = at(name('$own'), num(k))
      return list && place.kind === 'index' ? call('$same', place.array, own) : binary('===', place, own)
    })
    // Asking an array for its buffer takes longer than comparing all of them.
    const located: Statement[] =
      first && leaves.length <= MOST_LEAVES
        ? [
            constant('$base', subtract(member(first.place, 'byteOffset'), num(first.offset))),
            constant('$own', at(name('$views'), divide(subtract(base, blocks), num(plan.block)))),
            giveBack({
              kind: 'conditional',
              test: [binary('!==', name('$own'), name('undefined')), ...isOwn].reduce((a, b) =>
                binary('&&', a, b),
              ),
              then: base,
              otherwise: name('$spare'),
            }),
          ]
        : [giveBack(name('$spare'))]
    const parameters = [
      { name: 'params', type: 'Params' },
      { name: '$base', type: 'number' },
    ]
    const spared = binary('===', base, name('$spare'))
    const ofParams: Statement[] = [
      {
        kind: 'function',
        name: '$locate',
        doc: [
          'Where in memory the parameters stand: in a block of their own, or, once they are copied, in a spare one.',
        ],
        parameters: [
          { name: 'params', type: 'Params' },
          { name: '$spare', type: 'number' },
        ],
        returns: 'number',
        body: located,
      },
      {
        kind: 'function',
        name: '$enter',
        doc: ['Numbers, and arrays that do not stand in memory, go there.'],
        parameters: [...parameters, { name: '$spare', type: 'number' }],
        returns: 'void',
        body: [
          ...singles.map((leaf) =>
            this.#forEach(leaf, (place, position) => assign(at(name('$reals'), position), place)),
          ),
          ...(tensors.length === 0
            ? []
            : [
                when(
                  spared,
                  tensors.map((leaf) =>
                    this.#forEach(leaf, (place, position) =>
                      perform(call('$copy', place, name('$reals'), position)),
                    ),
                  ),
                ),
              ]),
        ],
      },
      {
        kind: 'function',
        name: '$leave',
        doc: ['They come back.'],
        parameters: [...parameters, { name: '$spare', type: 'number' }],
        returns: 'void',
        body: [
          ...singles.map((leaf) =>
            this.#forEach(leaf, (place, position) => assign(place, at(name('$reals'), position))),
          ),
          ...(tensors.length === 0
            ? []
            : [
                when(
                  spared,
                  tensors.map((leaf) =>
                    this.#forEach(leaf, (place, position) => perform(call('$fetch', place, position))),
                  ),
                ),
              ]),
        ],
      },
      {
        kind: 'function',
        name: '$adopt',
        doc: ['Fresh parameters move into memory while it has room for them.'],
        parameters: [{ name: 'params', type: 'Params' }],
        returns: 'Params',
        body: [
          when(binary('>=', member(name('$views'), 'length'), num(this.#blockCount)), [
            giveBack(name('params')),
          ]),
          constant('$base', add(blocks, binary('*', member(name('$views'), 'length'), num(plan.block)))),
          ...tensors.map((leaf) =>
            this.#forEach(leaf, (place, position) => assign(place, call('$view', place, position))),
          ),
          perform(
            call(member(name('$views'), 'push'), {
              kind: 'array',
              items: tensors.map(({ place, list }) =>
                list && place.kind === 'index' ? call(member(place.array, 'slice')) : place,
              ),
            }),
          ),
          giveBack(name('params')),
        ],
      },
    ]
    return [
      ...(takesParams(this.#program.network) ? ofParams : []),
      ...helpers(array),
      ...(lists ? [sameMembers()] : []),
      room(array, this.#program, control),
      ...binaryOf(bytes, products),
      variable('$module'),
      variable('$memory'),
      variable('$reals'),
      variable('$integers'),
      ...(hasDoubles(this.#program) ? [variable('$doubles')] : []),
      variable('$instance'),
      variable('$bytes', num(0)),
      variable('$views', NONE),
      ...(this.#program.threads !== undefined
        ? [
            parallelFunction(control),
            ...(control ? [constant('$worker', str(workerText)), constant('$workers', NONE)] : []),
          ]
        : []),
      perform(call('$room', num(this.#blocksEnd + (plan.open.length > 0 ? OPEN_ROOM : 0)))),
    ]
  }
}

const NOWHERE: Symbol = { name: '', role: 'param', shape: [], assumptions: new Set() }

/** The name by which what is in an object of vectors is known. */
const idIn = (object: string | undefined, { name: id }: Leaf): string =>
  object === undefined ? id : vectorName(object, id)

/** Numbers of an optimizer's state are doubles beside singles too. */
const hasDoubles = ({ precision, optimizer }: Program): boolean =>
  precision === 'f32' && numbersOf(optimizer).length > 0
/** A leaf of the parameters, in the object and in its block. `list`: a family of any length, of which `place` is the first member, each of the size. */
interface ParamLeaf {
  readonly place: Expression
  readonly single: boolean
  readonly list: boolean
  readonly offset: number
  readonly size: number
}

/** `$same(list, other)`: whether all arrays are the same ones. */
function sameMembers(): FunctionDeclaration {
  const one = (list: string): Expression => at(name(list), name('$i'))
  return {
    kind: 'function',
    name: '$same',
    parameters: [
      { name: 'list', type: 'unknown[]' },
      { name: 'other', type: 'unknown[]' },
    ],
    returns: 'boolean',
    body: [
      {
        kind: 'for',
        variable: '$i',
        from: num(0),
        to: member(name('list'), 'length'),
        step: 1,
        body: [when(binary('!==', one('list'), one('other')), [giveBack(name('false'))])],
      },
      giveBack(name('true')),
    ],
  }
}

const NONE: Expression = { kind: 'array', items: [] }

/** `$room(bytes)`: memory of so many bytes, and an instance that works in it. */
function room(array: string, program: Program, control: Control | undefined): FunctionDeclaration {
  const options = (fields: Record<string, Expression>): Expression => ({
    kind: 'object',
    fields: Object.entries(fields).map(([key, value]) => ({ key, value })),
  })
  const wasm = (what: string, ...args: Expression[]): Expression => ({
    kind: 'new',
    callee: member(name('WebAssembly'), what),
    args,
  })
  const memory = name('$memory')
  const buffer = member(memory, 'buffer')
  const pages = math('ceil', divide(name('bytes'), num(PAGE)))
  const start: Statement[] = [
    assign(
      name('$instance'),
      member(
        wasm('Instance', name('$module'), options({ e: options({ memory }), m: name('Math') })),
        'exports',
      ),
    ),
  ]
  const compiled: Statement = when({ kind: 'unary', operator: '!', argument: name('$module') }, [
    assign(name('$module'), wasm('Module', call('$code'))),
  ])
  const views: Statement[] = [
    assign(name('$bytes'), member(buffer, 'byteLength')),
    assign(name('$reals'), construct(array, buffer)),
    assign(name('$integers'), construct('Int32Array', buffer)),
    ...(hasDoubles(program) ? [assign(name('$doubles'), construct('Float64Array', buffer))] : []),
  ]
  const isShared = program.threads !== undefined
  const body = isShared
    ? [
        constant('pages', pages),
        when(
          memory,
          [
            when(binary('>', name('pages'), num(SHARED_PAGES)), [
              {
                kind: 'throw',
                value: construct(
                  'RangeError',
                  str(
                    'the batch needs more memory than the 1 GB that threads share: hand over fewer samples',
                  ),
                ),
              },
            ]),
            perform(call(member(memory, 'grow'), subtract(name('pages'), divide(name('$bytes'), num(PAGE))))),
            ...views,
          ],
          [
            compiled,
            assign(
              memory,
              wasm(
                'Memory',
                options({
                  initial: name('pages'),
                  maximum: math('max', name('pages'), num(SHARED_PAGES)),
                  shared: name('true'),
                }),
              ),
            ),
            ...views,
            ...(control ? [assign(at(name('$integers'), num(control.shares / 4)), num(1))] : []),
            ...start,
          ],
        ),
      ]
    : [
        compiled,
        assign(memory, wasm('Memory', options({ initial: pages }))),
        ...views,
        assign(name('$views'), NONE),
        ...start,
      ]
  return {
    kind: 'function',
    name: '$room',
    doc: [
      isShared
        ? 'Memory of so many bytes; views of what there was stay valid.'
        : 'An instance with a memory of so many bytes; views of the one before are ordinary arrays from then on.',
    ],
    parameters: [{ name: 'bytes', type: 'number' }],
    returns: 'void',
    body,
  }
}

function helpers(array: string): FunctionDeclaration[] {
  const [values, heap, position] = [name('values'), name('heap'), name('position')]
  const i = name('i')
  const length = member(values, 'length')
  const each = (body: Statement): Statement => ({
    kind: 'for',
    variable: 'i',
    from: num(0),
    to: length,
    step: 1,
    body: [body],
  })
  return [
    {
      kind: 'function',
      name: '$copy',
      doc: ['An array into memory.'],
      parameters: [{ name: 'values' }, { name: 'heap' }, { name: 'position', type: 'number' }],
      returns: 'void',
      body: [
        when(
          binary('<', length, num(SHORT)),
          [each(assign(at(heap, add(position, i)), at(values, i)))],
          [perform(call(member(heap, 'set'), values, position))],
        ),
      ],
    },
    {
      kind: 'function',
      name: '$fetch',
      doc: ['An array out of memory; a long one through a view, which is all that is allocated.'],
      parameters: [
        { name: 'values', type: array },
        { name: 'position', type: 'number' },
      ],
      returns: 'void',
      body: [
        when(
          binary('<', length, num(LONG)),
          [each(assign(at(values, i), at(name('$reals'), add(position, i))))],
          [
            perform(
              call(
                member(values, 'set'),
                call(member(name('$reals'), 'subarray'), position, add(position, length)),
              ),
            ),
          ],
        ),
      ],
    },
    {
      kind: 'function',
      name: '$view',
      doc: ['An array that stands in memory, with these numbers.'],
      parameters: [
        { name: 'values', type: array },
        { name: 'position', type: 'number' },
      ],
      returns: array,
      body: [
        constant('view', call(member(name('$reals'), 'subarray'), position, add(position, length))),
        perform(call(member(name('view'), 'set'), values)),
        giveBack(name('view')),
      ],
    },
  ]
}
