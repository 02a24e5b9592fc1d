/** Where the kernels find what is outside, and what of it each routine reads. */
import { bug } from '../base/bug.ts'
import { dimsOf } from '../graph/extent.ts'
import type { Buffer, RoutineName } from '../schedule/program.ts'
import { type Fields, access, paths } from './fields.ts'
import type { Names } from './names.ts'
import { type Expression, member, name } from './tree.ts'

/** Finds the places of the kernels' buffers and remembers what each routine reads. */
export class Reads {
  readonly dims = new Map<RoutineName, Set<string>>()
  readonly hypers = new Map<RoutineName, Set<string>>()
  readonly #names: Names
  readonly #paths: Readonly<Record<'param' | 'data' | 'output', ReturnType<typeof paths>>>

  constructor(names: Names, fields: Fields) {
    this.#names = names
    this.#paths = {
      param: paths(fields.params),
      data: paths([...fields.inputs, ...fields.targets]),
      output: paths(fields.outputs),
    }
  }

  readonly extent = (dim: string, which: RoutineName): Expression => {
    remember(this.dims, which, dim)
    return name(this.#names.value(dim))
  }

  readonly place = (buffer: Buffer, which: RoutineName): Expression => {
    const id = buffer.symbol?.name ?? buffer.name
    switch (buffer.storage) {
      case 'param':
        return this.#at(name('params'), 'param', id)
      case 'gradient':
        return this.#at(name('grads'), 'param', id)
      case 'input':
      case 'target':
        return this.#at(name(which === 'forward' ? 'inputs' : 'data'), 'data', id)
      case 'output':
        return this.#at(name('outputs'), 'output', id)
      case 'hyper':
        remember(this.hypers, which, id)
        for (const dim of buffer.shape.flatMap(dimsOf)) remember(this.dims, which, dim)
        return name(this.#names.value(id))
      case 'dim':
        return this.extent(id, which)
      case 'rate':
        return name('rate')
      case 'state': {
        const own = member(name('state'), buffer.name)
        return buffer.symbol ? this.#at(own, 'param', id) : own
      }
      case 'scratch':
      case 'table':
        return bug(`the frame has no place for the buffer ${buffer.name}`)
    }
  }

  #at(object: Expression, kind: 'param' | 'data' | 'output', id: string): Expression {
    const found = this.#paths[kind].get(id) ?? bug(`no ${kind} is called ${id}`)
    return access(object, found.field, found.path)
  }
}

function remember(into: Map<RoutineName, Set<string>>, which: RoutineName, id: string): void {
  const known = into.get(which)
  if (known) known.add(id)
  else into.set(which, new Set([id]))
}
