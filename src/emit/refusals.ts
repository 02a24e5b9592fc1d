/** What stands in the way of code although the program is right: each is reported once. */
import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { dimsOf } from '../graph/extent.ts'
import { type Network, mainOf } from '../graph/network.ts'
import type { Node } from '../graph/node.ts'
import { type Field, leaves } from './fields.ts'
import type { Solution } from './solve.ts'

export class Refusals {
  /** Something was refused. */
  refused = false
  readonly #network: Network
  readonly #diagnostics: Diagnostics
  readonly #reported = new Set<string>()

  constructor(network: Network, diagnostics: Diagnostics) {
    this.#network = network
    this.#diagnostics = diagnostics
  }

  /** Functions without a body. */
  abstract(): void {
    const seen = new Set<Node>()
    for (const { node, span } of this.#network.equations) {
      const work: Node[] = [node]
      while (work.length > 0) {
        const n = work.pop()!
        if (seen.has(n)) continue
        seen.add(n)
        work.push(...n.args)
        const name = n.kind === 'apply' && 'abstract' in n.op ? n.op.abstract?.name : undefined
        if (name !== undefined && this.#first(`fn ${name}`))
          report(this.#diagnostics, 'abstract-function', span, { name })
      }
    }
  }

  /** Families of parameters of any length, where these are not supported. */
  families(fields: readonly Field[]): void {
    for (const f of fields)
      for (const { leaf } of leaves(f.item))
        for (const extent of dimsOf(leaf.members ?? 0))
          if (this.#first(extent))
            report(this.#diagnostics, 'open-parameter', leaf.span, { name: leaf.name, extent })
  }

  /** Extents that do not follow from the lengths that a routine is given. */
  unsolved(dims: Iterable<string>, solution: Solution, by: 'params' | 'inputs' | 'data'): void {
    for (const name of dims) {
      if (solution.solved.has(name) || !this.#first(name)) continue
      const { data, params } = this.#network
      const holder = [...(by === 'params' ? params : []), ...data].find((d) =>
        d.symbol.shape.some((e) => dimsOf(e).includes(name)),
      )
      const span = (holder ?? mainOf(this.#network)!).span
      report(
        this.#diagnostics,
        name === this.#network.batch ? 'undetermined-batch' : 'undetermined-extent',
        span,
        { name, by: by === 'params' ? 'parameters and inputs' : by },
      )
    }
  }

  #first(key: string): boolean {
    this.refused = true
    const fresh = !this.#reported.has(key)
    this.#reported.add(key)
    return fresh
  }
}
