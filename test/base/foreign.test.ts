/** Every hint that gives a spelling gives one that compiles, and none names what the language has. */
import { describe, expect, test } from 'vitest'
import { foreignFunction, foreignNames } from '../../src/base/foreign.ts'
import { letters } from '../../src/base/spelling.ts'
import { compile } from '../../src/compile.ts'
import { libraryNames } from '../../src/lower/library.ts'
import { lowered } from '../lower/lowered.ts'

const names = foreignNames()

describe('functions of other languages', () => {
  test('every spelling compiles', () => {
    const spellings = [...new Set(names.flatMap((name) => foreignFunction(name)!.spelling ?? []))]
    expect(spellings.length).toBeGreaterThan(100)
    const lines = [
      'param u[3], v[3], s, A[3, 3], B[3, 3]',
      'target y[3], p[3]',
      'f = sum(v^2)',
      ...spellings.map((spelling, i) => `z${i} = sum(${spelling})`),
      `loss J = u @ v + s + trace(A @ B) + y @ p + ${spellings.map((_, i) => `z${i}`).join(' + ')}`,
    ]
    const { network, diagnostics } = lowered(lines.join('\n'))
    expect(diagnostics).toEqual([])
    expect(network!.equations).toHaveLength(spellings.length + 2)
  })

  test('none is a function of the language; they are compared without case and underscores', () => {
    const own = new Set([...libraryNames()].map(letters))
    expect(names.filter((name) => own.has(name))).toEqual([])
    expect(names.filter((name) => letters(name) !== name)).toEqual([])
    expect(foreignFunction('Smooth_L1_Loss')).toBe(foreignFunction('smoothl1loss'))
  })

  test('whoever calls one is told how', () => {
    const calls = names.map((name) => `sum(${name}(w))`)
    const { diagnostics } = compile(`param w[3]\nloss J = ${calls.join(' +\n  ')}`)
    expect(diagnostics.map(({ message }) => message)).toEqual(
      names.map((name) => `There is no function \`${name}\`.`),
    )
    for (const [i, { hint }] of diagnostics.entries()) {
      const { spelling, note } = foreignFunction(names[i]!)!
      expect(hint).toContain(spelling ?? note)
      expect(hint).not.toContain('define it')
    }
  })

  test('a function of the program goes before, and any other is to be defined', () => {
    const hint = (source: string) => compile(source).diagnostics[0]!.hint
    expect(hint('fn Square(v) = v * v\nparam w\nloss J = square(w)')).toBe('did you mean `Square`?')
    expect(hint('param w\nloss J = frobnicate(w, 2)')).toBe('define it above: fn frobnicate(v1, v2) = …')
    expect(hint('param w\nloss J = Log_Softmax(w)')).toBe('did you mean `logsoftmax`?')
  })
})
