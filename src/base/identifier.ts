const DIGITS = new Map([...'⁰¹²³⁴⁵⁶⁷⁸⁹', ...'₀₁₂₃₄₅₆₇₈₉'].map((c, i) => [c, String(i % 10)]))

/** A name of the program in letters and digits that JavaScript takes: `w₁` is w1, the member `W[2]` of a family W2, `hidden.W` hidden_W. */
export function plain(text: string): string {
  const spelled = text
    .replaceAll('.', '_')
    .replace(
      /\[([^\]]*)\]/gu,
      (_, index: string, at: number) =>
        `${/\d\]?$/u.test(text.slice(0, at)) ? '_' : ''}${index.replaceAll('-', 'm').replaceAll(',', '_').replaceAll(' ', '')}`,
    )
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹₀-₉]/gu, (c) => DIGITS.get(c)!)
    .replace(/[^\p{ID_Continue}]/gu, (c) => `_u${c.codePointAt(0)!.toString(16)}`)
  return /^\p{ID_Start}|^_/u.test(spelled) ? spelled : `_${spelled}`
}
