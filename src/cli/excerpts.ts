/** The code of each gradient, as it stands below its formula in `backward` of a module. */
import { type Formulas, textLine } from '../print/index.ts'

/** By the parameter's name; a parameter whose formula is not found in the code is left out. */
export function gradientCode(module: string, { gradients }: Formulas): Map<string, string> {
  const lines = module.split('\n')
  const start = lines.findIndex((line) => line.startsWith('export function backward('))
  const end = lines.indexOf('}', start)
  const body = lines.slice(start, end)
  const names = new Map(gradients.map((line) => [`// ${textLine(line)}`, line.name]))
  const found = new Map<string, string>()
  body.forEach((line, i) => {
    const name = names.get(line.trim())
    if (name === undefined || found.has(name)) return
    // The lines of its comment stand above and with it, its code below, up to the next formula or the result.
    const isNext = (other: string): boolean =>
      names.has(other.trim()) ||
      other.startsWith('  return ') ||
      (other.startsWith('  //') && indentOf(line) === 2)
    const length = body.slice(i + 1).findIndex(isNext)
    found.set(name, dedented(body.slice(i, length < 0 ? body.length : i + 1 + length)))
  })
  return found
}

const indentOf = (line: string): number => line.length - line.trimStart().length

function dedented(lines: readonly string[]): string {
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map(indentOf))
  return lines
    .map((line) => line.slice(indent))
    .join('\n')
    .trimEnd()
}
