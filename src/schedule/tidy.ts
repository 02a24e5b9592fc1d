import type { Buffer, Instruction, Local, Routine, Value } from './program.ts'
import { isAtomic, valueKey } from './keys.ts'
import { localValue } from './value.ts'
import { Rewriter, effectsOf } from './walk.ts'

/**
 * After joining: a register that only repeats another, or a place read again, is that other; what has just been
 * stored is taken from its register and not from memory.
 */
export function tidy(routine: Routine): Routine {
  const tidier = new Tidier()
  const body = tidier.list(routine.body, undefined)
  return { ...routine, body, result: routine.result && tidier.final(routine.result) }
}

interface Known {
  /** What stands in a register here, by the key of its value. */
  readonly values: Map<string, Value>
  readonly outer: Known | undefined
}

class Tidier {
  readonly #replaced = new Map<Local, Value>()
  readonly #byBuffer = new Map<Buffer, { known: Known; key: string }[]>()

  /** What a routine returns, in terms of what is left. */
  final(v: Value): Value {
    return new Rewriter(
      (s) => s,
      (x) => (x.kind === 'local' ? this.#replaced.get(x.local) : undefined),
    ).value(v)
  }

  list(list: readonly Instruction[], outer: Known | undefined): Instruction[] {
    const lastWrite = new Map<Local, number>()
    list.forEach((i, k) => effectsOf(i).localsWritten.forEach((l) => lastWrite.set(l, k)))
    const known: Known = { values: new Map(), outer }
    const wanted = this.#wanted(list)
    const out: Instruction[] = []
    const rewriter = (): Rewriter =>
      new Rewriter(
        (s) => s,
        (x) => {
          if (x.kind === 'local') return this.#replaced.get(x.local)
          return x.kind === 'load' ? find(known, valueKey(x)) : undefined
        },
      )
    const value = (v: Value): Value => rewriter().value(v)
    for (const [k, i] of list.entries()) {
      switch (i.kind) {
        case 'loop': {
          // What the loop writes is not known inside it either: an earlier turn may have changed it.
          for (const { buffer, write } of effectsOf(i).accesses) if (write) this.#forget(buffer)
          out.push({ ...i, body: this.list(i.body, known) })
          break
        }
        case 'define': {
          const v = value(i.value)
          if (!i.mutable) {
            // A sum that is complete is as good as a constant.
            if (
              isAtomic(v) &&
              !(
                v.kind === 'local' &&
                this.#mutable.has(v.local) &&
                (lastWrite.get(v.local) ?? list.length) > k
              )
            ) {
              this.#replaced.set(i.local, v)
              break
            }
            const key = valueKey(v)
            const same = v.kind === 'load' || v.kind === 'product' ? find(known, key) : undefined
            if (same) {
              this.#replaced.set(i.local, same)
              break
            }
            if (
              v.kind === 'load' ||
              (v.kind === 'product' &&
                v.factors.every((f) => f.kind === 'local' && !this.#mutable.has(f.local)))
            )
              this.#know(known, key, localValue(i.local), v.kind === 'load' ? v.buffer : undefined)
          } else this.#mutable.add(i.local)
          out.push({ ...i, value: v })
          break
        }
        case 'store': {
          const v = value(i.value)
          const at = rewriter().at(i.at)
          this.#forget(i.buffer)
          const place: Value = { kind: 'load', buffer: i.buffer, at }
          const key = valueKey(place)
          if (i.combine === 'set' && (wanted.get(key) ?? 0) > 0) {
            let held = v
            if (!isAtomic(v) || (v.kind === 'local' && this.#mutable.has(v.local))) {
              const local: Local = { name: `${i.buffer.name.replace(/\$$/, '')}_` }
              out.push({ kind: 'define', local, value: v, mutable: false })
              held = localValue(local)
            }
            out.push({ ...i, at, value: held })
            this.#know(known, key, held, i.buffer)
          } else out.push({ ...i, at, value: v })
          break
        }
        case 'matrix':
          this.#forget(i.to.buffer)
          out.push(i)
          break
        case 'update':
        case 'pick':
          out.push({ ...i, value: value(i.value) })
          break
        default:
          out.push(i)
      }
    }
    return out
  }

  readonly #mutable = new Set<Local>()

  #know(known: Known, key: string, value: Value, buffer: Buffer | undefined): void {
    known.values.set(key, value)
    if (!buffer) return
    const list = this.#byBuffer.get(buffer)
    if (list) list.push({ known, key })
    else this.#byBuffer.set(buffer, [{ known, key }])
  }

  #forget(buffer: Buffer): void {
    for (const { known, key } of this.#byBuffer.get(buffer) ?? []) known.values.delete(key)
    this.#byBuffer.delete(buffer)
  }

  /** How often places are read by the instructions of a block, loops inside included. */
  #wanted(list: readonly Instruction[]): Map<string, number> {
    const wanted = new Map<string, number>()
    for (const i of list)
      for (const { buffer, at, write } of effectsOf(i).accesses) {
        if (write) continue
        const key = valueKey({ kind: 'load', buffer, at })
        wanted.set(key, (wanted.get(key) ?? 0) + 1)
      }
    return wanted
  }
}

function find(known: Known | undefined, key: string): Value | undefined {
  for (let k = known; k; k = k.outer) {
    const v = k.values.get(key)
    if (v) return v
  }
  return undefined
}
