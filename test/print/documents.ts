/** Programs whose documents are tried, and what is printed of them. */
import type { Language } from '../../src/base/language.ts'
import { analyse } from '../../src/compile.ts'
import { formulas } from '../../src/print/index.ts'
import { paper } from '../../src/print/documents/papers.ts'
import { derivationSteps } from '../../src/print/steps/steps.ts'
import { closed, read } from '../support/examples.ts'

/** Words that try to be commands of every format. */
export const HOSTILE = String.raw`\input{/etc/passwd} </script><script>alert(1)</script> "]]> */ '"'"' ${'`'}code${'`'} ${'```'} $x$ % & # _ ^ ~ { } \end{document} <img src=x onerror=alert(1)> [a](javascript:b) | @someone #1 &lt; – Ж 中 ∮ ½ ᵀ`
export const program = (doc: string): string => `/// ${doc}
network N

/// ${doc}
input x[2]
/// ${doc}
param W[2, 2], __proto__[2], Ж[2], 中文[2], ünï_çö[2], _[2], class[2]
/// ${doc}
z = W @ x + __proto__ * Ж + 中文 * ünï_çö + _ * class
loss J = sum(tanh(z))
`

export const sources = new Map([
  ...closed.map((file) => [file, read(file)] as const),
  ['hostile', program(HOSTILE)],
])

export function printed(source: string, language: Language = 'en') {
  const { graph, mathematics } = analyse(source)
  const { written } = mathematics!
  const found = formulas(graph, written, { language })
  const steps = derivationSteps(graph, written, { language })!
  return {
    found,
    paper: paper(graph, found),
    steps,
    derived: paper(graph, found, steps),
  }
}
