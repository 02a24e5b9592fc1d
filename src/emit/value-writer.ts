import { toNumber } from '../base/rational.ts'
import type { Buffer, Local, Value } from '../schedule/program.ts'
import { isPlainCondition, partsOf } from '../schedule/value.ts'
import { needsAtom, productExpression, sumExpression } from './arithmetic.ts'
import { type Key, keyOf } from './blocks.ts'
import { code, helperCall, writing } from './operators.ts'
import { PlaceWriter, isSimple } from './place-writer.ts'
import { type Expression, binary, conditional, constant, name, num } from './tree.ts'

/** Deeper expressions are cut into named parts. */
const DEEPEST = 10

/** An expression and how deep it nests. */
export interface Written {
  readonly e: Expression
  readonly depth: number
}

const atom = (e: Expression): Written => ({ e, depth: 0 })

/** Writes values: what is mentioned more than once in a block, or nests too deep, gets a name. */
export class ValueWriter extends PlaceWriter {
  protected readonly locals = new Map<Local, string>()
  readonly #reads = new Map<Value, ReadonlySet<Buffer>>()

  protected value(v: Value): Written {
    const block = this.top
    const key = keyOf(v)
    const known = block.values.get(key)
    if (known) return atom(known)
    const w = this.plain(v)
    if (isSimple(w.e) || isPlainCondition(v) || ((block.uses.get(key) ?? 0) < 2 && w.depth < DEEPEST))
      return w
    return this.remember(v, key, w)
  }

  protected remember(v: Value, key: Key, w: Written): Written {
    const id = this.fresh(v.kind === 'load' ? `${v.buffer.name.replace(/\$$/, '')}_` : 't$')
    this.put(constant(id, w.e))
    const { values, byBuffer } = this.top
    values.set(key, name(id))
    for (const b of this.readsOf(v)) {
      const list = byBuffer.get(b)
      if (list) list.push(key)
      else byBuffer.set(b, [key])
    }
    return atom(name(id))
  }

  /** As a name: what is mentioned more than once. */
  protected atomic(v: Value): Written {
    const w = this.value(v)
    return isSimple(w.e) ? w : this.remember(v, keyOf(v), w)
  }

  protected named(w: Written, wish: string): Written {
    if (isSimple(w.e)) return w
    const id = this.fresh(wish)
    this.put(constant(id, w.e))
    return atom(name(id))
  }

  private readsOf(v: Value): ReadonlySet<Buffer> {
    let reads = this.#reads.get(v)
    if (!reads) {
      const all = new Set<Buffer>(v.kind === 'load' ? [v.buffer] : [])
      for (const p of partsOf(v)) for (const b of this.readsOf(p)) all.add(b)
      this.#reads.set(v, (reads = all))
    }
    return reads
  }

  protected whole(v: Value): Expression {
    return this.value(v).e
  }

  protected plain(v: Value): Written {
    switch (v.kind) {
      case 'number':
        return atom(num(toNumber(v.value)))
      case 'infinity':
        return atom(num(v.sign * Infinity))
      case 'constant':
        return atom(mathConstant(v.name))
      case 'local':
        return atom(name(this.locals.get(v.local)!))
      case 'load':
        if (v.buffer.shape.length === 0 && v.buffer.storage !== 'scratch')
          return atom(this.array(v.buffer, v.at))
        return { e: this.target(v.buffer, v.at), depth: 1 }
      case 'sum': {
        const terms = v.terms.map((t) => this.value(t))
        return deeper(
          sumExpression(
            terms.map((t) => t.e),
            v.coefficients,
            v.constant,
          ),
          terms,
        )
      }
      case 'product': {
        const factors = v.factors.map((f, i) => (needsAtom(v.exponents[i]!) ? this.atomic(f) : this.value(f)))
        return deeper(
          productExpression(
            v.coefficient,
            factors.map((f) => f.e),
            v.exponents,
          ),
          factors,
        )
      }
      case 'apply': {
        const { inline, repeats } = writing(v.op)
        const args = v.args.map((a, i) => (repeats[i] ? this.atomic(a) : this.value(a)))
        const parts = args.map((a) => a.e)
        return deeper(inline ? code(v.op, parts) : helperCall(this.module.helper(v.op), parts), args)
      }
      case 'position':
        return { e: this.place(v.at), depth: 1 }
      case 'where': {
        const tests = v.tests.map((t) =>
          binary(t.relation === '=' ? '===' : t.relation, this.place(t.left), this.place(t.right)),
        )
        const then = this.value(v.then)
        return deeper(
          conditional(
            tests.reduce((x, y) => binary('&&', x, y)),
            then.e,
            num(0),
          ),
          [then],
        )
      }
    }
  }
}

const mathConstant = (constant: string): Expression => ({
  kind: 'member',
  object: name('Math'),
  property: constant === 'pi' ? 'PI' : 'E',
})

const deeper = (e: Expression, parts: readonly Written[]): Written => ({
  e,
  depth: 1 + Math.max(0, ...parts.map((p) => p.depth)),
})
