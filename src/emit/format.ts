/** The layout of what is emitted, by prettier's defaults. Prettier is loaded when first needed: it costs as much as a compile. */

/** Longer texts would take seconds and stay in the emitter's own layout. */
export const LONGEST_FORMATTED = 200_000

export type TextKind = 'ts' | 'js'

/** The text in prettier's layout; of declarations too, which are TypeScript. */
export async function format(text: string, kind: TextKind): Promise<string> {
  if (text.length > LONGEST_FORMATTED) return text
  const { folded, runs } = fold(text)
  return unfold(await formatAll(folded, kind), runs)
}

/** As `format`, without the short cut: what tests hold it to. */
export async function formatAll(text: string, kind: TextKind): Promise<string> {
  const [{ format: prettier }, estree, babel] = await Promise.all([
    import('prettier/standalone'),
    import('prettier/plugins/estree'),
    import('prettier/plugins/babel'),
  ])
  return prettier(text, {
    parser: kind === 'ts' ? 'babel-ts' : 'babel',
    plugins: [estree.default, babel.default],
  })
}

// Nearly all of a large module are short statements on lines of their own, which the emitter writes as prettier does.
// Prettier takes five times as long as all the rest of a build to find that out; it is shown a comment in their place.

/** Prettier's width. */
const WIDTH = 80
/**
 * A statement that prettier leaves as it is: names, numbers, calls and arithmetic. It puts brackets around a product
 * beside a quotient, breaks conditions, counts wide letters twice: such lines it sees.
 */
const SETTLED = /^ *(?:const |let )?[A-Za-z_$][\w$.[\]!]* (?:=|\+=|-=|\*=) [\w$.[\]()!+\-*/ ,]+;$/
const MIXED = /\*.*\/|\/.*\*|\/.*\/|\*\*/
/** A sum of products that is longer than the line, alone or as the one argument of a function. */
const SUM =
  /^( *)((?:const |let )?[\w$.[\]!]+ (?:=|\+=|-=)) (?:(Math\.\w+)\()?([\w$.[\]!]+(?: [+\-*] [\w$.[\]!]+)+)(\)?);$/
const MARK = '//#'

/** The line, or the lines that prettier makes of it; undefined where prettier has to say. */
function settled(line: string): string | undefined {
  if (line.length <= WIDTH) return SETTLED.test(line) && !MIXED.test(line) ? line : undefined
  const [, indent, left, callee, sum, bracket] = SUM.exec(line) ?? []
  if (
    indent === undefined ||
    left === undefined ||
    sum === undefined ||
    (callee !== undefined) !== (bracket === ')')
  )
    return undefined
  const inner = `${indent}  `
  const after = callee === undefined ? ';' : ''
  const body =
    inner.length + sum.length + after.length <= WIDTH
      ? inner + sum
      : inner + sum.replaceAll(/ ([+-]) (?![^[]*\])/g, ` $1\n${inner}${callee === undefined ? '' : '  '}`)
  if (body.split('\n').some((part) => part.length >= WIDTH)) return undefined
  return callee === undefined
    ? `${indent}${left}\n${body};`
    : `${indent}${left} ${callee}(\n${body},\n${indent});`
}

function fold(text: string): { folded: string; runs: string[] } {
  const runs: string[] = []
  const lines: string[] = []
  let run: string[] = []
  const close = (): void => {
    if (run.length === 0) return
    lines.push(`${/^ */.exec(run[0]!)![0]}${MARK}${runs.length}`)
    runs.push(run.join('\n'))
    run = []
  }
  for (const line of text.split('\n')) {
    const final = settled(line)
    if (final !== undefined) run.push(final)
    else {
      close()
      lines.push(line)
    }
  }
  close()
  return { folded: lines.join('\n'), runs }
}

const unfold = (text: string, runs: readonly string[]): string =>
  text.replace(/^ *\/\/#(\d+)$/gm, (mark, index: string) => runs[Number(index)] ?? mark)
