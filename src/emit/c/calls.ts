/** How the functions of a program are called: their names, what they are handed, and what they return. */
import { type Network, takesParams } from '../../graph/network.ts'
import { hasState } from '../../schedule/optimizers.ts'
import { type Program, type Routine, calledOf } from '../../schedule/program.ts'
import type { MemoryLayout } from '../memory-layout.ts'
import type { VectorObject } from '../fields.ts'
import type { CNames } from './names.ts'
import { TYPE } from './print.ts'
import type { WorkMemory } from './work.ts'

export interface Parameter {
  /** With its star or a space behind it. */
  readonly type: string
  readonly name: string
}

/** What a function is handed: by their names, so that equal ones are found again within it. */
export class Calls {
  readonly #program: Program
  readonly #prefix: string
  readonly #layout: MemoryLayout
  readonly #work: WorkMemory
  readonly #names: ReadonlyMap<string, string>

  constructor(program: Program, prefix: string, layout: MemoryLayout, work: WorkMemory, top: CNames) {
    this.#program = program
    this.#prefix = prefix
    this.#layout = layout
    this.#work = work
    this.#names = new Map(
      program.routines.map((r) => [calledOf(r), top.fresh(`${prefix}_${calledOf(r)}`)] as const),
    )
  }

  /** The routine of that name. */
  routine(called: string): Routine {
    return this.#program.routines.find((r) => calledOf(r) === called)!
  }

  /** What a routine calls the struct of its inputs, and of its targets if it has them. */
  dataOf({ name, product }: Routine): 'inputs' | 'data' {
    return product === 'hvp' || (name !== 'forward' && !product) ? 'data' : 'inputs'
  }

  parameters(routine: Routine): Parameter[] {
    const p = this.#prefix
    const { network, optimizer, precision } = this.#program
    const { name: which, product } = routine
    const data = this.dataOf(routine)
    const is = (name: Routine['name']): boolean => which === name && !product
    return [
      ...(takesParams(network)
        ? [{ type: `${is('step') ? '' : 'const '}${p}_params *`, name: 'params' }]
        : []),
      { type: `const ${p}_${data} *`, name: data },
      ...(this.#layout.products.get(calledOf(routine)) ?? []).map((v) => ({
        type: `${v.filled ? '' : 'const '}${p}_${structOf(v)} *`,
        name: v.object,
      })),
      ...(is('forward') ? [{ type: `${p}_outputs *`, name: 'outputs' }] : []),
      ...(is('backward')
        ? [{ type: `${p}_${this.#layout.grads ? 'grads' : 'params'} *`, name: 'grads' }]
        : []),
      ...(is('step') ? [{ type: `${TYPE[precision]} `, name: 'rate' }] : []),
      ...(is('step') && hasState(optimizer) ? [{ type: `${p}_state *`, name: 'state' }] : []),
      ...(network.hypers.length > 0 ? [{ type: `const ${p}_hyper *`, name: 'hyper' }] : []),
      ...(this.#work.isEmpty
        ? []
        : [{ type: this.#work.isOpen ? 'void *' : `${p}_workspace *`, name: 'work' }]),
    ]
  }

  signature(routine: Routine): string {
    const returns = routine.name === 'forward' ? 'void' : TYPE[this.#program.precision]
    const list = this.parameters(routine).map(({ type, name }) => type + name)
    return `${routine.inner ? 'static ' : ''}${returns} ${this.name(routine)}(${list.join(', ')})`
  }

  name(routine: Routine): string {
    return this.#names.get(calledOf(routine))!
  }

  /** A call of `backward` from a routine of the same data, with gradients of the workspace's own. */
  backward(suffix = ''): string {
    const routine = this.routine(`backward${suffix}`)
    const args = this.parameters(routine).map(({ name }) =>
      name === 'grads' ? this.#work.gradients() : name,
    )
    return `${this.name(routine)}(${args.join(', ')})`
  }
}

/** The struct of an object of vectors: what holds gradients by parameters and by inputs is one of its own, and some parameters are in the struct of all. */
export const structOf = ({ object, type }: Pick<VectorObject, 'object' | 'type'>): string => {
  if (object === 'v' || object === 'out') return 'params'
  return type.includes('&') ? 'vjp_grads' : type.toLowerCase()
}

/** For the header: what the functions do that the program has. */
export function aboutFunctions({ network, routines, optimizer }: Program): string {
  const has = (name: Routine['name']): boolean =>
    routines.some((r) => r.name === name && !r.product && !r.inner)
  const products = new Set(routines.map(({ product }) => product))
  const several = (network.losses ?? []).length > 1
  const says = [
    ...(has('forward') ? ['`forward` fills outputs.'] : []),
    ...(has('loss') ? ['`loss` is the loss (with a batch, the mean over it).'] : []),
    ...(has('backward')
      ? [`\`backward\` fills grads with the gradient of the loss${byWhat(network)}, and returns the loss.`]
      : []),
    ...(has('step')
      ? [
          hasState(optimizer)
            ? '`step` changes the parameters by what its optimizer makes of it, and returns the loss before it.'
            : '`step` takes rate times the gradient from the parameters, and returns the loss before it.',
        ]
      : []),
    ...(several
      ? ['Behind each name stands the name of the loss: it fills and changes what this loss is for.']
      : []),
    ...(products.has('jvp')
      ? [
          '`jvp` fills outputs, and doutputs with what they change by along dparams and dinputs, to first order.',
        ]
      : []),
    ...(products.has('vjp')
      ? [
          '`vjp` fills grads with the gradients of the sum of all outputs times cotangents, by parameters and by inputs; by what samples share it is the sum over them.',
        ]
      : []),
    ...(products.has('hvp')
      ? ['`hvp` fills out with the Hessian of the loss by the parameters, times v.']
      : []),
    'No array may be one of another argument.',
  ]
  return `/* ${says.join('\n   ')} */`
}

/** What it is a gradient by, where that is not every parameter. */
function byWhat({ wrt, params, losses = [] }: Network): string {
  if (losses.length > 1) return ''
  const isEvery = wrt.length === params.length && wrt.every(({ role }) => role === 'param')
  return isEvery ? ' by each parameter' : ` by ${wrt.map(({ name }) => name).join(', ')}`
}
