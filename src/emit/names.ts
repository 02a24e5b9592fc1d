import { plain } from '../base/identifier.ts'
import type { Network } from '../graph/network.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** What cannot be a variable of a strict module, and the globals that emitted code uses. */
const RESERVED = words(`
  arguments as async await break case catch class const continue debugger default delete do else enum eval export
  extends false finally for from function get if implements import in instanceof interface let new null of package
  private protected public return set static super switch this throw true try type typeof using var void while with
  yield undefined NaN Infinity globalThis constructor prototype __proto__
  any bigint boolean declare module namespace never number object string symbol unknown
  Array ArrayBuffer DataView Error Float32Array Float64Array Int32Array Uint8Array Uint32Array Math Number Object
  RangeError String TypeError WebAssembly atob require exports window self`)

/** What a module exports and its functions take: a variable inside must not hide them. */
export const MODULE_NAMES = words(`
  Params Inputs Data Outputs Hyper State Settings
  init zeros initState forward loss backward step network
  params inputs data outputs grads rate hyper seed state settings`)

/**
 * The variables of emitted code. Names of the program keep their letters where JavaScript allows it; a name that is
 * reserved or taken gets a `$`, which no name of the program can contain. What begins with `$` is the compiler's own
 * (helpers at the top of the module), so that no name of a program can hide it.
 */
export class Names {
  readonly #taken = new Set<string>([...RESERVED, ...MODULE_NAMES])
  readonly #values = new Map<string, string>()

  readonly #next = new Map<string, number>()

  /**
   * The declared names come first, in their order: their spelling does not depend on what is compiled later.
   *
   * @param others what the module exports beside, and its functions take
   */
  constructor(network: Network, others: Iterable<string> = []) {
    for (const name of others) this.#taken.add(name)
    for (const d of [...network.params, ...network.data, ...network.hypers]) this.value(d.symbol.name)
    for (const dim of network.dims.keys()) this.value(dim)
    if (typeof network.batch === 'string') this.value(network.batch)
  }

  /** The variable for a name of the program: data, parameter, hyperparameter, dim, batch or equation. */
  value(name: string): string {
    let variable = this.#values.get(name)
    if (variable === undefined) this.#values.set(name, (variable = this.fresh(plain(name))))
    return variable
  }

  /** The variable for ∂loss/∂name. */
  gradient(name: string): string {
    return this.#derived('grad', name)
  }

  /** The variable for the buffer of an output, which an equation of this name may fill. */
  output(name: string): string {
    return this.#derived('out', name)
  }

  /** The variable for a number of the optimizer's state, or for what it keeps of a parameter. */
  state(name: string, of: string | undefined): string {
    return of === undefined ? this.#derived('state', name) : this.#derived(name, of)
  }

  /** A variable that is used nowhere else in the module, spelled like `base` where that is free. */
  fresh(base: string): string {
    let variable = base
    // Counted on per base: giving a name is constant time however many ask for the same.
    for (let i = this.#next.get(base) ?? 1; this.#taken.has(variable); i++) {
      variable = `${base}$${i === 1 ? '' : i}`
      this.#next.set(base, i + 1)
    }
    this.#taken.add(variable)
    return variable
  }

  has(name: string): boolean {
    return this.#taken.has(name)
  }

  /** The names inside one function: what it gives is free there and hides nothing of the module. */
  inner(): InnerNames {
    return new InnerNames(this)
  }

  #derived(kind: string, name: string): string {
    const key = `${kind} ${name}`
    let variable = this.#values.get(key)
    if (variable === undefined) this.#values.set(key, (variable = this.fresh(`${kind}$${this.value(name)}`)))
    return variable
  }
}

/** The variables of one function of the module. What begins with `$` is never among them: it belongs to the module. */
export class InnerNames {
  readonly #outer: Names
  readonly #taken = new Set<string>()
  readonly #next = new Map<string, number>()
  readonly #wishes = new Map<string, string>()
  readonly #free = new Map<string, string[]>()

  constructor(outer: Names) {
    this.#outer = outer
  }

  /** A free name as near to the wish, any name of the program or of the compiler, as can be. */
  fresh(wish: string): string {
    const base = wish.endsWith('$') ? wish.replaceAll('.', '_') : plain(wish)
    const again = this.#free.get(base)?.pop()
    if (again !== undefined) return again
    const dollar = base.endsWith('$') ? '' : '$'
    let variable = base
    for (let i = this.#next.get(base) ?? 1; this.#taken.has(variable) || this.#outer.has(variable); i++) {
      variable = `${base}${dollar}${i === 1 && dollar ? '' : i}`
      this.#next.set(base, i + 1)
    }
    this.#taken.add(variable)
    this.#wishes.set(variable, base)
    return variable
  }

  /** At the end of a block: its names may be given again, the first of them first. */
  release(variables: readonly string[]): void {
    for (let i = variables.length - 1; i >= 0; i--) {
      const base = this.#wishes.get(variables[i]!)!
      const list = this.#free.get(base)
      if (list) list.push(variables[i]!)
      else this.#free.set(base, [variables[i]!])
    }
  }
}
