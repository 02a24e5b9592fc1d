/** Where the kernels find what is outside, and what of it each routine reads. */
import { bug } from '../base/bug.ts'
import { dimsOf } from '../graph/extent.ts'
import { type Buffer, takesInputs } from '../schedule/program.ts'
import { type Field, type Fields, access, paths } from './fields.ts'
import { vectorName } from '../derive/functions.ts'
import type { Names } from './names.ts'
import { type Expression, member, name } from './tree.ts'

/** Finds the places of the kernels' buffers and remembers what each routine reads. */
export class Reads {
  readonly dims = new Map<string, Set<string>>()
  readonly hypers = new Map<string, Set<string>>()
  readonly #names: Names
  readonly #paths: Readonly<Record<'param' | 'gradient' | 'data' | 'output', ReturnType<typeof paths>>>
  /** Where the vectors of products stand, by the names of their symbols and outputs. */
  readonly #vectors = new Map<string, Expression>()

  /**
   * @param grads what `backward` fills
   * @param vectors the objects of products
   */
  constructor(
    names: Names,
    fields: Fields,
    grads: readonly Field[],
    vectors: readonly { readonly object: string; readonly fields: readonly Field[] }[],
  ) {
    this.#names = names
    this.#paths = {
      param: paths(fields.params),
      gradient: paths(grads),
      data: paths([...fields.inputs, ...fields.targets]),
      output: paths(fields.outputs),
    }
    for (const { object, fields: own } of vectors)
      for (const [id, { field, path }] of paths(own))
        this.#vectors.set(vectorName(object, id), access(name(object), field, path))
  }

  readonly extent = (dim: string, which: string): Expression => {
    remember(this.dims, which, dim)
    return name(this.#names.value(dim))
  }

  readonly place = (buffer: Buffer, which: string): Expression => {
    const id = buffer.symbol?.name ?? buffer.name
    const vector =
      buffer.storage === 'input' || buffer.storage === 'output' ? this.#vectors.get(id) : undefined
    if (vector) return vector
    switch (buffer.storage) {
      case 'param':
        return this.#at(name('params'), 'param', id)
      case 'gradient':
        return this.#at(name('grads'), 'gradient', id)
      case 'input':
      case 'target':
        return this.#at(name(takesInputs(which) ? 'inputs' : 'data'), 'data', id)
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

  #at(object: Expression, kind: 'param' | 'gradient' | 'data' | 'output', id: string): Expression {
    const found = this.#paths[kind].get(id) ?? bug(`no ${kind} is called ${id}`)
    return access(object, found.field, found.path)
  }
}

function remember(into: Map<string, Set<string>>, which: string, id: string): void {
  const known = into.get(which)
  if (known) known.add(id)
  else into.set(which, new Set([id]))
}
