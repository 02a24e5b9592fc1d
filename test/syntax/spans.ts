import type { Span } from '../../src/base/span.ts'
import type { Parsed } from '../../src/syntax/parse.ts'

/** What is wrong with the spans of a parse: every one lies in the text, in its parent's, and shows what it names. */
export function spanFaults({ program, diagnostics, source }: Parsed): string[] {
  const faults: string[] = []
  const { text } = source
  const inside = (span: Span, outer: Span) =>
    span.start >= outer.start && span.end <= outer.end && span.start <= span.end
  const whole = { start: 0, end: text.length }

  for (const diagnostic of diagnostics.toArray()) {
    for (const { span } of [diagnostic, ...(diagnostic.related ?? [])]) {
      if (!inside(span, whole)) faults.push(`${diagnostic.code} at ${span.start}-${span.end}`)
    }
  }

  const waiting: { node: unknown; outer: Span }[] = [{ node: program.statements, outer: whole }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, outer } = next
    if (Array.isArray(node)) for (const item of node) waiting.push({ node: item, outer })
    if (typeof node !== 'object' || node === null || Array.isArray(node)) continue
    let span = outer
    if ('span' in node) {
      span = node.span as Span
      if (!inside(span, outer))
        faults.push(`${JSON.stringify(node).slice(0, 80)} leaves ${outer.start}-${outer.end}`)
      const shown = text.slice(span.start, span.end).normalize('NFC')
      const bare = shown.replace(/^[\s(]+|[\s)]+$/gu, '')
      if ('kind' in node && node.kind === 'name' && 'name' in node) {
        if (bare.includes('/*')) continue // a comment between the brackets and the name
        if (!names(bare, node.name as string)) faults.push(`name ${String(node.name)} at ${shown}`)
      }
      if ('text' in node && !('kind' in node) && !names(shown, node.text as string))
        faults.push(`${String(node.text)} at ${shown}`)
    }
    for (const [key, value] of Object.entries(node))
      if (key !== 'span' && key !== 'head') waiting.push({ node: value, outer: span })
  }
  return faults
}

function names(shown: string, name: string): boolean {
  return (
    shown === name || (name === 'sum' && (shown === 'Σ' || shown === '∑')) || (name === 'Σ' && shown === '∑')
  )
}
