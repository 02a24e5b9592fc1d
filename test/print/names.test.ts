import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toLatex, toText } from '../../src/print/index.ts'
import { Names } from '../../src/print/expressions/names.ts'
import { everyNth, runs } from '../support/campaign.ts'
import { anyText } from '../support/texts.ts'
import { formulasOf, latexOf, textOf, typeset } from './program.ts'

const only = (name: string): [string, string] => {
  const layout = new Names().of(name)
  return [toText(layout), toLatex(layout)]
}

describe('names', () => {
  test.each([
    ['x', 'x', 'x'],
    ['w1', 'w₁', 'w_1'],
    ['w12', 'w₁₂', 'w_{12}'],
    ['w₁', 'w₁', 'w_1'],
    ['yhat', 'ŷ', '\\hat{y}'],
    ['ŷ', 'ŷ', '\\hat{y}'],
    ['yhat1', 'ŷ₁', '\\hat{y}_1'],
    ['xbar', 'x̄', '\\bar{x}'],
    ['muhat', 'μ̂', '\\hat{\\mu}'],
    ['lambda', 'λ', '\\lambda'],
    ['λ', 'λ', '\\lambda'],
    ['delta_h', 'δ_h', '\\delta_h'],
    ['z_out', 'z_{out}', 'z_{\\mathrm{out}}'],
    ['W_hh', 'W_{hh}', 'W_{\\mathrm{hh}}'],
    ['loss', 'loss', '\\mathrm{loss}'],
    ['logits2', 'logits₂', '\\mathrm{logits}_2'],
    ['hat', 'hat', '\\mathrm{hat}'],
    ['__proto__', '__proto__', '\\mathrm{\\_\\_proto\\_\\_}'],
    ['W[2]', 'W⁽²⁾', 'W^{(2)}'],
    ['a[l+1]', 'a⁽ˡ⁺¹⁾', 'a^{(l + 1)}'],
    ['g[M]', 'g⁽ᴹ⁾', 'g^{(M)}'],
    ['h[-1]', 'h⁽⁻¹⁾', 'h^{(-1)}'],
    ['ж', 'ж', '\\text{ж}'],
    ['é', 'é', '\\acute{e}'],
    ['名前', '名前', '\\text{名前}'],
    ['א', 'א', '\\text{u05d0}'],
    ['ε', 'ε', '\\varepsilon'],
  ])('%s is %s and %s', (name, text, latex) => expect(only(name)).toEqual([text, latex]))

  test('spellings that look alike stay apart', () => {
    const names = new Names(['w_1', 'w1', 'w₁', 'ŷ', 'yhat'])
    const seen = ['w_1', 'w1', 'w₁', 'ŷ', 'yhat'].map((n) => toText(names.of(n)))
    expect(new Set(seen).size).toBe(5)
    expect(seen.slice(2, 4)).toEqual(['w₁', 'ŷ'])
  })

  test('an error term gives way to a name of the program', () => {
    const f = formulasOf(`
input x[2]
param W1[2, 2], b1[2], delta1[2]
z1 = W1 @ x + b1
a1 = tanh(z1)
loss J = sum((a1 * delta1)^2)`)
    expect(textOf(f).filter((l) => l.startsWith('δ_z₁ = '))).toHaveLength(1)
    expect(textOf(f)).toContain('∂J/∂W₁ = δ_z₁ xᵀ')
  })

  test('the transpose of a member with several indices has the sign outside of them', () => {
    const f = formulasOf(`
input x[2]
param W[2, 2]
h[1,1] = tanh(W @ x)
h[2,1] = W @ h[1,1]
loss J = sum(h[2,1]^2)`)
    expect(textOf(f).join()).toContain('h⁽¹˒¹⁾ᵀ')
  })

  test('hostile names stay names', () => {
    const nasty = [
      '\\end{align*}',
      '}{',
      '$$',
      '%',
      '&&',
      '#1',
      '^^4c',
      '\\input{x}',
      '~',
      '_',
      '"',
      '\n',
      '\u202e',
      '😀',
      '\\',
    ]
    for (const name of nasty) {
      const latex = toLatex(new Names().of(name))
      // Every backslash left is one of ours, and braces balance.
      expect(
        latex.replaceAll(/\\(textbackslash|textasciitilde|textasciicircum|text|mathrm|[_#$%&{}])/g, ''),
      ).not.toContain('\\')
      typeset(`\\begin{align*}a &= ${latex} \\end{align*}`)
    }
  })

  test('any text makes LaTeX that KaTeX takes without a warning', () => {
    fc.assert(
      fc.property(anyText(8), (name) => {
        if (name.length > 0) typeset(toLatex(new Names().of(name)))
      }),
      { numRuns: runs(150) },
    )
  })

  test('KaTeX takes letters of the basic plane', () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
    const letters = everyNth(
      all.filter((c) => /\p{L}/u.test(c)),
      5,
    )
    for (let i = 0; i < letters.length; i += 64)
      typeset(
        letters
          .slice(i, i + 64)
          .map((c) => toLatex(new Names().of(`${c}${c}`)))
          .join(' '),
      )
  })

  test('a program with such names', () => {
    const f = formulasOf(`
input constructor
param __proto__, ж, ŷ₂
loss toString = (__proto__ * constructor + ж - ŷ₂)^2`)
    for (const line of latexOf(f)) typeset(line)
    expect(textOf(f)[0]).toBe('toString = (__proto__·constructor + ж − ŷ₂)²')
  })
})
