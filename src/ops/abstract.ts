import type { Pointwise } from '../graph/operator.ts'
import { EVERYTHING } from '../graph/range.ts'
import { bug } from '../base/bug.ts'

const made = new Map<string, Pointwise>()

/**
 * A function of the program without a body, φ, or its derivative of an order, φ′, φ″…: formulas show it, and nothing
 * can evaluate it.
 */
export function abstractFunction(name: string, order = 0): Pointwise {
  const key = `${name}:${order}`
  let op = made.get(key)
  if (!op) {
    const prime = order <= 3 ? "'".repeat(order) : `^{(${order})}`
    op = {
      kind: 'pointwise',
      name: `abstract ${key}`,
      arity: 1,
      abstract: { name, order },
      cost: 12,
      notation: { latex: prime, text: order <= 3 ? '′'.repeat(order) : `⁽${order}⁾`, form: 'call' },
      range: () => EVERYTHING,
      meaning: () => bug(`the abstract function ${name} has no value`),
      slope: (g, args) => g.apply(abstractFunction(name, order + 1), args),
      delicate: [],
    }
    made.set(key, op)
  }
  return op
}
