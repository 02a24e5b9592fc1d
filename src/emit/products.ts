/** The frames of products with the Jacobian and the Hessian: `jvp`, `vjp`, `hvp`. */
import type { ProductName } from '../derive/functions.ts'
import { type Network, takesParams } from '../graph/network.ts'
import { checkObject } from './checks.ts'
import type { Routine } from '../schedule/program.ts'
import { type Field, type Fields, fieldOf, leaves, openDims, type VectorObject } from './fields.ts'
import { picked } from './interface.ts'
import { type RoutineFrame, checksOf, extents, hyperParameter, hypersOf } from './routines.ts'
import { filledApart } from './sharing.ts'
import type { FunctionDeclaration } from './tree.ts'

/** Inputs that change little by little: indices and counts do not. */
export const tangentFields = ({ inputs }: Fields): readonly Field[] =>
  inputs.filter(({ item }) => [...leaves(item)].every(({ leaf }) => leaf.end === undefined))

/** The type of what holds gradients by parameters and inputs. */
const gradientsType = (network: Network): string => (takesParams(network) ? 'Params & Tangents' : 'Tangents')

/** The objects of a product's call between its data and its hyperparameters, in their order; none where a routine is no product. */
export function vectorsOf(
  { product, suffix }: Pick<Routine, 'product' | 'suffix'>,
  network: Network,
  fields: Fields,
): readonly VectorObject[] {
  const { params, outputs } = fields
  const given = (object: string, type: string, own: readonly Field[]): VectorObject => ({
    object,
    type,
    fields: own,
    filled: false,
  })
  const filled = (object: string, type: string, own: readonly Field[]): VectorObject => ({
    ...given(object, type, own),
    filled: true,
  })
  switch (product) {
    case undefined:
      return []
    case 'jvp':
      return [
        ...(takesParams(network) ? [given('dparams', 'Params', params)] : []),
        given('dinputs', 'Tangents', tangentFields(fields)),
        filled('outputs', 'Outputs', outputs),
        filled('doutputs', 'Outputs', outputs),
      ]
    case 'vjp':
      return [
        given('cotangents', 'Outputs', outputs),
        filled('grads', gradientsType(network), [...params, ...tangentFields(fields)]),
      ]
    case 'hvp': {
      const objective = network.losses?.find((l) => l.suffix === suffix)
      const trained = new Set(objective?.params.map(({ name }) => fieldOf(name).field))
      const own = objective ? params.filter(({ name }) => trained.has(name)) : params
      const type = picked('Params', [...trained], params)
      return [given('v', type, own), filled('out', type, own)]
    }
  }
}

const DOCS: Readonly<Record<ProductName, readonly string[]>> = {
  jvp: [
    'The Jacobian times a vector: fills `outputs` with the prediction, and `doutputs` with what it changes by, to first order, where the',
    'parameters change by `dparams` and the inputs by `dinputs`.',
  ],
  vjp: [
    'A vector times the Jacobian: fills `grads` with the gradients, by parameters and by inputs, of the sum of all outputs times',
    '`cotangents`. By what the samples of a batch share it is the sum over them.',
  ],
  hvp: [
    'The Hessian of the loss by the parameters that it trains, times `v`: fills `out`. With a batch the loss is the mean over it.',
  ],
}

export function product(which: ProductName, frame: RoutineFrame): FunctionDeclaration {
  const { fields, names, network, vectors } = frame
  const object = which === 'hvp' ? 'data' : 'inputs'
  const data = which === 'hvp' ? [...fields.inputs, ...fields.targets] : fields.inputs
  const wanted = new Set([...frame.dims, ...frame.told, ...vectors.flatMap((v) => [...openDims(v.fields)])])
  const read = [
    { object, fields: data },
    ...(takesParams(network) ? [{ object: 'params', fields: fields.params }] : []),
    ...vectors.filter((v) => !v.filled),
  ]
  const filled = vectors.filter((v) => v.filled)
  return {
    kind: 'function',
    name: frame.called,
    exported: true,
    doc: [...DOCS[which], 'No array that is filled may be another one of the call.', '', THROWS],
    parameters: [
      ...(takesParams(network) ? [{ name: 'params', type: 'Params' }] : []),
      { name: object, type: which === 'hvp' ? 'Data' : 'Inputs' },
      ...vectors.map((v) => ({ name: v.object, type: v.type })),
      ...hyperParameter(network),
    ],
    returns: 'void',
    body: [
      ...checksOf(object, frame, wanted),
      ...extents(frame, wanted, frame.first === 'params' ? object : 'params'),
      ...vectors.flatMap((v) => checkObject(v.fields, names, v.object)),
      ...filled.flatMap((v, i) => filledApart(v.object, v.fields, [...read, ...filled.slice(0, i)])),
      ...hypersOf(frame),
      ...frame.body,
    ],
  }
}

const THROWS = '@throws TypeError, RangeError as `forward`'
