import { rational } from '../../src/base/rational.ts'
import type { Extent } from '../../src/graph/extent.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Derived, Network } from '../../src/graph/network.ts'
import type { Assumption, EquationNode, Node, Role, Symbol } from '../../src/graph/node.ts'
import { gradients } from '../../src/derive/gradients.ts'

const nowhere = { span: { start: 0, end: 0 }, doc: undefined }

/** A network put together by hand, for tests of what comes after lowering. */
export class TestNetwork {
  readonly g = new Graph()
  readonly symbols: Symbol[] = []
  readonly defaults = new Map<string, number>()

  symbol(role: Role, name: string, shape: readonly Extent[] = [], ...assumptions: Assumption[]): Node {
    const symbol: Symbol = { name, role, shape, assumptions: new Set(assumptions) }
    this.symbols.push(symbol)
    return this.g.symbol(symbol)
  }
  input = (name: string, ...shape: Extent[]): Node => this.symbol('input', name, shape)
  param = (name: string, ...shape: Extent[]): Node => this.symbol('param', name, shape)

  network(loss: Node): Network {
    const named = (role: Role): Symbol[] => this.symbols.filter((s) => s.role === role)
    return {
      name: 'Test',
      doc: undefined,
      dims: new Map(),
      batch: undefined,
      outputs: [],
      wrt: named('param'),
      claims: [],
      general: [],
      recurrences: [],
      data: [
        ...named('input').map((symbol) => ({ symbol, role: 'input' as const, ...nowhere })),
        ...named('target').map((symbol) => ({ symbol, role: 'target' as const, ...nowhere })),
      ],
      params: named('param').map((symbol) => ({
        symbol,
        role: 'param' as const,
        initialiser: { kind: 'glorot' as const },
        ...nowhere,
      })),
      hypers: named('hyper').map((symbol) => ({
        symbol,
        role: 'hyper' as const,
        values: [rational(String(this.defaults.get(symbol.name) ?? 1))],
        ...nowhere,
      })),
      equations: [],
      loss: { name: 'J', node: this.g.equation('J', loss) as EquationNode, ...nowhere },
    }
  }

  /** With the gradients of the calculus as they come, or with others put in their place by name. */
  derived(loss: Node, replaced: Readonly<Record<string, Node>> = {}): Derived {
    const network = this.network(loss)
    return {
      network,
      gradients: new Map([...gradients(this.g, network)].map(([s, node]) => [s, replaced[s.name] ?? node])),
    }
  }
}
