/** The check of data in C: lengths, and whole numbers within their ranges. Routines themselves check nothing. */
import { type Extent, extentText as extentWords } from '../../graph/extent.ts'
import { extentText } from './extents.ts'
import { type MemoryField, type MemoryLayout, sizeOfLeaf } from '../memory-layout.ts'
import { quote } from './names.ts'

type Lengths = readonly { readonly name: string; readonly field: string }[]

export function checkCode(
  layout: MemoryLayout,
  lengths: Lengths,
  prefix: string,
  objects: readonly ('inputs' | 'data')[],
): { readonly prototypes: readonly string[]; readonly texts: readonly string[] } {
  const made = objects.flatMap((object) => {
    const fields = object === 'inputs' ? layout.inputs : [...layout.inputs, ...layout.targets]
    const body = checks(object, fields, lengths)
    const signature = `const char *${prefix}_check_${object}(const ${prefix}_${object} *${object})`
    return body.length === 0
      ? []
      : [{ signature, text: `${signature} {\n${[...body, '  return NULL;'].join('\n')}\n}` }]
  })
  const says =
    '/* NULL where lengths and whole numbers are possible ones, else what is wrong. Routines check nothing. */'
  return {
    prototypes: made.length === 0 ? [] : [[says, ...made.map(({ signature }) => `${signature};`)].join('\n')],
    texts: made.map(({ text }) => text),
  }
}

function checks(object: string, fields: readonly MemoryField[], lengths: Lengths): string[] {
  const spelled = new Map(lengths.map(({ name, field }) => [name, `${object}->${field}`]))
  const text = (e: Extent): string => extentText(e, (dim) => spelled.get(dim)!)
  const lines = lengths.map(
    ({ name, field }) => `  if (${object}->${field} < 1) return ${quote(`${name}: expected at least 1`)};`,
  )
  const compound = new Set(fields.flatMap(({ parts }) => parts.flatMap(({ leaf }) => leaf.shape)))
  for (const e of compound)
    if (typeof e !== 'number' && e.terms.some(({ coefficient: c }) => c.s < 0n || c.d !== 1n))
      lines.push(`  if (${text(e)} < 1) return ${quote(`${extentWords(e)}: expected at least 1`)};`)
  for (const { name, memory, parts } of fields)
    for (const { leaf, offset } of parts) {
      if (leaf.end === undefined) continue
      const said = quote(`${leaf.name}: expected whole numbers from 0, less than ${extentWords(leaf.end)}`)
      const within = (place: string): string => `${place} < 0 || ${place} >= ${text(leaf.end!)}`
      if (memory.single) lines.push(`  if (${within(`${object}->${name}`)}) return ${said};`)
      else {
        const at = offset === 0 ? 'i' : `${text(offset)} + i`
        lines.push(
          `  for (ptrdiff_t i = 0; i < ${text(sizeOfLeaf(leaf))}; i++)`,
          `    if (${within(`${object}->${name}[${at}]`)}) return ${said};`,
        )
      }
    }
  return lines
}
