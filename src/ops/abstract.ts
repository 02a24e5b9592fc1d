import { ONE } from '../base/rational.ts'
import type { MatrixOperator, Pointwise } from '../graph/operator.ts'
import { EVERYTHING } from '../graph/range.ts'
import { bug } from '../base/bug.ts'

/** φ′ of φ, as text. */
const prime = (order: number): string => (order <= 3 ? '′'.repeat(order) : `⁽${order}⁾`)

const made = new Map<string, Pointwise>()

/**
 * A function of the program without a body, φ, or its derivative of an order, φ′, φ″…: formulas show it, and nothing
 * can evaluate it.
 */
export function abstractFunction(name: string, order = 0): Pointwise {
  const key = `${name}:${order}`
  let op = made.get(key)
  if (!op) {
    const latex = order <= 3 ? "'".repeat(order) : `^{(${order})}`
    op = {
      kind: 'pointwise',
      name: `abstract ${key}`,
      called: { en: name + prime(order), zh: name + prime(order) },
      arity: 1,
      abstract: { name, order },
      cost: 12,
      notation: { latex, text: prime(order), form: 'call' },
      range: () => EVERYTHING,
      meaning: () => bug(`the abstract function ${name} has no value`),
      slope: (g, args) => g.apply(abstractFunction(name, order + 1), args),
      delicate: [],
      values: [],
    }
    made.set(key, op)
  }
  return op
}

const functionals = new Map<string, MatrixOperator>()

/**
 * A function of the program without a body that takes several tensors, ℒ(a, y): a scalar; or its derivative by some of
 * them one after the other, ∇ₐℒ, whose shape is theirs side by side.
 */
export function abstractFunctional(name: string, arity: number, by: readonly number[] = []): MatrixOperator {
  const key = `${name}/${arity}:${by.join()}`
  let op = functionals.get(key)
  if (!op) {
    op = {
      kind: 'matrix',
      name: `abstract ${key}`,
      called: { en: name, zh: name },
      arity,
      abstract: { name, by },
      cost: 12,
      notation: { latex: '', text: '', form: 'call' },
      range: () => EVERYTHING,
      meaning: () => bug(`the abstract function ${name} has no value`),
      shape: (...shapes) => by.flatMap((i) => shapes[i]!),
      pull: (g, arg, value, adjoint, position) => {
        const slope = g.matrix(abstractFunctional(name, arity, [...by, position]), ...value.args)
        // The adjoint's own axes come first, then those of the value, which are summed over.
        const own = adjoint.shape.length - value.shape.length
        const axes = adjoint.shape.map((_, i) => i)
        const inner = arg.shape.map((_, i) => adjoint.shape.length + i)
        return g.product(
          ONE,
          [
            { node: adjoint, labels: axes, exponent: ONE },
            { node: slope, labels: [...axes.slice(own), ...inner], exponent: ONE },
          ],
          [...axes.slice(0, own), ...inner],
          [...adjoint.shape.slice(0, own), ...arg.shape],
        )
      },
      push: (g, arg, value, tangent, position) => {
        const slope = g.matrix(abstractFunctional(name, arity, [...by, position]), ...value.args)
        // The tangent's own axes come first, then those of the argument, which are summed over.
        const own = tangent.shape.length - arg.shape.length
        const axes = tangent.shape.map((_, i) => i)
        const outer = value.shape.map((_, i) => tangent.shape.length + i)
        return g.product(
          ONE,
          [
            { node: tangent, labels: axes, exponent: ONE },
            { node: slope, labels: [...outer, ...axes.slice(own)], exponent: ONE },
          ],
          [...axes.slice(0, own), ...outer],
          [...tangent.shape.slice(0, own), ...value.shape],
        )
      },
    }
    functionals.set(key, op)
  }
  return op
}
