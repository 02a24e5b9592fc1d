/** The layout of what is emitted, by prettier's defaults. Prettier is loaded when first needed: it costs as much as a compile. */

/** Longer texts would take seconds and stay in the emitter's own layout. */
export const LONGEST_FORMATTED = 200_000

export type TextKind = 'ts' | 'js'

/** The text in prettier's layout; of declarations too, which are TypeScript. */
export async function format(text: string, kind: TextKind): Promise<string> {
  if (text.length > LONGEST_FORMATTED) return text
  const [{ format: prettier }, estree, babel] = await Promise.all([
    import('prettier/standalone'),
    import('prettier/plugins/estree'),
    import('prettier/plugins/babel'),
  ])
  return prettier(text, {
    parser: kind === 'ts' ? 'babel-ts' : 'babel',
    plugins: [estree.default, babel.default],
    // No template of ours holds another language: looking for one is a walk through all of it.
    embeddedLanguageFormatting: 'off',
  })
}
