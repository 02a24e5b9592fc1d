/** What a module in JavaScript gives, in the order in which C prints it. */
import type { Network } from '../../../src/graph/network.ts'
import { type Loose, type Module, load } from '../../schedule/built.ts'
import { flat } from '../../schedule/written-out.ts'
import type { given } from './given.ts'
import { RATE, type Results } from './run.ts'

export const inJavaScript = (code: string, network: Network, values: ReturnType<typeof given>): Results =>
  resultsOf(load(code), network, values)

export function resultsOf(
  m: Module,
  network: Network,
  { params, data, hyper, lengths }: ReturnType<typeof given>,
): Results {
  const all = (o: Record<string, Loose>): number[] => Object.values(o).flatMap(flat)
  const grads = m.zeros(lengths)
  const inputs = Object.fromEntries(
    Object.entries(data).filter(([name]) =>
      network.data.some((d) => d.role === 'input' && d.symbol.name.split('[')[0] === name),
    ),
  )
  const moved = structuredClone(params)
  const loss = m.loss(params, data, hyper)
  const back = m.backward(params, data, grads, hyper)
  const step = m.step(moved, data, RATE, hyper)
  const forward = all(m.forward(params, inputs, undefined, hyper))
  return {
    loss: [loss, back, step, loss],
    forward: [...forward, ...forward],
    backward: [...all(grads), back, ...all(grads)],
    step: all(moved),
  }
}
