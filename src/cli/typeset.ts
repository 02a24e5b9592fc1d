/** KaTeX, which is loaded where formulas are typeset. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type Markup = 'html' | 'mathml'

/** Markup of formulas. KaTeX follows no link, reads no file and runs no macro of a formula. */
export async function typesetter(output: Markup): Promise<(latex: string) => string> {
  const { default: katex } = await import('katex')
  return (latex) =>
    katex.renderToString(latex, {
      output: output === 'html' ? 'htmlAndMathml' : output,
      displayMode: output === 'mathml',
      strict: 'error',
      throwOnError: true,
      trust: false,
    })
}

/** Fonts of alphabets that no formula of ours is written in. */
const UNUSED = /KaTeX_(Fraktur|SansSerif|Script|Typewriter)/

/** The style of KaTeX with its fonts inside, so that a page needs no other file. */
export function embeddedStyle(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('katex/dist/katex.min.css'))
  const font = (path: string): string => readFileSync(join(folder, path)).toString('base64')
  return readFileSync(join(folder, 'katex.min.css'), 'utf8').replaceAll(/@font-face\{[^}]*\}/g, (face) =>
    UNUSED.test(face)
      ? ''
      : face.replace(/src:.*$/, (sources) => {
          const path = /url\(([^)]+\.woff2)\)/.exec(sources)![1]!
          return `src:url(data:font/woff2;base64,${font(path)}) format("woff2")}`
        }),
  )
}
