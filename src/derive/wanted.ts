import type { Diagnostics } from '../base/diagnostics.ts'
import { report } from '../base/messages.ts'
import { nearest } from '../base/spelling.ts'
import type { Graph } from '../graph/graph.ts'
import { familyOf, isPartOf } from '../graph/member.ts'
import type { Network } from '../graph/network.ts'
import { type Node, type Symbol, isWholeNumbers } from '../graph/node.ts'
import { differentiate } from './reverse.ts'

/** Which derivatives someone asks for, by the program's names. */
export interface Wanted {
  /** What is differentiated: the loss, unless an equation is named. A tensor gives Jacobians, its own axes first. */
  readonly of?: string | undefined
  /** By what: parameters, data, hyperparameters, equations, families of parameters and data; every parameter if absent. */
  readonly wrt?: readonly string[] | undefined
}

/** A name as the program has it, however someone spells and spaces it. */
export const spelt = (name: string): string => name.normalize('NFC').replaceAll(' ', '')

/** What each option names, as a sentence calls it. */
const QUANTITIES = { of: 'equation', wrt: 'parameter, input, target, hyper or equation' } as const

/** A name after `of` or `wrt` that the program does not have. */
export function unknownQuantity(
  diagnostics: Diagnostics,
  option: 'of' | 'wrt',
  name: string,
  known: readonly string[],
): undefined {
  report(
    diagnostics,
    'unknown-quantity',
    { option },
    { what: QUANTITIES[option], name, nearest: nearest(name, known), known },
  )
}

/**
 * Parameters, data and hyperparameters by their names, families by the name of all of their members, in the order of the names, each once. What the
 * program does not have, or has no derivative by, is reported, and then there is no result.
 */
export function symbolsCalled(
  network: Network,
  names: readonly string[],
  diagnostics: Diagnostics,
): Symbol[] | undefined {
  const symbols = [...network.params, ...network.data, ...network.hypers].map(({ symbol }) => symbol)
  const known = new Map(symbols.map((symbol) => [symbol.name, symbol]))
  const found = new Set<Symbol>()
  for (const written of names) {
    const name = written.normalize('NFC')
    const own = known.get(name)
    const members = own ? [own] : symbols.filter((s) => isPartOf(s.name, name))
    for (const symbol of members) {
      const reason = isWholeNumbers(symbol)
        ? 'its values are whole numbers that say which, or how many'
        : symbol.list !== undefined
          ? 'it is a list of any length'
          : own && familyOf(name) !== name
            ? 'it is one member of a family, which is differentiated by as a whole'
            : undefined
      if (reason === undefined) found.add(symbol)
      else report(diagnostics, 'no-derivative-by', { option: 'wrt' }, { name, reason })
    }
    if (members.length === 0)
      report(
        diagnostics,
        'unknown-quantity',
        { option: 'wrt' },
        {
          what: 'parameter, input, target or hyper',
          name: written,
          nearest: nearest(written, known.keys()),
          known: [...known.keys()],
        },
      )
  }
  return diagnostics.hasErrors ? undefined : [...found]
}

/**
 * The derivatives that are asked for, of one sample, not simplified; in their order, each once. An equation appears as
 * a symbol of its name. Names that the program does not have are reported, and then there is no result.
 */
export function derivatives(
  g: Graph,
  network: Network,
  { of, wrt }: Wanted,
  diagnostics: Diagnostics,
): Map<Symbol, Node> | undefined {
  const equations = new Map(network.equations.map(({ name, node }) => [name, node]))
  const symbols = new Map(
    [...network.params, ...network.data, ...network.hypers].map(({ symbol }) => [symbol.name, symbol]),
  )
  const f = of === undefined ? network.loss?.node : equations.get(of.normalize('NFC'))
  if (!f && of === undefined)
    report(diagnostics, 'nothing-to-differentiate', { option: 'of' }, { known: [...equations.keys()] })
  else if (!f) unknownQuantity(diagnostics, 'of', of!, [...equations.keys()])
  const wanted = new Map<Symbol, Node>()
  for (const written of new Set(wrt ?? network.wrt.map(({ name }) => name))) {
    const name = written.normalize('NFC')
    const symbol = symbols.get(name)
    const equation = equations.get(name)
    if (symbol) wanted.set(symbol, g.symbol(symbol))
    else if (equation)
      wanted.set({ name, role: 'input', shape: equation.shape, assumptions: new Set() }, equation)
    else {
      // A family is all of its members, as it is at a general depth.
      const members = [...symbols.values()].filter((s) => isPartOf(s.name, name))
      for (const member of members) wanted.set(member, g.symbol(member))
      if (members.length === 0)
        unknownQuantity(diagnostics, 'wrt', written, [...symbols.keys(), ...equations.keys()])
    }
  }
  if (!f || diagnostics.hasErrors) return undefined
  const found = differentiate(g, f, [...wanted.values()])
  return new Map([...wanted].map(([symbol, node]) => [symbol, found.get(node)!]))
}
