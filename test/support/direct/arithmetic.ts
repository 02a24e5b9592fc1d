/** Arithmetic of dims and indices, and where ranges run. */
import type { Expression, IndexRange, Range } from '../../../src/syntax/tree.ts'

/** What the names of dims and indices, and members of families of dims, stand for. */
export type Numbers = (name: string, indices: readonly number[]) => number

/** The value of an extent, of an end of a range. It may be a fraction. */
export function number(tree: Expression, names: Numbers): number {
  const value = (t: Expression): number => number(t, names)
  switch (tree.kind) {
    case 'number':
      return Number(tree.text)
    case 'name':
      return names(tree.name, [])
    case 'negate':
      return -value(tree.operand)
    case 'binary': {
      const [a, b] = [value(tree.left), value(tree.right)]
      switch (tree.operator) {
        case '+':
          return a + b
        case '-':
          return a - b
        case '*':
          return a * b
        case '/':
          return a / b
        case '^':
          return a ** b
        case '@':
          break
      }
      break
    }
    case 'call':
      if (tree.callee.text === 'floor') return Math.floor(value(tree.args[0]!) + 1e-9)
      break
    case 'index':
      if (tree.object.kind === 'name')
        return names(
          tree.object.name,
          tree.indices.map((index) => whole(value(index as Expression), 'an index')),
        )
      break
    default:
      break
  }
  throw new Error(`${tree.kind} is no arithmetic of extents`)
}

export function whole(value: number, what: string): number {
  const near = Math.round(value)
  if (Math.abs(value - near) > 1e-9) throw new Error(`${what} is ${value}, which is not whole`)
  return near
}

/** The values of a range as it is written, in its order. */
export function valuesOf({ from, to }: Range, falling: boolean, names: Numbers): number[] {
  const [a, b] = [
    whole(number(from, names), 'the end of a range'),
    whole(number(to, names), 'the end of a range'),
  ]
  const count = falling ? a - b + 1 : b - a + 1
  return Array.from({ length: Math.max(0, count) }, (_, k) => (falling ? a - k : a + k))
}

/** At such values of dims it is tried which way a range is written. */
const TRIED = [2, 3, 4, 5, 7]

/**
 * Whether a range is written falling: for dims and indices from 2 on, and wherever the indices around it may be, its first end
 * is never the smaller one. Tried at a few values of each dim.
 */
export function isFalling(range: Range, around: readonly IndexRange[]): boolean {
  const indices = new Map(around.map((r) => [r.name.text, r]))
  const dims = new Set<string>()
  const used = new Set<string>()
  const collect = (tree: Expression): void =>
    visit(tree, (name) => {
      const index = indices.get(name)
      if (!index) dims.add(name)
      else if (!used.has(name)) {
        used.add(name)
        collect(index.range.from)
        collect(index.range.to)
      }
    })
  collect(range.from)
  collect(range.to)
  const needed = around.filter((r) => used.has(r.name.text))
  let falling = true
  let met = false
  const at = new Map<string, number>()
  const names: Numbers = (name) => at.get(name)!
  const tryIndices = (k: number): void => {
    if (!falling) return
    if (k === needed.length) {
      met = true
      if (number(range.from, names) < number(range.to, names)) falling = false
      return
    }
    const { name, range: own } = needed[k]!
    const [a, b] = [number(own.from, names), number(own.to, names)]
    const [low, high] = isFalling(own, around.slice(0, around.indexOf(needed[k]!))) ? [b, a] : [a, b]
    for (let i = Math.max(2, Math.ceil(low)); i <= high; i++) {
      at.set(name.text, i)
      tryIndices(k + 1)
    }
  }
  const tryDims = (names: readonly string[]): void => {
    const [first, ...rest] = names
    if (first === undefined) return tryIndices(0)
    for (const value of TRIED) {
      at.set(first, value)
      tryDims(rest)
    }
  }
  tryDims([...dims])
  return met && falling
}

function visit(tree: Expression, name: (text: string) => void): void {
  switch (tree.kind) {
    case 'name':
      return name(tree.name)
    case 'negate':
      return visit(tree.operand, name)
    case 'binary':
      visit(tree.left, name)
      return visit(tree.right, name)
    case 'call':
      return tree.args.forEach((a) => visit(a, name))
    case 'index':
      // A member of a family of dims is as any dim.
      if (tree.object.kind === 'name') name(tree.object.name)
      return
    default:
      return
  }
}
