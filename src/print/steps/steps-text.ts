import { blocks, columns, textBlock } from '../formulas/document.ts'
import { partsOf } from '../layout/layout.ts'
import { bracesIn } from '../formulas/shapes.ts'
import type { Rich } from './chain.ts'
import type { StepBlock, Steps } from './steps.ts'
import { toText } from '../layout/text.ts'
import { type Vocabulary, vocabulary } from '../words.ts'

/** Formulas beyond this width have their reasons on the line below. */
const MOST_COLUMNS = 52
const MOST_LEFT = 16

/** The derivation in Unicode, for a terminal: equations, steps, and what they come to. */
export function stepsText({ found, intro, blocks: steps }: Steps): string {
  const words = vocabulary(found.language)
  const notes = found.notes.map((note) => `${note}\n`).join('')
  const [forward = [], ...results] = blocks(found)
  return (
    [
      ...(notes === '' ? [] : [notes.trimEnd()]),
      heading(words.equations),
      textBlock(forward),
      ...(steps.length === 0
        ? []
        : [heading(words.steps), ...intro.map(richText), ...steps.map((block) => blockText(block, words))]),
      ...(results.length === 0 ? [] : [heading(words.gradients), ...results.map(textBlock)]),
    ].join('\n\n') + '\n'
  )
}

const heading = (text: string): string => `${text}\n${'─'.repeat(wide(text))}`

function blockText({ title, says, lines }: StepBlock, words: Vocabulary): string {
  const shown = lines.map(({ left, right, why }) => ({
    left: left ? toText(left) : '',
    right: toText(right),
    why: richText(why),
  }))
  const width = (texts: readonly string[], most: number): number =>
    Math.max(0, ...texts.map(columns).filter((n) => n <= most))
  const left = width(
    shown.map((l) => l.left),
    MOST_LEFT,
  )
  const right = width(
    shown.map((l) => l.right),
    MOST_COLUMNS,
  )
  const body = shown.flatMap(({ left: l, right: r, why }) => {
    const head = `  ${padded(l, left)} = ${padded(r, right)}`
    if (why === '') return [head.trimEnd()]
    return columns(head) > left + right + 5
      ? [head, `${' '.repeat(left + right + 5)}  ${why}`]
      : [`${head}  ${why}`]
  })
  const braces = bracesIn(
    lines.map((l) => l.right),
    partsOf,
  )
  const shapes = braces.map((b) => `${toText(b)} ${toText(b.under)}`).join(words.comma)
  return [
    toText(title),
    ...says.map((rich) => `  ${richText(rich)}`),
    ...body,
    ...(shapes === '' ? [] : [`  ${words.shapes}${shapes}`]),
  ].join('\n')
}

const richText = (rich: Rich): string =>
  rich.map((part) => (typeof part === 'string' ? part : toText(part))).join('')
const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columns(text)))
/** Columns of a terminal, in which Chinese characters take two. */
const wide = (text: string): number =>
  [...text].reduce((sum, c) => sum + (/\p{Script=Han}/u.test(c) ? 2 : 1), 0)
