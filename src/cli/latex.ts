/** `chainrule latex`: the equations, the error terms and the gradients as formulas. */
import { analyse } from '../compile.ts'
import { formulas, latexDocument, recurrentFormulas, textDocument } from '../print/index.ts'
import { print, sayDiagnostics } from './console.ts'
import { DONE, FAILED } from './problem.ts'
import { readSource } from './read.ts'

export interface LatexOptions {
  readonly wrt?: readonly string[]
  readonly of?: string
  readonly format: 'latex' | 'text'
  readonly json?: boolean
}

export async function latex(path: string, { wrt, of, format, json = false }: LatexOptions): Promise<number> {
  const source = readSource(path)
  const { graph, mathematics, recurrent, diagnostics } = analyse(source.text, {
    filename: source.filename,
    wrt,
    of,
  })
  sayDiagnostics(diagnostics, source, { json })
  if (!mathematics && !recurrent) return FAILED
  const found = recurrent
    ? recurrentFormulas(graph, recurrent)
    : formulas(graph, mathematics!.written, of === undefined ? {} : { of: of.normalize('NFC') })
  print(format === 'latex' ? latexDocument(found) : textDocument(found))
  return DONE
}
