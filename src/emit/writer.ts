import type { Combine, Instruction, Routine, Subscript, Value, Variable, Whole } from '../schedule/program.ts'
import { sizeExtent } from '../schedule/workspace.ts'
import type { Shape } from '../graph/extent.ts'
import type { Span } from '../base/span.ts'
import { type Block, type Moving, countUses, emptyBlock, storesOf } from './blocks.ts'
import { plain } from '../base/identifier.ts'
import { access, batchExtent, fieldsOf, gradientFields, leaves, openDims } from './fields.ts'
import { originOf } from './origins.ts'
import { ValueWriter } from './value-writer.ts'
import {
  type Expression,
  type Statement,
  add,
  assign,
  at,
  binary,
  call,
  constant,
  giveBack,
  math,
  member,
  name,
  num,
  perform,
  subtract,
  variable,
  when,
} from './tree.ts'

/** Writes the instructions of one function. */
export class RoutineWriter extends ValueWriter {
  routine(routine: Routine): Statement[] {
    const body = this.block(
      routine.body,
      undefined,
      undefined,
      () => (routine.result ? [giveBack(this.value(routine.result).e)] : []),
      routine.result,
    )
    return [...[...this.grown.values()].flat(), ...this.bindings, ...body]
  }

  /** What `zeros` is told of the lengths of this call, and whether gradients from an earlier one have others. */
  #openGradients(own: string): { readonly told: readonly Expression[]; readonly others: Expression[] } {
    const { network, batch } = this.module.program
    const fields = fieldsOf(network, batch ?? batchExtent(network.batch))
    const grads = gradientFields(network, fields) ?? fields.params
    const dims = [...openDims(grads)]
    const others = (place: Expression, wanted: Expression): Expression =>
      binary('!==', member(place, 'length'), wanted)
    const isOpen = (shape: Shape): boolean => shape.some((e) => typeof e !== 'number')
    return {
      told:
        dims.length === 0
          ? []
          : [{ kind: 'object', fields: dims.map((dim) => ({ key: dim, value: this.dim(dim) })) }],
      others: grads.flatMap((f) =>
        [...leaves(f.item)].flatMap(({ leaf: { shape, members }, path }) => {
          const place = access(name(own), f.name, path)
          if (members === undefined)
            return isOpen(shape) ? [others(place, this.extent(sizeExtent(shape)))] : []
          const first = at(place, num(0))
          return [
            ...(isOpen([members]) ? [others(place, this.extent(members))] : []),
            ...(isOpen(shape) ? [others(first, this.extent(sizeExtent(shape)))] : []),
          ]
        }),
      ),
    }
  }

  block(
    body: readonly Instruction[],
    v: Variable | undefined,
    id: string | undefined,
    end?: () => Statement[],
    last?: Value,
    moving?: Moving[],
  ): Statement[] {
    const block: Block = { ...emptyBlock(), variable: v, id, uses: countUses(body, last), moving }
    this.blocks.push(block)
    for (const i of body) {
      this.#instruction(i)
      this.#place(originOf(i, this.module.frame.origin))
    }
    block.out.push(...(end?.() ?? []))
    const { loss } = this.module.program.network
    if (last && loss) this.#place(this.module.frame.origin(loss.name))
    this.blocks.pop()
    this.names.release(block.names)
    return block.out
  }

  /** What was written since the last place belongs to this one: parts of a value stand before it. */
  #place(span: Span | undefined): void {
    const { out, placed } = this.top
    if (!span) return
    if (out.length > placed) out.splice(placed, 0, { kind: 'origin', span })
    this.top.placed = out.length
  }

  #instruction(i: Instruction): void {
    switch (i.kind) {
      case 'loop':
        return this.#loop(i)
      case 'define': {
        const value = this.value(i.value).e
        const id = this.fresh(i.local.name)
        this.locals.set(i.local, id)
        return this.put(i.mutable ? variable(id, value) : constant(id, value))
      }
      case 'update':
        return this.put(accumulate(name(this.locals.get(i.local)!), this.value(i.value).e, i.combine))
      case 'store': {
        const value = this.value(i.value).e
        this.put(accumulate(this.target(i.buffer, i.at), value, i.combine))
        return this.forget(i.buffer)
      }
      case 'pick': {
        const best = name(this.locals.get(i.best)!)
        const value = this.named(this.value(i.value), 'v$').e
        const better = binary(i.picks === 'greatest' ? '>' : '<', value, best)
        const nan = binary('&&', binary('!==', value, value), binary('===', best, best))
        return this.put(
          when(binary('||', better, nan), [
            assign(best, value),
            ...i.positions.map((l, k) => assign(name(this.locals.get(l)!), this.place(i.at[k]!))),
          ]),
        )
      }
      case 'matrix':
        return this.#matrix(i)
      case 'chunk':
        return this.#chunk(i)
      case 'backward': {
        // The gradients go into an object of the module's own, from which the updates take them. It comes first: the
        // constants for its arrays follow.
        const own = this.module.ownGradients()
        const grads = name('grads')
        const { told, others } = this.#openGradients(own)
        this.bindings.push(
          when(
            others.reduce((a, b) => binary('||', a, b), binary('===', name(own), name('undefined'))),
            [assign(name(own), call('zeros', ...told))],
          ),
        )
        this.bindings.push(constant('grads', name(own)))
        const args = [
          name('params'),
          name('data'),
          grads,
          ...(this.module.program.network.hypers.length > 0 ? [name('hyper')] : []),
        ]
        const id = this.fresh(i.loss.name)
        this.locals.set(i.loss, id)
        this.bindings.push(constant(id, call(`backward${i.suffix ?? ''}`, ...args)))
        return
      }
      case 'anchor': {
        const lines = this.module.frame.comment(i.symbol, this.which)
        if (lines.length > 0) this.put({ kind: 'comment', lines })
      }
    }
  }

  /** A function of the module with this body; what it needs of the routine's arguments and loops is handed on. */
  #chunk(i: Instruction & { kind: 'chunk' }): void {
    const inner = new RoutineWriter(this.module, this.which)
    for (const { variable: v, id } of this.blocks)
      if (v) inner.blocks.push({ ...emptyBlock(), variable: v, id: inner.names.fresh(v.name), outside: id })
    const opened = inner.blocks.length
    const body = inner.block(i.body, undefined, undefined)
    const handed = inner.blocks.slice(0, opened).filter((b) => inner.used.has(b.variable!))
    const roots = [...inner.roots]
    const parameters = [
      ...roots.map(([root, type]) => ({ name: root, type })),
      ...handed.map((b) => ({ name: b.id!, type: 'number' })),
    ]
    const made = i.outlined ? i.body.flatMap(storesOf).at(-1) : undefined
    const id = this.module.function(made ? `$loop_${plain(made.name)}` : `$${this.which}`, {
      parameters,
      returns: 'void',
      body: [...inner.bindings, ...inner.blocks.slice(0, opened).flatMap((b) => b.out), ...body],
    })
    for (const [root, type] of roots) this.roots.set(root, type)
    for (const b of handed) this.used.add(b.variable!)
    for (const [slot, statements] of inner.grown) this.grow(slot, statements)
    this.put(perform(call(id, ...roots.map(([root]) => name(root)), ...handed.map((b) => name(b.outside!)))))
    for (const x of i.body) for (const b of storesOf(x)) this.forget(b)
  }

  #loop(i: Instruction & { kind: 'loop' }): void {
    const { variable: v } = i
    const id = this.names.fresh(v.name)
    const to = i.within ? this.#extreme('min', i.within.to) : this.extent(v.extent)
    const from = i.within ? this.#extreme('max', i.within.from) : num(0)
    const step = i.step ?? 1
    const moving: Moving[] | undefined = step === 1 && !i.descending && !i.within ? [] : undefined
    const body = this.block(i.body, v, id, undefined, undefined, moving)
    for (const m of moving ?? []) {
      this.put(variable(m.id, m.from))
      body.push(assign(name(m.id), binary('|', add(name(m.id), num(m.by)), num(0))))
    }
    const rest = i.rest ? this.block(i.rest, v, id) : undefined
    this.names.release([id])
    if (i.descending)
      this.put({ kind: 'for', variable: id, from: subtract(to, num(1)), to: num(0), step: -1, body })
    else if (rest) {
      const whole = typeof v.extent === 'number' ? num(v.extent - (v.extent % step)) : undefined
      this.put({
        kind: 'for',
        variable: id,
        from: num(0),
        to: whole ?? subtract(to, num(step - 1)),
        step,
        body,
      })
      // An empty rest says that only whole steps are run.
      if (rest.length > 0)
        this.put({
          kind: 'for',
          variable: id,
          from: whole ?? subtract(to, binary('%', to, num(step))),
          to,
          step: 1,
          body: rest,
        })
    } else this.put({ kind: 'for', variable: id, from, to, step, body })
    for (const b of storesOf(i)) this.forget(b)
  }

  /** The greatest (least) of positions, which stays the same in a loop. */
  #extreme(which: 'max' | 'min', list: readonly Subscript[]): Expression {
    const [only, ...more] = list.map((s) => this.place(s)) as [Expression, ...Expression[]]
    const id = this.fresh(which === 'max' ? 'from$' : 'to$')
    this.put(
      constant(
        id,
        more.reduce((x, y) => math(which, x, y), only),
      ),
    )
    return name(id)
  }

  #matrix(i: Instruction & { kind: 'matrix' }): void {
    const zero: Subscript = { variable: undefined, offset: 0 }
    const whole = ({ buffer, at }: Whole): Expression[] => [
      this.array(buffer, at),
      this.address(buffer, [...at, ...buffer.shape.slice(at.length).map(() => zero)]),
    ]
    this.module.matrix(i.op.name)
    const [matrix, right] = i.from
    const size = this.extent(matrix!.buffer.shape.at(-1)!)
    const from = i.from.flatMap(whole)
    if (i.to.buffer.shape.length === i.to.at.length)
      this.put(assign(this.target(i.to.buffer, i.to.at), call(`$${i.op.name}`, ...from, size)))
    else {
      const count = right && sizeExtent(right.buffer.shape.slice(right.at.length, -1))
      const rows = count === undefined || count === 1 ? [] : [this.extent(count)]
      this.put(perform(call(`$${i.op.name}`, ...from, ...whole(i.to), size, ...rows)))
    }
    this.forget(i.to.buffer)
  }
}

/** `target += value`, with the sign of the value taken into the operator; `target = Math.max(target, value)`. */
function accumulate(target: Expression, value: Expression, combine: Combine): Statement {
  if (combine === 'max' || combine === 'min') return assign(target, math(combine, target, value))
  if (combine === 'set') return assign(target, value)
  const negative = value.kind === 'unary' && value.operator === '-'
  return assign(target, negative ? value.argument : value, (combine === 'add') === negative ? '-=' : '+=')
}
